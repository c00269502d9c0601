"""Who guesses passwords, as a server's log of logins tells it: sources, counts, time, the text of a block. Pure.

sshd(8) and pam_unix(8) write several lines about one attempt, so each kind of line is counted by itself and the largest
count stands. An address from which somebody also logged in is a person's until proved otherwise: it is never blocked.
A login name is a stranger's text, so a message is read from its beginning, and the address is the last one in it.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sshwizard import clean
from sshwizard.advice import Advice, Weight, blocking

CODE = "advice.bruteforce-block"
FEW = 5
"""Attempts that a person with a bad memory makes, too."""
MANY = 100
"""In all: more than anybody types."""
_IP = r"(?P<source>[0-9a-fA-F.:]{2,45})"
_USER = r"(?:invalid user |illegal user )?(?P<user>.*)"
_CLOSED = r"(?:Connection (?:closed|reset) by|Disconnected from) (?:authenticating|invalid) user"
_KINDS = tuple(re.compile(pattern) for pattern in (
    rf"Failed (?:password|keyboard-interactive/pam|none|publickey) for {_USER} from {_IP} port \d+",
    rf"Invalid user (?P<user>.*) from {_IP}(?: port \d+)?\s*$",
    rf"{_CLOSED} (?P<user>.*) {_IP} port \d+",
    rf"(?:error: )?maximum authentication attempts exceeded for {_USER} from {_IP} port \d+",
    rf"(?:PAM \d+ more )?(?:pam_\w+\(sshd:auth\): )?authentication failures?;.*?rhost={_IP}(?:\s+user=(?P<user>\S+))?",
    rf"(?:error: )?PAM: Authentication failure for {_USER} from {_IP}\s*$",
))  # fmt: skip
_HEARD = re.compile(rf"Accepted (?P<how>\S+) for \S+ from {_IP} port \d+")
_BEFORE = re.compile(r"^.{0,200}?\bsshd(?:-session|-auth)?(?:\[\d+\])?: (?:\[[\d.]+\] )?")
_REPEATED = re.compile(r"message repeated (\d{1,6}) times: \[ ?")
_STAMP = re.compile(r"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d)")
_WORDS = ("from ", "rhost=", " user ")


@dataclass
class Source:
    """One address."""

    kinds: Counter[int] = field(default_factory=Counter)
    users: Counter[str] = field(default_factory=Counter)
    first: str = ""
    """The time stamps of the first and the last line about it, as they stand in the log."""
    last: str = ""
    let_in: str = ""
    """How somebody logged in from there: publickey, password; empty when nobody did."""
    after: int = 0
    """Attempts before that login."""

    @property
    def attempts(self) -> int:
        """Logins that failed."""
        return max(self.kinds.values(), default=0)


def read(lines: Iterable[str]) -> Mapping[str, Source]:
    """The sources of a log, in the order in which they came."""
    found: dict[str, Source] = {}
    for line in lines:
        if any(word in line for word in _WORDS):
            _line(line[:4000], found)
    return found


def _line(line: str, found: dict[str, Source]) -> None:
    before = _BEFORE.match(line)
    text = line[before.end() :] if before else line
    again = _REPEATED.match(text)
    text = text[again.end() :] if again else text
    if heard := _HEARD.match(text):
        if address := _address(heard["source"]):
            one = found.setdefault(address, Source())
            one.let_in, one.after = heard["how"], one.attempts
        return
    for number, kind in enumerate(_KINDS):
        told = kind.match(text)
        if told and (address := _address(told["source"])):
            one = found.setdefault(address, Source())
            one.kinds[number] += int(again[1]) if again else 1
            if told["user"]:
                one.users[told["user"][:40]] += 1
            if stamp := _STAMP.search(line):
                one.first, one.last = one.first or stamp[0], stamp[0]
            return


def _address(text: str) -> str:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def outside(sources: Mapping[str, Source], own: Collection[str] = ()) -> tuple[tuple[str, ...], frozenset[str]]:
    """Public addresses that guess, the worst first, and those that no block may hit."""
    mine = {_address(one) or one for one in own}
    keep = frozenset(mine | {address for address, one in sources.items() if one.let_in})
    found = sorted((address for address, one in sources.items() if one.attempts >= FEW and address not in keep),
                   key=lambda address: -sources[address].attempts)  # fmt: skip
    return tuple(address for address in found if ipaddress.ip_address(address).is_global), keep


def judge(sources: Mapping[str, Source], own: Collection[str] = ()) -> tuple[Advice, ...]:
    """What to do about them; nothing for a log in which people only mistyped."""
    mine = {_address(one) or one for one in own}
    others = {address: one for address, one in sources.items() if address not in mine}
    broken_in = {address: one for address, one in others.items() if one.let_in == "password" and one.after >= MANY}
    guessing = sorted(
        ((address, one) for address, one in others.items() if one.attempts >= FEW and not one.let_in),
        key=lambda pair: -pair[1].attempts,
    )
    found = [_broken_in(address, one) for address, one in broken_in.items()]
    if guessing:
        found.append(_guessed(guessing, mine | {address for address, one in sources.items() if one.let_in}))
    return tuple(found)


def _broken_in(address: str, one: Source) -> Advice:
    return Advice(
        "advice.bruteforce-broke-in", f"Somebody logged in from {address} after {one.attempts} failed passwords",
        "That is how it looks when a guess was right. End the session, change the password, and look at what was done.",
        (_told(address, one),), address, "now", "",
        (("sh: look at it", f"last -i | grep -F {address}\nwho -u\nsudo journalctl -t sshd --grep {address}"),),
    )  # fmt: skip


def _guessed(guessing: list[tuple[str, Source]], keep: Collection[str]) -> Advice:
    outside = [address for address, _ in guessing if ipaddress.ip_address(address).is_global]
    attempts, count = sum(one.attempts for _, one in guessing), len(guessing)
    weight: Weight = "soon" if attempts >= MANY else "note"
    seen = [_told(address, one) for address, one in guessing[: blocking.MOST]]
    if more := len(guessing) - len(seen):
        seen.append(f"… and {more} more")
    seen += [f"{address} is inside a private network: look at that machine" for address, _ in guessing
             if address not in outside][:4]  # fmt: skip
    return Advice(
        CODE, f"Passwords are guessed from {count} address{'es' * (count != 1)}: {attempts} failed logins",
        "Keys instead of passwords end it for good: PasswordAuthentication no. A block keeps the log readable.",
        tuple(seen), "the log of logins", weight, "", blocking.texts(outside, keep),
    )  # fmt: skip


def _told(address: str, one: Source) -> str:
    users = ", ".join(name for name, _ in one.users.most_common(4))
    count = f"{one.attempts} failed login{'s' * (one.attempts != 1)}"
    when = f"{one.first} to {one.last}"
    return clean.line(
        f"{address}: {count}, {when}; as {users}" if one.first else f"{address}: {count}; as {users}", 300
    )
