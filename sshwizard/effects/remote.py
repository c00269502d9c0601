"""A change on the server, made through a way in: one sh script, kept there with its way back.

The old state and the undo script stand in STATE on the server. Where the change could cut the last way in, a watcher
is started on the server first: it takes the change back after 120 s, unless a second login told it not to.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sshwizard import clean
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, harmless, spelled

STATE = "/var/lib/sshwizard"
"""Directory on the server for old states, mode 700, root's."""
WATCH = 120
"""Seconds until the server takes a change back by itself."""
LIMIT = 60.0
"""Seconds for one script, the login included."""

DIFFERS, NO_ROOT, NO_WATCH = 9, 10, 11
"""Exit codes of a script that changed nothing."""

ROOT = "sh -c 'if [ \"$(id -u)\" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi'"

QUIET = (
    "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ControlMaster=no", "-o", "ControlPath=none",
    "-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none", "-o", "PermitLocalCommand=no",
    "-o", "StdinNull=no", "-o", "ForkAfterAuthentication=no", "-o", "SessionType=default",
)  # fmt: skip
"""ssh's options for a script on standard input: it asks nothing, shares nothing, and runs nothing of the config's."""

HELPER = "the helper"
"""What the machine is called that has a disk of the server."""
BY_USER = "user"
"""The way that needs no opening: another account, or another port."""


@dataclass(frozen=True, slots=True)
class Lent:
    """An open door, for the effects of this process. It may hold secrets, so no journal keeps it."""

    options: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    renew: Callable[[], None] | None = None
    """Opens it for another while; raises."""
    runs: Callable[[bytes, float], tuple[int, bytes]] | None = None
    """Runs a script where no ssh does; raises where nothing ran."""


_LENT: dict[str, Lent] = {}


@contextmanager
def lent(door: str, how: Lent) -> Iterator[None]:
    """Effects may go through this door in the block."""
    _LENT[door] = how
    try:
        yield
    finally:
        _LENT.pop(door, None)


@dataclass(frozen=True, slots=True)
class RemoteScript(Effect):
    """Run `do` on the server as root if `guard` holds there; `undo` is kept beside the old state."""

    id: str
    """Names the directory of the old state on the server; letters and digits."""
    door: str
    options: tuple[str, ...]
    target: tuple[str, ...]
    """ssh's own arguments, the options of the door apart."""
    guard: str
    """sh that succeeds while the server is as the preview saw it."""
    do: str
    undo: str = ""
    """sh that takes it back; in it $D is the directory of the old state. Empty: there is no way back."""
    watch: int = WATCH
    """Seconds until the server takes it back by itself; 0: it cannot cut a way in."""
    undoing: bool = False
    login: str = ""
    """As whom the door was opened; empty: as it chooses."""
    account: tuple[str, ...] = ("", "")
    """Profile and region with which it was opened."""
    limit: float = LIMIT
    """Seconds for the script, the login included."""

    @property
    def undoable(self) -> bool:
        return bool(self.undo)

    @property
    def where(self) -> str:
        """What the machine is called."""
        return "the server"

    @property
    def script(self) -> str:
        """The exact text that the server's sh is given."""
        if self.undoing:
            return _TAKE_BACK.format(d=self._state, differs=DIFFERS)
        guard = _GUARD.format(guard=self.guard, differs=DIFFERS)
        if not self.undo:
            return f"{_HEAD.format(d=self._state)}{guard}{self.do}\n"
        arm = _ARM.format(seconds=self.watch, no_watch=NO_WATCH) if self.watch else ""
        kept = _KEEP.format(undo=shlex.quote(f"set -u; D={self._state}\n{self.undo}\n"))
        return f"{_HEAD.format(d=self._state)}{guard}{kept}{arm}{self.do}\n"

    @property
    def _state(self) -> str:
        return f"{STATE}/{self.id}"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        lines = [clean.line(line, 2000) for line in self.script.splitlines()]
        return (f"# on {clean.line(self.target[-1])} as root, through: {clean.line(self.door)}", *lines)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        if self.door != BY_USER:
            return ()  # a door is open for the time of a change only
        command = shlex.join(("ssh", *self.options, *self.target, ROOT))
        return harmless((f"{command} <<'SSHWIZARD'", *self.script.splitlines(), "SSHWIZARD"))

    def check(self) -> None:
        guard = _TAKE_BACK_GUARD if self.undoing else f"{_GUARD.format(guard=self.guard, differs=DIFFERS)}"
        self._run(f"{_HEAD.format(d=self._state)}{guard.replace('{differs}', str(DIFFERS))}\n")

    def inverse(self) -> Effect | None:
        return replace(self, undoing=not self.undoing) if self.undo else None

    def apply(self) -> None:
        self._run(self.script, self.limit)
        if self.undo and self.watch and not self.undoing:
            self._prove()

    def _prove(self) -> None:
        """A second login disarms the watcher. Raises Refused where there is none: the server then takes it back."""
        try:
            self._run(f"rm {self._state}/armed\n")
        except Refused as refused:
            raise Refused(
                f"a second login did not work ({refused}); the server takes the change back within {self.watch} s"
            ) from None

    def _run(self, script: str, limit: float = LIMIT) -> None:
        how = _LENT.get(self.door, Lent() if self.door == BY_USER else None)
        if how is None:
            raise Refused(f"the way in ({clean.line(self.door)}) is not open now")
        try:
            if how.renew:
                how.renew()
            code, said = (
                how.runs((_ONLY_ROOT + script).encode(), limit) if how.runs else self._by_ssh(how, script, limit)
            )
        except Refused:
            raise
        except Exception as shut:  # of whatever kind the door's own is: nothing ran
            raise Refused(f"the way in does not lead in: {clean.line(str(shut), 300)}") from None
        if code:
            raise Refused(_why(code, said.decode("utf-8", "replace"), self.where))

    def _by_ssh(self, how: Lent, script: str, limit: float) -> tuple[int, bytes]:
        ran = fed((*how.options, *self.options, *self.target, ROOT), script, limit, how.env)
        return ran.returncode, ran.stderr


def fed(
    words: Sequence[str], script: str, limit: float, env: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[bytes]:
    """Give ssh with `words` a script. Raises Refused where it is missing, or has not ended in `limit` seconds."""
    try:
        return subprocess.run(
            ("ssh", *QUIET, *words), input=script.encode(), capture_output=True, timeout=limit, check=False,
            env=environment(env), start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Refused(f"the server did not answer within {limit:g} s") from None
    except FileNotFoundError:
        raise Refused("there is no program named ssh") from None


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Of an ssh that is given a script."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "SSH_ASKPASS_REQUIRE": "never", **more}


def _why(code: int, said: str, where: str) -> str:
    last = "".join(clean.lines(said)[-1:])
    if code == DIFFERS:
        return last or f"{where} is no longer as the preview saw it; nothing was changed"
    if code == NO_WATCH:
        return f"{where} has no program that could take the change back by itself; nothing was changed"
    if code == NO_ROOT:
        return f"root is needed on {where}, and sudo does not give it without a password; nothing was changed"
    if code == 255:
        return f"the way in does not lead in: {last}"
    if "sudo" in last:
        return f"root is needed on {where}, and sudo asks for a password: {last}"
    heard = last or f"it ended with {code}"
    return f"the helper says: {heard}" if where == HELPER else f"the server says: {heard}"


_ONLY_ROOT = f"""[ "$(id -u)" = 0 ] || exit {NO_ROOT}
"""
_HEAD = """set -eu
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; export LC_ALL PATH
D={d}
"""
_GUARD = """{{ {guard}; }} || {{
  echo 'the server is no longer as it was seen; nothing was changed' >&2; exit {differs}
}}
"""
_KEEP = """umask 077; mkdir -p "$D"
printf %s {undo} >"$D/undo.sh"
trap 'c=$?; if [ $c != 0 ]; then rm -f "$D/armed"; sh "$D/undo.sh"; rm -rf "$D"; fi; exit $c' EXIT
umask 022
"""
_ARM = """: >"$D/armed"
printf %s 'sleep {seconds}; [ -e "$0/armed" ] || exit 0; sh "$0/undo.sh"; rm -rf "$0"' >"$D/watch.sh"
if [ -d /run/systemd/system ] && systemd-run --quiet --collect sh -c "$(cat "$D/watch.sh")" "$D" 2>/dev/null; then :
elif command -v setsid >/dev/null; then setsid sh -c "$(cat "$D/watch.sh")" "$D" </dev/null >/dev/null 2>&1 &
elif command -v nohup >/dev/null; then nohup sh -c "$(cat "$D/watch.sh")" "$D" </dev/null >/dev/null 2>&1 &
else rm -rf "$D"; trap - EXIT; exit {no_watch}; fi
"""
_TAKE_BACK_GUARD = """[ -e "$D/undo.sh" ] || { echo 'the old state is no longer on the server' >&2; exit {differs}; }
"""
_TAKE_BACK = """set -eu
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; export LC_ALL PATH
D={d}
[ -e "$D/undo.sh" ] || {{ echo 'the old state is no longer on the server' >&2; exit {differs}; }}
sh "$D/undo.sh"
rm -rf "$D"
"""
