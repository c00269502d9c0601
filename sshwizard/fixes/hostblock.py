"""One marked Host block at the top of the person's ssh config: the only part of it that we write.

It stands first because ssh keeps the first value that it meets (ssh_config(5)), also before every Include.
Every other byte of the file stays. A second setting for the same host joins the block. Where somebody edited or
moved it, taking it out could change what other lines mean: then nothing is written.
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


def quoted(path: str) -> str:
    """A path as one argument of a config line (ssh_config(5): quotes, and %% for a percent sign)."""
    return '"' + path.replace("%", "%%") + '"'


def edit(file: Path, name: str, rows: Sequence[str]) -> EditLines | Refusal:
    """The change that puts `rows` into the block of host `name`."""
    if not NAME.fullmatch(name):
        return Refusal(f"{clean.line(name, 60)} cannot stand in a Host line")
    if odd := next((row for row in rows if row.count('"') % 2 or '"' in row.strip('"').partition('"')[2]), ""):
        return Refusal(f"{clean.line(odd, 80)} cannot stand in a config file: it has a quote in it")
    try:
        content = file.read_bytes() if file.exists() else None
    except OSError as error:
        return Refusal(f"{short(file)} cannot be read: {error.strerror}")
    try:
        return block_in(str(file), content, name, rows)
    except ValueError as error:
        return Refusal(str(error))


def block_in(path: str, content: bytes | None, name: str, rows: Sequence[str]) -> EditLines:
    """Pure: the edit of a file with this content. Raises ValueError when our own block in it is not as we left it.

    The block ends with `Host *`, so that what follows it applies to what it applied to before: all hosts.
    """
    lines = [] if content is None else content.decode("utf-8", "surrogateescape").split("\n")
    old = _ours(lines, name)
    kept = [line.strip() for _, line in old[2:-2]]
    said = {_keyword(row) for row in rows}
    merged = [row for row in kept if row and _keyword(row) not in said]
    block = (
        f"{BEGIN}: {name}", f"Host {name}", *(f"    {row}" for row in (*merged, *rows)), "Host *", f"{END}: {name}",
    )  # fmt: skip
    blank = () if old or not content else ("",)
    removed = tuple((number, _shown(line)) for number, line in old)
    return EditLines(path, digest(content), removed, (*block, *blank), at_top=True)


def _keyword(row: str) -> str:
    """What a config line sets, in lower case; a comment is only itself (ssh_config(5): blanks or one = between)."""
    word = re.split(r"[\s=]", row.strip(), maxsplit=1)[0].strip('"').lower()
    return row if word.startswith("#") else word


def _ours(lines: Sequence[str], name: str) -> list[tuple[int, str]]:
    """The numbered lines of our block for this host, marks included."""
    begin, end = f"{BEGIN}: {name}", f"{END}: {name}"
    starts = [number for number, line in enumerate(lines, 1) if line.strip() == begin]
    if not starts:
        return []
    stops = [number for number, line in enumerate(lines, 1) if line.strip() == end and number > starts[0]]
    if len(starts) > 1 or not stops:
        raise ValueError(f"the marks of sshwizard around the block for {name} are broken; {_BY_HAND}")
    block = [(number, lines[number - 1]) for number in range(starts[0], stops[0] + 1)]
    inside = [line.strip() for _, line in block[1:-1]]
    heads = [row for row in inside if _keyword(row) in {"host", "match"} or row.startswith((BEGIN, END))]
    if heads != [f"Host {name}", "Host *"] or (inside[0], inside[-1]) != (heads[0], heads[-1]):
        raise ValueError(f"somebody edited the block of sshwizard for {name}; {_BY_HAND}")
    if any(_keyword(line) in {"host", "match"} for line in _outside(lines[: starts[0] - 1])):
        raise ValueError(f"the block of sshwizard for {name} is not at the top any more; {_BY_HAND}")
    return block


_BY_HAND = "mend or remove it by hand"


def _outside(lines: Sequence[str]) -> list[str]:
    """Lines that stand in no block of ours."""
    kept, inside = [], False
    for line in lines:
        inside = (inside or line.strip().startswith(f"{BEGIN}: ")) and not line.strip().startswith(f"{END}: ")
        if not inside:
            kept.append(line)
    return kept


def _shown(line: str) -> str:
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
