"""Asks AWS: each profile that the person named, in its region, all at once."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Iterable
from dataclasses import replace

from sshwizard.advice import Blind
from sshwizard.advice.aws.account import CALLS, Account, Survey
from sshwizard.cloud.aws.access import configured
from sshwizard.cloud.aws.inquiry import LIBRARY, NONE, OFF
from sshwizard.cloud.cloud import Cloud, wished
from sshwizard.cloud.unseen import LOCKED_OUT, Unseen


async def accounts(names: Iterable[str] = CALLS, *, source: bool = False,
                   cloud: Cloud | None = None) -> tuple[Account, ...]:  # fmt: skip
    """What each account says; with `source` also the address from which AWS sees us. Raises Blind where none does.
    `cloud`: one that others go on asking, and close."""
    wish = wished()
    if wish.off:
        raise _blind(OFF)
    if not configured() and not wish.profiles:
        raise _blind(NONE)
    if importlib.util.find_spec("boto3") is None:
        raise _blind(LIBRARY)
    asked, wanted = cloud or Cloud(wish), tuple(names)
    surveys = []
    try:
        for profile in wish.profiles or ("",):
            access = asked.aws.access(profile)
            if why := await access.ready():
                raise _blind(why)
            surveys.append(Survey(access, wish.region or access.region or "us-east-1"))
        reading = asyncio.gather(*(one.read(wanted) for one in surveys))
        mine = await asked.own_address() if source else None
        found = await reading
    finally:
        for one in surveys:
            await one.close()
        if cloud is None:
            await asked.close()
    for account in found:
        locked = next((one for one in account.unseen.values() if one.kind in LOCKED_OUT), None)
        if locked and not account.lists:
            raise _blind(locked)
    return tuple(replace(one, sources=mine.addresses if mine else ()) for one in found)


def _blind(why: Unseen) -> Blind:
    return Blind(f"{why.why}; {why.unblock}" if why.unblock else why.why)
