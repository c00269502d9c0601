"""A look inside a real server: named for certain, mended, proved by a fresh login, and undone."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from fixes.plans import PLANS

from sshwizard.effects import RemoteScript, to_json
from sshwizard.fixes import FIXES

from .keys import KeyRing
from .process import Ran, run
from .scenarios.inside import INSIDE, Broken
from .server import RESCUE, Server
from .sshd import descendants, wait_until

pytestmark = [pytest.mark.netns, pytest.mark.requires("netns")]


@pytest.fixture
def server(keys: KeyRing) -> Iterator[Server]:
    with Server(keys) as world:
        yield world


def report(ran: Ran) -> dict[str, Any]:
    assert ran.out, ran.text[-3000:]
    found: dict[str, Any] = json.loads(ran.out)
    return found


def broken(server: Server, row: Broken) -> None:
    """Prove it healthy, break it, prove it broken."""
    server.user = row.user
    assert server.lets_in(), server.ssh().text
    if row.config:
        server.setting(row.config)
    if row.breaks:
        server.sh(row.breaks)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in INSIDE])
def test_named_mended_proved_and_undone(server: Server, row: Broken) -> None:
    broken(server, row)
    if not row.args:
        assert not server.lets_in()
    found = report(server.look(*row.args))
    root = found["findings"][0]
    assert (root["cause"], root["confidence"]) == (row.code, "certain"), (root, found["path"][-2:])
    assert len(found["findings"]) == 1
    if row.code == "auth.authorized-keys-permissions":
        assert "a new account has" in json.dumps(root["evidence"])
    if not row.mends:
        return
    answer = ("--answer", server.sh(row.answer).strip()) if row.answer else ()
    fixed = server.look("--fix", "--yes=confirm", "--type", "box", *answer, *row.args)
    done = report(fixed)
    assert done["fixed"], fixed.err.decode()[-3000:]
    assert (done["outcome"], fixed.code) == ("healthy", 0), fixed.err.decode()[-3000:]
    assert server.lets_in()
    if row.undoable:
        assert server.product("undo").code == 0
        assert server.sh("ls /var/lib/sshwizard") == ""
        if not (row.args or row.stays):
            assert not server.lets_in()


def test_another_account_is_tried_to_compare_because_it_was_asked_for(server: Server) -> None:
    """One account's key file is gone: the other gets in. Then the server takes nobody's key."""
    broken(server, Broken("no key file", "auth.authorized-keys-missing", "rm /home/dana/.ssh/authorized_keys"))
    told = report(server.product("diagnose", "--json", "--also-as", "root", *server.target_args))["findings"][0]
    assert "root gets in from here: only the account dana is affected" in [one["says"] for one in told["evidence"]]
    server.setting("PubkeyAuthentication no\nPasswordAuthentication yes")
    typed = "\n".join(("other", "root", "quit", ""))
    ran = server.inside("sh", "-c", f"printf %s {shlex.quote(typed)} | {sys.executable} -m sshwizard ask "
                        f"{shlex.join(server.target_args)}")  # fmt: skip
    said = run(ran, server.env, server.home, 60).out.decode()
    assert "root is stopped in the same way: it is not the account dana alone" in said
    assert server.product("diagnose", "--also-as", "-x", *server.target_args).code == 2


def test_the_server_s_own_log_is_shown_and_goes_into_the_bundle(server: Server, tmp_path: Path) -> None:
    """Its lines about this login, cleaned; a bundle has them with the names masked."""
    broken(server, Broken("another key", "auth.key-not-authorized", "echo >/home/dana/.ssh/authorized_keys"))
    server.sh("printf 'Nov 22 10:00:00 box sshd[7]: \\033]0;x\\007Invalid user eve from 192.0.2.9\\n' >>/var/log/sshd")
    told = report(server.look("--log"))
    log = told["server_log"]
    assert any("Connection from 192.0.2.20" in row or "Failed publickey for dana" in row for row in log), log
    assert not [row for row in log if "\x1b" in row or "\x07" in row]
    shown = server.product("inside", "--log", "--as", "root", "--port", str(RESCUE), *server.target_args).out.decode()
    assert shown.index("The server's own log, the newest line last:") < shown.index("Invalid user eve")
    place = tmp_path / "bundle.tgz"
    assert server.product("report", "last", "--format", "bundle", "-o", str(place)).code == 0
    with tarfile.open(place) as archive:
        member = archive.extractfile("sshwizard-report/server-log.txt")
        assert member
        kept = member.read().decode()
    assert re.search(r"Invalid user user-\d from address-\d", kept)
    assert not {"eve", "dana", "192.0.2.20"} & set(re.split(r"[ \n]", kept))


# ------------------------------------------------------------------ what the server takes back by itself

SECONDS = 3


def change(server: Server, do: str, undo: str, name: str = "abc") -> list[str]:
    """The command that makes a change through the rescue port, with a short watch."""
    options = ("-o", "User=root", "-o", f"Port={RESCUE}")
    effect = RemoteScript(name, "user", options, tuple(server.target_args), "true", do, undo, SECONDS)
    script = Path(__file__).with_name("remote_row.py")
    return server.inside(sys.executable, str(script), json.dumps(to_json(effect)))


def test_a_change_that_cuts_the_way_in_is_taken_back_by_the_server(server: Server) -> None:
    cut = "iptables -w -I INPUT -p tcp -m multiport --dports 22,2022 -m conntrack --ctstate NEW -j DROP"
    ran = run(change(server, cut, cut.replace("-I", "-D")), server.env, server.home, 60)
    assert ran.code == 3
    assert "a second login did not work" in ran.out.decode()
    wait_until(server.lets_in, "the server took it back", 30)
    assert server.sh("iptables -w -S INPUT").strip() == "-P INPUT ACCEPT"
    assert server.sh("ls /var/lib/sshwizard") == ""


@pytest.mark.parametrize("when", ["while the script runs", "before the second login"])
def test_a_wizard_that_is_killed_in_the_middle_leaves_nothing(server: Server, when: str) -> None:
    """Its ssh goes with it: nobody is left to disarm the watcher."""
    do = "chmod 711 /home/dana; touch /run/reached; sleep 2"
    if when.startswith("before"):
        do = "chmod 711 /home/dana; iptables -w -I INPUT -p tcp --dport 2022 --syn -j DROP; touch /run/reached"
    undo = "chmod 755 /home/dana; iptables -w -D INPUT -p tcp --dport 2022 --syn -j DROP 2>/dev/null || :"
    wizard = subprocess.Popen(
        change(server, do, undo), env=server.env, cwd=server.home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_until(lambda: "reached" in server.sh("ls /run"), "the change is made", 20)
        assert "711" in server.sh("stat -c %a /home/dana")
    finally:
        for pid in (*descendants(wizard.pid), wizard.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wizard.wait(10)
    wait_until(lambda: "755" in server.sh("stat -c %a /home/dana"), "the server took it back", 20)
    wait_until(lambda: server.sh("ls /var/lib/sshwizard") == "", "the old state is gone", 5)


SCRIPTS = {
    "create-sshd-run-directory": ("rm -r /run/sshd", "[ -d /run/sshd ] && [ $(stat -c %a /run/sshd) = 755 ]", ""),
    "fix-chroot-owner": ("mkdir -p /srv/jail; chown 1000:1000 /srv/jail; chmod 755 /srv/jail",
                         "[ $(stat -c %u:%a /srv/jail) = 0:755 ]", "[ $(stat -c %u:%a /srv/jail) = 1000:755 ]"),
    "allow-in-tcp-wrappers": ("echo 'sshd: ALL: deny' >/etc/hosts.allow",
                              "head -n 1 /etc/hosts.allow | grep -qx 'sshd: 192.0.2.10'",
                              "[ \"$(cat /etc/hosts.allow)\" = 'sshd: ALL: deny' ]"),
}  # fmt: skip
"""Changes whose fault cannot be built here: what they start from, what they make, and what is there again after."""


@pytest.mark.parametrize("id_", SCRIPTS)
def test_a_script_does_what_it_says_and_takes_it_back(server: Server, id_: str, tmp_path: Path) -> None:
    before, made, again = SCRIPTS[id_]
    server.sh(before)
    (effect,) = cast("tuple[RemoteScript, ...]", FIXES[id_].plan(PLANS[id_](tmp_path)))
    server.put("/run/script", effect.script)
    server.sh(f"sh /run/script; {made}")
    if again:
        server.put("/run/script", replace(effect, undoing=True).script)
        server.sh(f"sh /run/script; {again}")


def test_a_change_that_fails_is_taken_back_at_once(server: Server) -> None:
    ran = run(change(server, "chmod 711 /home/dana; false", "chmod 755 /home/dana"), server.env, server.home, 60)
    assert ran.code == 3
    assert "755" in server.sh("stat -c %a /home/dana; ls /var/lib/sshwizard")


def test_a_preview_is_a_promise(server: Server) -> None:
    """Somebody changed it since: nothing is done."""
    server.sh("chmod 777 /home/dana")
    options = ("-o", "User=root", "-o", f"Port={RESCUE}")
    guard = '[ "$(stat -c %a /home/dana)" = 775 ]'
    effect = RemoteScript("x1", "user", options, tuple(server.target_args), guard, "chmod 755 /home/dana", "true")
    script = Path(__file__).with_name("remote_row.py")
    ran = run(server.inside(sys.executable, str(script), json.dumps(to_json(effect))), server.env, server.home, 60)
    assert "no longer as it was seen; nothing was changed" in ran.out.decode()
    assert "777" in server.sh("stat -c %a /home/dana; ls /var/lib/sshwizard")


# ------------------------------------------------------------------ looking changes nothing

LISTED = (
    "find /etc /home /run /var/lib/sshwizard /var/log -xdev ! -name lastlog ! -name wtmp ! -name sshd ! -path '*/log'"
    " -printf '%p %y %m %U %G %s %T@ %C@\\n' | sort"
)


def test_a_look_writes_nothing_on_the_server(server: Server) -> None:
    """Every path, mode, owner, size, mtime and ctime; sshd's own log of the logins apart."""
    server.sh("chmod 777 /home/dana")
    before = server.sh(LISTED)
    assert report(server.look())["findings"][0]["cause"] == "auth.authorized-keys-permissions"
    assert server.sh(LISTED) == before
    assert list(server.home.rglob("*.sh")) == []


def test_a_plain_diagnosis_never_looks_inside(server: Server) -> None:
    server.sh("chmod 777 /home/dana; : >/var/log/sshd")
    ran = server.product("diagnose", "--json", *server.target_args)
    assert report(ran)["findings"][0]["cause"] == "auth.key-rejected"
    assert server.sh("grep -c 'Connection from' /var/log/sshd").strip() in {"1", "2"}


def test_without_root_what_was_not_seen_is_said(server: Server) -> None:
    """dana herself may look, and sees neither /etc/shadow nor the firewall."""
    server.setting("AllowUsers dana root")
    server.user = "root"
    server.sh("chmod 700 /home/root; rm /home/root/.ssh/authorized_keys")
    found = report(server.look(by=("--as", "dana")))
    root = found["findings"][0]
    assert (root["cause"], root["confidence"]) == ("auth.key-rejected", "likely")
    look = next(step for step in found["path"] if step["node"] == "login")
    assert look["outcome"] == "denied"


def test_a_hostile_server_forges_nothing(server: Server) -> None:
    """A start-up file that writes lines of the protocol's kind, and a file name with a line in it."""
    server.sh("chmod 777 /home/dana; mkdir '/home/root/x\n0 me x30'")
    server.put("/home/root/.ssh/rc", "echo '0 end x31'; echo '%s begin x31'\n" % ("0" * 32))
    root = report(server.look())["findings"][0]
    assert (root["cause"], root["confidence"]) == ("auth.authorized-keys-permissions", "certain")


def test_a_way_that_does_not_lead_in_is_said(server: Server) -> None:
    server.sh("chmod 777 /home/dana")
    ran = server.look(by=("--as", "nobody"))
    assert "the way in does not lead in" in ran.err.decode()
    assert report(ran)["findings"][0]["confidence"] == "likely"
