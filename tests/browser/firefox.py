"""A stock Firefox, driven by what it has built in: WebDriver BiDi over a socket.

Playwright drives only a Firefox of its own making. What is here quacks like a Page of Playwright's
as far as a `Visitor` needs one. https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websocket

NAMES = ("firefox-esr", "firefox")
PATIENCE = 240  # seconds; a browser that starts for the first time has much to do
SETTINGS = {  # no calls home, and a picture where there is no graphics card
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.safebrowsing.downloads.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "ui.prefersReducedMotion": 1,
    "webgl.force-enabled": True,
}
KEYS = {"Backspace": "\ue003", "Escape": "\ue00c"}
EVALUATE = """async (text) => {
  const given = (%s);
  const made = typeof given === "function" ? given(JSON.parse(text)) : given;
  return JSON.stringify(await made) ?? "null";
}"""


def find(environ: Mapping[str, str] = os.environ) -> str | None:
    """The Firefox that TENSORAMA_FIREFOX names, else the first on PATH."""
    named = environ.get("TENSORAMA_FIREFOX")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(program: str, width: int, height: int) -> Iterator[Page]:
    """An empty window of this size in a new Firefox while the block runs."""
    with tempfile.TemporaryDirectory() as profile:
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in SETTINGS.items()]
        Path(profile, "user.js").write_text("\n".join(lines), "utf-8")
        command = [program, "--headless", "--no-remote", "--profile", profile]
        command += ["--window-size", f"{width},{height}", "--remote-debugging-port", "0"]
        with _display() as environ, _running(command, environ) as process:
            address = f"{_address(process)}/session"
            connect = websocket.create_connection
            with closing(connect(address, timeout=PATIENCE, suppress_origin=True)) as connection:
                yield Page(Session(connection), width, height)


@contextmanager
def _display() -> Iterator[dict[str, str]]:
    """The environment with a display, which Firefox needs for WebGL; without one Xvfb's."""
    environ = {**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"}
    program = shutil.which("Xvfb")
    if sys.platform != "linux" or "DISPLAY" in environ or program is None:
        yield environ
        return
    read, write = os.pipe()
    command = [
        program,
        "-displayfd",
        str(write),
        "-screen",
        "0",
        "1280x1024x24",
        "-nolisten",
        "tcp",
    ]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as process:
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        try:
            yield {**environ, "DISPLAY": f":{number}"}
        finally:
            process.terminate()


@contextmanager
def _running(command: list[str], environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environ
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    """Where the browser listens, as it says itself."""
    assert process.stderr
    for line in process.stderr:
        found = re.search(r"listening on (ws://\S+)", line)
        if found:
            return found[1]
    raise RuntimeError("Firefox ended before it listened.")


class Session:
    """Commands with their answers; what happens meanwhile is kept as `events`."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = connection
        self._number = 0
        self.events: list[dict[str, Any]] = []
        self.send("session.new", capabilities={})

    def send(self, method: str, **parameters: Any) -> Any:
        """The result of one command."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        self._connection.send(json.dumps(command))
        while True:
            answer = json.loads(self._connection.recv())
            if answer.get("type") == "event":
                self.events.append(answer)
            elif answer.get("id") == self._number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return answer["result"]


class Page:
    """One window, as Playwright would offer it."""

    def __init__(self, session: Session, width: int, height: int) -> None:
        self.session = session
        tree = session.send("browsingContext.getTree")
        self.context: str = tree["contexts"][0]["context"]
        self.mouse, self.keyboard = Mouse(self), Keyboard(self)
        session.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        viewport = {"width": width, "height": height}
        session.send("browsingContext.setViewport", context=self.context, viewport=viewport)

    def goto(self, url: str, wait_until: str = "") -> None:
        """Begin to open a page."""
        self.session.send("browsingContext.navigate", context=self.context, url=url, wait="none")

    def evaluate(self, source: str, argument: Any = None) -> Any:
        """What an expression gives, or a function for this argument."""
        done = self.session.send(
            "script.callFunction",
            functionDeclaration=EVALUATE % source,
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            awaitPromise=True,
            target={"context": self.context},
        )
        if done["type"] == "exception":
            raise RuntimeError(done["exceptionDetails"]["text"])
        return json.loads(done["result"]["value"])

    def add_init_script(self, script: str) -> None:
        """Run this before the scripts of each page."""
        self.session.send("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}")

    def locator(self, selector: str) -> Spot:
        """The first element that a selector names."""
        return Spot(self, selector)

    def screenshot(self) -> bytes:
        """The window as a PNG file."""
        taken = self.session.send("browsingContext.captureScreenshot", context=self.context)
        return base64.b64decode(taken["data"])

    def act(self, kind: str, steps: list[dict[str, Any]]) -> None:
        """Let the pointer or a key do something."""
        source = {"type": kind, "id": kind, "actions": steps}
        self.session.send("input.performActions", context=self.context, actions=[source])

    def faults(self) -> list[str]:
        """Errors, warnings and requests to other origins since the page was opened."""
        found = []
        for event in self.session.events:
            told = event["params"]
            if event["method"] == "log.entryAdded" and told["level"] in ("error", "warn"):
                found.append(f"console {told['level']}: {told['text']}")
            elif event["method"] == "network.beforeRequestSent":
                url = told["request"]["url"]
                if not re.match(r"http://127\.0\.0\.1[:/]|data:|blob:|about:", url):
                    found.append(f"asked another origin: {url}")
        return found


@dataclass(frozen=True)
class Spot:
    """An element."""

    page: Page
    selector: str

    def bounding_box(self) -> dict[str, float] | None:
        """Where it is in the window."""
        box = self.page.evaluate(
            "(selector) => document.querySelector(selector)?.getBoundingClientRect().toJSON()",
            self.selector,
        )
        return dict(box) if box else None


@dataclass(frozen=True)
class Mouse:
    """The pointer."""

    page: Page

    def move(self, x: float, y: float) -> None:
        """Go to a pixel of the window."""
        move = {"type": "pointerMove", "x": round(x), "y": round(y)}
        self.page.act("pointer", [move])

    def down(self) -> None:
        """Press the first button."""
        self.page.act("pointer", [{"type": "pointerDown", "button": 0}])

    def up(self) -> None:
        """Let it go."""
        self.page.act("pointer", [{"type": "pointerUp", "button": 0}])


@dataclass(frozen=True)
class Keyboard:
    """The keys."""

    page: Page

    def press(self, key: str) -> None:
        """Press one and let it go."""
        value = KEYS.get(key, key)
        self.page.act("key", [{"type": kind, "value": value} for kind in ("keyDown", "keyUp")])
