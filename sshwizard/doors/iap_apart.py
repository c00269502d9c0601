"""ssh's ProxyCommand where the wizard cannot hand over a connection: one IAP tunnel on standard input and output.

`python -I -m sshwizard.doors.iap_apart PROJECT ZONE INSTANCE NIC PORT`. The token comes in the environment, and is
unset at once. There is no second one: where Google wants a new token, the connection ends.
"""

from __future__ import annotations

import os
import sys

from sshwizard.cloud.gcp.iap.client import Client, write
from sshwizard.cloud.gcp.iap.codes import NORMAL, End, Ended
from sshwizard.cloud.gcp.iap.target import Target

TOKEN = "SSHWIZARD_IAP_TOKEN"
USAGE, SHUT, LOST = 2, 5, 7
"""Exit codes: no token or no library; no connection; it broke later."""


def main(words: list[str]) -> int:
    token = os.environ.pop(TOKEN, "")
    if not token or len(words) != 5:
        return _tell("there is no tunnel to open", USAGE)
    project, zone, instance, nic, port = words

    def once(fresh: bool) -> str:
        if fresh:
            raise Ended(End("Google wants a new login, which this tunnel cannot make; connect again"))
        return token

    client = Client(Target(project, zone, instance, nic, int(port)), once)
    try:
        client.open()
        write(1, client.first())
        end = client.carry(0, 1)
    except Ended as ended:
        return _tell(ended.end.why, SHUT)
    except ImportError:
        return _tell("websockets is not installed: pip install 'sshwizard[gcp]'", USAGE)
    except OSError:
        return 0  # ssh has gone
    return 0 if end.code == NORMAL else _tell(end.why, LOST)


def _tell(why: str, code: int) -> int:
    sys.stderr.write(f"sshwizard: {why}\n")
    return code


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # a thread may still wait for input
