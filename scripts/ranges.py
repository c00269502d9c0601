"""Makes the tables of address ranges, sshwizard/data/*-ranges.txt, from the lists that AWS and Google publish.

    curl -O https://ip-ranges.amazonaws.com/ip-ranges.json
    python scripts/ranges.py ip-ranges.json
    curl -O https://www.gstatic.com/ipranges/cloud.json
    python scripts/ranges.py cloud.json

Of AWS only the service EC2 is kept: one line a region, its prefixes behind it. Neighbours are not joined, so that each
line can be found again in the source.
"""

from __future__ import annotations

import ipaddress
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "sshwizard" / "data"


def table(source: str) -> tuple[str, str]:
    """The file's name, and the compact table: its date, then `region prefix prefix ...`."""
    found = json.loads(source)
    return ("ec2-ranges.txt", _amazon(found)) if "createDate" in found else ("gcp-ranges.txt", _google(found))


def _google(found: dict[str, Any]) -> str:
    regions: dict[str, set[str]] = defaultdict(set)
    for row in found["prefixes"]:
        if row.get("service", "Google Cloud") == "Google Cloud":
            regions[row["scope"]].add(row.get("ipv4Prefix") or row["ipv6Prefix"])
    return _told(f"{found['creationTime'][:10]} https://www.gstatic.com/ipranges/cloud.json", regions)


def _amazon(found: dict[str, Any]) -> str:
    regions: dict[str, set[str]] = defaultdict(set)
    for row in (*found["prefixes"], *found["ipv6_prefixes"]):
        if row["service"] == "EC2" and row["region"] != "GLOBAL":
            regions[row["region"]].add(row.get("ip_prefix") or row["ipv6_prefix"])
    date = "-".join(found["createDate"].split("-")[:3])
    return _told(f"{date} https://ip-ranges.amazonaws.com/ip-ranges.json, service EC2", regions)


def _told(first: str, regions: dict[str, set[str]]) -> str:
    lines = [f"# {first}"]
    lines += [f"{region} {' '.join(sorted(regions[region], key=_order))}" for region in sorted(regions)]
    return "\n".join(lines) + "\n"


def _order(prefix: str) -> tuple[int, int, int]:
    network = ipaddress.ip_network(prefix)
    return network.version, int(network.network_address), network.prefixlen


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    name, text = table(Path(sys.argv[1]).read_text("utf-8"))
    (DATA / name).write_text(text, "utf-8")
    print(f"{name}: {text.splitlines()[0]}")
