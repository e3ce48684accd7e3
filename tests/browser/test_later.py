"""What explains a number is fetched when somebody first asks, and the page goes on without it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import SMALL, Site
from browser.visitor import Visitor

FILE = "**/wheels/later.xz"
CELL = "select('relu2', [0, 7, 7, 2])"


@pytest.fixture
def stranger(browser: Browser, site: Site) -> Iterator[Page]:
    """A page in a browser that has fetched nothing yet, with the pointer beside it."""
    context = browser.new_context(viewport=SMALL)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_it_is_fetched_when_a_number_is_first_pinned(stranger: Page, site: Site) -> None:
    """Opens the page: nothing of it comes. Pins two numbers: it comes once, and explains both."""
    asked: list[str] = []
    stranger.on("request", lambda request: asked.append(request.url))
    visitor = Visitor(stranger)
    visitor.visit(site.url)
    assert not [url for url in asked if url.endswith("later.xz")]
    visitor.ask(CELL)
    told = "equals the recorded value"
    expect(visitor.part("inspector")).to_contain_text(told)
    visitor.ask("select('relu2', [0, 1, 3, 4])")
    expect(visitor.part("in-cell")).to_contain_text("[0, 1, 3, 4]")
    assert len([url for url in asked if url.endswith("later.xz")]) == 1


def test_a_page_without_network_says_so_and_goes_on(stranger: Page, site: Site) -> None:
    """Loses the network before a number is pinned: a sentence; with the network it explains."""
    visitor = Visitor(stranger)
    stranger.route(FILE, lambda route: route.abort())
    visitor.visit(site.url)
    visitor.ask(CELL)
    visitor.sees("What explains a number could not be fetched. Is the network there?")
    stranger.unroute(FILE)
    visitor.ask("select('relu2', [0, 1, 3, 4])")
    told = "equals the recorded value"
    expect(visitor.part("inspector")).to_contain_text(told)


def test_python_on_the_page_need_not_wait_for_it(stranger: Page, site: Site) -> None:
    """Imports what explains before anybody pointed at a number: the import waits for the file."""
    visitor = Visitor(stranger)
    visitor.visit(site.url)
    visitor.python("""
        import js, tensorama
        js.document.title = tensorama.receptive.__name__
    """)
    expect(stranger).to_have_title("receptive")
