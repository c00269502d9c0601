"""Reads the Terraform that is told to people: as much of HCL's grammar as is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<name>[A-Za-z_][\w.-]*)|(?P<number>\d+)|(?P<sign>[{}\[\]=,]))'
)


class Hcl:
    """Reads as much of HCL's grammar as is written: blocks with labels, attributes, lists, objects, references."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            assert found, f"no HCL: {text[at : at + 40]!r}"
            assert found.lastgroup
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def _next(self, *signs: str) -> str:
        kind, text = self.tokens.pop(0)
        assert not signs or text in signs, (kind, text, signs)
        return text

    def body(self) -> Iterator[tuple[str, tuple[str, ...], Any]]:
        while self.tokens and self.tokens[0][1] != "}":
            kind, name = self.tokens.pop(0)
            assert kind == "name", name
            labels: list[str] = []
            while self.tokens[0][0] == "text":
                labels.append(json.loads(self._next()))
            if self._next("{", "=") == "=":
                yield name, (), self._value()
            else:
                yield name, tuple(labels), list(self.body())
                self._next("}")

    def _value(self) -> Any:
        kind, text = self.tokens.pop(0)
        if text == "[" and kind == "sign":
            found = []
            while self.tokens[0][1] != "]":
                found.append(self._value())
                if self.tokens[0][1] == ",":
                    self._next(",")
            self._next("]")
            return found
        if text == "{" and kind == "sign":
            inside = list(self.body())
            self._next("}")
            return inside
        assert kind in {"text", "name", "number"}, text
        return json.loads(text) if kind == "text" else text
