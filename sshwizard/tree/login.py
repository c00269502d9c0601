"""Does the server let us in: methods, keys, agent, account."""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import agent, keys, login
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
    Node[login.Methods](
        "methods",
        "Does the server take keys?",
        via=login.auth_methods,
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
    Node[login.Will](
        "will",
        "Does your own ssh try keys?",
        via=login.will,
        short="Does ssh try keys?",
        leads={
            "tries-keys": "signing",
            "keys-off": Cause("config.public-key-off"),
            "unknown": "signing",
        },
        words={"tries-keys": "it tries", "keys-off": "turned off"},
    ),
    Node[login.Signing](
        "signing",
        "Did an accepted key sign?",
        via=login.signing,
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
    ),
    Node[keys.Keys](
        "keys",
        "Is there a key that ssh can use?",
        via=keys.keys,
        short="A usable key?",
        leads={
            "fine": "certificate",
            "none": "agent-for-keys",
            "missing": Cause("key.not-found", "There is no key at {named}"),
            "unreadable": Cause("key.unreadable", "You cannot read {named}"),
            "too-open": Cause(
                "key.permissions-too-open",
                "Other people can read {named}",
                "ssh ignores a private key that others may read, so the server never saw a proof from it.",
            ),
            "public": Cause("key.is-public-key", "{named} is a public key, not the private one"),
            "foreign": Cause("key.foreign-format", "{named} is in another program's format"),
            "text-damaged": Cause("key.text-damaged", "The text of {named} was changed when it was copied"),
            "damaged": Cause("key.damaged", "{named} is damaged, or not a key"),
            "passphrase": "agent-for-passphrase",
            "pub-mismatch": Cause("key.pub-file-mismatch", "{named}.pub belongs to another key"),
            "hardware": "offered",
            "too-weak": Cause("key.type-unsupported", "{named} is too old or too short for this ssh"),
            "refused-by-policy": Cause("key.type-unsupported"),
            "directory-closed": Cause("client.ssh-directory-unusable"),
            "unknown": "certificate",
        },
        words={
            "fine": "the files are sound",
            "none": "no key file",
            "missing": "file missing",
            "unreadable": "unreadable",
            "too-open": "open to others",
            "public": "the public half",
            "foreign": "foreign format",
            "text-damaged": "text damaged",
            "damaged": "damaged",
            "passphrase": "needs a passphrase",
            "pub-mismatch": "wrong .pub beside it",
            "hardware": "hardware key",
            "too-weak": "too weak",
            "directory-closed": "~/.ssh is closed",
        },
    ),
    Node[agent.Agent](
        "agent-for-passphrase",
        "Could an agent answer for the passphrase?",
        via=agent.agent,
        short="Is an agent there?",
        leads={
            "none": Cause("key.passphrase-required", "{named} has a passphrase, and nobody can type it here"),
            "unreachable": Cause("agent.unreachable", "No ssh agent answers, and the key has a passphrase"),
            "hung": Cause("agent.unreachable", "The ssh agent does not answer"),
            "locked": Cause("agent.locked"),
            "empty": Cause("key.passphrase-required", "{named} has a passphrase, and the agent holds no keys"),
            "has-keys": Cause("key.passphrase-required", "{named} has a passphrase, and the agent does not hold it"),
            "unknown": Cause("key.passphrase-required"),
        },
        words={
            "none": "no agent",
            "unreachable": "it is dead",
            "empty": "it is empty",
            "locked": "it is locked",
        },
    ),
    Node[agent.Agent](
        "agent-for-keys",
        "Does an agent hold keys?",
        via=agent.agent,
        short="Keys in the agent?",
        leads={
            "none": Cause("auth.no-key-offered", "ssh has no key to offer: no file and no agent"),
            "unreachable": Cause("agent.unreachable", "No ssh agent answers, and there is no key file"),
            "hung": Cause("agent.unreachable", "The ssh agent does not answer"),
            "locked": Cause("agent.locked"),
            "empty": Cause("agent.empty", "The agent holds no keys, and there is no key file"),
            "has-keys": "offered",
            "unknown": "offered",
        },
        words={
            "none": "no agent",
            "unreachable": "it is dead",
            "empty": "it is empty",
            "locked": "it is locked",
            "has-keys": "it holds keys",
        },
    ),
    Node[keys.Certificate](
        "certificate",
        "Is your certificate valid for {user}?",
        via=keys.certificate,
        short="Certificate valid?",
        leads={
            "none": "algorithms",
            "fine": "algorithms",
            "expired": Cause("cert.expired"),
            "not-yet-valid": Cause("cert.not-yet-valid", also=("client.clock-wrong",)),
            "wrong-principal": Cause("cert.wrong-principal"),
            "unknown": "algorithms",
        },
        words={
            "none": "none in use",
            "fine": "valid",
            "expired": "expired",
            "not-yet-valid": "not valid yet",
            "wrong-principal": "another account's",
        },
    ),
    Node[login.Algorithms](
        "algorithms",
        "Do key and server share a signature?",
        via=login.algorithms,
        short="Signature in common?",
        leads={
            "fine": "offered",
            "none-in-common": Cause("auth.no-common-signature-algorithm"),
            "unknown": "offered",
        },
        words={"fine": "they do", "none-in-common": "none"},
    ),
    Node[login.Offered](
        "offered",
        "Did ssh offer a key?",
        via=login.offered,
        short="Was a key offered?",
        leads={
            "some": "other-key",
            "none": "agent-last",
            "unknown": "user",
        },
        words={"some": "yes", "none": "none at all"},
    ),
    Node[agent.Agent](
        "agent-last",
        "Does an agent hold keys?",
        via=agent.agent,
        short="Keys in the agent?",
        leads={
            "none": Suspects("auth.no-key-offered", "key.not-found", "agent.unreachable"),
            "unreachable": Suspects("agent.unreachable", "auth.no-key-offered"),
            "hung": Cause("agent.unreachable"),
            "locked": Suspects("agent.locked", "agent.empty"),
            "empty": Suspects("agent.empty", "auth.no-key-offered"),
            "has-keys": Suspects("auth.no-key-offered", "config.identities-only"),
            "unknown": Suspects("auth.no-key-offered", "key.not-found", "agent.empty"),
        },
    ),
    Node[keys.Other](
        "other-key",
        "Would another of your keys do?",
        via=keys.other,
        short="Another key?",
        leads={
            "agent-key-hidden": Cause(
                "config.identities-only",
                "IdentitiesOnly keeps the right key from being tried",
                "The agent holds a key that {host} accepts, and the config lets ssh offer only the listed files.",
            ),
            "file-key-fits": Cause("key.wrong-key", "{named} is the key that {host} accepts"),
            "none-fits": "user",
            "no-other": "user",
            "unknown": "user",
        },
        words={
            "agent-key-hidden": "one in the agent",
            "file-key-fits": "another file",
            "none-fits": "none",
            "no-other": "there is none",
        },
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
                why="No user was given, so ssh took your local name. Servers rarely know it, and refuse it like a wrong key.",
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
            "nologin": "closed for logins",
            "after-signature": "after the key was right",
            "during": "before it decided",
        },
    ),
)
