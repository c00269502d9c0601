"""Where an IAP tunnel leads, and the addresses at which Google opens and continues it.

Source: Google Cloud SDK 528, api_lib/compute/iap_tunnel_websocket_utils.py (version 4 of the relay).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

INSTEAD = "SSHWIZARD_IAP_URL"
"""A websocket on loopback that stands in for Google's relay, as gcloud's --iap-tunnel-url-override names one."""
RELAY = "wss://tunnel.cloudproxy.app/v4"
_HERE = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Target:
    """A port of a VM's network interface."""

    project: str
    zone: str
    instance: str
    nic: str = "nic0"
    port: int = 22

    def __str__(self) -> str:
        return f"{self.instance} port {self.port}"

    def connect(self) -> str:
        """The URL of a new connection. Raises ValueError for a stand-in that is not on this computer."""
        asked = {"project": self.project, "port": self.port, "newWebsocket": True, "zone": self.zone,
                 "instance": self.instance, "interface": self.nic}  # fmt: skip
        return f"{relay()}/connect?{urlencode(asked)}"

    def reconnect(self, sid: str, received: int) -> str:
        """The URL that continues the session `sid`, of which so many bytes have come. Raises ValueError."""
        asked = {"sid": sid, "ack": received, "newWebsocket": True, "zone": self.zone}
        return f"{relay()}/reconnect?{urlencode(asked)}"


def relay() -> str:
    """Where the relay is. Raises ValueError for a stand-in that is not on this computer: tokens would leak."""
    url = os.environ.get(INSTEAD, "").rstrip("/")
    if not url:
        return RELAY
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss"} or parts.hostname not in _HERE:
        raise ValueError(f"{INSTEAD} must be a websocket on this computer, such as wss://127.0.0.1:8443")
    return url if parts.path else f"{url}/v4"
