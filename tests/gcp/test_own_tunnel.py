"""A ProxyCommand with gcloud's tunnel that brings nothing and says nothing: Google is asked what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from gce import Shop, run

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")
IAP = "35.235.240.0/20"


@pytest.fixture
def silent(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config whose ProxyCommand is a gcloud that ends without a word."""
    tool = tmp_path / "gcloud"
    tool.write_text('#!/bin/sh\n[ "$1" != version ] || exec echo Google Cloud SDK 500.0.0\nexit 1\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    shop.build()
    words = "start-iap-tunnel lab-web %p --listen-on-stdin --zone europe-west1-b --project practice-shop"
    config = tmp_path / "config"
    config.write_text(
        f"Host web\n  ProxyCommand gcloud compute {words}\n  User dana\n  UserKnownHostsFile {tmp_path}/known\n"
    )
    return config


@pytest.mark.parametrize(
    ("broken", "cause"),
    [("right", "gcp.iap-permission-missing"), ("rule", "gcp.iap-range-blocked"), ("stopped", "gcp.instance-stopped"),
     ("nothing", "proxy.command-failed")],
)  # fmt: skip
def test_what_the_tunnel_lacks_is_named(shop: Shop, silent: Path, broken: str, cause: str) -> None:
    if broken != "rule":
        shop.google.allow("iap", IAP, port=22)
    if broken == "right":
        shop.google.deny("iap.tunnelInstances.accessViaIAP")
    if broken == "stopped":
        shop.google.instance("lab-web", status="TERMINATED")
    told = run("-F", str(silent), "web")
    first = told["findings"][0]
    assert first["cause"] == cause
    assert first["confidence"] == ("likely" if broken == "nothing" else "certain")
    assert shop.google.gaps() == {}
