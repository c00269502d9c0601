"""What is planned in an account: nothing wider than it has to be, every caution computed, and every reason why not."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sshwizard import remedies
from sshwizard.effects import Effect, InTerminal
from sshwizard.effects.aws import (
    AddRoute,
    AllowSource,
    AskAs,
    OpenEndpoint,
    RescueBoot,
    RunAutomation,
    StopStartInstance,
)
from sshwizard.fixes import FIXES, Refusal, Situation, bootrepairs
from sshwizard.fixes.offline import cautions
from sshwizard.model import Fact, Target
from sshwizard.probes import typed
from sshwizard.probes.scene import Leg
from sshwizard.session import Step
from sshwizard.state import State

from .plans import HELPER, PLANS, STANDING, at, stands

ALL = "0.0.0.0/0"


def planned(id_: str, situation: Situation) -> Effect:
    plan = FIXES[id_].plan(situation)
    assert not isinstance(plan, Refusal), plan
    (effect,) = plan
    return effect


def refused(id_: str, situation: Situation) -> str:
    plan = FIXES[id_].plan(situation)
    assert isinstance(plan, Refusal), plan
    return plan.why


def test_nothing_is_opened_wider_than_it_has_to_be(tmp_path: Path) -> None:
    route = planned("add-internet-route", stands(tmp_path))
    assert isinstance(route, AddRoute)
    assert route.block == "198.20.30.40/32"
    hop = planned("allow-jump-host-in-security-group", stands(tmp_path))
    assert isinstance(hop, AllowSource)
    assert (hop.source, hop.group, hop.port) == ("sg-3", "sg-2", 22)
    endpoint = planned("create-instance-connect-endpoint", stands(tmp_path))
    assert isinstance(endpoint, OpenEndpoint)
    assert (endpoint.group, endpoint.port, endpoint.mark) == ("sg-1", 22, "sshwizard-0a1b2c0a1b2c")
    assert ALL not in str([route, hop, endpoint])


def test_a_route_for_everybody_is_typed_and_says_who_is_reached(tmp_path: Path) -> None:
    wide = planned("add-internet-route", stands(tmp_path, ALL))
    assert isinstance(wide, AddRoute)
    assert wide.block == ALL
    told = "\n".join(wide.preview())
    assert "every subnet that uses rtb-1 becomes public; instances with a public address there: 1" in told
    assert f"{HELPER} web-2 at 198.20.30.51: a rule of its groups admits everybody" in told
    unknown = planned("add-internet-route", stands(tmp_path, ALL, reached=None))
    assert "is not known" in "\n".join(unknown.preview())
    many = [[f"i-{number:017x}", "", "198.20.30.51", False] for number in range(20)]
    assert planned("add-internet-route", stands(tmp_path, ALL, reached=many)).preview()[-1] == "# and 8 more"


def test_a_password_for_the_console_is_set_at_the_server_s_own_prompt(tmp_path: Path) -> None:
    """The program never sees it; the way back locks it, through the same door."""
    plan = FIXES["set-serial-password"].plan(PLANS["set-serial-password"](tmp_path))
    assert not isinstance(plan, Refusal)
    (effect,) = plan
    assert isinstance(effect, InTerminal)
    assert effect.command[:6] == ("sshwizard", "connect", "--via", "eic", "-o", "RemoteCommand=sudo passwd ops")
    assert effect.back[5] == "RemoteCommand=sudo passwd -l ops"
    target = typed.parse(effect.command[4:])
    assert target.args[:4] == ("-o", "RemoteCommand=sudo passwd ops", "-o", "RequestTTY=yes")
    for answer, says in (("", "type the login name"), ("a; reboot", "type the login name")):
        assert says in refused("set-serial-password", replace(PLANS["set-serial-password"](tmp_path), answer=answer))
    assert "no open door" in refused("set-serial-password", stands(tmp_path, "ops"))


def test_standby_lets_an_instance_of_a_group_be_stopped(tmp_path: Path) -> None:
    assert isinstance(planned("stop-start-instance", stands(tmp_path, scaling="web", standby=True)), StopStartInstance)


def test_an_address_tells_its_price_and_its_source() -> None:
    from sshwizard.effects.aws import GiveAddress

    (price,) = [row for row in GiveAddress("", "eu-west-1", "i-1", "ssh-1", "").preview() if "US dollars" in row]
    assert "0.005 US dollars an hour" in price


def test_a_rule_that_is_not_needed_is_not_made(tmp_path: Path) -> None:
    effect = planned("create-instance-connect-endpoint", stands(tmp_path, endpoint_needs_rule=False))
    assert isinstance(effect, OpenEndpoint)
    assert effect.group == ""
    assert len(effect.preview()) == 2


@pytest.mark.parametrize(
    ("answer", "profiles", "profile", "region"),
    [("", ["team"], "team", ""), ("ops", ["team", "ops"], "ops", ""), ("us-east-2", [], "", "us-east-2"),
     ("ops us-east-2", ["ops"], "ops", "us-east-2")],
)  # fmt: skip
def test_another_profile_or_region_is_asked(
    tmp_path: Path, answer: str, profiles: list[str], profile: str, region: str
) -> None:
    effect = planned("use-found-profile", at(tmp_path, "nobody", answer, profiles=profiles))
    assert isinstance(effect, AskAs)
    assert (effect.profile, effect.region) == (profile, region)


@pytest.mark.parametrize("answer", ["", "a b", "us-east-1 us-east-2"])
def test_a_profile_is_not_guessed(tmp_path: Path, answer: str) -> None:
    assert "type a profile" in refused("use-found-profile", at(tmp_path, "nobody", answer, profiles=["a", "b"]))


CAUTIONS: list[tuple[dict[str, Any], str]] = [
    ({"stores": True}, "what is on its instance store is lost"),
    ({"stores": None}, "whether it has instance store"),
    ({}, "its public address 198.20.30.50 is lost"),
    ({"shutdown": "terminate"}, "would terminate it"),
    ({"shutdown": ""}, "is not known"),
]


@pytest.mark.parametrize(("data", "says"), CAUTIONS, ids=[says for _, says in CAUTIONS])
def test_every_caution_is_computed(data: dict[str, Any], says: str) -> None:
    assert any(says in one for one in cautions({**STANDING, **data}))


def test_what_is_safe_is_not_warned_of() -> None:
    first, runs = cautions({**STANDING, "elastic": True})
    assert first == "everything that runs on it ends, and begins again with the boot"
    assert "is not known" in runs


@pytest.mark.parametrize(
    ("data", "says"),
    [({"programs": ["nginx"]}, "lists on it: nginx"), ({"programs": []}, "no server program that is well known"),
     ({"listens": ["nginx (80)"], "programs": ["redis"]}, "as the look inside saw: nginx (80)")],
)  # fmt: skip
def test_what_runs_on_it_is_said_as_far_as_somebody_reported_it(data: dict[str, Any], says: str) -> None:
    assert any(says in one for one in cautions({**STANDING, **data}))


REASONS: list[tuple[str, str, dict[str, Any], str]] = [
    ("create-instance-connect-endpoint", "", {"endpoints": ["eice-1"]}, "has an endpoint already: eice-1"),
    ("create-instance-connect-endpoint", "", {"port": 2222}, "ports 22 and 3389 only"),
    ("create-instance-connect-endpoint", "", {"endpoint_stops": ["nacl.x"]}, "a network ACL would stop it"),
    ("allow-endpoint-in-security-group", "", {}, "has no Instance Connect Endpoint"),
    ("associate-elastic-ip", "", {"elastic": True}, "has a fixed address already"),
    ("add-internet-route", "", {"gateway": ""}, "no internet gateway"),
    ("enable-serial-console", "", {"serial": True}, "switched on already"),
    ("enable-instance-metadata", "", {"metadata": "enabled"}, "switched on already"),
    ("attach-ssm-role", "", {}, "type the name of an instance profile"),
    ("attach-ssm-role", "x", {"profile_arn": "arn:aws:iam::1:instance-profile/web"}, "attach the policy"),
    ("reboot-instance", "", {"state": "stopped"}, "not running"),
    ("stop-start-instance", "", {"scaling": "web"}, "Auto Scaling group web"),
    ("stop-start-instance", "", {"spot": True}, "Spot instance"),
    ("stop-start-instance", "", {"root_type": "instance-store"}, "which a stop would lose"),
    ("run-troubleshoot-ssh", "", {"agent": ""}, "AllowOffline=true InstanceId=i-0123456789abcdef0"),
    ("run-troubleshoot-ssh", "Action=Fix", {}, "Action is CheckAll or FixAll"),
    ("run-troubleshoot-ssh", "Colour=red", {}, "no parameter Colour"),
    ("run-troubleshoot-ssh", "FixAll", {}, "type NAME=VALUE"),
    ("run-troubleshoot-ssh", "AllowOffline=true", {}, "offline it repairs only"),
    ("run-troubleshoot-ssh", "Action=FixAll AllowOffline=true", {}, "stops the instance; name it"),
    ("run-troubleshoot-ssh", "Action=FixAll AllowOffline=true InstanceId=i-1", {}, "stops the instance; name it"),
    ("add-internet-route", "10.0.0.0/8", {}, "or 0.0.0.0/0 for the whole internet"),
    ("guide-attach-internet-gateway", "", {}, "has an internet gateway already: igw-1"),
    ("snapshot-root-volume", "", {"volume": ""}, "no EBS volume"),
    ("grow-volume", "", {}, "so for instance 13"),
    ("grow-volume", "8", {}, "no volume can be made smaller"),
    ("grow-volume", "20000", {}, "up to 16384"),
    ("guide-restore-snapshot", "newest", {"snapshots": []}, "no complete snapshot"),
    ("guide-restore-snapshot", "snap-9", {}, "type one of its snapshots"),
    ("guide-restore-snapshot", "newest", {"scaling": "web"}, "put it in standby first"),
    ("guide-rescue-volume", "web-2", {}, "type the id of a running instance of yours in eu-west-1a"),
    ("guide-rescue-volume", STANDING["instance"], {}, "another instance than this one"),
    ("guide-rescue-volume", HELPER, {"root_type": "instance-store"}, "which a stop would lose"),
    ("guide-debug-clone", "", {}, "type the id of a running instance"),
    ("auto-scaling-standby", "", {}, "in no Auto Scaling group"),
    ("auto-scaling-standby", "", {"scaling": "web", "standby": True}, "in standby already"),
    ("rescue-with-user-data", "", {}, "type which repair"),
    ("rescue-with-user-data", "start-sshd", {"scaling": "web"}, "Auto Scaling group web"),
    ("rescue-with-user-data", "start-sshd", {"windows": True}, "for Linux"),
    ("rescue-with-user-data", "start-sshd", {"data_digest": None}, "could not be read"),
    ("rescue-with-user-data", "my-key", {"publics": []}, "no public half"),
    ("rescue-with-user-data", "my-key", {"login": "a; reboot"}, "cannot stand in a script"),
    ("rescue-with-user-data", "firewall", {"source": ""}, "is not known"),
]


@pytest.mark.parametrize(("id_", "answer", "data", "says"), REASONS)
def test_every_reason_why_not(tmp_path: Path, id_: str, answer: str, data: dict[str, Any], says: str) -> None:
    assert says in refused(id_, stands(tmp_path, answer, **data))


@pytest.mark.parametrize("id_", [one for one, fix in FIXES.items() if fix.needs and fix.needs.name == "aws.standing"])
def test_without_the_account_nothing_is_planned(tmp_path: Path, id_: str) -> None:
    assert "looked up first" in refused(id_, at(tmp_path))


def test_the_runbook_says_what_offline_means(tmp_path: Path) -> None:
    online = planned("run-troubleshoot-ssh", stands(tmp_path))
    assert isinstance(online, RunAutomation)
    assert online.parameters == (("InstanceId", STANDING["instance"]), ("Action", "CheckAll"))
    assert "it only looks" in online.preview()[1]
    answer = f"Action=FixAll AllowOffline=true SubnetId=CreateNewVPC InstanceId={STANDING['instance']}"
    offline = planned("run-troubleshoot-ssh", stands(tmp_path, answer, agent=""))
    assert isinstance(offline, RunAutomation)
    assert dict(offline.parameters)["SubnetId"] == "CreateNewVPC"
    assert any("stops the instance" in line for line in offline.preview())


@pytest.mark.parametrize(("code", "repair"), bootrepairs.FOR.items())
def test_each_cause_has_its_own_smallest_repair(tmp_path: Path, code: str, repair: str) -> None:
    by_cause, by_name = stands(tmp_path, code=code), stands(tmp_path, repair)
    effect = planned("rescue-with-user-data", by_cause)
    assert effect == planned("rescue-with-user-data", by_name)
    assert isinstance(effect, RescueBoot)
    assert any(bootrepairs.REPAIRS[repair][0] in line for line in effect.preview())


SHELLS = [name for name in ("sh", "bash", "dash", "busybox") if shutil.which(name)]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("repair", bootrepairs.REPAIRS)
def test_every_script_is_sh(tmp_path: Path, repair: str, shell: str) -> None:
    effect = planned("rescue-with-user-data", stands(tmp_path, repair))
    assert isinstance(effect, RescueBoot)
    program = [shell, "sh"] if shell == "busybox" else [shell]
    for text in (effect._script, effect.do, effect.undo, effect.by_hand()):
        ran = subprocess.run([*program, "-n"], input=text.encode(), capture_output=True, timeout=10, check=False)
        assert (ran.returncode, ran.stderr) == (0, b""), text


@pytest.mark.parametrize("known", [True, False], ids=["an instance", "a plain host"])
def test_of_a_plain_host_no_change_in_an_account_is_offered(known: bool) -> None:
    fact: Fact[Any] = Fact("silent", "", data={"instance": "i-0123456789abcdef0"} if known else {})
    state = State(Target("box", ("box",)), "live", {(-1, "tcp"): fact})
    found = remedies.remedies(state, "network.no-answer", Step(-1, "tcp", fact), Leg("box"), "")
    offered = {one.id: one.risk for one in found}
    assert offered.get("run-troubleshoot-ssh", "guide") == ("confirm" if known else "guide")
