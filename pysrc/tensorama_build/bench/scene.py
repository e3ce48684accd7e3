"""How fast a network stands there in 3D, and what stays behind, against TensorSpace.

In Chromium, each in its own page, in turn: our page with the files of three networks, and
TensorSpace with the same layers written by hand and no numbers in them. Both are seen as a whole.
A build ends with its first finished picture; a frame is timed until the graphics card is done with
it, and `script` is the part of it in which JavaScript and Python run. What takes a very long time
is measured fewer times, and the counts say so.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from ..build import build_site
from ..fetch import Fetcher
from ..lock import BENCH_LOCK_FILE, read_lock
from ..places import Places
from .browser import launched, served, settle
from .engine import networks
from .report import Measured, Row, compare

HERE = Path(__file__).parent
NETWORKS = ("lenet", "vgg19", "resnet50")
STATES = ("closed", "open")
ROUNDS = 3
FRAMES = 9
CYCLES = 10
CHANGES = 20
CHANGE_BETWEEN = ("lenet", "resnet50")
ENOUGH_MS = 20_000  # what took so long is not measured again
ENOUGH_S = 240  # nor opened and closed or changed any more
PATIENCE_MS = 600_000
WINDOW = ViewportSize(width=1280, height=800)
PAGE = """<!doctype html><meta charset="utf-8"><title>TensorSpace</title>
<style>html, body { margin: 0; height: 100%; }</style><body>
<script src="bench/three.min.js"></script>
<script src="bench/TrackballControls.js"></script>
<script src="bench/Tween.js"></script>
<script src="bench/tf.min.js"></script>
<script src="bench/tensorspace.min.js"></script>
<script src="bench/tensorspace.js"></script>
"""
LOAD = """async (address) => {
    await tensorama.load(address);
    const loaded = performance.now();
    const picture = await bench.picture() - loaded;
    return picture + (await tensorama.stats()).buildMs;
}"""
OPEN = """async () => {
    const started = performance.now();
    await tensorama.openAll();
    return await bench.picture() - started;
}"""


@dataclass(frozen=True)
class Look:
    """One network in one state: its build, its frames, and what it holds on the graphics card."""

    build_ms: float
    frames: list[dict[str, float]]
    held: dict[str, float]

    @property
    def took_ms(self) -> float:
        """All the time that this look cost."""
        return self.build_ms + sum(frame["whole"] for frame in self.frames)


class Ours:
    """Our page, driven as a host page would."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page = new_page(browser)
        self.page.goto(address)
        self.settle()
        self.built_ms = 0.0

    def settle(self) -> None:
        """Wait until nothing moves any more."""
        settle(self.page)

    def look(self, network: str, state: str) -> Look:
        """Show a network, closed or open. The open one comes after the closed one."""
        self.page.emulate_media(reduced_motion="reduce")
        if state == "closed":
            self.built_ms = self.page.evaluate(LOAD, address_of(network))
            build_ms = self.built_ms
        else:
            build_ms = self.built_ms + self.page.evaluate(OPEN)
        self.settle()
        self.page.emulate_media(reduced_motion="no-preference")
        self.page.keyboard.press("ArrowLeft")
        frames = self.page.evaluate(f"bench.next({FRAMES}, {ENOUGH_MS})")
        self.page.keyboard.press("r")
        self.settle()
        return Look(build_ms, frames, self.held())

    def held(self) -> dict[str, float]:
        """What it holds now."""
        return dict(self.page.evaluate("tensorama.stats()"))

    def cycle(self) -> None:
        """Open everything and close everything."""
        for call in ("openAll", "closeAll"):
            self.page.evaluate(f"tensorama.{call}().then(bench.picture)")

    def change(self, network: str) -> None:
        """Show another network."""
        self.page.evaluate(LOAD, address_of(network))


class Theirs:
    """TensorSpace in a page of its own. It has no way to let go of a network."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page = new_page(browser)
        self.page.goto(f"{address}tensorspace.html")

    def look(self, network: str, state: str) -> Look:
        """Show a network, closed or open; what was shown before goes with its page."""
        self.page.reload()
        build_ms = self.page.evaluate("([n, o]) => bench.build(n, o)", [network, state == "open"])
        frames = self.page.evaluate(f"bench.next({FRAMES}, {ENOUGH_MS})")
        return Look(build_ms, frames, self.held())

    def held(self) -> dict[str, float]:
        """What it holds now, all networks since the page was opened together."""
        return dict(self.page.evaluate("bench.held()"))

    def cycle(self) -> None:
        """Open every layer and close every layer."""
        self.page.evaluate("bench.openAndClose()")

    def change(self, network: str) -> None:
        """Show another network."""
        self.page.evaluate("(network) => bench.build(network, false)", network)


Side = type[Ours] | type[Theirs]
SIDES: dict[str, Side] = {"ours": Ours, "theirs": Theirs}
Looks = dict[tuple[str, str, str], list[Look]]  # by network, state and side


def address_of(network: str) -> str:
    """Where our page finds a network."""
    return f"./bench/{network}.onnx"


def new_page(browser: Browser) -> Page:
    """A page whose frames are measured."""
    page = browser.new_page(viewport=WINDOW)
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(path=HERE / "frames.js")
    return page


def measure(places: Places) -> Measured:
    """All networks in both states, ours and TensorSpace's in turn; then what stays behind."""
    looks: Looks = {}
    left = []
    with prepared(places) as folder, served(folder) as address, launched() as browser:
        for network in NETWORKS:
            for _ in range(ROUNDS):
                for name, side in SIDES.items():
                    look(browser, address, network, (name, side), looks)
            left.append(stays(f"{network}, opened and closed", CYCLES, browser, address, network))
            print(f"{network}: done", flush=True)
        left.append(
            stays(f"{CHANGE_BETWEEN[0]} and {CHANGE_BETWEEN[1]} in turn", CHANGES, browser, address)
        )
    return report(looks, left)


def look(
    browser: Browser, address: str, network: str, side: tuple[str, Side], looks: Looks
) -> None:
    """Look at a network closed and open once more, unless that took very long before."""
    name, kind = side
    keys = [(network, state, name) for state in STATES]
    if any(looks.get(key) and looks[key][-1].took_ms > ENOUGH_MS for key in keys):
        return
    one = kind(browser, address)
    for key, state in zip(keys, STATES, strict=True):
        looks.setdefault(key, []).append(one.look(network, state))
    one.page.close()


def stays(what: str, times: int, browser: Browser, address: str, network: str = "") -> Row:
    """What each side holds before and after doing something often: with one network opening and
    closing everything, without one changing between two. Stops when that takes very long."""
    row: Row = {"what": what}
    for name, kind in SIDES.items():
        one = kind(browser, address)
        one.change(network or CHANGE_BETWEEN[-1])
        before, started, done = one.held(), time.monotonic(), 0
        while done < times and (not done or time.monotonic() - started < ENOUGH_S):
            if network:
                one.cycle()
            else:
                one.change(CHANGE_BETWEEN[done % 2])
            done += 1
        after = one.held()
        row[f"{name}_times"] = done
        for kept in ("geometries", "textures"):
            row[f"{name}_{kept}"] = f"{before[kept]:.0f} → {after[kept]:.0f}"
        one.page.close()
    return row


@contextmanager
def prepared(places: Places) -> Iterator[Path]:
    """A folder to serve: dist/, the networks' files, TensorSpace and its page."""
    dist = build_site(places)
    assets = [a for n, a in read_lock(BENCH_LOCK_FILE).items() if n.startswith("tensorspace/")]
    fetcher = Fetcher(places.cache)
    fetcher.fetch_all(assets)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        shutil.copytree(dist, folder)
        extra = folder / "bench"
        extra.mkdir()
        for asset in assets:
            shutil.copyfile(fetcher.path(asset), extra / Path(asset.name).name)
        shutil.copyfile(HERE / "tensorspace.js", extra / "tensorspace.js")
        for network in networks(places):
            if network.name in NETWORKS:
                (extra / f"{network.name}.onnx").write_bytes(network.files()[""])
        (folder / "tensorspace.html").write_text(PAGE, "utf-8")
        yield folder


# the report ----------------------------------------------------------------------------------


def report(looks: Looks, left: list[Row]) -> Measured:
    """Builds and frames side by side, then what each of them costs the graphics card."""
    rows, costs = [], []
    for network in NETWORKS:
        for state in STATES:
            ours, theirs = (looks[network, state, side] for side in SIDES)
            for what in ("build", "frame", "script"):
                mine, other = typical(ours, what), typical(theirs, what)
                rows.append(compare(f"{network}, {state}", mine, other, what=what))
            costs.append(cost(f"{network}, {state}", ours, theirs))
    return Measured(rows, {"costs": costs, "left": left})


def typical(looks: Sequence[Look], what: str) -> float:
    """The median milliseconds of the builds, of whole frames, or of the scripts in them."""
    if what == "build":
        return statistics.median(look.build_ms for look in looks)
    part = "whole" if what == "frame" else what
    return statistics.median(frame[part] for look in looks for frame in look.frames)


def cost(name: str, ours: Sequence[Look], theirs: Sequence[Look]) -> Row:
    """What both sides draw and hold, and how often they were timed."""
    row: Row = {"network": name}
    for side, looks in zip(SIDES, (ours, theirs), strict=True):
        for kept in ("drawCalls", "geometries", "textures"):
            row[f"{side}_{kept}"] = round(looks[-1].held[kept])
        row[f"{side}_builds"] = len(looks)
        row[f"{side}_frames"] = sum(len(look.frames) for look in looks)
    return row


def markdown(measured: Measured) -> str:
    """The tables as they stand in the README: ours / TensorSpace's."""
    lines = [
        "| network | build | a frame | of it script | draw calls | geometries, textures |",
        "|---|---|---|---|---|---|",
    ]
    for cost in measured.extra["costs"]:
        name = cost["network"]
        times = [row for row in measured.rows if row["network"] == name]
        cells = [f"{said(row['ours_ms'])} / {said(row['theirs_ms'])}" for row in times]
        cells.append(f"{cost['ours_drawCalls']:,} / {cost['theirs_drawCalls']:,}")
        held = (f"{cost[f'{s}_geometries']:,}, {cost[f'{s}_textures']:,}" for s in SIDES)
        cells.append(" / ".join(held))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "| what | geometries, textures | times | TensorSpace | times |",
        "|---|---|---|---|---|",
    ]
    for row in measured.extra["left"]:
        cells = [row["what"]]
        for side in SIDES:
            cells.append(f"{row[f'{side}_geometries']}, {row[f'{side}_textures']}")
            cells.append(str(row[f"{side}_times"]))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def said(milliseconds: float) -> str:
    """A time as a person reads it: 4.2 ms, 312 ms, 14.1 s."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
