"""Error answers as AWS words them: an envelope per wire protocol, a code per service.

Source: the EC2 API reference ("Common client errors"), the IAM and Systems Manager references ("Common errors").
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

Answer = tuple[int, dict[str, str], str]
"""Status, headers and body of an HTTP answer."""

Trouble = Literal["expired", "throttled", "denied"]
"""What a test can make the whole service say."""

_QUERY = ("iam", "sts", "cloudwatch")


@dataclass
class ApiError(Exception):
    """What the service refuses, with AWS's own code."""

    code: str
    message: str
    status: int = 400


def dry() -> ApiError:
    """It would have succeeded."""
    return ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def envelope(protocol: str, error: ApiError) -> Answer:
    """The error as the protocol of a service ("ec2", "query", "json", "rest-json") puts it."""
    request = str(uuid.uuid4())
    code, message = escape(error.code), escape(error.message)
    if protocol == "ec2":
        kind = "text/xml;charset=UTF-8"
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
            f"<Code>{code}</Code><Message>{message}</Message>"
            f"</Error></Errors><RequestID>{request}</RequestID></Response>"
        )
    elif protocol == "query":
        kind = "text/xml"
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{request}</RequestId></ErrorResponse>"
        )
    else:
        kind = "application/x-amz-json-1.1"
        body = json.dumps({"__type": error.code, "message": error.message})
    headers = {
        "content-type": kind,
        "x-amzn-errortype": error.code,
        "x-amzn-requestid": request,
        "status": str(error.status),
    }
    return error.status, headers, body


def expired(service: str) -> ApiError:
    """The credentials ran out."""
    if service == "ec2":
        return ApiError("RequestExpired", "Request has expired.", 400)
    code = "ExpiredTokenException" if service in ("ssm", "cloudtrail", "ec2-instance-connect") else "ExpiredToken"
    return ApiError(code, "The security token included in the request is expired", 403)


def throttled(service: str) -> ApiError:
    """Too many calls."""
    if service == "ec2":
        return ApiError("RequestLimitExceeded", "Request limit exceeded.", 503)
    return ApiError("Throttling" if service in _QUERY else "ThrottlingException", "Rate exceeded")


def denied(service: str, action: str, arn: str) -> ApiError:
    """No policy allows it."""
    why = (
        f"User: {arn} is not authorized to perform: {service}:{action} "
        f"because no identity-based policy allows the {service}:{action} action"
    )
    if service == "ec2":
        encoded = "Encoded authorization failure message: cHJhY3RpY2U"
        text = f"You are not authorized to perform this operation. {why}. {encoded}"
        return ApiError("UnauthorizedOperation", text, 403)
    if service in _QUERY:
        return ApiError("AccessDenied", why, 403)
    return ApiError("AccessDeniedException", why, 400)


def unsupported(service: str, action: str) -> ApiError:
    """Neither moto nor this lab has the action."""
    return ApiError("UnsupportedOperation", f"The practice AWS has no {service}:{action}.")


def missing(code: str, what: str, id_: str) -> ApiError:
    """A resource that is not there."""
    return ApiError(code, f"The {what} '{id_}' does not exist")
