"""How a change is spelled as commands of a shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence

from sshwizard import clean, paths


def spelled(path: str) -> str:
    """`path` as a person would type it in a shell, and as it may be shown."""
    return clean.line(paths.spelled(path))


Spelling = Callable[[str], str]


def word(path: str) -> str:
    """`path` as one word of a shell that is sure to mean this file: ~ is $HOME there, and the account's home here."""
    same = clean.line(path) == path and os.environ.get("HOME") == str(paths.home())
    return spelled(path) if same else shlex.quote(path)


_LONGEST = 20_000
_ELSE = ' || { echo "$f is another now; nothing was changed" >&2; exit 1; }'


def harmless(rows: Sequence[str]) -> tuple[str, ...]:
    """`rows`, when each may be copied into a terminal as it is; none when the border would change one of them, or
    when one holds a byte that could not be read as text."""
    same = all(clean.line(row, _LONGEST) == row and "\ufffd" not in row for row in rows)
    return tuple(rows) if same else ()


def edit(
    path: str,
    shown: Sequence[tuple[int, str]],
    edits: Sequence[str],
    add: Sequence[str],
    *,
    at_top: bool,
    new: bool,
) -> tuple[str, ...]:
    """Lines for a shell that edit a file in its place, so that owner, mode and links stay; refused once a line is other
    than `shown`, or where a file stands that was not there."""
    rows = ["( set -e; umask 077; LC_ALL=C; export LC_ALL", f"f={word(path)}", 'n="$f.sshwizard-new"']
    put = "printf '%s\\n' " + " ".join(shlex.quote(row) for row in add) if add else ":"
    if new:
        rows += ['[ ! -e "$f" ]' + _ELSE, f'{put} > "$f" )']
        return harmless(rows)
    rows += [f'[ "$(sed -n {number}p "$f")" = {shlex.quote(text)} ]{_ELSE}' for number, text in shown]
    kept = "sed " + " ".join(f"-e {shlex.quote(one)}" for one in edits) + ' "$f"' if edits else 'cat "$f"'
    if at_top:
        rows.append(f'{{ {put}; {kept}; }} > "$n"')
    else:
        rows.append(f'{kept} > "$n"')
        if add:
            rows += [
                '[ -z "$(tail -c 1 "$n")" ] || echo >> "$n"',
                f'{put} >> "$n"',
            ]
    rows.append('cat "$n" > "$f"; rm "$n" )')
    return harmless(rows)
