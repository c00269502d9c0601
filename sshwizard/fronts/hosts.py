"""Names to offer: a convenience list from the ssh config and from recent sessions, never a source of settings."""

from __future__ import annotations

import json
import shlex

from sshwizard import clean
from sshwizard.exits import UsageError
from sshwizard.model import Target
from sshwizard.probes.aliases import hosts_from_config

__all__ = ["hosts_from_config", "recent_targets", "understand"]


def recent_targets(most: int = 8) -> list[str]:
    """What was typed in the newest sessions, newest first, each once."""
    from sshwizard import store

    found: dict[str, None] = {}
    try:
        files = list(store.recent(40))
    except OSError:
        return []
    for file in files:
        try:
            with file.open(encoding="utf-8", errors="replace") as stream:
                row = json.loads(stream.readline(20_000))
            typed = row["target"]["input"] if row.get("mode", "live") == "live" else ""
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if typed and clean.line(typed) == typed:
            found.setdefault(typed)
    return list(found)[:most]


def understand(text: str) -> Target | str:
    """A target, or the text of an error. Raises UsageError with a sentence for the person."""
    from sshwizard.probes import typed

    text = text.strip()
    if "\n" in text:
        return text
    words = text.split()
    if len(words) > 1 and words[0] not in {"ssh", "gcloud"} and not words[0].startswith("-"):
        return text
    if len(words) <= 1:
        return typed.parse(words)
    try:
        return typed.parse(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"the command has an unclosed quote ({error})") from None
