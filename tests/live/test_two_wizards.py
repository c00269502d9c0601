"""Two whole wizards that repair one world at the same time, as two people in an incident may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from command import Ran, sshwizard

from sshwizard.lab import open_world

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")


@pytest.mark.parametrize(("exercise", "file"), [("open-key", "ssh/id_ed25519"), ("refused-port", "config")])
def test_both_get_in_and_one_of_them_has_changed_the_file(exercise: str, file: str, tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    with open_world(exercise) as world, ThreadPoolExecutor(2) as both:
        touched = world.root / file
        before = touched.read_bytes(), touched.stat().st_mode

        def mend(_: int) -> Ran:
            return sshwizard("diagnose", "--json", "--fix", "--yes=confirm", *world.target_args, env=env)

        ran = list(both.map(mend, range(2)))
        for one in ran:
            assert one.code == 0, one.text
            assert one.report["outcome"] == "healthy"
            assert all(fix["proved"] for fix in one.report["fixed"])
        made = [fix["undo"] for one in ran for fix in one.report["fixed"]]
        assert len(made) == 1
        assert sshwizard("undo", made[0], env=env).code == 0
        assert (touched.read_bytes(), touched.stat().st_mode) == before
