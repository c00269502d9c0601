"""The IAP relay of the embedded Google Cloud: it leads to a VM if IAM, the firewall and the VM let it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from sshwizard.lab.gcp.firewall import admits
from sshwizard.lab.gcp.machines import Machines
from sshwizard.lab.gcp.state import PERSON, PROJECT, RUNNING, Lab

SOURCE = "35.235.240.1"
"""Of the range that IAP's packets come from (IAP documentation, "Using IAP for TCP forwarding")."""
_BACKEND, _NOT_AUTHORIZED, _LOOKUP = -4003, -4033, -4047


class Tokens(set[str]):
    """Those that are good at this moment."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab

    def __contains__(self, token: object) -> bool:
        return isinstance(token, str) and self._lab.knows(token)


def open_relay(lab: Lab, machines: Machines) -> str:
    """Serve the relay; returns its URL, or "" where websockets is not installed."""
    if importlib.util.find_spec("websockets") is None:
        return ""
    from sshwizard.lab.gcp.relay import Relay, listen

    return listen(Relay(lambda asked: backend(lab, machines, asked), Tokens(lab)), None).url


def backend(lab: Lab, machines: Machines, asked: Mapping[str, str]) -> int:
    """The port on loopback, or the code that closes the tunnel. Whose token it is counts for nothing: it is Dana's."""
    place = f"zones/{asked.get('zone', '')}/instances/{asked.get('instance', '')}"
    id_, port = asked.get("project", PROJECT), int(asked.get("port", "22"))
    with lab.lock:
        if not lab.may(PERSON, "iap.tunnelInstances.accessViaIAP", f"projects/{id_}/iap_tunnel/{place}"):
            return _NOT_AUTHORIZED
        vm = next((one for one in lab.vms() if one.path == f"projects/{id_}/{place}"), None)
        names = [f"nic{number}" for number in range(len(vm.nics))] if vm else []
        if vm is None or vm.status != RUNNING or asked.get("interface", "nic0") not in names:
            return _LOOKUP
        nic = vm.nics[names.index(asked.get("interface", "nic0"))]
        server = machines.server(vm, port)
        return server if server is not None and admits(lab, vm, nic, SOURCE, port) else _BACKEND
