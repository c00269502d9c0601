"""A change on a server: its script in a real sh, with a state directory of the test's own, by a way that is lent."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sshwizard.effects import Refused, RemoteScript, apply_all, from_json, to_json
from sshwizard.effects.remote import BY_USER, LIMIT, NO_ROOT, ROOT, STATE, Lent, fed, lent

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the script is root's")
Runs = Callable[[bytes, float], tuple[int, bytes]]


@pytest.fixture
def server(tmp_path: Path) -> Path:
    (tmp_path / "sshd_config").write_text("Port 22\n")
    return tmp_path


def shell(server: Path) -> Runs:
    """Runs a script here; what it keeps stands in `server`."""

    def runs(script: bytes, limit: float) -> tuple[int, bytes]:
        assert limit == LIMIT
        text = script.replace(STATE.encode(), str(server / "state").encode())
        ran = subprocess.run(["sh", "-s"], input=text, capture_output=True, timeout=20, check=False, cwd=server)
        return ran.returncode, ran.stderr

    return runs


def change(server: Path, *, watch: int = 0, do: str = "", undo: str | None = None) -> RemoteScript:
    file = server / "sshd_config"
    return RemoteScript(
        "0a1b", "eice", ("-p", "22"), ("-l", "dana", "box"), f"grep -q '^Port 22$' {file}",
        do or f"cp {file} \"$D/old\"; echo 'Port 2222' >{file}",
        f'cp "$D/old" {file}' if undo is None else undo, watch,
    )  # fmt: skip


def text(server: Path) -> str:
    return (server / "sshd_config").read_text()


def test_it_is_made_and_taken_back(server: Path) -> None:
    effect = change(server)
    with lent("eice", Lent(runs=shell(server))):
        back = apply_all((effect,))
        assert text(server) == "Port 2222\n"
        kept = server / "state" / "0a1b"
        assert (kept / "undo.sh").stat().st_mode & 0o777 == 0o600
        assert kept.stat().st_mode & 0o777 == 0o700
        for act in (effect.check, effect.apply):
            with pytest.raises(Refused, match="the server is no longer as it was seen; nothing was changed"):
                act()
        assert text(server) == "Port 2222\n"
        assert back == (replace(effect, undoing=True),)
        assert back[0].inverse() == effect
        assert from_json(to_json(back[0])) == back[0]
        apply_all(back)
        assert text(server) == "Port 22\n"
        assert not kept.exists()
        for act in (back[0].check, back[0].apply):
            with pytest.raises(Refused, match="the old state is no longer on the server"):
                act()


def test_what_fails_in_the_middle_is_taken_back_by_the_server_itself(server: Path) -> None:
    file = server / "sshd_config"
    broken = change(server, do=f'cp {file} "$D/old"; echo half >{file}; echo no space >&2; false')
    with lent("eice", Lent(runs=shell(server))), pytest.raises(Refused, match="the server says: no space"):
        broken.apply()
    assert text(server) == "Port 22\n"
    assert not (server / "state" / "0a1b").exists()


def test_what_has_no_way_back_keeps_nothing_there(server: Path) -> None:
    effect = change(server, do=f"echo new >{server}/sshd_config", undo="", watch=120)
    assert (effect.undoable, effect.inverse()) == (False, None)
    with lent("eice", Lent(runs=shell(server))):
        assert apply_all((effect,)) == ()
    assert text(server) == "new\n"
    assert not (server / "state").exists()
    assert change(server).undoable


def test_a_second_login_disarms_the_watcher(server: Path) -> None:
    with lent("eice", Lent(runs=shell(server))):
        back = apply_all((change(server, watch=120),))
        kept = server / "state" / "0a1b"
        assert "sleep 120;" in (kept / "watch.sh").read_text()
        assert not (kept / "armed").exists()
        assert (kept / "undo.sh").exists()
        apply_all(back)
    assert text(server) == "Port 22\n"


def test_without_a_second_login_the_server_takes_it_back(server: Path) -> None:
    runs, logins = shell(server), []

    def once(script: bytes, limit: float) -> tuple[int, bytes]:
        logins.append(script)
        return runs(script, limit) if len(logins) == 1 else (255, b"Connection refused\n")

    says = (
        "a second login did not work .the way in does not lead in: Connection refused.; "
        "the server takes the change back within 1 s"
    )
    with lent("eice", Lent(runs=once)), pytest.raises(Refused, match=says):
        change(server, watch=1).apply()
    assert text(server) == "Port 2222\n"
    end = time.monotonic() + 10
    while (server / "state" / "0a1b").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert text(server) == "Port 22\n"
    assert len(logins) == 2


# ------------------------------------------------------------------ the way in


def test_a_door_that_is_not_open_leads_nowhere(server: Path) -> None:
    with pytest.raises(Refused, match=r"the way in \(eice\) is not open now"):
        change(server).check()
    with lent("eice", Lent(runs=shell(server))):
        change(server).check()
    with pytest.raises(Refused, match="is not open now"):
        change(server).check()
    assert text(server) == "Port 22\n"


@pytest.mark.parametrize(
    ("code", "said", "says"),
    [
        (9, "", "the server is no longer as the preview saw it; nothing was changed"),
        (9, "one\ntwo", "two"),
        (11, "x", "the server has no program that could take the change back by itself; nothing was changed"),
        (
            NO_ROOT,
            "x",
            "root is needed on the server, and sudo does not give it without a password; nothing was changed",
        ),
        (255, "a\nrefused", "the way in does not lead in: refused"),
        (
            1,
            "sudo: a password is required",
            "root is needed on the server, and sudo asks for a password: sudo: a password is required",
        ),
        (1, "cp: no", "the server says: cp: no"),
        (7, "", "the server says: it ended with 7"),
        (7, "odd \udcff", "the server says: odd \ufffd"),
    ],
)
def test_why_nothing_was_changed_is_said(server: Path, code: int, said: str, says: str) -> None:
    answered = code, said.encode(errors="surrogateescape")
    with lent("eice", Lent(runs=lambda script, limit: answered)), pytest.raises(Refused) as refused:
        change(server).apply()
    assert str(refused.value) == says


def test_a_door_is_opened_for_another_while_before_each_script(server: Path) -> None:
    opened: list[str] = []
    with lent("eice", Lent(renew=lambda: opened.append("again"), runs=shell(server))):
        change(server).check()
        change(server).check()
    assert opened == ["again", "again"]

    def shut() -> None:
        raise ValueError("the token ran out \x1b[31m")

    with lent("eice", Lent(renew=shut, runs=shell(server))), pytest.raises(Refused) as refused:
        change(server).check()
    assert str(refused.value) == "the way in does not lead in: the token ran out"

    def flood() -> None:
        raise ValueError("x y " * 200)

    with lent("eice", Lent(renew=flood)), pytest.raises(Refused) as refused:
        change(server).check()
    assert len(str(refused.value).partition(": ")[2]) == 300

    def said() -> None:
        raise Refused("in words already")

    with lent("eice", Lent(renew=said)), pytest.raises(Refused, match=r"^in words already$"):
        change(server).check()


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts an `ssh` on PATH that notes what it was told."""

    def put(does: str) -> Path:
        place = tmp_path / "bin"
        place.mkdir(exist_ok=True)
        (place / "ssh").write_text(
            f'#!/bin/sh\ncd {place}\necho "$*" >asked\nenv >env\ncat /proc/$$/stat 2>/dev/null >stat\n{does}\n'
        )
        (place / "ssh").chmod(0o755)
        monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
        return place

    return put


def test_ssh_goes_the_way_that_was_lent(server: Path, ssh: Callable[[str], Path]) -> None:
    place = ssh("cat >/dev/null; echo out; echo err >&2; exit 9")
    with lent("eice", Lent(("-o", "ProxyCommand=x"), {"TOKEN": "t"})), pytest.raises(Refused, match=r"^err$"):
        change(server).check()
    asked = (place / "asked").read_text()
    assert asked.startswith("-T -o BatchMode=yes ")
    assert asked.endswith(f" -o ProxyCommand=x -p 22 -l dana box {ROOT}\n")
    env = (place / "env").read_text().splitlines()
    assert {"TOKEN=t", "LC_ALL=C.UTF-8", "SSH_ASKPASS_REQUIRE=never"} <= set(env)
    if stat := (place / "stat").read_text().split():  # Linux: proc_pid_stat(5)
        assert int(stat[5]) != os.getsid(0)


def test_another_account_needs_no_door(server: Path, ssh: Callable[[str], Path]) -> None:
    place = ssh(f"sed 's|{STATE}|{server}/state|g' | sh -s")
    back = apply_all((replace(change(server), door=BY_USER),))
    assert text(server) == "Port 2222\n"
    assert "-o ProxyCommand" not in (place / "asked").read_text()
    apply_all(back)
    assert text(server) == "Port 22\n"


def test_an_ssh_that_hangs_or_is_missing_is_said(ssh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    place = ssh("cat")
    ran = fed(("box",), "some text", 20)
    assert (ran.stdout, ran.returncode) == (b"some text", 0)
    (place / "ssh").write_text("#!/bin/sh\nexec sleep 20\n")
    with pytest.raises(Refused, match=r"the server did not answer within 0.05 s"):
        fed(("box",), "x", 0.05)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Refused, match="there is no program named ssh"):
        fed(("box",), "x", 20)


# ------------------------------------------------------------------ in words


def test_what_is_shown_is_what_is_run(server: Path) -> None:
    effect = change(server, watch=30)
    head, *rows = effect.preview()
    assert head == "# on box as root, through: eice"
    assert rows == effect.script.splitlines()
    assert effect.typed(("box",)) == ()
    first, *script, last = replace(effect, door=BY_USER).typed(("elsewhere",))
    assert first.startswith("ssh -p 22 -l dana box 'sh -c ")
    assert (script, last) == (effect.script.splitlines(), "SSHWIZARD")
    assert replace(effect, undoing=True).script != effect.script
    assert 'sh "$D/undo.sh"' in replace(effect, undoing=True).preview()[-2]


def test_who_is_not_root_is_told_so(server: Path) -> None:
    (server / "id").write_text("#!/bin/sh\necho 1000\n")
    (server / "id").chmod(0o755)
    runs = shell(server)
    somebody = Lent(runs=lambda script, limit: runs(b"PATH=.:$PATH\n" + script, limit))
    with lent("eice", somebody), pytest.raises(Refused, match=r"^root is needed on the server"):
        change(server).apply()
    assert text(server) == "Port 22\n"


def test_a_secret_of_the_way_in_is_in_no_text() -> None:
    assert "hunter2" not in repr(Lent(("-4",), {"TOKEN": "hunter2"}))
