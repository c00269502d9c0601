"""Make one change on a server through a door, as the product would: its fields as JSON, and ssh's own arguments."""

from __future__ import annotations

import asyncio
import json
import sys

from sshwizard.effects import from_json
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store


async def main() -> None:
    effect = from_json(json.loads(sys.argv[1]))
    runner = Runner.live(typed.parse(sys.argv[2:]), store=Store.create("box"))
    try:
        async with runner.opened((effect,)):
            runner.journal.change("install-my-key", (effect,))
    finally:
        await runner.close()


asyncio.run(main())
