"""The keys were refused by a VM of Google Cloud: where does it look for keys, is ours there, and may we log in?"""

from typing import Any

from sshwizard.model import Cause, Suspects
from sshwizard.probes.gcp import admission, looks
from sshwizard.tree.gcp.whose import CONSOLE_OFF, whose_node
from sshwizard.tree.node import Node

_SERVER_LOG = "one line of the server's own log (sshd, LogLevel VERBOSE), or a look from inside"
_IN_METADATA = "This VM reads keys from metadata."
_OTHER_LOCAL = Cause("key.wrong-key", "{vm} lets {named} in, which ssh does not offer")
_CONSOLE_KEY = Suspects(
    "gcp.metadata-key-missing",
    "auth.wrong-user",
    "gcp.login-role-missing",
    title="Google's server for serial consoles refused your key",
    why="The console is switched on. The server takes the keys of the metadata, or of OS Login, for the user that "
    "stands in the login name behind the VM's.",
    decided_by="gcloud compute connect-to-serial-port, which adds a key first",
)
NODES: tuple[Node[Any], ...] = (
    whose_node("google-login", "google-source", "user", gone="user", serial="google-serial"),
    Node[looks.Serial](
        "google-serial",
        "Is the interactive serial console of the VM on?",
        via=looks.serial,
        short="Is its console on?",
        leads={
            "allowed": _CONSOLE_KEY,
            "off": Cause("serial.gcp-port-off", "The interactive serial console of {vm} is switched off"),
            "forbidden": Cause(
                "serial.gcp-port-off",
                "An organization policy forbids interactive serial consoles",
                "The constraint compute.disableSerialPortAccess is enforced, so no value of the VM switches it on.",
                also=("gcp.org-policy-blocks",),
            ),
            "not-running": Cause(
                "gcp.instance-stopped", "The VM {vm} is {status}", "Only a running VM has a serial console."
            ),
            "unknown": CONSOLE_OFF,
        },
        words={
            "allowed": "it is on",
            "off": "it is off",
            "forbidden": "a policy forbids it",
            "not-running": "the VM does not run",
        },
    ),
    Node[admission.Source](
        "google-source",
        "Where does {host} look for your key?",
        via=admission.source,
        short="Keys from where?",
        leads={
            "oslogin": "google-profile",
            "metadata": "google-metadata",
            "windows": "google-windows-login",
            "not-asked": "user",
            "unknown": "google-guest",
        },
        words={"oslogin": "OS Login", "metadata": "metadata", "windows": "it is Windows"},
    ),
    Node[admission.InProfile](
        "google-profile",
        "Is your key in your OS Login profile, for {user}?",
        via=admission.profile,
        short="Key in OS Login?",
        leads={
            "fits": "google-right",
            "other-user": Cause(
                "auth.wrong-user",
                "Your OS Login user name is {user_wanted}, not {user}",
                "OS Login makes the user name from the Google account; the key is good for that name only.",
            ),
            "only-in-metadata": Cause("gcp.oslogin-ignores-metadata-key"),
            "expired": Cause(
                "gcp.metadata-key-expired",
                "Your key in the OS Login profile has expired",
                "OS Login leaves a key out once its expirationTimeUsec has passed.",
            ),
            "none": Cause(
                "gcp.metadata-key-missing",
                "Your key is not in your OS Login profile",
                "OS Login is on for {vm}, so it looks for keys there and nowhere else.",
            ),
            "other-local": _OTHER_LOCAL,
            "certificates": Suspects(
                "auth.key-not-authorized",
                "auth.key-rejected",
                title="{vm} takes certificates of OS Login, not keys",
                why="enable-oslogin-certificates is on, so the keys of a profile are not read.",
                decided_by="gcloud compute ssh, which has a certificate made for each login",
            ),
            "no-account": Suspects(
                "auth.user-unknown",
                "gcp.login-role-missing",
                title="Your OS Login profile has no user name for {vm}",
                why="Without a POSIX account there is nobody to log in as.",
                decided_by="gcloud compute os-login describe-profile",
            ),
            "unknown": "google-right",
        },
        words={
            "fits": "it is",
            "other-user": "under another name",
            "only-in-metadata": "in metadata only",
            "expired": "it has expired",
            "none": "no",
            "other-local": "one that is not offered",
            "certificates": "certificates only",
            "no-account": "no user name there",
        },
    ),
    Node[admission.Right](
        "google-right",
        "May you log in to {host} by OS Login?",
        via=admission.right,
        short="May you log in?",
        leads={
            "may": "google-guest",
            "may-not": Cause(
                "gcp.login-role-missing",
                "You lack the role that lets you log in to {vm}",
                "OS Login lets in who has roles/compute.osLogin, or roles/compute.osAdminLogin for sudo as well.",
            ),
            "may-not-act": Cause(
                "gcp.login-role-missing",
                "You may not act as the service account of {vm}",
                "Who logs in could use the VM's service account, so OS Login asks for roles/iam.serviceAccountUser.",
            ),
            "unknown": "google-guest",
        },
        words={"may": "you may", "may-not": "a role is missing", "may-not-act": "not as its account"},
    ),
    Node[admission.InMetadata](
        "google-metadata",
        "Do the metadata of {host} let your key in for {user}?",
        via=admission.metadata,
        short="Key in metadata?",
        leads={
            "fits": "google-guest",
            "other-user": Cause(
                "auth.wrong-user",
                "The metadata of {vm} let your key in for {user_wanted}, not for {user}",
                "An entry of ssh-keys counts for the user before its colon only.",
            ),
            "expired": Cause("gcp.metadata-key-expired"),
            "blocked": Cause("gcp.project-keys-blocked"),
            "rejected": Cause(
                "gcp.metadata-key-missing",
                "The guest agent of {vm} leaves your key's entry out",
                f"{_IN_METADATA} An entry must read USER:TYPE KEY COMMENT, and a google-ssh comment needs its time.",
            ),
            "broken": Cause(
                "gcp.metadata-key-missing",
                "Your key is cut off in the metadata of {vm}",
                f"{_IN_METADATA} An entry must stand on one line, whole.",
            ),
            "full": Cause("gcp.metadata-too-large", "The metadata of {vm} have no room for your key"),
            "vm-full": Suspects(
                "gcp.metadata-too-large",
                "gcp.metadata-key-missing",
                title="The metadata of {vm} itself have no room for your key",
                why=f"{_IN_METADATA} Its own value has no room for one more; the project's has, and gcloud adds there.",
                decided_by="how the key was to be added: to the VM, or to the project",
            ),
            "may-not-add": Cause(
                "gcp.login-role-missing",
                "Your key is not in the metadata of {vm}, and you may not put it there",
                f"{_IN_METADATA} Changing them needs compute.instances.setMetadata, and the right to act as the VM's "
                "service account.",
                also=("gcp.metadata-key-missing",),
            ),
            "only-in-profile": Cause("gcp.oslogin-off"),
            "none": Cause("gcp.metadata-key-missing"),
            "other-local": _OTHER_LOCAL,
            "manager-off": Suspects(
                "gcp.guest-agent-down",
                "gcp.key-not-propagated",
                "auth.key-not-authorized",
                title="The guest agent of {vm} is told to leave keys alone",
                why="disable-account-manager is on: what the metadata say about keys reaches no account.",
                decided_by="~/.ssh/authorized_keys on the VM, by a look from inside",
            ),
            "unknown": "google-guest",
        },
        words={
            "fits": "they do",
            "other-user": "for another user",
            "expired": "it has expired",
            "blocked": "in the project only",
            "rejected": "the entry is no good",
            "broken": "it is cut off",
            "full": "no, and they are full",
            "vm-full": "no, and the VM's is full",
            "may-not-add": "no, nor may you add it",
            "only-in-profile": "in OS Login only",
            "none": "no",
            "other-local": "one that is not offered",
            "manager-off": "they are not applied",
        },
    ),
    Node[admission.Windows](
        "google-windows-login",
        "Is SSH for Windows switched on for {host}?",
        via=admission.windows,
        short="SSH for Windows on?",
        leads={
            "on": "google-metadata",
            "off": Suspects(
                "gcp.windows-ssh-off",
                "auth.key-not-authorized",
                title="SSH for Windows is not switched on for {vm}, so it reads no key from metadata",
                why="Some SSH server answers; without enable-windows-ssh the guest agent gives it no keys.",
                decided_by="enable-windows-ssh=TRUE in the VM's metadata, and one more try",
            ),
            "not-windows": "user",
            "unknown": "google-metadata",
        },
        words={"on": "it is", "off": "it is not", "not-windows": "it is no Windows"},
    ),
    Node[admission.Guest](
        "google-guest",
        "What does the serial port of {host} say about logins?",
        via=admission.guest,
        short="Its serial port says?",
        leads={
            "fine": "google-fresh",
            "agent-down": Cause("gcp.guest-agent-down"),
            "agent-down?": Suspects(
                "gcp.guest-agent-down", "gcp.key-not-propagated", "auth.key-rejected", decided_by=_SERVER_LOG
            ),
            "accounts-fail": Cause(
                "gcp.guest-agent-down",
                "The guest agent of {vm} cannot write users and keys",
                "It runs, and says on the serial port that it could not do what the metadata say.",
            ),
            "disk-full": Cause("server.disk-full", "The disk of {vm} is full, so your key was not written"),
            "disk-full?": Suspects(
                "server.disk-full",
                "gcp.key-not-propagated",
                "auth.key-rejected",
                title="The disk of {vm} is full, and your key was perhaps not written",
                decided_by=_SERVER_LOG,
            ),
            "read-only": Suspects(
                "server.filesystem-corrupt",
                "auth.key-rejected",
                title="The disk of {vm} is read-only, so your key was not written",
                decided_by=_SERVER_LOG,
            ),
            "modes": Cause("auth.authorized-keys-permissions"),
            "modes?": Suspects("auth.authorized-keys-permissions", "auth.key-rejected", decided_by=_SERVER_LOG),
            "not-allowed": Cause("auth.user-not-allowed"),
            "locked": Cause("auth.account-locked"),
            "root-refused": Cause("auth.root-login-disabled"),
            "role-denied": Cause("gcp.login-role-missing"),
            "unknown": "google-fresh",
        },
        words={
            "fine": "no trouble with keys",
            "agent-down": "the agent is down",
            "agent-down?": "the agent had trouble",
            "accounts-fail": "keys cannot be written",
            "disk-full": "the disk is full",
            "disk-full?": "the disk is full",
            "read-only": "the disk is read-only",
            "modes": "wrong modes",
            "modes?": "wrong modes somewhere",
            "not-allowed": "you are not allowed",
            "locked": "the account is locked",
            "root-refused": "root is refused",
            "role-denied": "OS Login refuses you",
        },
    ),
    Node[admission.Fresh](
        "google-fresh",
        "Were the metadata changed just now?",
        via=admission.fresh,
        short="Changed just now?",
        leads={
            "fresh": Suspects(
                "gcp.key-not-propagated",
                "gcp.guest-agent-down",
                "auth.key-rejected",
                title="Your key was added {age} s ago and has perhaps not reached the VM",
                decided_by="one more try in a minute",
            ),
            "old": "user",
            "unknown": "user",
        },
        words={"fresh": "minutes ago", "old": "not lately"},
    ),
)
