"""Masks: the same value is always the same mask, and the mask keeps what kind of thing it was."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from sshwizard.fronts.reports import names

_SHAPES = re.compile(names.SHAPES, re.I)
_NOTHING = re.compile(r"(?!)")


class Masks:
    """Replaces what names somebody's machines and people. The legend says which value is which."""

    def __init__(self, known: Mapping[str, str] | None = None, corpus: str = "") -> None:
        """`known`: masks of an earlier report, by mask; `corpus`: text whose words no new mask may look like."""
        self.legend: dict[str, str] = dict(known or {})
        """The value behind each mask, as it was first seen."""
        self.fields: frozenset[str] = frozenset()
        """Names of our own fields: they stay what they are, also where a host is called so."""
        self._by_value = {_same(value): mask for mask, value in self.legend.items()}
        self._corpus = corpus.casefold()
        self._names: dict[str, str] = {}
        self._known = _NOTHING
        self._either = _SHAPES

    def learn(self, found: Mapping[str, str]) -> None:
        """Values that are masked wherever they stand, each with its kind (see names.py)."""
        self._names.update({value.casefold(): kind for value, kind in found.items() if names.names_somebody(value)})
        free = sorted((value for value in self._names if names.stands_out(value)), key=len, reverse=True)
        if free:
            named = f"(?P<name>{'|'.join(map(_bounded, free))})"
            self._known = re.compile(named, re.I)
            self._either = re.compile(f"{names.SHAPES}|{named}", re.I)

    def text(self, text: str) -> str:
        """`text` with every such value masked."""
        if kind := self._names.get(text.casefold()):
            return self.mask(kind, text)
        return self._either.sub(self._replaced, text)

    def _replaced(self, found: re.Match[str]) -> str:
        value, shape = found.group(), found.lastgroup or ""
        if shape == "name":
            return self.mask(self._names[value.casefold()], value)
        shown = names.masked(shape, value, lambda of, part: self.mask(self._names.get(part.casefold(), of), part))
        return shown if shown != value else self._known.sub(self._replaced, value)

    def mask(self, kind: str, value: str) -> str:
        """The mask of one value; an address has one however it is written."""
        same = _same(value)
        if same in self._by_value:
            return self._by_value[same]
        number = 1
        while (mask := f"{kind}-{number}") in self.legend or mask in self._corpus:
            number += 1
        self.legend[mask] = value
        self._by_value[same] = mask
        return mask

    def _key(self, key: Any) -> str:
        return key if key in self.fields else self.text(str(key))

    def value(self, value: Any, but: frozenset[str] = frozenset()) -> Any:
        """A JSON value with every string masked, but those of the keys in `but`."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self._key(key): part if key in but and isinstance(part, str) else self.value(part, but)
                for key, part in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(part, but) for part in value]
        if type(value) is int and len(str(value)) >= names.LONG_NUMBER:
            return self.text(str(value))
        return value


def _bounded(value: str) -> str:
    """Long names are found inside words, too; short ones only where they stand alone."""
    written = re.escape(value)
    return written if len(value) >= names.INSIDE_WORDS else rf"(?<![a-z0-9]){written}(?![a-z0-9])"


def _same(value: str) -> str:
    """The one spelling of a value: of an address its shortest, of a name the small letters."""
    try:
        address = ipaddress.ip_address(value.partition("%")[0].strip("[]"))
    except ValueError:
        return value.casefold()
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
