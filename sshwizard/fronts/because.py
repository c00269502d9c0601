"""Why, in words: the paragraphs that the screen, the conversation and a command show. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sshwizard import vocabulary, wording
from sshwizard.fronts.why import Link, Standing, Why
from sshwizard.language import say
from sshwizard.wording import Mark

Kind = Literal["claim", "because", "heading", "link", "line", "command", "aside", "blank"]


@dataclass(frozen=True, slots=True)
class Told:
    """One paragraph of the page."""

    kind: Kind
    text: str = ""
    mark: Mark | None = None
    by: str = ""
    """What answered a question, in brackets."""
    those: tuple[str, ...] = ()
    """What the text is about, one after the other."""

    @property
    def said(self) -> str:
        """The paragraph in the reader's language."""
        if self.kind in {"line", "command"}:
            return self.text
        those = "; ".join(map(say, self.those))
        return " ".join(part for part in (say(self.text), those, say(self.by)) if part)


STANDS: Mapping[Standing, str] = {
    "found": "This is the verdict.",
    "possible": "It is possible.",
    "ahead": "It is still ahead.",
    "open": "It is not ruled out.",
    "beyond": "Nobody looked: the connection stopped before it.",
    "ruled-out": "It is ruled out.",
    "answered": "This was answered.",
    "aside": "It is not on this way.",
}
SAYS: Mapping[str, str] = {
    "here": "(a look at this computer)",
    "network": "(a look over the network, without a login)",
    "ssh": "(your own ssh connection)",
    "login": "(your own login on the server)",
    "server": "(a look inside the server)",
    "cloud": "(the cloud's API)",
    "by the text": "(by the text)",
    "you": "(you)",
}
"""Who answered a question, or what access the look needed."""
_SURE = {
    "certain": "certain: a look or ssh's own words proved it",
    "likely": "likely: it fits, and it is not proved",
    "possible": "possible",
    "seen": "it was seen",
    "your word": "it is your word",
}


def told(one: Why) -> Iterator[Told]:
    """The whole page: the claim, how sure, the chain, what is open."""
    yield Told("claim", one.claim)
    if one.standing != "found":
        yield Told("because", STANDS[one.standing])
    yield Told("because", one.because)
    if one.sure or one.no_surer:
        yield Told("heading", "How sure")
        if one.sure:
            yield Told("because", _SURE.get(one.sure, one.sure))
        if one.no_surer:
            yield Told("because", f"Why not surer: {one.no_surer}")
    if one.unknown:
        yield Told("heading", "Not known")
        for link in one.unknown:
            yield Told("link", f"{link.asks} {link.says}", "unknown")
            if link.command:
                yield Told("command", link.command)
    if one.decides:
        yield Told("heading", "What would decide it")
        yield Told("because", one.decides)
    if one.chain:
        yield Told("heading", "Question by question")
        for link in one.chain:
            yield from _told_link(link)
    if one.alike:
        yield Told("heading", "Looks the same from here")
        for code in one.alike:
            entry = vocabulary.causes()[code]
            yield Told("aside", f"It could also be: {entry.title} [{code}], shown by: {entry.proof}")
            if often := one.often.get(code):
                yield Told("aside", often)


_NAMED = 3


def _told_link(link: Link) -> Iterator[Told]:
    yield Told("link", f"{link.asks} {link.says}", link.mark, SAYS[link.by])
    if link.line and link.line != link.says:
        yield Told("line", link.line)
    if out := link.rules_out:
        if len(out) <= _NAMED:
            yield Told("aside", "ruled out:", those=tuple(vocabulary.causes()[code].title for code in out))
        else:
            yield Told("aside", f"causes ruled out: {len(out)}, such as {vocabulary.causes()[out[0]].title}")


_INDENT = {"line": "       ", "command": "       $ ", "aside": "       "}


def plain_lines(one: Why) -> Iterator[str]:
    """The same as lines of plain text."""
    for part in told(one):
        if part.kind == "claim" and one.standing == "found" and one.code:
            yield say(f"So it is: {part.text} [{one.code}].")
            continue
        if part.kind == "heading":
            yield ""
        sign = f"{wording.mark(part.mark, ascii_only=True)} " if part.mark else ""
        yield f"{_INDENT.get(part.kind, '')}{sign}{part.said}" + (":" if part.kind == "heading" else "")
