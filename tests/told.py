"""Sessions without a world: facts told in order, as a look would have seen them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sshwizard.events import Began, Event, Saw
from sshwizard.model import Fact, Mode, Source, Target

BOX = Target("dana@box", ("dana@box",))


def settings(host: str, **more: str) -> dict[str, list[str]]:
    """What `ssh -G` says about a host, as far as a test cares."""
    found = {"hostname": host, "port": "22", "user": "dana", **more}
    return {key: [value] for key, value in found.items()}


def client(*names: str, **more: str) -> Fact[Any]:
    """ssh can start; these are the legs: hops first, the target last."""
    legs = [{"name": name, "settings": settings(f"{name}.example", **more)} for name in names or ("box",)]
    return Fact("ok", "ssh can start", data={"legs": legs, "me": "dana"})


def saw(leg: int, node: str, outcome: str, data: Mapping[str, Any] | None = None, source: Source = "look") -> Saw:
    """A look at `node` ended with `outcome`."""
    why = "nobody could look" if outcome == "unknown" else ""
    return Saw(leg, node, Fact(outcome, f"{node}: {outcome}", (f"1: {outcome}",), "ssh -v", data or {}, source, why))


def story(*steps: Event, legs: tuple[str, ...] = ("box",), mode: Mode = "live") -> list[Event]:
    """A session that began, could start ssh, and then saw `steps`."""
    return [
        Began(BOX, mode, "2026-01-02T03:04:05+00:00"),
        saw(-1, "typed", "ok"),
        Saw(-1, "client", client(*legs)),
        *steps,
    ]


def way(leg: int, **outcomes: str) -> list[Event]:
    """Facts on `leg`, by question, in order; `_` stands for the dash in a question's name."""
    return [saw(leg, node.replace("_", "-"), outcome) for node, outcome in outcomes.items()]


REACHED = {"proxy": "direct", "name": "ok", "tcp": "open", "banner": "ok", "kex": "ok", "hostkey": "ok"}
"""From the name to the login, all well."""
ENTERED = {**REACHED, "login": "ok", "session": "ok", "shared": "unused", "terminal": "not-wanted", "forwards": "fine"}
"""As far as the last question about a healthy target."""
