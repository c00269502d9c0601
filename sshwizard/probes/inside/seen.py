"""What a look inside saw, as frozen facts. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sshwizard.probes.inside.protocol import Answer, Row


@dataclass(frozen=True, slots=True)
class Entry:
    """One path, as `ls -lnd` shows it."""

    path: str
    exists: bool = False
    kind: str = ""
    """The first letter of ls: d, -, l, s, c."""
    mode: int = 0
    uid: int = -1
    gid: int = -1
    label: str = ""
    """SELinux context; empty where there is none."""

    @property
    def writable_by_others(self) -> bool:
        """What sshd's safe_path() refuses: write for group or others."""
        return bool(self.mode & 0o022)


@dataclass(frozen=True, slots=True)
class Account:
    """The line of the account database."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens on a TCP port."""

    address: str
    port: int
    program: str = ""


@dataclass(frozen=True, slots=True)
class Inside:
    """Everything that the judgement reads. What could not be seen stands in `unseen`, and proves nothing."""

    root: bool = False
    me: str = ""
    address: str = ""
    """The client's address, as this server sees it; empty when that is not known."""
    own_address: str = ""
    """The server's address by which the look came in; empty when it is not known, or is one of loopback."""
    port: int = 22
    login: str = ""
    now: int = 0
    sshd: str = ""
    dropbear: bool = False
    running: bool = False
    """True when a server of root's has our port in its configuration."""
    any_sshd: bool = False
    config_file: str = "/etc/ssh/sshd_config"
    test: tuple[int, str] = (-1, "")
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`sshd -T -C user=…,addr=…`, keywords in lower case; empty when it could not be asked."""
    config: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """The lines of each file, in the order in which sshd reads the files."""
    account: Account | None = None
    groups: tuple[str, ...] = ()
    shell_runs: bool = False
    shadow: tuple[str, ...] = ()
    """Lock mark and x, then the fields of shadow(5) from the third on."""
    keys_paths: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    """By what they are for: keys-chain, command-chain, chroot, host-key, sftp, device, home, run-directory, shell."""
    listeners: tuple[Listener, ...] = ()
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """The rest, as it came: nologin, pam, access, hosts-deny, iptables, nft, fail2ban, disk, log, …"""
    unseen: tuple[tuple[str, str], ...] = ()
    whole: bool = False

    def set_to(self, keyword: str, default: str = "") -> str:
        """The first value that sshd would use for this login."""
        return next(iter(self.settings.get(keyword, ())), default)

    def text(self, key: str, at: int = 0) -> str:
        """One value of the first row of a key."""
        row = next(iter(self.rows.get(key, ())), ())
        return row[at] if at < len(row) else ""

    def entry(self, kind: str, path: str = "") -> Entry | None:
        """The first entry of a kind, or the one of a path."""
        return next((one for one in self.entries.get(kind, ()) if not path or one.path == path), None)


_ENTRIES = {
    "keys-chain", "command-chain", "chroot", "host-key", "sftp", "device", "home", "run-directory", "shell",
    "instance-connect", "config-file",
}  # fmt: skip


def seen(answer: Answer, login: str, port: int) -> Inside:
    """The facts of an answer."""
    code, text = answer.text("effective"), answer.text("effective", 1)
    uid = answer.text("me", 1)
    account = _account(answer.text("passwd"), login)
    tested = answer.text("test")
    listeners = _listeners(answer)
    return Inside(
        root=uid == "0",
        me=answer.text("me"),
        address=_address(answer.text("me", 3)),
        own_address=_came_to(answer.text("me", 2)),
        port=port,
        login=login,
        now=_number(answer.text("now")),
        sshd=answer.text("sshd"),
        dropbear=bool(answer.text("sshd", 1)),
        running=bool(answer.text("chosen")),
        any_sshd=bool(answer.all("process")),
        config_file=answer.text("chosen", 1) or "/etc/ssh/sshd_config",
        test=(_number(tested, -1), answer.text("test", 1)),
        settings=_settings(text) if code == "0" else {},
        config={row[0]: _lines(row[1]) for row in answer.all("config") if len(row) > 1},
        account=account,
        groups=tuple(answer.text("groups").split()),
        shell_runs=bool(answer.text("shells")),
        shadow=tuple(answer.text("shadow").split(":")) if answer.text("shadow") else (),
        keys_paths=tuple(row[0] for row in answer.all("keys-path") if row),
        keys={row[0]: row[1] for row in answer.all("keys") if len(row) > 1},
        entries={key: tuple(_entry(row) for row in answer.all(key)) for key in _ENTRIES},
        listeners=listeners,
        rows={key: rows for key, rows in answer.rows.items() if key not in _ENTRIES | {"keys", "config", "shadow"}},
        unseen=tuple((row[0], row[1]) for row in answer.all("unseen") if len(row) > 1),
        whole=answer.whole,
    )


def _number(text: str, otherwise: int = 0) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,15}", text, re.ASCII) else otherwise


def _came_to(connection: str) -> str:
    """The third word of SSH_CONNECTION (ssh(1), ENVIRONMENT): the server's address."""
    found = _address([*connection.split(), "", "", ""][2])
    return "" if not found or ipaddress.ip_address(found).is_loopback else found


def _address(text: str) -> str:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def _settings(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        word, _, value = line.partition(" ")
        if re.fullmatch(r"[a-z0-9]+", word):
            found.setdefault(word, []).append(value.strip())
    return {word: tuple(values) for word, values in found.items()}


def _lines(text: str) -> dict[int, str]:
    """The answer of `grep -n`."""
    pairs = (line.partition(":") for line in text.split("\n"))
    return {_number(number): words for number, _, words in pairs if _number(number)}


def _account(line: str, login: str) -> Account | None:
    fields = line.split("\n")[0].split(":")
    if len(fields) < 7 or fields[0] != login:
        return None
    return Account(fields[0], _number(fields[2], -1), _number(fields[3], -1), fields[5], fields[6] or "/bin/sh")


def _entry(row: Row) -> Entry:
    path, shown = row[0] if row else "", row[1] if len(row) > 1 else ""
    words = shown.split()
    if len(words) < 4 or len(words[0]) < 10:
        return Entry(path)
    letters = words[0][1:10]
    mode = sum(1 << (8 - at) for at, letter in enumerate(letters) if letter in "rwxst")
    mode |= sum(bit for at, bit in ((2, 0o4000), (5, 0o2000), (8, 0o1000)) if letters[at] in "sStT")
    label = row[3].split() if len(row) > 3 else []
    return Entry(path, True, words[0][0], mode, _number(words[2], -1), _number(words[3], -1), label[0] if label else "")


_SS = re.compile(r"LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+\s*(?:users:\(\(\"([^\"]+)\")?")
_NETSTAT = re.compile(r"tcp6?\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+\s+LISTEN\s+(?:\d+/(\S+))?")


def _listeners(answer: Answer) -> tuple[Listener, ...]:
    found = []
    for line in answer.text("listeners").splitlines():
        hit = _SS.match(line) or _NETSTAT.match(line)
        if hit:
            found.append(Listener(hit[1].strip("[]").partition("%")[0], int(hit[2]), (hit[3] or "").rstrip(":")))
    if found:
        return tuple(found)
    for line in answer.text("tcp").splitlines():
        words = line.split()
        address, _, port = words[1].partition(":") if len(words) > 1 else ("", "", "")
        if re.fullmatch(r"[0-9A-F]{4}", port):
            found.append(Listener(_kernel(address), int(port, 16)))
    return tuple(found)


def _kernel(text: str) -> str:
    """An address of /proc/net/tcp: words of four bytes in the machine's order; only the plain ones are told apart."""
    if set(text) == {"0"}:
        return "0.0.0.0" if len(text) == 8 else "::"
    if len(text) == 8:
        return ".".join(str(int(text[at : at + 2], 16)) for at in (6, 4, 2, 0))
    return "::1" if text.endswith("01000000") and set(text[:-8]) == {"0"} else "::ffff"


_STAT = re.compile(r"(\d{1,10}) \((.{0,64})\) (\S) (\d{1,10}) (\d{1,10}) ")


def groups_of(inside: Inside) -> list[tuple[int, int, str]]:
    """The process groups of the account (proc(5), stat): number, how many processes, and what the first is called."""
    found: dict[int, list[str]] = {}
    for line in inside.text("process-list").splitlines():
        if (hit := _STAT.match(line)) and int(hit[5]) > 1:
            found.setdefault(int(hit[5]), []).append(hit[2])
    return sorted(((group, len(names), names[0]) for group, names in found.items()), key=lambda one: -one[1])
