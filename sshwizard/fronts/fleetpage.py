"""A sweep to be shared: a page or Markdown, with machines and people masked as in every other report."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Sequence
from dataclasses import replace

from sshwizard.fleet.groups import summary
from sshwizard.fleet.rows import Row
from sshwizard.fronts import fleet
from sshwizard.fronts.reports import markdown, page
from sshwizard.fronts.reports.masks import Masks
from sshwizard.fronts.reports.story import Say, translated


def written(rows: Sequence[Row], form: str, *, redact: bool, plan: bool = False) -> str:
    """The text of it: `html` or `md`."""
    masks = Masks(corpus=" ".join(f"{one.title} {one.why} {one.saw}" for one in rows))
    shown = masked(rows, masks) if redact else list(rows)
    told = summary(shown)
    first = fleet.planned_numbers(told) if plan else ""
    head, *rest = fleet.blocks(told, shown, first)
    note = Say(
        "Addresses, host names, ids, user names, comments and fingerprints are masked; the same mask is always the "
        "same value." if redact else "Nothing is masked: this report names machines and people."
    )  # fmt: skip
    blocks = (head, translated(note), *rest)
    return page.written(blocks) if form == "html" else markdown.written(blocks)


def masked(rows: Sequence[Row], masks: Masks) -> list[Row]:
    """The rows with every name masked; a host has the same mask wherever it is named."""
    masks.learn(names_of(rows))
    return [
        replace(
            one,
            host=masks.mask("host", one.host),
            title=masks.text(one.title),
            why=masks.text(one.why),
            saw=masks.text(one.saw),
            jump=masks.mask("host", one.jump) if one.jump else "",
            mends=tuple(masks.text(line) for line in one.mends),
            session="",
        )
        for one in rows
    ]


def names_of(rows: Sequence[Row]) -> dict[str, str]:
    """What a sweep has as names: its hosts and jump hosts, also without the login name before them, and ours."""
    found = {getpass.getuser(): "user", socket.gethostname(): "host"}
    for one in rows:
        for name in (one.host, one.jump):
            user, at, host = name.rpartition("@")
            found |= {host: "host"} | ({user: "user"} if at else {}) if name else {}
    return found
