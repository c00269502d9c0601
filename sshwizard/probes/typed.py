"""What the person typed: ssh's own arguments, taken apart without guessing."""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Sequence
from typing import Literal, get_args
from urllib.parse import urlsplit

from sshwizard import clean
from sshwizard.cloud import cloud
from sshwizard.cloud.aws.ids import is_instance_id
from sshwizard.cloud.gcp.ids import is_vm
from sshwizard.exits import UsageError
from sshwizard.model import Fact, Target
from sshwizard.probes import gcloudline
from sshwizard.probes.scene import Probe, Scene

# ssh(1), SYNOPSIS: letters that take a value, and those that matter to a diagnosis.
_WITH_VALUE = set("BbcDEeFIiJLlmOoPpQRSWw")
_KEPT = set("BbcFIiJlmop46CaKkx")

_DASHES = "‐‑‒–—―−"
_QUOTES = "“”„‟«»‘’‚‛"
_SPACES = "\u00a0\u2007\u202f"
GARBLED = re.compile(f"[{_DASHES}{_QUOTES}{_SPACES}]")


def parse(args: Sequence[str]) -> Target:
    """The target that ssh's arguments name.

    Raises UsageError for arguments that ssh could not take, and for a host name that is really an option.
    """
    words = [word for word in args if word]
    if len(words) == 1 and words[0].startswith("ssh "):
        words = _split(words[0])
    if len(words) == 1 and words[0].startswith("gcloud "):
        words = _split(words[0])
    if words[:1] == ["gcloud"] and gcloudline.is_gcloud(words):
        words = gcloudline.as_ssh(words)
    if words[:1] == ["ssh"]:
        words = words[1:]
    kept: list[str] = []
    destination = ""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            destination = destination or (rest.pop(0) if rest else "")
            break
        if word.startswith("-") and len(word) > 1:
            _option(word, rest, kept)
        elif not destination:
            destination = word
        elif word[0] in _DASHES:
            kept += [word, *rest]  # an option whose dash a word processor changed; `read_typed` says so
            break
        else:
            break  # a remote command follows; a diagnosis runs its own
    if not destination:
        raise UsageError("no host was given. Try: sshwizard user@host")
    return Target(shlex.join(args) if len(args) > 1 else args[0], (*kept, *_destination(destination)))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"the command has an unclosed quote ({error}): {clean.line(text, 80)}") from None


def _option(word: str, rest: list[str], kept: list[str]) -> None:
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter not in _WITH_VALUE:
            if letter in _KEPT:
                kept.append(f"-{letter}")
            elif not letter.isalnum():
                raise UsageError(f"ssh has no option {clean.line(word, 40)!r}")
            continue
        value = letters or (rest.pop(0) if rest else "")
        if not value:
            raise UsageError(f"ssh's option -{letter} needs a value")
        if letter == "p" and not (value.isascii() and value.isdigit() and 0 < int(value[:9]) < 65536):
            raise UsageError(f"the port after -p must be a number from 1 to 65535, not {clean.line(value, 40)!r}")
        if letter in _KEPT:
            kept += [f"-{letter}", value]
        return


def _destination(text: str) -> tuple[str, ...]:
    if text.startswith("ssh://"):
        return _from_url(text)
    if re.match(r"https?://", text):
        raise UsageError(f"{clean.line(text, 60)} is a web address. ssh needs a host: sshwizard user@host")
    host = text.rpartition("@")[2]
    if host.startswith("-") or text.startswith("-"):
        raise UsageError(f"{clean.line(text, 60)!r} starts with a dash, so ssh would take it for an option")
    if len(host) > 255:
        raise UsageError(f"the host name is too long: {len(host)} characters, and DNS allows 255")
    if clean.line(text, len(text) + 1) != text or not text.strip():
        raise UsageError("the host name holds control or invisible characters; type it again by hand")
    return (text,)


def _from_url(text: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UsageError(f"{clean.line(text, 60)} is not a valid ssh:// address") from None
    if not parts.hostname or parts.hostname.startswith("-"):
        raise UsageError(f"{clean.line(text, 60)} names no host")
    found = (f"{parts.username}@" if parts.username else "") + parts.hostname
    return (*(("-p", str(port)) if port else ()), *_destination(found))


def config_option(args: Sequence[str]) -> tuple[str, ...]:
    """The -F option among `args`, which hops share with the target (ssh passes it on, too)."""
    return next((("-F", value) for word, value in itertools.pairwise(args) if word == "-F"), ())


def shows_settings(scene: Scene) -> str:
    """The command that prints the settings ssh uses for this hop, as a person would type it."""
    target = scene.target
    return shlex.join(
        ("ssh", "-G", *(target.ssh_args if scene.leg.final else (*config_option(target.args), scene.leg.name)))
    )


Typed = Literal["ok", "instance", "vm", "garbled", "port-in-name", "path-in-name", "bad-characters", "server-log"]


def _plain(odd: re.Match[str]) -> str:
    """What was meant by a typographic character: a dash, or a space; quotes belong to the shell."""
    return "-" if odd.group() in _DASHES else " " if odd.group() in _SPACES else ""


async def _look(scene: Scene) -> Fact[Typed]:
    if scene.live:
        return await _live(scene)
    if scene.run.server_wrote:
        return Fact("server-log", "the text says it by itself", source="log")
    return Fact("ok", "the text comes from an ssh client", source="log")


async def _live(scene: Scene) -> Fact[Typed]:
    fact = read_typed(scene.target)
    if fact.outcome == "ok" and (os.environ.get(cloud.PROFILE) or os.environ.get(cloud.REGION)):
        from sshwizard.probes.aws.tags import perhaps_a_tag  # it needs this module

        host = scene.target.args[-1].rpartition("@")[2]
        if await perhaps_a_tag(scene, host):
            return Fact("instance", f"no DNS knows {host}; it may be the Name tag of an instance")
    return fact


def read_typed(target: Target) -> Fact[Typed]:
    """Judge the destination as it was typed."""
    destination = target.args[-1]
    host = destination.rpartition("@")[2]
    if found := GARBLED.search(" ".join(target.args)):
        mended = shlex.join(GARBLED.sub(_plain, word) for word in target.args)
        return Fact(
            "garbled",
            f"the command holds {found.group()!r}, a typographic character that ssh takes literally",
            (clean.line(shlex.join(target.args)),),
            command=clean.line(f"ssh {mended}"),
            data={"corrected": f"ssh {mended}"},
        )
    if is_vm(host):
        return Fact("vm", f"{host} is the name of a VM of Google Compute Engine, which no DNS knows")
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        user = destination[: -len(host)]
        mended = shlex.join(("ssh", *target.args[:-1], "-p", port, f"{user}{name}"))
        return Fact(
            "port-in-name",
            f"{host} has a port in it; ssh looks for a machine of exactly that name",
            (f"ssh {destination}",),
            command=clean.line(mended),
            data={"corrected": mended, "name": name, "port": port},
        )
    if "/" in host:
        return Fact("path-in-name", f"{host} has a path in it", (f"ssh {destination}",))
    if re.search(r"[\s'`\"$\\;&<>|(){}]", host):
        return Fact("bad-characters", f"{host!r} holds characters that no host name has", (f"ssh {destination}",))
    if is_instance_id(host):
        return Fact("instance", f"{host} is the id of an EC2 instance, which no DNS knows")
    return Fact("ok", f"{destination} is a well-formed destination")


typed: Probe[Typed] = Probe(
    "typed",
    get_args(Typed),
    _look,
    reads_log=True,
)
