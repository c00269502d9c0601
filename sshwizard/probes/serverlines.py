"""The lines of a server that mean something: what sshd, systemd, the kernel and the boot write, as one table.

A pattern begins at the message itself, behind the program's prefix, so that words in a stranger's sentence count
for nothing. Sources: sshd(8) and its source, systemd's three forms of unit results, kernel and boot messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sshwizard.probes.table import Table

GOOD = ""

_NAMES = r"(?:OpenBSD Secure Shell server|OpenSSH (?:server )?[Dd]aemon|OpenSSH server|OpenSSH per-connection server)"
_UNIT = r"(?:sshd?(?:@\S*)?\.service|sshd?(?:-unix-local)?\.socket)"
UNIT = rf"(?:{_UNIT}|(?:\S+ - )?{_NAMES})"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a line speaks for: a cause about a subject, or good news about it."""

    by: str
    """The group of programs that writes it; `any` for all."""
    subject: str
    code: str
    weight: int
    """2: the reason itself; 1: a refusal or a state whose reason may stand elsewhere; 0: a mere hint."""
    pattern: str


def rows(by: str, subject: str, rows: Iterable[tuple[str, int, str]]) -> tuple[Rule, ...]:
    return tuple(Rule(by, subject, code, weight, pattern) for code, weight, pattern in rows)


RULES: tuple[Rule, ...] = (
    *rows("sshd", "sshd", (
        (GOOD, 2, r"Server listening on \S+ port"),
        ("server.sshd-config-error", 2, r"(?:\S+(?: line \d+|: line \d+)?: )?(?:Bad configuration option|Bad yes/no a"
        r"rg"
         r"ument|Badly formatted port|Unsupported option|Missing argument)|\S*sshd_config\S*:? line \d+: |"
         r"\S*sshd_config\S*: terminating, \d+ bad"),
        ("server.host-keys-unusable", 2, r"(?:sshd: )?no hostkeys available -- exiting|@ +WARNING: UNPROTECTED PRIVAT"
        r"E "
         r"KEY FILE! +@.*|Permissions \d+ for '\S*ssh_host\S+' are too open"),
        ("server.host-keys-unusable", 1, r"(?:Could not|Unable to) load host key"),
        ("server.privilege-separation-missing", 2, r"Missing privilege separation directory|Privilege separation user "
         r"\S+ does not exist|\S+ must be owned by root and not group or world-writable"),
        ("server.cannot-bind", 2, r"Bind to port \d+ on \S+ failed: |Cannot bind any address"),
    )),
    *rows("system", "sshd", (
        (GOOD, 2, rf"(?:Started|Listening on|Reloaded) {UNIT}|Active: active \((?:running|listening)\)"),
        ("server.sshd-not-running", 1, rf"(?:Failed to start|Stopped|Failed to listen on) {UNIT}|{_UNIT}: (?:Failed "
         r"with result|Main process exited, code=exited, status=[1-9]|Control process exited, code=exited, statu"
         r"s=[1-9]|Start requ"
         r"est repeated)|"
         r"Active: (?:failed|inactive)"),
        ("server.sshd-not-installed", 1, rf"Unit {_UNIT} (?:could not be found|not found)|Failed to \w+ {_UNIT}: Unit "
         r"\S+ (?:not found|not loaded)"),
    )),
    *rows("any", "listen", (
        ("server.listens-on-loopback", 1, r"(?:tcp6? +)?(?:LISTEN +)?\d+ +\d+ +(?:127\.\d+\.\d+\.\d+|\[?::1\]?):\d+ ."
        r"*\b"
         r"sshd\b"),
        (GOOD, 1, r"(?:tcp6? +)?(?:LISTEN +)?\d+ +\d+ +\S+:\d+ .*\bsshd\b"),
    )),
    *rows("any", "modes", (
        ("auth.authorized-keys-permissions", 1, r"-(?:[rwx-]{4}|[rwx-]{7})w\S* .*\bauthorized_keys2?$|"
         r"d(?:[rwx-]{4}|[rwx-]{7})w\S* .* \.ssh/?$"),
        ("key.permissions-too-open", 1, r"-[rwx-]{3}(?!------)[rwx-]{6}\S* .* (?:id_[a-z0-9_]+|\S+\.pem)$"),
    )),
    *rows("sshd", "auth", (
        (GOOD, 1, r"Accepted (?:publickey|password|keyboard-interactive\S*|gssapi\S*|hostbased) for \S+ from"),
        ("server.max-startups", 2, r"beginning MaxStartups throttling|drop connection #\d+ .*past (?:MaxStartups|"
         r"PerSourceMaxStartups)|exited MaxStartups"),
        ("server.address-banned", 2, r"drop connection #\d+ .*penalty|penalty: "),
        ("server.login-grace-timeout", 2, r"Timeout before authentication"),
        ("server.tcp-wrappers-deny", 2, r"refused connect from"),
        ("kex.no-common-key-exchange", 2, r"Unable to negotiate with .{0,80}?no matching key exchange method found|no"
        r" matching key exchange method found"),
        ("kex.no-common-host-key-algorithm", 2, r"Unable to negotiate with .{0,80}?no matching host key type found|no"
        r" matching host key type found"),
        ("kex.no-common-cipher", 2, r"Unable to negotiate with .{0,80}?no matching cipher found|no matching cipher fo"
        r"und"),
        ("kex.no-common-mac", 2, r"Unable to negotiate with .{0,80}?no matching MAC found|no matching MAC found"),
        ("auth.authorized-keys-permissions", 2, r"Authentication refused: bad ownership or modes for"),
        ("auth.authorized-keys-permissions", 1, r"Could not open (?:user '\S+' )?authorized keys '\S+': Permission de"
        r"n|"
         r"Error updating SSH keys for \S+: mkdir "),
        ("auth.authorized-keys-missing", 1, r"Could not open (?:user '\S+' )?authorized keys '\S+': No such file"),
        ("auth.user-unknown", 2, r"Invalid user .*\bfrom|Illegal user .*\bfrom|input_userauth_request: invalid user "),
        ("auth.account-locked", 2, r"User \S+ not allowed because account is locked"),
        ("auth.account-expired", 3, r"Account \S+ has expired|(?:pam_unix\(sshd:account\): )?account \S+ has expired"),
        ("auth.password-expired", 2, r"expired password for user \S+|(?:pam_unix\(sshd:account\): )?expired password|"
        r"User .{1,60} \(password (?:expired|aged)\)"),
        ("auth.shell-missing", 2, r"User \S+ not allowed because shell \S+ (?:does not exist|is not executable)"),
        ("auth.user-not-allowed", 2, r"User .* not allowed because"),
        ("auth.root-login-disabled", 2, r"ROOT LOGIN REFUSED"),
        ("auth.key-source-restricted", 2, r"(?:\S+: )?Authentication tried for \S+ with correct key but not from a pe"
        r"rmitted host"),
        ("cert.source-address", 2, r"(?:\S+: )?Authentication tried for \S+ with valid certificate but not from"),
        ("auth.key-type-refused", 2, r"(?:userauth_pubkey: )?(?:signature algorithm|key type|certificate signature al"
        r"gorithm) \S+ not in PubkeyAccepted|refusing RSA key: Invalid key length"),
        ("auth.authorized-keys-command-failed", 2, r"AuthorizedKeysCommand .* failed, status (?!22\b)"),
        ("eic.pushed-key-refused", 2, r"AuthorizedKeysCommand .*eic_run\S* .*failed, status 22\b"),
        ("auth.authorized-keys-command-failed", 2, r"AuthorizedKeysCommand .* failed, status|Unsafe AuthorizedKeysCom"
        r"m"),
        ("cert.expired", 2, r"Certificate invalid: expired"),
        ("cert.not-yet-valid", 2, r"Certificate invalid: not yet valid"),
        ("cert.wrong-principal", 2, r"Certificate (?:invalid: name is not a listed|does not contain an authorized) pr"
        r"incipal|name is not a listed princ"),
        ("cert.ca-not-trusted", 2, r"CA \S+ \S+ is not listed in|Certificate signed by unknown authority"),
        ("auth.too-many-keys", 2, r"maximum authentication attempts exceeded"),
        ("auth.mfa-required", 1, r"Partial publickey for"),
        ("server.booting", 2, r"\"?System is booting up\. (?:Unprivileged )?users"),
        ("auth.nologin-file", 1, r"User \S+ (?:from \S+ )?not allowed because (?:/etc|/run)/nologin exists"),
        ("auth.pam-denied", 2, r"Access denied for user \S+ by PAM account configuration"),
        ("session.chroot-bad-owner", 2, r"bad ownership or modes for chroot directory"),
        ("session.no-terminal", 2, r"session_pty_req: session \d+ alloc failed|openpty:"),
        ("server.process-limit", 2, r"fork(?: of unprivileged child failed)?: (?:Resource temporarily|Cannot allocate"
        r")"),
        ("session.nologin-shell", 2, r"Starting session: \S+ .*nologin"),
        ("session.max-sessions", 1, r"no more sessions"),
        ("session.sftp-missing", 2, r"subsystem request for sftp .*failed, subsystem not found"),
        ("session.forced-command", 1, r"Starting session: forced-command"),
        ("auth.key-rejected", 1, r"Failed publickey for"),
        ("auth.wrong-password", 1, r"Failed (?:password|keyboard-interactive\S*) for|pam_unix\(sshd:auth\): auth"
         r"entication failure|authentication failure; .*user="),
    )),
    *rows("sshd", "knock", (
        ("kex.closed-before-banner", 0, r"kex_exchange_identification: |banner exchange: "),
    )),
    *rows("any", "auth", (
        ("auth.authorized-keys-permissions", 1, r"(?:ERROR )?.{0,60}?Error updating SSH keys for \S+: mkdir "),
        ("session.nologin-shell", 2, r"(?:nologin: )?Attempted login by"),
        ("server.booting", 2, r"\"?System is booting up\. (?:Unprivileged )?users"),
    )),
    *rows("ban", "ban", (
        ("server.address-banned", 2, r"(?:(?:NOTICE|INFO|WARNING) +)?(?:\[[\w-]+\] )?(?:Ban|Restore Ban) \S+|Blocking"
        r" \S+"
         r""),
        (GOOD, 2, r"(?:(?:NOTICE|INFO|WARNING) +)?(?:\[[\w-]+\] )?Unban \S+|\S+: unblocking|Releasing \S+|.*[Uu]nbloc"
        r"king"),
    )),
    *rows("any", "eic", (
        (GOOD, 2, r"Providing ssh key from EC2 Instance Connect with fingerprint"),
        ("eic.metadata-unreachable", 2, r"(?:EC2 Instance Connect )?failed to (?:establish trust with Instance|get a "
        r"tok)"),
        ("eic.pushed-key-refused", 2, r"EC2 Instance Connect (?:was invoked on a non-instance|found an invalid domain"
        r"|could"
         r" not verify)|.{0,60}(?:was invoked on a non-instance|found an invalid domain|could not verify certificate "
         r".* "
         r"revoked|unrecognized signer certificate|could not verify the signer trust chain)"),
    )),
)  # fmt: skip


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule; of two that fit one line the first counts."""
    from sshwizard.probes.bootlines import RULES as BOOT

    return (*RULES, *BOOT)


@cache
def codes() -> tuple[str, ...]:
    """Every cause that a server's lines can speak for."""
    return tuple(dict.fromkeys(rule.code for rule in rules() if rule.code))


@cache
def table(group: str) -> Table:
    """The patterns for the lines of one group of programs; an empty group is a line that names none."""
    every = enumerate(rules())
    chosen = ((str(number), rule.pattern) for number, rule in every if not group or rule.by in {group, "any"})
    return Table(chosen, r"(?:(?:error|fatal|info|notice|warning|debug\d|sshd): )*", re.IGNORECASE)


_GROUPS = (
    ("sshd", "sshd"),
    ("systemd-timesync", "time"),
    ("systemd", "system"),
    ("kernel", "kernel"),
    ("cloud-init", "cloud"),
    ("fail2ban", "ban"),
    ("sshguard", "ban"),
    ("denyhosts", "ban"),
    ("google", "guest"),
    ("gce", "guest"),
    ("osconfig", "guest"),
    ("chrony", "time"),
    ("ntp", "time"),
)


@cache
def group_of(program: str) -> str:
    """The group of a program by the name that syslog has for it; `other` for one that no rule is about."""
    name = program.lower()
    return next((group for start, group in _GROUPS if name.startswith(start)), "other") if name else ""
