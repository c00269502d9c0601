"""How fast `explain` reads a large log, and how much memory it takes: against plain Python that reads the lines.

    python benchmarks/explain_stream.py [MEGABYTES]

Each text is made in a temporary directory. Two programs read it, each in a process of its own: one that takes line
after line and does nothing with it, and `sshwizard explain --json`. Time is CPU time,
peak memory the largest resident set. Compare only numbers of one run: the ratios are what counts. Memory must not grow
with the text (at most 150 MB).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

LIMIT_MB = 150
LINES = "import sys\nfor row in open(sys.argv[1], 'rb'): row.decode('utf-8', 'replace')"
EXPLAIN = "from sshwizard.cli import run; run()"

VERBOSE = """\
OpenSSH_9.6p1, OpenSSL 3.0.13 30 Jan 2024\r
debug1: Reading configuration data /etc/ssh/ssh_config\r
debug2: resolving "web-{n}" port 22\r
debug1: Connecting to web-{n} [192.0.2.{m}] port 22.\r
debug1: Connection established.\r
debug1: identity file /home/dana/.ssh/id_ed25519 type 3\r
debug1: Local version string SSH-2.0-OpenSSH_9.6\r
debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1\r
debug1: SSH2_MSG_KEXINIT sent\r
debug3: send packet: type 20\r
debug3: receive packet: type 20\r
debug1: kex: algorithm: sntrup761x25519-sha512@openssh.com\r
debug2: ciphers ctos: chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com\r
debug1: Server host key: ssh-ed25519 SHA256:Kj6ecHjOCRoehzagvnYMMc+ucvJVuxnxCFv1y8UYeD8\r
debug1: SSH2_MSG_NEWKEYS received\r
debug1: Authentications that can continue: publickey\r
debug1: Offering public key: /home/dana/.ssh/id_ed25519 ED25519 SHA256:df1hE2fgJFNKtNeoIdzAfTGglfJ1t6JxsayFstcOGAc\r
debug1: No more authentication methods to try.\r
dana@web-{n}: Permission denied (publickey).\r
"""
JOURNAL = """\
Mar  4 09:15:02 web-1 sshd[{n}]: Connection from 192.0.2.{m} port 50122 on 198.51.100.4 port 22
Mar  4 09:15:02 web-1 sshd[{n}]: Invalid user admin{n} from 192.0.2.{m} port 50122
Mar  4 09:15:03 web-1 sshd[{n}]: Failed password for invalid user admin{n} from 192.0.2.{m} port 50122 ssh2
Mar  4 09:15:04 web-1 sshd[{n}]: Connection closed by invalid user admin{n} 192.0.2.{m} port 50122 [preauth]
"""
SYSLOG = (
    "Mar  4 09:15:02 web-1 CRON[{n}]: (root) CMD (test -x /usr/sbin/anacron || run-parts --report /etc/cron.daily)\n"
)


def repeated(form: str) -> Iterator[bytes]:
    """The text again and again, each time with other numbers."""
    number = 0
    while True:
        yield "".join(form.format(n=number + one, m=one % 250) for one in range(200)).encode()
        number += 200


def main() -> int:
    """Measure, print, and say whether the memory holds."""
    size = int(sys.argv[1]) << 20 if len(sys.argv) > 1 else 100 << 20
    texts = {
        "ssh -vvv": repeated(VERBOSE),
        "sshd journal": repeated(JOURNAL),
        "syslog": repeated(SYSLOG),
        "one line": iter(lambda: b"x" * (1 << 20), b""),
    }
    print(
        f"{'':14} {'lines MB/s':>10} {'explain MB/s':>12} {'ratio':>6} {'peak MB':>8} {'ratio':>6}   ({size >> 20} MB)"
    )
    worst = 0.0
    with tempfile.TemporaryDirectory() as place:
        for name, pieces in texts.items():
            file = Path(place, "text.log")
            with file.open("wb") as stream:
                while stream.tell() < size:
                    stream.write(next(pieces))
            plain, base = measured(LINES, str(file))
            took, peak = measured(EXPLAIN, "explain", "--json", str(file))
            mb = file.stat().st_size / (1 << 20)
            print(
                f"{name:14} {mb / plain:10.1f} {mb / took:12.1f} {took / plain:6.1f} {peak:8.1f} {peak / base:6.1f}",
                flush=True,
            )
            worst = max(worst, peak)
    print(f"{'holds' if worst <= LIMIT_MB else 'MISSED'}: at most {LIMIT_MB} MB")
    return 0 if worst <= LIMIT_MB else 1


def measured(code: str, *arguments: str) -> tuple[float, float]:
    """CPU seconds and peak megabytes of one Python program: seconds on the wall are those of the whole machine."""
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
