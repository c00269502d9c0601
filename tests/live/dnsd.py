"""A small DNS server for the worlds: ``python dnsd.py ADDRESS '{"name.": ["192.0.2.1"], "*": "NXDOMAIN"}'``.

A name has a list of addresses, or one word: NXDOMAIN, SERVFAIL, REFUSED, NODATA, or SILENT (no answer at all).
"""

from __future__ import annotations

import json
import socket
import sys

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


def answer(raw: bytes, zone: dict[str, list[str] | str]) -> bytes:
    """The reply to one query; empty for none."""
    query = dns.message.from_wire(raw)
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA
    question = query.question[0]
    kind = dns.rdatatype.to_text(question.rdtype)
    found = zone.get(question.name.to_text().lower(), zone.get("*", "NXDOMAIN"))
    if question.name.to_text() == ".":
        found = zone.get(".", "NODATA")
    if found == "SILENT":
        return b""
    if isinstance(found, list):
        rows = [row for row in found if (":" in row) is (kind == "AAAA")] if kind in {"A", "AAAA"} else []
        if rows:
            reply.answer.append(dns.rrset.from_text(question.name, 5, "IN", kind, *rows))
    elif found != "NODATA":
        reply.set_rcode(dns.rcode.from_text(found))
    return reply.to_wire()


def main(address: str, zone: dict[str, list[str] | str]) -> None:
    """Serve until killed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 53))
        print("up", flush=True)
        while True:
            raw, client = sock.recvfrom(4096)
            if reply := answer(raw, zone):
                sock.sendto(reply, client)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
