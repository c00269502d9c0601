"""The check-up of this computer as a page of the full screen: what was found, why it matters, what mends it."""

from __future__ import annotations

from sshwizard import vocabulary
from sshwizard.advice import WEIGHTS, Advice, local, mending, reading
from sshwizard.fronts.checkup import HEADS, Row
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.pages import Written

MOST_LINES = 6
"""Lines of evidence, of a preview and of a text that the page shows; the command has all of them."""


async def doctor_page() -> Written:
    """Look, and write what was seen. Nothing is changed from here."""
    found = local.judge(await reading.read())
    rows = [Row(one, await mending.planned(one) if one.fix else None) for one in found]

    def write(sheet: Sheet) -> None:
        open_ = [row for row in rows if not row.advice.unknown]
        if not open_:
            sheet.say("Nothing has to be done on this computer.", "bold")
        for weight in WEIGHTS:
            mine = [row for row in open_ if row.advice.weight == weight]
            if mine:
                sheet.heading(HEADS[weight])
            for row in mine:
                _row(sheet, row)
        for row in rows:
            if row.advice.unknown:
                sheet.blank()
                _line(sheet, f"Not known: {row.advice.title}: {row.advice.unknown}", look.DIM)
        sheet.blank()
        sheet.say("All of it, with the clouds: sshwizard doctor. The changes: sshwizard doctor --fix", look.DIM)

    return write


def _row(sheet: Sheet, row: Row) -> None:
    advice: Advice = row.advice
    sheet.blank()
    sheet.say(look.outside(advice.title), "bold", lead=look.ours("·"), lead_style=look.DIM)
    sheet.say(look.outside(advice.why, 1000), "$text", indent=2)
    for line in advice.seen[:MOST_LINES]:
        _line(sheet, line, look.DIM)
    if row.preview:
        sheet.say(f"Fix: {vocabulary.actions()[advice.fix].title}", "$text", indent=2)
        for line in row.preview[:MOST_LINES]:
            _line(sheet, line, "$text-primary")
    for name, text in advice.texts:
        sheet.say(look.outside(name), "$text", indent=2)
        for line in text.splitlines()[:MOST_LINES]:
            sheet.show(look.outside(line, 1000), "$text-primary", indent=4)


def _line(sheet: Sheet, text: str, style: str) -> None:
    sheet.say(look.outside(text, 1000), style, indent=4)
