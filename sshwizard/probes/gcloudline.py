"""`gcloud compute ssh`, typed as a target: the same VM and the same options for ssh (gcloud compute ssh, flags)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from sshwizard.exits import UsageError

_TRACKS = {"alpha", "beta"}
_VALUED = {
    "--zone", "--project", "--ssh-flag", "--ssh-key-file", "--command", "--container", "--account", "--configuration",
    "--force-key-file-overwrite", "--ssh-key-expiration", "--ssh-key-expire-after", "--strict-host-key-checking",
    "--billing-project", "--impersonate-service-account", "--verbosity", "--format", "--network", "--region",
    "--dest-group",
}  # fmt: skip
"""Flags that take a value; the others stand alone."""
_HOST = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<name>[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)", re.ASCII)


def is_gcloud(words: Sequence[str]) -> bool:
    """True for the words of `gcloud compute ssh`."""
    rest = [word for word in words[:4] if word not in _TRACKS]
    return rest[:3] == ["gcloud", "compute", "ssh"]


def as_ssh(words: Sequence[str]) -> list[str]:
    """The words for ssh: its options, then gce:PROJECT/ZONE/NAME. Raises UsageError where no VM is named."""
    given, kept, plain = dict[str, str](), list[str](), list[str]()
    rest = list(words[words.index("ssh") + 1 :])
    while rest:
        word = rest.pop(0)
        if word == "--":
            kept += rest
            break
        key, equals, value = word.partition("=")
        if not word.startswith("--"):
            plain.append(word)
        elif key in _VALUED:
            value = value if equals else (rest.pop(0) if rest else "")
            if key == "--ssh-flag":
                kept += shlex.split(value)
            given[key] = value
        else:
            given[key] = "yes"
    host = _HOST.fullmatch(plain[0]) if plain else None
    if host is None:
        raise UsageError("gcloud compute ssh names no VM. Try: sshwizard gce:PROJECT/ZONE/NAME")
    project, zone = given.get("--project", ""), given.get("--zone", "")
    place = "/".join(part for part in (project, zone, host["name"]) if part)
    if given.get("--ssh-key-file"):
        kept = ["-i", given["--ssh-key-file"].removesuffix(".pub"), *kept]
    if "--tunnel-through-iap" in given:
        flags = (*(("--zone", zone) if zone else ()), *(("--project", project) if project else ()))
        tunnel = ("gcloud", "compute", "start-iap-tunnel", host["name"], "%p", "--listen-on-stdin", *flags)
        kept = ["-o", f"ProxyCommand={shlex.join(tunnel)}", *kept]
    return [*_options(kept), f"{host['user']}@gce:{place}" if host["user"] else f"gce:{place}"]


def _options(words: Sequence[str]) -> list[str]:
    """Options only: a remote command behind them is not for us."""
    found: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        found.append(word)
        if len(word) == 2 and word[1] in "BbcDEeFIiJLlmOoPpQRSWw" and rest:
            found.append(rest.pop(0))
    return found
