"""A host key that a trusted source confirms needs no fingerprint from the person; any other source counts nothing."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rrset
import pytest
from practice import on, opened, root

from sshwizard.journal import CannotFix
from sshwizard.lab import World
from sshwizard.probes import vouching
from sshwizard.runner import Runner


async def shown_key(runner: Runner) -> tuple[str, str]:
    """Port and key (type and base64) of the server, as it shows them."""
    await runner.prepare("pin-host-key")
    name, kind, key = str(runner.state.facts[(0, "hostkey.offered")].data["line"]).split()[:3]
    return name.rpartition(":")[2], f"{kind} {key}"


async def with_line(world: World, template: str) -> Runner:
    """The world's known_hosts with one more line, and a runner that has looked at all of it."""
    first = on(world)
    await first.walk()
    port, key = await shown_key(first)
    await first.close()
    path = world.root / "ssh" / "known_hosts"
    path.write_text(path.read_text() + template.format(port=port, key=key) + "\n")
    runner = on(world)
    assert root(await runner.walk()) == "hostkey.changed"
    await runner.prepare("pin-host-key")
    return runner


async def test_another_name_of_the_same_machine_vouches() -> None:
    with opened("changed-host-key") as world:
        runner = await with_line(world, "[localhost]:{port} {key}")
        with pytest.raises(CannotFix, match="not SHA256:wrong"):
            await runner.apply("pin-host-key", "SHA256:wrong")
        await runner.apply("pin-host-key")
        pinned = (world.root / "ssh" / "known_hosts").read_text().splitlines()[-1]
        assert "confirmed: as" in pinned
        assert "localhost, the same machine" in pinned
        assert root(await runner.walk()) == "healthy"
        await runner.close()


@pytest.mark.parametrize(
    "line",
    [
        "[machine.invalid]:{port} {key}",
        "[192.0.2.7]:{port} {key}",
        "@revoked [localhost]:{port} {key}",
        "# [localhost]:{port} {key}",
        "[localhost]:1 {key}",
    ],
)
async def test_a_name_that_leads_elsewhere_vouches_for_nothing(line: str) -> None:
    with opened("changed-host-key") as world:
        runner = await with_line(world, line)
        with pytest.raises(CannotFix, match="no trusted source here confirms it"):
            await runner.apply("pin-host-key")
        await runner.close()


@contextmanager
def resolver(host: str, key: bytes, *, validated: bool) -> Iterator[int]:
    """A DNS server on loopback that answers SSHFP for `host`; `validated`: with the AD flag."""
    text = f"4 2 {hashlib.sha256(key).hexdigest()}"

    def serve(sock: socket.socket) -> None:
        while True:
            try:
                raw, peer = sock.recvfrom(4096)
            except OSError:
                return
            answer = dns.message.make_response(dns.message.from_wire(raw))
            answer.answer.append(dns.rrset.from_text(f"{host}.", 60, "IN", "SSHFP", text))
            answer.flags |= dns.flags.AD if validated else 0
            sock.sendto(answer.to_wire(), peer)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(sock,), daemon=True).start()
        yield sock.getsockname()[1]


@pytest.mark.parametrize(
    ("validated", "server", "counts"),
    [(True, "127.0.0.1", 1), (False, "127.0.0.1", 0), (True, "192.0.2.53", 0)],
    ids=["validated", "not-validated", "a-resolver-elsewhere"],
)
async def test_an_sshfp_record_counts_only_when_a_local_resolver_validated_it(
    validated: bool, server: str, counts: int
) -> None:
    key = b"a key blob"
    with resolver("box.example", key, validated=validated) as port:
        asked = dns.asyncresolver.Resolver(configure=False)
        asked.nameservers, asked.port = [server], port
        found = await vouching.validated("box.example", asked)
    assert [digest for _, _, digest in found] == [hashlib.sha256(key).digest()] * counts
