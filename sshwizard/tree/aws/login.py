"""The keys were refused: is it the image's user, and does a key fit that of the launch?"""

from sshwizard.model import Cause, Suspects
from sshwizard.probes.aws import looks
from sshwizard.tree.aws.whose import whose_node
from sshwizard.tree.node import Node

NODES = (
    whose_node(
        "cloud-login",
        "cloud-user",
        "google-login",
        other="user",
        gone="user",
    ),
    Node[looks.ImageUser](
        "cloud-user",
        "Is {user} the login name of its image?",
        via=looks.image_user,
        short="The image's login name?",
        leads={
            "same": "cloud-key",
            "other": Suspects(
                "auth.wrong-user",
                "auth.user-unknown",
                "auth.key-rejected",
                title="The image of {host} lets {user_wanted} in, and you log in as {user}",
                why="Each image has one account that gets the key at launch.",
                decided_by="one try as {user_wanted}",
            ),
            "windows": Cause("auth.wrong-user", "{host} is Windows: its first account is Administrator"),
            "unclear": "cloud-key",
            "unknown": "cloud-key",
        },
        words={"same": "it is", "other": "another is", "windows": "it is Windows", "unclear": "it does not tell"},
    ),
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
            "none-local": Suspects(
                "key.lost",
                "auth.key-not-authorized",
                "auth.key-rejected",
                title="{host} was launched with the key pair {key_pair}, and no key here fits it",
                why="Other keys may have been added later; the one of the launch is not on this computer.",
                decided_by="whether another key was installed on the server since",
            ),
            "no-key-pair": Suspects(
                "aws.launched-without-key-pair",
                "auth.key-not-authorized",
                title="{host} was launched without a key pair",
                decided_by="its user data, or a look from inside: ~/.ssh/authorized_keys",
            ),
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
)
