"""Why a login that went well gives no session. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard.probes.inside.key_rules import held
from sshwizard.probes.inside.ruling import Outside, Ruling
from sshwizard.probes.inside.seen import Inside
from sshwizard.probes.inside.settings import place, set_by


def session(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """What sshd does with the session once the key was right."""
    jail = inside.set_to("chrootdirectory", "none")
    if jail != "none":
        bad = [one for one in inside.entries.get("chroot", ()) if one.exists and (one.uid or one.writable_by_others)]
        if bad:
            wrong = [[one.path, f"{one.mode & 0o7777:o}", one.uid, one.gid] for one in bad]
            rows = tuple(f"{one.path}: mode {one.mode & 0o7777:04o}, owner {one.uid}" for one in bad)
            says = f"{bad[0].path} on the way to the ChrootDirectory is not root's alone"
            yield Ruling("session.chroot-bad-owner", says, (*rows, *place(inside, "chrootdirectory")), {"wrong": wrong})
    options = {name: value for _, line in held(inside, outside) for name, value in line.options.items()}
    shell = inside.account.shell if inside.account else ""
    forced = inside.set_to("forcecommand", "none")
    if forced != "none" and outside.code in _SILENT:
        data = set_by(inside, "forcecommand", "none")
        yield Ruling("session.forced-command", f"sshd runs “{forced}” and nothing else", place(inside, "forcecommand"),
                     data)  # fmt: skip
    elif options.get("command") and outside.code in _SILENT:
        says = f"the line of your key runs “{options['command']}” and nothing else"
        yield Ruling("session.forced-command", says, (f"command={options['command']}",))
    if outside.code in {"session.no-terminal", "session.terminal-not-permitted"}:
        yield from _terminal(inside, options)
    if outside.code == "session.sftp-missing":
        yield from _sftp(inside)
    if outside.code in {"session.forward-failed", "proxy.forwarding-prohibited"}:
        yield from _forwarding(inside, outside, options)
    if inside.set_to("maxsessions") == "0" and outside.code != "proxy.forwarding-prohibited":
        data = set_by(inside, "maxsessions", "10")
        rows = place(inside, "maxsessions")
        yield Ruling("session.max-sessions", "MaxSessions 0 opens no session at all", rows, data)
    if shell.rpartition("/")[2] in {"nologin", "false"} and outside.code in _SILENT:
        yield Ruling("session.nologin-shell", f"the login shell is {shell}", (f"{inside.login}: {shell}",))


_SILENT = {
    "session.exits-at-once", "session.forced-command", "session.nologin-shell", "session.startup-file-exits",
    "session.closed-after-login", "session.no-shell-offered", "session.request-failed",
}  # fmt: skip
"""Findings where the session ended without what was asked for."""


def _terminal(inside: Inside, options: dict[str, str]) -> Iterator[Ruling]:
    if inside.set_to("permittty") == "no":
        yield Ruling("session.terminal-not-permitted", "sshd gives this login no terminal", place(inside, "permittty"),
                     set_by(inside, "permittty", "yes"))  # fmt: skip
    elif {"no-pty", "restrict"} & set(options) and "pty" not in options:
        yield Ruling("session.terminal-not-permitted", "the line of your key forbids a terminal", ("no-pty",))
    used, most = inside.text("pty"), inside.text("pty", 1)
    if used.isdigit() and most.isdigit() and int(used) >= int(most):
        yield Ruling("session.no-terminal", f"all {most} terminals of the server are in use", (f"pty/nr {used}",))
    gone = [one for one in inside.entries.get("device", ()) if not one.exists]
    if gone:
        yield Ruling("session.no-terminal", f"{gone[0].path} does not exist", (f"ls: no {gone[0].path}",))


def _sftp(inside: Inside) -> Iterator[Ruling]:
    words = [value for value in inside.settings.get("subsystem", ()) if value.split()[:1] == ["sftp"]]
    data = {"keyword": "subsystem", "value": "sftp internal-sftp", "global": True}
    if inside.settings and not words:
        yield Ruling("session.sftp-missing", "sshd_config names no Subsystem sftp", place(inside, "port"), data)
    elif (program := inside.entry("sftp")) and not (program.exists and program.mode & 0o111):
        says = f"Subsystem sftp names {program.path}, which is not there"
        yield Ruling("session.sftp-missing", says, (f"subsystem {words[0]}",))


def _forwarding(inside: Inside, outside: Outside, options: dict[str, str]) -> Iterator[Ruling]:
    keyword = "disableforwarding" if inside.set_to("disableforwarding") == "yes" else "allowtcpforwarding"
    off = keyword == "disableforwarding" or inside.set_to(keyword) in {"no", "remote"}
    barred = set() if "port-forwarding" in options else {"no-port-forwarding", "restrict"} & set(options)
    if off:
        data = set_by(inside, keyword, "no" if keyword == "disableforwarding" else "yes")
        yield Ruling(outside.code, "sshd passes no connection on for this login", place(inside, keyword), data)
    elif barred:
        yield Ruling(outside.code, "the line of your key forbids forwarding", tuple(sorted(barred)))


def instance_connect(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """EC2 Instance Connect: the helper, and whether sshd asks it."""
    if not outside.code.startswith("eic.") or not inside.settings:
        return
    helper = inside.entry("instance-connect")
    asks = inside.set_to("authorizedkeyscommand", "none")
    if helper is None:
        yield Ruling("eic.package-missing", "the helper eic_run_authorized_keys is not on this server",
                     (f"authorizedkeyscommand {asks}",))  # fmt: skip
    elif "eic_run_authorized_keys" not in asks:
        yield Ruling("eic.sshd-not-configured", f"sshd asks {asks} for keys", place(inside, "authorizedkeyscommand"))
