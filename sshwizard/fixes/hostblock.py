"""One marked Host block at the top of the person's ssh config: the only part of it that we write.

It stands first because ssh keeps the first value that it meets (ssh_config(5)), also before every Include.
Every other byte of the file stays. A second setting for the same host joins the block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.effects import EditLines, digest
from sshwizard.fixes.fix import Refusal
from sshwizard.paths import short
from sshwizard.probes.typed import config_option

BEGIN, END = "# >>> sshwizard", "# <<< sshwizard"
NAME = re.compile(r"[A-Za-z0-9._:%-]+")


def config_file(args: Sequence[str]) -> Path | Refusal:
    """The config file that this run of ssh reads first."""
    option = config_option(args)
    if option and option[1] == "none":
        return Refusal("this run uses no config file (-F none)")
    return paths.expand(option[1]) if option else paths.ssh_dir() / "config"


def edit(file: Path, name: str, rows: Sequence[str]) -> EditLines | Refusal:
    """The change that puts `rows` into the block of host `name`."""
    if not NAME.fullmatch(name):
        return Refusal(f"{clean.line(name, 60)} cannot stand in a Host line")
    try:
        content = file.read_bytes() if file.exists() else None
    except OSError as error:
        return Refusal(f"{short(file)} cannot be read: {error.strerror}")
    try:
        return block_in(str(file), content, name, rows)
    except ValueError as error:
        return Refusal(str(error))


def block_in(path: str, content: bytes | None, name: str, rows: Sequence[str]) -> EditLines:
    """Pure: the edit of a file with this content. Raises ValueError when our own marks in it are broken."""
    lines = [] if content is None else content.decode("utf-8", "surrogateescape").split("\n")
    old = _ours(lines, name)
    kept = [line.strip() for _, line in old[2:-1]] if old else []
    said = {_keyword(row) for row in rows}
    merged = [row for row in kept if row not in {"", "Host *"} and _keyword(row) not in said]
    taken = {number for number, _ in old}
    rest = [line for number, line in enumerate(lines, 1) if number not in taken]
    closing = [] if _starts_a_block(rest) else ["Host *"]
    block = (
        f"{BEGIN}: {name}", f"Host {name}", *(f"    {row}" for row in (*merged, *rows)), *closing, f"{END}: {name}",
    )  # fmt: skip
    blank = () if old or not rest else ("",)
    removed = tuple((number, _shown(line)) for number, line in old)
    return EditLines(path, digest(content), removed, (*block, *blank), at_top=True)


def _keyword(row: str) -> str:
    word = row.replace("=", " ").split(" ")[0].lower()
    return row if word.startswith("#") else word


def _ours(lines: Sequence[str], name: str) -> list[tuple[int, str]]:
    """The numbered lines of our block for this host, marks included."""
    begin, end = f"{BEGIN}: {name}", f"{END}: {name}"
    starts = [number for number, line in enumerate(lines, 1) if line.strip() == begin]
    if not starts:
        return []
    stops = [number for number, line in enumerate(lines, 1) if line.strip() == end and number > starts[0]]
    if len(starts) > 1 or not stops:
        raise ValueError(f"the marks of sshwizard around the block for {name} are broken; mend or remove them by hand")
    return [(number, lines[number - 1]) for number in range(starts[0], stops[0] + 1)]


def _starts_a_block(lines: Sequence[str]) -> bool:
    """True when nothing stands before the first Host or Match: such lines would fall under our block."""
    for line in lines:
        word = line.strip().lower().replace("=", " ").split(" ")[0].split("\t")[0]
        if word and not word.startswith("#"):
            return word in {"host", "match"}
    return True


def _shown(line: str) -> str:
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
