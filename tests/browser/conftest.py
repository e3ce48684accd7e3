"""What every browser test stands on: the served site, a Chromium, and a page that is watched.

A test fails at its end if the page wrote an error or a warning to the console, threw, or asked
another origin for anything. A test that means to cause a message says so:
`@pytest.mark.expects_console("pattern")`.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from browser import firefox
from browser.visitor import Visitor
from tensorama import Trace, load
from tensorama.inputs import input_kind, rasterize, sample_digit
from tensorama_build import chromium
from tensorama_build.serve import SiteServer

expect.set_options(timeout=20_000)  # what a panel needs may have to be fetched first

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
SMALL: ViewportSize = {"width": 860, "height": 560}  # where a processor draws, pixels cost time

FAILED = pytest.StashKey[bool]()

# Chromium's own remarks about drawing in software; they say nothing about the page.
HARMLESS = (
    r"GPU stall due to ReadPixels",
    r"\[\.WebGL-.*GL Driver Message",
    r"Service Worker registration blocked by Playwright",  # as we asked for
)


@dataclass
class Site:
    """The served dist/: `url` at the root of a host, `mounted(prefix)` below a path."""

    servers: dict[str, SiteServer] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the page at the root."""
        return self.mounted("/")

    def mounted(self, prefix: str) -> str:
        """The address of the page below a path such as "/repo-name/"."""
        if prefix not in self.servers:
            server = SiteServer(DIST, mount=prefix)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.servers[prefix] = server
        return self.servers[prefix].address

    def close(self) -> None:
        """Stop serving."""
        for server in self.servers.values():
            server.shutdown()
            server.server_close()


@dataclass
class Watch:
    """Everything a page did that it should not: console lines, exceptions, foreign requests."""

    expected: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Watch every page of a browser context."""
        context.on("console", self.console)
        context.on("weberror", lambda error: self.fault(f"exception: {error.error}"))
        context.on("request", lambda request: self.request(request.url))

    def console(self, message: ConsoleMessage) -> None:
        """Errors and warnings are faults; what the page merely logs is not."""
        if message.type in ("error", "warning"):
            where = message.location.get("url") or "inline"
            self.fault(f"console {message.type}: {message.text} ({where})")

    def request(self, url: str) -> None:
        """Nothing may be asked of another origin than this machine's."""
        if urlsplit(url).hostname not in ("127.0.0.1", None):
            self.fault(f"asked another origin: {url}")

    def fault(self, text: str) -> None:
        """Note a fault, unless it is expected or harmless."""
        if not any(re.search(pattern, text) for pattern in (*HARMLESS, *self.expected)):
            self.faults.append(text)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """dist/ behind a server on this machine."""
    if not (DIST / "index.html").is_file():
        pytest.fail("dist/ has no index.html: run `python build.py` first")
    served = Site()
    yield served
    served.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests."""
    with sync_playwright() as playwright:
        program = str(chromium.ensure())
        launched = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def fox() -> Iterator[firefox.Page]:
    """A window of a stock Firefox, where there is one."""
    program = firefox.find()
    if program is None:
        pytest.skip("no Firefox on PATH, and TENSORAMA_FIREFOX names none")
    with firefox.launched(program, SMALL["width"], SMALL["height"]) as window:
        yield window


@pytest.fixture(scope="session")
def sevens() -> Trace:
    """The run of the demo on the sample digit 7, on CPython."""
    model = load(ROOT / "models" / "lenet" / "lenet.onnx")
    kind = input_kind(model)
    assert kind
    return model.run({kind.tensor: rasterize(sample_digit(7), kind)})


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    """Collects the faults of every page that it is attached to; fails the test if there are any."""
    marks = request.node.iter_markers("expects_console")
    watching = Watch(tuple(pattern for mark in marks for pattern in mark.args))
    yield watching
    assert not watching.faults, "\n".join(watching.faults)


@pytest.fixture
def context(browser: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """A new visitor with a desktop window, watched."""
    visitor = browser.new_context(viewport=DESKTOP, service_workers="block")  # see test_app
    visitor.set_default_timeout(60_000)
    watch.attach(visitor)
    yield visitor
    visitor.close()


@contextmanager
def calm_window(browser: Browser, watch: Watch, size: ViewportSize) -> Iterator[BrowserContext]:
    """A new visitor with a window of this size who wants less movement, watched."""
    visitor = browser.new_context(viewport=size, reduced_motion="reduce")
    visitor.set_default_timeout(60_000)
    watch.attach(visitor)
    yield visitor
    visitor.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty watched page of a new visitor."""
    return context.new_page()


@dataclass
class Shared:
    """One open page for all tests that leave it usable: opening one takes seconds."""

    browser: Browser
    url: str
    watch: Watch = field(default_factory=Watch)
    visitor: Visitor | None = None

    def begin(self) -> Visitor:
        """The page as a new visitor finds it; opened anew if the test before broke it."""
        if self.visitor:
            try:
                self.visitor.begin_again()
                return self.visitor
            except Error:
                self.close()
        context = self.browser.new_context(viewport=SMALL, service_workers="block")
        context.set_default_timeout(20_000)
        self.watch.attach(context)
        self.visitor = Visitor(context.new_page()).visit(self.url)
        self.visitor.begin_again()
        return self.visitor

    def close(self) -> None:
        """Close the page."""
        if self.visitor:
            self.visitor.page.context.close()
        self.visitor = None


@pytest.fixture(scope="session")
def shared(browser: Browser, site: Site) -> Iterator[Shared]:
    """The page that `live` gives to one test after the other."""
    sharing = Shared(browser, site.url)
    yield sharing
    sharing.close()


@pytest.fixture
def live(request: pytest.FixtureRequest, shared: Shared) -> Iterator[Visitor]:
    """Someone before the live demo with the digit 7, closed layers and the first view; watched."""
    marks = request.node.iter_markers("expects_console")
    shared.watch.expected = tuple(pattern for mark in marks for pattern in mark.args)
    shared.watch.faults.clear()
    yield shared.begin()
    if request.node.stash.get(FAILED, False):
        shared.close()
    assert not shared.watch.faults, "\n".join(shared.watch.faults)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Note that a test failed, and print how at once: a run that is cut off ends without a list."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        terminal = item.config.pluginmanager.get_plugin("terminalreporter")
        terminal.write_line(f"\n{item.nodeid} failed in {report.when}:")
        terminal.write_line(str(report.longrepr)[-4000:])
    return report


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run a test once more if Chromium's renderer died in it, which it does now and then by itself
    while a page starts. Whatever else goes wrong counts at once."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed and "Target crashed" in str(report.longrepr) for report in reports):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
