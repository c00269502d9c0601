"""What a judgement of Google's firewalls costs, against `json.loads` of the same question in the same run.

    python benchmarks/gcp_firewall.py

Each saved question from its raw answer; then one address, and the whole internet, against a thousand rules of twenty
blocks each. A question may take half a millisecond, the thousand rules half a second.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from figures import Figure, tell
from timing import best

from sshwizard.reach.gcp import Request, evaluate
from sshwizard.reach.gcp.document import read_request

FILE = Path(__file__).resolve().parents[1] / "tests" / "data" / "reach" / "gcp.json"
RULES = 1000
BLOCKS = 20
TIMES = 30
MOST_EACH = 0.0005
MOST_ALL = 0.5


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
    load, slowest = "json.loads of it", ours.index(max(ours))
    figures = [
        Figure(f"{len(ours)} firewalls of Google, the slowest", 1000 * max(ours), "ms", load, 1000 * theirs[slowest],
               1000 * MOST_EACH, "most")
    ]  # fmt: skip
    world = crowd()
    text = json.dumps(world)
    loading = best(lambda: json.loads(text), 3)
    for source in ("203.0.113.7", "0.0.0.0/0"):
        took = best(lambda source=source: evaluate(world, Request(source)), 3)  # type: ignore[misc]
        what = f"{source} against {RULES:,} rules of {BLOCKS} blocks"
        figures.append(Figure(what, took, "s", load, loading, MOST_ALL, "most"))
    return tell(figures)


if __name__ == "__main__":
    sys.exit(main())
