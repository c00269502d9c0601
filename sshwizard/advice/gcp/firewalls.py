"""Firewall rules of a project: open to the world, without a word of why, the default network, no way in by IAP.

VPC, VPC firewall rules; IAP, Using IAP for TCP forwarding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sshwizard import clean
from sshwizard.advice import Advice, Weight
from sshwizard.advice.gcp.project import Project, called, network_path
from sshwizard.advice.wording import Judge, some
from sshwizard.cloud.gcp.identify import external, internal
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.gcp.parts import Row
from sshwizard.reach.blocks import block, private
from sshwizard.reach.gcp import IAP, Answer, Request, evaluate, evaluate_rules

PORTS = (22, 2222, 3389)
OPEN = "advice.firewall-open-world"
_STRANGER = {4: "198.51.100.7", 6: "2001:db8::7"}
_WIDEST = {4: 4, 6: 8}
"""Prefix lengths up to which a source is the whole internet, or a large part of it."""


def world(rule: Row) -> bool:
    """True for a rule in force that lets a large part of the internet in."""
    if rule.get("disabled") or rule.get("direction", "INGRESS") != "INGRESS" or not rule.get("allowed"):
        return False
    found = (block(one) for one in rule.get("sourceRanges") or ())
    return any(one is not None and one.length <= _WIDEST[one.family] and not private(one) for one in found)


def ports_of(rule: Row) -> tuple[int, ...]:
    """The ports for logins that a rule opens."""
    return tuple(port for port in PORTS if any(_opens(row, port) for row in rule.get("allowed") or ()))


def _opens(row: Row, port: int) -> bool:
    if str(row.get("IPProtocol", "")).lower() not in {"all", "tcp", "6"}:
        return False
    ranges = [str(one).partition("-") for one in row.get("ports") or ()]
    return not ranges or any(
        low.isdecimal() and int(low) <= port <= int(high or low) for low, _, high in ranges if (high or low).isdecimal()
    )


def admits(project: Project, row: Row, src: str, port: int, *, iap: bool = False) -> Answer:
    """What the firewall of a VM's network says; without the policies where those were not seen."""
    network = network_path(row)
    accounts = tuple(str(one.get("email", "")) for one in row.get("serviceAccounts") or ())
    tags = tuple(str(one) for one in (row.get("tags") or {}).get("items") or ())
    own = internal(row) if ":" not in src and network in project.directed else ""
    request = Request(src, port, "tcp", tags, accounts, network, own, way=None if iap else "internet")
    if request not in project.memo:  # VMs with the same tags are let in alike
        rules = project.effective.get(network)
        project.memo[request] = (
            evaluate(rules, request) if rules is not None else evaluate_rules(project.rows("firewalls"), request)
        )
    return project.memo[request]


def exposed(project: Project) -> Mapping[str, list[tuple[Row, int, bool]]]:
    """VMs that a stranger's packet reaches, by the rule that lets it in: the VM, the port, and whether that is sure."""
    found: dict[str, list[tuple[Row, int, bool]]] = {}
    for row in project.running:
        if not (address := external(row)):
            continue
        src = _STRANGER[6 if ":" in address else 4]
        for port in PORTS:
            told = admits(project, row, src, port)
            if told.action in {"allow", "partial", "uncertain"}:
                found.setdefault(told.by, []).append((row, port, told.action == "allow" and not told.unseen))
    return found


def opened(project: Project) -> Iterator[Advice]:
    reached = dict(exposed(project))
    for rule in project.rows("firewalls"):
        name = str(rule.get("name", ""))
        ports, hit = ports_of(rule), reached.pop(f"firewall:{name}", [])
        if world(rule) and ports:
            yield _open(project, f"The firewall rule {clean.line(name, 63)}", ports, hit, (_line(rule),), name,
                        (("gcloud: only my address", _narrow(project, rule)),))  # fmt: skip
    for by, hit in sorted(reached.items()):
        if by.startswith("policy:"):
            ports = tuple(sorted({port for _, port, _ in hit}))
            yield _open(project, f"The firewall policy rule {clean.line(by[7:], 120)}", ports, hit, (), by, ())


def _open(project: Project, what: str, ports: tuple[int, ...], hit: list[tuple[Row, int, bool]],
          lines: tuple[str, ...], subject: str, texts: tuple[tuple[str, str], ...]) -> Advice:  # fmt: skip
    sure = [f"{called(row)} answers the whole internet at {at}, port {port}"
            for row, port, is_sure in hit for at in [external(row)]
            if is_sure]  # fmt: skip
    perhaps = [f"{called(row)}, port {port}: whether packets arrive depends on what was not seen"
               for row, port, is_sure in hit if not is_sure]  # fmt: skip
    weight: Weight = "now" if sure else "soon" if perhaps else "note"
    why = ("Programs that guess passwords try every such address all day; a leaked key works from anywhere."
           if hit else "No running VM with an external address gets its packets now; the next one does.")  # fmt: skip
    shown = " and ".join(str(port) for port in ports)
    return Advice(OPEN, f"{what} lets the whole internet in to port {shown}", why, (*lines, *some(sure, 8),
                  *some(perhaps, 4)), clean.line(subject, 120), weight, "", texts)  # fmt: skip


def _line(rule: Row) -> str:
    allowed = ", ".join(f"{row.get('IPProtocol')}:{','.join(row.get('ports') or ['all'])}"
                        for row in rule.get("allowed") or ())  # fmt: skip
    whom = ", ".join((*(rule.get("targetTags") or ()), *(rule.get("targetServiceAccounts") or ()))) or "every VM"
    sources = ", ".join(rule.get("sourceRanges") or ())
    network = last(str(rule.get("network", "")))
    return clean.line(f"{rule.get('name')}: {allowed} from {sources} to {whom} of the network {network}", 200)


def _narrow(project: Project, rule: Row) -> str:
    line = project.gcloud("compute", "firewall-rules", "update", str(rule.get("name", "")))
    if any(
        str(one) not in {str(port) for port in PORTS} for row in rule["allowed"] for one in row.get("ports") or ["*"]
    ):
        return "# the rule opens more than logins: what needs that gets a rule of its own first"
    return "\n".join((
        "me=$(curl -fsS https://checkip.amazonaws.com)",
        "# whoever comes by IAP needs Google's range, too",
        f'{line} --source-ranges="$me/32,{IAP}"',
    ))  # fmt: skip


def undescribed(project: Project) -> Iterator[Advice]:
    found = [rule for rule in project.rows("firewalls") if not str(rule.get("description") or "").strip()]
    if found:
        lines = [f"{project.gcloud('compute', 'firewall-rules', 'update', str(rule.get('name', '')))} "
                 "--description='WHAT FOR, WHOSE, SINCE WHEN'" for rule in found[:40]]  # fmt: skip
        yield Advice(
            "advice.firewall-description", "Firewall rules that do not say what they are for",
            "Nobody dares to take a rule away when nobody knows whose it is.",
            some(_line(rule) for rule in found), f"firewall rules in {project.id}", "note", "",
            (("gcloud: describe them", "\n".join(lines)),),
        )  # fmt: skip


def default_network(project: Project) -> Iterator[Advice]:
    """It comes with every project, with a subnet in every region and rules that let ssh and rdp in from everywhere."""
    there = next((row for row in project.rows("networks") if row.get("name") == "default"), None)
    if there is None:
        return
    own = [rule for rule in project.rows("firewalls") if last(str(rule.get("network", ""))) == "default"
           and str(rule.get("name", "")).startswith("default-allow-")]  # fmt: skip
    if not own and not there.get("autoCreateSubnetworks"):
        return
    users = [row for row in project.rows("instances") if last(network_path(row)) == "default"]
    delete = [project.gcloud("compute", "firewall-rules", "delete", str(rule.get("name", ""))) for rule in own]
    end = [project.gcloud("compute", "networks", "delete", "default")]
    note = ["# VMs are still in it: move them to a network of your own first"] if users else []
    yield Advice(
        "advice.default-network", "The project still has its default network",
        "It has a subnet in every region, and rules that let ssh and rdp in from everywhere: a VM that names no "
        "network gets it.",
        (*some(_line(rule) for rule in own), *some((f"{called(row)} is in it" for row in users), 8)),
        f"default ({project.id})", "note", "", (("gcloud: take it away", "\n".join((*note, *delete, *end))),),
    )  # fmt: skip


def without_iap(project: Project) -> Iterator[Advice]:
    lost = [row for row in project.running if admits(project, row, IAP, 22, iap=True).action == "deny"]
    if not lost:
        return
    alone = [row for row in lost if not external(row)]
    texts = []
    for network in sorted({network_path(row) for row in lost} - {""}):
        name, home = last(network), network.split("/")[1]
        create = ("gcloud", "compute", "firewall-rules", "create", f"allow-ssh-from-iap-{name}"[:63])
        texts.append(
            " ".join(
                (
                    *create,
                    f"--network={name}",
                    "--direction=INGRESS",
                    "--action=ALLOW",
                    "--rules=tcp:22",
                    f"--source-ranges={IAP}",
                    "--description='SSH through IAP'",
                    f"--project={home}",
                )
            )
        )
    yield Advice(
        "advice.no-iap", "VMs that Identity-Aware Proxy does not reach",
        "With IAP a login needs no external address and no port that is open to the internet, and Google asks who you "
        "are before a packet arrives: the way in when everything else is shut.",
        (*some(f"{called(row)} has no external address either" for row in alone),
         *some(called(row) for row in lost if row not in alone)),
        f"VMs in {project.id}", "soon" if alone else "note", "",
        (("gcloud: let Google's range in", "\n".join(texts)),),
    )  # fmt: skip


JUDGES = (
    Judge(OPEN, "which firewall rules are open to the whole internet", ("firewalls", "instances"), opened, "now"),
    Judge("advice.firewall-description", "which firewall rules have no description", ("firewalls",), undescribed),
    Judge("advice.default-network", "whether the default network is still there", ("networks", "firewalls"),
          default_network),
    Judge("advice.no-iap", "which VMs Identity-Aware Proxy reaches", ("firewalls", "instances"), without_iap),
)  # fmt: skip
