"""Write docs/causes.md and docs/sshwizard.1 from the tree, the vocabulary and the command line.

python scripts/docs.py            writes both
python scripts/docs.py --check    writes nothing; exits 1 when one of them is stale
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from causespage import causes_page
from manpage import man_page

DOCS = Path(__file__).resolve().parents[1] / "docs"


def main() -> int:
    """Write the pages, or tell which are stale."""
    parser = argparse.ArgumentParser(description="Write docs/causes.md and docs/sshwizard.1.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    check = parser.parse_args().check
    pages = {DOCS / "causes.md": causes_page(), DOCS / "sshwizard.1": man_page()}
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        name = path.relative_to(DOCS.parent)
        if check:
            print(f"{name} is stale. Run: python scripts/docs.py", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(pages[path], "utf-8")
            print(f"wrote {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
