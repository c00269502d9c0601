"""Texts that the tools of the clouds write around a connection, and the cause that an honest reader finds in each."""

from __future__ import annotations

LINES: dict[str, str] = {
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n"
    "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [4003: 'failed to connect to backend']. "
    "(Failed to connect to port 22)\nERROR: (gcloud.compute.ssh) [/usr/bin/ssh] exited with return code [255].":
        "gcp.iap-backend-unreachable",
    "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [4033: 'not authorized'].":
        "gcp.iap-permission-missing",
    "ERROR: [0] Error during local connection to [stdin]: Error while connecting [4033: 'not authorized'].\n"
    "Traceback (most recent call last):\n"
    '  File "/usr/lib/google-cloud-sdk/lib/googlecloudsdk/command_lib/compute/iap_tunnel.py", line 775, in '
    "RunReceiveLocalData\n    websocket_conn = self._InitiateConnection(\n"
    "googlecloudsdk.api_lib.compute.iap_tunnel_websocket.ConnectionCreationError: Error while connecting [4033: "
    "'not authorized'].\nkex_exchange_identification: Connection closed by remote host\n"
    "Connection closed by UNKNOWN port 65535": "gcp.iap-permission-missing",
    "ERROR: (gcloud.compute.start-iap-tunnel) While checking if a connection can be made: Error while connecting "
    "[4047: 'Failed to lookup instance'].": "iam.wrong-account-or-region",
    "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [4010: 'destination read failed'].\n"
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535":
        "kex.closed-before-banner",
    "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [Handshake status 401 Unauthorized]. (May be "
    "due to missing permissions)": "iam.credentials-missing",
    "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [Handshake status 403 Forbidden]. (May be due "
    "to missing permissions)\nConnection closed by UNKNOWN port 65535": "gcp.iap-permission-missing",
    "Connection via Cloud Identity-Aware Proxy Failed\nCode: 4003\nReason: failed to connect to backend":
        "gcp.iap-backend-unreachable",
    "ERROR: (gcloud.compute.start-iap-tunnel) unrecognized arguments: --listen-on-stdin":
        "client.tool-missing-or-outdated",
    "ERROR: (gcloud.compute.start-iap-tunnel) Underspecified resource [web-1]. Specify the [--zone] flag.":
        "iam.wrong-account-or-region",
    "sshwizard: IAP says [4033: 'not authorized']: you may not use the tunnel to this VM\n"
    "Connection closed by UNKNOWN port 65535": "gcp.iap-permission-missing",
    "ERROR: (gcloud.compute.ssh) Could not fetch resource:\n"
    " - Required 'compute.instances.get' permission for 'projects/p/zones/z/instances/web'": "iam.read-denied",
    "An error occurred (TargetNotConnected) when calling the StartSession operation: i-0abc is not connected.":
        "ssm.not-managed",
    "SessionManagerPlugin is not found. Please refer to SessionManager Documentation":
        "client.tool-missing-or-outdated",
    "An error occurred (AccessDeniedException) when calling the SendSSHPublicKey operation: User: "
    "arn:aws:iam::1:user/d is not authorized": "eic.permission-missing",
    "An error occurred (EC2InstanceStateInvalidException) when calling the SendSSHPublicKey operation: x":
        "aws.instance-stopped",
    "\nThere are no available instance connect endpoints.\n\n"
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535":
        "eic.endpoint-missing",
    '{"ErrorCode":"AccessDenied","Message":"User: arn:aws:sts::1:assumed-role/dev/d is not authorized to perform: '
    'ec2-instance-connect:OpenTunnel","RequestId":"1"}\n\n'
    "AWS_ERROR_HTTP_WEBSOCKET_UPGRADE_FAILURE: Failed to upgrade HTTP connection to Websocket.\n"
    "Connection closed by UNKNOWN port 65535": "eic.permission-missing",
    '{"ErrorCode":"InvalidParameter","Message":"The specified RemotePort is not valid. Specify either 22 or 3389 '
    'as the RemotePort and retry your request.","RequestId":"1"}': "eic.endpoint-not-usable",
    "Websocket Closure Reason: Unable to reach the instance": "eic.endpoint-blocked",
    "sshwizard: the endpoint could not reach the instance on this port (Unable to reach the instance)\n"
    "Connection closed by UNKNOWN port 65535": "eic.endpoint-blocked",
    "Failed to connect to your instance\n"
    "EC2 Instance Connect is unable to connect to your instance. Ensure your instance network settings are "
    "configured correctly for EC2 Instance Connect.": "eic.service-range-blocked",
    "dana@i-0abc: Permission denied (publickey).\nMore than 60 s went by before the login, and the key ends then.":
        "eic.key-expired",
    "sshwizard: Systems Manager has no connection to the agent on i-0123456789abcdef0\n"
    "Connection closed by UNKNOWN port 65535": "ssm.not-managed",
    '{\n    "InstanceInformationList": [\n        {\n            "InstanceId": "i-0123456789abcdef0",\n'
    '            "PingStatus": "ConnectionLost",': "ssm.agent-offline",
    "2026-01-02 03:04:05 ERROR [ssm-agent-worker] EC2RoleRequestError: no EC2 instance role found":
        "ssm.instance-role-missing",
    "2026-01-02 03:04:05 ERROR [HealthCheck] error when calling AWS APIs. error details - RequestError: send "
    'request failed caused by: Post "https://ssm.eu-west-1.amazonaws.com/": dial tcp 52.119.1.1:443: i/o timeout':
        "ssm.no-endpoint-route",
    "An error occurred (InvalidInstanceId) when calling the SendCommand operation: Instances "
    "[[i-0123456789abcdef0]] not in a valid state for account 123456789012": "ssm.not-managed",
    "Starting session with SessionId: dana-1\n\nSessionId: dana-1 : ----------ERROR-------\n"
    "Unable to start command: failed to start pty since RunAs user ops does not exist": "ssm.run-as-user-missing",
    "Connection to destination port failed, check SSH configuration.\nConnection closed by UNKNOWN port 65535":
        "network.port-refused",
    "Amazon Linux 2023.5.20240805\nKernel 6.1.102 on an x86_64 (-)\n\nip-10-0-1-5 login: ec2-user\nPassword: \n"
    "Login incorrect": "serial.no-password-user",
    "An error occurred (SerialConsoleSessionLimitExceededException) when calling the SendSerialConsoleSSHPublicKey "
    "operation: The instance currently has 1 active serial console session.": "serial.session-busy",
    "An error occurred (SerialConsoleAccessDisabledException) when calling the SendSerialConsoleSSHPublicKey "
    "operation: Your account is not authorized": "serial.account-access-off",
    "An error occurred (AccessDeniedException) when calling the SendSerialConsoleSSHPublicKey operation: x":
        "serial.access-denied",
    "An error occurred (EC2InstanceTypeInvalidException) when calling the SendSerialConsoleSSHPublicKey operation: "
    "x": "serial.not-supported",
    'Unable to locate credentials. You can configure credentials by running "aws configure".':
        "iam.credentials-missing",
    "shop-1234.europe-west1-b.web-1.dana.port=1@europe-west1-ssh-serialport.googleapis.com: Permission denied "
    "(publickey).": "serial.gcp-port-off",
}  # fmt: skip
