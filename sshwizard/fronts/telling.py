"""What an exercise tells: the course in the reader's language, a team's own exercise as it stands."""

from __future__ import annotations

from sshwizard.lab import course, practice
from sshwizard.lab.exercise import Exercise
from sshwizard.language import say


def told(exercise: Exercise, text: str) -> str:
    """One of its texts."""
    return say(text) if course.is_ours(exercise) else text


def hint(exercise: Exercise) -> str:
    """Its next hint, numbered, and kept as told."""
    number, text = practice.hint(exercise)
    return f"{say(f'Hint {number} of {len(exercise.hints)}:')} {told(exercise, text)}"
