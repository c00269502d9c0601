"""After the login: does a command run?"""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.stages import log_upto

Session = Literal[
    "ok", "nologin-shell", "other-user", "forced", "sftp-only", "git-only", "git-service", "git-denied", "exits",
    "script-fails", "not-opened", "no-process", "disk-full", "request-failed", "exec-refused", "no-sessions",
    "no-terminal", "sftp-missing", "prints", "closed", "stalls", "command-hangs", "lost", "idle",
    "dropped-idle",
    "password-expired", "forward-failed", "sharing", "passing-on", "root-cut",
]  # fmt: skip

_SCRIPT = re.compile(
    r"^\S*/(?:\.(?:bashrc|bash_profile|bash_login|profile|zshenv|zshrc|zprofile|cshrc|tcshrc|kshrc)|\.ssh/rc|sshrc"
    r"|profile|bash\.bashrc|zshenv|config\.fish): ?(?:line )?\d*.*$",
    re.M,
)
"""A shell that names the startup file it stumbles over: bash(1), zsh(1), sshd(8) for ~/.ssh/rc."""

NOT_OPENED = "254"
"""The status with which sshd ends a session that PAM did not open (session.c, do_child)."""


async def _session(scene: Scene) -> Fact[Session]:
    log = await log_upto(scene, Stage.DONE)
    await scene.run.finished()
    return read_session(scene.run, log)


def read_session(run: Run, log: Log) -> Fact[Session]:
    """How the session went, by its output, its exit status and the log."""
    out = sshlog.read(run.out)
    said = [*clean.lines(run.out, 6), *(clean.line(hit.text) for hit in log.words[:6])]
    text = " ".join(said)
    shown = (
        *said[:4],
        *sshlog.quote((log.newest("session.options"), log.first("se.request"), log.newest("session.status"))),
    )
    options = log.newest("session.options")
    status = log.newest("session.status")
    live = bool(run.command)
    forced = bool(options and "command" in options["options"].split())
    rows = [row.strip() for row in run.out.splitlines() if row.strip()]
    if live and run.token in rows:
        more = [] if forced else clean.lines("\n".join(row for row in rows if row != run.token), 3)
        seen: dict[str, Any] = {"printed": list(more)} if more else {}
        return Fact("ok", "a command ran on the server", sshlog.quote((status,)), data=seen)
    hit = log.first("se.cloudinit")
    told = re.search(r"Please login as the user \"?([\w.-]+)\"? rather than the user", text)
    if told or hit:
        name = clean.line(told.group(1) if told else hit["user"] if hit else "", 60)
        return Fact("other-user", f"the server says: log in as {name}", shown, data={"user_wanted": name})
    if re.search(r"This account is currently not available", text) or log.has("se.nologin"):
        return Fact("nologin-shell", "the account's shell refuses: This account is currently not available", shown)
    if re.search(r"sftp connections only|allows sftp", text, re.I):
        return Fact("sftp-only", f"the server says: {said[0]}", shown)
    if hit := log.first("se.git") or out.first("se.git"):
        return Fact("git-denied", f"the Git service says: {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    if hit := log.first("se.greeting") or out.first("se.greeting"):
        return Fact("git-service", f"the Git service knows you: {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    if hit := log.first("se.gitshell") or out.first("se.gitshell"):
        return Fact("git-only", f"the account is for Git only: {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    if forced:
        return Fact("forced", "a forced command replaced ours", shown)
    if hit := log.first("se.logins") or out.first("se.logins"):
        return Fact("not-opened", f"the server says: {clean.line(hit.text, 120)}", (*sshlog.quote((hit,)), *shown[-1:]))
    if hit := log.first("se.fork") or out.first("se.fork"):
        return Fact("no-process", f"the server says: {clean.line(hit.text, 120)}", (*sshlog.quote((hit,)), *shown[-1:]))
    if hit := log.first("se.full") or out.first("se.full"):
        return Fact("disk-full", f"the server says: {clean.line(hit.text, 120)}", (*sshlog.quote((hit,)), *shown[-1:]))
    if log.has("au.pwexpired"):
        hit = log.first("au.pwexpired")
        return Fact("password-expired", clean.line(hit.text if hit else ""), shown)
    if not live and (hit := log.first("mx.refused")) and not log.has("au.ok", "auth.succeeded"):
        return Fact("sharing", f"a shared connection was there; {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    if hit := log.first("mx.listen"):
        return Fact("sharing", f"the login is right; then: {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    if log.has("proxy.stdio") and (hit := log.first("chan.open")):
        return Fact("passing-on", f"the login is right; then: {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    for outcome, ids in _ENDS:
        if (hit := log.first(*ids)) and hit["req"] not in _NEVER_FATAL and _tells(outcome, hit):
            if outcome == "lost" and log.verbose and not log.has("session.accepted"):
                outcome = "closed"
            if outcome == "request-failed":
                outcome = _request(hit, live=live)
            return Fact(
                outcome,
                clean.line(hit.text, 140),
                (*shown, *sshlog.quote((hit,))),
                data={"request": hit["req"], **({"typed": clean.line(run.typed)} if run.typed else {})},
            )
    if (hit := log.first("chan.open")) and not log.has("session.accepted"):
        return Fact("no-sessions", clean.line(hit.text, 140), (*shown, *sshlog.quote((hit,))))
    if not run.cut and (spoken := _SCRIPT.search("\n".join(said))):
        return Fact("script-fails", f"a login script says: {clean.line(spoken.group(), 120)}", shown)
    if (status and status["code"] != "-1") or (live and run.code not in (None, 255)):
        code = status["code"] if status else str(run.code)
        if not live and code == "0":
            return Fact("ok", "the session ended with exit status 0", sshlog.quote((status,)))
        if code == NOT_OPENED:
            says = "sshd ended the session with status 254, as it does when PAM does not open it"
            return Fact("not-opened", says, shown)
        if not live and log.has("session.accepted") and not options:
            return Fact("exits", f"the session ended with exit status {code}", shown, data={"code": code})
        data = {"code": code, "quiet": "" if said else "yes"}
        return Fact("exits", f"the session ended at once with exit status {code}", shown, data=data)
    if run.cut or (log.stage == Stage.SESSION and log.verbose and run.ended and not log.has("se.conn_closed")):
        if not live and log.has("mux.session"):
            return Fact("ok", "a shared connection carried the session", source="log")
        if log.has("session.accepted"):  # the way still carries, with ssh's marks for an open session
            says = "the server took the command, and nothing comes of it"
            return Fact("command-hangs", says, sshlog.quote((log.newest("session.accepted"), *log.last[-2:])))
        return Fact("stalls", "we are logged in, and nothing more comes", sshlog.quote(log.last[-3:]))
    if live and (hit := log.newest("session.rtype")) and hit["type"] == "exit-signal":
        data = {"code": "none: a signal ended it", "quiet": ""}
        return Fact("exits", "the session was ended by a signal on the server", sshlog.quote((hit, status)), data=data)
    if (ended := log.newest("se.conn_closed")) and "by remote host" in ended.text and _unanswered(log):
        who = log.newest("auth.as")
        root = who is not None and who["user"] == "root"
        says = "the login was right, and the server hung up before it opened a session"
        return Fact("root-cut" if root else "closed", says, (*shown, *sshlog.quote((log.first("au.ok"), ended))))
    if live and status:
        return Fact("closed", "the server closed the session without an exit status", sshlog.quote((status,)))
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


def _tells(outcome: Session, hit: sshlog.Hit) -> bool:
    """Not every end of sftp and scp is one of their words' making: "Connection closed" follows anything."""
    return outcome != "prints" or hit.text.startswith(("Received message", "Ensure the remote"))


def _request(hit: sshlog.Hit, *, live: bool) -> Session:
    kind = hit["req"]
    if kind.startswith("PTY"):
        return "no-terminal"
    if kind == "subsystem":
        return "sftp-missing"
    return "exec-refused" if live and kind == "exec" else "request-failed"


session: Probe[Session] = Probe(
    "run.session",
    get_args(Session),
    _session,
    reads_log=True,
    waits="a command on the server (gives up in 10 s)",
)
