"""Without eyes, hands or colours: axe finds nothing, forced colours keep what a colour says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.visitor import Visitor
from tensorama_build.fetch import Fetcher
from tensorama_build.lock import TEST_LOCK_FILE, read_lock
from tensorama_build.places import Places

ROOT = Path(__file__).parents[2]
# what breaks a rule, each with the element and why
FINDINGS = """
(within) => axe.run(document.querySelector(within), {resultTypes: ["violations"]})
  .then(({violations}) => violations.flatMap((rule) => rule.nodes.map(
    (node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)))
"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    asset = read_lock(TEST_LOCK_FILE)["axe/axe.min.js"]
    return Fetcher(Places(ROOT).cache).fetch(asset).read_text("utf-8")


def findings(page: Page, axe: str, within: str = "html") -> list[str]:
    """What axe finds on a page, or in a part of it."""
    page.evaluate(f"() => {{ if (!globalThis.axe) {{ {axe} }} }}")
    return list(page.evaluate(FINDINGS, within))


# keys that show a panel, the panel, and what stands in it when all has come
PANELS = (
    ("a", "about", "about-figures"), ("n", "summary", "sum-row"), ("b", "depends", "dep-check"),
    ("e", "gallery", "card"), ("k", "console", "con-field"),
)  # fmt: skip


def check_each(live: Visitor, axe: str) -> None:
    """At the start, with the outline, the keys, the search, an open layer, heat, in each panel:
    nothing."""
    for keys, part in (("", ""), ("l", "outline"), ("?", "help"), ("/", "search")):
        if keys:
            live.press(keys)
            expect(live.part(part)).to_be_visible()
        if keys == "/":
            live.part("typed").fill("co")
        live.still()
        assert "\n".join(findings(live.page, axe)) == "", keys
        if keys:
            live.press("Escape")
            expect(live.part(part)).to_be_hidden()
    live.label("conv1").click()
    live.press("h")
    live.still()
    assert "\n".join(findings(live.page, axe)) == "", "an open layer"
    live.press("h", "h", "h", "h")
    for key, part, within in PANELS:
        live.press(key)
        expect(live.part(within).first).to_be_visible(timeout=20_000)
        if part == "about":  # what has to be counted comes part by part
            expect(live.part(part)).to_have_attribute("aria-busy", "false")
        live.still()
        assert "\n".join(findings(live.page, axe, f".tr-{part}")) == "", part
        live.press("Escape")
        expect(live.part(part)).to_be_hidden()
    live.ask("select('relu2', [0, 6, 7, 2])")
    expect(live.part("in-sees")).not_to_be_empty(timeout=20_000)  # what comes last
    expect(live.part("in-check")).to_be_visible()
    live.still()
    assert "\n".join(findings(live.page, axe, ".tr-inspector")) == "", "inspector"
    live.press("Escape")


def test_axe_finds_nothing_in_light(live: Visitor, axe: str) -> None:
    """Looks with axe at the page and at each of its panels."""
    check_each(live, axe)


def test_axe_finds_nothing_in_the_dark(live: Visitor, axe: str) -> None:
    """The same in the dark."""
    live.press("t")
    live.until("s => s.theme === 'dark'")
    check_each(live, axe)


def test_axe_finds_nothing_on_a_phone(browser: Browser, site, watch, axe: str) -> None:
    """The same on a phone, where all is arranged differently."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    watch.attach(context)
    visitor = Visitor(context.new_page()).visit(site.url)
    visitor.calmly()
    check_each(visitor, axe)
    context.close()


def test_axe_finds_nothing_in_an_article(page: Page, site, axe: str) -> None:
    """Looks at an article with two networks."""
    first = Visitor(page, "#demo")
    first.visit(site.url + "embed/")
    for visitor in (first, replace(first, box="#second")):
        visitor.until("s => s.output && !s.busy && !s.moving && s.run.timed", seconds=60)
        expect(visitor.part("poster")).to_have_css("opacity", "0")
        expect(visitor.part("progress")).to_have_css("opacity", "0")
    assert "\n".join(findings(page, axe)) == ""


def test_headings_lead_through_the_page(live: Visitor) -> None:
    """One heading for the page, one for each part of it, as whoever listens goes through them."""
    headings = live.page.locator("h1, h2")
    assert headings.all_text_contents()[:3] == ["Tensorama", "Input", "Answer"]
    assert live.page.locator("h1").count() == 1


def test_what_is_done_is_no_longer_told(live: Visitor) -> None:
    """Once all is loaded, no progress bar is left to be read aloud."""
    live.still()
    expect(live.page.get_by_role("progressbar")).to_have_count(0)


def test_forced_colours_keep_bars_line_and_legend(live: Visitor) -> None:
    """Has the system choose the colours: the bars of the answer and of what made a number, the line
    and the scale of colours are seen as what they are."""
    live.ask("select('relu2', [0, 6, 7, 2])")
    expect(live.part("inspected").locator("i[style]").first).to_be_attached()
    live.page.emulate_media(forced_colors="active")
    try:
        live.still()
        shown = live.page.evaluate(
            """() => {
              const of = (selector, pseudo) => {
                const style = getComputedStyle(document.querySelector(selector), pseudo);
                return [style.backgroundColor, style.backgroundImage, style.forcedColorAdjust];
              };
              return {bar: of(".tr-best i", "::before"), ground: of(".tr-best i"),
                      line: of(".tr-line", "::before"), scale: of(".tr-ramp"),
                      made: of(".tr-inspected i[style]")};
            }"""
        )
        assert {one[2] for one in shown.values()} == {"none"}
        assert shown["bar"][0] != shown["ground"][0]
        assert "gradient" in shown["line"][1]
        assert "gradient" in shown["scale"][1]
        assert "gradient" in shown["made"][1]
    finally:
        live.page.emulate_media(forced_colors="none")
