"""Commands to copy: every word is filled in, and a shell can read them."""

from __future__ import annotations

import subprocess

import pytest
from fixes.googleplans import MINE, VM, by_google
from fixes.plans import at

from sshwizard.fixes import FIXES, Refusal, lines
from sshwizard.fixes.gcp.guides import LINES as ACCESS
from sshwizard.fixes.gcp.keys import MINUTES
from sshwizard.fixes.gcp.ways import LINES as WAYS
from sshwizard.model import Fact

NETWORK = "https://www.googleapis.com/compute/v1/projects/practice-host/global/networks/shop-net"
GUIDES = (*ACCESS, *WAYS)
ROLE = {**MINE, "role": "roles/compute.osLogin"}
ROBOT = {**MINE, "role": "roles/iam.serviceAccountUser", "service_account": "robot@shop.iam.gserviceaccount.com"}


@pytest.mark.parametrize("id_", GUIDES)
def test_a_shell_can_read_every_line(id_: str) -> None:
    told = lines(id_, by_google("may-not", {**ROLE, "disk": "web-1", "disk_gb": 10, "network": NETWORK}))
    assert told
    ran = subprocess.run(["sh", "-n"], input="\n".join(told), text=True, check=False, timeout=20)
    assert ran.returncode == 0
    assert not any("{" in line or "None" in line for line in told)


@pytest.mark.parametrize("id_", GUIDES)
def test_elsewhere_the_vocabulary_s_words_stand(id_: str, tmp_path: object) -> None:
    from pathlib import Path

    assert lines(id_, at(Path(str(tmp_path)), "denied")) == ()


def test_the_least_role_on_the_smallest_thing() -> None:
    assert lines("guide-grant-gcp-role", by_google("may-not", ROLE)) == (
        "gcloud compute instances add-iam-policy-binding web-1 --zone europe-west1-b --project practice-shop "
        "--member user:dana@example.com --role roles/compute.osLogin",
    )
    (line,) = lines("guide-grant-gcp-role", by_google("may-not-act", ROBOT))
    assert line.startswith("gcloud iam service-accounts add-iam-policy-binding robot@shop.iam.gserviceaccount.com ")


def test_a_shared_network_gets_its_route_in_its_own_project() -> None:
    (line, _) = lines("guide-gcp-route", by_google("no-default-route", {**VM, "network": NETWORK}))
    assert line == (
        "gcloud compute routes create shop-net-to-internet --network shop-net --destination-range 0.0.0.0/0 "
        "--next-hop-gateway default-internet-gateway --project practice-host"
    )


def test_how_long_a_key_stays_is_asked() -> None:
    fix = FIXES["add-key-in-gcp"]
    assert f"({MINUTES})" in fix.asks
    for answer, told in (("", "expireOn"), ("90", "expireOn"), ("permanent", " dana")):
        plan = fix.plan(by_google("expired", MINE, answer=answer))
        assert not isinstance(plan, Refusal)
        assert told in plan[0].preview()[0]
    for answer in ("0", "soon", "-5", "9999999999"):
        assert isinstance(fix.plan(by_google("expired", MINE, answer=answer)), Refusal)


def test_a_key_for_oslogin_comes_with_its_user_name() -> None:
    plan = FIXES["add-key-in-gcp"].plan(
        by_google("only-in-metadata", {**MINE, "user_wanted": "dana_example_com"}, "oslogin")
    )
    assert not isinstance(plan, Refusal)
    assert [type(one).__name__ for one in plan] == ["ImportKey", "Retarget"]


def test_an_organization_that_requires_oslogin_is_not_argued_with() -> None:
    there = by_google("only-in-metadata", MINE, "oslogin")
    assert not isinstance(FIXES["set-oslogin-for-instance"].plan(there), Refusal)
    facts = {"google-source": Fact("oslogin", "", data={**VM, "oslogin_own": None, "required": True})}
    told = FIXES["set-oslogin-for-instance"].plan(type(there)(there.target, there.leg, facts, there.found))
    assert isinstance(told, Refusal)
    assert "requires OS Login" in told.why


def test_switching_oslogin_says_who_loses_their_keys() -> None:
    plan = FIXES["set-oslogin-for-instance"].plan(by_google("only-in-profile", MINE))
    assert not isinstance(plan, Refusal)
    assert "robin" in " ".join(plan[0].preview())


def test_ssh_for_windows_goes_off_and_on_where_it_was_on() -> None:
    plan = FIXES["toggle-windows-ssh"].plan(by_google("on", {**VM, "windows_ssh": "TRUE"}))
    assert not isinstance(plan, Refusal)
    assert [getattr(one, "new", "") for one in plan] == ["FALSE", "TRUE"]
