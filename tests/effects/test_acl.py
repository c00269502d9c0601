"""A key's access list on Windows, on the level of text: what icacls is told, what is read of it, and the way back."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from sshwizard import paths
from sshwizard.effects import Refused, ResetAcl, RestoreAcl, apply_all
from sshwizard.effects.acl import listed, read, to_remove

ME, SYSTEM = "BOX\\dana", "NT AUTHORITY\\SYSTEM"
LIST = (f"{SYSTEM}:(I)(F)", "BUILTIN\\Users:(RX,W)", "S-1-5-21-1-2-3-1001:(F)", f"{ME}:(F)", "BUILTIN\\Users:(R)")


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("C:\\k A:(F)\n     B\\C d:(I)(RX,W)\n\nSuccessfully processed 1 files\n", ("A:(F)", "B\\C d:(I)(RX,W)")),
        ("C:\\k A:(F)\n     odd\n     B:(F)\n", ("A:(F)",)),
        ("C:\\other A:(F)\n", ()),
        ("C:\\k\n", ()),
        ("", ()),
        ("C:\\k: Access is denied.\n", ()),
    ],
)
def test_what_icacls_prints_is_read_as_far_as_it_is_a_list(text: str, entries: tuple[str, ...]) -> None:
    assert read(text, "C:\\k") == entries


def test_who_is_shut_out() -> None:
    """Whoever has an entry of their own, once each, a number as icacls takes it; not this account."""
    assert to_remove(LIST, ME) == ("BUILTIN\\Users", "*S-1-5-21-1-2-3-1001")
    assert to_remove((f"{ME}:(F)", f"{SYSTEM}:(I)(F)"), ME) == ()


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key with a list, and an icacls on PATH."""
    place = tmp_path / "bin"
    place.mkdir()
    shutil.copyfile(Path(__file__).with_name("icacls.py"), place / "icacls.py")
    (place / "icacls").write_text(f'#!/bin/sh\nexec {sys.executable} -IS {place}/icacls.py "$@"\n')
    (place / "icacls").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    path = tmp_path / "id"
    path.write_text("key")
    path.with_name("id.acl").write_text("\n".join(LIST) + "\n")
    return path


def test_only_this_account_may_read_it_and_the_list_comes_back(key: Path) -> None:
    effect = ResetAcl(str(key), ME, LIST)
    (shown,) = effect.preview()
    assert shown == (f"icacls {key} /inheritance:r /grant:r {ME}:R /remove BUILTIN\\Users *S-1-5-21-1-2-3-1001")
    assert listed(str(key)) == LIST
    back = apply_all((effect,))
    assert listed(str(key)) == (f"{ME}:(R)",)
    (restore,) = back
    assert isinstance(restore, RestoreAcl)
    assert Path(restore.kept).parent == paths.backups_dir()
    assert restore.kept.endswith(".acl")
    with pytest.raises(Refused, match="no longer what the preview saw"):
        effect.check()
    assert restore.inverse() == effect
    with pytest.raises(Refused, match="no longer what the preview saw"):
        effect.apply()
    key.with_name("id.acl").write_text(f"{ME}:(R)\nX:(F)\n")
    for act in (restore.check, restore.apply):
        with pytest.raises(Refused, match="somebody changed the key's access list since"):
            act()
    key.with_name("id.acl").write_text(f"{ME}:(R)\n")
    calls = key.parent / "bin" / "calls"
    calls.unlink()
    restore.apply()
    assert listed(str(key)) == LIST
    # this system's own directory is none to PureWindowsPath's taste, which writes it with \
    assert calls.read_text().splitlines()[1] == f"{str(key.parent).replace('/', chr(92))} /restore {restore.kept}"


def test_a_preview_of_the_way_back_names_the_directory() -> None:
    restore = RestoreAcl("C:\\Users\\dana\\.ssh\\id", "C:\\kept.acl", ME, LIST)
    assert restore.preview() == ("icacls C:\\Users\\dana\\.ssh /restore C:\\kept.acl",)
    assert ResetAcl("C:\\k", ME, (f"{ME}:(F)",)).preview() == (f"icacls C:\\k /inheritance:r /grant:r {ME}:R",)


def test_without_icacls_or_its_answer_there_is_no_list(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert listed(str(key) + "-gone") == ()
    (key.parent / "bin" / "icacls").write_text(f"#!/bin/sh\necho '{key} A:(F)'; exit 5\n")
    assert listed(str(key)) == ()
    with pytest.raises(Refused, match="icacls did not succeed"):
        ResetAcl(str(key), ME, ()).inverse()
    monkeypatch.setenv("PATH", "/nowhere")
    assert listed(str(key)) == ()
