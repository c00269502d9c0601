"""A member's key taken out on many hosts: by one's own login, which another key makes, and seen to be gone."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from sshwizard import clean
from sshwizard.effects import Refused, RevokeKeyLines
from sshwizard.effects.keylines import LIMIT, USUAL, head
from sshwizard.effects.remote import fed
from sshwizard.fixes import Refusal
from sshwizard.journal import CannotFix
from sshwizard.paths import short
from sshwizard.probes.inside.patterns import key_lines
from sshwizard.work import Work

FIX, CODE = "rotate-key", "advice.per-user-keys"
PRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
AGENT = "# Added by Google"
"""Stands above each line that Compute Engine's guest agent writes anew from the metadata."""
LARGEST = 1_000_000
"""Characters of a public key file that are read."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who leaves: the keys of one file, or one fingerprint."""

    name: str
    """What is typed to do it: the file's name, or the fingerprint."""
    prints: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What one host holds of the member."""

    host: str
    rows: tuple[tuple[int, str], ...] = ()
    """The lines with their numbers, for display."""
    sum: str = ""
    """What cksum(1) says of the file."""
    trouble: str = ""
    did: str = ""

    @property
    def out(self) -> bool:
        """True when it was seen that the key does not stand there."""
        return not self.rows and not self.trouble


def member(given: str) -> Member | Refusal:
    """A public key file, as the person handed it in, or a fingerprint as `ssh-keygen -l` prints it."""
    if PRINT.fullmatch(given.rstrip("=")):
        return Member(given.rstrip("="), frozenset({given.rstrip("=")}))
    file = Path(given).expanduser()
    try:
        text = file.read_text("ascii", "surrogateescape")[:LARGEST]
    except OSError as error:
        return Refusal(f"{clean.line(short(file), 200)} cannot be read: {error.strerror}; name a .pub file or SHA256:…")
    prints = frozenset(line.fingerprint for line in key_lines(text))
    if not prints:
        return Refusal(f"{clean.line(short(file), 200)} holds no public key")
    return Member(file.name, prints)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whose key, and where."""

    member: Member
    args: tuple[str, ...] = ()
    """ssh's own options for every host."""
    file: str = USUAL

    def look(self, host: str) -> Found:
        """One login, which shows by which key it is made and which lines stand there."""
        try:
            ran = fed(("-v", *self._target(host), "sh -s"), head(self.file) + _SHOW, LIMIT)
        except Refused as refused:
            return Found(host, trouble=str(refused))
        said, out = (text.decode("ascii", "surrogateescape") for text in (ran.stderr, ran.stdout))
        if "Authenticated to " not in said:
            last = [row for row in clean.lines(said, 400) if not row.startswith(("debug", "OpenSSH_"))]
            return Found(host, trouble=last[-1] if last else "no login")
        sum_ = re.search(r"^sshwizard-sum (\d+ \d+|none)$", out, re.M)
        if ran.returncode or sum_ is None:
            return Found(host, trouble="the server does not show authorized_keys: its login runs no sh")
        text = "\n".join(row[len(_MARK) :] for row in out[sum_.end() :].split("\n") if row.startswith(_MARK))
        mine = re.findall(r"Server accepts key: .*(SHA256:\S+)", said)[-1:]
        return self._judged(Found(host, sum=sum_[1]), text, mine)

    def _judged(self, at: Found, text: str, mine: list[str]) -> Found:
        """Pure: the member's lines of this text, and why they have to stay."""
        lines = text.split("\n")
        held = [one for one in key_lines(text) if one.fingerprint in self.member.prints]
        at = replace(at, rows=tuple((one.number, clean.line(lines[one.number - 1], 400)) for one in held))
        if held and mine and mine[0] in self.member.prints:
            return replace(at, trouble="this login is made with that very key; log in with one of your own (-i FILE)")
        if any(lines[one.number - 2].strip() == AGENT for one in held if one.number > 1):
            return replace(at, trouble="it comes from the metadata (ssh-keys) and would come back; take it out there")
        return at

    def change(self, at: Found) -> RevokeKeyLines:
        """What takes these lines out."""
        numbers = tuple(number for number, _ in at.rows)
        return RevokeKeyLines(
            self._target(at.host), (), self.file, f"the key {self.member.name}", secrets.token_hex(6), "", numbers,
            at.sum,
        )  # fmt: skip

    async def revoke(self, at: Found, work: Work) -> Found:
        """Take them out, and look again: by a login, which so proves that one's own key still opens the host."""
        try:
            await asyncio.to_thread(work.change, FIX, CODE, (self.change(at),))
        except CannotFix as refusal:
            return replace(at, trouble=clean.line(str(refusal)))
        after = await asyncio.to_thread(self.look, at.host)
        if after.trouble:
            return replace(after, trouble=f"the lines are out, and the look after it failed: {after.trouble}")
        if after.rows:
            return replace(after, trouble="the key stands there again: something on the server writes it")
        return replace(after, did="taken out, and your own login still works")

    def _target(self, host: str) -> tuple[str, ...]:
        return (*self.args, "--", host)


_MARK = "sshwizard-line "
_SHOW = f"""if [ -e "$f" ]; then echo; echo "sshwizard-sum $(cksum <"$f")"; sed 's/^/{_MARK}/' "$f"
else echo; echo "sshwizard-sum none"; fi
"""
