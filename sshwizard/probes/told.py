"""What a server's own log says: the look on top of `serverlog`."""

from __future__ import annotations

from sshwizard.model import Confidence, Fact
from sshwizard.probes import serverlog
from sshwizard.probes.scene import Probe, Scene

CONFIDENCE: dict[str, Confidence] = {
    code: "certain" if any(rule.weight > 1 for rule in serverlog.RULES if rule.code == code) else "likely"
    for code in serverlog.CODES
}
"""How sure the lines of a server's log make a cause: a reason is proof, a mere refusal is not."""


async def _look(scene: Scene) -> Fact[str]:
    words = scene.run.words
    if not words:
        return Fact("nothing-bad", "no line of the log speaks for a known cause", source="log")
    first = words[0]
    lines = tuple(f"{word.number}: {word.text}" for word in words[:4])
    return Fact(first.code, f"line {first.number}: {first.text}", lines, source="log")


told: Probe[str] = Probe("server.log", (*serverlog.CODES, "nothing-bad"), _look, reads_log=True)
