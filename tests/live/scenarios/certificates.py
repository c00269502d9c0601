"""Faults of the person's certificate: the server knows only an authority, and no key by itself."""

from __future__ import annotations

import subprocess

from ..scenario import Scenario
from ..sshd import me
from ..world import SshdWorld

DENIED = r"Permission denied \("


def certify(world: SshdWorld, *options: str, key: str = "mine", ca: str = "ca", names: str = "") -> None:
    """Put a certificate for the public key `key` beside the client's key file."""
    public = world.home / f"{key}.pub"
    public.write_text(world.keys.public(key) + "\n")
    signed = ["-s", str(world.keys.path(ca)), "-I", key, *(() if names == "nobody" else ("-n", names or me()))]
    subprocess.run(
        ["ssh-keygen", "-q", *signed, *options, str(public)], check=True, stdin=subprocess.DEVNULL, timeout=20
    )
    world.put("id_ed25519-cert.pub", (world.home / f"{key}-cert.pub").read_bytes(), 0o644)


def trusting(world: SshdWorld) -> None:
    """Healthy: the server trusts the authority, and the certificate is in order."""
    authority = world.server.directory / "authority.pub"
    authority.write_text(world.keys.public("ca") + "\n")
    world.server.authorize()
    world.server.start(f"TrustedUserCAKeys {authority}")
    certify(world, "-V", "-1h:+1h")


def named_and_gone(world: SshdWorld) -> None:
    """CertificateFile names a file that was moved away."""
    (world.ssh_dir / "id_ed25519-cert.pub").unlink()
    world.config(f"CertificateFile {world.ssh_dir}/work-cert.pub")


def in_the_agent(world: SshdWorld) -> None:
    """Key and certificate are in the agent only, and the certificate ran out there."""
    certify(world, "-V", "-2h:-1h")
    (world.ssh_dir / "id_ed25519.pub").unlink()
    world.agent()
    subprocess.run(["ssh-add", "-q", str(world.ssh_dir / "id_ed25519")], check=True, env=world.env(), timeout=20)
    for file in world.ssh_dir.glob("id_*"):
        file.unlink()
    world.config(identity="none")


CERTIFICATES: list[Scenario[SshdWorld]] = [
    Scenario("cert-healthy", outcome="healthy", prepare=trusting),
    Scenario("cert-expired", "cert.expired", "denied", DENIED, lambda w: certify(w, "-V", "-2h:-1h"), trusting),
    Scenario("cert-not-yet", "cert.not-yet-valid", "denied", DENIED, lambda w: certify(w, "-V", "+1h:+2h"), trusting),
    Scenario(
        "cert-for-another", "cert.wrong-principal", "denied", DENIED, lambda w: certify(w, names="erin,ops"), trusting
    ),
    Scenario(
        "cert-for-nobody", "cert.wrong-principal", "denied", DENIED, lambda w: certify(w, names="nobody"), trusting
    ),
    Scenario("cert-of-a-host", "cert.wrong-principal", "denied", DENIED, lambda w: certify(w, "-h"), trusting),
    Scenario(
        "cert-of-another-authority", "cert.ca-not-trusted", "denied", DENIED,
        lambda w: certify(w, ca="other-ca"), trusting,
    ),
    Scenario(
        "cert-of-another-key", "key.pub-file-mismatch", "denied", DENIED, lambda w: certify(w, key="other"), trusting
    ),
    Scenario(
        "cert-from-elsewhere", "cert.source-address", "denied", DENIED,
        lambda w: certify(w, "-O", "source-address=192.0.2.0/24,2001:db8::/32"), trusting,
    ),
    Scenario("cert-missing", "key.not-found", "denied", DENIED, named_and_gone, trusting),
    Scenario("cert-in-agent-expired", "cert.expired", "denied", DENIED, in_the_agent, trusting),
]  # fmt: skip
