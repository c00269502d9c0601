"""known_hosts: lines that say nothing, that contradict each other, or that tell a stranger where you go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sshwizard import clean
from sshwizard.advice import Advice
from sshwizard.advice.seen import Reading
from sshwizard.effects.spelling import spelled
from sshwizard.probes.known_hosts import Entry

MOST_SHOWN = 8


def judge(seen: Reading) -> Iterator[Advice]:
    """Damaged, repeated, contradicting, revoked and readable lines."""
    entries = [one for one in seen.known if not one.marker]
    broken = [one for one in entries if not one.whole]
    if broken:
        yield _about(
            broken,
            "hostkey.known-hosts-malformed",
            f"Lines of known_hosts that hold no whole key: {len(broken)}",
            "ssh passes over such a line, and asks about the host as if it were new.",
            "soon",
            "repair-known-hosts",
        )
    if repeated := list(_repeated(entries)):
        yield _about(
            repeated,
            "advice.known-hosts-repeated",
            f"Lines that stand twice in known_hosts: {len(repeated)}",
            "They do no harm, and hide what matters when a key changes.",
            "note",
            "repair-known-hosts",
        )
    for first, second in _contradicting(entries):
        yield Advice(
            "advice.known-hosts-two-keys",
            f"known_hosts has two {first.type} keys for {first.whose}",
            "ssh takes either for right. One is of a machine that is gone, or of somebody else's: compare both with "
            "the server's own, then remove the other.",
            tuple(f"{one.place}: {one.whose} {one.type} {one.fingerprint}" for one in (first, second)),
            first.file,
            "soon",
            texts=(
                ("the server's own, at its console", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"),
                ("take one line out", f"sed -i.before '{first.line}d' {spelled(first.file)}"),
            ),
        )
    if revoked := [one for one in seen.known if one.marker == "@revoked"]:
        yield _about(
            revoked,
            "advice.known-hosts-revoked",
            f"Host keys that are marked as revoked: {len(revoked)}",
            "ssh refuses a server that shows one of them, by whatever name; that is as it should be.",
            "note",
        )
    weak = [one for one in entries if one.type == "ssh-dss"]
    if weak:
        yield _about(
            weak,
            "advice.known-hosts-old",
            f"Known host keys that are DSA keys: {len(weak)}",
            "OpenSSH uses them no longer.",
            "note",
        )
    plain = [one for one in entries if not one.names.startswith("|")]
    if plain:
        yield Advice(
            "advice.known-hosts-readable",
            f"Names in known_hosts that anybody can read: {len(plain)}",
            "Whoever gets the file has a list of your servers. Hashed names keep it to themselves; they cannot be "
            "completed by the shell then.",
            tuple(f"{one.place}: {one.whose}" for one in plain[:3]),
            plain[0].file,
            "note",
            texts=(
                (
                    "hash what is there; the old file stays as known_hosts.old",
                    f"ssh-keygen -H -f {spelled(plain[0].file)}",
                ),
                ("hash from now on, in the ssh config", "HashKnownHosts yes"),
            ),
        )


def _about(rows: Sequence[Entry], code: str, title: str, why: str, weight: str, fix: str = "") -> Advice:
    shown = tuple(f"{one.place}: {clean.line(one.text, 120)}" for one in rows[:MOST_SHOWN])
    numbers = ",".join(str(one.line) for one in rows)
    data = (("file", rows[0].file), ("lines", numbers))
    return Advice(code, title, why, shown, rows[0].file, "soon" if weight == "soon" else "note", fix, (), data)


def _repeated(entries: Sequence[Entry]) -> Iterator[Entry]:
    """The later one of two lines that say the same; hashed names differ by their salt, and are left."""
    met: set[str] = set()
    for one in entries:
        said = " ".join(one.text.split()[:3])
        if said in met and one.whole:
            yield one
        met.add(said)


def _contradicting(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    first: dict[tuple[str, str], Entry] = {}
    for one in entries:
        if not one.whole or one.names.startswith("|") or set(one.names) & set("*?!"):
            continue
        for name in one.names.split(","):
            before = first.setdefault((name, one.type), one)
            if before.fingerprint != one.fingerprint:
                yield before, one
                break
