"""The person's ssh goes through a door of AWS, and the door is shut: what it said, and what the account says of it."""

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes import doorways
from sshwizard.probes.aws import looks
from sshwizard.tree.aws.machine import state_node
from sshwizard.tree.node import Node
from sshwizard.tree.toolbox import tools_node

_BY_ACCOUNT = "what the account says: aws ec2 describe-instance-connect-endpoints, and the two security groups"
_BY_AGENT = "what Systems Manager says: aws ssm describe-instance-information"

_MISSING = Suspects(
    "eic.endpoint-missing",
    "eic.endpoint-not-usable",
    title="No EC2 Instance Connect Endpoint that works was found for {host}",
    decided_by=_BY_ACCOUNT,
)
_UNREACHED = Suspects(
    "eic.endpoint-blocked",
    "eic.endpoint-not-usable",
    "server.sshd-not-running",
    "server.host-firewall-blocks",
    title="The Instance Connect Endpoint cannot reach {host}",
    decided_by=_BY_ACCOUNT,
)
_INSIDE = Suspects(
    "proxy.inner-unreachable",
    "server.sshd-not-running",
    "server.host-firewall-blocks",
    "server.hung",
    title="AWS's rules let the endpoint through to {host}, and its SSH server does not answer",
    why="The security groups and ACLs between the endpoint and the instance admit it, so it ends on the machine.",
    decided_by="a look from inside the server: ss -tlnp, and its firewall",
)
_UNCONNECTED = Suspects(
    "ssm.not-managed",
    "ssm.agent-offline",
    "ssm.instance-role-missing",
    "ssm.no-endpoint-route",
    title="Systems Manager has no connection to {host}",
    decided_by=_BY_AGENT,
)
_BACK = Suspects(
    "ssm.agent-offline",
    "iam.wrong-account-or-region",
    title="Systems Manager had no connection to {host} a moment ago, and has one now",
    decided_by="one more try",
)
_CARRIED = Suspects(
    "proxy.command-failed",
    "server.sshd-not-running",
    "client.tool-missing-or-outdated",
    title="The agent on {host} is online, and no connection came through its session",
    decided_by="the ProxyCommand alone, in a shell",
)
_REFUSED = Suspects(
    "network.port-refused",
    "server.sshd-not-running",
    "server.sshd-config-error",
    "target.wrong-port",
    title="The agent on {host} finds no SSH server on port {port}",
    why="Session Manager reached the machine, and the machine itself refused the connection to this port.",
    decided_by="a look from inside the server: ss -tlnp",
)

_SAYS: dict[str, Lead] = {
    outcome: (Suspects(outcome[:-1], title="", why="{says}") if outcome.endswith("?") else Cause(outcome))
    for outcome in doorways.OUTCOMES
}


def _endpoint(id_: str, usable: Cause, unseen: Cause) -> Node[looks.Endpoint]:
    """What does the account say of the endpoint? `usable`: where nothing stands in its way; `unseen`: unknown."""
    return Node[looks.Endpoint](
        id_,
        "Does the Instance Connect Endpoint reach {host}?",
        via=looks.endpoint,
        short="Does the endpoint work?",
        leads={
            "usable": usable,
            "none": Cause("eic.endpoint-missing", "The VPC of {host} has no EC2 Instance Connect Endpoint"),
            "not-ready": Cause(
                "eic.endpoint-not-usable", "The Instance Connect Endpoint {endpoint} cannot be used now: {state}"
            ),
            "blocked": Cause(
                "eic.endpoint-blocked", "Rules stop the way from the Instance Connect Endpoint {endpoint} to {host}"
            ),
            "unknown": unseen,
        },
        words={
            "usable": "it does",
            "none": "there is none",
            "not-ready": "it is not ready",
            "blocked": "rules stop it",
        },
    )


def _agent(id_: str, online: Cause) -> Node[looks.Agent]:
    """What does Systems Manager say of the agent? `online`: where it is there."""
    return Node[looks.Agent](
        id_,
        "Does Systems Manager reach the agent of {host}?",
        via=looks.agent,
        short="Is the agent there?",
        leads={
            "online": online,
            "offline": Cause("ssm.agent-offline", "The Systems Manager agent of {host} is not reached any more"),
            "no-role": Cause("ssm.instance-role-missing"),
            "no-way": Cause("ssm.no-endpoint-route"),
            "not-managed": Cause("ssm.not-managed", "Systems Manager does not know {host}"),
            "unknown": _UNCONNECTED,
        },
        words={
            "online": "it is online",
            "offline": "it is offline",
            "no-role": "it has no role",
            "no-way": "it has no way out",
            "not-managed": "it never reported",
        },
    )


NODES = (
    Node[str](
        "door",
        "What did the door of AWS say?",
        via=doorways.door,
        short="What said the door?",
        leads={
            **_SAYS,
            "eic.service-range-blocked?": Suspects("eic.service-range-blocked", "aws.security-group-other-source"),
            "no-endpoint": "door-no-endpoint",
            "unreached": "door-state",
            "endpoint-silent": "door-endpoint-tools",
            "not-connected": "door-unconnected",
            "session-silent": "door-session-tools",
            "port-refused": _REFUSED,
            "unknown": "door-tools",
        },
        words={
            "no-endpoint": "no endpoint found",
            "unreached": "instance not reached",
            "endpoint-silent": "the tunnel is silent",
            "not-connected": "agent not connected",
            "session-silent": "the session is silent",
            "port-refused": "port refused inside",
        },
    ),
    tools_node("door-tools", Suspects("proxy.command-failed")),
    tools_node("door-endpoint-tools", "door-state"),
    tools_node("door-session-tools", "door-session-state"),
    _endpoint("door-no-endpoint", _MISSING, _MISSING),
    state_node("door-state", "door-endpoint"),
    _endpoint("door-endpoint", _INSIDE, _UNREACHED),
    state_node("door-unconnected", "door-agent"),
    _agent("door-agent", _BACK),
    state_node("door-session-state", "door-session-agent"),
    _agent("door-session-agent", _CARRIED),
)
