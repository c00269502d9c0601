"""Everything we can change. An effect previews itself, makes its inverse, and applies itself.

A preview is a promise: it carries what was seen when it was made, and `apply` refuses when the world has
changed since. Nothing else in the package writes outside our own state directory.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sshwizard.effects.acl import ResetAcl, RestoreAcl
from sshwizard.effects.commands import CloseShared, Connect, InTerminal, Retarget, Wait
from sshwizard.effects.content import digest, replaceable, sweep
from sshwizard.effects.effect import Effect, Refused, in_words
from sshwizard.effects.files import Chmod, Chown, EditLines, MakeDirectory, RemoveDirectory, Restore, WriteFile
from sshwizard.effects.following import patient
from sshwizard.effects.keylines import (
    AddKeyLine,
    LetKeyLinesIn,
    PutBackKeyLine,
    RemoveKeyLine,
    RevokeKeyLines,
    TakeAwayKeyLine,
)
from sshwizard.effects.keys import BESIDE, ConvertKey, CopyKey, RemoveConverted, RemoveCopy, RepairKeyText, RestoreKey
from sshwizard.effects.longscript import LongScript, Ready
from sshwizard.effects.remote import RemoteScript
from sshwizard.effects.spelling import harmless

__all__ = [
    "BESIDE",
    "AddKeyLine",
    "Chmod",
    "Chown",
    "CloseShared",
    "Connect",
    "ConvertKey",
    "CopyKey",
    "EditLines",
    "Effect",
    "InTerminal",
    "LetKeyLinesIn",
    "LongScript",
    "MakeDirectory",
    "PutBackKeyLine",
    "Ready",
    "Refused",
    "RemoteScript",
    "RemoveConverted",
    "RemoveCopy",
    "RemoveDirectory",
    "RemoveKeyLine",
    "RepairKeyText",
    "ResetAcl",
    "Restore",
    "RestoreAcl",
    "RestoreKey",
    "Retarget",
    "RevokeKeyLines",
    "TakeAwayKeyLine",
    "Wait",
    "WriteFile",
    "apply_all",
    "digest",
    "from_json",
    "harmless",
    "in_words",
    "replaceable",
    "sweep_after",
    "to_json",
]  # fmt: skip

_KINDS: dict[str, Callable[..., Effect]] = {
    kind.__name__: kind
    for kind in (
        AddKeyLine, LetKeyLinesIn, PutBackKeyLine, RemoveKeyLine, RevokeKeyLines, TakeAwayKeyLine,
        Chmod, Chown, CloseShared, Connect, ConvertKey, CopyKey, EditLines, InTerminal, MakeDirectory, RemoveDirectory,
        LongScript, Ready, RemoteScript,
        RemoveConverted, RemoveCopy, RepairKeyText, ResetAcl, Restore, RestoreAcl, RestoreKey, Retarget, Wait,
        WriteFile,
    )
}  # fmt: skip


def kinds() -> dict[str, Callable[..., Effect]]:
    """Every kind by its name; those of an account are loaded only here."""
    from sshwizard.effects import aws, gcp

    return {**_KINDS, **{kind.__name__: kind for kind in (*aws.KINDS, *gcp.KINDS)}}


_OF_THE_KIND = ("undoable", "terminal")
"""Stood in each row of older journals; the kind decides."""


def to_json(effect: Effect) -> dict[str, Any]:
    """An effect as the journal keeps it."""
    return {"kind": type(effect).__name__, **asdict(effect)}  # type: ignore[call-overload]


def from_json(row: Mapping[str, Any]) -> Effect:
    """An effect from the journal. Raises ValueError for a kind that does not exist."""
    name = row.get("kind", "")
    made = _KINDS.get(name) or kinds().get(name)
    if made is None:
        raise ValueError(f"unknown effect {row.get('kind')!r}")
    fields = {key: _frozen(value) for key, value in row.items() if key not in {"kind", *_OF_THE_KIND}}
    return made(**fields)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


Note = Callable[[Effect, Effect | None], None]
"""Told of each effect and its inverse, before it is applied."""


def apply_all(effects: Sequence[Effect], note: Note = lambda effect, inverse: None) -> tuple[Effect, ...]:
    """Apply in order; if one fails, those before it are taken back. Returns the inverses, last first."""
    inverses: list[Effect] = []
    try:
        for effect in effects:
            effect.check()
            inverse = effect.inverse()
            note(effect, inverse)
            effect.apply()
            if inverse and effect.undoable:
                inverses.insert(0, inverse)
    except (Refused, OSError):
        with patient():  # also where it was the person who ended the waiting
            for inverse in inverses:
                with contextlib.suppress(Refused, OSError):
                    inverse.apply()
        raise
    return tuple(inverses)


def sweep_after(effect: Effect) -> None:
    """Remove the half-written file that a crash in the middle of an effect left beside its own."""
    for name in ("path", "to"):
        path = getattr(effect, name, "")
        if isinstance(path, str) and path:  # of a VM it is a method
            sweep(Path(os.path.realpath(path)))
