"""What the embedded AWS remembers beside moto: what moto has no model for, faults that were asked for, calls made."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ACCOUNT = "123456789012"
CLIENT_ADDRESS = "192.88.99.7"
"""Where the person's packets seem to come from. Of a retired anycast block (RFC 7526): global, and nobody's."""
OWN_KEY = "sshwizardlab"
"""The access key with which the lab builds its worlds: no fault touches it, and no record shows it."""

_MOST_EVENTS = 5000


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Health:
    """The status checks of one instance, as EC2 words them: ok, impaired, initializing, insufficient-data."""

    instance: str = "ok"
    system: str = "ok"
    ebs: str = "ok"
    since: datetime | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    """Scheduled events, as DescribeInstanceStatus gives them."""


@dataclass
class Pushed:
    """A key that Instance Connect put on an instance. `until`: seconds since the epoch."""

    instance: str
    user: str
    key: str
    until: float


@dataclass
class Region:
    """One region of the account. Instances by id."""

    console: dict[str, str] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    """States that moto passes through at once: pending, stopping, shutting-down."""
    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Instances on which the Systems Manager agent has registered, with what it reports."""
    commands: dict[str, Any] = field(default_factory=dict)
    """What was sent by Run Command (commands.Sent), by its id."""
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What a command answers: a pattern on its text -> {"out", "err", "status"}."""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    automations: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Instance Connect Endpoints."""
    list_notes: dict[tuple[str, str], str] = field(default_factory=dict)
    """Group and prefix list -> the description of the rule between them."""
    inventory: dict[str, list[str]] = field(default_factory=dict)
    """The programs that Systems Manager's inventory has of an instance."""
    boots: dict[str, Any] = field(default_factory=dict)
    """Instances that run the scripts of their user data (`boots`)."""
    serial_console: bool = False
    block_public_access: str = "off"
    exclusions: dict[str, dict[str, Any]] = field(default_factory=dict)
    fingerprints: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key pair id -> type and fingerprint."""


@dataclass
class Faults:
    """What a test asked for. Keys are patterns on "service:Action", such as "ec2:Describe*"."""

    deny: list[str] = field(default_factory=list)
    throttle: dict[str, int] = field(default_factory=dict)
    """How many calls are still to be turned away."""
    hang: dict[str, float] = field(default_factory=dict)
    """Seconds of silence before the answer."""
    latency: float = 0.0
    """Seconds that every call takes longer."""
    expired: bool = False
    endpoint_looks: int = 0
    """How often an Instance Connect Endpoint is looked at before it is made."""
    automation_looks: int = 0
    """How often a runbook is looked at before it has ended."""
    disk_looks: int = 0
    """How often a snapshot or a larger volume is looked at before it is ready."""
    key_seconds: float = 60
    """How long a pushed key opens the door (Instance Connect user guide); tests have less patience."""


@dataclass(frozen=True)
class Opened:
    """A session that was started."""

    token: str
    instance: str
    port: int
    """0: a shell."""
    decrypt: Callable[[bytes], bytes] = bytes
    """As KMS does it for the agent."""


@dataclass
class Oddities:
    """How the websockets misbehave, where a test asked for it."""

    tunnel: str = ""
    """stall: nothing comes back; text; unreachable: as if the instance did not answer."""
    seconds: float = 60.0
    """How long a stall lasts."""
    longest: float = 3600.0
    """Seconds after which every tunnel has lasted long enough."""
    pause: float = 0.0
    """Seconds before each frame to the client."""
    agent: str = ""
    """silent: no handshake; encrypt: it asks for a key of KMS; refuse: the port refuses; close: it ends the session."""
    loss: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    """The share of messages, each way, that are lost, come twice, or come after the next one."""
    hold: float = 0.0
    """Seconds for which the client is told to pause, once, after its first message."""


class Lab:
    """Everything the child process knows."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.released = threading.Event()
        self.changed: Callable[[], None] = lambda: None
        """Called before the answer to every call that may have changed the account."""
        self.stream = ""
        """Where the websockets are, as ws://127.0.0.1:PORT."""
        self.clear()

    def clear(self) -> None:
        """Back to an empty account; calls that hang are let go."""
        self.let_go()
        self.regions: dict[tuple[str, str], Region] = defaultdict(Region)
        self.faults = Faults()
        self.streams = Oddities()
        self.opened: dict[str, Opened] = {}
        """Sessions of Systems Manager whose data channel may be opened."""
        self.shells: dict[str, list[str]] = {}
        """The command that begins a program on the machine of an instance; without one, a shell of this computer's."""
        self.secrets: list[str] = []
        """Signatures and tokens that were used: what nobody else may have seen."""
        self.arn = f"arn:aws:iam::{ACCOUNT}:user/dana"
        self.author = ""
        """As whose the lab's own calls are recorded; nobody's are not."""
        self.client_address = CLIENT_ADDRESS
        self.trail: deque[dict[str, Any]] = deque(maxlen=_MOST_EVENTS)
        self.calls: list[dict[str, Any]] = []
        self.gaps: Counter[str] = Counter()
        self.pages: dict[str, list[Any]] = {}
        self.pushed: list[Pushed] = []

    def let_go(self) -> None:
        """End the waiting of calls that hang."""
        self.released.set()
        self.released = threading.Event()
