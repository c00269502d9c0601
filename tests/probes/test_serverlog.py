"""What a server, its kernel and its boot write: each line for its cause, the newest since the last boot."""

from __future__ import annotations

import pytest

from sshwizard.probes import serverlines
from sshwizard.probes.console import read_text
from sshwizard.probes.pasted import read

BOOT = "[    0.000000] Linux version 6.1.0-18-amd64 (build@host)\n"
SSHD = "Mar  4 09:15:02 web-1 sshd[901]: "
JOURNAL = "Mar  4 09:15:02 web-1 "

SAYS: dict[str, str] = {
    # sshd
    f"{SSHD}/etc/ssh/sshd_config: line 9: Bad configuration option: PermitRot": "server.sshd-config-error",
    f"{SSHD}/etc/ssh/sshd_config line 9: Bad yes/no argument: maybe": "server.sshd-config-error",
    f"{SSHD}/etc/ssh/sshd_config line 9: Badly formatted port number.": "server.sshd-config-error",
    f"{SSHD}fatal: no hostkeys available -- exiting.": "server.host-keys-unusable",
    f"{SSHD}error: Could not load host key: /etc/ssh/ssh_host_rsa_key": "server.host-keys-unusable",
    f"{SSHD}error: @         WARNING: UNPROTECTED PRIVATE KEY FILE!          @": "server.host-keys-unusable",
    f"{SSHD}fatal: Missing privilege separation directory: /run/sshd": "server.privilege-separation-missing",
    f"{SSHD}fatal: Privilege separation user sshd does not exist": "server.privilege-separation-missing",
    f"{SSHD}fatal: /run/sshd must be owned by root and not group or world-writable.": "server.privilege-separation-mi"
    "ssing",
    f"{SSHD}error: Bind to port 22 on 0.0.0.0 failed: Address already in use.": "server.cannot-bind",
    f"{SSHD}error: Bind to port 22 on 10.0.0.9 failed: Cannot assign requested address.": "server.cannot-bind",
    f"{SSHD}error: beginning MaxStartups throttling": "server.max-startups",
    f"{SSHD}drop connection #10 from [192.0.2.7]:5 on [10.0.0.1]:22 past MaxStartups": "server.max-startups",
    f"{SSHD}fatal: Timeout before authentication for 192.0.2.7 port 5": "server.login-grace-timeout",
    f"{SSHD}error: kex_exchange_identification: Connection closed by remote host": "kex.closed-before-banner",
    f"{SSHD}refused connect from 192.0.2.7 (192.0.2.7)": "server.tcp-wrappers-deny",
    # the authentication log
    f"{SSHD}Authentication refused: bad ownership or modes for directory /home/dana": "auth.authorized-keys-permissio"
    "ns",
    f"{SSHD}Authentication refused: bad ownership or modes for file /home/dana/.ssh/authorized_keys":
        "auth.authorized-keys-permissions",
    f"{JOURNAL}google_guest_agent[9]: ERROR Error updating SSH keys for dana: mkdir /home/dana/.ssh: no such file or "
    "directory": "auth.authorized-keys-permissions",
    f"{SSHD}Invalid user ubuntu from 192.0.2.7 port 5": "auth.user-unknown",
    f"{SSHD}User dana from 192.0.2.7 not allowed because not listed in AllowUsers": "auth.user-not-allowed",
    f"{SSHD}User dana from 192.0.2.7 not allowed because listed in DenyUsers": "auth.user-not-allowed",
    f"{SSHD}User dana from 192.0.2.7 not allowed because none of user's groups are listed in AllowGroups":
        "auth.user-not-allowed",
    f"{SSHD}User dana not allowed because account is locked": "auth.account-locked",
    f"{SSHD}User dana not allowed because shell /usr/bin/zsh does not exist": "auth.shell-missing",
    f"{SSHD}ROOT LOGIN REFUSED FROM 192.0.2.7 port 5": "auth.root-login-disabled",
    f"{SSHD}Authentication tried for dana with correct key but not from a permitted host (host=x, ip=192.0.2.7)":
        "auth.key-source-restricted",
    f"{SSHD}userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]": "auth.key-type-r"
    "efused",
    f"{SSHD}userauth_pubkey: key type ssh-dss not in PubkeyAcceptedKeyTypes [preauth]": "auth.key-type-refused",
    f"{SSHD}error: AuthorizedKeysCommand /usr/bin/keys dana failed, status 1": "auth.authorized-keys-command-failed",
    f"{SSHD}error: AuthorizedKeysCommand /usr/share/ec2-instance-connect/eic_run_authorized_keys dana x failed, statu"
    f"s 22":
        "eic.pushed-key-refused",
    f"{SSHD}fatal: Access denied for user dana by PAM account configuration [preauth]": "auth.pam-denied",
    f"{SSHD}\"System is booting up. Unprivileged users are not permitted to log in yet.\"": "server.booting",
    f"{SSHD}error: Certificate invalid: expired": "cert.expired",
    f"{SSHD}error: Certificate invalid: not yet valid": "cert.not-yet-valid",
    f"{SSHD}error: Certificate invalid: name is not a listed principal": "cert.wrong-principal",
    f"{SSHD}error: Certificate does not contain an authorized principal": "cert.wrong-principal",
    f"{SSHD}fatal: bad ownership or modes for chroot directory \"/srv\"": "session.chroot-bad-owner",
    f"{SSHD}error: maximum authentication attempts exceeded for dana from 192.0.2.7 port 5 ssh2": "auth.too-many-keys",
    f"{JOURNAL}sshguard[7]: Blocking \"192.0.2.7/32\" for 120 secs": "server.address-banned",
    "2026-03-04 09:15:02,123 fail2ban.actions [9]: NOTICE [sshd] Ban 192.0.2.7": "server.address-banned",
    # EC2 Instance Connect
    f"{JOURNAL}ec2-instance-connect[9]: EC2 Instance Connect failed to establish trust with Instance Metadata Service":
        "eic.metadata-unreachable",
    f"{JOURNAL}ec2-instance-connect[9]: EC2 Instance Connect failed to get a token": "eic.metadata-unreachable",
    f"{JOURNAL}ec2-instance-connect[9]: EC2 Instance Connect was invoked on a non-instance": "eic.pushed-key-refused",
    f"{JOURNAL}ec2-instance-connect[9]: EC2 Instance Connect found an invalid domain": "eic.pushed-key-refused",
    f"{JOURNAL}ec2-instance-connect[9]: EC2 Instance Connect could not verify certificate x has not been revoked":
        "eic.pushed-key-refused",
    f"{JOURNAL}ec2-instance-connect[9]: EC2 Instance Connect encountered an unrecognized signer certificate":
        "eic.pushed-key-refused",
    # boot and kernel
    f"{BOOT}[    9.1] Kernel panic - not syncing: Fatal exception in interrupt": "server.kernel-panic",
    f"{BOOT}[    9.1] Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: x": "server.kernel-p"
    "anic",
    f"{BOOT}[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)":
        "server.initramfs-failed",
    f"{BOOT}[    1.0] Kernel panic - not syncing: No working init found.": "server.initramfs-failed",
    f"{BOOT}[    1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100": "server.initramfs-fai"
    "led",
    f"{BOOT}[    1.0] VFS: Unable to mount root fs on unknown-block(0,0)": "server.initramfs-failed",
    f"{BOOT}request_module: runaway loop modprobe binfmt-464c": "server.initramfs-failed",
    f"{BOOT}[   99.0] kernel BUG at mm/slub.c:379!": "server.kernel-panic",
    "BdsDxe: starting Boot0001\nUEFI: Failed to start image.": "server.bootloader-failed",
    "BdsDxe: starting Boot0001\nBoot failed: not a bootable disk": "server.bootloader-failed",
    "BdsDxe: starting Boot0001\nerror: symbol 'grub_calloc' not found.": "server.bootloader-failed",
    "   Minimal BASH-like line editing is supported. For the first word, TAB lists": "server.bootloader-failed",
    f"{BOOT}FATAL: kernel too old": "server.bootloader-failed",
    f"{BOOT}[    1.0] XENBUS: Timeout connecting to devices!": "server.bootloader-failed",
    f"{BOOT}You are in rescue mode. After logging in, type": "server.emergency-mode",
    f"{BOOT}[  OK  ] Reached target Emergency Mode.": "server.emergency-mode",
    f"{BOOT}Give root password for maintenance": "server.emergency-mode",
    f"{BOOT}You are now being dropped into an emergency shell.": "server.emergency-mode",
    f"{BOOT}[DEPEND] Dependency failed for /data.": "server.fstab-broken",
    f"{BOOT}[ TIME ] Timed out waiting for device dev-sdf.device - /dev/sdf.": "server.fstab-broken",
    f"{BOOT}[FAILED] Failed to mount /data.": "server.fstab-broken",
    f"{BOOT}Unable to load SELinux Policy. Machine is in enforcing mode. Halting now.": "server.bootloader-failed",
    f"{BOOT}[   99.1] Out of memory: Kill process 812 (sshd) score 5 or sacrifice child": "server.out-of-memory",
    f"{BOOT}[   99.1] Out of memory: Killed process 812 (sshd) total-vm:1kB": "server.out-of-memory",
    f"{BOOT}[   99.1] Memory cgroup out of memory: Killed process 812 (java)": "server.out-of-memory",
    f"{BOOT}[   99.1] java invoked oom-killer: gfp_mask=0x100cca": "server.out-of-memory",
    f"{BOOT}[   99.1] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)": "server.out-of-memory",
    f"{BOOT}[   99.1] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!": "server.hung",
    f"{BOOT}[  240.1] INFO: task jbd2/sda1-8:271 blocked for more than 120 seconds.": "server.hung",
    f"{BOOT}[   99.1] nf_conntrack: nf_conntrack: table full, dropping packet": "server.connection-tracking-full",
    f"{JOURNAL}kernel: ip_conntrack: table full, dropping packet.": "server.connection-tracking-full",
    # disk
    f"{JOURNAL}systemd-journald[9]: Failed to write: No space left on device": "server.disk-full",
    f"{JOURNAL}python3[9]: FileNotFoundError: No usable temporary directory found in ['/tmp']": "server.disk-full",
    f"{BOOT}[    5.0] XFS (sda1): Metadata corruption detected at xfs_agi_verify": "server.filesystem-corrupt",
    f"{BOOT}[    5.0] XFS (sda1): Corruption of in-memory data detected. Shutting down": "server.filesystem-corrupt",
    f"{BOOT}[    5.0] EXT4-fs error (device sda1): ext4_lookup:1602": "server.filesystem-corrupt",
    f"{BOOT}[    5.0] EXT4-fs (sda1): warning: mounting fs with errors, running e2fsck": "server.filesystem-corrupt",
    f"{BOOT}General error mounting filesystems.": "server.filesystem-corrupt",
    f"{BOOT}[    5.0] Buffer I/O error on device sda1, logical block 5": "server.filesystem-corrupt",
    f"{BOOT}[    5.0] blk_update_request: I/O error, dev sda, sector 5": "server.filesystem-corrupt",
    f"{BOOT}[    5.0] end_request: I/O error, dev sda, sector 5": "server.filesystem-corrupt",
    # network, guest software, time
    f"{JOURNAL}google_guest_agent[9]: ERROR: dial tcp 169.254.169.254:80: connect: network is unreachable":
        "gcp.guest-agent-down",
    f"{BOOT}Bringing up interface eth0:  Device eth0 has different MAC address than expected, ignoring.":
        "server.network-not-configured",
    f"{BOOT}[    9.0] cloud-init[402]: ci-info: |  eth0  | False |     .     |": "server.network-not-configured",
    "pps_allowance_exceeded: 12": "server.overloaded",
    f"{JOURNAL}systemd[1]: Failed to start google-guest-agent.service - Google Compute Engine Guest Agent.":
        "gcp.guest-agent-down",
    f"{BOOT}[   20.0] cloud-init[702]: 2026-03-04 09:15:02,123 - util.py[WARNING]: failed run of module users":
        "server.cloud-init-failed",
    f"{BOOT}[   20.0] cloud-init[702]: Failed loading yaml blob. Invalid format": "server.cloud-init-failed",
    f"{BOOT}[   20.0] cloud-init[702]: ci-info: no authorized SSH keys fingerprints found for user ubuntu.":
        "server.cloud-init-failed",
    f"{JOURNAL}chronyd[9]: Can't synchronise: no selectable sources": "server.clock-wrong",
    f"{JOURNAL}ntpd[9]: no servers can be used, system clock unsynchronized": "server.clock-wrong",
    f"{JOURNAL}sshd[9]: Clock skew too great": "server.clock-wrong",
    f"{BOOT}fsck: /dev/sda1 has gone 300 days without being checked, check forced.": "server.booting",
}  # fmt: skip


def first(text: str) -> str:
    words = read((text + "\n").encode()).server.words()
    return words[0].code if words else ""


@pytest.mark.parametrize("text", SAYS, ids=lambda text: text.strip().splitlines()[-1][-50:])
def test_a_line_speaks_for_its_cause(text: str) -> None:
    assert first(text) == SAYS[text]


FORMS = ("OpenSSH server daemon.", "ssh.service - OpenBSD Secure Shell server.", "ssh.service.", "sshd.service.",
         "sshd.service - OpenSSH Daemon.", "OpenBSD Secure Shell server.")  # fmt: skip
SOCKETS = ("ssh.socket - OpenBSD Secure Shell server socket.", "sshd.socket.", "sshd-unix-local.socket.")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lead", ["[{}] ", f"{JOURNAL}systemd[1]: "])
def test_systemd_s_three_forms_are_all_known(form: str, lead: str) -> None:
    failed = lead.format("FAILED") + f"Failed to start {form}"
    started = lead.format("  OK  ") + f"Started {form}"
    stopped = lead.format("  OK  ") + f"Stopped {form}"
    assert first(BOOT + failed) == "server.sshd-not-running"
    assert first(BOOT + stopped) == "server.sshd-not-running"
    assert first(BOOT + f"{failed}\n{started}") == ""
    assert first(BOOT + f"{started}\n{failed}") == "server.sshd-not-running"


@pytest.mark.parametrize("socket", SOCKETS)
def test_a_listening_socket_is_a_healthy_sshd(socket: str) -> None:
    failed = "[FAILED] Failed to start ssh.service."
    assert first(f"{BOOT}{failed}\n[  OK  ] Listening on {socket}") == ""


CLEARED = {
    "another boot": (f"{BOOT}[   99.1] Out of memory: Killed process 812 (sshd)", BOOT),
    "a login": (f"{SSHD}Failed password for dana from 192.0.2.7 port 5 ssh2",
                "Mar  4 09:16:02 web-1 sshd[905]: Accepted publickey for dana from 192.0.2.7 port 6 ssh2"),
    "an unban": ("2026-03-04 09:15:02,123 fail2ban.actions [9]: NOTICE [sshd] Ban 192.0.2.7",
                 "2026-03-04 09:25:02,123 fail2ban.actions [9]: NOTICE [sshd] Unban 192.0.2.7"),
    "a login prompt": (f"{BOOT}You are in emergency mode. After logging in", "web-1 login: "),
    "a synchronized clock": (f"{JOURNAL}chronyd[9]: Can't synchronise: no selectable sources",
                             f"{JOURNAL}chronyd[9]: Selected source 192.0.2.9"),
    "a running agent": (f"{JOURNAL}systemd[1]: Failed to start google-guest-agent.service.",
                        f"{JOURNAL}google_guest_agent[9]: GCE Agent Started (version 1)"),
    "one interface that is up": (f"{BOOT}[ 9.0] cloud-init[4]: ci-info: |  eth0  |  True | 10.0.0.4 |",
                                 "[ 9.0] cloud-init[4]: ci-info: |  eth1  | False |  .  |"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEARED)
def test_a_newer_good_line_clears_it(name: str) -> None:
    bad, good = CLEARED[name]
    assert first(bad) or name.startswith("one")
    assert first(f"{bad}\n{good}") == ""


def test_an_accepted_login_clears_its_own_account_only() -> None:
    rows = (
        "Mar  4 09:15:02 web-1 sshd[901]: User sam not allowed because account is locked\n"
        "Mar  4 09:16:02 web-1 sshd[905]: Accepted publickey for dana from 192.0.2.7 port 6 ssh2"
    )
    assert first(rows) == "auth.account-locked"


@pytest.mark.parametrize("place", ["directory /home/erin", "directory /home/erin/.ssh", "file /home/erin/.ssh/x"])
@pytest.mark.parametrize(("who", "cause"), [("erin", ""), ("dana", "auth.authorized-keys-permissions")])
def test_a_path_in_a_home_names_the_account(place: str, who: str, cause: str) -> None:
    assert (
        first(
            f"Mar  4 09:15:02 web-1 sshd[901]: Authentication refused: bad ownership or modes for {place}\n"
            f"Mar  4 09:16:02 web-1 sshd[905]: Accepted publickey for {who} from 192.0.2.7 port 6 ssh2"
        )
        == cause
    )


NOTHING = (
    "kernel panic=10",
    f"{JOURNAL}operator: Killed process 42 on user request",
    f"{JOURNAL}kernel: printk: Command line: panic=10",
    f"{JOURNAL}operator: time reset by hand",
    f"{JOURNAL}postfix[9]: fatal: no space for a word",
    "[  OK  ] Started OpenSSH ecdsa Server Key Generation.",
    "a stop job is running for OpenSSH server (1s / 90s)",
    f"{JOURNAL}cron[9]: (root) CMD (echo Out of memory: Kill process 5)",
    "● nginx.service - A web server\n     Active: failed (Result: exit-code)",
)


@pytest.mark.parametrize("text", NOTHING)
def test_words_elsewhere_speak_for_nothing(text: str) -> None:
    assert first(text) == ""


def test_every_rule_s_pattern_compiles_alone() -> None:
    assert len(serverlines.table("").rows) == len(serverlines.rules())


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("[    0.000000] Linux version 6.1.0-30-amd64 (debian-kernel@lists.debian.org)\n"
         "[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", "6.1.0-30-amd64"),
        ("BdsDxe: starting Boot0001\nerror: file `/boot/vmlinuz-5.10.0-33-cloud-amd64' not found.",
         "5.10.0-33-cloud-amd64"),
        ("[    0.0] Command line: BOOT_IMAGE=(hd0,gpt1)/boot/vmlinuz-6.8.0-1021-aws root=PARTUUID=1\n"
         "Kernel panic - not syncing: No working init found", "6.8.0-1021-aws"),
        ("BdsDxe: starting Boot0001\nMinimal BASH-like line editing is supported.", ""),
    ],
    ids=["panic", "no-file", "command-line", "silent"],
)  # fmt: skip
def test_a_boot_that_ended_names_its_kernel(text: str, kernel: str) -> None:
    """What to boot instead is decided by it; a text that does not say it names none."""
    (word, *_) = read(text.encode()).server.words()
    assert word.kernel == kernel
    assert ("the kernel of this boot" in word.says) is bool(kernel)


@pytest.mark.parametrize(
    ("line", "kernel"),
    [
        ("Loading Linux 6.1.0-30-amd64 ...", "6.1.0-30-amd64"),
        ("Booting `Debian GNU/Linux, with Linux 6.1.0-30-amd64'", "6.1.0-30-amd64"),
        ("Booting `Amazon Linux (6.1.134-150.224.amzn2023.x86_64) 2023'", "6.1.134-150.224.amzn2023.x86_64"),
        ("Loading initial ramdisk ...", ""),
    ],
    ids=["loading", "debian-entry", "amazon-entry", "none"],
)
def test_the_boot_loader_names_it_on_a_console(line: str, kernel: str) -> None:
    """GRUB 2 writes it to the serial console; the kernel itself may have said nothing any more."""
    console = read_text(f"BdsDxe: starting Boot0001\n{line}\nerror: bad shim signature.\n")
    assert [word.kernel for word in console.words if word.code == "server.bootloader-failed"] == [kernel]
