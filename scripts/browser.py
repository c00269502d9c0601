"""The picture screenshots/browser.png: a recorded session in a real Chromium, as `sshwizard serve` shows it.

python scripts/browser.py             make it (Chromium must be installed)
python scripts/browser.py --check     exit 1 when it was made from another recording

A browser's picture differs from machine to machine, so the recording's hash stands in the file, and that is checked.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from recordings import PICTURES, ROOT, SESSIONS, recorded

PICTURE = PICTURES / "browser.png"
SESSION = "open-key"
SIZE = (80, 24)
MOST = 150_000
_END = 12
"""Bytes of a PNG's last chunk."""


def mark() -> bytes:
    """Which recording it shows."""
    source = (SESSIONS / f"{SESSION}.jsonl").read_bytes()
    return f"Source\0{SESSION}.jsonl {hashlib.sha256(source).hexdigest()}".encode()


def signed(picture: bytes) -> bytes:
    """The picture with a text chunk before its end (PNG, 11.3.4.3)."""
    chunk = b"tEXt" + mark()
    made = struct.pack(">I", len(mark())) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return picture[:-_END] + made + picture[-_END:]


def drawn() -> bytes:
    """The recording as a session that goes on, in a browser."""
    sys.path.insert(0, str(ROOT / "tests"))
    from fronts.browser import chromium
    from fronts.served import at_home, serving

    from sshwizard.store import Store

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "dana"
        (home / ".ssh").mkdir(parents=True, mode=0o700)
        key = home / ".ssh" / "id_ed25519"
        key.write_text("a key\n")
        key.chmod(0o644)
        store = Store.create("picture", home)
        for event in recorded(SESSION, home, whole=False):
            store.append(event)
        with (
            serving("--session", str(store.path), env=at_home(home)) as server,
            chromium(Path(folder) / "profile") as browser,
            browser.page(server.address(), SIZE) as page,
        ):
            page.until("What you can do")
            page.until("Quit")
            return page.picture()


def main() -> int:
    """Make it, or look whether it is of this recording."""
    if "--check" in sys.argv:
        kept = PICTURE.read_bytes() if PICTURE.exists() else b""
        if mark() not in kept or len(kept) > MOST:
            print("stale: browser.png (python scripts/browser.py)")
            return 1
        return 0
    made = signed(drawn())
    if len(made) > MOST:
        print(f"browser.png would have {len(made)} bytes; {MOST} are allowed")
        return 1
    PICTURE.write_bytes(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
