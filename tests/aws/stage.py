"""A stage: an account with one web server that has packets, a real sshd behind its gate, and the home of somebody who
has its key. A test breaks one thing, and asks what the wizard says.

@pytest.mark.requires("moto", "sshd")
async def test_it(stage: Stage) -> None:
    stage.net.ec2.stop_instances(InstanceIds=[stage.web])
    told = await stage.diagnose()
    assert told.cause == "aws.instance-stopped"
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloud import OWN, Network
from live.keys import KeyRing
from live.sshd import Sshd, me

from sshwizard.fronts import report
from sshwizard.lab.aws import Aws
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store

ME = "192.88.99.7"
"""Where this computer's packets seem to come from."""
NEIGHBOUR = "192.88.99.113/32"
ALIAS = "web-1"


@dataclass(frozen=True)
class Told:
    """What the wizard says, as its report has it."""

    report: dict[str, Any]
    calls: list[dict[str, Any]]
    """The calls that the diagnosis made."""

    @property
    def root(self) -> dict[str, Any]:
        """The first finding; empty when there is none."""
        return dict(next(iter(self.report["findings"]), {}))

    @property
    def cause(self) -> str:
        """The root cause, or the outcome where there is none."""
        return str(self.root.get("cause") or self.report["outcome"])

    @property
    def judged(self) -> tuple[str, str]:
        return self.cause, str(self.root.get("confidence", ""))

    @property
    def decided(self) -> dict[str, Any]:
        """The first piece of evidence: what decided."""
        return dict(self.root["evidence"][0])

    @property
    def asked(self) -> list[str]:
        """The questions on the way."""
        return [step["node"] for step in self.report["path"]]

    @property
    def doors(self) -> dict[str, bool]:
        return {one["door"]: one["open"] for one in self.report["doors"]}

    @property
    def unknown(self) -> list[str]:
        """What would unblock what could not be seen."""
        return [one["unblock"] for one in self.report["unknown"]]

    @property
    def fixes(self) -> list[str]:
        return [one["id"] for one in self.root.get("fixes", ())]


class Stage:
    """A healthy world to begin with: `mine` opens the account, and a rule lets exactly this computer in."""

    def __init__(self, aws: Aws, home: Path, keys: KeyRing) -> None:
        self.aws, self.keys, self.home = aws, keys, home / "ssh"
        self.home.mkdir(mode=0o700)
        self.sshd = Sshd(home / "server", keys, "host")
        self.sshd.authorize("mine")
        self.sshd.start()
        self.net = Network(aws)
        self.ec2, self.port = self.net.ec2, aws.port
        self.net.allow(self.net.group, f"{ME}/32", port=self.port)
        for name in ("mine", "old"):
            self.ec2.import_key_pair(KeyName=name, PublicKeyMaterial=keys.public(name).encode())
        self.web = self.launch(ALIAS)
        self.address = self.net.instance(self.web)["PublicIpAddress"]
        self.key("mine")
        self.known_hosts("host")
        self.config()

    def close(self) -> None:
        self.sshd.stop()

    def launch(self, name: str, *, image: str = OWN, key_pair: str = "mine", dead: bool = False, **more: Any) -> str:
        """An instance in the public subnet; packets that the account lets through meet our sshd."""
        pair: dict[str, Any] = {"KeyName": key_pair} if key_pair else {}
        made = self.net.launch(name, image=image, **pair, **more)
        self.aws.machine(made, self.sshd.port, dead=dead)
        return made

    def elastic(self, instance: str = "") -> tuple[str, str]:
        """An Elastic IP on an instance: the address, and its association."""
        made = self.ec2.allocate_address(Domain="vpc")
        bound = self.ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance or self.web)
        return str(made["PublicIp"]), str(bound["AssociationId"])

    def acl(self, *entries: tuple[int, str, bool, int, int]) -> str:
        """A network ACL of the public subnet: number, allow or deny, outbound, ports."""
        made = str(self.ec2.create_network_acl(VpcId=self.net.vpc)["NetworkAcl"]["NetworkAclId"])
        for number, action, egress, low, high in entries:
            self.ec2.create_network_acl_entry(
                NetworkAclId=made, RuleNumber=number, RuleAction=action, Egress=egress, Protocol="6",
                CidrBlock="0.0.0.0/0", PortRange={"From": low, "To": high},
            )  # fmt: skip
        rows = self.ec2.describe_network_acls()["NetworkAcls"]
        old = next(one for row in rows for one in row["Associations"] if one["SubnetId"] == self.net.public)
        self.ec2.replace_network_acl_association(AssociationId=old["NetworkAclAssociationId"], NetworkAclId=made)
        return made

    def rule(self, source: str, port: int = 0) -> dict[str, Any]:
        """As a group takes and loses it."""
        port = port or self.port
        return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}

    def revoke(self) -> None:
        """The rule that lets this computer in is gone."""
        self.ec2.revoke_security_group_ingress(GroupId=self.net.group, IpPermissions=[self.rule(f"{ME}/32")])

    def rules(self) -> list[str]:
        """The sources and ports that the group lets in, with who wrote it."""
        (group,) = self.ec2.describe_security_groups(GroupIds=[self.net.group])["SecurityGroups"]
        return sorted(f"{row['FromPort']} {one['CidrIp']}" for row in group["IpPermissions"] for one in row["IpRanges"])

    # ------------------------------------------------------------------ the person's side

    def key(self, name: str, file: str = "id_ed25519") -> Path:
        """The key pair `name` as a key file of the person."""
        place = self.home / file
        place.write_bytes(self.keys.private(name))
        place.chmod(0o600)
        place.with_name(f"{file}.pub").write_text(self.keys.public(name) + "\n")
        return place

    def known_hosts(self, name: str, address: str = "") -> None:
        """What known_hosts says about the server."""
        names = ",".join(f"[{one}]:{self.port}" for one in (address or self.address, self.web))
        (self.home / "known_hosts").write_text(f"{names} {self.keys.bare(name)}\n")

    def config(self, host: str = "", user: str = "", *lines: str) -> None:
        """`web-1` is at `host`, else at its own address; instance ids are dialled with the same port and user."""
        text = f"Host {ALIAS}\n  HostName {host or self.address}\nHost *\n  Port {self.port}\n  User {user or me()}\n"
        text += f"  IdentityFile {self.home}/id_ed25519\n  IdentityAgent none\n"
        text += f"  UserKnownHostsFile {self.home}/known_hosts\n  GlobalKnownHostsFile /dev/null\n"
        (self.home / "config").write_text("".join(f"{line}\n" for line in lines) + text)

    @property
    def target(self) -> tuple[str, ...]:
        """What to type, beside the name of the host."""
        return ("-F", str(self.home / "config"))

    # ------------------------------------------------------------------ asking

    def runner(self, host: str = "") -> Runner:
        """A session about the web server by its id, or about `host`. It is kept, so that it may change something."""
        return Runner.live(typed.parse((*self.target, host or self.web)), store=Store.create("stage"))

    async def diagnose(self, host: str = "") -> Told:
        """The report of one diagnosis."""
        runner, before = self.runner(host), len(self.aws.calls())
        try:
            found = await runner.walk()
            return Told(report.report(runner.state, found), self.aws.calls()[before:])
        finally:
            await runner.close()

    def ssh(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Plain ssh, which nobody answers."""
        command = ("ssh", *self.target, "-o", "BatchMode=yes", "-o", "ConnectTimeout=1", *options, ALIAS, "echo TOKEN")
        return subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL
        )
