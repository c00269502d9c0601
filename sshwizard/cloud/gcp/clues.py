"""What the words that were typed say about Compute Engine, before anybody is asked."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sshwizard.cloud.gcp import names, ranges
from sshwizard.cloud.gcp.names import NOWHERE, Place

Ground = Literal["typed", "config-ssh", "dns", "tunnel", "range", "reverse-name", "hop", "wish"]
"""Why Google may be asked: `gce:` was typed, a host of `gcloud compute config-ssh`, an internal DNS name, a
ProxyCommand with gcloud's tunnel, the table of ranges, the name that DNS gives for the address, the hop before being a
VM of ours, or the person's own word."""
_REVERSE = ".bc.googleusercontent.com"
"""The PTR of external addresses (Compute Engine, External IP addresses)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person said about Google Cloud."""

    projects: tuple[str, ...] = ()
    """Given with --project."""
    off: bool = False
    """True when no cloud may be asked at all."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who is meant: everything that is known of one hop before Google is asked."""

    typed: str
    host: str
    addresses: tuple[str, ...] = ()
    """What the name stands for."""
    reverse: tuple[str, ...] = ()
    """The names that DNS gives for those addresses (PTR)."""
    key_alias: str = ""
    """HostKeyAlias."""
    proxy: tuple[str, ...] = ()
    """The words of ProxyCommand."""
    hop: Place | None = None
    """The hop before, when that is a VM of ours."""


@dataclass(frozen=True, slots=True)
class Clue:
    """What to look for, and on which ground."""

    ground: Ground
    place: Place = NOWHERE
    addresses: tuple[str, ...] = ()


def clue(question: Question, wish: Wish) -> Clue | None:
    """On what ground Google is asked about this host; None for a host that does not concern it."""
    words = tuple(dict.fromkeys((question.typed, question.host)))
    if found := named(words, question.key_alias, question.proxy):
        return found
    literals = tuple(word for word in words if _literal(word))
    addresses = tuple(dict.fromkeys((*literals[:1], *question.addresses)))
    if any(ranges.region_of(one) for one in addresses):
        return Clue("range", addresses=addresses)
    if any(name.lower().rstrip(".").endswith(_REVERSE) for name in question.reverse):
        return Clue("reverse-name", addresses=addresses)
    if question.hop and addresses:
        return Clue("hop", Place(project=question.hop.project), addresses)
    if wish.projects:
        if addresses:
            return Clue("wish", Place(project=wish.projects[0]), addresses)
        name = names.typed(f"gce:{question.typed}")
        return Clue("wish", Place(question.typed, project=wish.projects[0])) if name and name.name else None
    return None


def named(words: Sequence[str], key_alias: str = "", proxy: Sequence[str] = ()) -> Clue | None:
    """The VM that the words alone name."""
    for word in words:
        if found := names.typed(word):
            return Clue("typed", found)
    if found := names.of_tunnel(proxy):
        return Clue("tunnel", found)
    for word in words:
        if found := names.of_config_ssh(word, key_alias):
            return Clue("config-ssh", found)
        if found := names.of_dns(word.lower()):
            return Clue("dns", found)
    return None


def _literal(word: str) -> bool:
    try:
        ipaddress.ip_address(word.partition("%")[0])
    except ValueError:
        return False
    return True
