"""Changes in a Google project: what they are called, and that the lines for a shell make what the effect makes."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sshwizard.effects import Effect, Refused
from sshwizard.effects.gcp import (
    AllowInFirewall,
    EditKeys,
    ExtendKey,
    ImportKey,
    PowerVm,
    PruneKeys,
    PutScriptBack,
    RemoveFromFirewall,
    RemoveKey,
    RescueScript,
    ResetAndWatch,
    SetValue,
    digest,
)
from sshwizard.effects.gcp.metadata import Spot
from sshwizard.effects.gcp.rescue import KEPT

VM = ("shop", "europe-west1-b", "web-1")
WHOLE = ("shop", "", "")
NET = "projects/shop/global/networks/n"
RULE = (NET, "ssh-in", 22, "198.20.30.40/32", 900)
BLOBS = [base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes([number]) * 32).decode() for number in range(5)]
A, B, C = (
    f"{who}:ssh-ed25519 {blob} {note}"
    for who, blob, note in zip(("ann", "bob", "cy"), BLOBS, ("ann", "bob", "it's"), strict=False)
)


# ------------------------------------------------------------------ lines of ssh-keys


@pytest.mark.parametrize(
    ("value", "add", "remove", "after"),
    [
        (None, [(-1, A)], [], f"{A}\n"),
        ("", [(-1, A)], [], f"{A}\n"),
        (B, [(-1, A)], [], f"{B}\n{A}"),
        (f"{B}\n", [(-1, A)], [], f"{B}\n{A}\n"),
        (B, [(0, A)], [], f"{A}\n{B}"),
        (f"{B}\n{C}", [(1, A)], [], f"{B}\n{A}\n{C}"),
        (B, [(9, A)], [], f"{B}\n{A}"),
        (B, [(0, A), (1, C)], [], f"{A}\n{C}\n{B}"),
        (A, [(-1, A)], [], A),
        (f"{A}\n{B}", [], [(-1, A)], B),
        (f"{A}\n{B}\n{A}", [], [(0, A)], f"{B}\n{A}"),
        (f"{A}\n{B}\n{A}", [], [(2, A)], f"{A}\n{B}"),
        (f"{A}\n{B}\n{A}", [], [(-1, A)], f"{A}\n{B}"),
        (f"{A}\n{B}\n{A}", [], [(1, A)], f"{A}\n{B}"),
        (f"{A}\n{B}\n{A}", [], [(7, A)], f"{A}\n{B}"),
        (f"{A}\n{B}\n{C}", [], [(0, A), (2, C)], B),
        (f"{A}\n", [], [(-1, A)], None),
        (A, [(0, B)], [(0, A)], f"{B}"),
    ],
)
def test_lines_are_put_in_and_taken_out_in_their_places(
    value: str | None, add: list[tuple[int, str]], remove: list[tuple[int, str]], after: str | None
) -> None:
    assert EditKeys(*VM, "ssh-keys", tuple(add), tuple(remove)).edited(value) == after


def test_a_line_that_is_gone_is_not_taken_out() -> None:
    with pytest.raises(Refused, match="web-1, ssh-keys no longer has the line ann:ssh-ed25519 "):
        EditKeys(*VM, "ssh-keys", (), ((0, A),)).edited(B)


def test_every_other_value_stays() -> None:
    values = {"a": "1", "ssh-keys": A}
    assert EditKeys(*VM, "ssh-keys", ((-1, B),)).changed(values) == {"a": "1", "ssh-keys": f"{A}\n{B}"}
    assert EditKeys(*VM, "ssh-keys", (), ((0, A),)).changed(values) == {"a": "1"}
    assert SetValue(*VM, "a", None, "1").changed(values) == {"ssh-keys": A}
    assert values == {"a": "1", "ssh-keys": A}


@pytest.mark.parametrize("value", ["yes", None, "no"])
def test_a_value_is_set_where_it_is_as_it_was_seen(value: str | None) -> None:
    effect = SetValue(*VM, "k", "no", "yes")
    if value is None:
        with pytest.raises(Refused, match="web-1, k is another value now"):
            effect.edited(value)
    else:
        assert effect.edited(value) == "no"


@pytest.mark.parametrize("value", [None, A])
def test_what_was_changed_meanwhile_is_not_pruned(value: str | None) -> None:
    effect = PruneKeys(*VM, "ssh-keys", digest(f"{A}\n{A}\n{B}"), "2026-11-22T12:00:00+00:00", ("twice: ann",))
    assert effect.edited(f"{A}\n{A}\n{B}") == f"{A}\n{B}"
    with pytest.raises(Refused, match="was changed meanwhile; look again"):
        effect.edited(value)
    assert effect.preview() == ("- web-1, ssh-keys: expired and duplicate entries", "twice: ann")


def test_a_rescue_keeps_the_old_script_once_and_gives_it_back() -> None:
    there, back = RescueScript(*VM, "startup-script", "new\n"), PutScriptBack(*VM, "startup-script", "new\n")
    for before in ({"a": "1"}, {"a": "1", "startup-script": "old"}):
        during = there.changed(before)
        assert during["startup-script"] == "new\n"
        assert during.get(KEPT) == before.get("startup-script")
        assert back.changed(during) == before
        with pytest.raises(Refused, match="web-1 still keeps an older script as"):
            there.changed({**during, KEPT: ""})
    with pytest.raises(Refused, match="is not the rescue any more"):
        back.changed({KEPT: "old", "startup-script": "another"})
    assert (there.undoable, back.undoable, there.inverse(), back.inverse()) == (True, False, back, None)


# ------------------------------------------------------------------ the same by a shell


@pytest.fixture
def gcloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Spot, str], str]:
    """Runs the lines of an effect where gcloud keeps one value in a file; gives the value after."""
    place = tmp_path / "bin"
    place.mkdir()
    (place / "gcloud").write_text(
        f'#!/bin/sh\necho "$*" >>{place}/calls\ncase "$*" in\n'
        f'*" describe "*) cat {place}/value;;\n'
        f'*--metadata-from-file=*) for last; do :; done; cat "${{last#*=*=}}" >{place}/value;;\n'
        f'*" remove-metadata "*) : >{place}/value;;\n*) exit 9;;\nesac\n'
    )
    (place / "gcloud").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def run(effect: Spot, value: str) -> str:
        (place / "value").write_text(value)
        ran = subprocess.run(["sh"], input="\n".join(effect.typed(())) + "\n", capture_output=True, text=True,
                             timeout=20, check=False, cwd=tmp_path)  # fmt: skip
        assert (ran.returncode, ran.stderr) == (0, "")
        where = " web-1 --zone europe-west1-b" if effect.vm else ""
        group = "instances" if effect.vm else "project-info"
        for call in (place / "calls").read_text().splitlines():
            assert re.fullmatch(
                rf"compute {group} (describe|add-metadata|remove-metadata){where}.*--project shop.*", call
            )
        return (place / "value").read_text()

    return run


@pytest.mark.parametrize("at", [VM, WHOLE])
def test_a_shell_edits_the_keys_as_the_effect_does(
    gcloud: Callable[[Spot, str], str], tmp_path: Path, at: tuple[str, str, str]
) -> None:
    value = f"{A}\n{B}\n"
    for add, remove in (([(-1, C)], []), ([], [(0, A)]), ([(-1, C)], [(1, B)])):
        effect = EditKeys(*at, "ssh-keys", tuple(add), tuple(remove))
        assert gcloud(effect, value) == effect.edited(value)
    old = f'old:ssh-ed25519 {BLOBS[3]} google-ssh {{"userName":"old","expireOn":"2024-01-04T20:12:00+0000"}}'
    new = f'new:ssh-ed25519 {BLOBS[4]} google-ssh {{"userName":"new","expireOn":"2124-01-04T20:12:00+0000"}}'
    full = "\n".join([old, A, new, A, B, ""])
    prune = PruneKeys(*at, "ssh-keys", digest(full), "2026-11-22T12:00:00+00:00")
    assert gcloud(prune, full) == prune.edited(full) == "\n".join([A, new, B, ""])
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_a_shell_changes_the_script_and_puts_it_back(gcloud: Callable[[Spot, str], str], tmp_path: Path) -> None:
    new = "#!/bin/sh\necho it's\n"
    there, back = RescueScript(*VM, "startup-script", new), PutScriptBack(*VM, "startup-script", new)
    for old in ("echo old\n", ""):
        assert gcloud(there, old) == new
        assert gcloud(back, new) == old
        assert [path.name for path in tmp_path.iterdir()] == ["bin"]


# ------------------------------------------------------------------ in words


TAGGED = ("web", "", "for kim")
SHOWN: list[tuple[Effect, str, str]] = [
    (AllowInFirewall("shop", *RULE, *TAGGED),
     "+ firewall rule ssh-in in n: tcp 22 from 198.20.30.40/32 to VMs tagged web, priority 900 (for kim)",
     "compute firewall-rules create ssh-in --network=n --direction=INGRESS --action=ALLOW --rules=tcp:22 "
     "--source-ranges=198.20.30.40/32 --priority=900 '--description=for kim' --target-tags=web"),
    (AllowInFirewall("shop", *RULE, "", "me@x", "for kim"),
     "+ firewall rule ssh-in in n: tcp 22 from 198.20.30.40/32 to VMs that run as me@x, priority 900 (for kim)",
     "compute firewall-rules create ssh-in --network=n --direction=INGRESS --action=ALLOW --rules=tcp:22 "
     "--source-ranges=198.20.30.40/32 --priority=900 '--description=for kim' --target-service-accounts=me@x"),
    (AllowInFirewall("shop", *RULE, "", "", "for kim"),
     "+ firewall rule ssh-in in n: tcp 22 from 198.20.30.40/32 to EVERY VM of the network, priority 900 (for kim)",
     "compute firewall-rules create ssh-in --network=n --direction=INGRESS --action=ALLOW --rules=tcp:22 "
     "--source-ranges=198.20.30.40/32 --priority=900 '--description=for kim'"),
    (RemoveFromFirewall("shop", *RULE, *TAGGED),
     "- firewall rule ssh-in in n: tcp 22 from 198.20.30.40/32 to VMs tagged web, priority 900 (for kim)",
     "compute firewall-rules delete ssh-in"),
    (SetValue(*VM, "k", "TRUE", None), "+ web-1, k=TRUE",
     "compute instances add-metadata web-1 --zone europe-west1-b --metadata=k=TRUE"),
    (SetValue(*WHOLE, "k", "TRUE", "FALSE", "for all"), "+ project shop, k=TRUE   (it is FALSE)\nfor all",
     "compute project-info add-metadata --metadata=k=TRUE"),
    (SetValue(*VM, "k", None, "TRUE"), "- web-1, k: removed",
     "compute instances remove-metadata web-1 --zone europe-west1-b --keys=k"),
    (SetValue(*VM, "k", "a\nb", None), "+ web-1, k: 2 lines\n    a\n    b", ""),
    (SetValue(*VM, "k", "a,b", ""), "+ web-1, k=a,b   (it is )", ""),
    (EditKeys(*VM, "ssh-keys", ((-1, A),), ((0, B),)), f"+ web-1, ssh-keys: {A}\n- web-1, ssh-keys: {B}", "…"),
    (RescueScript(*VM, "s", "a\nb\n"),
     f"+ web-1, s: 2 lines (the old one is kept as {KEPT})\n    a\n    b", "…"),
    (PutScriptBack(*VM, "s", "a\n"), "web-1, s: the old one again", "…"),
    (PowerVm(*VM, "start"), "start web-1 in europe-west1-b", "compute instances start web-1 --zone europe-west1-b"),
    (PowerVm(*VM, "reset"), "reset web-1 in europe-west1-b: like a power cut, what is in its memory is lost",
     "compute instances reset web-1 --zone europe-west1-b"),
    (ResetAndWatch(*VM, "it is through"),
     "reset web-1 (like a power cut: running work is lost), and wait for “it is through”", "…"),
    (ImportKey("shop", "me@x", "ssh-rsa AAAA", ""), "+ OS Login profile of me@x: ssh-rsa AAAA (for good)",
     "compute os-login ssh-keys add '--key=ssh-rsa AAAA'"),
    (ImportKey("shop", "me@x", "ssh-rsa AAAA", "1700000000000000"),
     "+ OS Login profile of me@x: ssh-rsa AAAA (until 2023-11-14T22:13:20+00:00)", "…"),
    (RemoveKey("shop", "me@x", "ssh-rsa AAAA", ""), "- OS Login profile of me@x: ssh-rsa AAAA (for good)",
     "compute os-login ssh-keys remove '--key=ssh-rsa AAAA'"),
]  # fmt: skip


@pytest.mark.parametrize(("effect", "shown", "typed"), SHOWN, ids=lambda one: type(one).__name__)
def test_a_change_is_shown_and_typed(effect: Effect, shown: str, typed: str) -> None:
    assert effect.preview() == tuple(shown.splitlines())
    if typed != "…":
        assert effect.typed(()) == ((f"gcloud {typed} --project shop",) if typed else ())


@pytest.mark.parametrize(("seconds", "ttl"), [(600, "10m"), (90 * 60, "90m"), (-600, "1m"), (10, "1m"), (100, "2m")])
def test_a_key_s_end_is_a_time_from_now_on_when_it_is_typed(seconds: int, ttl: str) -> None:
    ends = str(int((time.time() + seconds + 2) * 1e6))
    (added,) = ImportKey("shop", "me@x", "ssh-rsa AAAA", ends).typed(())
    assert f" --ttl={ttl}" in added
    (extended,) = ExtendKey("shop", "me@x", "ssh-rsa AAAA", ends).typed(())
    assert f"update '--key=ssh-rsa AAAA' --ttl={ttl} " in extended


def test_a_key_without_an_end_is_typed_so() -> None:
    (extended,) = ExtendKey("shop", "me@x", "ssh-rsa AAAA", "").typed(())
    assert "--ttl=0 " in extended


@pytest.mark.parametrize(
    ("verb", "back"),
    [("start", "stop"), ("stop", "start"), ("resume", "suspend"), ("suspend", "resume"), ("reset", "")],
)
def test_power_has_a_way_back_but_for_a_reset(verb: str, back: str) -> None:
    one = PowerVm(*VM, verb)  # type: ignore[arg-type]
    assert one.inverse() == (PowerVm(*VM, back) if back else None)  # type: ignore[arg-type]
    assert one.undoable is bool(back)
    watched = ResetAndWatch(*VM, "x")
    assert (watched.undoable, watched.inverse()) == (False, None)


LONG = (*VM, "k y " * 99)


@pytest.mark.parametrize(
    "act",
    [
        lambda: SetValue(*LONG, "a", None).edited("b"),
        lambda: EditKeys(*LONG, (), ((0, A),)).edited(None),
        lambda: PruneKeys(*LONG, "d", "2026-11-22T12:00:00+00:00").edited(None),
        lambda: PutScriptBack(*LONG, "s").changed({}),
    ],
)
def test_a_refusal_is_a_sentence_and_no_flood(act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refused:
        act()
    assert str(refused.value).index("…") == 119


def test_a_line_in_a_refusal_is_cut_too() -> None:
    with pytest.raises(Refused) as refused:
        EditKeys(*VM, "k", (), ((0, "a b " * 99),)).edited(None)
    assert len(str(refused.value).partition("the line ")[2]) == 80
