"""Does the server let us in: methods, account, and how it hung up."""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import authentication, login
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

_REJECTED = Suspects(
    "auth.key-rejected",
    *_UNSEEN,
    title="{host} refused every key of {user}",
    why="sshd does not say why. From outside, thirteen reasons on the server look exactly the same.",
    decided_by=_DECIDES,
)

NODES = (
    Node[login.Login](
        "login",
        "Does {host} let {user} in?",
        via=login.login,
        short="Are you let in?",
        spine=True,
        leads={
            "ok": "session",
            "denied": "methods",
            "too-many-keys": Cause("auth.too-many-keys", "The agent offered too many keys before the right one"),
            "closed": "closing",
            "hung": Suspects(
                "server.overloaded", "server.slow-login", "server.hung", title="The login began and nothing more came"
            ),
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
            "unknown": "will",
        },
        words={
            "public-key": "it takes keys",
            "partial": "a second factor",
            "no-public-key": "no keys",
            "keyboard-only": "its own prompts only",
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
            "unknown": "signing",
        },
        words={"tries-keys": "it tries", "keys-off": "turned off"},
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
            "given": Suspects(
                "auth.root-login-disabled", "auth.key-rejected", "key.pub-file-mismatch", "auth.pam-denied"
            ),
            "defaulted": Suspects("auth.key-rejected", "auth.pam-denied"),
            "unknown": Suspects("auth.key-rejected", "auth.pam-denied"),
        },
        words={"given": "it was given", "defaulted": "ssh guessed it", "root": "it is root"},
    ),
    Node[login.User](
        "user",
        "Is {user} the right login name?",
        via=login.user,
        short="Right login name?",
        leads={
            "given": _REJECTED,
            "root": Suspects(
                "auth.key-rejected",
                "auth.root-login-disabled",
                *_UNSEEN,
                title="{host} refused every key of root",
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
        words={"given": "it was given", "defaulted": "ssh guessed it", "root": "it is root"},
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
            "nologin": "closed for logins",
            "after-signature": "after the key was right",
            "during": "before it decided",
        },
    ),
)
