"""`globalThis.tensorama`: what a host page can ask and do, and what it is told."""

from __future__ import annotations

import base64
import json
import math
import re

import pytest

from browser.files import PNG, small
from browser.visitor import LAYERS, OPENING, Visitor

FUNCTIONS = (
    "load", "run", "open", "close", "openAll", "closeAll", "select", "explain", "weights", "inside",
    "go", "link", "state", "stats",
)  # fmt: skip
COSTS = (
    "drawCalls", "triangles", "geometries", "textures", "textureBytes", "blocks", "tensors",
    "values", "frameMs", "buildMs", "runMs", "readyMs",
)  # fmt: skip
INDEX = "An index is a list of whole numbers, one for each axis, such as [0, 3, 10, 12]."
FEEDS = "run() takes feeds by the names of the inputs: {input: array}."
BYTES = "Uint8Array.from(atob('%s'), (letter) => letter.charCodeAt(0))"


def test_the_functions_are_there(live: Visitor) -> None:
    """Lists the functions: those that are documented; each gives a promise."""
    assert live.page.evaluate("Object.keys(tensorama).sort()") == sorted(FUNCTIONS)
    promises = live.page.evaluate("tensorama.state() instanceof Promise")
    assert promises


def test_state_tells_what_a_person_sees(live: Visitor) -> None:
    """Asks for the state: model, layers, answer, look, as plain JSON."""
    live.still()
    state = live.state()
    assert live.page.evaluate("tensorama.state().then((s) => JSON.stringify(s))")
    assert state["model"]["name"] == "LeNet-5"
    assert state["model"]["inputs"] == ["input"]
    assert state["model"]["parameters"] == 61_706
    assert [layer["name"] for layer in state["layers"]] == [*LAYERS]
    wanted = {"name": "conv1", "op": "Conv + Relu", "shape": [1, 6, 28, 28], "open": False,
              "tensor": "relu1", "maps": 6}  # fmt: skip
    assert state["layers"][1].items() >= wanted.items()
    assert state["output"]["label"] == "7"
    assert sum(state["output"]["shares"]) == pytest.approx(1)
    assert state["selection"] is None
    assert state["message"] is None
    assert state["busy"] is False
    assert state["moving"] is False


def test_stats_tell_the_cost(live: Visitor) -> None:
    """Asks for the stats: all documented numbers, within what the page promises."""
    live.still()
    stats = live.ask("stats()")
    assert set(COSTS) <= stats.keys()
    assert all(math.isfinite(stats[name]) for name in COSTS)
    assert stats["blocks"] == 8
    assert stats["tensors"] == 14
    assert 1 <= stats["drawCalls"] <= 10
    assert stats["geometries"] >= 1
    assert stats["textureBytes"] > 4 * 784
    assert stats["readyMs"] > 0


def test_run_takes_the_shown_input_or_feeds(live: Visitor) -> None:
    """Runs on what is on the pad, on nested lists, a typed array, and data with dims."""
    before = live.state()["output"]
    runs = len(live.heard("trace"))
    assert live.ask("run()")["output"] == before
    assert len(live.heard("trace")) == runs + 1
    empty = live.ask("run({input: new Float32Array(784)})")["output"]
    assert empty != before
    assert live.ask("select('input', [0, 0, 14, 14])")["value"] == 0
    lists = "[[Array.from({length: 28}, () => new Array(28).fill(0))]]"
    assert live.ask(f"run({{input: {lists}}})")["output"] == empty
    dims = "{data: new Float32Array(784), dims: [1, 1, 28, 28]}"
    assert live.ask(f"run({{input: {dims}}})")["output"] == empty
    ink = live.ask("run({input: new Float32Array(784).fill(0.25)})")["output"]
    assert ink != empty
    assert live.ask("select('input', [0, 0, 3, 3])")["value"] == 0.25
    trace = live.heard("trace")[-1]
    assert trace["tensors"] == 14
    assert trace["runMs"] > 0
    assert live.ask("run()")["output"] == before


@pytest.mark.parametrize(("feeds", "sentence"), [
    ("{input: new Float32Array(7)}", r'The feed "input" has 7 values, which do not fill .*\.'),
    ("{input: 'seven'}", r'The feed "input" is not an array: .*\.'),
    ("{picture: new Float32Array(784)}", r".*picture.*\."),
])  # fmt: skip
def test_wrong_feeds_are_refused(live: Visitor, feeds: str, sentence: str) -> None:
    """Runs on something that does not fit: the promise is rejected with a sentence."""
    before = live.state()
    assert re.fullmatch(sentence, live.complaint(f"run({feeds})"))
    after = live.idle()
    assert after["output"] == before["output"]
    assert live.ask("run()")["output"] == before["output"]


def test_a_run_on_another_shape_is_arranged_anew(live: Visitor) -> None:
    """Feeds a text of another length: every layer has its shape, what is pinned and there no
    more is let go; what cannot run says why, and all stays."""
    live.ask("load('./models/lstm-mini/lstm-mini.onnx')")
    before = {layer["name"]: layer for layer in live.state()["layers"]}
    live.ask("select('probabilities', [0, 7, 3])")
    feeds = "{tokens: {data: new BigInt64Array(%d), dims: %s}}"
    live.ask(f"run({feeds % (10, [2, 5])})")
    state = live.still()
    layers = {layer["name"]: layer for layer in state["layers"]}
    assert layers.keys() == before.keys()
    assert layers["head"]["shape"] == [2, 5, 65]
    assert state["selection"] is None
    assert "takes" in live.complaint(f"run({feeds % (10, [10])})")
    assert live.state()["layers"] == state["layers"]
    live.press("r")
    assert live.still()["message"] is None


def test_open_and_close_by_name(live: Visitor) -> None:
    """Opens and closes layers by their names, and all at once."""

    def opened() -> list[str]:
        return [layer["name"] for layer in live.state()["layers"] if layer["open"]]

    live.ask("open('conv2')")
    live.ask("open('pool1')")
    live.ask("open('pool1')")
    assert opened() == ["pool1", "conv2"]
    live.ask("close('conv2')")
    assert opened() == ["pool1"]
    live.ask("openAll()")
    assert opened() == [*OPENING]
    live.ask("closeAll()")
    assert opened() == []
    for function in ("open", "close"):
        assert live.complaint(f"{function}('conv9')") == 'There is no layer "conv9".'


def test_select_tells_a_number(live: Visitor) -> None:
    """Selects a number: it is told, marked, kept in the state, and announced."""
    live.still()
    chosen = live.ask("select('probabilities', [0, 7])")
    assert chosen["tensor"] == "probabilities"
    assert chosen["index"] == [0, 7]
    assert chosen["value"] == live.state()["output"]["share"]
    assert live.state()["selection"] == chosen
    assert live.heard("select") == [chosen]
    inner = live.ask("select('conv1', [0, 3, 10, 12])")
    assert inner["index"] == [0, 3, 10, 12], "tensors inside a layer are recorded as well"
    assert live.complaint("select('conv9', [0])") == 'The run has no tensor "conv9".'
    for index in ("[0, 10]", "[0]", "[0, -1]", "[]"):
        said = live.complaint(f"select('probabilities', {index})")
        came = index[1:-1].replace(" ", "")
        assert said == f'"probabilities" has shape (1,10); there is no index ({came}).'
    assert live.state()["selection"] == inner


def test_load_takes_an_address_or_bytes(live: Visitor) -> None:
    """Loads from an address, an ArrayBuffer, a typed array: each gives the new state."""
    bytes_js = BYTES % base64.b64encode(small()).decode()
    for source in (bytes_js, f"{bytes_js}.buffer"):
        state = live.ask(f"load({source})")
        assert state["layers"][0]["shape"] == [1, 3, 12, 12]
        assert live.ask("load('./models/lenet/lenet.onnx')")["model"]["name"] == "LeNet-5"
        assert live.state()["output"]["label"] == "7"


@pytest.mark.parametrize(("source", "sentence"), [
    (BYTES % base64.b64encode(PNG).decode(), "This is not an ONNX model but a PNG picture."),
    ("new ArrayBuffer(0)", "This file is empty: an ONNX model was expected."),
    ("7", "load() takes an address or the bytes of a file."),
    ("[8, 7]", "load() takes an address or the bytes of a file."),
    ("null", "load() takes an address or the bytes of a file."),
    ("", "load() takes an address or the bytes of a file."),
])  # fmt: skip
def test_what_cannot_be_loaded_is_refused(live: Visitor, source: str, sentence: str) -> None:
    """Loads something else: rejected with the sentence that the page shows; all stays."""
    before = live.still()
    assert live.complaint(f"load({source})") == sentence
    live.sees(sentence)
    assert live.heard("error") == [{"message": sentence}]
    assert live.state()["layers"] == before["layers"]
    assert live.state()["output"] == before["output"]


def test_the_host_is_told_when_the_network_is_live(live: Visitor) -> None:
    """Listens from the start: ready comes once, after the first run, with the model's name."""
    page = live.page.context.new_page()
    visitor = Visitor(page).visit(live.page.url.partition("#")[0])
    visitor.until("s => !s.busy && s.output")
    page.wait_for_function("heard.some(({name}) => name === 'ready')")
    heard = page.evaluate("heard")
    assert [one["name"] for one in heard] == ["trace", "ready"]
    assert all(one["plain"] for one in heard)
    assert heard[1]["detail"].keys() == {"model", "readyMs"}
    assert heard[1]["detail"]["model"] == "LeNet-5"
    assert json.dumps(heard)
    page.close()


def test_calls_in_a_row_are_answered_in_turn(live: Visitor) -> None:
    """Asks for many things at once: all are answered, the last run is what shows."""
    answers = live.page.evaluate(
        """Promise.all([tensorama.run({input: new Float32Array(784)}), tensorama.openAll(),
          tensorama.run(), tensorama.state(), tensorama.run(), tensorama.closeAll()])"""
    )
    assert len(answers) == 6
    state = live.idle()
    assert state["output"]["label"] == "7"
    assert not [layer for layer in state["layers"] if layer["open"]]


@pytest.mark.parametrize(("call", "sentence"), [
    ("select('relu1')", "select(tensor, index) takes 2 arguments; 1 came."),
    ("select('relu1', [0], 1)", "select(tensor, index) takes 2 arguments; 3 came."),
    ("go()", "go(wanted) takes 1 argument; 0 came."),
    ("go(3)", "go() takes what state().shown gives, or a link."),
    ("go([1])", "go() takes what state().shown gives, or a link."),
    ("openAll(1, 2)", "openAll(level) takes at most 1 argument; 2 came."),
    ("state(1)", "state() takes no arguments; 1 came."),
    ("open()", "open(layer) takes 1 argument; 0 came."),
    ("open(7)", "A layer is given by its name, as text."),
    ("close(null)", "A layer is given by its name, as text."),
    ("weights({})", "A layer is given by its name, as text."),
    ("select(1, [0])", "A tensor is given by its name, as text."),
    ("select('relu1', 5)", INDEX),
    ("explain('relu1', 5)", INDEX),
    ("explain('none', [0])", 'There is no tensor "none" in this run.'),
    ("explain(1, [0])", "A tensor is given by its name, as text."),
    ("select('relu1', '0')", INDEX),
    ("select('relu1', [0, 1.5])", INDEX),
    ("select('relu1', [0, NaN])", INDEX),
    ("select('relu1', [true])", INDEX),
    ("select('relu1', null)", INDEX),
    ("openAll(NaN)", "A level is a whole number from 1, which is the closed network."),
    ("closeAll(Infinity)", "A level is a whole number from 1, which is the closed network."),
    ("run(5)", FEEDS),
    ("run('seven')", FEEDS),
    ("run([1, 2])", FEEDS),
    ("run(new Float32Array(784))", FEEDS),
])  # fmt: skip
def test_odd_arguments_get_a_sentence(live: Visitor, call: str, sentence: str) -> None:
    """Calls with arguments that are missing, too many or of an odd kind: told what is expected."""
    assert live.complaint(call) == sentence


def test_a_typed_array_is_an_index_too(live: Visitor) -> None:
    """Selects by a typed array, and gets the number as a number."""
    chosen = live.ask("select('input', new Uint8Array([0, 0, 3, 3]))")
    assert chosen["index"] == [0, 0, 3, 3]
    assert chosen["value"] == 0


def test_a_number_is_explained_to_whoever_asks(live: Visitor) -> None:
    """Asks where a number comes from: what adds up to it, the stages, words, formula, source."""
    told = live.ask("explain('relu1', [0, 3, 10, 12])")
    chosen = live.ask("select('relu1', [0, 3, 10, 12])")
    assert told["recorded"] == chosen["value"]
    assert told["value"] == pytest.approx(chosen["value"], rel=1e-4)
    assert told["stages"][-1]["value"] == told["value"]
    before = next(s["value"] for s in told["stages"] if s["name"] == "+ bias")
    assert sum(term["share"] for term in told["terms"]) == pytest.approx(before, rel=1e-6)
    assert len(told["terms"]) == told["count"] == 26
    window, kernel = told["terms"][0]["sources"]
    asked = live.ask(f"select('{window['tensor']}', {window['index']})")
    assert asked["value"] == pytest.approx(window["value"])
    assert kernel["role"] == "kernel"
    assert "Relu" in told["sentence"]
    assert told["formula"].startswith("<math")
    assert told["source"].startswith("https://onnx.ai/")
