"""Who calls: tokens, service accounts, and OS Login profiles."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import urllib.parse
from typing import Any

from sshwizard.lab.gcp import errors
from sshwizard.lab.gcp.calls import Call, need, route
from sshwizard.lab.gcp.held import Key, Person
from sshwizard.lab.gcp.state import Lab

_LIFE = 3599
"""Seconds of an access token."""
_LARGEST_PROFILE = 32 * 1024


def service_account(lab: Lab, email: str, project: str, url: str) -> dict[str, Any]:
    """Make a service account; returns its key file, whose tokens come from us."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(65537, 2048)
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    lab.signers[email] = public.decode()
    lab.people[email] = Person(email, f"sa_{int(hashlib.sha256(email.encode()).hexdigest()[:12], 16)}")
    return {
        "type": "service_account",
        "project_id": project,
        "private_key_id": hashlib.sha256(public).hexdigest()[:40],
        "private_key": private.decode(),
        "client_email": email,
        "client_id": lab.people[email].posix.removeprefix("sa_"),
        "auth_uri": f"{url}/auth",
        "token_uri": f"{url}/token",
        "universe_domain": "googleapis.com",
    }


@route("POST", "token", "oauth2.token", "", changes=False, free=True)
def _token(call: Call) -> dict[str, Any]:
    """The body is a form; the server gives it as a dict. Authorized users have a refresh token, robots sign."""
    lab = call.lab
    who = _signer(call) if "assertion" in call.body else next(iter(lab.people))
    token = f"ya29.{secrets.token_urlsafe(24)}"
    lab.tokens[token] = who
    return {"access_token": token, "expires_in": _LIFE, "token_type": "Bearer"}


def _signer(call: Call) -> str:
    """Whose signature it is. Raises ApiError."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    head, _, signature = str(call.body["assertion"]).rpartition(".")
    try:
        claims = json.loads(_decoded(head.partition(".")[2]))
        key = serialization.load_pem_public_key(call.lab.signers[claims["iss"]].encode())
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(_decoded(signature), head.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, KeyError, InvalidSignature):
        raise errors.ApiError(400, "INVALID_ARGUMENT", "invalid_grant", "Invalid JWT Signature.") from None
    return str(claims["iss"])


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


for _path in ("oauth2/v3/userinfo", "oauth2/v1/userinfo", "oauth2/v2/userinfo", "oauth2/v1/tokeninfo"):

    @route("GET", _path, "oauth2.userinfo", "")
    def _userinfo(call: Call) -> dict[str, Any]:
        id_ = str(int(hashlib.sha256(call.who.encode()).hexdigest()[:16], 16))
        return {"sub": id_, "id": id_, "email": call.who, "email_verified": True}


def fingerprint_of(key: str) -> str:
    """SHA-256 of the blob, hexadecimal, as OS Login names keys."""
    words = key.split()
    try:
        return hashlib.sha256(base64.b64decode(words[1], validate=True)).hexdigest()
    except (IndexError, ValueError):
        raise errors.invalid("SSH public key format is invalid.") from None


def _person(call: Call, permission: str = "") -> Person:
    """Each has a profile of their own, and no other."""
    email = urllib.parse.unquote(call.parts["user"])
    if email != call.who:
        need(call, permission or "oslogin.users.get", f"users/{email}")
        if email not in call.lab.people:
            raise errors.not_found(f"users/{email}")
    return call.lab.people.setdefault(email, Person(email, email.replace("@", "_").replace(".", "_")))


def profile(person: Person) -> dict[str, Any]:
    """As users.getLoginProfile answers it."""
    uid = str(2_000_000_000 + int(hashlib.sha256(person.email.encode()).hexdigest()[:6], 16))
    told: dict[str, Any] = {
        "name": str(int(hashlib.sha256(person.email.encode()).hexdigest()[:16], 16)),
        "posixAccounts": [
            {
                "primary": True,
                "username": person.posix,
                "uid": uid,
                "gid": uid,
                "homeDirectory": f"/home/{person.posix}",
                "operatingSystemType": "LINUX",
                "accountId": "practice-shop",
                "name": f"users/{person.email}/projects/practice-shop",
            }
        ],
    }
    if person.keys:
        told["sshPublicKeys"] = {fp: _key(person, fp, key) for fp, key in person.keys.items()}
    return told


def _key(person: Person, fp: str, key: Key) -> dict[str, Any]:
    told = {"key": key.key, "fingerprint": fp, "name": f"users/{person.email}/sshPublicKeys/{fp}"}
    return {**told, "expirationTimeUsec": str(key.expires)} if key.expires else told


@route("GET", "oslogin/v1/users/{user}/loginProfile", "oslogin.users.getLoginProfile", "")
def _profile(call: Call) -> dict[str, Any]:
    need(call, "compute.projects.get", f"projects/{call.query.get('projectId', '')}".rstrip("/"))
    return profile(_person(call))


@route("POST", "oslogin/v1/users/{user}:importSshPublicKey", "oslogin.users.importSshPublicKey", "")
def _import(call: Call) -> dict[str, Any]:
    person = _person(call, "oslogin.users.importSshPublicKey")
    text = str(call.body.get("key", ""))
    fp = fingerprint_of(text)
    if sum(len(one.key) for one in person.keys.values()) + len(text) > _LARGEST_PROFILE:
        raise errors.invalid("Login profile size exceeds 32 KiB. Delete profile values to make additional space.")
    person.keys[fp] = Key(text, int(call.body.get("expirationTimeUsec", 0)))
    call.lab.changed()
    return {"loginProfile": profile(person)}


_ONE = "oslogin/v1/users/{user}/sshPublicKeys/{fingerprint}"


def _kept(call: Call) -> tuple[Person, str]:
    person, fp = _person(call), call.parts["fingerprint"]
    if fp not in person.keys:
        raise errors.not_found(f"users/{person.email}/sshPublicKeys/{fp}")
    return person, fp


@route("GET", _ONE, "oslogin.users.sshPublicKeys.get", "")
def _get_key(call: Call) -> dict[str, Any]:
    person, fp = _kept(call)
    return _key(person, fp, person.keys[fp])


@route("PATCH", _ONE, "oslogin.users.sshPublicKeys.patch", "")
def _patch_key(call: Call) -> dict[str, Any]:
    person, fp = _kept(call)
    person.keys[fp].expires = int(call.body.get("expirationTimeUsec", 0))
    call.lab.changed()
    return _key(person, fp, person.keys[fp])


@route("DELETE", _ONE, "oslogin.users.sshPublicKeys.delete", "")
def _delete_key(call: Call) -> dict[str, Any]:
    person, fp = _kept(call)
    del person.keys[fp]
    call.lab.changed()
    return {}
