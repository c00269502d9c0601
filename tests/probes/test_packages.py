"""Which packages are old: read from what apt, rpm and apk really print; nothing else is taken for an answer."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.advice.server import judge, sentences
from sshwizard.probes.inside.packages import NAMES, VERSION, Package, Packages, Rows, from_data, packages
from sshwizard.probes.inside.versions import compared

NOW = 1_795_380_000
DAY = 86400
NAME = "ec2-instance-connect"

POLICY = """ec2-instance-connect:
  Installed: 1.1.14-0ubuntu1
  Candidate: {candidate}
  Version table:
     1.1.17-0ubuntu1 {priority}
        {priority} http://archive.ubuntu.com/ubuntu noble-updates/main amd64 Packages
 *** 1.1.14-0ubuntu1 {priority}
        500 http://archive.ubuntu.com/ubuntu noble/main amd64 Packages
        100 /var/lib/dpkg/status
     1.1.12-0ubuntu1 500
        500 http://archive.ubuntu.com/ubuntu jammy/main amd64 Packages
"""
ALONE = """ec2-instance-connect:
  Installed: 1.1.14-0ubuntu1
  Candidate: 1.1.14-0ubuntu1
  Version table:
 *** 1.1.14-0ubuntu1 100
        100 /var/lib/dpkg/status
"""
"""apt 2.6, apt-cache policy."""
DPKG = f"{NAME} 1.1.14-0ubuntu1 all install installed"

PRIMARY = """  <name>ec2-instance-connect</name>
  <arch>noarch</arch>
  <version epoch="0" ver="1.1" rel="19.amzn2023"/>
--
  <name>ec2-instance-connect</name>
  <arch>noarch</arch>
  <version epoch="0" ver="1.1" rel="{release}"/>
--
  <name>amazon-ssm-agent</name>
  <arch>aarch64</arch>
  <version epoch="0" ver="9.9" rel="1"/>
</metadata>
"""
"""createrepo_c 0.17, primary.xml, through grep -A 2."""
RPM = "ec2-instance-connect 1.1-19.amzn2023 noarch\npackage openssh-server is not installed"
"""rpm 4.18, rpm -q --qf."""


def apt(policy: str, days: float = 1, dpkg: str = DPKG) -> Rows:
    return {"packages": (("apt", "1", dpkg),), "package-policy": ((policy, f"{int(NOW - days * DAY)}\n1000"),)}


def rpm(release: str, days: float = 1, repositories: str = "", rpms: str = RPM) -> Rows:
    text = PRIMARY.format(release=release)
    listed = ("amazonlinux-f4fea71849865c06", str(int(NOW - days * DAY)), text)
    return {"packages": (("dnf", "4", rpms),), "package-list": (listed,), "repositories": ((repositories,),)}


def apk(line: str, days: float = 1) -> Rows:
    text = f"Installed:                                Available:\n{line}"
    return {"packages": (("apk", "0", text, str(int(NOW - days * DAY))),)}


CANDIDATE = POLICY.format(candidate="1.1.17-0ubuntu1", priority=500)
PINNED = POLICY.format(candidate="1.1.14-0ubuntu1", priority=100)
APK = "openssh-server-9.3_p2-r0                {} {} "

CASES: dict[str, tuple[Rows, str, str]] = {
    "one waits": (apt(CANDIDATE), "old", "1.1.17-0ubuntu1"),
    "one waits by old lists": (apt(CANDIDATE, 93), "old", "1.1.17-0ubuntu1"),
    "backports are left alone": (apt(PINNED), "newest", "1.1.14-0ubuntu1"),
    "old lists": (apt(PINNED, 93), "unknown", "1.1.14-0ubuntu1"),
    "no list names it": (apt(ALONE), "unknown", ""),
    "no answer of apt": (apt(""), "unknown", ""),
    "an odd answer of apt": (apt(POLICY.format(candidate="$(id)", priority=500)), "unknown", ""),
    "an rpm waits": (rpm("21.amzn2023"), "old", "1.1-21.amzn2023"),
    "an rpm of before": (rpm("9.amzn2023"), "newest", "1.1-19.amzn2023"),
    "rpm, old lists": (rpm("19.amzn2023", 8), "unknown", "1.1-19.amzn2023"),
    "rpm, switched off": (rpm("21.amzn2023", 1, "[amazonlinux]\nenabled=0\n"), "unknown", ""),
    "rpm, another is off": (rpm("21.amzn2023", 1, "[x]\nenabled=0"), "old", "1.1-21.amzn2023"),
    "apk waits": (apk(APK.format("<", "9.3_p2-r1")), "old", "9.3_p2-r1"),
    "apk, the same": (apk(APK.format("=", "9.3_p2-r0")), "newest", "9.3_p2-r0"),
    "apk without an index": (apk(APK.format("?", "")), "unknown", ""),
    "apk, an index of an unknown day": (apk(APK.format("<", "9.3_p2-r1"), -2), "unknown", ""),
    "a snap": ({"packages": (("apt", "1", ""),), "snap": (("amazon-ssm-agent", "3.3.40.0"),)}, "unknown", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_package_manager_knows_is_read(case: str) -> None:
    rows, standing, newest = CASES[case]
    seen = packages(rows, NOW)
    (one,) = seen.found
    assert (one.standing, one.newest) == (standing, newest)
    assert bool(one.why) == (standing == "unknown")
    assert from_data(json.loads(json.dumps(seen.data))) == seen
    (says,) = sentences(seen)
    assert one.version in says
    advice = tuple(judge(seen, "web-1"))
    assert [bool(row.unknown) for row in advice] == {"old": [False], "unknown": [True], "newest": []}[standing]


def test_a_clock_that_was_wrong_makes_the_age_unknown() -> None:
    rows = {**apt(PINNED), "package-policy": ((PINNED, str(NOW + DAY)),)}
    (one,) = packages(rows, NOW).found
    assert (one.standing, one.why) == ("unknown", "how old the lists of packages on the server are cannot be told")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ({}, "the server did not answer which packages it has"),
        ({"packages": (("none", "none"),)}, "the server has no package manager that is known (dpkg, rpm, apk)"),
        ({"packages": (("none", "memory"),)}, "the server has too little memory free to ask its package manager"),
        ({"packages": (("none", "all is well"),)}, "its package manager gave no answer"),
        ({"packages": (("apt", "124", ""),)}, "its package manager gave no answer"),
        ({"packages": (("dnf", "1", ""),)}, "its package manager gave no answer"),
        ({"packages": (("apt", "0", "openssh-server $(id) all install installed"),)},
         "a version on the server has no form that is known"),
        ({"packages": (("apt", "1", ""),)}, ""),
        ({"packages": (("dnf", "5", "package openssh-server is not installed"),)}, ""),
    ],
)  # fmt: skip
def test_nothing_is_told_apart_from_no_answer(rows: Rows, why: str) -> None:
    seen = packages(rows, NOW)
    assert (seen.found, seen.why) == ((), why)
    assert [advice.unknown for advice in judge(seen, "web-1")] == ([why] if why else [])


def test_a_way_back_and_a_hold_are_seen() -> None:
    (one,) = packages(apt(CANDIDATE, dpkg=DPKG.replace(" install ", " hold ")), NOW).found
    assert (one.kept, one.held) == (True, True)
    gone = CANDIDATE.replace("        500 http://archive.ubuntu.com/ubuntu noble/main amd64 Packages\n", "")
    (one,) = packages(apt(gone), NOW).found
    assert (one.standing, one.kept, one.held) == ("old", False, False)
    assert packages(apt(CANDIDATE, dpkg=DPKG.replace(" installed", " config-files")), NOW).found == ()


def test_a_list_that_was_cut_or_lies_there_from_before_is_not_taken() -> None:
    """A cut list ends without </metadata>; of two lists of one repository the newer one holds."""
    (name, moment, text), *_ = rpm("21.amzn2023")["package-list"]
    cut = {**rpm("21.amzn2023"), "package-list": ((name, moment, text.replace("</metadata>", "")),)}
    assert packages(cut, NOW).found[0].why == "no list of packages on the server names it"
    beside = {**rpm("9.amzn2023"), "package-list": (*rpm("9.amzn2023")["package-list"], ("extras", str(NOW), ""))}
    assert packages(beside, NOW).found[0].why == "not every list of packages on the server could be read"
    assert packages({**beside, "repositories": (("[extras]\nenabled=0",),)}, NOW).found[0].standing == "newest"
    other = ("amazonlinux-0123456789abcdef", str(NOW - 50 * DAY), PRIMARY.format(release="77"))
    both = {**cut, "package-list": (other, (name, moment, text))}
    assert packages(both, NOW).found[0].newest == "1.1-21.amzn2023"


@pytest.mark.parametrize(("one", "other", "order"), [
    ("1.0~rc1-1", "1.0-1", -1), ("1.0^a-1", "1.0-1", 1), ("1.0^a-1", "1.0.1-1", -1), ("1.10-1", "1.9-1", 1),
    ("1.a-1", "1.1-1", -1), ("2.0.1-1", "2.0-1", 1), ("1.05-1", "1.5-1", 0), ("1.0a-1", "1.0-1", 1),
    ("1.0^-1", "1.0^a-1", -1), ("1.0~-1", "1.0^-1", -1), ("10xyz-1", "10.1xyz-1", -1), ("1:0.1-1", "9.9-9", 1),
    ("8.7p1-38.el9", "8.7p1-43.el9_4.2", -1), ("8.7p1-43.el9", "8.7p1-43.el9", 0),
])  # fmt: skip
def test_versions_are_ordered_as_rpm_orders_them(one: str, other: str, order: int) -> None:
    """Each pair as `rpm.vercmp` of rpm 4.18 has it."""
    assert compared(one, other) == order
    assert compared(other, one) == -order


BAD = st.text(max_size=60) | st.sampled_from(
    [DPKG, CANDIDATE, RPM, PRIMARY, APK, "apt", "dnf", "apk", "0", str(NOW), "\x1b]0;x\x07", "9" * 400, "-rf $(id) x"]
)
ROWS = st.dictionaries(
    st.sampled_from(["packages", "package-policy", "package-list", "repositories", "snap"]),
    st.lists(st.lists(BAD, min_size=1, max_size=4).map(tuple), max_size=3).map(tuple),
)


@given(ROWS)
@settings(deadline=None)
def test_whatever_a_server_writes_only_a_version_is_taken_for_one(rows: Rows) -> None:
    seen = packages(rows, NOW)
    for one in seen.found:
        assert one.name in NAMES
        assert VERSION.fullmatch(one.version)
        assert not one.newest or VERSION.fullmatch(one.newest)
        assert one.standing != "newest" or 0 <= one.days <= 7
    assert from_data(json.loads(json.dumps(seen.data))) == seen


def test_what_a_session_kept_is_checked_again() -> None:
    good = asdict(Package(NAME, "1.1", "apt"))
    for bad in ({**good, "version": "$(id)"}, {**good, "name": "x"}, {**good, "standing": "fine"}, {"name": NAME}, 7):
        assert from_data({"packages": [bad], "packages_unknown": ""}).found == ()
    assert from_data({"packages": [good], "packages_unknown": ""}).found == (Package(NAME, "1.1", "apt"),)
    assert from_data({}).why
    assert from_data(Packages(why="x").data).why == "x"
