"""The words of other SSH clients, and the message of OpenSSH that says the same.

PuTTY and its kin, Java (JSch, sshj, MINA), Python (paramiko), Go (x/crypto), libssh and libssh2, Node, dropbear, and
the tools around ssh that say it in their own way. A row reads: which message it is, what its parts are, its words.
"""

from __future__ import annotations

from functools import cache

from sshwizard.probes.sshlines import parts
from sshwizard.probes.table import Table

Same = tuple[str, dict[str, str], str]

_REFUSED = {"err": "Connection refused"}
_SILENT = {"err": "Connection timed out"}
_NO_ROUTE = {"err": "No route to host"}
_NO_NET = {"err": "Network is unreachable"}
_NO_NAME = {"err": "Name or service not known"}
_KEX = {"what": "key exchange method"}
_HOSTKEY = {"what": "host key type"}
_CIPHER = {"what": "cipher"}
_MAC = {"what": "MAC"}
_HOST = r"(?P<host>[\w.:-]+?)"
_SOCKET = r"(?:\[?Errno -?\w+\]?|\[WinError \d+\]|os error \d+:?|java\.\S+:|connect E\w+|socket error:?)? ?"

SAME: tuple[Same, ...] = (
    # PuTTY, plink, pscp, WinSCP
    ("tcp.fail", _SILENT, r"(?:FATAL ERROR: )?Network error: (?:Connection timed out|Connection to \S+ timed out)"),
    ("tcp.fail", _REFUSED, r"(?:FATAL ERROR: )?Network error: (?:Connection refused|Connection to \S+ refused)"),
    ("tcp.fail", _NO_ROUTE, r"(?:FATAL ERROR: )?Network error: No route to host"),
    ("tcp.fail", _NO_NET, r"(?:FATAL ERROR: )?Network error: Network is (?:unreachable|down)"),
    ("banner.closed2", {}, r"(?:FATAL ERROR: )?Network error: (?:Connection reset|Software caused connection abort)"),
    ("banner.closed2", {}, r"(?:FATAL ERROR: )?(?:Remote side|Server) unexpectedly closed network connection"),
    ("dns.fail", _NO_NAME, r"(?:FATAL ERROR: )?(?:Unable to open connection(?: to \S+)?:? *)?(?:Host does not exist|"
     r"Host \"(?P<host>[^\"]+)\" does not exist)"),
    ("au.denied", {}, r"(?:FATAL ERROR: |Disconnected: )?No supported authentication methods available \(server sent: "
     r"(?P<methods>[^\)]*)\)"),
    ("au.denied", {"methods": "publickey"}, r"(?:FATAL ERROR: |Disconnected: )?No supported authentication methods av"
    r"ail"),
    ("au.refused", {"methods": "publickey"}, r"Server refused (?:our key|public[- ]key signature)"),
    ("au.refused", {"methods": "password"}, r"Access denied$|(?:Keyboard-interactive|Password) authentication failed"),
    ("kex.nomatch", _KEX, r"(?:FATAL ERROR: )?Couldn't agree a key exchange algorithm \(available: (?P<offer>[^\)]*)"),
    ("kex.nomatch", _HOSTKEY, r"(?:FATAL ERROR: )?Couldn't agree a host key algorithm \(available: (?P<offer>[^\)]*)"),
    ("kex.nomatch", _CIPHER, r"(?:FATAL ERROR: )?Couldn't agree a \S+ cipher \(available: (?P<offer>[^\)]*)"),
    ("kex.nomatch", _MAC, r"(?:FATAL ERROR: )?Couldn't agree a \S+ MAC \(available: (?P<offer>[^\)]*)"),
    ("kex.mac", {}, r"(?:FATAL ERROR: )?(?:Incoming packet was garbled on decryption|Incorrect MAC received)"),
    ("hk.changed", {}, r"(?:WARNING - POTENTIAL SECURITY BREACH|The (?:server's )?host key does not match the one)"),
    ("hk.ask", {}, r"The (?:server's )?host key is not cached|Host key not in manually configured list"),
    ("hk.failed", {}, r"(?:FATAL ERROR: )?Cannot confirm a host key in batch mode|Host key (?:wasn't|was not) verifie"
    r"d"),
    ("se.msgtoolong", {}, r"Received too large \(\d+ B\) SFTP packet"),
    ("se.request", {"req": "subsystem"}, r"(?:Error skipping startup message\. |Cannot initialize SFTP protocol)"),
    # Java: JSch (JetBrains, Jenkins), sshj, Apache MINA
    ("au.denied", {}, r"Auth (?:fail|cancel)(?: for methods '(?P<methods>[^']*)')?$|USERAUTH fail"),
    ("kex.nomatch", _KEX, r"Algorithm negotiation fail(?:: algorithmName=\"kex\".*)?$|Unable to reach a settlement: "
    r"\[\S*"
     r"(?:diffie|curve|ecdh).*|Unable to negotiate key exchange for kex algorithms"),
    ("kex.nomatch", _HOSTKEY, r"Algorithm negotiation fail: algorithmName=\"server_host_key\"|Unable to negotiate key"
    r" exch"
     r"ange for server host key"),
    ("kex.nomatch", _CIPHER, r"Algorithm negotiation fail: algorithmName=\"cipher|Unable to negotiate key exchange fo"
    r"r enc"),
    ("kex.nomatch", _MAC, r"Algorithm negotiation fail: algorithmName=\"mac|Unable to negotiate key exchange for mac"),
    ("kex.nomatch", _KEX, r"Unable to reach a settlement: "),
    ("hk.ask", {}, r"UnknownHostKey: " + _HOST + r"\."),
    ("hk.failed", {}, r"reject HostKey: |Could not verify `\S+` host key with fingerprint|Server key did not validate"),
    ("hk.changed", {}, r"HostKey has been changed: |HostKeyChanged"),
    ("au.denied", {}, r"Exhausted available authentication methods|No more authentication methods available"),
    ("au.toomany", {}, r"SSH_MSG_DISCONNECT: 2 Too many authentication failures|Too many authentication failures"),
    ("banner.closed2", {}, r"Session\.connect: java\.io\.IOException: End of IO Stream Read|connection is closed by f"
    r"oreign"
     r" host|Session\.connect: java\.net\.SocketException: Connection reset"),
    ("banner.timeout", {}, r"Session\.connect: java\.net\.SocketTimeoutException: Read timed out"),
    ("tcp.fail", _SILENT, r"timeout: socket is not established|(?:java\.net\.)?SocketTimeoutException: (?:[Cc]onnect "
    r"timed|"
     r"Connect)|.{0,80}Failed to get operation result within specified timeout"),
    ("dns.fail", _NO_NAME, r"(?:java\.net\.)?UnknownHostException: " + _HOST + r"$"),
    ("kex.mac", {}, r"Packet corrupt$"),
    ("kex.dispatch", {"err": "incorrect signature"}, r"verify: false$"),
    # Python: paramiko, fabric, netmiko, asyncssh
    ("au.denied", {}, r"Bad authentication type; allowed types: \[(?!'publickey'\])(?P<methods>[^\]]*)\]|"
     r"\('Bad authentication type', \["
     r"(?P<methods2>[^\]]*)\]\)"),
    ("au.denied", {}, r"Authentication failed(?:\.|: transport shut down.*)?$|Permission denied for user \S+ on host|"
     r"Authentication to device failed|No authentication methods available"),
    ("tcp.fail", _REFUSED, _SOCKET + r"Unable to connect to port (?P<port>\d+) on " + _HOST + r"(?: or .*)?$"),
    ("banner.read", {"err": "Connection reset by peer"}, r"Error reading SSH protocol banner ?\[Errno 104\]"),
    ("banner.closed", {}, r"Error reading SSH protocol banner"),
    ("hk.ask", {}, r"Server '" + _HOST + r"' not found in known_hosts|Host key is not trusted for host"),
    ("hk.changed", {}, r"Host key for server '?" + _HOST + r"'? does not match"),
    ("kex.nomatch", _KEX, r"Incompatible (?:ssh peer|version)? ?\(no acceptable kex algorithm\)|No matching key excha"
    r"nge "
     r"algorithm found"),
    ("kex.nomatch", _HOSTKEY, r"Incompatible ssh peer \(no acceptable host key\)|No matching (?:server )?host key alg"),
    ("kex.nomatch", _CIPHER, r"Incompatible ssh (?:peer|server) \(no acceptable ciphers\)|No matching encryption algo"
    r"rithm"),
    ("kex.nomatch", _MAC, r"Incompatible ssh (?:peer|server) \(no acceptable macs\)|No matching MAC algorithm"),
    # Go: x/crypto/ssh (terraform, packer, docker-machine, k8s tools)
    ("kex.nomatch", _KEX, r"ssh: no common algorithm for key exchange; .*server offered: \[(?P<offer>[^\]]*)"),
    ("kex.nomatch", _HOSTKEY, r"ssh: no common algorithm for host key; .*server offered: \[(?P<offer>[^\]]*)"),
    ("kex.nomatch", _CIPHER, r"ssh: no common algorithm for \S+ to \S+ cipher; .*server offered: \[(?P<offer>[^\]]*)"),
    ("kex.nomatch", _MAC, r"ssh: no common algorithm for \S+ to \S+ MAC; .*server offered: \[(?P<offer>[^\]]*)"),
    ("au.denied", {}, r".{0,200}?ssh: unable to authenticate, attempted methods \[(?P<tried>[^\]]*)\]"),
    ("hk.changed", {}, r".{0,120}?knownhosts: key mismatch|.{0,120}?ssh: host key mismatch"),
    ("hk.ask", {}, r".{0,120}?knownhosts: key is unknown"),
    ("tcp.fail", _SILENT, r".{0,160}?dial tcp (?:\[?" + _HOST + r"\]?:(?P<port>\d+): )?(?:connect: connection timed o"
    r"ut|i/o "
     r"timeout|connect: operation timed out)"),
    ("tcp.fail", _REFUSED, r".{0,160}?dial tcp \[?" + _HOST + r"\]?:(?P<port>\d+): connect(?:ex)?: (?:connection refu"
    r"sed|No "
     r"connection could be made)"),
    ("tcp.fail", _NO_ROUTE, r".{0,160}?dial tcp \[?" + _HOST + r"\]?:(?P<port>\d+): connect: (?:no route to|host is d"
    r"own)"),
    ("tcp.fail", _NO_NET, r".{0,160}?dial tcp \[?" + _HOST + r"\]?:(?P<port>\d+): connect: network is unreachable"),
    ("dns.fail", _NO_NAME, r".{0,160}?dial tcp: lookup " + _HOST + r"(?: on \S+)?: no such host"),
    ("dns.fail", {"err": "Temporary failure in name resolution"}, r".{0,160}?dial tcp: lookup " + _HOST + r"(?: on \S"
    r"+)?: "),
    ("banner.invalid", {}, r".{0,80}?ssh: overflow reading version string"),
    ("banner.closed2", {}, r".{0,120}?ssh: handshake failed: (?:EOF|read tcp .*: connection reset by peer|read tcp.*E"
    r"OF)"),
    ("banner.timeout", {}, r".{0,120}?ssh: handshake failed: read tcp .*: i/o timeout"),
    ("chan.open", {"reason": "administratively prohibited"}, r"ssh: rejected: administratively prohibited"),
    ("chan.open", {"reason": "connect failed"}, r"ssh: rejected: connect failed \((?P<msg>[^\)]*)"),
    ("se.request", {"req": "subsystem"}, r"ssh: subsystem request failed"),
    # libssh2, libgit2, libssh, Node's ssh2, dropbear
    ("au.denied", {}, r".{0,80}?(?:Username/PublicKey combination invalid|All configured authentication methods faile"
    r"d|"
     r"Authentication failed \(username/password\)|No auth methods could be used|authentication required but no callb"
     r"ack)"),
    ("au.denied", {}, r"Access denied for '[\w-]+'\. Authentication that can continue: (?P<methods>.*)"),
    ("kex.nomatch", _HOSTKEY, r"kex error ?: no match for method server host key algo: server \[(?P<offer>[^\]]*)"),
    ("kex.nomatch", _KEX, r"kex error ?: no match for method kex algos: server \[(?P<offer>[^\]]*)|.{0,60}?Unable to "
    r"exchange"
     r" encryption keys|Handshake failed: no matching key exchange algorithm|.{0,40}?No matching algo kex"),
    ("kex.nomatch", _CIPHER, r"kex error ?: no match for method encryption \S+: server \[(?P<offer>[^\]]*)|Handshake "
    r"failed: no "
     r"matching \S+ cipher"),
    ("kex.nomatch", _HOSTKEY, r"Handshake failed: no matching host key format|.{0,40}?No matching algo hostkey"),
    ("kex.nomatch", _MAC, r"kex error ?: no match for method mac algo \S+: server \[(?P<offer>[^\]]*)"),
    ("banner.timeout", {}, r"Timed out while waiting for handshake|Failed getting banner|.{0,60}?timed out waiting fo"
    r"r banner"),
    ("tcp.fail", _REFUSED, r"connect ECONNREFUSED (?:\[?" + _HOST + r"\]?:(?P<port>\d+))?"),
    ("tcp.fail", _SILENT, r"connect ETIMEDOUT(?: \[?" + _HOST + r"\]?:(?P<port>\d+))?"),
    ("tcp.fail", _NO_ROUTE, r"connect EHOSTUNREACH(?: \[?" + _HOST + r"\]?:(?P<port>\d+))?"),
    ("tcp.fail", _NO_NET, r"connect ENETUNREACH"),
    ("dns.fail", _NO_NAME, r"getaddrinfo (?:ENOTFOUND|EAI_NONAME) " + _HOST + r"(?: |$)|failed to resolve address for "
     r"(?P<host2>\S+):"),
    ("dns.fail", {"err": "Temporary failure in name resolution"}, r"getaddrinfo EAI_AGAIN " + _HOST),
    ("hk.changed", {}, r".{0,60}?Host key mismatch for \S+"),
    # sockets, as Python, Java and Windows name them
    ("tcp.fail", _REFUSED, _SOCKET + r"(?:Connection refused|No connection could be made because the target)"),
    ("tcp.fail", _SILENT, _SOCKET + r"(?:Connection timed out|Operation timed out|A connection attempt failed because"
    r" the con"
     r"nected party|timed out$)"),
    ("tcp.fail", _NO_ROUTE, _SOCKET + r"(?:No route to host|Host is unreachable)"),
    ("tcp.fail", _NO_NET, _SOCKET + r"Network is unreachable"),
    ("dns.fail", _NO_NAME, _SOCKET + r"(?:Name or service not known|nodename nor servname provided|No such host is kn"
    r"own)"),
    ("dns.fail", {"err": "Temporary failure in name resolution"}, _SOCKET + r"Temporary failure in name resolution"),
    ("dns.fail", _NO_NAME, _SOCKET + r"getaddrinfo failed"),
    ("dns.fail", _NO_NAME, r"ssh_init: Host does not exist"),
    # tools that wrap ssh and say it in their own words
    ("tcp.fail", _REFUSED, r"Warning: Connection refused\. Retrying"),
    ("tcp.fail", _SILENT, r"Warning: (?:Connection timeout|Host unreachable)\. Retrying|Timeout waiting for SSH\."),
    ("banner.closed2", {}, r"Warning: (?:Remote connection disconnect|Connection reset)\. Retrying"),
    ("au.refused", {"methods": "publickey"}, r"Warning: Authentication failure\. Retrying|SSH authentication failed! "
    r"This is "
     r"typically|Error waiting for SSH: Packer experienced an authentication error"),
)  # fmt: skip


@cache
def same() -> Table:
    """Every row's words, found by the row's number."""
    return Table((str(number), row[2]) for number, row in enumerate(SAME))


def read(text: str) -> tuple[str, dict[str, str]] | None:
    """The id of the OpenSSH message that says the same as a line of another client, and its parts."""
    found = same().find(text)
    if found is None:
        return None
    id_, fixed, _ = SAME[int(found[0])]
    named = parts(found[1])
    if "methods" in named:
        named["methods"] = named["methods"].replace("'", "").replace(" ", "")
    return id_, {**named, **fixed}
