"""A sweep against what it is made of: `ssh-keyscan` over the same servers, and one plain ssh login each.

    python benchmarks/sweep.py             50 addresses of loopback, on one sshd
    python benchmarks/sweep.py 1000        as many as 1,000; takes minutes
    python benchmarks/sweep.py --plan      the plan alone: 10,000 instances, from rows as EC2 gives them

All three connect to 127.7.x.y with the same number at once. At most 2x the time of both together, 250 MB of our own
memory, and a plan of 10,000 instances within 10 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sshwizard.advice.aws.account import Account
from sshwizard.advice.aws.hosts import machines_of
from sshwizard.fleet import hosts
from sshwizard.fleet.groups import summary
from sshwizard.fleet.plan import planned
from sshwizard.fleet.sweeping import Limits, Sweep

MOST_RATIO = 2.0
MOST_MEMORY = 250
MOST_PLAN = 10.0
INSTANCES = 10_000


def free_port() -> int:
    """One that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


PORT = free_port()


@contextlib.contextmanager
def server(place: Path) -> Iterator[Path]:
    """One sshd for all addresses of loopback, and the ssh config that leads to it. It ends with the block."""
    for name in ("host", "id"):
        subprocess.run(("ssh-keygen", "-qt", "ed25519", "-N", "", "-f", place / name), check=True)
    shutil.copy(place / "id.pub", place / "authorized")
    kind, key, *_ = (place / "host.pub").read_text().split()
    (place / "known").write_text(f"[127.7.*]:{PORT} {kind} {key}\n")
    (place / "sshd").write_text(
        f"Port {PORT}\nListenAddress 0.0.0.0\nHostKey {place}/host\nAuthorizedKeysFile {place}/authorized\n"
        f"StrictModes no\nUsePAM no\nPidFile none\nMaxStartups 2000\n"
        f"SetEnv HOME={place}\n"  # the login scripts of this account are none of what is measured
    )
    config = place / "config"
    config.write_text(
        f"Host 127.7.*\n  Port {PORT}\n  User {getpass.getuser()}\n  IdentityFile {place}/id\n  IdentitiesOnly yes\n"
        f"  IdentityAgent none\n  UserKnownHostsFile {place}/known\n  GlobalKnownHostsFile /dev/null\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    daemon = subprocess.Popen((shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-f", place / "sshd"))
    try:
        time.sleep(0.5)
        if daemon.poll() is not None:
            raise SystemExit(f"sshd does not start; is port {PORT} taken?")
        yield config
    finally:
        daemon.terminate()
        daemon.wait(10)


async def logins(config: Path, names: list[str], at_once: int) -> float:
    """Plain ssh, one login each."""
    gate, began = asyncio.Semaphore(at_once), time.monotonic()

    async def one(name: str) -> int:
        async with gate:
            words = ("ssh", "-F", str(config), "-oBatchMode=yes", name, "true")
            return await (await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.DEVNULL)).wait()

    codes = await asyncio.gather(*(one(name) for name in names))
    if any(codes):
        raise SystemExit(f"plain ssh failed: {Counter(codes)}")
    return time.monotonic() - began


def keyscan(names: list[str]) -> float:
    """`ssh-keyscan`, which has all of them open at once."""
    began = time.monotonic()
    words = ("ssh-keyscan", "-p", str(PORT), "-t", "ed25519", "-f", "-")
    told = subprocess.run(words, input="\n".join(names), capture_output=True, text=True, check=False)
    if len(told.stdout.splitlines()) < len(names):
        raise SystemExit("ssh-keyscan did not get every key")
    return time.monotonic() - began


async def swept(config: Path, names: list[str], place: Path, at_once: int) -> tuple[float, Counter[str]]:
    """The sweep, with a session of each kept."""
    began = time.monotonic()
    sweep = Sweep(hosts.targets(names, ("-F", str(config))), place, Limits(at_once))
    found = Counter([one.cause or one.outcome async for one in sweep.rows()])
    return time.monotonic() - began, found


def against(count: int) -> bool:
    """All three in one series."""
    names = [f"127.7.{number // 250}.{number % 250 + 1}" for number in range(count)]
    at_once = 4 * (os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as config:
        keys = keyscan(names)
        plain = asyncio.run(logins(config, names, at_once))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        took, found = asyncio.run(swept(config, names, Path(folder), at_once))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratio = took / (keys + plain)
    print(f"{count} servers, {at_once} at once, load {os.getloadavg()[0]:.1f}")
    print(f"ssh-keyscan            {keys:8.1f} s")
    print(f"plain ssh logins       {plain:8.1f} s")
    print(f"sshwizard sweep        {took:8.1f} s   {ratio:.2f}x of both (at most {MOST_RATIO:g}x)")
    print(
        f"own memory             {memory:8.0f} MB  {memory - before:.0f} MB more than before (at most {MOST_MEMORY} MB)"
    )
    print(f"verdicts               {dict(found)}")
    return ratio <= MOST_RATIO and memory <= MOST_MEMORY and set(found) == {"healthy"}


def account(count: int) -> Account:
    """An account as EC2 tells of it: 500 security groups, of which two thirds let others in, a tenth without a public
    address behind one bastion."""
    everybody, vpc = "0.0.0.0/0", "vpc-1"
    rows = []
    for number in range(1, count + 1):
        group = [{"GroupId": f"sg-{number % 500:08x}"}]
        name = "bastion" if number == 1 else f"web-{number}"
        spread = f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        address: dict[str, Any] = {"PrivateIpAddress": f"10.{spread}", "Primary": True}
        if number % 10:
            address["Association"] = {"PublicIp": f"54.{spread}"}
        nic = {"NetworkInterfaceId": f"eni-{number:08x}", "VpcId": vpc, "SubnetId": "subnet-1", "Groups": group,
               "Attachment": {"DeviceIndex": 0}, "PrivateIpAddresses": [address]}  # fmt: skip
        rows.append({
            "InstanceId": f"i-{number:017x}", "State": {"Name": "running"}, "VpcId": vpc, "SubnetId": "subnet-1",
            "PrivateIpAddress": f"10.{spread}", "PublicIpAddress": f"54.{spread}" if number % 10 else "",
            "SecurityGroups": group, "NetworkInterfaces": [nic], "OwnerId": "1",
            "Tags": [{"Key": "Name", "Value": name}, {"Key": "env", "Value": "prod"}],
        })  # fmt: skip

    def permission(source: str) -> dict[str, Any]:
        return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": source}]}

    groups = [
        {"GroupId": f"sg-{number:08x}", "VpcId": vpc, "IpPermissionsEgress": [],
         "IpPermissions": [permission("5.6.7.8/32" if number % 3 else "198.20.30.40/32"), permission("10.0.0.0/8")]}
        for number in range(500)
    ]  # fmt: skip
    passes = [{"RuleNumber": 100, "RuleAction": "allow", "Egress": out, "CidrBlock": everybody, "Protocol": "-1"}
              for out in (True, False)]  # fmt: skip
    routes = [{"DestinationCidrBlock": everybody, "GatewayId": "igw-1", "State": "active"},
              {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "local", "State": "active"}]  # fmt: skip
    lists: dict[str, Any] = {
        "instances": rows, "groups": groups, "subnets": [{"SubnetId": "subnet-1", "VpcId": vpc,
                                                          "CidrBlock": "10.0.0.0/8"}],
        "vpcs": [{"VpcId": vpc, "CidrBlock": "10.0.0.0/8"}], "bpa": [{"InternetGatewayBlockMode": "off"}],
        "gateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": vpc, "State": "available"}]}],
        "routes": [{"RouteTableId": "rtb-1", "VpcId": vpc, "Routes": routes, "Associations": [{"Main": True}]}],
        "acls": [{"NetworkAclId": "acl-1", "VpcId": vpc, "IsDefault": True, "Entries": passes,
                  "Associations": [{"SubnetId": "subnet-1"}]}],
    }  # fmt: skip
    return Account("", "eu-west-1", lists, sources=("198.20.30.40",))


def plan() -> bool:
    """Tags to groups."""
    made = account(INSTANCES)
    began = time.monotonic()
    told = summary(planned(made, machines_of(made, ("env", "prod"))))
    took = time.monotonic() - began
    print(f"plan of {told.hosts} instances {took:8.2f} s   (at most {MOST_PLAN:g} s): {told.works} let in, "
          f"{told.fails} stopped, {told.unclear} open")  # fmt: skip
    for action in told.actions:
        print(f"                       the same change in {len(action.places)} groups mends {action.hosts}")
    return took <= MOST_PLAN


def main() -> int:
    """Measure, and compare with what is promised."""
    words = sys.argv[1:]
    held = plan()
    if "--plan" not in words:
        held = against(min(int(words[0]), 1000) if words else 50) and held
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
