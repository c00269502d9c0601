"""Does a source that we trust confirm the key which the server shows?

Each source is one function from the scene and the key to the words that name it, or nothing. A cloud's console
output or agent joins this list as one more function.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact
from sshwizard.paths import short
from sshwizard.probes import hostkey, known_hosts, names
from sshwizard.probes.aws import looks
from sshwizard.probes.gcp import looks as google
from sshwizard.probes.process import within
from sshwizard.probes.scene import Probe, Scene

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

Vouched = Literal["confirmed", "shown", "not-shown"]
"""confirmed: a trusted source has this very key; shown: nobody has; not-shown: the key could not be read again."""

Source = Callable[[Scene, dict[str, Any]], Awaitable[str]]


async def _offered(scene: Scene) -> Fact[Vouched]:
    again = await hostkey.show_again(scene)
    if again.outcome != "shown":
        return Fact("not-shown", again.says)
    key = dict(again.data)
    for words in await asyncio.gather(*(source(scene, key) for source in SOURCES)):
        if words:
            says = f"the server shows {key['fingerprint']}, {words}"
            return Fact("confirmed", says, again.lines, data={**key, "by": words})
    return Fact("shown", again.says, again.lines, data=key)


async def _other_name(scene: Scene, key: dict[str, Any]) -> str:
    """The same key is known for another name of the same machine: its address, or a name that leads to it."""
    leg = scene.leg
    here = set((await names.lookup(leg.host)).addresses)
    mine = set(known_hosts.host_names(leg))
    for file in (*leg.values("userknownhostsfile"), *leg.values("globalknownhostsfile")):
        for name in _named_with(paths.expand(file), key["fingerprint"], here, leg.port):
            if name in mine or not (name in here or await _leads_to(name, here)):
                continue
            return f"as {short(file)} has it for {clean.line(name, 80)}, the same machine"
    return ""


async def _console(scene: Scene, key: dict[str, Any]) -> str:
    """The machine itself wrote this very key on its console, where only the account's owner and AWS can see it; and
    the address is that of the machine which the person means."""
    from sshwizard.probes.aws import hostkeys
    from sshwizard.probes.aws.asked import inquiry

    who = await looks.identity.look(scene)
    if who.outcome not in {"instance", "elsewhere"}:
        return ""
    printed = hostkeys.read(await (await inquiry(scene)).part("console"), key["fingerprint"])
    return f"as {who.data['instance']} itself wrote it on its console" if printed.outcome == "confirms" else ""


async def _agent(scene: Scene, key: dict[str, Any]) -> str:
    """The VM's guest agent gave this very key to Google, or the VM wrote it on its serial console."""
    from sshwizard.probes.gcp import hostkeys
    from sshwizard.probes.gcp.asked import inquiry

    who = await google.identity.look(scene)
    if who.outcome != "instance":
        return ""
    asked = await inquiry(scene)
    told, serial = await asyncio.gather(asked.part("host-keys"), asked.part("serial"))
    named = hostkeys.read(told, serial, key["fingerprint"])
    return f"as {who.data['vm']} itself tells Google" if named.outcome == "confirms" else ""


MOST_NAMES = 4
"""Other names of one key that are looked up."""


def _named_with(file: Path, fingerprint: str, addresses: set[str], port: int) -> list[str]:
    """The names in `file` of the lines that hold this key; of hashed lines, only those of our addresses."""
    wanted = tuple(name if port == 22 else f"[{name}]:{port}" for name in addresses)
    found: list[str] = []
    try:
        hashed = {entry.line for entry in known_hosts.entries(file, wanted) if entry.fingerprint == fingerprint}
        for entry in known_hosts.holders(file, fingerprint):
            if not entry.marker:
                pattern = entry.text.split()[0]
                found += [next(iter(addresses))] if entry.line in hashed else []
                found += [] if pattern.startswith("|") else [part for part in pattern.split(",") if _plain(part)]
    except OSError:
        return []
    return list(dict.fromkeys(_bare(name, port) for name in found))[:MOST_NAMES]


def _plain(name: str) -> bool:
    return bool(name) and not set("*?!") & set(name)


def _bare(name: str, port: int) -> str:
    host, closing, rest = name.removeprefix("[").rpartition("]:")
    return host if closing and rest == str(port) else name


async def _leads_to(name: str, addresses: set[str]) -> bool:
    return bool(addresses & set((await names.lookup(name)).addresses))


async def _sshfp(scene: Scene, key: dict[str, Any]) -> str:
    """DNS has the fingerprint (RFC 4255), and a resolver of this computer validated it (DNSSEC)."""
    host = scene.leg.host
    if names.literal(host):
        return ""
    try:
        records = await within(3, validated(host))
    except TimeoutError:
        return ""
    import hashlib

    blob = base64.b64decode(str(key["line"]).split()[2])
    digests = {2: hashlib.sha256(blob).digest(), 1: hashlib.sha1(blob).digest()}
    best = max((kind for _, kind, _ in records), default=0)  # SHA-256 where there is one
    said = [digest for _, kind, digest in records if kind == best and kind in digests]
    return "as its SSHFP record in DNS says, which DNSSEC validated" if digests.get(best) in said else ""


async def validated(host: str, resolver: Resolver | None = None) -> list[tuple[int, int, bytes]]:
    """Algorithm, kind of digest, digest: only from an answer that a resolver of this computer validated."""
    import dns.asyncresolver
    import dns.exception
    import dns.flags

    try:
        asked = resolver or dns.asyncresolver.Resolver()
        if not all(_of_this_computer(str(server)) for server in asked.nameservers):
            return []
        asked.use_edns(0, dns.flags.DO, 1232)
        asked.flags = dns.flags.RD | dns.flags.AD
        answer = await asked.resolve(host, "SSHFP")
    except (dns.exception.DNSException, OSError, UnicodeError):
        return []
    if not answer.response.flags & dns.flags.AD:
        return []
    return [(row.algorithm, row.fp_type, row.fingerprint) for row in answer]


def _of_this_computer(server: str) -> bool:
    """A resolver's word that an answer was validated counts only where nobody stands in between (resolv.conf(5))."""
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return False


SOURCES: tuple[Source, ...] = (_other_name, _sshfp, _console, _agent)

offered: Probe[Vouched] = Probe(
    "hostkey.offered", get_args(Vouched), _offered, waits="the server's key once more (gives up in 12 s)"
)
