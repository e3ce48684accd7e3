"""The Python console: lines over the open model and its run, in the page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import Site
from browser.visitor import Visitor


@pytest.fixture
def typing(live: Visitor) -> Iterator[Visitor]:
    """Someone with the console open, and the cursor in it."""
    live.press("k")
    expect(live.part("con-field")).to_be_focused(timeout=20_000)
    yield live
    if live.state()["shown"].get("console"):
        live.part("con-field").focus()
        live.press("Escape")
        live.until("s => !s.shown.console")


def enter(visitor: Visitor, source: str) -> None:
    """Type this and run it; wait for what comes of it."""
    entries = visitor.part("con-entry")
    before = entries.count()
    visitor.part("con-field").fill(source)
    visitor.press("Enter")
    expect(entries).to_have_count(before + 1)  # a loop keeps the page waiting


def value(visitor: Visitor) -> str:
    """What the last line gave."""
    return visitor.part("con-entry").last.locator(".tr-con-value").inner_text()


def test_the_run_is_at_hand(typing: Visitor) -> None:
    """Types an expression over a tensor: its mean, of the numbers that are in the picture."""
    enter(typing, "float(trace['relu1'][0, 3, 10, 12])")
    shown = typing.ask("select('relu1', [0, 3, 10, 12])")["value"]
    typing.ask("go({})")
    typing.press("k")
    assert np.float32(value(typing)) == np.float32(shown)
    enter(typing, "trace['relu1']")
    assert value(typing).startswith("array (1, 6, 28, 28) float32, 0 … ")
    enter(typing, "model.parameters, tr.influence(trace, 'logits', (0, 7))['input'].shape")
    assert value(typing) == "(61706, (1, 1, 28, 28))"


def test_lines_are_completed_brought_back_and_broken(typing: Visitor) -> None:
    """Tab after the beginning of a name, ↑ for the line before, a loop over several lines."""
    field = typing.part("con-field")
    field.fill("trace['log")
    typing.press("Tab")
    expect(field).to_have_value("trace['logits")
    field.fill("trace['relu")
    typing.press("Tab")
    expect(typing.part("con-hints").locator("button")).to_have_count(4)
    typing.part("con-hints").locator("button", has_text="relu2").click()
    expect(field).to_have_value("trace['relu2")
    enter(typing, "1 + 1")
    typing.press("ArrowUp")
    expect(field).to_have_value("1 + 1")
    field.fill("for n in range(2):")
    typing.press("Enter")
    expect(field).to_have_value("for n in range(2):\n    ")
    field.press_sequentially("print('line', n)")
    typing.press("Enter", "Backspace", "Backspace", "Backspace", "Backspace", "Enter")
    expect(typing.part("con-entry").last.locator(".tr-con-out")).to_have_text("line 0\nline 1\n")


def test_an_error_is_its_last_line_with_the_rest_folded(typing: Visitor) -> None:
    """Divides by zero: one line, which opens; what looks like markup is text."""
    enter(typing, "print('<b>bold</b>')\n1 / 0")
    entry = typing.part("con-entry").last
    expect(entry.locator("summary")).to_have_text("ZeroDivisionError: division by zero")
    expect(entry.locator("details pre")).to_be_hidden()
    entry.locator("summary").click()
    expect(entry.locator("details pre")).to_contain_text("1 / 0")
    expect(entry.locator(".tr-con-out")).to_have_text("<b>bold</b>\n")
    assert entry.locator("b").count() == 0


def test_what_never_ends_is_stopped_and_the_page_goes_on(typing: Visitor) -> None:
    """Runs endless loops, one that catches everything: a sentence, and the next line runs."""
    for loop in ("while True: pass", "while True:\n    try: pass\n    except: pass\n"):
        enter(typing, loop)
        expect(typing.part("con-entry").last.locator(".tr-con-error")).to_have_text(
            "Stopped after 5 s, so that the page can go on.", timeout=20_000
        )
    enter(typing, "6 * 7")
    assert value(typing) == "42"
    typing.press("Escape")
    typing.until("s => !s.shown.console && !s.busy")
    typing.press("t")
    typing.until("s => s.theme === 'dark'")
    typing.press("t")


def test_nothing_of_it_comes_before_it_is_asked_for(browser: Browser, site: Site) -> None:
    """Opens the page on a phone, in Chinese; presses the key: only then its file comes."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    context.set_default_timeout(60_000)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visitor = Visitor(page).visit(site.url)
    assert not [url for url in asked if url.endswith("later.xz")]
    visitor.press("k")
    expect(visitor.part("con-note")).to_contain_text("Tab 补全")
    assert [url for url in asked if url.endswith("later.xz")]
    enter(visitor, "trace")
    assert value(visitor).startswith("<Trace of ")
    context.close()
