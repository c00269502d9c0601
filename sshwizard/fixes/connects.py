"""Connections that the person drives in their own terminal, a wait, and a command that is only printed."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Sequence

from sshwizard import clean
from sshwizard.effects import Connect, Effect, Wait
from sshwizard.fixes.fix import Fix, Lines, Refusal, Situation
from sshwizard.probes import again
from sshwizard.probes.scene import Leg
from sshwizard.probes.typed import GARBLED


def _typed_well(at: Situation) -> Refusal | None:
    """What was typed with typographic characters is no command to run as it is."""
    return Refusal("the command as it was typed is garbled") if GARBLED.search(" ".join(at.target.args)) else None


def _asks(leg: Leg) -> list[str]:
    """Options without which the person's config would not let ssh ask (ssh_config(5))."""
    words = [] if leg.value("batchmode", "no") in {"no", "false"} else ["-o", "BatchMode=no"]
    return words + (["-o", "NumberOfPasswordPrompts=3"] if leg.value("numberofpasswordprompts", "3") == "0" else [])


def _passwords(at: Situation) -> list[str]:
    """A server that takes no key wants a password or prompts; where the config has them off, they are on for once."""
    if at.code == "key.passphrase-required":
        return []
    methods = {"PasswordAuthentication": "password", "KbdInteractiveAuthentication": "keyboard-interactive"}
    seen = at.facts.get("methods")
    said = " ".join((at.found.says, seen.says if seen else ""))
    return [
        word
        for keyword, method in methods.items()
        if method in said and at.leg.value(keyword.lower(), "yes") in {"no", "false"}
        for word in ("-o", f"{keyword}=yes")
    ]


def _interactively(at: Situation) -> tuple[Effect, ...] | Refusal:
    if refusal := _typed_well(at):
        return refusal
    return (Connect(("ssh", *_asks(at.leg), *_passwords(at), *at.target.ssh_args)),)


def _without_startup(at: Situation) -> tuple[Effect, ...] | Refusal:
    """A plain sh reads no file when it is no login shell and ENV is empty (sh(1)). The account's own shell starts it,
    and may read a file of its own before: `again.bare` tells whether it comes that far."""
    seen = at.facts.get(again.bare.name)
    if seen and seen.outcome == "ends-too":
        how = ". SFTP works: move the file aside with it" if at.found.outcome in {"works", "quiet-one"} else ""
        return Refusal(f"{seen.says}{how}")
    if refusal := _typed_well(at):
        return refusal
    return (Connect(("ssh", "-t", *_asks(at.leg), *at.target.ssh_args, again.BARE)),)


# ------------------------------------------------------------------ sftp and scp

_SAME = {"-F", "-i", "-o", "-J", "-c", "-4", "-6", "-C"}
"""Options that ssh, sftp and scp share (sftp(1), scp(1))."""
_OTHERWISE = {
    "-p": "Port={}", "-l": "User={}", "-b": "BindAddress={}", "-m": "MACs={}", "-I": "PKCS11Provider={}",
}  # fmt: skip
"""Options of ssh that mean something else there, as settings."""


def for_sftp(args: Sequence[str]) -> tuple[list[str], str]:
    """The options of an ssh command as sftp(1) and scp(1) take them, and the destination with IPv6 in brackets."""
    *options, place = args
    words: list[str] = []
    pairs = itertools.chain(options)
    for option in pairs:
        if option in {"-4", "-6", "-C"}:
            words.append(option)
        elif option in _SAME:
            words += [option, next(pairs, "")]
        elif option in _OTHERWISE:
            words += ["-o", _OTHERWISE[option].format(next(pairs, ""))]
        elif option == "-K":
            words += ["-o", "GSSAPIAuthentication=yes"]
    user, sign, host = place.rpartition("@")
    return words, f"{user}{sign}[{host}]" if ":" in host and not host.startswith("[") else place


def _sftp(at: Situation) -> tuple[Effect, ...] | Refusal:
    if at.found.outcome == "git-only":
        return Refusal("the account is for Git only, so SFTP is not served either")
    if refusal := _typed_well(at):
        return refusal
    options, place = for_sftp(at.target.ssh_args)
    return (Connect(("sftp", *_asks(at.leg), *options, place)),)


_WORD = re.compile(r"[\w@%+=:,./~*?\[\]-]+")
"""A word that a shell may expand and cannot take for more than a word."""
_SCP = re.compile(r"-[346BCOTpqrv]+")


def legacy_scp(at: Situation) -> tuple[str, ...]:
    """`scp -O` for the same copy: what was typed where the text shows it, else a line to fill in.

    A text may come from anybody: options that name programs or files of this computer are not taken over.
    """
    typed = str(at.found.data.get("typed", ""))
    try:
        words = shlex.split(typed)
    except ValueError:
        words = []
    program = words[0].rpartition("/")[2].removesuffix(".exe") if words else ""
    given = list(words[1:]) if program == "scp" else []
    kept: list[str] = []
    while given and given[0].startswith("-"):
        option = given.pop(0)
        if option == "-P" and given and given[0].isdigit():
            kept += [option, given.pop(0)]
        elif not _SCP.fullmatch(option):
            given = []
            break
        elif option != "-O":
            kept.append(option)
    if len(given) > 1 and not any(word.startswith("-") for word in given):
        told = [word if _WORD.fullmatch(word) else shlex.quote(word) for word in given]
        return (clean.line(" ".join(("scp -O", *kept, *told))),)
    if at.target.args and at.leg.settings:
        options, place = for_sftp(at.target.ssh_args)
        return (clean.line(" ".join(("scp -O", shlex.join(options), "FILE", f"{shlex.quote(place)}:"))),)
    return ("scp -O FILE USER@HOST:",)


LINES: dict[str, Lines] = {"use-legacy-scp": legacy_scp}
"""Actions that are a command to copy: which files are meant, only the person knows."""


# ------------------------------------------------------------------ waiting

USUALLY = {
    "server.address-banned": 600,  # fail2ban's bantime, and the longest penalty of sshd (PerSourcePenalties)
    "server.max-startups": 30,
    "server.booting": 30,
    "auth.nologin-file": 60,
    "dns.temporary-failure": 10,
}
"""Seconds after which a second look may see another world; 20 elsewhere."""
KNOCKS = 300
"""The same where somebody knocks meanwhile: it ends as soon as the server greets."""
LONGEST = 3600


def _wait(at: Situation) -> tuple[Effect, ...] | Refusal:
    """Where nothing greeted on the direct way, somebody can knock until it does; elsewhere only time passes."""
    told = at.answer.strip()
    if told and not (told.isascii() and told.isdigit() and 0 < int(told[:9]) <= LONGEST):
        return Refusal(f"type a number of seconds, from 1 to {LONGEST}")
    usual = USUALLY.get(at.code, 20)
    if _silent(at):
        return (Wait(int(told or max(usual, KNOCKS)), at.leg.host, at.leg.port),)
    return (Wait(int(told or usual)),)


def _silent(at: Situation) -> bool:
    """True where ssh goes straight to the server, and met no greeting there."""
    way, network, greeting = (at.facts.get(node) for node in ("proxy", "tcp", "banner"))
    direct = way is not None and way.outcome == "direct"
    return direct and network is not None and (greeting is None or greeting.outcome != "ok")


FIXES = (
    Fix("connect-interactively", _interactively, around=True),
    Fix("bypass-startup-files", _without_startup, again.bare, around=True),
    Fix("use-sftp", _sftp, around=True),
    Fix("wait-and-retry", _wait, asks="Seconds to wait at most"),
)
