"""Can ssh start: its own answer for real config files, chains of jump hosts, and circles of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.model import Fact, Target
from sshwizard.probes import sshlog
from sshwizard.probes.client import Client, client, hop_args, legs_of, read_client, settings_of
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config"


async def look(config: Path, *args: str) -> Fact[Client]:
    target = Target("x", ("-F", str(config), *(args or ("box",))))
    return await client.look(Scene(target, (), -1, {}, Run()))


async def legs(config: Path, *args: str) -> list[tuple[str, str, int, str, bool]]:
    fact = await look(config, *args)
    assert fact.outcome == "ok", fact
    return [(leg.name, leg.host, leg.port, leg.user, leg.final) for leg in legs_of(fact)]


async def test_ssh_s_own_answer_counts(config: Path) -> None:
    config.write_text("Host box\n  HostName 192.0.2.1\n  Port 2222\n  User dana\n  IdentityFile ~/a key\n")
    config.write_text(config.read_text().replace("~/a key", '"/k/a key"'))
    fact = await look(config)
    (leg,) = legs_of(fact)
    assert (leg.name, leg.host, leg.port, leg.user, leg.final) == ("box", "192.0.2.1", 2222, "dana", True)
    assert leg.values("identityfile") == ("/k/a key",)
    assert fact.data["me"]
    assert fact.command.startswith("ssh -G -F ")


async def test_what_was_typed_wins_over_the_config(config: Path) -> None:
    config.write_text("Host box\n  Port 2222\n  User dana\n")
    assert await legs(config, "-p", "22", "-l", "root", "box") == [("box", "box", 22, "root", True)]


async def test_a_known_hosts_file_with_a_space_stays_one(config: Path, tmp_path: Path) -> None:
    """`ssh -G` prints the list without quotes; which file is meant can be seen by which one is there."""
    mine = tmp_path / "my hosts"
    mine.touch()
    config.write_text(f'Host box\n  UserKnownHostsFile "{mine}" /k/other\n')
    (leg,) = legs_of(await look(config))
    assert leg.values("userknownhostsfile") == (str(mine), "/k/other")


async def test_one_jump(config: Path) -> None:
    config.write_text("Host box\n  HostName 10.0.0.1\n  ProxyJump dana@jump:2222\nHost jump\n  HostName 192.0.2.1\n")
    assert await legs(config) == [
        ("jump", "192.0.2.1", 2222, "dana", False),
        ("box", "10.0.0.1", 22, legs_user(), True),
    ]


def legs_user() -> str:
    import getpass

    return getpass.getuser()


async def test_several_jumps_stand_in_the_order_of_the_way(config: Path) -> None:
    config.write_text("Host *\n  User u\n")
    assert [row[0] for row in await legs(config, "-J", "a,b:22,c", "box")] == ["a", "b", "c", "box"]


async def test_a_jump_that_needs_a_jump(config: Path) -> None:
    config.write_text("Host box\n  ProxyJump inner\nHost inner\n  ProxyJump outer\n")
    assert [row[0] for row in await legs(config)] == ["outer", "inner", "box"]


async def test_a_later_jump_does_not_use_its_own(config: Path) -> None:
    """ssh starts each hop of a list with the ones before it; only the first looks at its own ProxyJump."""
    config.write_text("Host box\n  ProxyJump a,b\nHost b\n  ProxyJump x\n")
    assert [row[0] for row in await legs(config)] == ["a", "b", "box"]


@pytest.mark.parametrize(
    "text",
    ["Host box\n  ProxyJump jump\nHost jump\n  ProxyJump box\n",
     "Host box\n  ProxyJump a\nHost a\n  ProxyJump b\nHost b\n  ProxyJump a\n",
     "Host *\n  ProxyJump jump\nHost jump\n  HostName 192.0.2.1\n"],
    ids=["two", "behind", "itself"],
)  # fmt: skip
async def test_jumps_in_a_circle_are_found(config: Path, text: str) -> None:
    config.write_text(text)
    assert (await look(config)).outcome == "loop"


async def test_a_jump_of_none_is_none(config: Path) -> None:
    config.write_text("Host box\n  ProxyJump none\nHost *\n  ProxyJump jump\n")
    assert [row[0] for row in await legs(config)] == ["box"]


TROUBLES = {
    "an unknown word": ("Host box\n  Prot 22\n", "bad-line", "2"),
    "a bad value": ("Host box\n  StrictHostKeyChecking maybe\n", "bad-line", "2"),
    "a bad cipher": ("Host box\n\n  Ciphers rot13\n", "bad-line", "3"),
    "no value": ("Host box\n  Port\n", "bad-line", "2"),
    "a bad Match": ("Match moon full\n  Port 22\n", "bad-line", "1"),
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_config_that_ssh_refuses_is_named(config: Path, name: str) -> None:
    text, outcome, line = TROUBLES[name]
    config.write_text(text)
    fact = await look(config)
    assert fact.outcome == outcome, fact
    assert str(config) in fact.data["where"], fact
    assert fact.data["line"] == line


async def test_a_missing_config_and_an_odd_name(config: Path) -> None:
    assert (await look(config)).outcome == "no-file"
    config.write_text("")
    assert (await look(config, "a;b")).outcome in {"bad-name", "ok"}


async def test_a_file_that_others_may_write(config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("Port 22\n")
    other.chmod(0o666)
    config.write_text(f"Include {other}\n")
    fact = await look(config)
    assert (fact.outcome, fact.data["file"]) == ("bad-permissions", str(other))


async def test_a_match_that_hangs_is_not_waited_for(config: Path) -> None:
    config.write_text('Match exec "sleep 30"\n  Port 22\n')
    fact = await look(config)
    assert fact.outcome == "unknown"
    assert "Match exec" in fact.why


async def test_without_ssh_there_is_no_way(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await look(config)).outcome == "no-ssh"


async def test_the_answer_alone(config: Path) -> None:
    config.write_text("Host box\n  Port 2222\n")
    found = await settings_of(("-F", str(config), "box"))
    assert not isinstance(found, Fact)
    assert found["port"] == ("2222",)
    assert Leg("box", found).port == 2222


@pytest.mark.parametrize(
    ("spec", "args"),
    [
        ("jump", ("jump",)),
        ("dana@jump", ("-l", "dana", "jump")),
        ("jump:2222", ("-p", "2222", "jump")),
        ("dana@jump:2222", ("-l", "dana", "-p", "2222", "jump")),
        ("a@b@jump", ("-l", "a@b", "jump")),
        ("ssh://dana@jump:2222", ("-l", "dana", "-p", "2222", "jump")),
        ("[2001:db8::1]:2222", ("-p", "2222", "2001:db8::1")),
        ("[2001:db8::1]", ("2001:db8::1",)),
        ("2001:db8::1", ("2001:db8::1",)),
    ],
)
def test_an_entry_of_proxyjump_as_arguments(spec: str, args: tuple[str, ...]) -> None:
    assert hop_args(spec) == args


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=20))
def test_no_entry_breaks_the_reader(spec: str) -> None:
    assert hop_args(spec)


def test_a_log_without_trouble_has_none() -> None:
    assert read_client(sshlog.read("debug1: Reading configuration data /etc/ssh/ssh_config\n")) is None
    found = read_client(sshlog.read("/h/.ssh/config: line 7: Bad configuration option: prot\n"))
    assert found is not None
    assert (found.outcome, found.data["where"]) == ("bad-line", "/h/.ssh/config line 7")
