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
