"""The reader's language, put on at the last step.

The core speaks plain English: facts, sessions and JSON are the same for everybody, so a session that was recorded here
is read in any language there. The fronts say each sentence through `say`; with English, nothing is loaded for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from sshwizard.exits import UsageError

LANGUAGES = ("en", "ja")
VARIABLE = "SSHWIZARD_LANG"
_ASKED = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set counts (POSIX, 8.2)."""

_name = "en"
_translate: Callable[[str], str] | None = None


def say(text: str) -> str:
    """A sentence of ours in the reader's language; evidence, commands and names in it stay as they are."""
    return text if _translate is None else _translate(text)


def spoken() -> bool:
    """True when the reader's language is another one than English."""
    return _translate is not None


def current() -> str:
    """The code of the reader's language (BCP 47)."""
    return _name


def chosen(argv: Sequence[str]) -> list[str]:
    """Speak the language that `--lang` or the environment names; the arguments without that option.

    Raises UsageError for a language that we do not speak.
    """
    rest, named = _without_option(argv)
    if named:
        os.environ[VARIABLE] = named  # programs of ours that we start speak it, too
    elif named := os.environ.get(VARIABLE, ""):
        _known(named, VARIABLE)
    speak(named or of_locale(os.environ))
    return rest


def speak(name: str) -> None:
    """Speak this language from now on."""
    global _name, _translate
    _name = name
    if name == "en":
        _translate = None
        return
    from sshwizard.language.catalogue import catalogue

    _translate = catalogue(name).say
    for stream in (sys.stdout, sys.stderr):  # an encoding may lack some of the letters
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")


def of_locale(environ: Mapping[str, str]) -> str:
    """The language of the environment where we speak it; the console of Linux has no glyphs but European ones."""
    value = next((environ[name] for name in _ASKED if environ.get(name)), "")
    name = value.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return name if name in LANGUAGES and environ.get("TERM") != "linux" else "en"


def _without_option(argv: Sequence[str]) -> tuple[list[str], str]:
    rest, named = list(argv), ""
    end = rest.index("--") if "--" in rest else len(rest)
    for at in range(end - 1, -1, -1):
        word, is_, value = rest[at].partition("=")
        if word != "--lang":
            continue
        value = value if is_ else rest[at + 1] if at + 1 < end else ""
        del rest[at : at + 1 if is_ else min(at + 2, end)]
        named = named or _known(value, "--lang")
    return rest, named


def _known(name: str, where: str) -> str:
    if name not in LANGUAGES:
        shown = "".join(letter for letter in name[:20] if letter.isprintable())
        raise UsageError(f"{where} takes one of {', '.join(LANGUAGES)}, not {shown!r}")
    return name
