"""The person's own certificates: of this key, valid now, for this account, from this address, and taken?"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact
from sshwizard.paths import short, spelled
from sshwizard.probes import agent, process
from sshwizard.probes.keyfile import examine, fingerprint, public_line
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.sshlog import Hit

Certificate = Literal[
    "none", "fine", "refused", "missing", "expired", "not-yet-valid", "wrong-principal", "no-principals",
    "host-certificate", "other-key", "source-address", "perhaps-source-address",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate that this connection would use, as `ssh-keygen -L` lists it."""

    named: str
    listing: str
    path: str = ""
    """Empty for one in the agent."""
    keys: Collection[str] = ()
    """Fingerprints of the private keys that can prove it; none when that is not known."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The two addresses of the connection, as this computer sees them; empty when not known."""

    ours: str = ""
    theirs: str = ""


async def _certificate(scene: Scene) -> Fact[Certificate]:
    leg = scene.leg
    if missing := _missing(leg):
        return missing
    tcp = scene.facts.get("tcp")
    ends = _ends(str(tcp.data.get("addr", "")) if tcp else "")
    seen = [read_certificate(one, leg.user, ends) for one in await _held(leg)]
    if not seen:
        return Fact("none", "no certificate is in use")
    best = next((fact for fact in seen if fact.outcome == "fine"), seen[0])
    log = scene.run.logs[scene.index]
    if best.outcome == "fine" and _offered(log.all("auth.offer")) and not _offered(log.all("auth.accept")):
        outcome: Certificate = "refused" if best.data["names"] else "no-principals"
        return Fact(outcome, f"{best.says}, and the server refused it", best.lines, best.command, best.data)
    return best


def _offered(hits: Collection[Hit]) -> bool:
    return any("-CERT" in hit["key"] for hit in hits)


async def _held(leg: Leg) -> list[Held]:
    """The certificates that CertificateFile names, those beside the identity files (ssh(1), -i), and the agent's."""
    lines = await agent.held(leg)
    agents = {fingerprint(blob) for line in lines if (blob := public_line(line))}
    own = {paths.expand(name): examine(paths.expand(name)).fingerprint for name in leg.values("identityfile")}
    found = []
    for file in dict.fromkeys(paths.expand(name) for name in leg.values("certificatefile")):
        found += await _listed(file, {*agents, *own.values()} if all(own.values()) else ())
    for key, print_ in own.items():
        found += await _listed(key.with_name(key.name + "-cert.pub"), {*agents, print_} if print_ else ())
    for line in lines:
        if "-cert-v01@openssh.com" in line.partition(" ")[0]:
            result = await process.run(("ssh-keygen", "-L", "-f", "-"), 2, f"{line}\n".encode())
            found += [Held("the certificate in the agent", result.out)] if result.code == 0 else []
    return found


async def _listed(file: Path, keys: Collection[str]) -> list[Held]:
    if not file.is_file():
        return []
    result = await process.run(("ssh-keygen", "-L", "-f", str(file)), 2)
    return [Held(short(file), result.out, str(file), keys)] if result.code == 0 else []


def _missing(leg: Leg) -> Fact[Certificate] | None:
    """A CertificateFile that somebody named and that is not there."""
    for name in leg.values("certificatefile"):
        file = paths.expand(name)
        if name == "none" or file.exists():
            continue
        named, setting = short(file), leg.setting("certificatefile", name)
        says = f"there is no certificate at {named}" + (f", which {setting.place} names" if setting else "")
        shown = (setting.shown,) if setting else ()
        return Fact("missing", says, shown, f"ls -l {spelled(file)}", {"path": str(file), "named": named})
    return None


def read_certificate(held: Held, user: str, ends: Ends = Ends()) -> Fact[Certificate]:
    """Judge the listing of one certificate against its key, the clock, the login name and our address."""
    text, named = held.listing, held.named
    names = principals(text)
    data = {"path": held.path, "named": named, "names": names}
    command = f"ssh-keygen -L -f {spelled(held.path)}" if held.path else "ssh-add -L | grep cert | ssh-keygen -L -f -"

    def fact(outcome: Certificate, says: str) -> Fact[Certificate]:
        return Fact(outcome, f"{named} {says}", clean.lines(text, 14), command, data)

    if " host certificate" in text:
        return fact("host-certificate", "is a certificate for a machine, not for a person")
    print_ = re.search(r"Public key: \S+ (SHA256:\S+)", text)
    if print_ and held.keys and print_.group(1) not in held.keys:
        return fact("other-key", f"is for the key {print_.group(1)}, and the private key here is another one")
    now = datetime.now()
    if valid := re.search(r"Valid: from (\S+) to (\S+)", text):
        begins, ends_at = (datetime.fromisoformat(part) for part in valid.groups())
        if ends_at < now:
            return fact("expired", f"ended {ends_at:%Y-%m-%d %H:%M}")
        if begins > now:
            return fact("not-yet-valid", f"begins {begins:%Y-%m-%d %H:%M}; it is {now:%Y-%m-%d %H:%M} here")
    if names and user and user not in names:
        listed = ", ".join(clean.line(name, 40) for name in names[:5])
        return fact("wrong-principal", f"is for {listed}, and the login name is {user}")
    if limit := re.search(r"^\s+source-address (\S+)", text, re.M):
        within = allows(limit.group(1), ends.ours)
        if within is False:
            says = f"is good only from {clean.line(limit.group(1), 80)}; this computer's address is {ends.ours}"
            return fact("source-address" if _seen_as_it_is(ends) else "perhaps-source-address", says)
    return fact("fine", f"is valid now and names {user}" if names else "is valid now and names no account at all")


def principals(text: str) -> list[str]:
    """The names in the Principals block of a listing."""
    block = re.search(r"^( *)Principals:[^\n]*\n((?:\1 +\S[^\n]*\n)*)", text, re.M)
    names = [row.strip() for row in block.group(2).splitlines()] if block else []
    return [name for name in names if name and name != "(none)" and not name.endswith(":")]


# ------------------------------------------------------------------ addresses


def allows(limit: str, address: str) -> bool | None:
    """Does a source-address option (PROTOCOL.certkeys: CIDR networks) cover `address`? None when it cannot be told."""
    try:
        here = ipaddress.ip_address(address)
        networks = [ipaddress.ip_network(part, strict=False) for part in limit.split(",")]
    except ValueError:
        return None
    return any(here.version == network.version and here in network for network in networks)


def _seen_as_it_is(ends: Ends) -> bool:
    """True when the server sees our address as it is: it is a public one, or both ends share a private range."""
    try:
        ours, theirs = ipaddress.ip_address(ends.ours), ipaddress.ip_address(ends.theirs)
    except ValueError:
        return False
    return ours.is_global or (not theirs.is_global and ours.version == theirs.version)


def _ends(address: str) -> Ends:
    """The address that this computer would send from to `address`: a datagram socket is told, and sends nothing."""
    try:
        there = ipaddress.ip_address(address)
        with closing(
            socket.socket(socket.AF_INET6 if there.version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
        ) as way:
            way.connect((address, 22))
            return Ends(way.getsockname()[0], address)
    except (ValueError, OSError):
        return Ends()


certificate: Probe[Certificate] = Probe("files.certificate", get_args(Certificate), _certificate)
