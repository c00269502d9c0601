"""The exact text of a block: fail2ban, nftables, a network ACL of AWS, and sshd's own means. Pure.

jail.conf(5), nft(8), sshd_config(5) PerSourcePenalties, EC2 API CreateNetworkAclEntry.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

MOST = 20
"""Addresses in a text: a network ACL takes 20 rules at first, and guessers change their addresses."""


def texts(addresses: Sequence[str], keep: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Each name with its text; `keep`: addresses that no block may hit."""
    chosen = [one for one in addresses if one not in keep][:MOST]
    told = [("/etc/ssh/sshd_config.d/10-guessing.conf", _sshd()), ("/etc/fail2ban/jail.d/sshd.local", _fail2ban(keep))]
    if chosen:
        told += [("nftables: ssh-block.nft", _nftables(chosen)), ("AWS CLI: network ACL", _acl(chosen)),
                 ("sshwizard: made in the network ACL", _deed())]  # fmt: skip
    return tuple(told)


def _deed() -> str:
    """The numbers are chosen, each entry is previewed, and undo takes them back."""
    return "sshwizard doctor --auth-log FILE --do deny-in-network-acl --about INSTANCE --dry-run"


def _sshd() -> str:
    return "\n".join((
        "# test with: sudo sshd -t; keep a second session open while you reload it",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "MaxAuthTries 4",
        "# OpenSSH 9.8 and newer refuse a source by themselves for a while: PerSourcePenalties yes",
    ))  # fmt: skip


def _fail2ban(keep: Collection[str]) -> str:
    return "\n".join((
        "[sshd]",
        "enabled = true",
        "backend = systemd",
        "maxretry = 5",
        "findtime = 10m",
        "bantime = 1h",
        "bantime.increment = true",
        f"ignoreip = {' '.join(('127.0.0.1/8', '::1', *sorted(keep)))}",
    ))  # fmt: skip


def _nftables(addresses: Sequence[str]) -> str:
    """A table of its own: it takes nothing away from a firewall that is there, and goes as a whole."""
    four = [one for one in addresses if ":" not in one]
    six = [one for one in addresses if ":" in one]
    lines = ["# check: sudo nft -c -f ssh-block.nft; load: sudo nft -f ssh-block.nft",
             "# take it away: sudo nft delete table inet ssh_block",
             "add table inet ssh_block", "delete table inet ssh_block", "table inet ssh_block {"]  # fmt: skip
    for name, kind, chosen in (("four", "ipv4_addr", four), ("six", "ipv6_addr", six)):
        if chosen:
            lines += [f"\tset {name} {{", f"\t\ttype {kind}", f"\t\telements = {{ {', '.join(chosen)} }}", "\t}"]
    lines += ["\tchain input {", "\t\ttype filter hook input priority -10; policy accept;"]
    lines += ["\t\tip saddr @four tcp dport 22 drop"] if four else []
    lines += ["\t\tip6 saddr @six tcp dport 22 drop"] if six else []
    return "\n".join((*lines, "\t}", "}"))


def _acl(addresses: Sequence[str]) -> str:
    """Rules before all others. Whatever the subnet holds is behind it, and port 22 only is meant."""
    lines = ["acl=ACL-ID   # of the subnet; rules 1 to 20 must be free"]
    for number, one in enumerate(addresses, 1):
        family = f"--ipv6-cidr-block {one}/128" if ":" in one else f"--cidr-block {one}/32"
        lines.append(
            f'aws ec2 create-network-acl-entry --network-acl-id "$acl" --ingress --rule-number {number} --protocol 6 '
            f"--port-range From=22,To=22 --rule-action deny {family}"
        )
    last = len(addresses)
    lines.append("# take it away:")
    lines.append(f"# for n in $(seq 1 {last}); do aws ec2 delete-network-acl-entry --network-acl-id \"$acl\" --ingress "
                 '--rule-number "$n"; done')  # fmt: skip
    return "\n".join(lines)
