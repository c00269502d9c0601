"""What the doctor found: plain lines, Markdown, JSON (`sshwizard/doctor/1`)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sshwizard import __version__, clean, commonmark, vocabulary
from sshwizard.access import WORDS
from sshwizard.advice import WEIGHTS, Advice, Weight
from sshwizard.effects import Effect, RemoteScript
from sshwizard.exits import Exit
from sshwizard.fixes import FIXES, Refusal
from sshwizard.language import say
from sshwizard.paths import short

SCHEMA = "sshwizard/doctor/1"

HEADS: dict[Weight, str] = {
    "now": "Set right now: somebody can get in, or you are locked out",
    "soon": "Set right soon: it will cost you later",
    "note": "Worth knowing",
}
"""What a weight means."""

_LONGEST = 4000
_MOST_ROWS = 40
"""Lines of a text to copy that plain lines show."""


@dataclass(frozen=True, slots=True)
class Row:
    """An advice, and what would mend it."""

    advice: Advice
    plan: tuple[Effect, ...] | Refusal | None = None
    """None where no fix is named."""

    @property
    def preview(self) -> tuple[str, ...]:
        """The lines of the change; none where it cannot be made."""
        return tuple(line for effect in self.plan for line in effect.preview()) if isinstance(self.plan, tuple) else ()

    @property
    def needs(self) -> str:
        """What access the change needs: what a script does on a server goes through a login there."""
        return WORDS["server"] if self.scripts else vocabulary.actions()[self.advice.fix].needs

    @property
    def scripts(self) -> tuple[RemoteScript, ...]:
        """What would run on a server."""
        plan = self.plan if isinstance(self.plan, tuple) else ()
        return tuple(effect for effect in plan if isinstance(effect, RemoteScript))

    @property
    def by_hand(self) -> str:
        """Our own command for a change in an account, which is never made beside others; empty for one of here."""
        told, asks = dict(self.advice.data), getattr(FIXES.get(self.advice.fix), "asks", "")
        if "region" not in told or not self.advice.fix:
            return ""
        subject, region = self.advice.subject, told["region"]
        about = told.get("group") or told.get("vpc") or (region if region in subject else subject)
        risk = vocabulary.actions()[self.advice.fix].risk
        words = ["sshwizard", "doctor", "--only", "aws", "--do", self.advice.fix, "--about", about]
        words += ["--with", "TEXT"] if asks else []
        return shlex.join((*words, *(("--type", about) if risk == "typed" else ("--yes=confirm",))))


@dataclass(frozen=True, slots=True)
class Checkup:
    """All that was looked at."""

    rows: tuple[Row, ...]
    looked: tuple[str, ...]
    """What was looked at, in words."""
    blind: tuple[tuple[str, str], ...] = ()
    """Who could not be asked, and why."""
    left: tuple[tuple[str, str], ...] = ()
    """The same where nobody had asked for it; it does not count."""
    where: tuple[str, ...] = ()
    """The same as words of --only."""
    mended: tuple[tuple[str, bool], ...] = ()
    """Changes that were made, and whether the look that came after no longer sees the trouble."""
    by: str = "sshwizard doctor"
    """Our command that makes the changes."""

    def of(self, weight: Weight) -> tuple[Row, ...]:
        """What was found, by weight."""
        return tuple(row for row in self.rows if row.advice.weight == weight and not row.advice.unknown)

    @property
    def unknown(self) -> tuple[Advice, ...]:
        """What could not be judged."""
        return tuple(row.advice for row in self.rows if row.advice.unknown)

    @property
    def exit(self) -> Exit:
        """0: nothing to do; 1: something was found; 3: what matters could not be looked at; 4: a fix did not help."""
        if any(not proved for _, proved in self.mended):
            return Exit.NOT_PROVED
        if self.of("now") or self.of("soon"):
            return Exit.CAUSE_FOUND
        if self.blind or any(advice.weight != "note" for advice in self.unknown):
            return Exit.CANNOT_TELL
        return Exit.WORKS


def plain(seen: Checkup) -> Iterator[str]:
    """The table for people, heaviest first."""
    for title, proved in seen.mended:
        says = "proved, a second look no longer sees it" if proved else "done, and a second look still sees it"
        yield say(f"Change: {clean.line(title)}: {says}")
    for weight in WEIGHTS:
        rows = seen.of(weight)
        if rows:
            yield from ("", f"{say(HEADS[weight])} ({len(rows)})")
        for row in rows:
            yield from _row(row)
    if seen.where and not (seen.of("now") or seen.of("soon")):
        yield from ("", say("Nothing has to be done."))
    if seen.unknown or seen.blind:
        yield from ("", say("Not known"))
    for advice in seen.unknown:
        yield f"  {say(clean.line(advice.title))}: {say(clean.line(advice.unknown))}"
    for who, why in seen.blind:
        yield f"  {who}: {say(clean.line(why))}"
    yield from ("", *_looked(seen))
    if any(row.preview for row in seen.rows):
        yield say(f"To make the changes above: {seen.by} --fix (safe ones), with --yes=confirm also the others.")


def _looked(seen: Checkup) -> Iterator[str]:
    yield f"{say('Looked at:')} {', '.join(map(say, seen.looked)) or say('nothing')}"
    for who, why in seen.left:
        yield say(f"Not looked at: {who}: {clean.line(why)}")


def _row(row: Row) -> Iterator[str]:
    advice = row.advice
    yield from ("", f"  {say(clean.line(advice.title))}   [{advice.code}]")
    yield f"    {say(clean.line(advice.why, _LONGEST))}"
    for line in advice.seen:
        yield f"      {say(clean.line(line))}"
    if row.preview:
        action = vocabulary.actions()[advice.fix]
        yield f"    {say(f'Fix ({action.risk})')}: {say(action.title)}"
        yield f"      {say(f'Needs {row.needs}.')}"
        if action.price:
            yield f"      {say(action.price)}"
        yield from (f"      {say(clean.line(line, _LONGEST))}" for line in row.preview)
        if not all(script.undoable for script in row.scripts):
            yield f"    {say('This cannot be undone.')}"
    elif isinstance(row.plan, Refusal):
        yield f"    {say(f'Not by itself: {clean.line(row.plan.why)}')}"
    if row.by_hand:
        yield f"    {clean.line(row.by_hand)}"
    for name, text in advice.texts:
        yield f"    {say(clean.line(name))}:"
        rows = text.splitlines()
        yield from (f"      {clean.line(line, _LONGEST)}" for line in rows[:_MOST_ROWS])
        if len(rows) > _MOST_ROWS:
            yield f"      {say(f'… {len(rows) - _MOST_ROWS} more lines: --md or --json has all of them')}"


# ------------------------------------------------------------------ Markdown


def markdown(seen: Checkup, title: str = "ssh check-up") -> Iterator[str]:
    """The same for a ticket or a wiki."""
    yield from (f"# {say(title)}", "")
    for weight in WEIGHTS:
        rows = seen.of(weight)
        if not rows:
            continue
        yield from (f"## {say(HEADS[weight])}", "", say("| what | where | code |"), "|---|---|---|")
        for row in rows:
            named, subject = _cell(say(row.advice.title)), _cell(say(short(row.advice.subject)))
            yield f"| {named} | {subject} | `{row.advice.code}` |"
        yield ""
        for row in rows:
            yield from _section(row)
    if seen.where and not (seen.of("now") or seen.of("soon")):
        yield from (say("Nothing has to be done."), "")
    told = [(advice.title, advice.unknown) for advice in seen.unknown] + list(seen.blind)
    if told:
        rows_ = (f"- {_cell(say(what))}: {_cell(say(why))}" for what, why in told)
        yield from (f"## {say('Not known')}", "", *rows_, "")
    yield from (f"{_cell(line)}  " for line in _looked(seen))


def _section(row: Row) -> Iterator[str]:
    advice = row.advice
    yield from (f"### {_cell(say(advice.title))}", "", _cell(say(advice.why)), "")
    if advice.seen:
        yield from _fenced("\n".join(map(say, advice.seen)))
    if row.preview:
        yield from (say(f"Fix: {vocabulary.actions()[advice.fix].title}"), "")
        yield from _fenced("\n".join(map(say, row.preview)))
    for name, text in advice.texts:
        yield from (f"{_cell(say(name))}:", "", *_fenced(text))


def _fenced(text: str) -> Iterator[str]:
    yield from (commonmark.fenced(clean.line(line, _LONGEST) for line in text.splitlines()), "")


def _cell(text: str) -> str:
    """Text of strangers: no cell ends early, no tag begins, no link hides."""
    return commonmark.cell(clean.line(text, _LONGEST))


# ------------------------------------------------------------------ JSON


def as_json(seen: Checkup) -> Mapping[str, Any]:
    """The public form; what is in it only grows."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "advice": [_object(row) for row in _sorted(seen.rows)],
        "unknown": [{"who": who, "why": clean.line(why)} for who, why in (*seen.blind, *seen.left)],
        "looked": list(seen.looked),
        "mended": [{"title": title, "proved": proved} for title, proved in seen.mended],
        "exit": int(seen.exit),
    }


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (bool(row.advice.unknown), WEIGHTS.index(row.advice.weight)))


def _object(row: Row) -> Mapping[str, Any]:
    advice = row.advice
    return {
        "code": advice.code,
        "weight": advice.weight,
        "title": clean.line(advice.title),
        "why": clean.line(advice.why, _LONGEST),
        "seen": [clean.line(line) for line in advice.seen],
        "subject": clean.line(advice.subject),
        "fix": advice.fix if row.preview else "",
        "preview": [clean.line(line, _LONGEST) for line in row.preview],
        "refusal": clean.line(row.plan.why) if isinstance(row.plan, Refusal) else "",
        "texts": [
            {"name": clean.line(name), "text": "\n".join(clean.line(line, _LONGEST) for line in text.splitlines())}
            for name, text in advice.texts
        ],
        "unknown": clean.line(advice.unknown),
    }
