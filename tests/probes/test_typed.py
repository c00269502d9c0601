"""What was typed becomes ssh's arguments, or a sentence that says why not."""

from __future__ import annotations

import pytest
from command import harmful
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.exits import UsageError
from sshwizard.model import Target
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene
from sshwizard.probes.typed import config_option, parse, read_typed, shows_settings

PARSED: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "an alias": (["web-1"], ("web-1",)),
    "a user": (["dana@web-1"], ("dana@web-1",)),
    "an @ in the user": (["a@b@web-1"], ("a@b@web-1",)),
    "options before": (["-p", "2222", "-i", "k", "web-1"], ("-p", "2222", "-i", "k", "web-1")),
    "options after": (["web-1", "-p2222", "-4"], ("-p", "2222", "-4", "web-1")),
    "a whole command": (["ssh", "-i", "key", "me@h"], ("-i", "key", "me@h")),
    "one quoted command": (["ssh -i 'my key' me@h"], ("-i", "my key", "me@h")),
    "a remote command": (["h", "uptime", "-p"], ("h",)),
    "two dashes": (["-4", "--", "h", "ls"], ("-4", "h")),
    "options in one word": (["-4vvv", "h"], ("-4", "h")),
    "an option of ssh that matters not": (["-vv", "-N", "-L", "8080:x:80", "h"], ("h",)),
    "-o": (["-o", "User=x", "-oPort=1", "h"], ("-o", "User=x", "-o", "Port=1", "h")),
    "a jump": (["-J", "a,b:22", "h"], ("-J", "a,b:22", "h")),
    "an address": (["::1"], ("::1",)),
    "an ssh URL": (["ssh://me@h:2222"], ("-p", "2222", "me@h")),
    "an ssh URL with an address": (["ssh://[2001:db8::1]"], ("2001:db8::1",)),
    "an empty word": (["", "h", ""], ("h",)),
}


@pytest.mark.parametrize("name", PARSED)
def test_ssh_s_arguments_are_taken_apart(name: str) -> None:
    words, args = PARSED[name]
    assert parse(words).args == args


REFUSED: dict[str, tuple[list[str], str]] = {
    "nothing": ([], "no host"),
    "options only": (["-p", "22"], "no host"),
    "an option as host": (["-4", "--", "-oProxyCommand=x"], "dash"),
    "an option as host after a user": (["me@-oProxyCommand=x"], "dash"),
    "an option as host in a URL": (["ssh://-oProxyCommand=x"], "no host|dash"),
    "a lone dash": (["-"], "dash"),
    "a web address": (["https://h.example/"], "web address"),
    "an unclosed quote": (["ssh 'me@h"], "quote"),
    "a port that is none": (["-p", "ssh", "h"], "-p"),
    "no port": (["h", "-p"], "-p"),
    "no key": (["h", "-i"], "-i"),
    "a bad URL": (["ssh://h:99999999"], "ssh://"),
    "a URL without a host": (["ssh://"], "no host"),
    "a control character": (["h\x1b[31m"], "control"),
    "a new line": (["h\nx"], "control|quote|no host"),
    "an invisible letter": (["we\u200bb"], "invisible"),
    "reordered letters": (["we\u202eb"], "invisible"),
    "no option of ssh": (["-~", "h"], "option"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_ssh_could_not_take_is_refused(name: str) -> None:
    words, why = REFUSED[name]
    with pytest.raises(UsageError, match=why) as refused:
        parse(words)
    assert harmful(str(refused.value)) == []
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["-oProxyCommand=touch x", "h -oProxyCommand=x", "h -F /evil", " -oProxyCommand=x h"])
def test_a_name_that_a_script_hands_over_brings_no_options(text: str) -> None:
    """Only what begins with ssh is a pasted command; any other word is one host, whatever it holds."""
    try:
        args = parse([text]).args
    except UsageError:
        args = (text,)
    assert args == (text,)


def test_a_long_name_is_not_called_invisible() -> None:
    """A host name has at most 255 characters, and that is what the sentence should say."""
    with pytest.raises(UsageError, match="long"):
        parse(["h" * 500])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(st.text(max_size=12) | st.sampled_from(["-o", "-p", "-J", "--", "-F", "ssh", "h", "ssh://"]), max_size=6)
)
def test_any_words_are_a_target_or_a_sentence(words: list[str]) -> None:
    try:
        target = parse(words)
    except UsageError as refused:
        said = str(refused)
    else:
        said = ""
        destination = target.args[-1]
        assert destination
        assert not destination.startswith("-")
        assert not destination.rpartition("@")[2].startswith("-")
        assert harmful(destination) == []
    assert harmful(said) == []


def judged(host: str) -> tuple[str, str]:
    fact = read_typed(Target(host, (host,)))
    return fact.outcome, str(fact.data.get("corrected", ""))


@pytest.mark.parametrize(
    ("host", "outcome", "corrected"),
    [
        ("me@web-1", "ok", ""),
        ("192.0.2.1", "ok", ""),
        ("2001:db8::1", "ok", ""),
        ("fe80::1%eth0", "ok", ""),
        ("web-1:2222", "port-in-name", "ssh -p 2222 web-1"),
        ("me@web-1:22", "port-in-name", "ssh -p 22 me@web-1"),
        ("web\u2013 1", "garbled", ""),
        ("\u201cweb\u201d", "garbled", ""),
        ("web-1/home", "path-in-name", ""),
        ("web 1", "bad-characters", ""),
        ("$(id)", "bad-characters", ""),
        ("a;b", "bad-characters", ""),
        ("a`b`", "bad-characters", ""),
    ],
)
def test_the_name_is_judged_as_it_was_typed(host: str, outcome: str, corrected: str) -> None:
    got, better = judged(host)
    assert got == outcome
    if corrected:
        assert better == corrected


def test_dashes_from_a_word_processor_are_mended() -> None:
    fact = read_typed(Target("x", ("-o", "Port\u201322", "web\u20131")))
    assert fact.outcome == "garbled"
    assert "web-1" in fact.data["corrected"]


def test_the_config_file_is_shared_with_the_hops() -> None:
    assert config_option(("-4", "-F", "my config", "h")) == ("-F", "my config")
    assert config_option(("-4", "h")) == ()


def test_the_command_that_prints_the_settings_names_the_hop() -> None:
    legs = (Leg("inner gate", final=False), Leg("db"))
    target = Target("db", ("-F", "my config", "-J", "inner gate", "db"), ("-o", "HostName=192.0.2.1"))
    shown = [shows_settings(Scene(target, legs, index, {}, Run())) for index in (0, 1)]
    assert shown == [
        "ssh -G -F 'my config' 'inner gate'",
        "ssh -G -o HostName=192.0.2.1 -F 'my config' -J 'inner gate' db",
    ]
