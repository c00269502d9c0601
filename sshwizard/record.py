"""The events of one session: kept, folded, and told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sshwizard import session
from sshwizard.events import Answered, Event, Unanswered
from sshwizard.journal import Journal, now
from sshwizard.state import Place, State
from sshwizard.store import Store
from sshwizard.tree.hand import can_be


class Record:
    """What was seen and answered so far. Events go to the store and to every listener."""

    def __init__(self, events: Sequence[Event], store: Store | None, *, read_only: bool) -> None:
        self.events: list[Event] = list(events)
        self.read_only = read_only
        self.store = store
        self.listeners: list[Callable[[Event], None]] = []
        self.journal = Journal(store, read_only=read_only, noted=self._take_in)
        self.lost = ""
        """Why the session is not kept to its end."""
        self._state = session.fold(self.events)

    @property
    def state(self) -> State:
        """What is known now."""
        return self._state

    def see(self, event: Event) -> None:
        """Take an event in: note the time, keep it, fold it, tell the listeners."""
        event = event if event.at else replace(event, at=now())
        self._keep(event)
        self._take_in(event)

    def _take_in(self, event: Event) -> None:
        self.events.append(event)
        self._state = session.fold(self.events)
        for listener in self.listeners:
            listener(event)

    def _keep(self, event: Event) -> None:
        if self.store:
            try:
                self.store.append(event)
            except OSError as error:  # a full disk must not end a diagnosis
                self.store = self.journal.store = None
                self.lost = error.strerror or str(error)

    def answer(self, place: Place, outcome: str) -> None:
        """A person answers a question by hand. Raises ValueError for an answer that it does not have."""
        if not can_be(place[1], outcome):
            raise ValueError(f"{place[1]!r} has no answer {outcome!r}")
        self.see(Answered(*place, outcome))

    def take_back(self, place: Place) -> None:
        """The person's answer to a question counts no longer."""
        if place in self.state.answers:
            self.see(Unanswered(*place))
