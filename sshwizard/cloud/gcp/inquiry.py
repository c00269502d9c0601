"""Everything that Google says about one hop: two rounds of calls, beside ssh, each of which may fail alone."""

from __future__ import annotations

import asyncio
import importlib.util

from sshwizard.cloud.gcp import parts
from sshwizard.cloud.gcp.access import NONE, Access, Call
from sshwizard.cloud.gcp.clues import Question, Wish, clue
from sshwizard.cloud.gcp.credentials import configured
from sshwizard.cloud.gcp.errors import LIBRARY
from sshwizard.cloud.gcp.identify import Identity, identify
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.patience import LIMIT, Patience
from sshwizard.cloud.unseen import Answer, Unseen, same

PLAIN = Unseen("", "plain", "nothing says that this host is in Google Cloud", "--project PROJECT")
OFF = Unseen("", "off", "no cloud may be asked (SSHWIZARD_NO_CLOUD)", "unset SSHWIZARD_NO_CLOUD")
_GONE = Unseen("", "missing", "there is no VM to ask about")


class Inquiry:
    """All about one hop. Every method may be awaited by many at once."""

    def __init__(self, wish: Wish, access: Access, question: Question) -> None:
        self.question = question
        self.access = access
        self.clue = None if wish.off else clue(question, wish)
        self.closed = self._closed(wish)
        """Why nobody is asked at all; None when Google is asked."""
        self._wish = wish
        self._patience = Patience()

    def _closed(self, wish: Wish) -> Unseen | None:
        if wish.off:
            return OFF
        if self.clue is None:
            return PLAIN
        if not configured():
            return NONE
        return None if importlib.util.find_spec("urllib3") else LIBRARY

    def begin(self) -> None:
        """Start what is always wanted: who it is."""
        if self.closed is None:
            self._patience.task("identity", self._identify)

    def ahead(self) -> None:
        """Something failed: start all that the looks will ask, at once."""
        if self.closed is None:
            for name in parts.FIRST:
                self._patience.task(name, lambda name=name: self._part(name))  # type: ignore[misc]

    async def identity(self, limit: float = LIMIT) -> Identity:
        """Who it is."""
        if self.closed:
            return Identity("not-asked", self.clue, unseen=(self.closed,))
        found = await self._patience.wait("identity", self._identify, limit, "compute.instances.get")
        return Identity("unseen", self.clue, unseen=(found,)) if isinstance(found, Unseen) else found

    async def part(self, name: str, limit: float = LIMIT) -> Answer:
        """One of `parts.BY_PLACE` and `parts.BY_ROW`: Google's own answer, or why there is none."""
        if self.closed:
            return self.closed
        found: Answer = await self._patience.wait(name, lambda: self._part(name), limit, parts.permission(name))
        return found

    async def ask(self, name: str, call: Call, limit: float = LIMIT) -> Answer:
        """One more call, by a name of its own: made once, like a part."""
        if self.closed:
            return self.closed
        found: Answer = await self._patience.wait(name, lambda: self.access.call(call), limit, call.name)
        return found

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

    async def close(self) -> None:
        """Wait for nothing any more."""
        await self._patience.close()

    # ------------------------------------------------------------- the tasks

    async def _identify(self) -> Identity:
        if self.clue is None:
            return Identity("not-asked", unseen=(PLAIN,))
        if why := await self.access.ready():
            return Identity("unseen", self.clue, unseen=(same(why, "compute.instances.get"),))
        named = self._wish.projects or ((self.access.project,) if self.access.project else ())
        return await identify(self.access.call, self.clue, named)

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
