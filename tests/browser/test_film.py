"""A training as a film: moments are gone through, and the same digit is read worse and better."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.visitor import Visitor


def test_a_training_is_gone_through(page, site) -> None:
    """Opens it from the gallery, goes from moment to moment with weights on the shelf, plays it."""
    page.emulate_media(reduced_motion="reduce")
    visitor = Visitor(page).visit(site.url)
    film = visitor.part("film")
    expect(film).to_be_hidden()
    visitor.press("e")
    visitor.part("card").filter(has_text="LeNet-5 in training").click()
    expect(film).to_be_visible(timeout=20_000)  # the network is fetched first, and runs
    expect(visitor.part("film-told")).to_have_text("Step 400 of 5,000 95.9 % read right loss 0.132")
    expect(film.locator("polyline")).to_have_count(2)
    visitor.until("s => !s.busy && s.output?.label === '7'")
    visitor.ask("weights('conv1')")
    visitor.until("s => s.shelf?.layer === 'conv1'")
    line = film.get_by_role("slider")
    line.focus()
    line.press("Home")
    told = "Step 0 of 5,000 10.1 % read right loss 2.304"
    expect(visitor.part("film-told")).to_have_text(told)
    state = visitor.until("s => !s.busy && s.model.name.includes('before')")
    assert state["output"]["share"] < 0.2, "it has learned nothing"
    assert state["shelf"] == {**state["shelf"], "layer": "conv1", "what": "weights"}
    assert state["shown"]["sample"] == 7
    line.press("End")
    state = visitor.until("s => !s.busy && s.model.name.includes('5000')")
    assert state["output"]["label"] == "7"
    assert state["output"]["share"] > 0.99
    assert state["shelf"]["layer"] == "conv1"
    visitor.ask("state().then((s) => tensorama.go({...s.shown, at: 'conv1', about: true}))")
    ridges = visitor.part("about-ridges")
    expect(ridges).to_have_count(2)
    expect(ridges.first.locator("path")).to_have_count(11)
    expect(ridges.first.locator(".tr-about-now title")).to_have_text("step 5,000")
    visitor.press("Escape")
    visitor.written()
    assert "step-05000" in visitor.state()["shown"]["model"]["address"]
    play = film.get_by_role("button", name="Play the training")
    play.click()  # from the beginning, as it is at its end
    visitor.until("s => s.model.name.includes('before')")
    visitor.until("s => s.model.name.includes('25')", seconds=30)
    play.click()
    visitor.until("s => !s.busy")
    visitor.press("g")
    expect(visitor.part("film-told")).to_contain_text("认对")
    visitor.ask("load('./models/lenet/lenet.onnx')")
    expect(film).to_be_hidden()
