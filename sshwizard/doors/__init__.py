"""Ways in, the best first."""

from __future__ import annotations

from sshwizard.doors import judged
from sshwizard.doors.door import Door, DoorFact, Stand
from sshwizard.doors.way import Shut, Way

DOORS: dict[str, Door] = {
    door.id: door
    for door in (
        Door("eice", "EC2 Instance Connect Endpoint", "connect-instance-connect-endpoint", judged.by_endpoint),
        Door("ssm", "Session Manager", "connect-over-ssm", judged.by_session_manager),
    )
}

__all__ = ["DOORS", "Door", "DoorFact", "Shut", "Stand", "Way"]
