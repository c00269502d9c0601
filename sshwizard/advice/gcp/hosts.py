"""The VMs of a project as hosts of a team: where each is reached, and through which other one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sshwizard import clean
from sshwizard.advice import Machine
from sshwizard.advice.gcp.project import Project, network_path
from sshwizard.cloud.gcp.identify import external, internal
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.gcp.parts import Row, is_windows

_BASTION = re.compile(r"bastion|jump|gateway|gate\b")


def machines_of(project: Project, tag: tuple[str, str] | None = None, *more: tuple[str, str]) -> Iterator[Machine]:
    """The running Linux VMs with this label; no login name, which is each person's own on Google Cloud."""
    rows = [row for row in project.running if not is_windows(row)]
    names = _names(rows)
    gates = _gates(rows)
    chosen = {_key(row) for row in rows if all(_has(row, one) for one in (tag, *more) if one)}
    chosen |= {gates[key] for key in tuple(chosen) if key in gates}
    for row in rows:
        key = _key(row)
        if key in chosen:
            yield Machine(names[key], external(row), internal(row), "", names.get(gates.get(key, ""), ""), 22,
                          str(row.get("id", "")), tuple(sorted(_labels(row).items())))  # fmt: skip


def _key(row: Row) -> str:
    return f"{last(str(row.get('zone', '')))}/{row.get('name', '')}"


def _names(rows: Sequence[Row]) -> Mapping[str, str]:
    told = [str(row.get("name", "")) for row in rows]
    often = Counter(told)
    return {_key(row): name if often[name] == 1 else f"{name}.{last(str(row.get('zone', '')))}"
            for row, name in zip(rows, told, strict=True)}  # fmt: skip


def _labels(row: Row) -> Mapping[str, str]:
    return {clean.line(str(key), 64): clean.line(str(value), 64) for key, value in (row.get("labels") or {}).items()}


def _has(row: Row, tag: tuple[str, str]) -> bool:
    """Labels of Google Cloud are lower case; an empty value is any."""
    found = _labels(row).get(tag[0].lower())
    return found is not None and (not tag[1] or found == tag[1].lower())


def _gates(rows: Sequence[Row]) -> Mapping[str, str]:
    """The VM of the same network that leads to each one without an external address, where there is one."""
    near: dict[str, list[Row]] = {}
    for row in rows:
        if external(row):
            near.setdefault(network_path(row), []).append(row)
    found = {}
    for network, public in near.items():
        named = [row for row in public if _BASTION.search(str(row.get("name", "")))]
        if gates := named or (public if len(public) == 1 else []):
            found[network] = _key(gates[0])
    return {_key(row): found[network_path(row)] for row in rows if not external(row) and network_path(row) in found}
