"""The command of a guarded run: the person's own ssh, and options of ours that keep it harmless.

Ours stand before theirs (the first value wins, ssh_config(5)), so it cannot ask, forward, multiplex, or write to
known_hosts. A jump host gets a log of its own, because we build its ProxyCommand ourselves: the child of `-J` would
inherit none of this care.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from sshwizard.model import Target
from sshwizard.probes.scene import Leg
from sshwizard.probes.typed import config_option

_GUARD = (
    "BatchMode=yes",
    "ConnectTimeout=10",
    "ConnectionAttempts=1",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ControlMaster=no",
    "ControlPath=none",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "UpdateHostKeys=no",
    "AddKeysToAgent=no",
)


def build(
    target: Target,
    legs: Sequence[Leg],
    files: Sequence[Path],
    fresh: Path,
    token: str,
    *,
    ours_first: bool = False,
    asked: Sequence[str] | None = None,
) -> tuple[str, ...]:
    """The command of the run: guarded, each hop with a log of its own.

    With `ours_first` the target's overrides stand before the guards, so that a look may ask in another way.
    `asked` is what the server shall do instead of our one word: `echo`, because every shell has it, also Windows'.
    """
    config = config_option(target.args)
    proxy = ""
    for number, hop in enumerate(legs[:-1]):
        nxt = legs[number + 1]
        parts = ["ssh", "-vvv", "-E", str(files[number]), *guards(hop, fresh), *config]
        if proxy:
            parts += ["-o", f"ProxyCommand={proxy}"]
        elif number:
            parts += ["-o", "ProxyJump=none"]
        parts += ["-p", str(hop.port), "-l", hop.user, "-W", f"[{nxt.host}]:{nxt.port}", "--", hop.name]
        proxy = shlex.join(parts).replace("%", "%%")
    care = [*guards(legs[-1], fresh), "-o", "ClearAllForwardings=yes", "-o", "RequestTTY=no"]
    if legs[-1].value("sessiontype"):
        care += ["-o", "SessionType=default"]
    args = list(target.args)
    if proxy:
        care += ["-o", f"ProxyCommand={proxy}"]
        args = without_jump(args)
    before, after = (target.overrides, ()) if ours_first else ((), target.overrides)
    head = ("ssh", "-vvv", "-E", str(files[-1]), *before, *care, *after, *target.found)
    return (*head, *args[:-1], "--", args[-1], *([f"echo {token}"] if asked is None else asked))


def guards(leg: Leg, fresh: Path) -> list[str]:
    """The options that keep a run of ssh harmless; `fresh` is the file that would take a new host key."""
    known = [str(fresh), *(file for file in leg.values("userknownhostsfile") if file != "none")]
    strict = "accept-new" if leg.value("stricthostkeychecking") in {"accept-new", "no", "off", "false"} else "yes"
    options = (
        *_GUARD,
        f"StrictHostKeyChecking={strict}",
        "UserKnownHostsFile=" + " ".join(f'"{file}"' if " " in file else file for file in known),
    )
    return [word for option in options for word in ("-o", option)]


def without_jump(args: Sequence[str]) -> list[str]:
    """ssh's arguments without -J, which it refuses beside a ProxyCommand of ours."""
    kept = list(args)
    while "-J" in kept[:-1]:
        at = kept.index("-J")
        del kept[at : at + 2]
    return kept
