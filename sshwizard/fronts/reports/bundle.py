"""A support bundle: the report in three formats, its session, versions, and the settings that ssh went by. No keys."""

from __future__ import annotations

import io
import platform
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

from sshwizard import __version__, clean
from sshwizard.fronts.reports.content import Content

_SETTINGS = {
    "addressfamily", "batchmode", "bindaddress", "bindinterface", "canonicaldomains", "canonicalizehostname",
    "casignaturealgorithms", "certificatefile", "checkhostip", "ciphers", "clearallforwardings", "compression",
    "connectionattempts", "connecttimeout", "controlmaster", "controlpath", "controlpersist",
    "exitonforwardfailure", "forwardagent", "globalknownhostsfile", "gssapiauthentication",
    "hostbasedauthentication", "hostkeyalgorithms", "hostkeyalias", "hostname", "identitiesonly", "identityagent",
    "identityfile", "ipqos", "kbdinteractiveauthentication", "kexalgorithms", "macs",
    "nohostauthenticationforlocalhost", "numberofpasswordprompts", "passwordauthentication", "pkcs11provider",
    "port", "preferredauthentications", "proxycommand", "proxyjump", "proxyusefdpass", "pubkeyacceptedalgorithms",
    "pubkeyauthentication", "rekeylimit", "requesttty", "requiredrsasize", "revokedhostkeys",
    "securitykeyprovider", "serveralivecountmax", "serveraliveinterval", "sessiontype", "stricthostkeychecking",
    "tcpkeepalive", "updatehostkeys", "user", "userknownhostsfile", "verifyhostkeydns",
}  # fmt: skip
"""What decides about a connection (ssh_config(5)); SetEnv and commands of the person's own stay at home."""

_README = """\
What is in this bundle:
  report.md, report.html   what was tried, the verdict, and what it rests on
  report.json              the same for programs; sshwizard replay shows it step by step
  session.jsonl            what each look saw
  versions.txt             the programs on the computer that made the bundle
  ssh-config.txt           the effective settings of each hop (ssh -G), as far as they decide about a connection
  server-log.txt           what a look inside read of the server's own log of logins, where one was made
{masks}
There is no private key, passphrase or password in it.
"""


def packed(content: Content, files: Mapping[str, bytes]) -> bytes:
    """The bundle as a gzipped tar archive."""
    masks = (
        "Names and addresses are masked; the legend stayed on that computer."
        if content.told["redacted"]
        else "NOTHING IS MASKED: the files name machines and people."
    )
    texts = {"README.txt": _README.format(masks=masks), "versions.txt": _lines(_versions(), content)}
    texts["ssh-config.txt"] = _lines(_settings(content.rows), content)
    if log := _lines(_server_log(content.rows), content):
        texts["server-log.txt"] = log
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, data in {**{name: text.encode() for name, text in texts.items()}, **files}.items():
            member = tarfile.TarInfo(f"sshwizard-report/{name}")
            member.size, member.mode = len(data), 0o600
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def _lines(rows: Iterator[str], content: Content) -> str:
    told = (clean.line(row, 4000) for row in rows)
    return "".join(f"{content.masks.text(row) if content.masks else row}\n" for row in told)


def _versions() -> Iterator[str]:
    yield f"sshwizard {__version__}"
    yield f"Python {sys.version.split()[0]}"
    yield f"{platform.system()} {platform.release()} {platform.machine()}"
    try:
        yield platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:  # no Linux
        pass
    try:
        told = subprocess.run(["ssh", "-V"], stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
        yield clean.decode(told.stderr or told.stdout).strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        yield f"ssh -V: {type(error).__name__}"


def _server_log(rows: list[dict[str, Any]]) -> Iterator[str]:
    looks = [row["fact"]["data"] for row in rows if row["event"] == "Saw" and row["node"] == "inside"]
    yield from (str(line) for line in (looks[-1].get("server_log", ()) if looks else ()))


def _settings(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The settings that the newest look at the client saw; the session holds them already, masked or not."""
    looks = [row["fact"]["data"] for row in rows if row["event"] == "Saw" and row["node"] == "client"]
    legs = looks[-1].get("legs", []) if looks else []
    for leg in legs:
        yield f"Host {leg['name']}"
        for keyword, values in leg["settings"].items():
            if keyword in _SETTINGS:
                yield from (f"    {keyword} {value}" for value in values)
    if not legs:
        yield "The session holds no settings: ssh was not asked for them."
