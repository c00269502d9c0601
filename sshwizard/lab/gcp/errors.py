"""Error answers as Google's APIs word them: one shape for all, `reason` and `status` say which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_DISABLED = (
    "{title} has not been used in project {number} before or it is disabled. Enable it by visiting "
    "{link} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our "
    "systems and retry."
)
_TITLES = {"compute.googleapis.com": "Compute Engine API", "oslogin.googleapis.com": "Cloud OS Login API"}


@dataclass
class ApiError(Exception):
    """What a call is refused with."""

    code: int
    status: str
    reason: str
    message: str
    details: list[dict[str, Any]] = field(default_factory=list)
    domain: str = "global"

    def body(self) -> dict[str, Any]:
        told = {"message": self.message, "domain": self.domain, "reason": self.reason}
        error = {"code": self.code, "message": self.message, "errors": [told], "status": self.status}
        return {"error": {**error, "details": self.details} if self.details else error}


def invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_ARGUMENT", "invalid", message)


def unauthenticated(*, expired: bool) -> ApiError:
    said = "had invalid authentication credentials." if expired else "is missing required authentication credential."
    message = (
        f"Request {said} Expected OAuth 2 access token, login cookie or other valid authentication credential. "
        "See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    reason = "ACCESS_TOKEN_EXPIRED" if expired else "CREDENTIALS_MISSING"
    return ApiError(401, "UNAUTHENTICATED", "authError" if expired else "required", message, [_info(reason)])


def forbidden(service: str, permission: str, resource: str) -> ApiError:
    """The permission is missing; each API says so in words of its own."""
    if service == "compute":
        message = f"Required '{permission}' permission for '{resource}'"
    elif service in ("iam", "iap", "monitoring", "logging"):
        message = f"Permission '{permission}' denied on resource '{resource}' (or it may not exist)."
    else:
        message = "The caller does not have permission"
    metadata = {"permission": permission, "resource": resource}
    details = [_info("IAM_PERMISSION_DENIED", metadata)]
    return ApiError(403, "PERMISSION_DENIED", "forbidden", message, details)


def disabled(api: str, number: int) -> ApiError:
    """The API is off in the project that the call counts for."""
    link = f"https://console.developers.google.com/apis/api/{api}/overview?project={number}"
    title = _TITLES.get(api, f"{api.partition('.')[0].capitalize()} API")
    help_ = {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{"description": "Google developers console API activation", "url": link}],
    }
    metadata = {"service": api, "consumer": f"projects/{number}", "serviceTitle": title, "activationUrl": link}
    details = [help_, _info("SERVICE_DISABLED", metadata)]
    message = _DISABLED.format(title=title, number=number, link=link)
    return ApiError(403, "PERMISSION_DENIED", "accessNotConfigured", message, details, "usageLimits")


def not_found(resource: str) -> ApiError:
    return ApiError(404, "NOT_FOUND", "notFound", f"The resource '{resource}' was not found")


def exists(resource: str) -> ApiError:
    return ApiError(409, "ALREADY_EXISTS", "alreadyExists", f"The resource '{resource}' already exists")


def condition(message: str) -> ApiError:
    """A fingerprint that is old, or a constraint of the organization."""
    return ApiError(412, "FAILED_PRECONDITION", "conditionNotMet", message)


def throttled(permission: str) -> ApiError:
    message = f"Quota exceeded for quota metric 'Queries' of method '{permission}'."
    details = [_info("RATE_LIMIT_EXCEEDED")]
    return ApiError(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", message, details, "usageLimits")


def unknown(call: str) -> ApiError:
    """Nobody has needed this route so far."""
    return ApiError(404, "NOT_FOUND", "notFound", f"The practice Google Cloud has no {call}.")


def _info(reason: str, metadata: dict[str, str] | None = None) -> dict[str, Any]:
    kind = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    return {**kind, "metadata": metadata} if metadata else kind
