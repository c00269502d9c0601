"""`sshwizard doctor --new-member`: a computer made ready for the team's hosts, step by step, each one asked for."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sshwizard import clean, paths, vocabulary
from sshwizard.advice import Machine, local, reading, sharing
from sshwizard.advice.local.agents import UPDATE
from sshwizard.commands import exporting
from sshwizard.commands.rotate import new_key
from sshwizard.effects import EditLines, Effect, InTerminal, MakeDirectory, WriteFile, digest
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts.mending import lend
from sshwizard.fronts.prompts import Prompts, Stopped, prompts
from sshwizard.journal import CannotFix
from sshwizard.language import say
from sshwizard.model import Target
from sshwizard.probes.aliases import hosts_from_config
from sshwizard.runner import Runner
from sshwizard.work import Work

TEAM = "team.config"
MOST_HOSTS = 20
"""Hosts that are tried at the end, each by one connection."""
AT_ONCE = 4


@dataclass
class Newcomer:
    """How far it came: what was done, and what is left to people."""

    folder: Path
    elsewhere: bool
    work: Work
    asker: Prompts
    key: Path | None = None
    ticks: list[tuple[bool, str]] = field(default_factory=list)

    def tick(self, done: bool, says: str) -> None:
        """One line of the checklist at the end."""
        self.ticks.append((done, says))

    async def made(self, fix: str, plan: Sequence[Effect], done: str) -> bool:
        """Preview, ask, make."""
        self.asker.say("", f"{done}. This is what will be done:")
        self.asker.say(*(f"    {row}" for effect in plan for row in effect.preview()))
        if self.work.read_only:
            self.asker.say("This is read-only: nothing is changed.")
        elif await self.asker.agrees("Do it?"):
            try:
                self.work.change(fix, "advice.key-naming", plan)
                self.tick(True, done)
                return True
            except CannotFix as refusal:
                self.asker.say(f"Not applied: {refusal}.")
        self.tick(False, done)
        return False


async def welcome(given: argparse.Namespace) -> Exit:
    """Lead through all of it; the end of the input is an end like any other."""
    folder = Path(given.dir).absolute() if given.dir else paths.ssh_dir()
    work = Work("new-member", read_only=given.read_only)
    asker = prompts()
    work.hand_over = lend if asker.terminal else None
    new = Newcomer(folder, bool(given.dir), work, asker)
    asker.say("A computer made ready for the team's hosts: a key, the agent, the ssh config, the programs, a proof.",
              "Each change is shown first, and sshwizard undo takes it back.")  # fmt: skip
    try:
        await _directory(new)
        await _key(new)
        await _agent(new)
        hosts = await _config(new, given)
        await _programs(new)
        await _proof(new, hosts)
    except EOFError:
        asker.say("", "That was the end of the answers.")
    except Stopped:
        return Exit.INTERRUPTED
    asker.say("", "Where you are now:")
    asker.show(*(f"  [{'x' if done else ' '}] {say(says)}" for done, says in new.ticks))
    if work.path:
        asker.say(f"To take it back: sshwizard undo {work.path}")
    return Exit.WORKS if all(done for done, _ in new.ticks) else Exit.CAUSE_FOUND


async def _directory(new: Newcomer) -> None:
    if not new.folder.exists():
        await new.made("fix-ssh-directory", (MakeDirectory(str(new.folder)),), f"Make {paths.short(new.folder)}")


async def _key(new: Newcomer) -> None:
    """A key that is good enough stays; else ssh-keygen makes one, and asks for the passphrase itself."""
    seen = await reading.read(new.folder)
    poor = {one.subject for one in local.judge(seen) if one.code in _POOR}
    good = [key for key in seen.keys if key.beside and key.file.path not in poor and key.file.defect in _FINE]
    if good:
        new.key = Path(good[0].file.path)
        new.tick(True, f"A key with a passphrase: {paths.short(new.key)}")
        return
    place = new.folder / "id_ed25519"
    place = new.folder / "id_ed25519_team" if place.exists() else place
    back = ("rm", "--", str(place), f"{place}.pub")
    new.asker.say("", "ssh-keygen asks you for a passphrase: choose one. Nothing of it comes to this program.")
    if await new.made("make-new-key", (InTerminal(new_key(place), back),), "Make a key of your own"):
        new.key = place


_POOR = {"advice.no-passphrase", "advice.weak-key", "advice.old-key", "advice.per-user-keys", "key.pub-file-mismatch"}
_FINE = {"none", "passphrase", "hardware"}


async def _agent(new: Newcomer) -> None:
    if new.key is None:
        return
    says = "Hand the key to the agent for a working day"
    if not os.environ.get("SSH_AUTH_SOCK"):
        new.asker.say("", 'No agent runs in this session. Start one: eval "$(ssh-agent -s)"',
                      f"Then: ssh-add -t 8h {shlex.quote(str(new.key))}")  # fmt: skip
        new.tick(False, says)
        return
    words = ("ssh-add", "-t", "8h", "--", str(new.key))
    await new.made("add-key-to-agent", (InTerminal(words, ("ssh-add", "-d", "--", str(new.key))),), says)


# ------------------------------------------------------------------ the team's hosts


async def _config(new: Newcomer, given: argparse.Namespace) -> list[str]:
    """The team's file beside the person's own config, which includes it at its end; the names in it."""
    text = await _team(new, given)
    file = new.folder / TEAM
    if not text:
        new.tick(False, "The team's hosts: no file and no tag was named (--team FILE, --tag KEY=VALUE)")
        return []
    now = _read(file)
    if now != text.encode():
        write = WriteFile(str(file), text, digest(now), 0o600)
        if not await new.made("export-ssh-config", (write,), f"Write the team's hosts into {paths.short(file)}"):
            return []
    config = new.folder / "config"
    content = _read(config)
    named = str(file) if new.elsewhere else TEAM
    if f"Include {named}".encode() not in (content or b""):
        rows = ["Host *", f"    Include {named}", *_own(new)]
        edit = EditLines(str(config), digest(content), add=tuple([""] * bool(content) + rows))
        if not await new.made("write-host-block", (edit,), f"Have {paths.short(config)} include them at its end"):
            return []
    return hosts_from_config(file)


def _own(new: Newcomer) -> list[str]:
    """The key, where ssh does not try it by itself."""
    usual = new.key is None or (new.key.name == "id_ed25519" and not new.elsewhere)
    return [] if usual else [f'    IdentityFile "{new.key}"']


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{clean.line(str(file))} cannot be read: {error.strerror}") from None


async def _team(new: Newcomer, given: argparse.Namespace) -> str:
    """The text of the team's file: the one that was named, or made of the account's machines with the tag."""
    if given.team:
        raw = _read(Path(given.team))
        if raw is None:
            raise UsageError(f"there is no file {clean.line(given.team)}")
        return raw.decode("utf-8", "replace")
    if given.tag is None:
        return ""
    told: list[str] = []
    machines: tuple[Machine, ...] = await exporting.tagged(given, told)
    new.asker.say(*told)
    for why in told:
        new.tick(False, f"The account: {why}")
    if machines:
        new.tick(True, f"The account answers, machines with this tag: {len(machines)}")
    return sharing.text((), machines, ()) if machines else ""


# ------------------------------------------------------------------ programs, and the proof


async def _programs(new: Newcomer) -> None:
    """What the team's config starts has to be there."""
    seen = await reading.read(new.folder)
    advice = [one for one in local.judge(seen) if one.code == "client.tool-missing-or-outdated"]
    for one in advice:
        new.asker.say("", one.title)
        new.asker.show(*(f"    {say(name)}: {text}" for name, text in UPDATE.get(one.subject, ())))
        new.tick(False, one.title)
    if not advice:
        new.tick(True, "The programs that the ssh config starts are there")


async def _proof(new: Newcomer, hosts: Sequence[str]) -> None:
    """Each host, diagnosed as `sshwizard diagnose` would."""
    if not hosts:
        return
    if len(hosts) > MOST_HOSTS:
        new.asker.say(f"Of {len(hosts)} hosts the first {MOST_HOSTS} are tried.")
    new.asker.say("", "Trying each host once:")
    gate = asyncio.Semaphore(AT_ONCE)
    found = await asyncio.gather(*(_tried(new, host, gate) for host in hosts[:MOST_HOSTS]))
    for host, (works, says) in zip(hosts, found, strict=False):
        new.tick(works, f"{host}: {says}")
    if new.key and not all(works for works, _ in found):
        line = _read(Path(f"{new.key}.pub"))
        if line:
            new.asker.say("", "Whoever runs the hosts needs your public key, and only this line:")
            new.asker.show(f"    {line.decode('utf-8', 'replace')}")


async def _tried(new: Newcomer, host: str, gate: asyncio.Semaphore) -> tuple[bool, str]:
    options = ("-F", str(new.folder / "config")) if new.elsewhere else ()
    async with gate:
        runner = Runner.live(Target(host, (*options, host)), read_only=True)
        try:
            found = await runner.walk()
        finally:
            await runner.close()
    if found.outcome in {"healthy", "degraded"}:
        return True, "ssh works"
    if found.root is None:
        return False, "cannot tell what is wrong"
    first = next((one.id for one in found.root.remedies), "")
    doing = f" ({vocabulary.actions()[first].title})" if first else ""
    return False, f"{found.root.title}{doing}"
