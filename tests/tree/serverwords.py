"""What servers write about themselves: for each cause that such a log can prove, one log that does."""

from __future__ import annotations

SSHD = "Mar  4 09:15:02 web-1 sshd[812]: "
AUDIT = "Mar  4 09:15:02 web-1 sshd[901]: "
FROM = "from 192.0.2.7 port 50122"


def connection(*rows: str) -> str:
    """The lines of one connection."""
    return "\n".join(f"{AUDIT}{row}" for row in (f"Connection {FROM} on 198.51.100.4 port 22", *rows)) + "\n"


def daemon(*rows: str) -> str:
    """What sshd says when it starts."""
    return "\n".join(f"{SSHD}{row}" for row in rows) + "\n"


def console(*rows: str) -> str:
    """A serial console since the last boot."""
    return "\n".join(("[    0.000000] Linux version 6.1.0-18-amd64 (build@host)", *rows)) + "\n"


SERVER_LOGS: dict[str, str] = {
    "server.sshd-config-error": daemon("/etc/ssh/sshd_config: line 12: Bad configuration option: PermitRootLogins"),
    "server.host-keys-unusable": daemon("sshd: no hostkeys available -- exiting."),
    "server.privilege-separation-missing": daemon("fatal: Missing privilege separation directory: /run/sshd"),
    "server.cannot-bind": daemon("error: Bind to port 22 on 0.0.0.0 failed: Address already in use."),
    "server.sshd-not-running": console("[FAILED] Failed to start ssh.service - OpenBSD Secure Shell server."),
    "server.max-startups": daemon("error: beginning MaxStartups throttling"),
    "server.address-banned": daemon(
        "drop connection #0 from [192.0.2.7]:50122 on [198.51.100.4]:22 penalty: failed authentication"
    ),
    "server.login-grace-timeout": connection("fatal: Timeout before authentication for 192.0.2.7 port 50122"),
    "server.tcp-wrappers-deny": daemon("refused connect from 192.0.2.7 (192.0.2.7)"),
    "kex.no-common-key-exchange": connection(
        "Unable to negotiate with 192.0.2.7 port 50122: no matching key exchange method found. "
        "Their offer: diffie-hellman-group1-sha1 [preauth]"
    ),
    "kex.no-common-host-key-algorithm": connection(
        "Unable to negotiate with 192.0.2.7 port 50122: no matching host key type found. Their offer: ssh-dss [preauth]"
    ),
    "kex.no-common-cipher": connection(
        "Unable to negotiate with 192.0.2.7 port 50122: no matching cipher found. Their offer: 3des-cbc [preauth]"
    ),
    "kex.no-common-mac": connection(
        "Unable to negotiate with 192.0.2.7 port 50122: no matching MAC found. Their offer: hmac-md5 [preauth]"
    ),
    "auth.authorized-keys-permissions": connection(
        "Authentication refused: bad ownership or modes for file /home/dana/.ssh/authorized_keys",
        f"Failed publickey for dana {FROM} ssh2: ED25519 SHA256:df1hE2fgJFNKtNeoIdzAfTGglfJ1t6JxsayFstcOGAc",
    ),
    "auth.user-unknown": connection(
        f"Invalid user ubuntu {FROM}", "Connection closed by invalid user ubuntu 192.0.2.7 [preauth]"
    ),
    "auth.account-locked": connection("User dana not allowed because account is locked"),
    "auth.account-expired": connection("Account dana has expired", "User dana not allowed because account is locked"),
    "auth.shell-missing": connection("User dana not allowed because shell /usr/bin/zsh does not exist"),
    "auth.user-not-allowed": connection("User dana from 192.0.2.7 not allowed because not listed in AllowUsers"),
    "auth.root-login-disabled": connection("ROOT LOGIN REFUSED FROM 192.0.2.7 port 50122"),
    "auth.key-source-restricted": connection(
        "/home/dana/.ssh/authorized_keys:1: Authentication tried for dana with correct key "
        "but not from a permitted host "
        "(host=192.0.2.7, ip=192.0.2.7, required=10.0.0.0/8)."
    ),
    "cert.source-address": connection(
        "cert: Authentication tried for dana with valid certificate "
        "but not from a permitted source address (192.0.2.7)."
    ),
    "auth.key-type-refused": connection("refusing RSA key: Invalid key length [preauth]"),
    "auth.authorized-keys-command-failed": connection(
        "error: AuthorizedKeysCommand /usr/bin/keys dana failed, status 1",
        f"Failed publickey for dana {FROM} ssh2: RSA SHA256:abc",
    ),
    "cert.expired": connection(
        "error: Certificate invalid: expired", f"Failed publickey for dana {FROM} ssh2: ED25519-CERT x"
    ),
    "cert.not-yet-valid": connection("error: Certificate invalid: not yet valid"),
    "cert.wrong-principal": connection("error: Certificate invalid: name is not a listed principal"),
    "auth.too-many-keys": connection(f"error: maximum authentication attempts exceeded for dana {FROM} ssh2 [preauth]"),
    "auth.mfa-required": connection(
        f"Partial publickey for dana {FROM} ssh2: ED25519 SHA256:df1hE2fgJFNKtNeoIdzAfTGgl"
    ),
    "server.booting": connection("fatal: Access denied for user dana by PAM account configuration [preauth]").replace(
        "fatal: Access denied for user dana by PAM account configuration [preauth]",
        '"System is booting up. Unprivileged users are not permitted to log in yet. Please come back later."',
    ),
    "auth.pam-denied": connection("fatal: Access denied for user dana by PAM account configuration [preauth]"),
    "session.chroot-bad-owner": connection('fatal: bad ownership or modes for chroot directory "/srv/files"'),
    "session.nologin-shell": connection(
        "Starting session: shell on pts/0 for dana", "nologin: Attempted login by dana on /dev/pts/0"
    ),
    "session.no-terminal": connection(
        "error: openpty: No such file or directory", "error: session_pty_req: session 0 alloc failed"
    ),
    "session.forced-command": connection(
        f"Starting session: forced-command (key-option) 'backup' for dana {FROM} id 0"
    ),
    "auth.key-rejected": connection(
        f"Failed publickey for dana {FROM} ssh2: ED25519 SHA256:df1hE2fgJFNKtNeoIdzAfTGglfJ1t6"
    ),
    "auth.wrong-password": connection(f"Failed password for dana {FROM} ssh2"),
    "eic.metadata-unreachable": AUDIT
    + "EC2 Instance Connect failed to establish trust with Instance Metadata Service\n",
    "eic.pushed-key-refused": AUDIT + "EC2 Instance Connect could not verify the signer trust chain\n",
    "server.initramfs-failed": console(
        "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)"
    ),
    "server.kernel-panic": console("Kernel panic - not syncing: Fatal exception in interrupt"),
    "server.bootloader-failed": "BdsDxe: starting Boot0001\n"
    "   Minimal BASH-like line editing is supported. For the first word,\n",
    "server.emergency-mode": console("You are in emergency mode. After logging in, type journalctl -xb"),
    "server.fstab-broken": console(
        "[ TIME ] Timed out waiting for device dev-sdf.device - /dev/sdf.",
        "You are in emergency mode. After logging in, type",
    ),
    "server.out-of-memory": console("Out of memory: Killed process 812 (sshd) total-vm:15432kB, anon-rss:1024kB"),
    "server.hung": console("watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [kworker/0:1:14]"),
    "server.connection-tracking-full": console("nf_conntrack: nf_conntrack: table full, dropping packet"),
    "server.disk-full": console("web-1 systemd[1]: Failed to write: No space left on device"),
    "server.filesystem-corrupt": console("EXT4-fs error (device nvme0n1p1): ext4_find_entry:1455: inode #2: comm sshd"),
    "server.cloud-init-failed": console("cloud-init[702]: WARNING: failed run of module users-groups"),
    "server.sshd-not-installed": "Unit ssh.service could not be found.\n",
    "server.listens-on-loopback": 'LISTEN 0 128 127.0.0.1:22 0.0.0.0:* users:(("sshd",pid=812,fd=3))\n',
    "server.process-limit": connection("fatal: fork of unprivileged child failed: Resource temporarily unavailable"),
    "server.network-not-configured": console(
        "cloud-init[402]: ci-info: |  eth0  | False |     .     |    .    |   .   | 06:1f |",
        "cloud-init[402]: ci-info: |   lo   |  True | 127.0.0.1 |    .    |  host |   .   |",
    ),
    "server.overloaded": "     bw_in_allowance_exceeded: 41250\n",
    "server.clock-wrong": console("systemd-timesyncd[311]: System clock unsynchronized"),
    "auth.authorized-keys-missing": connection(
        "debug1: Could not open authorized keys '/home/dana/.ssh/authorized_keys': No such file or directory"
    ),
    "cert.ca-not-trusted": connection("CA ED25519 SHA256:x is not listed in /etc/ssh/ca.pub"),
    "gcp.guest-agent-down": console(
        "google_guest_agent[511]: CRITICAL main.go:212 error registering service: no metadata server"
    ),
}

TOOL_WORDS: dict[str, str] = {
    "ssm.not-managed": "An error occurred (TargetNotConnected) when calling the StartSession operation: i-0a is not c"
    "onnected.",
    "ssm.run-as-user-missing": "----------ERROR-------\nInvalid RunAs username. Set default username in Settings page.",
    "iam.action-denied": "An error occurred (AccessDeniedException) when calling the StartSession operation: no",
    "iam.read-denied": "An error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: no",
    "iam.wrong-account-or-region": "An error occurred (InvalidInstanceID.NotFound) when calling the DescribeInstances"
    " operation",
    "iam.credentials-missing": 'Unable to locate credentials. You can configure credentials by running "aws configure'
    '".',
    "eic.permission-missing": "An error occurred (AccessDeniedException) when calling the SendSSHPublicKey operation:"
    " no",
    "eic.not-supported-here": "An error occurred (InvalidArgsException) when calling the SendSSHPublicKey operation: "
    "no",
    "eic.endpoint-missing": "There are no available EC2 Instance Connect Endpoints in this VPC",
    "eic.endpoint-not-usable": "The specified RemotePort is not valid. Specify either 22 or 3389 as the RemotePort an"
    "d retry",
    "serial.access-denied": "An error occurred (AccessDeniedException) when calling the SendSerialConsoleSSHPublicKey"
    " operation",
    "serial.account-access-off": "An error occurred (SerialConsoleAccessDisabledException) when calling the SendSerial",
    "serial.not-supported": "An error occurred (EC2InstanceTypeInvalidException) when calling the SendSerialConsoleSS"
    "HPublicKey",
    "serial.session-busy": "An error occurred (SerialConsoleSessionLimitExceededException) when calling the SendSeria"
    "lCons",
    "aws.instance-stopped": "An error occurred (EC2InstanceStateInvalidException) when calling the SendSSHPublicKey o"
    "peration",
    "client.clock-wrong": "An error occurred (RequestExpired) when calling the DescribeInstances operation: Request h"
    "as expired.",
    "gcp.iap-backend-unreachable": "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [4003: 'failed to"
    " connect'].",
    "gcp.iap-permission-missing": "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [4033: 'not author"
    "ized'].",
    "gcp.login-role-missing": " - Required 'compute.instances.setMetadata' permission for 'projects/p/zones/z/instanc"
    "es/web'",
    "gcp.key-not-propagated": "It is possible that your SSH key has not propagated to the instance yet. Try running t"
    "his again.",
    "gcp.org-policy-blocks": " - Constraint constraints/compute.vmExternalIpAccess violated for project 123.",
    "gcp.workspace-policy-blocks": "Unauthorized\nError 401",
    "gcp.metadata-too-large": " - Value for field 'metadata.items[0].value' is too large: maximum size 262144",
    "gcp.instance-stopped": "ERROR: (gcloud.compute.ssh) Instance is not running",
    "gcp.no-external-ip": "External IP address was not found; defaulting to using IAP tunneling.",
    "session.git-access-denied": "ERROR: Repository not found.",
    "network.firewall-drops": "mosh: Nothing received from server on UDP port 60001.",
    "proxy.windows-client-bug": "CreateProcessW failed error:2\nposix_spawn: No such file or directory",
    "auth.password-off": "paramiko.ssh_exception.BadAuthenticationType: Bad authentication type; allowed types: ['pub"
    "lickey']",
}
"""What tools around ssh say, each naming a cause by itself."""

SERVER_LOGS |= {code: f"{text}\n" for code, text in TOOL_WORDS.items()}
