"""The one place where the embedded AWS differs from moto: around `BaseResponse.call_action`.

Every call of every service passes that function. Around it stand, in this order: the faults a test asked for, a
handler that may answer by itself (`before`), moto, a handler that corrects moto's answer (`after`), paging, and the
record. Handlers take and return plain dicts, named as in the API reference.
"""

from __future__ import annotations

import functools
import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import botocore.parsers
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.ec2.models import ec2_backends

from sshwizard.lab.aws import errors, paging, record
from sshwizard.lab.aws.errors import Answer, ApiError
from sshwizard.lab.aws.state import OWN_KEY, Lab, Region

SERVICES = ("ec2", "ec2-instance-connect", "ssm", "iam", "sts", "cloudtrail", "cloudwatch", "logs",
            "autoscaling")  # fmt: skip

_DRY = frozenset({
    "CreateSecurityGroup", "CreateInstanceConnectEndpoint", "DeleteInstanceConnectEndpoint", "ModifyInstanceAttribute",
    "EnableSerialConsoleAccess", "DisableSerialConsoleAccess", "AllocateAddress", "AssociateAddress", "CreateRoute",
    "ModifyInstanceMetadataOptions", "UpdateSecurityGroupRuleDescriptionsIngress",
})  # fmt: skip
"""Actions that moto lacks, or makes although it is told not to."""

Before = Callable[["Call"], dict[str, Any] | None]
After = Callable[["Call", dict[str, Any]], dict[str, Any]]

_before: dict[tuple[str, str], Before] = {}
_after: dict[tuple[str, str], After] = {}


@dataclass
class Call:
    """One API call on its way."""

    lab: Lab
    response: Any
    """moto's BaseResponse, which holds the request."""
    service: str
    action: str
    params: dict[str, Any]
    asked: str
    """The parameters as JSON, as they came."""
    taken: dict[str, list[str]] = field(default_factory=dict)
    """Filters that moto does not know: kept from it, and applied to its answer."""

    @property
    def account(self) -> str:
        return str(self.response.current_account)

    @property
    def region(self) -> str:
        return str(self.response.region)

    @property
    def here(self) -> Region:
        """What we remember of the region of this call."""
        return self.lab.regions[(self.account, self.region)]

    @property
    def ec2(self) -> Any:
        """moto's EC2 of this region."""
        return ec2_backends[self.account][self.region]

    @property
    def ours(self) -> bool:
        """Made by the lab itself."""
        return f"Credential={OWN_KEY}/" in str(self.response.headers.get("Authorization", ""))

    def filters(self) -> dict[str, list[str]]:
        return {one["Name"]: list(one.get("Values", [])) for one in self.params.get("Filters") or []}

    def flag(self, name: str) -> bool:
        """A boolean parameter, however the protocol carried it."""
        return str(self.params.get(name, False)).lower() == "true"

    def take_filters(self, *patterns: str) -> None:
        """Keep the filters whose name matches from moto."""
        self.taken = {name: values for name, values in self.filters().items() if _any(name, patterns)}
        if self.taken:
            self.params["Filters"] = [one for one in self.params["Filters"] if one["Name"] not in self.taken]

    def keep(self, items: list[dict[str, Any]], values: Callable[[dict[str, Any], str], list[Any]]) -> list[Any]:
        """The items that pass the filters which were taken: each names values, of which one must match."""
        return [
            item
            for item in items
            if all(
                any(fnmatchcase(str(value), one) for value in values(item, name) if value is not None for one in wanted)
                for name, wanted in self.taken.items()
            )
        ]


def before(service: str, *actions: str) -> Callable[[Before], Before]:
    """Answer these actions instead of moto; None lets moto answer."""

    def enter(handler: Before) -> Before:
        _before.update({(service, action): handler for action in actions})
        return handler

    return enter


def after(service: str, *actions: str) -> Callable[[After], After]:
    """Correct moto's answer to these actions."""

    def enter(handler: After) -> After:
        _after.update({(service, action): handler for action in actions})
        return handler

    return enter


@functools.cache
def service_model(service: str) -> Any:
    """botocore's description of a service, of which moto has a copy in memory."""
    return get_service_model(service)


def install(lab: Lab) -> None:
    """Stand around moto's call_action, for the rest of this process."""
    moto = BaseResponse.call_action

    def call_action(response: Any) -> Any:
        service = response.boto3_service_name
        if service not in SERVICES:
            return moto(response)
        call = _read(lab, response, service)
        if call is None:
            return moto(response)
        answer = _answer(call, moto)
        record.keep(call, answer)
        if _changes(call, answer):
            _follow(lab)
        return answer

    BaseResponse.call_action = call_action


def _follow(lab: Lab) -> None:
    """The call was made, and is answered so, even where its packets cannot follow."""
    try:
        lab.changed()
    except Exception as broken:
        lab.gaps[f"packets do not follow: {broken!r}"] += 1


def _changes(call: Call, answer: Any) -> bool:
    """Whether packets may go another way now. The lab itself says so when it is done."""
    if call.ours or int(answer[0]) >= 300 or record.reads(call.action):
        return False
    return call.service in ("ec2", "ec2-instance-connect")


def _read(lab: Lab, response: Any, service: str) -> Call | None:
    """The call; None where the request names no action of the service."""
    action = response._get_action()
    if not action or action not in service_model(service).operation_names:
        return None
    if service_model(service).metadata["protocol"] in ("json", "rest-json"):
        params = json.loads(response.body) if response.body else {}
    else:
        # EC2 and CloudWatch come parsed; what is taken out here, moto does not see.
        params = getattr(response, "params", None)
        params = _query(response) if params is None else params
    return Call(lab, response, service, action, params, json.dumps(params, default=str))


def _query(response: Any) -> dict[str, Any]:
    """The parameters of a query-protocol request that moto left unparsed (iam, sts)."""
    response.parse_parameters(response.normalized_request)
    return dict(response.params)


def _answer(call: Call, moto: Callable[[Any], Any]) -> Any:
    try:
        if not call.ours:
            _trouble(call)
        return _run(call, moto)
    except ApiError as refused:
        error = refused
    except NotImplementedError:
        call.lab.gaps[f"{call.service}:{call.action}"] += 1
        error = errors.unsupported(call.service, call.action)
    except Exception as broken:
        # moto would answer a page of HTML, which says nothing and reads as a parser error.
        call.lab.gaps[f"{call.service}:{call.action}: {broken!r}"] += 1
        error = ApiError("InternalError", traceback.format_exc(limit=-3), 500)
    return errors.envelope(service_model(call.service).metadata["protocol"], error)


def _run(call: Call, moto: Callable[[Any], Any]) -> Any:
    rest = paging.rest(call)
    if rest is not None:
        return call.response.serialized(_Plain(rest))
    if call.service == "ec2" and call.flag("DryRun") and call.action in _DRY:
        raise errors.dry()
    page = paging.begin(call)
    own = _before.get((call.service, call.action))
    correct = _after.get((call.service, call.action))
    result = own(call) if own else None
    if result is None:
        answer: Answer = moto(call.response)
        if int(answer[0]) >= 300 or not (correct or page or call.taken):
            return answer
        result = _parse(call, answer)
    if correct:
        result = correct(call, result)
    return call.response.serialized(_Plain(paging.cut(call, result, page)))


class _Plain(ActionResult):  # type: ignore[misc]
    """A result that is a dict with the API's own names: moto would try three spellings for each, twice as slow."""

    def execute_result(self, context: Any) -> Any:
        serializer = context.serializer_class(operation_model=context.operation_model)
        serializer.get_value = lambda value, key, _: value.get(key)
        told = serializer.serialize(self.result)
        return told["status_code"], told["headers"], told["body"]


def _parse(call: Call, answer: Answer) -> dict[str, Any]:
    """moto's answer as a dict, read as boto3 would read it."""
    status, _, body = answer
    model = service_model(call.service)
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    raw = body.encode() if isinstance(body, str) else body
    shape = model.operation_model(call.action).output_shape
    parsed: dict[str, Any] = parser.parse({"status_code": int(status), "headers": {}, "body": raw}, shape)
    parsed.pop("ResponseMetadata", None)
    return parsed


def _trouble(call: Call) -> None:
    """What a test asked for. Raises ApiError, or takes its time."""
    faults, name = call.lab.faults, f"{call.service}:{call.action}"
    wait = faults.latency + max((s for pattern, s in faults.hang.items() if fnmatchcase(name, pattern)), default=0.0)
    if wait:
        call.lab.released.wait(wait)
    if faults.expired:
        raise errors.expired(call.service)
    with call.lab.lock:
        for pattern, left in faults.throttle.items():
            if left > 0 and fnmatchcase(name, pattern):
                faults.throttle[pattern] = left - 1
                raise errors.throttled(call.service)
    if name != "sts:GetCallerIdentity" and _any(name, faults.deny):
        raise errors.denied(call.service, call.action, call.lab.arn)


def _any(name: str, patterns: Any) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
