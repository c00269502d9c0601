"""Stories: the answers along the way to a leaf that neither a log nor a live world of ours reaches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from told import BOX, REACHED, client, saw, way

from sshwizard.events import Began, Event, Saw
from sshwizard.model import Confidence, Fact

NO_TUNNEL = {"google_tunnel": "not-asked"}
FAILED = {"proxy": "failed", "tools": "none", **NO_TUNNEL}
"""The program of the ProxyCommand brings no connection, and it is none of a cloud."""
NO_CLOUD = {"cloud": "not-asked", "google": "not-asked"}
NO_CLOUD_REFUSED = {"cloud_refused": "not-asked", "google_refused": "not-asked"}
NO_CLOUD_LOGIN = {"cloud_login": "not-asked", "google_login": "not-asked"}
DENIED = {**REACHED, "login": "denied", "methods": "public-key", "will": "tries-keys", "signing": "no-trouble"}
NO_KEY_FITS = {**DENIED, "keys": "fine", "certificate": "none", "algorithms": "fine", "offered": "some"}
ENTERED = {**REACHED, "login": "ok"}
RUNS = {**ENTERED, "session": "ok", "shared": "unused"}
TO_TCP = {"proxy": "direct", "name": "ok"}
SILENT = {
    **TO_TCP,
    "tcp": "silent",
    "timed_out": "same",
    "cloud": "not-asked",
    "google": "not-asked",
    "silence": "nothing",
    "private": "public",
}


@dataclass(frozen=True)
class Story:
    """Answers by question, in order, and what they must come to."""

    code: str
    confidence: Confidence
    symptom: str
    answers: dict[str, str]
    data: dict[str, Any] = field(default_factory=dict)
    """What the last look saw beside its outcome."""
    title: str = ""
    """Words that the title must hold."""
    hop: bool = False
    """True when it strikes the first of two legs."""
    at_start: bool = False
    """True when it strikes before the legs are known."""

    @property
    def name(self) -> str:
        """Code, and the answer that decides."""
        node, outcome = list(self.answers.items())[-1]
        return f"{self.code}: {node} {outcome}{' at a hop' if self.hop else ''}"

    def events(self) -> list[Event]:
        """The session so far."""
        events: list[Event] = [Began(BOX, "live", "2026-01-02T03:04:05+00:00")]
        if self.at_start:
            events += way(-1, **self.answers)
        else:
            legs = ("jump", "box") if self.hop else ("box",)
            events += [saw(-1, "typed", "ok"), Saw(-1, "client", client(*legs)), *way(0, **self.answers)]
        last = events[-1]
        assert isinstance(last, Saw)
        events[-1] = Saw(last.leg, last.node, Fact(last.fact.outcome, last.fact.says, last.fact.lines, data=self.data))
        return events


STORIES: tuple[Story, ...] = (
    Story("client.command-garbled", "certain", "config", {"typed": "garbled"}, at_start=True),
    Story("target.malformed-name", "certain", "config", {"typed": "path-in-name"}, at_start=True),
    Story("target.malformed-name", "certain", "config", {"typed": "ok", "client": "bad-name"}, at_start=True),
    Story("client.tool-missing-or-outdated", "certain", "config", {"typed": "ok", "client": "no-ssh"}, at_start=True),
    Story("config.bad-line", "certain", "config", {"typed": "ok", "client": "refused"},
          {"where": "~/.ssh/config line 3"},
          "line 3", at_start=True),
    Story("proxy.jump-loop", "certain", "config | proxy", {"typed": "ok", "client": "loop"}, at_start=True),
    Story("config.control-path-unusable", "certain", "config", {"typed": "ok", "client": "control-path"},
          at_start=True),
    # the name
    Story("dns.server-failure", "certain", "dns", {"proxy": "direct", "name": "temporary", "resolver": "servfail"}),
    Story("dns.resolver-unreachable", "certain", "dns", {"proxy": "direct", "name": "temporary",
                                                         "resolver": "no-route"}),
    Story("dns.no-address", "certain", "dns", {"proxy": "direct", "name": "no-address", "resolver": "no-address"}),
    Story("config.address-family", "certain", "dns | config",
          {"proxy": "direct", "name": "no-address", "resolver": "other-family"}, {"wanted": "IPv6"}, "IPv6"),
    Story("dns.temporary-failure", "likely", "dns", {"proxy": "direct", "name": "temporary", "resolver": "now-ok"}),
    Story("dns.lookup-failed", "likely", "dns", {"proxy": "direct", "name": "failed", "resolver": "unknown",
                                                 "lookup": "failed"}),
    Story("config.bad-line", "likely", "config | none", {"proxy": "unknown", "name": "unknown",
                                                         "before_name": "match-exec"}),
    # the network
    Story("config.bind-address", "certain", "config", {**TO_TCP, "tcp": "bind-failed"}),
    Story("config.stale-hostname", "certain", "timeout", {**TO_TCP, "tcp": "silent", "timed_out": "config"},
          {"used": "192.0.2.1", "current": "192.0.2.9", "name": "web"}, "192.0.2.9"),
    Story("config.stale-hostname", "certain", "refused", {**TO_TCP, "tcp": "refused", "refused": "config"},
          {"used": "192.0.2.1", "current": "192.0.2.9", "name": "web"}, "192.0.2.1"),
    Story("dns.hosts-file-override", "certain", "timeout", {**TO_TCP, "tcp": "silent", "timed_out": "hosts-file"},
          {"used": "192.0.2.1", "current": "192.0.2.9", "name": "web"}, "hosts file"),
    Story("dns.hosts-file-override", "certain", "unreachable",
          {**TO_TCP, "tcp": "host-unreachable", "unreachable": "hosts-file"}, {"used": "192.0.2.1"}),
    Story("network.ipv6-broken", "certain", "timeout",
          {**TO_TCP, "tcp": "silent", "timed_out": "same",
           **NO_CLOUD, "silence": "ipv6-lost"}, {"works": "192.0.2.1"}, "192.0.2.1"),
    Story("network.address-family-mismatch", "certain", "timeout",
          {**TO_TCP, "tcp": "silent", "timed_out": "same", **NO_CLOUD, "silence": "ipv4-lost"},
          {"works": "2001:db8::1"}),
    Story("dns.wrong-address", "likely", "timeout",
          {**TO_TCP, "tcp": "silent", "timed_out": "same", **NO_CLOUD, "silence": "address-lost"},
          {"lost": "192.0.2.1", "works": "192.0.2.2"}, "192.0.2.2 answers"),
    Story("dns.wrong-address", "certain", "timeout", {**TO_TCP, "tcp": "silent", "timed_out": "cache"},
          {"used": "192.0.2.1", "current": "192.0.2.2", "name": "web"}, "192.0.2.1"),
    Story("network.host-unreachable", "certain", "timeout",
          {**TO_TCP, "tcp": "silent", "timed_out": "same", **NO_CLOUD, "silence": "no-neighbour"}),
    Story("network.router-no-route", "certain", "timeout",
          {**TO_TCP, "tcp": "silent", "timed_out": "same", **NO_CLOUD, "silence": "loop"}, title="circle"),
    Story("network.no-answer", "likely", "timeout",
          {**TO_TCP, "tcp": "silent", "timed_out": "same", **NO_CLOUD, "silence": "ours-passes",
           "marks_silent": "no-matter"}),
    Story("session.stalls-after-login", "likely", "session", {**ENTERED, "session": "stalls", "marks": "no-matter"}),
    Story("network.middlebox-blocks-ssh", "likely", "timeout", {**SILENT, "egress": "cut"},
          {"control": "ssh.example"}, "ssh.example"),
    Story("target.private-address", "likely", "timeout",
          {**TO_TCP, "tcp": "silent", "timed_out": "only-one", **NO_CLOUD, "silence": "nothing",
           "private": "from-another-range"}, {"address": "10.0.0.5"}, "10.0.0.5"),
    Story("network.ipv6-broken", "certain", "timeout",
          {**RUNS, "terminal": "not-wanted", "forwards": "fine", "detour": "family-lost"}),
    Story("session.idle-timeout", "likely", "session", {**ENTERED, "session": "dropped-idle"}, {"minutes": 12},
          "idle for 12 min"),
    Story("network.firewall-drops", "likely", "timeout",
          {**TO_TCP, "tcp": "silent", "timed_out": "same", **NO_CLOUD, "silence": "machine-answers",
           "egress_alive": "not-asked"}, title="port 22"),
    Story("network.no-answer", "likely", "timeout", {**SILENT, "egress": "not-asked"}),
    Story("network.firewall-rejects", "certain", "refused",
          {**TO_TCP, "tcp": "refused", "refused": "same", "refuser": "icmp-port"}),
    Story("network.router-no-route", "certain", "unreachable",
          {**TO_TCP, "tcp": "host-unreachable", "unreachable": "only-one", "private_unreachable": "public",
           "reporter": "icmp-net"}),
    Story("network.router-no-route", "certain", "refused",
          {**TO_TCP, "tcp": "refused", "refused": "same", "refuser": "icmp-net"}),
    Story("network.local-route-blocked", "certain", "unreachable",
          {**TO_TCP, "tcp": "blocked-here", "no_way": "only-one", "route": "forbidden"}),
    Story("client.local-firewall-blocks", "likely", "unreachable",
          {**TO_TCP, "tcp": "blocked-here", "no_way": "only-one", "route": "exists", "route_reporter": "local",
           "way_out": "not-permitted"}),
    Story("network.ipv6-unavailable", "likely", "unreachable",
          {**TO_TCP, "tcp": "net-unreachable", "no_way": "only-one", "route": "exists", "route_reporter": "local",
           "way_out": "ipv6-only"}),
    Story("target.wrong-port", "certain", "refused",
          {**TO_TCP, "tcp": "refused", "refused": "same", "refuser": "reset", **NO_CLOUD_REFUSED,
           "family": "none", "other_port": "found"},
          {"port_found": 2222, "configured": 22}, "2222, not 22"),
    Story("config.wrong-port", "certain", "refused",
          {**TO_TCP, "tcp": "refused", "refused": "same", "refuser": "reset", **NO_CLOUD_REFUSED,
           "family": "none", "other_port": "found-config"},
          {"port_found": 22, "configured": 2222}, "is on 22"),
    # the proxy in between
    Story("gcp.iap-backend-unreachable", "certain", "proxy | cloud | timeout",
          {"proxy": "says", "carrier": "gcp.iap-backend-unreachable"}),
    Story("gcp.iap-permission-missing", "certain", "proxy | cloud",
          {"proxy": "says", "carrier": "gcp.iap-permission-missing"}),
    Story("iam.wrong-account-or-region", "likely", "proxy | cloud",
          {"proxy": "says", "carrier": "iam.wrong-account-or-region?"}),
    Story("gcp.instance-stopped", "likely", "proxy | timeout", {"proxy": "says", "carrier": "gcp.instance-stopped?"}),
    Story("ssm.not-managed", "likely", "proxy | cloud", {"proxy": "says", "carrier": "ssm.not-managed?"}),
    Story("proxy.server-unreachable", "certain", "proxy",
          {"proxy": "says", "carrier": "unknown", **NO_TUNNEL, "proxy_server": "unreachable"},
          {"proxy": "proxy.example:3128"}),
    Story("proxy.command-failed", "certain", "proxy", {"proxy": "quoting"}, {"command": "(nc"}),
    Story("proxy.windows-client-bug", "certain", "proxy", {"proxy": "windows-bug"}),
    Story("proxy.server-unreachable", "certain", "proxy", {**FAILED, "proxy_server": "unreachable"},
          {"proxy": "proxy.example:3128"}, "proxy.example:3128"),
    Story("proxy.authentication-required", "certain", "proxy", {**FAILED, "proxy_server": "wants-login"}),
    Story("proxy.port-not-allowed", "certain", "proxy", {**FAILED, "proxy_server": "port-refused"}),
    Story("proxy.inner-unreachable", "certain", "proxy", {**FAILED, "proxy_server": "target-unreachable"}),
    Story("proxy.command-failed", "likely", "proxy", {**FAILED, "proxy_server": "no-target"}),
    *(Story("client.tool-missing-or-outdated", "certain", "proxy", {"proxy": "failed", "tools": seen},
            {"program": "gcloud", "has": "1.0", "least": "2.0"}, "gcloud") for seen in ("missing", "broken", "old")),
    Story("proxy.command-failed", "likely", "proxy",
          {**FAILED, "proxy": "hangs", "tools": "none", "proxy_server": "answers"},
          {"proxy": "proxy.example:3128"}, "proxy.example:3128"),
    # the handshake
    Story("server.max-startups", "likely", "closed", {**TO_TCP, "tcp": "open", "banner": "not-allowed",
                                                      "speaks_not_allowed": "ssh"}),
    Story("server.address-banned", "likely", "closed", {**TO_TCP, "tcp": "open", "banner": "not-allowed",
                                                        "speaks_not_allowed": "turned-away"}),
    Story("network.corruption", "likely", "kex", {**TO_TCP, "tcp": "open", "banner": "ok", "kex": "corrupted",
                                                  "altered": "gone"}),
    Story("server.max-startups", "likely", "closed", {**TO_TCP, "tcp": "open", "banner": "closed",
                                                      "speaks_closed": "ssh"}),
    Story("kex.not-ssh", "certain", "timeout | kex", {**TO_TCP, "tcp": "open", "banner": "silent",
                                                      "speaks_silent": "tls"}),
    Story("network.mtu-black-hole", "certain", "timeout",
          {**TO_TCP, "tcp": "open", "banner": "ok", "kex": "stalled", "mtu": "black-hole"}),
    Story("network.mtu-black-hole", "likely", "timeout",
          {**TO_TCP, "tcp": "open", "banner": "ok", "kex": "stalled", "mtu": "large-lost"}),
    Story("kex.stalls", "likely", "timeout", {**TO_TCP, "tcp": "open", "banner": "ok", "kex": "stalled",
                                              "mtu": "fine"}),
    # the host key
    Story("hostkey.certificate-invalid", "likely", "hostkey", {**REACHED, "hostkey": "cert-invalid"}),
    Story("hostkey.known-hosts-unreadable", "certain", "hostkey",
          {**REACHED, "hostkey": "unknown-key", "known": "unreadable"}, {"named": "~/.ssh/known_hosts",
                                                                         "path": "/nonexistent"}, "~/.ssh/known_hosts"),
    Story("hostkey.alias-mismatch", "certain", "hostkey", {**REACHED, "hostkey": "unknown-key", "known": "alias"}),
    Story("client.ssh-directory-unusable", "certain", "hostkey",
          {**REACHED, "hostkey": "unknown-key", "known": "directory-closed"}, {"named": "~/.ssh"}, "~/.ssh"),
    Story("hostkey.changed", "certain", "hostkey", {**REACHED, "hostkey": "changed", "known_changed": "absent"}),
    # the login
    Story("auth.nologin-file", "certain", "closed", {**REACHED, "login": "closed", "closing": "nologin"}),
    Story("auth.nologin-file", "likely", "closed", {**REACHED, "login": "closed", "closing": "words"}),
    Story("server.booting", "likely", "closed", {**REACHED, "login": "closed", "closing": "booting"}),
    Story("server.slow-login", "likely", "timeout", {**REACHED, "login": "hung", "cloud_hung": "not-asked",
                                                     "google_hung": "not-asked"}),
    Story("auth.wrong-password", "likely", "denied", {**REACHED, "login": "denied", "methods": "password-refused"}),
    Story("config.public-key-off", "likely", "denied",
          {**REACHED, "login": "denied", "methods": "public-key", "will": "password-wanted"}, title="by password"),
    Story("auth.password-off", "certain", "denied",
          {**REACHED, "login": "denied", "methods": "public-key", "will": "passwords-only"}),
    Story("auth.key-type-refused", "likely", "denied",
          {**DENIED, "keys": "fine", "certificate": "none", "algorithms": "type-left-out"}, {"type": "DSA"}, "DSA"),
    Story("agent.not-forwarded", "likely", "denied", {**DENIED, "keys": "none", "agent_for_keys": "not-forwarded"}),
    Story("auth.key-rejected", "likely", "denied",
          {**REACHED, "login": "denied", "methods": "public-key", "will": "tries-keys", "signing": "signed-refused",
           "user_after_signing": "given"}, title="refused its signature"),
    Story("client.ssh-directory-unusable", "certain", "denied", {**DENIED, "keys": "directory-closed"}),
    Story("key.type-unsupported", "certain", "denied", {**DENIED, "keys": "too-weak"}, {"named": "~/.ssh/old"},
          "~/.ssh/old"),
    Story("key.type-unsupported", "certain", "denied", {**DENIED, "keys": "refused-by-policy"}),
    Story("agent.locked", "certain", "denied", {**DENIED, "keys": "passphrase", "agent_for_passphrase": "locked"}),
    Story("agent.locked", "certain", "denied", {**DENIED, "keys": "none", "agent_for_keys": "locked"}),
    Story("key.wrong-key", "certain", "denied", {**NO_KEY_FITS, "other_key": "file-key-fits"},
          {"named": "~/.ssh/id_team", "path": "/home/dana/.ssh/id_team"}, "~/.ssh/id_team"),
    Story("cert.not-yet-valid", "certain", "denied", {**DENIED, "keys": "fine", "certificate": "not-yet-valid"}),
    Story("auth.wrong-user", "likely", "denied", {**NO_KEY_FITS, "other_key": "no-other",
                                                 **NO_CLOUD_LOGIN, "user": "defaulted"},
          title="dana"),
    Story("auth.root-login-disabled", "likely", "denied",
          {**REACHED, "login": "denied", "methods": "public-key", "will": "tries-keys", "signing": "signed-refused",
           "user_after_signing": "root"}),
    Story("config.wrong-block-wins", "likely", "denied", {**NO_KEY_FITS, "other_key": "user-overruled"},
          {"winner": "Host *", "keyword": "User", "winner_value": "ops", "loser": "Host box", "loser_value": "dana",
           "winner_place": "~/.ssh/config line 2", "loser_place": "~/.ssh/config line 9"}, "Host *"),
    Story("config.wrong-block-wins", "certain", "timeout", {**TO_TCP, "tcp": "silent", "timed_out": "overruled"},
          {"winner": "Host *", "keyword": "HostName", "winner_value": "192.0.2.1", "loser": "Host box",
           "loser_value": "192.0.2.9"}, "192.0.2.9"),
    Story("key.on-permissionless-filesystem", "likely", "denied", {**DENIED, "keys": "perhaps-no-modes"},
          {"named": "/media/stick/id"}, "/media/stick/id"),
    Story("cert.source-address", "likely", "denied",
          {**DENIED, "keys": "fine", "certificate": "perhaps-source-address"}, {"named": "~/.ssh/id-cert.pub"},
          "~/.ssh/id-cert.pub"),
    Story("hostkey.changed-published", "certain", "hostkey",
          {**REACHED, "hostkey": "changed", "known_changed": "published"}, {"operator": "GitHub"}, "GitHub"),
    # the session
    Story("session.sftp-missing", "certain", "session", {**ENTERED, "session": "sftp-missing"}),
    Story("session.startup-file-prints", "certain", "session", {**ENTERED, "session": "prints"}),
    Story("config.control-socket-stale", "certain", "session", {**ENTERED, "session": "ok", "shared": "stale"}),
    Story("auth.pam-denied", "likely", "session", {**ENTERED, "session": "not-opened"}),
    Story("session.startup-file-exits", "likely", "session", {**ENTERED, "session": "script-fails"}),
    Story("session.git-access-denied", "certain", "session", {**ENTERED, "session": "git-denied"}),
    Story("session.request-failed", "likely", "session",
          {**ENTERED, "session": "exec-refused", "bare_shell": "refused"}),
    Story("session.stalls-after-login", "likely", "session",
          {**ENTERED, "session": "command-hangs", "bypass_stall": "works"}, title="SFTP works"),
    Story("session.exits-at-once", "likely", "session", {**ENTERED, "session": "exits", "bypass": "quiet-one"},
          title="SFTP works"),
    Story("server.slow-login", "certain", "timeout",
          {**RUNS, "terminal": "not-wanted", "forwards": "fine", "detour": "gssapi"}, {"seconds": "12"}, "12 s"),
    Story("session.no-terminal", "likely", "session", {**RUNS, "terminal": "refused"}),
    Story("session.forward-failed", "certain", "session",
          {**RUNS, "terminal": "not-wanted", "forwards": "port-in-use"}, {"port": "8080"}, "8080"),
    # at a hop
    Story("proxy.jump-unresolvable", "certain", "dns | proxy",
          {"proxy": "direct", "name": "not-known", "resolver": "nxdomain"}, title="Hop 1 of 2, jump", hop=True),
    Story("proxy.jump-unreachable", "likely", "timeout | proxy",
          {**SILENT, "egress": "not-asked"}, title="Hop 1 of 2, jump", hop=True),
    Story("proxy.jump-host-key", "certain", "hostkey | proxy", {**REACHED, "hostkey": "unknown-key", "known": "absent"},
          title="Hop 1 of 2, jump", hop=True),
    Story("proxy.jump-auth-failed", "likely", "denied | proxy", {**NO_KEY_FITS, "other_key": "no-other",
                                                                 **NO_CLOUD_LOGIN, "user": "given"},
          title="Hop 1 of 2, jump", hop=True),
    Story("proxy.inner-unreachable", "certain", "proxy", {**ENTERED, "forward": "unreachable",
                                                             "cloud_behind": "no-hop",
                                                             "google_behind": "no-hop"}, hop=True),
    Story("proxy.inner-unresolvable", "certain", "proxy", {**ENTERED, "forward": "unresolvable"}, hop=True),
)  # fmt: skip
