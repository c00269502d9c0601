"""Why sshd refuses this login, in the order in which it checks (auth.c, auth2-pubkey.c, PAM's account step). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard.probes.inside.patterns import group_listed, user_listed
from sshwizard.probes.inside.ruling import Outside, Ruling
from sshwizard.probes.inside.seen import Account, Inside
from sshwizard.probes.inside.settings import place, set_by

DAY = 86400


def account(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """Is it a login name that sshd lets try at all?"""
    login, who = inside.login, inside.account
    if who is None:
        if inside.whole:
            yield Ruling("auth.user-unknown", f"getent passwd knows no account {login}", (f"getent passwd {login}",))
        return
    pam = inside.set_to("usepam", "no") == "yes"
    mark = inside.shadow[0] if inside.shadow else ""
    if inside.settings and not pam and mark.startswith("!"):
        yield Ruling(
            "auth.account-locked", f"the account {login} is locked, and sshd asks no PAM",
            (f"/etc/shadow: {login}:{mark}:…", "usepam no"),
            data={"account": login, "how": "lock"},
        )  # fmt: skip
    if not inside.shell_runs and (shell := inside.entry("shell")):
        what = "is no program" if shell.exists else "does not exist"
        yield Ruling("auth.shell-missing", f"the login shell {who.shell} {what}", (f"{login}: {who.shell}",))
    yield from _lists(inside, who)
    if who.uid == 0 and inside.set_to("permitrootlogin") == "no":
        yield Ruling(
            "auth.root-login-disabled", "sshd lets root in by no way",
            place(inside, "permitrootlogin"), set_by(inside, "permitrootlogin", "prohibit-password"),
        )  # fmt: skip
    yield from _shadow(inside, login)


def _lists(inside: Inside, who: Account) -> Iterator[Ruling]:
    """DenyUsers, AllowUsers, DenyGroups, AllowGroups, as sshd goes through them."""

    def words(keyword: str) -> tuple[str, ...]:
        return tuple(word for value in inside.settings.get(keyword, ()) for word in value.split())

    denied, allowed = words("denyusers"), words("allowusers")
    if denied and user_listed(denied, who.name, inside.address) is True:
        yield _not_allowed(inside, "denyusers", f"{who.name} is listed in DenyUsers")
    if allowed and user_listed(allowed, who.name, inside.address) is False:
        yield _not_allowed(inside, "allowusers", f"{who.name} is not listed in AllowUsers", who.name)
    if inside.groups and group_listed(words("denygroups"), inside.groups):
        yield _not_allowed(inside, "denygroups", f"a group of {who.name} is listed in DenyGroups")
    grouped = words("allowgroups")
    if grouped and inside.groups and not group_listed(grouped, inside.groups):
        groups = inside.groups[0]
        yield _not_allowed(inside, "allowgroups", f"no group of {who.name} is listed in AllowGroups", groups)


def _not_allowed(inside: Inside, keyword: str, says: str, add: str = "") -> Ruling:
    data = {"keyword": keyword, "value": add, "global": True} if add else {}
    return Ruling("auth.user-not-allowed", says, place(inside, keyword), data)


def _shadow(inside: Inside, login: str) -> Iterator[Ruling]:
    """shadow(5): last change, minimum, maximum, warning, inactive, expiry; days since 1970."""
    if len(inside.shadow) < 7 or not inside.now:
        return
    day = inside.now // DAY
    changed, most, expires = inside.shadow[1], inside.shadow[3], inside.shadow[6]
    line = f"/etc/shadow: {login}:…:{':'.join(inside.shadow[1:7])}"
    if expires.isdigit() and int(expires) < day:
        yield Ruling(
            "auth.account-expired", f"the account expired {day - int(expires)} days ago", (line,),
            {"account": login, "how": "expiry", "was": expires},
        )  # fmt: skip
    forced = changed == "0"
    old = changed.isdigit() and most.isdigit() and most != "99999" and int(changed) + int(most) < day
    if forced or old:
        says = "the password has to be changed first" if forced else "the password is too old, and must be changed"
        yield Ruling("auth.password-expired", says, (line,))


def pam(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """What comes after a right key: the account step of PAM, and nologin."""
    who = inside.account
    asks_pam = inside.set_to("usepam", "no") == "yes"
    for row in inside.rows.get("nologin", ()):
        if who and who.uid != 0:
            yield Ruling(
                "auth.nologin-file", f"{row[0]} keeps everybody but root out", (row[2], *row[1].splitlines()[:3]),
                {"path": row[0]},
            )  # fmt: skip
    stacks = "\n".join(row[1] for row in inside.rows.get("pam", ()))
    active = [line.split() for line in stacks.splitlines()]
    names = {word.rpartition("/")[2] for words in active if "account" in words[:1] for word in words}
    if asks_pam and "pam_access.so" in names and who and (line := _access(inside)):
        yield Ruling("auth.pam-denied", f"/etc/security/access.conf refuses {who.name}", (line,))


def _access(inside: Inside) -> str:
    """The line of access.conf(5) that refuses; the first that fits decides. Empty when none does, or it is open."""
    login = inside.login
    names = {login, "ALL", *(f"({group})" for group in inside.groups), *(f"@{group}" for group in inside.groups)}
    for line in inside.text("access", 1).splitlines():
        sign, _, rest = line.strip().partition(":")
        users, _, origins = rest.partition(":")
        sign, wanted = sign.strip(), users.split()
        if "EXCEPT" in wanted:
            at = wanted.index("EXCEPT")
            fits = bool(names & set(wanted[:at])) and not names & set(wanted[at + 1 :])
        else:
            fits = bool(names & set(wanted))
        from_here = {"ALL", inside.address} & set(origins.split())
        if not fits or origins.split() == ["LOCAL"]:
            continue
        if not from_here:
            return ""  # a network, a name, or a terminal: not ours to say
        return line.strip() if sign == "-" else ""
    return ""
