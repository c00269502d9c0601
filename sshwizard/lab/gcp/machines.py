"""The machines behind practice VMs: gates follow the project, and SSH servers let in whom the guest does."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sshwizard.lab.addresses import Addresses
from sshwizard.lab.gate import Gate, Mood
from sshwizard.lab.gcp import boots
from sshwizard.lab.gcp.firewall import admits, answers
from sshwizard.lab.gcp.guest import Guest, Row, open_to, visit
from sshwizard.lab.gcp.state import RUNNING, Instance, Lab

MOST = 64
"""A silent gate takes three sockets."""


@dataclass
class Machine:
    """A practice VM that has packets."""

    vm: Instance
    server: int | None
    """The port of its SSH server on 127.0.0.1; None: the machine runs, and nothing listens."""
    dead: bool = False
    """The operating system answers nothing, whatever the project says."""
    files: dict[str, Path] = field(default_factory=dict)
    """Account -> its authorized_keys, for an SSH server that reads such files."""
    guest: Guest = field(default_factory=Guest)


class Machines:
    """All of them. `follow` may be called from any thread."""

    def __init__(self, lab: Lab, addresses: Addresses, keys: Path) -> None:
        self._lab, self._addresses, self._keys = lab, addresses, keys
        self._machines: dict[str, Machine] = {}
        """By the path of the VM."""
        self._gates: dict[str, Gate] = {}
        """By external address: those of the machines, and those that they had, which stay silent."""
        self._soon: threading.Timer | None = None
        self.delay = 0.0
        """Seconds until the agents see what is new."""

    def add(self, machine: Machine) -> None:
        """Put a machine behind a VM, or another one in its place. Raises ValueError where there is no way."""
        if not self._addresses.port:
            raise ValueError("a practice VM needs addresses of 127.78.0.0/16, which only Linux has")
        with self._lab.lock:
            if len(self._machines) >= MOST:
                raise ValueError(f"at most {MOST} VMs can have packets")
            if old := self._machines.get(machine.vm.path):
                machine.guest = old.guest
            self._machines[machine.vm.path] = machine
            # A boot: its agent looks at once.
            visit(self._lab, machine.vm, machine.guest)
        self.follow()

    def clear(self) -> None:
        """No machines: every gate is gone."""
        with self._lab.lock:
            for gate in self._gates.values():
                gate.close()
            self._gates.clear()
            self._machines.clear()
            self.delay = 0.0

    def follow(self) -> None:
        """Set every gate as the project says now; the agents follow at once, or later."""
        with self._lab.lock:
            if not self._machines:
                return
            moods: dict[str, Mood] = dict.fromkeys(self._gates, "silent")
            for machine in self._machines.values():
                moods |= self._moods(machine)
            for address, mood in moods.items():
                self._gates.setdefault(address, Gate(address, self._addresses.port)).become(mood)
            self._hand_over()
            if self.delay:
                self._later(self.delay)
            else:
                self._visit()

    def _later(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._visit)
        timer.daemon = True
        timer.start()

    def _moods(self, machine: Machine) -> dict[str, Mood]:
        """What stands on each external address of a machine."""
        lab, vm = self._lab, machine.vm
        server = self._listens(machine)
        behind: Mood = "silent" if machine.dead or vm.boots in boots.DEAD else "refusing" if server is None else server
        if vm.windows and not lab.flag(vm, "enable-windows-ssh"):
            # Windows' own firewall says nothing on a port where nobody listens.
            behind = "silent"
        moods: dict[str, Mood] = {}
        for nic in vm.nics:
            if nic.nat:
                me, port = lab.client_address, self._addresses.port
                through = vm.status == RUNNING and admits(lab, vm, nic, me, port) and answers(lab, vm, nic, me)
                moods[nic.nat] = behind if through else "silent"
        return moods

    def _listens(self, machine: Machine) -> int | None:
        """Where its SSH server is, if it has one after its last boot."""
        return None if machine.vm.boots in (*boots.DEAD, *boots.WITHOUT_SSHD) else machine.server

    def _visit(self) -> None:
        with self._lab.lock:
            for machine in self._machines.values():
                visit(self._lab, machine.vm, machine.guest)
            self._hand_over()

    def _hand_over(self) -> None:
        """Write the keys where the SSH servers read them: a list for the lab's own, authorized_keys for others."""
        now, rows, ends = time.time(), [], []
        for machine in self._machines.values():
            open_ = [one for one in open_to(self._lab, machine.vm, machine.guest) if one.until > now]
            rows += [{"server": machine.server, "makes": True, **vars(one)} for one in open_]
            for user, file in machine.files.items():
                ends += [one.until for one in open_]
                _write(file, "".join(f"{one.key}\n" for one in open_ if one.user == user))
        _write(self._keys, json.dumps(rows))
        if self._soon is not None:
            self._soon.cancel()
        # A file knows no times: it is written anew when a key of it ends.
        if ends and min(ends) - now < threading.TIMEOUT_MAX:
            self._soon = threading.Timer(min(ends) - now, self._expired)
            self._soon.daemon = True
            self._soon.start()

    def _expired(self) -> None:
        with self._lab.lock:
            self._hand_over()

    def server(self, vm: Instance, port: int) -> int | None:
        """Where the SSH server of a VM listens, if its guest has one on this port."""
        with self._lab.lock:
            found = self._machines.get(vm.path)
        return None if found is None or found.dead or port != self._addresses.port else self._listens(found)

    def told(self) -> dict[str, Mood | None]:
        """What stands on each address."""
        with self._lab.lock:
            return {address: gate.mood for address, gate in self._gates.items()}

    def keys(self) -> dict[str, list[Row]]:
        """The keys that open each machine."""
        with self._lab.lock:
            return {one.vm.path: open_to(self._lab, one.vm, one.guest) for one in self._machines.values()}


def _write(file: Path, text: str) -> None:
    """In one step, with mode 600."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.touch(0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
