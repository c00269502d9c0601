"""Everything that Google says about one hop: two rounds of calls, beside ssh, each of which may fail alone."""

from __future__ import annotations

import asyncio
import importlib.util

from sshwizard.cloud.asking import Asking
from sshwizard.cloud.gcp import parts
from sshwizard.cloud.gcp.access import NONE, Access, Call
from sshwizard.cloud.gcp.clues import Question, Wish, clue
from sshwizard.cloud.gcp.credentials import configured
from sshwizard.cloud.gcp.errors import LIBRARY
from sshwizard.cloud.gcp.identify import Identity, identify
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.patience import LIMIT
from sshwizard.cloud.unseen import Answer, Unseen, same

PLAIN = Unseen("", "plain", "nothing says that this host is in Google Cloud", "--project PROJECT")
OFF = Unseen("", "off", "no cloud may be asked (SSHWIZARD_NO_CLOUD)", "unset SSHWIZARD_NO_CLOUD")
_GONE = Unseen("", "missing", "there is no VM to ask about")


class Inquiry(Asking):
    """All about one hop. Its parts: `parts.BY_PLACE` and `parts.BY_ROW`."""

    first = parts.FIRST

    def __init__(self, wish: Wish, access: Access, question: Question) -> None:
        super().__init__()
        self.question = question
        self.access = access
        self.clue = None if wish.off else clue(question, wish)
        self.closed = self._closed(wish)
        self._wish = wish

    def _closed(self, wish: Wish) -> Unseen | None:
        if wish.off:
            return OFF
        if self.clue is None:
            return PLAIN
        if not configured():
            return NONE
        return None if importlib.util.find_spec("urllib3") else LIBRARY

    async def identity(self, limit: float = LIMIT) -> Identity:
        """Who it is."""
        if self.closed:
            return Identity("not-asked", self.clue, unseen=(self.closed,))
        found = await self._patience.wait("identity", self._identify, limit, "compute.instances.get")
        return Identity("unseen", self.clue, unseen=(found,)) if isinstance(found, Unseen) else found

    def permission(self, name: str) -> str:
        return parts.permission(name)

    async def ask(self, name: str, call: Call, limit: float = LIMIT) -> Answer:
        """One more call, by a name of its own: made once, like a part."""
        return await self._once(name, lambda: self.access.call(call), call.name, limit)

    async def account(self) -> str | Unseen:
        """The e-mail address of who asks."""
        if self.closed:
            return self.closed
        if why := await self.access.ready():
            return why
        if self.access.account:
            return self.access.account
        answer = await self.ask("userinfo", Call("oauth2", "oauth2/v3/userinfo"))
        return answer if isinstance(answer, Unseen) else str(answer.get("email", ""))

    # ------------------------------------------------------------- the tasks

    async def _identify(self) -> Identity:
        if self.clue is None:
            return Identity("not-asked", unseen=(PLAIN,))
        if why := await self.access.ready():
            return Identity("unseen", self.clue, unseen=(same(why, "compute.instances.get"),))
        named = self._wish.projects or ((self.access.project,) if self.access.project else ())
        return await identify(self.access.call, self.clue, named, self.question.typed.rpartition("@")[2])

    async def _place(self) -> Place | Unseen:
        """Where the VM is: at once when the clue says it, else by asking."""
        if self.clue and self.clue.place.full:
            return self.clue.place
        who = await asyncio.shield(self._patience.task("identity", self._identify))
        return who.place if who.instance else (who.unseen[0] if who.unseen else _GONE)

    async def _part(self, name: str) -> Answer:
        place = await self._place()
        if isinstance(place, Unseen):
            return place
        if name in parts.BY_PLACE:
            return await self.access.call(parts.BY_PLACE[name](place))
        who = await asyncio.shield(self._patience.task("identity", self._identify))
        if not who.instance:
            return who.unseen[0] if who.unseen else _GONE
        call = parts.BY_ROW[name](who.instance, place)
        return {} if call is None else await self.access.call(call)
