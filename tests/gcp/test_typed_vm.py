"""A VM as a person types it: gcloud's own command, and what ssh is told of what was found."""

from __future__ import annotations

import pytest

from sshwizard.exits import UsageError
from sshwizard.probes.found import options
from sshwizard.probes.typed import parse

AT = ("--zone", "europe-west1-b", "--project", "shop-1")


@pytest.mark.parametrize(
    ("words", "args"),
    [
        (("web-1", *AT), ("gce:shop-1/europe-west1-b/web-1",)),
        (("dana@web-1", "--zone=europe-west1-b"), ("dana@gce:europe-west1-b/web-1",)),
        (("web-1", "--ssh-key-file", "k.pub", "--quiet"), ("-i", "k", "gce:web-1")),
        (("web-1", "--", "-p", "2222", "uptime"), ("-p", "2222", "gce:web-1")),
        (("web-1", "--ssh-flag=-p 2222", "--command=uptime"), ("-p", "2222", "gce:web-1")),
        (("web-1", "--tunnel-through-iap", "--zone", "europe-west1-b"),
         ("-o", "ProxyCommand=gcloud compute start-iap-tunnel web-1 %p --listen-on-stdin --zone europe-west1-b",
          "gce:europe-west1-b/web-1")),
    ],
)  # fmt: skip
def test_gcloud_compute_ssh_is_understood(words: tuple[str, ...], args: tuple[str, ...]) -> None:
    assert parse(("gcloud", "compute", "ssh", *words)).args == args
    assert parse(("gcloud", "beta", "compute", "ssh", *words)).args == args


def test_gcloud_in_one_word_and_without_a_vm() -> None:
    assert parse(("gcloud compute ssh web-1 --zone europe-west1-b",)).args == ("gce:europe-west1-b/web-1",)
    with pytest.raises(UsageError):
        parse(("gcloud", "compute", "ssh", "--zone", "europe-west1-b"))


def test_ssh_gets_what_gcloud_would_give_it() -> None:
    data = {"dial": "34.89.17.20", "number": "4683873813257738493", "google_hosts": True, "google_key": True,
            "keys_here": ["id_ed25519", "../../etc/passwd"]}  # fmt: skip
    told = " ".join(options(data))
    assert "HostKeyAlias=compute.4683873813257738493" in told
    assert told.index("google_compute_engine") < told.index("id_ed25519")
    assert "passwd" not in told


@pytest.mark.parametrize("number", ["", "1; rm", "12 34", "-oProxyCommand=x"])
def test_a_number_that_is_none_is_left_out(number: str) -> None:
    assert "HostKeyAlias" not in " ".join(options({"dial": "34.89.17.20", "number": number, "google_hosts": True}))
