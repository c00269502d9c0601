"""After the login: does a command run?"""

from __future__ import annotations

import re
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.stages import log_upto

Session = Literal[
    "ok", "nologin-shell", "other-user", "forced", "sftp-only", "exits", "request-failed", "no-sessions",
    "no-terminal", "sftp-missing", "prints", "closed", "stalls", "lost", "idle", "password-expired", "forward-failed",
    "sharing", "passing-on", "root-cut",
]  # fmt: skip


async def _session(scene: Scene) -> Fact[Session]:
    log = await log_upto(scene, Stage.DONE)
    await scene.run.finished()
    return read_session(scene.run, log)


def read_session(run: Run, log: Log) -> Fact[Session]:
    """How the session went, by its output, its exit status and the log."""
    said = [*clean.lines(run.out, 6), *(clean.line(hit.text) for hit in log.words[:6])]
    text = " ".join(said)
    shown = (
        *said[:4],
        *sshlog.quote((log.newest("session.options"), log.first("se.request"), log.newest("session.status"))),
    )
    options = log.newest("session.options")
    status = log.newest("session.status")
    live = bool(run.command)
    if live and run.token in run.out and "command" not in (options["options"] if options else ""):
        return Fact("ok", "a command ran on the server", sshlog.quote((status,)))
    hit = log.first("se.cloudinit")
    told = re.search(r"Please login as the user \"?([\w.-]+)\"? rather than the user", text)
    if told or hit:
        name = clean.line(told.group(1) if told else hit["user"] if hit else "", 60)
        return Fact("other-user", f"the server says: log in as {name}", shown, data={"user_wanted": name})
    if re.search(r"This account is currently not available", text) or log.has("se.nologin"):
        return Fact("nologin-shell", "the account's shell refuses: This account is currently not available", shown)
    if re.search(r"sftp connections only|allows sftp", text, re.I):
        return Fact("sftp-only", f"the server says: {said[0]}", shown)
    if options and "command" in options["options"].split():
        return Fact("forced", "a forced command replaced ours", shown)
    if log.has("au.pwexpired"):
        hit = log.first("au.pwexpired")
        return Fact("password-expired", clean.line(hit.text if hit else ""), shown)
    if hit := log.first("mx.listen"):
        return Fact("sharing", f"the login is right; then: {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    if log.has("proxy.stdio") and (hit := log.first("chan.open")):
        return Fact("passing-on", f"the login is right; then: {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    for outcome, ids in _ENDS:
        if (hit := log.first(*ids)) and hit["req"] not in _NEVER_FATAL:
            if outcome == "lost" and log.verbose and not log.has("session.accepted"):
                outcome = "closed"
            if outcome == "request-failed":
                outcome = _request(hit)
            return Fact(
                outcome,
                clean.line(hit.text, 140),
                (*shown, *sshlog.quote((hit,))),
                data={"request": hit["req"]},
            )
    if (hit := log.first("chan.open")) and not log.has("session.accepted"):
        return Fact("no-sessions", clean.line(hit.text, 140), (*shown, *sshlog.quote((hit,))))
    if (status and status["code"] != "-1") or (live and run.code not in (None, 255)):
        code = status["code"] if status else str(run.code)
        if not live and code == "0":
            return Fact("ok", "the session ended with exit status 0", sshlog.quote((status,)))
        if not live and log.has("session.accepted") and not options:
            return Fact("exits", f"the session ended with exit status {code}", shown, data={"code": code})
        return Fact("exits", f"the session ended at once with exit status {code}", shown, data={"code": code})
    if run.cut or (log.stage == Stage.SESSION and log.verbose and run.ended and not log.has("se.conn_closed")):
        if not live and log.has("mux.session"):
            return Fact("ok", "a shared connection carried the session", source="log")
        return Fact("stalls", "we are logged in, and nothing more comes", sshlog.quote(log.last[-3:]))
    if (ended := log.newest("se.conn_closed")) and "by remote host" in ended.text and _unanswered(log):
        who = log.newest("auth.as")
        root = who is not None and who["user"] == "root"
        says = "the login was right, and the server hung up before it opened a session"
        return Fact("root-cut" if root else "closed", says, (*shown, *sshlog.quote((log.first("au.ok"), ended))))
    if status and not live:
        return Fact("idle", "the session ended without an exit status", shown)
    if ended and (log.verbose or "by remote host" in ended.text):  # "closed." alone is how every session ends
        return Fact(
            "closed",
            "the server hung up right after the login",
            (*shown, *sshlog.quote((ended,))),
        )
    if not live and log.stage >= Stage.SESSION:
        return Fact("ok", "the session opened", source="log")
    return unknown("the log does not show how the session ended")


def _unanswered(log: Log) -> bool:
    """True when the server sent nothing after it had let us in: not even the answer to the first request."""
    won = log.first("au.ok", "auth.succeeded")
    received = log.all("packet.received")
    return bool(won and received) and received[-1].number < (won.number if won else 0)


_ENDS: tuple[tuple[Session, tuple[str, ...]], ...] = (
    ("prints", ("se.msgtoolong",)),
    ("forward-failed", ("fw.local", "fw.remote", "fw.listen")),
    ("request-failed", ("se.request",)),
    ("idle", ("se.alive",)),
    ("lost", ("se.readfail", "se.broken")),
)


_NEVER_FATAL = {"X11 forwarding", "env"}


def _request(hit: sshlog.Hit) -> Session:
    kind = hit["req"]
    if kind.startswith("PTY"):
        return "no-terminal"
    return "sftp-missing" if kind == "subsystem" else "request-failed"


session: Probe[Session] = Probe(
    "run.session",
    get_args(Session),
    _session,
    reads_log=True,
    waits="a command on the server (gives up in 10 s)",
)
