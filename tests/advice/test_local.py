"""Each thing that may be wrong on this computer, made wrong for real, and told with its fix or its text."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import which

from sshwizard.advice import Advice, local, reading
from sshwizard.advice.local import agents, config
from sshwizard.model import Fact, unknown
from sshwizard.probes.tools import Program

from .conftest import PASSPHRASE, keygen

Spoil = Callable[[Path], object]


def judged(place: Path) -> dict[str, Advice]:
    """All advice by its code."""
    seen = asyncio.run(reading.read(place))
    return {advice.code: advice for advice in local.judge(seen)}


def test_a_healthy_directory_has_nothing_to_do(place: Path) -> None:
    found = judged(place)
    assert [advice.code for advice in found.values() if advice.weight != "note"] == []
    assert set(found) <= {"advice.no-keepalive"}


def test_no_directory_is_nothing_to_do(tmp_path: Path) -> None:
    assert judged(tmp_path / "none" / ".ssh") == {}


def prepend(text: str) -> Spoil:
    return lambda place: (place / "config").write_text(text + (place / "config").read_text())


def append(file: str, text: str) -> Spoil:
    def spoil(place: Path) -> None:
        with (place / file).open("a") as stream:
            stream.write(text)

    return spoil


def old_key(place: Path) -> None:
    for name in ("id_ed25519", "id_ed25519.pub"):
        os.utime(place / name, (1_600_000_000, 1_600_000_000))


def two_host_keys(place: Path) -> None:
    one, two = (keygen(place.parent / name).split()[1] for name in ("one", "two"))
    (place / "known_hosts").write_text(f"db ssh-ed25519 {one}\ndb,db.example ssh-ed25519 {two}\n")


def authorized(place: Path, *more: str) -> None:
    line = keygen(place.parent / "other", comment="mallory@elsewhere")
    (place / "authorized_keys").write_text("\n".join((line, *more)) + "\n")


def repeated(place: Path) -> None:
    authorized(place)
    (place / "authorized_keys").write_text((place / "authorized_keys").read_text() * 2)


def chmod(name: str, mode: int) -> Spoil:
    return lambda place: (place / name).chmod(mode)


def control_path(place: Path) -> None:
    open_place = place.parent / "open"
    open_place.mkdir()
    open_place.chmod(0o777)
    prepend(f"Host web-2\n  ControlPath {open_place}/%C\n")(place)


def another_half(place: Path) -> None:
    keygen(place / "second")
    (place / "second.pub").replace(place / "id_ed25519.pub")


def windows_ends(place: Path) -> None:
    key = place / "second"
    keygen(key, secret=PASSPHRASE)
    key.write_bytes(key.read_bytes().replace(b"\n", b"\r\n"))


def of_a_cloud(place: Path) -> None:
    keygen(place / "team.pem", "-t", "ecdsa", "-m", "PEM")
    (place / "team.pem.pub").unlink()


def twice(place: Path) -> None:
    for end in ("", ".pub"):
        (place / f"copy{end}").write_bytes((place / f"id_ed25519{end}").read_bytes())
    (place / "copy").chmod(0o600)


def many_keys(place: Path) -> None:
    (place / "config").write_text("".join(f"IdentityFile ~/.ssh/k{number}\n" for number in range(7)))


def no_keepalive(place: Path) -> None:
    (place / "config").write_text("Host web-1\n  Port 2222\n")


def known_twice(place: Path) -> None:
    append("known_hosts", (place / "known_hosts").read_text())(place)


def revoked(place: Path) -> None:
    append("known_hosts", f"@revoked * {keygen(place.parent / 'revoked')}\n")(place)


def weak_login(place: Path) -> None:
    (place / "authorized_keys").write_text(keygen(place.parent / "weak", "-t", "rsa", "-b", "1024") + "\n")


SPOILED: dict[str, tuple[Spoil, str, str]] = {
    "client.ssh-directory-unusable": (chmod(".", 0o777), "now", "fix-ssh-directory"),
    "advice.directory-open": (chmod(".", 0o755), "note", "fix-ssh-directory"),
    "config.bad-owner-or-permissions": (chmod("config", 0o666), "now", "chmod-ssh-config"),
    "key.permissions-too-open": (chmod("id_ed25519", 0o644), "now", "chmod-key"),
    "key.pub-file-mismatch": (another_half, "soon", "fix-pub-file"),
    "key.text-damaged": (windows_ends, "soon", "repair-key-copy"),
    "key.foreign-format": (lambda at: (at / "k.ppk").write_text("PuTTY-User-Key-File-3: ssh-ed25519\n"), "note", ""),
    "advice.no-passphrase": (lambda at: keygen(at / "second"), "soon", ""),
    "advice.weak-key": (lambda at: keygen(at / "second", "-t", "rsa", "-b", "1024", secret=PASSPHRASE), "soon", ""),
    "advice.old-key": (old_key, "soon", ""),
    "advice.key-naming": (lambda at: keygen(at / "second", secret=PASSPHRASE, comment="me"), "note", ""),
    "advice.per-user-keys": (of_a_cloud, "note", ""),
    "advice.shared-key": (prepend("Host a b c d\n  IdentityFile ~/.ssh/id_ed25519\n"), "note", ""),
    "advice.duplicate-key": (twice, "note", ""),
    "config.bad-line": (prepend("Porrt 22\n"), "now", "repair-ssh-config"),
    "advice.host-keys-unchecked": (prepend("StrictHostKeyChecking no\n"), "now", "repair-ssh-config"),
    "advice.host-keys-forgotten": (prepend("UserKnownHostsFile /dev/null\n"), "now", "repair-ssh-config"),
    "advice.agent-for-everybody": (append("config", "  ForwardAgent yes\n"), "soon", "repair-ssh-config"),
    "advice.x11-for-everybody": (append("config", "  ForwardX11Trusted yes\n"), "soon", "repair-ssh-config"),
    "advice.old-algorithm-for-everybody": (append("config", "  Ciphers +3des-cbc\n"), "soon", "repair-ssh-config"),
    "advice.include-missing": (prepend("Include nowhere.conf\n"), "note", "repair-ssh-config"),
    "advice.control-path-open": (control_path, "soon", ""),
    "config.wrong-block-wins": (prepend("Host *\n  Port 22\n"), "soon", ""),
    "advice.never-matches": (append("config", "Host a,b\n  Port 23\n"), "soon", ""),
    "advice.identities-only": (many_keys, "soon", ""),
    "advice.no-keepalive": (no_keepalive, "note", "add-keepalive"),
    "hostkey.known-hosts-malformed": (append("known_hosts", "db ssh-rsa AAAAbroken\n"), "soon", "repair-known-hosts"),
    "advice.known-hosts-repeated": (known_twice, "note", "repair-known-hosts"),
    "advice.known-hosts-two-keys": (two_host_keys, "soon", ""),
    "advice.known-hosts-readable": (two_host_keys, "note", ""),
    "advice.known-hosts-revoked": (revoked, "note", ""),
    "advice.authorized-others": (authorized, "note", ""),
    "advice.authorized-damaged": (lambda at: authorized(at, "no key at all"), "soon", ""),
    "advice.authorized-repeated": (repeated, "note", ""),
    "advice.authorized-weak": (weak_login, "soon", ""),
}  # fmt: skip


@pytest.mark.requires("ssh-keygen")
@pytest.mark.parametrize("code", SPOILED)
def test_what_is_wrong_is_told(place: Path, code: str) -> None:
    spoil, weight, fix = SPOILED[code]
    spoil(place)
    found = judged(place)
    assert code in found, sorted(found)
    told = found[code]
    assert (told.weight, told.fix) == (weight, fix)
    assert told.seen
    assert told.why
    assert not told.unknown


def test_what_cannot_be_looked_at_is_unknown(place: Path) -> None:
    (place / "known_hosts").unlink()
    os.mkfifo(place / "known_hosts")
    told = judged(place)["client.ssh-directory-unusable"]
    assert told.unknown == "it is no plain file"
    seen = asyncio.run(reading.read(place))
    hangs = unknown("`ssh -G` did not end within 2 s; a Match exec line may hang")
    (told,) = [one for one in config.judge(replace(seen, config=hangs)) if one.unknown]
    assert "Match exec" in told.unknown


@pytest.mark.parametrize(
    "lines",
    [
        "Host box\n  StrictHostKeyChecking accept-new\n  ForwardAgent yes\n",
        "Host box\n  HostKeyAlgorithms +ssh-rsa\n",
        "Match originalhost nobody\n  Port 24\n",
        "Host !web-1 *.corp\n  Port 22\n",
        "Include more.d/*\n",
    ],
)
def test_what_is_meant_so_is_no_trap(place: Path, lines: str) -> None:
    prepend(lines)(place)
    assert [advice.code for advice in judged(place).values() if advice.weight != "note"] == []


def test_an_agent_that_is_there_is_seen(place: Path) -> None:
    seen = asyncio.run(reading.read(place))
    many = Fact("has-keys", "", tuple(f"256 SHA256:{n} k (ED25519)" for n in range(7)))
    codes = {one.code for one in agents.judge(replace(seen, agent=many))}
    assert codes == {"advice.agent-lifetime"}
    locked = Fact("none", "no agent is set up")
    (told,) = agents.judge(replace(seen, agent=locked))
    assert (told.code, told.weight) == ("advice.agent", "note")  # the healthy key has a passphrase
    (told,) = agents.judge(replace(seen, agent=Fact("hung", "it gave no answer")))
    assert (told.code, told.weight) == ("agent.unreachable", "soon")


@pytest.mark.parametrize(
    ("program", "config", "title"),
    [
        (Program("aws", "/x/aws", "aws-cli/1.45.11 Python/3", (1, 45, 11)), "", "version 1"),
        (Program("aws", "/x/aws", "aws-cli/2.9.0", (2, 9, 0)), "", "older than 2.12"),
        (Program("aws", "/x/aws", "aws-cli/2.31.0", (2, 31, 0)), "", ""),
        (Program("ssh", "/x/ssh", "OpenSSH_10.0p2", (10, 0)), "", ""),
        (Program("session-manager-plugin"), "", ""),
        (Program("aws", "/x/aws", "bad interpreter", (), broken=True), "", "does not run"),
        (Program("session-manager-plugin"), "Host i-*\n  ProxyCommand aws ssm start-session\n", "not installed"),
        (Program("gcloud", "/x/gcloud"), "", "does not tell"),
    ],
    ids=["aws-1", "aws-2.9", "aws-now", "ssh-now", "plugin-unused", "aws-broken", "plugin-missing", "gcloud-mute"],
)  # fmt: skip
def test_programs_are_judged_by_what_is_known_here(place: Path, program: Program, config: str, title: str) -> None:
    if config:
        prepend(config)(place)
    seen = replace(asyncio.run(reading.read(place)), programs=(program,), agent=None)
    told = list(agents.judge(seen))
    assert [title in one.title for one in told] == [True] * bool(title)


@pytest.mark.skipif(which("ssh") is None or os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_of_another_account_is_told(place: Path) -> None:
    os.chown(place / "config", 12345, 12345)
    assert judged(place)["key.unreadable"].fix == "fix-key-owner"
