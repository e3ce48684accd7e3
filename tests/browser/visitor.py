"""A person in front of the page: what they can do with it, and what they see of it.

Everything waits for conditions that the page itself tells; nothing sleeps.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Error, Locator, Page, expect

Strokes = Sequence[Sequence[tuple[float, float]]]
Point = tuple[float, float]

LAYERS = ("input", "conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "fc3")  # of the demo
OPENING = ("conv1", "pool1", "conv2", "pool2")  # those with more than one map
EVENTS = ("ready", "trace", "select", "error")

# Notes every event of the page from its first moment on.
LISTEN = f"""
globalThis.heard = [];
for (const name of {json.dumps(EVENTS)})
  document.addEventListener("tensorama:" + name, (event) => {{
    const plain = Object.getPrototypeOf(event.detail) === Object.prototype;
    globalThis.heard.push({{name, detail: event.detail, plain}});
  }});
"""

# Asks the page again and again until a test of its state holds twice in a row: what a pointer or
# a key has just set going may start a moment later.
UNTIL = """
async () => {
  const holds = %(test)s;
  const pause = () => new Promise((go) => setTimeout(go, 20));
  const end = performance.now() + %(milliseconds)d;
  for (let times = 0; times < 2; await pause()) {
    const tensorama = %(api)s;
    const state = tensorama ? await tensorama.state() : {};
    times = tensorama && holds(state) ? times + 1 : 0;
    if (performance.now() > end)
      throw new Error(`after %(milliseconds)d ms still not %(test)s: ` + JSON.stringify(state));
    if (times === 2) return state;
  }
}
"""

# Asks again and again until the address is the link of what is seen.
WRITTEN = """
async () => {
  const end = performance.now() + 20_000;
  while (location.hash !== "#" + await tensorama.link()) {
    if (performance.now() > end)
      throw new Error(`still ${location.hash}, not ${await tensorama.link()}`);
    await new Promise((go) => setTimeout(go, 50));
  }
}
"""

# The next frame; a page that lies behind another draws none, and is not waited for.
FRAME = """
new Promise((go) => document.hidden ? go() : requestAnimationFrame(() => setTimeout(go)))
"""

# A function of the page, which has to answer: what waits for ever fails here, and says for what.
ANSWERED = """
Promise.race([%(call)s, new Promise((_, fail) => setTimeout(
  () => fail(new Error("no answer in %(seconds)d s to " + %(name)s)), %(seconds)d * 1000))])
"""

# Of two pictures: the part of the pixels that differ clearly.
DIFFERENCE = """
async (pictures) => {
  const [a, b] = await Promise.all(pictures.map(async (data) => {
    const blob = await (await fetch("data:image/png;base64," + data)).blob();
    const image = await createImageBitmap(blob);
    const pen = new OffscreenCanvas(image.width, image.height)
      .getContext("2d", {willReadFrequently: true});
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height).data;
  }));
  if (a.length !== b.length) return 1;
  let count = 0;
  for (let i = 0; i < a.length; i += 4)
    if (Math.abs(a[i] - b[i]) + Math.abs(a[i + 1] - b[i + 1]) + Math.abs(a[i + 2] - b[i + 2]) > 24)
      count++;
  return count / (a.length / 4);
}
"""

COLOURS = """
async ([data, points]) => {
  const blob = await (await fetch("data:image/png;base64," + data)).blob();
  const image = await createImageBitmap(blob);
  const pen = new OffscreenCanvas(image.width, image.height)
    .getContext("2d", {willReadFrequently: true});
  pen.drawImage(image, 0, 0);
  return points.map(([x, y]) => [...pen.getImageData(Math.round(x), Math.round(y), 1, 1).data]);
}
"""

DROP = """
([files, selector]) => {
  const dataTransfer = new DataTransfer();
  for (const [name, data] of Object.entries(files)) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    dataTransfer.items.add(new File([bytes], name));
  }
  const box = document.querySelector(selector);
  for (const kind of ["dragenter", "dragover", "drop"])
    box.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer}));
}
"""

# Has Python do something, as a page's author can, and tells when it is done.
PYTHON = """
(source) => new Promise((go) => {
  globalThis.pythonDone = go;
  const script = Object.assign(document.createElement("script"), {type: "py"});
  script.textContent = source + "\\nimport js; js.pythonDone()";
  document.body.append(script);
})
"""

# What lies over the canvas, so that only the 3D picture itself is compared.
ONLY_THE_PICTURE = """
.tr-labels, .tr-side, .tr-bar, .tr-foot, .tr-tip, .tr-note, .tr-help, .tr-progress, .tr-poster,
.tr-inspector, .tr-welcome, .tr-film, .tr-hint, .tr-newer, .tr-picture
{ visibility: hidden !important; }
.tr-scene { outline: none !important; }
"""


@dataclass(frozen=True)
class Tip:
    """What stands beside the pointer: the number, and of which cell it is."""

    value: str
    tensor: str
    index: tuple[int, ...]
    layer: str
    text: str


@dataclass
class Visitor:
    """Someone who looks at one network on a page; `box` is where it is."""

    page: Page
    box: str = "#stage"
    answer: Any = None  # what the page says of the digit 7

    # what the page tells ---------------------------------------------------------------------

    @cached_property
    def api(self) -> str:
        """The JavaScript functions of this network, as an expression."""
        return f'document.querySelector("{self.box}")?.tensorama'

    def ask(self, call: str) -> Any:
        """The result of one of the page's functions: `ask("select('relu1', [0, 1, 2, 3])")`."""
        how = {"call": f"{self.api}.{call}", "name": json.dumps(call[:200]), "seconds": 90}
        return self.page.evaluate(ANSWERED % how)

    def complaint(self, call: str) -> str:
        """The sentence with which a call is refused."""
        return str(self.page.evaluate(f"{self.api}.{call}.then(() => '', (e) => e.message)"))

    def state(self) -> dict[str, Any]:
        """What a person sees, as the page puts it."""
        return dict(self.ask("state()"))

    def until(self, test: str, seconds: float = 15) -> dict[str, Any]:
        """Wait until a JavaScript test of the state holds: `until("s => s.theme === 'dark'")`."""
        how = {"test": test, "api": self.api, "milliseconds": seconds * 1000}
        return dict(self.page.evaluate(UNTIL % how))

    def idle(self) -> dict[str, Any]:
        """Wait until nothing is being computed."""
        return self.until("s => !s.busy && s.output !== undefined")

    def still(self) -> dict[str, Any]:
        """Wait until nothing moves in the picture either."""
        return self.until("s => !s.busy && !s.moving && s.run.timed")

    def written(self) -> None:
        """Wait until the address bar says what is seen."""
        self.page.evaluate(WRITTEN)

    def heard(self, event: str) -> list[Any]:
        """The details of the page's events of this name, so far."""
        heard = self.page.evaluate("globalThis.heard")
        assert all(item["plain"] for item in heard), "a detail is no plain object"
        return [item["detail"] for item in heard if item["name"] == event]

    def python(self, source: str, wait: bool = True) -> None:
        """Have the page's Python do something, as its author can; `wait` until it is done."""
        self.page.evaluate(PYTHON if wait else f"(source) => {{ ({PYTHON})(source); }}", source)

    # coming and going ------------------------------------------------------------------------

    def visit(self, url: str) -> Visitor:
        """Open the page and wait until its network is live."""
        self.arrive(url)
        state = self.until("s => (s.model || s.message) && !s.busy", seconds=60)
        assert state["model"], state["message"]
        return self

    def arrive(self, url: str) -> None:
        """Open the page, and wait for nothing."""
        self.page.add_init_script(LISTEN)
        self.page.goto(url, wait_until="commit")

    def begin_again(self) -> None:
        """Bring a page that others have used back to how it is for a new visitor."""
        self.calmly()
        self.page.mouse.move(2, 2)
        self.page.evaluate("document.activeElement?.blur()")
        self.page.evaluate("globalThis.heard = []")
        if self.part("help").is_visible():
            self.press("Escape")
        state = self.state()
        if state["shown"].get("language", "en") != "en":
            raise Error("it speaks another language: a new page is quicker than all that follows")
        if state["model"]["name"] != "LeNet-5":
            self.ask("load('./models/lenet/lenet.onnx')")
        if state["message"]:
            self.press("Escape")
        for _ in range(4):  # what is stepped through ends first, a question, what is typed
            if self.state()["selection"]:
                self.press("Escape")
        if self.state()["shown"].get("about"):
            self.press("Escape")
        if state["theme"] != "light":
            self.press("t")
        if state["shown"].get("outline"):
            self.press("l")
            self.page.evaluate("document.activeElement?.blur()")
        if self.state()["output"] != self.answer or self.part("samples").locator(
            "[aria-pressed=true]"
        ).all_inner_texts() != ["7"]:
            self.press("7")
        self.press("c", "r")
        for _ in range(8):
            if self.state()["shown"].get("scale", "layer") != "layer":
                self.press("s")
            if self.state()["shown"].get("speed", 1) != 1:
                self.button("speed").click()
        for _ in range(8):
            if self.state()["heat"] != "off":
                self.press("h")
        ready = self.until("s => !s.busy && s.output?.label === '7' && s.output.share > 0.99")
        self.answer = ready["output"]
        if not ready["run"]["whole"] and not ready["run"]["playing"]:
            self.part("line").press("End")
            self.page.evaluate("document.activeElement.blur()")
        self.still()

    def calmly(self, calm: bool = True) -> None:
        """Ask for less movement, as most tests do: each picture that is drawn takes time."""
        self.page.emulate_media(reduced_motion="reduce" if calm else "no-preference")
        # the page is told before the next frame
        self.page.evaluate("new Promise((go) => requestAnimationFrame(go))")

    # what a person sees ----------------------------------------------------------------------

    def part(self, name: str) -> Locator:
        """The element of class `tr-…`."""
        return self.page.locator(f"{self.box} .tr-{name}")

    def button(self, action: str) -> Locator:
        """The button that does this."""
        return self.page.locator(f'{self.box} [data-do="{action}"]')

    def label(self, layer: str) -> Locator:
        """The label of a layer, by its name."""
        name = self.page.locator(".tr-label-name", has_text=re.compile(f"^{re.escape(layer)}$"))
        return self.part("label").filter(has=name)

    def places(self) -> dict[str, Point]:
        """Where the labels are: layer → the middle of the label's upper edge, in pixels."""
        found = self.page.evaluate(
            """(box) => [...document.querySelectorAll(box + " .tr-label")].map((label) => {
              const r = label.getBoundingClientRect();
              const name = label.querySelector(".tr-label-name").textContent;
              return [name, [r.x + r.width / 2, r.y]];
            })""",
            self.box,
        )
        return {name: (x, y) for name, (x, y) in found}

    def moved(self, before: dict[str, Point]) -> dict[str, Point]:
        """Wait until the labels have left their places and are still; where they are now."""
        for _ in range(100):
            if self.places() != before:
                break
            self.still()
        else:
            raise AssertionError("nothing moved")
        self.still()
        return self.places()

    def picture(self) -> bytes:
        """The 3D picture alone, as a PNG, once nothing moves and nobody points at it."""
        self.page.mouse.move(2, 2)
        return self.picture_pointed_at()

    def picture_pointed_at(self) -> bytes:
        """The 3D picture alone, as a PNG, once nothing moves; the pointer stays where it is."""
        self.still()
        return self.part("scene").screenshot(style=ONLY_THE_PICTURE, animations="disabled")

    def difference(self, before: bytes, after: bytes) -> float:
        """The part of the pixels, 0..1, in which two pictures differ clearly."""
        pictures = [base64.b64encode(picture).decode() for picture in (before, after)]
        return float(self.page.evaluate(DIFFERENCE, pictures))

    def colours(self, picture: bytes, points: Sequence[Point]) -> np.ndarray:
        """The red, green and blue of a picture at some pixels, (P,3)."""
        data = base64.b64encode(picture).decode()
        return np.array(self.page.evaluate(COLOURS, [data, [*points]]))[:, :3]

    def sees(self, sentence: str | re.Pattern[str]) -> None:
        """The page says this sentence."""
        expect(self.part("note")).to_be_visible()
        expect(self.part("note").locator("p")).to_have_text(sentence)

    # what a person does ----------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, and wait for the frame that shows what they did."""
        for key in keys:
            self.page.keyboard.press(key)
        self.page.evaluate(FRAME)

    def stroke(self, points: Sequence[Point], lift: bool = True) -> None:
        """Draw one stroke on the pad with the mouse; coordinates 0..1."""
        pad = self.part("pad").bounding_box()
        assert pad, "there is no pad"
        mouse = self.page.mouse
        for number, (x, y) in enumerate(points):
            mouse.move(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"])
            if number == 0:
                mouse.down()
        if lift:
            mouse.up()

    def draw(self, strokes: Strokes) -> None:
        """Draw strokes on the pad with the mouse."""
        for points in strokes:
            self.stroke(points)

    def drop(self, name: str, data: bytes, **more: bytes) -> None:
        """Drop a file on the page, and more at the same time."""
        files = {n: base64.b64encode(d).decode() for n, d in {name: data, **more}.items()}
        self.page.evaluate(DROP, [files, self.box])

    def drop_from_disk(self, *paths: Path) -> None:
        """Drag files and folders in from outside of the browser and let them fall on the page."""
        session = self.page.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send(
                "Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 300, "data": data}
            )
        session.detach()

    def point_at(self, x: float, y: float) -> Tip | None:
        """Move the pointer there and read what stands beside it."""
        self.page.mouse.move(x, y)
        return self.tip()

    def tip(self) -> Tip | None:
        """What stands beside the pointer now."""
        lines = self.page.evaluate(
            """(box) => { const tip = document.querySelector(box + " .tr-tip");
              return tip.hidden ? null : [...tip.children].map((line) => line.textContent); }""",
            self.box,
        )
        if lines is None:
            return None
        value, cell, layer = lines[:3]
        found = re.match(r"(.+?)\[([\d, ]*)\]", cell)
        assert found, cell
        index = tuple(int(number) for number in found[2].split(",") if number)
        return Tip(value, found[1], index, layer.split(" · ")[0], cell)

    def spot_on(self, layer: str) -> Point:
        """A pixel above a layer's label at which the pointer reads a cell of that layer."""
        x, y = self.places()[layer]
        for up in range(10, 160, 8):
            for aside in (0, -9, 9):
                tip = self.point_at(x + aside, y - up)
                if tip and tip.layer == layer:
                    return x + aside, y - up
        raise AssertionError(f"no cell of {layer} is found above its label at {x:.0f}, {y:.0f}")


def jittered(strokes: Strokes, random: np.random.Generator) -> list[list[Point]]:
    """The same digit by another hand: moved, scaled, turned and sheared a little, and unsteady."""
    angle, shear = random.uniform(-0.12, 0.12), random.uniform(-0.1, 0.1)
    wide, high = random.uniform(0.6, 0.9, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle) + shear], [np.sin(angle), np.cos(angle)]])
    turn = np.diag([wide, high]) @ turn
    drawn = []
    for stroke in strokes:
        kept = [*stroke[:-1:2], stroke[-1]]
        points = (np.array(kept) - 0.5) @ turn.T
        points += random.normal(0, 0.008, points.shape)
        drawn.append(points)
    ink = np.concatenate(drawn)
    low, high_end = 0.08 - ink.min(axis=0), 0.92 - ink.max(axis=0)
    shift = low + (high_end - low) * random.uniform(0, 1, 2)
    return [[(float(x), float(y)) for x, y in points + shift] for points in drawn]


def reads(shown: str, value: Any) -> bool:
    """Whether what stands beside the pointer is this value, as JavaScript is told it."""
    if isinstance(value, bool):
        return shown == str(value).lower()
    if isinstance(value, str):
        return shown == value
    return np.float32(shown) == np.float32(value)
