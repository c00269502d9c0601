"""`sshwizard reach aws`: what it prints, and what it answers to input that is no question."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import Ran, harmful, sshwizard, strings

from reach.worlds import ALL_IN, VECTORS, Raw, acl, cidr, entry, healthy, let_in

FILE = Path(__file__).parents[1] / "data" / "reach" / "aws.json"
FIELDS = ["id", "verdict", "blockers", "unknown", "partial", "warnings", "endpoint"]


def asked(**changes: Any) -> Raw:
    """One question about the healthy world."""
    query = {"instance": "i-1", "source": "203.0.113.7", "port": 22, "client": "nat", **changes}
    return {"query": query, "world": healthy()}


def reach(document: Any, *options: str) -> Ran:
    return sshwizard("reach", "aws", "-", *options, feed=json.dumps(document).encode())


def rows(ran: Ran) -> list[dict[str, Any]]:
    assert ran.code == 0, ran.text
    assert ran.err == ""
    found = json.loads(ran.out)
    assert isinstance(found, list)
    return found


def test_a_file_of_questions() -> None:
    found = rows(sshwizard("reach", "aws", FILE))
    assert [row["id"] for row in found] == [vector["id"] for vector in VECTORS]
    assert {tuple(row) for row in found} == {tuple(FIELDS)}


def test_one_question_needs_no_kind_and_no_id() -> None:
    (row,) = rows(reach(asked()))
    assert row == {
        "id": "i-1",
        "verdict": "reachable",
        "blockers": [],
        "unknown": [],
        "partial": [],
        "warnings": [],
        "endpoint": "198.51.100.10",
    }


def test_a_session_manager_question_needs_no_source() -> None:
    document = asked()
    del document["query"]["source"]
    (row,) = rows(reach(document | {"kind": "ssm", "id": "agent"}))
    assert (row["id"], row["verdict"], row["endpoint"]) == ("agent", "unknown", None)


def test_paths_say_which_rule() -> None:
    world = acl(
        let_in(healthy(), cidr("203.0.113.99/32", about="dana")), "subnet-pub", ALL_IN, entry(90, "deny", "::/0")
    )
    (row,) = rows(reach(asked() | {"world": world}, "--paths"))
    assert list(row) == [*FIELDS, "paths"]
    (path,) = row["paths"]
    replies, group = path["blockers"]
    assert (replies["code"], replies["resources"]) == ("nacl.egress_ephemeral_denied", ["acl-subnet-pub"])
    assert (group["code"], group["resources"], group["near"][0]["kind"]) == (
        "sg.no_rule_for_source",
        ["sg-1"],
        "other_cidr",
    )
    assert group["near"][0]["rule"]["description"] == "dana"
    assert path["assumed"] == ["Bpa"]


def test_answers_as_the_command_line_of_aws_prints_them() -> None:
    world = healthy()
    world["Reservations"] = [{"OwnerId": "123456789012", "Instances": world.pop("Instances")}]
    world["PrefixLists"] = [{"PrefixListId": "pl-1", "Cidrs": ["203.0.113.0/24"]}]
    let_in(world, {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]})
    world["VpcBlockPublicAccessOptions"] = {"InternetGatewayBlockMode": "block-ingress"}
    world["VpcBlockPublicAccessExclusions"] = []
    (row,) = rows(reach(asked() | {"world": world}))
    assert row["blockers"] == ["bpa.block-ingress"]


def test_what_strangers_wrote_is_harmless() -> None:
    world = healthy()
    world["Instances"][0]["State"]["Name"] = "stopped\x1b[31m\u202e"
    world["SecurityGroups"][0]["IpPermissions"] = [cidr("192.0.2.0/24", about="a\x07b\u200b")]
    found = rows(reach(asked() | {"world": world, "id": "a\x1b]0;x\x07"}, "--paths"))
    assert [text for text in strings(found) if harmful(text)] == []
    assert "instance.stopped" in found[0]["blockers"]


def without(name: str) -> Callable[[Raw], None]:
    return lambda document: document.pop(name)


def put(part: str, name: str, value: Any) -> Callable[[Raw], None]:
    return lambda document: document[part].update({name: value})


MISTAKES: dict[str, tuple[Callable[[Raw], None], str]] = {
    "no query": (without("query"), "query is missing"),
    "no world": (without("world"), "world is missing"),
    "a wrong kind": (lambda document: document.update(kind="vpn"), 'kind is "vpn"'),
    "a kind that is a list": (lambda document: document.update(kind=["ssm"]), "kind is a list"),
    "an instance that is not in the world": (put("query", "instance", "i-404"), "no instance i-404"),
    "no instance": (put("query", "instance", None), "query.instance"),
    "a name as source": (put("query", "source", "web-1"), 'query.source is "web-1"'),
    "a block as source": (put("query", "source", "203.0.113.0/24"), "query.source"),
    "a number as source": (put("query", "source", 7), "query.source is 7"),
    "a loopback source": (put("query", "source", "127.0.0.1"), "no packet"),
    "a link-local source": (put("query", "source", "fe80::1%eth0"), "query.source"),
    "port 0": (put("query", "port", 0), "query.port is 0"),
    "port 65536": (put("query", "port", 65536), "query.port is 65536"),
    "a port as text": (put("query", "port", "22"), 'query.port is "22"'),
    "a port that is true": (put("query", "port", True), "query.port is true"),
    "a client that is none": (put("query", "client", "amiga"), 'query.client is "amiga"'),
    "a list that is none": (put("world", "Subnets", {"SubnetId": "x"}), "world.Subnets is not a list"),
    "prefix lists that are none": (put("world", "PrefixLists", 7), "world.PrefixLists is not an object"),
    "no instances": (put("world", "Instances", None), "world.Instances is missing"),
    "a file for another cloud": (lambda document: document.update(vectors=[], format="other/1"), '"other/1"'),
    "vectors that are no list": (lambda document: document.update(vectors=7), "vectors are not a list"),
}


def refused(ran: Ran) -> str:
    """The one sentence."""
    assert (ran.code, ran.out) == (2, ""), ran.text
    (row,) = ran.err.strip().splitlines()
    assert row.startswith("sshwizard: ")
    assert harmful(row) == []
    return row


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_question_ends_in_a_sentence(name: str) -> None:
    change, says = MISTAKES[name]
    document = asked()
    change(document)
    assert says in refused(reach(document))


def test_a_wrong_question_of_many_is_named() -> None:
    wrong = asked(port=-1) | {"id": "W7"}
    assert "vector 2 (W7): query.port is -1" in refused(reach({"vectors": [asked(), wrong]}))
    assert "vector 1 is not an object" in refused(reach({"vectors": [[]]}))


NO_JSON: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON"),
    "half of it": (b'{"query": {"instance": "i-1"', "not JSON"),
    "bytes": (b"\xff\xfe\xfa", "not JSON"),
    "a list": (b"[1, 2]", "query and world"),
    "lists in lists": (b"[" * 200_000, "nested too deeply"),
    "objects in objects": (b'{"world":' * 200_000, "nested too deeply"),
    "nested as deep as is read": (b'{"query": {"instance": "i", "port": ' + b"[" * 900 + b"]" * 900 + b"}}", "a list"),
    "an endless number": (b'{"query": ' + b"9" * 10_000 + b"}", "reach aws"),
}


@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_question_ends_in_a_sentence(name: str) -> None:
    raw, says = NO_JSON[name]
    ran = sshwizard("reach", "aws", "-", feed=raw)
    assert says in refused(ran) or name == "an endless number"


def test_two_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(200_000_000)
    assert "64 MB" in refused(sshwizard("reach", "aws", tmp_path / "large.json"))


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    assert "No such file" in refused(sshwizard("reach", "aws", tmp_path / "no.json"))
    assert "directory" in refused(sshwizard("reach", "aws", tmp_path))


def test_an_unknown_cloud_and_no_file() -> None:
    assert "aws" in refused(sshwizard("reach", "azure", FILE))
    assert "reach --help" in refused(sshwizard("reach"))
    assert "FILE" in refused(sshwizard("reach", "aws"))
