"""What a fix refuses, and the exact command that it builds."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sshwizard.effects import Connect, Effect, Refused, ResetAcl, Retarget, Wait
from sshwizard.effects import acl as effect_acl
from sshwizard.fixes import FIXES, Refusal, Situation, httpproxy, lines
from sshwizard.fixes.connects import USUALLY, for_sftp
from sshwizard.model import Fact
from sshwizard.probes import again, forwards
from sshwizard.vocabulary import causes

from .plans import at


def plan(id_: str, situation: Situation) -> tuple[Effect, ...]:
    made = FIXES[id_].plan(situation)
    assert not isinstance(made, Refusal), made
    return made


def refusal(id_: str, situation: Situation) -> str:
    made = FIXES[id_].plan(situation)
    assert isinstance(made, Refusal), made
    return made.why


def configured(situation: Situation, **settings: str) -> Situation:
    mine = {**situation.leg.settings, **{name: (value,) for name, value in settings.items()}}
    return replace(situation, leg=replace(situation.leg, settings=mine))


def command(id_: str, situation: Situation) -> tuple[str, ...]:
    (made,) = plan(id_, situation)
    assert isinstance(made, Connect)
    return made.command


# ------------------------------------------------------------------ connections


def test_plain_ssh_is_run_as_it_was_typed(tmp_path: Path) -> None:
    args = ("-F", str(tmp_path / "config"), "box")
    assert command("connect-interactively", at(tmp_path, "keyboard-only")) == ("ssh", *args)


def test_ssh_may_ask_where_the_config_forbids_it(tmp_path: Path) -> None:
    """Only for this connection, only what the server takes, and no word of host keys."""
    seen = at(tmp_path, "no-public-key")
    seen = replace(seen, found=replace(seen.found, says="the server takes password, and no public key"))
    seen = configured(seen, batchmode="yes", passwordauthentication="no", kbdinteractiveauthentication="no")
    words = command("connect-interactively", seen)
    assert words[1:5] == ("-o", "BatchMode=no", "-o", "PasswordAuthentication=yes")
    assert "KbdInteractiveAuthentication" not in " ".join(words)
    locked = replace(seen, code="key.passphrase-required")
    assert "PasswordAuthentication=yes" not in command("connect-interactively", locked)


@pytest.mark.parametrize("id_", ["connect-interactively", "use-sftp", "bypass-startup-files"])
def test_a_garbled_command_is_not_run(id_: str, tmp_path: Path) -> None:
    situation = at(tmp_path, "sftp-only")
    target = replace(situation.target, args=("–4", "box"))
    assert "garbled" in refusal(id_, replace(situation, target=target))


def test_an_account_for_git_has_no_sftp(tmp_path: Path) -> None:
    assert "Git only" in refusal("use-sftp", at(tmp_path, "git-only"))


def test_startup_files_that_nothing_goes_around(tmp_path: Path) -> None:
    situation = at(tmp_path, "works")
    facts = {**situation.facts, again.bare.name: Fact("ends-too", "the account's own shell ends")}
    assert refusal("bypass-startup-files", replace(situation, facts=facts)).endswith("with it")
    facts[again.bare.name] = Fact("starts", "it starts")
    assert command("bypass-startup-files", replace(situation, facts=facts))[-1] == again.BARE


SFTP = {
    ("-p", "22", "-l", "erin", "box"): (["-o", "Port=22", "-o", "User=erin"], "box"),
    ("-4", "-C", "-i", "k e y", "-J", "hop", "me@box"): (["-4", "-C", "-i", "k e y", "-J", "hop"], "me@box"),
    ("-K", "-A", "me@2001:db8::1"): (["-o", "GSSAPIAuthentication=yes"], "me@[2001:db8::1]"),
    ("-a", "-x", "-m", "hmac-sha1", "-b", "::1", "box"): (["-o", "MACs=hmac-sha1", "-o", "BindAddress=::1"], "box"),
}  # fmt: skip


@pytest.mark.parametrize("args", SFTP)
def test_sftp_takes_other_letters(args: tuple[str, ...]) -> None:
    assert for_sftp(args) == SFTP[args]


SCP = {
    "scp -r ./site *.txt web-1:/srv/x": "scp -O -r ./site *.txt web-1:/srv/x",
    "scp -P 2222 -O a b:~/c": "scp -O -P 2222 a b:~/c",
    "/usr/bin/scp 'my file' b:": "scp -O 'my file' b:",
    "scp a 'b:$(reboot)'": "scp -O a 'b:$(reboot)'",
    "scp a b:; reboot": "scp -O a 'b:;' reboot",
    "scp -oProxyCommand=reboot a b:": "scp -O FILE USER@HOST:",
    "scp -S reboot a b:": "scp -O FILE USER@HOST:",
    "scp -F evil a b:": "scp -O FILE USER@HOST:",
    "scp -- -oProxyCommand=x b:": "scp -O FILE USER@HOST:",
    "scp 'a b:": "scp -O FILE USER@HOST:",
    "sftp b": "scp -O FILE USER@HOST:",
    "": "scp -O FILE USER@HOST:",
}


@pytest.mark.parametrize("typed", SCP)
def test_the_same_copy_by_the_old_protocol(typed: str, tmp_path: Path) -> None:
    """A text may come from anybody: nothing in it becomes a second command or a program to start."""
    situation = at(tmp_path, "sftp-missing", typed=typed)
    situation = replace(situation, leg=replace(situation.leg, settings={}))
    assert lines("use-legacy-scp", situation) == (SCP[typed],)


def test_scp_for_a_host_that_was_looked_at(tmp_path: Path) -> None:
    (line,) = lines("use-legacy-scp", at(tmp_path, "sftp-missing"))
    assert line == f"scp -O -F {tmp_path}/config FILE box:"


@pytest.mark.parametrize("program", ["false-for-255", "killed", "nowhere"])
def test_a_connection_that_did_not_get_in_is_refused(program: str) -> None:
    how = {"false-for-255": ("sh", "-c", "exit 255"), "killed": ("sh", "-c", "kill -9 $$"), "nowhere": ("/nowhere",)}
    with pytest.raises(Refused):
        Connect(how[program]).apply()
    Connect(("sh", "-c", "exit 3")).apply()


# ------------------------------------------------------------------ options of this run


@pytest.mark.parametrize("outcome", ["hung", "login", "greeting", "session"])
def test_another_wait_is_not_gssapi(outcome: str, tmp_path: Path) -> None:
    assert "GSSAPI" in refusal("disable-gssapi", at(tmp_path, outcome))


def test_gssapi_is_left_out_for_this_run(tmp_path: Path) -> None:
    assert plan("disable-gssapi", at(tmp_path, "gssapi")) == (Retarget(("-o", "GSSAPIAuthentication=no"), ()),)


ROWS = {
    "8080 [localhost]:80": "LocalForward=",
    "[127.0.0.1]:8080 /run/x.sock": "LocalForward=[127.0.0.1]:",
    "[*]:8080 [::1]:80": "LocalForward=[*]:",
    "[::1]:1080": "DynamicForward=[::1]:",
    "1080": "DynamicForward=",
}


@pytest.mark.parametrize("row", ROWS)
def test_the_same_forward_on_a_free_port(row: str, tmp_path: Path) -> None:
    (effect,) = plan("pick-free-local-port", at(tmp_path, "port-in-use", row=row))
    assert isinstance(effect, Retarget)
    assert effect.overrides[:3] == ("-o", "ExitOnForwardFailure=no", "-o")
    new = effect.overrides[3]
    assert new.startswith(ROWS[row])
    port = new.removeprefix(ROWS[row]).partition(" ")[0]
    assert not forwards.bindable("127.0.0.1", int(port))
    assert new.partition(" ")[2] == row.partition(" ")[2]


def test_another_local_port_is_no_help(tmp_path: Path) -> None:
    assert "no local port" in refusal("pick-free-local-port", at(tmp_path, "remote-refused"))
    assert "no local port" in refusal("pick-free-local-port", at(tmp_path, "forward-failed"))
    assert "no free port" in refusal("pick-free-local-port", at(tmp_path, "port-in-use", row="[192.0.2.77]:80 [h]:80"))


def test_a_free_port_is_free() -> None:
    port = forwards.free_port("localhost")
    with socket.create_server(("127.0.0.1", port)):
        assert port


# ------------------------------------------------------------------ waiting


@pytest.mark.parametrize("answer", ["-1", "0", "3601", "1e3", "soon", "١", "9" * 40])
def test_a_wait_has_a_length(answer: str, tmp_path: Path) -> None:
    assert "from 1 to 3600" in refusal("wait-and-retry", at(tmp_path, "", answer))


def test_how_long_is_usual(tmp_path: Path) -> None:
    assert plan("wait-and-retry", at(tmp_path)) == (Wait(20),)
    assert plan("wait-and-retry", replace(at(tmp_path), code="server.booting")) == (Wait(30),)
    assert plan("wait-and-retry", at(tmp_path, "", "5")) == (Wait(5),)


def test_a_wait_knocks_where_nothing_greeted_on_the_direct_way(tmp_path: Path) -> None:
    direct: dict[str, Fact[Any]] = {"proxy": Fact("direct", ""), "tcp": Fact("refused", "")}
    here = replace(at(tmp_path), facts=direct, code="network.port-refused")
    (knock,) = plan("wait-and-retry", here)
    assert knock == Wait(300, here.leg.host, here.leg.port)
    assert "until SSH greets" in knock.preview()[0]
    assert subprocess.run(["sh", "-n"], input="\n".join(knock.typed(["box"])).encode(), check=True, timeout=10)
    greeted = replace(here, facts={**direct, "banner": Fact("ok", "")})
    assert plan("wait-and-retry", greeted) == (Wait(20),)
    behind = replace(here, facts={**direct, "proxy": Fact("jump", "")})
    assert plan("wait-and-retry", behind) == (Wait(20),)
    assert set(USUALLY) <= set(causes())


# ------------------------------------------------------------------ the proxy


@pytest.mark.parametrize("scheme", ["https", "ftp", "quic"])
def test_a_proxy_that_no_program_speaks_to(scheme: str, tmp_path: Path) -> None:
    assert "kind" in refusal("use-http-proxy", at(tmp_path, "proxy-unused", proxy="p:1", scheme=scheme))


@pytest.mark.parametrize("place", ["p:1 %h; reboot", "-x:1", "p", "$(reboot):1", "p%h:1", "[::1;x]:1"])
def test_a_proxy_whose_name_is_none(place: str, tmp_path: Path) -> None:
    """ssh gives a ProxyCommand to a shell."""
    assert "cannot stand" in refusal("use-http-proxy", at(tmp_path, "proxy-unused", proxy=place, scheme="http"))


def test_a_proxy_with_a_login(tmp_path: Path) -> None:
    assert "password" in refusal("use-http-proxy", at(tmp_path, "wants-login", proxy="p:3128"))


def test_without_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a nc of another maker, which knows no proxies, is none."""
    situation = at(tmp_path, "proxy-unused", proxy="p:3128", scheme="http")
    (tmp_path / "nc").write_text("#!/bin/sh\necho 'GNU netcat, -e prog'\n")
    (tmp_path / "nc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    httpproxy.installed.cache_clear()
    try:
        assert "installed" in refusal("use-http-proxy", situation)
    finally:
        httpproxy.installed.cache_clear()


THROUGH = {
    ("http", "nc"): "nc -X connect -x p:1 %h %p",
    ("5", "nc"): "nc -X 5 -x p:1 %h %p",
    ("http", "ncat"): "ncat --proxy-type http --proxy p:1 %h %p",
    ("4", "ncat"): "ncat --proxy-type socks4 --proxy p:1 %h %p",
    ("http", "connect-proxy"): "connect-proxy -H p:1 %h %p",
    ("5", "connect-proxy"): "connect-proxy -5 -S p:1 %h %p",
}


@pytest.mark.parametrize(("kind", "program"), THROUGH)
def test_each_program_in_its_own_words(kind: str, program: str) -> None:
    assert httpproxy.through(kind, "p:1", program) == THROUGH[kind, program]


# ------------------------------------------------------------------ Windows

SHOWN = r"""C:\Users\me\.ssh\id_rsa NT AUTHORITY\SYSTEM:(I)(F)
                        BUILTIN\Administrators:(I)(F)
                        DESKTOP-1\me:(I)(F)
                        BUILTIN\Users:(RX)
                        S-1-5-21-1-2-3-1001:(DENY)(W)

Successfully processed 1 files; Failed processing 0 files
"""
KEY = r"C:\Users\me\.ssh\id_rsa"


def test_what_icacls_shows() -> None:
    rows = effect_acl.read(SHOWN, KEY)
    assert rows[0] == r"NT AUTHORITY\SYSTEM:(I)(F)"
    assert rows[-1] == "S-1-5-21-1-2-3-1001:(DENY)(W)"
    assert len(rows) == 5
    assert (
        effect_acl.read(f"{KEY}: Access is denied.\nSuccessfully processed 0 files; Failed processing 1 files", KEY)
        == ()
    )
    assert effect_acl.read("The system cannot find the file specified.", KEY) == ()


def test_what_icacls_is_told() -> None:
    """Inherited entries go with the inheritance; the others by name, a bare SID with a star (icacls /?)."""
    reset = ResetAcl(KEY, r"DESKTOP-1\me", effect_acl.read(SHOWN, KEY))
    assert reset.preview() == (
        rf"icacls {KEY} /inheritance:r /grant:r DESKTOP-1\me:R /remove BUILTIN\Users *S-1-5-21-1-2-3-1001",
    )
    assert ResetAcl(KEY, r"D\me", (r"D\me:(F)",)).preview() == (rf"icacls {KEY} /inheritance:r /grant:r D\me:R",)


def test_it_is_for_windows_only(tmp_path: Path) -> None:
    assert "Windows" in refusal("reset-key-acl", at(tmp_path, "too-open", path=KEY))
