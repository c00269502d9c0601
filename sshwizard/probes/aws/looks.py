"""Every look at AWS: its name and its outcomes. What makes it is loaded when it is made: for a plain host, never."""

from __future__ import annotations

from typing import Literal, get_args

from sshwizard.probes import serverlines
from sshwizard.probes.later import later
from sshwizard.probes.scene import Probe

_ROOM = "sshwizard.probes.aws"

Agent = Literal["online", "offline", "no-role", "no-way", "not-managed"]
"""offline: it was there and is not now; no-way: no route and no endpoint leads to the service."""

agent: Probe[Agent] = Probe("aws.agent", get_args(Agent), later(_ROOM, "agent"))

Changes = Literal["changed", "nothing"]

changes: Probe[Changes] = Probe(
    "aws.changes", get_args(Changes), later(_ROOM, "changes"), waits="CloudTrail (gives up in 10 s)"
)

CODES = serverlines.codes()
"""Every cause that a console can speak for."""

console: Probe[str] = Probe(
    "aws.console",
    (*CODES, *(f"{code}?" for code in CODES), "nothing", "empty"),
    later(_ROOM, "console"),
    waits="the instance's console text",
)

Endpoint = Literal["usable", "none", "not-ready", "blocked"]

endpoint: Probe[Endpoint] = Probe("aws.endpoint", get_args(Endpoint), later(_ROOM, "endpoint"))

Hop = Literal["admits", "group-blocks", "address-blocks", "other-blocks", "no-hop"]
"""no-hop: neither it nor what is behind it is an instance of ours; group-blocks: no rule of the target covers its
address or group; address-blocks: the same of a jump host elsewhere, judged by the address under which it is reached;
other-blocks: what else stands between the two."""

hop: Probe[Hop] = Probe("aws.hop", get_args(Hop), later(_ROOM, "hop"), waits="the account's rules (gives up in 10 s)")

ConsoleKeys = Literal["confirms", "contradicts", "silent"]

console_keys: Probe[ConsoleKeys] = Probe("aws.console_keys", get_args(ConsoleKeys), later(_ROOM, "hostkeys"))

Who = Literal[
    "instance", "other-instance", "elsewhere", "terminated", "replaced", "several", "load-balancer", "nat-gateway",
    "interface", "free-address", "moved", "nobody", "locked-out", "denied", "serial-console", "not-asked",
]  # fmt: skip
"""other-instance: the address is an instance's, and another one has the name that was typed; elsewhere: found, but not
in the region that the settings name; replaced: terminated, and another stands in its place; free-address: an Elastic IP
that leads to nothing; moved: nobody has the address, and an instance with the name that was typed has another one;
locked-out: no valid credentials; serial-console: AWS's own server, which leads to the console of an instance."""

NO_MACHINE: frozenset[Who] = frozenset({
    "terminated", "replaced", "load-balancer", "nat-gateway", "interface", "free-address", "moved",
})  # fmt: skip
"""Nothing that could answer has the address."""

identity: Probe[Who] = Probe(
    "aws.identity", get_args(Who), later(_ROOM, "identity"), reads_log=True, waits="AWS (gives up in 10 s)"
)

ImageUser = Literal["same", "other", "windows", "unclear"]

image_user: Probe[ImageUser] = Probe("aws.image_user", get_args(ImageUser), later(_ROOM, "images"))

KeyPair = Literal["fits", "other-local", "none-local", "no-key-pair", "unclear"]
"""fits: this connection offers it; other-local: another key of this computer is it."""

key_pair: Probe[KeyPair] = Probe("aws.key_pair", get_args(KeyPair), later(_ROOM, "keypair"))

Named = Literal["found", "stopped", "terminated", "replaced", "nobody", "locked-out", "denied"]

machine: Probe[Named] = Probe(
    "aws.machine", get_args(Named), later(_ROOM, "named"), waits="AWS to say which machine it is"
)

Path = Literal[
    "open", "partial", "some-exits", "sg-closed", "sg-other-source", "sg-other-port", "acl-inbound", "acl-outbound",
    "no-route", "no-gateway", "transit", "public-access-blocked", "no-public-address", "private-from-outside",
    "not-running",
]  # fmt: skip
"""partial: only some of the ports to which the replies go are let out; some-exits: this network leaves by several
addresses, and not all of them are let in."""

BLOCKED = frozenset(get_args(Path)) - {"open", "partial", "some-exits"}
"""Outcomes that no packet survives."""

path: Probe[Path] = Probe(
    "aws.path", get_args(Path), later(_ROOM, "path"), waits="the account's rules (gives up in 10 s)"
)

Public = Literal["has-one", "has-none"]

public: Probe[Public] = Probe("aws.public_address", get_args(Public), later(_ROOM, "path", "look_public"))

Processor = Literal["fine", "busy", "no-credits", "no-data"]
"""busy: nearly all of the processor, for a quarter of an hour; no-credits: slowed down to the baseline of its type."""

processor: Probe[Processor] = Probe("aws.processor", get_args(Processor), later(_ROOM, "processor"))

Pushed = Literal["expired", "fresh", "refused", "none"]
"""expired: a key that this connection offers was pushed, and its minute was over; fresh: it was not; refused: AWS did
not take it."""

pushed: Probe[Pushed] = Probe(
    "aws.pushed", get_args(Pushed), later(_ROOM, "pushed"), waits="CloudTrail (gives up in 3 s)"
)

Serial = Literal["allowed", "off", "not-supported", "not-running"]
"""Of the serial console, where the host is AWS's own server for it."""

serial: Probe[Serial] = Probe("aws.serial", get_args(Serial), later(_ROOM, "serial"))

Standing = Literal["known", "none"]

standing: Probe[Standing] = Probe(
    "aws.standing", get_args(Standing), later(_ROOM, "standing"), waits="what the account says about the instance"
)
"""Everything about an instance that a change in its account must know; no question of the tree."""

State = Literal["running", "pending", "stopped", "terminated", "not-asked"]
"""stopped: also on the way there, and hibernated; terminated: also on the way there, or its id is gone."""

state: Probe[State] = Probe("aws.state", get_args(State), later(_ROOM, "state"))

Status = Literal["ok", "initializing", "system-failed", "instance-failed", "event", "no-data"]
"""event: maintenance of AWS is under way now; one that is only planned is in the data of every outcome."""

status: Probe[Status] = Probe("aws.status", get_args(Status), later(_ROOM, "status"))

Visits = Literal["seen", "nothing"]

visits: Probe[Visits] = Probe(
    "aws.visits", get_args(Visits), later(_ROOM, "visits"), waits="CloudTrail (gives up in 10 s)"
)
