"""How fast `explain` reads a large log, and how much memory it takes: against `grep -c`, and Python that reads lines.

    python benchmarks/explain_stream.py [MEGABYTES]

Each text is made in a temporary directory. Three programs read it, each in a process of its own: `grep -c` with a
message that is not in it, Python that takes line after line and does nothing with it, and `sshwizard explain --json`.
Time is CPU time (user and system), with the start of the program; beside it stands what `explain` reads in a second on
the wall, which is less where the machine is shared. Peak memory is the largest resident set. Compare only numbers of
one run: the ratios are what counts. Memory must not grow with the text (at most 60 MB).
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from figures import Curve, Figure, tell
from terminal import WIZARD as EXPLAIN
from timing import spent

LIMIT_MB = 60
SPEED = 25.0
"""Megabytes a second of CPU time that every text must be read at."""
SIZES = (1, 4, 16, 64)
"""Megabytes of the curve."""
GREP = ("grep", "-c", "Host key verification failed")
LINES = "import sys\nfor row in open(sys.argv[1], 'rb'): row.decode('utf-8', 'replace')"

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
ATTACK = """\
Mar {d:2} {h:02}:15:02 web-1 sshd[{p}]: Invalid user {u} from {a}.{b}.{c}.{d} port {q}
Mar {d:2} {h:02}:15:03 web-1 sshd[{p}]: Failed password for invalid user {u} from {a}.{b}.{c}.{d} port {q} ssh2
Mar {d:2} {h:02}:15:03 web-1 sshd[{p}]: Received disconnect from {a}.{b}.{c}.{d} port {q}:11: Bye Bye [preauth]
Mar {d:2} {h:02}:15:03 web-1 sshd[{p}]: Disconnected from invalid user {u} {a}.{b}.{c}.{d} port {q} [preauth]
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


PROGRAMS = ("systemd", "kernel", "CRON", "dbus-daemon", "NetworkManager", "nginx", "postgres", "dockerd", "kubelet")
WORDS = """started stopped unit device link ready session opened for user root request served upstream response time
pod sandbox created container image pulled volume mounted lease renewed address assigned checkpoint complete vacuum
table rows cache flushed timer elapsed job finished worker queue retry scheduled node status updated probe succeeded"""
HOME = Path(__file__).parents[1]


def run_of_ssh() -> Iterator[bytes]:
    """A real log of `ssh -vvv`, whose login is refused, again and again, each time at another address."""
    log, number = (HOME / "tests" / "data" / "logs" / "auth-shell-missing.log").read_bytes(), 0
    while True:
        yield log.replace(b"127.0.0.1", b"10.0.%d.%d" % (number // 250 % 250, number % 250))
        number += 1


def server(part: float) -> Iterator[bytes]:
    """A server's syslog: a `part` of its lines is sshd's, all others are different from each other."""
    chance = random.Random(9)
    vocabulary = WORDS.split()
    while True:
        stamp = f"Mar {chance.randrange(1, 29):2} {chance.randrange(24):02}:{chance.randrange(60):02}:07 web-1"
        if chance.random() < part:
            user, port = f"adm{chance.randrange(999)}", chance.randrange(1 << 16)
            text = f"sshd[{port}]: Failed password for invalid user {user} from 192.0.2.7 port {port} ssh2"
        else:
            words = " ".join(chance.choices(vocabulary, k=chance.randrange(4, 14)))
            text = f"{chance.choice(PROGRAMS)}[{chance.randrange(1 << 16)}]: {words} id={chance.randrange(1 << 30):x}"
        yield f"{stamp} {text}\n".encode()


def attack() -> Iterator[bytes]:
    """sshd's journal while somebody guesses names: each connection has its own address, and one name of many."""
    chance = random.Random(9)
    names = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randrange(3, 10))) for _ in range(5000)]
    while True:
        a, b, c, d, h = (chance.randrange(top) for top in (224, 256, 256, 29, 24))
        numbers = {"p": chance.randrange(1 << 18), "q": chance.randrange(1 << 16), "u": chance.choice(names)}
        yield ATTACK.format(a=a, b=b, c=c, d=d, h=h, **numbers).encode()


def main() -> int:
    """Measure, print, and say whether the memory holds."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 48
    texts = {
        "syslog": repeated(SYSLOG),
        "server, 1 % sshd": server(0.01),
        "server, 10 % sshd": server(0.1),
        "sshd journal": repeated(JOURNAL),
        "sshd, 5000 names": attack(),
        "ssh -vvv": run_of_ssh(),
        "ssh -v, short": repeated(VERBOSE),
        "one line": iter(lambda: b"x" * (1 << 20), b""),
    }
    figures, worst = [], 0.0
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "text.log")
        for name, pieces in texts.items():
            mb = written(file, pieces, size)
            grep, plain, (took, peak) = spent([*GREP, file])[0], spent(read_by_python(file))[0], spent(explain(file))
            what = f"explain {size} MB, {name}"
            against = f"python's lines {mb / plain:.0f}, grep -c"
            figures.append(Figure(what, mb / took, "MB/s", against, mb / grep, SPEED, "least"))
            worst = max(worst, peak)
        figures.append(Figure("explain: peak memory of all of them", worst, "MB", limit=LIMIT_MB, of="most"))
        series: dict[str, list[tuple[float, float]]] = {"sshwizard explain": [], "python, line by line": [], "grep": []}
        for step in SIZES if size >= 48 else SIZES[:-1]:
            mb = written(file, texts["server, 1 % sshd"], step)
            commands: tuple[Sequence[str | Path], ...] = (explain(file), read_by_python(file), [*GREP, file])
            for name, command in zip(series, commands, strict=True):
                series[name].append((mb, spent(command)[0]))
    curve = Curve("explain", "explain, a server's log with 1 % of sshd's lines", "MB", "seconds of CPU", series)
    return tell(figures, [curve])


def explain(file: Path) -> Sequence[str | Path]:
    return [sys.executable, "-c", EXPLAIN, "explain", "--json", file]


def read_by_python(file: Path) -> Sequence[str | Path]:
    return [sys.executable, "-c", LINES, file]


def written(file: Path, pieces: Iterator[bytes], megabytes: int) -> float:
    """A file of at least so many megabytes; how many it has."""
    with file.open("wb") as stream:
        while stream.tell() < megabytes << 20:
            stream.write(next(pieces))
    return file.stat().st_size / (1 << 20)


if __name__ == "__main__":
    raise SystemExit(main())
