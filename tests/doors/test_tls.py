"""The websocket as it is on the internet: with TLS, through the proxy that the environment names."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from live.ports import Peer, free_port

from sshwizard.doors import relay

pytest.importorskip("websockets")
HOST = "eice-1.endpoint.test"


def certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate of its own for HOST, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    shown, hidden = directory / "cert.pem", directory / "key.pem"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    hidden.write_bytes(key.private_bytes(*kinds))
    return shown, hidden


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A server that speaks first; its port, and the certificate to trust."""
    from websockets.sync.server import ServerConnection, serve

    shown, hidden = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, hidden)

    def talk(connection: ServerConnection) -> None:
        connection.send(b"SSH-2.0-practice\r\n")

    with serve(talk, "127.0.0.1", 0, ssl=context, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.socket.getsockname()[1], shown
        server.shutdown()
        thread.join(10)


@pytest.fixture
def asked(endpoint: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """An HTTP proxy that leads everything to the server; what it was asked for."""
    rows: list[str] = []

    def talk(_peer: Peer, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        rows.append(head.split(b"\r\n")[0].decode())
        with socket.create_connection(("127.0.0.1", endpoint[0]), timeout=10) as server:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=copy, args=(server, client), daemon=True)
            back.start()
            copy(client, server)
            back.join(10)

    port = free_port()
    peer = Peer(port, talk)
    for name in ("HTTPS_PROXY", "https_proxy", "http_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
    yield rows
    peer.close()


def copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_the_proxy_of_the_environment_is_used_and_the_named_certificate_trusted(
    endpoint: tuple[int, Path], asked: list[str]
) -> None:
    with relay.dial(f"wss://{HOST}/openTunnel", 10, trust=str(endpoint[1])) as channel:
        assert relay.first(channel) == b"SSH-2.0-practice\r\n"
    assert asked == [f"CONNECT {HOST}:443 HTTP/1.1"]


@pytest.mark.usefixtures("asked")
def test_a_strange_certificate_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with pytest.raises(relay.Trouble, match=rf"the certificate of {HOST} is not trusted here") as caught:
        relay.dial(f"wss://{HOST}/openTunnel?X-Amz-Signature=abc", 10)
    assert "abc" not in str(caught.value)


def test_a_proxy_that_is_not_there_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://dana:hidden@127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(relay.Trouble, match="was not reached") as caught:
        relay.dial(f"wss://{HOST}/openTunnel", 5)
    assert "hidden" not in str(caught.value)
