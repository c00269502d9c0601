"""Words that name their cause by themselves: of cloud tools, Git services, file transfer, and other clients.

A row reads: cause code, weight (2: it says so; 1: it fits; 0: only if nothing else speaks), the words.
"""

from __future__ import annotations

from functools import cache

from sshwizard.probes import awslines
from sshwizard.probes.table import Table

_GCLOUD = r".{0,160}?"
_USED = r"ERROR: \(gcloud[\w.-]*\) "


def _iap(code: str) -> str:
    """The close code of an IAP tunnel, as gcloud and we write it, and as SSH in the browser does (`Code: 4003`)."""
    return _GCLOUD + rf"(?:\[{code}: '|\bCode: {code}$)"


MEANS: tuple[tuple[str, int, str], ...] = (
    *awslines.MEANS,
    # Google: gcloud compute ssh, IAP
    ("gcp.iap-backend-unreachable", 2, _iap("4003")),
    ("gcp.iap-permission-missing", 2, _iap("4033")),
    ("iam.wrong-account-or-region", 1, _iap("4047")),
    ("gcp.instance-stopped", 1, _iap("4051")),
    ("iam.credentials-missing", 1, _iap("4004")),
    ("kex.closed-before-banner", 1, _iap("(?:4009|4010)")),
    ("iam.credentials-missing", 2, _GCLOUD + r"\[Handshake status 401|.{0,40}?Google did not take the token: HTTP 401"),
    ("gcp.iap-permission-missing", 1, _GCLOUD + r"\[Handshake status 40[034]|.{0,40}?Google refused the tunnel: HTTP"),
    ("client.tool-missing-or-outdated", 2, _USED + r"(?:unrecognized arguments:|Invalid choice: '[\w-]+')"),
    ("iam.wrong-account-or-region", 1, _USED + r"(?:The required property \[project\] is not|Underspecified resource)"),
    ("gcp.metadata-too-large", 2, _GCLOUD + r"(?:Value for field '[^']{0,60}metadata\S*' is too large|Metadata has exce"
    r"eded the total limit)"),
    ("gcp.login-role-missing", 2, r".{0,160}?Required '?compute\.\w+\.(?:setMetadata|setCommonInstanceMetadata|o"
     r"sLogin|os"
    r"AdminLogin)'? permission|.{0,200}?iam\.serviceAccounts\.actAs|.{0,160}?does not have access to service account|"
    r".{0,80}?You need the Compute OS (?:Admin )?Login role|.{0,120}?does not have login permission"),
    ("gcp.iap-permission-missing", 2, r".{0,160}?iap\.tunnelInstances\.accessViaIAP"),
    ("gcp.org-policy-blocks", 2, r".{0,240}?constraints/compute\.(?:requireOsLogin|disableSerialPortAccess|disab"
     r"leSshInBr"
    r"owser|vmExternalIpAccess)"),
    ("gcp.workspace-policy-blocks", 2, r".{0,120}?Unauthorized,? Error 401(?!:)|Error 401$"),
    ("gcp.firewall-blocks", 1, r".{0,60}?No ingress firewall rule allowing SSH found"),
    ("gcp.windows-ssh-package-missing", 2, r".{0,200}?detected OpenSSH version may be incompatible with enable[-"
     r"_]windows"
    r"[-_]ssh"),
    ("gcp.windows-ssh-off", 1, r".{0,160}?enable-windows-ssh(?: metadata key)? (?:is not set|must be set|is set "
     r"to FALSE)"),
    ("gcp.oslogin-ignores-metadata-key", 1, r".{0,160}?OS Login is enabled.{0,120}?(?:metadata|SSH keys).{0,60}?"
     r"(?:ignored"
    r"|not (?:be )?used|disabled)"),
    ("gcp.project-keys-blocked", 1, r".{0,160}?(?:[Pp]roject-wide (?:public )?SSH keys are blocked|block-project"
     r"-ssh-keys"
    r" is (?:set|TRUE))"),
    ("iam.read-denied", 2, r"(?:- )?Required '?compute\.[\w.]+'? permission"),
    ("iam.wrong-account-or-region", 1, r"(?:- )?The resource 'projects/\S+' was not found|.{0,60}?\(gcloud\S*\) Could"
    r" not fetch"
     r" resource|Could not fetch resource"),
    ("gcp.key-not-propagated", 1, r".{0,120}?(?:your SSH key has not propagated to the instance yet|Could not SSH int"
    r"o the ins)"),
    ("gcp.instance-stopped", 1, r".{0,120}?(?:instance \S+ is not running|Instance is not running|is not in a running"
    r" state)"),
    ("iam.credentials-missing", 2, r".{0,60}?(?:You do not currently have an active account selected|Reauthentication"
    r" (?:failed|is"
     r" needed)|There was a problem refreshing (?:your|auth)|Your default credentials were not found)"),
    # Git services and git itself
    ("session.git-access-denied", 2, r"ERROR: (?:Repository not found|Permission to \S+ denied to|The project you wer"
    r"e looking "
     r"for|The key you are authenticating with has been marked|You are not allowed|deploy key|Access denied)|conq: re"
     r"pository "
     r"(?:access denied|does not exist)|GitLab: .*(?:not allowed|permission|could not be found)|.{0,40}?TF401019: The "
     r"Git|.{0,30}?remote: Repository not found|Forbidden$"),
    ("session.git-access-denied", 1, r"fatal: '.*' does not appear to be a git repository"),
    ("session.no-shell-offered", 1, r"Hi \S+! You've successfully authenticated, but GitHub does not|Welcome to GitLa"
    r"b, @|auth"
     r"enticated via ssh key|logged in as \S+\.? *$|You can use git to connect to Bitbucket|.{0,60}?does not provide "
     r"shell"),
    ("session.startup-file-prints", 2, r"fatal: protocol error: bad line length character|protocol version mismatch -"
    r"- is your "
     r"shell clean"),
    # file transfer and remote programs
    ("client.tool-missing-or-outdated", 1, r"rsync error: remote command not found|Did not find (?:mosh server|remote"
    r" )startup|"
     r"(?:bash|sh|zsh|-bash)(?:: line \d+)?: (?:mosh-server|rsync|scp|git-\S+|sftp-server): (?:command )?not found"),
    ("client.tool-missing-or-outdated", 2, r"(?:(?:bash|sh|zsh|-bash|fish|dash)(?:: line \d+|: \d+)?: )?ssh: (?:comma"
    r"nd )?not fo"
     r"und|'ssh' is not recognized as|.{0,40}?spawn ssh(?:\.exe)? ENOENT|The term 'ssh' is not recognized|.{0,160}?yo"
     r"u must "
     r"install the sshpass program|error: cannot run ssh: No such file|.{0,40}?command not found: ssh$"),
    ("network.firewall-drops", 1, r"mosh: Nothing received from server on UDP port"),
    ("session.stalls-after-login", 0, r"mosh: Last contact"),
    # keys, as other clients name their trouble
    ("key.foreign-format", 2, r".{0,40}?Unable to (?:use|load) (?:private )?key (?:file )?.*(?:OpenSSH SSH-2 private "
    r"key|PuTTY key"
     r" format too new)|Couldn't load private key \((?:OpenSSH|unrecognised)"),
    ("key.foreign-format", 1, r"(?:encountered \w+ key, expected \w+ (?:private )?key|not a valid \w+ private key fil"
    r"e|invalid "
     r"privatekey: |.{0,40}?Cannot parse privateKey: (?:Unsupported|Malformed)|unpack requires)"),
    ("key.foreign-format", 2, r"PuTTY key format too new"),
    ("key.not-found", 1, r"Unable to (?:use|load) key file .*\(unable to open file\)|.{0,60}?Unable to open "
     r"public key file"),
    ("key.passphrase-required", 2, r"(?:[Pp]rivate key file is encrypted|.{0,80}?this private key is passphrase prote"
    r"cted|.{0,80}?"
     r"cannot decode encrypted private keys|.{0,60}?Encrypted (?:OpenSSH )?private (?:OpenSSH )?key detected, but no "
     r"passphrase)"),
    ("key.damaged", 1, r".{0,80}?(?:ssh: no key found|asn1: (?:structure|syntax) error|Wrong passphrase or invalid/un"
    r"recognized pr"
     r"ivate key file format|Unable to extract public key from private key file)"),
    ("auth.no-key-offered", 2, r".{0,200}?ssh: unable to authenticate, attempted methods \[none\]"),
    ("proxy.command-not-found", 1, r"CreateProcessW failed error:2\b|posix_spawnp: No such file"),
    ("proxy.windows-client-bug", 1, r"posix_spawn: No such file"),  # Win32-OpenSSH before 8.1
    # Windows and macOS: the agent as a service, a key's access list, the ssh-add of Apple and that of others
    ("agent.unreachable", 1, r"Error connecting to agent: |unable to start ssh-agent service, error ?:|unable to open "
     r"service handle$"),
    ("key.permissions-too-open", 2, r"Bad permissions\. Try removing permissions for user: .{1,120}? on file (?!.*[\\/]"
     r"config\.?$)"),
    ("client.tool-missing-or-outdated", 2, r"ssh(?:\.exe)? : The term 'ssh(?:\.exe)?' is not recognized"),
    ("client.tool-missing-or-outdated", 1, r"ssh-add: (?:illegal|unknown|invalid) option -- |Cannot download keys "
     r"without provider"),
    # passwords, and what is too general for more
    ("auth.password-off", 1, r"\('Bad authentication type'|Bad authentication type; allowed types: \['publickey'\]"),
    ("auth.wrong-password", 1, r"(?:Invalid/incorrect password: )?Permission denied, please try again\.|Access denied"
    r"$"),
    ("hostkey.unknown", 2, r"Using a SSH password instead of a key is not possible because Host Key checking is enabl"
    r"ed"),
    ("auth.closed-during-auth", 1, r"(?:.{0,30}?)No existing session$|transport shut down or saw EOF"),
    ("server.booting", 1, r"Timed out while waiting for the machine to boot|.{0,60}?not yet ready for SSH"),
    ("gcp.no-external-ip", 0, r"External IP address was not found"),
)  # fmt: skip


@cache
def means() -> Table:
    """Every row's words, found by the row's number."""
    return Table((str(number), row[2]) for number, row in enumerate(MEANS))


def read(text: str) -> tuple[str, int] | None:
    """The cause that a line names, and its weight."""
    found = means().find(text)
    return (MEANS[int(found[0])][0], MEANS[int(found[0])][1]) if found else None
