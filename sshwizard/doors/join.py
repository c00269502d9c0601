"""ssh's ProxyCommand for a connection that the wizard carries: `python -I -S join.py SOCKET`.

It asks the wizard, hands ssh the socket itself (ssh_config(5), ProxyUseFdpass), and is gone: from then on ssh and the
wizard speak without a process between them. The word that opens comes in the environment.
"""

import os
import socket
import sys

WORD = "SSHWIZARD_DOOR_WORD"
SECONDS = 30.0
"""The wizard's own limits are shorter: this one is for a wizard that hangs."""
_OPEN = b"+"


def main(place: str) -> int:
    word = os.environ.pop(WORD, "")
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(SECONDS)
        try:
            line.connect(place)
            line.sendall(word.encode() + b"\n")
            answer = line.recv(1)  # not one byte more: what follows is ssh's
            if answer != _OPEN:
                said = line.makefile("rb").read(1000).decode("utf-8", "replace") if answer else "the wizard hung up"
                print(f"sshwizard: {said}", file=sys.stderr)
                return 1
            line.setblocking(True)
            with socket.socket(fileno=os.dup(1)) as ssh:
                socket.send_fds(ssh, [b"\0"], [line.fileno()])
        except TimeoutError:
            print(f"sshwizard: no connection within {SECONDS:.0f} s", file=sys.stderr)
            return 1
        except OSError as error:
            print(f"sshwizard: the wizard that opened this way is gone: {error.strerror}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
