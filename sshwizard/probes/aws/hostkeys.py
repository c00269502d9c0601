"""The host key that the server showed, against those that the machine wrote on its console when it was set up."""

from __future__ import annotations

from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.console import text_of
from sshwizard.probes.aws.looks import ConsoleKeys
from sshwizard.probes.blind import blind
from sshwizard.probes.console import key_kind, read_text
from sshwizard.probes.scene import Scene


def read(answer: Answer, shown: str, type_: str = "") -> Fact[ConsoleKeys]:
    """`shown`: the SHA256 fingerprint that the server showed. Only a console that names another key of the same type
    speaks against it."""
    if isinstance(answer, Unseen):
        return blind(answer)
    keys = read_text(text_of(answer)).host_keys
    printed = list(keys)
    data = {"host_keys": printed, "fingerprint": shown, "type": type_, "instance": answer.get("InstanceId", "")}
    show = as_typed("ec2", "get-console-output", "--output", "text", "--instance-id", str(answer.get("InstanceId", "")))
    if shown in printed:
        return Fact("confirms", f"the machine itself wrote this key on its console: {shown}", (shown,), show, data)
    others = tuple(f"{kind} {one}" for one, kind in keys.items() if kind == key_kind(type_))
    if not others or not shown:
        return Fact("silent", "the console does not show this kind of host key", command=show, data=data)
    return Fact("contradicts", f"the server shows {shown}, and the machine wrote another key on its console", others,
                show, data)  # fmt: skip


async def look(scene: Scene) -> Fact[ConsoleKeys]:
    answer = await (await inquiry(scene)).part("console")
    seen = scene.facts.get("hostkey")
    data = seen.data if seen else {}
    return read(answer, str(data.get("fingerprint", "")), str(data.get("type", "")))
