"""After the login: forwarding at a hop, the session at the target, and what else works where it does not."""

from dataclasses import replace
from typing import Any

from sshwizard.model import Arrived, Cause, Suspects, Unclear
from sshwizard.probes import again, proxies, session
from sshwizard.tree.aws.behind import behind_node
from sshwizard.tree.gcp import network as google_network
from sshwizard.tree.leftout import NO_TERMINAL
from sshwizard.tree.node import Node

STRETCH = "session"

_EXITS = Suspects(
    "session.exits-at-once",
    "session.forced-command",
    "session.startup-file-exits",
    "session.nologin-shell",
    decided_by="the account's shell, its login scripts and ForceCommand, seen from inside",
)
_STALLS = Suspects("session.stalls-after-login", "session.startup-file-exits", "server.overloaded")
_REQUEST = Suspects("session.request-failed", "server.process-limit", "session.no-shell-offered")

_BEHIND = Cause("proxy.inner-unreachable", "The jump host {host} cannot reach {next}")
_SILENT = Suspects("proxy.inner-unreachable", "kex.no-banner", title="Behind the jump host {host}, {next} stays silent")

NODES: tuple[Node[Any], ...] = (
    behind_node("cloud-behind", _BEHIND, "google-behind"),
    google_network.behind_node("google-behind", _BEHIND),
    behind_node("cloud-behind-silent", _SILENT, "google-behind-silent"),
    google_network.behind_node("google-behind-silent", _SILENT),
    Node[proxies.Forward](
        "forward",
        "Does {host} pass the connection on?",
        via=proxies.forward,
        short="Passed on?",
        leads={
            "ok": Arrived(),
            "prohibited": Cause("proxy.forwarding-prohibited", "The jump host {host} forbids forwarding"),
            "unreachable": "cloud-behind",
            "silent": "cloud-behind-silent",
            "unresolvable": Cause(
                "proxy.inner-unresolvable", "The jump host {host} does not know the name {next_host}"
            ),
            "unknown": Unclear(),
        },
        words={
            "ok": "it does",
            "prohibited": "forbidden",
            "silent": "target stays silent",
            "unreachable": "target unreachable",
            "unresolvable": "name unknown there",
        },
    ),
    Node[session.Session](
        "session",
        "Does the session hold?",
        via=session.session,
        short="Does it hold?",
        spine=True,
        leads={
            "ok": "shared",
            "nologin-shell": Cause("session.nologin-shell", "The account {user} may not have a shell on {host}"),
            "other-user": Cause("auth.wrong-user", "The server wants the login name {user_wanted}, not {user}"),
            "forced": Cause("session.forced-command"),
            "sftp-only": Cause("session.no-shell-offered"),
            "git-only": Cause("session.no-shell-offered", "The account {user} is for Git only"),
            "git-service": Arrived(),
            "git-denied": Cause("session.git-access-denied", also=("key.wrong-key",)),
            "exits": "bypass",
            "script-fails": Suspects(
                "session.startup-file-exits",
                "session.exits-at-once",
                title="A login script of {user} fails on {host}, and the session ends",
            ),
            "not-opened": Suspects("auth.pam-denied", "session.exits-at-once", "server.process-limit"),
            "no-process": Cause("server.process-limit"),
            "disk-full": Suspects("server.disk-full", "session.exits-at-once", "session.startup-file-exits"),
            "exec-refused": "bare-shell",
            "request-failed": _REQUEST,
            "no-sessions": Suspects("session.max-sessions", "session.request-failed"),
            "no-terminal": NO_TERMINAL,
            "sftp-missing": Cause("session.sftp-missing"),
            "prints": Cause("session.startup-file-prints"),
            "closed": Suspects("session.closed-after-login", "session.chroot-bad-owner", "auth.pam-denied"),
            "root-cut": Suspects(
                "auth.root-login-disabled",
                "session.closed-after-login",
                why="A server with PermitRootLogin forced-commands-only takes root's key, and hangs up at once "
                "where the key has no command of its own.",
                decided_by="the server's own log, or: sudo sshd -T | grep -i permitrootlogin",
            ),
            "stalls": "marks",
            "command-hangs": "bypass-stall",
            "lost": Suspects("session.connection-lost", "session.idle-timeout", "session.closed-after-login"),
            "idle": Suspects("session.connection-lost", "session.idle-timeout"),
            "dropped-idle": replace(
                Suspects(
                    "session.idle-timeout",
                    "session.connection-lost",
                    title="Your session was idle for {minutes} min, and then its connection was gone",
                    decided_by="the same idle time with ServerAliveInterval: the session stays",
                ),
                degrades=True,
            ),
            "password-expired": Cause("auth.password-expired"),
            "forward-failed": Cause("session.forward-failed"),
            "sharing": "shared",
            "passing-on": "hop",
            "unknown": Unclear(),
        },
        words={
            "ok": "it holds",
            "nologin-shell": "no shell allowed",
            "other-user": "another user wanted",
            "forced": "forced command",
            "sftp-only": "SFTP only",
            "git-only": "Git only",
            "git-service": "a Git service",
            "git-denied": "repository refused",
            "script-fails": "a login script fails",
            "not-opened": "not opened",
            "no-process": "no more processes",
            "disk-full": "disk full",
            "exec-refused": "no commands taken",
            "exits": "ends at once",
            "request-failed": "request refused",
            "no-sessions": "no more sessions",
            "no-terminal": "no terminal",
            "sftp-missing": "no SFTP there",
            "prints": "startup files print",
            "password-expired": "password expired",
            "forward-failed": "a forward failed",
            "sharing": "a shared connection",
            "passing-on": "it passes on",
            "closed": "hung up",
            "root-cut": "root was hung up on",
            "stalls": "stalls",
            "command-hangs": "a command hangs",
            "lost": "broke off",
            "idle": "timed out",
            "dropped-idle": "dropped while idle",
        },
    ),
    Node[again.Sftp](
        "bypass",
        "Does SFTP work all the same?",
        via=again.sftp,
        short="Does SFTP work?",
        leads={
            "works": Suspects(
                "session.startup-file-exits",
                "session.nologin-shell",
                "session.no-shell-offered",
                title="On {host}, SFTP works, and a shell ends at once with status {code}",
                why="No forced command is in the way, so it is the account's shell or one of its login scripts.",
            ),
            "quiet-one": Suspects(
                "session.exits-at-once",
                "session.nologin-shell",
                "session.startup-file-exits",
                title="On {host}, SFTP works, and a shell ends at once without a word",
            ),
            "ends-too": _EXITS,
            "none": _EXITS,
            "unknown": _EXITS,
        },
        words={"works": "it works", "quiet-one": "it works", "ends-too": "it ends too", "none": "there is none"},
    ),
    Node[again.Sftp](
        "bypass-stall",
        "Does SFTP work all the same?",
        via=again.sftp,
        short="Does SFTP work?",
        leads={
            "works": Suspects(
                "session.stalls-after-login",
                "session.startup-file-exits",
                title="On {host}, SFTP works, and a shell hangs",
                why="The way is fine: a login script of the account does not come to an end.",
            ),
            "quiet-one": _STALLS,
            "ends-too": _STALLS,
            "none": _STALLS,
            "unknown": _STALLS,
        },
    ),
    Node[again.Shell](
        "bare-shell",
        "Does a shell start where a command does not?",
        via=again.shell,
        short="Does a shell start?",
        leads={
            "starts": Arrived(),
            "refused": _REQUEST,
            "unknown": _REQUEST,
        },
        words={"starts": "it starts", "refused": "no shell either"},
    ),
)
