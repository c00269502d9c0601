"""Every fix has a really broken world that it mends, or a reason why there can be none."""

from __future__ import annotations

import pytest

from sshwizard.doors.table import DOORS
from sshwizard.fixes import FIXES, account, awsdisks, gcp, offline, oldkernel, upkeep

from .mending import changed, seen
from .networld import NetWorld
from .scenario import read_report
from .scenarios import mending, mending_by_hand
from .scenarios.files import key_of_root
from .scenarios.inside import INSIDE
from .scenarios.mending_at_home import AT_HOME
from .scenarios.mending_several import SEVERAL
from .test_terminal_fixes import IN_TERMINAL
from .test_tries import TRIES

MENDED = {
    *(
        fix
        for row in (*mending.KEYS, *mending.CONFIG, *mending.SHARED, *mending.SERVER, *SEVERAL, *AT_HOME)
        for fix in row.fixes.split()
    ),
    *(row.name for row in mending_by_hand.ON_LOOPBACK),
    *(row.name for row in mending_by_hand.IN_NETWORK),
    *(trial.fix for trial in TRIES),
    *IN_TERMINAL,
    # test_connects.py and test_waiting.py drive these in a real terminal, or beside a real server.
    *("connect-interactively", "use-sftp", "bypass-startup-files", "wait-and-retry"),
    *(row.mends for row in INSIDE if row.mends),
    # tests/live/test_inside_doors.py goes in through doors, looks there, and sends a repair to the agent.
    *("diagnose-from-inside", "repair-through-ssm"),
    # tests/aws does these in an account, and looks whether packets pass.
    *("allow-my-ip-in-security-group", "allow-in-network-acl", "start-instance"),
    "guide-use-hostname",  # tests/aws/test_by_name.py
    # tests/aws (test_account_changes.py, test_disks.py, test_rescue_boot.py, test_rescue_command.py), in an account.
    *(fix.id for fix in (*account.FIXES, *offline.FIXES, *awsdisks.FIXES)),
    *(fix.id for fix in upkeep.FIXES),  # tests/advice (test_narrowing.py, test_aws_upkeep.py, test_denials.py)
    *(fix.id for fix in gcp.FIXES),  # tests/gcp, in a project
    *gcp.RESCUE,
    *(fix.id for fix in oldkernel.FIXES),  # tests/live/test_lent_disk.py, tests/aws and tests/gcp beside it
    # tests/live/test_doors.py walks through them: they are our own command `connect`.
    *(door.action for door in DOORS.values() if door.walk and door.action),
}

EXCEPTIONS = {
    "create-sshd-run-directory": "without it no second sshd lets anybody in either; tests/live/test_inside.py "
    "runs what it does on a server by itself",
    "restore-selinux-labels": "no kernel of ours enforces labels",
    "sync-server-clock": "the clock is the one of the machine that runs the tests",
    "start-guest-agent": "only systemd starts it, which is no first process of a machine of ours; "
    "tests/probes/inside_states.py has the state",
    "install-sshd": "a package manager asks the net",
    "install-instance-connect": "a package manager asks the net",
    "set-serial-password": "passwd asks for the password of an account; its words: tests/fixes/test_account_plans.py",
    "fix-key-owner": "sudo(8) asks for a password that no test has; below, what is told, and to nobody's harm. As root "
    "no key is unreadable; the change itself is killed and taken back in tests/crash.py",
    "reset-key-acl": "Windows only; its command and the reading of its answer: tests/fixes",
    "add-keepalive": "only time shows that it helped; tests/live/test_idle.py writes it after a session that broke",
}
"""Fixes without a world, and why."""


def test_every_fix_mends_a_world() -> None:
    assert set(FIXES) - MENDED == set(EXCEPTIONS)


@pytest.mark.netns
@pytest.mark.requires("netns")
def test_a_foreign_key_without_a_terminal(net_world: NetWorld) -> None:
    """Root's key in the person's own directory: the command is told, and nothing is asked of sudo."""
    key_of_root(net_world)
    before = seen(net_world)
    ran = net_world.product("diagnose", "--fix", "--yes=confirm", "--json", *net_world.target_args)
    report = read_report(ran)
    assert (ran.code, report["fixed"], report["findings"][0]["cause"]) == (1, [], "key.unreadable"), ran.text
    owner = "sudo chown 30001:30001"
    assert owner in next(fix["preview"] for fix in report["findings"][0]["fixes"] if fix["id"] == "fix-key-owner")[0]
    assert f"not applied: this needs a terminal; type it there: {owner}" in ran.err.decode()
    assert changed(before, seen(net_world)) == []
