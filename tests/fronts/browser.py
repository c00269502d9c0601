"""A real Chromium without a window, driven over the DevTools protocol; and what xterm.js shows in it."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

_CATCH = """
Object.defineProperty(Object.prototype, "websocket_url", {
  configurable: true,
  set(value) {
    Object.defineProperty(this, "websocket_url", {value, writable: true});
    window.__shown = this;
  },
});
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(event.violatedDirective + " " + event.blockedURI));
"""
"""textual-serve's page keeps its terminal to itself; this notes the object that holds it."""
_TEXT = """(() => {
  const terminal = window.__shown && window.__shown.terminal;
  if (!terminal) return document.body ? document.body.innerText : "";
  const rows = [];
  for (let row = 0; row < terminal.rows; row++)
    rows.push(terminal.buffer.active.getLine(row)?.translateToString(true) ?? "");
  return rows.join("\\n");
})()"""


def program() -> str | None:
    """Chromium, if it is installed."""
    return shutil.which("chromium")


class Page:
    """One tab, in a browser context of its own: other cookies than every other's."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int]) -> None:
        self._browser = browser
        self.context = browser.ask("Target.createBrowserContext")["browserContextId"]
        self.open_tab(url, size)

    def open_tab(self, url: str, size: tuple[int, int]) -> None:
        """A tab of (columns, rows) of text."""
        ask = self._browser.ask
        made = ask("Target.createTarget", url="about:blank", browserContextId=self.context)
        self.target = made["targetId"]
        self.session = ask("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.do(f"{domain}.enable")
        self.do("Page.addScriptToEvaluateOnNewDocument", source=_CATCH)
        self.size(*size)
        self.do("Page.navigate", url=url)

    def do(self, method: str, **given: Any) -> dict[str, Any]:
        """One command of the protocol."""
        return self._browser.ask(method, self.session, **given)

    def size(self, columns: int, rows: int) -> None:
        """A window for so much text of 16 px: a cell is 9 by 21 px."""
        width, height = columns * 9 + 4, rows * 21 + 8
        self._stood = ""
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def js(self, code: str) -> Any:
        """The value of an expression."""
        return self.do("Runtime.evaluate", expression=code, returnByValue=True).get("result", {}).get("value")

    @property
    def text(self) -> str:
        """What the terminal shows; before there is one, what the page says."""
        return str(self.js(_TEXT) or "")

    @property
    def cells(self) -> tuple[int, int]:
        """Columns and rows of the terminal."""
        columns, rows = self.js("[window.__shown.terminal.cols, window.__shown.terminal.rows]")
        return int(columns), int(rows)

    def until(self, wanted: str | Callable[[str], bool], seconds: float = 20) -> str:
        """Wait until the page shows something. What stood there before the last key proves nothing."""
        stood, self._stood = self._stood, ""
        if stood and (wanted(stood) if callable(wanted) else wanted in stood):
            raise AssertionError(f"{wanted!r} stood there before the key:\n{stood}")
        end, text = time.monotonic() + seconds, ""
        while time.monotonic() < end:
            text = self.text
            if wanted(text) if callable(wanted) else wanted in text:
                return text
            time.sleep(0.02)
        raise AssertionError(f"never showed {wanted!r}:\n{text}")

    def press(self, key: str) -> None:
        """A key of the keyboard: a letter, Escape, ArrowLeft, or a letter with Control."""
        self._stood = self.text
        control = key.startswith("ctrl+")
        name = key.removeprefix("ctrl+")
        given: dict[str, Any] = {"key": name, "modifiers": 2 if control else 0}
        if len(name) == 1:
            given["windowsVirtualKeyCode"] = ord(name.upper())
            given["code"] = f"Key{name.upper()}"
            if not control:
                given["text"] = name
        else:
            given["windowsVirtualKeyCode"] = {"Escape": 27, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39}[name]
            given["code"] = name
        self.do("Input.dispatchKeyEvent", type="keyDown", **given)
        self.do("Input.dispatchKeyEvent", type="keyUp", **{k: v for k, v in given.items() if k != "text"})

    def focus(self) -> None:
        """Click into the terminal, as a person does first."""
        for kind in ("mousePressed", "mouseReleased"):
            self.do("Input.dispatchMouseEvent", type=kind, x=300, y=14, button="left", clickCount=1)

    def picture(self) -> bytes:
        """A PNG of the window."""
        return base64.b64decode(self.do("Page.captureScreenshot", format="png")["data"])

    def close(self) -> None:
        """The context goes with its tab and cookies."""
        self._browser.ask("Target.disposeBrowserContext", browserContextId=self.context)


class Browser:
    """A running Chromium, and the protocol's line to it."""

    def __init__(self, line: ClientConnection) -> None:
        self._line, self._numbers = line, itertools.count(1)
        self.asked: list[str] = []
        """Every address that a page loaded, or tried to."""

    def ask(self, method: str, session: str = "", **given: Any) -> dict[str, Any]:
        """One command and its answer."""
        number = next(self._numbers)
        row: dict[str, Any] = {"id": number, "method": method, "params": given}
        if session:
            row["sessionId"] = session
        self._line.send(json.dumps(row))
        while True:
            answer = json.loads(self._line.recv(timeout=20))
            if answer.get("method") == "Network.requestWillBeSent":
                self.asked.append(answer["params"]["request"]["url"])
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    @contextlib.contextmanager
    def page(self, url: str, size: tuple[int, int] = (80, 24)) -> Iterator[Page]:
        """A page of another visitor."""
        made = Page(self, url, size)
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Begin a browser with an empty profile."""
    command = [
        program() or "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-extensions", "--mute-audio", "--use-gl=swiftshader", "--enable-unsafe-swiftshader",
        "--remote-debugging-port=0", "--remote-debugging-address=127.0.0.1",
        f"--user-data-dir={profile}", "about:blank",
    ]  # fmt: skip
    env = {**os.environ, "HOME": str(profile), "XDG_RUNTIME_DIR": str(profile)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    try:
        port = profile / "DevToolsActivePort"
        end = time.monotonic() + 40
        while not port.exists() or not re.search(r"\n.+", port.read_text()):
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            assert time.monotonic() < end, f"{command[0]} did not begin"
            time.sleep(0.05)
        number, path = port.read_text().split()[:2]
        with connect(f"ws://127.0.0.1:{number}{path}", max_size=None, compression=None) as line:
            yield Browser(line)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
