"""Every change: the journal keeps it, and its preview is harmless and true to the shell."""

from __future__ import annotations

from pathlib import Path

import pytest
from account_effects import EVERY
from snapshots import done

from sshwizard import effects, paths
from sshwizard.effects import (
    Chmod,
    Chown,
    CloseShared,
    Connect,
    ConvertKey,
    CopyKey,
    EditLines,
    Effect,
    InTerminal,
    LongScript,
    MakeDirectory,
    Ready,
    RemoteScript,
    RemoveConverted,
    RemoveCopy,
    RemoveDirectory,
    RepairKeyText,
    ResetAcl,
    Restore,
    RestoreAcl,
    RestoreKey,
    Retarget,
    Wait,
    WriteFile,
    gcp,
)  # fmt: skip
from sshwizard.effects.keylines import (
    AddKeyLine,
    LetKeyLinesIn,
    PutBackKeyLine,
    RemoveKeyLine,
    RevokeKeyLines,
    TakeAwayKeyLine,
)

LOGIN = (("-l", "dana"), ("-i", "/k"), ".ssh/authorized_keys", "ssh-ed25519 AAAA dana", "0a", "BBBB")


def test_other_options_for_this_run_change_no_file() -> None:
    effect = Retarget(("-p", "2222", "-o", "User=a b"), ("-4",))
    assert "ssh -p 2222 -o 'User=a b'" in effect.preview()[0]
    assert done(effect) == Retarget(("-4",), ("-p", "2222", "-o", "User=a b"))


def test_a_preview_of_a_path_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    assert Chmod("/tmp/a b; rm x", 0o600, 0o644).preview() == ("chmod 600 '/tmp/a b; rm x'",)
    assert Chmod(str(paths.home() / ".ssh/id"), 0o600, 0o644).preview() == ("chmod 600 ~/.ssh/id",)
    assert Restore("/tmp/it's", "", "").preview() == ("""rm '/tmp/it'"'"'s'""",)


def test_a_preview_is_harmless(tmp_path: Path) -> None:
    text = "evil\x1b[31m\u202e line"
    shown = EditLines("/tmp/known\x1b[31m_hosts", "", ((1, text),), (text,)).preview()
    assert not [row for row in shown if "\x1b" in row or "\u202e" in row]


VM = ("p", "europe-west1-b", "web-1")
WALL = ("p", "projects/p/global/networks/n", "r", 22, "198.20.30.40/32", 900, "web", "", "n")


def test_the_journal_keeps_every_kind() -> None:
    kinds: tuple[Effect, ...] = (
        Chmod("/k", 0o600, 0o644),
        Chown("/k", 0, 0, (1, 2)),
        EditLines("/k", "d", ((1, "a"), (2, "b")), ("c",), True, ((3, "d"),)),
        Restore("/k", "/b", "d", 0o600),
        WriteFile("/k", "a\nb\n", "d"),
        MakeDirectory("/k"),
        RemoveDirectory("/k"),
        RepairKeyText("/k", "d"),
        CopyKey("/k", "/l", "d"),
        ConvertKey("/k", "/l", "d"),
        RemoveConverted("/k", "/l", "d"),
        RemoveCopy("/k", "/l", "d"),
        RestoreKey("/k", "/l", "d", 0o644),
        CloseShared("/k", "h"),
        InTerminal(("a", "b"), ("c",)),
        Retarget(("-p", "1"), (), ("h",), ("i",)),
        Connect(("ssh", "h")),
        Wait(20),
        Wait(300, "192.0.2.1", 22),
        RemoteScript("0a", "user", ("-l", "root"), ("box",), "true", "a\nb", "c", 3, True),
        LongScript("0a", "user", (), ("box",), "true", "a\nb", "c", 0, words="a disk is mended", cautions=("slow",)),
        Ready(("-F", "/c", "box"), "true"),
        *EVERY,
        *(kind(*WALL) for kind in (gcp.AllowInFirewall, gcp.RemoveFromFirewall)),
        gcp.PowerVm(*VM, "start"),
        gcp.EditKeys(*VM, "ssh-keys", ((-1, "a"),), ((3, "b"), (4, "c"))),
        gcp.SetValue(*VM, "enable-oslogin", None, "TRUE", "n"),
        gcp.PruneKeys("p", "", "", "ssh-keys", "d", "2026-11-22T12:00:00+00:00", ("a", "b")),
        *(kind("p", "me@x", "ssh-rsa AAAA", "7") for kind in (gcp.ImportKey, gcp.RemoveKey, gcp.ExtendKey)),
        *(kind(*VM, "startup-script", "#!/bin/sh\n") for kind in (gcp.RescueScript, gcp.PutScriptBack)),
        gcp.ResetAndWatch(*VM, "through"),
        *(kind("p", "sshwizard-1", "{}") for kind in (gcp.TestConnectivity, gcp.RemoveTest)),
        gcp.RunTool("p", ("gcloud", "compute", "ssh")),
        gcp.StopStartVm(*VM, "group", ("its address changes",)),
        gcp.GrowDisk("p", "z", "web-1", 10, 20),
        gcp.KeepDisk(*VM, "web-1", True),
        *(kind(*VM, "web-1", "boot", True, "helper", ("it ends",)) for kind in (gcp.LendDisk, gcp.ReturnDisk)),
        gcp.BootFrom(*VM, "web-1", "web-2"),
        gcp.RecreateVm(*VM, "17", True, ("its address changes",)),
        gcp.MakeAgain(*VM, "/b"),
        *(kind("p", "snapshots", "global", "{}", "billed") for kind in (gcp.Make, gcp.Remove)),
        *(kind(*VM, "startup-script", "#!/bin/sh\n", "s:", "", "n") for kind in (gcp.BootScript, gcp.EndBootScript)),
        ResetAcl("C:\\k", "D\\me", ("D\\me:(F)",)),
        RestoreAcl("C:\\k", "/b", "D\\me", ("D\\me:(F)",)),
        *(kind(*LOGIN) for kind in (AddKeyLine, TakeAwayKeyLine, RemoveKeyLine, PutBackKeyLine)),
        *(kind(*LOGIN, rows=(3,), sum="1 2") for kind in (RevokeKeyLines, LetKeyLinesIn)),
    )
    assert tuple(effects.from_json(effects.to_json(effect)) for effect in kinds) == kinds
    assert {type(effect).__name__ for effect in kinds} == set(effects.kinds())
    with pytest.raises(ValueError, match="Explode"):
        effects.from_json({"kind": "Explode"})
