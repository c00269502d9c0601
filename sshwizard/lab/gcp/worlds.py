"""A small healthy project with one web server, and what breaks it. Exercises and tests share them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sshwizard.lab.gcp.embedded import PROJECT, Gcp
from sshwizard.lab.gcp.site import USER, Plan, Site, expiring

OSLOGIN_USER = "dana_example_com"
ROBOT = f"web-robot@{PROJECT}.iam.gserviceaccount.com"
ME = "192.88.99.7"
_OLD_ADDRESS = "192.88.99.113"
"""Where Dana was when she wrote the rule: a neighbour of where the client seems to be now."""
_STRANGER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHPWl0sYcmVzc29tZWJvZHkgZWxzZSdzIGtleSBoZXJl"
"""Robin's key: nobody has its other half."""
VIEWER = ("compute.*.get*", "compute.*.list", "compute.instances.use", "monitoring.*.list", "serviceusage.*.get",
          "resourcemanager.*", "orgpolicy.*", "iap.*")  # fmt: skip
"""What roles/compute.viewer and its like hold, and no right to log in."""


@dataclass(frozen=True)
class World:
    """One project: what breaks it, and which cause codes are right; the first is the best. None: nothing is wrong."""

    spoil: Callable[[Site], None]
    causes: tuple[str, ...]
    user: str = USER


def build(name: str, gcp: Gcp, plan: Plan) -> dict[str, Any]:
    """Make the healthy project and break it. Returns the VM's path, id and address before it broke, and the user."""
    site, world = Site(gcp, plan), WORLDS[name]
    site.metadata()
    attributes = {}
    if plan.host_key:
        kind, blob = plan.host_key.split()[:2]
        attributes = {f"hostkeys/{kind}": blob}
    since = (datetime.now(UTC) - timedelta(days=3)).isoformat(timespec="milliseconds")
    console = {"serial": {1: site.says("healthy")}, "boots": "healthy"}
    made = site.vm(tags=["web"], attributes=attributes, created=since, started=since, **console)
    site.rules(
        web_https={"sourceRanges": ["0.0.0.0/0"], "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}]},
        allow_ssh_dana=site.rule(f"{ME}/32", description="Dana"),
        default_allow_internal={
            "sourceRanges": ["10.128.0.0/9"],
            "allowed": [{"IPProtocol": "all"}],
            "priority": 65534,
        },
    )
    if world.user == OSLOGIN_USER:
        _oslogin(site)
    site.machine()
    world.spoil(site)
    return {**made, "user": world.user}


def _oslogin(site: Site) -> None:
    """OS Login is on, and Dana's key is in her profile."""
    site.metadata(keys="", more={"enable-oslogin": "TRUE"})
    site.gcp.profile({site.plan.key: 0})


# ---------------------------------------------------------------- the way to the VM


def _nothing(_: Site) -> None:
    """The healthy project."""


def _no_rule(site: Site) -> None:
    site.rules(allow_ssh_dana=None)


def _other_source(site: Site) -> None:
    site.rules(allow_ssh_dana=site.rule(f"{_OLD_ADDRESS}/32", description="Dana, home office"))


def _wrong_tag(site: Site) -> None:
    site.vm(tags=["shop"])


def _rule_off(site: Site) -> None:
    site.rules(allow_ssh_dana=site.rule(f"{ME}/32", disabled=True))


def _deny_wins(site: Site) -> None:
    site.rules(quarantine=site.rule("192.88.99.0/24", deny=True, priority=900, description="Robin, incident 12"))


def _deny_equal(site: Site) -> None:
    """Of two rules with the same number, the one that denies counts."""
    site.rules(quarantine=site.rule("0.0.0.0/0", deny=True, priority=1000))


def _hierarchy(site: Site) -> None:
    match = {
        "srcIpRanges": ["0.0.0.0/0"],
        "layer4Configs": [{"ipProtocol": "tcp", "ports": ["22", str(site.gcp.port)]}],
    }
    deny = {"priority": 10, "direction": "INGRESS", "action": "deny", "match": match}
    site.gcp.network(policies=[{"name": "org-baseline", "rules": [deny, *_goes_on()]}])


def _network_policy(site: Site) -> None:
    """A policy that comes before the VPC's own rules."""
    match = {"srcIpRanges": ["192.88.0.0/16"], "layer4Configs": [{"ipProtocol": "all"}]}
    deny = {"priority": 100, "direction": "INGRESS", "action": "deny", "match": match}
    policy = {"name": "guardrail", "type": "NETWORK", "priority": 1000, "rules": [deny, *_goes_on()]}
    site.gcp.network(policies=[policy], order="BEFORE_CLASSIC_FIREWALL")


def _goes_on() -> list[dict[str, Any]]:
    """The rules that every policy ends with."""
    return [
        {
            "priority": 2147483647 - offset,
            "direction": direction,
            "action": "goto_next",
            "match": {source: [block], "layer4Configs": [{"ipProtocol": "all"}]},
        }
        for offset, (direction, source, block) in enumerate(
            (
                ("INGRESS", "srcIpRanges", "0.0.0.0/0"),
                ("INGRESS", "srcIpRanges", "::/0"),
                ("EGRESS", "destIpRanges", "0.0.0.0/0"),
                ("EGRESS", "destIpRanges", "::/0"),
            )
        )
    ]


def _no_external_ip(site: Site) -> None:
    """The config still has the address that it had. Its internal one is of no network that is near."""
    site.vm(nics=[{"public": False, "ip": "10.132.0.2"}])


def _stopped(site: Site) -> None:
    site.vm(status="TERMINATED")


def _suspended(site: Site) -> None:
    site.vm(status="SUSPENDED")


def _no_default_route(site: Site) -> None:
    site.gcp.network(routes={"default-route-r1": None})


# ---------------------------------------------------------------- keys and roles


def _metadata_key_ignored(site: Site) -> None:
    site.metadata(more={"enable-oslogin": "TRUE"})


def _project_oslogin(site: Site) -> None:
    site.gcp.project(metadata={"enable-oslogin": "TRUE"})


def _oslogin_off(site: Site) -> None:
    site.metadata(keys="")
    site.gcp.profile({site.plan.key: 0})


def _oslogin_expired(site: Site) -> None:
    site.gcp.profile({site.plan.key: int((time.time() - 86_400) * 1e6)})


def _key_expired(site: Site) -> None:
    site.metadata(keys=expiring(site.plan, -86_400))


def _project_keys_blocked(site: Site) -> None:
    site.metadata(keys=f"robin:{_STRANGER} robin@desk", more={"block-project-ssh-keys": "TRUE"})
    site.gcp.project(metadata={"ssh-keys": f"{site.plan.user}:{site.plan.key} {site.plan.user}@laptop"})


def _no_key(site: Site) -> None:
    site.metadata(keys=f"robin:{_STRANGER} robin@desk")


def _role_missing(site: Site) -> None:
    """She may look at everything, and log in nowhere."""
    site.gcp.grant(*VIEWER, role="roles/compute.viewer")


def _no_act_as(site: Site) -> None:
    """The OS Login role is there; the VM has a service account that she may not act as."""
    site.vm(accounts=[ROBOT])
    site.gcp.grant(*VIEWER, "compute.instances.osLogin", "compute.instances.osAdminLogin", role="roles/compute.osLogin")


def _metadata_full(site: Site) -> None:
    """The project's ssh-keys has no room for one key more, and holds none of Dana's."""
    rows = [f"ci{place:04}:{_STRANGER} job{place}" for place in range(2_700)]
    most = 262_144
    while sum(map(len, rows)) + len(rows) > most - 10:
        rows.pop()
    # The last comment takes what is left of the limit of one value.
    site.metadata(keys="\n".join(rows).ljust(most - 10, "x"))


def _agent_down(site: Site) -> None:
    """The key came after the agent had failed: it never arrives."""
    site.metadata(keys="")
    site.boots("agent-failed")
    site.metadata()


def _disk_full(site: Site) -> None:
    site.metadata(keys="")
    site.boots("disk-full")
    site.metadata()


def _serial_disabled(site: Site) -> None:
    """A constraint forbids the interactive serial console; nothing else is wrong with the project but its only rule."""
    site.gcp.project(constraints={"compute.disableSerialPortAccess": True})
    _no_rule(site)


def _windows(site: Site) -> None:
    site.vm(windows=True, disks=[], serial={1: site.says("windows")}, boots="windows")


# ---------------------------------------------------------------- inside


def _boots(kind: str) -> Callable[[Site], None]:
    return lambda site: site.boots(kind)


_DENIED = ("gcp.firewall-denies", "gcp.firewall-blocks")
_NO_RULE = ("gcp.firewall-blocks",)
_NO_KEY = "gcp.metadata-key-missing"

WORLDS: Mapping[str, World] = MappingProxyType(
    {
        "gcp": World(_nothing, ()),
        "oslogin-healthy": World(_nothing, (), OSLOGIN_USER),
        "no-rule": World(_no_rule, _NO_RULE),
        "other-source": World(_other_source, _NO_RULE),
        "wrong-tag": World(_wrong_tag, _NO_RULE),
        "rule-disabled": World(_rule_off, _NO_RULE),
        "deny-wins": World(_deny_wins, _DENIED),
        "deny-same-priority": World(_deny_equal, _DENIED),
        "hierarchical-deny": World(_hierarchy, ("gcp.firewall-denies", "gcp.org-policy-blocks")),
        "network-policy-denies": World(_network_policy, _DENIED),
        "no-external-ip": World(_no_external_ip, ("gcp.no-external-ip",)),
        "stopped": World(_stopped, ("gcp.instance-stopped",)),
        "suspended": World(_suspended, ("gcp.instance-stopped",)),
        "no-default-route": World(_no_default_route, ("gcp.no-default-route",)),
        "oslogin-ignores-key": World(_metadata_key_ignored, ("gcp.oslogin-ignores-metadata-key", _NO_KEY)),
        "oslogin-in-project": World(_project_oslogin, ("gcp.oslogin-ignores-metadata-key", _NO_KEY)),
        "oslogin-off": World(_oslogin_off, ("gcp.oslogin-off", _NO_KEY)),
        "oslogin-key-expired": World(_oslogin_expired, ("gcp.metadata-key-expired", _NO_KEY), OSLOGIN_USER),
        "key-expired": World(_key_expired, ("gcp.metadata-key-expired", _NO_KEY)),
        "project-keys-blocked": World(_project_keys_blocked, ("gcp.project-keys-blocked", _NO_KEY)),
        "no-key": World(_no_key, (_NO_KEY,)),
        "role-missing": World(_role_missing, ("gcp.login-role-missing",), OSLOGIN_USER),
        "no-act-as": World(_no_act_as, ("gcp.login-role-missing",), OSLOGIN_USER),
        "metadata-full": World(_metadata_full, ("gcp.metadata-too-large", _NO_KEY)),
        "agent-down": World(_agent_down, ("gcp.guest-agent-down", "gcp.key-not-propagated")),
        "disk-full": World(_disk_full, ("server.disk-full",)),
        "serial-disabled": World(_serial_disabled, _NO_RULE),
        "windows-no-ssh": World(_windows, ("gcp.windows-ssh-off",)),
        "sshd-typo": World(_boots("sshd-typo"), ("server.sshd-config-error", "server.sshd-not-running")),
        "panic": World(_boots("panic"), ("server.kernel-panic",)),
        "panic-root": World(_boots("panic-root"), ("server.initramfs-failed", "server.kernel-panic")),
        "emergency": World(_boots("emergency"), ("server.emergency-mode", "server.fstab-broken")),
        "grub": World(_boots("grub"), ("server.bootloader-failed",)),
        "out-of-memory": World(_boots("out-of-memory"), ("server.out-of-memory", "server.sshd-not-running")),
    }
)
"""By name. `serial-disabled` is also about a door: the interactive serial console is shut (serial.gcp-port-off)."""
