"""Faults after the login: the key is right, and still there is no shell."""

from __future__ import annotations

from ..ports import free_port
from ..scenario import Scenario
from ..world import SshdWorld

ENDS = "session.forced-command | session.exits-at-once | session.closed-after-login"
LOGGED_IN = r"Authenticated to 127\.0\.0\.1"
OTHER_USER = 'Please login as the user \\"dana\\" rather than the user \\"root\\".'


def tied(world: SshdWorld, command: str) -> None:
    """The key may run this one command only."""
    world.server.authorize("mine", options=f'restrict,command="{command}"')


def login_script(world: SshdWorld, text: str, *lines: str) -> None:
    """What bash reads before each command that comes by ssh."""
    home = world.server.directory / "home"
    home.mkdir()
    (home / ".bashrc").write_text(text)
    world.server.start(f"SetEnv HOME={home}", *lines)


def forced_terminal(world: SshdWorld) -> None:
    world.config("RequestTTY force")


def remote_forward(world: SshdWorld) -> None:
    world.config(f"RemoteForward {free_port()} localhost:9", "ExitOnForwardFailure yes")


SESSION: list[Scenario[SshdWorld]] = [
    Scenario(
        "forced-false", ENDS, "session", LOGGED_IN, lambda w: w.server.start("ForceCommand /bin/false"),
        ssh_code=1,
    ),
    Scenario(
        "forced-true", ENDS, "session", LOGGED_IN, lambda w: w.server.start("ForceCommand true"), ssh_code=0
    ),
    Scenario(
        "key-tied-to-command", "session.forced-command", "session", r"This key is for backups only",
        lambda w: tied(w, "echo This key is for backups only; exit 77"), ssh_code=77,
    ),
    Scenario(
        "login-as-another-user", "auth.wrong-user | session.forced-command", "denied | session",
        r'Please login as the user "dana"',
        lambda w: tied(w, f"echo '{OTHER_USER}'; exit 142"), ssh_code=142,
    ),
    Scenario(
        "files-only", "session.no-shell-offered | session.forced-command", "session",
        r"This service allows sftp connections only",
        lambda w: w.server.start("ForceCommand internal-sftp"), ssh_code=1,
    ),
    Scenario(
        "no-login-shell", "session.nologin-shell | session.forced-command", "session | denied",
        r"This account is currently not available",
        lambda w: w.server.start("ForceCommand echo 'This account is currently not available.'; exit 1"),
        ssh_code=1,
    ),
    Scenario(
        "login-script-exits", "session.startup-file-exits", "session", LOGGED_IN,
        lambda w: login_script(w, "exit 3\n"), ssh_code=3,
    ),
    Scenario(
        "login-script-exits-sftp-too", "session.exits-at-once", "session", LOGGED_IN,
        lambda w: w.server.start("ForceCommand exit 3"), ssh_code=3,
    ),
    Scenario(
        "disk-full", "server.disk-full", "session", r"No space left on device",
        lambda w: login_script(w, "echo > /dev/full || exit 1\n"), ssh_code=1,
    ),
    Scenario(
        "no-more-processes", "server.process-limit", "session", r"fork: retry",
        lambda w: login_script(w, "echo 'bash: fork: retry: Resource temporarily unavailable' >&2; exit 254\n"),
        ssh_code=254,
    ),
    Scenario(
        "git-only", "session.no-shell-offered", "session", r"unrecognized command",
        lambda w: w.server.start("ForceCommand echo \"fatal: unrecognized command 'x'\" >&2; exit 128"), ssh_code=128,
    ),
    Scenario(
        "no-sessions", "session.max-sessions", "session", r"open failed", lambda w: w.server.start("MaxSessions 0")
    ),
    Scenario(
        "key-without-terminal", "session.terminal-not-permitted", "session", r"PTY allocation request failed",
        lambda w: w.server.authorize("mine", options="no-pty"), forced_terminal,
    ),
    Scenario(
        "server-without-terminals", "session.no-terminal", "session", r"PTY allocation request failed",
        lambda w: w.server.start("PermitTTY no"), forced_terminal,
    ),
    Scenario(
        "remote-forward-refused", "session.forward-failed", "session", r"remote port forwarding failed",
        lambda w: w.server.start("AllowTcpForwarding no"), remote_forward,
    ),
    Scenario(
        "control-path-too-long", "config.control-path-unusable", "session | config", r"too long",
        lambda w: w.config("ControlMaster auto", f"ControlPath {w.sockets}/{'x' * 90}"),
    ),
    Scenario(
        "control-path-too-long-for-all", "config.control-path-unusable", "session | config", r"too long",
        lambda w: w.config(f"ControlPath {w.sockets}/{'x' * 120}"),
    ),
]  # fmt: skip
