"""Lines of authorized_keys on a server, changed by the account itself through its own login; no root.

The file is replaced in one step, so that a crash leaves the old one or the new one, and never none. A key is found by
its base64 text, which no other key holds.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sshwizard import clean
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.remote import DIFFERS, fed
from sshwizard.effects.spelling import Spelling, harmless, spelled

LIMIT = 30.0
"""Seconds for one script, the login included."""
USUAL = ".ssh/authorized_keys"
"""Below the account's home (sshd_config(5), AuthorizedKeysFile)."""


def with_key(path: str) -> tuple[str, ...]:
    """Options of ssh that offer this key first, and what the agent holds only where the config names it."""
    return ("-i", path, "-o", "IdentitiesOnly=yes")


def head(file: str) -> str:
    """The first lines of every script: $f is the file itself, also where it is a link."""
    return (
        "set -eu; LC_ALL=C; export LC_ALL; umask 077\n"
        f'cd; f={shlex.quote(file)}; [ ! -L "$f" ] || f=$(readlink -f "$f")\n'
    )


def run(options: Sequence[str], target: Sequence[str], script: str) -> str:
    """Run a script as the login account. Returns what it prints; raises Refused with what it said."""
    ran = fed((*options, *target, "sh -s"), script, LIMIT)
    if ran.returncode:
        last = "".join(clean.lines(ran.stderr.decode("utf-8", "replace"))[-1:])
        if ran.returncode == DIFFERS and last:
            raise Refused(last)
        raise Refused(f"the login does not lead in: {last}" if ran.returncode == 255 else f"the server says: {last}")
    return ran.stdout.decode("utf-8", "replace")


def _unless(test: str, says: str) -> str:
    return f"{test} || {{ echo {shlex.quote(says)} >&2; exit {DIFFERS}; }}\n"


@dataclass(frozen=True, slots=True)
class _KeyLine(Effect):
    """What all share: where, by which login, and which key."""

    target: tuple[str, ...]
    """ssh's own arguments."""
    options: tuple[str, ...]
    """Options of ssh that choose the key of the login."""
    file: str
    """authorized_keys there; relative to the account's home."""
    line: str
    """The public key as one line: type, base64, comment."""
    id: str
    """Names what is kept beside the file; letters and digits."""
    keep: str = ""
    """The base64 text of a key that must stand in the file."""

    @property
    def _key(self) -> str:
        return shlex.quote(self.line.split()[1])

    @property
    def _kept(self) -> str:
        return f'"$f.sshwizard-{self.id}"'

    def _guard(self) -> str:
        raise NotImplementedError

    def _do(self) -> str:
        raise NotImplementedError

    @property
    def script(self) -> str:
        """The exact text that the account's sh is given."""
        return head(self.file) + self._guard() + self._do()

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        rows = (clean.line(row, 2000) for row in self.script.splitlines())
        return (f"# on {clean.line(self.target[-1])}, as the login account", *rows)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        command = shlex.join(("ssh", *self.options, *self.target, "sh -s"))
        return harmless((f"{command} <<'SSHWIZARD'", *self.script.splitlines(), "SSHWIZARD"))

    def check(self) -> None:
        run(self.options, self.target, head(self.file) + self._guard())

    def apply(self) -> None:
        run(self.options, self.target, self.script)


@dataclass(frozen=True, slots=True)
class AddKeyLine(_KeyLine):
    """Let a key in: one more line at the end."""

    def _guard(self) -> str:
        return _unless(f'! grep -qsF -- {self._key} "$f"', "the key stands in authorized_keys already")

    def _do(self) -> str:
        return (
            'd=$(dirname "$f"); [ -d "$d" ] || mkdir -m 700 -p "$d"\n'
            '[ -e "$f" ] || : >"$f"\n'
            '[ ! -s "$f" ] || [ -z "$(tail -c1 "$f")" ] || echo >>"$f"\n'
            f"printf '%s\\n' {shlex.quote(self.line)} >>\"$f\"\n"
        )

    def inverse(self) -> Effect:
        return TakeAwayKeyLine(self.target, self.options, self.file, self.line, self.id)


_WITHOUT = 'cp -p "$f" "$f.sshwizard-new"\ngrep {how} -- {what} "$f" >"$f.sshwizard-new" || [ $? = 1 ]\n' \
           'mv -f "$f.sshwizard-new" "$f"\n'  # fmt: skip


@dataclass(frozen=True, slots=True)
class TakeAwayKeyLine(_KeyLine):
    """Take the very line away that was added."""

    def _guard(self) -> str:
        return _unless(f'grep -qsxF -- {shlex.quote(self.line)} "$f"', "the line is not in authorized_keys any more")

    def _do(self) -> str:
        return _WITHOUT.format(how="-vxF", what=shlex.quote(self.line))

    def inverse(self) -> Effect:
        return AddKeyLine(self.target, self.options, self.file, self.line, self.id)


@dataclass(frozen=True, slots=True)
class RemoveKeyLine(_KeyLine):
    """Shut a key out: every line that holds it, while the one to keep stands there; the old file is kept beside."""

    def _guard(self) -> str:
        kept = shlex.quote(self.keep)
        return _unless(f'grep -sF -- {kept} "$f" | grep -q "^[^#]"', "the new key is not in authorized_keys") + _unless(
            f'grep -qsF -- {self._key} "$f"', "the old key is not in authorized_keys any more"
        )

    def _do(self) -> str:
        return f'cp -p "$f" {self._kept}\n' + _WITHOUT.format(how="-vF", what=self._key)

    def inverse(self) -> Effect:
        return PutBackKeyLine(self.target, self.options, self.file, self.line, self.id, self.keep)


@dataclass(frozen=True, slots=True)
class PutBackKeyLine(_KeyLine):
    """The old file again, if nobody changed the new one since."""

    def _guard(self) -> str:
        return _unless(f"[ -e {self._kept} ]", "the old file is no longer on the server") + _unless(
            f'grep -vF -- {self._key} {self._kept} | cmp -s - "$f"', "authorized_keys was changed since; it stays"
        )

    def _do(self) -> str:
        return f'mv -f {self._kept} "$f"\n'

    def inverse(self) -> Effect:
        return RemoveKeyLine(self.target, self.options, self.file, self.line, self.id, self.keep)


@dataclass(frozen=True, slots=True)
class RevokeKeyLines(_KeyLine):
    """Shut somebody out: the lines that were seen to hold the key; every other byte of the file stays."""

    rows: tuple[int, ...] = ()
    """The numbers of the lines."""
    sum: str = ""
    """What cksum(1) says of the file in which they were seen."""

    @property
    def _without(self) -> str:
        """sed(1) that leaves them out; unlike grep(1) it takes any byte, and adds no newline at the end."""
        return f"sed {shlex.quote(';'.join(f'{row}d' for row in self.rows))}"

    def _guard(self) -> str:
        same = f'[ "$(cksum <"$f")" = {shlex.quote(self.sum)} ]'
        return _unless(same, "authorized_keys was changed since it was looked at; it stays")

    def _do(self) -> str:
        return (
            f'cp -p "$f" {self._kept}\ncp -p "$f" "$f.sshwizard-new"\n'
            f'{self._without} "$f" >"$f.sshwizard-new"\nmv -f "$f.sshwizard-new" "$f"\n'
        )

    def inverse(self) -> Effect:
        return LetKeyLinesIn(*self._fields)

    @property
    def _fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class LetKeyLinesIn(RevokeKeyLines):
    """The lines again, each at its place, if nobody changed the file since."""

    def _guard(self) -> str:
        return _unless(f"[ -e {self._kept} ]", "the old file is no longer on the server") + _unless(
            f'{self._without} {self._kept} | cmp -s - "$f"', "authorized_keys was changed since; it stays"
        )

    def _do(self) -> str:
        return f'mv -f {self._kept} "$f"\n'

    def inverse(self) -> Effect:
        return RevokeKeyLines(*self._fields)
