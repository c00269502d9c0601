"""What to set right before it breaks: this computer (`reading` looks, `local` judges) and the clouds (`aws`, `gcp`).

An advice is no cause: ssh works all the same. It says what was seen, why it matters, and how it is mended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Weight = Literal["now", "soon", "note"]
"""now: somebody can get in, or is locked out soon; soon: it will cost you later; note: worth knowing."""

WEIGHTS: tuple[Weight, ...] = ("now", "soon", "note")


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to set right."""

    code: str
    """`advice.…`, or a cause of the vocabulary that is there already and only was not met yet: `key.…`."""
    title: str
    """One sentence."""
    why: str
    seen: tuple[str, ...] = ()
    """Verbatim evidence, cleaned."""
    subject: str = ""
    """What it is about: a file, a security group, a key, an instance."""
    weight: Weight = "note"
    fix: str = ""
    """The action id of what mends it, where it can be planned here."""
    texts: tuple[tuple[str, str], ...] = ()
    """Name and exact text to copy: commands, Terraform, the configuration of an agent."""
    data: tuple[tuple[str, str], ...] = ()
    """What the fix has to know beside the subject, as a look would tell it."""
    unknown: str = ""
    """Why it could not be judged; such an advice says what was not seen, and is never counted as found."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A host of the team, as far as a shared ssh config needs it."""

    name: str
    """How it is called: the Host of its block."""
    address: str = ""
    """Where this computer reaches it; empty for one that only others in its network reach."""
    private: str = ""
    """Its address inside its network."""
    user: str = ""
    """The login name of its image; empty where nobody knows it."""
    through: str = ""
    """The name of the machine that leads to it (ProxyJump); empty for none."""
    port: int = 22
    id: str = ""
    """Its id in the cloud."""
    tags: tuple[tuple[str, str], ...] = field(default=())


class Blind(Exception):
    """Nothing could be looked at; the text says why, and what to do."""
