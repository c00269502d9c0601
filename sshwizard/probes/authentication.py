"""What happened between the first method and the last: offers, answers, signatures."""

from __future__ import annotations

import re
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import sshlog
from sshwizard.probes.login import methods, offers
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlog import Hit, Log
from sshwizard.probes.typed import shows_settings

# ------------------------------------------------------------------ methods


Methods = Literal["public-key", "partial", "no-public-key", "keyboard-only", "password-refused"]


async def _methods(scene: Scene) -> Fact[Methods]:
    return read_methods(scene.run.logs[scene.index])


def read_methods(log: Log) -> Fact[Methods]:
    """Which ways in the server leaves open."""
    hit = log.first("auth.methods") or log.newest("au.denied")
    listed = methods(log)
    shown = sshlog.quote((log.first("au.partial"), hit, log.newest("auth.methods")))
    if log.has("au.partial"):
        left = (log.newest("auth.methods") or {"methods": ""})["methods"]
        return Fact("partial", f"the key was accepted, and the server wants one more proof: {left}", shown)
    if typed := password_refused(log):
        return Fact("password-refused", "a password was sent, and the server asked again", sshlog.quote(typed))
    if not listed:
        return unknown("the log names no authentication methods")
    text = ", ".join(listed)
    if "publickey" in listed:
        return Fact("public-key", f"the server takes: {text}", shown)
    if listed == ["keyboard-interactive"]:
        return Fact("keyboard-only", "the server takes only its own prompts (keyboard-interactive)", shown)
    return Fact("no-public-key", f"the server takes {text}, and no public key", shown)


def password_refused(log: Log) -> tuple[Hit, ...]:
    """The lines of a typed password that was refused. Without a terminal ssh sends empty ones: those are nobody's."""
    if log.has("auth.no_tty"):
        return ()
    asked = next((hit for hit in log.all("auth.next") if hit["method"] == "password"), None)
    if asked and [hit for hit in log.all("packet.sent") if hit.number > asked.number and hit["type"] == "50"]:
        return (asked, *log.all("au.denied_retry"), *log.all("au.denied"))
    retried = log.all("au.denied_retry")
    return (*retried, *log.all("au.denied")) if retried else ()


auth_methods: Probe[Methods] = Probe("run.methods", get_args(Methods), _methods, reads_log=True)


# ------------------------------------------------------------------ the client's own will


Will = Literal["tries-keys", "keys-off", "passwords-only", "password-wanted"]


async def _will(scene: Scene) -> Fact[Will]:
    leg = scene.leg
    if scene.live:
        if leg.value("pubkeyauthentication") in {"no", "false"}:
            return Fact(
                "keys-off",
                f"PubkeyAuthentication is off: {leg.place('pubkeyauthentication')}",
                leg.shown("pubkeyauthentication"),
                shows_settings(scene),
                {"keyword": "PubkeyAuthentication", "value": "yes"},
            )
        wanted = leg.value("preferredauthentications")
        taken = methods(scene.run.logs[scene.index])
        if wanted and taken and not {"publickey", *taken} & set(wanted.split(",")):
            says = f"ssh would try {wanted}, and the server takes {', '.join(taken)} only"
            shown = (f"preferredauthentications {wanted}", *sshlog.quote(scene.run.logs[scene.index].all("au.denied")))
            data = {"keyword": "PreferredAuthentications", "value": ""}
            return Fact("passwords-only", says, shown, shows_settings(scene), data)
        if wanted and "publickey" not in wanted.split(",") and set(taken) & set(wanted.split(",")):
            says = f"ssh is set to use {wanted}, and the server takes that; nobody is asked for a password here"
            data = {"keyword": "PreferredAuthentications", "value": ""}
            return Fact("password-wanted", says, (f"preferredauthentications {wanted}",), shows_settings(scene), data)
        if wanted and "publickey" not in wanted.split(","):
            return Fact(
                "keys-off",
                f"PreferredAuthentications leaves public keys out: {wanted}",
                leg.shown("preferredauthentications"),
                shows_settings(scene),
                {"keyword": "PreferredAuthentications", "value": ""},
            )
        return Fact("tries-keys", "ssh is willing to use keys")
    log = scene.run.logs[scene.index]
    first = log.first("auth.methods")
    if first and "publickey" in first["methods"].split(",") and log.has("auth.none_left") and not log.has(
        "auth.offer", "auth.trying", "auth.plan", "auth.skip_policy", "auth.skip_length", "id.missing", "agent.none"
    ):  # fmt: skip
        tried = [hit["method"] for hit in log.all("auth.next")]
        if "publickey" not in tried:
            return Fact(
                "keys-off",
                "the server takes keys, and ssh never tried one",
                sshlog.quote((first,)),
                source="log",
            )
    return Fact("tries-keys", "nothing says that ssh leaves keys out", source="log")


will: Probe[Will] = Probe("config.keys", get_args(Will), _will, reads_log=True)


# ------------------------------------------------------------------ after the server said yes


Signing = Literal["no-trouble", "agent-refused", "token-missing", "signed-refused"]


async def _signing(scene: Scene) -> Fact[Signing]:
    return read_signing(scene.run.logs[scene.index])


def read_signing(log: Log) -> Fact[Signing]:
    """Was an accepted key used, and what became of it?"""
    accepted = log.first("auth.accept")
    if hit := log.first("au.sign"):
        said = hit["err"].lower()
        shown = sshlog.quote((accepted, *log.all("au.sign"), *log.all("auth.sk")[-2:]))
        hardware = "device not found" in said or "-sk" in hit["type"].lower() or log.has("auth.sk")
        if hardware:
            return Fact("token-missing", f"the hardware key did not sign: {clean.line(hit['err'])}", shown)
        if "agent" in said or "communication" in said:
            return Fact("agent-refused", f"the agent did not sign: {clean.line(hit['err'])}", shown)
    if log.has("au.sk", "au.pkcs11"):
        hits = log.all("au.sk", "au.pkcs11")
        if any("failed" in hit.text or "not " in hit.text for hit in hits):
            return Fact("token-missing", clean.line(hits[0].text, 140), sshlog.quote(hits))
    if log.has("auth.ignore_sk") and not accepted:
        return Fact("token-missing", "ssh cannot use hardware keys here", sshlog.quote(log.all("auth.ignore_sk")))
    if accepted and _signed(log, accepted) and not log.has("au.partial"):
        return Fact(
            "signed-refused",
            "the server accepted the key, we signed, and it refused all the same",
            sshlog.quote((accepted, log.newest("au.denied"))),
        )
    return Fact("no-trouble", "signing is not where it stopped")


def _signed(log: Log, accepted: Hit) -> bool:
    """True when a signature was sent after the key was accepted: request 50, then failure 51."""
    after = [hit for hit in log.all("packet.sent", "packet.received") if hit.number > accepted.number]
    kinds = [(hit.id, hit["type"]) for hit in after[:2]]
    return kinds == [("packet.sent", "50"), ("packet.received", "51")]


signing: Probe[Signing] = Probe(
    "run.signing",
    get_args(Signing),
    _signing,
    reads_log=True,
)


# ------------------------------------------------------------------ signature algorithms


Algorithms = Literal["fine", "none-in-common", "type-left-out"]

_ALGORITHMS = {"ED25519": "ssh-ed25519", "ECDSA": "ecdsa-sha2-", "RSA": "rsa-sha2-", "DSA": "ssh-dss"}
"""How the signature algorithms of each type of key begin (RFC 8332, RFC 8709, RFC 5656)."""


_TYPE = re.compile(r"\b(ED25519|ECDSA|RSA|DSA)(?= (?:SHA256|MD5):)")


async def _algorithms(scene: Scene) -> Fact[Algorithms]:
    log = scene.run.logs[scene.index]
    hits = log.all("auth.no_signature", "au.mutual", "auth.skip_server")
    if hits:
        return Fact(
            "none-in-common",
            "this RSA key and the server share no signature algorithm",
            sshlog.quote((*hits, log.first("auth.sigalgs"))),
        )
    listed = log.first("auth.sigalgs")
    types = {found.group(1) for hit in log.all("auth.offer") if (found := _TYPE.search(hit["key"]))}
    if listed and types and not any(_ALGORITHMS[type_] in listed["algs"] for type_ in types):
        says = f"the server lists the signatures it takes, and none is for {' or '.join(sorted(types))} keys"
        return Fact("type-left-out", says, sshlog.quote((listed, *log.all("auth.offer"))), data={"type": min(types)})
    return Fact("fine", "signature algorithms are not the trouble")


algorithms: Probe[Algorithms] = Probe("run.signatures", get_args(Algorithms), _algorithms, reads_log=True)


# ------------------------------------------------------------------ offered at all?


Offered = Literal["some", "none"]


async def _offered(scene: Scene) -> Fact[Offered]:
    log = scene.run.logs[scene.index]
    found = offers(log)
    if found:
        names = ", ".join(key["file"] or key["fingerprint"] for key in found[:3])
        return Fact(
            "some",
            f"{len(found)} key{'s' * (len(found) > 1)} offered: {clean.line(names, 160)}",
            sshlog.quote(log.all("auth.offer")),
        )
    if not log.has("auth.methods", "auth.next", "auth.plan", "auth.trying", "auth.none_left"):
        return unknown("the text does not show the offers; run ssh with -v")
    return Fact(
        "none",
        "ssh offered no key at all",
        sshlog.quote((*log.all("auth.trying"), *log.all("auth.none_left"))),
    )


offered: Probe[Offered] = Probe("run.offers", get_args(Offered), _offered, reads_log=True)
