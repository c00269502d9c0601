"""What is masked in a report: by its shape, or because this session, this account or this computer is called so."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

INSIDE_WORDS = 6
"""Letters from which on a name is masked also in the middle of a longer word."""
LONG_NUMBER = 12
"""Digits of an account's number."""

NOBODY = {
    "root", "ec2-user", "ubuntu", "admin", "debian", "centos", "fedora", "rocky", "almalinux", "opc", "bitnami", "core",
    "cloud-user", "azureuser", "git", "nobody", "sshd", "localhost", "localhost.localdomain", "ip6-localhost",
    "unknown", "default", "invalid", "none", "yes", "no", "any", "auto",
}  # fmt: skip
"""Names that every image or system has: they are nobody's, and which one was tried matters."""
_PLACEHOLDERS = {"USER", "HOST", "NAME", "TARGET", "PROJECT", "BASTION", "c.PROJECT.internal", "ec2.internal"}
"""What the vocabulary's own commands leave open."""
_WORDS = {
    "ssh", "sshd", "scp", "sftp", "the", "key", "keys", "host", "port", "server", "user", "this", "that", "address",
    "login", "name", "config", "file", "and", "not", "for", "from", "with", "one", "two", "account", "instance", "aws",
}  # fmt: skip
"""Words of every sentence: as a name they are masked only where nothing else can be meant."""

_KEPT_ADDRESSES = {"127.0.0.1", "::1", "0.0.0.0", "::", "255.255.255.255", "169.254.169.254", "fd00:ec2::254"}
_KEPT_HOSTS = re.compile(
    r"(?:.*\.)?(?:openssh\.com|libssh\.org|lysator\.liu\.se|ssh\.com|googleapis\.com|putty\.projects\.tartarus\.org)"
    r"|(?!ec2-\d)[a-z0-9-]+\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com",
    re.I,
)
"""Names of algorithms and of the clouds' own services."""

_ENDS = (
    "com|net|org|io|dev|edu|gov|mil|int|info|biz|cloud|app|tech|site|online|xyz|internal|local|lan|corp|home|intranet"
    "|private|example|test|invalid|localdomain|arpa|ai|co|me|tv|de|uk|fr|it|es|nl|be|ch|at|jp|cn|kr|in|au|nz|br|mx|ca"
    "|us|eu|se|no|fi|dk|pl|cz|ru|pt|gr|tr|za|sg|hk|tw|ie"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PERSON = r"[\w][\w.+-]{0,63}"
SHAPES = "|".join(
    (
        r"(?P<secret>(?<=--proxy-auth[ =])\S+|(?<=--proxy-user[ =])\S+)",
        r"(?P<arn>\barn:aws[\w-]*:[^\s\"',;)\]}]+)",
        r"(?P<access_key>\b(?:AKIA|ASIA|AROA|AIDA|ANPA)[A-Z0-9]{12,}\b)",
        r"(?P<fingerprint>\b(?:SHA256|SHA1):[A-Za-z0-9+/]{16,}=*|\b(?:MD5:)?(?:[0-9a-f]{2}:){15}[0-9a-f]{2}\b"
        r"|\b[0-9a-f]{40,}\b)",
        r"(?P<key>\bAAAA[A-Za-z0-9+/]{20,}={0,2}(?: [^\s,;:][^,;:|]{0,80})?)",
        r"(?P<offered>(?:Offering public key|Server accepts key|Will attempt key|Trying private key|explicit key)"
        r": .+? (?:ED25519|RSA|ECDSA|DSA)[\w-]* (?=SHA256:|MD5:))",
        r"(?P<described>(?:(?<=/\d )|(?<=/\d\d )|(?<=/\d{3} ))\((?:.{1,255}\)|[^)]{1,255}…)$)",
        r"(?P<hardware>\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b)",
        r"(?P<dashed>\b(?:ip|ec2)-\d{1,3}(?:-\d{1,3}){3}(?:\.[a-z0-9.-]*[a-z0-9])?\b)",
        rf"(?P<mail>(?<!\w){_PERSON}@(?:(?:[\w-]+\.)*\w[\w-]*)?)",
        rf"(?P<v4>(?<![\d.]){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\d))",
        rf"(?P<v6>(?<![\w:.])(?:[0-9a-f]{{0,4}}:){{2,7}}(?:{_OCTET}(?:\.{_OCTET}){{3}}|[0-9a-f]{{0,4}})(?:%\w+)?(?![\w:]))",
        rf"(?P<host>(?<!\w)(?:\w(?:[\w-]{{0,61}}\w)?\.){{1,20}}(?:{_ENDS})(?![\w-]))",
        r"(?P<resource>\b(?:i|sg|sgr|acl|aclassoc|subnet|vpc|rtb|rtbassoc|igw|nat|eni|eni-attach|ami|vol|snap|eipalloc"
        r"|eipassoc|pcx|tgw|tgw-attach|eice|vpce|vgw|eigw|lt|fs|cr|dopt|pl|mi|ssm|r)-[0-9a-f]{4,32}\b)",
        r"(?P<folder>(?:/home/|/Users/|[A-Z]:\\Users\\)[^/\\\s:\"']+)",
        r"(?P<place>\bgce:[^/\s]+|\b(?:projects|instances|networks|subnetworks|firewalls|routers|disks|images|secrets)/"
        r"[^/\s\"',;)]+)",
        r"(?P<profile>(?<=--profile )\S+)",
        r"(?P<number>(?<![\w.-])\d{12,20}(?![\w.-]))",
    )
)
"""One pattern for everything that can be told by its shape; the group says what it is."""

_KINDS = {
    "i": "instance", "mi": "instance", "sg": "security-group", "sgr": "rule", "acl": "network-acl",
    "rtb": "route-table", "igw": "gateway", "eni": "interface", "ami": "image", "vol": "volume", "snap": "snapshot",
    "eice": "endpoint",
}  # fmt: skip

_PLACES = {"gce": "project", "projects": "project", "instances": "host"}
"""Parts of the path of a resource (Google's API design guide, resource names)."""

Mask = Callable[[str, str], str]


def masked(shape: str, value: str, mask: Mask) -> str:
    """What stands in the place of `value`, which has the named shape."""
    match shape:
        case "secret":
            return "[secret]"
        case "v4" | "v6":
            return _address(value, mask)
        case "mail":
            person, _, host = value.partition("@")
            return value if _KEPT_HOSTS.fullmatch(host) else f"{_person(person, mask)}@{_host(host, mask)}"
        case "host" | "dashed":
            return _host(value, mask)
        case "resource":
            head = value.rpartition("-")[0]
            return mask(_KINDS.get(head.casefold(), head.casefold()), value)
        case "folder":
            end = max(value.rfind("/"), value.rfind("\\")) + 1
            return value[:end] + _person(value[end:], mask)
        case "place":
            end = max(value.find(":"), value.find("/")) + 1
            return value[:end] + mask(
                _PLACES.get(value[: end - 1].casefold(), value[: end - 2].casefold()), value[end:]
            )
        case "key":
            blob, gap, comment = value.partition(" ")
            return mask("key", blob) + (gap + mask("comment", comment) if gap else "")
        case "offered":
            return _offered(value, mask)
        case "described":
            return f"({mask('comment', value[1:].removesuffix(')'))})"
        case "profile":
            return _person(value, lambda _, part: mask("profile", part))
        case "number":
            return mask("account" if len(value) == LONG_NUMBER else "number", value)
        case _:
            return mask(shape.replace("_", "-"), value)


def _address(value: str, mask: Mask) -> str:
    try:
        found = ipaddress.ip_address(value.partition("%")[0])
    except ValueError:
        return value
    found = getattr(found, "ipv4_mapped", None) or found
    if str(found) in _KEPT_ADDRESSES:
        return value
    kind = "address" if found.version == 4 else "address6"
    inside = found.is_private and not any(found in net for net in _TELLS if net.version == found.version)
    return mask(f"private-{kind}" if inside else kind, value)


_TELLS = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "198.18.0.0/15"))
)
"""Private to Python, and written in documents in the place of public ones (RFC 5737, RFC 3849)."""


def _host(value: str, mask: Mask) -> str:
    if not value or value.casefold() in NOBODY or value in _PLACEHOLDERS or _KEPT_HOSTS.fullmatch(value):
        return value
    return _address(value, mask) if re.fullmatch(r"[\d.]+", value) else mask("host", value)


def _person(value: str, mask: Mask) -> str:
    return value if value.casefold() in NOBODY or value in _PLACEHOLDERS else mask("user", value)


_OFFERED = re.compile(r"(?P<what>[^:]+: )(?P<name>.+?)(?P<kind> (?:ED25519|RSA|ECDSA|DSA)[\w-]* )$", re.I)


def _offered(value: str, mask: Mask) -> str:
    """ssh names a key by its file, or, when the agent holds it, by its comment."""
    found = _OFFERED.match(value)
    if not found:
        return value
    name = found["name"]
    if name.startswith(("/", "~", ".")) or "\\" in name:
        folder = re.match(r"(/home/|/Users/|[A-Z]:\\Users\\)([^/\\]+)(.*)", name)
        shown = folder[1] + _person(folder[2], mask) + folder[3] if folder else name
    else:
        shown = mask("comment", name)
    return f"{found['what']}{shown}{found['kind']}"


def names_somebody(value: str) -> bool:
    """True when it is a name at all, and one that not everybody has."""
    return (
        bool(value.strip()) and value.casefold() not in NOBODY and value not in _KEPT_ADDRESSES and not value.isdigit()
    )


def stands_out(value: str) -> bool:
    """True when it can be masked wherever it stands, without turning every sentence into masks."""
    return len(value) > 2 and value.casefold() not in _WORDS


# ------------------------------------------------------------------ what this session is about

_BY_KEY = {
    **dict.fromkeys(("host", "hostname", "hostkeyalias", "host_found", "dial", "domain", "names", "edge", "dns",
                     "router", "address", "addresses"), "host"),
    **dict.fromkeys(("user", "users", "me", "user_wanted", "user_found", "suggested", "login", "owner"), "user"),
    **dict.fromkeys(("profile", "profiles"), "profile"),
    **dict.fromkeys(("key_pair", "keyname", "key_name"), "key-pair"),
    **dict.fromkeys(("group_name",), "group"),
    **dict.fromkeys(("comment", "comments"), "comment"),
    **dict.fromkeys(("project",), "project"),
    "account": "user",
    "instance": "instance",
}  # fmt: skip
"""Fields of facts that hold a name, by what it is the name of."""

_SAID = (
    (re.compile(rf"(?:[Ii]nvalid user|for user|for invalid user|publickey for|password for|User|exceeded for|tried for"
                rf"|[Aa]ccount|login by|Command \S+|information for|Expired for) ({_PERSON})"
                r"(?=$|[,:(]| (?:from|not|is|has|by|on|with|failed|does|may|because)\b)"), "user"),
    (re.compile(rf" for ({_PERSON}) from \S+ port "), "user"),
    (re.compile(rf"\b(?:user|ruser|acct)=\"?({_PERSON})"), "user"),
    (re.compile(rf"^(?:\d+: )?[-dlcbps][-rwxsStT]{{9}}[.+@]? +\d+ ({_PERSON}) "), "user"),
    (re.compile(r"Authenticating to (\S{1,253}):\d+ as"), "host"),
    (re.compile(rf" as '({_PERSON})'"), "user"),
    (re.compile(r"[Hh]ost '([^']{1,253})' is known"), "host"),
    (re.compile(r"resolve hostname (\S{1,253}?):"), "host"),
    (re.compile(r"Connecting to (\S{1,253}) \["), "host"),
    (re.compile(r"^\s*(?:\d+: )?(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT\S+) ([\w.-]+) "
                r"[\w./-]+(?:\[\d+\])?:"),
     "host"),
    (re.compile(r"^\d+ (?:SHA256|MD5):\S+ (.+) \([A-Z0-9-]+\)$"), "comment"),
)  # fmt: skip
"""Sentences of ssh, sshd, PAM, ls, syslog and ssh-add that name somebody (OpenSSH's messages; ssh-add(1), -l)."""


_NAMED_BESIDE = {"instance", "settings", "zone", "project"}
"""What stands beside the name of a machine in a fact."""


def told(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each name in a fact, with its kind: by the field it stands in, or by the sentence."""
    if isinstance(value, Mapping):
        called = value.get("name")
        if isinstance(called, str) and called and value.keys() & _NAMED_BESIDE and not _shaped(called):
            yield called, "host"  # a tag of the cloud; a host as it was typed
        for name, part in value.items():
            yield from told(part, str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from told(part, key)
    elif isinstance(value, str):
        kind = _BY_KEY.get(key, "")
        if kind and len(value) <= 253 and not re.search(r"[\s/%]", value) and not _shaped(value):
            yield value, kind
        for pattern, of in _SAID:
            for found in pattern.finditer(value):
                name = re.sub(r"^\[(.+)\](?::\d+)?$", r"\1", found[1])
                if not _shaped(name) and name not in _PLACEHOLDERS:
                    yield name, of


def typed(args: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The names in ssh's arguments: the destination, -l, and jump hosts."""
    wanted = list(args[-1:])
    for number, word in enumerate(args[:-1]):
        for flag in ("-l", "-J"):
            if word.startswith(flag):
                value = word[2:] or args[number + 1]
                if flag == "-l":
                    yield value, "user"
                else:
                    wanted += value.split(",")
    for place in wanted:
        if place.startswith("gce:"):
            yield from zip(place[4:].split("/")[::2], ("project", "host"), strict=False)
            continue
        person, at, host = place.removeprefix("ssh://").rpartition("@")
        if at:
            yield person.partition(":")[0], "user"
        host = re.sub(r":\d+$", "", host.partition("/")[0] if place.startswith("ssh://") else host)
        if host and not _shaped(host) and not re.search(r"[\s/]", host):
            yield host, "host"


_WHOLE = re.compile(SHAPES, re.I)


def _shaped(value: str) -> bool:
    """True when its shape alone tells what it is."""
    found = _WHOLE.fullmatch(value)
    return bool(found) and found is not None and found.lastgroup not in {"host"}
