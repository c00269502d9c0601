"""The practice Google Cloud over HTTP: what it shows, what it changes, and how it refuses."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from gce import IAP, ME, VM, ask

from sshwizard.lab.gcp import PERSON, PROJECT, ZONE, Gcp

ROOT = f"compute/v1/projects/{PROJECT}"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHPWl0sYcmVzc29tZWJvZHkgZWxzZSdzIGtleSBoZXJl"


def get(google: Gcp, path: str) -> dict[str, Any]:
    status, body = ask(google, path)
    assert status == 200, body
    return body


def refused(google: Gcp, path: str, body: object = None, **more: str) -> tuple[int, str, str, str]:
    """Code, status, reason and message."""
    code, told = ask(google, path, body, **more)
    error = told["error"]
    assert error["code"] == code
    assert error["errors"][0]["message"] == error["message"]
    return code, error["status"], error["errors"][0]["reason"], error["message"]


def done(google: Gcp, operation: dict[str, Any]) -> dict[str, Any]:
    """Wait for an operation as clients do."""
    place = operation["selfLink"].partition("/compute/v1/")[2]
    status, told = ask(google, f"compute/v1/{place}/wait", {})
    assert (status, told["status"]) == (200, "DONE")
    return told


def change(google: Gcp, path: str, body: object = None, method: str = "POST") -> dict[str, Any]:
    status, told = ask(google, path, {} if body is None and method == "POST" else body, method=method)
    assert status == 200, told
    assert told["status"] == "PENDING"
    return done(google, told)


def test_a_vm_as_the_api_shows_it(google: Gcp) -> None:
    made = google.instance("web-1", tags=["web"], accounts=["robot@x.iam.gserviceaccount.com"], metadata={"a": "b"})
    shown = get(google, f"{VM}/web-1")
    assert shown["selfLink"] == f"https://www.googleapis.com/{VM}/web-1"
    assert (shown["id"], shown["status"], shown["tags"]["items"]) == (made["id"], "RUNNING", ["web"])
    (nic,) = shown["networkInterfaces"]
    assert (nic["name"], nic["accessConfigs"][0]["natIP"]) == ("nic0", made["address"])
    assert nic["network"].endswith(f"/projects/{PROJECT}/global/networks/default")
    assert shown["metadata"]["items"] == [{"key": "a", "value": "b"}]
    for part in (shown, shown["tags"], shown["metadata"]):
        assert base64.b64decode(part["fingerprint"], validate=True)
    project = get(google, ROOT)
    assert "items" not in project["commonInstanceMetadata"]


def test_lists_come_in_pages_and_filtered(google: Gcp) -> None:
    for place in range(3):
        google.instance(f"web-{place}")
    first = get(google, f"{VM}?maxResults=2")
    second = get(google, f"{VM}?maxResults=2&pageToken={first['nextPageToken']}")
    assert [one["name"] for one in first["items"] + second["items"]] == ["web-0", "web-1", "web-2"]
    assert "nextPageToken" not in second
    every = get(google, f"{ROOT}/aggregated/instances?filter=name+%3D+web-1")["items"]
    assert [one["name"] for one in every[f"zones/{ZONE}"]["instances"]] == ["web-1"]
    assert every["zones/us-central1-a"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"
    address = first["items"][1]["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    wanted = f'networkInterfaces.accessConfigs.natIP="{address}"'.replace('"', "%22")
    assert get(google, f"{VM}?filter={wanted}")["items"][0]["name"] == "web-1"


def test_what_is_missing_is_said(google: Gcp) -> None:
    path = f"projects/{PROJECT}/zones/{ZONE}/instances/nope"
    told = refused(google, f"{VM}/nope")
    assert told == (404, "NOT_FOUND", "notFound", f"The resource '{path}' was not found")
    assert refused(google, "compute/v1/projects/other-shop")[0] == 404
    assert google.gaps() == {}
    assert refused(google, "compute/v1/projects/x/nowhere")[0] == 404
    assert google.gaps() == {"GET compute/v1/projects/x/nowhere": 1}


def test_who_is_not_known_or_not_allowed_is_refused(google: Gcp) -> None:
    google.instance("web-1")
    assert refused(google, f"{VM}/web-1", token="")[:3] == (401, "UNAUTHENTICATED", "required")
    assert refused(google, f"{VM}/web-1", token="wrong")[:3] == (401, "UNAUTHENTICATED", "authError")
    google.deny("compute.instances.get")
    path = f"projects/{PROJECT}/zones/{ZONE}/instances/web-1"
    message = f"Required 'compute.instances.get' permission for '{path}'"
    assert refused(google, f"{VM}/web-1") == (403, "PERMISSION_DENIED", "forbidden", message)
    google.heal()
    google.expire()
    assert refused(google, f"{VM}/web-1")[0] == 401
    assert google.calls()[-1]["status"] == 401


def test_permissions_that_are_asked_about_are_those_that_count(google: Gcp) -> None:
    google.instance("web-1", accounts=["robot@x.iam.gserviceaccount.com"])
    google.grant("compute.instances.get", "compute.*.list")
    wanted = {"permissions": ["compute.instances.get", "compute.instances.list", "compute.instances.setMetadata"]}
    kept = {"permissions": ["compute.instances.get", "compute.instances.list"]}
    asked = (
        f"{VM}/web-1/testIamPermissions",
        f"cloudresourcemanager/v1/projects/{PROJECT}:testIamPermissions",
        f"cloudresourcemanager/v3/projects/{PROJECT}:testIamPermissions",
        f"iap/v1/projects/{PROJECT}/iap_tunnel/zones/{ZONE}/instances/web-1:testIamPermissions",
        "iam/v1/projects/-/serviceAccounts/robot@x.iam.gserviceaccount.com:testIamPermissions",
    )
    assert [ask(google, path, wanted) for path in asked] == [(200, kept)] * len(asked)
    assert ask(google, asked[0], {"permissions": ["iam.serviceAccounts.actAs"]}) == (200, {})
    google.deny("compute.instances.list")
    assert ask(google, asked[0], wanted) == (200, {"permissions": ["compute.instances.get"]})
    assert not [one for one in google.calls() if one["mutating"]]


def test_metadata_is_replaced_by_who_has_seen_it(google: Gcp) -> None:
    google.instance("web-1", metadata={"ssh-keys": f"dana:{KEY}"})
    old = get(google, f"{VM}/web-1")["metadata"]
    items = [{"key": "ssh-keys", "value": f"robin:{KEY}"}]
    told = change(google, f"{VM}/web-1/setMetadata", {"fingerprint": old["fingerprint"], "items": items})
    assert (told["operationType"], told["targetLink"].rpartition("/")[2]) == ("setMetadata", "web-1")
    assert get(google, f"{VM}/web-1")["metadata"]["items"] == items
    again = refused(google, f"{VM}/web-1/setMetadata", {"fingerprint": old["fingerprint"], "items": []})
    assert again[:3] == (412, "FAILED_PRECONDITION", "conditionNotMet")
    common = get(google, ROOT)["commonInstanceMetadata"]["fingerprint"]
    change(google, f"{ROOT}/setCommonInstanceMetadata", {"fingerprint": common, "items": items})
    assert get(google, ROOT)["commonInstanceMetadata"]["items"] == items


def test_metadata_has_limits_and_the_organization_too(google: Gcp) -> None:
    google.instance("web-1")
    google.project(constraints={"compute.requireOsLogin": True, "compute.disableSerialPortAccess": True})
    now = get(google, f"{VM}/web-1")["metadata"]["fingerprint"]

    def put(key: str, value: str) -> tuple[int, str, str, str]:
        asked = {"fingerprint": now, "items": [{"key": key, "value": value}]}
        return refused(google, f"{VM}/web-1/setMetadata", asked)

    large = put("ssh-keys", "x" * 262_145)
    assert large[:3] == (400, "INVALID_ARGUMENT", "invalid")
    assert large[3].startswith("Value for field 'metadata.items[0].value' is too large")
    for key, value in (("enable-oslogin", "FALSE"), ("serial-port-enable", "1")):
        assert put(key, value)[0] == 412
    policy = f"cloudresourcemanager/v1/projects/{PROJECT}:getEffectiveOrgPolicy"
    for name, told in (
        ("compute.requireOsLogin", {"booleanPolicy": {"enforced": True}}),
        ("compute.disableSshInBrowser", {"booleanPolicy": {}}),
        ("compute.vmExternalIpAccess", {"listPolicy": {"allValues": "ALLOW"}}),
    ):
        constraint = f"constraints/{name}"
        assert ask(google, policy, {"constraint": constraint}) == (200, {"constraint": constraint, **told})
    new = get(google, f"orgpolicy/v2/projects/{PROJECT}/policies/compute.requireOsLogin:getEffectivePolicy")
    assert new["spec"]["rules"] == [{"enforce": True}]


def test_who_writes_metadata_must_be_able_to_act_as_the_robot(google: Gcp) -> None:
    google.instance("web-1", accounts=["robot@x.iam.gserviceaccount.com"])
    now = get(google, f"{VM}/web-1")["metadata"]["fingerprint"]
    google.deny("iam.serviceAccounts.actAs")
    told = refused(google, f"{VM}/web-1/setMetadata", {"fingerprint": now, "items": []})
    assert told[2] == "SERVICE_ACCOUNT_ACCESS_DENIED"


def test_tags_and_rules_and_what_counts_for_a_vm(google: Gcp) -> None:
    google.instance("web-1")
    where = f"{VM}/web-1/getEffectiveFirewalls?networkInterface=nic0"
    assert get(google, where) == {}
    rule = {"name": "iap", "sourceRanges": [IAP], "targetTags": ["web"], "allowed": [{"IPProtocol": "tcp"}]}
    change(google, f"{ROOT}/global/firewalls", {**rule, "network": f"projects/{PROJECT}/global/networks/default"})
    assert get(google, where) == {}
    old = get(google, f"{VM}/web-1")["tags"]["fingerprint"]
    change(google, f"{VM}/web-1/setTags", {"fingerprint": old, "items": ["web"]})
    (shown,) = get(google, where)["firewalls"]
    assert (shown["name"], shown["priority"], shown["disabled"]) == ("iap", 1000, False)
    assert refused(google, f"{ROOT}/global/firewalls", rule)[:2] == (409, "ALREADY_EXISTS")
    assert refused(google, f"{ROOT}/global/firewalls", {**rule, "name": "No"})[0] == 400
    google.network(policies=[{"name": "org", "rules": []}, {"name": "net", "type": "NETWORK", "rules": []}])
    assert [one["type"] for one in get(google, where)["firewallPolicys"]] == ["HIERARCHY", "NETWORK"]
    change(google, f"{ROOT}/global/firewalls/iap", {"disabled": True}, "PATCH")
    assert get(google, f"{ROOT}/global/firewalls/iap")["disabled"]
    change(google, f"{ROOT}/global/firewalls/iap", method="DELETE")
    assert "items" not in get(google, f"{ROOT}/global/firewalls")
    assert refused(google, where.replace("nic0", "nic1"))[0] == 400


def test_a_vm_stops_and_starts_with_another_address(google: Gcp) -> None:
    before = google.instance("web-1")["address"]
    change(google, f"{VM}/web-1/stop")
    stopped = get(google, f"{VM}/web-1")
    assert stopped["status"] == "TERMINATED"
    assert "natIP" not in stopped["networkInterfaces"][0]["accessConfigs"][0]
    assert refused(google, f"{VM}/web-1/stop", {})[2] == "resourceNotReady"
    assert refused(google, f"{VM}/web-1/serialPort")[2] == "resourceNotReady"
    change(google, f"{VM}/web-1/start")
    shown = get(google, f"{VM}/web-1")
    assert shown["status"] == "RUNNING"
    assert shown["networkInterfaces"][0]["accessConfigs"][0]["natIP"] != before
    kinds = [one["operationType"] for one in get(google, f"{ROOT}/zones/{ZONE}/operations")["items"]]
    assert kinds == ["stop", "start"]


def test_an_operation_is_seen_under_way_and_may_fail(google: Gcp) -> None:
    google.instance("web-1")
    google.pace(settle=0.3)
    _, begun = ask(google, f"{VM}/web-1/stop", {})
    place = begun["selfLink"].partition("/compute/v1/")[2]
    assert (begun["status"], get(google, f"compute/v1/{place}")["status"]) == ("PENDING", "RUNNING")
    assert get(google, f"{VM}/web-1")["status"] == "STOPPING"
    assert done(google, begun)["endTime"]
    google.pace()
    google.fail("start", "ZONE_RESOURCE_POOL_EXHAUSTED")
    told = change(google, f"{VM}/web-1/start")
    assert told["error"]["errors"][0]["code"] == "ZONE_RESOURCE_POOL_EXHAUSTED"


def test_the_serial_port_from_a_byte_on_or_its_end(google: Gcp) -> None:
    google.instance("web-1", serial={1: "first\nläst\n"})
    whole = get(google, f"{VM}/web-1/serialPort?port=1&start=0")
    assert (whole["contents"], whole["start"], whole["next"]) == ("first\nläst\n", "0", "12")
    assert get(google, f"{VM}/web-1/serialPort?port=1&start=-6")["contents"] == "läst\n"
    assert get(google, f"{VM}/web-1/serialPort?port=1&start=-1000000")["start"] == "0"
    assert get(google, f"{VM}/web-1/serialPort?port=2")["contents"] == ""
    google.instance("web-1", serial={1: "x" * 1_500_000})
    assert get(google, f"{VM}/web-1/serialPort?start=0")["start"] == str(1_500_000 - 1_048_576)


def test_os_login_profiles(google: Gcp) -> None:
    user = f"oslogin/v1/users/{PERSON}"
    assert "sshPublicKeys" not in get(google, f"{user}/loginProfile?projectId={PROJECT}")
    _, told = ask(google, f"{user}:importSshPublicKey?projectId={PROJECT}", {"key": KEY, "expirationTimeUsec": "5"})
    ((name, row),) = told["loginProfile"]["sshPublicKeys"].items()
    assert (row["fingerprint"], row["expirationTimeUsec"]) == (name, "5")
    assert told["loginProfile"]["posixAccounts"][0]["username"] == "dana_example_com"
    assert refused(google, f"{user}:importSshPublicKey", {"key": "nonsense"})[0] == 400
    assert ask(google, f"{user}/sshPublicKeys/{name}", method="DELETE") == (200, {})
    google.disable("oslogin.googleapis.com")
    code, body = ask(google, f"{user}/loginProfile?projectId={PROJECT}")
    assert (code, body["error"]["details"][-1]["reason"]) == (403, "SERVICE_DISABLED")
    assert "has not been used in project" in body["error"]["message"]


def test_what_else_is_known_of_a_vm(google: Gcp) -> None:
    cpu = "compute.googleapis.com/instance/cpu/utilization"
    keys = {"hostkeys/ssh-ed25519": "AAAA"}
    made = google.instance("web-1", series={cpu: [0.99, 0.5]}, attributes=keys)
    wanted = f"metric.type = %22{cpu}%22 AND resource.labels.instance_id = %22{made['id']}%22".replace(" ", "+")
    (series,) = get(google, f"monitoring/v3/projects/{PROJECT}/timeSeries?filter={wanted}")["timeSeries"]
    assert [one["value"]["doubleValue"] for one in series["points"]] == [0.99, 0.5]
    assert refused(google, f"{VM}/web-1/getGuestAttributes?queryPath=hostkeys/")[0] == 404
    google.instance("web-1", metadata={"enable-guest-attributes": "TRUE"})
    (row,) = get(google, f"{VM}/web-1/getGuestAttributes?queryPath=hostkeys/")["queryValue"]["items"]
    assert row == {"namespace": "hostkeys", "key": "ssh-ed25519", "value": "AAAA"}
    google.project(zones={ZONE: {"enable-oslogin": "TRUE"}})
    settings = get(google, f"{ROOT}/zones/{ZONE}/instanceSettings")
    assert settings["metadata"]["items"] == {"enable-oslogin": "TRUE"}
    assert get(google, f"{ROOT}/zones/{ZONE}/disks/web-1")["sizeGb"] == "10"
    (route,) = get(google, f"{ROOT}/global/routes")["items"]
    assert route["nextHopGateway"].endswith("/default-internet-gateway")
    assert get(google, f"{ROOT}/global/networks/default")["networkFirewallPolicyEnforcementOrder"]
    assert get(google, f"serviceusage/v1/projects/{PROJECT}/services/iap.googleapis.com")["state"] == "ENABLED"


@pytest.mark.parametrize("source", [ME, "8.8.8.8"])
def test_google_s_own_connectivity_test(google: Gcp, source: str) -> None:
    google.instance("web-1")
    google.allow("ssh", f"{ME}/32", port=22)
    tests = f"networkmanagement/v1/projects/{PROJECT}/locations/global/connectivityTests"
    asked = {"source": {"ipAddress": source}, "destination": {"instance": f"{VM}/web-1", "port": 22}}
    assert ask(google, f"{tests}?testId=t", asked)[1]["done"]
    told = get(google, f"{tests}/t")["reachabilityDetails"]["result"]
    assert told == ("REACHABLE" if source == ME else "UNREACHABLE")
    assert ask(google, f"{tests}/t", method="DELETE")[0] == 200
    assert ask(google, f"{tests}/t")[0] == 404
