"""Answers by hand: which ones a question has for a person, how they can be found out, and what they are worth."""

from __future__ import annotations

from typing import Any

from sshwizard.model import UNKNOWN, Fact
from sshwizard.tree import TREE
from sshwizard.tree.node import Node


def can_be(node: str, outcome: str) -> bool:
    """True when a question of this name has this answer."""
    return node in TREE and outcome in {*TREE[node].via.outcomes, UNKNOWN}


def in_words(node: str, outcome: str, seen: Fact[Any] | None = None) -> Fact[Any]:
    """A person's answer as a fact; a look that saw something else is told with it."""
    if outcome == UNKNOWN:
        return Fact(UNKNOWN, "you do not know", source="person", why="you do not know")
    says = f"you say: {TREE[node].word(outcome)}"
    if seen is None or not seen.known:
        return Fact(outcome, says, source="person")
    return Fact(outcome, f"{whose(node, seen)} says: {seen.says}; {says}", seen.lines, seen.command, source="person")


def whose(node: str, seen: Fact[Any]) -> str:
    """Who says what was seen: ssh's log, a pasted text, or a look at the world."""
    if TREE[node].via.name.startswith("run."):
        return "ssh's log"
    return "the text" if seen.source == "log" else "the look"


_NOT_SEEN = {
    ("typed", "server-log"), ("session", "sharing"), ("session", "passing-on"), ("egress", "not-asked"),
    ("egress-alive", "not-asked"), ("egress-admitted", "not-asked"), ("egress-google", "not-asked"),
}  # fmt: skip
"""Answers that only a look can have: they are about the look itself."""


def choices(node: Node[Any], seen: str = "") -> tuple[str, ...]:
    """The answers that a person may give, each wording once; `seen` is what a look saw. Not to know is the last."""
    found: dict[str, str] = {}
    for outcome in node.via.outcomes:
        word = node.word(outcome)
        if outcome == seen or (word not in found and (node.id, outcome) not in _NOT_SEEN):
            found[word] = outcome
    return (*found.values(), UNKNOWN)


_WHOSE = "The EC2 console, Network interfaces: search for the address that ssh dials."

_WHOSE_GCE = "gcloud compute instances list: search for the address that ssh dials."
_CONSOLE = "aws ec2 get-console-output --latest --instance-id ID: the last lines."
_GROUP = "The inbound rules of the target's security group: is the jump host among the sources?"
_LOAD = "The EC2 console, Instances: the tab Monitoring, CPU utilization and CPU credit balance."

HOW = {
    "typed": "Look for curly quotes, long dashes, and a port or path in the host name.",
    "machine": "aws ec2 describe-instances --instance-ids ID prints its state and address.",
    "client": "ssh -G HOST prints the settings, or says what is wrong with them.",
    "proxy": "ssh -G HOST | grep -i proxy: no line means no proxy.",
    "proxy-server": "Run the ProxyCommand alone: its words name the proxy's answer.",
    "hop": "Run ssh to the jump host alone, and see what it says.",
    "name": "getent hosts HOST prints its address, if it has one.",
    "before-name": "The last lines of ssh -vvv HOST tell.",
    "resolver": "nslookup HOST, or dig HOST.",
    "lookup": "The words that follow: Could not resolve hostname.",
    "tcp": "nc -vz HOST PORT: open, refused, or no answer.",
    "timed-out": "Compare the address in ssh -v HOST with the one you know, e.g. from the console.",
    "refused": "Compare the address in ssh -v HOST with the one you know, e.g. from the console.",
    "unreachable": "Compare the address in ssh -v HOST with the one you know, e.g. from the console.",
    "no-way": "Compare the address in ssh -v HOST with the one you know, e.g. from the console.",
    "private": "10.…, 172.16.… to 172.31.…, 192.168.… are private; ip route shows the ways in.",
    "private-unreachable": "10.…, 172.16.… to 172.31.…, 192.168.… are private; ip route shows the ways in.",
    "egress": "nc -vz a public SSH server that you know, on port 22 and on 443.",
    "egress-alive": "nc -vz a public SSH server that you know, on port 22 and on 443.",
    "marks": "ssh -o IPQoS=none HOST: does it come further?",
    "marks-silent": "ssh -o IPQoS=none HOST: does it come further?",
    "silence": "ping -c 3 HOST, and ssh -4 or -6 for the other kind of address.",
    "cloud": _WHOSE,
    "cloud-refused": _WHOSE,
    "cloud-banner": _WHOSE,
    "cloud-banner-status": "The EC2 console, Instances: the column Status check.",
    "cloud-banner-mute": _CONSOLE,
    "cloud-banner-console": _CONSOLE,
    "cloud-banner-busy": _LOAD,
    "cloud-hung": _WHOSE,
    "cloud-hung-status": "The EC2 console, Instances: the column Status check.",
    "cloud-hung-mute": _CONSOLE,
    "cloud-hung-console": _CONSOLE,
    "cloud-hung-busy": _LOAD,
    "cloud-busy": _LOAD,
    **dict.fromkeys(("google", "google-refused", "google-banner", "google-hung", "google-hostkey"), _WHOSE_GCE),
    **dict.fromkeys(("google-state", "google-refused-state"), "gcloud compute instances list: the column STATUS."),
    **dict.fromkeys(
        ("google-path", "google-admits", "google-refused-admits", "google-behind", "google-behind-silent"),
        "The VM's network interface in the console: its firewall rules; sshwizard reach gcp.",
    ),
    **dict.fromkeys(
        (
            "google-console",
            "google-console-unsure",
            "google-refused-console",
            "google-banner-console",
            "google-hung-console",
        ),
        "gcloud compute instances get-serial-port-output VM: the last lines.",
    ),
    **dict.fromkeys(
        ("google-strain", "google-banner-strain", "google-hung-strain"),
        "The VM's page in the Google Cloud console: the tab Observability.",
    ),
    "google-hostkey-vm": "gcloud compute instances get-guest-attributes VM --query-path=hostkeys/",
    "silence-google": "ping -c 3 HOST, and ssh -4 or -6 for the other kind of address.",
    "egress-google": "nc -vz a public SSH server that you know, on port 22 and on 443.",
    "family-google": "ssh -4 HOST and ssh -6 HOST: does one of them greet?",
    "other-port-google": "nc -vz HOST 2222, or whoever runs the server knows.",
    "cloud-behind": _GROUP,
    "cloud-behind-silent": _GROUP,
    "cloud-hostkey": _WHOSE,
    "cloud-login": _WHOSE,
    "cloud-state": "The EC2 console, Instances: the column Instance state.",
    "cloud-path": "Its security group, network ACL and route table; sshwizard reach aws reads saved ones.",
    "cloud-public": "The EC2 console, Instances: Public IPv4 address.",
    "cloud-admits": "Its security group, network ACL and route table; sshwizard reach aws reads saved ones.",
    "cloud-refused-admits": "Its security group, network ACL and route table; sshwizard reach aws reads saved ones.",
    "cloud-status": "The EC2 console, Instances: the column Status check.",
    "cloud-refused-status": "The EC2 console, Instances: the column Status check.",
    "cloud-console": _CONSOLE,
    "cloud-console-mute": _CONSOLE,
    "cloud-refused-console": _CONSOLE,
    "cloud-hostkey-console": "The console output of the first boot, between BEGIN and END SSH HOST KEY FINGERPRINTS.",
    "cloud-user": "The page of the image names its login user: ec2-user, ubuntu, admin, rocky, …",
    "cloud-key": "The EC2 console, Instances: Key pair assigned at launch.",
    "silence-admitted": "ping -c 3 HOST, and ssh -4 or -6 for the other kind of address.",
    "egress-admitted": "nc -vz a public SSH server that you know, on port 22 and on 443.",
    "family": "ssh -4 HOST and ssh -6 HOST: does one of them greet?",
    "family-admitted": "ssh -4 HOST and ssh -6 HOST: does one of them greet?",
    "refuser": "Only a packet capture shows it (tcpdump 'tcp or icmp'). It is all right not to know.",
    "other-port": "nc -vz HOST 2222, or whoever runs the server knows.",
    "other-port-admitted": "nc -vz HOST 2222, or whoever runs the server knows.",
    "reporter": "ping HOST: the line with Unreachable begins with who says so.",
    "route": "ip route get ADDRESS, or route get ADDRESS on a Mac.",
    "route-reporter": "ping HOST: the line with Unreachable begins with who says so.",
    "way-out": "The last words of ssh's error.",
    "banner": "nc HOST PORT: an SSH server begins with SSH-2.0.",
    "speaks-silent": "curl -v HOST:PORT, or whoever runs the server knows.",
    "speaks-closed": "curl -v HOST:PORT, or whoever runs the server knows.",
    "speaks-reset": "curl -v HOST:PORT, or whoever runs the server knows.",
    "speaks-not-allowed": "Wait half a minute, and try again.",
    "speaks-binary": "curl -v HOST:PORT, or whoever runs the server knows.",
    "altered": "ssh -o MACs=hmac-sha2-256 -o Ciphers=aes256-ctr HOST: does it come further?",
    "kex": "ssh -v HOST: what follows SSH2_MSG_KEXINIT sent?",
    "pinned": "The error names what was not agreed on; ssh -G HOST shows what your config allows.",
    "mtu": "ping -c 3 -M do -s 1472 HOST: large packets come back, or not.",
    "hostkey": "The words in front of the error: a warning in capitals, or a question.",
    "known-changed": "ssh-keygen -F HOST prints what is known, and its type.",
    "known": "ssh-keygen -F HOST prints what is known, and its type.",
    "known-by-log": "ssh -v HOST: look for lines with known_hosts in them.",
    "login": "The last line that ssh printed.",
    "methods": "The words in brackets behind Permission denied: publickey, password, …",
    "will": "ssh -G HOST | grep pubkeyauthentication: yes, or no.",
    "signing": "ssh -v HOST: look for a line that begins with sign_and_send_pubkey.",
    "user-after-signing": "The name in front of the @. Without one, ssh takes yours on this computer.",
    "user": "The name in front of the @. Without one, ssh takes yours on this computer.",
    "closing": "What the server printed before it hung up.",
    "keys": "ls -l KEY (only you may read it), and ssh-keygen -y -f KEY (it opens).",
    "agent-for-passphrase": "ssh-add -l lists its keys, or says what is wrong.",
    "agent-for-keys": "ssh-add -l lists its keys, or says what is wrong.",
    "agent-last": "ssh-add -l lists its keys, or says what is wrong.",
    "certificate": "ssh-keygen -L -f KEY-cert.pub. No such file: none in use.",
    "algorithms": "ssh -v HOST: look for no mutual signature algorithm.",
    "offered": "ssh -v HOST: look for lines that begin with Offering public key.",
    "other-key": "ssh -o IdentitiesOnly=yes -i OTHER-KEY HOST, one try.",
    "session": "What is printed after the login? Nothing at all: it ends at once.",
    "forward": "What the jump host printed: look for administratively prohibited.",
    "shared": "ssh -O check HOST.",
    "terminal": "ssh -t HOST: a prompt comes, or a line about PTY allocation.",
    "forwards": "ss -tln: is a port of your LocalForward lines taken?",
    "detour": "Is ssh -4 HOST quick where ssh HOST is slow?",
    "google-login": "gcloud compute instances list: search for the address that ssh dials.",
    "google-source": "gcloud compute instances describe VM: enable-oslogin, else that of the project.",
    "google-profile": "gcloud compute os-login describe-profile: your user name, your keys, and when they expire.",
    "google-right": "The IAM page of the project: OS Login roles, and Service Account User.",
    "google-metadata": "gcloud compute instances describe VM: ssh-keys in its metadata, then in the project's.",
    "google-guest": "gcloud compute instances get-serial-port-output VM: the last lines.",
    "google-serial": "gcloud compute instances describe VM: serial-port-enable, else that of the project.",
    "google-fresh": "gcloud compute operations list --filter=operationType~etadata: the latest time.",
    **dict.fromkeys(
        ("google-windows", "google-refused-windows", "google-windows-login"),
        "gcloud compute instances describe VM: enable-windows-ssh in its metadata.",
    ),
    **dict.fromkeys(
        ("google-windows-package", "google-refused-windows-package"),
        "gcloud compute instances get-serial-port-output VM --port=2: lines about sshd.",
    ),
}
"""How a person can find the answer out; HOST, PORT and KEY are theirs to fill in."""
