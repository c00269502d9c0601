"""What ssh is told of a machine that a cloud found."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

GOOGLE_HOSTS = "~/.ssh/google_compute_known_hosts"
"""Where `gcloud compute ssh` keeps host keys, each under compute.ID."""
USUAL = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss")
"""The keys that ssh tries of itself, in its order; naming another one puts them out (ssh_config(5), IdentityFile)."""


def options(data: Mapping[str, Any]) -> tuple[str, ...]:
    """What ssh is told in place of the name; no address where the config knows a way of its own.

    A session file may come from anywhere: nothing else is let in.
    """
    found: list[str] = []
    if dial := str(data.get("dial", "")):
        try:
            found += ["-o", f"HostName={ipaddress.ip_address(dial)}"]
        except ValueError:
            return ()
    if data.get("google_hosts") is True and re.fullmatch(r"\d{6,20}", str(data.get("number", "")), re.ASCII):
        found += ["-o", f"HostKeyAlias=compute.{data['number']}", "-o", f"UserKnownHostsFile={GOOGLE_HOSTS}"]
    if data.get("google_key") is True:
        names = ("google_compute_engine", *(one for one in data.get("keys_here") or () if one in USUAL))
        found += [word for name in names for word in ("-o", f"IdentityFile=~/.ssh/{name}")]
    user = str(data.get("user_found", ""))
    return (*found, *(("-o", f"User={user}") if re.fullmatch("[a-z_][a-z0-9_-]{0,31}", user, re.ASCII) else ()))
