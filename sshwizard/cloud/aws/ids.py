"""What names an instance."""

import re


def is_instance_id(word: str) -> bool:
    """True for the id of an EC2 instance: 17 hexadecimal digits, 8 for the oldest (EC2 User Guide, Resource IDs)."""
    return word.startswith("i-") and re.fullmatch("i-(?:[0-9a-f]{17}|[0-9a-f]{8})", word, re.ASCII) is not None
