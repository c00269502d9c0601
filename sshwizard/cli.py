"""Arguments in, command, exit code out."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from sshwizard import clean, commands, language
from sshwizard.exits import Exit, UsageError
from sshwizard.language import say


def run() -> None:
    """The console script."""
    gc.disable()  # loading makes no garbage, and looking for it costs a twentieth of the start
    sys.meta_path.insert(0, _NoTls)
    _open_closed_streams()
    _end_as_by_ctrl_c()
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except Exception as error:
        if _nobody_listens(error):
            for stream in (sys.stdout, sys.stderr):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = Exit.CANNOT_TELL
        else:
            code = _bug(error)
    gc.freeze()  # what was loaded need not be searched for garbage once more at the end
    sys.exit(int(code))


class _NoTls:
    """asyncio takes `ssl` along where it finds it: 5 MB of OpenSSL, for connections that nobody here makes in asyncio.

    While asyncio is loaded, `ssl` is not there, as on a Python that was built without it. What speaks TLS imports `ssl`
    itself, later.
    """

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """No module is found here; that of OpenSSL is refused to asyncio."""
        if name == "ssl" and "asyncio" in sys.modules and not hasattr(sys.modules["asyncio"], "SelectorEventLoop"):
            raise ModuleNotFoundError("asyncio goes without ssl", name=name)


def _nobody_listens(error: Exception) -> bool:
    """The reader of our output has gone, or the terminal (EIO, of no file): there is nobody left to tell."""
    gone = isinstance(error, OSError) and error.errno == errno.EIO and error.filename is None
    return gone or isinstance(error, BrokenPipeError)


def _open_closed_streams() -> None:
    """Whoever closed one of the three hears nothing; else the next file that is opened would be taken for it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _end_as_by_ctrl_c() -> None:
    """A closed terminal and a plain `kill` end what we started, as ctrl+c does; what was ignored stays ignored."""

    def end(number: int, frame: FrameType | None) -> None:
        how = signal.getsignal(signal.SIGINT)
        if callable(how):
            how(number, frame)
        else:
            raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def main(argv: Sequence[str]) -> int:
    """Run one command. What a person typed wrongly ends in a sentence and exit code 2."""
    try:
        _check_text(argv)
        argv = language.chosen(argv)
        name = argv[0] if argv and argv[0] in commands.NAMES else ""
        command = commands.load(name or "wizard")
        gc.enable()
        code: int = command.main(list(argv[1:] if name else argv))
    except UsageError as error:
        print(f"sshwizard: {say(clean.line(str(error), 1000))}", file=sys.stderr)
        return Exit.USAGE
    return code


def _check_text(argv: Sequence[str]) -> None:
    for word in argv:
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = word.encode(errors="replace").decode()
            raise UsageError(
                f"{shown!r} is no valid text in this terminal's encoding; type the host name again"
            ) from None


def _bug(error: Exception) -> Exit:
    """A mistake of ours: three lines, never a traceback over the person's terminal."""
    import traceback

    if os.environ.get("SSHWIZARD_DEBUG"):
        whole = "".join(traceback.format_exception(error)).split("\n")  # lines of code, and no value of a variable
        print(
            "\n".join(" " * (len(row) - len(row.lstrip())) + clean.line(row.lstrip()) for row in whole), file=sys.stderr
        )
        return Exit.CANNOT_TELL
    where = traceback.extract_tb(error.__traceback__)[-1]
    print(
        f"sshwizard: {say('a mistake of its own')}: {type(error).__name__}: {clean.line(str(error))}", file=sys.stderr
    )
    print(f"  in {where.filename.rpartition('/')[2]} line {where.lineno}", file=sys.stderr)
    print(f"  {say('to see all of it')}: SSHWIZARD_DEBUG=1 sshwizard …", file=sys.stderr)
    return Exit.CANNOT_TELL
