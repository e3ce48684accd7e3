"""The site as an app: after one visit it needs no network; versions replace each other whole."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.conftest import DESKTOP, DIST, Site, Watch
from browser.test_view import article, view
from browser.visitor import UNTIL, Visitor
from tensorama_build.installable import WORKER, add_worker
from tensorama_build.output import Output
from tensorama_build.serve import SiteServer

pytestmark = pytest.mark.slow

INSTALLED = "navigator.serviceWorker.ready.then(({active}) => active.state)"
REGISTRATIONS = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
TEXTS = "fetch('languages/zh.json').then((answer) => answer.json()).then((all) => all.version ?? 1)"
PAGE = "document.documentElement.getAttribute('data-version')"
# Asks the host for a newer version, and waits for what becomes of it.
UPDATE = """
async () => {
  const registration = await navigator.serviceWorker.ready;
  const found = new Promise((go) => registration.addEventListener("updatefound", go));
  await registration.update();
  await found;
  const coming = registration.installing;
  while (!["installed", "redundant"].includes(coming.state))
    await new Promise((go) => coming.addEventListener("statechange", go, {once: true}));
  return coming.state;
}
"""
# Waits until only one version of the site is kept.
ONE_KEPT = """
async () => {
  const kept = async () => (await caches.keys()).filter((name) => name.startsWith("tensorama "));
  const end = performance.now() + 60_000;
  while ((await kept()).length !== 1) {
    if (performance.now() > end) throw new Error("still kept: " + await kept());
    await new Promise((go) => setTimeout(go, 50));
  }
}
"""


class Host:
    """A host with a copy of the site, at a path, of which there can be newer versions."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(DIST, folder)
        self.folder = folder
        self.server = SiteServer(folder, mount="/class/")
        self.url = self.server.address
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, version: int, *but: str) -> None:
        """Put another version there: its page and a file that is fetched later say which. `but`:
        files that have not been copied yet."""
        files = {path: path.read_bytes() for path in map(self.folder.joinpath, but)}
        page, texts = self.folder / "index.html", self.folder / "languages/zh.json"
        page.write_text(
            (DIST / "index.html").read_text().replace("<html", f'<html data-version="{version}"', 1)
        )
        texts.write_text(json.dumps(json.loads(texts.read_text()) | {"version": version}))
        names = [
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file() and path.name != WORKER
        ]
        add_worker(Output(self.folder, names))
        for path, data in files.items():
            path.write_bytes(data)

    def close(self) -> None:
        """There is no network any more."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    serving = Host(tmp_path / "site")
    yield serving
    serving.close()


@pytest.fixture
def visits(browser: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """Someone whose browser may keep a site."""
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(60_000)
    watch.attach(context)
    yield context
    context.close()


def visited(context: BrowserContext, host: Host, behind: str = "") -> Visitor:
    """A page of the site, once it is live and kept."""
    visitor = Visitor(context.new_page()).visit(host.url + behind)
    visitor.page.evaluate(INSTALLED)
    return visitor


@pytest.mark.expects_console("ERR_CONNECTION_REFUSED|Failed to (fetch|load)")
def test_after_one_visit_it_needs_no_network(visits: BrowserContext, host: Host) -> None:
    """Visits once; the network goes; a digit is drawn, a number explained, in Chinese."""
    page = visited(visits, host).page
    errors = visits.new_cdp_session(page).send("Page.getInstallabilityErrors")
    found = {error["errorId"] for error in errors["installabilityErrors"]}
    assert found <= {"in-incognito"}, "but for the window of the test it could be installed"
    page.close()
    host.close()
    visitor = Visitor(visits.new_page()).visit(host.url + "?language=zh")
    visitor.press("3")
    visitor.until("s => !s.busy && s.output.label === '3'")
    visitor.ask("select('conv1', [0, 2, 10, 12])")
    visitor.page.wait_for_selector("#stage .tr-inspected math")
    visitor.page.wait_for_selector("[lang^=zh] .tr-bar button")
    visitor.written()
    link = visitor.page.url
    visitor.page.close()
    again = Visitor(visits.new_page()).visit(link)
    assert again.state()["selection"]["tensor"] == "conv1"


@pytest.mark.expects_console("favicon.ico")
def test_a_newer_version_comes_as_a_whole(visits: BrowserContext, host: Host) -> None:
    """A newer version is told of; until somebody reloads, all is of the old one; then all is new,
    and what was seen is still there. Another page of the old one goes on with the old one."""
    visited(visits, host).page.close()
    first, other = visited(visits, host), visits.new_page()
    other.goto(host.url + "icon.svg")  # that a page of it is open is enough
    assert other.evaluate("Boolean(navigator.serviceWorker.controller)")
    host.publish(2)
    assert first.page.evaluate(UPDATE) == "installed"
    note = first.part("newer")
    expect(note).to_contain_text("A newer Tensorama is ready.")
    assert first.page.evaluate(TEXTS) == 1
    first.press("3")
    first.until("s => !s.busy && s.output.label === '3'")
    note.get_by_role("button").click()
    first.page.wait_for_function(f"{PAGE} === '2'")
    first.until("s => !s.busy && s.output?.label === '3'", seconds=60)
    assert first.page.evaluate(PAGE) == "2"
    assert first.page.evaluate(TEXTS) == 2
    expect(note).to_be_hidden()
    assert other.evaluate(TEXTS) == 1
    other.close()
    first.page.reload()
    first.page.evaluate(ONE_KEPT)


@pytest.mark.expects_console("not of this version|404")
def test_half_a_version_is_none(visits: BrowserContext, host: Host) -> None:
    """A host on which only some files are new yet: the old version stays, whole."""
    visited(visits, host).page.close()
    visitor = visited(visits, host)
    host.publish(2, "languages/zh.json")
    assert visitor.page.evaluate(UPDATE) == "redundant"
    visitor.page.close()
    again = visited(visits, host)
    assert again.page.evaluate(PAGE) is None
    expect(again.part("newer")).to_be_hidden()
    host.publish(2)
    assert again.page.evaluate(UPDATE) == "installed"


def test_pages_of_others_get_no_worker(visits: BrowserContext, site: Site) -> None:
    """The site in a frame of another page, and an article with a box: nothing is installed."""
    url = site.mounted("/")
    framed = f'<!doctype html><link rel="icon" href="data:,"><iframe src="{url}"></iframe>'
    site.servers["/"].pages["/framing.html"] = framed.encode()
    site.servers["/"].pages["/app-article.html"] = article(view("a")).encode()
    page: Page = visits.new_page()
    page.goto(url + "framing.html")
    frame = page.frames[1]
    test = {"test": "s => s.model && !s.busy", "api": "globalThis.tensorama"}
    frame.evaluate(UNTIL % (test | {"milliseconds": 60_000}))
    assert frame.evaluate(REGISTRATIONS) == 0
    page.goto(url + "app-article.html")
    Visitor(page, "#a").until("s => s.output?.label === '7'", seconds=60)
    assert page.evaluate(REGISTRATIONS) == 0
