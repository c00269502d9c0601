"""What the guarded run left out: shared connections, terminals, forwards; and what is amiss although ssh works."""

from sshwizard.model import Arrived, Cause, Suspects
from sshwizard.probes import again, forwards, sharing, waiting
from sshwizard.tree.node import Node

NO_TERMINAL = Suspects(
    "session.no-terminal",
    "session.terminal-not-permitted",
    decided_by="PermitTTY in the server's configuration, and its /dev/pts",
)
NODES = (
    Node[sharing.Shared](
        "shared",
        "Would a shared connection be in the way?",
        via=sharing.shared,
        short="Shared connection?",
        leads={
            "unused": "terminal",
            "ok": "terminal",
            "stale": Cause("config.control-socket-stale", "A dead shared connection to {through} is in the way"),
            "full": Cause(
                "session.max-sessions", "The shared connection to {through} takes no more sessions", degrades=True
            ),
            "path-unusable": Cause("config.control-path-unusable"),
            "unknown": "terminal",
        },
        words={
            "unused": "none in use",
            "ok": "it works",
            "stale": "it is dead",
            "full": "it takes no more",
            "path-unusable": "its path is unusable",
        },
    ),
    Node[again.Terminal](
        "terminal",
        "Does a terminal open?",
        via=again.terminal,
        short="Does a terminal open?",
        leads={
            "not-wanted": "forwards",
            "ok": "forwards",
            "not-permitted": Cause("session.terminal-not-permitted", "The key may not have a terminal on {host}"),
            "refused": NO_TERMINAL,
            "unknown": "forwards",
        },
        words={"not-wanted": "none is forced", "ok": "it opens", "not-permitted": "forbidden", "refused": "refused"},
    ),
    Node[forwards.Forwards](
        "forwards",
        "Can the required forwards be set up?",
        via=forwards.forwards,
        short="Forwards possible?",
        leads={
            "fine": "detour",
            "port-in-use": Cause(
                "session.forward-failed",
                "Port {port} on this computer is taken, and the config insists on it",
            ),
            "port-not-allowed": Cause(
                "session.forward-failed",
                "Port {port} on this computer cannot be had, and the config insists on it",
                "The ssh config asks for a local forward that this computer does not allow.",
            ),
            "remote-refused": Cause(
                "session.forward-failed",
                "The server refuses the remote forward of {port}, and the config insists on it",
                "The port is taken on the server, or it forbids forwarding.",
            ),
            "unknown": "detour",
        },
        words={
            "fine": "they can",
            "port-in-use": "a port is taken",
            "port-not-allowed": "a port is not allowed",
            "remote-refused": "refused by the server",
        },
    ),
    Node[waiting.Detour](
        "detour",
        "Is anything amiss that does not stop it?",
        via=waiting.detour,
        short="Anything else amiss?",
        leads={
            "none": Arrived(),
            "family-lost": Cause(
                "network.ipv6-broken",
                "IPv6 to {host} is lost on the way; every connection waits for it",
                degrades=True,
            ),
            "others-failed": Arrived(),
            "chatty": Cause(
                "session.startup-file-prints",
                "A login script on {host} prints text; scp, sftp and rsync may stumble over it",
                degrades=True,
            ),
            "gssapi": Cause(
                "server.slow-login",
                "The login waits {seconds} s for Kerberos (GSSAPI), which does not answer",
                "ssh tries GSSAPI before your key, and its lookups run into a timeout.",
                degrades=True,
            ),
            "greeting": Cause(
                "server.slow-login",
                "{slow} greets only after {seconds} s",
                "The server is slow before it says a word: a reverse DNS lookup that hangs, or too much load.",
                also=("server.overloaded",),
                degrades=True,
            ),
            "login": Cause(
                "server.slow-login",
                "{slow} needs {seconds} s to let you in",
                "The time passed while the server looked something up: reverse DNS (UseDNS), a directory service, "
                "PAM, or a program that fetches keys.",
                also=("server.overloaded",),
                degrades=True,
            ),
            "session": Cause(
                "server.slow-login",
                "After the login, {slow} needs {seconds} s to start a command",
                "The key was accepted at once; then a login script or a session module of PAM took the time.",
                also=("server.overloaded",),
                degrades=True,
            ),
            "unknown": Arrived(),
        },
        words={
            "none": "nothing",
            "family-lost": "IPv6 is lost",
            "others-failed": "an address is silent",
            "gssapi": "Kerberos is slow",
            "greeting": "the greeting is slow",
            "login": "the login is slow",
            "session": "the session is slow",
            "chatty": "a script prints text",
        },
    ),
)
