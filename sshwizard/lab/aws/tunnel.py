"""OpenTunnel of EC2 Instance Connect: the signature is checked, then bytes go to the instance's SSH server and back.

Signatures: AWS General Reference, Signature Version 4, "Create a signed request": written here a second time, so that
what botocore signs is checked by somebody else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection

from sshwizard.lab.aws import record
from sshwizard.lab.aws.machines import Machines
from sshwizard.lab.aws.state import ACCOUNT, Lab
from sshwizard.lab.bench import LOOPBACK

ACTION = "ec2-instance-connect:OpenTunnel"
_FRAME = 65_000
_UNREACHED = "Unable to reach the instance"
_STAMP = "%Y%m%dT%H%M%SZ"
_KEYS = {"practice": "practice"}
"""Access keys of this account, and their secrets."""


class Tunnels:
    """All tunnels of the lab."""

    def __init__(self, lab: Lab, machines: Machines) -> None:
        self._lab, self._machines = lab, machines

    def refusal(self, path: str) -> str:
        """The JSON with which the upgrade is refused; empty: it is not."""
        asked = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))
        endpoint = self._endpoint(asked)
        why = self._refused(asked, endpoint)
        self._lab.calls.append(
            {"service": "ec2-instance-connect", "action": "OpenTunnel", "region": _scope(asked)[2], "mutating": False,
             "error": why or None}
        )  # fmt: skip
        self._lab.secrets.append(asked.get("X-Amz-Signature", ""))
        if _scope(asked)[0]:  # nobody is known to have asked without a credential
            self._keep(asked, why)
        return json.dumps({"message": why}) if why else ""

    def _keep(self, asked: dict[str, str], why: str) -> None:
        """As CloudTrail has it (EC2 User Guide, Log connections established over EC2 Instance Connect Endpoint)."""
        names = ("instanceConnectEndpointId", "maxTunnelDuration", "remotePort", "privateIpAddress")
        told = {
            "eventSource": "ec2-instance-connect.amazonaws.com",
            "eventName": "OpenTunnel",
            "awsRegion": _scope(asked)[2],
            "requestParameters": {name: asked.get(name, "") for name in names},
            "responseElements": None,
            **({"errorCode": "AccessDenied", "errorMessage": why} if why else {}),
        }
        record.enter(self._lab, told, self._lab.arn, [asked.get("instanceConnectEndpointId", "")])

    def _refused(self, asked: dict[str, str], endpoint: dict[str, Any] | None) -> str:
        key, _, region, *_ = _scope(asked)
        if "X-Amz-Signature" not in asked or not key:
            return "Missing Authentication Token"
        if self._lab.faults.expired:
            return "The security token included in the request is expired"
        if key not in _KEYS:
            return "The security token included in the request is invalid."
        begun = datetime.strptime(asked["X-Amz-Date"], _STAMP).replace(tzinfo=UTC)
        now, until = datetime.now(UTC), begun + timedelta(seconds=int(asked["X-Amz-Expires"]))
        if now > until:
            return f"Signature expired: {until:{_STAMP}} is now earlier than {now:{_STAMP}}"
        names = {endpoint["DnsName"], endpoint["FipsDnsName"]} if endpoint else set()
        if not any(hmac.compare_digest(signature(asked, host, _KEYS[key]), asked["X-Amz-Signature"]) for host in names):
            return (
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
            )
        if any(fnmatchcase(ACTION, pattern) for pattern in self._lab.faults.deny):
            arn = f"arn:aws:ec2:{region}:{ACCOUNT}:instance-connect-endpoint/{asked['instanceConnectEndpointId']}"
            return (
                f"User: {self._lab.arn} is not authorized to perform: {ACTION} on resource: {arn} "
                f"because no identity-based policy allows the {ACTION} action"
            )
        return ""

    def _endpoint(self, asked: dict[str, str]) -> dict[str, Any] | None:
        here = self._lab.regions.get((ACCOUNT, _scope(asked)[2]))
        return here.endpoints.get(asked.get("instanceConnectEndpointId", "")) if here else None

    def serve(self, connection: ServerConnection, path: str) -> None:
        """Carry one TCP connection, or do what a test asked for instead."""
        asked = dict(parse_qsl(urlsplit(path).query))
        odd = self._lab.streams
        if odd.tunnel == "stall":
            with suppress(TimeoutError, ConnectionClosed):
                connection.recv(timeout=odd.seconds)
            return
        if odd.tunnel == "text":
            connection.send("<html>")
            return
        port = self._machines.behind(
            _scope(asked)[2], asked["privateIpAddress"], asked["instanceConnectEndpointId"], int(asked["remotePort"])
        )
        try:
            if port is None or odd.tunnel == "unreachable":
                raise OSError
            server = socket.create_connection((LOOPBACK, port), timeout=3)
        except OSError:
            connection.close(1011, _UNREACHED)
            return
        server.settimeout(None)
        longest = min(float(asked.get("maxTunnelDuration", 3600)), odd.longest)
        end = threading.Timer(longest, connection.close, (1011, "Maximum tunnel duration reached"))
        end.daemon = True
        end.start()
        with server:
            back = threading.Thread(target=_down, args=(connection, server, odd.pause), daemon=True)
            back.start()
            with suppress(ConnectionClosed, OSError):
                for data in connection:
                    assert isinstance(data, bytes), "a tunnel carries bytes"
                    assert len(data) <= _FRAME, "a frame is too long"
                    server.sendall(data)
            end.cancel()
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            back.join(3)


def _down(connection: ServerConnection, server: socket.socket, pause: float) -> None:
    with suppress(ConnectionClosed, OSError):
        while data := server.recv(_FRAME):
            time.sleep(pause)
            connection.send(data)
    with suppress(Exception):
        connection.close()


def _scope(asked: dict[str, str]) -> list[str]:
    """The parts of the credential: access key, date, region, service, end."""
    parts = asked.get("X-Amz-Credential", "").split("/")
    return parts if len(parts) == 5 else ["", "", "", "", ""]


def signature(asked: dict[str, str], host: str, secret: str) -> str:
    """What the query of a presigned GET /openTunnel has to be signed with."""
    rows = sorted((name, value) for name, value in asked.items() if name != "X-Amz-Signature")
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in rows)
    empty = hashlib.sha256(b"").hexdigest()
    canonical = "\n".join(("GET", "/openTunnel", query, f"host:{host}\n", "host", empty))
    scope = asked["X-Amz-Credential"].split("/", 1)[1]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", asked["X-Amz-Date"], scope, digest))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
