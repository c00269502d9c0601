"""What a message of ssh speaks for where it stands alone, without the log around it that would show its stage."""

from __future__ import annotations

import re

from sshwizard import clean
from sshwizard.probes.serverlog import Word
from sshwizard.probes.sshlog import Log

HINTS: tuple[tuple[str, str, int, str], ...] = (
    ("au.perms", "key.permissions-too-open", 2, ""),
    ("au.perms2", "key.permissions-too-open", 2, ""),
    ("au.loadkey", "key.permissions-too-open", 2, r"bad permissions"),
    ("au.loadkey", "key.unreadable", 2, r"Permission denied$"),
    ("au.loadkey", "key.not-found", 2, r"Is a directory|No such file"),
    ("au.loadkey", "key.passphrase-required", 1, r"incorrect passphrase"),
    ("au.loadkey", "key.type-unsupported", 1, r"unsupported|unknown"),
    ("au.loadkey", "key.damaged", 1, r""),
    ("au.mismatch", "key.pub-file-mismatch", 2, ""),
    ("au.sign", "key.hardware-unusable", 1, r"device not found|-sk|-SK"),
    ("au.sign", "agent.refused", 1, r"agent"),
    ("au.pwexpired", "auth.account-expired", 2, r"account has expired"),
    (
        "au.pwexpired",
        "auth.password-expired",
        2,
        r"password has expired|change required|must change|required to change",
    ),
    ("au.nologin", "server.booting", 2, r"booting up"),
    ("au.nologin", "auth.nologin-file", 1, ""),
    ("kex.hostkeylen", "hostkey.too-short", 2, ""),
    ("kex.mac", "network.corruption", 1, ""),
    ("kex.badlen", "network.corruption", 1, ""),
    ("kex.dispatch", "network.corruption", 1, r"authentication code|incorrect signature"),
    ("kex.dispatch", "kex.closed-in-handshake", 0, r"reset|closed|Broken"),
    ("kex.hkalg", "kex.no-common-host-key-algorithm", 1, ""),
    ("kex.nosupported", "kex.no-common-key-exchange", 0, r"key exchange"),
    ("kex.nosupported", "kex.no-common-cipher", 0, r"cipher"),
    ("kex.nosupported", "kex.no-common-mac", 0, r"MAC"),
    ("kex.strict", "kex.closed-in-handshake", 0, ""),
    ("hk.cert", "hostkey.certificate-expired", 1, r"expired|not yet valid"),
    ("hk.cert", "hostkey.certificate-wrong-name", 1, r"principal"),
    ("hk.cert", "hostkey.certificate-invalid", 1, ""),
    ("hk.offendingip", "hostkey.ip-mismatch", 0, ""),
    ("hk.spoof", "hostkey.ip-mismatch", 0, ""),
    ("hk.ipdiffers", "hostkey.ip-mismatch", 0, ""),
    ("hk.fp", "hostkey.changed", 0, ""),
    ("hk.offending", "hostkey.changed", 0, ""),
    ("hk.remove", "hostkey.changed", 0, ""),
    ("hk.mitm", "hostkey.changed", 0, ""),
    (
        "hk.banner_text",
        "hostkey.changed",
        0,
        r"IT IS POSSIBLE|Someone could|has changed|Please contact|Add correct host",
    ),
    ("hk.addfail", "hostkey.known-hosts-unreadable", 0, ""),
    ("cfg.unsafe", "hostkey.unknown", 0, r"KnownHostsCommand"),
    ("chan.open", "proxy.forwarding-prohibited", 1, r"administratively prohibited"),
    ("chan.open", "proxy.inner-unresolvable", 1, r"not known|resolution|unknown host|nodename"),
    ("chan.open", "proxy.inner-unreachable", 1, r"connect failed: (?!open failed)"),
    ("chan.open", "session.max-sessions", 0, r"open failed$"),
    ("proxy.stdio", "proxy.inner-unreachable", 0, ""),
    ("proxy.exec", "proxy.command-not-found", 1, r"exec: "),
    ("proxy.fdpass", "proxy.command-failed", 0, ""),
    ("tcp.bind", "config.bind-address", 0, r"^bind "),
    ("fw.remote", "session.forward-failed", 1, ""),
    ("fw.listen", "session.forward-failed", 1, ""),
    ("fw.bind", "session.forward-failed", 1, ""),
    ("mx.stale", "config.control-socket-stale", 1, r"refused"),
    ("mx.hello", "config.control-socket-stale", 1, ""),
    ("mx.refused", "session.max-sessions", 1, ""),
    ("au.partial", "auth.mfa-required", 1, ""),
    ("au.mutual", "auth.no-common-signature-algorithm", 1, ""),
    ("au.sigtype", "auth.no-common-signature-algorithm", 0, ""),
    ("au.pkcs11", "key.hardware-unusable", 0, ""),
    ("au.sk", "key.hardware-unusable", 0, r"failed|not |No FIDO|dlopen|implements"),
    ("au.denied_retry", "auth.wrong-password", 1, ""),
    ("au.perms3", "key.permissions-too-open", 1, ""),
    ("au.refused", "auth.key-rejected", 0, ""),
    ("au.failed", "auth.key-rejected", 0, ""),
    ("au.badmsg", "auth.closed-during-auth", 0, ""),
    ("au.disconnect", "auth.closed-during-auth", 0, ""),
    ("au.disconnected", "auth.closed-during-auth", 0, ""),
    ("au.loadpub", "key.damaged", 0, ""),
    ("id.notaccessible", "key.not-found", 0, ""),
    ("dns.badcname", "dns.lookup-failed", 0, ""),
    ("banner.invalid2", "kex.not-ssh", 0, r"invalid format|protocol version"),
    ("banner.closed2", "kex.closed-before-banner", 0, ""),
    ("banner.timed2", "kex.no-banner", 0, ""),
    ("se.disconnecting", "kex.closed-in-handshake", 0, ""),
)
"""Message, cause, weight (2: ssh's words prove it; 1: they fit; 0: only if nothing else speaks), and further words."""


def hints(log: Log) -> tuple[Word, ...]:
    """What the messages of one log speak for by themselves, the weightiest first."""
    found: dict[str, Word] = {}
    seen = set(log.ids)
    for id_, code, weight, words in HINTS:
        hit = log.newest(id_) if id_ in seen and id_ not in found else None
        if hit and re.search(words, hit.text):
            found[id_] = Word(code, weight, hit.number, clean.line(hit.text))
    return tuple(sorted(found.values(), key=lambda word: -word.weight))
