"""Credentials as people have them: real config files, real providers of botocore, an embedded AWS behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cloud import Network

from aws.asking import inquiry
from sshwizard.cloud.aws import access
from sshwizard.cloud.aws.clues import Wish
from sshwizard.cloud.aws.identify import Identity
from sshwizard.cloud.cloud import Cloud
from sshwizard.lab.aws import Aws
from sshwizard.probes.aws import identity

pytestmark = pytest.mark.requires("moto")

ID = "i-0123456789abcdef0"


@pytest.fixture
def home(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A computer on which nothing about AWS is configured; `config` and `credentials` are read from here."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


async def who(*profiles: str) -> Identity:
    async with inquiry(ID, wish=Wish(profiles)) as asked:
        return await asked.identity()


async def obstacle(*profiles: str) -> tuple[str, str]:
    found = (await who(*profiles)).unseen[0]
    return found.kind, found.unblock


async def test_nothing_configured_is_told_without_boto3(home: Path) -> None:
    assert not access.configured()
    found = await who()
    assert (found.who, found.unseen[0].kind) == ("not-asked", "no-credentials")


async def test_a_config_without_credentials(home: Path) -> None:
    (home / "config").write_text("[default]\nregion = eu-west-1\n")
    assert (await obstacle())[0] == "no-credentials"


async def test_a_profile_that_is_not_there(home: Path) -> None:
    (home / "config").write_text("[default]\nregion = eu-west-1\n")
    assert await obstacle("work") == ("no-profile", "aws configure list-profiles")


async def test_half_a_key(home: Path) -> None:
    (home / "credentials").write_text("[default]\naws_access_key_id = AKIA\n")
    assert (await obstacle())[0] == "partial-credentials"


async def test_an_sso_session_that_was_never_begun_or_is_over(home: Path) -> None:
    (home / "config").write_text(
        "[profile work]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\nregion = eu-west-1\n"
        "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n"
    )
    assert await obstacle("work") == ("expired", "aws sso login --profile work")


async def test_a_role_is_renewed_where_its_source_logs_in(home: Path) -> None:
    (home / "config").write_text(
        "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = work\nregion = eu-west-1\n"
        "[profile work]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
        "sso_account_id = 123456789012\nsso_role_name = Dev\n"
    )
    kind, unblock = await obstacle("admin")
    assert (kind, unblock) == ("expired", "aws sso login --profile work")


async def test_a_code_of_a_second_device_is_not_asked_for_on_the_screen(home: Path) -> None:
    (home / "config").write_text(
        "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/kim\nregion = eu-west-1\n"
    )
    (home / "credentials").write_text("[base]\naws_access_key_id = practice\naws_secret_access_key = practice\n")
    assert (await obstacle("admin"))[0] == "mfa-needed"


async def test_a_program_for_credentials_has_no_terminal(home: Path) -> None:
    program = home / "give"
    told = {"Version": 1, "AccessKeyId": "practice", "SecretAccessKey": "practice"}
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdin.read()\nprint({json.dumps(json.dumps(told))})\n")
    program.chmod(0o755)
    (home / "config").write_text(f"[default]\nregion = eu-west-1\ncredential_process = {program}\n")
    began = time.monotonic()
    assert (await who()).who == "nobody"
    assert time.monotonic() - began < 9


async def test_a_profile_of_the_persons_own_finds_the_instance(home: Path, aws: Aws) -> None:
    (home / "config").write_text("[profile work]\nregion = eu-west-1\n")
    (home / "credentials").write_text("[work]\naws_access_key_id = practice\naws_secret_access_key = practice\n")
    web = Network(aws).launch("web-1")
    async with inquiry(web, wish=Wish(("work",))) as asked:
        found = await asked.identity()
    assert (found.id, found.profile, found.region) == (web, "work", "eu-west-1")


async def test_profiles_that_were_not_searched_are_named(home: Path) -> None:
    keys = "aws_access_key_id = practice\naws_secret_access_key = practice\n"
    (home / "credentials").write_text(f"[default]\nregion = eu-west-1\n{keys}[work]\n{keys}[home]\n{keys}")
    found = await who()
    assert (found.who, set(found.profiles)) == ("nobody", {"work", "home"})
    assert "work" in identity.read(found).says
    assert (await who("default", "work")).profiles == ("home",)


async def test_after_a_login_the_next_question_has_a_new_session(home: Path, aws: Aws) -> None:
    (home / "config").write_text("[default]\nregion = eu-west-1\n")
    cloud = Cloud(Wish())
    from sshwizard.cloud.aws.clues import Question

    try:
        first = await cloud.aws.about(0, Question(ID, ID)).identity()
        assert first.unseen[0].kind == "no-credentials"
        (home / "credentials").write_text("[default]\naws_access_key_id = practice\naws_secret_access_key = practice\n")
        await cloud.renew()
        assert (await cloud.aws.about(0, Question(ID, ID)).identity()).who == "nobody"
    finally:
        await cloud.close()


async def test_an_endpoint_that_is_not_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    (home / "config").write_text("[default]\nregion = eu-west-1\n")
    (home / "credentials").write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    assert (await obstacle())[0] in {"unreachable", "slow"}


def test_the_metadata_service_is_no_place_to_look_outside_of_ec2(home: Path) -> None:
    code = (
        "import asyncio\n"
        "from sshwizard.cloud.aws.access import Access\n"
        "from sshwizard.cloud.pool import Pool\n"
        "async def main():\n"
        "    access = Access('', Pool('s', 1), Pool('w', 1))\n"
        "    print((await access.ready()).kind)\n"
        "asyncio.run(main())\n"
    )
    began = time.monotonic()
    (home / "config").write_text("[default]\n")
    ran = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.strip() == "no-credentials", ran.stderr
    assert time.monotonic() - began < 20
