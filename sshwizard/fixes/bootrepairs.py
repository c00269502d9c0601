"""Repairs that are made at a boot, while nobody can log in: the sh of each, and its way back. Pure text.

What a look inside would have seen, the script looks up itself, and keeps in $D before it changes it. Only what outlasts
the next boot is here: the old user data is put back by one more.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from sshwizard.fixes import serverside
from sshwizard.fixes.fix import Refusal
from sshwizard.fixes.serverside import Change, q

CONFIG = "/etc/ssh/sshd_config"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,31}")
_KEY = re.compile(r"(?:ssh|ecdsa|sk-)[\w@.-]+ [A-Za-z0-9+/]{20,}={0,2}(?: [\w@.+:-]{0,100})?", re.ASCII)
_RUN = "[ -d /run/sshd ] || mkdir -m 755 /run/sshd\n"
"""sshd of Debian tests nothing without it, and only its unit makes it."""

Data = Mapping[str, Any]


def _start(data: Data) -> Change:
    found = serverside.start(CONFIG)
    return Change(found.guard, _RUN + found.do, found.undo)


def _config_line(data: Data) -> Change:
    """Up to five lines at which `sshd -t` ends, each made a comment."""
    return Change("true", _CONFIG_DO.format(sshd=serverside.SSHD.format(start='"$sshd_bin"'), run=_RUN), _CONFIG_UNDO)


def _modes(data: Data) -> Change | Refusal:
    """Exactly the chain that StrictModes looks at: the home, .ssh, authorized_keys (sshd_config(5))."""
    if (home := _home(data)) is None:
        return Refusal(_ODD)
    return Change("true", home + _MODES_DO, _MODES_UNDO)


def _key(data: Data) -> Change | Refusal:
    """One line, the public half of a key of this connection."""
    home, lines = _home(data), [line for line in data.get("publics", ()) if _KEY.fullmatch(str(line))]
    if home is None:
        return Refusal(_ODD)
    if not lines:
        return Refusal("no public half (.pub) of a key of this connection lies beside it; make one with ssh-keygen -y")
    line = str(lines[0])
    return Change("true", home + _KEY_DO.format(line=q(line), blob=q(line.split()[1])),
                  home + _KEY_UNDO.format(line=q(line)))  # fmt: skip


def _firewall(data: Data) -> Change | Refusal:
    """One rule for one address and one port, where the firewall keeps rules over a boot."""
    try:
        address = ipaddress.ip_address(str(data.get("source", "")))
    except ValueError:
        return Refusal("the address under which the server sees you is not known")
    family = "ipv6" if address.version == 6 else "ipv4"
    rich = f'rule family="{family}" source address="{address}" port port="{int(data["port"])}" protocol="tcp" accept'
    told = {"ufw": f"allow proto tcp from {address} to any port {int(data['port'])}", "rich": q(rich)}
    return Change("true", _FIREWALL_DO.format(**told), _FIREWALL_UNDO.format(**told))


_ODD = "this login name cannot stand in a script"


def _home(data: Data) -> str | None:
    """sh that finds the account's home and number."""
    login = str(data.get("login", ""))
    if not _NAME.fullmatch(login):
        return None
    return f'home=$(getent passwd {login} | cut -d: -f6); uid=$(id -u {login}); gid=$(id -g {login})\n[ -d "$home" ]\n'


REPAIRS: Mapping[str, tuple[str, Callable[[Data], Change | Refusal]]] = {
    "start-sshd": ("test its configuration, enable and start sshd", _start),
    "config-line": ("make a comment of the line at which sshd ends", _config_line),
    "key-modes": ("take the write permission of others from the home, .ssh and authorized_keys", _modes),
    "my-key": ("add your public key to authorized_keys", _key),
    "firewall": ("let your address in, in ufw or firewalld", _firewall),
}
"""Each by the name that a person types: what it does, and its text."""

FOR: Mapping[str, str] = {
    "server.sshd-not-running": "start-sshd",
    "server.sshd-config-error": "config-line",
    "server.host-firewall-blocks": "firewall",
    "auth.authorized-keys-permissions": "key-modes",
    "auth.key-not-authorized": "my-key",
    "auth.authorized-keys-missing": "my-key",
    "key.lost": "my-key",
}
"""What each cause needs, where nobody names another one."""


_CONFIG_DO = """{sshd}
{run}n=0
until said=$("$sshd_bin" -t 2>&1); do
  n=$((n + 1))
  at=$(printf '%s\\n' "$said" | sed -n 's/^\\(\\/[^ :]*\\):\\{{0,1\\}} line \\([0-9][0-9]*\\).*/\\2 \\1/p' | head -n 1)
  file=${{at#* }}
  if [ $n -gt 5 ] || [ -z "$at" ] || [ ! -f "$file" ]; then echo "$said"; exit 1; fi
  cp -p "$file" "$D/old$n"
  echo "$n $file" >>"$D/files"
  sed "${{at%% *}}s/^/# /" "$D/old$n" >"$file"
done
again
"""
_CONFIG_UNDO = """[ ! -e "$D/files" ] || sed -n '1!G;h;$p' "$D/files" | while read -r n file; do
  cat "$D/old$n" >"$file"
done
"""
_MODES_DO = """for place in "$home" "$home/.ssh" "$home/.ssh/authorized_keys"; do
  if [ ! -e "$place" ] || [ -L "$place" ]; then continue; fi
  stat -c '%a %u %n' "$place" >>"$D/modes"
  case $(stat -c %u "$place") in "$uid" | 0) ;; *) chown "$uid" "$place" ;; esac
  chmod go-w "$place"
done
"""
_MODES_UNDO = """[ ! -e "$D/modes" ] || while read -r mode uid place; do
  chown "$uid" "$place"; chmod "$mode" "$place"
done <"$D/modes"
"""
_KEY_DO = """file=$home/.ssh/authorized_keys
if [ -L "$home/.ssh" ] || [ -L "$file" ]; then echo "$file is a link, and was left alone"; exit 1; fi
if grep -qsF {blob} "$file"; then exit 0; fi
[ -d "$home/.ssh" ] || {{ mkdir -m 700 "$home/.ssh"; chown "$uid:$gid" "$home/.ssh"; : >"$D/made"; }}
[ -e "$file" ] || {{ : >"$file"; chown "$uid:$gid" "$file"; chmod 600 "$file"; : >"$D/new"; }}
[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo >>"$file"
printf '%s\\n' {line} >>"$file"
: >"$D/added"
if command -v restorecon >/dev/null; then restorecon -R "$home/.ssh" || :; fi
"""
_KEY_UNDO = """file=$home/.ssh/authorized_keys
if [ -e "$D/added" ] && [ -e "$file" ]; then
  grep -vxF {line} "$file" >"$D/rest" || :
  cat "$D/rest" >"$file"
fi
[ ! -e "$D/new" ] || [ -s "$file" ] || rm -f "$file"
[ ! -e "$D/made" ] || rmdir "$home/.ssh" || :
"""
_FIREWALL_DO = """if command -v ufw >/dev/null && ufw status | grep -q '^Status: active'; then
  ufw insert 1 {ufw} || ufw {ufw}
elif command -v firewall-cmd >/dev/null && firewall-cmd --state >/dev/null 2>&1; then
  firewall-cmd --permanent --add-rich-rule={rich}
  firewall-cmd --reload
else
  echo 'neither ufw nor firewalld is active; a rule of another tool would not outlast the boot'; exit 1
fi
"""
_FIREWALL_UNDO = """if command -v ufw >/dev/null && ufw status | grep -q '^Status: active'; then
  ufw delete {ufw}
elif command -v firewall-cmd >/dev/null; then
  firewall-cmd --permanent --remove-rich-rule={rich}; firewall-cmd --reload
fi
"""
