"""Who a line of sshd's lists means, and what a line of authorized_keys holds (sshd_config(5), sshd(8)). Pure."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import ipaddress
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sshwizard.probes.keyfile import fingerprint


def user_listed(patterns: Iterable[str], user: str, address: str) -> bool | None:
    """Does a list of USER or USER@HOST patterns name this login? None: that depends on an address we do not know."""
    unsure: bool | None = False
    for pattern in patterns:
        name, at, host = pattern.rpartition("@")
        if not at:
            name, host = pattern, ""
        if name.startswith("!"):
            if _like(name[1:], user):
                return False
            continue
        if not _like(name, user):
            continue
        if not host:
            return True
        if not address:
            unsure = None
        elif address_listed(host, address):
            return True
    return unsure


def group_listed(patterns: Iterable[str], groups: Collection[str]) -> bool:
    """Is one of these groups in a list of patterns?"""
    patterns = tuple(patterns)
    if any(p.startswith("!") and any(_like(p[1:], group) for group in groups) for p in patterns):
        return False
    return any(_like(pattern, group) for pattern in patterns for group in groups)


def address_listed(pattern: str, address: str) -> bool:
    """An address, a block in CIDR form, or a name with wildcards. A name never matches: nobody is asked for it."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return _like(pattern, address)


def from_allows(value: str, address: str) -> bool | None:
    """from="…" of a key: None when names are in it, which the server looks up."""
    patterns = [one.strip() for one in value.split(",") if one.strip()]
    if any(one.startswith("!") and address_listed(one[1:], address) for one in patterns):
        return False
    if any(address_listed(one, address) for one in patterns if not one.startswith("!")):
        return True
    return None if any(letter.isalpha() and ":" not in one for one in patterns for letter in one) else False


def _like(pattern: str, text: str) -> bool:
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key of an authorized_keys file."""

    number: int
    type: str
    fingerprint: str
    options: dict[str, str]
    """Names in lower case; a flag has an empty value."""


def key_lines(text: str) -> Iterator[KeyLine]:
    """The keys of a file; a line that sshd could not read is none."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        options, rest = ("", line) if _is_type(line.split()[0]) else _split_options(line)
        words = rest.split()
        if len(words) < 2 or not _is_type(words[0]):
            continue
        try:
            blob = base64.b64decode(words[1], validate=True)
        except (binascii.Error, ValueError):
            continue
        name = words[0].encode()
        if blob[4 : 4 + len(name)] != name:
            continue
        yield KeyLine(number, words[0], fingerprint(blob), dict(_options(options)))


def _is_type(word: str) -> bool:
    return word.startswith(("ssh-", "ecdsa-", "sk-")) and not word.endswith(",")


def _split_options(line: str) -> tuple[str, str]:
    quoted = False
    for at, letter in enumerate(line):
        if letter == '"' and (at == 0 or line[at - 1] != "\\"):
            quoted = not quoted
        elif letter in " \t" and not quoted:
            return line[:at], line[at:].strip()
    return line, ""


def _options(text: str) -> Iterator[tuple[str, str]]:
    part, quoted = "", False
    for letter in f"{text},":
        if letter == '"':
            quoted = not quoted
        if letter == "," and not quoted:
            name, _, value = part.partition("=")
            if name.strip():
                yield name.strip().lower(), value.strip().strip('"')
            part = ""
        else:
            part += letter
