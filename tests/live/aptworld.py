"""apt and dpkg of a machine of one's own: real programs, real packages in two versions, no network.

In the world's mount namespace /var/lib/dpkg, /var/lib/apt, /var/cache/apt and /etc/apt are its own, so the machine's
packages are neither seen nor touched.
"""

from __future__ import annotations

from .server import Server

NAME = "ec2-instance-connect"
OLD, NEW = "1.1.14-0ubuntu1", "1.1.17-0ubuntu1"
SECOND = "20260101.00-1"
REPOSITORY = "/mnt/repository"
_BUILD = """cd /mnt; mkdir -p {repository} build/DEBIAN build/mnt/eic; echo {version} >build/mnt/eic/{name}
printf '%s\\n' 'Package: {name}' 'Version: {version}' 'Architecture: all' 'Maintainer: nobody <nobody@example.org>' \
  'Description: made for a test' >build/DEBIAN/control
dpkg-deb --root-owner-group -Znone -b build {repository} >/dev/null; rm -r build"""
_OWN = """for d in /var/lib/dpkg /var/lib/apt /var/cache/apt /etc/apt; do mount -t tmpfs -o mode=755 tmpfs $d; done
mkdir -p /var/lib/dpkg/updates /var/lib/dpkg/info /var/lib/dpkg/triggers /var/lib/apt/lists/partial \
  /var/cache/apt/archives/partial /etc/apt/apt.conf.d /etc/apt/preferences.d
printf 'APT::Sandbox::User "root";\\n' >/etc/apt/apt.conf.d/test
printf '\\n' >/var/lib/dpkg/status; touch /var/lib/dpkg/available
echo 'deb [trusted=yes] copy:{repository} ./' >/etc/apt/sources.list"""


def build(server: Server, name: str, version: str) -> None:
    """Put one version of a package into the repository."""
    server.sh(_BUILD.format(repository=REPOSITORY, name=name, version=version))


def publish(server: Server) -> None:
    """Write the index of what lies in the repository (deb822), as dpkg-scanpackages would."""
    server.sh(
        f'cd {REPOSITORY}; for f in *.deb; do dpkg-deb -f $f; echo "Filename: ./$f"; echo "Size: $(stat -c %s $f)";'
        " echo \"SHA256: $(sha256sum $f | cut -d' ' -f1)\"; echo; done >Packages"
    )


def with_apt(server: Server, *, kept: bool = True) -> None:
    """OLD is installed, NEW is published and known; `kept`: so is OLD."""
    server.sh(_OWN.format(repository=REPOSITORY))
    build(server, NAME, OLD)
    server.sh(f"dpkg -i {REPOSITORY}/{NAME}_{OLD}_all.deb >/dev/null")
    if not kept:
        server.sh(f"rm {REPOSITORY}/{NAME}_{OLD}_all.deb")
    build(server, NAME, NEW)
    publish(server)
    server.sh("apt-get -q update >/dev/null")


def installed(server: Server) -> str:
    """The version that dpkg has now."""
    return server.sh(f"dpkg-query -W -f '${{Version}}' {NAME}").strip()


_RPM = """#!/bin/sh
case "$*" in
  *" ec2-instance-connect openssh-server "*) echo "ec2-instance-connect $(cat /run/version) noarch"
    for name in openssh-server amazon-ssm-agent; do echo "package $name is not installed"; done; exit 4;;
  *NAME*ARCH*) echo "ec2-instance-connect-$(cat /run/version).noarch";;
  *) cat /run/version;;
esac
"""
_DNF = """#!/bin/sh
echo "$*" >>/run/dnf
case "$*" in
  "-q -y --refresh upgrade ec2-instance-connect") echo 1.1-21.amzn2023 >/run/version;;
  "-q repoquery ec2-instance-connect-1.1-19.amzn2023.noarch") echo ec2-instance-connect-0:1.1-19.amzn2023.noarch;;
  "-q -y downgrade ec2-instance-connect-1.1-19.amzn2023.noarch") echo 1.1-19.amzn2023 >/run/version;;
  *) exit 1;;
esac
"""
"""In place of rpm 4.18 and dnf 4.14: the texts and the words are theirs."""
_PRIMARY = """<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" packages="2">
{entries}</metadata>
"""
_ENTRY = """<package type="rpm">
  <name>ec2-instance-connect</name>
  <arch>noarch</arch>
  <version epoch="0" ver="1.1" rel="{release}"/>
  <checksum type="sha256" pkgid="YES">4979b9a8</checksum>
</package>
"""


def with_dnf(server: Server) -> None:
    """A machine with rpm and dnf, whose list of yesterday has 1.1-19 (installed) and 1.1-21."""
    place = "/var/cache/dnf/amazonlinux-f4fea71849865c06/repodata"
    server.sh(f"for d in /var/lib/dpkg /usr/local/bin /var/cache; do mount -t tmpfs -o mode=755 tmpfs $d; done;"
              f"mkdir -p {place} /etc/yum.repos.d; echo 1.1-19.amzn2023 >/run/version;"
              "printf '[amazonlinux]\\nenabled=1\\n' >/etc/yum.repos.d/amazonlinux.repo")  # fmt: skip
    entries = "".join(_ENTRY.format(release=one) for one in ("19.amzn2023", "21.amzn2023"))
    server.put(f"{place}/6a05a044-primary.xml", _PRIMARY.format(entries=entries))
    server.sh(f"gzip {place}/*.xml; touch -d yesterday {place}/*.gz")
    server.put("/usr/local/bin/rpm", _RPM, 0o755)
    server.put("/usr/local/bin/dnf", _DNF, 0o755)


_APK = """#!/bin/sh
case "$*" in
  "--no-network version "*) printf '%s\\n' 'Installed:                                Available:'
    if [ "$(cat /run/version)" = 9.3_p2-r0 ]; then echo 'openssh-server-9.3_p2-r0                < 9.3_p2-r1 '
    else echo 'openssh-server-9.3_p2-r1                = 9.3_p2-r1 '; fi;;
  "info -e -v openssh-server") echo "openssh-server-$(cat /run/version)";;
  "-q -U add --upgrade openssh-server") echo 9.3_p2-r1 >/run/version;;
  *) exit 1;;
esac
"""
"""In place of apk 2.14 (apk-version(8), apk-info(8), apk-add(8))."""


def with_apk(server: Server) -> None:
    """A machine with apk, whose index of now names a newer sshd."""
    server.sh("for d in /var/lib/dpkg /usr/local/bin /var/cache; do mount -t tmpfs -o mode=755 tmpfs $d; done;"
              "mkdir /var/cache/apk; : >/var/cache/apk/APKINDEX.1a2b3c4d.tar.gz; echo 9.3_p2-r0 >/run/version;"
              "mkdir -p /mnt/snap/amazon-ssm-agent/current/meta; [ -d /snap ] || exit 0;"
              "mount --bind /mnt/snap /snap")  # fmt: skip
    server.put("/usr/local/bin/apk", _APK, 0o755)
