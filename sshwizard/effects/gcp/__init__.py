"""Changes in a Google Cloud project: each names what it touches, is followed to its end, and finds its way back."""

from sshwizard.effects.gcp.metadata import EditKeys, PruneKeys, SetValue, digest
from sshwizard.effects.gcp.oslogin import ExtendKey, ImportKey, RemoveKey
from sshwizard.effects.gcp.rescue import PutScriptBack, RescueScript, ResetAndWatch

__all__ = [
    "KINDS", "EditKeys", "ExtendKey", "ImportKey", "PruneKeys", "PutScriptBack", "RemoveKey", "RescueScript",
    "ResetAndWatch", "SetValue", "digest",
]  # fmt: skip

KINDS = (EditKeys, ExtendKey, ImportKey, PruneKeys, PutScriptBack, RemoveKey, RescueScript, ResetAndWatch, SetValue)
