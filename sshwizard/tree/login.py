"""Does the server let us in: methods, account, and how it hung up."""

from typing import Any

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import authentication, login
from sshwizard.tree.aws.breathless import breathless_nodes
from sshwizard.tree.gcp import network as google_network
from sshwizard.tree.gcp.whose import CONSOLE_OFF
from sshwizard.tree.node import Node

STRETCH = "login"

_UNSEEN = (
    "auth.key-not-authorized",
    "auth.user-unknown",
    "auth.wrong-user",
    "auth.authorized-keys-permissions",
    "auth.authorized-keys-missing",
    "auth.user-not-allowed",
    "auth.account-locked",
    "auth.key-source-restricted",
    "auth.shell-missing",
    "auth.key-type-refused",
)
_DECIDES = "one line of the server's own log (sshd, LogLevel VERBOSE), or a look from inside"

_WHY = "sshd does not say why. From outside, thirteen reasons on the server look exactly the same."
_REJECTED = Suspects(
    "auth.key-rejected", *_UNSEEN, title="{host} refused every key of {user}", why=_WHY, decided_by=_DECIDES
)
_OTHER_USER = Cause("auth.wrong-user", "The server wants the login name {user_wanted}, not {user}")

_SIGNED = Suspects(
    "auth.key-rejected",
    "key.pub-file-mismatch",
    "auth.pam-denied",
    title="{host} accepted the key of {user}, and refused its signature",
    decided_by=_DECIDES,
)

_HUNG = Suspects(
    "server.slow-login",
    "server.overloaded",
    "server.hung",
    "server.login-grace-timeout",
    title="The login began, and {host} gave no answer in time",
    why="It is up and negotiated the encryption, so it is most likely looking something up: "
    "reverse DNS, a directory service, PAM, or a program that fetches keys.",
    decided_by="the server's own log, or one patient try of ssh with a watch beside it",
)

NODES: tuple[Node[Any], ...] = (
    *breathless_nodes("cloud-hung", _HUNG, "google-hung"),
    *google_network.breathless_nodes("google-hung", _HUNG),
    Node[login.Login](
        "login",
        "Does {host} let {user} in?",
        via=login.login,
        short="Are you let in?",
        spine=True,
        leads={
            "ok": "session",
            "denied": "methods",
            "too-many-keys": Cause("auth.too-many-keys", "ssh offers too many keys before the right one"),
            "closed": "closing",
            "hung": "cloud-hung",
            "agent-hung": Cause("agent.unreachable", "The ssh agent does not answer, and ssh waits for it"),
            "unknown": Unclear(),
        },
        at_hop={"ok": "forward"},
        words={
            "ok": "you are in",
            "denied": "permission denied",
            "too-many-keys": "too many keys",
            "closed": "hung up",
            "hung": "no answer",
            "agent-hung": "the agent hangs",
        },
    ),
    Node[authentication.Methods](
        "methods",
        "Does the server take keys?",
        via=authentication.auth_methods,
        short="Does it take keys?",
        leads={
            "public-key": "will",
            "partial": Cause("auth.mfa-required"),
            "no-public-key": Cause("auth.public-key-off", "{host} takes no public keys from {user}"),
            "keyboard-only": Cause("auth.keyboard-interactive-only"),
            "password-refused": Suspects(
                "auth.wrong-password",
                "auth.root-login-disabled",
                "auth.user-unknown",
                "auth.account-locked",
                decided_by=_DECIDES,
            ),
            "unknown": "will",
        },
        words={
            "public-key": "it takes keys",
            "partial": "a second factor",
            "no-public-key": "no keys",
            "keyboard-only": "its own prompts only",
            "password-refused": "password refused",
        },
    ),
    Node[authentication.Will](
        "will",
        "Does your own ssh try keys?",
        via=authentication.will,
        short="Does ssh try keys?",
        leads={
            "tries-keys": "signing",
            "keys-off": Cause("config.public-key-off"),
            "password-wanted": Suspects(
                "config.public-key-off",
                "auth.wrong-password",
                title="ssh is set to log in to {host} by password",
                why="Public keys are left out by PreferredAuthentications, and a password cannot be tried here.",
                decided_by="one login with plain ssh in a terminal",
            ),
            "passwords-only": Cause(
                "auth.password-off",
                "ssh would offer a password to {host}, which takes none",
                "PreferredAuthentications leaves public keys out, and the server takes nothing else.",
            ),
            "unknown": "signing",
        },
        words={
            "tries-keys": "it tries",
            "keys-off": "turned off",
            "passwords-only": "passwords only",
            "password-wanted": "a password",
        },
    ),
    Node[authentication.Signing](
        "signing",
        "Did an accepted key sign?",
        via=authentication.signing,
        short="Did the key sign?",
        leads={
            "no-trouble": "keys",
            "agent-refused": Cause("agent.refused"),
            "token-missing": Cause("key.hardware-unusable"),
            "signed-refused": "user-after-signing",
            "unknown": "keys",
        },
        words={
            "no-trouble": "not the trouble",
            "agent-refused": "agent refused",
            "token-missing": "token missing",
            "signed-refused": "signed, yet refused",
        },
    ),
    Node[login.User](
        "user-after-signing",
        "Whose account is it?",
        via=login.user,
        short="Whose account?",
        leads={
            "root": Suspects(
                "auth.root-login-disabled", "auth.key-rejected", title="The server does not let root log in"
            ),
            "given": _SIGNED,
            "of-an-image": _SIGNED,
            "of-a-console": CONSOLE_OFF,
            "other-named": _OTHER_USER,
            "defaulted": _SIGNED,
            "unknown": Suspects("auth.root-login-disabled", "auth.key-rejected", "key.pub-file-mismatch"),
        },
        words={
            "given": "it was given",
            "defaulted": "ssh guessed it",
            "root": "it is root",
            "of-a-console": "that of a VM's console",
        },
    ),
    Node[login.User](
        "user",
        "Is {user} the right login name?",
        via=login.user,
        short="Right login name?",
        leads={
            "given": _REJECTED,
            "other-named": _OTHER_USER,
            "of-a-console": CONSOLE_OFF,
            "of-an-image": Suspects(
                "auth.key-rejected",
                *sorted(_UNSEEN, key=lambda code: code != "auth.wrong-user"),
                title="{host} refused every key of {user}",
                why=f"{_WHY} But {{user}} is the login name of certain images only.",
                decided_by="the image of the server, or one line of its own log",
            ),
            "root": Suspects(
                "auth.key-rejected",
                "auth.root-login-disabled",
                *_UNSEEN,
                title="{host} refused every key of root",
                why=_WHY,
                decided_by=_DECIDES,
            ),
            "defaulted": Suspects(
                "auth.wrong-user",
                "auth.user-unknown",
                "auth.key-rejected",
                title="You are logging in as {user}, your name on this computer",
                why="No user was given, so ssh took your local name. A server that does not know it "
                "refuses it like a wrong key.",
                decided_by="one try with the right login name",
            ),
            "unknown": _REJECTED,
        },
        words={
            "given": "it was given",
            "defaulted": "ssh guessed it",
            "root": "it is root",
            "of-an-image": "an image's name",
            "of-a-console": "it names a VM",
            "other-named": "another is wanted",
        },
    ),
    Node[login.Closing](
        "closing",
        "Why did the server hang up?",
        via=login.closing,
        short="Why did it hang up?",
        leads={
            "account-expired": Cause("auth.account-expired", "The account {user} has expired on {host}"),
            "password-expired": Cause("auth.password-expired"),
            "nologin": Cause("auth.nologin-file", "{host} is closed for logins"),
            "booting": Suspects(
                "server.booting",
                "auth.nologin-file",
                title="{host} says that it is still starting",
                why="Until it is up it lets nobody but root in. If it says so for long, a nologin file was left over.",
                decided_by="one more try in a few minutes",
            ),
            "after-wait": Suspects(
                "server.login-grace-timeout",
                "auth.closed-during-auth",
                title="{host} hung up after {seconds} s of silence, before the login was done",
                decided_by="LoginGraceTime in the server's configuration, and its log",
            ),
            "words": Suspects("auth.nologin-file", "auth.account-expired", "auth.pam-denied", decided_by=_DECIDES),
            "after-signature": Suspects(
                "auth.pam-denied", "auth.account-expired", "session.closed-after-login", decided_by=_DECIDES
            ),
            "during": Suspects("auth.closed-during-auth", "server.login-grace-timeout", "auth.too-many-keys"),
            "unknown": Suspects("auth.closed-during-auth"),
        },
        words={
            "account-expired": "account expired",
            "password-expired": "password expired",
            "words": "something else",
            "booting": "still starting",
            "nologin": "closed for logins",
            "after-wait": "after a long wait",
            "after-signature": "after the key was right",
            "during": "before it decided",
        },
    ),
)
