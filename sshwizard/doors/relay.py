"""One TCP connection through a websocket, as an Instance Connect Endpoint carries it.

As a program (`python -I relay.py`) it is ssh's ProxyCommand: the signed URL comes in the environment, and is unset at
once. It imports nothing else of ours, so that ssh does not wait for it. In the wizard its functions serve `handover`.

Frames: AWS CLI v2, ec2instanceconnect/websocket.py: binary, at most 65,000 bytes, no subprotocol, no compression;
a close code other than 1000 carries the reason.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

URL = "SSHWIZARD_TUNNEL_URL"
"""Names the variable with the signed URL, which is a credential for a minute."""
FRAME = 65_000
CONNECT_SECONDS = 10.0
FIRST_SECONDS = 10.0
"""An SSH server speaks first (RFC 4253, 4.2), so silence after the connection is a finding."""
_PATIENCE = 2.0
"""For the other side's goodbye."""
_NORMAL = 1000
_HERE = {"127.0.0.1", "::1", "localhost"}
_SILENT = logging.getLogger("sshwizard.relay")
_SILENT.disabled = True  # the library logs what it asks for, and that is the signed URL

REFUSED, UNREACHED, SHUT, SILENT, LOST, USAGE = 3, 4, 5, 6, 7, 2
"""Exit codes: AWS refused at the upgrade; the endpoint was not reached; it closed the tunnel before the first byte;
nothing came back; the tunnel broke later; no URL, or no library."""


class Trouble(Exception):
    """Why the tunnel does not carry, in plain words."""

    def __init__(self, why: str, code: int) -> None:
        super().__init__(why)
        self.code = code


def dial(url: str, seconds: float = CONNECT_SECONDS, trust: str = "", queue: int = 16) -> Any:
    """The open websocket; `trust` names a file of certificates, `queue` frames wait to be read.

    Raises Trouble, with nothing of the URL in its words.
    """
    import ssl

    try:
        from websockets.exceptions import InvalidStatus, WebSocketException
        from websockets.sync.client import connect
    except ImportError:
        raise Trouble("websockets is not installed: pip install 'sshwizard[aws]'", USAGE) from None
    host = urlsplit(url).hostname or ""
    try:
        return connect(
            url, ssl=_trust(url, trust), proxy=proxy(host, os.environ), open_timeout=seconds,
            close_timeout=_PATIENCE, max_size=None, max_queue=queue, compression=None, ping_interval=None,
            logger=_SILENT,
        )  # fmt: skip
    except InvalidStatus as error:
        said = _message(error.response.body or b"")
        hint = "; compare this computer's clock with the right time" if "Signature expired" in said else ""
        raise Trouble(f"AWS refused the connection ({error.response.status_code}): {said}{hint}", REFUSED) from None
    except TimeoutError:
        raise Trouble(f"{printable(host)} did not answer within {seconds:.0f} s", UNREACHED) from None
    except ssl.SSLCertVerificationError as error:
        why = f"the certificate of {printable(host)} is not trusted here: {error.verify_message}"
        raise Trouble(why, UNREACHED) from None
    except (OSError, EOFError, WebSocketException, ValueError, ImportError) as error:
        # An ImportError asks for the SOCKS library of a SOCKS proxy. A URL would show a password, or the signature.
        said = re.sub(r"\w+://\S*", "…", printable(str(error))) or "it hung up"
        raise Trouble(f"{printable(host)} was not reached: {said}", UNREACHED) from None


def first(channel: Any) -> bytes:
    """What the instance says first, which proves that the endpoint reached it. Raises Trouble."""
    from websockets.exceptions import ConnectionClosed

    try:
        return data(channel.recv(timeout=FIRST_SECONDS))
    except TimeoutError:
        raise Trouble(f"the tunnel is open, but nothing came back within {FIRST_SECONDS:.0f} s", SILENT) from None
    except ConnectionClosed:
        said = goodbye(channel) or "the instance closed the connection before it said anything"
        raise Trouble(said, SHUT) from None


def carry(channel: Any, source: int, sink: int) -> str:
    """Both ways until either end is done: what comes from `source` goes in, what comes out goes to `sink`.

    Returns why it ended, when that was not a plain end.
    """
    from websockets.exceptions import ConnectionClosed

    # A descriptor of its own: the number of ours may be another file's when that thread reads next.
    threading.Thread(target=_up, args=(channel, os.dup(source)), daemon=True).start()
    try:
        while True:
            write(sink, data(channel.recv()))
    except ConnectionClosed:
        return goodbye(channel)
    except Trouble as trouble:
        return str(trouble)
    except OSError:
        return ""  # ssh has gone


def _up(channel: Any, source: int) -> None:
    from websockets.exceptions import ConnectionClosed

    with suppress(ConnectionClosed, OSError):
        while read := os.read(source, FRAME):
            channel.send(read)
    os.close(source)
    with suppress(Exception):
        channel.close()


def data(message: str | bytes) -> bytes:
    """A frame's bytes. Raises Trouble for text, which no tunnel carries."""
    if isinstance(message, str):
        raise Trouble("what answered is no tunnel: it sent text where bytes belong", SHUT)
    return message


def write(sink: int, rest: bytes) -> None:
    """All of it. Raises OSError when nobody reads."""
    view = memoryview(rest)
    while view:
        view = view[os.write(sink, view) :]


def goodbye(channel: Any) -> str:
    """The reason of the close frame, in a sentence; empty for a normal end."""
    code, reason = channel.close_code, printable(channel.close_reason or "")
    if code in (None, _NORMAL):
        return ""
    if code == 1006:
        return "the connection to the endpoint was lost"
    if "unable to reach the instance" in reason.lower():
        return f"the endpoint could not reach the instance on this port ({reason})"
    return f"the endpoint closed the tunnel: {reason or f'code {code}'}"


def proxy(host: str, environment: Mapping[str, str]) -> str | Literal[True] | None:
    """The proxy that AWS CLI v2 would take: HTTP_PROXY before HTTPS_PROXY. Else what the system names (True)."""
    import urllib.request

    exempt = environment.get("NO_PROXY", "") or environment.get("no_proxy", "")
    if host in _HERE or host in [name.strip() for name in exempt.split(",")] or urllib.request.proxy_bypass(host):
        return None
    return environment.get("HTTP_PROXY") or environment.get("HTTPS_PROXY") or True


def _trust(url: str, file: str) -> ssl.SSLContext | None:
    if not url.startswith("wss:"):
        return None
    import ssl

    return ssl.create_default_context(cafile=file or os.environ.get("AWS_CA_BUNDLE") or None)


def _message(body: bytes | bytearray) -> str:
    """What the refusal says: JSON {"message": …}."""
    text = body[:4000].decode("utf-8", "replace")
    with suppress(ValueError, AttributeError):
        told = json.loads(text)
        text = str(told.get("message") or told.get("Message") or text)
    return printable(text) or "it gave no reason"


def printable(text: str) -> str:
    """One harmless line of a stranger's words."""
    return "".join(letter if letter.isascii() and letter.isprintable() else " " for letter in text[:300]).strip()


def main() -> int:
    """Serve ssh's ProxyCommand on standard input and output."""
    url = os.environ.pop(URL, "")
    if not url:
        print("sshwizard: there is no tunnel to open", file=sys.stderr)
        return USAGE
    try:
        with dial(url) as channel:
            opening = [first(channel)]
            write(1, opening.pop())
            why = carry(channel, 0, 1)
    except Trouble as trouble:
        print(f"sshwizard: {trouble}", file=sys.stderr)
        return trouble.code
    except OSError:
        return 0  # ssh has gone
    if why:
        print(f"sshwizard: {why}", file=sys.stderr)
        return LOST
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # a thread may still wait for input
