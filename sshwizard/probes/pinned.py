"""No algorithm in common: is the server too old, or the person's own config too narrow?"""

from __future__ import annotations

from typing import Literal, get_args

from sshwizard.model import Fact, unknown
from sshwizard.probes import client
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.typed import shows_settings

Pinned = Literal["pinned", "key-exchange", "host-key", "cipher", "mac"]

_KINDS: dict[str, tuple[Pinned, str]] = {
    "key exchange method": ("key-exchange", "KexAlgorithms"),
    "host key type": ("host-key", "HostKeyAlgorithms"),
    "cipher": ("cipher", "Ciphers"),
    "MAC": ("mac", "MACs"),
}


async def _look(scene: Scene) -> Fact[Pinned]:
    fact = scene.facts["kex"]
    kind, keyword = _KINDS.get(fact.data.get("what", ""), (None, ""))
    if kind is None:
        return unknown(f"ssh names something we do not know: {fact.data.get('what')}")
    offer = set(str(fact.data.get("offer", "")).split(","))
    if scene.live:
        plain = await client.settings_of(("-F", "none", "--", scene.leg.host))
        if not isinstance(plain, Fact):
            usual = set(",".join(plain.get(keyword.lower(), ())).split(","))
            mine = scene.leg.value(keyword.lower())
            if usual & offer and set(mine.split(",")) != usual:
                both = ", ".join(sorted(usual & offer)[:3])
                return Fact(
                    "pinned",
                    f"{keyword} is set to {mine[:120]} ({scene.leg.place(keyword)}); without it both share {both}",
                    tuple(row[:300] for row in scene.leg.shown(keyword)),
                    shows_settings(scene),
                    {"keyword": keyword, "value": f"+{sorted(usual & offer)[0]}"},
                )
    return Fact(kind, fact.says, fact.lines, source=fact.source, data=dict(fact.data))


pinned: Probe[Pinned] = Probe("config.algorithms", get_args(Pinned), _look, reads_log=True)
