"""Shell completion, driven by real shells."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fronts.terminal import program

from sshwizard import paths
from sshwizard.commands import completion

ASK = """
sshwizard() {{ {python} -m sshwizard "$@"; }}
source <(sshwizard completion bash)
COMP_WORDS=(sshwizard {words}); COMP_CWORD={at}; _sshwizard; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def complete(*words: str) -> list[str]:
    """What bash offers for the last of `words`."""
    bash = shutil.which("bash")
    assert bash
    script = ASK.format(python=sys.executable, words=" ".join(words), at=len(words))
    ran = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("dia",), "diagnose"),
        (("diagnose", "--fin"), "--fingerprint"),
        (("explain", "key.perm"), "key.permissions-too-open"),
        (("reach", "a"), "aws"),
        (("doors", "--js"), "--json"),
        (("connect", "--via", "ser"), "serial"),
        (("ask", "--read"), "--read-only"),
        (("watch", "la"), "last"),
        (("doctor", "--checklist", "pro"), "production"),
        (("doctor", "--exp"), "--export-config"),
        (("lab", "open"), "open-key"),
        (("--theme", "contrast-l"), "contrast-light"),
        (("help", "exit"), "exit-codes"),
        (("report", "--format", "bun"), "bundle"),
        (("completion", "fi"), "fish"),
    ],
)
def test_bash_completes(words: tuple[str, ...], offered: str) -> None:
    assert offered in complete(*words)


@pytest.fixture
def at_hand(away_from_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person with `sshwizard` on the PATH, and a host in the ssh config; the account's own home is no matter."""
    (away_from_home / "bin").mkdir()
    wizard = away_from_home / "bin" / "sshwizard"
    say = "from pathlib import Path; from sshwizard import cli, paths; "
    say += f"paths.ssh_dir = lambda: Path('{away_from_home}'); cli.run()"
    wizard.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{say}" "$@"\n')
    wizard.chmod(0o755)
    (away_from_home / "config").write_text("Host web-nine\n")
    monkeypatch.setenv("PATH", str(wizard.parent), prepend=":")
    return away_from_home


TYPED = {
    "a command": ("dia", "diagnose"),
    "a host": ("inside web-n", "web-nine"),
    "a cause": ("explain key.perm", "key.permissions-too-open"),
    "an option": ("diagnose --fing", "--fingerprint"),
    "an exercise": ("lab open-k", "open-key"),
    "a session": ("replay la", "last"),
    "a topic": ("help envi", "environment"),
}


@pytest.mark.requires("fish")
@pytest.mark.parametrize("name", TYPED)
def test_fish_completes(name: str, at_hand: Path) -> None:
    typed, offered = TYPED[name]
    script = f"sshwizard completion fish | source; complete -C 'sshwizard {typed}'"
    ran = subprocess.run(("fish", "-N", "-c", script), capture_output=True, text=True, check=True, timeout=30)
    assert offered in ran.stdout.split(), ran.stderr


@pytest.mark.requires("zsh")
@pytest.mark.parametrize("how", ["sourced", "a file in fpath"])
def test_zsh_completes(how: str, at_hand: Path) -> None:
    """As a person types it: a word, and the tab key."""
    (at_hand / "zfunc").mkdir()
    (at_hand / "zfunc" / "_sshwizard").write_text(completion.script("zsh"))
    begin = "autoload -U compinit; compinit -u -D; source <(sshwizard completion zsh)"
    if how != "sourced":
        begin = "fpath=(~/zfunc $fpath); autoload -U compinit; compinit -u -D"
    with program("zsh", "-f", "-i", PS1="> ", TERM="xterm") as terminal:
        terminal.press(f"{begin}; PS1='ready> '\n")
        terminal.until(lambda shown: "\nready>" in shown)
        for typed, offered in TYPED.values():
            terminal.press(f"\x0c\x15sshwizard {typed}")
            terminal.until(f"sshwizard {typed}")
            terminal.press("\t")
            terminal.until(f"sshwizard {typed.rpartition(' ')[0]} {offered}".replace("  ", " "))


def test_hosts_are_offered_and_a_stranger_s_host_line_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("Host web-1 $(touch${IFS}x) *.corp `id`\n  Port 22\n", "utf-8")
    monkeypatch.setattr(paths, "ssh_dir", lambda: tmp_path)
    told = [word for word in completion.words([]) if completion._HARMLESS.fullmatch(word)]
    assert "web-1" in told
    assert not [word for word in told if set(word) & set("$`(){}*")]


@pytest.mark.parametrize("shell", completion.SCRIPTS)
def test_a_script_names_the_program(shell: str) -> None:
    assert "sshwizard completion words" in completion.script(shell)
