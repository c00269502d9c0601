"""Changes in a project, against the practice Google Cloud over HTTP: made, taken back to the byte, refused in words."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gce import VM, ask

from sshwizard.cloud.gcp.metadata import items
from sshwizard.effects import Effect, Refused, from_json, to_json
from sshwizard.effects.gcp import (
    EditKeys,
    ExtendKey,
    ImportKey,
    PruneKeys,
    PutScriptBack,
    RescueScript,
    ResetAndWatch,
    SetValue,
    digest,
    metadata,
    place,
    rescue,
)
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp

AT = (PROJECT, ZONE, "web-1")
WHOLE = (PROJECT, "", "")
ME = "dana@example.com"


def public(number: int) -> str:
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes([number]) * 32
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


MINE, OTHER = public(1), public(2)
LINE, THEIRS = f"dana:{MINE} dana", f"robin:{OTHER} robin@desk"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, google: Gcp) -> None:
    monkeypatch.setattr(metadata, "SETTLE", 0)
    monkeypatch.setattr(place, "PAUSE", 0.01)
    monkeypatch.setattr(rescue, "EVERY", 0.05)
    place._ACCESS.clear()
    google.instance("web-1", metadata={"ssh-keys": f"{THEIRS}\n"})


def now(google: Gcp, name: str = "web-1") -> dict[str, str]:
    if name:
        return items(ask(google, f"{VM}/{name}")[1].get("metadata"))
    return items(ask(google, f"compute/v1/projects/{PROJECT}")[1].get("commonInstanceMetadata"))


def made(effect: Effect) -> Effect | None:
    """Apply it as the journal does: the inverse is made before, and both can be kept as JSON."""
    again = from_json(to_json(effect))
    assert again == effect
    assert all(line == line.strip() or line.startswith(" ") for line in effect.preview())
    effect.check()
    inverse = effect.inverse()
    effect.apply()
    assert inverse is None or from_json(to_json(inverse)) == inverse
    return inverse


def undone(effect: Effect | None) -> None:
    assert effect is not None
    made(effect)


def test_a_key_is_put_in_and_taken_out_to_the_byte(google: Gcp) -> None:
    for value in (f"{THEIRS}\n", THEIRS, None):
        google.instance("web-1", metadata={"ssh-keys": value} if value else {})
        back = made(EditKeys(*AT, "ssh-keys", ((-1, LINE),)))
        assert LINE in now(google)["ssh-keys"].splitlines()
        assert ("robin" in now(google)["ssh-keys"]) == bool(value)
        undone(back)
        assert now(google).get("ssh-keys") == value


def test_the_project_s_keys_are_changed_too(google: Gcp) -> None:
    back = made(EditKeys(*WHOLE, "ssh-keys", ((-1, LINE),)))
    assert LINE in now(google, "")["ssh-keys"]
    undone(back)
    assert "ssh-keys" not in now(google, "")


def test_a_key_that_is_there_is_not_put_in_twice(google: Gcp) -> None:
    google.instance("web-1", metadata={"ssh-keys": LINE})
    with pytest.raises(Refused, match="already"):
        EditKeys(*AT, "ssh-keys", ((-1, LINE),)).check()
    with pytest.raises(Refused, match="no longer"):
        EditKeys(*AT, "ssh-keys", remove=((-1, THEIRS),)).check()


class Late(EditKeys):
    """Somebody else writes between our reading and our writing, once."""

    __slots__ = ()
    google: Gcp
    tries = 0

    def changed(self, values: dict[str, str]) -> dict[str, str]:
        type(self).tries += 1
        if self.tries == 1:
            self.google.instance("web-1", metadata={"ssh-keys": f"{THEIRS}\nmeanwhile:{OTHER}\n"})
        return EditKeys.changed(self, values)


def test_what_somebody_wrote_meanwhile_stays(google: Gcp) -> None:
    Late.google, Late.tries = google, 0
    Late(*AT, "ssh-keys", ((-1, LINE),)).apply()
    assert Late.tries == 2
    assert [line.partition(":")[0] for line in now(google)["ssh-keys"].splitlines()] == ["robin", "meanwhile", "dana"]


def test_a_switch_is_set_and_set_back(google: Gcp) -> None:
    back = made(SetValue(*AT, "enable-oslogin", "TRUE", None, "their keys are ignored then: robin"))
    assert now(google)["enable-oslogin"] == "TRUE"
    with pytest.raises(Refused, match="already"):
        SetValue(*AT, "enable-oslogin", "TRUE", None).check()
    with pytest.raises(Refused, match="another value"):
        SetValue(*AT, "enable-oslogin", "FALSE", None).check()
    undone(back)
    assert "enable-oslogin" not in now(google)


def test_pruning_takes_what_has_expired_and_gives_it_back(google: Gcp) -> None:
    old = f'old:{OTHER} google-ssh {{"userName":"old","expireOn":"2024-01-04T20:12:00+0000"}}'
    value = f"{old}\n{THEIRS}\n{old}\n{THEIRS}\n"
    google.instance("web-1", metadata={"ssh-keys": value})
    effect = PruneKeys(*AT, "ssh-keys", digest(value), datetime.now(UTC).isoformat(), ("expired: old",))
    back = made(effect)
    assert now(google)["ssh-keys"] == f"{THEIRS}\n"
    with pytest.raises(Refused, match="changed meanwhile"):
        effect.check()
    undone(back)
    assert now(google)["ssh-keys"] == value


def test_a_value_that_is_too_large_is_refused_in_google_s_words(google: Gcp) -> None:
    google.instance("web-1", metadata={"ssh-keys": f"{THEIRS}\n" * 3000})
    with pytest.raises(Refused, match="too large"):
        EditKeys(*AT, "ssh-keys", ((-1, LINE),)).apply()


def test_a_denied_change_names_the_permission(google: Gcp) -> None:
    google.deny("compute.instances.setMetadata")
    with pytest.raises(Refused, match=r"compute\.instances\.setMetadata"):
        EditKeys(*AT, "ssh-keys", ((-1, LINE),)).apply()
    assert now(google)["ssh-keys"] == f"{THEIRS}\n"


def test_an_operation_that_fails_is_told(google: Gcp) -> None:
    google.fail("setMetadata")
    with pytest.raises(Refused, match=r"(?i)quota"):
        EditKeys(*AT, "ssh-keys", ((-1, LINE),)).apply()


def keys(google: Gcp) -> list[dict[str, Any]]:
    profile = ask(google, f"oslogin/v1/users/{ME}/loginProfile?projectId={PROJECT}")[1]
    return list(profile.get("sshPublicKeys", {}).values())


def test_a_profile_gets_a_key_with_an_end(google: Gcp) -> None:
    usec = str(int((datetime.now(UTC) + timedelta(minutes=10)).timestamp() * 1e6))
    back = made(ImportKey(PROJECT, ME, MINE, usec))
    assert [(one["key"].split()[1], one["expirationTimeUsec"]) for one in keys(google)] == [(MINE.split()[1], usec)]
    undone(back)
    assert keys(google) == []


def test_a_key_that_expired_gets_another_end(google: Gcp) -> None:
    past = int((time.time() - 3600) * 1e6)
    google.profile({MINE: past})
    later = str(int((time.time() + 600) * 1e6))
    back = made(ExtendKey(PROJECT, ME, MINE, later, str(past)))
    assert [one["expirationTimeUsec"] for one in keys(google)] == [later]
    undone(back)
    assert [one["expirationTimeUsec"] for one in keys(google)] == [str(past)]


def test_a_rescue_script_makes_room_for_the_old_one_again(google: Gcp) -> None:
    google.instance("web-1", metadata={"startup-script": "echo mine"})
    script = "#!/bin/sh\necho through 1\n"
    back = made(RescueScript(*AT, "startup-script", script))
    assert now(google) == {"startup-script": script, rescue.KEPT: "echo mine"}
    with pytest.raises(Refused, match="not finished"):
        RescueScript(*AT, "startup-script", script).check()
    undone(back)
    assert now(google) == {"startup-script": "echo mine"}
    with pytest.raises(Refused, match="not the rescue"):
        PutScriptBack(*AT, "startup-script", script).check()


def test_a_reset_is_watched_until_the_script_is_through(google: Gcp, monkeypatch: pytest.MonkeyPatch) -> None:
    google.instance("web-1", serial={1: "boot\n"}, boots="healthy", metadata={"startup-script": "echo through 7\n"})
    assert made(ResetAndWatch(*AT, "through 7")) is None
    monkeypatch.setattr(rescue, "PATIENCE", 0.2)
    with pytest.raises(Refused, match="did not say"):
        ResetAndWatch(*AT, "never said").apply()
    google.instance("web-1", status="TERMINATED")
    with pytest.raises(Refused, match="TERMINATED"):
        ResetAndWatch(*AT, "through").check()
