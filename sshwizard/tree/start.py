"""Before any packet: what was typed, and whether ssh can start with it."""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import client, told, typed
from sshwizard.probes.aws import looks
from sshwizard.tree.gcp.whose import vm_node
from sshwizard.tree.node import Node

STRETCH = "client"

_LOOK_ALIKE = {
    "eic.endpoint-missing": ("eic.endpoint-not-usable",),
    "eic.endpoint-blocked": ("eic.endpoint-not-usable", "server.sshd-not-running", "server.host-firewall-blocks"),
    "eic.service-range-blocked": ("aws.security-group-other-source", "eic.package-missing", "eic.sshd-not-configured"),
    "serial.session-busy": ("serial.access-denied",),
    "serial.no-password-user": ("auth.wrong-password", "auth.user-unknown"),
}
"""What a text that points to a cause leaves open beside the siblings of the vocabulary."""

NODES = (
    Node[typed.Typed](
        "typed",
        "Is the command well typed?",
        via=typed.typed,
        short="Well typed?",
        leads={
            "ok": "client",
            "instance": "machine",
            "vm": "vm",
            "garbled": Cause(
                "client.command-garbled",
                "The command holds characters from a word processor",
                "ssh takes typographic dashes and quotes literally. Type: {corrected}",
            ),
            "port-in-name": Cause(
                "target.malformed-name",
                "The host name has a port in it",
                "ssh takes {name}:{port} as one name. A port goes behind -p: {corrected}",
            ),
            "path-in-name": Cause("target.malformed-name", "The host name has a path in it"),
            "bad-characters": Cause("target.malformed-name"),
            "server-log": "server-log",
            "unknown": "client",
        },
        words={
            "ok": "well typed",
            "instance": "an EC2 instance",
            "vm": "a VM of Google's",
            "garbled": "odd dashes or quotes",
            "port-in-name": "port in the name",
            "path-in-name": "path in the name",
            "bad-characters": "odd letters in the name",
            "server-log": "a server's log",
        },
    ),
    Node[looks.Named](
        "machine",
        "Which machine has this instance id?",
        via=looks.machine,
        short="Which machine is it?",
        leads={
            "found": "client",
            "stopped": Cause("aws.instance-stopped", "The instance {asked} is {state}"),
            "terminated": Cause("aws.instance-terminated", "The instance {asked} is terminated"),
            "replaced": Cause(
                "aws.instance-terminated",
                "The instance {asked} is terminated; {successor} stands in its place",
            ),
            "nobody": Suspects(
                "iam.wrong-account-or-region",
                "aws.instance-terminated",
                title="There is no instance {asked} where AWS was asked",
                why="An id is known in its own account and region only, and for an hour after its end.",
                decided_by="the account and region that it belongs to: --profile NAME, --region REGION",
            ),
            "locked-out": Cause(
                "iam.credentials-missing",
                "AWS cannot be asked which machine {asked} is",
                "Only AWS knows the address that belongs to an instance id.",
            ),
            "denied": Cause("iam.read-denied", "You may not ask AWS which machine {asked} is"),
            "unknown": "client",
        },
        words={
            "found": "it has an address",
            "stopped": "it is stopped",
            "terminated": "it is terminated",
            "replaced": "another took its place",
            "nobody": "not in this account",
            "locked-out": "no valid login to AWS",
            "denied": "AWS does not tell you",
        },
    ),
    vm_node("vm", "client"),
    Node[str](
        "server-log",
        "What does the text say by itself?",
        via=told.told,
        short="What does the log say?",
        leads={
            **{code: Cause(code) for code in sorted(told.PROVED)},
            **{f"{code}?": Suspects(code, *_LOOK_ALIKE.get(code, ())) for code in told.CODES},
            "nothing-bad": Unclear(),
            "unknown": Unclear(),
        },
    ),
    Node[client.Client](
        "client",
        "Can ssh start?",
        via=client.client,
        short="Can ssh start?",
        spine=True,
        leads={
            "ok": "proxy",
            "no-ssh": Cause("client.tool-missing-or-outdated", "There is no ssh program on this computer"),
            "bad-line": Cause("config.bad-line", "ssh cannot read {where}"),
            "bad-permissions": Cause(
                "config.bad-owner-or-permissions",
                "Somebody else may change {file}",
                "ssh refuses a config file that another account owns or may write, and stops.",
            ),
            "no-file": Cause("config.file-missing", "There is no config file {file}"),
            "closed-file": Cause(
                "config.bad-owner-or-permissions",
                "You may not read {file}",
                "ssh stops at a config file that is named or included and that it may not read.",
            ),
            "loop": Cause("proxy.jump-loop"),
            "bad-name": Cause("target.malformed-name"),
            "refused": Cause("config.bad-line", "The ssh config itself refuses this destination ({where})"),
            "control-path": Cause("config.control-path-unusable"),
            "unknown": Unclear(),
        },
        words={
            "ok": "ssh starts",
            "no-ssh": "no ssh program",
            "bad-line": "a bad config line",
            "bad-permissions": "config open to others",
            "no-file": "config file missing",
            "closed-file": "config file closed",
            "loop": "jump hosts in a circle",
            "bad-name": "odd host name",
            "refused": "refused by the config",
            "control-path": "ControlPath unusable",
        },
    ),
)
