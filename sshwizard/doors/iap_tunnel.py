"""Through Identity-Aware Proxy: a websocket to Google that ends at a port of the VM's internal address.

The wizard carries the connection itself (`handover`), with a token for each websocket. Where local sockets cannot, a
process of its own does (`iap_apart`), with one token in its environment. gcloud's own tunnel is the fallback. ssh
checks the host key as always: a tunnel knows no names.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sshwizard.cloud.gcp.iap.codes import End, Ended
from sshwizard.cloud.gcp.iap.target import RELAY, Target, relay
from sshwizard.cloud.pool import Pool
from sshwizard.doors import handover
from sshwizard.doors.way import Shut, Way

DOOR = "iap"
Token = Callable[[bool], Awaitable[str]]
"""A token that is valid now; with True a new one, because Google no longer takes the last. Raises Shut."""
TOKEN = "SSHWIZARD_IAP_TOKEN"
"""Names the variable with the token, for the process of its own."""
TOKEN_SECONDS = 15.0
_ALIVE = ("-o", "ServerAliveInterval=15", "-o", "ControlPath=none")
"""A tunnel that is continued may pause for half a minute; IAP ends one that is idle for an hour."""
_FALLS_BACK = {"odd", "unreached"}


@asynccontextmanager
async def through(to: Target, token: Token, *, trust: str = "") -> AsyncIterator[Way]:
    """The way in, for the time of the block, once a first connection has shown that it leads to an SSH server.

    Raises Shut with the cause where it does not; where our own client fails, gcloud carries the connection.
    """
    program = shutil.which("gcloud") if to.nic == "nic0" else None
    pool = Pool("iap", 1)
    try:
        ready = await pool.ask(prepared)
        if not ready and program:
            yield by_gcloud(to, program, "the library websockets is not installed")
            return
        if not ready:
            raise Shut(
                "the tunnel needs the library websockets, or gcloud",
                "client.tool-missing-or-outdated", "pip install 'sshwizard[gcp]'",
            )  # fmt: skip
        from sshwizard.cloud.gcp.iap.knock import knock

        ask = waiting(token)
        met = await pool.ask(lambda: knock(to, ask, trust))
    finally:
        pool.close()
    if met.end is None:
        async with tunnel(to, token, trust=trust) as way:
            yield way
    elif met.outcome in _FALLS_BACK and program:
        yield by_gcloud(to, program, met.says)
    else:
        raise Shut(met.says, met.end.cause)


@asynccontextmanager
async def tunnel(to: Target, token: Token, *, apart: bool = False, trust: str = "") -> AsyncIterator[Way]:
    """A tunnel for each connection of ssh. `apart`: by a process of its own, which opens one and asks for no token."""
    says = f"a tunnel through Identity-Aware Proxy to {to.instance} port {to.port}"
    if apart or not handover.possible():
        words = (to.project, to.zone, to.instance, to.nic, str(to.port))
        helper = handover.command(sys.executable, "-I", "-m", "sshwizard.doors.iap_apart", *words)
        options = ("-o", f"ProxyCommand={helper}", "-o", "ProxyUseFdpass=no", *_ALIVE)
        more = {"CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": trust} if trust else {}
        yield Way(DOOR, options, {TOKEN: await token(False), **more}, says)
        return
    from sshwizard.cloud.gcp.iap.client import Client, write

    ask = waiting(token)

    def serve(line: socket.socket, opened: Callable[[], None]) -> None:
        client = Client(to, ask, trust)
        try:
            client.open()
            start = client.first()
            opened()
            write(line.fileno(), start)
            client.carry(line.fileno(), line.fileno())
        except Ended as ended:
            raise handover.Closed(ended.end.why) from None
        finally:
            client.close()

    with handover.open_place(serve) as found:
        yield Way(DOOR, (*found.options, *_ALIVE), found.env, says)


def by_gcloud(to: Target, program: str, why: str = "") -> Way:
    """gcloud's own tunnel as ssh's ProxyCommand, with gcloud's own login; it leads to nic0 (Google Cloud SDK 528)."""
    instead = () if relay() == RELAY else (f"--iap-tunnel-url-override={relay()}",)
    words = ("compute", "start-iap-tunnel", to.instance, str(to.port), "--listen-on-stdin", f"--project={to.project}",
             f"--zone={to.zone}", "--verbosity=warning", *instead)  # fmt: skip
    says = f"gcloud carries the connection through Identity-Aware Proxy to {to.instance} port {to.port}"
    options = ("-o", f"ProxyCommand={handover.command(program, *words)}", "-o", "ProxyUseFdpass=no", *_ALIVE)
    return Way(DOOR, options, says=f"{says} ({why})" if why else says)


def prepared() -> bool:
    """Import what takes time before ssh waits for it; False where the library is missing."""
    try:
        import websockets.sync.client
    except ImportError:
        return False
    return bool(websockets.sync.client)


def waiting(token: Token) -> Callable[[bool], str]:
    """The token for who waits for it on a thread beside the event loop of the caller."""
    loop = asyncio.get_running_loop()

    async def one(fresh: bool) -> str:
        return await token(fresh)

    def ask(fresh: bool) -> str:
        asked = one(fresh)
        try:
            future = asyncio.run_coroutine_threadsafe(asked, loop)
        except RuntimeError:
            asked.close()
            raise Ended(End("the wizard has ended")) from None
        try:
            return future.result(TOKEN_SECONDS)
        except TimeoutError:
            future.cancel()
            raise Ended(End(f"no token for Google came within {TOKEN_SECONDS:.0f} s")) from None
        except Shut as shut:
            raise Ended(End(f"there is no token for Google: {shut}", cause=shut.code)) from None
        except Exception as error:
            raise Ended(End(f"there is no token for Google: {type(error).__name__}")) from None

    return ask
