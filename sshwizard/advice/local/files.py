"""Modes and owners: what lets somebody else read a key, or change what ssh does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sshwizard.advice import Advice
from sshwizard.advice.seen import Place, Reading
from sshwizard.effects.spelling import spelled
from sshwizard.paths import short

_OTHERS_WRITE = 0o022
_OTHERS_READ = 0o077


def judge(seen: Reading) -> Iterator[Advice]:
    """The directory, its files, the home above it, and the disk."""
    keys = {key.file.path for key in seen.keys}
    for path, why in seen.unread:
        yield Advice(
            "client.ssh-directory-unusable",
            f"{short(path)} could not be read, so nothing is said about it",
            "What nobody can look at is not known to be right.",
            (f"{short(path)}: {why}",),
            path,
            "soon",
            unknown=why,
        )
    for place in seen.places:
        if place.uid not in {seen.me, 0}:
            yield _owner(place)
        elif place.path == seen.place:
            yield from _folder(place)
        elif not place.directory and place.path not in keys and place.mode & _OTHERS_WRITE:
            yield _writable(place)
    yield from _home(seen)
    if seen.free == 0:
        yield Advice(
            "advice.disk-full",
            f"The disk that holds {short(seen.place)} is full",
            "ssh cannot keep a new host key, and a change of the config could lose the file.",
            ("0 bytes free",),
            seen.place,
            "now",
            texts=(("show what is full", f"df -h {spelled(seen.place)}"),),
        )


def _owner(place: Place) -> Advice:
    return Advice(
        "key.unreadable",
        f"{short(place.path)} belongs to another account",
        "Its owner can change it at any time, and ssh refuses files of the ssh directory that are not yours.",
        (f"{short(place.path)}: uid {place.uid}, mode {place.mode:04o}",),
        place.path,
        "now",
        "fix-key-owner",
    )


def _folder(place: Place) -> Iterator[Advice]:
    if place.mode & _OTHERS_WRITE:
        yield Advice(
            "client.ssh-directory-unusable",
            f"Others may write into {short(place.path)}",
            "Who can write there can put in keys and settings of their own; sshd and ssh refuse such a directory.",
            (f"{short(place.path)}: mode {place.mode:04o}",),
            place.path,
            "now",
            "fix-ssh-directory",
        )
    elif place.mode & _OTHERS_READ:
        yield Advice(
            "advice.directory-open",
            f"Others may look into {short(place.path)}",
            "They see which keys and hosts you have. sshd makes this directory with mode 0700.",
            (f"{short(place.path)}: mode {place.mode:04o}",),
            place.path,
            "note",
            "fix-ssh-directory",
        )


def _writable(place: Place) -> Advice:
    name = Path(place.path).name
    title, seen = f"Others may change {short(place.path)}", (f"{short(place.path)}: mode {place.mode:04o}",)
    if name == "config":
        why = "ssh refuses a config that others can write: it could start any program in your name."
        return Advice(
            "config.bad-owner-or-permissions",
            title,
            why,
            seen,
            place.path,
            "now",
            "chmod-ssh-config",
            data=(("file", place.path),),
        )
    why = "Who can write it decides which servers you trust, or who may log in here."
    return Advice("client.ssh-directory-unusable", title, why, seen, place.path, "now", "fix-ssh-directory")


def _home(seen: Reading) -> Iterator[Advice]:
    """sshd(8): with StrictModes, keys in a home that others can write are not looked at."""
    for place in seen.above:
        if place.mode & _OTHERS_WRITE and not place.mode & 0o1000 and seen.authorized:
            yield Advice(
                "advice.home-writable",
                f"Others may write into {short(place.path)}",
                "sshd on this computer then ignores authorized_keys (StrictModes), and they could swap your .ssh.",
                (f"{place.path}: mode {place.mode:04o}",),
                place.path,
                "soon",
                texts=(("take the right away", f"chmod go-w {spelled(place.path)}"),),
            )
