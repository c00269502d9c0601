"""Words of Amazon's tools around ssh, and of our own doors to it, that name their cause by themselves.

AWS CLI v2 (ec2instanceconnect, ssm), session-manager-plugin, amazon-ssm-agent and `doors/` print them. A row reads as
in `cloudlines`: cause code, weight, the words.
"""

from __future__ import annotations

from functools import cache

from sshwizard.probes.table import Table

_AWS = r".{0,120}?An error occurred \("
_OURS = r"(?:sshwizard: )?"
_REFUSED = _OURS + r"AWS refused the connection \(\d+\): .{0,200}?"
_NO_KEY = _OURS + r"(?:the key was not pushed: )?"

MEANS: tuple[tuple[str, int, str], ...] = (
    # Session Manager
    ("ssm.not-managed", 1, _AWS + r"TargetNotConnected\)|" + _OURS + r"Systems Manager has no connection to the agent"),
    ("ssm.not-managed", 1, _AWS + r"InvalidInstanceId\) when calling the SendCommand .{0,200}?not in a valid state"),
    ("ssm.agent-offline", 2, r'\W{0,40}"?PingStatus"?\W{1,8}(?:ConnectionLost|Inactive)'),
    ("ssm.agent-offline", 1, _OURS + r"the agent on the instance did not answer within|"
     r".{0,200}?Handshake timed out\. Please ensure that you have the latest version"),
    ("ssm.instance-role-missing", 2, r".{0,240}?EC2RoleRequestError: no EC2 instance role found|"
     r".{0,300}?is not authorized to perform: (?:ssm:UpdateInstanceInformation|ssmmessages:\w+)"),
    ("ssm.no-endpoint-route", 2, r".{0,300}?https://(?:ssm|ssmmessages|ec2messages)\.[\w.-]+/?\S{0,80} .{0,80}?(?:"
     r"i/o timeout|no such host|network is unreachable|Client\.Timeout exceeded|context deadline exceeded)"),
    ("ssm.run-as-user-missing", 2, r".{0,80}?Invalid RunAs username|.{0,200}?RunAs user \S+ does not exist"),
    ("network.port-refused", 1, r"Connection to destination port failed|" + _OURS
     + r"the instance refused the connection to this port"),
    ("client.tool-missing-or-outdated", 2, r"SessionManagerPlugin is not found|" + _OURS + r".{0,120}?which needs "
     r"session-manager-plugin on this|.{0,60}?session-manager-plugin: (?:command )?not found"),
    ("client.tool-missing-or-outdated", 2, r"aws: (?:error: |\[ERROR\]: )?.*argument (?:command|operation): .*"
     r"Invalid choice|aws: \[ERROR\]: .{0,60}Invalid choice"),
    ("iam.action-denied", 2, _AWS + r"AccessDeniedException\) when calling the (?:Start|Resume)Session|"
     + _OURS + r"the session did not start: you may not"),
    # Instance Connect
    ("eic.permission-missing", 2, _AWS + r"(?:AccessDenied(?:Exception)?|AuthException)\) when calling the "
     r"(?:SendSSHPublicKey|OpenTunnel)|.{0,160}?\"ErrorCode\": ?\"AccessDenied|"
     + _REFUSED + r"not authorized to perform: ec2-instance-connect:|" + _NO_KEY + r"you may not send ssh public key"),
    ("eic.endpoint-missing", 1, r".{0,120}?(?:There are no available|No) (?:EC2 )?[Ii]nstance [Cc]onnect [Ee]ndpoints?|"
     + _OURS + r"the VPC has no Instance Connect Endpoint"),
    ("eic.endpoint-not-usable", 2, r".{0,120}?The specified (?:RemotePort|[Mm]axTunnelDuration) is not valid|"
     r".{0,120}?EC2 Instance Connect [Ee]ndpoint .{1,60} is not (?:available|in)|"
     + _OURS + r"(?:an Instance Connect Endpoint leads to the ports|the endpoint \S+ has no \S* ?name to connect to)|"
     r"Invalid max connection timeout specified"),
    ("eic.endpoint-blocked", 1, r".{0,160}?Unable to reach the instance|"
     + _OURS + r"the endpoint could not reach the instance on this port"),
    ("eic.service-range-blocked", 1, r".{0,80}?EC2 Instance Connect is unable to connect to your instance|"
     r"Failed to connect to your instance\b"),
    ("eic.key-expired", 2, r"More than \d+ s went by before the login, and the key ends then"),
    ("eic.pushed-key-refused", 1, r"AWS took the key, and the server refused the login"),
    ("eic.not-supported-here", 1, _AWS + r"(?:InvalidArgsException|ServiceException)\) when calling "
     r"the SendSSHPublicKey"),
    # the serial console
    ("serial.access-denied", 2, _AWS + r"(?:AccessDenied(?:Exception)?|AuthException)\) when calling "
     r"the SendSerialConsole|" + _NO_KEY + r"you may not send serial console ssh public key"),
    ("serial.not-supported", 2, _AWS + r"(?:EC2InstanceTypeInvalid|SerialConsoleSessionUnsupported)Exception\)"),
    ("serial.account-access-off", 2, _AWS + r"SerialConsoleAccessDisabledException\)|.{0,40}?the serial console "
     r"is switched off for the account"),
    ("serial.session-busy", 2, _AWS + r"SerialConsoleSession(?:LimitExceeded|Unavailable)Exception\)"),
    ("serial.session-busy", 1, r"The serial console took the key and refused the login"),
    ("serial.no-password-user", 1, r"Login incorrect$|.{0,120}?FAILED LOGIN \(?\d+\)? (?:on|FROM) '?(?:/dev/)?ttyS\d"),
    # credentials, and all else
    ("iam.read-denied", 2, _AWS + r"(?:UnauthorizedOperation|AccessDenied(?:Exception)?)\) when calling the Describe"),
    ("iam.action-denied", 2, _AWS + r"(?:UnauthorizedOperation|AccessDenied(?:Exception)?)\)"),
    ("iam.wrong-account-or-region", 1, _AWS + r"(?:EC2InstanceNotFoundException|InvalidInstanceID\.\w+|"
     r"InvalidInstanceId)\)|You must specify a region"),
    ("aws.instance-stopped", 1, _AWS + r"EC2InstanceStateInvalidException\)"),
    ("client.clock-wrong", 1, _AWS + r"(?:RequestExpired|SignatureDoesNotMatch|RequestTimeTooSkewed|"
     r"InvalidSignatureException|AuthFailure)\)|" + _REFUSED + r"Signature expired"),
    ("iam.credentials-missing", 2, r"(?:.{0,80}?)(?:Unable to locate credentials|The SSO session associated with this"
     r" profile has expired|Error loading SSO Token|Token has expired and refresh failed|The config profile \(.*\) "
     r"could not be fo)"),
    ("iam.credentials-missing", 2, _AWS + r"(?:ExpiredToken\w*|InvalidClientTokenId|UnrecognizedClientException|"
     r"InvalidAccessKeyId)\)|" + _REFUSED + r"The security token included in the request is "),
)  # fmt: skip


@cache
def _table() -> Table:
    return Table((str(number), row[2]) for number, row in enumerate(MEANS))


def read(text: str) -> tuple[str, int] | None:
    """The cause that a line names, and its weight."""
    found = _table().find(text)
    return (MEANS[int(found[0])][0], MEANS[int(found[0])][1]) if found else None
