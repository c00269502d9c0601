"""The practice Google Cloud as a process: what it can be told, how it serves, and that it leaves nothing behind."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest
from gce import VM, ask

from sshwizard.lab import LabError
from sshwizard.lab.bench import LOOPBACK
from sshwizard.lab.gcp import PROJECT, TOKEN, Gcp, open_gcp


def test_it_ends_with_us_and_takes_its_directory_along() -> None:
    with open_gcp() as gcp:
        assert (gcp.home / "token").read_text().strip() == TOKEN
        assert (gcp.home / "token").stat().st_mode & 0o777 == 0o600
        home = gcp.home
    assert not home.exists()
    with pytest.raises(LabError, match="did not answer"):
        gcp.reset()


def test_control_pages_are_for_programs_only(google: Gcp) -> None:
    assert ask(google, "sshwizard-lab/reset", {})[0] == 404
    with pytest.raises(LabError, match="no verb nonsense"):
        google.tell("nonsense")
    google.instance("web-1")
    with pytest.raises(LabError, match="Instance has no colour"):
        google.instance("web-1", colour="red")


def test_one_connection_takes_many_calls_without_a_pause(google: Gcp) -> None:
    google.instance("web-1")
    connection = http.client.HTTPConnection(LOOPBACK, int(google.url.rpartition(":")[2]), timeout=20)
    begun = time.monotonic()
    for _ in range(25):
        connection.request("GET", f"/{VM}/web-1", headers={"Authorization": f"Bearer {TOKEN}"})
        assert connection.getresponse().read()
    connection.close()
    # 40 ms each, where the algorithm of Nagle is on.
    assert time.monotonic() - begun < 0.9


def test_many_clients_at_once(google: Gcp) -> None:
    google.instance("web-1")
    with ThreadPoolExecutor(32) as pool:
        told = list(pool.map(lambda _: ask(google, f"{VM}/web-1")[0], range(64)))
    assert told == [200] * 64


def test_faults(google: Gcp) -> None:
    google.instance("web-1")
    google.throttle("compute.instances.get", 1)
    assert [ask(google, f"{VM}/web-1")[0] for _ in range(2)] == [429, 200]
    google.slow(0.1)
    begun = time.monotonic()
    ask(google, f"{VM}/web-1")
    assert time.monotonic() - begun > 0.1
    google.slow(0)
    google.hang("compute.instances.*")
    told: list[int] = []
    waiting = threading.Thread(target=lambda: told.append(ask(google, f"{VM}/web-1")[0]))
    waiting.start()
    # Others go on while one hangs.
    assert ask(google, f"compute/v1/projects/{PROJECT}")[0] == 200
    assert told == []
    google.heal()
    waiting.join(10)
    assert told == [200]


def test_a_service_account_gets_a_token_by_its_signature(google: Gcp) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    email = f"robot@{PROJECT}.iam.gserviceaccount.com"
    told = json.loads(google.service_account(email, "compute.projects.get").read_text())
    key = serialization.load_pem_private_key(told["private_key"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)

    def token(signed: bytes) -> tuple[int, dict[str, str]]:
        parts = [base64.urlsafe_b64encode(one).rstrip(b"=") for one in (b"{}", json.dumps({"iss": email}).encode())]
        head = b".".join(parts)
        signature = base64.urlsafe_b64encode(key.sign(signed or head, padding.PKCS1v15(), hashes.SHA256()))
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": head + b"." + signature}
        connection = http.client.HTTPConnection(LOOPBACK, int(google.url.rpartition(":")[2]), timeout=20)
        connection.request("POST", "/token", urllib.parse.urlencode(grant))
        answer = connection.getresponse()
        body = dict(json.loads(answer.read()))
        connection.close()
        return answer.status, body

    status, given = token(b"")
    assert (status, told["token_uri"]) == (200, f"{google.url}/token")
    assert ask(google, "oauth2/v3/userinfo", token=given["access_token"])[1]["email"] == email
    assert ask(google, f"compute/v1/projects/{PROJECT}", token=given["access_token"])[0] == 200
    assert ask(google, f"compute/v1/projects/{PROJECT}/global/routes", token=given["access_token"])[0] == 403
    assert token(b"something else")[0] == 400
    google.expire()
    assert ask(google, "oauth2/v3/userinfo", token=given["access_token"])[0] == 401
    assert ask(google, "oauth2/v3/userinfo", token=token(b"")[1]["access_token"])[0] == 200
