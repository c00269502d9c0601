"""The course: which exercises there are, in which chapters, and those that a team made for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sshwizard import clean, paths
from sshwizard.lab.bench import LabError
from sshwizard.lab.exercise import NONE, BadExercise, Exercise, read

SUFFIX = ".toml"
_HERE = Path(__file__).with_name("exercises")


@dataclass(frozen=True)
class Chapter:
    """Some exercises that belong together, in the order in which they are best done."""

    title: str
    ids: tuple[str, ...]


CHAPTERS = (
    Chapter("First day", ("healthy", "open-key", "unknown-host", "wrong-user", "refused-port")),
    Chapter("Keys", ("missing-key", "public-half", "damaged-key", "sealed-key", "wrong-key", "too-many-keys")),
    Chapter("Host keys", ("changed-host-key", "damaged-line", "revoked-host-key")),
    Chapter("The path", ("silent-port", "nobody-listens", "web-server-answers", "first-value-wins", "full-house")),
    Chapter("Jump hosts", ("three-hops", "strange-jump", "closed-corridor")),
    Chapter(
        "Cloud",
        (
            "closed-security-group", "stopped-instance", "sshd-down", "wrong-image-user", "network-acl-denies",
            "no-internet-route", "firewall-other-source", "wrong-network-tag", "deny-rule-wins", "os-login-on",
            "metadata-key-expired", "guest-agent-down", "role-is-missing",
        ),
    ),
    Chapter("Other ways in", ("lost-key", "private-server", "only-the-agent")),
    Chapter(
        "Incident",
        ("nologin", "disk-is-full", "one-behind-the-other", "cloud-and-key", "log-of-a-night", "log-of-a-server"),
    ),
)  # fmt: skip
"""The course, from the first day to the night of an incident."""

OPEN = ("aws", "gcp")
"""Clouds to leave running: no exercises."""


@cache
def _built_in(id_: str) -> Exercise:
    return read(_HERE / f"{id_}{SUFFIX}")


class _Exercises(Mapping[str, Exercise]):
    """Read one by one, when they are wanted."""

    _ids = tuple(id_ for chapter in CHAPTERS for id_ in chapter.ids)

    def __getitem__(self, id_: str) -> Exercise:
        if id_ not in self._ids:
            raise KeyError(id_)
        return _built_in(id_)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


EXERCISES: Mapping[str, Exercise] = _Exercises()
"""Every exercise of the course by its id, in its order."""

_OPEN: Mapping[str, Exercise] = MappingProxyType(
    {
        "aws": Exercise(
            "aws", "An account of your own to play with.",
            "You are Dana and have a small account with one web server. Nothing is wrong with it.",
            NONE, ("Break it yourself, with the aws command line.",), "practice",
            faults=(("aws.instance", "running"),),
        ),
        "gcp": Exercise(
            "gcp", "A Google Cloud project of your own to play with.",
            "You are Dana and have a small project with one web server. Nothing is wrong with it.",
            NONE, ("Break it yourself, with gcloud.",), "practice",
            faults=(("gcp.project", "gcp"),),
        ),
    }
)  # fmt: skip


def is_ours(exercise: Exercise) -> bool:
    """True for one of the course as it is built in: its texts are in the catalogues of languages."""
    return exercise in (EXERCISES.get(exercise.id), _OPEN.get(exercise.id))


def team_dir() -> Path:
    """Where a team's own exercises are found."""
    return paths.config_dir() / "exercises"


def of(place: Path) -> tuple[Exercise, ...]:
    """The exercises in a file or in a directory of files. Raises BadExercise for the first bad one."""
    if place.is_dir():
        found = tuple(read(file) for file in sorted(place.glob(f"*{SUFFIX}")))
        if not found:
            raise BadExercise(f"{place}: no file here ends in {SUFFIX}")
    else:
        found = (read(place),)
    twice = {one.id for one in found if sum(one.id == other.id for other in found) > 1}
    if twice:
        raise BadExercise(f"{place}: two files have the id {sorted(twice)[0]!r}")
    return found


def teams(place: Path | None = None) -> tuple[tuple[Exercise, ...], tuple[BadExercise, ...]]:
    """A team's own exercises, and what is wrong with the files that are none: one bad file hides no other."""
    if place is not None:
        return of(place), ()
    good: dict[str, Exercise] = {}
    bad: list[BadExercise] = []
    for file in sorted(team_dir().glob(f"*{SUFFIX}")):
        try:
            one = read(file)
        except BadExercise as error:
            bad.append(error)
            continue
        if one.id in good or one.id in EXERCISES:
            bad.append(BadExercise(f"{file}: line 1: there is another exercise with the id {one.id!r}"))
        else:
            good[one.id] = one
    return tuple(good.values()), tuple(bad)


def named(id_: str, more: Sequence[Exercise] = ()) -> Exercise:
    """The exercise with this id: one of `more`, of the course, or an open cloud. Raises LabError."""
    found = next((one for one in more if one.id == id_), None) or EXERCISES.get(id_) or _OPEN.get(id_)
    if found is None:
        known = ", ".join((*(one.id for one in more), *EXERCISES, *OPEN))
        raise LabError(f"There is no exercise {clean.line(id_, 60)!r}; there are: {known}")
    return found
