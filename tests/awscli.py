"""Reads commands of the AWS CLI in a text, and holds them against AWS's own description of its API."""

from __future__ import annotations

import re
import subprocess

OURS = {"region", "profile", "query", "output", "ingress", "egress"}
"""Options of the CLI itself, and two that stand for one parameter."""
RENAMED = {"notification-endpoint": "endpoint"}
"""Parameters whose name the CLI keeps for an option of its own."""
CALL = re.compile(r"aws (?P<service>[a-z0-9]+) (?P<call>[a-z0-9-]+)(?P<rest>.*)")
OPTION = re.compile(r" --([a-z][a-z0-9-]+)")


def readable(text: str) -> None:
    """A shell can read it."""
    ran = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False, timeout=20)
    assert ran.returncode == 0, (text, ran.stderr)


def known(text: str) -> int:
    """Every call and every option exists; how many calls there are."""
    from botocore import xform_name
    from botocore.session import Session

    session, seen = Session(), 0
    for found in CALL.finditer(text):
        model = session.get_service_model(found["service"])
        calls = {xform_name(name, "-"): name for name in model.operation_names}
        shape = model.operation_model(calls[found["call"]]).input_shape
        members = {xform_name(name, "-") for name in (shape.members if shape else ())}
        rest = re.sub(r"'[^']*'|\"[^\"]*\"", "X", found["rest"])
        given = {RENAMED.get(one, one) for one in OPTION.findall(rest)} - OURS
        assert given <= members, (found["call"], given - members)
        seen += 1
    return seen
