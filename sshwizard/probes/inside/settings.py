"""Where a setting of sshd stands: file and line, under which Match, and whether a drop-in wins. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sshwizard.probes.inside.seen import Inside


@dataclass(frozen=True, slots=True)
class Line:
    """One line of sshd_config or of a file that it includes."""

    file: str
    number: int
    keyword: str
    value: str
    match: str = ""
    """The words of the Match block that it stands in."""

    @property
    def shown(self) -> str:
        """As evidence."""
        under = f", under Match {self.match}" if self.match else ""
        return f"{self.file} line {self.number}{under}: {self.keyword} {self.value}"


_LINE = re.compile(r"\s*([A-Za-z]+)[\s=]+(.*\S)")


def lines(inside: Inside) -> Iterator[Line]:
    """Every line, the main file's Include put where the files are read."""
    included = [file for file in inside.config if file != inside.config_file]

    def of(file: str) -> Iterator[Line]:
        match = ""
        for number, text in inside.config.get(file, {}).items():
            hit = _LINE.match(text)
            if not hit:
                continue
            keyword, value = hit[1].lower(), hit[2]
            if keyword == "match":
                match = "" if value.lower() == "all" else value
            elif keyword == "include" and file == inside.config_file:
                for other in included:
                    yield from of(other)
            else:
                yield Line(file, number, keyword, value, match)

    yield from of(inside.config_file)


def place(inside: Inside, keyword: str) -> tuple[str, ...]:
    """What `sshd -T` says, and the lines that may have set it."""
    said = tuple(f"sshd -T: {keyword} {value}" for value in inside.settings.get(keyword, ())[:3])
    return (*said, *(line.shown for line in lines(inside) if line.keyword == keyword))[:6]


def overridden(inside: Inside, keyword: str) -> Line | None:
    """The line of a drop-in that says otherwise than the main file; None where no drop-in wins."""
    found = [line for line in lines(inside) if line.keyword == keyword and not line.match]
    main = next((line for line in found if line.file == inside.config_file), None)
    first = next(iter(found), None)
    if main and first and first.file != inside.config_file and first.value.lower() != main.value.lower():
        return first
    return None


IN_MATCH = {
    "allowtcpforwarding", "authorizedkeyscommand", "authorizedkeyscommanduser", "authorizedkeysfile", "chrootdirectory",
    "disableforwarding", "forcecommand", "maxsessions", "permitrootlogin", "permittty", "pubkeyacceptedalgorithms",
    "pubkeyauthentication",
}  # fmt: skip
"""Keywords that sshd_config(5) takes under Match: there one account alone is spoken about."""


def set_by(inside: Inside, keyword: str, value: str) -> dict[str, Any]:
    """What a drop-in that is read first would have to say."""
    return {"keyword": keyword, "value": value, "global": keyword not in IN_MATCH}


def takes_drop_ins(inside: Inside) -> str:
    """The directory whose files are read before everything else in the configuration; empty when there is none."""
    for text in inside.config.get(inside.config_file, {}).values():
        hit = _LINE.match(text)
        if hit and hit[1].lower() == "include":
            found = re.fullmatch(r"(/\S+)/\*(?:\.conf)?", hit[2].strip('"'))
            return found[1] if found else ""
        if hit:
            return ""
    return ""
