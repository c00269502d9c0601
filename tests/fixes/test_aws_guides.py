"""Commands to copy for an instance: filled in, readable by a shell, and known to AWS's own description of its API."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sshwizard.cloud.aws.identify import Identity
from sshwizard.fixes import Situation, lines
from sshwizard.fixes.awsguides import LINES as GUIDES
from sshwizard.model import Fact
from sshwizard.probes.aws import identity

from .plans import ACCOUNT, at

STANDS = {**ACCOUNT, "volume": "vol-0123456789abcdef0", "scaling": "web", "vpc": "vpc-1", "subnet": "subnet-1",
          "profile": "prod"}  # fmt: skip
OURS = {"region", "profile", "query", "output"}
CALL = re.compile(r"aws (?P<service>[a-z0-9]+) (?P<wait>wait )?(?P<call>[a-z0-9-]+)(?P<rest>.*)")
OPTION = re.compile(r" --([a-z][a-z0-9-]+)")


def by_amazon(place: Path, code: str = "", **data: str) -> Situation:
    """A verdict about an instance, of which an earlier look said whose it is."""
    there = at(place, "nothing", port=22)
    return replace(there, facts={"cloud": Fact("instance", "", data={**STANDS, **data})}, code=code)


@pytest.mark.parametrize("id_", GUIDES)
def test_a_shell_can_read_every_line(id_: str, tmp_path: Path) -> None:
    told = lines(id_, by_amazon(tmp_path))
    assert told
    ran = subprocess.run(["sh", "-n"], input="\n".join(told), text=True, check=False, timeout=20)
    assert ran.returncode == 0
    assert not any("{" in line or "None " in line for line in told if "part#" not in line and "!= None" not in line)


@pytest.mark.parametrize("id_", GUIDES)
def test_without_an_instance_the_vocabulary_s_words_stand(id_: str, tmp_path: Path) -> None:
    assert lines(id_, at(tmp_path, "denied")) == ()
    assert lines(id_, by_amazon(tmp_path, instance="web-1")) == ()


@pytest.mark.requires("moto")
@pytest.mark.parametrize("id_", GUIDES)
def test_aws_knows_every_call_and_every_option(id_: str, tmp_path: Path) -> None:
    from botocore import xform_name
    from botocore.session import Session

    session, seen = Session(), 0
    for line in lines(id_, by_amazon(tmp_path)):
        for found in CALL.finditer(line):
            model = session.get_service_model(found["service"])
            given = set(OPTION.findall(found["rest"]))
            calls = {xform_name(name, "-"): name for name in model.operation_names}
            if found["wait"]:
                waits = session.get_waiter_model(found["service"])
                name = {xform_name(one, "-"): one for one in waits.waiter_names}[found["call"]]
                call = waits.get_waiter(name).operation
            else:
                call = calls[found["call"]]
            shape = model.operation_model(call).input_shape
            known = {xform_name(name, "-") for name in (shape.members if shape else ())}
            flags = {"private-dns-enabled", "should-decrement-desired-capacity"}
            assert given - OURS <= known | flags, (found["call"], given - OURS - known)
            assert "--region eu-west-1 --profile prod" in found["rest"]
            seen += 1
    assert seen


def test_the_route_is_for_one_address_and_its_family(tmp_path: Path) -> None:
    told = "\n".join(lines("guide-attach-internet-gateway", by_amazon(tmp_path)))
    assert "--destination-cidr-block 198.20.30.40/32" in told
    told = "\n".join(lines("guide-attach-internet-gateway", by_amazon(tmp_path, source="2001:db8::7")))
    assert "--destination-ipv6-cidr-block 2001:db8::7/128" in told
    assert "0.0.0.0/0" not in told


def test_the_group_is_asked_before_the_stop_and_after_the_start(tmp_path: Path) -> None:
    told = [shlex.split(line)[2] for line in lines("auto-scaling-standby", by_amazon(tmp_path))]
    assert told == ["enter-standby", "stop-instances", "wait", "start-instances", "wait", "exit-standby"]
    assert lines("auto-scaling-standby", by_amazon(tmp_path, scaling="")) == ()


def test_what_commands_name_is_told_by_the_look_that_says_whose_it_is() -> None:
    disks = [{"DeviceName": name, "Ebs": {"VolumeId": volume}}
             for name, volume in (("/dev/sdb", "vol-2"), ("/dev/xvda", "vol-1"))]  # fmt: skip
    group = {"Key": "aws:autoscaling:groupName", "Value": "shop"}
    row = {"InstanceId": "i-0123456789abcdef0", "VpcId": "vpc-1", "SubnetId": "subnet-1", "Tags": [group],
           "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": disks}  # fmt: skip
    told = identity.read(Identity("instance", instance=row, region="eu-west-1")).data
    assert {key: told[key] for key in ("volume", "scaling", "vpc", "subnet")} == {
        "volume": "vol-1", "scaling": "shop", "vpc": "vpc-1", "subnet": "subnet-1"}  # fmt: skip


def test_what_an_outsider_writes_is_quoted(tmp_path: Path) -> None:
    told = "\n".join(lines("auto-scaling-standby", by_amazon(tmp_path, scaling="web; rm -rf ~")))
    assert "--auto-scaling-group-name 'web; rm -rf ~'" in told


def test_a_password_for_the_console_is_locked_again(tmp_path: Path) -> None:
    told = lines("set-serial-password", at(tmp_path))
    assert told[-1] == "sudo passwd -l USER && sudo passwd -S USER"
