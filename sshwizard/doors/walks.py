"""Through the two doors that lead around the network: a tunnel or a session first, then the login as anywhere.

Both need a key that the server takes. One is pushed for a minute where AWS allows it, and the person's own are offered
beside it: a server without EC2 Instance Connect knows only those.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from sshwizard.cloud.aws.access import Access
from sshwizard.cloud.unseen import Unseen
from sshwizard.doors import endpoint_tunnel
from sshwizard.doors.endpoint_tunnel import prepare
from sshwizard.doors.instance_connect import SECONDS, pushed_key
from sshwizard.doors.machine import Machine, user_of, wanted
from sshwizard.doors.session_manager import Sessions, session
from sshwizard.doors.way import Shut, Way
from sshwizard.probes.aws.looks import endpoint
from sshwizard.probes.scene import Scene

_END_SECONDS = 2.0


@asynccontextmanager
async def through_endpoint(scene: Scene) -> AsyncIterator[Way]:
    """A tunnel to the instance's private address. Raises Shut."""
    found = await wanted(scene)
    access = await access_of(scene, found)
    rows = await found.asked.part("connect-endpoints")
    if isinstance(rows, Unseen):
        raise Shut(f"the endpoints were not seen: {rows.why}", unblock=rows.unblock)
    seen = await endpoint.look(scene)
    proved = str(seen.data.get("endpoint", "")) if seen.outcome == "usable" else ""
    chosen = endpoint_tunnel.choose(rows.get("InstanceConnectEndpoints", ()), found.row, proved)
    if chosen is None:
        raise Shut("the VPC has no Instance Connect Endpoint that works now", "eic.endpoint-missing")
    to = endpoint_tunnel.place(chosen, found.row, scene.leg.port, found.who.region, fips=access.fips)
    async with endpoint_tunnel.tunnel(access, to) as way, _with_key(scene, found, way) as complete:
        yield complete


@asynccontextmanager
async def through_agent(scene: Scene) -> AsyncIterator[Way]:
    """A session of Systems Manager. Raises Shut."""
    found = await wanted(scene)
    access = await access_of(scene, found)
    to = Sessions(access, found.id, found.who.region, scene.leg.port)
    async with session(to) as way, _with_key(scene, found, way) as complete:
        yield complete


@asynccontextmanager
async def to_a_shell(scene: Scene) -> AsyncIterator[Way]:
    """A session of Systems Manager with a shell in it, without ssh. Raises Shut."""
    if sys.platform == "win32":
        raise Shut("a shell session needs a terminal as Linux and macOS have it")
    from sshwizard.doors import shell

    found = await wanted(scene)
    sessions = Sessions(await access_of(scene, found), found.id, found.who.region)
    prepare("a shell session")
    stop, over = threading.Event(), threading.Event()
    over.set()

    def take() -> str:
        over.clear()
        try:
            return shell.run(sessions, stop)
        finally:
            over.set()

    try:
        says = f"a shell on {found.id}, carried by sshwizard itself (experimental), without ssh; exit leaves it"
        yield Way("ssm-shell", says=says, instead=take)
    finally:
        stop.set()
        over.wait(_END_SECONDS)  # the terminal is given back, and the session ended


async def access_of(scene: Scene, found: Machine) -> Access:
    """The profile that knows the instance. Raises Shut."""
    access = scene.cloud.aws.access(found.who.profile)
    if why := await access.ready():
        raise Shut(why.why, unblock=why.unblock)
    return access


@asynccontextmanager
async def _with_key(scene: Scene, found: Machine, way: Way) -> AsyncIterator[Way]:
    """The way, and a temporary key for it where AWS takes one."""
    user = await user_of(scene, found)
    options = (*way.options, "-o", f"User={user}")
    async with AsyncExitStack() as stack:
        try:
            pushed = await stack.enter_async_context(pushed_key(scene, found, user))
        except Shut as shut:
            complete = replace(way, options=options, says=f"{way.says}; with your own keys only: {shut}")
        else:
            files = [str(pushed.key.private), *_own(scene)]
            given = tuple(word for file in files for word in ("-i", file))
            says = f"{way.says}; a temporary key opens {user} for {SECONDS} s"
            complete = replace(way, options=(*options, *given), says=says, until=pushed.until, renew=pushed.again)
        yield complete


def _own(scene: Scene) -> list[str]:
    """The person's own key files, which -i would else keep out (ssh_config(5), IdentityFile)."""
    named = (Path(name).expanduser() for name in scene.leg.values("identityfile"))
    return [str(file) for file in named if file.exists()]
