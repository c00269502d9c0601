"""What a text says by itself: a server's own log, or a tool around ssh that names the cause."""

from __future__ import annotations

from collections.abc import Collection

from sshwizard.model import Fact
from sshwizard.probes import cloudlines, serverlines, sshlog
from sshwizard.probes.hints import HINTS, hints
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.serverlog import Word

CODES = tuple(
    dict.fromkeys(
        (
            *(rule.code for rule in serverlines.rules() if rule.code),
            *(code for code, _, _ in cloudlines.MEANS),
            *(code for _, code, _, _ in HINTS),
        )
    )
)
"""Every cause that a text can name by itself."""

PROVED = {
    *(rule.code for rule in serverlines.rules() if rule.code and rule.weight > 1),
    *(code for code, weight, _ in cloudlines.MEANS if weight > 1),
    *(code for _, code, weight, _ in HINTS if weight > 1),
}
"""Those of which some line is proof: a reason, and not a mere refusal."""


def outcome(word: Word) -> str:
    """A cause's code as the outcome of the look; a question mark says that the line is no proof."""
    return word.code if word.weight > 1 else f"{word.code}?"


def words_of(run: Run) -> tuple[Word, ...]:
    """Everything that a text says by itself, the weightiest first."""
    every = (*run.words, *run.named, *hints(run.logs[-1]))
    return tuple(sorted(every, key=lambda word: (-word.weight, -word.number)))


def deciding(run: Run, codes: Collection[str]) -> tuple[Word, ...]:
    """The words that decide between causes which look the same to the client: of a server, those about the
    same account, and of a tool that names one of them."""
    denied = run.logs[-1].newest("au.denied", "auth.as")
    user = denied["user"] if denied else ""
    about = [word for word in run.logins if not user or word.user in {"", user}]
    others = [word for word in run.words if word.subject != "auth"]
    tools = [word for word in run.named if word.weight > 1 or word.code in codes]
    return tuple(word for word in (*about, *others, *tools) if word.code in codes or word in tools)


async def _look(scene: Scene) -> Fact[str]:
    run = scene.run
    words = run.decided or words_of(run)
    if not words:
        return Fact("nothing-bad", "no line of the text speaks for a known cause", source="log")
    first = words[0]
    lines = tuple(f"{word.number}: {word.text}" for word in words[:3])
    ends = sshlog.quote(reversed(run.logs[-1].all(*_ENDS)), 2)
    return Fact(
        outcome(first), f"line {first.number}: {first.says}", tuple(dict.fromkeys((*lines, *ends))), source="log"
    )


_ENDS = ("au.denied", "au.refused", "tcp.fail", "banner.closed", "banner.closed2", "banner.timeout",
         "proxy.unknown65535",          "kex.nomatch", "se.conn_closed")  # fmt: skip

told: Probe[str] = Probe(
    "text.words",
    (*sorted(PROVED), *(f"{code}?" for code in CODES), "nothing-bad"),
    _look,
    reads_log=True,
)
