"""A second, guarded run that asks for something else: SFTP, a bare shell, or what the config insists on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from sshwizard import scratch
from sshwizard.model import Fact, unknown
from sshwizard.probes import process, sshlog
from sshwizard.probes.command import build
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log

TOKEN = "sshwizard-again"

_HELLO = b"\0\0\0\5\1\0\0\0\3"
"""SSH_FXP_INIT, version 3 (draft-ietf-secsh-filexfer-02, 4): the first thing an SFTP client says."""
_VERSION = "\2\0\0\0\3"
"""How the server's SSH_FXP_VERSION begins, after its length."""


@dataclass(frozen=True, slots=True)
class Again:
    """What the second run came to."""

    log: Log
    out: str
    code: int | None
    """None when its time was up."""


async def ask(
    scene: Scene, options: Sequence[str], asked: Sequence[str] | None, limit: float, feed: bytes | None = None
) -> Again:
    """One more connection with `options` before ours, ended after `limit` seconds at the latest."""
    with scratch.directory() as place:
        logs = [Path(place, f"log{number}") for number in range(len(scene.legs))]
        target = replace(scene.target, overrides=(*options, *scene.target.overrides))
        command = build(target, scene.legs, logs, Path(place, "known_hosts"), TOKEN, ours_first=True, asked=asked)
        result = await process.run(command, limit, feed, await_reply=feed is not None)
        log = sshlog.read(logs[-1].read_bytes() if logs[-1].exists() else b"")
    return Again(log, result.out, result.code)


# ------------------------------------------------------------------ does SFTP work where a command does not?


Sftp = Literal["works", "quiet-one", "ends-too", "none"]


async def _sftp(scene: Scene) -> Fact[Sftp]:
    if not scene.live:
        return unknown("only a text was given")
    session = scene.facts.get("session")
    again = await ask(scene, ("-s",), ("sftp",), 4, _HELLO)
    return read_sftp(again, session, process.spell(("sftp", *scene.target.ssh_args)))


def read_sftp(again: Again, session: Fact[str] | None, command: str) -> Fact[Sftp]:
    """SFTP needs no login script when sshd serves it itself (`internal-sftp`, sshd_config(5)), and a forced command
    replaces it like everything else."""
    data = dict(session.data) if session else {}
    status = again.log.newest("session.status")
    shown = sshlog.quote((again.log.first("session.accepted", "se.request"), status))
    if _VERSION in again.out:
        if data.get("code") == "1" and data.get("quiet"):
            says = "SFTP works; a command ends with status 1 and no word, as a shell that is only `false` does"
            return Fact("quiet-one", says, shown, command, data)
        return Fact("works", "SFTP works all the same", shown, command, data)
    if again.log.has("se.request"):
        return Fact("none", "the server has no SFTP either", shown, command, data)
    if again.log.stage < Stage.SESSION:
        return unknown("the second connection did not get as far as the session", command)
    return Fact("ends-too", "SFTP ends in the same way", shown, command, data)


sftp: Probe[Sftp] = Probe(
    "session.sftp",
    get_args(Sftp),
    _sftp,
    waits="whether SFTP works: one more connection (gives up in 4 s)",
)


# ------------------------------------------------------------------ does a shell without startup files start?


Bare = Literal["starts", "ends-too"]

BARE = "exec env ENV= sh"
"""A shell that reads no startup file: it is no login shell, and ENV is empty (sh(1))."""


async def _bare(scene: Scene) -> Fact[Bare]:
    """On a terminal, as a person's own would be: a startup file may end or hang only where there is none."""
    if not scene.live:
        return unknown("only a text was given")
    options = ("-tt", "-o", "RequestTTY=force")
    again = await ask(scene, options, (f"{BARE} -c 'echo {TOKEN}'",), 8)
    command = process.spell(("ssh", "-t", *scene.target.ssh_args, BARE))
    shown = sshlog.quote((again.log.first("session.accepted", "se.request"), again.log.newest("session.status")))
    if TOKEN in again.out:
        return Fact("starts", "a shell without startup files starts", shown, command)
    if again.log.stage < Stage.SESSION:
        return unknown("the connection did not get as far as the session", command)
    how = "hangs" if again.code is None else "ends"
    says = f"the account's own shell {how} before it starts another, so no command goes around its startup files"
    return Fact("ends-too", says, shown, command)


bare: Probe[Bare] = Probe(
    "session.bare",
    get_args(Bare),
    _bare,
    waits="whether a shell without startup files starts: one more connection (gives up in 8 s)",
)


# ------------------------------------------------------------------ does a shell start where a command does not?


Shell = Literal["starts", "refused"]


async def _shell(scene: Scene) -> Fact[Shell]:
    """Devices may serve a shell and no commands; then ssh works. Our shell has no input and ends by itself."""
    if not scene.live:
        return unknown("only a text was given")
    again = await ask(scene, (), (), 5)
    command = process.spell(("ssh", "-T", *scene.target.ssh_args))
    if hit := next((hit for hit in again.log.all("session.accepted") if hit["what"] == "shell"), None):
        return Fact("starts", "the server refuses commands, and a shell starts", sshlog.quote((hit,)), command)
    if hit := again.log.first("se.request", "se.conn_closed"):
        return Fact("refused", "the server starts no shell either", sshlog.quote((hit,)), command)
    return unknown("the second connection did not get as far as the session", command)


shell: Probe[Shell] = Probe(
    "session.shell",
    get_args(Shell),
    _shell,
    waits="whether a shell starts: one more connection (gives up in 5 s)",
)


# ------------------------------------------------------------------ the terminal that the config insists on


Terminal = Literal["not-wanted", "ok", "not-permitted", "refused"]


async def _terminal(scene: Scene) -> Fact[Terminal]:
    """One more guarded run, with the terminal that the config insists on."""
    if scene.leg.value("requesttty", "auto") not in {"yes", "force", "true"}:
        return Fact("not-wanted", "no terminal is forced by the config")
    again = await ask(scene, ("-o", "RequestTTY=force"), None, 10)
    return read_terminal(again, process.spell(("ssh", "-tt", *scene.target.ssh_args)))


def read_terminal(again: Again, command: str) -> Fact[Terminal]:
    """Did the server open a terminal? A run that failed for another reason does not tell."""
    refused = next((hit for hit in again.log.all("se.request") if hit["req"].startswith("PTY")), None)
    if refused:
        says = "the server opened no terminal, and the config asks for one"
        if options := without(again.log, "pty"):
            return Fact("not-permitted", f"{says}: the key may not have one", sshlog.quote((refused, options)), command)
        return Fact("refused", says, sshlog.quote((refused,)), command)
    if TOKEN in again.out:
        return Fact("ok", "a terminal opens", command=command)
    return unknown("a session with a terminal did not come through", command)


def without(log: Log, permission: str) -> sshlog.Hit | None:
    """The line in which the server lists what the key may do, when `permission` is not in it (sshd 7.7 and later,
    authorized_keys in sshd(8))."""
    options = log.newest("session.options")
    return options if options and permission not in options["options"].split() else None


terminal: Probe[Terminal] = Probe(
    "config.terminal",
    get_args(Terminal),
    _terminal,
    waits="a terminal on the server (gives up in 10 s)",
)
