"""Changes in an AWS account: each names exactly what it touches, is tried dry first, and finds its way back.

A rule or an entry is found again by what it says and not by an id: so it can be taken back after a crash, too.
"""

from sshwizard.effects.aws.acls import AddEntry, RemoveEntry
from sshwizard.effects.aws.groups import AllowSource, RevokeSource
from sshwizard.effects.aws.power import StartInstance, StopInstance

__all__ = ["KINDS", "AddEntry", "AllowSource", "RemoveEntry", "RevokeSource", "StartInstance", "StopInstance"]

KINDS = (AllowSource, RevokeSource, AddEntry, RemoveEntry, StartInstance, StopInstance)
