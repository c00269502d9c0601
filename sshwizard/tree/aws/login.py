"""The keys were refused: is it the image's user, and does a key fit that of the launch?"""

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes.aws import looks
from sshwizard.tree.aws.whose import whose_node
from sshwizard.tree.node import Node

_LOST = Suspects(
    "key.lost",
    "auth.key-not-authorized",
    "auth.key-rejected",
    title="{host} was launched with the key pair {key_pair}, and no key here fits it",
    why="Other keys may have been added later; the one of the launch is not on this computer.",
    decided_by="whether another key was installed on the server since",
)
_NO_PAIR = Suspects(
    "aws.launched-without-key-pair",
    "auth.key-not-authorized",
    title="{host} was launched without a key pair",
    decided_by="its user data, or a look from inside: ~/.ssh/authorized_keys",
)
_PUSHED = Suspects(
    "eic.pushed-key-refused",
    "eic.package-missing",
    "eic.sshd-not-configured",
    "eic.metadata-unreachable",
    "server.clock-wrong",
    "auth.wrong-user",
    title="AWS took the key for {user}, and {host} refused the login",
    why="sshd never asked for the key, or could not read it, or has no such user: from outside these look the same.",
    decided_by="the server's own log (EC2 Instance Connect writes to it), or a look from inside",
)
_BUSY = Suspects(
    "serial.session-busy",
    "serial.access-denied",
    title="The serial console took the key, and refused the login",
    why="It serves one session at a time, and the next one half a minute after that one ended.",
    decided_by="one more try in a minute, with a key that was just pushed",
)
_CONSOLE = Suspects(
    "eic.key-expired",
    "serial.session-busy",
    "serial.access-denied",
    title="The serial console refused the key",
    why="A key opens it for 60 seconds after it was pushed, for one session at a time.",
    decided_by="one try right after aws ec2-instance-connect send-serial-console-ssh-public-key",
)


def _pushed(id_: str, none: Lead, fresh: Cause = _PUSHED, denied: str = "eic.permission-missing") -> Node[looks.Pushed]:
    """Was a key that this connection offers pushed lately? `none`: as far as CloudTrail knows, not."""
    return Node[looks.Pushed](
        id_,
        "Was a key of yours pushed for a minute?",
        via=looks.pushed,
        short="A key for a minute?",
        leads={
            "expired": Cause(
                "eic.key-expired",
                "The key that ssh offers was pushed {seconds} s before the login",
                "A pushed key opens the door for 60 seconds only.",
            ),
            "fresh": fresh,
            "refused": Cause(denied, why="{says}"),
            "none": none,
            "unknown": none,
        },
        words={
            "expired": "its minute is over",
            "fresh": "it was, just now",
            "refused": "AWS did not take it",
            "none": "none that is known of",
        },
    )


NODES = (
    whose_node(
        "cloud-login",
        "cloud-user",
        "google-login",
        other="user",
        gone="user",
        serial="serial-console",
    ),
    Node[looks.ImageUser](
        "cloud-user",
        "Is {user} the login name of its image?",
        via=looks.image_user,
        short="The image's login name?",
        leads={
            "same": "cloud-pushed",
            "other": Suspects(
                "auth.wrong-user",
                "auth.user-unknown",
                "auth.key-rejected",
                title="The image of {host} lets {user_wanted} in, and you log in as {user}",
                why="Each image has one account that gets the key at launch.",
                decided_by="one try as {user_wanted}",
            ),
            "windows": Cause("auth.wrong-user", "{host} is Windows: its first account is Administrator"),
            "unclear": "cloud-pushed",
            "unknown": "cloud-pushed",
        },
        words={"same": "it is", "other": "another is", "windows": "it is Windows", "unclear": "it does not tell"},
    ),
    _pushed("cloud-pushed", "cloud-key"),
    Node[looks.KeyPair](
        "cloud-key",
        "Does a key of yours fit the key pair of {host}?",
        via=looks.key_pair,
        short="Does your key fit?",
        leads={
            "fits": "user",
            "other-local": Cause(
                "key.wrong-key",
                "{host} was launched with the key pair {key_pair}: that is {named}, which ssh does not offer",
            ),
            "none-local": _LOST,
            "no-key-pair": _NO_PAIR,
            "unclear": "user",
            "unknown": "user",
        },
        words={
            "fits": "one that is offered",
            "other-local": "one that is not offered",
            "none-local": "none here",
            "no-key-pair": "it has no key pair",
            "unclear": "cannot be compared",
        },
    ),
    # ------------------------------------------------------------ the serial console's own server
    Node[looks.Serial](
        "serial-console",
        "May the serial console of the instance be used?",
        via=looks.serial,
        short="May it be used?",
        leads={
            "allowed": "serial-pushed",
            "off": Cause("serial.account-access-off", "The serial console is switched off for the account in {region}"),
            "not-supported": Cause("serial.not-supported", "{kind} has no serial console"),
            "not-running": Cause(
                "serial.not-supported", "The instance does not run", "Only a running instance has a serial console."
            ),
            "unknown": "serial-pushed",
        },
        words={
            "allowed": "it may",
            "off": "switched off",
            "not-supported": "its type has none",
            "not-running": "it does not run",
        },
    ),
    _pushed("serial-pushed", _CONSOLE, _BUSY, "serial.access-denied"),
)
