"""Who may come in: one check before every answer of the server, pages, files and websockets alike.

textual-serve itself checks neither Host nor Origin. A page of another site in the same browser reaches loopback: the
Host header gives a rebound name away (the browser sends the name it believes in), and the Origin header a foreign page.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from sshwizard.fronts.serving.peers import Line, account
from sshwizard.language import say

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=(), bluetooth=()",
    "Referrer-Policy": "no-referrer",
    "Server": "sshwizard",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def policy(host: str) -> str:
    """The Content-Security-Policy of every answer. xterm.js writes its measures into style elements of its own."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:; "
        f"connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@dataclass(frozen=True)
class Refusal(Exception):
    """No, and why; nothing of the request is repeated."""

    why: str
    status: HTTPStatus = HTTPStatus.FORBIDDEN


@dataclass
class Guard:
    """The names of this server, the token that nobody used yet, and the cookies that were given for the others."""

    port: int
    used: Callable[[], None] = lambda: None
    """Told when a token was exchanged."""
    token: str = ""
    _cookies: dict[str, int | None] = field(default_factory=dict)
    """Each cookie with the account whose browser fetched it, where that can be known."""

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which a browser on this machine, or behind `ssh -L` with the same port, knows us."""
        return frozenset(f"{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]"))

    @property
    def cookie(self) -> str:
        """Its name: browsers send cookies of one host to all its ports."""
        return f"sshwizard-{self.port}"

    def fresh(self) -> str:
        """A new token; the one before is void."""
        self.token = secrets.token_urlsafe(32)
        return self.token

    # ---------------------------------------------------------------- the one place

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every request passes here first."""
        try:
            self._same_place(request)
            given = request.query.getall("token", [])
            if request.path == "/" and given and not self._known(request):
                return self._exchange(request, given)
            if not self._known(request):
                raise Refusal("This page opens with the address that sshwizard serve prints; each opens it once.")
        except Refusal as refusal:
            return web.Response(text=f"{say(refusal.why)}\n", status=refusal.status)
        return await handler(request)

    async def dress(self, request: web.Request, response: web.StreamResponse) -> None:
        """Every answer has these headers, also a refusal (`on_response_prepare`)."""
        response.headers.update(HEADERS)
        host = request.headers.get("Host", "")
        response.headers["Content-Security-Policy"] = policy(host if host in self.hosts else f"127.0.0.1:{self.port}")

    def _same_place(self, request: web.Request) -> None:
        headers = request.headers
        hosts = headers.getall("Host", [])
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            raise Refusal("This server answers to 127.0.0.1 and localhost alone.", HTTPStatus.MISDIRECTED_REQUEST)
        if request.method not in {"GET", "HEAD"}:
            raise Refusal("This server only shows pages.", HTTPStatus.METHOD_NOT_ALLOWED)
        origins = headers.getall("Origin", [])
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            raise Refusal("Another page asked for this.")
        upgrade = request.path == "/ws" or "Upgrade" in headers
        if upgrade and len(origins) != 1:
            raise Refusal("A websocket must say which page opens it.")
        # A browser says by itself who asks (Fetch Metadata); only to open the page may that be another site.
        site, mode = headers.get("Sec-Fetch-Site", "none"), headers.get("Sec-Fetch-Mode", "navigate")
        opens = request.path == "/" and mode == "navigate" and headers.get("Sec-Fetch-Dest", "document") == "document"
        if site not in {"none", "same-origin"} and not opens:
            raise Refusal("Another page asked for this.")

    def _known(self, request: web.Request) -> bool:
        given = request.cookies.get(self.cookie, "")
        found = next((kept for kept in self._cookies if _same(kept, given)), None)
        if found is None:
            return False
        pinned = self._cookies[found]
        return pinned is None or account(_line(request)) == pinned

    def _exchange(self, request: web.Request, given: list[str]) -> web.Response:
        """A cookie for the token, which is void from then on. The page is then opened by our own page: a cookie that is
        SameSite=Strict does not go along when another page, or a file, leads here."""
        if len(given) != 1 or not self.token or not _same(self.token, given[0]):
            raise Refusal("This address was used already, or is of another run: sshwizard serve prints a new one.")
        if request.method != "GET":
            raise Refusal("This server only shows pages.", HTTPStatus.METHOD_NOT_ALLOWED)
        self.token = ""
        word = secrets.token_urlsafe(32)
        self._cookies[word] = account(_line(request))
        answer = web.Response(
            text='<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">'
            '<title>sshwizard</title><a href="/">sshwizard</a>\n',
            content_type="text/html",
        )
        answer.set_cookie(self.cookie, word, path="/", httponly=True, samesite="Strict")
        self.used()
        return answer


def _same(kept: str, given: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(kept.encode(), given.encode("utf-8", "replace"))


def _line(request: web.Request) -> Line | None:
    """The two ends of a connection: the browser's, and ours."""
    transport = request.transport
    if transport is None:
        return None
    theirs, ours = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    return Line((theirs[0], theirs[1]), (ours[0], ours[1])) if theirs and ours else None
