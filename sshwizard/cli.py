"""Arguments in, front end, exit code out."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sshwizard import __version__
from sshwizard.exits import Exit, UsageError

COMMANDS = ("diagnose", "explain", "lab", "replay", "undo", "causes", "help")

EPILOG = """\
examples:
  sshwizard web-1                          the wizard on a host of your ssh config
  sshwizard -- ssh -i key -p 2222 me@host  the wizard on an ssh command that failed
  sshwizard diagnose me@host --json        the same walk for a script
  ssh -v me@host 2>&1 | sshwizard explain -
  sshwizard lab                            practise on a broken server on this machine

ssh's own options pass through: -i -l -p -F -J -o -4 -6.
exit codes: 0 ssh works, 1 a cause was found, 2 usage, 3 cannot tell, 4 fixed but not proved, 130 interrupted.
"""


def run() -> None:
    """The console script."""
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.CANNOT_TELL
    sys.exit(int(code))


def main(argv: Sequence[str]) -> Exit:
    """Run one command. Never raises for what a person typed."""
    try:
        return _dispatch(list(argv))
    except UsageError as error:
        print(f"sshwizard: {error}", file=sys.stderr)
        return Exit.USAGE


def _dispatch(argv: list[str]) -> Exit:
    command = argv[0] if argv and argv[0] in COMMANDS else ""
    rest = argv[1:] if command else argv
    handler = {
        "": _wizard,
        "diagnose": _diagnose,
        "explain": _explain,
        "lab": _lab,
        "replay": _replay,
        "undo": _undo,
        "causes": _causes,
        "help": _help,
    }[command]
    return handler(rest)


# ------------------------------------------------------------------ parsers


def _parser(name: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"sshwizard {name}".strip(),
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def wizard_parser() -> argparse.ArgumentParser:
    """The options of `sshwizard [TARGET]`."""
    parser = _parser(
        "",
        "Finds out why an SSH connection fails, and gets you in.\n\n"
        "commands: diagnose, explain, lab, replay, undo, causes (each has --help)",
        EPILOG,
    )
    parser.usage = "sshwizard [options] [TARGET | -- ssh ARGS…]\n       sshwizard COMMAND …"
    parser.add_argument("--version", action="version", version=f"sshwizard {__version__}")
    parser.add_argument("--read-only", action="store_true", help="look, and change nothing")
    parser.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    return parser


def diagnose_parser() -> argparse.ArgumentParser:
    """The options of `sshwizard diagnose`."""
    parser = _parser(
        "diagnose",
        "Walk to one root cause without a person. Asks nothing, and changes nothing unless told.",
        "examples:\n  sshwizard diagnose web-1\n  sshwizard diagnose me@host -p 2222 --json\n"
        "  sshwizard diagnose me@host --fix --dry-run\n"
        "  sshwizard diagnose me@host --fix --yes=confirm --fingerprint SHA256:…\n",
    )
    parser.usage = "sshwizard diagnose TARGET [ssh options] [options]"
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--jsonl", action="store_true", help="one JSON line a look, the report last")
    parser.add_argument("--fix", action="store_true", help="apply the safe repairs, look again, repeat")
    parser.add_argument("--yes", metavar="confirm", choices=("confirm",), help="with --fix: also those to be confirmed")
    parser.add_argument("--fingerprint", metavar="SHA256:…", help="you vouch for a host key with this fingerprint")
    parser.add_argument("--dry-run", action="store_true", help="with --fix: print the previews only")
    parser.add_argument("--read-only", action="store_true", help="look, and change nothing")
    parser.add_argument("--no-session", action="store_true", help="keep no session file")
    return parser


def split(parser: argparse.ArgumentParser, argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own long options, and everything that belongs to ssh.

    Raises UsageError for a long option that is not ours: ssh has none.
    """
    takes = {
        option: action.nargs is None and action.const is None and action.default is None
        for action in parser._actions
        for option in action.option_strings
    }
    ours: list[str] = []
    theirs: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            theirs += rest
            break
        name = word.partition("=")[0]
        if word in {"-h", "--help"} or (name in takes and word.startswith("--")):
            ours.append(word)
            if takes.get(name) and "=" not in word and rest:
                ours.append(rest.pop(0))
        elif word.startswith("--"):
            raise UsageError(f"{word} is not an option here. See: {parser.prog} --help")
        else:
            theirs.append(word)
    try:
        return parser.parse_args(ours), theirs
    except SystemExit as stop:
        if stop.code in (0, None):
            raise
        raise UsageError(f"see: {parser.prog} --help") from None


# ------------------------------------------------------------------ diagnose


def _diagnose(argv: list[str]) -> Exit:
    from sshwizard.probes import typed

    options, theirs = split(diagnose_parser(), argv)
    target = typed.parse(theirs)
    return asyncio.run(_diagnose_target(target, options))


async def _diagnose_target(target: Any, options: argparse.Namespace) -> Exit:
    from sshwizard.fronts import plain, report
    from sshwizard.runner import Runner
    from sshwizard.session import Saw

    read_only = options.read_only or _on("SSHWIZARD_READ_ONLY")
    runner = Runner.live(target, store=None if options.no_session else _store(target.input), read_only=read_only)
    if options.jsonl:
        runner.listeners.append(
            lambda event: print(json.dumps(report.event_line(event)), flush=True) if isinstance(event, Saw) else None
        )
    elif not options.json or sys.stderr.isatty():
        runner.listeners.append(lambda event: plain.progress(event, runner.state, sys.stderr))
    where = str(runner.store.path) if runner.store else ""
    clock = asyncio.create_task(_tell_slow(runner, options.json and not sys.stderr.isatty()))
    try:
        found = await runner.walk()
        code = report.exit_for(found)
        if options.fix:
            found, code = await _fix(runner, options)
    finally:
        clock.cancel()
        await runner.close()
    if options.json or options.jsonl:
        print(json.dumps(report.report(runner.state, found, where), ensure_ascii=False))
    else:
        print(plain.tell(runner.state, found, where))
    return code


async def _tell_slow(runner: Any, silent: bool) -> None:
    """After two seconds in one look, say what it waits for."""
    from sshwizard.fronts import plain

    told = None
    while not silent:
        look = runner.waiting
        await asyncio.sleep(2)
        if look and look is runner.waiting and look is not told:
            told = look
            plain.awaited(look[1], sys.stderr)


async def _fix(runner: Any, options: argparse.Namespace) -> tuple[Any, Exit]:
    """Apply the first repair that may be applied, look again, and repeat until none is left."""
    from sshwizard import vocabulary
    from sshwizard.fronts import report
    from sshwizard.runner import CannotFix

    allowed = {"safe", "confirm"} if options.yes == "confirm" or options.fingerprint else {"safe"}
    tried: set[tuple[str, str]] = set()
    while True:
        found = runner.verdict()
        root = found.root
        chosen = None
        for remedy in root.remedies if root else ():
            action = vocabulary.actions()[remedy.id]
            known = (root.cause, remedy.id) in tried
            if known or not remedy.applicable or action.group != "repair" or remedy.risk not in allowed:
                continue
            tried.add((root.cause, remedy.id))
            try:
                await runner.prepare(remedy.id)
                planned = runner.plan(remedy.id, options.fingerprint or "")
            except CannotFix as refusal:
                print(f"{action.title}: {refusal}", file=sys.stderr)
                continue
            for effect in planned:
                print("\n".join(effect.preview()), file=sys.stderr)
            if not options.dry_run:
                chosen = remedy.id
                break
        if chosen is None:
            changed = [change for change in runner.state.changes if not change.undone]
            code = report.exit_for(found)
            if changed and code is not Exit.WORKS and not all(change.proved for change in changed):
                code = Exit.NOT_PROVED
            return found, code
        try:
            await runner.apply(chosen, options.fingerprint or "")
        except CannotFix as refusal:
            print(f"not applied: {refusal}", file=sys.stderr)
            continue
        await runner.walk()


def _store(name: str) -> Any:
    from sshwizard.store import Store

    try:
        return Store.create(name)
    except OSError as error:
        print(f"sshwizard: no session is kept: {error}", file=sys.stderr)
        return None


def _on(variable: str) -> bool:
    return os.environ.get(variable, "") not in {"", "0"}


# ------------------------------------------------------------------ the wizard


def _wizard(argv: list[str]) -> Exit:
    from sshwizard.probes import typed

    options, theirs = split(wizard_parser(), argv)
    target = typed.parse(theirs) if theirs else None
    if options.plain or _on("SSHWIZARD_PLAIN") or not (sys.stdin.isatty() and sys.stdout.isatty()):
        if target is None:
            raise UsageError("no host was given, and this is no terminal to ask in. Try: sshwizard diagnose user@host")
        return asyncio.run(_diagnose_target(target, diagnose_parser().parse_args(_passed(options))))
    from sshwizard.fronts.tui import open_wizard

    return open_wizard(target, read_only=options.read_only or _on("SSHWIZARD_READ_ONLY"))


def _passed(options: argparse.Namespace) -> list[str]:
    return ["--read-only"] if options.read_only else []


# ------------------------------------------------------------------ explain


def _explain(argv: list[str]) -> Exit:
    from sshwizard import vocabulary
    from sshwizard.fronts import plain, report
    from sshwizard.runner import Runner

    parser = _parser(
        "explain",
        "Explain a pasted error, an ssh -v log or a cause code, with no access to anything.",
        "examples:\n  ssh -v me@host 2>&1 | sshwizard explain -\n  sshwizard explain ssh.log --json\n"
        "  sshwizard explain key.permissions-too-open\n",
    )
    parser.add_argument("what", nargs="*", metavar="FILE|-|CODE", help="a log file, - for standard input, or a cause")
    parser.add_argument("--json", action="store_true", help="one JSON report a line, in the order of the files")
    options = _parse(parser, argv)
    names = options.what or ["-"]
    if len(names) == 1 and names[0] in vocabulary.causes():
        print(report.cause_page(names[0]))
        return Exit.WORKS
    codes: list[Exit] = []
    for name in names:
        runner = Runner.of_text(_text(name), name)
        found = asyncio.run(runner.walk())
        codes.append(report.exit_for(found))
        if options.json:
            print(json.dumps(report.report(runner.state, found), ensure_ascii=False))
        else:
            print(plain.tell(runner.state, found))
    return max(codes)


def _text(name: str) -> bytes:
    if name == "-":
        if sys.stdin.isatty():
            print("Paste the error or log, then press ctrl+d:", file=sys.stderr)
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} is neither a readable file ({error.strerror}) nor a cause code") from None


def _parse(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    try:
        return parser.parse_args(argv)
    except SystemExit as stop:
        if stop.code in (0, None):
            raise
        raise UsageError(f"see: {parser.prog} --help") from None


# ------------------------------------------------------------------ lab, replay, undo, causes


def _lab(argv: list[str]) -> Exit:
    from sshwizard.lab import EXERCISES, LabError, open_world
    from sshwizard.probes import typed

    parser = _parser(
        "lab",
        "Practise on a broken SSH server that runs on this machine: no root, no cloud, no network.",
        "examples:\n  sshwizard lab --list\n  sshwizard lab open-key\n",
    )
    parser.add_argument("exercise", nargs="?", help="which one (see --list)")
    parser.add_argument("--list", action="store_true", help="list the exercises")
    parser.add_argument("--json", action="store_true", help="diagnose it without a person, as JSON")
    parser.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    options = _parse(parser, argv)
    if options.list or not options.exercise:
        width = max(map(len, EXERCISES))
        for id_, exercise in EXERCISES.items():
            print(f"{id_:<{width}}  {exercise.title}")
        return Exit.WORKS
    if options.exercise not in EXERCISES:
        raise UsageError(f"there is no exercise {options.exercise!r}. See: sshwizard lab --list")
    try:
        world = open_world(options.exercise)
    except LabError as error:
        raise UsageError(str(error)) from None
    with world:
        target = typed.parse(world.target_args)
        if options.json or options.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
            print(world.exercise.story, file=sys.stderr)
            words = ["--no-session", *(["--json"] if options.json else [])]
            return asyncio.run(_diagnose_target(target, diagnose_parser().parse_args(words)))
        from sshwizard.fronts.tui import open_wizard

        return open_wizard(target, story=world.exercise.story, lab=True)


def _replay(argv: list[str]) -> Exit:
    from sshwizard import verdict
    from sshwizard.fronts import plain, report
    from sshwizard.session import Saw, fold

    parser = _parser("replay", "Show a recorded session again, without looking at anything.")
    parser.add_argument("file", help="a session file (.jsonl)")
    parser.add_argument("--json", action="store_true", help="the report of its end")
    parser.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    options = _parse(parser, argv)
    events = _events(Path(options.file))
    if sys.stdin.isatty() and sys.stdout.isatty() and not (options.json or options.plain):
        from sshwizard.fronts.tui import open_replay

        return open_replay(events)
    found = verdict.judge(fold(events))
    if found is None:
        print("The session ended before a verdict.", file=sys.stderr)
        return Exit.CANNOT_TELL
    if options.json:
        print(json.dumps(report.report(fold(events), found, options.file), ensure_ascii=False))
        return report.exit_for(found)
    for number, event in enumerate(events, 1):
        if isinstance(event, Saw):
            plain.progress(event, fold(events[:number]), sys.stdout)
    print(plain.tell(fold(events), found))
    return report.exit_for(found)


def _events(path: Path) -> Any:
    from sshwizard.store import BadSession, load

    try:
        return load(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except BadSession as error:
        raise UsageError(str(error)) from None


def _undo(argv: list[str]) -> Exit:
    from sshwizard import store
    from sshwizard.runner import CannotFix, Runner
    from sshwizard.session import fold

    parser = _parser("undo", "Take back the newest change of a session (by default: the newest session with one).")
    parser.add_argument("session", nargs="?", help="a session file")
    options = _parse(parser, argv)
    files = [Path(options.session)] if options.session else list(store.recent(100))
    for path in files:
        events = _events(path)
        if not any(not change.undone for change in fold(events).changes):
            continue
        runner = Runner(events, store=store.Store(path), read_only=_on("SSHWIZARD_READ_ONLY"))
        last = next(change for change in reversed(runner.state.changes) if not change.undone)
        for effect in last.did.inverses:
            print("\n".join(effect.preview()))
        try:
            asyncio.run(runner.undo())
        except CannotFix as refusal:
            print(f"Not undone: {refusal}", file=sys.stderr)
            return Exit.CAUSE_FOUND
        print("Undone.")
        return Exit.WORKS
    print("There is nothing to undo.", file=sys.stderr)
    return Exit.CAUSE_FOUND


def _causes(argv: list[str]) -> Exit:
    from sshwizard import tree, vocabulary

    parser = _parser("causes", "List the causes: every code, and whether this version can find it.")
    parser.add_argument("--json", action="store_true", help="as JSON")
    options = _parse(parser, argv)
    found = {cause.code for _, _, cause in tree.causes(tree.TREE)}
    rows = [(code, entry.title, code in found) for code, entry in vocabulary.causes().items()]
    if options.json:
        print(json.dumps([{"code": code, "title": title, "found": can} for code, title, can in rows]))
        return Exit.WORKS
    for code, title, can in rows:
        print(f"{'*' if can else ' '} {code:<44} {title}")
    print("\n* this version finds it. Read more: sshwizard explain CODE")
    return Exit.WORKS


def _help(argv: list[str]) -> Exit:
    if argv[:1] == ["exit-codes"]:
        from sshwizard.exits import MEANING

        for code, meaning in MEANING.items():
            print(f"{int(code):>4}  {meaning}")
        return Exit.WORKS
    wizard_parser().print_help()
    return Exit.WORKS
