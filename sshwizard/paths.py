"""Where things are: XDG directories and ~/.ssh, in one place."""

from __future__ import annotations

import errno
import getpass
import os
import pwd
import shlex
from pathlib import Path


def home() -> Path:
    """The home directory that OpenSSH uses: from the account database, not from $HOME (ssh(1), FILES)."""
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path(os.environ.get("HOME", "/"))


def me() -> str:
    """The name of this account; its number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def ssh_dir() -> Path:
    """The person's ~/.ssh."""
    return home() / ".ssh"


def state_dir() -> Path:
    """Our own state (sessions, backups), mode 700; honours XDG_STATE_HOME."""
    return _own("user_state_path")


def config_dir() -> Path:
    """What a person or a team set up for us; not made; honours XDG_CONFIG_HOME."""
    return _place("user_config_path")


def sessions_dir() -> Path:
    """Where sessions are kept, one JSON-lines file each."""
    return _private(state_dir() / "sessions")


def sweeps_dir() -> Path:
    """Where sweeps are kept, a folder each."""
    return _private(state_dir() / "sweeps")


def backups_dir() -> Path:
    """Where the original of every edited file is kept, for undo."""
    return _private(state_dir() / "backups")


def theme_file() -> Path:
    """The name of the theme that was chosen last; not made before there is one."""
    return _place("user_state_path") / "theme"


def doors_dir() -> Path:
    """Where temporary keys lie; not made, because most wizards need none."""
    return _place("user_state_path") / "doors"


def reminders_file() -> Path:
    """What waits for a review, one line each; not made, because most people opened nothing."""
    return _place("user_state_path") / "reminders.jsonl"


def frequency_dir() -> Path:
    """What each session proved, one small file each; not made before there is one."""
    return _place("user_state_path") / "frequency"


def _own(kind: str) -> Path:
    return _private(_place(kind))


def _place(kind: str) -> Path:
    import platformdirs

    try:
        path: Path = getattr(platformdirs.PlatformDirs("sshwizard", appauthor=False), kind)
    except RuntimeError:  # neither HOME nor an account
        return home() / ".sshwizard"
    return path


def _private(path: Path) -> Path:
    """A directory of ours that nobody else looks into, also where it was made by somebody's `mkdir`. Raises OSError."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    found, me = path.stat(), os.geteuid()
    if me not in (0, found.st_uid):
        raise PermissionError(errno.EPERM, f"{path} belongs to another account")
    if found.st_uid == me and found.st_mode & 0o077:
        path.chmod(0o700)
    return path


def is_there(folder: Path) -> bool:
    """Whether it is a directory that we may look for."""
    try:
        return folder.is_dir()
    except OSError:
        return False


def for_us(path: str | Path, flags: int) -> int:
    """An opener for `open`: what it makes is for this account only."""
    return os.open(path, flags, 0o600)


def short(path: str | Path) -> str:
    """`path` as a person would write it: with ~ for the home directory."""
    text, base = str(path), str(home())
    return "~" + text[len(base) :] if text == base or text.startswith(base + "/") else text


def spelled(path: str | Path) -> str:
    """`path` as a person would type it in a shell: with ~ where that needs no quotes."""
    told, whole = short(path), str(path)
    return told if told != whole and shlex.quote(told[1:]) == told[1:] else shlex.quote(whole)


def expand(path: str) -> Path:
    """The file that ssh means by `path` (a leading ~ is the account's home)."""
    if path == "~" or path.startswith("~/"):
        return home() / path[2:]
    return Path(path)
