"""`sshwizard reach`: can a packet get there? Judged from saved answers of a cloud's API, with no access to anything."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sshwizard import clean
from sshwizard.commands import arguments
from sshwizard.exits import Exit, UsageError
from sshwizard.language import say
from sshwizard.reach.aws import document as aws
from sshwizard.reach.gcp import document as gcp

CLOUDS: dict[str, Callable[..., list[dict[str, Any]]]] = {"aws": aws.answers, "gcp": gcp.answers}
"""What turns a saved document into answers, by cloud."""

LARGEST = 64 << 20
"""Bytes of a document: some ten thousand instances with all their rules."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "reach",
        "Tell from saved API answers whether an address reaches a port of a cloud instance, and what stands in the\n"
        "way: on AWS every security group, network ACL and route at once, on Google Cloud the firewall rule or policy\n"
        "that decides. Nothing is asked and nothing is sent.",
        "examples:\n  sshwizard reach aws question.json\n  jq -n '{$query, $world}' … | sshwizard reach aws -\n"
        "  sshwizard reach aws question.json --paths | jq '.[].paths'\n"
        "  sshwizard reach gcp question.json --paths | jq -r '.[].why'\n\n"
        "The input is one object, or a file of many: aws {kind, query, world}, gcp {effective, request}. The output\n"
        "is a list: aws {id, verdict, blockers, unknown, partial, warnings, endpoint}, gcp {id, action, by}. How\n"
        "to collect the answers of a cloud, and every code: docs/reach.md.\n"
        "exit codes: 0 the questions were answered, whatever the answer; 2 the input is no question.\n",
    )
    reader.add_argument("cloud", choices=tuple(CLOUDS), metavar="|".join(CLOUDS), help="whose API gave the answers")
    reader.add_argument("file", metavar="FILE|-", help="the saved answers and the question, - for standard input")
    reader.add_argument("--paths", action="store_true", help="every path and rule that was looked at, and what decided")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    shown = "standard input" if options.file == "-" else options.file
    document = _read(options.file, shown)
    try:
        rows = CLOUDS[options.cloud](document, with_paths=options.paths)
    except ValueError as error:
        raise UsageError(f"{shown} is no question for reach {options.cloud}: {error}") from None
    print(json.dumps(_cleaned(rows), indent=2 if sys.stdout.isatty() else None))
    return Exit.WORKS


def _read(name: str, shown: str) -> Any:
    """The JSON of a file. Raises UsageError."""
    if name == "-" and sys.stdin.isatty():
        print(say("Paste the question as JSON, then press ctrl+d:"), file=sys.stderr)
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST:
        raise UsageError(f"{shown} has more than {LARGEST >> 20} MB; leave out what the question does not need")
    try:
        return json.loads(raw)
    except RecursionError:
        raise UsageError(f"{shown} is nested too deeply to be the answer of an API") from None
    except UnicodeDecodeError:
        raise UsageError(f"{shown} is not JSON: it is not text in UTF-8") from None
    except ValueError as error:
        raise UsageError(f"{shown} is not JSON: {error}") from None


def _cleaned(value: Any) -> Any:
    """Ids, states and descriptions come from the API: each as one harmless line."""
    if isinstance(value, str):
        return clean.line(value)
    if isinstance(value, dict):
        return {name: _cleaned(part) for name, part in value.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list | tuple) else value
