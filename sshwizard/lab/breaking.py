"""What each word of the vocabulary does: small functions, which break a world or set it whole again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sshwizard.lab.bench import PASSPHRASE, Account, keygen, read_public, write_private

if TYPE_CHECKING:
    from sshwizard.lab.stage import Stage

    Value = str | tuple[str, ...]

REPLIES = {
    "nologin": ("This account is currently not available.\n", 1),
    "name-of-user": ('Please login as the user "{user}" rather than the user "root".\n\n', 142),
    "full-disk": ("-bash: cannot create temp file for here-document: No space left on device\n", 1),
    "expired": ("Your account has expired; please contact your system administrator.\n", 1),
    "closes": ("", 1),
}
"""What answers in place of a shell, and its exit status."""


def nothing(stage: Stage, value: Value) -> None:
    """There is no server in it."""


# ---------------------------------------------------------------- the key


def key_pair(stage: Stage, value: Value) -> None:
    if value == "team":
        stage.knows = stage.bench.new_key("ssh/id_team")
    elif value == "lost":
        stage.knows = stage.bench.new_key("server/lost_key")
    else:
        stage.knows = ""
    accounts(stage)


def accounts(stage: Stage, reply: str | None = None, status: int = 0) -> None:
    """Let the key that the server knows in, for its user and for root."""
    if stage.google is not None:  # its guest says who may come in
        return
    one = Account((stage.knows or stage.bench.public_key(),), reply, status)
    stage.bench.accounts(**{stage.user: one})


def key_mode(stage: Stage, value: Value) -> None:
    stage.bench.key.chmod(int(str(value), 8))


def key_text(stage: Stage, value: Value) -> None:
    key, kept = stage.bench.key, stage.bench.root / "server" / "whole_key"
    if not kept.exists():
        write_private(kept, key.read_text(encoding="ascii"))
    text = kept.read_bytes()
    cut = b"\n".join([*text.splitlines()[:3], b""])
    key.write_bytes({"whole": text, "crlf": text.replace(b"\n", b"\r\n"), "cut": cut}[str(value)])


def key_passphrase(stage: Stage, value: Value) -> None:
    """`noted`: it stands in passphrase.txt."""
    note = stage.bench.root / "passphrase.txt"
    if value == "none":
        keygen("-q", "-p", "-P", PASSPHRASE, "-N", "", "-f", str(stage.bench.key))
        return
    keygen("-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", str(stage.bench.key))
    if value == "noted":
        note.write_text(f"The passphrase of your key: {PASSPHRASE}\n", encoding="ascii")


# ---------------------------------------------------------------- the config


def config_user(stage: Stage, value: Value) -> None:
    stage.bench.config(user=str(value))


def config_port(stage: Stage, value: Value) -> None:
    stage.bench.config(port=stage.bench.closed_port() if value == "closed" else 0)


def config_identity(stage: Stage, value: Value) -> None:
    names = {"mine": "id_ed25519", "missing": "id_ed25519_old", "public": "id_ed25519.pub", "team": "id_team"}
    stage.bench.config(identity=names[str(value)])


def config_lines(stage: Stage, value: Value) -> None:
    stage.bench.config(lines=tuple(value))


def config_above(stage: Stage, value: Value) -> None:
    stage.bench.config(above=tuple(value))


def known_hosts(stage: Stage, value: Value) -> None:
    """Where another key is known, the true one stands in fingerprint.txt."""
    bench = stage.bench
    if value == "server":
        bench.known_hosts(bench.host_key)
    elif value == "nothing":
        bench.known_hosts(None)
    elif value == "revoked":
        bench.known_hosts(bench.host_key, mark="@revoked ")
    elif value == "damaged":
        bench.known_hosts(bench.host_key[: len(bench.host_key) // 2])
    else:
        former = bench.root / "server" / "former_key"
        bench.known_hosts(read_public(former) if former.exists() else bench.new_key("server/former_key"))
        note = (
            "Dana, I rebuilt lab-web while you were away. Its new host key is\n\n"
            f"    {bench.fingerprint()} (ED25519)\n\n"
            "Please compare before you accept it. Robin\n"
        )
        (bench.root / "fingerprint.txt").write_text(note, encoding="ascii")


# ---------------------------------------------------------------- the server


def server_greets(stage: Stage, value: Value) -> None:
    stage.bench.behaves(greets=value)


def server_takes(stage: Stage, value: Value) -> None:
    stage.bench.behaves(takes=value)


def server_ciphers(stage: Stage, value: Value) -> None:
    stage.bench.behaves(ciphers=["3des-cbc"] if value == "old" else [])


def server_banner(stage: Stage, value: Value) -> None:
    stage.bench.behaves(banner=value)


def server_tries(stage: Stage, value: Value) -> None:
    stage.bench.behaves(tries=0 if value == "any" else int(str(value)))


def server_reply(stage: Stage, value: Value) -> None:
    """`name-of-user` is what root meets; everything else is what the person meets."""
    user = stage.user
    if value == "shell":
        accounts(stage)
    elif value == "name-of-user":
        known = (stage.knows or stage.bench.public_key(),)
        text, status = REPLIES[value]
        stage.bench.accounts(**{user: Account(known), "root": Account(known, text.format(user=user), status)})
    else:
        accounts(stage, *REPLIES[str(value)])


def server_knows(stage: Stage, value: Value) -> None:
    if value == "nobody":
        stage.bench.accounts()
    else:
        accounts(stage)


# ---------------------------------------------------------------- the clouds


def aws_image(stage: Stage, value: Value) -> None:
    stage.image = str(value)


def on_aws(name: str) -> Callable[[Stage, Value], None]:
    """What sets one thing in the account (aws/worlds.py)."""

    def set_(stage: Stage, value: Value) -> None:
        assert stage.aws is not None
        stage.aws.tell("set", name=name, value=value)

    return set_


def aws_agent(stage: Stage, value: Value) -> None:
    """`online`: Session Manager knows the instance, which may use it."""
    if stage.aws is not None and value != "none":
        says = {"PingStatus": "ConnectionLost"} if value == "lost" else {}
        stage.aws.agent(stage.bench.hosts[0], **says)


def aws_pushed_key(stage: Stage, value: Value) -> None:
    """As `aws ec2-instance-connect send-ssh-public-key` does; nothing takes it back but time."""
    if stage.aws is not None and value == "mine":
        stage.aws.tell("push", user=stage.user, key=stage.bench.public_key())


def gcp_project(stage: Stage, value: Value) -> None:
    stage.project = str(value)
