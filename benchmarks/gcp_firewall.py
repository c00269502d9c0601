"""What a judgement of Google's firewalls costs, against `json.loads` of the same question in the same run.

    python benchmarks/gcp_firewall.py

Each saved question from its raw answer; then one address, and the whole internet, against a thousand rules of twenty
blocks each. A question may take half a millisecond, the thousand rules half a second.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sshwizard.reach.gcp import Request, evaluate
from sshwizard.reach.gcp.document import read_request

FILE = Path(__file__).resolve().parents[1] / "tests" / "data" / "reach" / "gcp.json"
RULES = 1000
BLOCKS = 20
TIMES = 30
MOST_EACH = 0.0005
MOST_ALL = 0.5


def best(work: Callable[[], object], times: int) -> float:
    """Seconds of the fastest of several runs: what the work costs, not what else the machine did."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def crowd() -> dict[str, Any]:
    """A thousand rules that allow and deny blocks all over the internet, and none that holds 203.0.113.7."""
    chance = random.Random(1)
    rules = []
    for number in range(RULES):
        blocks = [
            f"{chance.randrange(1, 200)}.{chance.randrange(256)}.{chance.randrange(256)}.0/{length}"
            for length in chance.choices((12, 16, 24), k=BLOCKS)
        ]
        action = chance.choice(("allowed", "denied"))
        rule = {"name": f"rule-{number}", "priority": chance.randrange(65536), "direction": "INGRESS"}
        rules.append(rule | {"sourceRanges": blocks, action: [{"IPProtocol": "tcp", "ports": ["22"]}]})
    return {"firewalls": rules}


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    document = json.loads(FILE.read_text("utf-8"))
    ours, theirs = [], []
    for vector in document["vectors"]:
        request, text = read_request({**document["defaults"], **vector["request"]}), json.dumps(vector)
        ours.append(best(lambda vector=vector, request=request: evaluate(vector["effective"], request), TIMES))  # type: ignore[misc]
        theirs.append(best(lambda text=text: json.loads(text), TIMES))  # type: ignore[misc]
    middle, most = 1000 * statistics.median(ours), 1000 * max(ours)
    print(f"{len(ours)} questions: {middle:.3f} ms each in the middle, {most:.3f} ms at most, ", end="")
    print(f"{sum(ours) / sum(theirs):.2f} of json.loads (limit {1000 * MOST_EACH:.1f} ms)")
    held = max(ours) <= MOST_EACH
    world = crowd()
    text = json.dumps(world)
    loading = best(lambda: json.loads(text), 3)
    for source in ("203.0.113.7", "0.0.0.0/0"):
        took = best(lambda source=source: evaluate(world, Request(source)), 3)  # type: ignore[misc]
        held = held and took <= MOST_ALL
        print(f"{source} against {RULES} rules of {BLOCKS} blocks: {took:.3f} s, ", end="")
        print(f"{took / loading:.1f} of json.loads (limit {MOST_ALL} s)")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
