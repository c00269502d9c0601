"""How a VM is typed for us; asked of every target, so it costs nothing."""


def is_vm(word: str) -> bool:
    """True for what is meant as a VM of Compute Engine, well formed or not: gce:PROJECT/ZONE/NAME, or its URL."""
    return word.startswith("gce:") or ("/compute/v1/projects/" in word and "/instances/" in word)
