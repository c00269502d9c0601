"""Make one change on a server, as the product would: its fields as JSON in argument one."""

from __future__ import annotations

import json
import sys

from sshwizard.effects import Refused, from_json

effect = from_json(json.loads(sys.argv[1]))
try:
    effect.apply()
except Refused as refused:
    print(f"refused: {refused}")
    sys.exit(3)
print("made")
