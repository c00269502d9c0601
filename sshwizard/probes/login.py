"""Readers of the login: what was offered, what the server said, and how it ended."""

from __future__ import annotations

import re
from typing import Any, Literal

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import sshlog
from sshwizard.probes.connection import log_upto
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.sshlog import Hit, Log, Stage

Login = Literal["ok", "denied", "too-many-keys", "closed", "hung", "agent-hung"]


async def _login(scene: Scene) -> Fact[Login]:
    log = await log_upto(scene, Stage.LOGIN)
    return read_login(scene.run, log, scene.leg)


def read_login(run: Run, log: Log, leg: Leg) -> Fact[Login]:
    """Did the server let us in?"""
    if log.stage > Stage.LOGIN or log.has("au.ok", "auth.succeeded"):
        won = log.first("au.ok", "auth.succeeded")
        method = f" ({won['method']})" if won and won["method"] else ""
        who = f"{leg.user}@{leg.host}" if leg.user else "the login"
        return Fact("ok", f"{who} is logged in{method}", sshlog.quote((log.newest("auth.accept"), won)))
    offered = offers(log)
    data: dict[str, Any] = {"offered": offered, "methods": methods(log)}
    story = (*log.all("auth.offer")[:3], *log.all("auth.accept")[:1])
    if hit := log.first("au.toomany"):
        says = f"the server ended the login after {len(offered)} keys: too many authentication failures"
        return Fact("too-many-keys", says, sshlog.quote((*story, hit)), data=data)
    if hit := log.newest("au.denied"):
        return Fact(
            "denied",
            clean.line(hit.text, 160),
            sshlog.quote((*story, log.first("auth.methods"), hit)),
            data=data,
        )
    ended = log.newest("banner.closed2", "au.disconnect", "se.conn_closed", "se.disconnecting", "kex.dispatch")
    if log.stage == Stage.LOGIN and ended:
        text = _server_words(log)
        data["words"] = text
        says = f"the server hung up during the login{': ' + text[0] if text else ''}"
        lines = sshlog.quote((*story, *log.words[:3], log.first("au.nologin", "au.pwexpired"), ended))
        return Fact("closed", says, lines, data=data)
    if log.stage == Stage.LOGIN and (run.ended or run.cut):
        asked_agent = not log.has("auth.methods") or (
            log.has("auth.next") and not offered and not log.has("agent.count", "agent.error", "auth.plan")
        )
        shown = sshlog.quote(log.last[-3:])
        if asked_agent and not log.has("auth.service"):
            return Fact("agent-hung", "ssh asked the agent for its keys and no answer came", shown, data=data)
        return Fact("hung", "the login began and nothing more came", shown, data=data)
    return unknown("the log does not reach the login")


def _server_words(log: Log) -> list[str]:
    """What the server itself said before it hung up: PAM texts, nologin files, banners."""
    known = log.all("au.nologin", "au.pwexpired")
    return [clean.line(hit.text, 160) for hit in (*known, *log.words)][:4]


def offers(log: Log) -> list[dict[str, str]]:
    """Every key that was offered: its name, its fingerprint, and whether it came from the agent."""
    return [_key(hit) for hit in log.all("auth.offer")]


def accepts(log: Log) -> list[dict[str, str]]:
    """Every key that the server said it would take, in the same form."""
    return [_key(hit) for hit in log.all("auth.accept")]


def _key(hit: Hit) -> dict[str, str]:
    text = hit["key"]
    found = re.search(r"(?:SHA256:\S+|MD5:\S+|(?:[0-9a-f]{2}:){15}[0-9a-f]{2})", text)
    print_ = found.group() if found else ""
    before = text[: found.start()].strip() if found else text
    after = text[found.end() :].strip() if found else ""
    path = re.sub(r"\s+(?:RSA|DSA|ECDSA|ED25519|ECDSA-SK|ED25519-SK)(?:-CERT)?$", "", before)
    if path in {"RSA", "DSA", "ECDSA", "ED25519"}:  # before 7.9 the name came last
        path, after = after, ""
    return {"file": path or after, "fingerprint": print_, "agent": "yes" if "agent" in after.split() else ""}


def methods(log: Log) -> list[str]:
    """What the server would take from this user, by its first answer (RFC 4252, 5.1)."""
    hit = log.first("auth.methods")
    text = hit["methods"] if hit else (log.newest("au.denied") or {"methods": ""})["methods"]
    return [part.strip() for part in text.split(",") if part.strip()]


login: Probe[Login] = Probe(
    "run.login",
    ("ok", "denied", "too-many-keys", "closed", "hung", "agent-hung"),
    _login,
    reads_log=True,
    waits="the login (gives up in 15 s)",
)


# ------------------------------------------------------------------ methods

Methods = Literal["public-key", "partial", "no-public-key", "keyboard-only"]


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
    if not listed:
        return unknown("the log names no authentication methods")
    text = ", ".join(listed)
    if "publickey" in listed:
        return Fact("public-key", f"the server takes: {text}", shown)
    if listed == ["keyboard-interactive"]:
        return Fact("keyboard-only", "the server takes only its own prompts (keyboard-interactive)", shown)
    return Fact("no-public-key", f"the server takes {text}, and no public key", shown)


auth_methods: Probe[Methods] = Probe(
    "run.methods", ("public-key", "partial", "no-public-key", "keyboard-only"), _methods, reads_log=True
)


# ------------------------------------------------------------------ the client's own will

Will = Literal["tries-keys", "keys-off"]


async def _will(scene: Scene) -> Fact[Will]:
    leg = scene.leg
    if scene.live:
        if leg.value("pubkeyauthentication") in {"no", "false"}:
            return Fact(
                "keys-off", "PubkeyAuthentication is off in the ssh config", ("pubkeyauthentication no",), "ssh -G",
                {"keyword": "PubkeyAuthentication", "value": "yes"},
            )  # fmt: skip
        wanted = leg.value("preferredauthentications")
        if wanted and "publickey" not in wanted.split(","):
            return Fact(
                "keys-off", f"PreferredAuthentications leaves public keys out: {wanted}",
                (f"preferredauthentications {wanted}",), "ssh -G", {"keyword": "PreferredAuthentications", "value": ""},
            )  # fmt: skip
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


will: Probe[Will] = Probe("config.keys", ("tries-keys", "keys-off"), _will, reads_log=True)


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
    ("no-trouble", "agent-refused", "token-missing", "signed-refused"),
    _signing,
    reads_log=True,
)


# ------------------------------------------------------------------ signature algorithms

Algorithms = Literal["fine", "none-in-common"]


async def _algorithms(scene: Scene) -> Fact[Algorithms]:
    log = scene.run.logs[scene.index]
    hits = log.all("auth.no_signature", "au.mutual", "auth.skip_server")
    if hits:
        return Fact(
            "none-in-common",
            "this RSA key and the server share no signature algorithm",
            sshlog.quote((*hits, log.first("auth.sigalgs"))),
        )
    return Fact("fine", "signature algorithms are not the trouble")


algorithms: Probe[Algorithms] = Probe("run.signatures", ("fine", "none-in-common"), _algorithms, reads_log=True)


# ------------------------------------------------------------------ offered at all?

Offered = Literal["some", "none"]


async def _offered(scene: Scene) -> Fact[Offered]:
    log = scene.run.logs[scene.index]
    found = offers(log)
    if found:
        names = ", ".join(key["file"] or key["fingerprint"] for key in found[:3])
        return Fact("some", f"{len(found)} key{'s' * (len(found) > 1)} offered: {clean.line(names, 160)}",
                    sshlog.quote(log.all("auth.offer")))  # fmt: skip
    if log.stage < Stage.LOGIN:
        return unknown("the log does not show the offers; run ssh with -v")
    return Fact(
        "none",
        "ssh offered no key at all",
        sshlog.quote((*log.all("auth.trying"), *log.all("auth.none_left"))),
    )


offered: Probe[Offered] = Probe("run.offers", ("some", "none"), _offered, reads_log=True)


# ------------------------------------------------------------------ hung up after or during the login

Closing = Literal["account-expired", "password-expired", "nologin", "after-signature", "words", "during"]


async def _closing(scene: Scene) -> Fact[Closing]:
    return read_closing(scene.run.logs[scene.index])


def read_closing(log: Log) -> Fact[Closing]:
    """Why the server hung up before it decided, by its own words and by the moment."""
    words = _server_words(log)
    text = " ".join(words).lower()
    accepted = log.first("auth.accept")
    after = bool(
        accepted and [hit for hit in log.all("packet.sent") if hit.number > accepted.number and hit["type"] == "50"]
    )
    shown = sshlog.quote(
        (accepted, *log.all("au.nologin", "au.pwexpired"), *log.words[:3], log.newest("banner.closed2"))
    )
    if "account has expired" in text:
        return Fact("account-expired", f"the server says: {words[0]}", shown)
    if "password has expired" in text or "change your password" in text or "password change required" in text:
        return Fact("password-expired", f"the server says: {words[0]}", shown)
    if log.has("au.nologin") or "nologin" in text or "unprivileged users are not permitted" in text:
        return Fact("nologin", f"the server says: {words[0]}", shown)
    if after and words:
        return Fact("words", f"the key was right; then the server said “{words[0]}” and hung up", shown)
    if after:
        return Fact("after-signature", "the key was right, and the server hung up without a word", shown)
    return Fact("during", "the server hung up before it decided", shown)


closing: Probe[Closing] = Probe(
    "run.closing",
    ("account-expired", "password-expired", "nologin", "after-signature", "words", "during"),
    _closing,
    reads_log=True,
)


# ------------------------------------------------------------------ whose name

User = Literal["given", "defaulted", "root"]


async def _user(scene: Scene) -> Fact[User]:
    client = scene.facts.get("client")
    me = client.data.get("me", "") if client else ""
    leg = scene.leg
    if not scene.live:
        denied = scene.run.logs[scene.index].newest("au.denied")
        name = denied["user"] if denied else ""
        return Fact(
            "root" if name == "root" else "given",
            f"the login name is {clean.line(name) or 'not shown'}",
            source="log",
        )
    if leg.user == "root":
        return Fact("root", "the login name is root, which many servers refuse", data={"user": "root"})
    said = "@" in scene.target.args[-1] or any(
        word in {"-l"} or word.startswith("User=") for word in scene.target.ssh_args
    )
    if leg.user == me and not said:
        return Fact(
            "defaulted",
            f"no user was given, so ssh used {leg.user}, your name on this computer",
            (f"user {leg.user}",),
            "ssh -G",
            {"user": leg.user},
        )
    return Fact("given", f"the login name {leg.user} was given", data={"user": leg.user})


user: Probe[User] = Probe("config.user", ("given", "defaulted", "root"), _user, reads_log=True)
