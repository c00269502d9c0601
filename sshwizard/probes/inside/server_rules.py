"""Why nothing, or nobody, answers on the port: sshd itself, the firewall, bans, wrappers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sshwizard.probes.inside.firewall import Decision, Packet, decide, iptables, nftables
from sshwizard.probes.inside.patterns import address_listed
from sshwizard.probes.inside.ruling import Outside, Ruling
from sshwizard.probes.inside.seen import Inside
from sshwizard.probes.inside.settings import place, set_by

_WHERE = re.compile(r"(/\S+?)[:,]? line (\d+)")


def service(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """Installed, able to start, running, and on the right port and address."""
    if not inside.whole:
        return
    mine = [one for one in inside.listeners if one.port == inside.port]
    if not inside.sshd and not inside.dropbear:
        yield Ruling("server.sshd-not-installed", "there is no sshd on this server", ("command -v sshd: nothing",))
        return
    code, words = inside.test
    rows = tuple(line for line in words.splitlines() if line.strip())[:4]
    if inside.root and code > 0:
        yield from _cannot_start(inside, words, rows, listening=bool(mine))
    strangers = sorted({one.program for one in mine if one.program and one.program not in _SERVERS})
    if strangers and not inside.running:
        says = f"{strangers[0]} listens on port {inside.port}, so sshd cannot"
        yield Ruling("server.cannot-bind", says, (f"ss -tlnp: {strangers[0]} on port {inside.port}",))
    elif not mine and not inside.running:
        says = f"nothing listens on port {inside.port}"
        says += ", and no sshd runs" if not inside.any_sshd else ""
        says += at_boot(inside)
        unit = tuple(row[0].replace("\n", " ") for row in inside.rows.get("unit", ())
                     if "LoadState=loaded" in row[0] or "LoadState=masked" in row[0])  # fmt: skip
        yield Ruling("server.sshd-not-running", says, unit[:2] or (f"ss -tln: none on port {inside.port}",))
    elif mine and all(one.address.startswith("127.") or one.address == "::1" for one in mine):
        at = ", ".join(one.address for one in mine)
        rows = (f"ss -tln: {at} port {inside.port}", *place(inside, "listenaddress"))
        opens = set_by(inside, "listenaddress", inside.own_address)
        yield Ruling("server.listens-on-loopback", f"sshd listens on {at} only", rows, opens)


def at_boot(inside: Inside) -> str:
    """What systemd does with sshd's units when the machine boots (systemctl(1), show and is-enabled)."""
    units = [dict(line.partition("=")[::2] for line in row[0].splitlines()) for row in inside.rows.get("unit", ())]
    states = {one.get("LoadState", ""): one.get("UnitFileState", "") for one in units}
    there = {one.get("UnitFileState", "") for one in units if one.get("LoadState") == "loaded"}
    if "masked" in states and not there:
        return "; its unit is masked, so systemd never starts it"
    return "; its unit is disabled, so no boot starts it" if there and there <= {"disabled"} else ""


_SERVERS = {"sshd", "sshd-session", "dropbear", "systemd"}


def _cannot_start(inside: Inside, words: str, rows: tuple[str, ...], *, listening: bool) -> Iterator[Ruling]:
    """What `sshd -t` complains about. One that listens still goes by the configuration with which it started; its
    host keys and its run directory it needs for each connection."""
    if "rivilege separation" in words or "must be owned by root" in words:
        yield Ruling("server.privilege-separation-missing", "sshd has no run directory or user to confine itself", rows)
    elif "no hostkeys available" in words:
        keys = [[one.path, f"{one.mode & 0o7777:o}", one.uid, one.gid] for one in inside.entries.get("host-key", ())
                if one.exists]  # fmt: skip
        yield Ruling("server.host-keys-unusable", "sshd finds no host key that it may use", rows, {"keys": keys})
    elif not listening:
        hit = _WHERE.search(words)
        data = {"file": hit[1], "line": int(hit[2])} if hit else {}
        if hit:
            data["text"] = inside.config.get(hit[1], {}).get(int(hit[2]), "")
            data["main"] = hit[1] == inside.config_file
        yield Ruling("server.sshd-config-error", "sshd -t refuses the configuration", rows, data)


def gates(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """Bans, the firewall, TCP wrappers, MaxStartups."""
    address, port = inside.address, inside.port
    for row in inside.rows.get("fail2ban", ()):
        if address and address in row[1].split():
            says = f"fail2ban's jail {row[0]} has banned {address}"
            yield Ruling("server.address-banned", says, (f"fail2ban-client get {row[0]} banip: {address}",),
                         {"tool": "fail2ban", "jail": row[0], "address": address})  # fmt: skip
    yield from _firewall(inside, Packet(address, port))
    if inside.text("wrappers") not in {"", "0"} and address and (line := _wrapped(inside)):
        yield Ruling("server.tcp-wrappers-deny", f"/etc/hosts.deny refuses {address}", (line,), {"address": address})
    for row in inside.rows.get("process", ()):
        busy = re.search(r"\[listener\] (\d+) of (\d+)-(\d+) startups", row[1])
        if busy and int(busy[1]) >= int(busy[2]):
            says = f"{busy[1]} logins are unfinished, and MaxStartups begins to refuse at {busy[2]}"
            yield Ruling("server.max-startups", says, (row[1], *place(inside, "maxstartups")),
                         set_by(inside, "maxstartups", "100:30:200"))  # fmt: skip


def _firewall(inside: Inside, packet: Packet) -> Iterator[Ruling]:
    four = ":" not in packet.source
    table = inside.text("iptables" if four else "ip6tables")
    saved = iptables(table, packet)
    other = "ip filter" if four else "ip6 filter"
    native = nftables(inside.text("nft"), packet, without=other if saved else "")
    native = {key: one for key, one in native.items() if not key.startswith("ip6 " if four else "ip ")}
    for tool, chains in (("iptables", saved), ("nft", native)):
        found = decide(chains)
        if found.verdict != "drop":
            continue
        lists = re.search(r"f2b|fail2ban|sshguard|crowdsec", f"{found.chain} {found.rule}") is not None
        data = {"tool": tool, "address": packet.source, "port": packet.port, "rule": found.rule, "chain": found.chain}
        kind = _tool(inside, tool)
        if found.single and lists:
            yield Ruling("server.address-banned", f"a ban list of this server holds {packet.source}",
                         (f"{found.chain}: {found.rule}",), data)  # fmt: skip
        else:
            yield Ruling("server.host-firewall-blocks", f"the server's own firewall ({kind}) drops the connection",
                         _rows(found), {**data, "tool": kind})  # fmt: skip


def _rows(found: Decision) -> tuple[str, ...]:
    return (f"{found.chain}: {found.rule}",)


def _tool(inside: Inside, tool: str) -> str:
    """Who keeps the rules: a rule of another tool's is lost when it loads its own again."""
    if "Status: active" in inside.text("ufw"):
        return "ufw"
    if inside.text("firewalld") == "0":
        return "firewalld"
    return tool


def _wrapped(inside: Inside) -> str:
    """hosts_access(5): hosts.allow first, then hosts.deny; names and nets with a dot at an end are prefixes."""
    for line in inside.text("hosts-allow", 1).splitlines():
        if _fits(line, inside.address):
            return line if line.rstrip().lower().endswith("deny") else ""
    return next((line for line in inside.text("hosts-deny", 1).splitlines() if _fits(line, inside.address)), "")


def _fits(line: str, address: str) -> bool:
    daemons, _, clients = line.partition(":")
    who = clients.partition(":")[0] if ":" not in address else clients
    if not {"sshd", "ALL"} & set(daemons.replace(",", " ").split()) or " EXCEPT " in line:
        return False
    for one in who.replace(",", " ").split():
        if one == "ALL" or address_listed(one.strip("[]"), address) or (one.endswith(".") and address.startswith(one)):
            return True
    return False
