"""A report as one HTML page: no script, nothing from elsewhere, light and dark, fit to print."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape

from sshwizard import language, wording
from sshwizard.fronts.reports.story import Block, Code, Heading, Items, Say

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --dim: #59636e; --line: #d1d9e0; --code: #f3f5f7;
  --ok: #1a7f37; --trouble: #c4222e; --unknown: #8a6100; --note: #8a6100; --said: #6639ba; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #14171b; --dim: #9aa4af; --line: #343b43;
  --code: #1d2127; --ok: #4cc267; --trouble: #ff7b72; --unknown: #e0b040; --note: #e0b040; --said: #c297ff; } }
body { max-width: 50rem; margin: 0 auto; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
p { margin: .45rem 0; }
h1 + p, h1 + p + p { color: var(--dim); font-size: .95rem; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; margin: .4rem 0;
  font: .85rem/1.5 ui-monospace, monospace; white-space: pre-wrap; }
pre + p { margin-top: 1rem; }
ul, ol { padding-left: 1.6rem; margin: .4rem 0; }
ul.marked { list-style: none; padding-left: 0; }
li { margin: .2rem 0; }
li ul { color: var(--dim); font-size: .92rem; margin: .1rem 0 .5rem; }
b { font-weight: 600; }
.ok { color: var(--ok); } .trouble { color: var(--trouble); } .unknown { color: var(--unknown); }
.note { color: var(--note); } .said { color: var(--said); }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --dim: #444; --line: #bbb; --code: #fff;
  --ok: #000; --trouble: #000; --unknown: #000; --note: #000; --said: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; } h2, h3 { break-after: avoid; }
  pre, li { break-inside: avoid; } }
""".strip()

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
"""Nothing is loaded and nothing runs; the one style is known by its hash (Content Security Policy, level 3)."""


def written(blocks: Iterable[Block]) -> str:
    """The whole page, well-formed also as XML."""
    made = list(blocks)
    title = next((block.text for block in made if isinstance(block, Heading)), "sshwizard")
    body = "\n".join(part for block in made for part in _block(block))
    return f"""<!DOCTYPE html>
<html lang="{language.current()}">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}" />
<meta name="referrer" content="no-referrer" />
<meta name="robots" content="noindex" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Say():
            yield f"<p>{escape(block.text)}</p>"
        case Code():
            yield f"<pre>{escape(chr(10).join(block.lines))}</pre>"
        case Items():
            yield from _items(block)


def _items(block: Items) -> Iterator[str]:
    marked = not block.ordered and all(row.mark for row in block.rows)
    tag = "ol" if block.ordered else "ul"
    yield f'<{tag} class="marked">' if marked else f"<{tag}>"
    for row in block.rows:
        sign = f'<b class="{row.mark}">{wording.mark(row.mark, ascii_only=False)}</b> ' if row.mark else ""
        more = "".join(f"<li>{escape(one)}</li>" for one in row.more)
        yield f"<li>{sign}{escape(row.text)}{f'<ul>{more}</ul>' if more else ''}</li>"
    yield f"</{tag}>"
