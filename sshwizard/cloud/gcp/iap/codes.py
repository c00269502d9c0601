"""Why the relay ended a connection: its close codes in plain words, and the causes that they speak for.

Source of the codes: Google Cloud SDK and IAP Desktop; a code that is not here is told as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from sshwizard import clean

NORMAL = 1000
LOST = 1006
"""No close frame came (RFC 6455, 7.1.5)."""
REAUTHENTICATE = 4004
_RESUMES = frozenset({1001, LOST, 1012, 1013, REAUTHENTICATE})
"""Going away, lost, restart, try again later, a new token wanted: the session itself lives on."""


@dataclass(frozen=True, slots=True)
class End:
    """An end, and what it means."""

    why: str
    """One sentence."""
    code: int = 0
    """The relay's close code, or the HTTP status at the handshake; 0: neither came."""
    cause: str = ""
    also: tuple[str, ...] = ()
    """Causes that look the same from here."""
    resumes: bool = False
    """Whether the session may be continued on a new websocket."""
    odd: bool = False
    """Whether the other end does not speak as expected, so that another client may do better."""


class Ended(Exception):
    """The tunnel does not carry, or no longer."""

    def __init__(self, end: End) -> None:
        super().__init__(end.why)
        self.end = end


_BACKEND = ("gcp.iap-range-blocked", "server.sshd-not-running", "server.host-firewall-blocks", "gcp.instance-stopped")
_MEANS: dict[int, tuple[str, str, str, tuple[str, ...]]] = {
    4000: ("unknown error", "Google's relay failed by itself; try again", "", ()),
    4001: ("session unknown", "Google's relay does not know the session any more, so it cannot be continued", "", ()),
    4002: ("session in use", "another connection has taken the session over", "", ()),
    4003: ("failed to connect to backend", "you may use the tunnel, and the VM did not answer on this port: a firewall "
           "rule that admits 35.235.240.0/20, a running VM, and an SSH server on that port are needed",
           "gcp.iap-backend-unreachable", _BACKEND),
    4004: ("reauthentication required", "Google wants a new token", "iam.credentials-missing", ()),
    4005: ("bad acknowledgement", "the relay and we count differently; connect again", "", ()),
    4006: ("invalid acknowledgement", "the relay and we count differently; connect again", "", ()),
    4007: ("invalid message type", "the relay does not take this kind of message", "", ()),
    4008: ("invalid tag", "the relay does not know this message", "", ()),
    4009: ("destination write failed", "the VM closed the connection while data was on its way to it", "", ()),
    4010: ("destination read failed", "the VM closed the connection", "", ()),
    4013: ("invalid data", "the relay could not read what was sent", "", ()),
    4033: ("not authorized", "you may not use the tunnel to this VM, or an IAM condition or an access level is not met",
           "gcp.iap-permission-missing", ()),
    4047: ("failed to look up the VM", "Google finds no running VM of this name with this network interface in this "
           "project and zone; one that was made or started a moment ago may be missing for a while",
           "iam.wrong-account-or-region", ("gcp.instance-stopped",)),
    4051: ("failed to look up the VM again", "the VM was not found when the connection was continued: it was stopped "
           "or deleted meanwhile", "gcp.instance-stopped", ()),
    4074: ("failed to rewind", "the relay has lost a part of the session, so it cannot be continued", "", ()),
}  # fmt: skip


def closed(code: int | None, reason: str = "") -> End:
    """What the close code of a websocket means."""
    number = LOST if code is None else code
    if number == NORMAL:
        return End("the tunnel was closed", number)
    if number == LOST:
        return End("the connection to Google's relay was lost", number, resumes=True)
    said = clean.line(reason, 120)
    name, why, cause, also = _MEANS.get(number, ("", "Google's relay closed the tunnel", "", ()))
    told = f"IAP says [{number}: '{said or name or 'no reason given'}']"
    return End(f"{told}: {why}", number, cause, also, number in _RESUMES)


def refused(status: int, body: str = "") -> End:
    """What an HTTP status in place of the websocket means."""
    said = clean.line(body, 160)
    told = f" ({said})" if said and not said.startswith("<") else ""
    if status == 401:
        return End(f"Google did not take the token: HTTP 401{told}; log in anew", status, "iam.credentials-missing")
    if status == 403:
        why = f"Google refused the tunnel: HTTP 403{told}; the permission is missing, or a proxy stands in between"
        return End(why, status, "gcp.iap-permission-missing", ("proxy.port-not-allowed",))
    if status in {400, 404}:
        why = f"Google refused the tunnel: HTTP {status}{told}; it may be a missing permission, or a wrong name"
        return End(why, status, "", ("gcp.iap-permission-missing", "iam.wrong-account-or-region"))
    return End(f"Google's relay answered with HTTP {status}{told}", status, resumes=status >= 500)
