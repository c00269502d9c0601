"""A checklist for one environment, as Markdown: what a look has just shown is ticked, the rest is for people. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sshwizard import clean, commonmark
from sshwizard.advice import Advice

Environment = Literal["development", "staging", "production"]
ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)

_ALL: tuple[Environment, ...] = ENVIRONMENTS
_STRICT: tuple[Environment, ...] = ("staging", "production")
_PRODUCTION: tuple[Environment, ...] = ("production",)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list."""

    says: str
    how: str
    """How it is seen or done."""
    where: Literal["local", "aws", "gcp", "people"] = "people"
    against: tuple[str, ...] = ()
    """Codes of advice that speak against it, or the beginnings of some; none: only people can tell."""
    environments: tuple[Environment, ...] = _ALL


SECTIONS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("Keys", (
        Item("Every private key has a passphrase", "sshwizard doctor --only local", "local", ("advice.no-passphrase",)),
        Item("No private key can be read by others", "sshwizard doctor --only local", "local",
             ("key.permissions-too-open", "key.on-permissionless-filesystem")),
        Item("No key is DSA, or RSA below 2048 bits", "sshwizard doctor --only local", "local",
             ("advice.weak-key", "advice.authorized-weak")),
        Item("No key is older than a year", "sshwizard rotate KEY HOST…", "local", ("advice.old-key",)),
        Item("Each comment tells who, where and since when", "ssh-keygen -c", "local", ("advice.key-naming",)),
        Item("Each person has a key of their own", "sshwizard rotate team.pem HOST… --keep-old", "local",
             ("advice.per-user-keys",), _STRICT),
        Item("Keys of people who left are out of authorized_keys", "sshwizard inside HOST", "people", (), _STRICT),
        Item("The keys for this environment open no other one", "ssh -G HOST: identityfile", "local",
             ("advice.shared-key",), _PRODUCTION),
    )),
    ("This computer", (
        Item("ssh checks host keys", "ssh -G HOST: stricthostkeychecking", "local",
             ("advice.host-keys-unchecked", "advice.host-keys-forgotten", "advice.known-hosts-two-keys")),
        Item("The agent is forwarded to named hosts only", "ssh -G HOST: forwardagent", "local",
             ("advice.agent-for-everybody",)),
        Item("Idle sessions are kept alive", "ssh -G HOST: serveraliveinterval", "local", ("advice.no-keepalive",)),
        Item("ssh and the cloud's tools are current", "sshwizard doctor --only local", "local", ("advice.update",)),
        Item("The team's ssh config comes from one file in Git", "sshwizard doctor --export-config -o team.config"),
    )),
    ("Network", (
        Item("No port of SSH is open to the world", "sshwizard doctor --only aws", "aws", ("advice.sg-open-world",)),
        Item("No firewall rule of Google Cloud lets SSH in from everywhere", "sshwizard doctor --only gcp", "gcp",
             ("advice.firewall-open-world", "advice.default-network", "advice.firewall-policies")),
        Item("Each rule names its reason, and no wider range than it needs", "sshwizard doctor --only aws", "aws",
             ("advice.sg-",), _STRICT),
        Item("Hosts are reached by a bastion, an endpoint or Session Manager", "sshwizard doors HOST", "people", (),
             _STRICT),
        Item("Security groups and endpoints are code, and are changed by review", "sshwizard doctor --only aws --md",
             "people", (), _STRICT),
    )),
    ("Ways in when ssh fails", (
        Item("A second way in was opened once, and is known to work", "sshwizard doors HOST, sshwizard connect HOST"),
        Item("The instances answer Systems Manager", "sshwizard doctor --only aws", "aws", ("advice.no-ssm",), _STRICT),
        Item("VMs of Google Cloud let people in by OS Login", "sshwizard doctor --only gcp", "gcp",
             ("advice.oslogin-off", "advice.project-keys", "advice.key-no-expiry"), _STRICT),
        Item("The serial console may be opened, and one login has a password", "sshwizard doors HOST", "people", (),
             _PRODUCTION),
        Item("A snapshot of the root volume is not older than a day", "the account's backup plan", "people", (),
             _PRODUCTION),
    )),
    ("Alarms and logs", (
        Item("An alarm tells of failed status checks", "sshwizard doctor --only aws", "aws", ("advice.status-alarm",),
             _STRICT),
        Item("The authentication log leaves the host, and failures ring", "sshwizard doctor --only aws", "aws",
             ("advice.auth-log-alarm",), _STRICT),
        Item("Sources of password guessing are blocked", "sshwizard doctor --auth-log FILE", "aws",
             ("advice.bruteforce-block",), _STRICT),
        Item("Somebody reads who used Instance Connect", "sshwizard doors HOST --audit", "people", (), _PRODUCTION),
    )),
    ("Before a change of access", (
        Item("What it does, to whom, and for how long is written down", "sshwizard doctor --change-note SESSION"),
        Item("The state before it is saved, and the way back is known", "the preview of each fix; sshwizard undo"),
        Item("A second person has agreed", "the note has a line for it", "people", (), _PRODUCTION),
        Item("The team knows", "the note has words for it", "people", (), _STRICT),
    )),
    ("After a change of access", (
        Item("A second login was tried while the first one stayed open", "sshwizard diagnose HOST"),
        Item("What was opened for the repair is shut again", "sshwizard doctor --reminders"),
    )),
)  # fmt: skip


Says = Callable[[str], str]


def text(
    environment: Environment, found: Sequence[Advice], looked: Collection[str], when: str, say: Says = str
) -> Iterator[str]:
    """The lines of the file. `looked`: where a look was made (local, aws); `when`: the day; `say`: our words as the
    reader knows them."""
    yield from (f"# {say(f'SSH checklist: {environment}')}", "")
    yield say(f"Looked at on {when}: {', '.join(sorted(looked)) or 'nothing'}. [x] was seen to be so, [ ] is open.")
    for title, items in SECTIONS:
        rows = [item for item in items if environment in item.environments]
        if rows:
            yield from ("", f"## {say(title)}", "")
        for item in rows:
            yield from _row(item, found, looked, say)
    yield from ("", f"## {say('Who agreed')}", "", say("| role | name | day |"), "|---|---|---|")
    yield say("| filled in by | | |")
    if environment in _STRICT:
        yield say("| seen by a second person | | |")


def _row(item: Item, found: Sequence[Advice], looked: Collection[str], say: Says) -> Iterator[str]:
    said = [one for one in found if one.code in item.against or one.code.startswith(_families(item))]
    blind = [one for one in said if one.unknown]
    open_ = [one for one in said if not one.unknown]
    judged = bool(item.against) and item.where in looked and not blind
    yield f"- [{'x' if judged and not open_ else ' '}] {say(item.says)}  \n  `{say(item.how)}`"
    for one in open_[:5]:
        yield f"  - {_plain(say(one.title))}"
    if item.against and not judged:
        why = blind[0].unknown if blind else "not looked at"
        yield f"  - {_plain(say(f'not known: {say(why)}'))}"


def _families(item: Item) -> tuple[str, ...]:
    """Codes that end in a dash stand for all that begin so."""
    return tuple(code for code in item.against if code.endswith("-")) or ("\0",)


def _plain(words: str) -> str:
    """Words of strangers in a list of Markdown."""
    return commonmark.inert(clean.line(words))
