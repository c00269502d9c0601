"""How one package on a server is brought up to date, and back: the sh of its package manager. Pure text."""

from __future__ import annotations

from dataclasses import dataclass

from sshwizard.fixes.fix import Refusal
from sshwizard.fixes.serverside import Change, q
from sshwizard.probes.inside.packages import Package

SECONDS = 300.0
"""For one update, the fetching of lists included."""
WATCH = 420
"""Seconds until the server goes back to the old version by itself, where no second login works."""

FAMILY = {
    "apt": {"openssh-server": ("openssh-server", "openssh-client", "openssh-sftp-server")},
    "dnf": {"openssh-server": ("openssh-server", "openssh-clients", "openssh")},
}
"""Packages that depend on each other by the exact version, and so go back together."""


@dataclass(frozen=True, slots=True)
class Manager:
    """The words of one package manager. {name}, {version} and {family} are filled in, quoted."""

    version: str
    """Prints which version is installed."""
    update: str
    by_hand: str
    keep: str = ""
    """Makes sure that the old version can be had again; it fails where it cannot."""
    back: str = ""


_APT = (
    "DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get -q -y -o DPkg::Lock::Timeout=60 "
    "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
)
_RPM = "rpm -q --qf '%|EPOCH?{{%{{EPOCH}}:}}|%{{VERSION}}-%{{RELEASE}}' {name} | sed 's/^0://'"

MANAGERS = {
    "apt": Manager(
        "dpkg-query -W -f '${{Version}}' {name}",
        _APT + " install --only-upgrade {name} </dev/null >/dev/null",
        "sudo apt-get update && sudo apt-get install --only-upgrade {name}",
        "were=$(for one in {family}; do\n"
        '  if [ "$(dpkg-query -W -f \'${{Version}}\' $one 2>/dev/null)" = {version} ]; then echo "$one="{version}; fi\n'
        "done)\n"
        '(cd "$D" && apt-get -q download $were </dev/null >/dev/null)',
        _APT + ' --allow-downgrades install "$D"/*.deb </dev/null >/dev/null',
    ),
    "dnf": Manager(
        _RPM,
        "dnf -q -y --refresh upgrade {name} </dev/null >/dev/null",
        "sudo dnf --refresh upgrade {name}",
        "rpm -q --qf '%{{NAME}}-%{{VERSION}}-%{{RELEASE}}.%{{ARCH}}\\n' {family} | grep -v ' ' >\"$D/were\"\n"
        "missing=\n"
        'for one in $(cat "$D/were"); do [ -n "$(dnf -q repoquery "$one" </dev/null)" ] || missing=$one; done\n'
        '[ -s "$D/were" ] && [ -z "$missing" ]',
        'dnf -q -y downgrade $(cat "$D/were") </dev/null >/dev/null',
    ),
    "zypper": Manager(
        _RPM,
        "zypper -n -q update {name} </dev/null >/dev/null",
        "sudo zypper refresh && sudo zypper update {name}",
    ),
    "apk": Manager(
        "apk info -e -v {name} | sed 's/^'{name}-//",
        "apk -q -U add --upgrade {name} </dev/null >/dev/null",
        "sudo apk -U add --upgrade {name}",
    ),
}
"""apt-get(8), dnf(8), zypper(8), apk(8)."""
_REFRESH = {"apt": "apt-get -q update", "zypper": "zypper -n -q refresh"}
_OTHERS = {"yum": "sudo yum upgrade {name}", "snap": "sudo snap refresh {name}"}


def by_hand(package: Package) -> str:
    """The line for a shell on the server; empty where none is known."""
    known = MANAGERS.get(package.manager)
    return (known.by_hand if known else _OTHERS.get(package.manager, "")).format(name=package.name)


def upgrade(package: Package) -> Change | Refusal:
    """The newest version that the package manager can get, nothing new beside it; the old one can be had again where
    the lists name it."""
    manager = MANAGERS.get(package.manager)
    if package.held:
        return Refusal("somebody told the package manager to hold this version")
    if manager is None or not package.newest:
        return Refusal("what waits is not known, so this is done by hand")
    family = " ".join(FAMILY.get(package.manager, {}).get(package.name, (package.name,)))
    words = {"name": package.name, "version": q(package.version), "family": family}
    have, old = manager.version.format(**words), words["version"]
    lines = ["trap '' HUP PIPE  # an update is not left half-way when this login ends"]
    if refresh := _REFRESH.get(package.manager):
        lines.append(f"{refresh} </dev/null >/dev/null || echo 'not every list of packages could be fetched' >&2")
    undo = ""
    if package.kept and manager.keep:
        keep = manager.keep.format(**words)
        lines.append(
            f"{{ {keep}\n}} || {{ echo {q(f'{package.version} can no longer be had; look again')} >&2; exit 1; }}"
        )
        undo = f'[ "$({have})" != {old} ] || exit 0\n{manager.back.format(**words)}\n[ "$({have})" = {old} ]'
    lines.append(manager.update.format(**words))
    lines.append(f"""[ "$({have})" != {old} ] || {{ echo 'no newer version came' >&2; exit 1; }}""")
    return Change(f'[ "$({have})" = {old} ]', "\n".join(lines), undo, WATCH if undo else 0)
