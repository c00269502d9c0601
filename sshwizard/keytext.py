"""The text of a private key file, as ssh wants it. Pure."""

from __future__ import annotations

UTF16 = (b"\xff\xfe", b"\xfe\xff")


def plain(raw: bytes) -> bytes:
    """The bytes of a text in 8-bit characters: `>` of Windows PowerShell writes 16-bit ones."""
    return raw.decode("utf-16", "replace").encode() if raw.startswith(UTF16) else raw


def repaired(raw: bytes) -> bytes:
    """The same key as ssh wants its text: LF line ends, no mark or space around a line, a final newline."""
    text = plain(raw).removeprefix(b"\xef\xbb\xbf").replace(b"\\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    rows = [row.strip() for row in text.split(b"\n") if row.strip()]
    if len(rows) == 1 and rows[0].count(b"-----") >= 4:
        head, _, rest = rows[0].removeprefix(b"-----").partition(b"-----")
        body, _, tail = rest.partition(b"-----")
        joined = body.replace(b" ", b"")
        cut = [joined[start : start + 70] for start in range(0, len(joined), 70)]
        rows = [b"-----" + head + b"-----", *cut, b"-----" + tail]
    return b"\n".join(rows) + b"\n"
