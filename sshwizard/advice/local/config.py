"""Traps of the ssh config: lines that switch off a guard, or that do not do what they seem to."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard import paths, vocabulary
from sshwizard.advice import Advice, Weight
from sshwizard.advice.seen import Line, Reading
from sshwizard.paths import short

MANY_KEYS = 5
"""sshd ends a login after six tries (MaxAuthTries), and each key that is offered is one."""

_YES = {"yes", "true"}


def judge(seen: Reading) -> Iterator[Advice]:
    """What ssh says itself, single lines, then how blocks stand to each other."""
    yield from _refused(seen)
    for line in seen.lines:
        yield from _guards(line)
    yield from _includes(seen)
    yield from _sockets(seen)
    yield from _wildcards_first(seen.lines)
    yield from _never(seen.lines)
    yield from _many_keys(seen)
    yield from _keepalive(seen)


def _refused(seen: Reading) -> Iterator[Advice]:
    fact = seen.config
    if fact is None:
        return
    if not fact.known:
        yield Advice(
            "config.bad-line", "Whether ssh can read its config", "Nothing is said about it.", (fact.says,), seen.place,
            "soon", unknown=fact.why,
        )  # fmt: skip
        return
    file, number = str(fact.data.get("file", "")), str(fact.data.get("line", ""))
    code = {"bad-permissions": "config.bad-owner-or-permissions", "no-ssh": "client.tool-missing-or-outdated"}.get(
        str(fact.outcome), "config.bad-line"
    )
    entry = vocabulary.causes()[code]
    fix = {"bad-permissions": "chmod-ssh-config", "bad-line": "repair-ssh-config"}.get(str(fact.outcome), "")
    yield Advice(
        code,
        entry.title,
        entry.why,
        (fact.says, *fact.lines),
        file or seen.place,
        "now",
        fix if file else "",
        data=(("file", file), ("line", number), ("says", fact.says)),
    )


def _line(
    line: Line, code: str, title: str, why: str, weight: Weight, text: str = "", fix: str = "repair-ssh-config"
) -> Advice:
    """Advice on one line, which can be switched off."""
    texts = (("what to write instead", text),) if text else ()
    data = (("file", line.file), ("line", str(line.number)))
    return Advice(code, title, why, (line.place,), line.file, weight, fix, texts, data)


def _guards(line: Line) -> Iterator[Advice]:
    value, where = line.value.lower(), line.block.partition(" ")[2] or "every host"
    where = "every host" if line.everybody else where
    if line.keyword == "stricthostkeychecking" and value in {"no", "off", "false"}:
        yield _line(
            line,
            "advice.host-keys-unchecked",
            f"A changed host key is let pass for {where}",
            "Who stands in between is not noticed: ssh goes on with a key that it never saw. accept-new takes the key "
            "of a new host, and still stops at a changed one.",
            "now",
            "StrictHostKeyChecking accept-new",
        )
    if line.keyword == "userknownhostsfile" and "/dev/null" in value.split():
        yield _line(
            line,
            "advice.host-keys-forgotten",
            f"No host key is kept for {where}",
            "Every connection is to a stranger. For machines that come and go under one name, keep a file of its own.",
            "now",
            "UserKnownHostsFile ~/.ssh/known_hosts_temporary",
        )
    if line.keyword == "forwardagent" and value not in {"no", "false"} and line.everybody:
        yield _line(
            line,
            "advice.agent-for-everybody",
            "Every host that you reach may use your agent",
            "Whoever is root there can log in with your keys as long as you are connected. ProxyJump needs no "
            "forwarded agent; where one must be, name the host.",
            "soon",
            "ProxyJump BASTION",
        )
    if line.keyword == "forwardx11trusted" and value in _YES and line.everybody:
        yield _line(
            line,
            "advice.x11-for-everybody",
            "Every host may watch and type on your screen",
            "With trusted X11 forwarding, a program on the server has the whole display.",
            "soon",
            "ForwardX11 no",
        )
    if line.keyword in _ALGORITHMS and line.everybody and (old := _old(line.value)):
        yield _line(
            line,
            "advice.old-algorithm-for-everybody",
            f"{old} is allowed for every host",
            "One old server is reason to allow it there, and nowhere else.",
            "soon",
            f"Host OLD-SERVER\n    {line.text.strip()}",
        )


_ALGORITHMS = {
    "kexalgorithms",
    "hostkeyalgorithms",
    "pubkeyacceptedalgorithms",
    "pubkeyacceptedkeytypes",
    "ciphers",
    "macs",
}
_OLD = (
    "ssh-dss",
    "ssh-rsa",
    "diffie-hellman-group1-sha1",
    "diffie-hellman-group14-sha1",
    "3des-cbc",
    "arcfour",
    "hmac-md5",
    "aes128-cbc",
    "aes256-cbc",
)


def _old(value: str) -> str:
    named = value.lstrip("+^").split(",")
    return next((name for name in named if name in _OLD), "") if not value.startswith("-") else ""


def _includes(seen: Reading) -> Iterator[Advice]:
    for line in seen.missing:
        yield _line(
            line,
            "advice.include-missing",
            "An Include leads to no file",
            "ssh passes over it without a word, so settings that you count on may be missing.",
            "note",
        )


def _sockets(seen: Reading) -> Iterator[Advice]:
    for line, place in seen.sockets:
        if place.mode & 0o002 or place.uid not in {seen.me, 0}:
            yield _line(
                line,
                "advice.control-path-open",
                "Sockets of shared connections lie where others may write",
                "Another account can put a socket there first, and your next ssh speaks to it.",
                "soon",
                "ControlPath ~/.ssh/cm-%C",
                "",
            )


# ------------------------------------------------------------------ blocks

_ADD_UP = {"identityfile", "certificatefile", "sendenv", "setenv", "localforward", "remoteforward", "dynamicforward"}
_HEADS = {"host", "match", "include"}


def _wildcards_first(lines: tuple[Line, ...]) -> Iterator[Advice]:
    """ssh keeps the first value that it meets (ssh_config(5)), so what is general has to stand last."""
    general: dict[str, Line] = {}
    for line in lines:
        if line.keyword in _HEADS or line.keyword in _ADD_UP:
            continue
        if line.everybody:
            general.setdefault(line.keyword, line)
            continue
        first = general.get(line.keyword)
        if first and line.block.startswith("host ") and first.value.lower() != line.value.lower():
            yield Advice(
                "config.wrong-block-wins",
                f"{line.text.strip()} for {line.block[5:]} has no effect",
                "A line for every host stands before it, and ssh keeps the first value that it meets. Move the general "
                "block to the end of the file.",
                (first.place, line.place),
                line.file,
                "soon",
                texts=(("the general line, at the end of the file", f"Host *\n    {first.text.strip()}"),),
            )


def _never(lines: tuple[Line, ...]) -> Iterator[Advice]:
    """Host lines that no typed name can match, and blocks that an equal one before them empties."""
    for line in lines:
        if line.keyword != "host":
            continue
        words = line.value.split()
        plain = [word for word in words if not word.startswith("!")]
        odd = next((word for word in plain if set(word) & set("@,/")), "")
        why = ""
        if not plain:
            why = "It has negated patterns only, and those match nothing by themselves (ssh_config(5), PATTERNS)."
        elif odd and "," in odd:
            why = "Patterns of a Host line are parted by blanks; a comma is part of the name."
        elif odd:
            why = "A Host pattern is a name alone: no user before it, no path after it."
        if why:
            yield Advice(
                "advice.never-matches",
                f"Host {line.value} matches no host that is typed",
                why,
                (line.place,),
                line.file,
                "soon",
                texts=(("what to write instead", f"Host {' '.join(_mended(words))}"),) if plain else (),
            )


def _mended(words: list[str]) -> list[str]:
    parts = [part for word in words for part in word.split(",")]
    return [part.rpartition("@")[2].removeprefix("ssh://").partition("/")[0] for part in parts if part]


def _many_keys(seen: Reading) -> Iterator[Advice]:
    held = len(seen.agent.lines) if seen.agent and seen.agent.outcome == "has-keys" else 0
    general = [line for line in seen.lines if line.keyword == "identityfile" and line.everybody]
    count = max(held, len(general))
    chosen = any(line.keyword == "identitiesonly" and line.value.lower() in _YES for line in seen.lines)
    if count > MANY_KEYS and not chosen:
        shown = tuple(line.place for line in general) or (seen.agent.lines if seen.agent else ())
        yield Advice(
            "advice.identities-only",
            f"ssh offers up to {count} keys to every host, one after the other",
            "A server ends the login after six tries, often before the right key comes. It also learns all your keys.",
            shown[:8],
            str(paths.ssh_dir() / "config"),
            "soon",
            texts=(
                ("for each host, in the ssh config", "Host NAME\n    IdentityFile ~/.ssh/KEY\n    IdentitiesOnly yes"),
            ),
        )


def _keepalive(seen: Reading) -> Iterator[Advice]:
    if any(line.keyword in {"serveraliveinterval"} for line in seen.lines):
        return
    if hosts := [line for line in seen.lines if line.keyword == "host" and line.value != "*"]:
        file = f"{seen.place}/config"
        yield Advice(
            "advice.no-keepalive",
            "Nothing keeps an idle session alive",
            "A router or a NAT gateway forgets a connection on which nothing goes for some minutes (AWS NAT: 350 s), "
            "and ssh notices only at the next key.",
            (f"{len(hosts)} Host lines in {short(file)}, no ServerAliveInterval",),
            file,
            "note",
            "add-keepalive",
            (("at the end of the file", "\n".join(KEEPALIVE)),),
            (("file", file),),
        )


KEEPALIVE = ("Host *", "    ServerAliveInterval 60", "    ServerAliveCountMax 3")
