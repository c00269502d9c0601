"""`sshwizard rotate --revoke`: a leaving member's key, taken out on every host that is named."""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import sys
from collections.abc import Iterator, Sequence

from sshwizard import clean
from sshwizard.effects.keylines import USUAL
from sshwizard.exits import Exit, UsageError
from sshwizard.fixes import Refusal
from sshwizard.language import say
from sshwizard.revocation import Found, Revocation, member
from sshwizard.work import Work


def revoke(given: argparse.Namespace, options: tuple[str, ...], hosts: tuple[str, ...], work: Work) -> Exit:
    """Run it."""
    who = member(given.revoke)
    if isinstance(who, Refusal):
        raise UsageError(who.why)
    if not hosts:
        raise UsageError("sshwizard rotate --revoke takes the member's public key, and at least one host")
    if given.new or given.keep_old:
        raise UsageError("--revoke only takes a key out; --new and --keep-old are for a key that is replaced")
    if given.type is not None and given.type != who.name:
        raise UsageError(f"to do it, type what names the key: --type {shlex.quote(who.name)}")
    return asyncio.run(_revoke(given, Revocation(who, options, given.keys_file or USUAL), hosts, work))


async def _revoke(given: argparse.Namespace, all_: Revocation, hosts: tuple[str, ...], work: Work) -> Exit:
    go = given.type is not None
    at: list[Found] = []
    for host in hosts:  # one after the other: two names may be one machine, or share one home
        one = await asyncio.to_thread(all_.look, host)
        at.append(await all_.revoke(one, work) if go and one.rows and not one.trouble else one)
    print(_json(at, all_) if given.json else "\n".join(_told(at, all_, go=go)))
    if work.path:
        print(say(f"To take it back: sshwizard undo {clean.line(str(work.path))}"), file=sys.stderr, flush=True)
    if all(one.out for one in at):
        return Exit.WORKS
    return Exit.CANNOT_TELL if all(one.trouble and not one.rows for one in at) else Exit.CAUSE_FOUND


def _told(at: Sequence[Found], all_: Revocation, *, go: bool) -> Iterator[str]:
    for one in at:
        host = clean.line(one.host)
        if one.trouble:
            yield say(f"{host}: refused: {clean.line(one.trouble, 4000)}")
        elif one.did:
            yield say(f"{host}: {say(one.did)}")
        elif not one.rows:
            yield say(f"{host}: the key does not stand in {clean.line(all_.file)}")
        else:
            yield say(f"{host}: these lines of {clean.line(all_.file)} would go")
        for number, row in one.rows:
            yield f"  {number}: {row}"
        if one.rows and not one.trouble and not go:
            yield from (f"    {row}" for row in all_.change(one).preview())
    if not go and any(one.rows for one in at):
        yield ""
        yield say(f"Nothing was changed. To do it: the same command with --type {shlex.quote(all_.member.name)}")


def _json(at: Sequence[Found], all_: Revocation) -> str:
    rows = [
        {
            "host": clean.line(one.host),
            "in": None if one.trouble and not one.rows else bool(one.rows),
            "lines": [number for number, _ in one.rows],
            "did": one.did,
            "trouble": clean.line(one.trouble),
        }
        for one in at
    ]
    return json.dumps({"revoked": sorted(all_.member.prints), "hosts": rows}, ensure_ascii=False, indent=1)
