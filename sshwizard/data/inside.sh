# A look inside the server: reads, writes nothing, needs no program beyond sh, od, head, ls, sed and tr.
# Before it stand inside-packages.sh, N (the word that begins each of our lines), LOGIN, ADDRESS, PORT, WAY and ONLY (one
# part of it); $1 is SSH_CONNECTION. With ROOM (characters) the answer is one line, packed by gzip and base64 where the server has them, which is not longer.
# Each value is sent as hexadecimal digits, so that no file name or banner can look like a line of ours.
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin
export LC_ALL PATH
umask 077
unset HISTFILE

hex() { head -c "${1:-4096}" | od -An -v -tx1 | tr -d ' \n'; }
say() {
  row="$N $1"; shift
  for value in "$@"; do row="$row x$(printf %s "$value" | hex 60000)"; done
  printf '%s\n' "$row"
}
have() { command -v "$1" >/dev/null 2>&1; }
if timeout 1 true 2>/dev/null; then lim() { timeout 6 "$@"; }
elif timeout -t 1 true 2>/dev/null; then lim() { timeout -t 6 "$@"; }
else lim() { "$@"; }; fi
ran() { key=$1; shift; out=$(lim "$@" 2>&1 | head -c 60000); say "$key" "$out"; }
coded() { key=$1; shift; out=$(lim "$@" 2>&1); code=$?; say "$key" "$code" "$(printf %s "$out" | head -c 30000)"; }
mode() { # of one path: what ls -lnd says, its link, its security label
  [ -e "$2" ] || [ -L "$2" ] || { say "$1" "$2" "" "" ""; return; }
  label=; [ -z "$SELINUX" ] || label=$(ls -Zd "$2" 2>/dev/null | head -c 200)
  say "$1" "$2" "$(ls -lnd "$2" 2>/dev/null | head -c 300)" "$(readlink -f "$2" 2>/dev/null)" "$label"
}
chain() { # of a path and all above it
  at=$(readlink -f "$2" 2>/dev/null); [ -n "$at" ] || at=$2
  while :; do
    mode "$1" "$at"
    case $at in /|"") break;; esac
    up=${at%/*}; at=${up:-/}
  done
}
text() { # of a small file, without comments
  [ -e "$2" ] || return 0
  if [ -r "$2" ]; then say "$1" "$2" "$(grep -v '^[[:space:]]*#' "$2" 2>/dev/null | grep . | head -c 30000)"
  else say unseen "$2" "it may not be read"; fi
}
expanded() { # a path of sshd_config with its tokens, for this account
  printf %s "$1" | sed "s|%%|\\n|g;s|%h|$HOMEDIR|g;s|%u|$LOGIN|g;s|%U|$ACCOUNT|g" | tr '\n' '%'
}

sshds() { # the servers that run: only root's, since anybody may give a process this name
  for d in /proc/[0-9]*; do
    read -r comm 2>/dev/null <"$d/comm" || continue
    case $comm in sshd|sshd-session|dropbear) ;; *) continue;; esac
    set -- $(ls -lnd "$d" 2>/dev/null); [ "$3" = 0 ] || continue
    line=$(tr '\000' ' ' <"$d/cmdline" 2>/dev/null | head -c 1000)
    case $line in *"[listener]"*|*dropbear*|/*sshd\ *|/*sshd) printf '%s %s\n' "${d#/proc/}" "$line";; esac
  done
}
choose() { # the configuration of the server that has our port
  CONF= ERRLOG= LISTENER= running=$(sshds)
  set -f
  while read -r pid line; do
    [ -n "$pid" ] || continue
    say process "$pid" "$line" "$(readlink "/proc/$pid/exe" 2>/dev/null)"
    set -- $line; f= p= e=
    while [ $# -gt 0 ]; do
      case $1 in -f) f=$2;; -f?*) f=${1#-f};; -p) p=$2;; -p?*) p=${1#-p};; -E) e=$2;; esac
      shift
    done
    [ -n "$p" ] || p=$(lim "$SSHD" -T ${f:+-f "$f"} 2>/dev/null | sed -n 's/^port //p')
    for one in $p; do
      [ "$one" != "$PORT" ] || { [ -n "$LISTENER" ] || { LISTENER=$pid CONF=$f ERRLOG=$e; }; }
    done
  done <<END
$running
END
  set +f
}

server() {
  SSHD=$(command -v sshd 2>/dev/null)
  for d in /usr/sbin /usr/local/sbin /usr/lib/ssh /usr/bin; do [ -n "$SSHD" ] || [ ! -x $d/sshd ] || SSHD=$d/sshd; done
  say sshd "$SSHD" "$(have dropbear && echo dropbear)"
  [ -n "$SSHD" ] || { sshds | while read -r pid line; do say process "$pid" "$line" ""; done; return; }
  choose
  say chosen "$LISTENER" "${CONF:-/etc/ssh/sshd_config}" "$ERRLOG" \
    "$(sed -n 's/^Max processes *//p' "/proc/$LISTENER/limits" 2>/dev/null)"
  coded test "$SSHD" -t ${CONF:+-f "$CONF"}
  out=$(lim "$SSHD" -T ${CONF:+-f "$CONF"} -C "user=$LOGIN,host=${ADDRESS:-UNKNOWN},addr=${ADDRESS:-0.0.0.0},laddr=0.0.0.0,lport=$PORT" 2>&1)
  say effective "$?" "$(printf %s "$out" | head -c 30000)"
  EFFECTIVE=$out
  base=${CONF:-/etc/ssh/sshd_config}
  for f in "$base" $(sed -n 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]*//p' "$base" 2>/dev/null); do
    [ -f "$f" ] || continue
    mode config-file "$f"
    say config "$f" "$(grep -n . "$f" 2>/dev/null | grep -v '^[0-9]*:[[:space:]]*#' | head -c 20000)"
  done
  mode run-directory /run/sshd
  say sshd-user "$(getent passwd sshd 2>/dev/null || grep '^sshd:' /etc/passwd)"
  say wrappers "$(grep -c libwrap "$SSHD" 2>/dev/null)"
  for f in $(setting hostkey); do mode host-key "$f"; done
  [ -n "$(setting hostkey)" ] || for f in /etc/ssh/ssh_host_*_key; do [ ! -e "$f" ] || mode host-key "$f"; done
  set -- $(setting subsystem)
  if [ "$1" = sftp ] && [ "$2" != internal-sftp ]; then mode sftp "$2"; fi
}
setting() { printf '%s\n' "$EFFECTIVE" | sed -n "s/^$1 //p"; }

units() {
  say init "$(cat /proc/1/comm 2>/dev/null)"
  if have systemctl && [ -d /run/systemd/system ]; then
    ran manager systemctl is-system-running
    for unit in ssh.service sshd.service ssh.socket sshd.socket; do
      ran unit systemctl show "$unit" -p Id,LoadState,ActiveState,SubState,UnitFileState,Result
    done
  elif have rc-service; then coded unit-openrc rc-service sshd status; fi
  if have ss; then ran listeners ss -Hltnp; elif have netstat; then ran listeners netstat -ltnp; fi
  say tcp "$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep ' 0A ' | head -c 20000)"
}

account() {
  line=$(getent passwd "$LOGIN" 2>/dev/null || grep "^$LOGIN:" /etc/passwd)
  say passwd "$line"
  [ -n "$line" ] || return
  IFS=: read -r _ _ ACCOUNT GROUP _ HOMEDIR SHELLPATH <<END
$line
END
  say groups "$(id -Gn "$LOGIN" 2>/dev/null)"
  mode shell "${SHELLPATH:-/bin/sh}"
  mode home "$HOMEDIR"
  say fresh-home "$(sed -n 's/^HOME_MODE[[:space:]]*//p' /etc/login.defs 2>/dev/null | tail -n 1)" \
    "$(sed -n 's/^UMASK[[:space:]]*//p' /etc/login.defs 2>/dev/null | tail -n 1)"
  say shells "$( [ ! -x "${SHELLPATH:-/bin/sh}" ] || echo runs)"
  if shadow=$(getent shadow "$LOGIN" 2>/dev/null || grep "^$LOGIN:" /etc/shadow 2>/dev/null); then
    # the hash itself stays here: only whether it is locked, none, or set
    say shadow "$(printf %s "$shadow" | sed -e 's/^[^:]*:\(!*\)[^:!*][^:]*:/\1x:/' -e t -e 's/^[^:]*://')"
  else say unseen "the account's lock and expiry" "only root may read /etc/shadow"; fi
  # how many accounts have a password at all, which a serial console asks for: no name, no hash
  if [ -r /etc/shadow ]; then say passwords "$(grep -c '^[^:]*:[^:!*]' /etc/shadow)"; fi
  set -f; paths=$(setting authorizedkeysfile); [ -n "$paths" ] || paths=.ssh/authorized_keys
  for one in $paths; do
    [ "$one" != none ] || continue
    path=$(expanded "$one"); case $path in /*) ;; *) path=$HOMEDIR/$path;; esac
    say keys-path "$path"
    chain keys-chain "$path"
    if [ -r "$path" ]; then say keys "$path" "$(head -c 60000 "$path")"
    elif [ "$(id -u)" != 0 ]; then say unseen "$path" "only its owner and root may read it"; fi
  done
  set -- $(setting authorizedkeyscommand)
  case ${1:-none} in none) ;; *)
    chain command-chain "$1"
    say command-user "$(setting authorizedkeyscommanduser)" "$(getent passwd "$(setting authorizedkeyscommanduser)" 2>/dev/null)";;
  esac
  jail=$(setting chrootdirectory)
  case ${jail:-none} in none) ;; *) chain chroot "$(expanded "$jail")";; esac
  set +f
  say processes "$(ls -lnd /proc/[0-9]* 2>/dev/null | sed -n "s/^\\S* *[0-9]* *$ACCOUNT .*/x/p" | grep -c x)"
}

gates() {
  for f in /etc/nologin /run/nologin /var/run/nologin; do
    [ ! -e "$f" ] || say nologin "$f" "$(head -c 400 "$f" 2>/dev/null)" "$(ls -ld "$f")"
  done
  for f in /etc/pam.d/sshd /etc/pam.d/common-account /etc/pam.d/system-auth /etc/pam.d/password-auth /etc/pam.d/base-account; do
    text pam "$f"
  done
  text access /etc/security/access.conf
  text limits /etc/security/limits.conf
  text hosts-deny /etc/hosts.deny
  text hosts-allow /etc/hosts.allow
  if [ "$(id -u)" = 0 ]; then
    if have iptables-save && { [ -s /proc/net/ip_tables_names ] || iptables -V 2>/dev/null | grep -q nf_tables; }; then
      ran iptables iptables-save -t filter
    fi
    if have ip6tables-save && [ -s /proc/net/ip6_tables_names ]; then ran ip6tables ip6tables-save -t filter; fi
    have nft && ran nft nft -nn list ruleset
    have ufw && ran ufw ufw status verbose
    if have firewall-cmd; then coded firewalld firewall-cmd --list-all; fi
    if have fail2ban-client; then
      for jail in $(lim fail2ban-client status 2>/dev/null | sed -n 's/.*Jail list:[[:space:]]*//p' | tr ',' ' '); do
        say fail2ban "$jail" "$(lim fail2ban-client get "$jail" banip 2>/dev/null | head -c 20000)"
      done
    fi
  else say unseen "the firewall and its bans" "only root may list them"; fi
  say sshguard "$(have sshguard && echo installed)"
}

found() { # files below a directory of a full disk, the biggest first, each with its KB; they are not read
  kind=$1 place=$2; shift 2
  [ -d "$place" ] || return 0
  case "$FULL " in *" $(df -Pk "$place" 2>/dev/null | sed -n '2s/.* //p') "*) ;; *) return 0;; esac
  say room "$kind" "$(lim find "$place" -xdev -type f "$@" -exec du -k {} + 2>/dev/null | sort -rn | head -n 200)"
}
room() { # what a full disk could lose first
  found packages /var/cache/apt/archives -name '*.deb'
  for d in /var/cache/dnf /var/cache/yum /var/cache/zypp/packages; do found packages $d -name '*.rpm'; done
  found packages /var/cache/apk -name '*.apk'
  found journal /var/log/journal -name '*@*.journal'
  found rotated /var/log '(' -name '*.gz' -o -name '*.xz' -o -name '*.zst' -o -name '*.[1-9]' -o -name '*.old' \
    -o -name '*-20[0-9][0-9][0-1][0-9][0-3][0-9]' ')'
}
processes() { # of the account: what proc(5) says in stat
  for pid in $(ls -lnd /proc/[0-9]* 2>/dev/null | sed -n "s|^[^ ]* *[0-9]* *$ACCOUNT .*/proc/||p" | head -n 400); do
    read -r stat 2>/dev/null <"/proc/$pid/stat" && printf '%s\n' "$stat"
  done
}
kernel() { # what it says since it was booted
  if have journalctl && [ -d /run/systemd/system ]; then lim journalctl -k -b -q --no-pager -o short-monotonic
  else lim dmesg; fi 2>/dev/null
}

machine() {
  FULL=
  for d in / /var /var/log /tmp /home /run "$HOMEDIR"; do
    [ -d "$d" ] || continue
    blocks=$(df -Pk "$d" 2>/dev/null | sed -n 2p) inodes=$(df -Pi "$d" 2>/dev/null | sed -n 2p)
    say disk "$d" "$blocks" "$inodes"
    for row in "$blocks" "$inodes"; do case $row in *" 100% "*) FULL="$FULL ${row##* }";; esac; done
  done
  [ -z "$FULL" ] || room
  [ -z "$ACCOUNT" ] || [ "$ACCOUNT" = 0 ] || say process-list "$(processes)"
  say memory "$(grep '^Mem\|^Swap' /proc/meminfo 2>/dev/null)" "$(cat /proc/uptime 2>/dev/null)"
  say killed "$(kernel | grep -a 'ut of memory: Kill' | tail -n 20)"
  say load "$(cat /proc/loadavg 2>/dev/null)"
  say pty "$(cat /proc/sys/kernel/pty/nr 2>/dev/null)" "$(cat /proc/sys/kernel/pty/max 2>/dev/null)"
  mode device /dev/ptmx; mode device /dev/pts
  say cloud "$( [ ! -d /var/lib/cloud/instance ] || echo yes)" "$(head -c 6000 /run/cloud-init/status.json 2>/dev/null)" \
    "$(sed -n '/default_user:/,/^[^ ]/s/^ *name: *//p' /etc/cloud/cloud.cfg 2>/dev/null | head -n 1)" \
    "$(grep -ah 'failed run of module\|no authorized SSH keys fingerprints found\|ailed loading yaml' \
      /var/log/cloud-init-output.log /var/log/cloud-init.log 2>/dev/null | tail -n 20 | head -c 8000)"
  say vendor "$(cat /sys/class/dmi/id/product_name 2>/dev/null)"
  if have systemctl && [ -d /run/systemd/system ]; then
    for unit in google-guest-agent.service google-guest-agent-manager.service; do
      ran agent-unit systemctl show "$unit" -p Id,LoadState,ActiveState,SubState,UnitFileState,Result
    done
  fi
  for f in /opt/aws/bin/eic_run_authorized_keys /usr/share/ec2-instance-connect/eic_run_authorized_keys; do
    [ ! -e "$f" ] || mode instance-connect "$f"
  done
}

records() {
  { if [ -n "$ERRLOG" ] && [ -r "$ERRLOG" ]; then tail -n 200 "$ERRLOG" | sed 's/^/sshd[0]: /'
    elif have journalctl && [ -d /run/systemd/system ]; then
      lim journalctl -q --no-pager -o short -n 300 -t sshd -t sshd-session -t sshguard -u ssh -u sshd 2>/dev/null
    fi
    for f in /var/log/auth.log /var/log/secure /var/log/messages; do
      [ ! -r "$f" ] || tail -n 2000 "$f" | grep -a 'sshd\|sshguard\|fail2ban' | tail -n 200
    done
  } | tail -n 400 | head -c 50000 | { records=$(cat); say log "$records"; }
}

main() {
  ADDRESS=${ADDRESS:-}
  # Only where the way in comes from this computer itself is the address that sshd sees here the one that it saw.
  [ -n "$ADDRESS" ] || [ "$WAY" != direct ] || ADDRESS=${1%% *}
  say begin 1
  say me "$(id -un)" "$(id -u)" "$1" "$ADDRESS"
  say system "$(uname -sr)" "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null)"
  say now "$(date +%s)" "$(date -u '+%Y-%m-%d %H:%M:%S')"
  if [ "${ONLY:-}" = packages ]; then packages; say end 1; return; fi
  SELINUX=; if have getenforce; then SELINUX=$(getenforce 2>/dev/null); [ "$SELINUX" != Disabled ] || SELINUX=; fi
  say selinux "$SELINUX"
  server; units; account; gates; machine; records; packages
  say end 1
}

pack() {
  if have gzip && have base64; then printf '%s packed x' "$N"; gzip -9c | base64 | tr -d '\n'; else cat; fi
}
longest() { # of the rows that may be missing: its number, its key, and what it is about
  number=0 most=0 row=
  while IFS=' ' read -r _ key first rest; do
    number=$((number + 1))
    case $key in
      log|killed|room|process-list|config|pam|access|limits|iptables|ip6tables|nft|ufw|firewalld|fail2ban) what=;;
      keys) what=$first;;
      *) continue;;
    esac
    size=$((${#first} + ${#rest}))
    [ "$size" -le "$most" ] || { most=$size row="$number $key $what"; }
  done
  printf '%s\n' "$row"
}
fitted() { # the longest rows go until the rest fits; what is gone is said
  rows=$(main "$1") why=$(printf %s 'there is no room for it in the answer' | hex)
  while :; do
    packed=$(printf '%s\n' "$rows" | pack)
    [ "${#packed}" -gt "$ROOM" ] || break
    set -- $(printf '%s\n' "$rows" | longest)
    [ -n "$1" ] || { packed=$(say begin 1; say unseen "this server" "its answer has no room"); break; }
    rows=$(printf '%s\n' "$rows" | sed "$1d"; printf '%s unseen %s x%s\n' "$N" "${3:-x$(printf %s "$2" | hex)}" "$why")
  done
  printf '%s\n' "$packed"
}
if [ -n "${ROOM:-}" ]; then fitted "$1"; else main "$1"; fi </dev/null 2>/dev/null
