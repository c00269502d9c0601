"""The name that DNS gives for an address (PTR): by it an address is known that is newer than our tables."""

from __future__ import annotations

from sshwizard import clean

LIMIT = 1.5
"""Seconds for the name of an address."""


async def names_of(address: str) -> tuple[str, ...]:
    """Its names; none where DNS has none, or does not answer in time."""
    import dns.asyncresolver
    import dns.exception

    try:
        answer = await dns.asyncresolver.resolve_address(address, lifetime=LIMIT)
    except (dns.exception.DNSException, OSError):
        return ()
    return tuple(clean.line(str(row), 260) for row in answer)
