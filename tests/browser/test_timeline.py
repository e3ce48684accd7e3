"""The run as a line: played, paused, stepped, dragged, and what it says."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from browser.visitor import LAYERS, Visitor

# How much of the line lies behind the run, in percent.
AT = "parseFloat(document.querySelector('#stage .tr-line').style.getPropertyValue('--at'))"


def run(live: Visitor) -> dict[str, Any]:
    """Where in the run the page says that one is."""
    return dict(live.state()["run"])


def lit(live: Visitor) -> list[str]:
    """The layers that are lit."""
    return [layer["name"] for layer in live.state()["layers"] if layer["lit"]]


def spot(live: Visitor, share: float) -> tuple[float, float]:
    """The pixel at a share of the line's length."""
    box = live.part("line").bounding_box()
    assert box
    return box["x"] + box["width"] * share, box["y"] + box["height"] / 2


def step_to(live: Visitor, layer: str) -> None:
    """Step from the end of the run to a layer."""
    live.until("s => s.run.whole && s.run.timed && !s.busy")
    for _ in range(LAYERS.index(layer) + 1):
        live.press(".")
    live.until(f"s => s.run.step?.name === '{layer}' && !s.moving")


def at_speed(live: Visitor, speed: float) -> None:
    """Click on the button of the speeds until this one is chosen."""
    while live.state()["run"]["speed"] != speed:
        live.button("speed").click()


def test_steps_light_one_layer_after_the_other(live: Visitor) -> None:
    """Presses the full stop again and again: each layer lights, its name stands by the line."""
    live.still()
    for number, layer in enumerate(LAYERS):
        live.press(".")
        live.until(f"s => s.run.step?.name === '{layer}' && s.layers[{number}].lit")
        assert lit(live) == [*LAYERS[: number + 1]]
        expect(live.part("time").locator("b")).to_have_text(layer)
        expect(live.part("time")).to_contain_text(f"{number + 1} of 8")
        expect(live.part("time")).to_contain_text("ms")
        expect(live.part("labels").locator("[data-now] .tr-label-name")).to_have_text(layer)
    live.press(".")
    live.until("s => s.run.whole")
    expect(live.part("time")).to_contain_text("8 layers")


def test_steps_go_back(live: Visitor) -> None:
    """Presses the comma: the last layers are dark again, one by one."""
    live.still()
    live.press(",", ",", ",")
    live.until("s => s.run.step?.name === 'fc1' && !s.moving")
    assert lit(live) == [*LAYERS[:6]]
    live.button("stepBack").click()
    live.until("s => s.run.step?.name === 'pool2'")
    live.button("stepOn").click()
    live.until("s => s.run.step?.name === 'fc1'")


def test_a_run_pauses_and_goes_on(live: Visitor) -> None:
    """Plays slowly and pauses with Space: the run stays; Space again: it goes on to its end."""
    live.still()
    at_speed(live, 0.5)
    expect(live.button("speed")).to_have_text("½×")
    live.page.evaluate("document.activeElement.blur()")
    live.press(" ")
    live.page.wait_for_function(  # from the first frame on; it is over in two seconds
        "document.querySelector('#stage [data-do=replay]').title === 'Pause (Space)'"
    )
    live.press(" ")
    live.until("s => !s.run.playing && !s.moving")
    stood = run(live)
    assert stood["position"] < stood["length"]
    assert not stood["whole"]
    assert len(lit(live)) < len(LAYERS)
    live.press(" ")
    live.until("s => s.run.whole && !s.run.playing")
    assert lit(live) == [*LAYERS]
    at_speed(live, 1)


def test_a_loop_plays_again_and_again(live: Visitor) -> None:
    """Switches the loop on and plays: it begins again, until the loop is switched off."""
    live.still()
    live.button("loop").click()
    expect(live.button("loop")).to_have_attribute("aria-pressed", "true")
    live.button("replay").click()
    for part in ("< 50", "> 70", "< 50", "> 70", "< 50"):  # at a moment: it does not stay there
        live.page.wait_for_function(f"{AT} {part}")
    live.button("loop").click()
    live.until("s => s.run.whole && !s.run.playing")


def test_a_hand_drags_along_the_line(live: Visitor) -> None:
    """Drags along the line: what is left of the hand is lit, what is right of it is dark."""
    live.still()
    mouse = live.page.mouse
    mouse.move(*spot(live, 0.9))
    mouse.down()
    for share in (0.7, 0.25, 0.6):
        mouse.move(*spot(live, share), steps=4)
        live.until(f"s => Math.abs(s.run.position / s.run.length - {share}) < 0.01")
    mouse.up()
    live.still()
    number = run(live)["step"]["number"]
    assert lit(live) == [*LAYERS[:number]]
    mouse.move(*spot(live, 0.5))
    mouse.down()
    mouse.move(2, spot(live, 0)[1], steps=4)
    mouse.up()
    live.until("s => s.layers.every((layer) => !layer.lit)")
    expect(live.part("time")).to_contain_text("nothing is computed yet")


def test_the_stretch_under_the_pointer_tells_its_layer(live: Visitor) -> None:
    """Points at a stretch: its layer is named, with operator and time; a click goes there."""
    step_to(live, "conv2")
    now = run(live)
    live.part("line").press("End")
    live.until("s => s.run.whole")
    live.page.mouse.move(*spot(live, now["position"] / now["length"] - 0.005))
    expect(live.part("time")).to_contain_text("conv2 Conv + Relu")
    live.page.mouse.down()
    live.page.mouse.up()
    live.until("s => s.run.step?.name === 'conv2' && s.layers[3].lit && !s.layers[4].lit")


def test_the_line_is_a_slider_for_the_keyboard(live: Visitor) -> None:
    """Goes along the line with the arrow keys, Home and End; a screen reader hears where it is."""
    live.still()
    line = live.part("line")
    line.focus()
    expect(line).to_have_role("slider")
    expect(line).to_have_attribute("aria-valuemax", "8")
    live.press("Home")
    expect(line).to_have_attribute("aria-valuenow", "0")
    live.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")
    live.until("s => s.run.step?.name === 'conv1'")
    expect(line).to_have_attribute("aria-valuenow", "2")
    assert str(line.get_attribute("aria-valuetext")).startswith("conv1, Conv + Relu, ")
    live.press("End")
    expect(line).to_have_attribute("aria-valuenow", "8")


def test_the_line_says_that_time_is_stretched(live: Visitor) -> None:
    """Rests on the line: how long the run took, and for how long it is shown."""
    live.still()
    title = live.part("line").get_attribute("title") or ""
    assert title.startswith("Measured ")
    assert title.endswith(f", shown in {run(live)['length']:.1f} s")


def test_the_position_stays_when_layers_open(live: Visitor) -> None:
    """Stops at a layer and opens and closes layers: the run stays where it is."""
    step_to(live, "pool1")
    before = run(live)
    live.label("conv1").click()
    live.until("s => s.layers[1].open && !s.moving")
    assert run(live) == before
    live.press("c")
    live.until("s => !s.layers[1].open && !s.moving")
    assert run(live) == before
    assert lit(live) == [*LAYERS[:3]]


def test_a_stroke_lights_everything_at_once(live: Visitor) -> None:
    """Stops in the middle of the run and draws: while the pen is down all layers are lit."""
    step_to(live, "conv1")
    assert lit(live) == [*LAYERS[:2]]
    live.stroke([(0.2, 0.2), (0.5, 0.3), (0.8, 0.2)], lift=False)
    live.until("s => s.layers.every((layer) => layer.lit)")
    live.page.mouse.up()
    live.idle()


def test_heat_shows_where_the_work_is(live: Visitor) -> None:
    """Presses H: bars by the labels, a coloured line, the total; after four it is off."""
    switch = live.button("heat")
    expect(switch).to_have_text("no heat")
    title = live.label("conv2").get_attribute("title") or ""
    values = live.picture()
    for words in (r"time: [\d.]+ m?s", r"memory: [\d.]+ kB", "parameters: 61,706"):
        live.press("h")
        expect(switch).to_have_text(re.compile(f"^{words}$"))
    expect(live.label("fc1")).to_have_attribute("title", re.compile("48,120 parameters, 78%$"))
    switch.click()
    expect(switch).to_have_text("multiply-adds: 0.42 M")
    shares = [
        float(live.label(layer).evaluate("it => parseFloat(it.style.getPropertyValue('--share'))"))
        for layer in ("conv1", "pool1", "conv2")
    ]
    assert shares == [49.0, 0, 100]
    assert live.difference(values, live.picture()) > 0.1, "the layers themselves are coloured"
    switch.click()
    expect(switch).to_have_text("no heat")
    expect(live.label("conv2")).to_have_attribute("title", title)


def test_a_phone_has_the_steps_in_a_menu(live: Visitor) -> None:
    """Holds a phone: play, line and legend are there; steps, speed and loop open above the line."""
    size = live.page.viewport_size
    assert size
    live.page.set_viewport_size({"width": 390, "height": 844})
    try:
        for name in ("replay", "scale", "more"):
            expect(live.button(name)).to_be_visible()
        expect(live.part("line")).to_be_visible()
        expect(live.button("stepOn")).to_be_hidden()
        live.button("more").click()
        live.button("stepOn").click()
        live.until("s => s.run.step?.name === 'input'")
        live.button("more").click()
        expect(live.button("stepOn")).to_be_hidden()
    finally:
        live.page.set_viewport_size(size)


def test_steps_that_come_faster_than_frames_all_count(live: Visitor) -> None:
    """Presses the comma as fast as a machine, again and again: each goes back by one step."""
    for _ in range(6):
        live.still()
        live.part("line").press("End")
        live.page.evaluate("""
            async () => {
              const scene = document.querySelector(".tr-scene");
              const press = () => scene.dispatchEvent(
                new KeyboardEvent("keydown", { key: ",", bubbles: true, cancelable: true }));
              press();
              press();
              await new Promise((go) => requestAnimationFrame(go));
              press();
            }
        """)
        live.until("s => s.run.step?.name === 'fc1' && !s.moving")
