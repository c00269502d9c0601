"""The file with which a team begins an exercise of its own."""

from __future__ import annotations

from pathlib import Path

from sshwizard.lab.course import SUFFIX, team_dir
from sshwizard.lab.exercise import parse

_TEXT = """\
# An exercise of your own for sshwizard. Every fault that there is: sshwizard lab --faults
#   try it      sshwizard lab {id}
#   prove it    sshwizard lab check {id}

id = "{id}"
# What a colleague would say.
title = "Same key, same server, new laptop, and now it will not let me in."
# Who you are, what you wanted, what happens. It never names the cause.
story = \"\"\"
You are Dana and moved to a new laptop yesterday. You want to log in to lab-web.
ssh prints a warning, then permission denied.\"\"\"
# "first day", "practice" or "incident"
level = "practice"
# What the wizard must find: a code of `sshwizard causes`, or "none".
cause = "key.permissions-too-open"
# One behind the other? Then name the next ones, too, and list the repairs in the same order.
# then = ["config.wrong-port"]
# From a nudge to nearly the answer.
hints = [
    "The warning above the last line says more than the last line.",
    "Who can read your private key?",
]
# What is worth keeping, told once it is solved, and the command that would have shown it by hand.
remember = "ssh ignores a private key that others could read. chmod 600 mends it."
shows = "ls -l on the file of the line IdentityFile"
# "works": solved when ssh gets in. "named": the learner cannot mend it, and has to name the cause.
ends = "works"

# What is broken. Several together are fine.
[faults]
key.mode = "0644"

# What mends it, for `lab check`. Without this table the wizard's own fixes have to.
[solve]
key.mode = "0600"
"""


def create(id_: str) -> Path:
    """Write a new file for the exercise. Raises BadExercise for an id that is none, FileExistsError, OSError."""
    text = _TEXT.format(id=id_)
    parse(text.encode(), "--create")
    place = team_dir() / f"{id_}{SUFFIX}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("x", encoding="utf-8") as file:
        file.write(text)
    return place
