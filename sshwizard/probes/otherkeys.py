"""Would another key of this computer do? Asked with public halves only."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from sshwizard import clean, paths, scratch
from sshwizard.model import Fact, Target, unknown
from sshwizard.paths import short
from sshwizard.probes import agent, overruled
from sshwizard.probes.keyfile import LARGEST, fingerprint, key_type, public_blob, public_line
from sshwizard.probes.localkeys import files, read_key
from sshwizard.probes.login import offers
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Probe, Scene, Setting
from sshwizard.probes.typed import shows_settings

Other = Literal["agent-key-hidden", "file-key-fits", "user-fits", "user-overruled", "none-fits", "no-other"]

MOST = 3
"""Other keys asked about: each refused one counts for MaxAuthTries and writes a line in the server's log."""


async def _other(scene: Scene) -> Fact[Other]:
    """Ask the server about public keys that were not offered, or about the login name that an earlier block of the
    config overruled: no signature, no private key, one connection."""
    leg = scene.leg
    offered = {key["fingerprint"] for key in offers(scene.run.logs[scene.index])}
    if losers := leg.overruled("user"):
        return await _other_user(scene, losers[0], offered)
    found = await candidates(leg, offered)
    if not found:
        return Fact("no-other", "there is no other key on this computer to ask about")
    hit, asked = await _ask(scene, [line for _, line in found])
    if hit is not None:
        return _fits(leg, *found[hit])
    if not asked:
        return unknown("the second try did not get as far as the keys")
    return Fact(
        "none-fits",
        f"the server takes none of {len(found)} other keys either",
        tuple(source for source, _ in found),
    )


async def _other_user(scene: Scene, loser: Setting, offered: set[str]) -> Fact[Other]:
    """Would these very keys do for the User that a narrower block would have set?"""
    leg = scene.leg
    data = {**overruled.data_of(leg, loser), "user_wanted": loser.value}
    winner = leg.setting("user") or loser
    lines = (winner.shown, loser.shown)
    known = [line for line in await _own(leg) if (blob := public_line(line)) and fingerprint(blob) in offered][:MOST]
    hit, asked = None, False
    if known and leg.final:  # the options of a second run reach the target, not a hop before it
        hit, asked = await _ask(scene, known, "-o", f"User={loser.value}")
    if hit is not None:
        return Fact("user-fits", f"{leg.host} accepts the key for {loser.value}", lines, shows_settings(scene), data)
    if asked:
        return Fact("none-fits", f"the server takes the same keys for {loser.value} no more than for {leg.user}", lines)
    says = f"{winner.place} sets User {leg.user} before {loser.place} can set {loser.value}"
    return Fact("user-overruled", says, lines, shows_settings(scene), data)


async def _own(leg: Leg) -> list[str]:
    """The public halves of this connection's own keys: the agent's, and those that the files show openly."""
    found = list(await agent.held(leg))
    for name in leg.values("identityfile"):
        try:
            blob, _ = public_blob(paths.expand(name).read_bytes()[:LARGEST])
        except OSError:
            continue
        if blob:
            found.append(f"{key_type(blob)} {base64.b64encode(blob).decode()}")
    return found


async def _ask(scene: Scene, lines: Sequence[str], *options: str) -> tuple[int | None, bool]:
    """Which of these public keys the server accepts, if any, and whether it was asked at all."""
    with scratch.directory() as place:
        words = [*options, "-o", "IdentityAgent=none", "-o", "IdentitiesOnly=yes"]
        for number, line in enumerate(lines):
            file = Path(place, f"{number}.pub")
            file.write_text(line + "\n", "utf-8")
            words += ["-i", str(file)]
        run = Run()
        run.start(Target(scene.target.input, scene.target.ssh_args, tuple(words)), scene.legs, 1)
        try:
            await run.finished()
        finally:
            await run.close()
        log = run.logs[scene.index]
        for hit in log.all("auth.accept"):
            for number, line in enumerate(lines):
                blob = public_line(line)
                if f"/{number}.pub" in hit["key"] or (blob and fingerprint(blob) in hit["key"]):
                    return number, True
        return None, log.has("auth.offer")


def _fits(leg: Leg, source: str, line: str) -> Fact[Other]:
    blob = public_line(line)
    print_ = fingerprint(blob) if blob else ""
    data = {
        "path": source,
        "named": short(source) if source != "agent" else "a key in the agent",
        "fingerprint": print_,
    }
    if source == "agent":
        return Fact(
            "agent-key-hidden",
            f"the server accepts {print_}, which the agent holds and ssh did not offer",
            (clean.line(line, 120), *leg.shown("identitiesonly")),
            data=data,
        )
    private = source.removesuffix(".pub")
    return Fact(
        "file-key-fits",
        f"the server accepts {short(private)}",
        (clean.line(line, 120),),
        data={**data, "path": private, "named": short(private)},
    )


async def candidates(leg: Leg, offered: set[str]) -> list[tuple[str, str]]:
    """Public keys worth asking about, with where they come from: the agent's first, then ~/.ssh/*.pub and the
    keys that lie beside this connection's own identity files."""
    found: dict[str, tuple[str, str]] = {}
    if leg.value("identitiesonly") in {"yes", "true"}:
        for line in await agent.held(leg):
            _add(found, "agent", line, offered)
    places = {paths.ssh_dir(), *(paths.expand(name).parent for name in leg.values("identityfile"))}
    for place in sorted(places):
        beside = [path for path in files(place, "*.pub") if not path.name.endswith("-cert.pub")]
        for path in beside:
            if path.with_suffix("").is_file():
                with contextlib.suppress(OSError):
                    _add(found, str(path), path.read_text("utf-8", "replace").strip(), offered)
        alone = set(files(place, "*")) - {path.with_suffix("") for path in beside}
        for path in sorted(alone):  # .pem files come without a public half
            if key := read_key(path):
                _add(found, str(path), f"{key_type(key.blob)} {base64.b64encode(key.blob).decode()}", offered)
    return list(found.values())[:MOST]


def _add(found: dict[str, tuple[str, str]], source: str, line: str, offered: set[str]) -> None:
    blob = public_line(line)
    if blob and (print_ := fingerprint(blob)) not in offered:
        found.setdefault(print_, (source, line))


other: Probe[Other] = Probe(
    "keys.other",
    get_args(Other),
    _other,
    waits="whether another key would do: one more connection, public keys only (gives up in 15 s)",
)
