"""What the machine is short of, and what should have set the account up: disk, memory, clock, first boot. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sshwizard.probes.inside.key_rules import held
from sshwizard.probes.inside.patterns import key_lines
from sshwizard.probes.inside.ruling import Outside, Ruling
from sshwizard.probes.inside.seen import Inside
from sshwizard.probes.inside.server_rules import at_boot

CLOCK = 300
"""Seconds that a clock may be off before signatures and certificates of the cloud are refused."""
LATELY = 600
"""Seconds since the kernel last killed a process, in which memory counts as what is missing now."""
_PATH = re.compile(r"(\d+)\s+(/var/(?:log|cache)/[\w./@+~:-]+)")


def disk(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """A full disk, with what could go first."""
    for row in inside.rows.get("disk", ()):
        for what, line in (("blocks", row[1]), ("inodes", row[2])):
            hit = re.search(r"(\d+)% +(/\S*)$", line)
            always = line.startswith(("squashfs", "/dev/loop")) or row[0] == "/run"  # an image is full by nature
            if hit and int(hit[1]) >= 100 and not always:
                data = {"path": hit[2], "what": what, "room": _room(inside)}
                yield Ruling("server.disk-full", f"{hit[2]} has no {what} left", (line,), data)
                return


def _room(inside: Inside) -> list[list[Any]]:
    """Kind, KB and path of each file; a name with anything unusual in it is left alone."""
    found = [
        [row[0], int(hit[1]), hit[2]]
        for row in inside.rows.get("room", ())
        for line in row[1].splitlines()
        if (hit := _PATH.fullmatch(line)) and ".." not in hit[2]
    ]
    return found[:400]


def clock(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """A clock that is wrong for signatures and certificates."""
    off = abs(inside.now - outside.local_time)
    if inside.now and outside.local_time and off > CLOCK and outside.code.startswith(("eic.", "cert.", "auth.mfa")):
        says = f"the server's clock and the one of this computer differ by {off} s"
        yield Ruling("server.clock-wrong", says, (f"date: {inside.text('now', 1)} UTC",))


def booting(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """systemd has not ended the boot (systemctl(1), is-system-running), and so logins or sshd are not open yet."""
    state = inside.text("manager").strip()
    if state not in {"initializing", "starting"}:
        return
    up = inside.text("memory", 1).partition(".")[0]
    rows = (f"systemctl is-system-running: {state}", *([f"/proc/uptime: {up} s"] if up.isdigit() else []))
    if outside.stage == "reach":
        failed = any("ActiveState=failed" in row[0] for row in inside.rows.get("unit", ()))
        listens = any(one.port == inside.port for one in inside.listeners)
        down = inside.whole and inside.sshd and not (inside.running or listens)
        if down and inside.test[0] <= 0 and not failed and not at_boot(inside):
            yield Ruling("server.booting", "systemd has not ended the boot, and sshd is not up yet", rows)
    elif inside.account and inside.account.uid != 0:
        for row in inside.rows.get("nologin", ()):
            if "booting up" in row[1]:
                says = f"systemd has not ended the boot, and {row[0]} keeps everybody but root out until then"
                yield Ruling("server.booting", says, (*rows, row[2]))


# ------------------------------------------------------------------ memory

_KILLED = re.compile(r"ut of memory: Kill(?:ed)? process (\d+) \((.{1,40}?)\)")


def memory(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """The kernel killed sshd, and none runs; or it killed others just now, and there is still no memory."""
    rows = [line for line in inside.text("killed").splitlines() if _KILLED.search(line)]
    of_sshd = [line for line in rows if (hit := _KILLED.search(line)) and hit[2].startswith("sshd")]
    if of_sshd and inside.whole and not inside.running and outside.stage == "reach":
        says = "no memory was left, and the kernel killed sshd"
        yield Ruling("server.out-of-memory", says, tuple(of_sshd[-2:]), {"stopped": True})
    elif rows and (left := _nothing_left(inside)) and _age(inside, rows[-1]) <= LATELY:
        says = "no memory is left, and the kernel killed processes in the last minutes"
        yield Ruling("server.out-of-memory", says, (rows[-1], left))


def _nothing_left(inside: Inside) -> str:
    """The line that shows it: less than 2 % of memory and of swap is to be had."""
    rows = re.findall(r"^(\w+): +(\d{1,15}) kB", inside.text("memory"), re.MULTILINE)
    kb = {name: int(value) for name, value in rows}
    total, available = kb.get("MemTotal", 0), kb.get("MemAvailable", -1)
    swapless = kb.get("SwapFree", 0) * 50 <= kb.get("SwapTotal", 0)
    if total and 0 <= available * 50 < total and swapless:
        return f"/proc/meminfo: MemAvailable {available} kB of {total} kB"
    return ""


def _age(inside: Inside, line: str) -> float:
    """Seconds since the kernel wrote a line; its clock begins with the boot."""
    up = re.match(r"(\d+\.\d+)", inside.text("memory", 1))
    at = re.match(r"\[ *(\d+\.\d+)\]", line)
    return float(up[1]) - float(at[1]) if up and at else float("inf")


def processes(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """As many processes as sshd's own limit lets an account have (getrlimit(2), RLIMIT_NPROC); the session's own sshd
    is one more when it begins the shell."""
    most, have = inside.text("chosen", 3).split()[:1], inside.text("processes")
    known = bool(most) and most[0].isdigit() and have.isdigit()
    if inside.account and inside.account.uid and known and int(have) + 1 >= int(most[0]):
        says = f"{inside.login} has {have} processes beside a new login, and sshd lets an account have {most[0]}"
        rows = (f"/proc/{inside.text('chosen')}/limits: Max processes {most[0]}",)
        yield Ruling("server.process-limit", says, rows)


# ------------------------------------------------------------------ who should have set the account up


def first_boot(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """cloud-init failed, and the account that it makes is not there or has no key."""
    login, default = inside.login, inside.text("cloud", 2).strip().strip("\"'")
    if not inside.text("cloud") or not inside.root or not inside.whole or _has_keys(inside):
        return
    rows = inside.text("cloud", 3).splitlines()
    named = [row for row in rows if re.search(rf"fingerprints found for user {re.escape(login)}\b", row)]
    failed = [row for row in rows if "fingerprints found" not in row] + _errors(inside.text("cloud", 1))
    if named or (failed and login == default):
        says = f"cloud-init gave {login} no key" if inside.account else f"cloud-init made no account {login}"
        who = inside.account
        data = {"path": next(iter(inside.keys_paths), ""), "home": who.home} if who else {}
        yield Ruling("server.cloud-init-failed", says, (*named[-1:], *failed[-3:]), data)


def _has_keys(inside: Inside) -> bool:
    """Also where a file of keys was not seen: then nothing is concluded from its silence."""
    hidden = any(what in inside.keys_paths for what, _ in inside.unseen)
    return hidden or (inside.account is not None and any(any(key_lines(text)) for text in inside.keys.values()))


def _errors(status: str) -> list[str]:
    """The errors of each stage (cloud-init, status.json, v1)."""
    try:
        stages = json.loads(status or "{}").get("v1", {})
        return [
            f"{name}: {error}"
            for name, stage in stages.items()
            if isinstance(stage, dict)
            for error in stage.get("errors", ())
        ]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return []


def guest_agent(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """Google's agent does not run, and the key that it would have brought is not there."""
    if "Google" not in inside.text("vendor") or held(inside, outside) or not inside.whole:
        return
    if "google_authorized_keys" in inside.set_to("authorizedkeyscommand"):
        return  # OS Login brings keys without it
    units = [dict(line.split("=", 1) for line in row[0].splitlines() if "=" in line)
             for row in inside.rows.get("agent-unit", ())]  # fmt: skip
    if not units or any(unit.get("ActiveState") in {"active", "activating", "reloading"} for unit in units):
        return
    loaded = next((unit for unit in units if unit.get("LoadState") == "loaded"), None)
    if loaded is None:
        rows = tuple(f"{unit.get('Id', '')}: {unit.get('LoadState', '')}" for unit in units)
        yield Ruling("gcp.guest-agent-down", "Google's guest agent is not installed on this server", rows)
        return
    name, state = loaded.get("Id", ""), loaded.get("ActiveState", "")
    says = f"{name} is {state}, so no key of the metadata comes to this server"
    yield Ruling("gcp.guest-agent-down", says, (f"{name}: {state} {loaded.get('Result', '')}".strip(),), {"unit": name})
