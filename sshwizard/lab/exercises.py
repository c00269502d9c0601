"""The exercises: one small function each, which breaks a healthy world, in the order of the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from sshwizard.lab.bench import USER, Account, Bench

Level = Literal["first day", "practice"]
Fault = Callable[[Bench], None]


@dataclass(frozen=True)
class Exercise:
    """One thing to practise. Title, story and hints never name the cause."""

    id: str
    title: str
    """What a colleague would say."""
    story: str
    """Who you are, what you wanted, what happens."""
    cause: str
    """The code that the wizard must find; "none" where nothing is wrong."""
    hints: tuple[str, ...]
    """From a nudge to nearly the answer."""
    level: Level


_exercises: dict[str, Exercise] = {}
_faults: dict[str, Fault] = {}

EXERCISES: Mapping[str, Exercise] = MappingProxyType(_exercises)
"""Every exercise by its id, in display order."""

FAULTS: Mapping[str, Fault] = MappingProxyType(_faults)
"""What breaks the world of each exercise, by the same ids."""


def _exercise(id: str, cause: str, level: Level, title: str, story: str, *hints: str) -> Callable[[Fault], Fault]:
    def enter(fault: Fault) -> Fault:
        _exercises[id] = Exercise(id, title, story, cause, hints, level)
        _faults[id] = fault
        return fault

    return enter


@_exercise(
    "open-key",
    "key.permissions-too-open",
    "first day",
    "Same key, same server, new laptop, and now it will not let me in.",
    "You are Dana and moved to a new laptop yesterday; your files came over on a USB stick. "
    "You want to log in to lab-web as every morning. ssh prints a loud warning, then permission denied.",
    "The loud warning above the last line says more than the last line.",
    "Who can read your private key? Try: ls -l on the file that the config names.",
)
def _open_key(bench: Bench) -> None:
    bench.key.chmod(0o644)


@_exercise(
    "refused-port",
    "config.wrong-port",
    "first day",
    "The server is up, everybody else works on it, but I get connection refused.",
    "You are Dana and tidied up your ssh config on Friday. "
    "You want to look at the web server's logs. ssh says at once that the connection was refused.",
    "Refused at once means: the machine answered, and nothing listens where you knocked.",
    "Your known_hosts remembers where you reached this server before. Compare it with the config.",
)
def _refused_port(bench: Bench) -> None:
    bench.config(port=bench.closed_port())


@_exercise(
    "changed-host-key",
    "hostkey.changed",
    "practice",
    "ssh says that someone could be eavesdropping on me. Should I be worried?",
    "You are Dana, back from two weeks of holiday. You want to deploy to lab-web. "
    "ssh shows a wall of at-signs and refuses. A colleague left a note for you: fingerprint.txt.",
    "Do not delete anything yet. First find out whether the server is the right one.",
    "Compare the fingerprint that ssh prints with the one in fingerprint.txt; only if they are equal, "
    "replace the old line in known_hosts.",
)
def _changed_host_key(bench: Bench) -> None:
    bench.known_hosts(bench.new_key("server/former_key"))
    note = (
        "Dana, I rebuilt lab-web while you were away. Its new host key is\n\n"
        f"    {bench.fingerprint()} (ED25519)\n\n"
        "Please compare before you accept it. Robin\n"
    )
    (bench.root / "fingerprint.txt").write_text(note, encoding="ascii")


@_exercise(
    "wrong-user",
    "auth.wrong-user",
    "first day",
    "It takes my key, and a moment later I am out again.",
    "You are Dana and copied the ssh config of an older project for lab-web. "
    "You want a shell. The login seems to work, one line appears, and the connection closes.",
    "Read the one line that appears before the connection closes. The server is polite.",
    "Which name does the config log in with?",
)
def _wrong_user(bench: Bench) -> None:
    bench.config(user="root")
    keys = (bench.public_key(),)
    refusal = f'Please login as the user "{USER}" rather than the user "root".\n\n'
    bench.accounts(dana=Account(keys), root=Account(keys, refusal, 142))


@_exercise(
    "unknown-host",
    "hostkey.unknown",
    "first day",
    "My script stops before it has even logged in; by hand ssh asks me a question.",
    "You are Dana on the first day with a new server. You want the nightly backup script to reach lab-web. "
    "In the script ssh gives up with one line; typed by hand, it asks whether you are sure.",
    "ssh has never met this server. What would you need to be sure that it is the right one?",
    "Look at known_hosts: there is no line for this address and port yet.",
)
def _unknown_host(bench: Bench) -> None:
    bench.known_hosts(None)


@_exercise(
    "wrong-key",
    "key.wrong-key",
    "practice",
    "Robin gets in from this very machine. I get permission denied.",
    "You are Dana and joined the web team this week; the team's things are already on your machine. "
    "You want to log in to lab-web. The server answers permission denied (publickey).",
    "The server does not know the key that was offered. Is it the only one you have?",
    "There are two key pairs beside known_hosts. The config names one of them.",
)
def _wrong_key(bench: Bench) -> None:
    bench.accounts(dana=Account((bench.new_key("ssh/id_team"),)))


@_exercise(
    "damaged-key",
    "key.text-damaged",
    "practice",
    "The key looks perfect in my editor, but ssh cannot load it.",
    "You are Dana and got your key back from a backup, by way of a colleague's Windows machine. "
    "You want to log in to lab-web. ssh complains about the key, then says permission denied.",
    "The words of the key are right. What is between the lines?",
    "Try: file on the private key, or cat -v, and look at the end of each line.",
)
def _damaged_key(bench: Bench) -> None:
    bench.key.write_bytes(bench.key.read_bytes().replace(b"\n", b"\r\n"))


@_exercise(
    "nologin",
    "session.nologin-shell",
    "practice",
    "The key is fine, the login is fine, and still I get no prompt.",
    "You are Dana and asked for access to lab-web; the ticket says done. "
    "You want a shell. The server takes your key, prints one sentence and closes.",
    "The login itself works: look at what comes after it.",
    "The sentence comes from the program that runs instead of your shell.",
)
def _nologin(bench: Bench) -> None:
    bench.accounts(dana=Account((bench.public_key(),), "This account is currently not available.\n", 1))


@_exercise(
    "healthy",
    "none",
    "first day",
    "Somebody in the chat says lab-web is down. Is it?",
    "You are Dana and it is quiet in the office. Somebody in the chat says that nobody can reach lab-web. You try it.",
    "Not every alarm is true.",
)
def _healthy(bench: Bench) -> None:
    """Nothing is wrong: a wizard must be able to say so."""
