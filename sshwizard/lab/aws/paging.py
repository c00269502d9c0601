"""Pages of a list: moto ignores MaxResults for nearly every EC2 list, which would hide paging bugs.

The rest of a list waits under its token, so that a page costs nothing and shows the state of the first call.
"""

from __future__ import annotations

import functools
import uuid
from typing import TYPE_CHECKING, Any

import botocore.loaders

from sshwizard.lab.aws.errors import ApiError

if TYPE_CHECKING:
    from sshwizard.lab.aws.overlay import Call

_OURS = {
    ("cloudtrail", "LookupEvents"),
    ("ssm", "DescribeInstanceInformation"),
    ("ssm", "DescribeSessions"),
    ("ssm", "ListCommandInvocations"),
}
"""Beside EC2's lists; moto pages the other lists of these services itself."""
_MOST = {("cloudtrail", "LookupEvents"): 50, ("ssm", "DescribeInstanceInformation"): 50}
"""The largest page where no size was asked for (API reference); EC2 gives everything then."""


@functools.cache
def _lists(service: str) -> dict[str, str]:
    """Action -> the key of its list, for the actions that page by NextToken and MaxResults."""
    pages = botocore.loaders.Loader().load_service_model(service, "paginators-1")["pagination"]
    return {
        action: page["result_key"]
        for action, page in pages.items()
        if page.get("limit_key") == "MaxResults" and isinstance(page["result_key"], str)
    }


def begin(call: Call) -> int:
    """The size of a page, taken away from moto; 0: everything at once."""
    if not _pages(call):
        return 0
    size = int(call.params.pop("MaxResults", 0) or 0)
    if size and call.action == "DescribeInstances":
        if call.params.get("InstanceIds"):
            text = "The parameter instancesSet cannot be used with the parameter maxResults"
            raise ApiError("InvalidParameterCombination", text)
        if not 5 <= size <= 1000:
            text = f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000."
            raise ApiError("InvalidParameterValue", text)
    return size or _MOST.get((call.service, call.action), 0)


def rest(call: Call) -> dict[str, Any] | None:
    """The next page, where the call brings a token of ours."""
    token = call.params.get("NextToken")
    if not token or not _pages(call):
        return None
    items = call.lab.pages.get(token)
    if items is None:
        raise ApiError("InvalidNextToken" if call.service != "ec2" else "InvalidParameterValue", "Invalid NextToken")
    size = int(call.params.get("MaxResults") or 0) or _MOST.get((call.service, call.action), 0) or len(items)
    return _page(call, items, size)


def _pages(call: Call) -> bool:
    return (call.service == "ec2" or (call.service, call.action) in _OURS) and call.action in _lists(call.service)


def cut(call: Call, result: dict[str, Any], size: int) -> dict[str, Any]:
    """The first page of a whole answer."""
    if not size:
        return result
    key = _lists(call.service)[call.action]
    items = result.get(key, [])
    if call.action == "DescribeInstances":
        # A page counts instances, not reservations.
        items = [{**one, "Instances": [instance]} for one in items for instance in one["Instances"]]
    return {**result, **_page(call, items, size)}


def _page(call: Call, items: list[Any], size: int) -> dict[str, Any]:
    page: dict[str, Any] = {_lists(call.service)[call.action]: items[:size]}
    if len(items) > size:
        page["NextToken"] = str(uuid.uuid4())
        call.lab.pages[page["NextToken"]] = items[size:]
    return page
