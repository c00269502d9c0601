"""What the embedded AWS can be told beside its API: POST /sshwizard-lab/VERB with JSON, answered with JSON."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.ec2.models import ec2_backends

from sshwizard.lab import channel
from sshwizard.lab.addresses import Addresses
from sshwizard.lab.aws import boots
from sshwizard.lab.aws.machines import Ask, Machine, Machines
from sshwizard.lab.aws.state import ACCOUNT, Faults, Health, Lab, Oddities, Pushed, Region
from sshwizard.lab.aws.worlds import Account, Plan, build, set_

Told = channel.Told


class Control:
    """The verbs."""

    def __init__(self, lab: Lab, addresses: Addresses, machines: Machines, ask: Ask) -> None:
        self._lab, self._addresses, self._machines, self._ask = lab, addresses, machines, ask
        self._account: Account | None = None
        self._verbs: channel.Verbs = {
            "reset": self._reset,
            "faults": self._faults,
            "identity": self._identity,
            "calls": lambda _: list(lab.calls),
            "gaps": lambda _: dict(lab.gaps),
            "pushed": lambda _: [asdict(one) for one in lab.pushed],
            "age": self._age,
            "secrets": lambda _: [one for one in lab.secrets if one],
            "gates": lambda _: {"port": addresses.port, "moods": machines.told()},
            "console": self._console,
            "health": self._health,
            "state": self._state,
            "agent": self._agent,
            "reply": self._reply,
            "inventory": self._inventory,
            "machine": self._machine,
            "streams": self._streams,
            "boots": self._boots,
            "world": self._world,
            "set": self._set,
            "push": self._push,
        }

    def answer(self, verb: str, body: bytes) -> tuple[str, bytes]:
        """The HTTP status line and the body of an answer."""
        return channel.answer(self._verbs, verb, body)

    def _region(self, told: Told) -> Region:
        return self._lab.regions[ACCOUNT, told["region"]]

    def _reset(self, _: Told) -> None:
        """An empty account, no machines, no faults, no record. Takes milliseconds."""
        self._machines.clear()
        with self._lab.lock:
            BackendDict.reset()
            reset_model_data()
            self._lab.clear()
            self._addresses.restart()

    def _faults(self, told: Told) -> None:
        """Replace the named faults; {} ends all of them, and lets hanging calls go."""
        with self._lab.lock:
            self._lab.faults = replace(self._lab.faults, **told) if told else Faults()
            if not told:
                self._lab.let_go()

    def _identity(self, told: Told) -> None:
        self._lab.arn = told.get("arn", self._lab.arn)
        self._lab.client_address = told.get("client_address", self._lab.client_address)
        self._machines.follow()

    def _age(self, told: Told) -> None:
        """Everything that CloudTrail has was so many seconds earlier."""
        for event in self._lab.trail:
            event["EventTime"] -= timedelta(seconds=told["seconds"])

    def _console(self, told: Told) -> None:
        self._region(told).console[told["instance"]] = told["text"]

    def _health(self, told: Told) -> None:
        since = told["since"]
        self._region(told).health[told["instance"]] = Health(
            instance=told["instance_check"],
            system=told["system_check"],
            ebs=told["ebs_check"],
            since=datetime.fromisoformat(since) if since else None,
            events=[_timed(one) for one in told["events"]],
        )

    def _state(self, told: Told) -> None:
        """Hold an instance in a state that moto passes through at once; without one, let it go on."""
        states = self._region(told).states
        states.pop(told["instance"], None)
        if told["state"]:
            states[told["instance"]] = told["state"]
        self._machines.follow()

    def _agent(self, told: Told) -> None:
        self._region(told).agents[told["instance"]] = told["says"]

    def _inventory(self, told: Told) -> None:
        self._region(told).inventory[told["instance"]] = told["programs"]

    def _reply(self, told: Told) -> None:
        self._region(told).replies[told["pattern"]] = {name: told[name] for name in ("out", "err", "status")}

    def _machine(self, told: Told) -> None:
        self._lab.shells[told["instance"]] = told["shell"]
        self._machines.add(Machine(told["instance"], told["region"], told["server"], told["dead"]))

    def _boots(self, told: Told) -> None:
        """From now on it runs, at each boot, the scripts that cloud-init would."""
        found = ec2_backends[ACCOUNT][told["region"]].get_instance(told["instance"])
        boots.begin(self._region(told), found, told["command"])

    def _streams(self, told: Told) -> None:
        """Replace how the websockets misbehave; {} ends all of it."""
        self._lab.streams = Oddities(**told)

    def _world(self, told: Told) -> Any:
        plan = Plan(**told["plan"])
        self._account, shown = build(plan, self._lab, self._ask, self._machines, self._addresses.port)
        return shown

    def _set(self, told: Told) -> None:
        assert self._account is not None
        set_(self._account, self._lab, self._machines, told["name"], told["value"])

    def _push(self, told: Told) -> None:
        """A key for the web server of the account, as Instance Connect has it from a person."""
        assert self._account is not None
        until = time.time() + self._lab.faults.key_seconds
        self._lab.pushed.append(Pushed(self._account.web, told["user"], told["key"], until))
        self._machines.follow()


def _timed(event: Told) -> Told:
    """A scheduled event, its times as such."""
    return {key: datetime.fromisoformat(one) if key.startswith("Not") else one for key, one in event.items()}
