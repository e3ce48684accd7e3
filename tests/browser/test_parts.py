"""A page with three buttons: what a teacher took away is gone, with its keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.visitor import Visitor

THREE = (
    "title,samples,legend,timeline,inspector,shelf,depends,readAs,console,gallery,welcome,clear,"
    "photo,file,closeAll,search,outline,undo,redo,link,picture,theme,language,map,heat,summary"
)


@pytest.fixture
def lesson(browser: Browser, site):
    """Opens addresses in a browser that has never been here."""
    context = browser.new_context(viewport={"width": 860, "height": 560}, reduced_motion="reduce")
    page: Page = context.new_page()
    yield lambda address: Visitor(page).visit(f"{site.url}{address}")
    context.close()


def shown(visitor: Visitor) -> list[str]:
    """The names of the buttons that a person sees."""
    return visitor.page.locator(f"{visitor.box} [data-do]:visible").evaluate_all(
        "buttons => buttons.map((button) => button.dataset.do)"
    )


def test_a_page_with_three_buttons(lesson) -> None:
    """Opens a link with `hide=`: three buttons and the pad are there; the other keys do nothing."""
    visitor = lesson(f"?hide={THREE},Colours")
    visitor.sees(
        "“Colours” cannot be hidden: there is no such button or part. "
        "“Choose what stands on the page” in the search (/) lists all."
    )
    visitor.button("dismiss").click()
    assert shown(visitor) == ["openAll", "fit", "help"]
    for part in ("crumbs", "samples", "legend", "line", "time"):
        expect(visitor.part(part)).to_be_hidden()
    before = visitor.still()["shown"]
    visitor.press("h", "l", "t", "s", "3", "/", "m", "Enter")
    expect(visitor.part("search")).to_be_hidden()
    expect(visitor.part("inspector")).to_be_hidden()
    assert visitor.still()["shown"] == before
    visitor.press("o")
    assert any(layer["open"] for layer in visitor.still()["layers"])
    visitor.press("?")
    keys = visitor.part("help").locator("dt:visible").all_inner_texts()
    assert "O, C" in keys
    assert not {"H", "L", "T, S", "Space"}.intersection(keys)


def test_a_teacher_makes_such_a_page(lesson) -> None:
    """Finds the list of parts, takes two away, and opens the address anew: they are gone there,
    though nothing but the link says so."""
    visitor = lesson("?hide=theme")
    visitor.press("/")
    visitor.part("typed").fill("stands on the page")
    visitor.press("Enter")
    panel = visitor.part("parts")
    expect(panel.get_by_label("Dark or light")).not_to_be_checked()
    panel.get_by_label("The answer").uncheck()
    panel.get_by_label("Outline: all layers as a list").uncheck()
    panel.get_by_label("Dark or light").check()
    expect(visitor.button("theme")).to_be_visible()
    visitor.press("Escape")
    expect(panel).to_be_hidden()
    visitor.written()
    assert "hide=" not in visitor.page.url
    expect(visitor.part("answer")).to_be_hidden()
    page, link = visitor.page, visitor.page.url
    page.goto("about:blank")
    page.goto(link)
    visitor.until("s => s.output && !s.busy", seconds=60)
    expect(visitor.part("answer")).to_be_hidden()
    assert "outline" not in shown(visitor)
    assert "theme" in shown(visitor)
    visitor.ask("go({hidden: ['heat', 'gone']})")
    visitor.sees(re.compile("^“gone” cannot be hidden: "))
    assert "heat" not in shown(visitor)
