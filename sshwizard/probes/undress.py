"""What stands before a program's words in a pasted text: time stamps, quotes, prompts, other programs' prefixes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sshwizard.probes import sshlines

_ZONE = r"(?:Z| ?[+-]\d\d:?\d\d| UTC)?"
_ISO = rf"\d{{4}}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?{_ZONE}"
_SYSLOG = r"(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} +\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4})?"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d+)?"
_EPOCH = r"\d{9,10}\.\d{3,9}"
_LEVEL = r"(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|TRACE|Error|Warning|debug|info|error|warning)"

_PARTS: tuple[tuple[str, str], ...] = (
    ("stamp", rf"(?:<\d{{1,3}}>\d? ?)?[\[(]?(?:{_ISO}|{_SYSLOG}|{_CLOCK}|{_EPOCH})[\])]?[,:|]?(?:\s+-)?\s*(?:> ?)?"),
    ("kernel", r"(?:kernel: )?\[ *\d+\.\d{1,6}\](?:\[ *[TC]\d+\])? ?"),
    ("unit", r"\[ *(?:OK|FAILED|DEPEND|TIME|WARN|INFO|SKIP) *\] "),
    ("quote", r"(?:(?:>|&gt;) ?)+"),
    ("box", r"[│╷╵┃|]\s+"),
    ("fence", r"(?:```+\w*|`)\s*"),
    ("place", sshlines.PLACE),
    ("level", rf"\[?{_LEVEL}\](?::| -)?\s*|{_LEVEL}(?::[\w.]+:|\s*[:|-])\s*|{_LEVEL} {{1,2}}|##\[\w+\]"),
    ("thrown", r"(?:Caused by: )?(?:[\w.$]+(?:Exception|Error|Timeout)|(?:[\w$]+\.)+[a-zA-Z]\w+)(?: \[.{1,80}?\])?: "),
    (
        "tool",
        r"==> [\w./-]+: |[\w.-]+: (?=Warning: |SSH )|[\w.\[\]\"-]+ \((?:remote-exec|local-exec|file)\): |packer-[\w-]"
        r"+: ",
    ),
    ("pipe", r"[\w.-]{1,64}\s*\| |\[(?:pod|stderr|stdout)\S*\] |(?:stderr|stdout|STDERR|remote|output)[:>] ?"),
    ("file", r"(?:/\S+?|[\w.-]+\.(?:log|txt|out|err)(?:\.\d+)?):(?:\d+:)?\s?"),
    ("numbered", r" {2,}\d{1,7} "),
    ("number", r"\d{1,7}(?:[:.)|\t]\s?| {2,}| (?=debug))"),
    ("bullet", r"[-*•] +"),
    ("blank", r"[ \t\xa0]+"),
)
_PART = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PARTS))
_PROGRAM = re.compile(
    r"(?:(?!ssh: )[\w.:-]+ )?(?P<program>[\w./@-]+?)(?:\((?P<module>[\w:]+)\))?"
    r"(?:\[(?P<pid>\d+)\])?: (?P<text>.*)",
    re.S,
)
_WITHIN = re.compile(
    r"stderr[=:] ?['\"]?|via ssh: ?|over ssh: ?|(?:last|original) error: |SSH output: |STDERR: |"
    r"\"(?:msg|message|stderr|error|reason)\": ?\"|\bmsg=\"|ssh error: |Permission denied: |[\w$]+(?:Exception|Error)"
    r": |"
    r"ssh: handshake failed: |connection error: |error connecting to \S+: |returned: "
)
_TAIL = re.compile(r"(?:\\?\"|'|`)\s*(?:[,}\])].*)?$")

DEEPEST = 6
"""Prefixes of one line that are taken away, one after the other."""


class Line(NamedTuple):
    """One way to read a line: what is left, and what stood before it."""

    text: str
    dress: tuple[str, ...] = ()
    """The kinds of prefix that were taken away; a program's lines all wear the same."""
    program: str = ""
    """Who wrote it, where a system log says so."""
    pid: str = ""


def forms(text: str) -> Iterator[Line]:
    """The ways to read a line: as it stands first, then with one prefix less each time, then what is quoted in it."""
    line = Line(text)
    yield line
    if "[" in text[:100] or "sshd" in text[:100]:
        yield from _named(line)
    for _ in range(DEEPEST):
        part = _PART.match(line.text)
        if part is None or not part.end():
            break
        kind = part.lastgroup or ""
        line = line._replace(text=line.text[part.end() :], dress=(*line.dress, kind))
        if kind in _BY:
            line = line._replace(program=_BY[kind])
        elif kind == "fence":
            line = line._replace(text=line.text.rstrip("`"))
        named = next(_named(line), None) if kind in {"stamp", "kernel"} else None
        if named is None or not named.pid:
            yield line
        if named:
            yield named
            line = named
    for found in _WITHIN.finditer(text[:2000]):
        yield Line(_TAIL.sub("", text[found.end() :]), (*line.dress, "within"), line.program, line.pid)


_BY = {"kernel": "kernel", "unit": "systemd"}
"""Prefixes that only one program writes."""


def _named(line: Line) -> Iterator[Line]:
    """The line without the name of its program, as syslog writes it."""
    if found := _PROGRAM.match(line.text):
        program = found["program"].rpartition("/")[2]
        yield Line(found["text"], (*line.dress, "program"), program, found["pid"] or "")


_PROMPT = re.compile(
    r"(?:\([\w.-]+\) ?)?(?:\[?[\w.-]+@[\w.-]+[: ][^$#%>]{0,80}\]?|PS [A-Z]:[^>]{0,120}|[A-Z]:\\[^>]{0,120}|[\w.~/-]{0"
    r",40})"
    r" ?[$#%>❯➜] ?(?P<command>(?:sudo |time |command )*"
    r"(?:/\S*/)?(?:ssh|scp|sftp|rsync|mosh|git|gcloud|aws|ansible\S*|sshfs|plink|autossh)(?:\.exe)? .+)"
)


def prompt(text: str) -> str | None:
    """The command that a line shows behind a shell's prompt, or None."""
    found = _PROMPT.match(text)
    return found["command"] if found else None


_ESCAPED = re.compile(r"\\r\\n|\\n|\\r")


def unfolded(text: str) -> list[str]:
    """The lines inside a JSON or quoted string, where one line of the text holds several."""
    if '"' not in text or not _ESCAPED.search(text):
        return [text]
    text = re.sub(r"\\u001b\[[0-9;]*m|\\x1b\[[0-9;]*m|\\e\[[0-9;]*m", "", text)
    return [part.replace('\\"', '"').replace("\\t", " ") for part in _ESCAPED.split(text)]


CUT = re.compile(
    r"ssh: connect to host \S+(?: port(?: \d+)?)?(?:: (?:Connection|No|No route|No route to|Network|Network is|Operat"
    r"ion|"
    r"Connection timed|Permission)?)?$|ssh: Could not resolve(?: hostname(?: \S+)?)?$|\S+@\S+: Permission(?: denied)?"
    r"$|"
    r"\S+@\S+: Permission denied \([^\)]*$|kex_exchange_identification:(?: Connection(?: closed(?: by(?: remote)?)?)?"
    r")?$|"
    r"Unable to negotiate with \S+(?: port \d+)?(?:: no matching.*(?<!offer: \S))?$|Host key verification$|"
    r"Received disconnect from \S+(?: port(?: \S+)?)?(?: Too many(?: authentication)?)?$|"
    r"Connection (?:closed|reset)(?: by(?: \S+(?: port)?)?)?$"
)
"""The beginning of a message that a terminal or a mail cut at its right edge."""
