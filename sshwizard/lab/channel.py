"""What an embedded cloud is told beside its API: POST /sshwizard-lab/VERB with JSON, answered with JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sshwizard.lab.bench import LabError

Told = dict[str, Any]
Verbs = Mapping[str, Callable[[Told], Any]]

PATH = "/sshwizard-lab/"
HEADER = {"X-Sshwizard-Lab": "1"}
"""A page in a browser cannot send it to another origin: only programs tell an embedded cloud anything."""
_SECONDS = 20
"""For one answer; a world is built in two."""


def tell(name: str, url: str, verb: str, told: Mapping[str, object]) -> Any:
    """One request to the cloud at `url`. Raises LabError with `name` and what it answered."""
    import urllib.error
    import urllib.request

    body = json.dumps(told).encode()
    request = urllib.request.Request(f"{url}{PATH}{verb}", data=body, headers=HEADER, method="POST")
    # A proxy of the person's has no business on loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SECONDS) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise LabError(f"{name} refused {verb}: {error.read().decode()}") from None
    except (OSError, ValueError) as error:
        raise LabError(f"{name} did not answer: {error}") from error


def answer(verbs: Verbs, verb: str, body: bytes) -> tuple[str, bytes]:
    """The child's side: the HTTP status line and the body of an answer."""
    if verb not in verbs:
        return "404 Not Found", _json({"error": f"no verb {verb}; there are: {', '.join(verbs)}"})
    try:
        return "200 OK", _json(verbs[verb](json.loads(body or b"{}")))
    except Exception as error:
        return "400 Bad Request", _json({"error": f"{type(error).__name__}: {error}"})


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
