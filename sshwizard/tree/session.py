"""After the login: forwarding at a hop, the session at the target, and what the guarded run left out."""

from sshwizard.model import Arrived, Cause, Suspects, Unclear
from sshwizard.probes import proxies, session, sharing
from sshwizard.tree.node import Node

STRETCH = "session"

NODES = (
    Node[proxies.Forward](
        "forward",
        "Does {host} pass the connection on?",
        via=proxies.forward,
        short="Passed on?",
        leads={
            "ok": Arrived(),
            "prohibited": Cause("proxy.forwarding-prohibited", "The jump host {host} forbids forwarding"),
            "unreachable": Cause("proxy.inner-unreachable", "The jump host {host} cannot reach {next}"),
            "silent": Suspects(
                "proxy.inner-unreachable", "kex.no-banner", title="Behind the jump host {host}, {next} stays silent"
            ),
            "unresolvable": Cause("proxy.inner-unresolvable", "The jump host {host} does not know the name {next}"),
            "unknown": Unclear(),
        },
        words={
            "ok": "it does",
            "prohibited": "forbidden",
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
            "exits": Suspects(
                "session.exits-at-once",
                "session.forced-command",
                "session.startup-file-exits",
                "session.nologin-shell",
            ),
            "request-failed": Suspects("session.request-failed", "server.process-limit", "session.no-shell-offered"),
            "no-sessions": Suspects("session.max-sessions", "session.request-failed"),
            "no-terminal": Suspects("session.no-terminal", "session.terminal-not-permitted"),
            "sftp-missing": Cause("session.sftp-missing"),
            "prints": Cause("session.startup-file-prints"),
            "closed": Suspects("session.closed-after-login"),
            "root-cut": Suspects(
                "auth.root-login-disabled",
                "session.closed-after-login",
                why="A server with PermitRootLogin forced-commands-only takes root's key, and hangs up at once "
                "where the key has no command of its own.",
                decided_by="the server's own log, or: sudo sshd -T | grep -i permitrootlogin",
            ),
            "stalls": Suspects("session.stalls-after-login"),
            "lost": Suspects("session.connection-lost", "session.idle-timeout", "session.closed-after-login"),
            "idle": Suspects("session.connection-lost", "session.idle-timeout"),
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
            "exits": "ends at once",
            "request-failed": "request refused",
            "no-sessions": "no more sessions",
            "no-terminal": "no terminal",
            "closed": "hung up",
            "root-cut": "root was hung up on",
            "stalls": "stalls",
            "lost": "broke off",
            "idle": "timed out",
        },
    ),
    Node[sharing.Shared](
        "shared",
        "Would a shared connection be in the way?",
        via=sharing.shared,
        short="Shared connection?",
        leads={
            "unused": "terminal",
            "ok": "terminal",
            "stale": Cause("config.control-socket-stale", "A dead shared connection is in the way"),
            "path-unusable": Cause("config.control-path-unusable"),
            "unknown": "terminal",
        },
        words={
            "unused": "none in use",
            "ok": "it works",
            "stale": "it is dead",
            "path-unusable": "its path is unusable",
        },
    ),
    Node[sharing.Terminal](
        "terminal",
        "Does a terminal open?",
        via=sharing.terminal,
        short="Does a terminal open?",
        leads={
            "not-wanted": "forwards",
            "ok": "forwards",
            "refused": Cause("session.no-terminal", also=("session.terminal-not-permitted",)),
            "unknown": "forwards",
        },
        words={"not-wanted": "none is forced", "ok": "it opens", "refused": "refused"},
    ),
    Node[sharing.Forwards](
        "forwards",
        "Are the forwarded ports free?",
        via=sharing.forwards,
        short="Forwarded ports free?",
        leads={
            "fine": "detour",
            "port-in-use": Cause(
                "session.forward-failed",
                "Port {port} on this computer is taken, and the config insists on it",
            ),
            "unknown": "detour",
        },
        words={"fine": "they are", "port-in-use": "one is taken"},
    ),
    Node[sharing.Detour](
        "detour",
        "Did the first address work?",
        via=sharing.detour,
        short="First address worked?",
        leads={
            "none": Arrived(),
            "family-lost": Cause(
                "network.ipv6-broken",
                "IPv6 to {host} is lost on the way; every connection waits for it",
                degrades=True,
            ),
            "others-failed": Arrived(),
            "unknown": Arrived(),
        },
        words={"none": "it did", "family-lost": "IPv6 is lost", "others-failed": "a later one did"},
    ),
)
