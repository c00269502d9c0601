"""The fuzzer: inputs made of seeds and of what was found, judged by what a person would be shown.

python tests/fuzz/fuzz.py COUNT [TARGET…]              so many inputs, made by mutation
python tests/fuzz/fuzz.py COUNT TARGET --coverage      the same, led by coverage (pip install atheris)

What breaks a target is written to tests/fuzz/found/TARGET-DIGEST, and stays there as a test.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import signal
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from fuzz.targets import NONCE, TARGETS  # noqa: E402

FOUND = HERE / "found"
SEEDS = HERE / "seeds"
DATA = HERE.parent / "data"
LIMIT = 1.0
"""Seconds of computing for one input."""
LONGEST = 20_000
WHOLE = {"explain", "session"}
"""Targets that make whole reports of each input: they get a seventh as many."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_SECRET = re.compile(r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/]|X-Amz-Signature=[^&\s\[]")


class Harmful(AssertionError):
    """A text that would do something to whoever reads it."""


def judge(name: str, raw: bytes) -> None:
    """Run one input. Raises whatever is wrong with it."""
    began = time.process_time()
    with _ended():
        for text in TARGETS[name](raw):
            if not text.isascii() or not text.isprintable():
                bad = next((letter for letter in text if unicodedata.category(letter) in _HIDDEN), "")
                if bad:
                    raise Harmful(f"U+{ord(bad):04X} in {text[:200]!r}")
            if found := _SECRET.search(text):
                raise Harmful(f"a secret: {found[0]!r}")
    if (took := time.process_time() - began) > LIMIT:
        raise TimeoutError(f"{took:.1f} s of computing")


@contextmanager
def _ended() -> Iterator[None]:
    """What never ends is ended."""

    def late(*_: object) -> None:
        raise TimeoutError("it does not end")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(20)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def seeds(name: str) -> list[bytes]:
    """Where a target begins: what was found in it, and real texts of its kind."""
    logs, boots = sorted(DATA.glob("logs/*.log")), sorted(DATA.glob("aws/*.txt"))
    sessions = sorted((HERE.parents[1] / "screenshots" / "sessions").iterdir())
    kinds = {"boot": boots, "session": sessions, **{key: [*logs, *boots] for key in ("explain", "paste", "log")}}
    files = [*FOUND.glob(f"{name}-*"), *SEEDS.glob(f"{name}-*"), *kinds.get(name, [])]
    worlds = _worlds(name.partition("_")[0]) if name.endswith("_world") else []
    return [*(path.read_bytes()[:LONGEST] for path in sorted(files)), *worlds]


def _worlds(cloud: str) -> list[bytes]:
    """Each question of the vectors by itself."""
    given = json.loads((DATA / "reach" / f"{cloud}.json").read_text())
    shared = {key: value for key, value in given.items() if key != "vectors"}
    return [json.dumps({**shared, "vectors": [one]}).encode() for one in given["vectors"]]


_PIECES = (
    b"\x1b[2J", b"\x1b]52;c;eA==\x07", b"\x1b]8;;http://x\x07", "\u202e\u200b\u2028".encode(), b"\x00", b"\r",
    b"\xff\xfe", b"[/]", b"[@click=app.quit]", b"<script>", b"](javascript:x)", b"%", b"{host}", b"{}", b"'; id #",
    b"$(id)", b"-o", b"X-Amz-Signature=abcdef", b"b3BlbnNzaC1rZXktdjEAAAA", b"99999999999999999999", b"-1", b"0",
    b"1e999", b"null", b"[]", b'{"a":1}', b"\n" * 40, b"a" * 600, b"((((((((((", b"aaaaaaaaaaaaaaaaaaaa!",
    NONCE.encode(), "日本語".encode(),
)  # fmt: skip


_ODD: tuple[Any, ...] = (None, True, -1, 0, 2**70, 1e308, "", "x" * 500, [], {}, [[]], {"": ""}, "\x1b[2J", "0.0.0.0/0")


def _odd_json(chance: random.Random, value: Any) -> Any:
    """The same value with one part of it replaced, doubled, renamed or gone."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        match chance.randrange(8):
            case 0:
                return {name: part for name, part in value.items() if name != key}
            case 1:
                return {**value, str(chance.choice(_ODD)): value[key]}
        return {**value, key: _odd_json(chance, value[key])}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        if chance.random() < 0.1:
            return value + value[at:]
        return [*value[:at], _odd_json(chance, value[at]), *value[at + 1 :]]
    return chance.choice(_ODD)


def mutated(chance: random.Random, pool: Sequence[bytes]) -> bytes:
    """An input: one of the pool, changed in a few places."""
    raw = bytearray(chance.choice(pool))
    if raw[:1] == b"{" and chance.random() < 0.8:
        lines = bytes(raw).split(b"\n")
        at = chance.randrange(len(lines))
        with suppress(ValueError, RecursionError):  # a seed may be cut, or broken by now
            lines[at] = json.dumps(_odd_json(chance, json.loads(lines[at]))).encode()
        return b"\n".join(lines)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at, to = sorted(chance.randrange(len(raw) + 1) for _ in "ab")
        match chance.randrange(7):
            case 0:
                raw[at:at] = chance.choice(_PIECES)
            case 1:
                del raw[at : min(to, at + 200)]
            case 2:
                raw[at:at] = raw[at : min(to, at + 300)]
            case 3 if raw:
                raw[min(at, len(raw) - 1)] = chance.randrange(256)
            case 4:
                other = chance.choice(pool)
                start = chance.randrange(len(other) + 1)
                raw[at:at] = other[start : start + 400]
            case 5:
                lines = bytes(raw).split(b"\n")
                chance.shuffle(lines)
                raw = bytearray(b"\n".join(lines[: chance.randrange(1, 60)]))
            case _:
                raw[at:to] = chance.choice(_PIECES)
    return bytes(raw[:LONGEST])


def share(name: str, count: int) -> int:
    """How many inputs this target gets where each gets so many."""
    return count // 7 if name in WHOLE else count


def keep(name: str, raw: bytes, error: BaseException) -> Path:
    """A finding, which is a test from now on."""
    path = FOUND / f"{name}-{hashlib.sha256(raw).hexdigest()[:12]}"
    path.write_bytes(raw)
    print(f"{path.name}: {type(error).__name__}: {str(error)[:200]}", flush=True)
    return path


def by_mutation(name: str, count: int, seed: int = 0, tell: Callable[[int], None] = lambda _: None) -> int:
    """So many inputs for one target; gives the number of findings."""
    chance, pool, found = random.Random(f"{name} {seed}"), seeds(name), 0
    for number in range(count):
        raw = mutated(chance, pool)
        try:
            judge(name, raw)
        except Exception as error:
            keep(name, raw, error)
            found += 1
        tell(number)
    return found


def by_coverage(name: str, count: int) -> None:
    """The same, led by which lines an input reaches. Needs atheris; ends this process."""
    import atheris

    folder = HERE / "corpus" / name
    folder.mkdir(parents=True, exist_ok=True)
    for raw in seeds(name):
        (folder / hashlib.sha256(raw).hexdigest()[:16]).write_bytes(raw)

    def one(raw: bytes) -> None:
        try:
            judge(name, raw)
        except Exception as error:
            keep(name, raw, error)

    atheris.instrument_all()
    atheris.Setup([name, f"-runs={count}", f"-max_len={LONGEST}", "-verbosity=0", str(folder)], one)
    atheris.Fuzz()


def main(argv: Sequence[str]) -> int:
    """A table: target, inputs, seconds, findings."""
    led = "--coverage" in argv
    count, *names = [word for word in argv if not word.startswith("--")]
    made = failed = 0
    for name in names or TARGETS:
        began, number = time.monotonic(), share(name, int(count))
        if led:
            by_coverage(name, number)
            continue
        found = by_mutation(name, number, seed=int(began))
        made, failed = made + number, failed + found
        print(f"{name:<14}{number:>9,}{time.monotonic() - began:>8.1f} s{found:>5} found", flush=True)
    print(f"{'together':<14}{made:>9,}{failed:>15} found")
    return min(failed, 1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
