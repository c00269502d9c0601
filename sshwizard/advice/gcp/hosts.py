"""The VMs of a project as hosts of a team: where each is reached, and through which other one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sshwizard import clean
from sshwizard.advice import Machine
from sshwizard.advice.gcp.project import Project, network_path
from sshwizard.cloud.gcp.identify import external, internal
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.gcp.parts import Row, is_windows

_BASTION = re.compile(r"bastion|jump|gateway|gate\b")


def machines_of(project: Project, tag: tuple[str, str] | None = None) -> Iterator[Machine]:
    """The running Linux VMs with this label; no login name, which is each person's own on Google Cloud."""
    rows = [row for row in project.running if not is_windows(row)]
    names = _names(rows)
    gates = {_key(row): gate for row in rows if (gate := _gate(row, rows))}
    chosen = {_key(row) for row in rows if tag is None or _has(row, tag)}
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
    return {_key(row): name if told.count(name) == 1 else f"{name}.{last(str(row.get('zone', '')))}"
            for row, name in zip(rows, told, strict=True)}  # fmt: skip


def _labels(row: Row) -> Mapping[str, str]:
    return {clean.line(str(key), 64): clean.line(str(value), 64) for key, value in (row.get("labels") or {}).items()}


def _has(row: Row, tag: tuple[str, str]) -> bool:
    """Labels of Google Cloud are lower case; an empty value is any."""
    found = _labels(row).get(tag[0].lower())
    return found is not None and (not tag[1] or found == tag[1].lower())


def _gate(row: Row, rows: Sequence[Row]) -> str:
    """The VM of the same network that leads to one without an external address; empty for none."""
    if external(row):
        return ""
    near = [one for one in rows if network_path(one) == network_path(row) and external(one)]
    named = [one for one in near if _BASTION.search(str(one.get("name", "")))]
    found = named or (near if len(near) == 1 else [])
    return _key(found[0]) if found else ""
