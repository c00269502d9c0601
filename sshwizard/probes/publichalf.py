"""The public half of the key that the verdict is about, read from the private one."""

from __future__ import annotations

from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact
from sshwizard.paths import short
from sshwizard.probes import process
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.probes.scene import Probe, Scene

Derived = Literal["shown", "not-shown"]


async def _derived(scene: Scene) -> Fact[Derived]:
    """What `ssh-keygen -y` (ssh-keygen(1)) makes of the private key, with the comment of the old .pub."""
    fact = scene.facts.get("keys")
    path = str(fact.data.get("path", "")) if fact else ""
    if not path:
        return Fact("not-shown", "no key file is in question")
    ran = await process.run(("ssh-keygen", "-y", "-P", "", "-f", path), 5)
    line = clean.line(ran.out, 20_000)
    blob = public_line(line)
    if ran.code or blob is None:
        return Fact("not-shown", f"the public half of {short(path)} cannot be read without its passphrase")
    return Fact("shown", f"{short(path)} is {fingerprint(blob)}", data={"line": line})


derived: Probe[Derived] = Probe("files.public", get_args(Derived), _derived)
