"""A second start without compiling: what the browser keeps of the first, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser.conftest import Site
from browser.visitor import Visitor

# Adds a line to one kept module, so that it can be told from what its source says.
CHANGE = """
import marshal, js, tensorama_start as start
from pyodide.ffi import to_js
store = await js.caches.open(start.STORE)
kept = marshal.loads((await (await store.match(start._key())).arrayBuffer()).to_bytes())
path = next(path for path in kept if path.endswith("tensorama/phrases.py"))
source = open(path).read() + "\\nTAKEN = True"
kept[path] = ({digest}, marshal.dumps(compile(source, path, "exec", dont_inherit=True)))
await store.put(start._key(), js.Response.new(to_js(marshal.dumps(kept))))
"""
TOLD = """
import js, sys, tensorama_start as start, tensorama.phrases
js.told = f"{len(start._kept)} {getattr(tensorama.phrases, 'TAKEN', False)}"
"""


@pytest.fixture
def own(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser that was never here, and has been here once when a test begins."""
    context = browser.new_context()
    kept = Visitor(context.new_page()).visit(site.url)
    kept.python("import tensorama_start; await tensorama_start.keep(after=0)")
    yield context
    context.close()


def again(context: BrowserContext, site: Site) -> tuple[int, bool]:
    """Visit once more: how many modules were kept, and whether the changed one was taken."""
    context.pages[-1].close()
    page: Page = context.new_page()
    visitor = Visitor(page).visit(site.url)
    assert visitor.state()["model"]["name"] == "LeNet-5"
    visitor.python(TOLD)
    count, taken = str(page.evaluate("globalThis.told")).split()
    return int(count), taken == "True"


def test_a_second_visit_takes_the_modules_that_the_first_has_compiled(
    own: BrowserContext, site: Site
) -> None:
    """Comes again: our modules, numpy's and Python's own are there, and their code is what runs."""
    Visitor(own.pages[0]).python(CHANGE.format(digest="kept[path][0]"))
    count, taken = again(own, site)
    assert count > 300
    assert taken


def test_a_module_of_another_source_is_compiled(own: BrowserContext, site: Site) -> None:
    """Comes again after an update: what was kept of the old source is left alone."""
    Visitor(own.pages[0]).python(CHANGE.format(digest="b'another'"))
    count, taken = again(own, site)
    assert count > 300
    assert not taken


def test_what_cannot_be_read_is_made_again(own: BrowserContext, site: Site) -> None:
    """Comes again after the browser's storage was damaged: the page starts, and keeps anew."""
    visitor = Visitor(own.pages[0])
    visitor.python("""
import js, tensorama_start as start
await (await js.caches.open(start.STORE)).put(start._key(), js.Response.new("no modules"))
""")
    assert again(own, site) == (0, False)
    Visitor(own.pages[-1]).python("import tensorama_start; await tensorama_start.keep(after=0)")
    count, _ = again(own, site)
    assert count > 300
