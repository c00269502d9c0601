"""The sh of each change on a server: what must still hold, what is done, and the way back. Pure text.

The smallest change each time. Every value is quoted; what a look inside saw stands in the guard.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sshwizard.effects.remote import WATCH

q = shlex.quote


@dataclass(frozen=True, slots=True)
class Change:
    """The texts of one change; an empty undo means that there is no way back."""

    guard: str
    do: str
    undo: str = ""
    watch: int = WATCH
    """Seconds until the server takes it back by itself, unless a second login works; 0: it can cut no way in."""


SSHD = """sshd_bin=$(command -v sshd || echo /usr/sbin/sshd)
again() {{
  if [ -d /run/systemd/system ]; then
    systemctl reload-or-restart ssh 2>/dev/null || systemctl reload-or-restart sshd
  elif pid=$(cat /run/sshd.pid 2>/dev/null || cat /var/run/sshd.pid 2>/dev/null) && kill -HUP "$pid" 2>/dev/null; then :
  elif command -v rc-service >/dev/null; then rc-service sshd restart
  else {start}; fi
}}"""


def _sshd(config: str) -> str:
    """Shell functions that reload sshd, or start it where nothing else does."""
    return SSHD.format(start=f'"$sshd_bin" -f {q(config)}')


def _test(config: str) -> str:
    return f'"$sshd_bin" -t -f {q(config)}'


def modes(wrong: Sequence[Sequence[Any]], owners: Sequence[int], mask: int = 0o022) -> Change:
    """Exactly these paths: no write for others, and the right owner; `wrong` is [path, mode, uid, gid]."""
    guard, do, undo = [], [], []
    for path, mode, uid, _gid in wrong:
        path, mode, uid = str(path), str(mode), int(uid)
        guard.append(f'[ "$(stat -c "%a %u" {q(path)})" = "{int(mode, 8):o} {uid}" ]')
        if uid not in owners:
            do.append(f"chown {owners[0]} {q(path)}")
        if int(mode, 8) & mask:
            do.append(f"chmod {int(mode, 8) & ~mask:o} {q(path)}")
        undo.append(f"chown {uid} {q(path)}\nchmod {int(mode, 8):o} {q(path)}")
    return Change(" && ".join(guard), "\n".join(do), "\n".join(undo))


def key(path: str, line: str, uid: int, gid: int, home: str) -> Change:
    """Append one line to the file that sshd reads; what is missing on the way is made for the account."""
    folder, words = path.rpartition("/")[0], line.split()
    held = line if words[0].startswith("from=") else words[1]  # with options it may stand beside another line of it
    inside_home = path.startswith(f"{home}/")
    make = [place for place in ((home, folder) if inside_home else (folder,)) if place]
    guard = f"[ ! -L {q(path)} ] && [ ! -L {q(folder)} ] && ! grep -qsF {q(held)} {q(path)}"
    do = [
        f"[ -d {q(place)} ] || {{ mkdir -m 700 {q(place)}; chown {uid}:{gid} {q(place)}; "
        f'echo {q(place)} >>"$D/made"; }}'
        for place in make
    ]
    do += [
        f'[ -e {q(path)} ] || {{ : >{q(path)}; chown {uid}:{gid} {q(path)}; chmod 600 {q(path)}; : >"$D/new"; }}',
        f'[ ! -s {q(path)} ] || [ -z "$(tail -c 1 {q(path)})" ] || echo >>{q(path)}',
        f"printf '%s\\n' {q(line)} >>{q(path)}",
    ]
    undo = (
        f'if [ -e {q(path)} ]; then grep -vxF {q(line)} {q(path)} >"$D/rest" || :; cat "$D/rest" >{q(path)}; fi\n'
        f'[ ! -e "$D/new" ] || [ -s {q(path)} ] || rm -f {q(path)}\n'
        f'[ ! -e "$D/made" ] || sed -n "1!G;h;\\$p" "$D/made" | while read -r place; do rmdir "$place" || :; done'
    )
    return Change(guard, "\n".join(do), undo)


def drop_in(folder: str, config: str, text: str) -> Change:
    """One file that is read before all others; tested before sshd reads it."""
    file = f"{folder}/00-sshwizard.conf"
    do = f"{_sshd(config)}\nprintf %s {q(text)} >{q(file)}\nchmod 600 {q(file)}\n{_test(config)}\nagain"
    return Change(f"[ -d {q(folder)} ] && [ ! -e {q(file)} ]", do, f"{_sshd(config)}\nrm -f {q(file)}\nagain")


def comment_out(file: str, number: int, text: str, config: str) -> Change:
    """Take one line, at which `sshd -t` ends, out of the configuration; the old file is kept beside."""
    guard = f'[ "$(sed -n {number}p {q(file)})" = {q(text)} ]'
    do = f'{_sshd(config)}\ncp -p {q(file)} "$D/old"\nsed "{number}s/^/# /" "$D/old" >{q(file)}\n{_test(config)}\nagain'
    return Change(guard, do, f'[ ! -s "$D/old" ] || cat "$D/old" >{q(file)}')


def start(config: str) -> Change:
    """Test, enable and start."""
    units = "systemctl enable --now ssh 2>/dev/null || systemctl enable --now sshd"
    do = f"{_sshd(config)}\n{_test(config)}\nif [ -d /run/systemd/system ]; then {units}; else again; fi"
    return Change("true", do)


def host_keys(keys: Sequence[Sequence[Any]], config: str) -> Change:
    """Modes of the keys that are there, else new ones: clients will see keys they do not know."""
    old = " && ".join(f'[ "$(stat -c %a {q(str(path))})" = {int(str(mode), 8):o} ]' for path, mode, _, _ in keys)
    fix = "\n".join(f"chown 0:0 {q(str(path))}\nchmod 600 {q(str(path))}" for path, *_ in keys) or "ssh-keygen -A"
    undo = "\n".join(f"chmod {int(str(mode), 8):o} {q(str(path))}" for path, mode, _, _ in keys)
    return Change(old or "true", f"{_sshd(config)}\n{fix}\n{_test(config)}\nagain", undo)


def run_directory(config: str) -> Change:
    """/run/sshd, and sshd's own account where it is missing."""
    do = (
        f"{_sshd(config)}\n[ -d /run/sshd ] || mkdir /run/sshd\nchown 0:0 /run/sshd\nchmod 755 /run/sshd\n"
        "getent passwd sshd >/dev/null || useradd -r -d /run/sshd -s /usr/sbin/nologin sshd\n"
        f"{_test(config)}\n[ -n \"$(pidof sshd || :)\" ] || again"
    )  # fmt: skip
    return Change("true", do)


def accept(tool: str, address: str, port: int, chain: str, mark: str) -> Change | None:
    """One rule for one address and one port, in the tool that keeps the rules."""
    six = ":" in address
    if tool == "iptables":
        program = "ip6tables" if six else "iptables"
        rule = f"INPUT -s {q(address)} -p tcp --dport {port} -m comment --comment {mark} -j ACCEPT"
        return Change(f"! {program} -w -C {rule} 2>/dev/null", f"{program} -w -I {rule}", f"{program} -w -D {rule}")
    if tool == "nft" and re.fullmatch(r"(inet|ip|ip6) [\w.-]+ [\w.-]+", chain):
        rule = f"{'ip6' if six else 'ip'} saddr {address} tcp dport {port} accept comment {mark}"
        handle = f"nft -a list chain {chain} | sed -n 's/.*{mark}.*# handle //p'"
        return Change(f"nft list chain {chain} >/dev/null", f"nft insert rule {chain} {rule}",
                      f"for h in $({handle}); do nft delete rule {chain} handle $h; done")  # fmt: skip
    if tool == "ufw":
        rule = f"allow proto tcp from {address} to any port {port}"
        return Change("true", f"ufw insert 1 {rule} || ufw {rule}", f"ufw delete {rule}")
    if tool == "firewalld":
        family = "ipv6" if six else "ipv4"
        rich = q(f'rule family="{family}" source address="{address}" port port="{port}" protocol="tcp" accept')
        return Change(f"! firewall-cmd --query-rich-rule={rich}", f"firewall-cmd --add-rich-rule={rich}",
                      f"firewall-cmd --remove-rich-rule={rich}")  # fmt: skip
    return None


def wrappers(address: str) -> Change:
    """One line at the top of hosts.allow: the first that fits decides."""
    line = f"sshd: {f'[{address}]' if ':' in address else address}"
    do = (
        '[ ! -e /etc/hosts.allow ] || cp -p /etc/hosts.allow "$D/old"\n'
        f'{{ echo {q(line)}; [ ! -e "$D/old" ] || cat "$D/old"; }} >"$D/next"\n'
        'cat "$D/next" >/etc/hosts.allow\nchmod 644 /etc/hosts.allow'
    )
    undo = 'if [ -e "$D/old" ]; then cat "$D/old" >/etc/hosts.allow; else rm -f /etc/hosts.allow; fi'
    return Change(f"! grep -qsxF {q(line)} /etc/hosts.allow", do, undo)


def unban(data: Mapping[str, Any]) -> Change | None:
    """One address out of one ban list."""
    address, tool, rule = str(data.get("address", "")), data.get("tool"), str(data.get("rule", ""))
    if tool == "fail2ban" and re.fullmatch(r"[\w.-]+", str(data.get("jail", ""))):
        return Change("true", f"fail2ban-client set {data['jail']} unbanip {q(address)}")
    if tool == "iptables" and rule.startswith("-A "):
        words = shlex.join(shlex.split(rule[3:]))
        program = "ip6tables" if ":" in address else "iptables"
        return Change(f"{program} -w -C {words}", f"{program} -w -D {words}", f"{program} -w -I {words}")
    hit = re.search(r"@([\w.-]+)", rule)
    table = re.fullmatch(r"((?:inet|ip|ip6) [\w.-]+) [\w.-]+", str(data.get("chain", "")))
    if tool == "nft" and hit and table:
        of = f"{table[1]} {hit[1]} {{ {address} }}"
        return Change(f"nft get element {of} >/dev/null", f"nft delete element {of}", f"nft add element {of}")
    return None


def unlock(account: str, how: str, was: str) -> Change:
    """Lock or expiry of one account. Without a password behind the lock, it gets one that nobody can type."""
    if how == "expiry":
        guard = f'[ "$(getent shadow {account} | cut -d: -f8)" = {q(was)} ]'
        return Change(guard, f"usermod -e '' {account}", f"chage -E {q(was)} {account}")
    do = (
        f'getent shadow {account} | cut -d: -f2 >"$D/hash"\nrest=$(sed "s/^!*//" "$D/hash")\n'
        f"usermod -p \"${{rest:-*}}\" {account}"
    )  # fmt: skip
    guard = f"getent shadow {account} | cut -d: -f2 | grep -q '^!'"
    return Change(guard, do, f'[ ! -s "$D/hash" ] || usermod -p "$(cat "$D/hash")" {account}')


def aside(path: str) -> Change:
    """Move one file away; it is kept."""
    return Change(f"[ -e {q(path)} ]", f'cp -p {q(path)} "$D/kept"\nrm {q(path)}', f'cp -p "$D/kept" {q(path)}')


ENOUGH_KB, ENOUGH_FILES = 256 << 10, 1000
"""Where that much is free again, nothing more goes."""
_FIRST = {"packages": 0, "journal": 1, "rotated": 2}
"""What is missed least: packages are fetched again; journals and logs are of the past."""


def room(found: Sequence[Sequence[Any]], what: str) -> Change | None:
    """Exactly these files go, the least missed first, until enough is free; `found` is [kind, KB, path]."""
    chosen: list[str] = []
    kb = 0
    for kind, size, path in sorted(found, key=lambda one: (_FIRST.get(str(one[0]), 9), -int(one[1]))):
        if kind not in _FIRST or (len(chosen) >= ENOUGH_FILES if what == "inodes" else kb >= ENOUGH_KB):
            continue
        chosen.append(f"rm -f -- {q(str(path))}  # {kind}, {int(size)} KB")
        kb += int(size)
    return Change("true", "\n".join(chosen)) if chosen else None


_GROUP = """mine=0 other=0
for s in /proc/[0-9]*/stat; do
  read -r line 2>/dev/null <"$s" || continue
  set -- ${{line##*) }}; [ "$3" = {group} ] || continue
  if [ "$(stat -c %u "${{s%/stat}}" 2>/dev/null)" = {uid} ]; then mine=1; else other=1; fi
done
[ $mine$other = 10 ]"""


def end_group(group: int, uid: int) -> Change:
    """End one process group, in which every process is this account's: politely, then not."""
    do = f"kill -TERM -{group}\nsleep 1\nkill -KILL -{group} 2>/dev/null || :"
    return Change(_GROUP.format(group=group, uid=uid), do)


def start_unit(unit: str) -> Change:
    """Start a service that is there, and let it start at boot."""
    do = (
        f'systemctl is-enabled {unit} >"$D/was" 2>/dev/null || :\nsystemctl enable --now {unit}\n'
        f"systemctl is-active --quiet {unit}"
    )
    undo = f'systemctl stop {unit}\ngrep -qx enabled "$D/was" || systemctl disable {unit}'
    return Change(f"! systemctl is-active --quiet {unit}", do, undo)
