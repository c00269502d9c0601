"""Who logs in: the user that an image is delivered with, against the one that ssh uses."""

from __future__ import annotations

import re
from typing import Any, Literal

from sshwizard import clean
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import inquiry
from sshwizard.probes.aws.console import text_of
from sshwizard.probes.aws.looks import ImageUser
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.console import read_text
from sshwizard.probes.scene import Scene

Delivered = Literal["known", "windows", "unclear"]

PUBLISHERS = {
    "137112412989": "Amazon", "591542846629": "Amazon", "898082745236": "Amazon", "099720109477": "Canonical",
    "136693071363": "Debian", "379101102735": "Debian", "309956199498": "Red Hat", "013907871322": "SUSE",
    "131827586825": "Oracle", "125523088429": "Fedora", "792107900819": "Rocky Linux", "764336703387": "AlmaLinux",
    "979382823631": "Bitnami", "679593333241": "AWS Marketplace", "801119661308": "Microsoft",
    "782442783595": "FreeBSD",
}  # fmt: skip
"""Accounts that publish images, each from its project's own page on its AMIs."""

USERS: tuple[tuple[str, str, str], ...] = (
    (r"bitnami", "bitnami", "Bitnami"),
    (r"ubuntu", "ubuntu", "Ubuntu"),
    (r"debian", "admin", "Debian"),
    (r"al20\d\d-|amzn|amazon[- ]linux|\bal2023", "ec2-user", "Amazon Linux"),
    (r"rocky", "rocky", "Rocky Linux"),
    (r"alma", "ec2-user", "AlmaLinux"),
    (r"centos (?:linux )?7|centos-7", "centos", "CentOS 7"),
    (r"centos", "ec2-user", "CentOS Stream"),
    (r"fedora", "fedora", "Fedora"),
    (r"rhel|red ?hat", "ec2-user", "Red Hat Enterprise Linux"),
    (r"suse|sles", "ec2-user", "SUSE Linux"),
    (r"\bol\d|oracle", "ec2-user", "Oracle Linux"),
    (r"freebsd", "ec2-user", "FreeBSD"),
    (r"flatcar|coreos", "core", "Flatcar"),
    (r"kali", "kali", "Kali"),
)
"""Words in an image's name, its login user, and what it is (EC2 User Guide, default user names)."""


def user_of(image: Row) -> tuple[str, str]:
    """The login user of an image and what the image is; empty when its name does not tell."""
    words = " ".join(str(image.get(key, "")) for key in ("Name", "Description", "ImageLocation")).lower()
    return next(((user, what) for pattern, user, what in USERS if re.search(pattern, words)), ("", ""))


def read_user(answer: Answer) -> Fact[Delivered]:
    """The login user that the image was delivered with; only a publisher's own image is taken at its name."""
    if isinstance(answer, Unseen):
        return blind(answer)
    image: Row = next(iter(answer.get("Images", ())), {})
    name = clean.line(str(image.get("Name", "")), 120)
    if not image:
        return Fact("unclear", "the image that it was launched from is gone")
    lines = (f"{image.get('ImageId', '')}  {name}  owner {image.get('OwnerId', '')}",)
    if str(image.get("Platform", "")).lower() == "windows" or "Windows" in str(image.get("PlatformDetails", "")):
        return Fact("windows", f"{name} is Windows", lines)
    user, what = user_of(image)
    data: dict[str, Any] = {"image": name, "user": user, "what": what}
    publisher = PUBLISHERS.get(str(image.get("OwnerId", "")))
    if user and (publisher or image.get("ImageOwnerAlias") in {"amazon", "aws-marketplace"}):
        return Fact("known", f"{name} is {what}, whose login user is {user}", lines, data=data)
    return Fact("unclear", f"the image {name} does not tell who logs in", lines, data={"image": name, "guess": user})


def read(image: Answer, text: Answer, user: str) -> Fact[ImageUser]:
    """Is `user` the one? cloud-init's own line in the console outranks the image's name: that is what was set up."""
    delivered = read_user(image)
    users = [] if isinstance(text, Unseen) else read_text(text_of(text)).users
    if delivered.outcome == "windows":
        return Fact("windows", delivered.says, delivered.lines)
    wanted = users[0] if users else str(delivered.data.get("user", ""))
    lines = (*delivered.lines, *(f"Authorized keys from /home/{one}" for one in users[:2]))
    data = {**delivered.data, "user": user, "user_wanted": wanted}
    if not wanted:
        unseen = tuple(one for one in (image, text) if isinstance(one, Unseen))
        return blind(*unseen) if unseen else Fact("unclear", delivered.says, lines, data=data | missing(unseen))
    if user in {wanted, *users}:
        return Fact("same", f"{user} is the user that the image was delivered with", lines, data=data)
    says = f"cloud-init put the keys to {wanted}" if users else delivered.says
    return Fact("other", f"{says}, and ssh logs in as {user or 'nobody'}", lines, data=data)


async def look(scene: Scene) -> Fact[ImageUser]:
    asked = await inquiry(scene)
    return read(await asked.part("image"), await asked.part("console"), scene.leg.user)
