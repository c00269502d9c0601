"""Which packages around logins a server has, and whether its package manager knows of newer ones. Pure.

Nobody was asked, so what is known is as old as the lists on the server: a package is the newest only where a list that
was fetched lately names it, and no list names a newer one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cmp_to_key
from typing import Any, Literal, get_args

from sshwizard.probes.inside.protocol import Row
from sshwizard.probes.inside.versions import compared

Standing = Literal["old", "newest", "unknown"]
Rows = Mapping[str, tuple[Row, ...]]

NAMES = (
    "ec2-instance-connect", "openssh-server", "amazon-ssm-agent", "google-guest-agent", "google-compute-engine-oslogin",
)  # fmt: skip
"""The packages that are asked about (inside-packages.sh)."""
FRESH = 7
"""Days for which a list counts as what there is; the package managers fetch them daily by themselves."""
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~^:_-]{0,99}", re.ASCII)
"""What dpkg, rpm and apk allow in a version, and nothing that a shell would read (deb-version(7), rpm-version(7))."""
_DAY = 86400
_NONE = {
    "memory": "the server has too little memory free to ask its package manager",
    "none": "the server has no package manager that is known (dpkg, rpm, apk)",
}
_NO_ANSWER = "its package manager gave no answer"


@dataclass(frozen=True, slots=True)
class Package:
    """One package that is installed."""

    name: str
    version: str
    manager: str
    """apt, dnf, yum, zypper, apk, snap."""
    standing: Standing = "unknown"
    newest: str = ""
    """The newest version that its package manager knows; empty where no list names it."""
    days: int = -1
    """How long ago its lists were fetched; -1 when that is not known."""
    why: str = ""
    """Why it is not known whether a newer one waits."""
    kept: bool = False
    """True when the installed version stands in the lists, too, so that there is a way back to it."""
    held: bool = False
    """True when somebody told the package manager to leave it as it is."""


@dataclass(frozen=True, slots=True)
class Packages:
    """All that was seen."""

    found: tuple[Package, ...] = ()
    why: str = ""
    """Why nothing is known; empty where something is, even if that is that none of them is installed."""

    @property
    def data(self) -> dict[str, Any]:
        """As JSON values."""
        return {"packages": [asdict(one) for one in self.found], "packages_unknown": self.why}


def from_data(data: Mapping[str, Any]) -> Packages:
    """What `data` made, or a session kept; a row of another shape is passed over."""
    rows, why = data.get("packages"), data.get("packages_unknown")
    if not isinstance(rows, list | tuple) or not isinstance(why, str):
        return Packages(why="the look did not ask about packages")
    return Packages(tuple(_package(row) for row in rows if _shaped(row)), why)


_KINDS = {"str": str, "Standing": str, "int": int, "bool": bool}


def _shaped(row: Any) -> bool:
    return (
        isinstance(row, Mapping)
        and all(isinstance(row.get(one.name), _KINDS[str(one.type)]) for one in fields(Package))
        and row["name"] in NAMES
        and row["standing"] in get_args(Standing)
        and all(not text or VERSION.fullmatch(text) for text in (row["version"], row["newest"]))
    )


def _package(row: Mapping[str, Any]) -> Package:
    return Package(**{one.name: row[one.name] for one in fields(Package)})


def packages(rows: Rows, now: int) -> Packages:
    """What the rows of a look show; `now` is the server's clock."""
    told = next(iter(rows.get("packages", ())), ())
    manager, code, text = (*told, "", "", "")[:3]
    snaps = tuple(_snaps(rows))
    if not told:
        return Packages(snaps, "the server did not answer which packages it has")
    if manager == "apt":
        found, seen, size = _apt(text, _policies(rows), _days(rows, "package-policy", 1, now)), code in {"0", "1"}, 5
    elif manager in {"dnf", "yum", "zypper", ""} and code:
        found, seen, size = _rpm(text, manager, rows, now), bool(text.strip()), 3
    elif manager == "apk":
        found, seen, size = _apk(text, _days(rows, "packages", 3, now)), code == "0", 0
    else:
        return Packages(snaps, _NONE.get(code, _NO_ANSWER))
    every = (*(one for one in found if one.name not in {snap.name for snap in snaps}), *snaps)
    if size and len(tuple(_lines(text, size))) < sum(line.split(" ")[0] in NAMES for line in text.splitlines()[:100]):
        return Packages(every, "a version on the server has no form that is known")
    return Packages(every, "" if seen else _NO_ANSWER)


def _days(rows: Rows, key: str, at: int, now: int) -> int:
    """Since the newest of some moments; -1 where there is none, or it lies ahead."""
    row = next(iter(rows.get(key, ())), ())
    return _age(row[at] if len(row) > at else "", now)


def _age(moments: str, now: int) -> int:
    known = [int(word) for word in moments.split()[:100] if re.fullmatch(r"\d{1,12}", word, re.ASCII)]
    return (now - max(known)) // _DAY if known and 0 < max(known) <= now else -1


def _judged(here: Package, *, waits: bool) -> Package:
    """What follows for a package whose lists name `here.newest`, and were fetched `here.days` ago."""
    if not here.newest:
        return replace(here, why="no list of packages on the server names it")
    if waits:
        return replace(here, standing="old")
    if here.days < 0:
        return replace(here, why="how old the lists of packages on the server are cannot be told")
    if here.days > FRESH:
        return replace(here, why=f"no newer one is known there, but the lists were fetched {here.days} days ago")
    return replace(here, standing="newest")


def _lines(text: str, fields_: int) -> Iterator[list[str]]:
    """Rows of a known package: its name, its version, and the rest."""
    for line in text.splitlines()[:100]:
        words = line.split(" ")
        if len(words) == fields_ and words[0] in NAMES and VERSION.fullmatch(words[1]):
            yield words


# ------------------------------------------------------------------ apt

_POLICY = re.compile(r"([a-z0-9][a-z0-9.+-]+)(?::[a-z0-9-]+)?:")
_TABLE = re.compile(r" (\*\*\*|   ) (\S+) -?\d+")
_SOURCE = re.compile(r" {8} *-?\d+ (\S+)")


@dataclass(slots=True)
class _Policy:
    candidate: str = ""
    order: tuple[str, ...] = ()
    """Every version that apt knows, the newest first."""
    listed: frozenset[str] = frozenset()
    """Those that a list names; an installed one may stand in none."""


def _policies(rows: Rows) -> dict[str, _Policy]:
    """`apt-cache policy`, by package (apt-cache(8))."""
    row = next(iter(rows.get("package-policy", ())), ())
    found: dict[str, _Policy] = {}
    here, version = _Policy(), ""
    for line in (row[0] if row else "").splitlines()[:400]:
        if hit := _POLICY.fullmatch(line):
            here, version = found.setdefault(hit[1], _Policy()), ""
        elif line.startswith("  Candidate: ") and VERSION.fullmatch(said := line[13:]):
            here.candidate = said
        elif hit := _TABLE.fullmatch(line):
            version = hit[2] if VERSION.fullmatch(hit[2]) else ""
            here.order += (version,) if version else ()
        elif version and (hit := _SOURCE.match(line)) and hit[1] != "/var/lib/dpkg/status":
            here.listed |= {version}
    return found


def _apt(text: str, policies: Mapping[str, _Policy], days: int) -> Iterator[Package]:
    """What apt would take is what waits: a newer one of a suite that it is told to leave alone does not."""
    for name, version, _, want, status in _lines(text, 5):
        if status != "installed":
            continue
        policy = policies.get(name, _Policy())
        here = Package(name, version, "apt", days=days, kept=version in policy.listed, held=want == "hold")
        if policy.listed and not {policy.candidate, version} <= set(policy.order):
            yield replace(here, why="apt does not say which version it would take")
            continue
        waits = bool(policy.listed) and policy.order.index(policy.candidate) < policy.order.index(version)
        newest = policy.candidate if waits else version
        yield _judged(replace(here, newest=newest if policy.listed else ""), waits=waits)


# ------------------------------------------------------------------ rpm

_ENTRY = re.compile(
    r"<name>([a-z0-9-]+)</name>\s*<arch>(\w+)</arch>\s*"
    r"<version epoch=\"(\d{1,9})\" ver=\"([^\"<>\s]{1,80})\" rel=\"([^\"<>\s]{1,80})\"/>"
)
"""An entry of primary.xml (createrepo_c)."""


def _off(rows: Rows) -> set[str]:
    """Repositories that are switched off: their lists may lie there from another day."""
    off, here = set(), ""
    for line in "\n".join(row[0] for row in rows.get("repositories", ()) if row).splitlines()[:400]:
        if line.startswith("["):
            here = line.strip("[] \t")
        elif re.fullmatch(r"enabled\s*=\s*(0|no|false|off)\s*", line, re.IGNORECASE):
            off.add(here)
    return off


def _lists(rows: Rows, now: int) -> Iterator[tuple[int, str]]:
    """Age in days and text of the newest list of each repository that is on; no text where it was not read whole."""
    off = _off(rows)
    by_name: dict[str, tuple[int, str]] = {}
    for row in rows.get("package-list", ()):
        if len(row) > 2:
            name = re.sub(r"-[0-9a-f]{16}$", "", row[0])
            moment = int(row[1]) if re.fullmatch(r"\d{1,12}", row[1], re.ASCII) else 0
            if name not in off:
                text = row[2] if "</metadata>" in row[2] else ""
                by_name[name] = max(by_name.get(name, (0, "")), (moment, text))
    for moment, text in by_name.values():
        yield _age(str(moment), now), text


def _rpm(text: str, manager: str, rows: Rows, now: int) -> Iterator[Package]:
    lists = list(_lists(rows, now))
    blind = not all(text for _, text in lists)
    for name, version, arch in _lines(text, 3):
        known: dict[str, None] = {}
        ages = []
        for days, entries in lists:
            of = list(_entries(entries, name, arch))
            known |= dict.fromkeys(of)
            ages += [days] * bool(of)
        # The oldest list is what the claim rests on; one of an unknown age makes it unknown.
        days = -1 if not ages or min(ages) < 0 else max(ages)
        newest = max(known, key=cmp_to_key(compared), default="")
        here = Package(name, version.removeprefix("0:"), manager, newest=newest, days=days)
        kept = here.version in known
        here = _judged(replace(here, kept=kept), waits=bool(newest) and compared(newest, here.version) > 0)
        if blind and here.standing == "newest":
            here = replace(here, standing="unknown", why="not every list of packages on the server could be read")
        yield here


def _entries(text: str, name: str, arch: str) -> Iterator[str]:
    for hit in _ENTRY.finditer(text):
        version = f"{hit[4]}-{hit[5]}" if int(hit[3]) == 0 else f"{int(hit[3])}:{hit[4]}-{hit[5]}"
        if hit[1] == name and hit[2] in {arch, "noarch"} and VERSION.fullmatch(version):
            yield version


# ------------------------------------------------------------------ apk, snap

_COMPARED = re.compile(r"(\S+) +([<=>?])(?: (\S*))?(?: @\S+)?\s*")


def _apk(text: str, days: int) -> Iterator[Package]:
    """`apk version` (apk-version(8)): `NAME-VERSION < NEWER`."""
    for hit in filter(None, map(_COMPARED.fullmatch, text.splitlines()[:100])):
        name = next((one for one in NAMES if hit[1].startswith(f"{one}-")), "")
        version, other = hit[1][len(name) + 1 :], hit[3] or ""
        if not name or not VERSION.fullmatch(version) or not version[0].isdigit():
            continue
        listed = days >= 0 and hit[2] != "?" and VERSION.fullmatch(other)
        newest = (other if hit[2] == "<" else version) if listed else ""
        # An index holds one version of each package, so there is no way back.
        yield _judged(Package(name, version, "apk", newest=newest, days=days), waits=hit[2] == "<")


def _snaps(rows: Rows) -> Iterator[Package]:
    for row in rows.get("snap", ()):
        version = row[1].strip("'\"") if len(row) > 1 else ""
        if row[0] in NAMES and VERSION.fullmatch(version):
            why = "it is a snap, which snapd renews by itself, and whether a newer one waits only its store knows"
            yield Package(row[0], version, "snap", why=why)
