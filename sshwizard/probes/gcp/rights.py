"""May we log in by OS Login? roles/compute.osLogin is enough; roles/compute.osAdminLogin adds sudo only."""

from __future__ import annotations

from sshwizard import clean
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.parts import ACT_AS
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.gcp.admission import Right
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.offered import named
from sshwizard.probes.scene import Scene

LOGIN = frozenset({"compute.instances.osLogin", "compute.instances.osAdminLogin"})


def granted(answer: Answer) -> frozenset[str] | None:
    """The permissions that testIamPermissions gives back; None when it did not answer."""
    return None if isinstance(answer, Unseen) else frozenset(answer.get("permissions") or ())


def service_account(who: Identity) -> str:
    """The account as which programs on the VM act; empty without."""
    accounts = who.instance.get("serviceAccounts") or ()
    return clean.line(str(accounts[0].get("email", "")), 120) if accounts else ""


def read(who: Identity, on_vm: Answer, acting: Answer, account: str = "") -> Fact[Right]:
    """What OS Login asks before it lets anybody in (OS Login, Assign OS Login IAM roles)."""
    have, act, robot = granted(on_vm), granted(acting), service_account(who)
    unseen = tuple(one for one in (on_vm, acting if robot else None) if isinstance(one, Unseen))
    data = {**named(who), "account": account, "service_account": robot, **missing(unseen)}
    command = of(who.place, "instances", "get-iam-policy")
    lines = tuple(sorted(LOGIN & (have or frozenset())))
    if have is not None and not LOGIN & have:
        data |= {"role": "roles/compute.osLogin"}
        says = "you have neither compute.instances.osLogin nor compute.instances.osAdminLogin on this VM"
        return Fact("may-not", says, ("compute.instances.osLogin: not granted",), command, data)
    if robot and act is not None and ACT_AS not in act:
        data |= {"role": "roles/iam.serviceAccountUser"}
        says = f"the VM has the service account {robot}, and you may not act as it ({ACT_AS})"
        return Fact("may-not-act", says, (f"{ACT_AS}: not granted on {robot}",), command, data)
    if unseen:
        return blind(*unseen)
    return Fact("may", "your roles let you log in by OS Login", lines, command, data)


async def look(scene: Scene) -> Fact[Right]:
    asked = await inquiry(scene)
    who = await asked.identity()
    account = await asked.account()
    named_ = clean.line(account, 120) if isinstance(account, str) else ""
    return read(who, await asked.part("may-instance"), await asked.part("may-act-as"), named_)
