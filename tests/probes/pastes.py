"""Texts as people paste them, and the cause that an honest reader finds in each."""

from __future__ import annotations

from . import cloudpastes

KEY_REFUSED = "auth.key-rejected"

LINES: dict[str, str] = {
    # git, scp, sftp, rsync, mosh, docker around ssh
    "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\n"
    "Please make sure you have the correct access rights\nand the repository exists.": KEY_REFUSED,
    "Cloning into 'site'...\nssh: Could not resolve hostname gitlab.corp: Name or service not known\r\n"
    "fatal: Could not read from remote repository.": "dns.name-not-found",
    "ERROR: Repository not found.\nfatal: Could not read from remote repository.": "session.git-access-denied",
    "remote: ERROR: Permission to dana/site.git denied to sam.": "session.git-access-denied",
    "fatal: protocol error: bad line length character: Welc": "session.startup-file-prints",
    "ssh: connect to host web port 22: No route to host\nlost connection": "network.host-unreachable",
    "ssh: connect to host web port 22: Connection refused\r\nscp: Connection closed": "network.port-refused",
    "me@web: Permission denied (publickey,gssapi-keyex,gssapi-with-mic).\nConnection closed.  \nConnection closed":
        KEY_REFUSED,
    "Received message too long 1416128883\nEnsure the remote shell produces no output for non-interactive sessions.":
        "session.startup-file-prints",
    "ssh: connect to host web port 22: Connection timed out\n"
    "rsync: connection unexpectedly closed (0 bytes received so far) [sender]\n"
    "rsync error: unexplained error (code 255) at io.c(231) [sender=3.2.7]": "network.no-answer",
    "protocol version mismatch -- is your shell clean?\n(see the rsync manpage for an explanation)":
        "session.startup-file-prints",
    "bash: line 1: rsync: command not found\nrsync error: remote command not found (code 127) at io.c(231)":
        "client.tool-missing-or-outdated",
    "mosh: Nothing received from server on UDP port 60001. [To quit: Ctrl-^ .]": "network.firewall-drops",
    'error during connect: Get "http://docker.example.com/v1.24/version": command [ssh -l me -- web docker system '
    "dial-stdio] has exited with exit status 255, please make sure the URL is valid, and Docker 18.09 or later is "
    "installed on the remote host: stderr=ssh: connect to host web port 22: Connection refused": "network.port-refused",
    # ansible, vagrant, terraform, packer
    'fatal: [web-1]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh: ssh: '
    'connect to host 10.0.0.5 port 22: Connection timed out", "unreachable": true}': "network.no-answer",
    'web-1 | UNREACHABLE! => {\n    "changed": false,\n'
    '    "msg": "Failed to connect to the host via ssh: deploy@10.0.0.5: Permission denied '
    '(publickey,password).",\n    "unreachable": true\n}': KEY_REFUSED,
    'fatal: [db]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh: OpenSSH_8.4p1 '
    "Debian-5, OpenSSL 1.1.1n\\r\\ndebug1: Connecting to db [10.0.0.6] port 22.\\r\\ndebug1: Connection "
    'established.\\r\\nkex_exchange_identification: Connection closed by remote host\\r\\n", "unreachable": true}':
        "kex.closed-before-banner",
    'fatal: [a]: UNREACHABLE! => {"msg": "Data could not be sent to remote host \\"10.0.0.5\\". Make sure this '
    "host can be reached over ssh: @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\\r\\n@    WARNING: REMOTE HOST "
    'IDENTIFICATION HAS CHANGED!     @\\r\\nHost key verification failed.\\r\\n"}': "hostkey.changed",
    'fatal: [a]: FAILED! => {"msg": "to use the \'ssh\' connection type with passwords or pkcs11_provider, you '
    'must install the sshpass program"}': "client.tool-missing-or-outdated",
    "    default: Warning: Connection refused. Retrying...\n    default: Warning: Connection refused. Retrying...":
        "network.port-refused",
    "==> default: Waiting for machine to boot.\n    default: Warning: Authentication failure. Retrying...": KEY_REFUSED,
    "╷\n│ Error: remote-exec provisioner error\n│ \n│   with aws_instance.web,\n"
    "│   on main.tf line 9, in resource:\n"
    "│ timeout - last error: SSH authentication failed (ubuntu@203.0.113.5:22): ssh: handshake failed: ssh: unable "
    "to authenticate, attempted methods [none publickey], no supported methods remain\n╵": KEY_REFUSED,
    "null_resource.x (remote-exec): Connecting to remote host via SSH...\n"
    "timeout - last error: dial tcp 203.0.113.5:22: i/o timeout": "network.no-answer",
    "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none], no supported methods remain":
        "auth.no-key-offered",
    "2026/08/25 12:00:00 packer-plugin: [DEBUG] SSH handshake err: ssh: handshake failed: ssh: unable to "
    "authenticate, attempted methods [none publickey], no supported methods remain": KEY_REFUSED,
    "==> amazon-ebs.web: Timeout waiting for SSH.": "network.no-answer",
    "ssh: no common algorithm for key exchange; client offered: [curve25519-sha256], server offered: "
    "[diffie-hellman-group1-sha1]": "kex.no-common-key-exchange",
    "failed to dial: ssh: handshake failed: knownhosts: key mismatch": "hostkey.changed",
    "ssh: handshake failed: knownhosts: key is unknown": "hostkey.unknown",
    "dial tcp: lookup web-9 on 127.0.0.53:53: no such host": "dns.name-not-found",
    "ssh: this private key is passphrase protected": "key.passphrase-required",
    # editors and other clients
    "[14:01:22.518] > ssh: connect to host web port 22: Connection timed out\n"
    "[14:01:22.530] > The process tried to write to a nonexistent pipe.\n"
    "[14:01:23.001] Resolver error: Error: Connecting was canceled": "network.no-answer",
    "[14:01:22.518] stderr> me@web: Permission denied (publickey).": KEY_REFUSED,
    "[13:00:01.001] > OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2\r\n"
    "[13:00:01.010] > Bad owner or permissions on C:\\\\Users\\\\dana/.ssh/config": "config.bad-owner-or-permissions",
    "com.jcraft.jsch.JSchException: Auth fail": KEY_REFUSED,
    "com.jcraft.jsch.JSchException: Auth fail for methods 'publickey,password'": KEY_REFUSED,
    "com.jcraft.jsch.JSchException: Algorithm negotiation fail": "kex.no-common-key-exchange",
    'com.jcraft.jsch.JSchAlgoNegoFailException: Algorithm negotiation fail: algorithmName="server_host_key" '
    'jschProposal="a" serverProposal="ssh-rsa"': "kex.no-common-host-key-algorithm",
    "com.jcraft.jsch.JSchException: UnknownHostKey: web.example. RSA key fingerprint is aa:bb": "hostkey.unknown",
    "com.jcraft.jsch.JSchException: java.net.ConnectException: Connection refused": "network.port-refused",
    "com.jcraft.jsch.JSchException: java.net.UnknownHostException: web-9": "dns.name-not-found",
    "com.jcraft.jsch.JSchException: timeout: socket is not established": "network.no-answer",
    "net.schmizz.sshj.userauth.UserAuthException: Exhausted available authentication methods": KEY_REFUSED,
    "paramiko.ssh_exception.AuthenticationException: Authentication failed.": KEY_REFUSED,
    "paramiko.ssh_exception.SSHException: No existing session": "auth.closed-during-auth",
    "paramiko.ssh_exception.SSHException: not a valid RSA private key file": "key.foreign-format",
    "paramiko.ssh_exception.SSHException: Error reading SSH protocol banner": "kex.closed-before-banner",
    "paramiko.ssh_exception.NoValidConnectionsError: [Errno None] Unable to connect to port 22 on 10.0.0.5":
        "network.port-refused",
    "paramiko.ssh_exception.PasswordRequiredException: Private key file is encrypted": "key.passphrase-required",
    "paramiko.ssh_exception.SSHException: Server 'web' not found in known_hosts": "hostkey.unknown",
    "socket.gaierror: [Errno -2] Name or service not known": "dns.name-not-found",
    "TimeoutError: [Errno 110] Connection timed out": "network.no-answer",
    "paramiko.ssh_exception.IncompatiblePeer: Incompatible ssh peer (no acceptable host key)":
        "kex.no-common-host-key-algorithm",
    "FATAL ERROR: Network error: Connection timed out": "network.no-answer",
    "FATAL ERROR: Network error: Connection refused": "network.port-refused",
    "FATAL ERROR: No supported authentication methods available (server sent: publickey)": KEY_REFUSED,
    'Using username "dana".\nServer refused our key\n'
    "FATAL ERROR: No supported authentication methods available (server sent: publickey,gssapi-keyex)": KEY_REFUSED,
    "Server refused our key": KEY_REFUSED,
    "FATAL ERROR: Couldn't agree a key exchange algorithm (available: diffie-hellman-group1-sha1)":
        "kex.no-common-key-exchange",
    "WARNING - POTENTIAL SECURITY BREACH!": "hostkey.changed",
    "FATAL ERROR: Remote side unexpectedly closed network connection": "kex.closed-before-banner",
    'Unable to use key file "C:\\id.ppk" (OpenSSH SSH-2 private key (new format))': "key.foreign-format",
    "Cannot initialize SFTP protocol. Is the host running an SFTP server?": "session.sftp-missing",
    "Error: All configured authentication methods failed": KEY_REFUSED,
    "Error: connect ECONNREFUSED 10.0.0.5:22": "network.port-refused",
    "Error: getaddrinfo ENOTFOUND web-9": "dns.name-not-found",
    "Failed to authenticate SSH session: Username/PublicKey combination invalid": KEY_REFUSED,
    "kex error : no match for method server host key algo: server [ssh-rsa], client [ssh-ed25519]":
        "kex.no-common-host-key-algorithm",
    "Error connecting to agent: No such file or directory": "agent.unreachable",
    "unable to start ssh-agent service, error :1058": "agent.unreachable",
    "unable to open service handle": "agent.unreachable",
    "Bad permissions. Try removing permissions for user: BUILTIN\\\\Users (S-1-5-32-545) on file C:/Users/web.pem.":
        "key.permissions-too-open",
    "Bad permissions. Try removing permissions for user: BUILTIN\\\\Users (S-1-5-32-545) on file "
    "C:/Users/dana/.ssh/config.\r\nBad owner or permissions on C:\\\\Users\\\\dana/.ssh/config":
        "config.bad-owner-or-permissions",
    "CreateProcessW failed error:2\r\nposix_spawn: No such file or directory": "proxy.windows-client-bug",
    "ssh : The term 'ssh' is not recognized as the name of a cmdlet, function, script file, or operable program.":
        "client.tool-missing-or-outdated",
    "ssh: Could not resolve hostname web-9: No such host is known. ": "dns.name-not-found",
    "socket.gaierror: [Errno 11001] getaddrinfo failed": "dns.name-not-found",
    "ssh_init: Host does not exist": "dns.name-not-found",
    'Unable to load key file "C:\\keys\\id.ppk" (PuTTY key format too new)': "key.foreign-format",
    'Unable to load key file "C:\\keys\\id.ppk" (unable to open file)': "key.not-found",
    "/Users/dana/.ssh/config: line 4: Bad configuration option: usekeychain\r\n"
    "/Users/dana/.ssh/config: terminating, 1 bad configuration options": "config.bad-line",
    "ssh-add: illegal option -- K": "client.tool-missing-or-outdated",
    "Cannot download keys without provider": "client.tool-missing-or-outdated",
    "ssh: connect to host web-1 port 22: Operation timed out": "network.no-answer",
    # Windows and macOS
    "CreateProcessW failed error:2\r\nposix_spawnp: No such file or directory": "proxy.command-not-found",
    "'ssh' is not recognized as an internal or external command,\r\noperable program or batch file.":
        "client.tool-missing-or-outdated",
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r\n"
    "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\r\n"
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r\n"
    "Permissions for 'C:\\\\Users\\\\dana\\\\web.pem' are too open.\r\n"
    "It is required that your private key files are NOT accessible by others.\r\n"
    'This private key will be ignored.\r\nLoad key "C:\\\\Users\\\\dana\\\\web.pem": bad permissions\r\n'
    "dana@web: Permission denied (publickey).": "key.permissions-too-open",
    "/Users/dana/.ssh/config: line 3: Bad configuration option: usekeychain\r\n"
    "/Users/dana/.ssh/config: terminating, 1 bad configuration options": "config.bad-line",
    "ssh: connect to host web port 22: Operation timed out": "network.no-answer",
    # sshd and the server
    "sshd: no hostkeys available -- exiting.": "server.host-keys-unusable",
    "/etc/ssh/sshd_config: line 12: Bad configuration option: PermitRootLogins\n"
    "/etc/ssh/sshd_config: terminating, 1 bad configuration options": "server.sshd-config-error",
    "● ssh.service - OpenBSD Secure Shell server\n     Loaded: loaded (/lib/systemd/system/ssh.service; enabled)\n"
    "     Active: failed (Result: exit-code) since Mon 2026-03-02 10:00:00 UTC; 5s ago": "server.sshd-not-running",
    "Unit sshd.service could not be found.": "server.sshd-not-installed",
    'LISTEN 0      128        127.0.0.1:22        0.0.0.0:*    users:(("sshd",pid=812,fd=3))':
        "server.listens-on-loopback",
    "-rw-rw-r-- 1 dana dana 500 Mar  4 09:15 authorized_keys": "auth.authorized-keys-permissions",
    '{"_PID":"901","MESSAGE":"User dana from 192.0.2.7 not allowed because not listed in '
    'AllowUsers","SYSLOG_IDENTIFIER":"sshd"}': "auth.user-not-allowed",
    "__CURSOR=s=1\n_PID=901\nSYSLOG_IDENTIFIER=sshd-session\n"
    "MESSAGE=User dana not allowed because account is locked\n": "auth.account-locked",
    "2026-03-04T09:15:02+0000 web-1 sshd-session[901]: Invalid user ubuntu from 192.0.2.7 port 5": "auth.user-unknown",
    "ssh_1  | Mar  4 09:15:02 box sshd[9]: ROOT LOGIN REFUSED FROM 192.0.2.7 port 5": "auth.root-login-disabled",
    "debug1: sshd version OpenSSH_9.2, OpenSSL 3.0.11\ndebug1: private host key #0: ssh-rsa SHA256:x\n"
    "Server listening on 0.0.0.0 port 2222.\nConnection from 192.0.2.7 port 5 on 198.51.100.4 port 2222\n"
    "debug1: userauth-request for user dana service ssh-connection method publickey [preauth]\n"
    "debug1: trying public key file /home/dana/.ssh/authorized_keys\n"
    "Authentication refused: bad ownership or modes for directory /home/dana\n"
    "Failed publickey for dana from 192.0.2.7 port 5 ssh2: ED25519 SHA256:x\n"
    "Connection closed by authenticating user dana 192.0.2.7 port 5 [preauth]": "auth.authorized-keys-permissions",
    **cloudpastes.LINES,
}  # fmt: skip

DRESSES: dict[str, str] = {
    "as it is": "{}",
    "carriage returns": "{}\r",
    "a time stamp of syslog": "Mar  4 09:15:02 {}",
    "an ISO time stamp": "2026-03-04T09:15:02.123+00:00 {}",
    "a logger's time stamp": "2026-03-04 09:15:02,123 - INFO - {}",
    "Actions": "2026-03-04T09:15:02.1234567Z {}",
    "a clock": "[09:15:02.123] > {}",
    "a quoted mail": "> {}",
    "a mail quoted twice": "> > {}",
    "a line number": "  12  {}",
    "a number and a colon": "12:{}",
    "a blank or two": "    {}",
    "a tab": "\t{}",
    "colours": "\x1b[31m{}\x1b[0m",
    "a bullet": "- {}",
    "a container": "web-1  | {}",
    "a box": "│ {}",
    "LogVerbose": "sshconnect.c:ssh_connect():555 (pid=4711): {}",
    "a unit's log": "Mar  4 09:15:02 laptop backup.sh[99]: {}",
    "a level": "ERROR: {}",
}
"""What may stand around a line."""
