"""The recorded sessions in screenshots/sessions: how they are made, and played at home wherever they are.

A session is recorded in a practice world on this machine; no path, port or name of the machine stays in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PICTURES = ROOT / "screenshots"
SESSIONS = PICTURES / "sessions"
HOME = "/home/dana"
"""The home directory in the recordings; a staged one takes its place."""
_AT = "2026-01-01T09:00:00+00:00"
RECORDED: Mapping[str, Sequence[str]] = {
    "open-key": ("chmod-key",),
    "changed-host-key": ("pin-host-key",),
    "wrong-user": ("try-image-user",),
    "closed-security-group": (),
    "wrong-image-user": (),
    "deny-rule-wins": (),
    "os-login-on": (),
}
"""Each exercise, and the fixes that are made in it."""


# ------------------------------------------------------------------ playing


@contextlib.contextmanager
def stage() -> Iterator[Path]:
    """A home directory like the one in the recordings, and nothing of whoever runs this."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name).resolve()
        ssh = home / ".ssh"
        ssh.mkdir(mode=0o700)
        (ssh / "id_ed25519").write_text("a key\n")
        (ssh / "id_ed25519").chmod(0o644)
        (ssh / "known_hosts").write_text("203.0.113.20 ssh-ed25519 AAAA\n")
        (ssh / "config").write_text("Host web-1 web-2 *.internal\nHost db bastion\nHost !secret\n")
        env = {"HOME": str(home), "XDG_STATE_HOME": str(home / ".state"), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        kept = {key: value for key, value in os.environ.items() if key in {"PATH", "PYTHONPATH", "VIRTUAL_ENV"}}
        with (
            mock.patch.dict(os.environ, {**kept, **env}, clear=True),
            mock.patch("sshwizard.paths.home", return_value=home),
            mock.patch("sshwizard.wording.plain_terminal", return_value=False),
            mock.patch("sshwizard.fixes.aws.note", return_value="ssh for dana (sshwizard 2026-01-02)"),
        ):
            yield home


def recorded(session: str, home: Path, *, whole: bool = True) -> list[Any]:
    """The events of a recording, at home in `home`; without `whole` up to the first verdict."""
    from sshwizard import events

    made: list[Any] = []
    for line in (SESSIONS / f"{session}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        row.pop("schema", None)
        for place in ("effects", "inverses"):
            if place in row:
                row[place] = _moved(row[place], home)
        if "fact" in row:
            row["fact"]["data"] = _moved(row["fact"]["data"], home)
        made.append(events.from_json(row))
        if row["event"] == "Ended" and not whole:
            break
    if made and not isinstance(made[-1], events.Ended):
        made.append(events.Ended("failed", 400))  # else the walk would end it, and measure how long that took
    return made


def _moved(value: Any, home: Path) -> Any:
    return json.loads(json.dumps(value).replace(HOME, str(home)))


# ------------------------------------------------------------------ recording


def record(exercises: Sequence[str] = ()) -> None:
    """Record these exercises anew, or all."""
    SESSIONS.mkdir(parents=True, exist_ok=True)
    for exercise in exercises or RECORDED:
        asyncio.run(_record(exercise, RECORDED[exercise]))


async def _record(exercise: str, steps: Sequence[str]) -> None:
    from sshwizard import events
    from sshwizard.lab import open_world
    from sshwizard.probes import typed
    from sshwizard.runner import Runner

    with open_world(exercise) as world, mock.patch.dict(os.environ, world.environment):
        runner = Runner.live(typed.parse(world.target_args))
        await runner.walk()
        for fix in steps:
            await runner.prepare(fix)
            with contextlib.suppress(Exception):
                await runner.apply(fix)
                await runner.walk()
        await runner.close()
        port = json.loads((world.root / "server" / "spec.json").read_text()).get("port", 0)
        text = (world.root / "config").read_text()
        address = re.findall(r"HostName (\S+)", text)[0] if world.environment else "127.0.0.1"
        port = int(re.findall(r"Port (\d+)", text)[0]) or port
        rows = [json.dumps(events.to_json(event), ensure_ascii=False) for event in runner.events]
    file = SESSIONS / f"{exercise}.jsonl"
    file.write_text("".join(_neutral(row, str(world.root), port, address) + "\n" for row in rows), encoding="utf-8")
    print(f"recorded {file.relative_to(ROOT)}")


def _neutral(row: str, root: str, port: int, address: str) -> str:
    """No path, port or name of the machine that recorded it."""
    for was, now in (
        (f"-F {root}/config lab-web", "web-1"),
        (f'"-F", "{root}/config", ', ""),
        (f"-F {root}/config ", ""),
        (f"{root}/ssh", f"{HOME}/.ssh"),
        (f"{root}/config", f"{HOME}/.ssh/config"),
        (f"[{address}]:{port}", "203.0.113.20"),
        (address, "203.0.113.20"),
        ("lab-web", "web-1"),
        (f"ssh for {getpass.getuser()} (", "ssh for dana ("),
        ("sshwizard_lab", "OpenSSH_9.6"),
        (root, HOME),
        (str(port), "22"),
    ):
        row = row.replace(was, now)
    row = re.sub(r"127\.7[78]\.\d+\.\d+", "203.0.113.20", row)
    row = re.sub(r"\b(i|sg|vpc|subnet|rtb|acl|eni|igw)-[0-9a-f]{17}\b", r"\1-0123456789abcdef0", row)
    row = re.sub(r"sshwizard-[0-9a-z_]{8}\b", "sshwizard-00000000", row)
    row = re.sub(r"\b(i|vol|eni|sg|subnet|vpc|ami)-[0-9a-f]{8,17}\b", r"\1-0123456789abcdef0", row)
    made = json.loads(row)
    if "at" in made:
        made["at"] = _AT
    if made.get("event") == "Ended":
        made["took_ms"] = 400
    elif "took_ms" in made:
        made["took_ms"] = round(made["took_ms"], -2)
    if "fact" in made:
        made["fact"]["says"] = made["fact"]["says"].replace(HOME, "~")
        data = made["fact"]["data"]
        if "named" in data:
            data["named"] = data["named"].replace(HOME, "~")
    return json.dumps(made, ensure_ascii=False)
