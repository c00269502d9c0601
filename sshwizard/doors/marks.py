"""What is known of doors where none is judged: names only."""

from collections.abc import Mapping
from types import MappingProxyType

MARK = "door."
"""What the name of a door's fact begins with."""
IDS = (
    "direct", "other-login", "eic", "eice", "ssm", "ssm-shell", "serial", "iap", "gce-serial", "jump", "runbook",
    "user-data", "volume",
)  # fmt: skip
LEADS: Mapping[str, str] = MappingProxyType({
    "connect-instance-connect": "eic",
    "connect-instance-connect-endpoint": "eice",
    "connect-over-ssm": "ssm",
    "open-ssm-session": "ssm-shell",
    "connect-serial-console": "serial",
    "connect-over-iap": "iap",
})  # fmt: skip
"""The doors that are walked through by an action of the vocabulary."""
OTHERWISE: Mapping[str, str] = MappingProxyType({"serial": "gce-serial"})
"""The other cloud's door, which the same action goes through."""
