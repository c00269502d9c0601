"""`sshwizard doctor --auth-log FILE`: who guesses passwords, by a log of a server. Nothing is asked
but the account in which they shall be denied."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from sshwizard import clean
from sshwizard.advice import Advice, Blind, guessing
from sshwizard.advice.guessing import Source
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import checkup
from sshwizard.fronts.checkup import Checkup, Row
from sshwizard.language import say

_LONGEST = 1 << 16


def tell(given: argparse.Namespace) -> Exit:
    """Read the log, and print who should be blocked and how. Raises UsageError."""
    from sshwizard.commands.doctor import write

    try:
        with ExitStack() as undo:
            stream = sys.stdin.buffer if given.auth_log == "-" else undo.enter_context(Path(given.auth_log).open("rb"))
            sources = guessing.read(_lines(stream))
    except OSError as error:
        raise UsageError(f"{clean.line(given.auth_log)} cannot be read: {error.strerror}") from None
    if given.do:
        return asyncio.run(_deny(given, sources, _own(given.own or "")))
    rows = tuple(Row(one) for one in guessing.judge(sources, _own(given.own or "")))
    attempts = sum(one.attempts for one in sources.values())
    name = "standard input" if given.auth_log == "-" else clean.line(given.auth_log)
    seen = Checkup(rows, (f"{name} ({attempts} failed logins from {len(sources)} addresses)",), where=("auth-log",))
    if given.json:
        text = json.dumps(checkup.as_json(seen), ensure_ascii=False, indent=1)
    else:
        text = "\n".join(checkup.markdown(seen) if given.md else checkup.plain(seen)).lstrip("\n")
    write(text, given.output)
    return seen.exit


async def _deny(given: argparse.Namespace, sources: Mapping[str, Source], own: tuple[str, ...]) -> Exit:
    """Entries of the network ACL of one instance, against those whom its log names. Raises UsageError."""
    from sshwizard.advice.aws import denials
    from sshwizard.advice.aws.surveys import accounts
    from sshwizard.commands import doing

    if given.do != denials.ACTION:
        raise UsageError(f"a log of logins leads to {denials.ACTION} alone")
    outside, keep = guessing.outside(sources, own)

    async def look() -> Advice | None:
        try:
            found = await accounts(denials.NEEDS, source=True)
        except Blind as blind:
            raise UsageError(str(blind)) from None
        for account in found:
            if locked := next((account.unseen[name] for name in denials.NEEDS if name in account.unseen), None):
                raise UsageError(f"{locked.why}; {locked.unblock}" if locked.unblock else locked.why)
            mine = replace(account, sources=(*account.sources, *own))
            if row := denials.instance_of(mine, given.about or ""):
                return denials.propose(mine, row, outside, keep)
        raise UsageError("say with --about which running instance wrote the log, by words of its name or its id")

    advice = await look()
    if advice is None:
        print(say("Nothing to deny: the network ACL lets in none of the addresses that guess."))
        return Exit.WORKS

    async def again() -> tuple[Advice, ...]:
        left = await look()
        return (left,) if left else ()

    return await doing.change(given, advice, again)


def _lines(stream: BinaryIO) -> Iterator[str]:
    while line := stream.readline(_LONGEST):
        yield line.decode("utf-8", "replace")


def _own(given: str) -> tuple[str, ...]:
    """The addresses that were named, and the one from which this session came (ssh(1), SSH_CONNECTION)."""
    came = os.environ.get("SSH_CONNECTION", "").split()[:1]
    return (*(one.strip() for one in given.split(",") if one.strip()), *came)
