"""Every finding of the fuzzer stays a test, and each target meets a few new inputs.

What a nightly run does: `make fuzz`.
"""

from __future__ import annotations

import pytest

from fuzz.fuzz import FOUND, by_mutation, judge, share
from fuzz.targets import TARGETS


@pytest.mark.parametrize("name", [path.name for path in sorted(FOUND.iterdir())])
def test_what_was_found_once_is_mended(name: str) -> None:
    judge(name.rpartition("-")[0], (FOUND / name).read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_new_inputs_do_no_harm(name: str) -> None:
    assert by_mutation(name, share(name, 300)) == 0, "see tests/fuzz/found: commit what was found, and mend it"
