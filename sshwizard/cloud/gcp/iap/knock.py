"""Does the tunnel lead to an SSH server? Asked by opening it for a moment; no login is begun."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Literal

from sshwizard import clean
from sshwizard.cloud.gcp.iap.client import Client, Token
from sshwizard.cloud.gcp.iap.codes import End, Ended
from sshwizard.cloud.gcp.iap.target import Target

Outcome = Literal[
    "banner", "other-service", "silent", "closed", "backend-unreachable", "not-authorized", "not-found", "no-login",
    "unreached", "odd",
]  # fmt: skip
BANNER_SECONDS = 4.0
_CODES: dict[int, Outcome] = {
    4003: "backend-unreachable", 4033: "not-authorized", 403: "not-authorized", 4047: "not-found", 4051: "not-found",
    401: "no-login", 4004: "no-login", 4009: "closed", 4010: "closed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Met:
    """What came of it."""

    outcome: Outcome
    says: str
    banner: str = ""
    end: End | None = None
    """Why it ended, with the causes; None after a banner."""
    seconds: float = 0.0


def knock(to: Target, token: Token, trust: str = "", seconds: float = BANNER_SECONDS) -> Met:
    """Open the tunnel, read what comes first, close it. Waits; never raises."""
    begun = time.monotonic()
    client, opened = Client(to, token, trust), False
    try:
        client.open()
        opened = True
        start = client.first(seconds)
    except Ended as ended:
        return Met(_outcome(ended.end, opened), ended.end.why, end=ended.end, seconds=time.monotonic() - begun)
    finally:
        client.close()
    shown = clean.line(start.decode("utf-8", "replace"), 120)
    took = time.monotonic() - begun
    if re.match(rb"SSH-\d", start):
        return Met("banner", f"through IAP {to} answers: {shown}", shown, seconds=took)
    end = End(f"what answers through IAP at {to} is no SSH server: {shown}", cause="kex.not-ssh")
    return Met("other-service", end.why, shown, end, took)


def _outcome(end: End, opened: bool) -> Outcome:
    if end.cause.startswith("proxy."):
        return "unreached"
    if found := _CODES.get(end.code):
        return found
    if end.cause == "kex.no-banner":
        return "silent"
    if end.cause == "iam.credentials-missing":
        return "no-login"
    return "odd" if end.odd or opened or end.code >= 4000 else "unreached"
