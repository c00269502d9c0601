"""Ways in, the best first."""

from __future__ import annotations

from sshwizard.doors import browser, direct, gce, instance_connect, judged, offline, serial, walks
from sshwizard.doors.door import Door

_ENDPOINT = "connect-instance-connect-endpoint"
DOORS: dict[str, Door] = {
    door.id: door
    for door in (
        Door("direct", "Plain ssh", "", direct.judge, direct.walk, plain=True),
        Door("other-login", "Another key or login name", "", direct.judge_other, direct.walk_other, plain=True),
        Door("eic", "EC2 Instance Connect", "connect-instance-connect", instance_connect.judge, instance_connect.walk),
        Door("browser", "EC2 Instance Connect in the browser", "guide-console-instance-connect", browser.judge),
        Door("eice", "EC2 Instance Connect Endpoint", _ENDPOINT, judged.by_endpoint, walks.through_endpoint),
        Door("ssm", "Session Manager", "connect-over-ssm", judged.by_session_manager, walks.through_agent),
        Door("ssm-shell", "A shell without SSH", "open-ssm-session", judged.by_shell, walks.to_a_shell),
        Door("serial", "Serial console", "connect-serial-console", serial.judge, serial.walk),
        Door("iap", "Identity-Aware Proxy", "connect-over-iap", gce.by_iap, gce.through_iap),
        Door("gce-serial", "Serial console", "connect-serial-console", gce.by_serial, gce.through_serial),
        Door("jump", "A jump host of your ssh config", "", direct.judge_jump, direct.walk_jump, plain=True),
        Door("runbook", "AWSSupport-TroubleshootSSH", "run-troubleshoot-ssh", offline.by_runbook, offline=True),
        Door("user-data", "A script at the next boot", "rescue-with-user-data", offline.by_user_data, offline=True),
        Door("volume", "The disk on a rescue instance", "guide-rescue-volume", offline.by_volume, offline=True),
        Door("clone", "A copy of the disk, to read", "guide-debug-clone", offline.by_clone, offline=True),
    )
}
