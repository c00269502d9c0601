"""Through AWS Systems Manager: the agent on the instance connects outwards, so no rule has to let anybody in.

AWS's own plugin carries the connection when this computer has it. Without it the wizard does so itself (`wire`), which
was tried against a peer of our own and not against AWS, and says so.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import Unseen
from sshwizard.doors import handover, plugin, relay
from sshwizard.doors.endpoint_tunnel import prepare
from sshwizard.doors.plugin import Plugin
from sshwizard.doors.sealed import KEY_BYTES, context
from sshwizard.doors.way import Shut, Way
from sshwizard.doors.wire import Wire

DOOR = "ssm"
DOCUMENT = "AWS-StartSSHSession"
_HERE = {"127.0.0.1", "::1", "localhost"}
_ALIVE = ("-o", "ServerAliveInterval=5", "-o", "ControlPath=none")


@dataclass(frozen=True, slots=True)
class Started:
    """StartSession's answer, which is a secret."""

    id: str
    stream: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions with one instance. Its calls wait, each on the caller's own thread."""

    access: Access
    instance: str
    region: str
    port: int = 22

    @property
    def asked(self) -> dict[str, Any]:
        """StartSession's parameters."""
        return {"Target": self.instance, "DocumentName": DOCUMENT, "Parameters": {"portNumber": [str(self.port)]}}

    def start(self, asked: dict[str, Any] | None = None) -> Started:
        """Raises Shut."""
        answer = self.access.now(Call("ssm", "start_session", asked or self.asked), self.region)
        if isinstance(answer, Unseen):
            raise Shut(_why(answer, self.instance), unblock=answer.unblock)
        started = Started(*(str(answer.get(name, "")) for name in ("SessionId", "StreamUrl", "TokenValue")))
        where = urlsplit(started.stream)
        if where.scheme != "wss" and where.hostname not in _HERE:
            self.end(started)
            raise Shut("Systems Manager named a stream that is not encrypted")
        return started

    def end(self, started: Started) -> None:
        """Whatever became of it: a session that is left counts, and stands in the account's list. Never raises."""
        self.access.now(Call("ssm", "terminate_session", {"SessionId": started.id}), self.region)

    @contextmanager
    def wire(self, asked: dict[str, Any] | None = None) -> Iterator[Wire]:
        """Our own data channel; the session ends with the block. Raises Shut or relay.Trouble."""
        started = self.start(asked)
        try:
            with relay.dial(started.stream, trust=self.access.trust, queue=4096) as channel:
                yield Wire(channel, started.token, lambda key: self.data_key(started.id, key))
        finally:
            self.end(started)

    def data_key(self, session: str, key: str) -> tuple[bytes, bytes] | str:
        """A data key of the account's key, for this session alone (KMS API: GenerateDataKey). Waits; never raises."""
        call = Call("kms", "generate_data_key", {
            "KeyId": key, "NumberOfBytes": KEY_BYTES, "EncryptionContext": context(session, self.instance)},
        )  # fmt: skip
        answer = self.access.now(call, self.region)
        if isinstance(answer, Unseen):
            return f"{answer.why}{f' ({answer.unblock})' if answer.unblock else ''}"
        return base64.b64decode(answer["CiphertextBlob"]), base64.b64decode(answer["Plaintext"])


def _why(answer: Unseen, instance: str) -> str:
    if answer.code == "TargetNotConnected":
        return f"Systems Manager has no connection to the agent on {instance}"
    return f"the session did not start: {answer.why}"


@asynccontextmanager
async def session(to: Sessions, *, native: bool = False) -> AsyncIterator[Way]:
    """The way in, for the time of the block. `native`: without the plugin, though it may be there. Raises Shut."""
    pool = Pool("session", 1)
    try:
        found = None if native else await pool.ask(plugin.find)
        if found and found.keeps_secrets:
            started = await pool.ask(to.start)
            try:
                endpoint = await pool.ask(lambda: to.access.endpoint("ssm", to.region))
                yield _by_plugin(to, found, started, endpoint)
            finally:
                # Not awaited from a cancelled task, and not left out either.
                ended = pool.ask(lambda: to.end(started))
                ended.add_done_callback(lambda _: None)
                await ended
        else:
            await pool.ask(lambda: prepare("a session without session-manager-plugin"))
            async with _natively(to, _instead(found)) as way:
                yield way
    finally:
        pool.close()


def _instead(found: Plugin | None) -> str:
    if found is None:
        return ""
    return f"; {plugin.NAME} {'.'.join(map(str, found.version))} is too old to be told a token in private"


def _by_plugin(to: Sessions, found: Plugin, started: Started, endpoint: str) -> Way:
    helper = handover.command(*found.words(to.asked, to.region, to.access.profile, endpoint))
    answer = {"SessionId": started.id, "StreamUrl": started.stream, "TokenValue": started.token}
    says = f"a session with the agent on {to.instance}, carried by {plugin.NAME} {'.'.join(map(str, found.version))}"
    options = ("-o", f"ProxyCommand={helper}", "-o", "ProxyUseFdpass=no", *_ALIVE)
    return Way(DOOR, options, {plugin.RESPONSE: json.dumps(answer)}, says)


@asynccontextmanager
async def _natively(to: Sessions, note: str) -> AsyncIterator[Way]:
    if not handover.possible():
        raise Shut(f"here a session needs {plugin.NAME}{note}", unblock=f"install {plugin.NAME}")

    def serve(line: socket.socket, opened: Callable[[], None]) -> None:
        try:
            with to.wire() as wire:
                start = wire.first()
                opened()
                relay.write(line.fileno(), start)
                wire.carry(line.fileno(), line.fileno())
        except (relay.Trouble, Shut) as trouble:
            raise handover.Closed(str(trouble) or "AWS ended the session before anything came") from None

    with handover.open_place(serve) as found:
        says = f"a session with the agent on {to.instance}, carried by sshwizard itself (experimental){note}"
        yield Way(DOOR, (*found.options, *_ALIVE), found.env, says)
