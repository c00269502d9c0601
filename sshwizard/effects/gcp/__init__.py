"""Changes in a Google Cloud project: each names what it touches, is followed to its end, and finds its way back."""

from sshwizard.effects.gcp.disks import BootFrom, GrowDisk, KeepDisk
from sshwizard.effects.gcp.firewall import AllowInFirewall, RemoveFromFirewall
from sshwizard.effects.gcp.lending import LendDisk, ReturnDisk
from sshwizard.effects.gcp.metadata import EditKeys, PruneKeys, SetValue, digest
from sshwizard.effects.gcp.oslogin import ExtendKey, ImportKey, RemoveKey
from sshwizard.effects.gcp.power import PowerVm, StopStartVm
from sshwizard.effects.gcp.recreate import MakeAgain, RecreateVm
from sshwizard.effects.gcp.rescue import BootScript, EndBootScript, PutScriptBack, RescueScript, ResetAndWatch
from sshwizard.effects.gcp.things import Make, Remove
from sshwizard.effects.gcp.tools import RemoveTest, RunTool, TestConnectivity

__all__ = [
    "KINDS", "AllowInFirewall", "BootFrom", "BootScript", "EditKeys", "EndBootScript", "ExtendKey", "GrowDisk",
    "ImportKey", "KeepDisk", "LendDisk", "Make", "MakeAgain", "PowerVm", "PruneKeys", "PutScriptBack", "RecreateVm",
    "Remove", "RemoveFromFirewall", "RemoveKey", "RemoveTest", "RescueScript", "ResetAndWatch", "ReturnDisk", "RunTool",
    "SetValue", "StopStartVm", "TestConnectivity", "digest",
]  # fmt: skip

KINDS = (
    AllowInFirewall, BootFrom, BootScript, EditKeys, EndBootScript, ExtendKey, GrowDisk, ImportKey, KeepDisk, Make,
    MakeAgain, PowerVm, PruneKeys, PutScriptBack, RecreateVm, Remove, RemoveFromFirewall, RemoveKey, RemoveTest,
    RescueScript, ResetAndWatch, RunTool, SetValue, StopStartVm, TestConnectivity, LendDisk, ReturnDisk,
)  # fmt: skip
