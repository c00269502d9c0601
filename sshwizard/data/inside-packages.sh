# Stands before inside.sh: which versions of the packages around logins are installed, and what the package manager here
# knows of newer ones. Nobody is asked and nothing is written: apt makes its index in memory (it writes none where the
# directory of pkgcache cannot be), and the lists of dnf and zypper are read as files, because each of their questions
# leaves a log and a lock.
PACKAGES="ec2-instance-connect openssh-server amazon-ssm-agent google-guest-agent google-compute-engine-oslogin"

modified() { stat -c %Y "$@" 2>/dev/null; }
first() { for one in "$@"; do if have "$one"; then echo "$one"; return; fi; done; }
rpm_lists() { # $1: what is installed. Of each list the entries of these packages, and the line that ends it
  begun=$(date +%s)
  say repositories "$(grep -h -e '^[[]' -e '^enabled' /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo 2>/dev/null | head -c 8000)"
  set -- $(printf '%s\n' "$1" | sed -n "s|^\\([a-z0-9-]*\\) [^ ]* [^ ]*\$|-e <name>\\1</name>|p")
  [ $# -gt 0 ] || return 0
  for f in /var/cache/dnf/*/repodata/*primary.xml.* /var/cache/libdnf5/*/repodata/*primary.xml.* \
    /var/cache/zypp/raw/*/repodata/*primary.xml.*; do
    [ -f "$f" ] || continue
    un= of=${f%/repodata/*}
    case $f in *.gz) un="gzip -dc";; *.zst) un="zstd -dcq";; *.xz) un="xz -dc";; esac
    [ $(($(date +%s) - begun)) -lt 6 ] || un=
    [ -n "$un" ] || { say package-list "${of##*/}" "$(modified "$f")" ""; continue; }
    say package-list "${of##*/}" "$(modified "$f")" "$(lim $un "$f" 2>/dev/null | grep -F -A 2 "$@" -e '</metadata>' | head -c 8000)"
  done
}
packages() {
  room=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo 2>/dev/null)
  if [ "${room:-999999}" -lt 200000 ]; then
    say packages none memory
    return
  fi
  if have dpkg-query && [ -s /var/lib/dpkg/status ]; then
    found=$(lim dpkg-query -W -f '${Package} ${Version} ${Architecture} ${db:Status-Want} ${db:Status-Status}\n' $PACKAGES 2>/dev/null)
    say packages apt "$?" "$found"
    names=$(printf '%s\n' "$found" | sed -n 's/ .* installed$//p')
    [ -z "$names" ] || ! have apt-cache || say package-policy \
      "$(lim apt-cache -o Dir::Cache::pkgcache=/proc/none/x policy $names 2>/dev/null | head -c 12000)" \
      "$(modified /var/lib/apt/lists /var/lib/apt/periodic/update-stamp /var/lib/apt/periodic/update-success-stamp)"
  elif have rpm; then
    found=$(lim rpm -q --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH}\n' $PACKAGES 2>/dev/null)
    say packages "$(first dnf yum zypper)" "$?" "$found"
    rpm_lists "$found"
  elif have apk; then
    found=$(lim apk --no-network version $PACKAGES 2>/dev/null)
    say packages apk "$?" "$found" "$(modified /var/cache/apk/APKINDEX.*.tar.gz /etc/apk/cache/APKINDEX.*.tar.gz)"
  else say packages none none; fi
  for d in /snap /var/lib/snapd/snap; do # the folder of a snap says its version; nobody has to be asked
    f=$d/amazon-ssm-agent/current/meta/snap.yaml
    [ ! -r "$f" ] || say snap amazon-ssm-agent "$(sed -n "s/^version: *//p" "$f" | head -n 1 | head -c 100)"
  done
}
