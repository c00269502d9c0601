"""The answer of a look inside: nobody on the server can forge a line, and nothing breaks the reader."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.probes.inside.codes import CODES
from sshwizard.probes.inside.judge import RULES, judge
from sshwizard.probes.inside.look import fact
from sshwizard.probes.inside.patterns import key_lines
from sshwizard.probes.inside.protocol import Answer, read, script
from sshwizard.probes.inside.ruling import Outside, stage_of
from sshwizard.probes.inside.seen import Entry, Inside, Listener, groups_of, seen
from sshwizard.tree import TREE

from .inside_states import BASE, KEY, OOM, PURE, with_rows

NONCE = "0123456789abcdef0123456789abcdef"


def row(key: str, *values: str) -> bytes:
    return " ".join((NONCE, key, *(f"x{value.encode().hex()}" for value in values))).encode() + b"\n"


@given(st.lists(st.tuples(st.from_regex(r"[a-z-]{1,12}", fullmatch=True), st.lists(st.text(), max_size=4)), max_size=8))
def test_what_was_sent_comes_back(rows: list[tuple[str, list[str]]]) -> None:
    sent = [(key, tuple(value.encode("utf-8", "replace").decode() for value in values)) for key, values in rows]
    answer = read(b"".join(row(key, *values) for key, values in sent), NONCE)
    assert [(key, one) for key in answer.rows for one in answer.all(key)] == sorted(
        sent, key=lambda pair: list(dict.fromkeys(key for key, _ in sent)).index(pair[0])
    )


@given(st.binary(max_size=2000))
def test_noise_is_no_answer_and_breaks_nothing(noise: bytes) -> None:
    answer = read(noise, NONCE)
    assert answer.rows == {}
    mixed = read(noise.replace(NONCE.encode(), b"") + b"\n" + row("me", "root", "0"), NONCE)
    assert mixed.all("me") == (("root", "0"),)


HOSTILE = st.text() | st.sampled_from(
    ["\n" + NONCE + " me x726f6f74 x30\n", "\x1b]0;x\x07", "[listener] 99 of 1-2 startups"]
)


ROWS = tuple(
    word
    for line in (
        "me now sshd process chosen test effective config passwd groups shell home shells shadow keys-path keys-chain",
        "keys command-chain command-user chroot nologin pam access hosts-deny hosts-allow iptables nft ufw firewalld",
        "fail2ban disk pty log unseen begin end listeners tcp host-key sftp device selinux unit wrappers manager",
    )
    for word in line.split()
)
VALUES = st.lists(st.lists(HOSTILE, max_size=5).map(tuple), max_size=3).map(tuple)
FINDINGS = ["auth.key-rejected", "network.port-refused", "session.exits-at-once", "eic.pushed-key-refused"]


@given(st.dictionaries(st.sampled_from(ROWS), VALUES), st.sampled_from(FINDINGS))
@settings(deadline=None)
def test_whatever_a_server_says_is_judged_without_a_crash(
    rows: dict[str, tuple[tuple[str, ...], ...]], code: str
) -> None:
    padded = {key: tuple((*one, "", "", "", "") for one in found) for key, found in rows.items()}
    answer = Answer(padded, True, True)
    found = fact(answer, Outside(code, stage_of(code), "dana", 22, ("SHA256:x",), int(time.time())))
    assert found.outcome in {*CODES, "nothing-found"}
    assert all(letter >= " " for line in (found.says, *found.lines) for letter in line)


@pytest.mark.requires("bash", "busybox")
@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox"])
def test_each_shell_reads_it_and_a_file_cannot_forge_a_line(shell: str, tmp_path: Path) -> None:
    """The script as this account, on this machine: it ends, says so, and what it reads stays inside its fields."""
    words = [shell, "sh"] if shell == "busybox" else [shell]
    try:
        ran = subprocess.run(
            [*words, "-s"], input=script(NONCE, "root", 22), capture_output=True, timeout=60, check=False, cwd=tmp_path
        )
    except FileNotFoundError:
        pytest.skip(f"there is no {shell}")
    answer = read(ran.stdout, NONCE)
    assert answer.whole, ran.stderr[-2000:]
    inside = seen(answer, "root", 22)
    assert inside.account is not None
    assert inside.account.uid == 0
    assert list(tmp_path.iterdir()) == []
    lines = [line for line in ran.stdout.split(b"\n") if line]
    assert all(line.startswith(NONCE.encode()) for line in lines)


def test_the_script_asks_about_hostile_names_as_text() -> None:
    text = script(NONCE, "$(touch /tmp/x)'\"; exit", 22, address="`id`").decode()
    assert "LOGIN='$(touch /tmp/x)'\"'\"'\"; exit'" in text
    assert "ADDRESS='`id`'" in text


def test_every_code_of_the_judgement_is_a_leaf() -> None:
    assert {*CODES, "nothing-found", "unknown"} == set(TREE["inside"].leads)


# ------------------------------------------------------------------ what cannot be built as a world here


def judged(inside: Inside, code: str = "auth.key-rejected") -> str:
    found = judge(inside, Outside(code, stage_of(code), "dana", 22, ("SHA256:x",), int(time.time())))
    return found.code if found else "none"


BOOTS = "System is booting up. Unprivileged users are not permitted to log in yet."


@pytest.mark.parametrize(
    ("state", "says", "code"),
    [
        ("starting", BOOTS, "server.booting"),
        ("running", BOOTS, "auth.nologin-file"),  # left over from a boot that has ended
        ("degraded", BOOTS, "auth.nologin-file"),
        ("", BOOTS, "auth.nologin-file"),
        ("starting", "Closed until Monday.", "auth.nologin-file"),
    ],
    ids=["starting", "running", "degraded", "no systemd", "closed by hand"],
)
def test_a_login_that_a_boot_keeps_out_is_told_from_a_file_that_was_left_over(state: str, says: str, code: str) -> None:
    inside = with_rows(manager=(state,), memory=("", "9.1 1"), nologin=("/run/nologin", says, "-rw-r--r-- 1 root"))
    assert judged(inside, "auth.pam-denied") == code


def test_an_sshd_that_no_boot_will_start_is_not_waited_for() -> None:
    inside, finding = PURE["server.booting"]
    for word, other in (("inactive", "failed"), ("enabled", "disabled"), ("LoadState=loaded", "LoadState=masked")):
        unit = inside.rows["unit"][0][0].replace(word, other)
        assert judged(replace(inside, rows={**inside.rows, "unit": ((unit,),)}), finding) == "server.sshd-not-running"
    assert judged(replace(inside, test=(255, "line 3: Bad option")), finding) == "server.sshd-config-error"
    assert judged(replace(inside, running=True), finding) == "none"


@pytest.mark.parametrize("code", PURE)
def test_a_state_that_is_judged(code: str) -> None:
    inside, finding = PURE[code]
    if code.startswith("auth.selinux"):
        line = next(key_lines(KEY))
        found = judge(inside, Outside(finding, "login", "dana", 22, (line.fingerprint,)))
        assert found is not None
        assert found.code == code
        return
    assert judged(inside, finding) == code


FULL = "MemTotal: 1000000 kB\nMemAvailable: {} kB\nSwapTotal: 0 kB\nSwapFree: 0 kB"


@pytest.mark.parametrize(("available", "uptime", "code"), [
    ("9000", "4800.10 1.0", "server.out-of-memory"),
    ("9000", "9800.10 1.0", "none"),
    ("90000", "4800.10 1.0", "none"),
])  # fmt: skip
def test_memory_is_missing_only_while_it_is(available: str, uptime: str, code: str) -> None:
    inside = with_rows(killed=(OOM.format("java"),), memory=(FULL.format(available), uptime))
    inside = replace(inside, listeners=(Listener("0.0.0.0", 22, "sshd"),))
    assert judged(inside, "kex.closed-before-banner") == code


def test_an_older_kill_of_sshd_is_the_past_once_it_runs() -> None:
    inside = replace(with_rows(killed=(OOM.format("sshd"),)), listeners=(Listener("0.0.0.0", 22, "sshd"),))
    assert judged(inside, "network.port-refused") == "none"


def test_first_boot_is_to_blame_for_its_own_account_only() -> None:
    failed = "2026-01-01 WARNING: Running module ssh failed run of module"
    inside = with_rows(cloud=("yes", "{}", "admin", failed))
    assert judged(inside) != "server.cloud-init-failed"
    assert judged(with_rows(cloud=("yes", "{}", "dana", failed))) == "server.cloud-init-failed"
    assert judged(replace(with_rows(cloud=("yes", "", "dana", failed)), keys={"/k": KEY})) != "server.cloud-init-failed"
    errors = '{"v1": {"init": {"errors": ["ssh: no space left"]}, "stage": null}}'
    assert judged(with_rows(cloud=("yes", errors, "dana", ""))) == "server.cloud-init-failed"


def test_an_agent_that_runs_or_is_not_needed_is_not_to_blame() -> None:
    def agent(*states: str) -> Inside:
        rows = tuple((f"Id=google-guest-agent.service\n{state}",) for state in states)
        return replace(BASE, rows={"vendor": (("Google Compute Engine",),), "agent-unit": rows})

    down, up = "LoadState=loaded\nActiveState=failed", "LoadState=loaded\nActiveState=active"
    assert judged(agent(down)) == "gcp.guest-agent-down"
    assert judged(agent("LoadState=not-found\nActiveState=inactive")) == "gcp.guest-agent-down"
    assert judged(agent(down, up)) != "gcp.guest-agent-down"
    by_login = {"authorizedkeyscommand": ("/usr/bin/google_authorized_keys",)}
    assert judged(replace(agent(down), settings=by_login)) != "gcp.guest-agent-down"
    assert judged(replace(agent(down), rows={"agent-unit": ((down,),)})) != "gcp.guest-agent-down"


def test_what_a_full_disk_could_lose_is_listed_and_nothing_strange() -> None:
    rows = "99\t/var/log/syslog.1\n8\t/var/log/a b.1\n7\t/etc/passwd\n6\t/var/log/../../etc/x.1"
    full = with_rows(disk=("/", "/dev/sda1 9 9 0 100% /", ""), room=("rotated", rows))
    found = judge(full, Outside("session.exits-at-once", "session", "dana"))
    assert found is not None
    assert found.data["room"] == [["rotated", 99, "/var/log/syslog.1"]]
    image = with_rows(disk=("/", "/dev/loop0 9 9 0 100% /", ""))
    assert judged(image, "session.exits-at-once") == "none"


def test_process_groups_are_read_from_what_the_kernel_says() -> None:
    stat = "70 (a) b) S 1 70 70 0\n71 (x) R 70 70 70 0\n72 (1 S 2 3 ) S 70 88 88 0\nnoise\n9 (init) S 0 1 1 0"
    assert groups_of(with_rows(process_list=(stat,))) == [(70, 2, "a) b"), (88, 1, "1 S 2 3 ")]


def test_a_healthy_server_is_not_to_blame() -> None:
    for stage in RULES:
        assert judge(BASE, Outside("auth.key-rejected", stage, "dana")) is None or stage == "reach"


def test_an_empty_setting_breaks_nothing() -> None:
    settings = {"authorizedkeyscommand": ("",), "pubkeyauthentication": ("",)}
    assert judged(replace(BASE, settings=settings, keys_paths=("/k",))) == "auth.authorized-keys-missing"


def test_a_program_that_gives_pushed_keys_only_hides_no_missing_file() -> None:
    command = "/usr/share/ec2-instance-connect/eic_run_authorized_keys %u %f"
    settings = {"authorizedkeyscommand": (command,)}
    assert judged(replace(BASE, settings=settings, keys_paths=("/k",))) == "auth.authorized-keys-missing"
    settings = {"authorizedkeyscommand": ("/usr/bin/others",)}
    blamed = judged(replace(BASE, settings=settings, keys_paths=("/k",)))
    assert blamed != "auth.authorized-keys-missing"


def test_what_was_not_seen_proves_nothing() -> None:
    blind = Inside(login="dana", account=BASE.account)
    assert judged(blind) == "auth.shell-missing" or judged(blind) == "none"
    assert judged(replace(blind, whole=False, account=None)) == "none"


UNIT = "Id={}\nLoadState={}\nActiveState=inactive\nSubState=dead\nUnitFileState={}\nResult=success"
"""What `systemctl show` says of a unit (Debian 12)."""


@pytest.mark.parametrize(
    ("units", "says"),
    [
        (
            (("ssh.service", "loaded", "disabled"), ("ssh.socket", "loaded", "disabled")),
            "disabled, so no boot starts it",
        ),
        ((("sshd.service", "loaded", "disabled"), ("ssh.service", "not-found", "")), "disabled, so no boot starts it"),
        ((("ssh.service", "masked", "masked"), ("ssh.socket", "not-found", "")), "masked, so systemd never starts it"),
        ((("ssh.service", "loaded", "enabled"), ("ssh.socket", "loaded", "disabled")), ""),
        ((("ssh.service", "loaded", "disabled"), ("ssh.socket", "loaded", "enabled")), ""),
    ],
    ids=["disabled", "disabled-elsewhere", "masked", "enabled", "socket"],
)
def test_a_unit_that_no_boot_starts_is_named(units: tuple[tuple[str, str, str], ...], says: str) -> None:
    """A socket that is enabled starts sshd, too."""
    stopped = replace(BASE, running=False, any_sshd=False, rows={"unit": tuple((UNIT.format(*one),) for one in units)})
    ruling = judge(stopped, Outside("network.port-refused", "reach", "dana"))
    assert ruling is not None
    assert ruling.code == "server.sshd-not-running"
    assert ruling.says.endswith(says) if says else "; its unit" not in ruling.says


@pytest.mark.parametrize(
    ("told", "home"),
    [(("0750", "022"), "750"), (("", "027"), "750"), (("", ""), "755"), (("700", ""), "700"), (("x", "y"), "755")],
    ids=["home-mode", "umask", "neither", "short", "garbled"],
)
def test_owners_and_modes_are_told_beside_those_of_a_new_account(told: tuple[str, str], home: str) -> None:
    """login.defs(5) of that very server says what useradd gives."""
    path = "/home/dana/.ssh/authorized_keys"
    chain = tuple(Entry(at, True, kind, mode, uid, uid) for at, kind, mode, uid in (
        (path, "-", 0o664, 1000), ("/home/dana/.ssh", "d", 0o700, 1000), ("/home/dana", "d", 0o777, 1000)))  # fmt: skip
    seen = replace(BASE, keys_paths=(path,), keys={path: KEY}, entries={"keys-chain": chain},
                   rows={"fresh-home": (told,)})  # fmt: skip
    ruling = judge(seen, Outside("auth.key-rejected", "login", "dana"))
    assert ruling is not None
    assert ruling.code == "auth.authorized-keys-permissions"
    assert f"/home/dana: a new account has {home}, uid 1000; here 777, uid 1000" in ruling.lines
    assert f"{path}: a new account has 600, uid 1000; here 664, uid 1000" in ruling.lines
