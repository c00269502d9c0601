"""IAM and STS: who calls, and what a policy would allow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from moto.iam.models import iam_backends

from sshwizard.lab.aws.errors import ApiError
from sshwizard.lab.aws.overlay import Call, after, before

MANAGED = (
    "AdministratorAccess",
    "AmazonEC2FullAccess",
    "AmazonEC2ReadOnlyAccess",
    "AmazonSSMFullAccess",
    "AmazonSSMManagedEC2InstanceDefaultPolicy",
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMReadOnlyAccess",
    "CloudWatchAgentServerPolicy",
    "EC2InstanceConnect",
    "IAMReadOnlyAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "ViewOnlyAccess",
)
"""The policies of AWS that this account knows. moto has all 1,400 of them; reading those takes seconds."""


@after("sts", "GetCallerIdentity")
def _identity(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    arn = call.lab.arn
    # A session of a role is told with its name (IAM reference, "Unique identifiers").
    user = f"AROAPRACTICEPRACTICE1:{arn.rpartition('/')[2]}" if ":assumed-role/" in arn else "AIDAPRACTICEPRACTICE1"
    return {**result, "Arn": arn, "UserId": user}


@before("iam", "SimulatePrincipalPolicy", "SimulateCustomPolicy")
def _simulate(call: Call) -> dict[str, Any]:
    """Action, NotAction, Resource, NotResource with wildcards; an explicit deny wins. Of the conditions
    StringEquals counts, and the others count as met."""
    statements = [one for text in call.params.get("PolicyInputList") or [] for one in _statements(json.loads(text))]
    if call.action == "SimulatePrincipalPolicy":
        statements += _attached(call, call.params["PolicySourceArn"])
    results = [
        _judge(call, statements, action, resource)
        for action in call.params["ActionNames"]
        for resource in call.params.get("ResourceArns") or ["*"]
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _judge(call: Call, statements: list[dict[str, Any]], action: str, resource: str) -> dict[str, Any]:
    context = {one["ContextKeyName"]: one["ContextKeyValues"] for one in call.params.get("ContextEntries") or []}
    about = [one for one in statements if _applies(one, action, resource)]
    matched = [one for one in about if _met(one, context)]
    wanted = {key for one in about for key in one.get("Condition", {}).get("StringEquals", {})}
    if any(one["Effect"] == "Deny" for one in matched):
        decision = "explicitDeny"
    elif any(fnmatchcase(action, pattern) for pattern in call.lab.faults.deny):
        # What a test denies is denied here as well, so that both ways to ask agree.
        decision = "implicitDeny"
    else:
        decision = "allowed" if matched else "implicitDeny"
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": decision,
        "MatchedStatements": [{"SourcePolicyId": one["from"], "SourcePolicyType": "IAM Policy"} for one in matched],
        "MissingContextValues": sorted(wanted - set(context)),
    }


def _applies(statement: dict[str, Any], action: str, resource: str) -> bool:
    def any_of(name: str, value: str) -> bool:
        return any(fnmatchcase(value.lower(), str(one).lower()) for one in _list(statement[name]))

    acts = any_of("Action", action) if "Action" in statement else not any_of("NotAction", action)
    if "NotResource" in statement:
        return acts and not any_of("NotResource", resource)
    return acts and any(fnmatchcase(resource, str(one)) for one in _list(statement.get("Resource", "*")))


def _met(statement: dict[str, Any], context: dict[str, list[str]]) -> bool:
    asked = statement.get("Condition", {}).get("StringEquals", {})
    return all(set(_list(values)) & set(context.get(key, ())) for key, values in asked.items())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(document: Any, name: str = "policy") -> list[dict[str, Any]]:
    if isinstance(document, str):
        text = document if document.lstrip().startswith("{") else unquote(document)
        document = json.loads(text)
    return [{**one, "from": name} for one in _list(document["Statement"])]


def _attached(call: Call, arn: str) -> list[dict[str, Any]]:
    """The statements of a user (with its groups), a group or a role. Raises ApiError as IAM does."""
    resource = arn.split(":", 5)[-1]
    kind, _, path = resource.partition("/")
    if kind not in ("user", "group", "role") or ":sts:" in arn:
        text = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        raise ApiError("InvalidInput", text)
    return [
        one for name, document in _documents(call, kind, path.rpartition("/")[2]) for one in _statements(document, name)
    ]


def _documents(call: Call, kind: str, name: str) -> Iterator[tuple[str, Any]]:
    iam = iam_backends[call.account]["aws"]
    holders = {"user": iam.users, "group": iam.groups, "role": {role.name: role for role in iam.roles.values()}}
    holder = holders[kind].get(name)
    if holder is None:
        raise ApiError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)
    members = [group for group in iam.groups.values() if holder in group.users] if kind == "user" else []
    for one in (holder, *members):
        yield from one.policies.items()
        for policy in one.managed_policies.values():
            yield from ((policy.name, version.document) for version in policy.versions if version.is_default)
