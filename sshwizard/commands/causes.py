"""`sshwizard causes`: the vocabulary."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from sshwizard import tree, vocabulary
from sshwizard.commands import arguments
from sshwizard.exits import Exit
from sshwizard.language import say


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "causes",
        "List the causes: every code, and whether this version can find it.",
        "examples:\n  sshwizard causes\n  sshwizard causes --json\n",
    )
    reader.add_argument("--json", action="store_true", help="as JSON")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    found = {cause.code for _, _, cause in tree.causes(tree.TREE)}
    rows = [(code, entry.title, code in found) for code, entry in vocabulary.causes().items()]
    if options.json:
        print(json.dumps([{"code": code, "title": title, "found": can} for code, title, can in rows]))
        return Exit.WORKS
    for code, title, can in rows:
        print(f"{'*' if can else ' '} {code:<44} {say(title)}")
    print("\n" + say("* this version finds it. Read more: sshwizard explain CODE"))
    return Exit.WORKS
