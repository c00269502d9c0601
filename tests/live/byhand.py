"""What a person does on the screen, without one: ``python byhand.py FIX[=ANSWER]… -- SSH ARGUMENTS``.

Walks, applies the named fix to what was found, walks again, and so on; prints one JSON object at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from typing import Any

from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store


async def story(fixes: Sequence[str], args: Sequence[str]) -> dict[str, Any]:
    runner = Runner.live(typed.parse(args), store=Store.create("by hand"))
    runner.journal.hand_over = contextlib.nullcontext
    causes = []
    try:
        found = await runner.walk()
        for fix in fixes:
            id_, _, answer = fix.partition("=")
            causes.append(found.root.cause if found.root else found.outcome)
            if found.root:
                await runner.prepare(id_)
            await runner.apply(id_, answer)
            found = await runner.walk()
        proved = [change.proved for change in runner.state.changes]
        causes.append(found.root.cause if found.root else found.outcome)
        return {"causes": causes, "proved": proved, "args": list(runner.state.target.ssh_args)}
    finally:
        await runner.close()


if __name__ == "__main__":
    at = sys.argv.index("--")
    print(json.dumps(asyncio.run(story(sys.argv[1:at], sys.argv[at + 1 :]))))
