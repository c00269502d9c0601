"""The host key that the server showed, against those that the VM's guest agent gave to Google.

The agent writes them as guest attributes under hostkeys/ when enable-guest-attributes is on (Compute Engine, Store
host keys by enabling guest attributes); a boot also prints their fingerprints on the serial console.
"""

from __future__ import annotations

from collections.abc import Mapping

from sshwizard import clean
from sshwizard.cloud.gcp.names import NOWHERE, Place
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind
from sshwizard.probes.console import key_kind, read_text
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.console import text_of
from sshwizard.probes.gcp.looks import HostKeys
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.probes.scene import Scene


def attributes(answer: Answer) -> dict[str, str]:
    """SHA256 fingerprints and their kinds, from getGuestAttributes: a key's type, and its blob as base64."""
    if isinstance(answer, Unseen):
        return {}
    value = answer.get("queryValue")
    rows = value.get("items") or () if isinstance(value, Mapping) else ()
    found: dict[str, str] = {}
    for row in rows:
        if row.get("namespace") == "hostkeys" and (blob := public_line(f"{row.get('key')} {row.get('value')}")):
            found[fingerprint(blob)] = key_kind(str(row.get("key")))
    return found


def read(told: Answer, serial: Answer, shown: str, type_: str = "", place: Place = NOWHERE) -> Fact[HostKeys]:
    """`shown`: the SHA256 fingerprint that the server showed. Only a key of the same type speaks against it."""
    if isinstance(told, Unseen) and told.kind != "missing" and isinstance(serial, Unseen):
        return blind(told, serial)
    given, printed = attributes(told), read_text(text_of(serial)).host_keys
    command = of(place, "instances", "get-guest-attributes", "--query-path=hostkeys/")
    data = {"host_keys": [*given, *printed], "fingerprint": shown, "type": type_, "vm": clean.line(place.name, 80)}
    for keys, where in (
        (given, "gave this key to Google as a guest attribute"),
        (printed, "wrote this key on its serial console"),
    ):
        if shown in keys:
            return Fact("confirms", f"the VM itself {where}: {shown}", (shown,), command, data)
    others = tuple(f"{kind} {one}" for one, kind in {**printed, **given}.items() if kind == key_kind(type_))
    if not others or not shown:
        return Fact("silent", "neither guest attributes nor the serial console name this kind of host key",
                    command=command, data=data)  # fmt: skip
    return Fact("contradicts", f"the server shows {shown}, and the VM itself names another key", others, command, data)


async def look(scene: Scene) -> Fact[HostKeys]:
    asked = await inquiry(scene)
    who = await asked.identity()
    seen = scene.facts.get("hostkey")
    data = seen.data if seen else {}
    told, serial = await asked.part("host-keys"), await asked.part("serial")
    return read(told, serial, str(data.get("fingerprint", "")), str(data.get("type", "")), who.place)
