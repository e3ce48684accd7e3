"""Pictures to keep: of what is seen, and of the architecture for a paper."""

from __future__ import annotations

import base64
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import expect

from browser.visitor import COLOURS, Visitor
from tensorama.scene.pictures.colour import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def panel(live: Visitor) -> Iterator[Visitor]:
    """Someone who asked for a picture."""
    live.press("x")
    region = live.page.get_by_role("region", name="Picture")
    expect(region).to_be_visible(timeout=20_000)  # it may have to be fetched first
    choose(live, what="seen")
    yield live
    live.page.get_by_role("button", name="Close", exact=True).click()


def choose(visitor: Visitor, **choices: str) -> None:
    for name, words in choices.items():
        visitor.page.locator(f".tr-picture select[name={name}]").select_option(words)


def saved(visitor: Visitor, folder: Path) -> Path:
    """The file that comes when one presses Save."""
    with visitor.page.expect_download() as coming:
        visitor.page.get_by_role("button", name="Save", exact=True).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def render(tool: str, *command: str) -> None:
    """Have something that is not ours open a file, where it is there."""
    if shutil.which(tool):
        subprocess.run([tool, *command], check=True)


def test_what_is_seen_is_saved(panel: Visitor, tmp_path: Path) -> None:
    """Three pixels for one on no ground: as many as it says, clear at the edge, and the page is as
    it was, also after one in the colours of the other theme. As vectors the labels are text."""
    before = panel.picture()
    choose(panel, **{"as": "png"})
    choose(panel, times="3", ground="clear")
    said = panel.page.locator(".tr-picture select[name=times] option:checked").inner_text()
    data = saved(panel, tmp_path).read_bytes()
    wide, high = struct.unpack(">II", data[16:24])
    assert said == f"3× · {wide} × {high}"
    points = [(2, 2), (wide * 0.15, high * 0.25)]
    corner, face = panel.page.evaluate(COLOURS, [base64.b64encode(data).decode(), points])
    assert (corner[3], face[3]) == (0, 255)
    choose(panel, theme="dark")
    other = saved(panel, tmp_path).read_bytes()
    corner, dark = panel.page.evaluate(COLOURS, [base64.b64encode(other).decode(), points])
    assert (corner[3], dark[3]) == (0, 255)
    assert sum(dark[:3]) < sum(face[:3]) * 0.6, "it is painted in the page's own colours"
    assert panel.difference(before, panel.picture()) < 0.001
    choose(panel, **{"as": "svg"})
    path = saved(panel, tmp_path)
    picture = ElementTree.parse(path).getroot()
    texts = [text.text for text in picture.findall(f"{SVG}text")]
    assert {"conv1", "6 × 28 × 28", "7"} <= {*texts}
    assert picture.findall(f"{SVG}image")
    render("rsvg-convert", str(path), "-o", str(tmp_path / "a.png"))


def test_a_large_picture_comes_in_parts_and_can_be_given_up(panel: Visitor) -> None:
    """Eight pixels for one: it says which part is drawn; Cancel, and the page is as it was."""
    before = panel.picture()
    choose(panel, **{"as": "png"})
    choose(panel, times="8")
    told = panel.page.locator(".tr-picture [role=status]")
    cancel = panel.page.locator(".tr-picture [data-do-it=cancel]")
    expect(cancel).to_be_hidden()
    panel.page.get_by_role("button", name="Save", exact=True).click()
    expect(told).to_contain_text("Drawing part ")
    cancel.click()
    expect(told).to_have_text("The picture was given up: it was called off.")
    expect(cancel).to_be_hidden()
    assert panel.difference(before, panel.picture()) < 0.001


def test_what_lies_over_the_network_is_in_the_vectors_too(live: Visitor, tmp_path: Path) -> None:
    """Heat, and the lines from a pinned number: rendered by another program, the layers have the
    colours that they have in the picture of pixels, in the colours of the other theme too."""
    live.press("h")
    live.ask("select('relu2', [0, 6, 7, 2])")
    state = live.until("s => s.threads.length && !s.moving && s.heat !== 'off'")
    live.press("x")
    choose(live, what="seen")
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        choose(live, theme=name, **{"as": "svg"})
        path = saved(live, tmp_path)
        picture = ElementTree.parse(path).getroot()
        lines = {line.get("stroke") for line in picture.findall(f"{SVG}path")}
        hues = dict(zip((1, -1, 0), theme.threads, strict=True))
        assert {hues[thread["sign"]] for thread in state["threads"]} <= lines
        assert theme.heat[1] in lines
        choose(live, **{"as": "png"})
        choose(live, times="1")
        pixels = saved(live, tmp_path).read_bytes()
        left, top, *_ = map(float, picture.get("viewBox", "").split())
        boxes = [layer["box"] for layer in state["layers"] if layer["shown"]]
        points = [(b[0] * 0.6 + b[2] * 0.4 - left, b[1] * 0.4 + b[3] * 0.6 - top) for b in boxes]
        points = [point for point in points if 0 < point[0] < 800 and 0 < point[1] < 500]
        render("rsvg-convert", str(path), "-o", str(tmp_path / "a.png"))
        if (tmp_path / "a.png").exists():
            again = (tmp_path / "a.png").read_bytes()
            away = live.colours(pixels, points) - live.colours(again, points)
            assert np.median(np.abs(away).max(axis=1)) < 12
    live.part("picture").get_by_role("button", name="Close", exact=True).click()


def test_a_figure_for_a_paper_is_seen_and_saved(panel: Visitor, tmp_path: Path) -> None:
    """It stands in the panel as it will be printed, with its size; the file is a page of PDF."""
    choose(panel, what="figure", style="boxes", file="pdf")
    expect(panel.page.locator(".tr-figure")).to_be_visible()
    expect(panel.page.locator(".tr-picture [role=status]")).to_have_text("84 × 31 mm in print.")
    path = saved(panel, tmp_path)
    assert path.read_bytes().startswith(b"%PDF-1.4")
    render("pdftoppm", "-png", "-singlefile", str(path), str(tmp_path / "page"))


def test_a_picture_is_copied(panel: Visitor) -> None:
    """What is seen lies on the clipboard, for any program."""
    panel.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(panel, **{"as": "png"})
    choose(panel, times="1")
    panel.page.get_by_role("button", name="Copy", exact=True).click()
    expect(panel.page.locator(".tr-picture [role=status]")).to_have_text("The picture is copied.")
    types = panel.page.evaluate("async () => (await navigator.clipboard.read())[0].types")
    assert types == ["image/png"]
    panel.page.context.clear_permissions()
