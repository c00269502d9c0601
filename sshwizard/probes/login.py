"""Did the server let us in: how the login ended, and whose login it was."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

from sshwizard import clean
from sshwizard.cloud.gcp.ids import is_console
from sshwizard.model import Fact, unknown
from sshwizard.probes import sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Hit, Log
from sshwizard.probes.stages import log_upto
from sshwizard.probes.typed import shows_settings

Login = Literal["ok", "denied", "too-many-keys", "closed", "hung", "agent-hung"]


NO_MORE_METHODS = "14"
"""SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE (RFC 4253, 11.1): how servers other than OpenSSH refuse."""
_NO_METHODS = re.compile(r"no (?:more|supported) auth|authentication (?:failed|failure)|permission denied", re.I)


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
        count = f"{len(offered)} key{'s' * (len(offered) != 1)}"
        says = f"the server ended the login after {count}: too many authentication failures"
        return Fact("too-many-keys", says, sshlog.quote((hit, *story)), data=data)
    if hit := log.newest("au.denied") or log.newest("au.denied_retry"):
        return Fact(
            "denied",
            clean.line(hit.text, 160),
            sshlog.quote((hit, *story, log.first("auth.methods"))),
            data=data,
        )
    if (hit := log.first("au.disconnect")) and (hit["code"] == NO_MORE_METHODS or _NO_METHODS.search(hit["msg"])):
        return Fact("denied", clean.line(hit.text, 160), sshlog.quote((hit, *story)), data=data)
    ended = log.newest("banner.closed2", "au.disconnect", "se.conn_closed", "se.disconnecting", "kex.dispatch")
    if log.stage == Stage.LOGIN and ended:
        text = _server_words(log)
        data["words"] = text
        says = f"the server hung up during the login{': ' + text[0] if text else ''}"
        lines = sshlog.quote((*story, *log.words[:3], log.first("au.nologin", "au.pwexpired"), ended))
        return Fact("closed", says, lines, data=data)
    if log.stage == Stage.LOGIN and (run.ended or run.cut):
        shown = sshlog.quote(log.last[-3:])
        if sshlog.waits_for_agent(log) and log.verbose:
            return Fact("agent-hung", "ssh asked the agent for its keys and no answer came", shown, data=data)
        return Fact("hung", "the login began and nothing more came", shown, data=data)
    return unknown("the log does not reach the login")


def _server_words(log: Log) -> list[str]:
    """What the server itself said before it hung up: PAM texts, nologin files, banners."""
    known = log.all("au.nologin", "au.pwexpired")
    parting = [clean.line(hit["msg"], 160) for hit in log.all("au.disconnect") if hit["msg"]]
    return [*(clean.line(hit.text, 160) for hit in (*known, *log.words)), *parting][:4]


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
    get_args(Login),
    _login,
    reads_log=True,
    waits="the login (gives up in 15 s)",
)


# ------------------------------------------------------------------ hung up after or during the login


Closing = Literal[
    "account-expired", "password-expired", "booting", "nologin", "after-wait", "after-signature", "words", "during"
]

WAITED = 2.0
"""Seconds of silence before a hang-up that make it look like a limit on the server, and not like a decision."""


async def _closing(scene: Scene) -> Fact[Closing]:
    return read_closing(scene.run.logs[scene.index])


def read_closing(log: Log) -> Fact[Closing]:
    """Why the server hung up before it decided, by its own words and by the moment."""
    words = _server_words(log)
    text = " ".join(words).lower()
    accepted = log.first("auth.accept")
    sent = log.all("packet.sent")  # only -vvv shows them; without, ssh signs at once with a key that is accepted
    after = bool(accepted and (not sent or any(hit.number > accepted.number and hit["type"] == "50" for hit in sent)))
    shown = sshlog.quote(
        (accepted, *log.all("au.nologin", "au.pwexpired"), *log.words[:3], log.newest("banner.closed2"))
    )
    if "account has expired" in text:
        return Fact("account-expired", f"the server says: {words[0]}", shown)
    if "password has expired" in text or "change your password" in text or "password change required" in text:
        return Fact("password-expired", f"the server says: {words[0]}", shown)
    if "system is booting up" in text:
        return Fact("booting", f"the server says: {words[0]}", shown)
    if log.has("au.nologin") or "nologin" in text or "unprivileged users are not permitted" in text:
        return Fact("nologin", f"the server says: {words[0]}", shown)
    waited = log.pauses[-1].seconds if log.pauses and log.pauses[-1].stage is Stage.LOGIN else 0.0
    if waited >= WAITED and not words:
        says = f"the server hung up after {waited:.0f} s of silence, before it had decided"
        shown = (*shown, f"{log.pauses[-1].number}: {clean.line(log.pauses[-1].after)} ({waited:.1f} s of silence)")
        return Fact("after-wait", says, shown, data={"seconds": f"{waited:.0f}"})
    if after and words:
        return Fact("words", f"the key was right; then the server said “{words[0]}” and hung up", shown)
    if after:
        return Fact("after-signature", "the key was right, and the server hung up without a word", shown)
    return Fact("during", "the server hung up before it decided", shown)


closing: Probe[Closing] = Probe(
    "run.closing",
    get_args(Closing),
    _closing,
    reads_log=True,
)


# ------------------------------------------------------------------ whose name


User = Literal["given", "defaulted", "root", "of-an-image", "other-named", "of-a-console"]
"""of-a-console: it names a VM, because the host is Google's server for serial consoles."""

IMAGE_NAMES = {
    "admin", "almalinux", "alpine", "arch", "azureuser", "bitnami", "centos", "cirros", "cloud-user", "core", "debian",
    "ec2-user", "fedora", "freebsd", "kali", "opc", "opensuse", "oracle", "pi", "rocky", "suse", "ubuntu", "vagrant",
}  # fmt: skip
"""Login names that images of systems and clouds are delivered with: right for one image, unknown to the others."""

_CONSOLES = "Google's server for the serial consoles of VMs"
_NAMED = re.compile(r"[Pp]lease log ?in as the (?:user )?[\"'`]?([\w.-]{1,60})[\"'`]?(?: user)? rather than")
"""What cloud-init writes for root (cc_ssh, disable_root_opts), and banners that follow it."""


async def _user(scene: Scene) -> Fact[User]:
    client = scene.facts.get("client")
    me = client.data.get("me", "") if client else ""
    leg = scene.leg
    log = scene.run.logs[scene.index]
    said = [*log.words, *log.all("se.cloudinit")]
    if named := next(((hit, found) for hit in said if (found := _NAMED.search(hit.text))), None):
        hit, wanted = named
        says = f"the server says: {clean.line(hit.text, 140)}"
        return Fact("other-named", says, sshlog.quote((hit,)), data={"user_wanted": wanted.group(1)})
    if not scene.live:
        denied = log.newest("au.denied", "auth.as")
        if not denied:
            return unknown("the text does not show the login name")
        name = denied["user"]
        if is_console(denied["host"]):
            return Fact(
                "of-a-console", f"{clean.line(denied['host'])} is {_CONSOLES}", sshlog.quote((denied,)), source="log"
            )
        outcome: User = "root" if name == "root" else "of-an-image" if name in IMAGE_NAMES else "given"
        return Fact(outcome, f"the login name is {clean.line(name)}", source="log")
    if is_console(leg.host) or is_console(leg.name):
        return Fact("of-a-console", f"{leg.host} is {_CONSOLES}", leg.shown("user"), data={"user": leg.user})
    if leg.user == "root":
        says = f"the login name is root{_origin(leg)}, which many servers refuse"
        return Fact("root", says, leg.shown("user"), data={"user": "root"})
    if leg.user == me and leg.setting("user") is None:
        return Fact(
            "defaulted",
            f"no user was given, so ssh used {leg.user}, your name on this computer",
            (f"user {leg.user}",),
            shows_settings(scene),
            {"user": leg.user},
        )
    if leg.user in IMAGE_NAMES:
        says = f"{leg.user}{_origin(leg)} is the login name of certain images, and unknown to the others"
        return Fact("of-an-image", says, leg.shown("user"), shows_settings(scene), {"user": leg.user})
    return Fact(
        "given", f"the login name {leg.user} was given{_origin(leg)}", leg.shown("user"), data={"user": leg.user}
    )


def _origin(leg: Leg) -> str:
    found = leg.setting("user")
    return f" by {found.place}" if found else ""


user: Probe[User] = Probe("config.user", get_args(User), _user, reads_log=True)
