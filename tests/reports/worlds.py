"""Sessions that name machines and people, for reports."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from told import saw, settings

from sshwizard import events
from sshwizard.effects import Chmod
from sshwizard.events import Began, Did, Ended, Event, Saw, Undid
from sshwizard.fronts.reports.content import Content
from sshwizard.fronts.reports.writing import FORMATS, made
from sshwizard.model import Fact, Target

AT = "2026-01-02T03:04:{:02}+00:00"


@dataclass(frozen=True)
class Names:
    """Everything in a session that is somebody's."""

    host: str = "web-17"
    domain: str = "web-17.corp.example.net"
    user: str = "dana"
    address: str = "198.51.100.20"
    private: str = "10.11.12.13"
    address6: str = "2001:db8::17"
    instance: str = "i-0123456789abcdef0"
    account: str = "123456789012"
    comment: str = "dana at her laptop"
    fingerprint: str = "SHA256:AgkPcT7Aswfe5W49633Vl7OnwK4gzWlvG0NTbOFAh4s"
    tag: str = "shop-frontend"


def session(one: Names, banner: str = "OpenSSH_9.6") -> list[Event]:
    """A refused login, a fix, the same trouble again, and the fix taken back."""
    key = f"/home/{one.user}/.ssh/id_ed25519"
    legs = [{"name": one.host, "settings": {**settings(one.domain, identityfile=key), "user": [one.user]}}]
    can_start = Fact(
        "ok",
        f"ssh would go to {one.user}@{one.domain} port 22",
        (),
        f"ssh -G {one.host}",
        {"legs": legs, "me": one.user},
    )
    refused = Fact(
        "denied",
        f"{one.user}@{one.domain}: Permission denied (publickey).",
        (
            f"100: debug1: Offering public key: {one.comment} ED25519 {one.fingerprint} agent",
            f"116: {one.user}@{one.address}: Permission denied (publickey).",
            f"117: Connection closed by {one.address6} port 22",
        ),
        "",
        {"user": one.user},
    )
    found = Fact(
        "ok",
        f"{one.instance} is {one.tag}, account {one.account}",
        (f"{one.instance}  {one.tag}  running  {one.address}  {one.private}",),
        f"aws ec2 describe-instances --instance-ids {one.instance}",
        {"instance": one.instance, "name": one.tag, "account": one.account},
    )
    open_key = Fact(
        "too-open",
        f"{key}: mode 0644",
        (f"-rw-r--r-- {key}",),
        f"ls -l {key}",
        {"named": key, "path": key, "mode": 0o644},
    )
    way: list[Event] = [
        Saw(-1, "typed", found, AT.format(1)),
        Saw(-1, "client", can_start, AT.format(1)),
        saw(0, "proxy", "direct"),
        saw(0, "name", "ok", {"addresses": [one.address, one.address6]}),
        saw(0, "tcp", "open"),
        Saw(0, "banner", Fact("ok", f"it is SSH: {banner}", (f"7: {banner}",))),
        saw(0, "kex", "ok"),
        saw(0, "hostkey", "ok"),
        Saw(0, "login", refused, AT.format(2)),
        saw(0, "methods", "public-key"),
        saw(0, "will", "tries-keys"),
        saw(0, "signing", "no-trouble"),
        Saw(0, "keys", open_key, AT.format(3)),
        Ended("failed", 1200, AT.format(3)),
    ]
    change = (Chmod(key, 0o600, 0o644),)
    back = (Chmod(key, 0o644, 0o600),)
    return [
        Began(Target(f"{one.user}@{one.host}", (f"{one.user}@{one.host}",)), "live", AT.format(0)),
        *way,
        Did(
            "chmod-key",
            "key.permissions-too-open",
            0,
            "keys",
            "too-open",
            "login",
            "denied",
            change,
            back,
            AT.format(9),
        ),
        *way[1:],
        Undid("chmod-key", AT.format(20), 0),
        *way[1:],
    ]


def written(seen: Sequence[Event]) -> str:
    """A session file's text."""
    return "".join(json.dumps({"schema": events.SCHEMA, **events.to_json(event)}) + "\n" for event in seen)


def kept(folder: Path, one: Names | None = None, banner: str = "OpenSSH_9.6") -> Path:
    """A session file."""
    path = folder / "20260102-030400-a-host.jsonl"
    path.write_text(written(session(one or Names(), banner)), "utf-8")
    return path


def unpacked(data: bytes) -> dict[str, str]:
    """The files of a bundle."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        found = {}
        for member in archive:
            stream = archive.extractfile(member)
            assert stream is not None
            found[member.name] = stream.read().decode()
    return found


def everything(content: Content) -> dict[str, str]:
    """A report in all formats; of the bundle each file."""
    texts = {str(name): made(content, name).decode() for name in FORMATS if name != "bundle"}
    return {**texts, **unpacked(made(content, "bundle"))}
