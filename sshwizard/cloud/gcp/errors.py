"""What an error of Google's APIs means, in words: typed, with what would unblock it.

The shape is that of google.rpc.Status in JSON (Google Cloud APIs, Errors): code, message, status, details.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen

LOGIN = "gcloud auth login"
LIBRARY = Unseen(
    "", "no-library", "google-auth is not installed, so Google was not asked", "pip install 'sshwizard[gcp]'"
)
_DISABLED = re.compile(r"(?P<api>[a-z]+)\.googleapis\.com")


def refused(status: int, body: bytes, permission: str) -> Unseen:
    """Google answered, with an error."""
    error = _error(body)
    code = str(error.get("status") or status)
    text = clean.line(str(error.get("message", "")), 240)
    reason = _reason(error)
    if status == 401:
        return Unseen(
            permission, "expired", "Google does not accept the token: it has expired or was revoked", LOGIN, code
        )
    if reason in {"SERVICE_DISABLED", "accessNotConfigured"}:
        found = _DISABLED.search(text)
        name = f"{found['api']}.googleapis.com" if found else "the API"
        return Unseen(permission, "denied", f"the API {name} is not enabled in this project",
                      f"gcloud services enable {name}", reason)  # fmt: skip
    if reason in {"rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "userRateLimitExceeded"} or status == 429:
        return Unseen(permission, "throttled", "Google asked us to slow down", "wait a minute, then look again", code)
    if status == 403:
        verb = _verb(permission)
        why = f"you may not {verb} ({permission})" if permission else f"Google refuses: {text}"
        return Unseen(permission, "denied", why, f"the permission {permission}" if permission else "", code)
    if status == 404:
        return Unseen(permission, "missing", text or "there is no such thing", "", code)
    if status >= 500:
        return Unseen(permission, "failed", f"Google's API failed ({status}): {text}", "look again", code)
    return Unseen(permission, "failed", f"Google answered {clean.line(code, 60)}: {text}", "", clean.line(code, 60))


def failed(error: Exception, permission: str) -> Unseen:
    """No answer came. Read by class name, so that nothing is imported here."""
    names = {kind.__name__ for kind in type(error).__mro__}
    text = clean.line(str(error), 160)
    if "ModuleNotFoundError" in names:
        return Unseen(permission, LIBRARY.kind, LIBRARY.why, LIBRARY.unblock)
    if "RefreshError" in names or "ReauthFailError" in names:
        return Unseen(permission, "expired", f"you are no longer logged in to Google Cloud: {text}", LOGIN)
    if "DefaultCredentialsError" in names or "GoogleAuthError" in names:
        return Unseen(permission, "wrong-credentials", f"Google's credentials could not be had: {text}", LOGIN)
    if names & {"ReadTimeoutError", "TimeoutError"} and "ConnectTimeoutError" not in names:
        return Unseen(permission, "slow", "Google did not answer in time", "look again")
    if names & {"HTTPError", "OSError", "TransportError"}:
        return Unseen(permission, "unreachable", f"Google's API was not reached: {text}", "the way to Google by HTTPS")
    if names & {"ValueError", "JSONDecodeError", "UnicodeDecodeError"}:
        return Unseen(permission, "not-understood", "what answered did not speak as Google's API does")
    return Unseen(permission, "failed", f"the call failed: {text}")


def _error(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    error = found.get("error") if isinstance(found, dict) else None
    return error if isinstance(error, dict) else {}


def _reason(error: Mapping[str, Any]) -> str:
    rows = [*_rows(error.get("details")), *_rows(error.get("errors"))]
    return next((str(row["reason"]) for row in rows if row.get("reason")), "")


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _verb(permission: str) -> str:
    """`compute.instances.getSerialPortOutput` as "get serial port output of instances"."""
    words = permission.split(".")
    action = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words[-1]).lower()
    return f"{action} of {words[-2]}" if len(words) > 1 else permission
