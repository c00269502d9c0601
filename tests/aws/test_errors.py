"""What boto3's exceptions mean, typed and in words."""

from __future__ import annotations

import email.utils
from typing import Any

import pytest

exceptions = pytest.importorskip("botocore.exceptions")

from sshwizard.cloud.aws import errors  # noqa: E402
from sshwizard.cloud.unseen import Kind, Unseen  # noqa: E402

CALL = "ec2:DescribeNetworkAcls"
NOW = 1_800_000_000.0


def refused(code: str, text: str = "no", our_clock_ahead: float = 0.0) -> Any:
    date = email.utils.formatdate(NOW - our_clock_ahead, usegmt=True)
    answer = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPHeaders": {"date": date}}}
    return exceptions.ClientError(answer, "DescribeNetworkAcls")


def read(error: Exception, profile: str = "", renew: str = "") -> Unseen:
    return errors.unseen(error, CALL, profile, renew, NOW)


CODES: dict[str, Kind] = {
    "UnauthorizedOperation": "denied",
    "AccessDenied": "denied",
    "AccessDeniedException": "denied",
    "ExpiredToken": "expired",
    "ExpiredTokenException": "expired",
    "RequestExpired": "expired",
    "InvalidClientTokenId": "wrong-credentials",
    "AuthFailure": "wrong-credentials",
    "SignatureDoesNotMatch": "wrong-credentials",
    "RequestLimitExceeded": "throttled",
    "ThrottlingException": "throttled",
    "OptInRequired": "no-region",
    "InvalidInstanceID.NotFound": "missing",
    "InternalError": "failed",
}


@pytest.mark.parametrize("code", CODES)
def test_the_code_of_a_refusal_is_read(code: str) -> None:
    found = read(refused(code))
    assert (found.kind, found.call, found.code) == (CODES[code], CALL, code)
    assert found.why


def test_what_is_denied_says_what_to_allow() -> None:
    assert read(refused("UnauthorizedOperation")).unblock == f"allow {CALL}"
    why = read(refused("AccessDenied", "... with an explicit deny in a service control policy")).why
    assert why == f"you may not describe network acls ({CALL}): a policy of the organisation denies it"


@pytest.mark.parametrize("code", ["RequestExpired", "AuthFailure", "SignatureDoesNotMatch"])
def test_a_clock_that_is_wrong_is_to_blame_for_a_refused_signature(code: str) -> None:
    ahead, behind = read(refused(code, our_clock_ahead=3600)), read(refused(code, our_clock_ahead=-900))
    assert ahead.kind == behind.kind == "clock-wrong"
    assert "60 minutes ahead of" in ahead.why
    assert "15 minutes behind" in behind.why


def test_the_exceptions_of_the_credential_chain_are_read() -> None:
    chain: list[tuple[Exception, Kind]] = [
        (exceptions.NoCredentialsError(), "no-credentials"),
        (exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "partial-credentials"),
        (exceptions.ProfileNotFound(profile="work"), "no-profile"),
        (exceptions.NoRegionError(), "no-region"),
        (exceptions.UnauthorizedSSOTokenError(), "expired"),
        (exceptions.SSOTokenLoadError(error_msg="gone"), "expired"),
        (exceptions.TokenRetrievalError(provider="sso", error_msg="gone"), "expired"),
        (exceptions.LoginRefreshRequired(), "expired"),
        (exceptions.CredentialRetrievalError(provider="p", error_msg="x"), "wrong-credentials"),
        (errors.MfaNeeded(), "mfa-needed"),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), "unreachable"),
        (exceptions.ConnectTimeoutError(endpoint_url="https://x"), "unreachable"),
        (exceptions.ReadTimeoutError(endpoint_url="https://x"), "slow"),
        (exceptions.UnknownServiceError(service_name="x", known_service_names=[]), "failed"),
        (ModuleNotFoundError("boto3"), "no-library"),
        (AttributeError("no such operation"), "failed"),
        (RuntimeError("anything"), "failed"),
    ]
    for error, kind in chain:
        assert read(error, "work").kind == kind, error


def test_an_expired_login_names_the_command_that_renews_it() -> None:
    assert read(exceptions.UnauthorizedSSOTokenError(), "work").unblock == "aws sso login --profile work"
    assert read(exceptions.LoginRefreshRequired()).unblock == "aws login"
    assert read(refused("ExpiredToken"), renew="aws sso login --profile dev").unblock == "aws sso login --profile dev"


def test_what_a_stranger_writes_is_harmless() -> None:
    assert "\x1b" not in read(refused("Odd\x1b[31m", "text\x1b]0;x\x07")).why
