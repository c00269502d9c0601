"""The documents: what is generated is fresh, what is linked exists, and nothing of a build machine is in them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(file for file in (HOME / "docs").rglob("*") if file.is_file()), HOME / "README.md"]
MACHINE = re.compile(
    r"(?<![\w.~-])/(?:work|root|mnt|workspace|builds?)/"  # where somebody's checkout or home lies
    r"|(?<![\w.~-])/(?:home|Users)/(?!dana\b)\w+"  # dana is the person of the practice worlds
    r"|(?i:artifactory|jfrog|verdaccio|devpi|sonatype|[\w-]*nexus[\w-]*\.)"
    r"|--(?:extra-)?index-url|/simple/?\b|//(?:registry|mirror|proxy)[.-][\w.-]+"
)


def named(path: Path) -> str:
    """A document by its name."""
    return path.relative_to(HOME).as_posix()


def test_generated_documents_are_fresh() -> None:
    command = [sys.executable, str(HOME / "scripts" / "docs.py"), "--check"]
    ran = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_no_machine_and_no_registry_is_named(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    assert [found[0] for found in MACHINE.finditer(text)] == []


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path.suffix == ".md"], ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.S)
    headings = {
        re.sub(r"[^\w -]", "", row).strip().lower().replace(" ", "-") for row in re.findall(r"^#+ (.*)$", text, re.M)
    }
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        assert (path.parent / file).exists() if file else anchor in headings, link


def test_the_check_finds_what_it_looks_for() -> None:
    places = [f"see /{place}/x" for place in ("work", "root", "mnt")]
    for text in (*places, "/home/me/x", "--index-url https://a.b/", "//registry.a.b/"):
        assert MACHINE.search(text), text
    for text in ("~/.ssh/config", "/home/dana", "/etc/ssh/sshd_config", "docs/root/", "https://example.org/project/x"):
        assert not MACHINE.search(text), text


def test_no_message_is_without_a_word_to_look_for() -> None:
    command = [sys.executable, str(HOME / "scripts" / "fragments.py"), "--check"]
    ran = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
