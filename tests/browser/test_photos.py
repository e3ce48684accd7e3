"""A network that knows the world sees photos that lie beside it."""

from __future__ import annotations

import pytest

from browser.conftest import DIST
from browser.visitor import Visitor

FOLDER = DIST / "models" / "efficientnet-lite0"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="EfficientNet is fetched when the site is built")
def test_the_coffee_is_an_espresso(page, site) -> None:
    """Opens EfficientNet, looks at the coffee, then at the cat; the link names what is shown."""
    page.emulate_media(reduced_motion="reduce")
    visitor = Visitor(page)
    visitor.visit(f"{site.url}?model=./models/efficientnet-lite0/efficientnet-lite0.onnx")
    page.get_by_role("button", name="Coffee").click()
    state = visitor.until("s => !s.busy && s.output?.label === 'espresso'", seconds=60)
    assert state["output"]["share"] > 0.7
    page.get_by_role("button", name="Cat").click()
    visitor.until("s => !s.busy && /cat|tabby/.test(s.output?.label)", seconds=60)
    assert "chelsea.png" in str(visitor.state()["shown"]["given"])
    visitor.press("g")
    page.get_by_role("button", name="咖啡").click()
    visitor.until("s => !s.busy && s.output?.label === 'espresso'", seconds=60)
