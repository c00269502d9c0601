"""The worlds of tests/crash.py: for every kind of effect a change, what it is made on, and how it is begun."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshwizard.effects import (
    Chmod,
    Chown,
    CloseShared,
    ConvertKey,
    CopyKey,
    EditLines,
    Effect,
    MakeDirectory,
    RemoveDirectory,
    Restore,
    Retarget,
    WriteFile,
    aws,
    digest,
    gcp,
)
from sshwizard.events import Began, Event, Saw
from sshwizard.model import Fact, Target
from sshwizard.store import Store

HOST, KEY = "box", "id_ed25519"
LIMIT = 20.0
"""Seconds for any one thing; each lasts a fraction of one."""
OLD_KEY, NEW_KEY = ("ssh-ed25519 " + "AAAAC3NzaC1lZDI1NTE5AAAAI" + letter * 43 for letter in "AB")


@dataclass(frozen=True)
class Case:
    """A change, and a world for it."""

    name: str
    build: Callable[[Path], None]
    steps: Callable[[Path], dict[str, Fact[Any]]] = lambda place: {}
    """The walk that led to the cause; `name` is then the fix for it."""
    effects: Callable[[Path], tuple[Effect, ...]] | None = None
    """The effects, where no walk led to them."""
    answer: str = ""
    undoable: bool = True
    random: str = ""
    """A file whose content is another one each time it is made."""


def session(case: Case, place: Path, state: Path) -> Path:
    """The journal of a walk that came to the cause."""
    args = ("-F", str(place / "config"), HOST)
    settings = {"hostname": ["127.0.0.1"], "port": ["2200"], "userknownhostsfile": [str(place / "known_hosts")]}
    rows: list[Event] = [
        Began(Target(HOST, args)),
        Saw(-1, "typed", Fact("ok", "")),
        Saw(-1, "client", Fact("ok", "", data={"legs": [{"name": HOST, "settings": settings}]})),
        Saw(0, "proxy", Fact("direct", "")),
        Saw(0, "name", Fact("ok", "")),
        *(Saw(0, node, fact) for node, fact in case.steps(place).items()),
    ]
    if not (place / "config").exists():
        (place / "config").touch(mode=0o600)
    kept = Store.create(case.name, state)
    for row in rows:
        kept.append(row)
    return kept.path


def _write(path: Path, text: str, mode: int) -> None:
    path.write_text(text)
    path.chmod(mode)


def _made(*command: str) -> None:
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True, timeout=LIMIT)


def _key(place: Path) -> Path:
    _made("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(place / KEY))
    return place / KEY


def _damaged_key(place: Path) -> None:
    file = _key(place)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    file.chmod(0o644)


def _putty_key(place: Path) -> None:
    _made("puttygen", str(_key(place)), "-O", "private", "-o", str(place / "old.ppk"))


def _config(place: Path) -> None:
    _write(place / "config", f"# mine\nHost {HOST}\n  Port 2200\n" + "# filler\n" * 20_000, 0o640)


def _small(place: Path) -> None:
    _write(place / "file", "one\ntwo\n", 0o664)


def _with_directory(place: Path) -> None:
    (place / "sockets").mkdir(mode=0o750)


def _with_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(place / "cm"))


def _restored(place: Path) -> tuple[Effect, ...]:
    backup = place.parent / "backup"
    _write(backup, "before\n" * 5000, 0o600)
    return (Restore(str(place / "file"), str(backup), _digest(place / "file"), 0o640),)


def _several(place: Path) -> tuple[Effect, ...]:
    """Four kinds in a row: what the crash leaves of them is taken back in the other order."""
    file = place / "file"
    return (
        Chmod(str(place / "config"), 0o640, 0o600),
        MakeDirectory(str(place / "new")),
        CopyKey(str(file), str(place / "new" / "copy"), _digest(file)),
        EditLines(str(file), _digest(file), ((2, "two"),), ("three",)),
    )


def _digest(path: Path) -> str:
    return digest(path.read_bytes() if path.exists() else None)


# ------------------------------------------------------------------ walks that came to a cause


def _denied(place: Path) -> dict[str, Fact[Any]]:
    return {
        "tcp": Fact("open", ""), "banner": Fact("ok", ""), "kex": Fact("ok", ""), "hostkey": Fact("ok", ""),
        "login": Fact("denied", ""), "methods": Fact("public-key", ""), "will": Fact("tries-keys", ""),
        "signing": Fact("no-trouble", ""),
        "keys": Fact("text-damaged", "", data={"path": str(place / KEY), "named": KEY}),
    }  # fmt: skip


def _refused(place: Path) -> dict[str, Fact[Any]]:
    return {
        "tcp": Fact("refused", ""), "refused": Fact("same", ""), "refuser": Fact("local", ""),
        "other-port": Fact("found-config", "", data={"port_found": 2222, "configured": 2200}),
    }  # fmt: skip


def _changed(place: Path) -> dict[str, Fact[Any]]:
    file = place / "known_hosts"
    row = {"file": str(file), "line": 2, "text": f"{HOST} {OLD_KEY}", "type": "ssh-ed25519", "marker": ""}
    return {
        "tcp": Fact("open", ""), "banner": Fact("ok", ""), "kex": Fact("ok", ""), "hostkey": Fact("changed", ""),
        "known-changed": Fact("other-key", "", data={"entries": [row], "names": [HOST]}),
        "cloud-hostkey": Fact("not-asked", ""),
        "google-hostkey": Fact("not-asked", ""),
        "hostkey.offered": Fact("shown", "", data={"line": f"{HOST} {NEW_KEY}", "fingerprint": "SHA256:new"}),
    }  # fmt: skip


CASES = (
    Case("edit-config-value", _config, _refused),
    Case(
        "pin-host-key",
        lambda place: _write(place / "known_hosts", f"# mine\n{HOST} {OLD_KEY}\nother {OLD_KEY}\n", 0o644),
        _changed, answer="SHA256:new",
    ),
    Case("repair-key-copy", _damaged_key, _denied),
    Case("chmod-key", _small, effects=lambda place: (Chmod(str(place / "file"), 0o600, 0o664),)),
    *(
        [Case("fix-key-owner", _small, effects=lambda place: (Chown(str(place / "file"), 1234, 2345, (0, 0)),))]
        if os.geteuid() == 0
        else []
    ),
    Case(
        "fix-pub-file", _small,
        effects=lambda place: (WriteFile(str(place / "file"), "new\n" * 9000, _digest(place / "file")),),
    ),
    Case("fix-pub-file", lambda place: None, effects=lambda place: (WriteFile(str(place / "file"), "new\n", ""),)),
    Case("write-host-block", _small, effects=_restored),
    Case("fix-control-path", lambda place: None, effects=lambda place: (MakeDirectory(str(place / "sockets")),)),
    Case("fix-control-path", _with_directory, effects=lambda place: (RemoveDirectory(str(place / "sockets")),)),
    Case(
        "convert-key", _putty_key,
        effects=lambda place: (ConvertKey(str(place / "old.ppk"), str(place / "new"), _digest(place / "old.ppk")),),
        random="new",
    ),
    Case("try-port", _small, effects=lambda place: (Retarget(("-p", "2222")),)),
    Case(
        "close-control-socket", _with_socket, effects=lambda place: (CloseShared(str(place / "cm"), HOST),),
        undoable=False,
    ),
    Case("copy-key-home", _small, effects=_several),
)  # fmt: skip

NOT_KILLED = {
    "InTerminal", "Connect", "Wait", "ResetAcl", "RestoreAcl", "RemoteScript", "LongScript", "Ready",
    "AddKeyLine", "TakeAwayKeyLine", "RemoveKeyLine", "PutBackKeyLine", "RevokeKeyLines", "LetKeyLinesIn",
    *(kind.__name__ for kind in (*aws.KINDS, *gcp.KINDS)),
}  # fmt: skip
"""Kinds without a case. What a program in the terminal did is not known after a crash, and only told; a connection and
a wait change nothing; access lists are Windows'; an account is settled in tests/aws/test_changes.py and tests/gcp,
a server in tests/live/test_inside.py, where the wizard is killed in the middle of a change, and a lent disk in
tests/live/test_lent_disk.py; the keys of a server in
tests/live/test_rotate.py."""
if os.geteuid() != 0:
    NOT_KILLED |= {"Chown"}
if not shutil.which("puttygen"):
    NOT_KILLED |= {"ConvertKey", "RemoveConverted"}
    CASES = tuple(case for case in CASES if case.name != "convert-key")
