"""Can ssh start here? Its own answer (`ssh -G`) decides host, port, user, keys, jumps and files."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any, Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact, unknown
from sshwizard.probes import configfiles, process, sshlines, sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Probe, Scene, Setting, Settings
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.typed import config_option, shows_settings

LIMIT = 2.0
"""Seconds for `ssh -G`: a `Match exec` in the configuration may hang for ever."""

DEEPEST = 8
"""Hops followed before a chain counts as a loop."""

Client = Literal[
    "ok",
    "no-ssh",
    "bad-line",
    "bad-permissions",
    "no-file",
    "closed-file",
    "loop",
    "bad-name",
    "refused",
    "control-path",
]

_TROUBLES: tuple[tuple[Client, tuple[str, ...]], ...] = (
    ("bad-permissions", ("cfg.perms",)),
    ("no-file", ("cfg.nofile",)),
    ("loop", ("cfg.jump_loop",)),
    ("bad-name", ("cfg.hostchars",)),
    ("refused", ("cfg.refuse",)),
    ("control-path", ("cfg.controlpath",)),
    (
        "bad-line",
        (
            "cfg.bad_option",
            "cfg.noarg",
            "cfg.badvalue",
            "cfg.unsupported_kex",
            "cfg.match",
            "cfg.include_loop",
            "cfg.jump_both",
            "cfg.expand",
            "cfg.terminating",
            "cfg.toomany",
            "cfg.usage",
        ),
    ),
)


def read_client(log: Log) -> Fact[Client] | None:
    """The configuration error in a log, or None."""
    for outcome, ids in _TROUBLES:
        if hit := log.first(*ids):
            named = next((one for one in log.all(*ids) if one["file"]), hit)
            if outcome == "no-file" and "denied" in hit["err"]:
                outcome = "closed-file"
            where = f"{named['file']} line {named['line']}" if named["line"] else named["file"]
            return Fact(
                outcome,
                f"ssh stops before it starts: {clean.line(hit.text, 160)}",
                sshlog.quote(log.all(*ids)),
                data={"file": named["file"], "line": named["line"], "where": where or "the ssh config"},
            )
    return None


async def _look(scene: Scene) -> Fact[Client]:
    if not scene.live:
        return _from_log(scene.run)
    async with process.beside(answer_of(scene.target.ssh_args)) as asking:
        await asyncio.sleep(0.001)
        sshlines.ready()  # while ssh -G works
        answer = await asking
    if isinstance(answer, Fact):
        return answer
    name = scene.target.args[-1].rpartition("@")[2]
    legs = await _chain(Leg(name, *answer), config_option(scene.target.args))
    if legs is None:
        return Fact("loop", "the jump hosts lead back to themselves", data={"where": "ProxyJump"})
    last = legs[-1]
    return Fact(
        "ok",
        f"ssh would go to {last.user}@{last.host} port {last.port}",
        command=shows_settings(scene),
        data={
            "legs": [
                {
                    "name": leg.name,
                    "settings": {key: list(values) for key, values in leg.settings.items()},
                    "lines": [list(astuple(line)) for line in leg.lines],
                }
                for leg in legs
            ],
            "me": paths.me(),
        },
    )


def _from_log(run: Run) -> Fact[Client]:
    log = run.logs[-1]
    if found := read_client(log):
        return found
    if run.odd:
        return unknown(run.odd)
    started = log.stage > Stage.START or log.has("hdr") or log.has("au.denied")
    return Fact("ok", "ssh started" if started else "nothing says that ssh could not start", source="log")


Answer = tuple[Settings, bool, tuple[Setting, ...]]
"""What a Leg is made of: its settings, that it is the last one, and where the settings come from."""


async def settings_of(args: Sequence[str]) -> Settings | Fact[Client]:
    """The effective configuration for `args`, or the fact that says why there is none."""
    answer = await answer_of(args)
    return answer if isinstance(answer, Fact) else answer[0]


async def answer_of(args: Sequence[str]) -> Answer | Fact[Client]:
    """Settings and their lines, from one `ssh -G`. It runs with -vvv, because only the trace tells which files
    and blocks applied."""
    result = await process.run(("ssh", "-vvv", "-G", *args), LIMIT)
    command = process.spell(("ssh", "-G", *args))
    if result.trouble:
        return unknown(f"ssh could not be started: {result.trouble}", command)
    if result.missing:
        return Fact("no-ssh", "there is no program named ssh on PATH", command="command -v ssh")
    if result.timed_out:
        return unknown(f"`ssh -G` did not end within {LIMIT:g} s; a Match exec line may hang", command)
    if result.code == 0:
        settings = _settings(result.out)
        return settings, True, configfiles.settings_in_order(args, result.err, settings)
    log = sshlog.read(result.err)
    said = [row for row in clean.lines(result.err, 400) if not row.startswith(("debug", "OpenSSH_"))]
    return read_client(log) or unknown("`ssh -G` failed: " + "; ".join(said[:3]), command)


def _settings(text: str) -> Settings:
    found: dict[str, list[str]] = {}
    for row in text.splitlines():
        key, _, value = row.partition(" ")
        value = clean.line(value, 4000)
        if key in _FILE_LISTS:
            found.setdefault(key, []).extend(_files(value))
        else:
            found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


_FILE_LISTS = {"userknownhostsfile", "globalknownhostsfile"}


def _files(value: str) -> list[str]:
    """The files in a value of `ssh -G`, which prints several without quotes: a name that exists wins."""
    if '"' in value:
        return shlex.split(value)
    words, found = value.split(" "), []
    while words:
        sizes = range(len(words), 1, -1)
        size = next((n for n in sizes if _there(" ".join(words[:n]))), 1)
        found.append(" ".join(words[:size]))
        words = words[size:]
    return [name for name in found if name]


def _there(name: str) -> bool:
    try:
        return paths.expand(name).exists()
    except OSError:  # a closed directory above it
        return False


async def _chain(me: Leg, config: tuple[str, ...], depth: int = 0) -> tuple[Leg, ...] | None:
    """The hops before `me`, nearest first, and `me` itself; None for a loop."""
    jumps = me.value("proxyjump", "none")
    if jumps in {"none", ""}:
        return (me,)
    if depth >= DEEPEST:
        return None
    hops: list[Leg] = []
    for number, spec in enumerate(jumps.split(",")):
        args = hop_args(spec)
        answer = await answer_of((*config, *args[:-1], "--", args[-1]))
        if isinstance(answer, Fact):  # its ssh will say the same in the run
            return (*hops, Leg(args[-1], {}, final=False), me)
        leg = Leg(args[-1], answer[0], False, _of_hop(answer[2], me))
        if number == 0:
            before = await _chain(leg, config, depth + 1)
            if before is None:
                return None
            hops += [replace(hop, final=False) for hop in before]
        else:
            hops.append(leg)
    return (*hops, me)


def _of_hop(lines: tuple[Setting, ...], me: Leg) -> tuple[Setting, ...]:
    """A hop's user and port that ProxyJump names stand where ProxyJump stands."""
    jump = me.setting("proxyjump") or Setting("proxyjump", "")
    return tuple(one if one.file else replace(one, file=jump.file, line=jump.line, block=jump.block) for one in lines)


def hop_args(spec: str) -> tuple[str, ...]:
    """ssh arguments for one `[user@]host[:port]` or ssh:// entry of ProxyJump."""
    spec = spec.removeprefix("ssh://")
    user, at, host = spec.rpartition("@")
    name, colon, port = host.rpartition(":")
    options: tuple[str, ...] = ("-l", user) if at else ()
    if colon and port.isdigit() and (":" not in name or name.endswith("]")):
        options, host = (*options, "-p", port), name
    return (*options, host.strip("[]"))


def legs_of(fact: Fact[Any] | None) -> tuple[Leg, ...]:
    """The legs that the client's fact holds."""
    rows = fact.data.get("legs", []) if fact else []
    return tuple(
        Leg(
            row["name"],
            {key: tuple(values) for key, values in row["settings"].items()},
            number == len(rows) - 1,
            tuple(Setting(*line) for line in row.get("lines", ())),
        )
        for number, row in enumerate(rows)
    )


client: Probe[Client] = Probe(
    "client.settings",
    get_args(Client),
    _look,
    reads_log=True,
    waits="ssh's own configuration (gives up in 2 s)",
)
