#!/bin/sh
# Installs what the tests need: an OpenSSH server and client, network tools, tmux, a browser.
#
#   sh scripts/test-setup.sh
#
# On Debian and Ubuntu missing packages come from apt-get, when this is root or sudo asks no password.
# Elsewhere (macOS, other Linux) it only looks.  With CI=true anything still missing is an error;
# otherwise the tests that need it are skipped, and this says which.  No service is left running.
set -eu

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export PATH

# tool : Debian package : what cannot be tested without it
needs() {
    echo "ssh:openssh-client:the live tests"
    echo "ssh-keygen:openssh-client:the live tests"
    echo "ssh-agent:openssh-client:the live tests"
    echo "sshd:openssh-server:the live tests"
    echo "tmux:tmux:the full-screen tests in a real terminal"
    echo "ping:iputils-ping:the tests of reachability"
    echo "ps:procps:the tests that nothing is left running"
    echo "puttygen:putty-tools:the test that PuTTY's keys are converted"
    echo "openssl:openssl:the tests with certificates"
    echo "nc:netcat-openbsd:the tests through an HTTP proxy"
    echo "busybox:busybox:the tests in a small shell"
    echo "zsh:zsh:the test that zsh completes"
    echo "fish:fish:the test that fish completes"
    if [ "$(uname -s)" = Linux ]; then
        echo "chromium:chromium:the tests in a browser"
        echo "ip:iproute2:the tests in network namespaces"
        echo "iptables:iptables:the tests in network namespaces"
        echo "nsenter:util-linux:the tests in network namespaces"
        echo "mke2fs:e2fsprogs:the tests on a lent disk"
        echo "debugfs:e2fsprogs:the tests on a lent disk"
        echo "losetup:mount:the tests on a lent disk"
        echo "flock:util-linux:the tests on a lent disk"
        echo "dropbear:dropbear-bin:the tests with another SSH server"
    fi
}

missing() {
    needs | while IFS=: read -r tool package what; do
        command -v "$tool" >/dev/null 2>&1 || echo "$tool:$package:$what"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

install_missing() {
    packages=$(missing | cut -d: -f2 | sort -u)
    [ -n "$packages" ] || return 0
    can_install || return 0
    fresh_sshd=no
    command -v sshd >/dev/null 2>&1 || fresh_sshd=yes
    # shellcheck disable=SC2086  # a list of words on purpose
    apt_install $packages || {
        as_root apt-get update -q >&2 || true
        apt_install $packages || true
    }
    # Installing openssh-server may start it.  The tests run their own; this machine's stays as it was: off.
    if [ "$fresh_sshd" = yes ] && [ -d /run/systemd/system ]; then
        as_root systemctl disable --now ssh.socket ssh.service >/dev/null 2>&1 || true
    fi
}

[ -z "$(missing)" ] || install_missing
left=$(missing)
[ -n "$left" ] || exit 0

if [ "${CI:-}" = true ]; then
    echo "test-setup: still missing, and with CI=true nothing may be skipped:" >&2
    echo "$left" | while IFS=: read -r tool package what; do
        echo "  $tool (package $package), needed by $what" >&2
    done
    exit 1
fi
echo "test-setup: some tests will be skipped:"
echo "$left" | while IFS=: read -r tool package what; do
    echo "  without $tool (package $package): $what"
done
