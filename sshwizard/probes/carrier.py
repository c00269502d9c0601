"""What the program of a ProxyCommand says when it is a cloud's own: gcloud, aws, session-manager-plugin, or ours."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import cloudlines, sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlog import Hit, Log

_ROOMS = ("gcp.", "aws.", "ssm.", "eic.", "iam.")
_MORE = {"client.tool-missing-or-outdated", "client.clock-wrong", "kex.closed-before-banner"}
_ROWS = tuple((code, weight) for code, weight, _ in cloudlines.MEANS if code.startswith(_ROOMS) or code in _MORE)
CODES = tuple(dict.fromkeys(code for code, weight in _ROWS if weight))
"""Every cause that such a program may name."""
PROVED = frozenset(code for code, weight in _ROWS if weight > 1)
"""Those of which some line is proof."""


def named(run: Run, log: Log) -> tuple[str, Hit] | None:
    """The outcome and the line that says most; the first of those that say as much."""
    best: tuple[int, str, Hit] | None = None
    for code, weight, hit in _words(run, log):
        if code in CODES and weight > (best[0] if best else 0):
            best = (weight, code if weight > 1 else f"{code}?", hit)
    return best[1:] if best else None


def _words(run: Run, log: Log) -> Iterator[tuple[str, int, Hit]]:
    """What stood among ssh's own lines, and in a text without them what was known as a tool's."""
    for hit in log.words:
        if found := cloudlines.read(hit.text):
            yield *found, hit
    for word in run.named:
        yield word.code, word.weight, Hit("", word.number, word.text, {})


async def _look(scene: Scene) -> Fact[str]:
    log = scene.run.logs[min(max(scene.index, 0), len(scene.run.logs) - 1)]
    if (found := named(scene.run, log)) is None:
        return unknown("its words name no cause")
    outcome, hit = found
    says = f"the program that was to connect says: {clean.line(hit.text, 200)}"
    return Fact(outcome, says, sshlog.quote((hit, log.first("proxy.unknown65535"))), source="log")


said: Probe[str] = Probe(
    "run.carrier",
    (*sorted(PROVED), *(f"{code}?" for code in CODES)),
    _look,
    reads_log=True,
)
