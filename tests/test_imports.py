"""Quick commands stay quick: none of the large libraries is imported where it is not used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import python

HEAVY = (
    "textual", "boto3", "botocore", "paramiko", "questionary", "rich", "websockets",
    "cryptography.hazmat.primitives.asymmetric",
)  # fmt: skip

ASK = """
import json, sys
from sshwizard.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
heavy = [name for name in json.loads(sys.stdin.readline()) if name in sys.modules]
print(json.dumps({"code": int(code or 0), "heavy": heavy}), file=sys.stderr)
"""

COMMANDS = {
    "--version": (["--version"], 0),
    "--help": (["--help"], 0),
    "causes": (["causes"], 0),
    "explain CODE": (["explain", "key.permissions-too-open"], 0),
    "explain FILE": (["explain", "LOG", "--json"], 1),
    "reach aws": (["reach", "aws", str(Path(__file__).parent / "data" / "reach" / "aws.json")], 0),
    "lab --list": (["lab", "--list"], 0),
    "a refused port": (["diagnose", "--json", "-F", "none", "-p", "1", "127.0.0.1"], 1),
    "no such file": (["explain", "/nonexistent/log"], 2),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_quick_command_imports_nothing_large(name: str, tmp_path: Path) -> None:
    words, code = COMMANDS[name]
    log = tmp_path / "ssh.log"
    log.write_text("ssh: connect to host h port 22: Connection refused\n")
    told = python(
        ("-c", ASK, *(str(log) if word == "LOG" else word for word in words)), json.dumps(HEAVY[:-1]).encode() + b"\n"
    )
    last = json.loads(told.err.splitlines()[-1])
    assert last == {"code": code, "heavy": []}, told.text


def test_a_diagnosis_that_needs_no_key_reads_no_cryptography(tmp_path: Path) -> None:
    words = ("diagnose", "--json", "-F", "none", "-p", "1", "127.0.0.1")
    told = python(("-c", ASK, *words), json.dumps(HEAVY).encode() + b"\n")
    assert json.loads(told.err.splitlines()[-1])["heavy"] == [], told.text


def test_a_practice_world_is_diagnosed_without_them() -> None:
    told = python(("-c", ASK, "lab", "open-key", "--json"), json.dumps(HEAVY[:-1]).encode() + b"\n")
    assert json.loads(told.err.splitlines()[-1]) == {"code": 1, "heavy": []}, told.text


def test_the_time_of_imports_is_spent_on_ours(tmp_path: Path) -> None:
    told = python(("-X", "importtime", "-m", "sshwizard", "--version"))
    assert told.code == 0
    loaded = {row.rpartition("|")[2].strip() for row in told.err.splitlines()}
    assert not {name for name in loaded if name.partition(".")[0] in HEAVY}
    assert not [name for name in loaded if name.startswith(("sshwizard.tree", "sshwizard.lab"))]


ALONE = """
import sys
from sshwizard import cli
sys.meta_path.insert(0, cli._NoTls)
import asyncio
asyncio.run(asyncio.sleep(0))
without = "_ssl" not in sys.modules
import ssl
print(without, ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED)
"""


def test_asyncio_goes_without_openssl_which_is_there_for_whoever_wants_it() -> None:
    assert python(("-c", ALONE)).out.split() == ["True", "True"]


def test_help_waits_for_no_event_loop() -> None:
    told = python(("-c", ASK, "--help"), json.dumps(["asyncio", "ssl", "hashlib"]).encode() + b"\n")
    assert json.loads(told.err.splitlines()[-1]) == {"code": 0, "heavy": []}, told.text
