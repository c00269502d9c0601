"""The one way to Google's REST APIs: a call, its answer or why there is none.

urllib3 on daemon threads; the base of each service is gcloud's own override, where one is set, so that one
environment drives both (gcloud topic configurations, api_endpoint_overrides).
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sshwizard.cloud.gcp import errors
from sshwizard.cloud.gcp.credentials import Credentials, NoCredentials, find
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import Answer, Unseen, late, same

WORKERS = 16
_CONNECT, _READ = 3.0, 6.0
"""Seconds."""
_PAUSE = 0.7
"""Seconds before a call that was throttled is made once more."""
_MOST = 20 << 20
"""Bytes of one answer."""
BASES: Mapping[str, str] = {
    "compute": "https://compute.googleapis.com/compute/v1/",
    "cloudresourcemanager": "https://cloudresourcemanager.googleapis.com/",
    "iap": "https://iap.googleapis.com/",
    "iam": "https://iam.googleapis.com/",
    "oslogin": "https://oslogin.googleapis.com/",
    "orgpolicy": "https://orgpolicy.googleapis.com/",
    "monitoring": "https://monitoring.googleapis.com/",
    "serviceusage": "https://serviceusage.googleapis.com/",
    "networkmanagement": "https://networkmanagement.googleapis.com/",
    "logging": "https://logging.googleapis.com/",
    "oauth2": "https://www.googleapis.com/",
}
"""Where each service is. Compute's base holds its version, the others' paths do."""
NONE = Unseen("", "no-credentials", "no Google Cloud credentials are configured here", "gcloud auth login")


@dataclass(frozen=True)
class Call:
    """One call of a REST API."""

    service: str
    path: str
    permission: str = ""
    """The IAM permission that it needs; empty for those that every caller may make."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    method: str = ""
    """Empty: GET, or POST where there is a body."""
    pages: str = ""
    """The key whose rows are put together over all pages."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        return self.permission or f"{self.service}:{self.path.partition(':')[2] or self.path.rpartition('/')[2]}"

    @property
    def verb(self) -> str:
        return self.method or ("GET" if self.body is None else "POST")


def path(*words: str) -> str:
    """A path of these words, each of which came from somewhere and is quoted."""
    return "/".join(quote(word, safe="@") for word in words)


def base(service: str) -> str:
    """The URL of a service, with a slash behind it."""
    given = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.upper()}", "")
    found = given or BASES[service]
    return found if found.endswith("/") else f"{found}/"


class Access:
    """One login to Google. Made anew after the person logged in."""

    def __init__(self, setup: Pool, workers: Pool) -> None:
        self._setup, self._workers = setup, workers
        self._credentials: Credentials | None = None
        self._closed: Unseen | None = None
        self._http: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def account(self) -> str:
        """The e-mail address that is known so far."""
        return self._credentials.account if self._credentials else ""

    @property
    def project(self) -> str:
        """The project that the settings name."""
        return self._credentials.project if self._credentials else ""

    async def ready(self) -> Unseen | None:
        """Find out who we are; says why nobody knows."""
        return await self._setup.ask(self._open)

    async def call(self, call: Call, limit: float = 9.0) -> Answer:
        """The answer, or why there is none. Never raises but for being cancelled."""
        try:
            async with asyncio.timeout(limit):
                if why := await self._setup.ask(self._open):
                    return same(why, call.name)
                answer = await self._workers.ask(lambda: self.made(call))
                if isinstance(answer, Unseen) and answer.kind == "throttled":
                    await asyncio.sleep(_PAUSE)
                    answer = await self._workers.ask(lambda: self.made(call))
                return answer
        except TimeoutError:
            return late(call.name, limit)

    def now(self, call: Call) -> Answer:
        """The same on the caller's own thread, which waits: for changes, which are made one after the other."""
        why = self._open()
        return same(why, call.name) if why else self.made(call)

    async def token(self, *, fresh: bool = False) -> str | Unseen:
        """A token for who speaks another protocol than REST: the IAP tunnel. `fresh`: the last one was refused."""
        if why := await self.ready():
            return why
        return await self._workers.ask(lambda: self._token(fresh))

    # ------------------------------------------------------------- on the setup thread

    def _open(self) -> Unseen | None:
        if self._credentials is None and self._closed is None:
            try:
                import urllib3  # noqa: F401

                self._credentials = find()
            except NoCredentials:
                self._closed = NONE
            except Exception as error:
                self._closed = errors.failed(error, "")
        return self._closed

    # ------------------------------------------------------------- on a worker

    def made(self, call: Call) -> Answer:
        """The answer of Google, all pages of it."""
        answer = self._once(call)
        while call.pages and not isinstance(answer, Unseen) and (token := answer.get("nextPageToken")):
            query = {**call.query, "pageToken": str(token)}
            more = self._once(Call(call.service, call.path, call.permission, query, call.body, call.method))
            if isinstance(more, Unseen):
                return more
            rows = _joined(answer.get(call.pages), more.get(call.pages))
            answer = {**more, call.pages: rows}
        return answer

    def _once(self, call: Call) -> Answer:
        try:
            status, body = self._sent(call, fresh=False)
            if status == 401:
                status, body = self._sent(call, fresh=True)
            if status >= 400:
                return errors.refused(status, body, call.name)
            found = json.loads(body or b"{}")
        except NoCredentials:
            return same(NONE, call.name)
        except Exception as error:
            return errors.failed(error, call.name)
        return found if isinstance(found, dict) else errors.failed(ValueError(), call.name)

    def _sent(self, call: Call, *, fresh: bool) -> tuple[int, bytes]:
        import urllib3

        url = base(call.service) + call.path + (f"?{urlencode(call.query)}" if call.query else "")
        headers = {"Authorization": f"Bearer {self._fresh(fresh)}", "Accept": "application/json"}
        if self._credentials and self._credentials.quota:
            headers["x-goog-user-project"] = self._credentials.quota
        body = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(call.body).encode()
        timeout = urllib3.Timeout(connect=_CONNECT, read=_READ)
        response = self._pool(url).request(
            call.verb, url, headers=headers, body=body, timeout=timeout, retries=False, redirect=False,
            preload_content=False,
        )  # fmt: skip
        try:
            text = response.read(_MOST + 1)
        finally:
            response.release_conn()
        if len(text) > _MOST:
            raise ValueError("the answer is too long")
        return response.status, text

    def _token(self, fresh: bool) -> str | Unseen:
        try:
            return self._fresh(fresh)
        except NoCredentials:
            return NONE
        except Exception as error:
            return errors.failed(error, "")

    def _fresh(self, fresh: bool) -> str:
        if self._credentials is None:
            raise NoCredentials
        with self._lock:  # google-auth's credentials may be renewed by one thread at a time
            return self._credentials.token(self._pool("https://oauth2.googleapis.com/"), fresh=fresh)

    def _pool(self, url: str) -> Any:
        """The connections for a URL, straight or through the proxy that the environment names."""
        import urllib3

        place = urlsplit(url)
        proxy = urllib.request.getproxies().get(place.scheme, "")
        if urllib.request.proxy_bypass(place.hostname or ""):
            proxy = ""
        if proxy not in self._http:
            made = urllib3.ProxyManager(proxy, maxsize=WORKERS) if proxy else urllib3.PoolManager(maxsize=WORKERS)
            self._http[proxy] = made
        return self._http[proxy]


def _joined(first: Any, second: Any) -> Any:
    """The rows of two pages: lists one behind the other, aggregated lists (by zone) side by side."""
    if isinstance(first, dict) or isinstance(second, dict):
        return {**(first or {}), **(second or {})}
    return [*(first or ()), *(second or ())]
