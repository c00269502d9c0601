"""Every reader of bytes that come from outside, as a function that gives whatever a person would be shown.

A target may refuse its input by the errors that its reader promises. Any other error, more than a second, or a harmful
character in what it gives is a finding.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path

from sshwizard import clean, keytext, store
from sshwizard.cloud import address
from sshwizard.cloud.gcp.iap import frames
from sshwizard.commands.reach import CLOUDS
from sshwizard.doors import message
from sshwizard.exits import UsageError
from sshwizard.fleet import hosts, rows
from sshwizard.fronts import plain, report
from sshwizard.fronts.reports import recording
from sshwizard.fronts.reports.content import content
from sshwizard.fronts.reports.writing import made
from sshwizard.probes import configfiles, console, keyfile, known_hosts, pasted, pemkeys, sshlog, typed
from sshwizard.probes.inside import firewall, patterns, protocol
from sshwizard.probes.inside.judge import judge
from sshwizard.probes.inside.ruling import Outside
from sshwizard.probes.inside.seen import seen
from sshwizard.runner import Runner

Target = Callable[[bytes], Iterable[str]]

NONCE = "0123456789abcdef"
_PLACE = Path(tempfile.mkdtemp(prefix="sshwizard-fuzz-"))


def texts(value: object) -> Iterator[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from texts(inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def _file(raw: bytes, name: str) -> Path:
    path = _PLACE / name
    path.write_bytes(raw)
    path.chmod(0o600)
    return path


def explain(raw: bytes) -> Iterator[str]:
    """A pasted text, to its verdict in plain lines, JSON and the page."""
    runner = Runner.of_text(raw, "a text")
    found = asyncio.run(runner.walk())
    yield from plain.tell(runner.state, found).split("\n")
    yield from texts(report.report(runner.state, found))
    told = content(runner.events, "SESSION", redact=True)
    yield from made(told, "markdown").decode().split("\n")
    yield from made(told, "html").decode().split("\n")


def paste(raw: bytes) -> Iterator[str]:
    """The same text, taken apart only."""
    pasted.read([raw[at : at + 700] for at in range(0, len(raw), 700)]).server.words()
    return iter(())


def log(raw: bytes) -> Iterator[str]:
    """A log of ssh -vvv, quoted."""
    yield from sshlog.quote(sshlog.read(raw).words, most=50)


def boot(raw: bytes) -> Iterator[str]:
    """The console of a machine."""
    found = console.read_text(raw.decode("utf-8", "replace"))
    yield from texts((found.host_keys, found.authorized))


def inside(raw: bytes) -> Iterator[str]:
    """What a server answers to a look inside."""
    answer = protocol.read(raw.replace(b"NONCE", NONCE.encode()), NONCE)
    at = Outside("auth.key-rejected", "login", "dana", 22, ("SHA256:abc",))
    for ruling in filter(None, [judge(seen(answer, "dana", 22), at)]):
        yield ruling.says
        yield from ruling.lines


def known(raw: bytes) -> Iterator[str]:
    """A known_hosts file."""
    path = _file(raw, "known_hosts")
    for entry in (*known_hosts.lines(path), *known_hosts.entries(path, ("web-1", "[web-1]:2222", "192.0.2.7"))):
        yield from (entry.place, entry.whose, entry.type, entry.fingerprint)


def ssh_config(raw: bytes) -> Iterator[str]:
    """The trace of ssh -G, and the lines of a config."""
    text = raw.decode("utf-8", "replace")
    configfiles.trace(text)
    for row in text.split("\n"):
        configfiles.words(configfiles.split(row)[1])
    return iter(())


def key(raw: bytes) -> Iterator[str]:
    """A key file."""
    found = keyfile.examine(_file(raw, "id"))
    yield from texts((found.defect, found.detail, found.type, found.fingerprint))
    pemkeys.public_half(raw)
    once = keytext.repaired(raw)
    assert once.startswith(keytext.UTF16) or keytext.repaired(once) == once


def key_list(raw: bytes) -> Iterator[str]:
    """An authorized_keys file, and the patterns of sshd_config."""
    text = raw.decode("utf-8", "replace")
    list(patterns.key_lines(text))
    patterns.from_allows(text[:200], "192.0.2.7")
    patterns.user_listed(text.split()[:20], "dana", "192.0.2.7")
    return iter(())


def filter_rules(raw: bytes) -> Iterator[str]:
    """What iptables-save and nft list."""
    text, packet = raw.decode("utf-8", "replace"), firewall.Packet("192.0.2.7", 22)
    for chains in (firewall.iptables(text, packet), firewall.nftables(text, packet)):
        firewall.decide(chains)
    return iter(())


def session(raw: bytes) -> Iterator[str]:
    """A session file: as our own, and as a stranger's recording."""
    with suppress(store.BadSession):
        store.read(raw.decode("utf-8", "replace"), "a file")
    try:
        found = recording.opened(_file(raw, "session.jsonl"))
    except UsageError as error:
        yield clean.line(str(error), 1000)
        return
    runner = Runner(found.events, read_only=True)
    if (verdict := runner.verdict()) is not None:
        yield from plain.tell(runner.state, verdict).split("\n")
    yield from made(content(found.events, "SESSION", redact=True), "markdown").decode().split("\n")


def aws_world(raw: bytes) -> Iterator[str]:
    """Saved answers of the EC2 API."""
    with suppress(ValueError, RecursionError):
        CLOUDS["aws"](json.loads(raw), with_paths=True)
    return iter(())


def gcp_world(raw: bytes) -> Iterator[str]:
    """Saved answers of Compute Engine."""
    with suppress(ValueError, RecursionError):
        CLOUDS["gcp"](json.loads(raw), with_paths=True)
    return iter(())


def wire(raw: bytes) -> Iterator[str]:
    """Messages of Session Manager, frames of IAP, and the answer of an address service."""
    with suppress(message.Garbled):
        message.told(message.decode(raw))
    with suppress(frames.Malformed):
        frames.read(raw)
    with suppress(ValueError):
        yield address.read(raw)


def command_line(raw: bytes) -> Iterator[str]:
    """What is typed as a host."""
    words = raw.decode("utf-8", "replace").split("\n")
    try:
        target = typed.parse(words)
    except UsageError as error:
        yield clean.line(str(error), 1000)
    else:
        assert not target.args[-1].startswith("-")
        assert not target.args[-1].rpartition("@")[2].startswith("-")


def sweep(raw: bytes) -> Iterator[str]:
    """A list of hosts, and a row of a sweep."""
    text = raw.decode("utf-8", "replace")
    with suppress(UsageError):
        hosts.targets(hosts.listed(text)[:50], [])
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        rows.from_json(json.loads(raw))
    return iter(())


TARGETS: Mapping[str, Target] = {
    one.__name__: one
    for one in (
        explain, paste, log, boot, inside, known, ssh_config, key, key_list, filter_rules, session, aws_world,
        gcp_world, wire, command_line, sweep,
    )
}  # fmt: skip
