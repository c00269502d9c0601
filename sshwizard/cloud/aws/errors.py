"""What an exception of boto3 means, in words: typed, with what would unblock it.

Read by class name, so that nothing of boto3 is imported here. Codes: EC2 API error codes, and
docs.aws.amazon.com/general for STS, SSM and CloudTrail, which say the same thing in other words.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen

SKEW = 240.0
"""Seconds that a clock may differ before it is to blame; AWS refuses signatures at 300 s."""

_DENIED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "UnauthorizedAccess"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_WRONG = {
    "InvalidClientTokenId", "AuthFailure", "UnrecognizedClientException", "SignatureDoesNotMatch",
    "InvalidSignatureException", "InvalidAccessKeyId", "IncompleteSignature", "MissingAuthenticationToken",
}  # fmt: skip
_THROTTLED = {
    "RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown",
    "RequestThrottled", "BandwidthLimitExceeded",
}  # fmt: skip
_NO_REGION = {"OptInRequired", "InvalidRegion", "UnsupportedRegion"}
_RENEW = {
    "UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError", "SSOError", "NoAuthTokenError",
}  # fmt: skip
_UNREACHED = {
    "EndpointConnectionError", "ConnectTimeoutError", "ConnectionClosedError", "ProxyConnectionError", "SSLError",
    "ConnectionError", "HTTPClientError",
}  # fmt: skip


class MfaNeeded(Exception):
    """The profile wants a code of a second device, which is not asked for in the middle of a screen."""


def unseen(error: Exception, call: str, profile: str = "", renew: str = "", now: float | None = None) -> Unseen:
    """Why `call` gave no answer. `renew`: the command that renews this profile's credentials."""
    names = {kind.__name__ for kind in type(error).__mro__}
    name = type(error).__name__
    login = renew or _login(names, profile)
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return _refused(response, call, login, time.time() if now is None else now)
    if isinstance(error, MfaNeeded) or "MfaNeeded" in names:
        return Unseen(call, "mfa-needed", f"the profile {_named(profile)}wants a code of your second device",
                      login, name)  # fmt: skip
    if name == "ModuleNotFoundError":
        return Unseen(call, "no-library", "boto3 is not installed", "pip install 'sshwizard[aws]'", name)
    if name == "NoCredentialsError":
        return Unseen(call, "no-credentials", "no AWS credentials are configured here", "aws configure sso", name)
    if name == "PartialCredentialsError":
        return Unseen(call, "partial-credentials", f"the AWS credentials are incomplete: {_text(error)}", login, name)
    if name == "ProfileNotFound":
        why = f"there is no AWS profile {_named(profile)}here"
        return Unseen(call, "no-profile", why, "aws configure list-profiles", name)
    if name == "NoRegionError":
        return Unseen(call, "no-region", "no AWS region is set", "--region REGION", name)
    if names & _RENEW or "LoginError" in names:
        return Unseen(call, "expired", f"you are no longer logged in to AWS: {_text(error)}", login, name)
    if name in {"CredentialRetrievalError", "UnknownCredentialError", "InvalidConfigError", "ConfigParseError",
                "ConfigNotFound", "InfiniteLoopConfigError"}:  # fmt: skip
        return Unseen(call, "wrong-credentials", f"the AWS credentials could not be had: {_text(error)}", login, name)
    if name == "ReadTimeoutError":
        return Unseen(call, "slow", "AWS did not answer in time", "try again", name)
    if names & _UNREACHED:
        return Unseen(call, "unreachable", f"AWS was not reached: {_text(error)}", "the way to AWS by HTTPS", name)
    if name in {"ResponseParserError", "JSONDecodeError"}:
        return Unseen(call, "not-understood", "what answered did not speak as AWS does", "", name)
    if name in {"AttributeError", "UnknownServiceError", "OperationNotPageableError", "ParamValidationError"}:
        return Unseen(call, "failed", "this boto3 does not know the call", "pip install --upgrade boto3", name)
    return Unseen(call, "failed", f"the call failed: {_text(error)}", "", name)


def _refused(response: Mapping[str, Any], call: str, login: str, now: float) -> Unseen:
    """AWS answered, with an error."""
    error = response.get("Error") or {}
    code, text = str(error.get("Code", "")), clean.line(str(error.get("Message", "")), 200)
    off = skew(response, now)
    if code in _DENIED:
        verb, whom = _verb(call), _by_whom(text)
        why = f"you may not {verb} ({call}): {whom}" if whom else f"you may not {verb} ({call})"
        return Unseen(call, "denied", why, f"allow {call}", code)
    if code in _EXPIRED | _WRONG and off is not None and abs(off) > SKEW:
        way = "ahead of" if off > 0 else "behind"
        why = f"this computer's clock is {abs(off) / 60:.0f} minutes {way} AWS's, which then refuses every call"
        return Unseen(call, "clock-wrong", why, "set the clock", code)
    if code in _EXPIRED:
        return Unseen(call, "expired", "the AWS credentials have expired", login, code)
    if code in _WRONG:
        return Unseen(call, "wrong-credentials", f"AWS does not accept the credentials: {text}", login, code)
    if code in _THROTTLED:
        return Unseen(
            call, "throttled", "AWS asked us to slow down, again and again", "wait a minute, then look again", code
        )
    if code in _NO_REGION:
        return Unseen(
            call, "no-region", f"the region is not one that this account uses: {text}", "--region REGION", code
        )
    if ".NotFound" in code or ".Malformed" in code or code.startswith("NoSuch") or "NotFound" in code:
        return Unseen(call, "missing", text or "there is no such thing", "", code)
    return Unseen(call, "failed", f"AWS answered {clean.line(code, 60)}: {text}", "", clean.line(code, 60))


def skew(response: Mapping[str, Any], now: float) -> float | None:
    """Seconds by which our clock is ahead of the one that answered (HTTP's Date header); None when it said none."""
    headers = (response.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    try:
        return now - email.utils.parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return None


def _login(names: set[str], profile: str) -> str:
    command = "aws login" if any(name.startswith("Login") for name in names) else "aws sso login"
    return f"{command} --profile {profile}" if profile else command


def _by_whom(text: str) -> str:
    """What the refusal itself says about who denies (IAM, troubleshooting access denied messages)."""
    if "service control policy" in text:
        return "a policy of the organisation denies it"
    if "permissions boundary" in text:
        return "the permissions boundary denies it"
    return "a policy denies it outright" if "with an explicit deny" in text else ""


def _verb(call: str) -> str:
    """`ec2:DescribeNetworkAcls` as "describe network acls"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", call.partition(":")[2]).lower()


def _named(profile: str) -> str:
    return f"{clean.line(profile, 60)} " if profile else ""


def _text(error: Exception) -> str:
    return clean.line(str(error), 160)
