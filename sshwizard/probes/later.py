"""Looks whose module is loaded when they are made: who does not ask a cloud does not pay for it."""

from __future__ import annotations

import importlib
from typing import Any

from sshwizard.model import Fact
from sshwizard.probes.scene import Look, Scene


def later(room: str, module: str, name: str = "look") -> Look[Any]:
    """The look `name` of a module of a room."""

    async def look(scene: Scene) -> Fact[Any]:
        made: Look[Any] = getattr(importlib.import_module(f"{room}.{module}"), name)
        return await made(scene)

    return look
