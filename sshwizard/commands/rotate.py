"""`sshwizard rotate`: another key on many hosts, without a moment in which none opens them."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shlex
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.commands import arguments
from sshwizard.effects import InTerminal
from sshwizard.effects.keylines import USUAL
from sshwizard.exits import Exit, UsageError
from sshwizard.fixes import Refusal
from sshwizard.journal import CannotFix
from sshwizard.language import say
from sshwizard.language.cells import width
from sshwizard.rotation import CODE, FIX, KeyPair, Rotation, Standing, pair
from sshwizard.work import Work


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "rotate",
        "Replace a key on many hosts: add the new one, prove a login with it, switch the ssh config, remove the old\n"
        "one. Without --type nothing is changed: it says how far each host is, and what would be done.",
        "examples:\n  sshwizard rotate ~/.ssh/id_rsa web-1 web-2\n"
        "  sshwizard rotate ~/.ssh/id_rsa web-1 web-2 --new ~/.ssh/id_ed25519_2 --type id_rsa\n"
        "  sshwizard rotate team.pem web-1 --keep-old --type team.pem     a key of your own beside the team's\n"
        "  sshwizard rotate --revoke kim.pub web-1 web-2                  what a member's leaving would take out\n"
        "  sshwizard rotate --revoke kim.pub web-1 web-2 --type kim.pub   take it out; your own key stays\n\n"
        "The old key is removed only after the new one has opened the host. Broken off, it goes on where it stopped.\n"
        "Each step stands in the journal: sshwizard undo SESSION takes all of it back.\n",
    )
    reader.usage = "sshwizard rotate [KEY | --revoke KEY] HOST… [ssh options] [options]"
    reader.add_argument("--new", metavar="FILE", help="the new key; without it ssh-keygen makes one and asks you for "
                        "its passphrase")  # fmt: skip
    reader.add_argument("--type", metavar="NAME", help="the name of the old (or the member's) key file, typed: do it")
    reader.add_argument("--keep-old", action="store_true", help="do not remove the old key")
    reader.add_argument("--revoke", metavar="KEY", help="take a member's key out, and put none in its place: a public "
                        "key file, or SHA256:…; all other words are hosts")  # fmt: skip
    reader.add_argument("--keys-file", metavar="FILE", default=None, help="authorized_keys on the servers, where it is "
                        f"another than {USUAL}")  # fmt: skip
    reader.add_argument("--json", action="store_true", help="the table as JSON")
    reader.add_argument("--read-only", action="store_true", help="change nothing")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    options, names = _parted(theirs)
    if given.revoke:
        from sshwizard.commands.revoking import revoke

        return revoke(given, options, tuple(dict.fromkeys(names)), _work(given))
    if len(names) < 2:
        raise UsageError("sshwizard rotate takes the old key's file and at least one host")
    old = _pair(names[0])
    return asyncio.run(_rotate(given, options, old, tuple(dict.fromkeys(names[1:]))))


def _work(given: argparse.Namespace) -> Work:
    return Work("rotate", read_only=given.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY"))


_TAKES = set("bBcDEeFIiJlmoOpQRSwWL")
"""ssh's options that take a value (ssh(1))."""


def _parted(words: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """ssh's own options, and the names: the key and the hosts."""
    options: list[str] = []
    names: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            names.append(word)
        elif len(word) == 2 and word[1] in _TAKES and rest:
            options += [word, rest.pop(0)]
        else:
            options.append(word)
    return tuple(options), names


def _pair(name: str) -> KeyPair:
    found = pair(paths.expand(name).absolute())
    if isinstance(found, Refusal):
        raise UsageError(found.why)
    return found


async def _rotate(given: argparse.Namespace, options: tuple[str, ...], old: KeyPair, hosts: tuple[str, ...]) -> Exit:
    work = _work(given)
    work.hand_over = contextlib.nullcontext if sys.stdin.isatty() else None
    go = given.type is not None
    if go and given.type != Path(old.path).name:
        raise UsageError(f"to do it, type the name of the old key's file: --type {shlex.quote(Path(old.path).name)}")
    place = paths.expand(given.new).absolute() if given.new else _fresh(Path(old.path))
    try:
        new = _pair(str(place)) if given.new else _made(place, work, go=go)
    except CannotFix as refusal:
        _say(f"not applied: {refusal}")
        return Exit.CAUSE_FOUND
    if new is None:
        _say(f"First a new key is made: {shlex.join(new_key(place))}")
        _say(f"To do it: sshwizard rotate {shlex.join((old.path, *hosts, '--type', Path(old.path).name))}")
        return Exit.CAUSE_FOUND
    if new.text == old.text:
        raise UsageError("the new key is the old one")
    rotation = Rotation(old, new, options, given.keys_file or USUAL, given.keep_old, _say)
    at: list[Standing] = []
    for host in hosts:  # one after the other: two names may be one machine, or share one home
        one = await rotation.look(host)
        at.append(await rotation.advance(one, work) if go and not one.trouble else one)
    print(_json(at, rotation) if given.json else "\n".join(_table(at, rotation, go=go)))
    if work.path:
        _say(f"To take it back: sshwizard undo {clean.line(str(work.path))}")
    if all(_through(one, rotation) for one in at):
        return Exit.WORKS
    return Exit.CANNOT_TELL if not go and all(one.trouble for one in at) else Exit.CAUSE_FOUND


def _fresh(old: Path) -> Path:
    """Where the new key goes: beside the old one, with the month in its name."""
    place = old.with_name(f"id_ed25519_{time.strftime('%Y-%m')}")
    number = 2
    while place.exists() and place != old:
        if not isinstance(pair(place), Refusal):
            return place  # made before, when the rotation was broken off
        place, number = place.with_name(f"id_ed25519_{time.strftime('%Y-%m')}_{number}"), number + 1
    return place


def new_key(place: Path) -> tuple[str, ...]:
    """ssh-keygen's own command; the comment tells who, where and since when."""
    comment = f"{paths.me()}@{socket.gethostname().partition('.')[0]}-{time.strftime('%Y-%m')}"
    return ("ssh-keygen", "-t", "ed25519", "-C", comment, "-f", str(place))


def _made(place: Path, work: Work, *, go: bool) -> KeyPair | None:
    """The new key: there already, or made by ssh-keygen, which asks for the passphrase itself; None while it waits."""
    found = pair(place)
    if isinstance(found, KeyPair) or not go:
        return found if isinstance(found, KeyPair) else None
    work.change(FIX, CODE, (InTerminal(new_key(place), ("rm", "--", str(place), f"{place}.pub")),))
    return _pair(str(place))


def _through(one: Standing, rotation: Rotation) -> bool:
    return one.new and one.switched and not one.trouble and (rotation.keep_old or not one.old)


def _table(at: Sequence[Standing], rotation: Rotation, *, go: bool) -> Iterator[str]:
    yield f"{say('old key:')} {paths.short(rotation.old.path)}  {rotation.old.print}"
    yield f"{say('new key:')} {paths.short(rotation.new.path)}  {rotation.new.print}"
    yield ""
    rows = [tuple(map(say, COLUMNS)), *(_row(one, rotation) for one in at)]
    wide = [max(width(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
    for row in rows:
        yield "  ".join((*(word + " " * (room - width(word)) for word, room in zip(row, wide, strict=False)), row[-1]))
    if not go:
        yield ""
        name = shlex.quote(Path(rotation.old.path).name)
        yield say(f"Nothing was changed. To do what is left of each host: the same command with --type {name}")


COLUMNS = ("host", "old", "new", "config", "says")
IN = {True: "in", False: "out"}
"""Whether a key stands on the host."""


def _row(one: Standing, rotation: Rotation) -> tuple[str, ...]:
    keys = (IN[one.old], IN[one.new]) if one.way else ("?", "?")
    config = "new" if one.switched else "old"
    return (clean.line(one.host), *map(say, (*keys, config)), clean.line(_says(one, rotation), 4000))


def _says(one: Standing, rotation: Rotation) -> str:
    if one.trouble:
        return "; ".join((*map(say, one.did), f"{say('refused:')} {say(one.trouble)}"))
    if one.did:
        return "; ".join(map(say, one.did))
    if _through(one, rotation):
        return say("nothing is left to do")
    left = [] if one.new else ["add the new key and prove a login"]
    left += [] if one.switched else ["switch the ssh config"]
    left += ["remove the old key"] if one.old and not rotation.keep_old else []
    return say(f"to do: {', '.join(map(say, left))}")


def _json(at: Sequence[Standing], rotation: Rotation) -> str:
    rows = [
        {
            "host": clean.line(one.host),
            "old": one.old if one.way else None,
            "new": one.new if one.way else None,
            "switched": one.switched,
            "did": list(one.did),
            "trouble": clean.line(one.trouble),
        }
        for one in at
    ]
    return json.dumps(
        {"old": rotation.old.print, "new": rotation.new.print, "hosts": rows}, ensure_ascii=False, indent=1
    )


def _say(text: str) -> None:
    print(say(clean.line(text, 4000)), file=sys.stderr, flush=True)
