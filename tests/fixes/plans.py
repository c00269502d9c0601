"""For every fix, a situation in which it has a plan."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sshwizard.doors.table import DOORS
from sshwizard.effects.aws.rescue import digest
from sshwizard.fixes import Situation
from sshwizard.model import Fact, Target
from sshwizard.probes.scene import Leg

from .googleplans import GOOGLE_PLANS
from .upkeepplans import upkeep_plans

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT9p0YyVw4vGmZC0yJgmYv5kcq6ZZV3a5c8yJx0k2m"


ACCOUNT: dict[str, Any] = {
    "source": "198.20.30.40",
    "port": 22,
    "region": "eu-west-1",
    "instance": "i-0123456789abcdef0",
}


def at(place: Path, outcome: str = "", answer: str = "", *words: str, **data: Any) -> Situation:
    """The target is `box`, with the config and known_hosts of `place`."""
    leg = Leg("box", {"hostname": ("192.0.2.7",), "userknownhostsfile": (str(place / "known_hosts"),)})
    facts: Mapping[str, Fact[Any]] = {
        "kex": Fact("no-common", "", data={"what": "MAC", "offer": "hmac-md5,hmac-sha1"}),
        "known": Fact("absent", "", data={"entries": []}),
        "hostkey.offered": Fact("shown", "", data={"line": f"box {KEY}", "fingerprint": "SHA256:a"}),
        "files.public": Fact("shown", "", data={"line": f"{KEY} me"}),
    }
    target = Target("box", (*words, "-F", str(place / "config"), "box"))
    return Situation(target, leg, facts, Fact(outcome, "", data=data), answer)


def by_door(place: Path, door: str) -> Situation:
    """A door was seen open."""
    there = at(place, "denied")
    return Situation(there.target, there.leg, {**there.facts, f"door.{door}": Fact("open", "")}, there.found)


def file(place: Path, name: str, content: bytes = b"text\n", mode: int = 0o644) -> str:
    path = place / name
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def listener(place: Path, name: str) -> str:
    """A socket file that a master left behind."""
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(place / name))
    return str(place / name)


def hop(place: Path) -> Situation:
    there = at(place, "denied")
    return Situation(there.target, Leg("hop", {"user": ("erin",), "port": ("22",)}, False), there.facts, there.found)


def foreign(place: Path) -> str:
    return file(place, "id.ppk", b"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n")


def entry(place: Path) -> Situation:
    """known_hosts has another key of this host."""
    known = file(place, "known_hosts", f"box {KEY}\n".encode())
    row = {"file": known, "line": 1, "text": f"box {KEY}", "marker": ""}
    there = at(place, "other-key", "SHA256:a")
    facts = {**there.facts, "known": Fact("other-key", "", data={"entries": [row]})}
    return Situation(there.target, there.leg, facts, there.found, there.answer)


INSIDE: dict[str, tuple[str, dict[str, Any]]] = {
    "fix-authorized-keys-permissions": (
        "auth.authorized-keys-permissions", {"wrong": [["/home/dana", "777", 1000, 1000]]}),
    "fix-chroot-owner": ("session.chroot-bad-owner", {"wrong": [["/srv/jail", "755", 1000, 1000]]}),
    "install-my-key": ("auth.key-not-authorized", {"path": "/home/dana/.ssh/authorized_keys", "home": "/home/dana"}),
    "fix-sshd-config": ("auth.public-key-off", {"keyword": "pubkeyauthentication", "value": "yes"}),
    "restart-sshd": ("server.sshd-not-running", {}),
    "create-host-keys": ("server.host-keys-unusable", {"keys": [["/etc/ssh/ssh_host_rsa_key", "644", 0, 0]]}),
    "create-sshd-run-directory": ("server.privilege-separation-missing", {}),
    "allow-in-host-firewall": ("server.host-firewall-blocks", {"tool": "nft", "chain": "inet filter input"}),
    "allow-in-tcp-wrappers": ("server.tcp-wrappers-deny", {}),
    "unban-my-address": ("server.address-banned", {"tool": "fail2ban", "jail": "sshd"}),
    "unlock-account": ("auth.account-locked", {"account": "dana", "how": "lock"}),
    "remove-nologin-file": ("auth.nologin-file", {"path": "/etc/nologin"}),
    "restore-selinux-labels": ("auth.selinux-blocks-key-file", {"path": "/home/dana/.ssh/authorized_keys"}),
    "sync-server-clock": ("server.clock-wrong", {}),
    "install-sshd": ("server.sshd-not-installed", {}),
    "install-instance-connect": ("eic.package-missing", {}),
    "repair-through-ssm": ("server.sshd-not-running", {}),
    "free-disk-space": ("server.disk-full", {"what": "blocks", "room": [["rotated", 9, "/var/log/syslog.1"]]}),
    "free-processes": ("server.process-limit", {"groups": [[4711, 12, "sleep"]]}),
    "start-guest-agent": ("gcp.guest-agent-down", {"unit": "google-guest-agent.service"}),
}  # fmt: skip
"""For each change on a server: the cause, and what the look inside saw of it."""


def inside(place: Path, id_: str, **data: Any) -> Situation:
    """Somebody looked at the server as root, by another port on which nobody answers."""
    code, more = INSIDE[id_]
    there = at(place)
    way = {"door": "user", "options": ["-p", "1", "-l", "root"], "target": ["-F", "none", "127.0.0.1"]}
    saw = {
        "way": way, "id": "0a1b2c", "config_file": "/etc/ssh/sshd_config", "drop_ins": "/etc/ssh/sshd_config.d",
        "login": "dana", "port": 22, "uid": 1000, "gid": 1000, "address": "192.0.2.10", "public": f"{KEY} me",
        "keys_path": "/home/dana/.ssh/authorized_keys", **more, **data,
    }  # fmt: skip
    fact: Fact[Any] = Fact(code, "", data=saw)
    facts = {**there.facts, "inside": fact, "door.ssm": Fact("open", "")}
    return Situation(there.target, there.leg, facts, fact, "4711" if id_ == "free-processes" else "", code=code)


HELPER = "i-0123456789abcdef1"
STANDING: dict[str, Any] = {
    "instance": "i-0123456789abcdef0", "region": "eu-west-1", "profile": "", "state": "running", "zone": "eu-west-1a",
    "launched": "2026-01-02T03:04:05+00:00", "subnet": "subnet-1", "vpc": "vpc-1", "groups": ["sg-1"],
    "public": "198.20.30.50", "elastic": False, "scaling": "", "spot": False, "windows": False,
    "root_type": "ebs", "stores": False, "shutdown": "stop", "profile_arn": "", "metadata": "disabled",
    "metadata_tokens": "optional", "serial": False, "gateway": "igw-1", "agent": "Online", "data_size": 0,
    "data_digest": digest(b""), "endpoints": [], "endpoint_groups": {}, "endpoint_stops": [],
    "endpoint_needs_rule": True, "port": 22, "source": "198.20.30.40", "login": "dana", "publics": [f"{KEY} me"],
    "mark": "0a1b2c0a1b2c", "root": "/dev/xvda", "volume": "vol-0123456789abcdef0", "size": 8, "kind": "gp3",
    "snapshots": ["snap-1", "snap-2"], "snapshot": "snap-2", "snapshot_at": "2026-01-01 03:00", "standby": False,
    "programs": None, "table": "rtb-1", "reached": [[HELPER, "web-2", "198.20.30.51", True]],
}  # fmt: skip
"""How an instance stands in its account, where everything can be done."""


def stands(place: Path, answer: str = "", code: str = "", **data: Any) -> Situation:
    """The account was asked about the instance."""
    there = at(place, "no-route", answer, **ACCOUNT, table="rtb-1", group="sg-2", hop_groups=["sg-3"])
    seen: Fact[Any] = Fact("known", "", data={**STANDING, **data})
    return Situation(there.target, there.leg, {**there.facts, "aws.standing": seen}, there.found, answer, code)


PLANS: dict[str, Callable[[Path], Situation]] = {
    **GOOGLE_PLANS,
    "chmod-key": lambda p: at(p, "too-open", path=file(p, "id")),
    "chmod-ssh-config": lambda p: at(p, "bad-permissions", file=file(p, "more.conf", mode=0o666)),
    "fix-ssh-directory": lambda p: at(p, "directory-closed", path=str(p)),
    "pin-host-key": lambda p: at(p, "absent", "SHA256:a"),
    "remove-known-host": entry,
    "repair-known-hosts": lambda p: at(p, "malformed", "SHA256:a"),
    "repair-ssh-config": lambda p: at(p, "bad-line", file=file(p, "config"), line="1"),
    "close-control-socket": lambda p: at(p, "stale", path=listener(p, "cm")),
    "fix-control-path": lambda p: at(p, "path-unusable", directory=str(p / "none")),
    "write-host-block": lambda p: at(p, "found", port_found=2222),
    "edit-config-value": lambda p: at(p, "other-family", keyword="AddressFamily", value="any"),
    "update-config-address": lambda p: at(p, "config", current="192.0.2.9"),
    "guide-use-hostname": lambda p: at(p, "moved", dns="web-1.example.org"),
    "use-jump-host": lambda p: at(p, "", "erin@hop.example:22"),
    "set-host-key-alias": lambda p: at(p, "alias"),
    "allow-old-algorithm-for-host": lambda p: at(p, "mac"),
    "avoid-broken-mac": lambda p: at(p, "corrupted"),
    "shrink-key-exchange": lambda p: at(p, "black-hole"),
    "add-keepalive": lambda p: at(p, "idle"),
    "repair-key-copy": lambda p: at(p, "text-damaged", path=file(p, "id")),
    "fix-key-owner": lambda p: at(p, "unreadable", path="/proc/1/environ"),
    "copy-key-home": lambda p: at(p, "too-open", path=file(p, "id")),
    "convert-key": lambda p: at(p, "foreign", path=foreign(p)),
    "fix-pub-file": lambda p: at(p, "pub-mismatch", path=file(p, "id")),
    "make-new-key": lambda p: at(p, "too-weak"),
    "add-key-to-agent": lambda p: at(p, "passphrase", path=file(p, "id")),
    "unlock-agent": lambda p: at(p, "locked"),
    "bypass-agent": lambda p: at(p, "hung"),
    "renew-certificate": lambda p: at(p, "expired", "step ssh login"),
    "try-port": lambda p: at(p, "found", port_found=2222),
    "try-image-user": lambda p: at(p, "given", "ec2-user"),
    "use-matching-key": lambda p: at(p, "file-key-fits", path=file(p, "id")),
    "use-only-this-key": lambda p: at(p, "", "", "-i", "id"),
    "use-address-family": lambda p: at(p, "other-family", family="inet"),
    "use-suggested-name": lambda p: at(p, "nxdomain", "box.example"),
    "run-corrected-command": lambda p: at(p, "garbled", corrected="ssh -p 22 box.example"),
    "diagnose-hop": hop,
    "disable-ipqos": lambda p: at(p, "stalls"),
    "disable-gssapi": lambda p: at(p, "gssapi"),
    "pick-free-local-port": lambda p: at(p, "port-in-use", row="[127.0.0.1]:8080 [localhost]:80"),
    "use-http-proxy": lambda p: at(p, "proxy-unused", proxy="proxy.example:3128", scheme="http"),
    "reset-key-acl": lambda p: at(p, "too-open", path=file(p, "id")),
    "connect-interactively": lambda p: at(p, "keyboard-only"),
    "bypass-startup-files": lambda p: at(p, "works"),
    "use-sftp": lambda p: at(p, "sftp-only"),
    "wait-and-retry": lambda p: at(p, "max-startups"),
    "allow-my-ip-in-security-group": lambda p: at(p, "sg-closed", **ACCOUNT, group="sg-0123456789abcdef0"),
    "allow-in-network-acl": lambda p: at(p, "acl-inbound", **ACCOUNT, acl="acl-1", rule=50, numbers=[50, 100]),
    "start-instance": lambda p: at(p, "stopped", **ACCOUNT, state="stopped"),
    "create-instance-connect-endpoint": stands,
    "allow-endpoint-in-security-group": lambda p: stands(p, endpoints=["eice-1"], endpoint_groups={"eice-1": ["sg-9"]}),
    "allow-jump-host-in-security-group": stands,
    "set-serial-password": lambda p: replace(by_door(p, "eic"), answer="ops"),
    "allow-instance-connect-range": lambda p: stands(p, browser="pl-1"),
    "associate-elastic-ip": stands,
    "enable-serial-console": stands,
    "enable-instance-metadata": stands,
    "attach-ssm-role": lambda p: stands(p, "for-ssm"),
    "guide-attach-internet-gateway": lambda p: stands(p, gateway=""),
    "snapshot-root-volume": stands,
    "grow-volume": lambda p: stands(p, "12"),
    "guide-restore-snapshot": lambda p: stands(p, "newest"),
    "guide-rescue-volume": lambda p: stands(p, HELPER),
    "guide-debug-clone": lambda p: stands(p, HELPER),
    "guide-previous-kernel": lambda p: stands(p, f"{HELPER} admin@helper.example"),
    "auto-scaling-standby": lambda p: stands(p, scaling="shop"),
    "add-internet-route": stands,
    "reboot-instance": stands,
    "use-found-profile": lambda p: at(p, "nobody", "", profiles=["team"]),
    "stop-start-instance": stands,
    "run-troubleshoot-ssh": stands,
    "rescue-with-user-data": lambda p: stands(p, "start-sshd"),
    **{door.action: partial(by_door, door=door.id) for door in DOORS.values() if door.walk and door.action},
    "diagnose-from-inside": partial(by_door, door="ssm-shell"),
    **upkeep_plans(at),
    "retry-without-terminal": lambda p: at(p, "refused"),
    **{id_: partial(inside, id_=id_) for id_ in INSIDE},
}
