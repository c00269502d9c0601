"""What was opened for a repair, and should be looked at again: noted when it is made, shown until somebody decides.

One line for each change in our state directory. A change that was taken back since is no longer shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sshwizard import clean, paths, store, vocabulary
from sshwizard.events import Did
from sshwizard.session import fold

DAYS = 7
"""Days until a review."""

REVIEWS: Mapping[str, str] = {
    **dict.fromkeys(
        ("allow-my-ip-in-security-group", "allow-jump-host-in-security-group", "allow-instance-connect-range",
         "allow-endpoint-in-security-group", "allow-in-network-acl", "allow-my-ip-in-gcp-firewall",
         "allow-iap-in-gcp-firewall", "allow-in-host-firewall", "allow-in-tcp-wrappers"),
        "is this opening of the firewall still needed, and no wider than it must be?"),
    **dict.fromkeys(
        ("install-my-key", "add-key-in-gcp"), "are all keys there still those of people who should get in?"),
    **dict.fromkeys(
        ("associate-elastic-ip", "add-internet-route"), "shall the instance stay reachable from the Internet?"),
    **dict.fromkeys(
        ("create-instance-connect-endpoint", "attach-ssm-role", "enable-serial-console", "set-serial-password",
         "enable-gcp-serial-port", "set-oslogin-for-instance"), "shall this way in stay open?"),
    **dict.fromkeys(
        ("rescue-with-user-data", "run-gcp-startup-script"), "is the script of the rescue out of the instance again?"),
    "allow-old-algorithm-for-host": "was the server updated meanwhile?",
    "fix-sshd-config": "does the setting of the image or the configuration management say the same now?",
    "unban-my-address": "what banned the address, and will it come again?",
    "unlock-account": "who locked the account, and why?",
    "snapshot-root-volume": "is the snapshot still needed? It costs money.",
}  # fmt: skip
"""What to ask about a change a week later; a change that is not named here is over when it is made."""


@dataclass(frozen=True, slots=True)
class Note:
    """One change that waits for a review."""

    session: str
    """The session's file."""
    number: int
    """Which change of it, from 0."""
    fix: str
    target: str
    at: str

    @property
    def asks(self) -> str:
        """What is to be decided."""
        return REVIEWS.get(self.fix, "")

    @property
    def due(self) -> str:
        """The day, ISO 8601."""
        with suppress(ValueError):
            return (datetime.fromisoformat(self.at) + timedelta(days=DAYS)).date().isoformat()
        return ""


def _file() -> Path:
    return paths.reminders_file()


def note(session: Path | None, number: int, target: str, did: Did) -> None:
    """Remember a change that is to be looked at again. A file that cannot be written is no trouble of the change."""
    if session is None or did.fix not in REVIEWS or not did.inverses:
        return
    row = {"session": str(session), "number": number, "fix": did.fix, "target": target, "at": did.at}
    with suppress(OSError), open(_file(), "a", encoding="utf-8", opener=paths.for_us) as stream:
        stream.write(json.dumps(row) + "\n")


def waiting() -> tuple[Note, ...]:
    """What waits for a review, oldest first; nothing is read where nothing was ever noted."""
    try:
        rows = _file().read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    notes = [found for row in rows if (found := _note(row))]
    return tuple(one for one in dict.fromkeys(notes) if one.fix in REVIEWS and _in_force(one))


def _note(row: str) -> Note | None:
    try:
        told: dict[str, Any] = json.loads(row)
        return Note(str(told["session"]), int(told["number"]), str(told["fix"]), clean.line(str(told["target"]), 80),
                    clean.line(str(told["at"]), 40))  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def _in_force(one: Note) -> bool:
    """Whether it was not taken back; a session that is gone cannot tell, and the change may stand still."""
    try:
        return one.number in fold(store.load(Path(one.session))).in_force
    except (OSError, store.BadSession, ValueError):
        return True


def settle(one: Note) -> None:
    """Somebody looked at it, or drops it. Raises OSError."""
    kept = [row for row in _file().read_text("utf-8", "replace").splitlines() if _note(row) != one]
    place = _file().with_suffix(".new")
    with open(place, "w", encoding="utf-8", opener=paths.for_us) as stream:
        stream.write("".join(f"{row}\n" for row in kept))
    place.replace(_file())


def line() -> str:
    """The one line at a start; empty while nothing waits."""
    notes = waiting()
    if not notes:
        return ""
    first = notes[0]
    title = vocabulary.actions()[first.fix].title
    return f"Changes that wait for a review: {len(notes)}, the oldest: {title} ({first.target}, by {first.due}). "\
           "See: sshwizard doctor --reminders"  # fmt: skip
