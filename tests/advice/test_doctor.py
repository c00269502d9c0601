"""The command as it is typed: found, mended, proved, undone; its three forms, and the config for a team."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sshwizard import cli, store
from sshwizard.advice import Machine, sharing
from sshwizard.probes.client import settings_of

from .conftest import PASSPHRASE, keygen

HOME = Path(__file__).resolve().parents[2]

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(place: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """`sshwizard doctor` for the copied directory: its exit code and what it prints."""

    def run(*words: str) -> tuple[int, str]:
        code = cli.main(["doctor", "--only", "local", "--dir", str(place), *words])
        return int(code), capsys.readouterr().out

    return run


def spoil(place: Path) -> None:
    """Two lines of known_hosts that go, three of the config that are switched off, modes, a damaged key."""
    line = " ".join(keygen(place / "second", secret=PASSPHRASE).split()[:2])
    (place / "second").write_bytes((place / "second").read_bytes().replace(b"\n", b"\r\n"))
    (place / "known_hosts").write_text(f"db {line}\ndb {line}\nweb ssh-rsa AAAAbroken\nweb {line}\n")
    (place / "config").write_text("StrictHostKeyChecking no\nInclude none.conf\nHost a\n  Port 24\n")
    (place / "config").chmod(0o600)
    (place / "id_ed25519").chmod(0o640)


def content(place: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and mode."""
    return {file.name: (file.read_bytes(), file.stat().st_mode) for file in sorted(place.iterdir())}


def test_what_is_mended_is_proved_and_undone(place: Path, doctor: Doctor) -> None:
    spoil(place)
    before = content(place)
    assert doctor("--fix", "--yes=confirm", "--dry-run")[0] == 1
    assert doctor("--fix", "--yes=confirm", "--read-only")[0] == 1
    assert content(place) == before
    code, said = doctor("--fix", "--yes=confirm", "--json")
    told = json.loads(said)
    assert (code, {row["proved"] for row in told["mended"]}) == (0, {True}), said
    assert len(told["mended"]) == 7
    assert (place / "known_hosts").read_text().count("\n") == 2
    assert (place / "id_ed25519").stat().st_mode & 0o777 == 0o600
    (session,) = store.recent()
    assert cli.main(["undo", str(session)]) == 0
    assert content(place) == before


def test_without_a_word_only_what_is_safe_is_mended(place: Path, doctor: Doctor) -> None:
    spoil(place)
    config = (place / "config").read_bytes()
    code, said = doctor("--fix")
    assert code == 1
    assert said.startswith("Change: Make the key private (mode 600)")
    assert (place / "config").read_bytes() == config


def test_a_healthy_computer_has_nothing_to_do(doctor: Doctor) -> None:
    code, said = doctor()
    assert (code, "Nothing has to be done." in said) == (0, True)
    assert not list(store.recent())  # a look keeps no session


def test_the_forms_say_the_same(place: Path, doctor: Doctor) -> None:
    spoil(place)
    keygen(place / "evil", secret=PASSPHRASE, comment="a|b <img src=x> `c` \x1b[31m[d](e)")
    code, said = doctor("--json")
    told = json.loads(said)
    assert (code, told["schema"], told["exit"]) == (1, "sshwizard/doctor/1", 1)
    assert [row["weight"] for row in told["advice"]] == sorted(
        (row["weight"] for row in told["advice"]), key=["now", "soon", "note"].index
    )
    titles = [row["title"] for row in told["advice"]]
    assert all(title in doctor()[1] for title in titles)
    _, page = doctor("--md")
    outside = re.sub(r"```.*?```", "", page, flags=re.S)
    assert not re.search(r"(?<!\\)<img", outside)
    assert "\x1b" not in page
    assert page.count("| `") == len([row for row in told["advice"] if not row["unknown"]])


def test_a_file_is_never_written_over(tmp_path: Path, doctor: Doctor) -> None:
    out = tmp_path / "out.md"
    assert doctor("--md", "-o", str(out)) == (0, "")
    assert out.read_text().startswith("# ssh check-up")
    assert doctor("--md", "-o", str(out))[0] == 2


def test_every_code_stands_in_the_page() -> None:
    page = (HOME / "docs" / "doctor.md").read_text("utf-8")
    source = "".join(file.read_text("utf-8") for file in (HOME / "sshwizard" / "advice").rglob("*.py"))
    codes = set(re.findall(r'"(advice\.[a-z0-9-]*[a-z0-9])"', source))
    assert len(codes) > 20
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


# ------------------------------------------------------------------ the config for a team

SHARED = """\
Host web-2
    HostName 192.0.2.12
    User dana
    ProxyJump dana@bastion:2200
    IdentityFile ~/.ssh/id_ed25519
    ControlPath ~/.ssh/cm-%C
Host web-1
    HostName 192.0.2.11
    Port 2222
    User ec2-user
    ProxyCommand ~/bin/carry %h %p
Host *.corp
    User deploy
Host bastion
    User deploy
    ForwardAgent yes
Host *
    ServerAliveInterval 60
    StrictHostKeyChecking no
"""


def test_a_config_to_share_names_nobody(place: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "dana")
    (place / "config").write_text(SHARED)
    code, said = doctor("--export-config")
    assert code == 0
    assert said == doctor("--export-config")[1]
    assert [row for row in said.splitlines() if row.startswith("Host")] == ["Host bastion", "Host web-1", "Host web-2"]
    rules = "\n".join(row for row in said.splitlines() if not row.lstrip().startswith("#"))
    for word in ("dana", "deploy", "~", "id_ed25519", "StrictHostKeyChecking", "ForwardAgent", "ControlPath"):
        assert word not in rules, word
    assert "    ProxyJump bastion:2200\n" in said
    assert "    User ec2-user\n" in said
    assert "# ProxyCommand: left out" in said
    assert "    User deploy\n" in doctor("--export-config", "--keep-user", "deploy")[1]


def test_what_is_shared_is_read_by_ssh(place: Path, tmp_path: Path, doctor: Doctor) -> None:
    (place / "config").write_text(SHARED)
    out = tmp_path / "team.config"
    assert doctor("--export-config", "-o", str(out))[0] == 0
    told = asyncio.run(settings_of(("-F", str(out), "--", "web-1")))
    assert isinstance(told, dict)
    assert (told["hostname"], told["port"], told["user"]) == (("192.0.2.11",), ("2222",), ("ec2-user",))


def test_machines_of_an_account_are_hosts_of_the_team(tmp_path: Path) -> None:
    machines = (
        Machine("web", private="10.0.1.5", user="ec2-user", through="bastion", id="i-0abc"),
        Machine("bastion", "198.51.100.7", "10.0.0.4", "ubuntu", id="i-0def"),
        Machine("odd name", "198.51.100.8"),
    )
    file = tmp_path / "team.config"
    file.write_text(sharing.text((), machines, {"dana"}))
    told = asyncio.run(settings_of(("-F", str(file), "--", "web")))
    assert isinstance(told, dict)
    assert (told["hostname"], told["proxyjump"], told["hostkeyalias"]) == (("10.0.1.5",), ("bastion",), ("i-0abc",))
    assert sharing.text((), machines[::-1], {"dana"}) == file.read_text()
    assert sharing.unnamed(machines) == ("odd name",)


def test_no_host_is_said(place: Path, doctor: Doctor) -> None:
    (place / "config").write_text("Host *\n  Port 22\n")
    assert doctor("--export-config") == (3, "")
    assert doctor("--export-config", "--tag", "nonsense")[0] == 2
