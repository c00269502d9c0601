"""Changes in a Google Cloud project: each names what it touches, is followed to its end, and finds its way back."""

from sshwizard.effects.gcp.firewall import AllowInFirewall, RemoveFromFirewall
from sshwizard.effects.gcp.metadata import EditKeys, PruneKeys, SetValue, digest
from sshwizard.effects.gcp.oslogin import ExtendKey, ImportKey, RemoveKey
from sshwizard.effects.gcp.power import PowerVm
from sshwizard.effects.gcp.rescue import PutScriptBack, RescueScript, ResetAndWatch

__all__ = [
    "KINDS", "AllowInFirewall", "EditKeys", "ExtendKey", "ImportKey", "PowerVm", "PruneKeys", "PutScriptBack",
    "RemoveFromFirewall", "RemoveKey", "RescueScript", "ResetAndWatch", "SetValue", "digest",
]  # fmt: skip

KINDS = (
    AllowInFirewall, EditKeys, ExtendKey, ImportKey, PowerVm, PruneKeys, PutScriptBack, RemoveFromFirewall, RemoveKey,
    RescueScript, ResetAndWatch, SetValue,
)  # fmt: skip
