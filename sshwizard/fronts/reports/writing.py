"""Reports as files: the four formats, the legend of the masks, and no file of anybody's overwritten."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from sshwizard import clean, paths

if TYPE_CHECKING:
    from sshwizard.fronts.reports.content import Content

Format = Literal["markdown", "html", "json", "bundle"]
FORMATS: tuple[Format, ...] = get_args(Format)
ENDINGS: dict[Format, str] = {"markdown": ".md", "html": ".html", "json": ".json", "bundle": ".tar.gz"}
SAYS: dict[Format, str] = {
    "markdown": "text for a ticket or a chat",
    "html": "one page to read or print",
    "json": "for programs; replay takes it, too",
    "bundle": "all three, the session and the versions, for support",
}


def made(content: Content, wanted: Format) -> bytes:
    """The report in one format."""
    from sshwizard.fronts.reports import bundle, markdown, page
    from sshwizard.fronts.reports.story import story

    match wanted:
        case "markdown":
            return markdown.written(story(content.told)).encode()
        case "html":
            return page.written(story(content.told)).encode()
        case "json":
            return as_json({**content.told, "session": content.rows}).encode()
        case "bundle":
            return bundle.packed(
                content,
                {
                    "report.md": made(content, "markdown"),
                    "report.html": made(content, "html"),
                    "report.json": made(content, "json"),
                    "session.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in content.rows),
                },
            )


def as_json(value: Mapping[str, Any]) -> str:
    """JSON in ASCII, which no page that it is pasted into takes for a tag."""
    text = json.dumps(value, indent=2)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") + "\n"


def format_of(path: str) -> Format | None:
    """The format that a file's name asks for."""
    endings = {
        **{ending: name for name, ending in ENDINGS.items()},
        ".tgz": "bundle",
        ".markdown": "markdown",
        ".htm": "html",
    }
    name = path.casefold()
    return next((wanted for ending, wanted in endings.items() if name.endswith(ending)), None)


def free_place(name: str, wanted: Format, folder: Path | None = None) -> Path:
    """A file that does not exist yet, in our own reports directory unless told otherwise."""
    place = folder or paths.state_dir() / "reports"
    for number in range(1, 1000):
        path = place / f"report-{name}{f'-{number}' if number > 1 else ''}{ENDINGS[wanted]}"
        if not path.exists():
            return path
    return path


def save(path: Path, data: bytes) -> None:
    """Write a new file for its owner only. Raises OSError, also when it is there already."""
    if path.parent == paths.state_dir() / "reports":
        path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb") as stream:
        stream.write(data)


# ------------------------------------------------------------------ the legend


def legend_of(session: Path) -> Path:
    """Where the legend of a session's masks is kept: beside it."""
    return session.with_name(f"{session.name.removesuffix('.jsonl')}.legend.json")


def known_masks(session: Path) -> dict[str, str]:
    """The masks of earlier reports of a session; none where there is no legend that can be read."""
    try:
        found = json.loads(legend_of(session).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    rows = found.get("masks") if isinstance(found, dict) else None
    return {str(mask): str(value) for mask, value in rows.items()} if isinstance(rows, dict) else {}


def keep_legend(session: Path, masks: Mapping[str, str]) -> None:
    """Write which mask is which value, for this account only. Raises OSError."""
    path = legend_of(session)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    text = json.dumps({"session": session.name, "masks": dict(masks)}, indent=1) + "\n"
    try:
        save(beside, text.encode())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def legend_lines(masks: Mapping[str, str]) -> list[str]:
    """A legend for reading."""
    width = max(map(len, masks), default=0)
    return [f"{clean.line(mask, 80):<{width}}  {clean.line(value)}" for mask, value in masks.items()]
