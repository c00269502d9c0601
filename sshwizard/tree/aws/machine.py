"""Does the machine itself stand: its state, AWS's checks, and what it wrote on its console."""

from collections.abc import Collection

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes.aws import looks
from sshwizard.tree import consoles
from sshwizard.tree.aws.whose import GONE
from sshwizard.tree.node import Node

NO_CHECKS = Cause(
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


def console_node(id_: str, explains: Collection[str], otherwise: Lead) -> Node[str]:
    """What does the instance's console show?"""
    return consoles.console_node(id_, looks.console, explains, otherwise)


def status_node(id_: str, then: Lead, failed: str) -> Node[looks.Status]:
    """Do AWS's own checks reach it?"""
    return Node[looks.Status](
        id_,
        "Do AWS's own checks pass?",
        via=looks.status,
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


def state_node(id_: str, then: str) -> Node[looks.State]:
    """Does it run at all?"""
    return Node[looks.State](
        id_,
        "Does the instance run?",
        via=looks.state,
        short="Does it run?",
        leads={
            "running": then,
            "pending": _BOOTING,
            "stopped": Cause("aws.instance-stopped", "The instance behind {host} is {state}"),
            "terminated": GONE,
            "not-asked": then,
            "unknown": then,
        },
        words={"running": "it runs", "pending": "it starts", "stopped": "it is stopped", "terminated": "it is gone"},
    )


def busy_node(id_: str, otherwise: Lead) -> Node[looks.Processor]:
    """Has it any breath left?"""
    return Node[looks.Processor](
        id_,
        "Has the machine of {host} time for you?",
        via=looks.processor,
        short="Is it overloaded?",
        leads={
            "busy": Suspects(
                "server.overloaded",
                "server.hung",
                title="The processor of {host} has had nothing to spare for a quarter of an hour",
                decided_by="its load average, seen from inside or on the console",
            ),
            "no-credits": Suspects(
                "server.overloaded",
                "server.hung",
                title="{host} has used up its CPU credits and is slowed down",
                why="A burstable type that has no credits left runs at a fraction of its speed.",
                decided_by="CPUCreditBalance in CloudWatch, which rises again once the load is less",
            ),
            "fine": otherwise,
            "no-data": otherwise,
            "unknown": otherwise,
        },
        words={
            "busy": "busy all the time",
            "no-credits": "no CPU credits left",
            "fine": "it has",
            "no-data": "no data",
        },
    )
