"""The key pair of an instance, against real keys made by ssh-keygen."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path
from typing import Any

from sshwizard.cloud.unseen import Unseen
from sshwizard.probes.aws import keypair
from sshwizard.probes.localkeys import LocalKey, read_key

DENIED = Unseen("ec2:DescribeKeyPairs", "denied", "you may not", "allow ec2:DescribeKeyPairs")


def made(path: Path, *options: str) -> LocalKey:
    subprocess.run(("ssh-keygen", "-q", "-N", "", "-C", "", "-f", str(path), *options), check=True, timeout=30)
    found = read_key(path)
    assert found
    return found


def openssl(*words: str, feed: bytes = b"") -> bytes:
    return subprocess.run(("openssl", *words), input=feed, check=True, timeout=30, capture_output=True).stdout


def test_ec2_shows_an_rsa_key_by_how_it_came_there(tmp_path: Path) -> None:
    key = made(tmp_path / "rsa", "-t", "rsa", "-b", "2048", "-m", "PEM")
    der = openssl("rsa", "-in", key.path, "-pubout", "-outform", "DER")
    pkcs8 = openssl("pkcs8", "-in", key.path, "-inform", "PEM", "-outform", "DER", "-topk8", "-nocrypt")
    assert hashlib.md5(der).hexdigest() in {one.replace(":", "") for one in keypair.forms(key)}
    assert hashlib.sha1(pkcs8).hexdigest() in {one.replace(":", "") for one in keypair.forms(key)}


def pair(**row: str) -> dict[str, Any]:
    return {"KeyPairs": [{"KeyName": "web-key", **row}]}


def test_a_key_pair_is_found_among_the_keys_of_this_computer(tmp_path: Path) -> None:
    mine, old = made(tmp_path / "a", "-t", "ed25519"), made(tmp_path / "b", "-t", "ed25519")
    launched = {"InstanceId": "i-1", "KeyName": "web-key"}
    prints = [f"SHA256:{next(iter(keypair.forms(one)))}" for one in (mine, old)]
    shown = pair(KeyFingerprint=prints[1].removeprefix("SHA256:") + "=")
    assert keypair.read(launched, shown, {}, {}, [mine, old], {prints[1]}).outcome == "fits"
    other = keypair.read(launched, shown, {}, {}, [mine, old], {prints[0]})
    assert (other.outcome, other.data["path"]) == ("other-local", old.path)
    assert keypair.read(launched, shown, {}, {}, [mine], {prints[0]}).outcome == "none-local"
    public = (tmp_path / "b.pub").read_text()
    assert keypair.read(launched, pair(PublicKey=public), {}, {}, [], {prints[1]}).outcome == "fits"
    assert keypair.read(launched, {"KeyPairs": []}, {}, {}, [mine]).outcome == "unclear"
    assert keypair.read(launched, DENIED, {}, {}, [mine]).outcome == "unknown"


def test_an_instance_without_a_key_pair_may_get_a_key_by_its_user_data() -> None:
    bare = {"InstanceId": "i-1"}
    with_key = base64.b64encode(b"#cloud-config\nssh_authorized_keys:\n - ssh-ed25519 AAAA\n").decode()
    assert keypair.read(bare, {}, {"UserData": {}}, {}, []).outcome == "no-key-pair"
    assert keypair.read(bare, {}, {"UserData": {"Value": with_key}}, {}, []).outcome == "unclear"
    assert keypair.read(bare, {}, DENIED, {}, []).outcome == "unknown"
