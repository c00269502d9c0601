"""Key pairs of an account: how old, how many machines one of them opens, and what their names tell.

EC2 User Guide, Amazon EC2 key pairs: the public half stays in authorized_keys of the instance until somebody changes
it there, so a pair that is deleted from the account still opens every machine that was launched with it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping

from sshwizard import clean
from sshwizard.advice import Advice, Weight
from sshwizard.advice.aws.account import Account
from sshwizard.advice.aws.hygiene import environment
from sshwizard.advice.wording import Judge, some

YEAR = datetime.timedelta(days=365)
MANY, FEW = 10, 3
"""Machines that one pair opens: many cost a day when it leaks, a few are worth a word."""
_WORDS = re.compile(r"[-_.@ ]+")
_SAYS_NOTHING = {
    "key", "keys", "keypair", "pair", "mykey", "my", "test", "tmp", "temp", "new", "old", "ec2", "aws", "ssh",
    "default", "id", "rsa", "ed25519", "dsa", "pem", "ppk", "private", "public", "server", "instance", "linux", "the",
}  # fmt: skip
RULE = "OWNER-ENVIRONMENT-YEAR, as kim-prod-2026: whose it is, what it opens, when it is due"


def holders(account: Account) -> Mapping[str, tuple[str, ...]]:
    """The instances that were launched with each pair."""
    found: dict[str, list[str]] = {}
    for row in account.rows("instances"):
        if row.get("KeyName"):
            found.setdefault(str(row["KeyName"]), []).append(str(row["InstanceId"]))
    return {name: tuple(ids) for name, ids in found.items()}


def old(account: Account) -> Iterator[Advice]:
    opens = holders(account)
    for row in sorted(account.rows("pairs"), key=lambda row: str(row.get("CreateTime", ""))):
        name, made = str(row.get("KeyName", "")), _time(row.get("CreateTime"))
        if made is None or account.now - made < YEAR:
            continue
        called, ids = clean.line(name, 80), opens.get(name, ())
        weight: Weight = "soon" if ids else "note"
        yield Advice(
            "advice.key-age", f"The key pair {called} is older than a year",
            "Copies of a private key pile up: backups, old laptops, people who have left.",
            (f"made {made.date()}, {(account.now - made).days} days ago",
             *some(f"opens {account.called(id_)}" for id_ in ids)),
            called, weight, "", (("Rotate it: add, prove, switch, remove", rotation(account, name)),),
        )  # fmt: skip


def _time(value: object) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def rotation(account: Account, name: str) -> str:
    """A new key beside the old one, proved, and only then the old one goes: on each machine, and in the account."""
    year = account.now.year
    new = f"~/.ssh/OWNER-ENVIRONMENT-{year}"
    imported = account.aws("ec2", "import-key-pair", "--key-name", f"OWNER-ENVIRONMENT-{year}")
    return "\n".join((
        f"ssh-keygen -t ed25519 -C OWNER-ENVIRONMENT-{year} -f {new}",
        "# 1. on each machine: add the new key, with the old one",
        f"ssh-copy-id -i {new}.pub USER@MACHINE",
        "# 2. prove it: this must print the name of the machine",
        f"ssh -o IdentitiesOnly=yes -i {new} USER@MACHINE hostname",
        "# 3. only then take the old key out of ~/.ssh/authorized_keys of the machine",
        "# 4. new machines get the new pair; the old one leaves the account",
        f"{imported} --public-key-material fileb://{new}.pub",
        account.aws("ec2", "delete-key-pair", "--key-name", name),
    ))  # fmt: skip


def shared(account: Account) -> Iterator[Advice]:
    for name, ids in sorted(holders(account).items(), key=lambda pair: -len(pair[1])):
        places = {where.lower() for id_ in ids if (where := environment(account.world.instances.get(id_, {})))}
        if len(ids) < FEW and len(places) < 2:
            continue
        called = clean.line(name, 80)
        apart = (f"environments: {', '.join(sorted(places))}",) if len(places) > 1 else ()
        yield Advice(
            "advice.per-user-keys", f"The key pair {called} opens several machines",
            "Who holds it cannot be told apart, and whoever leaves keeps a way in. "
            "A key for each person, or keys of a minute (EC2 Instance Connect), can be taken back one by one.",
            (*apart, *some(f"opens {account.called(id_)}" for id_ in ids)), called,
            "soon" if len(places) > 1 or len(ids) >= MANY else "note", "",
            (("A key for each person", per_person(ids)),),
        )  # fmt: skip


def per_person(ids: tuple[str, ...]) -> str:
    """How one person's key is added to a machine, and how it is taken away again."""
    return "\n".join((
        "# each person makes a key and hands over its public half (the .pub file)",
        "ssh-keygen -t ed25519 -C NAME-$(date +%Y) -f ~/.ssh/NAME-$(date +%Y)",
        "# on each machine, by somebody who can log in: one line a person",
        "ssh-copy-id -f -i NAME-YEAR.pub USER@MACHINE",
        "# when the person leaves: their lines go, on each machine; without --type it only shows them",
        "sshwizard rotate --revoke NAME-YEAR.pub -l USER MACHINE… --type NAME-YEAR.pub",
        f"# machines: {' '.join(ids[:20])}",
    ))  # fmt: skip


def naming(account: Account) -> Iterator[Advice]:
    found = [name for row in account.rows("pairs") if not tells(name := str(row.get("KeyName", "")))]
    if found:
        yield Advice(
            "advice.key-naming", "Names of key pairs that tell neither whose they are nor what they open",
            f"A rule for names makes an old or foreign key stand out: {RULE}.",
            some(sorted(found)), f"key pairs in {account.region}",
        )  # fmt: skip


def tells(name: str) -> bool:
    """Two words at least that say something: `kim-prod`, not `my-key-1`."""
    words = [word for word in _WORDS.split(name.lower()) if word]
    telling = [word for word in words if word.rstrip("0123456789") not in _SAYS_NOTHING | {""} and len(word) > 1]
    return len(telling) >= 2 or (len(telling) == 1 and any(re.fullmatch(r"20\d\d(\d\d)*", word) for word in words))


JUDGES = (
    Judge("advice.key-age", "how old the key pairs are", ("pairs", "instances"), old),
    Judge("advice.per-user-keys", "how many machines each key pair opens", ("instances",), shared),
    Judge("advice.key-naming", "the names of the key pairs", ("pairs",), naming),
)
