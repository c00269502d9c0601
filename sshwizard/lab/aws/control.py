"""What the embedded AWS can be told beside its API: POST /sshwizard-lab/VERB with JSON, answered with JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from sshwizard.lab.aws.state import ACCOUNT, Faults, Health, Lab, Region

Verb = Callable[[Lab, dict[str, Any]], Any]


def _region(lab: Lab, told: dict[str, Any]) -> Region:
    return lab.regions[(ACCOUNT, told["region"])]


def reset(lab: Lab, _: dict[str, Any]) -> None:
    """An empty account, no faults, no record. Takes milliseconds."""
    with lab.lock:
        BackendDict.reset()
        reset_model_data()
        lab.clear()
    lab.changed()


def _faults(lab: Lab, told: dict[str, Any]) -> None:
    """Replace the named faults; {} ends all of them, and lets hanging calls go."""
    with lab.lock:
        lab.faults = replace(lab.faults, **told) if told else Faults()
        if not told:
            lab.let_go()


def _identity(lab: Lab, told: dict[str, Any]) -> None:
    lab.arn = told.get("arn", lab.arn)
    lab.client_address = told.get("client_address", lab.client_address)
    lab.changed()


def _calls(lab: Lab, _: dict[str, Any]) -> list[dict[str, Any]]:
    return list(lab.calls)


def _gaps(lab: Lab, _: dict[str, Any]) -> dict[str, int]:
    return dict(lab.gaps)


def _pushed(lab: Lab, _: dict[str, Any]) -> list[dict[str, Any]]:
    return [asdict(one) for one in lab.pushed]


def _console(lab: Lab, told: dict[str, Any]) -> None:
    _region(lab, told).console[told["instance"]] = told["text"]


def _health(lab: Lab, told: dict[str, Any]) -> None:
    since = told.get("since")
    checks = {name: told[name] for name in ("instance_check", "system_check", "ebs_check") if name in told}
    _region(lab, told).health[told["instance"]] = Health(
        instance=checks.get("instance_check", "ok"),
        system=checks.get("system_check", "ok"),
        ebs=checks.get("ebs_check", "ok"),
        since=datetime.fromisoformat(since) if since else None,
        events=told.get("events", []),
    )
    lab.changed()


def _state(lab: Lab, told: dict[str, Any]) -> None:
    """Hold an instance in a state that moto passes through at once; without one, let it go on."""
    states = _region(lab, told).states
    states.pop(told["instance"], None)
    if told.get("state"):
        states[told["instance"]] = told["state"]
    lab.changed()


def _agent(lab: Lab, told: dict[str, Any]) -> None:
    """What the Systems Manager agent of an instance reports; null: it never registered."""
    agents = _region(lab, told).agents
    agents.pop(told["instance"], None)
    if told.get("says") is not None:
        agents[told["instance"]] = told["says"]


def _reply(lab: Lab, told: dict[str, Any]) -> None:
    _region(lab, told).replies[told["pattern"]] = {
        name: told[name] for name in ("out", "err", "status") if name in told
    }


VERBS: dict[str, Verb] = {
    "reset": reset,
    "faults": _faults,
    "identity": _identity,
    "calls": _calls,
    "gaps": _gaps,
    "pushed": _pushed,
    "console": _console,
    "health": _health,
    "state": _state,
    "agent": _agent,
    "reply": _reply,
}


def answer(lab: Lab, verb: str, body: bytes) -> tuple[str, bytes]:
    """The HTTP status line and the body of an answer."""
    if verb not in VERBS:
        return "404 Not Found", json.dumps({"error": f"no verb {verb}; there are: {', '.join(VERBS)}"}).encode()
    try:
        return "200 OK", json.dumps(VERBS[verb](lab, json.loads(body or b"{}"))).encode()
    except (KeyError, TypeError, ValueError) as error:
        return "400 Bad Request", json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()
