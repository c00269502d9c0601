"""The lines of a boot, a kernel, a disk and the guest software that mean something: the second half of the table."""

from __future__ import annotations

from sshwizard.probes.serverlines import GOOD, Rule, rows

RULES: tuple[Rule, ...] = (
    *rows("boot", "boot", (
        (GOOD, 2, r"\S+ login: ?$|(?:.*)Reached target .*(?:Multi-User System|multi-user\.target)"),
    )),
    *rows("system", "boot", (
        (GOOD, 2, r"Reached target .*(?:Multi-User System|multi-user\.target)|Startup finished in"),
        ("server.emergency-mode", 1, r"Started .*Emergency Shell|Reached target .*(?:Emergency Mode|emergency\.target|"
         r"Rescue Mode|rescue\.target)"),
        ("server.fstab-broken", 2, r"Dependency failed for (?:/|\S+\.mount|local-fs\.target|Local File Systems|F"
         r"ile Syst"
         r"em Check)|Timed out waiting for device|Failed to mount (?:/|\S+\.mount)"),
    )),
    *rows("kernel", "boot", (
        ("server.initramfs-failed", 2, r"Kernel panic - not syncing: (?:VFS: Unable to mount|No working init|Attempte"
        r"d to "
         r"kill init)|VFS: Unable to mount root fs on unknown-block|(?:.*: )?Unable to determine major/minor number o"
         r"f root"
         r"|(?:modprobe: )?FATAL: Could not load /lib/modules|VFS: Cannot open root device|request_module: runaw"
         r"ay loop modprobe|initramfs unpacki"
         r"ng f"),
        ("server.kernel-panic", 2, r"(?:.{0,20}end )?Kernel panic - not syncing"),
        ("server.kernel-panic", 1, r"kernel BUG at|BUG: (?:unable to handle )?kernel NULL pointer dereference"),
        ("server.bootloader-failed", 2, r"FATAL: kernel too old|ERROR Invalid kernel|XENBUS: Device with no driver|XE"
        r"NBUS: "
         r"Timeout connecting to devices|.{0,20}mmu_update failed|Unable to load SELinux Policy\. Machine is in enfor"
         r"cing"),
    )),
    *rows("any", "boot", (
        ("server.initramfs-failed", 2, r"ALERT! +\S+ does not exist\. +Dropping to a shell|Gave up waiting for r"
         r"oot (?:file "
         r"system )?device|(?:dracut-initqueue\[\d+\]: )?Warning: (?:dracut-initqueue timeout - starting timeout"
         r"|Could not b"
         r"oot)"),
    )),
    *rows("boot", "boot", (
        ("server.bootloader-failed", 2, r"error: (?:no such (?:partition|device)|unknown filesystem|(?:\S+: )?ba"
         r"d shim signa"
         r"ture)|bad shim signature|error: file [`'‘]?/\S+ not found|BdsDxe: No bootable option|Minimal BASH-lik"
         r"e line editing is supported|grub(?:dom)?> ?$|grub rescue>|e"
        r"rror: "
         r"symbol [`'‘]?grub_\w+['’]? not found|Boot failed: not a bootable disk|.{0,40}(?:Security Violation|Binary "
         r"is "
         r"blacklisted)|Failed to load image|UEFI: Failed to (?:start|load) image|BdsDxe: failed to (?:start|load)"),
        ("server.emergency-mode", 1, r"(?:Welcome to|You are in) (?:emergency|rescue) mode|(?:You are now being|"
         r"you are) dropped"
        r" into an"
         r" emergency shell|Give root password for maintenance|\(or press Control-D to continue\)|Generating \"/run/i"
         r"nitra"),
        ("server.fstab-broken", 2, r"Unrecognized mount option|mount: \S+: (?:can't find|unknown filesystem|special d"
        r"evice)"
         r"|(?:\S+: )?fsck\S*: No such file or directory while trying to open /dev|(?:fsck\S*: )?No such file or dire"
         r"ctory "
         r"while trying to open /dev"),
        (GOOD, 2, r"Description: Windows Boot Manager"),
    )),
    *rows("guest", "boot", (
        (GOOD, 2, r"OSConfig Agent|Starting startup scripts"),
    )),
    *rows("kernel", "memory", (
        ("server.out-of-memory", 1, r"(?:Memory cgroup o|O)ut of memory: Kill(?:ed)? process|\S+ invoked oom-killer|o"
        r"om-kill"
         r":constraint="),
        ("server.hung", 1, r"(?:watchdog: )?BUG: soft lockup|(?:NMI watchdog: )?Watchdog detected hard LOCKUP|(?"
         r":rcu: )?(?:IN"
         r"FO: )?rcu_\w+ (?:self-)?detected (?:expedited )?stall|(?:INFO: )?task .{1,80} blocked for more than "
         r"\d+ second"
        r"s"),
    )),
    *rows("kernel", "network", (
        ("server.connection-tracking-full", 1, r"(?:\w+: ){0,2}(?:ip_|nf_)?conntrack: table full, dropping packet|(?:"
        r"\w+: )"
         r"{0,3}table full, dropping packet|neighbour: \w+: neighbor table overflow"),
        ("server.network-not-configured", 0, r"xennet: skb rides the rocket"),
    )),
    *rows("any", "network", (
        (GOOD, 2, r"DHCPACK (?:of|from)|bound to \d"),
        ("server.network-not-configured", 1, r"No DHCPOFFERS received|Failed to start (?:\S+ - )?Raise network i"
         r"nterfaces|Bri"
         r"nging up interface \w+: +Device \w+ has different MAC address|Devic"
        r"e \w+ "
         r"has different MAC address than expected"),
    )),
    *rows("cloud", "network", (
        (GOOD, 2, r"(?:ci-info: )?\| +(?!lo\b)[\w.-]+ +\| +True +\|"),
        ("server.network-not-configured", 1, r"(?:ci-info: )?\| +(?!lo\b)[\w.-]+ +\| +False +\|"),
    )),
    *rows("any", "load", (
        (GOOD, 1, r"(?:bw_in|bw_out|pps|conntrack|linklocal)_allowance_exceeded: 0$"),
        ("server.overloaded", 1, r"(?:bw_in|bw_out|pps|conntrack|linklocal)_allowance_exceeded: [1-9]"),
    )),
    *rows("any", "disk", (
        ("server.disk-full", 1, r".{0,300}(?::|28\]) No space left on device|No space left on device|.{0,200}No usable "
         r"temporary dir"
         r"ectory found in|.{0,80}disk is at or near capacity"),
    )),
    *rows("kernel", "disk", (
        ("server.filesystem-corrupt", 2, r"EXT[234]-fs error|EXT[234]-fs.*warning: mounting fs with errors|XFS \(\S+"
        r"\): "
         r"(?:Metadata corruption|Corruption of in-memory data|I/O Error Detected|metadata I/O error|Corruption warni"
         r"ng)|"
         r"(?:.{0,40}: )?(?:Metadata corruption detected|Corruption of in-memory data detected|metadata I/O error in)"),
        ("server.filesystem-corrupt", 2, r"Buffer I/O error on dev|.{0,40}I/O Error Detected\. Shutting down|(?:blk_u"
        r"pdate_"
         r"request|end_request): I/O error|I/O error, dev \w+|BTRFS.* (?:error|corrupt)|.{0,40}timing out command, wa"
         r"ited"),
    )),
    *rows("any", "disk", (
        ("server.filesystem-corrupt", 2, r"fsck failed with (?:exit status|error code)|.{0,80}: Structure needs "
         r"cleaning|.{0,"
         r"40}Remounting filesystem read-only"),
    )),
    *rows("boot", "disk", (
        ("server.filesystem-corrupt", 2, r"General error mounting filesystems|(?:systemd-)?fsck\S* died with exit sta"
        r"tus|.*"
         r"UNEXPECTED INCONSISTENCY|The IO operation at logical block address|.{0,60}warning: mounting fs with errors"),
        ("server.booting", 0, r".{0,80}days without being checked, check forced|.{0,80}has been mounted \d+ times wit"
        r"hout"),
    )),
    *rows("any", "oslogin", (
        ("gcp.login-role-missing", 2, r".{0,120}?(?:Failed to validate organization user \S+ has login permission|"
         r"Organization user \S+ does not have login permission)"),
    )),
    *rows("guest", "entries", (
        ("gcp.metadata-key-expired", 0, r".{0,120}?invalid ssh key entry - expired key: |.{0,400}?invalid ssh ke"
         r"y entry - e"
         r"xpired key\.$"),
    )),
    *rows("guest", "accounts", (
        ("gcp.guest-agent-down", 1, r".{0,120}?(?:Error updating SSH keys for \S+: |Error creating user: )"),
    )),
    *rows("guest", "guest", (
        ("gcp.guest-agent-down", 2, r"CRITICAL |panic: "),
        ("gcp.guest-agent-down", 1, r".{0,120}?(?:Error watching metadata: (?!context canceled)|Network error when req"
         r"uesting metadata)"),
        ("gcp.guest-agent-down", 1, r".{0,200}dial tcp (?:169\.254\.169\.254|metadata\.goog\S*):\d+: (?:connect: netw"
        r"ork is "
         r"unreachable|i/o timeout)|.{0,200}dial tcp: lookup metadata\.goog"),
        (GOOD, 2, r"GCE Agent Started"),
    )),
    *rows("system", "guest", (
        (GOOD, 2, r"Started (?:google-guest-agent\.service|.*Google Compute Engine Guest Agent)"),
        ("gcp.guest-agent-down", 1, r"(?:Failed to start|Stopped) (?:google-guest-agent\.service|.*Google Compute Eng"
        r"ine "
         r"Guest Agent)|google-guest-agent\.service: (?:Failed with|Start request repeated)"),
    )),
    *rows("cloud", "setup", (
        ("server.booting", 0, r"Cloud-init v\. \S+ running '(?:init|modules|init-local)"),
        (GOOD, 0, r"Cloud-init v\. \S+ (?:finished at|running 'modules:final')"),
        ("server.cloud-init-failed", 1, r"(?:.{0,120}: ?)?(?:WARNING: )?(?:.{0,60} )?failed run of module|.{0,200}Fai"
        r"led "
         r"loading yaml blob|(?:ci-info: )?no authorized SSH keys fingerprints found for user"),
    )),
    *rows("time", "time", (
        (GOOD, 1, r"Selected source|System clock (?:was )?(?:synchronized|synchronised)|.{0,60}[Ss]ynchronized to|Ini"
        r"tial clock"
         r" synchronization|Contacted time server|(?:ntpd: )?time set"),
        ("server.clock-wrong", 1, r".{0,80}(?:time may be out of sync|System clock unsynchronized|system clock unsync"
        r"hronized"
         r"|Time drift detected|Time offset too large|Can't synchroni[sz]e: no selectable sources|no servers can be u"
         r"sed)"
         r"|time (?:reset|stepped)|System clock wrong by"),
    )),
    *rows("any", "time", (
        ("server.clock-wrong", 1, r".{0,80}Clock skew (?:detected|too great)|System clock unsynchronized|.{0,40}time "
        r"may be "
         r"out of sync|Time drift detected|Time offset too large"),
    )),
)  # fmt: skip
