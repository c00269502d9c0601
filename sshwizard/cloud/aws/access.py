"""One profile's way to AWS: its session and clients, made one after the other on one thread, and calls on many.

boto3 is imported here only, inside functions, on that thread: it takes a fifth of a second, and neither sessions
nor the making of clients are safe on several threads at once (boto3 documentation, Multithreading).
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import functools
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from sshwizard.cloud.aws import errors
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import Answer, Unseen, late, same

WORKERS = 12
_CONFIG = {
    "connect_timeout": 3,
    "read_timeout": 6,
    "max_pool_connections": 24,
}
_PAUSE = 0.7
"""Seconds before a call that was throttled is made once more."""
_PRESENT = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")  # fmt: skip
_FILES = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
          ("BOTO_CONFIG", "~/.boto"), ("", "/etc/boto.cfg"))  # fmt: skip
_DMI = (Path("/sys/class/dmi/id/sys_vendor"), Path("/sys/hypervisor/uuid"))


@dataclass(frozen=True)
class Call:
    """One read of the AWS API."""

    service: str
    operation: str
    """As boto3 spells it: describe_instances."""
    params: Mapping[str, Any] = field(default_factory=dict)
    most: int = 0
    """Rows that are wanted at most; 0 for every page."""

    @property
    def name(self) -> str:
        """The permission that it needs: ec2:DescribeInstances."""
        return f"{self.service}:{''.join(word.capitalize() for word in self.operation.split('_'))}"


def on_ec2() -> bool:
    """True on an EC2 instance (EC2 User Guide, Identify EC2 instances): only there is the metadata service asked."""
    for file in _DMI:
        try:
            text = file.read_text("ascii", "replace").strip().lower()
        except OSError:
            continue
        if text.startswith(("amazon ec2", "ec2")):
            return True
    return False


def configured() -> bool:
    """True when there is any place that could hold credentials; else boto3 need not even be imported."""
    if any(os.environ.get(name) for name in _PRESENT):
        return True
    files = (os.environ.get(variable, "") if variable else "" for variable, _ in _FILES)
    return any(Path(given or usual).expanduser().exists() for given, (_, usual) in zip(files, _FILES, strict=True)) or (
        on_ec2()
    )


class Access:
    """One profile. Made anew after a login: boto3 keeps expired credentials."""

    retries: ClassVar[Mapping[str, Any]] = {"mode": "standard", "total_max_attempts": 3}

    def __init__(self, profile: str, setup: Pool, workers: Pool) -> None:
        self.profile = profile
        self.region = ""
        """The region that the profile or the environment names."""
        self.profiles: tuple[str, ...] = ()
        """The profiles that the config files name, but for the chosen one."""
        self.method = ""
        """Where the credentials come from, in botocore's words: env, sso, login, assume-role."""
        self._setup, self._workers = setup, workers
        self.fips = False
        """Whether the profile or the environment wants FIPS endpoints (use_fips_endpoint)."""
        self.trust = ""
        """A file of certificates that stands in place of the system's (ca_bundle)."""
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._closed: Unseen | None = None
        self._renew = ""

    async def ready(self) -> Unseen | None:
        """Make the session; says why there is none."""
        return await self._setup.ask(self._open)

    async def call(self, call: Call, region: str = "", limit: float = 9.0) -> Answer:
        """The answer, or why there is none. Never raises but for being cancelled."""
        try:
            async with asyncio.timeout(limit):
                client = self._clients.get((call.service, region))
                if client is None:
                    client = await self._setup.ask(lambda: self._client(call, region))
                if isinstance(client, Unseen):
                    return client
                answer = await self._workers.ask(lambda: self._made(client, call))
                if isinstance(answer, Unseen) and answer.kind == "throttled":  # boto3 has tried three times by now
                    await asyncio.sleep(_PAUSE)
                    answer = await self._workers.ask(lambda: self._made(client, call))
                return answer
        except TimeoutError:
            return late(call.name, limit)

    def now(self, call: Call, region: str) -> Answer:
        """The same on the caller's own thread, which waits: for changes, which are made one after the other."""
        client = self._client(call, region)
        return client if isinstance(client, Unseen) else self._made(client, call)

    def sign(self, url: str, service: str, region: str, seconds: int) -> str | Unseen:
        """The URL of a GET, signed in its query, as a credential for so long. On the caller's own thread, as `now`.

        Signature Version 4, query string; nothing but the header host is signed.
        """
        if why := self._open():
            return same(why, "")
        try:
            from botocore.auth import SigV4QueryAuth
            from botocore.awsrequest import AWSRequest

            request = AWSRequest("GET", url)
            SigV4QueryAuth(self._session.get_credentials(), service, region, expires=seconds).add_auth(request)
        except Exception as error:
            return errors.unseen(error, "", self.profile, self._renew)
        return str(request.prepare().url)

    def endpoint(self, service: str, region: str) -> str:
        """The URL of a service in a region; empty where there is no client. On the caller's own thread."""
        client = self._client(Call(service, ""), region)
        return "" if isinstance(client, Unseen) else str(client.meta.endpoint_url)

    # ------------------------------------------------------------- on the setup thread

    def _open(self) -> Unseen | None:
        if self._session is None and self._closed is None:
            try:
                self._begin()
            except Exception as error:
                self._closed = errors.unseen(error, "", self.profile)
        return self._closed

    def _begin(self) -> None:
        import boto3
        import botocore.session

        core = botocore.session.Session(profile=self.profile or None)
        core.register_component("data_loader", _models(core.get_config_variable("data_path")))
        self._renew = renewal(core, self.profile)
        chain = core.get_component("credential_provider")
        if not on_ec2():
            chain.remove("iam-role")
        for provider in chain.providers:
            if provider.METHOD == "assume-role":
                provider._prompter = _no_prompt
            elif provider.METHOD == "custom-process":  # it must not read from the person's terminal
                provider._popen = functools.partial(subprocess.Popen, stdin=subprocess.DEVNULL, start_new_session=True)
        self.region = core.get_config_variable("region") or ""
        chosen = self.profile or core.get_config_variable("profile") or "default"
        self.profiles = tuple(name for name in core.available_profiles if name != chosen)
        self.fips = bool(core.get_config_variable("use_fips_endpoint"))
        self.trust = core.get_config_variable("ca_bundle") or ""
        found = core.get_credentials()
        if found is None:
            self._closed = Unseen(
                "", "no-credentials", "no AWS credentials are configured here", self._renew or "aws configure sso"
            )
            return
        self.method = str(found.method)
        self._session = boto3.session.Session(botocore_session=core)

    def _client(self, call: Call, region: str) -> Any:
        """The client for a service in a region, or why there is none."""
        if why := self._open():
            return same(why, call.name)
        place = (call.service, region)
        if place not in self._clients:
            try:
                from botocore.config import Config

                wanted = Config(**_CONFIG, retries=self.retries)
                made = self._session.client(call.service, region_name=region or None, config=wanted)
            except Exception as error:
                return errors.unseen(error, call.name, self.profile, self._renew)
            self._clients[place] = made
        return self._clients[place]

    # ------------------------------------------------------------- on a worker

    def _made(self, client: Any, call: Call) -> Answer:
        try:
            if not call.most and client.can_paginate(call.operation):
                found = client.get_paginator(call.operation).paginate(**call.params).build_full_result()
            else:
                found = getattr(client, call.operation)(**call.params)
        except Exception as error:
            return errors.unseen(error, call.name, self.profile, self._renew)
        answer: dict[str, Any] = plain(found)
        answer.pop("ResponseMetadata", None)
        return answer


def plain(value: Any) -> Any:
    """`value` with JSON's types only: a time in ISO 8601, bytes in base64."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


@functools.cache
def _models(path: str | None) -> Any:
    """AWS's descriptions of its services, read once for all sessions of this process: a fifth of a second."""
    import botocore.loaders

    return botocore.loaders.create_loader(path)


def _no_prompt(_text: str) -> str:
    raise errors.MfaNeeded


def renewal(core: Any, profile: str) -> str:
    """The command that renews the credentials of a profile, as its config says how they are had."""
    chosen = profile or core.get_config_variable("profile") or "default"
    rows = core.full_config.get("profiles", {})
    option = f" --profile {chosen}" if chosen != "default" else ""
    seen: set[str] = set()
    while chosen in rows and chosen not in seen:
        seen.add(chosen)
        row = rows[chosen]
        option = f" --profile {chosen}" if chosen != "default" else ""
        if "sso_session" in row or "sso_start_url" in row:
            return f"aws sso login{option}"
        if "login_session" in row:
            return f"aws login{option}"
        if "credential_process" in row:
            return f"what credential_process of the profile {chosen} needs"
        chosen = row.get("source_profile", "")
    if not profile and os.environ.get("AWS_ACCESS_KEY_ID"):
        return "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew"
    return f"aws configure{option}" if rows else ""
