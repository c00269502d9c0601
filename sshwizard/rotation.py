"""A key replaced on many hosts: add the new one, prove a login with it, switch the config, remove the old one.

Each step is a change of its own in one session. What a host has already is seen first, so a rotation that was broken
off goes on where it stopped. Before the new key has proved a login, nothing is taken away.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from sshwizard import clean
from sshwizard.effects import AddKeyLine, Effect, Refused, RemoveKeyLine
from sshwizard.effects.keylines import USUAL, head, run, with_key
from sshwizard.effects.remote import QUIET
from sshwizard.fixes import Refusal, hostblock
from sshwizard.journal import CannotFix
from sshwizard.paths import short
from sshwizard.probes import client, process
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.work import Work

FIX, CODE = "rotate-key", "advice.old-key"
LIMIT = 20.0
"""Seconds for one login."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key file and its public line."""

    path: str
    line: str

    @property
    def text(self) -> str:
        """Its base64 text, by which a line of authorized_keys is found."""
        return self.line.split()[1]

    @property
    def print(self) -> str:
        """SHA256:…, as ssh shows it."""
        return fingerprint(public_line(self.line) or b"")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a host is."""

    host: str
    old: bool = False
    """The old key opens it: it stands in authorized_keys."""
    new: bool = False
    switched: bool = False
    """ssh itself takes the new key first."""
    way: tuple[str, ...] = ()
    """Options of the login that worked."""
    trouble: str = ""
    """Why nothing (more) was done; empty while all is well."""
    did: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """True when the new key is in, ssh takes it, and the old one is out."""
        return self.new and self.switched and not self.old and not self.trouble


@dataclass(frozen=True)
class Rotation:
    """What is replaced by what."""

    old: KeyPair
    new: KeyPair
    args: tuple[str, ...] = ()
    """ssh's own options for every host."""
    file: str = USUAL
    keep_old: bool = False
    say: Callable[[str], None] = field(default=lambda says: None)

    def target(self, host: str) -> tuple[str, ...]:
        """ssh's own arguments for a host."""
        return (*self.args, "--", host)

    async def look(self, host: str) -> Standing:
        """How far this host is, by one login: with the new key where it opens, else with the old one."""
        switched = await self._switched(host)
        trouble = "no login"
        for key in (self.new, self.old):
            told = await self.login(host, with_key(key.path), key)
            if told:
                trouble = told
                continue
            try:
                seen = await asyncio.to_thread(run, with_key(key.path), self.target(host), self._count())
            except Refused as refused:
                trouble = str(refused)
                continue
            stands = {word: int(count) > 0 for word, count in _COUNTED.findall(seen)}
            if stands.keys() != {"old", "new"}:
                trouble = "the server does not say which keys stand there: its login runs no sh"
                continue
            return Standing(host, stands["old"], stands["new"], switched, with_key(key.path))
        return Standing(host, switched=switched, trouble=trouble)

    def _count(self) -> str:
        """Behind a word of ours each, because a login script may print, too."""
        pairs = (("old", self.old), ("new", self.new))
        rows = (
            f'n=$(grep -csF -- \'{key.text}\' "$f" || true); echo "sshwizard-{word} ${{n:-0}}"\n' for word, key in pairs
        )
        return head(self.file) + "".join(rows)

    async def login(self, host: str, options: tuple[str, ...], key: KeyPair) -> str:
        """Empty when this very key opens the host; else why not."""
        command = ("ssh", "-v", *QUIET, *options, *self.target(host), "true")
        ran = await process.run(command, LIMIT)
        accepted = re.findall(r"Server accepts key: .*(SHA256:\S+)", ran.err)
        if ran.timed_out:
            return f"no answer within {LIMIT:g} s"
        if "Authenticated to " not in ran.err and "Authentication succeeded (publickey)" not in ran.err:
            said = [row for row in clean.lines(ran.err, 400) if not row.startswith(("debug", "OpenSSH_"))]
            return said[-1] if said else f"ssh ended with {ran.code}"
        if not accepted or accepted[-1] != key.print:
            return f"another key opened it ({accepted[-1] if accepted else 'no key at all'})"
        return "" if ran.code == 0 else f"the login ends with {ran.code}"

    async def _switched(self, host: str) -> bool:
        answer = await client.settings_of(self.target(host))
        files = answer.get("identityfile", ()) if isinstance(answer, dict) else ()
        return any(short(file) == short(self.new.path) for file in files[:1])

    # ---------------------------------------------------------------- the four steps

    async def advance(self, at: Standing, work: Work) -> Standing:
        """Take one host to its end, or as far as it goes."""
        try:
            if not at.new:
                at = await self._add(at, work)
            elif told := await self.login(at.host, with_key(self.new.path), self.new):
                return replace(at, trouble=f"the new key stands there, and does not open it: {told}")
            if not at.switched:
                at = await self._switch(at, work)
            if at.old and not self.keep_old:
                at = await self._remove(at, work)
        except CannotFix as refusal:
            return replace(await self.look(at.host), did=at.did, trouble=clean.line(str(refusal)))
        return at

    async def _add(self, at: Standing, work: Work) -> Standing:
        add = AddKeyLine(self.target(at.host), at.way, self.file, self.new.line, _id())
        await self._made(work, (add,))
        if told := await self.login(at.host, with_key(self.new.path), self.new):
            await work.undo()
            raise CannotFix(f"the new key does not open it, so it was taken away again: {told}")
        self.say(f"{at.host}: the new key opens it")
        return replace(at, new=True, way=with_key(self.new.path), did=(*at.did, "added, and a login proved it"))

    async def _switch(self, at: Standing, work: Work) -> Standing:
        file = hostblock.config_file((*self.args, at.host))
        rows = [f"IdentityFile {hostblock.quoted(short(self.new.path))}", "IdentitiesOnly yes"]
        edit = file if isinstance(file, Refusal) else hostblock.edit(file, at.host, rows)
        if isinstance(edit, Refusal):
            raise CannotFix(f"the ssh config stays as it is: {edit.why}")
        await self._made(work, (edit,))
        if told := await self.login(at.host, (), self.new):
            await work.undo()
            raise CannotFix(f"with the new config ssh does not take the new key, so it was put back: {told}")
        self.say(f"{at.host}: ssh takes the new key by itself")
        return replace(at, switched=True, did=(*at.did, "the config names it, and ssh takes it"))

    async def _remove(self, at: Standing, work: Work) -> Standing:
        new = with_key(self.new.path)
        gone = RemoveKeyLine(self.target(at.host), new, self.file, self.old.line, _id(), self.new.text)
        await self._made(work, (gone,))
        if told := await self.login(at.host, new, self.new):
            raise CannotFix(f"the old key is out, and the new one did not log in at once: {told}; sshwizard undo")
        self.say(f"{at.host}: the old key is out")
        return replace(at, old=False, did=(*at.did, "the old key removed, the new one still opens it"))

    async def _made(self, work: Work, plan: tuple[Effect, ...]) -> None:
        await asyncio.to_thread(work.change, FIX, CODE, plan)


_COUNTED = re.compile(r"^sshwizard-(old|new) (\d+)$", re.M)


def _id() -> str:
    return secrets.token_hex(6)


def pair(path: Path) -> KeyPair | Refusal:
    """The key pair at a path; its .pub must be the key's own."""
    beside = path.with_name(f"{path.name}.pub")
    try:
        line = " ".join(beside.read_text("utf-8", "replace").split())
    except OSError as error:
        return Refusal(f"{short(beside)} cannot be read: {error.strerror}. ssh-keygen -y -f {short(path)} shows it")
    if public_line(line) is None or clean.line(line, 20_000) != line:
        return Refusal(f"{short(beside)} holds no public key")
    if not path.is_file():
        return Refusal(f"there is no key file {short(path)}")
    return KeyPair(str(path), line)
