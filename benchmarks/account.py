"""How long AWS takes to say why nothing answers: an account on this machine whose every call takes 60 ms longer.

    python benchmarks/account.py

The cloud part, from the first client to the fact about the way, against one program that makes one client and one call
(at most 4 times that), and against the floor: two rounds of calls, the machine first, then all that belongs to it. The
same in an account with 1,000 instances and 1,000 rules (at most 2 s more than in the small one). And how long a
diagnosis takes to name the security group, against the time that plain ssh waits (tcp_syn_retries of this kernel; at
most a tenth of it).
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from aws.asking import look
from aws.stage import Stage
from aws.unreached import the_office
from cloud import AMAZON
from figures import Figure, tell
from live.keys import KeyRing
from timing import middle

from sshwizard.lab.aws import open_aws
from sshwizard.lab.aws.embedded import HIDDEN
from sshwizard.probes.aws.looks import path

LATENCY = 0.06
TIMES, ROUNDS = 3, 2
RATIO, MORE, SHARE = 4.0, 2.0, 0.1

BARE = "import boto3; boto3.client('ec2').describe_instances(Filters=[{'Name': 'instance-id', 'Values': ['%s']}])"
SYN_RETRIES = Path("/proc/sys/net/ipv4/tcp_syn_retries")


def bare(instance: str) -> float:
    """One client and one call, in a program of its own that has boto3 already: what any answer costs at least."""
    program = f"import boto3, time; began = time.perf_counter()\n{BARE % instance}\nprint(time.perf_counter() - began)"
    told = [
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=60, text=True).stdout
        for _ in range(TIMES)
    ]
    return statistics.median(map(float, told))


def judged(at: Stage) -> None:
    """The fact about the way, in a session of its own: new clients, as in a new process."""
    fact = asyncio.run(look(path, at.web, at.address, port=at.port))
    if fact.outcome != "sg-other-source":
        raise SystemExit(f"the way was not judged: {fact.says}")


def named(at: Stage) -> None:
    """A whole diagnosis."""
    told = asyncio.run(at.diagnose())
    if told.cause != "aws.security-group-other-source":
        raise SystemExit(f"the diagnosis says {told.cause}")


def patience() -> float:
    """Seconds that ssh waits without ConnectTimeout: a SYN and its repetitions, each twice as long (tcp(7))."""
    retries = int(SYN_RETRIES.read_text()) if SYN_RETRIES.exists() else 6
    return float(2 ** (retries + 1) - 1)


def grow(at: Stage) -> None:
    """A thousand instances, and a thousand rules in the group."""
    ranges = [{"CidrIp": f"198.51.{number // 250}.{number % 250}/32"} for number in range(1000)]
    rule = {"IpProtocol": "tcp", "FromPort": at.port, "ToPort": at.port, "IpRanges": ranges}
    at.ec2.authorize_security_group_ingress(GroupId=at.net.group, IpPermissions=[rule])
    wide = at.net.subnet("10.0.16.0/20", "a")
    for _ in range(10):
        at.ec2.run_instances(ImageId=AMAZON, MinCount=100, MaxCount=100, SubnetId=wide)


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    with ExitStack() as undo:
        home = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="sw-aws-")))
        os.environ["XDG_STATE_HOME"] = str(home / "state")
        aws = undo.enter_context(open_aws())
        for name in HIDDEN:
            os.environ.pop(name, None)
        os.environ.update(aws.environment)
        keys = home / "keys"
        keys.mkdir()
        at = undo.enter_context(closing(Stage(aws, home, KeyRing(keys))))
        the_office(at)
        aws.slow(LATENCY)
        judged(at)
        one, cloud, whole = bare(at.web), middle(lambda: judged(at), TIMES), middle(lambda: named(at), TIMES)
        aws.slow(0)
        grow(at)
        aws.slow(LATENCY)
        large = middle(lambda: judged(at), TIMES)
    each = f"{LATENCY * 1000:.0f} ms a call"
    floor = ROUNDS * LATENCY
    return tell(
        [
            Figure(f"an AWS account asked, {each}", cloud, "s", "one client, one call", one, RATIO),
            Figure("the same", cloud, "s", f"physical floor, {ROUNDS} rounds", floor),
            Figure("the same, 1,000 instances, 1,000 rules", large, "s", "the small account", cloud, MORE, "more"),
            Figure("the security group named", whole, "s", "plain ssh gives up", patience(), SHARE),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
