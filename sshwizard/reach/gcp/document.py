"""Saved questions as JSON: a file of them, or one object `{effective, request}`; and their answers as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sshwizard.reach.blocks import NOWHERE, address
from sshwizard.reach.gcp import Answer, Part, Request, Step, evaluate, evaluate_rules
from sshwizard.reach.gcp.request import ENFORCEMENTS, PROTOCOLS, protocol_number
from sshwizard.reach.gcp.routes import way_out
from sshwizard.reach.gcp.spans import told
from sshwizard.reach.gcp.words import why

FORMAT = "sshwizard-gcp-firewall-vectors/1"


class BadDocument(ValueError):
    """A sentence: what is wrong with a question, and in which one."""


def answers(document: Any, *, with_paths: bool = False) -> list[dict[str, Any]]:
    """The answers to every question of a document, in its order. Raises BadDocument."""
    rows = []
    for one, defaults, where in _questions(document):
        id_, answer = _asked(one, defaults, where)
        row: dict[str, Any] = {"id": id_, "action": answer.action, "by": answer.by}
        if with_paths:
            row |= _told(answer)
            if "routes" in one:
                way = way_out(one["routes"], answer.request)
                row["way_out"] = {"verdict": way.verdict, "why": way.why}
        rows.append(row)
    return rows


def _questions(document: Any) -> Iterable[tuple[Mapping[str, Any], Mapping[str, Any], str]]:
    if not isinstance(document, Mapping):
        raise BadDocument("it is not a JSON object with effective and request, and not a file of vectors")
    if "vectors" not in document:
        return [(document, {}, "")]
    format_, vectors, defaults = document.get("format", FORMAT), document["vectors"], document.get("defaults", {})
    if format_ != FORMAT:
        raise BadDocument(f"its format is {_shown(format_)}; this command reads {FORMAT}")
    if not isinstance(vectors, list):
        raise BadDocument("its vectors are not a list")
    if not isinstance(defaults, Mapping):
        raise BadDocument("its defaults are not an object")
    found = []
    for number, one in enumerate(vectors, 1):
        where = f"vector {number}"
        if not isinstance(one, Mapping):
            raise BadDocument(f"{where} is not an object")
        found.append((one, defaults, f"{where} ({one['id']})" if isinstance(one.get("id"), str) else where))
    return found


def _asked(one: Mapping[str, Any], defaults: Mapping[str, Any], where: str) -> tuple[str, Answer]:
    try:
        asked = one.get("request")
        if not isinstance(asked, Mapping):
            raise BadDocument("request is missing, or not an object")
        request = read_request({**defaults, **asked})
        answer = _evaluated(one, request)
    except BadDocument as error:
        raise BadDocument(f"{where}: {error}" if where else str(error)) from None
    id_ = one.get("id")
    return (id_ if isinstance(id_, str) else request.src), answer


def _evaluated(one: Mapping[str, Any], request: Request) -> Answer:
    if "effective" in one or "firewalls" not in one:
        effective = one.get("effective")
        if not isinstance(effective, Mapping):
            raise BadDocument("effective is missing, or not an object")
        answer = evaluate(effective, request)
    else:
        answer = evaluate_rules(one["firewalls"], request)
    doubts = [doubt for step in answer.trace for doubt in step.rule.doubts]
    flaws = [flaw for doubt in doubts if doubt.why == "unreadable" for flaw in doubt.names]
    if flaws:
        raise BadDocument(f"the answer of the API cannot be read: {flaws[0]}")
    return answer


def read_request(asked: Mapping[str, Any]) -> Request:
    """A question. Raises BadDocument for one that cannot be asked."""
    protocol, port = asked.get("protocol", "tcp"), asked.get("port", 22)
    if protocol_number(protocol) is None:
        names = ", ".join(PROTOCOLS)
        raise BadDocument(f"request.protocol is {_shown(protocol)}, and must be a number or one of {names}")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise BadDocument(f"request.port is {_shown(port)}, and must be a number from 1 to 65535")
    enforcement = asked.get("enforcement", ENFORCEMENTS[0])
    if enforcement is not None and enforcement not in ENFORCEMENTS:
        known = " or ".join(ENFORCEMENTS)
        raise BadDocument(f"request.enforcement is {_shown(enforcement)}, and must be {known}, or null if not known")
    way = asked.get("way")
    if way not in (None, "internet"):
        raise BadDocument(f"request.way is {_shown(way)}, and must be internet, or null")
    request = Request(
        _text(asked, "src"), port, str(protocol), _texts(asked, "tags") or (), _texts(asked, "service_accounts") or (),
        _text(asked, "network"), _text(asked, "dst"), _texts(asked, "src_tags"), _texts(asked, "src_service_accounts"),
        way, enforcement,
    )  # fmt: skip
    if request.source is None:
        raise BadDocument(f"request.src is {_shown(asked.get('src'))}, and must be an IPv4 or IPv6 address or block")
    if any(space.holds(request.source) for space in NOWHERE):
        raise BadDocument(f"request.src is {request.src}, from where no packet reaches a VM")
    if request.dst and address(request.dst) is None:
        raise BadDocument(f"request.dst is {_shown(request.dst)}, and must be one IPv4 or IPv6 address")
    return request


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str | None):
        raise BadDocument(f"request.{name} is {_shown(value)}, and must be a text")
    return value or ""


def _texts(asked: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """A list of texts; empty when missing, None when null."""
    value = asked.get(name, [])
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadDocument(f"request.{name} is {_shown(value)}, and must be a list of texts")
    return tuple(value)


def _shown(value: Any) -> str:
    """A wrong value for a sentence."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return json.dumps(value)[:80]


# ------------------------------------------------------------------ answers


def _told(answer: Answer) -> dict[str, Any]:
    family = answer.request.source.family if answer.request.source else 4
    return {
        "why": why(answer),
        "parts": [_part(family, part) for part in answer.parts],
        "trace": [_step(family, step) for step in answer.trace],
        "inspected_by": list(answer.inspected_by),
        "room": {"priority": answer.room.priority, "held_by": answer.room.held_by} if answer.room else None,
        "unseen": list(answer.unseen),
    }


def _part(family: int, part: Part) -> dict[str, Any]:
    may = [record.by for record in part.may]
    return {"source": told(family, part.span), "action": part.action, "by": part.decided.by, "may": may}


def _step(family: int, step: Step) -> dict[str, Any]:
    rule = step.rule
    return {
        "by": rule.by,
        "stands": rule.kind,
        "priority": rule.priority,
        "action": rule.action,
        "outcome": step.outcome,
        "took": [told(family, span) for span in step.took],
        "misses": [{"why": miss.why, "names": list(miss.names)} for miss in rule.misses],
        "depends_on": [{"why": doubt.why, "names": list(doubt.names)} for doubt in rule.doubts],
    }
