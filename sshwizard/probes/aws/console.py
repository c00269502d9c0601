"""What an EC2 instance wrote on its console.

EC2 keeps the newest 64 KiB, posts them some minutes late, and keeps them over a reboot (GetConsoleOutput).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.blind import blind
from sshwizard.probes.console import outcome, read_text
from sshwizard.probes.scene import Scene


def text_of(answer: Answer) -> str:
    """The text of GetConsoleOutput; empty before the first was posted."""
    return "" if isinstance(answer, Unseen) else str(answer.get("Output", "") or "")


def read(answer: Answer, now: datetime | None = None) -> Fact[str]:
    """The cause that the console proves; with a question mark one that it only speaks for."""
    if isinstance(answer, Unseen):
        return blind(answer)
    text, id_ = text_of(answer), str(answer.get("InstanceId", ""))
    command = as_typed("ec2", "get-console-output", "--latest", "--output", "text", "--instance-id", id_)
    if not text.strip():
        return Fact("empty", "the instance has not written anything on its console yet", command=command)
    found = read_text(text)
    age = _age(str(answer.get("Timestamp", "")), now or datetime.now(UTC))
    data: dict[str, Any] = {"host_keys": list(found.host_keys), "users": list(found.users), "login": found.login > 0,
                            "age": age}  # fmt: skip
    words = found.troubles
    if not words:
        says = "the console shows a login prompt" if found.login else "the console shows no known trouble"
        return Fact("nothing", says, clean.lines("\n".join(text.splitlines()[-3:])), command, data)
    first = words[0]
    lines = tuple(dict.fromkeys(word.text for word in words))[:4]
    return Fact(outcome(first), f"the console says: {first.says}", lines, command, data)


def _age(stamp: str, now: datetime) -> int | None:
    """Seconds since the text was posted."""
    try:
        return max(0, int((now - datetime.fromisoformat(stamp)).total_seconds()))
    except (ValueError, TypeError):
        return None


async def look(scene: Scene) -> Fact[str]:
    return read(await (await inquiry(scene)).part("console"))
