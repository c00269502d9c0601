"""What a server wrote about itself: sshd's log, the journal, a serial console.

Rules: lines before the last boot are history; for each subject only the newest word counts, a good one clears
it; within one connection the reason outranks the mere refusal; words inside other sentences count for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sshwizard import clean

_SSHD = re.compile(r"\bsshd(?:-session|-auth)?(?:\[\d+\])?: |\b(?:ssh|sshd)\.service\b|OpenSSH (?:server )?[Dd]aemon")
_BOOT = re.compile(r"Command line: BOOT_IMAGE=|\[ *0\.0+\] Linux version |BdsDxe: starting|UEFI: Attempting to start")
_CONNECTION = re.compile(r"Connection from \S+ port \d+")
_UNIT = r"(?:OpenBSD Secure Shell server|OpenSSH (?:server )?[Dd]aemon|sshd?(?:@\S*)?\.service)"

GOOD = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a line speaks for: a cause about a subject, or good news about it."""

    subject: str
    code: str
    weight: int
    """2: the reason itself; 1: a refusal whose reason may stand elsewhere."""
    pattern: str


RULES = (
    Rule("sshd", GOOD, 2, rf"(?:Started|Listening on) .*(?:{_UNIT}|sshd?\S*\.socket)|Server listening on \S+ port"),
    Rule("sshd", "server.sshd-config-error", 2, r"Bad configuration option|Bad yes/no argument|Badly formatted port"),
    Rule("sshd", "server.host-keys-unusable", 2, r"no hostkeys available -- exiting"),
    Rule("sshd", "server.privilege-separation-missing", 2, r"Missing privilege separation directory"),
    Rule("sshd", "server.privilege-separation-missing", 2, r"Privilege separation user \S+ does not exist"),
    Rule("sshd", "server.cannot-bind", 2, r"Bind to port \d+ on \S+ failed:"),
    Rule("sshd", "server.sshd-not-running", 1, rf"Failed to start .*{_UNIT}|{_UNIT}: Failed with result"),
    Rule("auth", GOOD, 1, r"Accepted (?:publickey|password|keyboard-interactive\S*) for \S+ from"),
    Rule("auth", "server.max-startups", 2, r"beginning MaxStartups throttling|drop connection #\d+ .*past MaxStartups"),
    Rule(
        "auth",
        "server.address-banned",
        2,
        r"drop connection #\d+ .*penalty|fail2ban.*\bBan \S+|sshguard\[\d+\]: Blocking",
    ),
    Rule("auth", "server.login-grace-timeout", 2, r"Timeout before authentication"),
    Rule("auth", "server.tcp-wrappers-deny", 2, r"refused connect from"),
    Rule("auth", "kex.no-common-key-exchange", 2, r"no matching key exchange method found"),
    Rule("auth", "kex.no-common-host-key-algorithm", 2, r"no matching host key type found"),
    Rule("auth", "kex.no-common-cipher", 2, r"no matching cipher found"),
    Rule("auth", "kex.no-common-mac", 2, r"no matching MAC found"),
    Rule("auth", "auth.authorized-keys-permissions", 2, r"Authentication refused: bad ownership or modes for"),
    Rule("auth", "auth.user-unknown", 2, r"Invalid user .* from"),
    Rule("auth", "auth.account-locked", 2, r"not allowed because account is locked"),
    Rule("auth", "auth.account-expired", 3, r"Account \S+ has expired|account \S+ has expired \(account expired\)"),
    Rule("auth", "auth.shell-missing", 2, r"not allowed because shell \S+ (?:does not exist|is not executable)"),
    Rule("auth", "auth.user-not-allowed", 2, r"User .* not allowed because"),
    Rule("auth", "auth.root-login-disabled", 2, r"ROOT LOGIN REFUSED"),
    Rule("auth", "auth.key-source-restricted", 2, r"with correct key but not from a permitted host"),
    Rule("auth", "cert.source-address", 2, r"with valid certificate but not from a permitted source address"),
    Rule("auth", "auth.key-type-refused", 2, r"not in PubkeyAccepted\w+|refusing RSA key: Invalid key length"),
    Rule("auth", "auth.authorized-keys-command-failed", 2, r"AuthorizedKeysCommand .* failed, status"),
    Rule("auth", "cert.expired", 2, r"Certificate invalid: expired"),
    Rule("auth", "cert.not-yet-valid", 2, r"Certificate invalid: not yet valid"),
    Rule("auth", "cert.wrong-principal", 2, r"not a listed principal|does not contain an authorized principal"),
    Rule("auth", "auth.too-many-keys", 2, r"maximum authentication attempts exceeded"),
    Rule("auth", "auth.mfa-required", 1, r"Partial publickey for"),
    Rule("auth", "server.booting", 2, r"System is booting up\. Unprivileged users"),
    Rule("auth", "auth.pam-denied", 2, r"Access denied for user \S+ by PAM account configuration"),
    Rule("auth", "session.chroot-bad-owner", 2, r"bad ownership or modes for chroot directory"),
    Rule("auth", "session.nologin-shell", 2, r"nologin: Attempted login by|Starting session: \S+ .*nologin"),
    Rule("auth", "session.no-terminal", 2, r"session_pty_req: session \d+ alloc failed|error: openpty:"),
    Rule("auth", "session.forced-command", 1, r"Starting session: forced-command"),
    Rule("auth", "auth.key-rejected", 1, r"Failed publickey for"),
    Rule("auth", "auth.wrong-password", 1, r"Failed password for"),
    Rule("eic", GOOD, 2, r"Providing ssh key from EC2 Instance Connect with fingerprint"),
    Rule(
        "eic",
        "eic.metadata-unreachable",
        2,
        r"EC2 Instance Connect failed to (?:establish trust with Instance|get a token)",
    ),
    Rule("eic", "eic.pushed-key-refused", 2, r"was invoked on a non-instance|could not verify the signer trust chain"),
    Rule("boot", GOOD, 2, r"^\S+ login: ?$|Reached target .*Multi-User System"),
    Rule(
        "boot",
        "server.initramfs-failed",
        2,
        r"Kernel panic - not syncing: (?:VFS: Unable to mount|No working init|Attempted to kill init)",
    ),
    Rule("boot", "server.kernel-panic", 2, r"Kernel panic - not syncing:"),
    Rule(
        "boot",
        "server.bootloader-failed",
        2,
        r"Minimal BASH-like line editing is supported|Boot failed: not a bootable disk",
    ),
    Rule(
        "boot", "server.emergency-mode", 1, r"You are in (?:emergency|rescue) mode|Give root password for maintenance"
    ),
    Rule("boot", "server.fstab-broken", 2, r"Dependency failed for /|Timed out waiting for device|Failed to mount /"),
    Rule(
        "memory",
        "server.out-of-memory",
        1,
        r"Out of memory: Kill(?:ed)? process|invoked oom-killer|oom-kill:constraint=",
    ),
    Rule("memory", "server.hung", 1, r"BUG: soft lockup|blocked for more than \d+ seconds"),
    Rule("network", "server.connection-tracking-full", 1, r"table full, dropping packet"),
    Rule("disk", "server.disk-full", 1, r"No space left on device|No usable temporary directory found in"),
    Rule(
        "disk",
        "server.filesystem-corrupt",
        2,
        r"EXT4-fs error|Metadata corruption detected|Corruption of in-memory data",
    ),
    Rule("disk", "server.filesystem-corrupt", 2, r"Buffer I/O error on device|I/O Error Detected\. Shutting down"),
    Rule(
        "setup",
        "server.cloud-init-failed",
        1,
        r"failed run of module|no authorized SSH keys fingerprints found for user",
    ),
)

CODES = tuple(dict.fromkeys(rule.code for rule in RULES if rule.code))
"""Every cause a server's own log can prove."""


@dataclass(frozen=True, slots=True)
class Word:
    """The line that decides."""

    code: str
    weight: int
    number: int
    text: str


@cache
def _rules() -> tuple[tuple[Rule, re.Pattern[str]], ...]:
    return tuple((rule, re.compile(rule.pattern, re.I)) for rule in RULES)


def is_server(text: str) -> bool:
    """True for a log that a server wrote, and not an ssh client."""
    if re.search(r"^debug[123]: |^OpenSSH_\S+, ", text, re.M):
        return False
    rows = text.split("\n")[:20000]
    return any(_SSHD.search(row) or _BOOT.search(row) for row in rows) or any(
        rule.weight == 2 and pattern.search(row) for row in rows for rule, pattern in _rules()
    )


def read(text: str) -> tuple[Word, ...]:
    """The causes that the log speaks for, the weightiest first; empty when it says nothing bad."""
    words: dict[str, Word] = {}
    for number, raw in enumerate(clean.secrets(text).split("\n"), 1):
        row = clean.line(raw, 2000)
        if _BOOT.search(row):
            words.clear()
        if _CONNECTION.search(row):
            words.pop("auth", None)
        for rule, pattern in _rules():
            if pattern.search(row):
                _take(words, rule, number, row)
                break
    return tuple(sorted(words.values(), key=lambda word: (-word.weight, -word.number)))


def _take(words: dict[str, Word], rule: Rule, number: int, row: str) -> None:
    before = words.get(rule.subject)
    if not rule.code:
        words.pop(rule.subject, None)
    elif before is None or rule.weight >= before.weight:
        words[rule.subject] = Word(rule.code, rule.weight, number, clean.line(row))
