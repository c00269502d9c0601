"""The course around its exercises: the list, the progress, hints and answers, a team's own files, and their proof."""

from __future__ import annotations

import json as _json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sshwizard import clean, vocabulary
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts.telling import hint as next_hint
from sshwizard.fronts.telling import told
from sshwizard.lab import CHAPTERS, EXERCISES, OPEN, BadExercise, Exercise, course
from sshwizard.lab import progress as kept
from sshwizard.lab.exercise import NONE
from sshwizard.lab.progress import Row
from sshwizard.language import say
from sshwizard.language.cells import width

if TYPE_CHECKING:
    from sshwizard.lab.check import Proof

TEAM = "Your team's own"
_NEEDS = {"aws": " (on the AWS of this machine)", "gcp": " (on the Google Cloud of this machine)"}
COLUMNS = ("solved", "tries", "hints", "points", "time", "best", "tutor")
"""The words above the progress."""
_CELLS = (6, 6, 6, 7, 7, 7, 7)


def chapters(teams: Sequence[Exercise]) -> Iterator[tuple[str, tuple[Exercise, ...]]]:
    """The course, and then the team's own exercises."""
    for chapter in CHAPTERS:
        yield chapter.title, tuple(EXERCISES[id_] for id_ in chapter.ids)
    if teams:
        yield TEAM, tuple(teams)


# ---------------------------------------------------------------- what there is


def listed(teams: Sequence[Exercise], *, json: bool) -> Exit:
    """Every exercise by chapter, with what is solved."""
    rows = kept.rows()
    if json:
        _as_json(
            [
                {**_about(title, one), **asdict(rows.get(one.id, Row()))}
                for title, some in chapters(teams)
                for one in some
            ]
        )
        return Exit.WORKS
    longest = max(len(one.id) for _, some in chapters(teams) for one in some)
    for title, some in chapters(teams):
        done = sum(rows.get(one.id, Row()).solved > 0 for one in some)
        print(f"{say(title)}: {_of(done, len(some))}")
        for one in some:
            mark = "x" if rows.get(one.id, Row()).solved else " "
            print(f"  [{mark}] {one.id:<{longest}}  {told(one, one.title)}{say(_NEEDS.get(one.cloud, ''))}")
        print()
    print(say(f"To leave running: {', '.join(OPEN)}. Begin: sshwizard lab next, or sshwizard lab ID --try"))
    return Exit.WORKS


def _of(solved: int, there: int) -> str:
    return say(f"{solved} of {there} solved")


def _about(chapter: str, one: Exercise) -> dict[str, Any]:
    return {
        "id": one.id, "chapter": chapter, "title": one.title, "level": one.level, "cloud": one.cloud, "ends": one.ends,
        "hints_there": len(one.hints),
    }  # fmt: skip


def following(teams: Sequence[Exercise]) -> str:
    """The first one that is not solved. Raises UsageError when all are."""
    rows = kept.rows()
    for _, some in chapters(teams):
        for one in some:
            if not rows.get(one.id, Row()).solved:
                print(f"{one.id}: {told(one, one.title)}", file=sys.stderr)
                return one.id
    raise UsageError("every exercise is solved. sshwizard lab --reset begins the course anew")


def progress(teams: Sequence[Exercise], *, json: bool) -> Exit:
    """A table of chapters: solved, hints, time, best."""
    rows = kept.rows()
    everything = [(title, one) for title, some in chapters(teams) for one in some]
    if json:
        _as_json({id_: asdict(row) for id_, row in rows.items()})
        return Exit.WORKS
    words = [say(word) for word in COLUMNS]
    rooms = [max(room, width(word)) for word, room in zip(words, _CELLS, strict=True)]
    print(" " * 22 + "".join(f" {_right(word, room)}" for word, room in zip(words, rooms, strict=True)))
    before = ""
    for title, one in everything:
        if title != before:
            some = [rows.get(other.id, Row()) for at, other in everything if at == title]
            solved = sum(row.solved > 0 for row in some)
            print(f"{say(title)}: {_of(solved, len(some))}")
            before = title
        if row := rows.get(one.id):
            times = [f"{value} s" if value else "-" for value in (row.seconds, row.best)]
            tutor = f"{row.right}/{row.asked}" if row.asked else "-"
            cells = (row.solved, row.tries, row.hints, row.points, *times, tutor)
            shown = (f" {_right(str(cell), room)}" for cell, room in zip(cells, rooms, strict=True))
            print(f"  {one.id:<20.20}{''.join(shown)}")
    total = sum(rows[one.id].points for _, one in everything if one.id in rows)
    path, most = kept.file(), kept.FULL * len(everything)
    print(say(f"{total} of {most} points. Kept in {path}"))
    return Exit.WORKS


def _right(text: str, room: int) -> str:
    """At the right end of so many cells."""
    return " " * (room - width(text)) + text


def reset(id_: str | None, teams: Sequence[Exercise]) -> Exit:
    """Forget what was done."""
    try:
        kept.reset(course.named(id_, teams).id if id_ else "")
    except OSError as error:
        raise UsageError(f"the progress cannot be written: {error}") from None
    print(say(f"Forgotten: {id_}" if id_ else "The course begins anew."))
    return Exit.WORKS


# ---------------------------------------------------------------- one exercise without its world


def hint(exercise: Exercise) -> Exit:
    """The next hint."""
    print(next_hint(exercise))
    return Exit.WORKS


def answer(exercise: Exercise, code: str) -> Exit:
    """The learner names the cause."""
    from sshwizard.commands.practising import solved

    if code not in vocabulary.causes() and code != NONE:
        raise UsageError(f"{clean.line(code, 60)!r} is no cause. See: sshwizard causes")
    if code not in exercise.causes:
        with suppress(OSError):
            kept.missed(exercise.id)
        print(say("No, that is not it."))
        return Exit.CAUSE_FOUND
    if exercise.ends == "works":
        print(say(f"Right. Now mend it: sshwizard lab {exercise.id} --try, or sshwizard lab {exercise.id}"))
        return Exit.WORKS
    try:
        row = kept.solved(exercise.id, None)
    except OSError:
        row = None
    print(solved(exercise, row))
    return Exit.WORKS


# ---------------------------------------------------------------- a team's own


def create(name: str) -> Exit:
    """Write a file to begin with."""
    from sshwizard.lab import template

    try:
        place = template.create(name)
    except BadExercise:
        said = clean.line(name, 60)
        raise UsageError(
            f"a name has small letters, digits and dashes, and is no word of the lab, not {said!r}"
        ) from None
    except FileExistsError as error:
        raise UsageError(f"there is such a file already: {error.filename}") from None
    except OSError as error:
        raise UsageError(f"no file can be written: {error}") from None
    print(place)
    print(say(f"Edit it, then: sshwizard lab check {name}"))
    return Exit.WORKS


def faults() -> Exit:
    """The vocabulary."""
    from sshwizard.lab.faults import FAULTS

    for name, word in FAULTS.items():
        values = ", ".join(word.values) if word.values else say(word.wrong(None))
        print(f"{name:<20} {say(word.says)}: {values}")
    return Exit.WORKS


def chosen(ids: Sequence[str], teams: Sequence[Exercise], place: Path | None) -> tuple[Exercise, ...]:
    """Which ones are to be proved: those that are named, those of --from, or all."""
    if ids:
        return tuple(course.named(id_, teams) for id_ in dict.fromkeys(ids))
    return tuple(teams) if place is not None else (*EXERCISES.values(), *teams)


def check(exercises: Sequence[Exercise], jobs: int, *, json: bool) -> Exit:
    """Prove them; a table, and exit code 1 when one does not hold, 3 when this machine can prove none."""
    from sshwizard.lab.check import check as prove

    def show(proof: Proof) -> None:
        if not json:
            holds = "skip" if proof.skipped else "bad" if proof.wrong else "ok"
            line = f"{proof.id:<24} {proof.seconds:5.1f} s  {proof.found:<34} {say(proof.solved)}".rstrip()
            print(holds.ljust(4), line, flush=True)
            for says in (proof.skipped, *proof.wrong):
                if says:
                    print(f"     {say(says)}", flush=True)

    proofs = prove(exercises, jobs, show)
    bad, skipped = sum(bool(proof.wrong) for proof in proofs), sum(bool(proof.skipped) for proof in proofs)
    proved = len(proofs) - skipped
    if json:
        _as_json([asdict(proof) for proof in proofs])
    elif skipped:
        print(say(f"{proved - bad} of {proved} hold; skipped: {skipped}."))
    else:
        print(say(f"{proved - bad} of {proved} hold."))
    return Exit.CAUSE_FOUND if bad else Exit.WORKS if proved else Exit.CANNOT_TELL


def _as_json(value: object) -> None:
    print(_json.dumps(value, ensure_ascii=False, indent=1))
