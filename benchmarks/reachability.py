"""What an evaluation costs, against `json.loads` of the same question in the same run.

    python benchmarks/reachability.py

Each saved question from its raw answers, so with the index of a new world; then a thousand instances of one world,
once with a group of a thousand rules. A question may take half a millisecond, the thousand half a second, of CPU.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

from figures import Figure, tell
from timing import best

from sshwizard.reach.aws import Query, World, evaluate

FILE = Path(__file__).resolve().parents[1] / "tests" / "data" / "reach" / "aws.json"
INSTANCES = 1000
RULES = 1000
TIMES = 30
MOST_EACH = 0.0005
MOST_ALL = 0.5


def crowd(world: dict[str, Any], rules: int) -> dict[str, Any]:
    """A world of a thousand instances in sixteen subnets; their one group has `rules` rules that do not match."""
    found = copy.deepcopy(world)
    (first,) = found["Instances"]
    found["Instances"] = []
    for number in range(INSTANCES):
        one = copy.deepcopy(first)
        one["InstanceId"] = f"i-{number}"
        (interface,) = one["NetworkInterfaces"]
        interface["NetworkInterfaceId"] = f"eni-{number}"
        interface["SubnetId"] = f"subnet-{number % 16}"
        address = f"10.0.{number // 250}.{number % 250 + 4}"
        public = {"PublicIp": f"198.51.{number // 250}.{number % 250}"}
        interface["PrivateIpAddress"] = address
        interface["PrivateIpAddresses"] = [{"PrivateIpAddress": address, "Primary": True, "Association": public}]
        found["Instances"].append(one)
    names = [f"subnet-{number}" for number in range(16)]
    found["Subnets"] = [{"SubnetId": name, "VpcId": "vpc-1"} for name in names]
    found["RouteTables"][1]["Associations"] = [{"SubnetId": name} for name in names]
    found["NetworkAcls"][0]["Associations"] = [{"SubnetId": name} for name in names]
    group = found["SecurityGroups"][0]
    group["IpPermissions"] += [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": f"192.0.{n // 256}.{n % 256}/32"}]}
        for n in range(rules)
    ]
    return found


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    vectors = json.loads(FILE.read_text())["vectors"]
    ours, theirs = [], []
    for vector in vectors:
        query, text = Query(kind=vector["kind"], **vector["query"]), json.dumps(vector)
        ours.append(best(lambda vector=vector, query=query: evaluate(World(vector["world"]), query), TIMES))  # type: ignore[misc]
        theirs.append(best(lambda text=text: json.loads(text), TIMES))  # type: ignore[misc]
    load, slowest = "json.loads of it", ours.index(max(ours))
    figures = [
        Figure(f"{len(vectors)} AWS paths judged, the slowest", 1000 * max(ours), "ms", load, 1000 * theirs[slowest],
               1000 * MOST_EACH, "most")
    ]  # fmt: skip
    for rules, source in ((0, "203.0.113.7"), (RULES, "203.0.113.7"), (RULES, "203.0.113.8")):
        raw = crowd(vectors[0]["world"], rules)
        text = json.dumps(raw)

        def ask(raw: dict[str, Any] = raw, source: str = source) -> None:
            world = World(raw)
            told = [evaluate(world, Query(f"i-{number}", source)).verdict for number in range(INSTANCES)]
            assert set(told) == {"reachable" if source == "203.0.113.7" else "blocked"}

        took, loading = best(ask, 3), best(lambda text=text: json.loads(text), 3)  # type: ignore[misc]
        kind = "one matches" if source == "203.0.113.7" else "near misses"
        what = f"{INSTANCES:,} AWS paths, {rules + 1:,} rules, {kind}"
        figures.append(Figure(what, took, "s", load, loading, MOST_ALL, "most"))
    return tell(figures)


if __name__ == "__main__":
    sys.exit(main())
