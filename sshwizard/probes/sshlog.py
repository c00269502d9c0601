"""The log of `ssh -vvv`, read line by line: pure, streaming, any size.

Rules of reading (OpenSSH log.c, ssh(1) -v): debug lines carry a `debugN: ` prefix, all other levels none.
Text from servers and proxies stands between ssh's own lines and may imitate them, so a hit is a claim about
one line, and the stage is the furthest anchor that was reached, never the final sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files

from sshwizard import clean

MOST_HITS = 60
"""Hits kept for one kind of line, so that an endless log stays small; the first ones decide."""


class Stage(IntEnum):
    """How far the connection came."""

    START = 0
    NAME = 1
    TCP = 2
    BANNER = 3
    KEX = 4
    HOSTKEY = 5
    LOGIN = 6
    SESSION = 7
    DONE = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """One recognised line."""

    id: str
    number: int
    """Line number in the log, from 1."""
    text: str
    groups: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.groups.get(name) or ""


# Debug lines that carry facts: id, the stage that the line proves to be reached, pattern after the prefix.
_DEBUG: tuple[tuple[str, Stage, str], ...] = (
    ("cfg.applying", Stage.START, r"(?P<file>\S+) line (?P<line>\d+): Applying options for (?P<host>.*)"),
    ("proxy.exec_debug", Stage.TCP, r"Executing proxy command: (?P<command>.*)"),
    ("proxy.implicit", Stage.START, r"Setting implicit ProxyCommand from ProxyJump: (?P<command>.*)"),
    ("name.resolving", Stage.NAME, r"resolving \"(?P<host>.*)\" port (?P<port>\d+)"),
    ("tcp.connecting", Stage.TCP, r"Connecting to (?P<host>.+) \[(?P<addr>.+)\] port (?P<port>\d+)\."),
    ("tcp.address_failed", Stage.TCP, r"connect to address (?P<addr>\S+) port (?P<port>\d+): (?P<err>.+)"),
    ("tcp.open", Stage.BANNER, r"Connection established\."),
    ("mux.trying", Stage.START, r"auto-mux: Trying existing master"),
    ("mux.client", Stage.START, r"mux_client_\w+: (?:entering|request|master version).*"),
    ("mux.session", Stage.SESSION, r"mux_client_request_session: master session id"),
    ("id.file", Stage.START, r"identity file (?P<file>.+) type (?P<type>-?\d+)$"),
    ("id.missing", Stage.START, r"no such identity: (?P<file>.+?): (?P<err>[^:]+)$"),
    ("banner.local", Stage.BANNER, r"Local version string (?P<version>.*)"),
    (
        "banner.line",
        Stage.BANNER,
        r"(?:kex|ssh)_exchange_identification: (?:banner line (?P<n>\d+): )?(?P<text>\S.*)",
    ),
    (
        "banner.remote",
        Stage.KEX,
        r"Remote protocol version (?P<proto>[^,]+), remote software version (?P<software>.*)",
    ),
    ("auth.as", Stage.KEX, r"Authenticating to (?P<host>.+):(?P<port>\d+) as '(?P<user>.*)'"),
    ("kex.sent", Stage.KEX, r"SSH2_MSG_KEXINIT sent"),
    ("kex.received", Stage.KEX, r"SSH2_MSG_KEXINIT received"),
    ("kex.peer", Stage.KEX, r"peer server KEXINIT proposal"),
    ("kex.expecting", Stage.KEX, r"expecting SSH2_MSG_KEX"),
    ("kex.mac_chosen", Stage.KEX, r"kex: (?:server->client|client->server) .*MAC: (?P<mac>\S+)"),
    ("hostkey.seen", Stage.HOSTKEY, r"Server host key: (?P<type>\S+) (?P<fp>\S+)"),
    ("hostkey.cert", Stage.HOSTKEY, r"Server host certificate: (?P<type>\S+) (?P<fp>[^,\s]+)(?P<rest>.*)"),
    ("hostkey.known", Stage.HOSTKEY, r"Host '(?P<host>.*)' is known and matches the (?P<type>\S+) host"),
    (
        "hostkey.fopen",
        Stage.KEX,
        r"load_hostkeys: (?:fopen|hostkeys_foreach failed for) (?P<file>\S+): (?P<err>.*)",
    ),
    ("hostkey.parse", Stage.KEX, r"(?P<file>\S+):(?P<line>\d+): parse error in hostkeys file"),
    (
        "hostkey.other_name",
        Stage.KEX,
        r"hostkeys_find_by_key_cb: found matching key in (?P<file>.+):(?P<line>\d+)",
    ),
    ("hostkey.no_ca", Stage.HOSTKEY, r"No matching CA found"),
    ("kex.newkeys", Stage.LOGIN, r"SSH2_MSG_NEWKEYS received"),
    ("auth.service", Stage.LOGIN, r"SSH2_MSG_SERVICE_ACCEPT received"),
    ("auth.sigalgs", Stage.LOGIN, r"server-sig-algs=<(?P<algs>.*)>"),
    ("agent.count", Stage.LOGIN, r"agent returned (?P<n>\d+) keys"),
    ("agent.none", Stage.LOGIN, r"agent contains no identities"),
    ("agent.error", Stage.LOGIN, r"ssh_get_authentication_socket: (?P<err>.*)"),
    ("agent.bind_refused", Stage.LOGIN, r"ssh_agent_bind_hostkey: agent refused operation"),
    ("auth.plan", Stage.LOGIN, r"Will attempt key: (?P<key>.*)"),
    ("auth.methods", Stage.LOGIN, r"Authentications that can continue: (?P<methods>.*)"),
    ("auth.next", Stage.LOGIN, r"Next authentication method: (?P<method>.*)"),
    ("auth.none_left", Stage.LOGIN, r"No more authentication methods to try"),
    ("auth.offer", Stage.LOGIN, r"Offering (?:\S+ )?public key: (?P<key>.*)"),
    ("auth.accept", Stage.LOGIN, r"Server accepts key: (?P<key>.*)"),
    ("auth.trying", Stage.LOGIN, r"Trying private key: (?P<file>.*)"),
    ("auth.no_packet", Stage.LOGIN, r"we did not send a packet, disable method"),
    ("auth.no_signature", Stage.LOGIN, r"no mutual signature algorithm"),
    (
        "auth.skip_policy",
        Stage.LOGIN,
        r"Skipping (?P<key>.*) (?:- )?(?:key type )?(?:\S+ )?not in PubkeyAccepted\w+",
    ),
    (
        "auth.skip_server",
        Stage.LOGIN,
        r"Skipping (?P<key>.*) - corresponding algorithm not supported by server",
    ),
    ("auth.skip_length", Stage.START, r"Skipping key (?P<file>.*): Invalid key length"),
    ("auth.ignore_sk", Stage.LOGIN, r"ignoring authenticator-hosted key (?P<key>.*)"),
    ("auth.sk", Stage.LOGIN, r"(?:sshsk_sign|sk_probe|ssh_sk_sign|sk_select|sshsk_\w+): (?P<text>.*)"),
    ("packet.sent", Stage.KEX, r"send packet: type (?P<type>\d+)"),
    ("packet.received", Stage.KEX, r"receive packet: type (?P<type>\d+)"),
    ("auth.succeeded", Stage.SESSION, r"Authentication succeeded \((?P<method>\S+)\)"),
    ("session.enter", Stage.SESSION, r"Entering interactive session"),
    ("session.command", Stage.SESSION, r"Sending command: (?P<command>.*)"),
    ("session.accepted", Stage.SESSION, r"(?P<what>exec|shell|subsystem) request accepted on channel"),
    ("session.options", Stage.LOGIN, r"Remote: (?P<where>.+): key options: (?P<options>.*)"),
    ("session.remote", Stage.LOGIN, r"Remote: (?P<text>.*)"),
    ("session.rtype", Stage.SESSION, r"rtype (?P<type>exit-status|exit-signal)"),
    ("session.status", Stage.DONE, r"Exit status (?P<code>-?\d+)"),
)

# Which stage a plain line proves to be reached; the others prove none beyond what came before.
_PROVES = {
    "dns.fail": Stage.NAME,
    "dns.canon": Stage.NAME,
    "tcp.fail": Stage.TCP,
    "tcp.bind": Stage.TCP,
    "banner.timeout": Stage.BANNER,
    "banner.closed": Stage.BANNER,
    "banner.read": Stage.BANNER,
    "banner.write": Stage.BANNER,
    "banner.invalid": Stage.BANNER,
    "banner.majordiff": Stage.BANNER,
    "banner.badversion": Stage.BANNER,
    "kex.nomatch": Stage.KEX,
    "hk.failed": Stage.HOSTKEY,
    "hk.changed": Stage.HOSTKEY,
    "hk.revoked": Stage.HOSTKEY,
    "hk.unknown_strict": Stage.HOSTKEY,
    "hk.ask": Stage.HOSTKEY,
    "au.denied": Stage.LOGIN,
    "au.toomany": Stage.LOGIN,
    "au.partial": Stage.LOGIN,
    "au.perms": Stage.LOGIN,
    "au.ok": Stage.SESSION,
}

_PREFIX = re.compile(r"debug[123]: ")
_TEXT_FIRST = {"se.notfound", "se.conn_closed", "hk.banner_text", "hk.remove"}


@cache
def _plain() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows: list[dict[str, str]] = json.loads(files("sshwizard").joinpath("data", "messages.json").read_text("utf-8"))
    rows.sort(key=lambda row: row["id"] in _TEXT_FIRST)
    return tuple((row["id"], re.compile(row["regex"])) for row in rows)


@cache
def _debug() -> tuple[tuple[str, Stage, re.Pattern[str]], ...]:
    return tuple((id_, stage, re.compile(pattern)) for id_, stage, pattern in _DEBUG)


class Log:
    """What one ssh process wrote, as recognised lines. Feed it bytes as they come."""

    def __init__(self) -> None:
        self.stage = Stage.START
        self.count = 0
        """Lines read so far."""
        self.words: list[Hit] = []
        """Plain lines that ssh did not write: banners, proxies, remote programs."""
        self.last: list[Hit] = []
        """The newest lines, whatever they are."""
        self._hits: dict[str, list[Hit]] = {}
        self._rest = b""

    def feed(self, raw: bytes) -> None:
        """Read more of the log; an unfinished last line waits for its end."""
        *whole, self._rest = (self._rest + raw).split(b"\n")
        for part in whole:
            self.add(clean.decode(part))
        if len(self._rest) > 65536:  # no line of ssh is longer than 1,023 bytes; a stranger's may be
            self.close()

    def close(self) -> None:
        """The log has ended: read what is left."""
        if self._rest:
            self.add(clean.decode(self._rest))
            self._rest = b""

    def add(self, text: str) -> None:
        """Read one line."""
        self.count += 1
        text = clean.line(text, 4000)
        if not text:
            return
        found = False
        if prefix := _PREFIX.search(text):
            for hit, stage in self._match_debug(text, text[prefix.end() :]):
                found = True
                self._keep(hit, stage)
        else:
            for hit in self._match_plain(text):
                found = True
                self._keep(hit, _PROVES.get(hit.id, Stage.START))
        if not found:
            other = Hit("", self.count, text, {})
            self.last = [*self.last[-7:], other]
            if not prefix and len(self.words) < MOST_HITS:
                self.words.append(other)

    def _match_debug(self, text: str, body: str) -> Iterator[tuple[Hit, Stage]]:
        for id_, stage, pattern in _debug():
            if found := pattern.search(body):
                yield Hit(id_, self.count, text, found.groupdict("")), stage
                return

    def _match_plain(self, text: str) -> Iterator[Hit]:
        for id_, pattern in _plain():
            if found := pattern.search(text):
                yield Hit(id_, self.count, text, found.groupdict(""))
                return

    def _keep(self, hit: Hit, stage: Stage) -> None:
        self.stage = max(self.stage, stage)
        kept = self._hits.setdefault(hit.id, [])
        if len(kept) < MOST_HITS:
            kept.append(hit)
        else:
            kept[-1] = hit
        self.last = [*self.last[-7:], hit]

    def all(self, *ids: str) -> tuple[Hit, ...]:
        """Every hit of these kinds, in order of lines."""
        return tuple(sorted((hit for id_ in ids for hit in self._hits.get(id_, ())), key=lambda hit: hit.number))

    def first(self, *ids: str) -> Hit | None:
        """The first hit of these kinds."""
        return next(iter(self.all(*ids)), None)

    def newest(self, *ids: str) -> Hit | None:
        """The last hit of these kinds."""
        return next(reversed(self.all(*ids)), None)

    def has(self, *ids: str) -> bool:
        """True when any line of these kinds was seen."""
        return any(self._hits.get(id_) for id_ in ids)

    def said(self, pattern: str) -> Hit | None:
        """The first foreign line that matches `pattern`, whatever its case."""
        wanted = re.compile(pattern, re.I)
        return next((hit for hit in self.words if wanted.search(hit.text)), None)


def read(text: str | bytes) -> Log:
    """The whole of one log."""
    log = Log()
    log.feed(text if isinstance(text, bytes) else text.encode())
    log.close()
    return log


_HEADER = re.compile(rb"^OpenSSH_\S+,? ")
_OF_CHILD = re.compile(rb"stdio forwarding failed|channel \d+: open failed|Killed by signal")
_OF_PARENT = re.compile(rb"UNKNOWN port 65535|\(via proxy\)|kex_exchange_identification: Connection closed by remote")


def split(raw: bytes) -> tuple[Log, ...]:
    """The logs in a text where a jump host's ssh writes into the same file: hops first, the target last.

    A second version header starts the child's log; until its tunnel is up the parent has nothing to say,
    afterwards it is the child that is quiet.
    """
    rows = raw.split(b"\n")
    heads = [number for number, row in enumerate(rows) if _HEADER.search(row)]
    if len(heads) < 2 or not any(b"roxy" in row for row in rows[heads[0] : heads[1]]):
        return (read(raw),)
    parent, child = Log(), Log()
    owner = parent
    for number, row in enumerate(rows):
        if number == heads[1]:
            owner = child
        mine = owner
        if number > heads[1] and _OF_CHILD.search(row):
            mine = child
        elif _OF_PARENT.search(row) or (b"Local version string" in row and not parent.has("banner.local")):
            mine = parent
        for log in (parent, child):  # keep the numbers of the whole file
            log.count = number
        if b"Remote protocol version" in row and child.has("banner.remote"):
            owner = mine = parent
        mine.add(clean.decode(row))
    return (child, parent)


def quote(hits: Iterable[Hit | None], most: int = 6) -> tuple[str, ...]:
    """Hits as evidence lines, harmless, each with its line number."""
    seen: dict[str, None] = {}
    for hit in hits:
        if hit is not None:
            seen.setdefault(f"{hit.number}: {clean.line(hit.text)}")
    return tuple(seen)[:most]
