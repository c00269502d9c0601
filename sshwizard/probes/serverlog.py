"""What a server wrote about itself: sshd's log, the journal, a serial console.

Rules: lines before the last boot are history; for each subject only the newest word counts, a good one clears
it; within one connection the reason outranks the mere refusal; words inside other sentences count for nothing.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from sshwizard import clean
from sshwizard.probes import serverlines
from sshwizard.probes.serverlines import Rule
from sshwizard.probes.table import Table

MOST_CONNECTIONS = 400
"""Connections whose word is kept; the newest ones."""

BOOT = re.compile(
    r"Command line: BOOT_IMAGE=|Linux version \d|BdsDxe: starting|SeaBIOS \(version|UEFI: Attempting to start|--"
    r" (?:Boot|Reboot) "
)
_CONNECTION = re.compile(r"Connection from \S+ port \d+")
_STATUS = re.compile(r"[●○×] (?P<unit>\S+)")
_USER = re.compile(
    r"(?:for(?: invalid user| user)?|by(?: invalid user| user)?|User|user|Account|account|Authentication tried for"
    r"|/home/)(?:(?<!/) (?!not |account |authentication |directory |file )(?P<user>[\w.@\\$-]+)"
    r"|(?<=/)(?P<home>[\w.-]+)(?:/|$))"
)
"""Each way to begin stands apart, with its first letter: everywhere else a search passes by in a step."""


class Word(NamedTuple):
    """The line that decides."""

    code: str
    weight: int
    number: int
    text: str
    subject: str = ""
    user: str = ""
    """The login name that the connection was about, where the log says so."""
    kernel: str = ""
    """Of a boot that ended: the version of the kernel that was started, where the text says so."""

    @property
    def says(self) -> str:
        """The line, and the kernel."""
        return f"{self.text} (the kernel of this boot: {self.kernel})" if self.kernel else self.text


NO_BOOT = {"server.bootloader-failed", "server.initramfs-failed", "server.kernel-panic"}
"""Causes of which the kernel's version decides what to boot instead."""
_KERNEL = re.compile(
    r"Linux version (?P<ran>\d[\w.+~-]*)|vmlinu[xz]-(?P<file>\d[\w.+~-]*)"
    r"|Loading Linux (?P<loading>\d[\w.+~-]*?)(?= ?\.{3}|\s|$)"
    r"|Booting [`'‘](?:.{0,80}?with Linux (?P<entry>\d[\w.+~-]*)|.{0,80}?\((?P<title>\d+\.\d[\w.+~-]*)\))"
)
"""What the kernel, its command line and GRUB 2 (Debian's and Fedora's menu entries) write of it."""


def kernel_of(text: str) -> str:
    """The version of a kernel that a line of a boot names; empty where it names none."""
    found = _KERNEL.search(text) if "inu" in text else None
    return (found[found.lastgroup or 0] if found else "").rstrip(".")


class Reader:
    """A server's lines, one after the other: keeps what each subject's newest word is."""

    def __init__(self) -> None:
        self.seen = False
        """True once a line was there that only a server writes."""
        self._words: dict[str, Word] = {}
        self._connections: OrderedDict[str, Word] = OrderedDict()
        self._users: dict[str, str] = {}
        self._unnamed = 0
        self._unit = "ssh.service"
        self._up = False
        self._booted = ""

    def add(self, text: str, number: int, program: str = "", pid: str = "") -> bool:
        """Read one message; True when it is one that means something."""
        self._booted = kernel_of(text) or self._booted
        group = serverlines.group_of(program)
        if group != "sshd" and self._marks(text, program):
            return True
        found = serverlines.table(group).find(text)
        if group == "sshd":
            self.seen = True
            pid = pid or self._connection(text)
        if found is None:
            return False
        self.seen = True
        self._found(found[0], text, number, pid)
        return True

    def sshd(self, line: re.Match[bytes], number: int, knows: Table | None) -> None:
        """Read one line of sshd, its `text` and `pid`, of which it is known already which messages it may be."""
        self.seen = True
        if knows and (found := knows.first(text := line["text"].decode())):
            self._found(found, text, number, line["pid"].decode())

    def _found(self, id_: str, text: str, number: int, pid: str) -> None:
        if pid:
            self._name(text, pid)
        rule = serverlines.rules()[int(id_)]
        self._take(rule, Word(rule.code, rule.weight, number, text, rule.subject), pid or self._connection(text))

    def _marks(self, text: str, program: str) -> bool:
        """Boot markers, and the headers of `systemctl status`."""
        if BOOT.match(text) and program in {"", "kernel"}:
            self._words.clear()
            self._connections.clear()
            self._up, self.seen = False, True
            return True
        if found := _STATUS.match(text):
            self._unit = found["unit"]
            return True
        return text.startswith("Active: ") and "ssh" not in self._unit

    def _connection(self, text: str) -> str:
        """Which connection a line is about where no process number says it (`sshd -d`)."""
        if _CONNECTION.match(text):
            self._unnamed += 1
        return f"connection {self._unnamed}"

    def _name(self, text: str, pid: str) -> None:
        if found := _USER.search(text):
            self._users[pid] = found["user"] or found["home"]
            if len(self._users) > 2 * MOST_CONNECTIONS:
                self._users = {key: self._users[key] for key in self._connections if key in self._users}

    def _take(self, rule: Rule, word: Word, pid: str) -> None:
        if rule.subject == "auth":
            self._login(rule, word, pid)
            return
        if rule.subject == "network":
            if "ci-info" not in word.text and "|" in word.text:
                word = word._replace(text=f"ci-info: {word.text}")
            if "True" in word.text and not rule.code:
                self._up = True
            if "False" in word.text and self._up:
                return  # one interface that is up is enough
        self._newest(rule, word)

    def _login(self, rule: Rule, word: Word, pid: str) -> None:
        if not rule.code:
            self._accepted(pid)
            return
        before = self._connections.get(pid)
        if before is None or word.weight >= before.weight:
            self._connections[pid] = word
        self._connections.move_to_end(pid)
        if len(self._connections) > MOST_CONNECTIONS:
            self._connections.popitem(last=False)

    def _newest(self, rule: Rule, word: Word) -> None:
        before = self._words.get(rule.subject)
        if not rule.code:
            self._words.pop(rule.subject, None)
        elif before is None or rule.weight >= before.weight:
            self._words[rule.subject] = word

    def _accepted(self, pid: str) -> None:
        """A login went well: what stood against this account before is over."""
        user = self._users.get(pid, "")
        for key in list(self._connections):
            if key == pid or self._users.get(key, "") in {"", user}:
                del self._connections[key]

    def words(self) -> tuple[Word, ...]:
        """The causes that the log speaks for, the weightiest first: of the connections the newest one."""
        newest = [*self._logins()][:1]
        found = [self._shown(self._on_kernel(word)) for word in (*newest, *self._words.values())]
        return tuple(sorted(found, key=lambda word: (-word.weight, -word.number)))

    def _on_kernel(self, word: Word) -> Word:
        return word._replace(kernel=clean.line(self._booted, 80)) if word.code in NO_BOOT else word

    def logins(self) -> tuple[Word, ...]:
        """What was said about each connection that failed, the newest first."""
        return tuple(self._shown(word) for word in self._logins())

    def _logins(self) -> Iterator[Word]:
        for pid in reversed(self._connections):
            yield self._connections[pid]._replace(user=self._users.get(pid, ""))

    @staticmethod
    def _shown(word: Word) -> Word:
        return word._replace(text=clean.line(word.text))
