"""Names that this computer knows from its ssh config and known_hosts: to suggest, never a source of settings."""

from __future__ import annotations

import difflib
import glob
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.probes.scene import Leg
from sshwizard.probes.typed import config_option

_DEEPEST = 8
MOST = 500
"""Names that are read of one config."""
_CLOSE = 0.75
"""How alike two names must be, as difflib measures it: one letter in four may differ."""
MOST_FULL = 4
"""Full names that are asked of DNS for one short name."""


def hosts_from_config(path: Path) -> list[str]:
    """The plain names in the Host lines of a config and of the files it includes, in order, each once."""
    return _words_of(path, "host")


def jumps_from_config(path: Path) -> list[str]:
    """The jump hosts that a config and the files it includes name for any host, each once."""
    rows = (row for chain in _words_of(path, "proxyjump") for row in chain.split(","))
    return [row for row in dict.fromkeys(rows) if row and row.lower() != "none"]


def _words_of(path: Path, wanted: str) -> list[str]:
    found: dict[str, None] = {}
    _read(path, path.parent, found, wanted, 0)
    return list(found)[:MOST]


def _read(path: Path, base: Path, found: dict[str, None], wanted: str, depth: int) -> None:
    if depth > _DEEPEST:
        return
    try:
        if not path.is_file():
            return
        text = path.read_text("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        keyword, _, rest = line.strip().replace("=", " ", 1).partition(" ")
        if keyword.lower() == wanted:
            for name in _words(rest):
                if name and not set(name) & set("*?!%") and clean.line(name) == name and not name.startswith("-"):
                    found.setdefault(name)
        elif keyword.lower() == "include":
            for pattern in _words(rest):
                full = paths.expand(pattern)
                for file in sorted(glob.glob(str(full if full.is_absolute() else base / full))):  # noqa: PTH207
                    _read(Path(file), base, found, wanted, depth + 1)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return text.split()


def hosts_from_known_hosts(leg: Leg) -> list[str]:
    """The names in this connection's known_hosts files; hashed ones stay hidden, addresses are no names."""
    found: dict[str, None] = {}
    for file in (*leg.values("userknownhostsfile"), *leg.values("globalknownhostsfile")):
        try:
            text = paths.expand(file).read_text("utf-8", "replace")
        except OSError:
            continue
        for row in text.splitlines():
            first = row.split(" ", 1)[0]
            if first[:1] in {"", "#", "|", "@"}:
                continue
            for name in first.split(","):
                name = re.sub(r"^\[(.*)\]:\d+$", r"\1", name)
                if re.fullmatch(r"[A-Za-z_][\w.-]*", name):
                    found.setdefault(name)
    return list(found)[:MOST]


def similar(host: str, args: Sequence[str], leg: Leg) -> tuple[str, ...]:
    """Up to three known names that differ from `host` by a slip of the fingers."""
    known = dict.fromkeys((*hosts_from_config(_config(args)), *hosts_from_known_hosts(leg)))
    names = {name.lower(): name for name in known if name.lower() != host.lower()}
    close = difflib.get_close_matches(host.lower(), list(names), 3, _CLOSE)
    return tuple(names[name] for name in close)


def full_names(host: str, args: Sequence[str], leg: Leg, own: str) -> tuple[str, ...]:
    """What a short name may have been short for: with each domain that the config, known_hosts or this computer
    (`own`, its host name) use; a name known in full comes first."""
    config = _config(args)
    known = (*hosts_from_known_hosts(leg), *hosts_from_config(config), *_words_of(config, "hostname"))
    full = [name for name in known if name.lower().startswith(f"{host.lower()}.")]
    domains = [*leg.value("canonicaldomains").split(), *_domains((own, *known))]
    return tuple(dict.fromkeys((*full, *(f"{host}.{domain}" for domain in domains if domain != "none"))))[:MOST_FULL]


def _domains(known: Sequence[str]) -> Iterator[str]:
    for name in known:
        domain = name.strip(".").partition(".")[2]
        if "." in domain and not re.fullmatch(r"[\d.]+", name):
            yield domain.lower()


def _config(args: Sequence[str]) -> Path:
    given = config_option(args)
    return Path(given[1]) if given else paths.ssh_dir() / "config"
