"""The websocket to Google's relay: one handshake, and what it means when there is none.

Google Cloud SDK 528: subprotocol, Origin, bearer token; no compression, no pings. The proxy is the one that the
environment names (HTTPS_PROXY, NO_PROXY), else the system's.
"""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from sshwizard import clean
from sshwizard.cloud.gcp.iap.codes import End, Ended, refused
from sshwizard.cloud.gcp.iap.frames import SUBPROTOCOL

if TYPE_CHECKING:
    import ssl

ORIGIN = "bot:iap-tunneler"
SECONDS = 10.0
CERTIFICATES = "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"
"""gcloud's own setting for certificates in place of the system's (core/custom_ca_certs_file)."""
_FIRST = 0.4
"""Of the seconds, for the first try."""
_PATIENCE = 2.0
"""For the other side's goodbye."""
_QUEUE = 64
"""Messages that wait to be read."""
_HERE = {"127.0.0.1", "::1", "localhost"}
_SILENT = logging.getLogger("sshwizard.iap")
_SILENT.disabled = True  # the library logs what it asks with, and that is the token


def dial(url: str, token: str, seconds: float = SECONDS, trust: str = "") -> Any:
    """The open websocket; `trust` names a file of certificates. A handshake that stalls is tried a second time.

    The library reads and writes TLS from two threads, which OpenSSL does not promise to bear: where the server's
    session tickets come while the request is written, the request may be lost, and nothing is answered.
    Raises Ended, with nothing of the URL or the token in its words.
    """
    first = _FIRST * seconds
    try:
        return _dial(url, token, first, trust, seconds)
    except Ended as ended:
        if not ended.end.late:
            raise
    return _dial(url, token, seconds - first, trust, seconds)


def _dial(url: str, token: str, limit: float, trust: str, seconds: float) -> Any:
    import ssl

    from websockets.exceptions import InvalidMessage, InvalidProxyStatus, InvalidStatus, WebSocketException
    from websockets.sync.client import connect
    from websockets.typing import Origin, Subprotocol

    host = clean.line(urlsplit(url).hostname or "", 100)
    try:
        opened = connect(
            url, origin=Origin(ORIGIN), subprotocols=[Subprotocol(SUBPROTOCOL)], ssl=_trust(url, trust),
            additional_headers={"Authorization": f"Bearer {token}"}, user_agent_header="sshwizard",
            proxy=_proxy(host), open_timeout=limit, close_timeout=_PATIENCE, compression=None, ping_interval=None,
            max_size=None, max_queue=_QUEUE, logger=_SILENT,
        )  # fmt: skip
        return opened.__enter__()  # the caller closes it, after as many websockets as it took
    except InvalidProxyStatus as error:
        raise Ended(_by_proxy(error.response.status_code)) from None
    except InvalidStatus as error:
        body = bytes(error.response.body or b"")[:2000].decode("utf-8", "replace")
        raise Ended(refused(error.response.status_code, body)) from None
    except TimeoutError:
        raise Ended(End(f"{host} did not answer within {seconds:.0f} s", resumes=True, late=True)) from None
    except ssl.SSLCertVerificationError as error:
        why = f"the certificate of {host} is not trusted here: {error.verify_message}"
        raise Ended(End(f"{why}; {CERTIFICATES} names other ones")) from None
    except (OSError, EOFError, WebSocketException, ValueError, ImportError) as error:
        # An ImportError asks for the SOCKS library of a SOCKS proxy. A URL may show a password.
        said = re.sub(r"\w+://\S*", "…", clean.line(str(error), 160)) or "it hung up"
        raise Ended(
            End(f"{host} was not reached: {said}", resumes=isinstance(error, OSError | EOFError | InvalidMessage))
        ) from None


def _by_proxy(status: int) -> End:
    if status == 407:
        return End("the proxy on the way to Google wants a login (407)", status, "proxy.authentication-required")
    return End(f"the proxy on the way to Google refuses the connection ({status})", status, "proxy.port-not-allowed")


def _proxy(host: str) -> Literal[True] | None:
    return None if host in _HERE else True


def _trust(url: str, file: str) -> ssl.SSLContext | None:
    if not url.startswith("wss:"):
        return None
    import ssl

    return ssl.create_default_context(cafile=file or os.environ.get(CERTIFICATES) or None)
