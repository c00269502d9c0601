"""A catalogue of sentences: each is found as it stands, or by the template that it was rendered from."""

from __future__ import annotations

import gettext
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from sshwizard.language.template import Template, is_template

DOMAIN = "sshwizard"
PLACE = Path(__file__).parents[1] / "locale"

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = re.compile(r"(?<![\w/.“\"'`-])[A-Za-z]{2,}(?: +[a-z]{2,}){2,}")
"""Three words in a row: a sentence that nobody translated."""
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_CLAUSE = re.compile(r"(?<=;)\s+")
_NAMED = re.compile(r"(\S+:) (\S.*)", re.S)
_PLACED = re.compile(r"(\S*[/.\d]\S*:) (\S.*)", re.S)
"""A path, an address or a line, and what is said about it."""
_CODED = re.compile(r"(.+?\S) (\[[a-z0-9.-]+\])", re.S)
_NOTED = re.compile(r"(\S.*) \(([^()]+)\)\.?")
_CALLED = re.compile(r"\S+ \(\S+\)")
"""A name with an id behind it."""
_HEAD = re.compile(r"(?:exit codes|examples|actions|keys): ")
_PAIR = re.compile(r"\{(\w+)\} \{(\w+)\}")
_COLUMN = re.compile(r"( {2,})")

NAMES = frozenset({
    "host", "port", "user", "path", "file", "command", "line", "lines", "input", "target", "login", "key", "name",
    "address", "option", "value", "session", "url", "id", "word_typed", "banner", "pid", "program", "node", "code",
})  # fmt: skip
"""Gaps that hold what is not ours: it stays word for word."""
WORDS = frozenset({
    "risk", "confidence", "word", "short", "title", "says", "why", "outcome", "what", "how", "who", "state", "verb",
    "stretch", "asks", "kind", "whose", "hop",
})  # fmt: skip
"""Gaps in which a single word may be one of ours."""

_WRAPPED = 60
"""Letters of a line from which on the next one goes on with its sentence."""
_SPECIFIC = 12
"""Letters from which on a template is believed even where something in its gaps stays English."""
_DEEPEST = 6
_MOST_KEPT = 4096


@cache
def catalogue(name: str) -> Catalogue:
    """The catalogue of a language."""
    path = PLACE / name / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with path.open("rb") as stream:
        found = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    return Catalogue({key: text for key, text in found.items() if key})


class Catalogue:
    """Sentences of one language."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self._exact: dict[str, str] = {}
        templates: list[Template] = []
        for source, goal in messages.items():
            self._exact[_bare(source)] = goal
            if is_template(source):
                templates.append(Template(*_merged(_bare(source), _unended(goal))))
        self._by_word = _index(templates)
        self._kept: dict[str, str] = {}

    def say(self, text: str) -> str:
        """The text in this language, as far as it is ours; its margins and line breaks stay."""
        found = self._kept.get(text)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[text] = self._paragraphs(text)
        return found

    def _paragraphs(self, text: str) -> str:
        bare = text.strip()
        if not bare or bare.isdecimal():
            return text
        start = text.index(bare)
        whole = None if "\n" in bare else self._whole(bare, 0)
        if whole is None and (len(parts := pieces(text)) > 1 or parts[0] != text):
            return "".join(self.say(part) for part in parts)
        return text[:start] + (bare if whole is None else whole) + text[start + len(bare) :]

    def _whole(self, text: str, depth: int) -> str | None:
        """The whole text, or its sentences one by one; None where none of it is ours."""
        key = _bare(text)
        if (exact := self._exact.get(key)) is not None:
            return _ended(exact, text)
        if depth > _DEEPEST:
            return None
        if (placed := _PLACED.match(text)) and (told := self._exact.get(_bare(placed[2]))) is not None:
            return f"{placed[1]} {_ended(told, text)}"
        if _SENTENCE.search(text) and (split := self._split(text, _SENTENCE, depth, whole=True)) is not None:
            return split
        best = self._by_template(key, text, depth)
        if best is not None and not _ENGLISH.search(best):
            return best
        for cut in (_SENTENCE, _CLAUSE):
            if cut.search(text):
                split = self._split(text, cut, depth)
                if split is not None and (best is None or _left(split) < _left(best)):
                    best = split
        framed = self._framed(text, depth)
        return framed if best is None or (framed is not None and _left(framed) <= _left(best)) else best

    def _framed(self, text: str, depth: int) -> str | None:
        """A sentence behind the name of what it is about, or before words in brackets."""
        if (named := _NAMED.match(text)) and (rest := self._whole(named[2], depth + 1)) is not None:
            return f"{named[1]} {rest}"
        if (coded := _CODED.fullmatch(text)) and (told := self._whole(coded[1], depth + 1)) is not None:
            return f"{told} {coded[2]}"
        if noted := _NOTED.fullmatch(text):
            told, note = (self._whole(part, depth + 1) for part in noted.groups())
            if told is not None or note is not None:
                return f"{told or noted[1]}（{note or noted[2]}）"
        return None

    def _by_template(self, key: str, text: str, depth: int) -> str | None:
        found: list[tuple[Template, list[str]]] = []
        for word in dict.fromkeys(_WORD.findall(key)):
            for template in self._by_word.get(word, ()):
                gaps = template.match(key)
                if gaps is not None and not any(map(_is_torn, gaps)):
                    found.append((template, gaps))
        found.sort(key=lambda one: -one[0].weight)
        best: str | None = None
        for template, gaps in found[:4]:
            if gaps[0] and not template.pieces[0]:
                gaps[0] = text[0] + gaps[0][1:]  # the capital that the key has not
            befores = zip(template.names, gaps, template.pieces, strict=False)
            told = [self._gap(name, gap, before, depth) for name, gap, before in befores]
            made = _ended(template.fill(dict(zip(template.names, told, strict=True))), text)
            vague = template.weight < _SPECIFIC
            if vague and any(map(_is_unknown, template.names, gaps, told)):
                continue
            if not _ENGLISH.search(made):
                return made
            if not vague and (best is None or _left(made) < _left(best)):
                best = made
        return best

    def _gap(self, name: str, text: str, before: str, depth: int) -> str:
        """What stands in a gap: a sentence of ours again, or anything from outside."""
        bare = text.strip()
        if not bare or (before[-1:] in "“\"'`" and before):
            return text
        if " " not in bare and name not in WORDS:
            return text
        if name in NAMES:
            return self._exact.get(bare, text) if bare.lower().startswith("the ") else text
        found = self._whole(bare, depth + 1)
        return text if found is None else text.replace(bare, _unended(found) if bare[-1] not in ".!" else found, 1)

    def _part(self, text: str, depth: int) -> str | None:
        """A sentence, or a clause with the semicolon that ends it."""
        told = self._whole(text.removesuffix(";"), depth)
        return told if told is None or not text.endswith(";") else f"{_unended(told)}；"

    def _split(self, text: str, cut: re.Pattern[str], depth: int, *, whole: bool = False) -> str | None:
        """Its parts one by one; None where none of them is ours, or (`whole`) where one is not."""
        parts = cut.split(text)
        made = [self._part(part, depth + 1) for part in parts]
        if all(one is None for one in made) or (whole and None in made):
            return None
        out = ""
        for part, one in zip(parts, made, strict=True):
            shown = part if one is None else one
            gap = "" if not out or out[-1] in "。？！；" else " "
            out += gap + shown
        return out


def pieces(text: str) -> list[str]:
    """A longer text as it is looked up, with what stands between: paragraphs, lines of a list, columns of a line."""
    found: list[str] = []
    for number, row in enumerate(_rows(text)):
        found += ["\n"] * bool(number)
        found += _COLUMN.split(row)
    return [part for part in found if part]


def _rows(text: str) -> list[str]:
    """Lines; those that only the width had broken are whole again."""
    rows: list[str] = []
    for row in text.split("\n"):
        goes_on = (
            bool(rows)
            and len(rows[-1]) > _WRAPPED
            and rows[-1][-1] not in ".!?:"
            and bool(row.strip())
            and not _HEAD.match(row)
        )
        if goes_on and not rows[-1][0].isspace() and (not row[0].isspace() or rows[-1].endswith(",")):
            rows[-1] += f" {row.strip()}"
        else:
            rows.append(row)
    return rows


def _merged(source: str, goal: str) -> tuple[str, str]:
    """Gaps with nothing but a space between them as one: nobody could tell where one ends."""
    while pair := _PAIR.search(source):
        one, other = pair.groups()
        both = re.compile(r"\{" + one + r"\} ?\{" + other + r"\}")
        if not both.search(goal):
            return source, goal
        gap = "{" + f"{one}_{other}" + "}"
        source, goal = source.replace(pair[0], gap, 1), both.sub(gap, goal, count=1)
    return source, goal


def _index(templates: Iterable[Template]) -> dict[str, list[Template]]:
    """Templates by their rarest word."""
    told = [(one, one.words) for one in templates]
    often = Counter(word for _, words in told for word in set(words))
    found: dict[str, list[Template]] = {}
    for one, words in told:
        if words:
            found.setdefault(min(words, key=lambda word: (often[word], -len(word))), []).append(one)
    return found


def _bare(text: str) -> str:
    """A sentence as a clause: fronts write a capital and a full stop where they need one."""
    text = text.strip()
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1]
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _is_torn(gap: str) -> bool:
    """True where a bracket closes that did not open here: the words of two sentences."""
    close, opens = gap.find(")"), gap.find("(")
    return close >= 0 and not 0 <= opens < close


def _is_unknown(name: str, gap: str, told: str) -> bool:
    """True for words in a gap that are not ours: a template of few letters may mean something else."""
    if gap != told or _CALLED.fullmatch(gap):
        return False
    return " " in gap or (gap.isalpha() and gap.islower() and name not in NAMES)


def _unended(text: str) -> str:
    return text.removesuffix("。")


def _ended(text: str, like: str) -> str:
    """With a full stop where `like` has one, and without one elsewhere."""
    if like.endswith(".") and not like.endswith(".."):
        return text if text.endswith(("。", "？", "！", "：", ".", "）。")) else f"{text}。"
    return _unended(text)


def _left(text: str) -> int:
    return sum(len(found.group().split()) for found in _ENGLISH.finditer(text))
