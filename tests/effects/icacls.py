"""icacls(1) as far as it is documented, for one file whose list stands in FILE.acl: shown, set, saved, restored.

Microsoft Learn, icacls: `/inheritance:r` removes all inherited entries, `/grant:r` replaces what a user was granted,
`/remove` takes every entry of a user away, `/save` and `/restore` (on the directory) keep and bring back a list.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

path, *words = sys.argv[1:]
with Path(__file__).with_name("calls").open("a") as calls:
    calls.write(" ".join([path, *words]) + "\n")
if words[:1] == ["/restore"]:
    name, kept = Path(words[1]).read_text().split("\n", 1)
    Path(path.replace("\\", "/"), name + ".acl").write_text(kept)
    sys.exit()
acl = Path(path + ".acl")
rows = acl.read_text().splitlines() if acl.exists() else []
if not rows:
    print(f"{path}: The system cannot find the file specified.")
    sys.exit(2)
if not words:
    print(f"{path} {rows[0]}")
    for row in rows[1:]:
        print(" " * (len(path) + 1) + row)
    print("\nSuccessfully processed 1 files; Failed processing 0 files")
elif words[0] == "/save":
    Path(words[1]).write_text(f"{Path(path).name}\n{acl.read_text()}")
else:
    rows = [row for row in rows if "(I)" not in row] if "/inheritance:r" in words else rows
    if "/grant:r" in words:
        who, right = words[words.index("/grant:r") + 1].rsplit(":", 1)
        rows = [f"{who}:({right})", *(row for row in rows if not row.startswith(f"{who}:"))]
    gone = (
        [re.sub(r"^\*(?=S-1-)", "", one) for one in words[words.index("/remove") + 1 :]] if "/remove" in words else []
    )
    acl.write_text("\n".join(row for row in rows if row.split(":(")[0] not in gone) + "\n")
