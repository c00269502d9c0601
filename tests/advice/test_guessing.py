"""Who guesses passwords, by a log: what counts, what no stranger can write into it, and texts that really load."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from awscli import known, readable

from sshwizard import cli
from sshwizard.advice import Advice
from sshwizard.advice.guessing import judge, outside, read

HEAD = "Nov 22 03:00:01 web sshd[11]: "
BAD, OTHER, MINE = "45.9.148.1", "2a02:26f7:c8::9", "81.2.69.142"


def failed(address: str, times: int, user: str = "root") -> list[str]:
    return [f"{HEAD}Failed password for {user} from {address} port {4000 + number} ssh2" for number in range(times)]


def only(lines: list[str], *own: str) -> Advice:
    (one,) = judge(read(lines), own)
    return one


@pytest.mark.parametrize("line", [
    "Failed password for root from {} port 4 ssh2",
    "Failed password for invalid user oracle from {} port 4 ssh2",
    "Failed publickey for root from {} port 4 ssh2: RSA SHA256:x",
    "Failed keyboard-interactive/pam for root from {} port 4 ssh2",
    "Invalid user admin from {} port 4",
    "Invalid user  from {}",
    "Connection closed by invalid user admin {} port 4 [preauth]",
    "Connection closed by authenticating user root {} port 4 [preauth]",
    "Connection reset by authenticating user root {} port 4 [preauth]",
    "Disconnected from authenticating user root {} port 4 [preauth]",
    "error: maximum authentication attempts exceeded for root from {} port 4 ssh2 [preauth]",
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={}  user=root",
    "error: PAM: Authentication failure for illegal user admin from {}",
])  # fmt: skip
@pytest.mark.parametrize("head", [
    HEAD, "2026-11-22T03:00:01.123456+00:00 web sshd-session[11]: ", "", "Nov 22 03:00:01 ip-10-0-0-1 sshd-auth[1]: ",
])  # fmt: skip
def test_every_way_to_say_that_a_login_failed(head: str, line: str) -> None:
    for address in (BAD, OTHER):
        found = read([head + line.format(address)] * 7)
        assert {key: one.attempts for key, one in found.items()} == {address: 7}, line


def test_outside_are_those_whom_a_block_may_hit_the_worst_first() -> None:
    came = HEAD + "Accepted publickey for kim from 8.8.4.4 port 4 ssh2"
    lines = [*failed("10.0.0.9", 9), *failed(BAD, 6), *failed(OTHER, 7), *failed(MINE, 9), *failed("8.8.4.4", 9), came]
    assert outside(read(lines), (MINE,)) == ((OTHER, BAD), frozenset({MINE, "8.8.4.4"}))
    assert outside(read(failed(BAD, 4))) == ((), frozenset())


def test_an_attempt_of_several_lines_counts_once() -> None:
    lines = [
        HEAD + "Invalid user admin from 45.9.148.1 port 4",
        HEAD + "Failed password for invalid user admin from 45.9.148.1 port 4 ssh2",
        HEAD + "Connection closed by invalid user admin 45.9.148.1 port 4 [preauth]",
    ] * 6
    one = only(lines)
    assert one.seen == ("45.9.148.1: 6 failed logins, Nov 22 03:00:01 to Nov 22 03:00:01; as admin",)
    repeated = HEAD + "message repeated 200 times: [ Failed password for root from 45.9.148.1 port 4 ssh2]"
    assert read([repeated])[BAD].attempts == 200


@pytest.mark.parametrize("user", [
    "x from 8.8.8.8 port 1 ssh2", "x from 8.8.8.8 port 1", "8.8.8.8 port 1 [preauth]",
    "web sshd[1]: Failed password for root from 8.8.8.8 port 1 ssh2", "x rhost=8.8.8.8",
])  # fmt: skip
def test_a_login_name_blocks_no_other_address(user: str) -> None:
    """The name is a stranger's own words (CVE-2009-0362 and its kin in log readers)."""
    lines = [
        HEAD + f"Failed password for invalid user {user} from {BAD} port 4 ssh2",
        HEAD + f"Invalid user {user} from {BAD} port 4",
        HEAD + f"Connection closed by invalid user {user} {BAD} port 4 [preauth]",
    ] * 6
    assert set(read(lines)) == {BAD}


def test_a_login_name_takes_nobody_off_the_list() -> None:
    name = f"Accepted publickey for kim from {BAD} port 22 ssh2"
    lines = [HEAD + f"Failed password for invalid user {name} from {BAD} port 4 ssh2"] * 9
    assert only(lines).seen[0].startswith(f"{BAD}: 9 failed logins")


def test_own_addresses_are_never_listed() -> None:
    lines = [*failed(BAD, 9), *failed(MINE, 9), *failed("81.2.69.143", 9),
             HEAD + f"Accepted publickey for kim from {MINE} port 4 ssh2: ED25519 SHA256:x"]  # fmt: skip
    one = only(lines, "81.2.69.143")
    assert one.seen == (f"{BAD}: 9 failed logins, Nov 22 03:00:01 to Nov 22 03:00:01; as root",)
    texts = dict(one.texts)
    assert f"ignoreip = 127.0.0.1/8 ::1 {MINE} 81.2.69.143" in texts["/etc/fail2ban/jail.d/sshd.local"]
    assert not any(MINE in text for name, text in texts.items() if "fail2ban" not in name)


def test_people_mistype_and_machines_inside_are_not_blocked() -> None:
    assert judge(read(failed(BAD, 4))) == ()
    one = only(failed("10.0.0.7", 150))
    assert one.weight == "soon"
    assert "10.0.0.7 is inside a private network: look at that machine" in one.seen
    assert not any("nftables" in name for name, _ in one.texts)


def test_a_password_that_was_guessed_comes_first() -> None:
    lines = [*failed(BAD, 120), HEAD + f"Accepted password for root from {BAD} port 4 ssh2"]
    one = only(lines)
    assert (one.code, one.weight) == ("advice.bruteforce-broke-in", "now")
    readable(one.texts[0][1])
    few = [*failed(BAD, 6), HEAD + f"Accepted password for root from {BAD} port 4 ssh2"]
    assert judge(read(few)) == ()


def test_the_worst_come_first_and_the_rest_is_counted() -> None:
    lines = [line for number in range(60) for line in failed(f"45.9.148.{number + 1}", 5 + number)]
    one = only(lines)
    assert one.seen[0].startswith("45.9.148.60: 64 failed logins")
    assert one.seen[20] == "… and 40 more"
    acl = dict(one.texts)["AWS CLI: network ACL"]
    assert acl.count("create-network-acl-entry") == 20


# ------------------------------------------------------------------ texts


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return dict(only([*failed(BAD, 9), *failed(OTHER, 9), *failed("8.8.4.4", 9)]).texts)


@pytest.mark.requires("moto")
def test_the_network_acl_is_known_to_aws(texts: dict[str, str]) -> None:
    text = texts["AWS CLI: network ACL"]
    readable(text)
    assert known(text) == 4
    assert f"--ipv6-cidr-block {OTHER}/128" in text


def test_fail2ban_s_jail_is_an_ini_file(texts: dict[str, str]) -> None:
    reader = configparser.ConfigParser()
    reader.read_string(texts["/etc/fail2ban/jail.d/sshd.local"])
    assert dict(reader["sshd"])["enabled"] == "true"


@pytest.mark.requires("nft")
@pytest.mark.netns
@pytest.mark.requires("netns")
def test_nftables_loads_it_twice_and_it_goes_as_a_whole(texts: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "block.nft"
    file.write_text(texts["nftables: ssh-block.nft"])
    script = (
        f"nft -f {file} && nft -f {file} && nft list ruleset && nft delete table inet ssh_block && nft list ruleset"
    )
    ran = subprocess.run(
        ["unshare", "--net", "sh", "-c", script], capture_output=True, text=True, timeout=20, check=True
    )
    assert ran.stdout.count("table inet ssh_block") == 1
    assert "ip6 saddr @six tcp dport 22 drop" in ran.stdout


@pytest.mark.requires("sshd")
def test_sshd_takes_its_settings(texts: dict[str, str], tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True, timeout=20)
    config = tmp_path / "config"
    config.write_text(f"HostKey {tmp_path}/key\n" + texts["/etc/ssh/sshd_config.d/10-guessing.conf"] + "\n")
    sshd = shutil.which("sshd", path="/usr/sbin:/sbin:/usr/bin") or "sshd"
    ran = subprocess.run([sshd, "-t", "-f", str(config)], capture_output=True, text=True, timeout=20, check=False)
    assert ran.returncode == 0, ran.stderr


# ------------------------------------------------------------------ the command


def test_the_command_reads_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "auth.log"
    log.write_text("\n".join(failed(BAD, 200)) + "\n\xff\x1b[31m\n", "latin-1")
    assert cli.main(["doctor", "--auth-log", str(log), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "sshwizard/doctor/1"
    assert BAD in json.dumps(told)
    assert cli.main(["doctor", "--auth-log", str(log), "--own", BAD]) == 0
    assert cli.main(["doctor", "--auth-log", str(tmp_path / "none")]) == 2


def test_a_large_log_takes_seconds() -> None:
    def lines() -> Iterator[str]:
        for number in range(50_000):
            yield f"{HEAD}Failed password for root from 45.9.{number % 250}.{number % 7} port {number % 60000} ssh2"

    begun = time.process_time()
    assert len(read(lines())) > 1000
    assert time.process_time() - begun < 6
