"""Accounts in which a server answers and nobody gets in: its host key is another, or no key of the person leads in.

One row for each leaf cause that AWS can tell of.
"""

from __future__ import annotations

import shutil

from cloud import AMAZON, OWN, client
from live.sshd import me

from aws.case import Case
from aws.stage import ALIAS, Stage
from sshwizard import paths

# ------------------------------------------------------------------ the host key


def _greeted_by(at: Stage, name: str, *printed: str) -> None:
    """known_hosts has the key `name`, and the console prints others."""
    at.known_hosts(name)
    keys = "\n".join(f"{at.keys.bare(one)} root@web" for one in printed)
    if printed:
        at.aws.console(at.web, f"-----BEGIN SSH HOST KEY KEYS-----\n{keys}\n-----END SSH HOST KEY KEYS-----\nlogin: ")


def rebuilt(at: Stage) -> None:
    _greeted_by(at, "old", "host")


def somebody_in_between(at: Stage) -> None:
    _greeted_by(at, "old", "host-of-jump")


def silent_console(at: Stage) -> None:
    _greeted_by(at, "old")


def address_went_to_another(at: Stage) -> str:
    """The Elastic IP that was web-1's is now on db-1."""
    address, bound = at.elastic()
    at.known_hosts("old", address)
    other = at.launch("db-1")
    at.ec2.disassociate_address(AssociationId=bound)
    id_ = at.ec2.describe_addresses(PublicIps=[address])["Addresses"][0]["AllocationId"]
    at.ec2.associate_address(AllocationId=id_, InstanceId=other)
    at.config(address)
    return ALIAS


# ------------------------------------------------------------------ the login


def _again(at: Stage, image: str = OWN, key_pair: str = "mine") -> str:
    """Another instance, into which no key of the person leads."""
    at.sshd.authorize("nobody")
    other = at.launch("api-1", image=image, key_pair=key_pair)
    at.known_hosts("host", at.net.instance(other)["PublicIpAddress"])
    return other


def the_users_of_another_image(at: Stage) -> str:
    return _again(at, image=AMAZON)


def windows(at: Stage) -> str:
    return _again(at, image="ami-0f60000000000f622")


def another_key_of_mine(at: Stage) -> str:
    at.key("old", "id_old")
    paths.ssh_dir().mkdir(mode=0o700, parents=True)
    (at.home / "id_old").rename(paths.ssh_dir() / "id_old")
    return _again(at, key_pair="old")


def nobodys_key(at: Stage) -> str:
    return _again(at, key_pair="old")


def no_key_pair(at: Stage) -> str:
    return _again(at, key_pair="")


def a_key_pushed_ten_minutes_ago(at: Stage) -> str:
    """The person's own key, which the server does not have, was sent with Instance Connect, and used too late."""
    other = _again(at, key_pair="old")
    connect = client(at.aws, "ec2-instance-connect")
    connect.send_ssh_public_key(InstanceId=other, InstanceOSUser=me(), SSHPublicKey=at.keys.public("mine"))
    at.aws.age(600)
    return other


def a_command_that_pushes(at: Stage) -> str:
    """The ProxyCommand hands a key over first; this server has no EC2 Instance Connect."""
    other = _again(at, key_pair="old")
    push = f"true aws ec2-instance-connect send-ssh-public-key --instance-id {other}"
    at.config("", "", f"Host {other}", f"  ProxyCommand sh -c '{push}; exec nc 127.0.0.1 {at.sshd.port}'")
    at.known_hosts("host", other)
    return other


def the_serial_console(at: Stage) -> str:
    """What answers is a server of ours under the name of AWS's; the account's switch is off, as it is at first."""
    name = "serial-console.ec2-instance-connect.eu-west-1.aws"
    at.config("", "", f"Host {name}", "  HostName 127.0.0.1", f"  Port {at.sshd.port}", f"  User {at.web}.port0")
    at.known_hosts("host", f"127.0.0.1]:{at.sshd.port},[127.0.0.1")
    return name


# ------------------------------------------------------------------ what must be said

CASES = (
    Case("hostkey.changed-rebuilt", rebuilt, r"wrote this key on its console", by="aws.console_keys"),
    Case("hostkey.changed", somebody_in_between, r"wrote another key", by="aws.console_keys"),
    Case("hostkey.changed", silent_console, r"does not show", by="aws.console_keys"),
    Case("hostkey.changed-address-reused", address_went_to_another, r"\(db-1\)", by="aws.identity"),
    Case("auth.wrong-user", the_users_of_another_image, r"ec2-user", "likely", "aws.image_user"),
    Case("auth.wrong-user", windows, r"Windows", by="aws.image_user"),
    Case("key.wrong-key", another_key_of_mine, r"id_old", by="aws.key_pair"),
    Case("key.lost", nobodys_key, r"no key of this computer", "likely", "aws.key_pair"),
    Case("eic.key-expired", a_key_pushed_ten_minutes_ago, r"pushed a key for \S+ 10 minutes ago", by="aws.pushed"),
    *((Case("eic.pushed-key-refused", a_command_that_pushes, r"pushes a key right before", "likely", "aws.pushed"),)
      if shutil.which("nc") else ()),
    Case("serial.account-access-off", the_serial_console, r"switched off for the account", by="aws.serial"),
    Case("aws.launched-without-key-pair", no_key_pair, r"without a key pair", "likely", "aws.key_pair"),
)  # fmt: skip
