"""Numbers that a person takes along: files that numpy reads, tables for the clipboard."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import expect

from browser.visitor import Visitor


def take(live: Visitor, name: str) -> tuple[str, bytes]:
    """The file that a button of the inspector gives, and its name."""
    with live.page.expect_download() as coming:
        live.page.locator(f".tr-inspector [data-do={name}]").click()
    download = coming.value
    return download.suggested_filename, download.path().read_bytes()


def pinned(live: Visitor) -> Any:
    live.still()
    chosen = live.ask("select('relu1', [0, 3, 10, 12])")
    expect(live.part("in-cell")).to_contain_text("[0, 3, 10, 12]")
    return chosen["value"]


def test_a_tensor_is_downloaded_as_numpy_and_as_a_table(live: Visitor) -> None:
    """Pins a number, presses .npy and CSV: both files hold the recorded tensor."""
    value = pinned(live)
    name, data = take(live, "saveTensor")
    array = np.load(io.BytesIO(data))
    assert name == "relu1.npy"
    assert array.shape == (1, 6, 28, 28)
    assert array[0, 3, 10, 12] == np.float32(value)
    name, data = take(live, "saveTable")
    assert name == "relu1.csv"
    head, *rows = csv.reader(io.StringIO(data.decode()))
    row = next(row for row in rows if row[:3] == ["0", "3", "10"])
    assert np.float32(row[head.index("12")]) == np.float32(value)


def test_a_layer_and_the_whole_run_are_downloaded(live: Visitor) -> None:
    """Presses the .npz of the layer and of the run: the layer has its weights, the run has all."""
    value = pinned(live)
    name, data = take(live, "saveLayer")
    layer = np.load(io.BytesIO(data))
    assert name == "LeNet-5-conv1.npz"
    assert {"input", "conv1.weight", "conv1.bias", "relu1"} <= {*layer}
    name, data = take(live, "saveRun")
    run = np.load(io.BytesIO(data))
    assert name == "LeNet-5.npz"
    assert {"input", "conv1.weight", "logits", "probabilities"} <= {*run}
    assert run["relu1"][0, 3, 10, 12] == layer["relu1"][0, 3, 10, 12] == np.float32(value)
    expect(live.part("hint")).to_contain_text("LeNet-5.npz:")


def test_a_tensor_is_copied_as_a_table(live: Visitor) -> None:
    """Presses Copy: the clipboard has rows and tabs, as a spreadsheet takes them."""
    live.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    live.still()
    value = live.ask("select('probabilities', [0, 7])")["value"]
    expect(live.part("in-cell")).to_contain_text("[0, 7]")
    live.page.locator(".tr-inspector [data-do=copyTable]").click()
    expect(live.part("hint")).to_have_text("probabilities is copied as a table.")
    text = live.page.evaluate("navigator.clipboard.readText()")
    (row,) = csv.reader(io.StringIO(text), delimiter="\t")
    assert float(row[7]) == pytest.approx(value)
    assert len(row) == 10


def test_a_large_table_tells_how_far_it_is_and_can_be_given_up(live: Visitor) -> None:
    """Asks for a million numbers as CSV and thinks better of it: Escape, and no file comes."""
    node = helper.make_node("Expand", ["x", "shape"], ["y"])
    graph = helper.make_graph(
        [node], "wide", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1000])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1000, 1000])],
        [numpy_helper.from_array(np.array([1000, 1000]), "shape")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    live.drop("wide.onnx", model.SerializeToString())
    live.until("s => s.shown?.model?.name === 'wide.onnx' && !s.busy")
    live.ask("select('y', [3, 4])")
    expect(live.part("in-cell")).to_contain_text("[3, 4]")
    came: list[Any] = []
    live.page.on("download", lambda download: came.append(download))
    live.page.locator(".tr-inspector [data-do=saveTable]").click()
    expect(live.button("callOff")).to_be_visible()
    expect(live.part("progress")).to_contain_text("Writing y")
    live.press("Escape")
    expect(live.button("callOff")).to_be_hidden()
    expect(live.part("note")).to_be_hidden()
    assert live.state()["selection"]["index"] == [3, 4]
    name, data = take(live, "saveTensor")
    assert name == "y.npy"
    assert np.load(io.BytesIO(data)).shape == (1000, 1000)
    assert [download.suggested_filename for download in came] == ["y.npy"]


def test_without_a_pin_or_a_layer_it_is_said(live: Visitor) -> None:
    """Asks the search for the command where nothing is pinned: told what to do first."""
    live.ask("state().then((s) => tensorama.go({...s.shown, at: undefined}))")
    live.still()
    live.page.keyboard.press("/")
    live.page.keyboard.type("download layer")
    live.page.keyboard.press("Enter")
    live.sees("Pin a number first, or go to a layer.")


def test_a_number_is_copied_as_python(live: Visitor) -> None:
    """Presses Copy as Python: numpy alone computes the number from what stands in the lines."""
    live.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    value = pinned(live)
    live.page.locator(".tr-inspector [data-do=copyPython]").click()
    expect(live.part("hint")).to_have_text("The lines of Python are copied.")
    text = live.page.evaluate("navigator.clipboard.readText()")
    ours, _, alone = text.partition("\n\n\n")
    assert "tr.load('lenet.onnx')" in ours
    assert "tr.explain(trace, 'relu1', (0, 3, 10, 12))" in ours
    names: dict[str, Any] = {}
    exec(alone, names)
    assert names["y"] == pytest.approx(value, rel=1e-5)
