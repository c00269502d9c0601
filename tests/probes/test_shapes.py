"""A large text is read by the shapes of its lines: what is found is what reading it line by line finds."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tree.serverwords import SERVER_LOGS

from sshwizard.probes import fragments
from sshwizard.probes.attempt import Attempt
from sshwizard.probes.pasted import Paste
from sshwizard.probes.readers import LONGEST

from .messages import MESSAGES
from .pastes import DRESSES, LINES

LOGS = sorted((Path(__file__).parents[1] / "data" / "logs").glob("*.log"))


class LineByLine(Paste):
    """The plain way to read."""

    def _whole(self, raw: bytes) -> None:
        for row in raw[:-1].split(b"\n"):
            self._row(row)


def read(paste: Paste, pieces: Iterable[bytes]) -> dict[str, Any]:
    for piece in pieces:
        paste.feed(piece)
    paste.close()
    return seen(paste)


def seen(paste: Paste) -> dict[str, Any]:
    """All that a reader may want of a text."""
    chosen = paste.attempts.chosen()
    return {
        "lines": paste.number,
        "odd": paste.odd,
        "named": paste.named,
        "server": (paste.server.seen, paste.server.words(), paste.server.logins()),
        "attempts": [(told, attempt and lines(attempt)) for told, attempt in paste.attempts.told(chosen)],
        "count": paste.attempts.count,
        "chosen": chosen and lines(chosen),
    }


def lines(attempt: Attempt) -> Any:
    """An attempt with every line that is kept of it."""
    logs = [
        (log.stage, log.verbose, log.ids, log.all(*log.ids), log.last, log.words, log.count)
        for log in attempt.hops.logs
    ]
    return attempt.line, attempt.named, attempt.command, attempt.ended, attempt.dress, attempt.how, attempt.host, logs


# ------------------------------------------------------------------ lines

REAL = sorted({row for path in LOGS for row in path.read_bytes().splitlines(keepends=True)})
SAID = [
    *(f"{text}\n".encode() for text in LINES),
    *(f"{text}\n".encode() for text, _ in MESSAGES.values()),
    *(text.encode() for text in SERVER_LOGS.values()),
    *(path.read_bytes() for path in LOGS[::9]),
]
ODD = [row + b"\n" for row in rb"""

$ ssh web-1
dana@laptop:~$ scp a web-2:
# /usr/bin/rsync a web-3:b
root@x:/# sudo ssh -p 2222 web-4
PS C:\Users\d> ssh web
ssh: connect to host web port 22: Connection
ssh: connect to host web port 22:
refused
me@web: Permission
denied (publickey).
Connection closed by 10.0.0.1 port
22
Permission\040denied, please try again.
\303\274ber
> debug1: Connecting to web [10.0.0.1] port 22.
debug1: sshd version OpenSSH_9.2
debug1: Connecting to web [10.0.0.1] port 22.
debug1: Reading configuration data /etc/ssh/ssh_config
debug1: Executing proxy command: exec ssh -W web:22 jump
debug9: nothing
debug1: Sending command: x password=hunter2
OpenSSH_9.2p1 Debian-2, OpenSSL 3.0
OpenSSH_x y
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ
-----END OPENSSH PRIVATE KEY-----
PATH=/usr/bin
__CURSOR=s=1
_PID=77
SYSLOG_IDENTIFIER=sshd
MESSAGE=Failed password for root from 10.0.0.9 port 1 ssh2
{"MESSAGE": "Invalid user x from 10.0.0.1 port 9", "_PID": "5", "SYSLOG_IDENTIFIER": "sshd"}
"a\rb\nssh: connect to host h port 22: Connection refused\n"
SeaBIOS (version 1.0)
   Active: failed
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
is unknown
  #1 a:b
Mar  4 09:15:02 web-1 sshd[77]: Invalid user a\303\244 from 10.0.0.7 port 5
Mar  4 09:15:02 web-1 sshd[77]: Failed password for dana from 10.0.0.7 port 5 ssh2
Mar  4 09:15:02 web-1 sshd[78]: Accepted publickey for dana from 10.0.0.7 port 5 ssh2
2026-03-04T09:15:02.1+00:00 web-1 sshd-session[79]: User dana not allowed because x
Mar  4 09:15:02 web-1 sshd[80]: error: kex_exchange_identification: Connection closed by remote host
Mar  4 09:15:02 web-1 sshd[x]: Invalid user
Mar  4 09:15:02 web-1 systemd[1]: Started ssh.service - OpenBSD Secure Shell server.
""".split(b"\n")]  # fmt: skip
HOSTILE = [
    b"\t\r\n",
    b"\0" * 90 + b"\n",
    b"\xff\xfe\x80 bytes\n",
    b"progress 1%\rprogress 2%\rdone\n",
    b"Host key ver\x1b[1mification failed.\r\n",
    b"a word\x1b]0;title\n",
    b"Permission\tdenied, please try again.\r\n",
    "café \u200b\n".encode(),
    "Host\u200bkey verification failed.\n".encode(),
    "● nginx.service\n".encode(),
    b"x" * 70_000 + b"\n",
    b"y" * 140_000 + b" Permission denied (publickey).\n",
    *(row.replace(b"\n", b"\r\n") for row in ODD),
]
FILLER = [
    b"Mar  4 09:15:02 web-1 app[%d]: request %x of worker %d %s\n"
    % (number, number**9, number % 7, b"lorem ipsum " * 40)
    for number in range(150)
]
"""Together more than is read line by line."""


NAMES = [
    b"root", b"admin7", b"o'", b"x:", b"sshd", b"a b", b"x from 10.0.0.7", b"dana not allowed because", b"in",
    b"~/.ssh/", b"is not listed in", b"port 5", b"error: fork:", b"User", b"for", b"x\t", b"id_", b"",
]  # fmt: skip
"""Of users who are guessed; some are parts of what sshd says."""
ABOUT = [b"sshd[%d]: " + text + b"\n" for text in rb"""
Invalid user %b from 10.0.0.7 port 5
Failed password for invalid user %b from 10.0.0.7 port 5 ssh2
Failed publickey for %b from 10.0.0.7 port 5 ssh2
Received disconnect from 10.0.0.7 port 5:11: %b [preauth]
Disconnected from invalid user %b 10.0.0.7 port 5 [preauth]
Accepted publickey for %b from 10.0.0.7 port 5 ssh2
error: User %b not allowed because account is locked
Could not open authorized keys '/home/%b/.ssh/authorized_keys': Permission denied
Authentication tried for %b with correct key but not from a permitted host
""".strip().split(b"\n")]  # fmt: skip


def of_sshd(about: bytes, pid: int, name: bytes, before: bytes) -> bytes:
    return before + about % (pid, name)


GUESSED = st.builds(
    of_sshd,
    st.sampled_from(ABOUT),
    st.integers(1, 4),
    st.one_of(st.sampled_from(NAMES), st.binary(max_size=6).map(lambda name: name.replace(b"\n", b"\r"))),
    st.sampled_from([b"Mar  4 09:15:02 web-1 ", b"Mar 14 09:15:02 web-1 ", b"2026-03-04T09:15:02.1+00:00 web-1 ", b""]),
)
"""sshd's log while names are guessed."""


@st.composite
def texts(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    """A text of real lines, strange ones and noise, in any order; and where it is cut."""
    kinds = st.one_of(st.sampled_from(REAL), st.sampled_from(SAID), st.sampled_from(ODD + HOSTILE), GUESSED)
    rows = draw(st.lists(kinds, min_size=1, max_size=60))
    forms = draw(st.lists(st.sampled_from([None, None, None, *DRESSES.values()]), min_size=1, max_size=5))
    dressed = [_dressed(row, forms[number % len(forms)]) for number, row in enumerate(rows)]
    before = draw(st.integers(0, 149))
    text = b"".join([*FILLER[:before], *dressed, *FILLER[before:]])
    cuts = draw(st.lists(st.integers(0, len(text)), max_size=3))
    return text, sorted(cuts)


def _dressed(row: bytes, form: str | None) -> bytes:
    return row if form is None else b"".join(form.encode().replace(b"{}", one) + b"\n" for one in row.splitlines())


@settings(max_examples=60, deadline=None)
@given(texts())
def test_a_large_text_reads_as_line_by_line(given_: tuple[bytes, list[int]]) -> None:
    text, cuts = given_
    pieces = [text[begin:end] for begin, end in pairwise([0, *cuts, len(text)])]
    assert read(Paste(), pieces) == read(LineByLine(), pieces)


WORDS = {of: fragments._needed(of)[0] for of in ("sshd", "debug", "plain")}
PARTS = sorted({part for words in WORDS.values() for word in words for part in (word, *word.split(b" ")) if part})
PART = st.one_of(st.sampled_from(PARTS), st.text("abesx:'. ", max_size=4).map(str.encode), st.just(b"x" * 500))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(WORDS)), st.lists(PART, max_size=9), st.sampled_from([b"", b" "]))
@example("sshd", [b"x", b"a.pemx", b"y"], b" ")
def test_parts_that_belong_to_no_message_are_alike(of: str, parts: list[bytes], between: bytes) -> None:
    """The messages that a line may be are the same as if each of its names were looked at."""
    shape = between.join(parts)
    assert fragments.among(of, shape) == {id_ for word, ids in WORDS[of].items() if word in shape for id_ in ids}


def test_the_rest_of_an_endless_line_is_no_line() -> None:
    """It is passed over, and the line after it is not, wherever the pieces of the text end."""
    text = b"".join([b"x" * (2 * LONGEST), b" and more\n", b"me@web: Permission denied (publickey).\n", *FILLER])
    for cut in (LONGEST + 1, 2 * LONGEST, 2 * LONGEST + 10):
        paste = Paste()
        found = read(paste, [text[:cut], text[cut:]])
        assert (found["lines"], found["count"]) == (len(FILLER) + 2, 1)
