"""The metadata of a VM or of its project: read, changed and written with the fingerprint that was read; when somebody
else was faster (412), read again (instances.setMetadata, projects.setCommonInstanceMetadata)."""

from __future__ import annotations

import hashlib
import shlex
import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.metadata import items
from sshwizard.cloud.gcp.sshkeys import spare
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.gcp.place import Place, answer, asked, follow
from sshwizard.effects.online import refused
from sshwizard.effects.spelling import Spelling, spelled

TRIES = 4
"""Times that a change is made anew on what somebody else wrote meanwhile."""
SETTLE = 3.0
"""Seconds in which the guest agent takes a change over: it waits for one at the metadata server."""
_PRUNE = (
    'awk -v now="$(date -u +%Y-%m-%dT%H:%M:%S)" '
    '\'match($0, /"expireOn":"[^"]*/) && substr($0, RSTART + 12, 19) < now { next } !seen[$0]++\''
)
"""Takes out the lines whose time has passed (gcloud writes it in UTC) and those that stood there before."""
_CONFLICT = {"FAILED_PRECONDITION", "412"}


@dataclass(frozen=True, slots=True)
class Spot(Place):
    """One key of the metadata of a VM, or of its project."""

    zone: str
    vm: str
    """Empty: the project's metadata, which count for all its VMs."""
    key: str

    @property
    def spot(self) -> str:
        """Where it is, in words."""
        return f"{self.vm}, {self.key}" if self.vm else f"project {self.project}, {self.key}"

    def gcloud(self, verb: str, *words: str) -> str:
        """The gcloud command for this spot: of an instance, or of the project."""
        if self.vm:
            return self.command("compute", "instances", verb, self.vm, "--zone", self.zone, *words)
        return self.command("compute", "project-info", verb, *words)

    def printed(self) -> str:
        """The gcloud command that prints the value."""
        group = "metadata" if self.vm else "commonInstanceMetadata"
        return self.gcloud("describe", f"--format=value({group}[items][{self.key}])")

    def put(self, file: str) -> str:
        """The gcloud command that takes the value from a file, which is spelled for a shell."""
        return f"{self.gcloud('add-metadata')} --metadata-from-file={self.key}={file}"

    def now(self) -> tuple[dict[str, str], str]:
        """The keys and values as they are, and their fingerprint."""
        if self.vm:
            where = path("projects", self.project, "zones", self.zone, "instances", self.vm)
            found = asked(Call("compute", where, "compute.instances.get")).get("metadata")
        else:
            row = asked(Call("compute", path("projects", self.project), "compute.projects.get"))
            found = row.get("commonInstanceMetadata")
        return items(found), str((found or {}).get("fingerprint", ""))

    @abstractmethod
    def changed(self, values: dict[str, str]) -> dict[str, str]:
        """All keys and values as they will be. Raises Refused where they are not as the preview saw them."""

    def apply(self) -> None:
        for _ in range(TRIES):
            values, print_ = self.now()
            new = self.changed(values)
            if new == values:
                return
            made = answer(self._write(new, print_))
            if not isinstance(made, Unseen):
                follow(made, self.project)
                time.sleep(SETTLE)
                return
            if made.code not in _CONFLICT:
                raise refused(made)
        raise Refused("somebody else keeps changing these metadata; nothing was changed")

    def _write(self, values: dict[str, str], print_: str) -> Call:
        body: dict[str, Any] = {"items": [{"key": key, "value": value} for key, value in values.items()]}
        body |= {"fingerprint": print_, "kind": "compute#metadata"}
        if self.vm:
            where = path("projects", self.project, "zones", self.zone, "instances", self.vm, "setMetadata")
            return Call("compute", where, "compute.instances.setMetadata", body=body)
        where = path("projects", self.project, "setCommonInstanceMetadata")
        return Call("compute", where, "compute.projects.setCommonInstanceMetadata", body=body)


@dataclass(frozen=True, slots=True)
class _Value(Spot):
    """A change of this one value."""

    def value(self) -> str | None:
        """The value as it is."""
        return self.now()[0].get(self.key)

    @abstractmethod
    def edited(self, value: str | None) -> str | None:
        """The new value; None: the key goes. Raises Refused where the value is not as the preview saw it."""

    def changed(self, values: dict[str, str]) -> dict[str, str]:
        new, rest = self.edited(values.get(self.key)), {key: one for key, one in values.items() if key != self.key}
        return rest if new is None else {**values, self.key: new}


@dataclass(frozen=True, slots=True)
class SetValue(_Value):
    """One value, whole."""

    new: str | None
    """None: the key goes."""
    was: str | None
    """As the preview saw it."""
    note: str = ""
    """What else it means, for the preview."""

    @property
    def words(self) -> str:
        if self.new is None:
            return f"{self.spot}: removed"
        if "\n" in self.new:
            return f"{self.spot}: {len(self.new.splitlines())} lines"
        return f"{self.spot}={self.new}" + (f"   (it is {self.was})" if self.was is not None else "")

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        lines = self.new.splitlines() if self.new and "\n" in self.new else []
        told = (f"{'-' if self.new is None else '+'} {self.words}", *(f"    {line}" for line in lines), self.note)
        return tuple(clean.line(line, 300) for line in told if line)

    def by_hand(self) -> str:
        if self.new is None:
            return self.gcloud("remove-metadata", f"--keys={self.key}")
        if "\n" in self.new or "," in self.new:
            return ""
        return self.gcloud("add-metadata", f"--metadata={self.key}={self.new}")

    def check(self) -> None:
        if self.edited(value := self.value()) == value:
            raise Refused(f"{clean.line(self.spot, 120)} has this value already")

    def inverse(self) -> Effect:
        return SetValue(self.project, self.zone, self.vm, self.key, self.was, self.new)

    def edited(self, value: str | None) -> str | None:
        if value not in {self.was, self.new}:
            raise Refused(f"{clean.line(self.spot, 120)} is another value now")
        return self.new


@dataclass(frozen=True, slots=True)
class EditKeys(_Value):
    """Lines of ssh-keys, put in and taken out, whatever else stands there."""

    add: tuple[tuple[int, str], ...] = ()
    """Where (-1: at the end) and what."""
    remove: tuple[tuple[int, str], ...] = ()

    @property
    def words(self) -> str:
        return f"{self.spot}: {'; '.join(line for _, line in (*self.add, *self.remove))}"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        rows = [("+", line) for _, line in self.add] + [("-", line) for _, line in self.remove]
        return tuple(clean.line(f"{sign} {self.spot}: {line}", 400) for sign, line in rows)

    def by_hand(self) -> str:
        steps = [f'{self.printed()} > "$k"']
        if self.remove:
            lines = " ".join(f"-e {shlex.quote(line)}" for _, line in self.remove)
            steps.append(f'{{ grep -vxF {lines} "$k" || :; }} > "$k.new" && mv "$k.new" "$k"')
        steps += [f'printf "%s\\n" {shlex.quote(line)} >> "$k"' for _, line in self.add]
        steps.append(self.put('"$k"'))
        return f'( k=$(mktemp) && {" && ".join(steps)}; rm -f "$k" )'

    def check(self) -> None:
        value = self.value()
        if value == self.edited(value):
            raise Refused(f"{clean.line(self.spot, 120)} has this line already")

    def inverse(self) -> Effect:
        return EditKeys(self.project, self.zone, self.vm, self.key, self.remove, self.add)

    def edited(self, value: str | None) -> str | None:
        lines = (value or "").split("\n")
        for at, line in sorted(self.remove, reverse=True):
            if line not in lines:
                raise Refused(f"{clean.line(self.spot, 120)} no longer has the line {clean.line(line, 80)}")
            del lines[at if 0 <= at < len(lines) and lines[at] == line else _last(lines, line)]
        for at, line in sorted(self.add):
            if line not in lines:
                end = len(lines) - (lines[-1] == "" if lines else 0)
                lines.insert(end if at < 0 else min(at, len(lines)), line)
        new = "\n".join(lines)
        return new if new.strip() else None


def _last(lines: Sequence[str], line: str) -> int:
    return len(lines) - 1 - list(reversed(lines)).index(line)


@dataclass(frozen=True, slots=True)
class PruneKeys(_Value):
    """Take out the entries that have expired and those that stand there twice: nobody is let in by fewer ways."""

    seen: str
    """Digest of the value that the preview was made of."""
    at: str
    """The time that decides what has expired, ISO 8601."""
    shown: tuple[str, ...] = ()
    """What goes, for the preview."""
    sign: ClassVar[str] = "-"

    @property
    def words(self) -> str:
        return f"{self.spot}: expired and duplicate entries"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return tuple(clean.line(line, 300) for line in (f"- {self.words}", *self.shown))

    def by_hand(self) -> str:
        steps = (f'{self.printed()} > "$k"', f'{_PRUNE} "$k" > "$k.new"', self.put('"$k.new"'))
        return f'( k=$(mktemp) && {" && ".join(steps)}; rm -f "$k" "$k.new" )'

    def check(self) -> None:
        self.edited(self.value())

    def inverse(self) -> Effect:
        value = self.value()
        return SetValue(self.project, self.zone, self.vm, self.key, value, self.edited(value))

    def edited(self, value: str | None) -> str | None:
        if value is None or digest(value) != self.seen:
            raise Refused(f"{clean.line(self.spot, 120)} was changed meanwhile; look again")
        gone = {one.at for one in spare(value, datetime.fromisoformat(self.at))}
        return "\n".join(line for at, line in enumerate(value.split("\n")) if at not in gone)


def digest(value: str) -> str:
    """By which a value is known again."""
    return hashlib.sha256(value.encode()).hexdigest()
