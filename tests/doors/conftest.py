"""What the tests of a cloud's doors share."""

from .iap import behind, vm  # noqa: F401
