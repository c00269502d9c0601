"""IAP's tunnel leads to a VM if IAM, the firewall for its range, and the VM let it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gce import IAP, Shop

from sshwizard.cloud.gcp.iap.knock import knock
from sshwizard.cloud.gcp.iap.target import Target
from sshwizard.lab.gcp import PROJECT, TOKEN, ZONE
from sshwizard.lab.gcp.site import NAME

pytestmark = [
    pytest.mark.requires("ssh-keygen"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.78.0.0/16 exists on Linux only"),
]


def meets(shop: Shop, name: str = NAME, port: int = 0) -> str:
    target = Target(PROJECT, ZONE, name, "nic0", port or shop.google.port)
    return knock(target, lambda _: TOKEN).outcome


BREAKS: dict[str, Callable[[Shop], None]] = {
    "backend-unreachable": lambda shop: shop.google.network(firewalls={"iap": None}),
    "not-authorized": lambda shop: shop.google.deny("iap.tunnelInstances.accessViaIAP"),
    "not-found": lambda shop: shop.google.tell("instance", name=NAME, status="TERMINATED"),
    "no-login": lambda shop: shop.google.expire(),
}


@pytest.mark.parametrize("outcome", BREAKS)
def test_it_follows_the_project(shop: Shop, outcome: str) -> None:
    shop.build("no-external-ip")
    shop.google.allow("iap", IAP)
    assert meets(shop) == "banner"
    assert meets(shop, port=22) == "backend-unreachable"
    BREAKS[outcome](shop)
    assert meets(shop) == outcome
