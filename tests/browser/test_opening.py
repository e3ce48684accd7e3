"""One opening at a time, whole or not at all; and any can be called off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Route, expect

from browser.files import products, small
from browser.visitor import Visitor

SUPERSEDED = "Opening slow.onnx was given up: something newer was begun."


class Endless(BaseHTTPRequestHandler):
    """Answers with bytes that never end, until whoever asked hangs up; or that are 3 GB."""

    hung_up = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        if self.path.startswith("/huge"):
            self.send_header("Content-Length", "3000000000")
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(4096))
        except OSError:
            self.hung_up.set()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def endless() -> Iterator[str]:
    """The address of something that never ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    server.daemon_threads = True
    Endless.hung_up.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/endless.onnx"
    server.shutdown()
    server.server_close()


def held_back(live: Visitor, address: str) -> list[Route]:
    """What is asked of this address waits in the list, unanswered."""
    waiting: list[Route] = []
    live.page.route(address, lambda route: waiting.append(route))
    return waiting


def test_a_later_file_wins_over_one_that_comes_later(live: Visitor) -> None:
    """Loads from a slow server, then drops a file: that shows, and the slow one never does."""
    waiting = held_back(live, "**/slow.onnx")
    live.page.evaluate(
        "globalThis.slow = tensorama.load('slow.onnx').then(() => 'opened', (e) => e.message); 0"
    )
    live.page.wait_for_function(
        "document.querySelector('.tr-progress span').textContent", timeout=0
    )
    assert live.state()["busy"], "from the first moment"
    live.drop("edges.onnx", small())
    live.until("s => !s.busy && s.model.name === 'edges.onnx'")
    assert live.page.evaluate("slow") == SUPERSEDED
    for route in waiting:
        route.fulfill(body=small("late"))
    live.page.unroute("**/slow.onnx")
    state = live.still()
    assert state["model"]["name"] == "edges.onnx"
    assert state["message"] is None
    assert live.heard("error") == []


@pytest.mark.parametrize("way", ["Escape", "button"])
def test_an_endless_stream_is_called_off(live: Visitor, endless: str, way: str) -> None:
    """Loads what never ends, then presses Escape or Cancel: it ends, and all is as before."""
    before = live.still()
    live.page.evaluate(
        "(url) => { globalThis.never = tensorama.load(url).catch((e) => e.message); }", endless
    )
    expect(live.part("progress")).to_contain_text("Fetching endless.onnx")
    assert live.state()["busy"]
    expect(live.button("callOff")).to_be_visible()
    if way == "Escape":
        live.press("Escape")
    else:
        live.button("callOff").click()
    said = live.page.evaluate("never")
    assert said == "Opening endless.onnx was given up: it was called off."
    assert Endless.hung_up.wait(20), "the page still fetches it"
    expect(live.button("callOff")).to_be_hidden()
    after = live.idle()
    assert {**after, "moving": False} == {**before, "moving": False}


@pytest.mark.parametrize("way", ["Escape", "button"])
def test_a_run_of_a_minute_is_called_off(live: Visitor, way: str) -> None:
    """Runs sixty products of large matrices and gives that up by Escape or Cancel: the numbers,
    what is open and what is pinned stay, and the next run comes."""
    live.drop("products.onnx", products())
    live.until("s => !s.busy && s.shown.model.name === 'products.onnx'")
    live.ask("select('product3', [0, 0])")
    expect(live.part("in-cell")).to_contain_text("[0, 0]")  # what explains it came
    before = live.still()
    live.page.evaluate(
        """() => { const side = 2200, x = new Float32Array(side * side).fill(0.001);
          globalThis.long = tensorama.run({x: {data: x, dims: [side, side]}})
            .then(() => "it ran", (error) => error.message); }"""
    )
    told = live.part("progress")  # from the first product on, which takes its time
    expect(told).to_contain_text('Computing MatMul "product')
    assert live.state()["busy"]
    expect(live.button("callOff")).to_be_visible()
    if way == "Escape":
        live.press("Escape")
    else:
        live.button("callOff").click()
    assert live.page.evaluate("long") == "The run was given up: it was called off."
    expect(live.button("callOff")).to_be_hidden()
    assert {**live.still(), "moving": False} == {**before, "moving": False}
    live.ask("run()")
    assert live.still()["layers"] == before["layers"]
    live.press("Escape")


def test_files_of_gigabytes_are_refused_in_a_sentence(live: Visitor, endless: str) -> None:
    """Loads what says to be 3 GB, then drops a file of 2.2 GB: told how much a page can hold."""
    huge = endless.replace("endless", "huge")
    most = "a page can hold 2.15 GB of a file at most."
    advice = "Take a smaller model, or run it in Python outside of a page."
    said = live.complaint(f"load('{huge}')")
    assert said == f"The file at {huge} has 3.00 GB; {most} {advice}"
    live.page.evaluate(
        """() => {
          const part = new Blob([new Uint8Array(1 << 24)]);
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(Array(132).fill(part), "big.onnx"));
          const how = {bubbles: true, cancelable: true, dataTransfer};
          document.querySelector("#stage").dispatchEvent(new DragEvent("drop", how));
        }"""
    )
    live.sees(f"big.onnx: The file has 2.21 GB; {most} {advice}")
    assert live.idle()["model"]["name"] == "LeNet-5"


@pytest.mark.parametrize("part", ["opening:decode", "panels.names:Names._write_answer"])
def test_a_model_is_taken_whole_or_not_at_all(live: Visitor, part: str) -> None:
    """Drops a model of which a last part fails: title, answer, picture and outline stay."""
    module, _, name = part.partition(":")
    live.press("l")
    expect(live.part("tree")).to_be_focused()
    before, rows = live.state(), live.part("tree").text_content()
    live.python(
        f"""
import tensorama.app.{module} as part
kept, calls = part.{name}, []
def broken(*given):
    calls.append(given)
    part.{name} = kept
    raise MemoryError
part.{name} = broken
""",
    )
    live.drop("edges.onnx", small())
    live.sees("This tab has not enough memory for that; close other tabs or take a smaller model.")
    after = live.idle()
    live.press("Escape")
    for key in ("model", "layers", "groups", "output", "links"):
        assert after[key] == before[key], key
    expect(live.part("model")).to_have_text("LeNet-5")
    assert live.part("tree").text_content() == rows
    live.press("3")
    live.until("s => !s.busy && s.output.label === '3'")
