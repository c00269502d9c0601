"""The one table of keys: bindings, footer, help and palette are made from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """One thing a person can do."""

    action: str
    """What the screen calls it; also the id for remapping."""
    keys: str
    """Textual's names, comma-separated."""
    shown: str
    """The key as it is written in the footer and in the help."""
    verb: str
    """One or two words."""
    says: str
    """A sentence for help and palette."""
    group: str
    footer: bool = False
    palette: bool = True
    wide: bool = False
    """In the footer too, where there is room for more."""

    def at(self, keys: str) -> Key:
        """The same on another key."""
        return replace(self, keys=keys, shown=keys)


WALK: tuple[Key, ...] = (
    Key("fix", "f", "f", "Fix", "Preview the first fix, then apply it", "Get in", footer=True),
    Key("undo", "u", "u", "Undo", "Take back the newest change (shown first)", "Get in", footer=True),
    Key("keep", "K", "K", "Keep", "Keep this run's options as a Host block of your ssh config", "Get in"),
    Key("session", "s", "s", "Session", "Open a real ssh session with this run's options", "Get in", wide=True),
    Key("doors", "d", "d", "Doors", "Every other way in: open or shut, why, and what it costs", "Get in", wide=True),
    Key("inside", "i", "i", "Look inside", "Look at the server itself through another way in", "Get in"),
    Key("again", "r", "r", "Again", "Look again, from the selected question on", "Look", footer=True),
    Key("restart", "R", "R", "From the start", "Look again at everything", "Look"),
    Key(
        "evidence", "e", "e", "Evidence", "Every line that was seen, and the command that shows it", "Look", footer=True
    ),
    Key(
        "answer",
        "a",
        "a",
        "Answer",
        "Answer the selected question by hand, or disagree with its answer",
        "Look",
        footer=True,
    ),
    Key(
        "why",
        "W",
        "W",
        "Why",
        "Why do you think so: the chain of questions, what it ruled out, what is open",
        "Look",
        footer=True,
    ),
    Key(
        "find",
        "slash",
        "/",
        "Find",
        "Filter the tree by words: all questions and causes, in place",
        "Look",
        footer=True,
    ),
    Key("next_hit", "n", "n", "Next match", "To the next match of the filter", "Look"),
    Key("last_hit", "N", "N", "Match before", "To the match before", "Look"),
    Key(
        "log", "semicolon", ";", "Command log", "Every command and change so far, under its question", "Look", wide=True
    ),
    Key("explain", "x", "x", "Explain", "What this cause is, how it is proved, what can be done", "Look", wide=True),
    Key("story", "S", "S", "Story", "Read the story of this practice world again", "Look"),
    Key("hint", "H", "H", "Hint", "In a practice world: one hint, then the next", "Look"),
    Key("tutor", "T", "T", "Tutor", "In a practice world: the wizard asks you before it tells", "Look"),
    Key("copy", "y", "y", "Copy", "Copy the command of the fix", "Take along"),
    Key(
        "write",
        "w",
        "w",
        "Write report",
        "Write a report: Markdown, HTML, JSON or a bundle; names are masked",
        "Take along",
        wide=True,
    ),
    Key("back", "escape", "esc", "Back", "Back to the verdict; while looking: stop looking", "Move", palette=False),
    Key("help", "question_mark", "?", "Help", "Help for this place, then every key", "Move", footer=True),
    Key(
        "palette",
        "colon",
        ":",
        "All actions",
        "The palette: every action by its name (also ctrl+p)",
        "Move",
        palette=False,
    ),
    Key("leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Move", footer=True),
)

HAND: tuple[Key, ...] = (
    Key(
        "dunno",
        "question_mark",
        "?",
        "I do not know",
        "Not to know is an answer, too: the next question comes",
        "Answer",
        footer=True,
    ),
    Key(
        "before",
        "backspace",
        "backspace",
        "Back",
        "Take the last answer back (in the list also ←)",
        "Answer",
        footer=True,
    ),
    Key("answer", "a", "a", "Answer again", "Answer the selected question of the tree once more", "Answer"),
    Key("over", "n", "n", "New start", "Choose another message", "Answer", footer=True),
)
"""Where no host is looked at, and the person answers every question."""

REPLAY: tuple[Key, ...] = (
    Key("step_back", "left,left_square_bracket", "←", "Back", "One event back", "Replay", footer=True),
    Key("step_on", "right,right_square_bracket", "→", "On", "One event on", "Replay", footer=True),
    Key("verdict", "v", "v", "Verdict", "To the next verdict; after the last one, to the first", "Replay", footer=True),
    Key("beginning", "home", "home", "Beginning", "To the first event", "Replay"),
)

SEE: tuple[Key, ...] = (
    Key("go", "enter", "enter", "Choose", "Begin at this message", "Here", footer=True),
    Key("switch", "", "↑ ↓ 1 … 9", "Move", "Move in the list, or take a number", "Here", footer=True, palette=False),
    Key("pick", "escape,backspace,left", "esc", "Back", "Back to the hosts", "Here", footer=True),
    Key("help", "question_mark,f1", "?", "Help", "Help for this place, then every key", "Here", footer=True),
    Key("leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Here", footer=True),
)

PICK: tuple[Key, ...] = (
    Key("go", "enter", "enter", "Look", "Find out why this host cannot be reached", "Here", footer=True),
    Key("down", "down", "↓", "Next", "Move down in the list; typing narrows it", "Here", palette=False),
    Key("up", "up", "↑", "Before", "Move up in the list", "Here", palette=False),
    Key("later", "f3", "f3", "Tree first", "Open the tree of this host without looking yet", "Here", footer=True),
    Key("hand", "f2", "f2", "No host", "Answer questions instead: no host is needed", "Here", footer=True),
    Key("doctor", "f4", "f4", "Check-up", "What to set right on this computer before it breaks", "Here", footer=True),
    Key("help", "f1", "f1", "Help", "Help for this place, then every key", "Here", footer=True),
    Key("clear", "escape", "esc", "Clear", "Empty the input", "Here", palette=False),
    Key("leave", "", "ctrl+c twice", "Quit", "ctrl+c twice leaves (q is a letter here)", "Here", footer=True),
)

PAGE: tuple[Key, ...] = (
    Key("close", "escape,enter", "esc", "Back", "Back to where you were", "Here", palette=False),
    Key("copy_page", "y", "y", "Copy", "Copy the commands of this page, or all of its text", "Here"),
    Key("app.leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Here"),
)
"""Pages over the screen."""

THEMES: tuple[Key, ...] = (
    Key("leave", "escape,q", "esc", "Back", "The colours stay as they were", "Here"),
    Key(
        "switch",
        "",
        "↑ ↓  enter",
        "Choose",
        "Each is worn while the cursor is on it; enter keeps it",
        "Here",
        palette=False,
    ),
)
"""The choice of the colours."""

HANDING: tuple[Key, ...] = (
    Key("lend", "y", "y", "Hand over", "Hand it over; every change waits for your yes", "Here"),
    Key("lend_all", "a", "a", "With changes", "Hand it over; changes need no yes of yours", "Here"),
    Key("keep", "escape,n,ctrl+k", "n", "Keep", "Keep the keyboard", "Here"),
    Key("app.leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Here"),
)
"""Somebody asks for the keyboard."""

TUTOR: tuple[Key, ...] = (
    Key("dunno", "question_mark", "?", "I do not know", "Not to know is an answer, too", "Here"),
    Key("hint", "H", "H", "Hint", "One hint, then the next", "Here"),
    Key("leave", "escape", "esc", "Back", "Leave the tutor: everything of the walk is seen now", "Here"),
    Key("app.leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Here"),
)
"""The tutor's questions; a number answers."""

CONFIRM: tuple[Key, ...] = (
    Key("apply", "y", "y", "Apply", "Do what is shown", "Here"),
    Key("leave", "escape,n", "esc", "Leave", "Change nothing, and go back", "Here"),
    Key("copy", "c", "c", "Copy", "Copy the lines that do the same by hand", "Here"),
    Key("app.focus_previous", "left", "←", "Before", "The button before", "Here", palette=False),
    Key("app.focus_next", "right", "→", "Next", "The next button", "Here", palette=False),
    Key("app.leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Here"),
)
"""The preview of a change."""

TAKING: tuple[Key, ...] = (
    Key("masks", "m", "m", "Masks", "Mask names and addresses, or not", "Here"),
    Key("leave", "escape", "esc", "Leave", "Write nothing, and go back", "Here"),
    Key("down", "j", "j", "Next", "The next format", "Here", palette=False),
    Key("up", "k", "k", "Before", "The format before", "Here", palette=False),
    Key("app.leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Here"),
)
"""The report to take along."""

DOORS: tuple[Key, ...] = (
    Key(
        "through", "enter", "enter", "Walk through", "Hand the terminal to ssh, through this door", "Here", footer=True
    ),
    Key("inside", "i", "i", "Inside", "Look at the server itself through this door", "Here", footer=True),
    Key("switch", "", "↑ ↓", "Move", "Move in the list", "Here", palette=False),
    Key("copy", "y", "y", "Copy", "Copy the commands of this door", "Here", footer=True),
    Key("audit", "a", "a", "Who", "Who pushed keys, opened tunnels and sessions lately", "Here", footer=True),
    Key("judge", "r", "r", "Again", "Judge the doors once more", "Here", footer=True),
    Key("back", "escape,d", "esc", "Back", "Back to the verdict", "Here", footer=True),
    Key("help", "question_mark,f1", "?", "Help", "Help for this place, then every key", "Here", footer=True),
    Key("leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Here", footer=True),
)

FLEET: tuple[Key, ...] = (
    Key("open", "enter", "enter", "Open", "The wizard on this host, with what the sweep saw", "Here", footer=True),
    Key(
        "switch",
        "",
        "tab",
        "Other side",
        "From the groups to their hosts, and back",
        "Here",
        footer=True,
        palette=False,
    ),
    Key("find", "slash", "/", "Filter", "Only the hosts with this in name, cause or sentence", "Here", footer=True),
    Key("fix", "f", "f", "Change", "The change that mends this group, previewed on its first host", "Here"),
    Key("again", "r", "r", "Look again", "Look at this host once more", "Here"),
    Key("inside", "i", "i", "Look inside", "What the failing servers themselves show, by Run Command of AWS", "Here"),
    Key("sort", "s", "s", "Sort", "By name, by cause, by how long it took, or as they ended", "Here"),
    Key("write", "w", "w", "Report", "Write the page of the sweep, with names masked", "Here"),
    Key("copy", "y", "y", "Copy", "Copy the names of the hosts that are shown", "Here", footer=True),
    Key("back", "escape", "esc", "Back", "Drop the filter; from the hosts to the groups", "Here", footer=True),
    Key("help", "question_mark,f1", "?", "Help", "Help for this place, then every key", "Here", footer=True),
    Key("leave", "q", "q", "Quit", "Leave at once (or ctrl+c twice)", "Here", footer=True),
)
"""Many servers at once."""

MOVES: tuple[tuple[str, str], ...] = (
    ("↑ ↓  j k", "move; the right pane tells about the question under the cursor"),
    ("← →  h l", "fold and unfold: a question to its answers, an answer to what would be asked then"),
    ("enter", "fold or unfold; in the filter: keep it, and go on in the tree"),
    ("g G", "first and last line"),
    ("tab", "next pane"),
    ("1 … 9", "preview the fix with that number; where you are asked, the answer with it"),
    ("shift+drag", "select text with the mouse, in most terminals"),
)
"""Keys that the panes themselves know."""


def bindings(table: tuple[Key, ...], *, priority: bool = False) -> list[BindingType]:
    """Textual's bindings for a table; the id lets a keymap change the key."""
    return [
        Binding(key.keys, key.action, key.verb, show=False, priority=priority, id=key.action)
        for key in table
        if key.keys
    ]


def numbers() -> list[BindingType]:
    """1 to 9 choose a fix."""
    return [Binding(str(number), f"choose({number})", show=False) for number in range(1, 10)]
