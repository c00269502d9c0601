"""Servers broken on their own side: from outside the siblings look alike, from inside each is named and mended."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..sshd import sshd_program


@dataclass(frozen=True)
class Broken:
    """One fault of the server; `mends` is the action that repairs it, empty where none can from inside."""

    name: str
    code: str
    breaks: str
    """sh on the server; `config` puts lines of sshd_config behind its Include."""
    mends: str = ""
    config: str = ""
    user: str = "dana"
    undoable: bool = True
    stays: bool = False
    """True when sshd goes on with what it has read, once the change is undone."""
    args: tuple[str, ...] = ()
    """More arguments for ssh."""
    answer: str = ""
    """sh on the server that prints what the repair asks for."""


ALONE = 40000 + os.getpid() % 20000
"""A uid that is nobody else's on this machine: the kernel counts the processes of all namespaces."""
LEFT_OVER = f"""import os, time
first = 0
for _ in range(12):
    if not (pid := os.fork()):
        os.setpgid(0, first)
        os.setuid({ALONE})
        time.sleep(600)
    first = first or pid
    try:
        os.setpgid(pid, first)  # whoever comes first: else the next one finds no such group
    except OSError:
        pass
while True:
    os.wait()
"""
"""Twelve processes of one group; who began them waits for those that end, as a machine's first process does."""
_KEYS = "/home/dana/.ssh/authorized_keys"
_PAM = "sed -i 's/UsePAM no/UsePAM yes/' /etc/ssh/sshd_config; "
_RELOAD = "kill -HUP $(cat /run/sshd.pid); sleep 0.3"
_RENAMED = (
    "ln -s $(command -v sshd || echo /usr/sbin/sshd) /run/rescued; "
    "for p in $(pgrep -f '^sshd: .*ssh/rescue'); do kill $p; done; sleep 0.2; /run/rescued -f /etc/ssh/rescue;"
)
"""libwrap asks for the name of the program (hosts_access(5)): under another name the way in stays open. Debian's sshd
reads hosts.deny."""
STOP = "kill $(cat /run/sshd.pid); rm -f /run/sshd.pid; sleep 0.2"

LOGIN = (
    Broken("a home that others may write", "auth.authorized-keys-permissions", "chmod 777 /home/dana",
           "fix-authorized-keys-permissions"),
    Broken("a key file of another account", "auth.authorized-keys-permissions", f"chown 12345 {_KEYS}",
           "fix-authorized-keys-permissions"),
    Broken("no key file", "auth.authorized-keys-missing", f"rm {_KEYS}", "install-my-key"),
    Broken("an empty key file", "auth.authorized-keys-missing", f": >{_KEYS}", "install-my-key"),
    Broken("no home", "auth.authorized-keys-missing", "rm -r /home/dana", "install-my-key"),
    Broken("another key", "auth.key-not-authorized",
           f"rm -f /tmp/k-$$; ssh-keygen -qt ed25519 -N '' -f /run/k; cat /run/k.pub >{_KEYS}", "install-my-key"),
    Broken("not in AllowUsers", "auth.user-not-allowed", "", "fix-sshd-config", "AllowUsers admin root"),
    Broken("not in AllowGroups", "auth.user-not-allowed", "", "fix-sshd-config", "AllowGroups wheel root"),
    Broken("in DenyUsers", "auth.user-not-allowed", "", "", "DenyUsers da*"),
    Broken("locked", "auth.account-locked", "usermod -p '!' dana", "unlock-account"),
    Broken("expired", "auth.account-expired", "chage -E 100 dana", "unlock-account"),
    Broken("a shell that is not there", "auth.shell-missing", "sed -i '/^dana:/s|/bin/sh|/bin/nosuch|' /etc/passwd"),
    Broken("no such account", "auth.user-unknown", "sed -i '/^dana:/d' /etc/passwd"),
    Broken("no root", "auth.root-login-disabled", "", "", "PermitRootLogin no", user="root"),
    Broken("no public keys", "auth.public-key-off", "", "fix-sshd-config",
           "PasswordAuthentication yes\nPubkeyAuthentication no"),
    Broken("no public keys under Match", "auth.public-key-off", "", "fix-sshd-config",
           "PasswordAuthentication yes\nMatch User dana\n PubkeyAuthentication no\nMatch all"),
    Broken("a type that sshd does not take", "auth.key-type-refused", "", "",
           "PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256"),
    Broken("a key for another address", "auth.key-source-restricted", f"sed -i 's/^/from=\"198.51.100.7\" /' {_KEYS}",
           "install-my-key"),
    Broken("a lookup program that is not there", "auth.authorized-keys-command-failed", f"rm {_KEYS}",
           "", "AuthorizedKeysCommand /usr/lib/nosuch\nAuthorizedKeysCommandUser nobody"),
    Broken("the key file elsewhere", "auth.authorized-keys-missing", "mkdir -m 755 /etc/ssh/keys", "install-my-key",
           "AuthorizedKeysFile /etc/ssh/keys/%u"),
    Broken("a nologin file", "auth.nologin-file", "echo closed >/etc/nologin", "remove-nologin-file"),
    Broken("access.conf", "auth.pam-denied",
           f"{_PAM} echo '-:dana:ALL' >/etc/security/access.conf;"
           "echo 'account required pam_access.so' >/etc/pam.d/sshd;"
           f"echo 'session required pam_permit.so' >>/etc/pam.d/sshd; {_RELOAD}"),
    Broken("a password to change", "auth.password-expired",
           f"{_PAM} printf 'account required pam_unix.so\\nsession required pam_permit.so\\n' >/etc/pam.d/sshd;"
           f"chage -d 0 dana; {_RELOAD}"),
)  # fmt: skip

REACH = (
    Broken("stopped", "server.sshd-not-running", STOP, "restart-sshd", undoable=False),
    Broken("a bad line", "server.sshd-config-error", f"echo 'PermitRotLogin no' >>/etc/ssh/sshd_config; {STOP}",
           "fix-sshd-config", stays=True),
    Broken("no host keys", "server.host-keys-unusable", f"mkdir /etc/kept; mv /etc/ssh/ssh_host_* /etc/kept; {STOP}"),
    Broken("an open host key", "server.host-keys-unusable", f"chmod 644 /etc/ssh/ssh_host_*_key; {STOP}",
           "create-host-keys"),
    Broken("the port is taken", "server.cannot-bind",
           f"{STOP}; setsid python3 -c 'import socket,time; "
           "s=socket.create_server((\"192.0.2.20\", 22)); time.sleep(600)'"
           " </dev/null >/dev/null 2>&1 & sleep 0.5"),
    Broken("loopback only", "server.listens-on-loopback",
           f"sed -i '1aListenAddress 127.0.0.1' /etc/ssh/sshd_config; {_RELOAD}", "fix-sshd-config"),
    Broken("iptables drops", "server.host-firewall-blocks", "iptables -w -A INPUT -p tcp --dport 22 -j DROP",
           "allow-in-host-firewall"),
    Broken("iptables rejects", "server.host-firewall-blocks",
           "iptables -w -A INPUT -p tcp --dport 2022 -j ACCEPT; "
           "iptables -w -A INPUT -p tcp --dport 22 -j REJECT --reject-with icmp-port-unreachable",
           "allow-in-host-firewall"),
    Broken("nftables drops", "server.host-firewall-blocks",
           "nft 'add table inet gate; add chain inet gate in { type filter hook input priority 0; policy accept; }; "
           "add rule inet gate in tcp dport { 22, 80 } drop'", "allow-in-host-firewall"),
    Broken("banned", "server.address-banned",
           "iptables -w -N f2b-sshd; iptables -w -A f2b-sshd -s 192.0.2.20 -j REJECT;"
           "iptables -w -A f2b-sshd -j RETURN;"
           "iptables -w -I INPUT -p tcp --dport 22 -j f2b-sshd", "unban-my-address"),
    Broken("refused by hosts.deny", "server.tcp-wrappers-deny",
           f"{_RENAMED} echo 'sshd: ALL' >/etc/hosts.deny; : >/etc/hosts.allow", "allow-in-tcp-wrappers"),
    Broken("banned in a set", "server.address-banned",
           "nft 'add table inet f2b; add set inet f2b bad { type ipv4_addr; }; "
           "add element inet f2b bad { 192.0.2.20 }; "
           "add chain inet f2b in { type filter hook input priority 0; }; "
           "add rule inet f2b in tcp dport 22 ip saddr @bad reject'", "unban-my-address"),
)  # fmt: skip

SESSION = (
    Broken("a jail of another's", "session.chroot-bad-owner",
           "mkdir -p /home/jail/home/dana /home/jail/usr; mount --bind /usr /home/jail/usr; "
           "for d in bin lib lib64; do ln -s usr/$d /home/jail/$d; done; chown 30001 /home/jail", "fix-chroot-owner",
           "Match User dana\n ChrootDirectory /home/jail\nMatch all"),
    Broken("no terminal", "session.terminal-not-permitted", "", "", "PermitTTY no", args=("-o", "RequestTTY=force")),
    Broken("a forced command", "session.forced-command", "", "", "ForceCommand /bin/false"),
    Broken("a full disk", "server.disk-full",
           "mount -t tmpfs -o size=1m tmpfs /mnt; mkdir /mnt/log; cp -a /home/dana /mnt/home; "
           "mount --bind /mnt/home /home/dana; mount --bind /mnt/log /var/log; "
           "sed -i '/^dana:/s|/bin/sh|/bin/bash|' /etc/passwd; "
           "echo 'echo here >~/.last || exit 1' >/home/dana/.bashrc; echo kept >/var/log/syslog; "
           "cat /dev/zero >/var/log/syslog.2 || :", "free-disk-space", undoable=False),
    Broken("too many processes", "server.process-limit",
           f"{STOP}; sed -i 's/30001/{ALONE}/g' /etc/passwd; chown -R {ALONE} /home/dana; "
           f"prlimit --nproc=12 {sshd_program()} -E /var/log/sshd; "
           f"python3 -c '{LEFT_OVER}' </dev/null >/dev/null 2>&1 & sleep 0.5",
           "free-processes", undoable=False, answer=f"ps -o pgid= -U {ALONE} | head -n 1"),
    Broken("nologin", "session.nologin-shell", "sed -i '/^dana:/s|/bin/sh|/usr/sbin/nologin|' /etc/passwd"),
)  # fmt: skip

INSIDE = (*LOGIN, *REACH, *SESSION)
