"""The listing of a certificate, made by the real ssh-keygen, judged against key, clock, name and address."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from sshwizard.probes.certificates import Ends, Held, allows, principals, read_certificate

HOME = Ends("192.168.1.5", "192.168.1.1")
NAT = Ends("192.168.1.5", "8.8.8.8")
PUBLIC = Ends("9.9.9.9", "8.8.8.8")


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    place = tmp_path_factory.mktemp("ca")
    for name in ("ca", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place / name], check=True, timeout=20)

    def make(*options: str) -> str:
        subprocess.run(
            ["ssh-keygen", "-q", "-s", place / "ca", "-I", "x", *options, place / "user.pub"], check=True, timeout=20
        )
        done = subprocess.run(
            ["ssh-keygen", "-L", "-f", place / "user-cert.pub"], check=True, capture_output=True, timeout=20
        )
        return done.stdout.decode()

    return make


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (("-n", "dana", "-V", "-1h:+1h"), "fine"),
        (("-n", "erin,dana"), "fine"),
        ((), "fine"),
        (("-n", "dana", "-V", "-2h:-1h"), "expired"),
        (("-n", "dana", "-V", "+1h:+2h"), "not-yet-valid"),
        (("-n", "erin", "-V", "-2h:-1h"), "expired"),
        (("-n", "erin,ops"), "wrong-principal"),
        (("-h", "-n", "dana"), "host-certificate"),
        (("-n", "dana", "-O", "source-address=192.168.0.0/16"), "fine"),
        (("-n", "dana", "-O", "source-address=10.0.0.0/8"), "source-address"),
        (("-n", "dana", "-O", "force-command=/bin/true"), "fine"),
    ],
)
def test_what_a_certificate_is_good_for(listing: Callable[..., str], options: tuple[str, ...], outcome: str) -> None:
    assert read_certificate(Held("c", listing(*options)), "dana", HOME).outcome == outcome


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [(HOME, "source-address"), (PUBLIC, "source-address"), (NAT, "perhaps-source-address"), (Ends(), "fine")],
)
def test_behind_address_translation_nothing_is_certain(listing: Callable[..., str], ends: Ends, outcome: str) -> None:
    text = listing("-n", "dana", "-O", "source-address=10.0.0.0/8,2001:db8::/32")
    assert read_certificate(Held("c", text), "dana", ends).outcome == outcome


def test_a_certificate_of_another_key(listing: Callable[..., str]) -> None:
    text = listing("-n", "dana")
    mine = text.partition("Public key: ")[2].split()[1]
    assert read_certificate(Held("c", text, keys=["SHA256:other"]), "dana").outcome == "other-key"
    assert read_certificate(Held("c", text, keys=["SHA256:other", mine]), "dana").outcome == "fine"
    assert read_certificate(Held("c", text), "dana").outcome == "fine"  # the private key may be anywhere


def test_the_names(listing: Callable[..., str]) -> None:
    assert principals(listing("-n", "erin,dana")) == ["erin", "dana"]
    assert principals(listing()) == []


@pytest.mark.parametrize(
    ("limit", "address", "covered"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8,192.0.2.7", "192.0.2.7", True),
        ("10.0.0.1/8", "10.9.9.9", True),
        ("2001:db8::/32", "10.1.2.3", False),
        ("nonsense", "10.1.2.3", None),
        ("10.0.0.0/8", "", None),
    ],
)
def test_source_addresses(limit: str, address: str, covered: bool | None) -> None:
    assert allows(limit, address) is covered
