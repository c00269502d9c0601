"""A repair at the next boot, in words; and which old scripts would run again with it."""

from __future__ import annotations

import gzip

import pytest

from sshwizard.effects.aws import EndRescue, RescueBoot, bootdata
from sshwizard.effects.aws.rescue import digest

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of nothing
RESCUE = ("", "eu-west-1", "i-1", "0a1b2c", "true", "false", EMPTY, "2026-01-02T03:04:05+00:00")


def archive(*parts: tuple[str, str, str]) -> bytes:
    """User data of several parts: kind, name, text."""
    rows = ['Content-Type: multipart/mixed; boundary="X"', ""]
    for kind, name, text in parts:
        named = f'\nContent-Disposition: attachment; filename="{name}"' if name else ""
        rows += ["--X", f"Content-Type: {kind}{named}", "", text]
    return "\n".join([*rows, "--X--", ""]).encode()


SHELL, CONFIG = "text/x-shellscript", "text/cloud-config"


@pytest.mark.parametrize(
    ("old", "names"),
    [
        (b"", []),
        (b"#cloud-config\npackages: [vim]\n", []),
        (b"#!/bin/sh\n", ["part-001"]),
        (b"\n  #!/bin/sh\n", ["part-001"]),
        (gzip.compress(b"#!/bin/sh\n", mtime=0), ["part-001"]),
        (archive((SHELL, "a.sh", "echo a")), ["a.sh"]),
        (archive(("text/plain", "a.sh", "#!/bin/sh")), ["a.sh"]),
        (archive(("text/plain", "a.txt", "words")), []),
        (archive((CONFIG, "", "x: y"), (SHELL, "", "#!/bin/sh")), ["part-002"]),
        (archive(("text/x-shellscript-per-boot", "b", "x"), ("text/x-shellscript-per-once", "c", "x")), ["b", "c"]),
    ],
)
def test_the_scripts_that_cloud_init_has_kept(old: bytes, names: list[str]) -> None:
    assert bootdata.kept(old) == names


@pytest.mark.parametrize(
    ("old", "says"),
    [
        (b"\x1f\x8bnothing", "is compressed, and cannot be read"),
        (b"#include\nhttps://x\n", "includes other files"),
        (archive(("text/x-include-url", "a", "https://x")), "includes other files"),
        (archive(("text/plain", "a", "#include\nhttps://x")), "includes other files"),
        (archive((SHELL, "../a", "x")), "has an odd name"),
        (archive((SHELL, "a" * 102, "x")), "has an odd name"),
    ],
)
def test_what_may_run_again_and_is_not_known_is_refused(old: bytes, says: str) -> None:
    with pytest.raises(bootdata.Unclear, match=says):
        bootdata.kept(old)


def test_user_data_are_as_long_as_ec2_takes_and_no_longer() -> None:
    spare = bootdata.MOST - len(bootdata.data("", b""))
    assert len(bootdata.data("x" * spare, b"")) == bootdata.MOST == 16384
    with pytest.raises(ValueError, match="the user data would be 16385 bytes, and EC2 takes 16384"):
        bootdata.data("x" * (spare + 1), b"")


def test_a_repair_at_a_boot_is_told_step_by_step_with_its_script() -> None:
    rescue = RescueBoot(*RESCUE, ("its address changes",))
    steps = rescue.preview()
    assert steps[:6] == (
        "stop i-1", "keep its user data, and put the script below in its place",
        "start i-1, and wait until the script reports on the console",
        "stop it, put the old user data back to the byte, and start it again", "# its address changes", "",
    )  # fmt: skip
    assert "\n".join(steps[6:]) + "\n" == bootdata.script("0a1b2c", "true", "false")
    assert rescue.words == "repair i-1 at a boot by its user data, which is put back"
    assert (rescue.undoable, RescueBoot(*RESCUE[:5], "", *RESCUE[6:]).undoable) == (True, False)
    end = EndRescue(*RESCUE, "/b")
    assert end.preview() == (
        "stop and start i-1 with a script that takes the repair back, and the old user data after",
    )  # fmt: skip
    assert (end.undoable, end.typed(())) == (False, ())
    assert digest(b"") == EMPTY


def test_the_console_tells_a_repair_from_its_undoing_and_from_others() -> None:
    assert bootdata.sentinel("0a1b2c") == "sshwizard 0a1b2c:"
    assert bootdata.sentinel("0a1b2c", undo=True) == "sshwizard 0a1b2c undo:"
    assert "sshwizard 0a1b2c:" not in bootdata.undoing("0a1b2c")
    assert "D=/var/lib/sshwizard/0a1b2c\n" in bootdata.undoing("0a1b2c")
