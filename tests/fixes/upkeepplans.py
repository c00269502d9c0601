"""What an advice about an account has to say for its fix, as `sshwizard.advice.mending` hands it on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

_RULE = {"group": "sg-1", "protocol": "tcp", "low": 22, "high": 22, "source": "0.0.0.0/0", "description": ""}
ADVISED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "narrow-security-group-rule": ("", {"group": "sg-1", "rules": json.dumps([_RULE]), "sources": "198.20.30.40"}),
    "describe-security-group-rules": ("ssh, kim, 2026", {"group": "sg-1", "rules": json.dumps([_RULE])}),
    "create-status-alarm": ("arn:aws:sns:eu-west-1:123456789012:ops", {"instances": "i-1 i-2"}),
    "create-login-alarm": ("arn:aws:sns:eu-west-1:123456789012:ops", {
        "name": "failed-logins", "log": "/var/log/secure", "pattern": '?"Failed password"', "namespace": "sshwizard",
        "metric": "FailedLogins"}),
    "ship-auth-log": ("", {
        "instances": "i-1", "parameter": "AmazonCloudWatch-ssh-logins", "configuration": "{}"}),
    "update-ssm-agents": ("", {"instances": "i-1 i-2"}),
    "deny-in-network-acl": ("", {
        "entries": '[["acl-1", 9, "45.9.148.1/32"]]', "port": "22", "sources": "198.20.30.40"}),
    "open-emergency-endpoint": ("", {"vpc": "vpc-1", "subnet": "subnet-1", "group": "sg-1", "mark": "1"}),
}  # fmt: skip
"""The answer, and the data."""


def upkeep_plans(at: Callable[..., Any]) -> dict[str, Callable[[Path], Any]]:
    """A situation for each."""
    asked = partial(at, outcome="advice", region="eu-west-1", profile="p")
    return {id_: partial(asked, answer=answer, **data) for id_, (answer, data) in ADVISED.items()}
