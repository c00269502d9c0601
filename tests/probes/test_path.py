"""The way to the server: pure readers of what was seen, and looks at real sockets of this machine."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest
from command import harmful
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.probes import aliases, egress, names, neighbours, private, proxyserver, resolver, retry, sshlog
from sshwizard.probes.addresses import nobodys
from sshwizard.probes.names import Zone
from sshwizard.probes.proxies import read_proxy
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg
from sshwizard.probes.sockets import Knock

BOX = Leg("box", {"hostname": ("box.example",), "port": ("22",)})

# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("address", "word"),
    [("0.0.0.0", "stands for none"), ("::", "stands for none"), ("224.0.0.1", "multicast"), ("ff02::1", "multicast"),
     ("255.255.255.255", "broadcast"), ("192.0.2.255", "broadcast"), ("192.0.2.0", "network"), ("192.0.2.7", ""),
     ("198.51.100.255", ""), ("2001:db8::", ""), ("127.0.0.1", "")],
)  # fmt: skip
def test_an_address_that_no_machine_can_have(address: str, word: str) -> None:
    what = nobodys(address, ("192.0.2.10/24", "10.0.0.1/31"))
    assert (word in what) if word else what == ""


LINK = {"ifname": "eth0", "link_type": "ether", "addr_info": [{"local": "203.0.113.9", "prefixlen": 24}]}
HOME = {**LINK, "addr_info": [{"local": "192.168.1.5", "prefixlen": 24}, {"local": "fe80::1", "prefixlen": 64}]}
TUNNEL = {"ifname": "office", "link_type": "none", "linkinfo": {"info_kind": "wireguard"}, "addr_info": []}
BY_DEFAULT = [{"dst": "default", "dev": "eth0"}]


@pytest.mark.parametrize(
    ("address", "way", "routes", "links", "outcome"),
    [
        ("10.0.0.5", "eth0", BY_DEFAULT, [LINK], "from-outside"),
        ("10.0.0.5", "eth0", [*BY_DEFAULT, {"dst": "10.0.0.0/8", "dev": "eth0"}], [LINK], "covered"),
        ("10.0.0.5", "office", [{"dst": "default", "dev": "office"}], [LINK, TUNNEL], "covered"),
        ("10.0.0.5", "tun0", [{"dst": "default", "dev": "tun0"}], [LINK], "covered"),
        ("10.0.0.5", "eth0", BY_DEFAULT, [HOME], "from-another-range"),
        ("192.168.7.7", "eth0", BY_DEFAULT, [HOME], "from-same-range"),
        ("fd00::5", "eth0", BY_DEFAULT, [HOME], "from-outside"),
        ("10.0.0.5", "", [], [LINK], "from-outside"),
    ],
)
def test_a_private_address_is_covered_or_not(
    address: str, way: str, routes: list[dict[str, str]], links: list[dict[str, object]], outcome: str
) -> None:
    assert private.private_range(address)
    fact = private.read_private(address, [{"dev": way}] if way else [], routes, links)
    assert fact.outcome == outcome


def test_a_public_address_is_in_no_private_range() -> None:
    assert private.private_range("198.51.100.1") == private.private_range("2001:db8::1") == ""


NEIGHBOURS = {
    "alive": '[{"dst":"192.0.2.20","dev":"eth0","lladdr":"02:00:00:00:00:01","state":["REACHABLE"]}]',
    "dead": '[{"dst":"192.0.2.20","dev":"eth0","state":["FAILED"]}]',
    "elsewhere": '[{"dst":"192.0.2.20","dev":"eth0","lladdr":"02:00:00:00:00:01","state":["STALE"]}]',
    "unknown": "no json",
}


@pytest.mark.parametrize("state", NEIGHBOURS)
def test_the_neighbour_table_is_read(state: str) -> None:
    assert neighbours.read_neighbour(NEIGHBOURS[state])[0] == state
    assert neighbours.read_neighbour("")[0] == "elsewhere"


# ------------------------------------------------------------------ out of this network


@pytest.mark.parametrize(
    ("text", "place"),
    [("ssh.example", ("ssh.example", 22)), ("ssh.example:443", ("ssh.example", 443)),
     ("[2001:db8::1]:22", ("2001:db8::1", 22)),
     ("-oProxyCommand=x", ("", 0)), ("a b", ("", 0)), ("me@x", ("", 0)), ("x/y", ("", 0)), ("x:99999", ("", 0)),
     ("", ("", 0))],
)  # fmt: skip
def test_a_control_server_is_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert egress.control(text) == place


@pytest.mark.parametrize(
    ("met", "web", "outcome"),
    [
        (Knock(True, "SSH-2.0-x\r\n"), Knock(), "open"),
        (Knock(True), Knock(True), "cut"),
        (Knock(), Knock(True), "port-blocked"),
        (Knock(error=errno.ECONNREFUSED), Knock(True), "port-blocked"),
        (Knock(), Knock(), "nothing-out"),
    ],
)
def test_what_the_control_server_shows(met: Knock, web: Knock, outcome: str) -> None:
    assert egress.read_control("ssh.example", 22, met, web).outcome == outcome


def test_a_proxy_variable_holds_for_this_host() -> None:
    env = {"https_proxy": "http://me:secret@proxy.example:3128"}
    assert egress.proxy_of(env, BOX) == ("https_proxy", "http://me:secret@proxy.example:3128")
    assert egress.proxy_of({"all_proxy": "proxy.example:1080"}, BOX)[1] == "http://proxy.example:1080"
    for without in ("box.example", ".example", "x, example", "*"):
        assert egress.proxy_of({**env, "no_proxy": without}, BOX) == ("", "")
    assert egress.proxy_of({**env, "no_proxy": "ample"}, BOX)[0]
    assert egress.proxy_of({}, BOX) == ("", "")


# ------------------------------------------------------------------ DNS


@pytest.mark.parametrize(
    ("zone", "states", "host", "outcome"),
    [
        (Zone("nxdomain"), {"192.0.2.53": "answers"}, "box.example", "nxdomain"),
        (Zone("nxdomain"), {"192.0.2.53": "answers"}, "db.corp.internal", "private"),
        (Zone("nxdomain"), {"192.0.2.53": "answers"}, "ip-10-0-0-5.ec2.internal", "private"),
        (Zone("nxdomain"), {"192.0.2.53": "answers"}, "web1.corp.example", "nxdomain"),
        (Zone("servfail"), {"192.0.2.53": "answers"}, "box.example", "servfail"),
        (Zone("refused"), {"192.0.2.53": "answers"}, "box.example", "refused"),
        (Zone("silent"), {"192.0.2.53": "silent"}, "box.example", "silent"),
        (Zone("silent"), {"192.0.2.53": "closed", "192.0.2.54": "closed"}, "box.example", "silent"),
        (Zone("silent"), {"192.0.2.53": "answers"}, "box.example", "no-answer-to-this"),
        (Zone("silent"), {"192.0.2.53": "blocked"}, "box.example", "blocked"),
        (Zone("silent"), {"192.0.2.53": "no-route"}, "box.example", "no-route"),
        (Zone("unknown"), {"192.0.2.53": "silent"}, "box.example", "unknown"),
        (Zone("none-set"), {}, "box.example", "none-set"),
        (Zone("no-address"), {"192.0.2.53": "answers"}, "box.example", "no-address"),
        (Zone("ok", ("192.0.2.1",)), {"192.0.2.53": "answers"}, "box.example", "now-ok"),
    ],
)
def test_what_dns_says(zone: Zone, states: dict[str, resolver.State], host: str, outcome: str) -> None:
    fact = resolver.read_zone(Leg("box", {"hostname": (host,)}), zone, states)
    assert fact.outcome == outcome


def test_a_name_without_the_wanted_family() -> None:
    leg = Leg("box", {"hostname": ("box.example",), "addressfamily": ("inet6",)})
    fact = resolver.read_zone(leg, Zone("ok", ("192.0.2.1",)), {})
    assert (fact.outcome, fact.data["wanted"]) == ("other-family", "IPv6")
    assert names.of_family(("192.0.2.1", "2001:db8::1"), leg) == ("2001:db8::1",)


async def test_a_server_that_is_not_there_refuses() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    assert await resolver.alive("127.0.0.1", port) == "closed"


def test_names_like_the_one_that_was_typed(tmp_path: Path) -> None:
    config, hosts = tmp_path / "config", tmp_path / "known_hosts"
    config.write_text("Host web-1 db-*\n  HostName web-1.corp.example\n")
    hosts.write_text("[build.lab.example]:2222 ssh-ed25519 A\n|1|hashed= ssh-ed25519 A\n192.0.2.1 ssh-ed25519 A\n")
    leg = Leg("x", {"userknownhostsfile": (str(hosts),)})
    args = ("-F", str(config), "x")
    assert aliases.similar("wbe-1", args, leg) == ("web-1",)
    assert aliases.similar("buidl.lab.example", args, leg) == ("build.lab.example",)
    assert aliases.similar("elsewhere", args, leg) == ()
    full = aliases.full_names("build", args, leg, "laptop.home.example")
    assert full[0] == "build.lab.example"
    assert "build.home.example" in full
    assert "build.corp.example" in full
    assert len(aliases.full_names("y", args, leg, "laptop")) <= aliases.MOST_FULL


# ------------------------------------------------------------------ proxies

COMMANDS = {
    "nc -X connect -x proxy.example:3128 %h %p": ("http", "proxy.example:3128"),
    "exec nc -X connect -x proxy.example box 22": ("http", "proxy.example:3128"),
    "nc -x [2001:db8::1]:1080 box 22": ("socks", "2001:db8::1:1080"),
    "ncat --proxy-type http --proxy proxy.example:8080 box 22": ("http", "proxy.example:8080"),
    "ncat --proxy=proxy.example:8080 --proxy-type socks5 box 22": ("socks", "proxy.example:8080"),
    "corkscrew proxy.example 8080 box 22": ("http", "proxy.example:8080"),
    "/usr/bin/connect-proxy -H me@proxy.example:8080 box 22": ("http", "proxy.example:8080"),
    "connect -S proxy.example box 22": ("socks", "proxy.example:1080"),
    "proxytunnel -p proxy.example:3128 -d box:22": ("http", "proxy.example:3128"),
    "socat - PROXY:proxy.example:box:22,proxyport=3128": ("http", "proxy.example:3128"),
    "socat - SOCKS4A:proxy.example:box:22,socksport=9050": ("socks", "proxy.example:9050"),
    "nc box 22": ("none", "box:22"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_proxy_in_a_command(command: str) -> None:
    place = proxyserver.place_of(command, "box", 22)
    assert place is not None
    assert (place.kind, str(place)) == COMMANDS[command]


@pytest.mark.parametrize(
    "command", ["", "ssh -W box:22 hop", "aws ssm start-session --target i-0", "nc -x '", "corkscrew -x 1"]
)
def test_a_command_without_a_proxy_that_we_know(command: str) -> None:
    assert proxyserver.place_of(command, "box", 22) is None


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.text(max_size=60).map(lambda text: f"nc -x {text}")
    | st.text(max_size=60).map(lambda text: f"socat - PROXY:{text}")
)
def test_no_command_breaks_the_reader(command: str) -> None:
    proxyserver.place_of(command, "box", 22)


SAID = {
    'nc: Proxy error: "HTTP/1.1 407 Proxy Authentication Required"': "wants-login",
    "Ncat: Proxy returned status code 407.": "wants-login",
    'nc: Proxy error: "HTTP/1.1 403 Forbidden"': "port-refused",
    "Ncat: Proxy returned status code 403.": "port-refused",
    "Proxy could not open connection to box:  Forbidden": "port-refused",
    "nc: connection failed, SOCKSv5 error: Connection not allowed by ruleset": "port-refused",
    'nc: Proxy error: "HTTP/1.0 503 Service Unavailable"': "target-unreachable",
    "2026/01/01 socat[9] E CONNECT box:22: Bad Gateway": "target-unreachable",
}


@pytest.mark.parametrize("row", SAID)
def test_what_a_proxy_program_says(row: str) -> None:
    found = proxyserver.read_words(["something else", row])
    assert found is not None
    assert found[0] == SAID[row]


@pytest.mark.parametrize("row", ["Connection refused", "port 4037 is closed", "Welcome", "error 1407"])
def test_other_words_say_nothing_about_the_proxy(row: str) -> None:
    assert proxyserver.read_words([row]) is None


@pytest.mark.parametrize(
    ("met", "outcome"),
    [
        (Knock(), "unreachable"),
        (Knock(error=errno.ECONNREFUSED), "unreachable"),
        (Knock(True, "HTTP/1.1 407 Proxy Authentication Required\r\n"), "wants-login"),
        (Knock(True, "HTTP/1.0 405 Method Not Allowed\r\n"), "port-refused"),
        (Knock(True, "<html>no"), "port-refused"),
        (Knock(True, "HTTP/1.0 502 Bad Gateway\r\n"), "target-unreachable"),
        (Knock(True, "HTTP/1.0 200 OK\r\n"), "answers"),
        (Knock(True, "\x1b[31m\x07"), "answers"),
    ],
)
def test_what_a_proxy_answers(met: Knock, outcome: str) -> None:
    fact = proxyserver.read_answer(met, "proxy.example port 3128", {})
    assert fact.outcome == outcome
    assert harmful(fact.says + "".join(fact.lines)) == []


RAN = "debug1: Executing proxy command: exec helper\ndebug1: Local version string SSH-2.0-x\n"
ENDED = "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (f"{RAN}/bin/sh: 1: Syntax error: Unterminated quoted string\n{ENDED}", "quoting"),
        (f"OpenSSH_for_Windows_7.7p1, LibreSSL 2.6.5\n{RAN}{ENDED}", "windows-bug"),
        (f"{RAN}CreateProcessW failed error:2\n", "windows-bug"),
        (f"{RAN}debug1: kex_exchange_identification: banner line 0: hello\n{ENDED}", "prints"),
        (f"{RAN}debug1: kex_exchange_identification: banner line 0: HTTP/1.1 400 Bad\n{ENDED}", "unknown"),
        (f"{RAN}Connection timed out during banner exchange\nConnection to UNKNOWN port 65535 timed out\n", "hangs"),
        (f"{RAN}debug1: kex_exchange_identification: write: Broken pipe\n{ENDED}", "failed"),
        (f"OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2\n{RAN}{ENDED}", "failed"),
    ],
)
def test_how_a_proxy_command_ended(text: str, outcome: str) -> None:
    assert read_proxy(Run.of_text(text.encode()), sshlog.read(text), used=True).outcome == outcome


# ------------------------------------------------------------------ one more run

PASSED = "debug1: SSH2_MSG_NEWKEYS received\ndebug2: x\ndebug1: SSH2_MSG_SERVICE_ACCEPT received\n"


@pytest.mark.parametrize(
    ("mac", "text", "outcome"),
    [
        ("umac-64@openssh.com", PASSED, "broken-mac"),
        ("hmac-sha1", PASSED, "gone"),
        ("umac-64@openssh.com", "Corrupted MAC on input.\n", "again"),
        ("umac-64@openssh.com", "debug1: Connection established.\n", "unknown"),
    ],
)
def test_what_another_mac_shows(mac: str, text: str, outcome: str) -> None:
    assert retry.read_altered(mac, sshlog.read(text), "ssh").outcome == outcome
