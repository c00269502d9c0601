"""Makes sshwizard/data/ec2-ranges.txt from the list of address ranges that AWS publishes.

    curl -O https://ip-ranges.amazonaws.com/ip-ranges.json
    python scripts/ranges.py ip-ranges.json

Only the service EC2 is kept: one line a region, its prefixes behind it. Neighbours are not joined, so that each
line can be found again in the source.
"""

from __future__ import annotations

import ipaddress
import json
import sys
from collections import defaultdict
from pathlib import Path

TABLE = Path(__file__).parent.parent / "sshwizard" / "data" / "ec2-ranges.txt"


def table(source: str) -> str:
    """The compact table: its date, then `region prefix prefix ...`."""
    found = json.loads(source)
    regions: dict[str, set[str]] = defaultdict(set)
    for row in (*found["prefixes"], *found["ipv6_prefixes"]):
        if row["service"] == "EC2" and row["region"] != "GLOBAL":
            regions[row["region"]].add(row.get("ip_prefix") or row["ipv6_prefix"])
    date = "-".join(found["createDate"].split("-")[:3])
    lines = [f"# {date} https://ip-ranges.amazonaws.com/ip-ranges.json, service EC2"]
    lines += [f"{region} {' '.join(sorted(regions[region], key=_order))}" for region in sorted(regions)]
    return "\n".join(lines) + "\n"


def _order(prefix: str) -> tuple[int, int, int]:
    network = ipaddress.ip_network(prefix)
    return network.version, int(network.network_address), network.prefixlen


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    TABLE.write_text(table(Path(sys.argv[1]).read_text("utf-8")), "utf-8")
    print(f"{TABLE.name}: {TABLE.read_text('utf-8').splitlines()[0]}")
