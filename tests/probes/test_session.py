"""What a session, a second try and a login script say, read from their words."""

from __future__ import annotations

import errno
import socket

import pytest

from sshwizard.model import Fact
from sshwizard.probes import sshlog
from sshwizard.probes.again import Again, read_sftp, read_terminal
from sshwizard.probes.authentication import read_methods
from sshwizard.probes.forwards import bindable
from sshwizard.probes.run import Run
from sshwizard.probes.session import Session, read_session
from sshwizard.probes.sharing import read_shared_from_log

IN = 'Authenticated to box ([192.0.2.1]:22) using "publickey".\ndebug1: Entering interactive session.\n'
TIED = "debug1: Remote: /k:1: key options: agent-forwarding command pty\n"
VERSION = "\0\0\1>\2\0\0\0\3"


def live(out: str, log: str = IN, code: int | None = 0) -> Fact[Session]:
    """A run that was ours, with this output."""
    run = Run()
    run.logs, run.out, run.code, run.command, run.ended = [sshlog.read(log)], out, code, "ssh", True
    run.out = out.replace("TOKEN", run.token)
    return read_session(run, run.logs[0])


@pytest.mark.parametrize(
    ("out", "outcome", "printed"),
    [
        ("TOKEN\n", "ok", None),
        ("TOKEN\r\n", "ok", None),
        ("Welcome\nTOKEN\n", "ok", ["Welcome"]),
        ("echo TOKEN\n", "exits", None),
        ("unknown command: echo TOKEN\n", "exits", None),
    ],
)
def test_only_the_word_itself_is_proof(out: str, outcome: str, printed: list[str] | None) -> None:
    fact = live(out, IN + "debug1: Exit status 0\n")
    assert fact.outcome == outcome
    assert fact.data.get("printed") == printed


def test_a_forced_command_may_let_ours_through() -> None:
    assert live("audit: hello\nTOKEN\n", IN + TIED).outcome == "ok"
    assert live("audit: hello\n", IN + TIED, 1).outcome == "forced"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Hi octo! You've successfully authenticated, but GitHub does not provide shell access.", "git-service"),
        ("Hi there, octo! You've successfully authenticated with the key named laptop", "git-service"),
        ("Welcome to GitLab, @octo!", "git-service"),
        ("hello octo, this is git@code running gitolite3 v3.6.12 on git 2.39.2", "git-service"),
        ("ERROR: Repository not found.", "git-denied"),
        ("ERROR: Permission to team/site.git denied to octo.", "git-denied"),
        ("ERROR: The key you are authenticating with has been marked as read only.", "git-denied"),
        ("fatal: unrecognized command 'echo x'", "git-only"),
        ("-bash: fork: retry: Resource temporarily unavailable", "no-process"),
        ("-bash: cannot create temp file for here-document: No space left on device", "disk-full"),
        ("Too many logins for 'dana'.", "not-opened"),
        ("/home/dana/.bashrc: line 3: cd: /srv/app: No such file or directory", "script-fails"),
        ("/etc/profile: 7: Syntax error: end of file unexpected", "script-fails"),
        ("remote: Repository not found.", "exits"),
        ("a note about what to do when you see: ERROR: Repository not found.", "exits"),
    ],
)
def test_words_after_the_login(text: str, outcome: str) -> None:
    assert live(f"{text}\n", IN + "debug1: Exit status 1\n", 1).outcome == outcome


def test_a_session_that_a_signal_ended_is_told() -> None:
    ended = IN + "debug1: client_input_channel_req: channel 0 rtype exit-signal reply 0\ndebug1: Exit status -1\n"
    assert live("", ended, 255).outcome == "exits"
    assert live("", IN + "debug1: Exit status -1\n", 255).outcome == "closed"


def test_status_254_is_sshd_s_own() -> None:
    assert live("", IN + "debug1: Exit status 254\n", 254).outcome == "not-opened"


@pytest.mark.parametrize(
    ("out", "data", "outcome"),
    [
        (VERSION, {"code": "3", "quiet": "yes"}, "works"),
        (VERSION, {"code": "1", "quiet": ""}, "works"),
        (VERSION, {"code": "1", "quiet": "yes"}, "quiet-one"),
        ("", {"code": "3", "quiet": "yes"}, "ends-too"),
        ("Welcome\n", {"code": "3", "quiet": ""}, "ends-too"),
    ],
)
def test_sftp_counts_when_it_speaks(out: str, data: dict[str, str], outcome: str) -> None:
    fact = read_sftp(Again(sshlog.read(IN), out, 0), Fact("exits", "", data=data), "sftp box")
    assert fact.outcome == outcome
    assert fact.data["code"] == data["code"]


def test_sftp_that_was_not_reached_tells_nothing() -> None:
    assert not read_sftp(Again(sshlog.read("Connection refused\n"), "", 255), None, "sftp box").known
    refused = IN + "subsystem request failed on channel 0\n"
    assert read_sftp(Again(sshlog.read(refused), "", 255), None, "sftp box").outcome == "none"


@pytest.mark.parametrize(
    ("options", "outcome"),
    [("", "not-permitted"), (" port-forwarding", "not-permitted"), (" pty user-rc", "refused")],
)
def test_a_key_that_may_have_no_terminal(options: str, outcome: str) -> None:
    log = f"{IN}debug1: Remote: /k:1: key options:{options}\nPTY allocation request failed on channel 0\n"
    assert read_terminal(Again(sshlog.read(log), "", 255), "ssh -tt box").outcome == outcome


PROMPTED = "debug1: Authentications that can continue: publickey,password\n"
TRIED = "debug1: Next authentication method: password\ndebug3: send packet: type 50\ndebug3: receive packet: type 51\n"
NO_TERMINAL = "debug1: read_passphrase: can't open /dev/tty: No such device or address\n"
DENIED = "dana@box: Permission denied (publickey,password).\n"


@pytest.mark.parametrize(
    ("log", "outcome"),
    [
        (PROMPTED + TRIED + DENIED, "password-refused"),
        ("Permission denied, please try again.\n" + DENIED, "password-refused"),
        (PROMPTED + NO_TERMINAL + TRIED + "Permission denied, please try again.\n" + DENIED, "public-key"),
        (PROMPTED + DENIED, "public-key"),
    ],
)
def test_a_typed_password_and_nobody_s(log: str, outcome: str) -> None:
    assert read_methods(sshlog.read(log)).outcome == outcome


def test_a_full_shared_connection_in_a_text() -> None:
    text = "mux_client_request_session: session request failed: Session open refused by peer\n"
    assert read_shared_from_log(sshlog.read(text)).outcome == "full"
    text = "mux_client_request_session: session request failed: Permission denied\n"
    assert read_shared_from_log(sshlog.read(text)).outcome == "unused"


def test_a_port_is_asked_for_without_a_knock() -> None:

    with socket.socket() as taken, socket.socket(socket.AF_INET6) as other:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert bindable("127.0.0.1", port) == errno.EADDRINUSE
        assert bindable("", port) == 0, "ssh is content with ::1"
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind(("::1", port))
        other.listen()
        assert bindable("", port) == errno.EADDRINUSE
        taken.settimeout(0.1)
        with pytest.raises(TimeoutError):
            taken.accept()
