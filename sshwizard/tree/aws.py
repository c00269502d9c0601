"""What AWS says where ssh is stopped: on the way, at the refusal, at the host key, at the login.

Each stretch asks first whose machine it is; for a plain host the answer costs nothing and the way goes on as before.
"""

from collections.abc import Collection
from typing import Literal, get_args

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes.aws import console, hostkeys, identity, images, path, state, status
from sshwizard.tree.doubts import egress_node
from sshwizard.tree.node import Node
from sshwizard.tree.silence import silence_node

_GONE = Cause("aws.instance-terminated", "The instance behind {host} is terminated")


def whose_node(id_: str, then: str, plain: Lead, **special: Lead) -> Node[identity.Who]:
    """Whose machine is it? `then`: an instance that we may ask about; `plain`: nothing is known of it."""
    leads: dict[identity.Who | Literal["unknown"], Lead] = {
        "instance": then,
        "elsewhere": then,
        "other-instance": Cause(
            "target.stale-address",
            "{asked} is now the address of {name}, another instance",
            "The address went to another machine; the one that you mean has another address now.",
        ),
        "terminated": _GONE,
        "replaced": Cause(
            "aws.instance-terminated", "The instance behind {host} is terminated; another took its place"
        ),
        "several": plain,
        "load-balancer": Cause("target.wrong-address", "{asked} is a load balancer, not a machine to log in to"),
        "nat-gateway": Cause(
            "target.wrong-address", "{asked} is a NAT gateway: what is behind it cannot be reached by it"
        ),
        "interface": Cause("target.wrong-address", "{asked} is a network interface that no instance has"),
        "free-address": Cause(
            "target.stale-address",
            "The Elastic IP {asked} is on no instance",
            "It still belongs to the account; what it was on has another address now, or none.",
        ),
        "moved": Cause("target.stale-address", "Nothing has the address {asked} any more"),
        "nobody": plain,
        "locked-out": plain,
        "denied": plain,
        "not-asked": plain,
        "unknown": plain,
    }
    return Node[identity.Who](
        id_,
        "Is {host} an EC2 instance of yours?",
        via=identity.identity,
        short="An EC2 instance?",
        leads={**leads, **special},  # type: ignore[dict-item]
        words={
            "instance": "yes",
            "other-instance": "yes, but another one",
            "elsewhere": "yes, in another region",
            "terminated": "it is terminated",
            "replaced": "another took its place",
            "several": "several match",
            "load-balancer": "a load balancer",
            "nat-gateway": "a NAT gateway",
            "interface": "an unused interface",
            "free-address": "an unused Elastic IP",
            "moved": "its address changed",
            "nobody": "not in this account",
            "locked-out": "no valid login to AWS",
            "denied": "AWS does not tell you",
            "not-asked": "nothing says so",
        },
    )


# ------------------------------------------------------------------ no answer

_NO_CHECKS = Cause(
    "aws.instance-status-failed",
    why="AWS sends it packets from inside, and it answers none of them. The console output does not say why.",
)
_BOOTING = Suspects(
    "server.booting",
    "server.sshd-not-running",
    title="The instance behind {host} is still starting",
    why="AWS's checks of it have not ended yet.",
    decided_by="one more try in two minutes",
)
_EVENT = Suspects(
    "aws.system-status-failed",
    "server.host-firewall-blocks",
    title="AWS has announced work on the machine under {host}",
    decided_by="the event's time, in the console under Status checks",
)


_BOOT = (
    "server.bootloader-failed", "server.kernel-panic", "server.initramfs-failed", "server.filesystem-corrupt",
    "server.fstab-broken", "server.emergency-mode", "server.out-of-memory", "server.disk-full", "server.booting",
    "server.cloud-init-failed",
)  # fmt: skip
MUTE = frozenset({
    *_BOOT, "server.network-not-configured", "server.hung", "server.overloaded", "server.connection-tracking-full",
    "server.address-banned",
})  # fmt: skip
"""What a console can say that explains silence."""
REFUSING = frozenset({
    *_BOOT, "server.sshd-config-error", "server.sshd-not-installed", "server.sshd-not-running", "server.cannot-bind",
    "server.host-keys-unusable", "server.listens-on-loopback", "server.privilege-separation-missing",
    "server.process-limit",
})  # fmt: skip
"""What a console can say that explains a refusal."""


def console_node(id_: str, explains: Collection[str], otherwise: Lead) -> Node[str]:
    """What does the console show? `otherwise`: where its last boot shows nothing of what `explains` this."""
    leads: dict[str, Lead] = {code: Cause(code) if code in explains else otherwise for code in console.CODES}
    leads |= {f"{code}?": Suspects(code) if code in explains else otherwise for code in console.CODES}
    return Node[str](
        id_,
        "What does the console of {host} show?",
        via=console.console,
        short="What shows its console?",
        leads={**leads, "nothing": otherwise, "empty": otherwise, "unknown": otherwise},
        words={"nothing": "nothing bad", "empty": "nothing yet"},
    )


def status_node(id_: str, then: Lead, failed: str) -> Node[status.Status]:
    """Do AWS's own checks reach it?"""
    return Node[status.Status](
        id_,
        "Do AWS's own checks pass?",
        via=status.status,
        short="AWS's checks pass?",
        leads={
            "ok": then,
            "initializing": _BOOTING,
            "system-failed": Cause("aws.system-status-failed"),
            "instance-failed": failed,
            "event": _EVENT,
            "no-data": then,
            "unknown": then,
        },
        words={
            "ok": "they pass",
            "initializing": "not yet",
            "system-failed": "the hardware fails",
            "instance-failed": "the system is mute",
            "event": "work is announced",
            "no-data": "no data",
        },
    )


def state_node(id_: str, then: str) -> Node[state.State]:
    """Does it run at all?"""
    return Node[state.State](
        id_,
        "Does the instance run?",
        via=state.state,
        short="Does it run?",
        leads={
            "running": then,
            "pending": _BOOTING,
            "stopped": Cause("aws.instance-stopped", "The instance behind {host} is {state}"),
            "terminated": _GONE,
            "not-asked": then,
            "unknown": then,
        },
        words={"running": "it runs", "pending": "it starts", "stopped": "it is stopped", "terminated": "it is gone"},
    )


_ADMITTED = Suspects(
    "server.host-firewall-blocks",
    "server.address-banned",
    "network.egress-port-blocked",
    "server.hung",
    title="AWS lets your packets through to port {port} of {host}, and nothing answers",
    why="Security groups, network ACLs and routes admit you, so they end on the machine itself, or never left here.",
    decided_by="a look from inside the server: its firewall and ban lists",
)

NETWORK = (
    whose_node("cloud", "cloud-state", "silence"),
    state_node("cloud-state", "cloud-path"),
    Node[path.Path](
        "cloud-path",
        "Does AWS let your packets through?",
        via=path.path,
        short="Does AWS let you in?",
        leads={
            "open": "cloud-status",
            "partial": Cause(
                "aws.network-acl-outbound-blocks",
                "The network ACL {acl} lets a part of the replies out",
                "Whether a connection works depends on the port that it happens to get.",
            ),
            "some-exits": Cause(
                "aws.security-group-other-source",
                "Your network leaves by several addresses, and AWS does not let {source} in",
                "Whether a connection works depends on the address that it happens to leave by.",
            ),
            "sg-closed": Cause("aws.security-group-blocks", "No rule of the security group {group} opens port {port}"),
            "sg-other-source": Cause(
                "aws.security-group-other-source",
                "The security group {group} lets in other addresses, not yours ({source})",
            ),
            "sg-other-port": Cause(
                "aws.security-group-other-port", "The security group {group} lets you in, but not to port {port}"
            ),
            "acl-inbound": Cause(
                "aws.network-acl-inbound-blocks", "The network ACL {acl} stops you on the way in to port {port}"
            ),
            "acl-outbound": Cause("aws.network-acl-outbound-blocks", "The network ACL {acl} stops the replies to you"),
            "no-route": Cause("aws.no-internet-route", "The subnet {subnet} has no route to the internet gateway"),
            "no-gateway": Cause("aws.no-internet-gateway", "The network {vpc} has no internet gateway"),
            "transit": Cause("aws.transit-path-blocks", "The replies of {host} leave by another way"),
            "public-access-blocked": Cause("aws.vpc-block-public-access"),
            "no-public-address": Cause("aws.no-public-ip", "{instance} has no public address"),
            "private-from-outside": "cloud-public",
            "not-running": Cause("aws.instance-stopped", "The instance behind {host} does not run"),
            "unknown": "cloud-status",
        },
        words={
            "open": "it lets you in",
            "partial": "now and then",
            "some-exits": "not from every exit",
            "sg-closed": "group has no rule",
            "sg-other-source": "others, not you",
            "sg-other-port": "another port",
            "acl-inbound": "ACL stops you",
            "acl-outbound": "ACL stops replies",
            "no-route": "no route out",
            "no-gateway": "no internet gateway",
            "transit": "another way back",
            "public-access-blocked": "account forbids it",
            "no-public-address": "no public address",
            "private-from-outside": "private, from outside",
            "not-running": "it does not run",
        },
    ),
    Node[path.Public](
        "cloud-public",
        "Has the instance a public address?",
        via=path.public,
        short="A public address?",
        leads={
            "has-one": Cause(
                "target.private-address",
                "{host} is the private address of {instance}; from outside it is {public}",
                "A private address works from inside its network, over a VPN, or through a jump host.",
            ),
            "has-none": Cause(
                "aws.no-public-ip",
                "{instance} has a private address only, and you are outside its network",
                "From the internet no packet finds it: a jump host, an Instance Connect Endpoint or Session Manager do.",
            ),
            "unknown": "silence",
        },
        words={"has-one": "it has one", "has-none": "it has none"},
    ),
    status_node("cloud-status", "cloud-console", "cloud-console-mute"),
    console_node("cloud-console-mute", MUTE, _NO_CHECKS),
    console_node("cloud-console", MUTE, "cloud-admits"),
    Node[path.Path](
        "cloud-admits",
        "Is it sure that AWS lets you in?",
        via=path.path,
        short="Is that sure?",
        leads={**dict.fromkeys(get_args(path.Path), "silence"), "open": "silence-admitted", "unknown": "silence"},
        words={"open": "it is"},
    ),
    silence_node("silence-admitted", "egress-admitted", "egress-admitted"),
    egress_node("egress-admitted", _ADMITTED),
    # ------------------------------------------------------------ refused
    whose_node("cloud-refused", "cloud-refused-status", "family"),
    status_node("cloud-refused-status", "cloud-refused-console", "cloud-refused-console"),
    console_node("cloud-refused-console", REFUSING, "family"),
)


# ------------------------------------------------------------------ host key

_CONTRADICTED = Cause(
    "hostkey.changed",
    "{host} shows a host key that its own console does not know",
    "The console output of {instance} prints another host key. Do not go on: somebody may stand in between.",
    decided_by="the key that the machine itself prints, seen from inside (Session Manager, serial console)",
)


def hostkey_nodes(changed: Cause) -> tuple[Node[identity.Who] | Node[hostkeys.ConsoleKeys], ...]:
    """Whose key is it? Asked where known_hosts has another one."""
    reused = Cause(
        "hostkey.changed-address-reused",
        "{asked} is now the address of another instance, {name}",
        "The address went to another machine, which has a host key of its own.",
    )
    return (
        whose_node("cloud-hostkey", "cloud-hostkey-console", changed, **{
            "other-instance": reused, "terminated": changed, "replaced": changed, "load-balancer": changed,
            "nat-gateway": changed, "interface": changed, "free-address": changed, "moved": changed,
        }),
        Node[hostkeys.ConsoleKeys](
            "cloud-hostkey-console",
            "Does its console print this host key?",
            via=hostkeys.console_keys,
            short="Key on its console?",
            leads={
                "confirms": Cause(
                    "hostkey.changed-rebuilt",
                    "{host} was rebuilt: its console prints the new host key",
                    "The key that {host} shows is the one that the instance itself wrote to its console at boot.",
                ),
                "contradicts": _CONTRADICTED,
                "silent": changed,
                "unknown": changed,
            },
            words={"confirms": "it does", "contradicts": "it prints another", "silent": "it prints none"},
        ),
    )  # fmt: skip


# ------------------------------------------------------------------ login


LOGIN = (
    whose_node(
        "cloud-login",
        "cloud-user",
        "user",
        **dict.fromkeys(
            (
                "other-instance",
                "terminated",
                "replaced",
                "load-balancer",
                "nat-gateway",
                "interface",
                "free-address",
                "moved",
            ),
            "user",
        ),
    ),
    Node[images.ImageUser](
        "cloud-user",
        "Is {user} the login name of its image?",
        via=images.image_user,
        short="The image's login name?",
        leads={
            "same": "user",
            "other": Suspects(
                "auth.wrong-user",
                "auth.user-unknown",
                "auth.key-rejected",
                title="The image of {host} lets {user_wanted} in, and you log in as {user}",
                why="Each image has one account that gets the key at launch.",
                decided_by="one try as {user_wanted}",
            ),
            "windows": Cause("auth.wrong-user", "{host} is Windows: its first account is Administrator"),
            "unclear": "user",
            "unknown": "user",
        },
        words={"same": "it is", "other": "another is", "windows": "it is Windows", "unclear": "it does not tell"},
    ),
)
