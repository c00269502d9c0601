"""A read-only look inside the server, through a way in that the person chose."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sshwizard import clean, paths
from sshwizard.cloud.pool import Pool
from sshwizard.model import Fact, unknown
from sshwizard.probes.inside.codes import NOTHING
from sshwizard.probes.inside.judge import also, judge
from sshwizard.probes.inside.packages import Packages, packages
from sshwizard.probes.inside.protocol import LARGEST, REMOTE, Answer, read, script
from sshwizard.probes.inside.ruling import Outside, stage_of
from sshwizard.probes.inside.seen import Inside, groups_of, seen
from sshwizard.probes.inside.settings import takes_drop_ins
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.probes.login import offers
from sshwizard.probes.process import end, environment, run, within
from sshwizard.probes.scene import Scene

Runs = Callable[[bytes, float], tuple[int, bytes]]

LIMIT = 40.0
"""Seconds for the whole look, the login included."""

MOST_RECORDS = 200
"""Lines of sshd's log that a session keeps, the newest ones."""

QUIET = (
    "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ControlMaster=no", "-o", "ControlPath=none",
    "-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none", "-o", "PermitLocalCommand=no",
    "-o", "StdinNull=no", "-o", "ForkAfterAuthentication=no", "-o", "SessionType=default",
)  # fmt: skip
"""ssh as we run it on the server: it asks nothing and shares nothing."""


async def look(
    scene: Scene, finding: str, options: Sequence[str], env: Mapping[str, str], target: Sequence[str] = (),
    *, direct: bool = False, address: str = "", sure: bool = False, runs: Runs | None = None,
    nonce: str = "",
) -> Fact[str]:  # fmt: skip
    """Run the script through a way in, and judge. `direct`: by the same road, so that the server sees my address.
    `runs`: what runs a script there where no ssh does; `nonce`: of the script that it ran before."""
    login, port = scene.leg.user, scene.leg.port
    nonce = nonce or secrets.token_hex(16)
    feed = script(nonce, login, port, address=address, direct=direct)
    answer = await _answered(feed, nonce, (*options, *(target or scene.target.ssh_args)), env, runs)
    if isinstance(answer, str):
        return unknown(f"the way in does not lead in: {answer}")
    outside = Outside(
        finding, stage_of(finding, scene.facts), login, port,
        tuple(str(key.get("fingerprint", "")) for key in _offered(scene)),
        int(time.time()), sure,
    )  # fmt: skip
    found = fact(answer, outside)
    return replace(found, data={**found.data, "public": await _public(scene)})


async def versions(
    options: Sequence[str], env: Mapping[str, str], target: Sequence[str], *, runs: Runs | None = None
) -> Packages:
    """Only which packages around logins are there, and what is known of newer ones. `target`: ssh's arguments."""
    nonce = secrets.token_hex(16)
    answer = await _answered(script(nonce, "", 22, only="packages"), nonce, (*options, *target), env, runs)
    if isinstance(answer, str):
        return Packages(why=f"the way in does not lead in: {answer}")
    return _packages(answer)


def _packages(answer: Answer) -> Packages:
    now = answer.text("now")
    return packages(answer.rows, int(now) if re.fullmatch(r"\d{1,12}", now, re.ASCII) else 0)


async def _answered(
    feed: bytes, nonce: str, words: Sequence[str], env: Mapping[str, str], runs: Runs | None
) -> Answer | str:
    """What the script says, or why it did not run. `words`: ssh's own."""
    if runs:
        raw, said = await _run_otherwise(runs, feed)
    else:
        raw, said = await _run(("ssh", *QUIET, *words, REMOTE), feed, env)
    answer = read(raw, nonce)
    return answer if answer.begun else "".join(clean.lines(said.decode("utf-8", "replace"))[-1:]) or "no answer"


async def _public(scene: Scene) -> str:
    """The public half of the first key that was offered: what an authorized_keys file would hold. Empty: unknown."""
    for key in _offered(scene):
        file = str(key.get("file", ""))
        beside = Path(f"{paths.expand(file)}.pub")
        try:
            rows = beside.read_text("utf-8", "replace").splitlines() if file else []
        except (OSError, ValueError):
            rows = []
        held = (await run(("ssh-add", "-L"), 3)).out.splitlines() if key.get("agent") else []
        for row in (*rows[:1], *held):
            blob = public_line(row)
            if blob is not None and fingerprint(blob) == key.get("fingerprint"):
                return clean.line(row, 2000)
    return ""


def _offered(scene: Scene) -> Sequence[Mapping[str, Any]]:
    """The keys that ssh offered: as its log says, or a session that was kept."""
    if logs := scene.run.logs:
        return offers(logs[min(max(scene.index, 0), len(logs) - 1)])
    login = scene.facts.get("login")
    kept = login.data.get("offered", ()) if login else ()
    return [key for key in kept if isinstance(key, Mapping)] if isinstance(kept, list | tuple) else []


def _passwords(answer: Answer) -> int | None:
    """How many accounts have a password; None where only root could tell."""
    return int(told) if (told := answer.text("passwords")).isdecimal() else None


def _listens(inside: Inside) -> list[str]:
    """What others may be using on this server: the programs that listen beyond its loopback, and their ports."""
    away = (one for one in inside.listeners if not one.address.startswith("127.") and one.address != "::1")
    found = dict.fromkeys(f"{one.program or 'a program'} ({one.port})" for one in away if one.port != inside.port)
    return list(found)[:12]


def fact(answer: Answer, outside: Outside) -> Fact[str]:
    """What the walk keeps of it: the cause, its proof, what a repair needs, and what could not be seen."""
    inside = seen(answer, outside.login, outside.port)
    found = judge(inside, outside)
    blind = tuple(f"not seen: {what}: {why}" for what, why in inside.unseen)
    data: dict[str, Any] = {
        "me": inside.me, "root": inside.root, "address": inside.address, "for": outside.code,
        "config_file": inside.config_file, "drop_ins": takes_drop_ins(inside), "login": inside.login,
        "port": inside.port, "unseen": [what for what, _ in inside.unseen], "keys_path": _first_path(inside),
        "server_log": inside.text("log").splitlines()[-MOST_RECORDS:],
        "listens": _listens(inside), "passwords": _passwords(answer),
        "groups": [list(one) for one in groups_of(inside)[:20]],
        "uid": inside.account.uid if inside.account else -1, "gid": inside.account.gid if inside.account else -1,
        **_packages(answer).data,
    }  # fmt: skip
    if found is None:
        where = "" if inside.root else f" as {inside.me}, who is not root"
        says = f"nothing that was seen{where} stops this login"
        return Fact(NOTHING, clean.line(says), tuple(map(clean.line, blind)), data=_clean(data))
    others = [ruling.code for ruling in also(inside, outside, found)]
    rows = tuple(clean.line(line) for line in (*found.lines, *blind[:3]))
    shown = {**data, **found.data, "says": found.says, "also": others}
    return Fact(found.code, clean.line(found.says), rows, data=_clean(shown))


def _first_path(inside: Inside) -> str:
    return next(iter(inside.keys_paths), "")


def _clean(value: Any) -> Any:
    """Each text as one harmless line."""
    if isinstance(value, str):
        return clean.line(value)
    if isinstance(value, Mapping):
        return {name: _clean(part) for name, part in value.items()}
    return [_clean(part) for part in value] if isinstance(value, list | tuple) else value


async def _run_otherwise(runs: Runs, feed: bytes) -> tuple[bytes, bytes]:
    pool = Pool("inside", 1)
    try:
        _, wrote = await within(LIMIT + 1, pool.ask(lambda: runs(feed, LIMIT)))
        return wrote[:LARGEST], wrote[-4000:]
    except Exception as error:  # of whatever kind the way's own is: it led nowhere
        return b"", (str(error) or "it did not end in time").encode()
    finally:
        pool.close()


async def _run(command: Sequence[str], feed: bytes, env: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Standard output and the end of standard error, each with a limit of its own."""
    try:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=environment(env), start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        return b"", str(error).encode()
    got: list[bytes] = [b"", b""]

    async def take(at: int, stream: asyncio.StreamReader | None) -> None:
        while stream and (part := await stream.read(65536)):
            got[at] = got[at] + part if at == 0 else (got[at] + part)[-4000:]
            if len(got[0]) > LARGEST:
                return

    async def talk() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(take(0, child.stdout))
            group.create_task(take(1, child.stderr))
            if child.stdin:
                child.stdin.write(feed)
                child.stdin.close()

    try:
        await within(LIMIT, talk())
    except (TimeoutError, OSError, BaseExceptionGroup):
        pass
    finally:
        await end(child)
    return got[0], got[1]
