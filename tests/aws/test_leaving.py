"""Who asks AWS stays light and leaves at once: no boto3 for a plain host, no thread that holds the end."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from command import python

from sshwizard.lab.aws import Aws

LOOK = """
import json, sys
from sshwizard.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
heavy = [name for name in ("boto3", "botocore") if name in sys.modules]
print(json.dumps({"code": int(code or 0), "heavy": heavy}), file=sys.stderr)
"""

LEAVE = """
import asyncio, sys
from sshwizard.cloud.cloud import Cloud
from sshwizard.cloud.aws.clues import Question
async def main():
    cloud = Cloud()
    asked = cloud.aws.about(0, Question(sys.argv[1], sys.argv[1]))
    print((await asked.identity(1)).unseen[0].kind, flush=True)
    await cloud.close()
asyncio.run(main())
"""


def test_a_plain_host_costs_nothing_also_where_credentials_are() -> None:
    """Credentials in the environment, and AWS_PROFILE, are no wish to ask a cloud."""
    env = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_PROFILE": "work", "AWS_REGION": "eu-west-1"}
    told = python(("-c", LOOK, "diagnose", "--json", "-F", "none", "-p", "1", "127.0.0.1"), env=env)
    assert json.loads(told.err.splitlines()[-1]) == {"code": 1, "heavy": []}, told.text


def test_an_address_of_ec2_costs_nothing_where_nothing_is_configured(tmp_path: Path) -> None:
    code = LEAVE + "assert 'boto3' not in sys.modules\n"
    env = {"HOME": str(tmp_path), "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    told = python(("-c", code, "54.229.17.20"), env=env)
    assert told.out.strip() == "no-credentials", told.text


@pytest.mark.requires("moto")
def test_a_call_that_hangs_does_not_hold_the_end(aws: Aws) -> None:
    aws.hang("ec2:*")
    began = time.monotonic()
    told = python(("-c", LEAVE, "i-0123456789abcdef0"), env=dict(os.environ))
    assert told.out.strip() == "slow", told.text
    assert time.monotonic() - began < 10
