"""The lines of `ssh -vvv` that mean something: two tables, and the stage that each line proves.

The plain messages are data (`data/messages.json`); the debug lines stand here, oldest wording included.
"""

from __future__ import annotations

import json
import re
from enum import IntEnum
from functools import cache
from pathlib import Path

from sshwizard.probes.table import Table


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


# Debug lines that carry facts: id, the stage that the line proves to be reached, pattern after the prefix.
DEBUG: tuple[tuple[str, Stage, str], ...] = (
    ("hdr", Stage.START, r"OpenSSH_(?:for_Windows_)?\d\S*,? "),  # a debug line since OpenSSH 10
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
        r"(?:kex|ssh)_exchange_identification: (?:banner line (?P<n>\d+): )?(?P<text>(?!(?:read|write): )\S.*)",
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
    ("auth.no_tty", Stage.LOGIN, r"read_passphrase: can't open /dev/tty"),
    ("packet.sent", Stage.KEX, r"send packet: type (?P<type>\d+)"),
    ("packet.received", Stage.KEX, r"receive packet: type (?P<type>\d+)"),
    ("auth.succeeded", Stage.SESSION, r"Authentication succeeded \((?P<method>\S+)\)"),
    ("session.enter", Stage.SESSION, r"Entering interactive session"),
    ("session.command", Stage.SESSION, r"Sending command: (?P<command>.*)"),
    ("session.accepted", Stage.SESSION, r"(?P<what>exec|shell|subsystem) request accepted on channel"),
    ("session.options", Stage.LOGIN, r"Remote: (?P<where>.+): key options:(?P<options>.*)"),
    ("session.remote", Stage.LOGIN, r"Remote: (?P<text>.*)"),
    ("session.rtype", Stage.SESSION, r"(?:channel \d+ )?rtype (?P<type>exit-status|exit-signal)"),
    ("session.status", Stage.DONE, r"Exit status (?P<code>-?\d+)"),
)

# Which stage a plain line proves to be reached; the others prove none beyond what came before.
PROVES = {
    "dns.fail": Stage.NAME,
    "dns.canon": Stage.NAME,
    "tcp.fail": Stage.TCP,
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
    "hk.changed_strict": Stage.HOSTKEY,
    "hk.exiting": Stage.HOSTKEY,
    "hk.krlerr": Stage.HOSTKEY,
    "hk.revoked": Stage.HOSTKEY,
    "hk.unknown_strict": Stage.HOSTKEY,
    "hk.ask": Stage.HOSTKEY,
    "au.denied": Stage.LOGIN,
    "au.toomany": Stage.LOGIN,
    "au.ok": Stage.SESSION,
    "se.broken": Stage.SESSION,
    "se.conn_closed": Stage.SESSION,
    "se.alive": Stage.SESSION,
    "se.readfail": Stage.SESSION,
    "se.request": Stage.SESSION,
    "se.msgtoolong": Stage.SESSION,
    "fw.local": Stage.SESSION,
    "mx.listen": Stage.SESSION,
}

FOREIGN = {
    "proxy.exec", "proxy.stdio", "proxy.unknown65535", "chan.open", "tcp.fail", "dns.fail", "au.denied", "hk.failed",
    "hk.changed", "se.nologin", "se.cloudinit", "se.chdir", "se.notfound", "au.pwexpired", "au.nologin",
    "se.git", "se.greeting", "se.gitshell", "se.logins", "se.fork", "se.full",
}  # fmt: skip
"""Messages that count although another program than this ssh wrote them: a proxy's ssh, PAM, a shell."""

ALONE = {
    Stage.LOGIN: ("au.denied_retry", "au.disconnect"),
    Stage.SESSION: (
        "se.cloudinit", "se.nologin", "se.git", "se.greeting", "se.gitshell", "se.logins", "se.fork", "se.full",
        "mx.refused", "fw.remote", "se.msgtoolong",
    ),
}  # fmt: skip
"""Lines that say how far a connection came when they are all that was pasted."""

_TEXT_FIRST = {"se.full", "se.notfound", "se.conn_closed", "hk.banner_text", "hk.remove"}

PLACE = r"[\w.-]+\.c:\w+\(\):\d+ \((?:bin=\S+, )?pid=\d+\): "
"""What LogVerbose (ssh_config(5)) writes before a message: where in the program it was said."""

_FUNCTION = rf"(?:{PLACE})?(?:\w+: )?"
"""OpenSSH 8.5 and later write the function's name before the text of a debug line."""


def parts(found: re.Match[str]) -> dict[str, str]:
    """The named parts of a match; a second wording of one part has a digit behind its name."""
    named = found.groupdict("")
    if "2" not in "".join(named):
        return named
    return {name.rstrip("2"): value for name, value in sorted(named.items()) if value or name[-1] != "2"}


@cache
def kinds() -> dict[str, str]:
    """What a plain message is: F ends a connection, E is an error before that, W a warning, P a question,
    R the words of the remote side."""
    return {row["id"]: row["kind"] for row in _messages()} | {"au.refused": "E"}


def _messages() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(
        Path(__file__).parents[1].joinpath("data", "messages.json").read_text("utf-8")
    )
    return sorted(rows, key=lambda row: row["id"] in _TEXT_FIRST)


@cache
def plain() -> Table:
    """Messages without a prefix; foreign-looking ones last."""
    return Table((row["id"], row["regex"]) for row in _messages())


@cache
def debug() -> Table:
    """Debug lines after their prefix."""
    return Table(((id_, pattern) for id_, _, pattern in DEBUG), _FUNCTION)


def ready() -> None:
    """Compile both tables (some 20 ms), where something else is waited for anyway."""
    plain()
    debug()


STAGE_OF = {id_: stage for id_, stage, _ in DEBUG}
