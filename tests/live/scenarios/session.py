"""Faults after the login: the key is right, and still there is no shell."""

from __future__ import annotations

from ..scenario import Scenario
from ..world import SshdWorld

ENDS = "session.forced-command | session.exits-at-once | session.closed-after-login"
LOGGED_IN = r"Authenticated to 127\.0\.0\.1"
OTHER_USER = 'Please login as the user \\"dana\\" rather than the user \\"root\\".'


def tied(world: SshdWorld, command: str) -> None:
    """The key may run this one command only."""
    world.server.authorize("mine", options=f'restrict,command="{command}"')


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
]  # fmt: skip
