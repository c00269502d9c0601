"""Shell completion, driven by a real bash."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
    ],
)
def test_bash_completes(words: tuple[str, ...], offered: str) -> None:
    assert offered in complete(*words)


def test_hosts_are_offered_and_a_stranger_s_host_line_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("Host web-1 $(touch${IFS}x) *.corp `id`\n  Port 22\n", "utf-8")
    monkeypatch.setattr(paths, "ssh_dir", lambda: tmp_path)
    told = [word for word in completion.words([]) if completion._HARMLESS.fullmatch(word)]
    assert "web-1" in told
    assert not [word for word in told if set(word) & set("$`(){}*")]


@pytest.mark.parametrize("shell", completion.SCRIPTS)
def test_a_script_names_the_program(shell: str) -> None:
    assert "sshwizard completion words" in completion.SCRIPTS[shell]
