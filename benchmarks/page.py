"""docs/benchmarks.md and its pictures, made of what `make bench` kept in benchmarks/measured.

python benchmarks/page.py [--check]     --check: only say whether they are as they should be
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from curves import drawn
from figures import HEAD, Curve, Figure
from table import MEASURED, QUICK

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURES = DOCS / "curves"
TITLES = {
    "first_frame": "Start-up and the first frame",
    "imports": "Commands without a screen, until their first look",
    "key_to_paint": "A key to its paint",
    "diagnose": "A verdict, against bare ssh with the same fault",
    "account": "Asking AWS",
    "project": "Asking Google Cloud",
    "reachability": "Judging what AWS answered",
    "gcp_firewall": "Judging what Google answered",
    "explain_stream": "Explaining a log",
    "known_hosts": "known_hosts",
    "sweep": "Many servers",
    "plan": "The instances of an account",
    "ways": "Tunnels through AWS",
    "iap": "Tunnels through Google's IAP",
    "watch": "A watcher",
    "serve": "A browser",
    "memory": "Memory",
}
TEXT = """# Benchmarks

Each figure stands beside one that was taken in the same series, of a program that does a part of the same work: figures
of different machines do not compare, ratios do. `make bench` takes all of them in turn, keeps them in
`benchmarks/measured`, and writes this page and its pictures; it takes some ten minutes, and its exit status is 1 when a
limit is missed or a benchmark failed. `make bench BENCH=--quick` shows smaller samples and keeps nothing,
`make bench BENCH=sweep` measures one anew. What exactly is measured stands at the top of `benchmarks/NAME.py`.

Taken on {processors} processors, {system}, {ssh}, Python {python}{busy}.
Servers and clouds run on the same processors as the wizard. Where something waits for a cloud, its answers are made
late by as much as stands there; the physical floor is the least number of rounds of calls, one after the other, by what
each takes. *ratio* is ours by theirs: small is good for times and memory, large for speeds (MB/s). A limit is of the
ratio (x) or of ours.

"""


def measured(name: str) -> dict[str, Any]:
    """What one benchmark kept."""
    file = MEASURED / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else {}


def made() -> dict[Path, str]:
    """Every file with its text."""
    about = measured("conditions")
    busy = "" if about["load"] < 1 else f", while other programs took their part (load {about['load']})"
    pages, text = dict[Path, str](), [TEXT.format(**about, busy=busy)]
    for name, title in TITLES.items():
        if told := measured(name):
            text.append(f"## {title}\n\n")
            text += table(HEAD, [Figure(**one).cells() for one in told["figures"]])
            for one in told["curves"]:
                curve = Curve(**one)
                pages[PICTURES / f"{curve.name}.svg"] = drawn(curve)
                text += beside(curve)
            if each := told.get("each"):
                rows = [(what, f"{theirs:.2f} s", f"{ours:.2f} s") for what, theirs, ours in each]
                text += ["<details><summary>Each fault</summary>\n\n", *table(("fault", "bare ssh", "sshwizard"), rows)]
                text.append("</details>\n\n")
    pages[DOCS / "benchmarks.md"] = "".join(text).rstrip() + "\n"
    return pages


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """In Markdown; a picture says nothing that does not stand in one."""
    for cells in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"
    yield "\n"


def beside(curve: Curve) -> Iterator[str]:
    """The picture, and the same as a table."""
    yield f"![{curve.title}: {curve.up} by {curve.across}; the table below says the same](curves/{curve.name}.svg)\n\n"
    across = sorted({x for points in curve.series.values() for x, _ in points})
    rows = []
    for x in across:
        found = [next((up for at, up in points if at == x), None) for points in curve.series.values()]
        rows.append((f"{x:,.0f}", *("" if y is None else f"{y:.3g}" for y in found)))
    yield from table((f"{curve.across} ({curve.up})", *curve.series), rows)


def main() -> int:
    """Write, or compare."""
    assert set(TITLES) == set(QUICK), "a benchmark without a title"
    pages = made()
    old = [path for path in PICTURES.glob("*.svg") if path not in pages]
    if "--check" in sys.argv[1:]:
        wrong = [*old, *(path for path, text in pages.items() if not path.exists() or path.read_text() != text)]
        for path in wrong:
            print(f"{path.relative_to(DOCS.parent)} is not what benchmarks/measured says: python benchmarks/page.py")
        return 1 if wrong else 0
    PICTURES.mkdir(exist_ok=True)
    for path in old:
        path.unlink()
    for path, text in pages.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
