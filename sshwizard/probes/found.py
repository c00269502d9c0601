"""What ssh is told of a machine that a cloud found."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any


def options(data: Mapping[str, Any]) -> tuple[str, ...]:
    """What ssh is told in place of the name. A session file may come from anywhere: nothing else is let in."""
    found: list[str] = []
    try:
        found += ["-o", f"HostName={ipaddress.ip_address(str(data.get('dial', '')))}"]
    except ValueError:
        return ()
    user = str(data.get("user_found", ""))
    return (*found, *(("-o", f"User={user}") if re.fullmatch("[a-z_][a-z0-9_-]{0,31}", user, re.ASCII) else ()))
