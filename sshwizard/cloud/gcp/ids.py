"""What is typed about VMs, told by its words alone; asked of every target, so it costs nothing."""

import re

_CONSOLE = re.compile(r"(?:[a-z]+-[a-z]+\d{1,2}-)?ssh-serialport\.googleapis\.com", re.ASCII)


def is_vm(word: str) -> bool:
    """True for what is meant as a VM of Compute Engine, well formed or not: gce:PROJECT/ZONE/NAME, or its URL."""
    return word.startswith("gce:") or ("/compute/v1/projects/" in word and "/instances/" in word)


def is_console(host: str) -> bool:
    """True for Google's own servers that lead to serial consoles, one a region (gcloud connect-to-serial-port)."""
    return _CONSOLE.fullmatch(host.lower().rstrip(".")) is not None
