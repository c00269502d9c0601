"""screenshots/story.svg: the first minute with the wizard as one moving picture, made of the recorded pictures.

python scripts/story.py             make it
python scripts/story.py --check     exit 1 when it is stale
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from recordings import PICTURES
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from screenshots import Picture, draw

FILE = PICTURES / "story.svg"
_SECONDS = 4
"""How long each step stays."""
_SIZE = (80, 24)


@dataclass(frozen=True)
class Step:
    """One scene: what the caption says, and the screen, or the lines of a shell."""

    says: str
    picture: Picture | None = None
    shell: str = ""


STEPS = (
    Step(
        "ssh says no",
        shell="$ ssh web-1\ndana@203.0.113.20: Permission denied (publickey).\n$ sshwizard web-1",
    ),
    Step("one cause, with what was seen", Picture("", "open-key")),
    Step("f shows the fix before it is made", Picture("", "open-key", keys=("f",))),
    Step("y makes it; the wizard looks again", Picture("", "open-key", whole=True)),
    Step("s opens the session", shell="$ ssh web-1\n\nweb-1:~$ "),
)


def _shell(lines: str) -> str:
    """A terminal with these lines, framed as the wizard's own pictures are."""
    width, height = _SIZE
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    rows = lines.split("\n")
    for row in rows + [""] * (height - len(rows)):
        console.print(Text(row), no_wrap=True)
    return console.export_svg(title="sshwizard", theme=MONOKAI, unique_id="shell")


def _scene(number: int, svg: str) -> str:
    """The picture as one nested element; its names are made its own, since a style is the whole file's."""
    found = re.search(r"terminal-\d+|shell", svg)
    assert found
    body = svg.replace(found[0], f"scene{number}")
    return body.replace('class="rich-terminal"', f'class="scene scene-{number}" x="0" y="0"', 1)


def story() -> str:
    """All scenes over one another, each shown in its turn. Without motion the verdict stays."""
    made = [_shell(step.shell) if step.shell else asyncio.run(draw(step.picture or Picture(""))) for step in STEPS]
    sizes = [tuple(map(float, re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0])) for svg in made]
    width, height = max(size[0] for size in sizes), max(size[1] for size in sizes)
    total, share = _SECONDS * len(STEPS), 100 / len(STEPS)
    style = [
        f".scene {{ opacity: 0; animation: turn {total}s step-end infinite; }}",
        f"@keyframes turn {{ 0% {{ opacity: 1; }} {share:g}% {{ opacity: 0; }} }}",
        *(f".scene-{number} {{ animation-delay: {number * _SECONDS}s; }}" for number in range(len(STEPS))),
        "@media (prefers-reduced-motion: reduce) {",
        "  .scene { animation: none; } .scene-1 { opacity: 1; }",
        "}",
        ".caption { font: 20px sans-serif; fill: #808080; text-anchor: middle; }",
    ]
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height + 40:g}">',
        "<title>ssh says no; the wizard names the cause, shows the fix, makes it, and looks again</title>",
        "<style>",
        *style,
        "</style>",
    ]
    for number, (step, svg, size) in enumerate(zip(STEPS, made, sizes, strict=True)):
        caption = f'<text class="caption" x="{width / 2:g}" y="{height + 26:g}">{number + 1}. {step.says}</text>'
        scene = _scene(number, svg).replace("<svg ", f'<svg width="{size[0]:g}" height="{size[1]:g}" ', 1)
        scene = scene.replace(f'class="scene scene-{number}" ', "", 1)
        rows.append(f'<g class="scene scene-{number}">\n{scene}\n{caption}\n</g>')
    return "\n".join(row.rstrip() for row in "\n".join([*rows, "</svg>"]).splitlines()) + "\n"


def main(argv: Sequence[str]) -> int:
    """Write the story, or say that it is stale."""
    made = story()
    if FILE.exists() and FILE.read_text("utf-8") == made:
        return 0
    if "--check" in argv:
        print("stale: story.svg")
        return 1
    FILE.write_text(made, encoding="utf-8")
    print("made: story.svg")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
