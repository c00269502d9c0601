"""Every planted fault is found: first cause, outcome, symptom and exit code.

With ``WORLDS_ONLY=1`` only the worlds themselves are proved, with the plain ssh client.
"""

from __future__ import annotations

import pytest

from .networld import NetWorld
from .scenario import WORLDS_ONLY, Scenario
from .scenarios.agents import AGENTS
from .scenarios.certificates import CERTIFICATES
from .scenarios.config import CONFIG
from .scenarios.files import FILES
from .scenarios.handshake import HANDSHAKE
from .scenarios.hostkey import HOSTKEY
from .scenarios.keys import KEYS
from .scenarios.login import LOGIN
from .scenarios.network import NETWORK
from .scenarios.proxy import PROXY
from .scenarios.session import SESSION
from .scenarios.start import START
from .world import SshdWorld

ON_LOOPBACK = [*START, *CONFIG, *KEYS, *AGENTS, *CERTIFICATES, *LOGIN, *HANDSHAKE, *HOSTKEY, *SESSION, *PROXY]


def name_of(scenario: Scenario[SshdWorld] | Scenario[NetWorld]) -> str:
    return scenario.name


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("scenario", ON_LOOPBACK, ids=name_of)
def test_on_loopback(scenario: Scenario[SshdWorld], world: SshdWorld) -> None:
    args = scenario.build(world)
    if not WORLDS_ONLY:
        scenario.judge(world.diagnose(args))


@pytest.mark.netns
@pytest.mark.requires("netns")
@pytest.mark.parametrize("scenario", [*NETWORK, *FILES], ids=name_of)
def test_in_network(scenario: Scenario[NetWorld], net_world: NetWorld) -> None:
    args = scenario.build(net_world)
    if not WORLDS_ONLY:
        scenario.judge(net_world.diagnose(args))
