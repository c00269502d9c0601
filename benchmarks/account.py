"""How long AWS takes to say why nothing answers: an account on this machine whose every call takes 60 ms longer.

    python benchmarks/account.py

Three figures. The cloud part, from the first client to the fact about the way, against one program that makes one
client and one call (at most 4 times that, and 0.5 s more is the aim for the whole); the same in an account with 1,000
instances and 1,000 rules (at most 2 s more than in the small one); and how long a diagnosis takes to name the security
group, against the time that plain ssh waits (tcp_syn_retries of this kernel; at most a tenth of it).
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from aws.asking import look
from aws.stage import Stage
from aws.worlds import the_office
from cloud import AMAZON
from live.keys import KeyRing

from sshwizard.lab.aws import open_aws
from sshwizard.lab.aws.embedded import HIDDEN
from sshwizard.probes.aws.looks import path

LATENCY = 0.06
TIMES = 5
RATIO, AIM, MORE, SHARE = 4.0, 0.5, 2.0, 0.1

BARE = "import boto3; boto3.client('ec2').describe_instances(Filters=[{'Name': 'instance-id', 'Values': ['%s']}])"
SYN_RETRIES = Path("/proc/sys/net/ipv4/tcp_syn_retries")


def seconds(work: Callable[[], object]) -> float:
    """The median of some runs."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


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
        one, cloud, whole = bare(at.web), seconds(lambda: judged(at)), seconds(lambda: named(at))
        aws.slow(0)
        grow(at)
        aws.slow(LATENCY)
        large = seconds(lambda: judged(at))
    print(f"one client and one call         {one:6.2f} s   (each call takes {LATENCY * 1000:.0f} ms longer)")
    print(f"the account judged              {cloud:6.2f} s   {cloud / one:.1f} times (at most {RATIO:g}); aim {AIM} s")
    print(f"with 1,000 instances and rules  {large:6.2f} s   at most {MORE:g} s more")
    print(f"the security group named        {whole:6.2f} s   plain ssh waits {patience():.0f} s")
    held = cloud / one <= RATIO and large - cloud <= MORE and whole <= SHARE * patience()
    print("the limits hold" if held else "a limit is broken")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
