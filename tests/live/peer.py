"""A peer for the worlds that speaks like a real one: ``python peer.py PORT WORDS``: accept, say the words, stay."""

from __future__ import annotations

import socket
import sys
import threading


def stay(connection: socket.socket, words: bytes) -> None:
    """Say them, and read until the other side leaves."""
    with connection:
        try:
            connection.sendall(words)
            while connection.recv(4096):
                pass
        except OSError:
            return


def main(port: int, words: bytes) -> None:
    """Serve until killed."""
    with socket.create_server(("0.0.0.0", port)) as server:
        print("up", flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=stay, args=(connection, words), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2].encode().decode("unicode_escape").encode("latin-1"))
