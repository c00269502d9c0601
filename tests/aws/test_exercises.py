"""The exercises on AWS are solved by their own repairs, which undo takes back."""

from __future__ import annotations

import pytest
from practice import on, opened, root

pytestmark = [
    pytest.mark.requires("moto", "ssh", "ssh-keygen"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]

REPAIRS = {
    "closed-security-group": "allow-my-ip-in-security-group",
    "stopped-instance": "start-instance",
    "network-acl-denies": "allow-in-network-acl",
    "wrong-image-user": "try-image-user",
}
"""Nothing that the wizard may do repairs the other two: a route is for people, and sshd is down inside."""


@pytest.mark.parametrize("exercise", REPAIRS)
async def test_the_repair_lets_ssh_in_and_undo_takes_it_back(exercise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(exercise) as world:
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        runner = on(world)
        try:
            broken = await runner.walk()
            assert root(broken) == world.exercise.cause
            await runner.prepare(REPAIRS[exercise])
            await runner.apply(REPAIRS[exercise])
            assert (await runner.walk()).outcome == "healthy"
            await runner.undo()
            again = await runner.walk()
            assert root(again) == world.exercise.cause
        finally:
            await runner.close()
