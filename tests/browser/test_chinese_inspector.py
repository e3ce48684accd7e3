"""Where a number comes from, told in the language of whoever reads."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from browser.test_language import KEPT
from browser.visitor import Visitor

EXPORTS = Path(__file__).parents[1] / "engine" / "exports"
# beside the names in KEPT: functions and attributes in formulas, which are ONNX's and the field's,
# what is left of a weight's name without its layer's, formats of files and units
FORMULA = re.compile(
    r"\b(max|softmax|tanh|LSTM|ONNX|NaN|clip|exp|ln|Python|CSV|[kM]B)\b|\.(weight|bias|npy|npz)\b"
    r"|/\w[\w/.]*"  # names as PyTorch writes them
)

# what stands in the inspector, but in formulas, names of tensors and layers, and links to them
SAID = """
(box) => {
  const found = [], root = document.querySelector(box).querySelector(".tr-inspected");
  const names = new Set(tensoramaNames);
  for (const part of root.querySelectorAll("*")) {
    if (part.closest("math, .tr-in-cell, h2, a")) continue;
    for (const node of part.childNodes)
      if (node.nodeType === Node.TEXT_NODE) found.push(node.data);
    for (const name of ["title", "aria-label"])
      if (part.hasAttribute(name)) found.push(part.getAttribute(name));
  }
  const bare = (text) => [...names].reduce((left, name) => left.split(name).join(""), text);
  return [...new Set(found.map(bare).filter((text) => /[a-z]{2}/i.test(text)))];
}
"""


def pin(live: Visitor, tensor: str, *index: int) -> None:
    """Pin a number, and wait until the inspector speaks of it and of what it sees."""
    live.ask(f"select('{tensor}', {[*index]})")
    cell = f"[{', '.join(map(str, index))}]"
    expect(live.part("in-cell")).to_contain_text(cell)
    expect(live.page.locator(f"{live.box} .tr-in-sees > *").first).to_be_attached()


def left_in_english(live: Visitor) -> list[str]:
    """What stands in the inspector in Latin letters and is no name."""
    found = live.page.evaluate(SAID, live.box)
    return [t for t in found if re.search("[A-Za-z]{2}", FORMULA.sub("", KEPT.sub("", t)))]


def know_names(live: Visitor) -> None:
    """Tell the page all names of the open file, the longest first."""
    live.page.evaluate(
        "state().then((s) => { globalThis.tensoramaNames = [...new Set(s.layers.flatMap((l) => "
        "[l.name, ...(l.tensors ?? [])]))].sort((a, b) => b.length - a.length); })".replace(
            "state()", "tensorama.state()"
        )
    )


def test_a_number_of_lenet_is_explained_in_chinese_and_back(live: Visitor) -> None:
    """Pins numbers of each kind of layer in Chinese, looks for English, and switches back."""
    pin(live, "conv1", 0, 3, 10, 12)
    said = live.part("in-said")
    expect(said).to_contain_text("kernel 3")
    english = said.inner_text()
    live.press("g")
    expect(said).to_contain_text("卷积核 3 的图案")
    know_names(live)
    assert not left_in_english(live)
    for tensor, index, words in (
        ("pool1", (0, 3, 5, 6), "窗口"),
        ("fc1", (0, 7), "权重"),
        ("probabilities", (0, 7), "竞争"),
    ):
        pin(live, tensor, *index)
        expect(said).to_contain_text(words)
        assert not left_in_english(live), tensor
    pin(live, "conv1", 0, 3, 10, 12)
    live.press("g")
    expect(said).to_have_text(english)
    expect(live.button("fit")).to_have_attribute("title", "Bring all into view (F)")


def test_a_gate_of_an_lstm_is_explained_in_chinese(live: Visitor) -> None:
    """Opens an LSTM, pins a number of its state: gates and memory, in Chinese."""
    live.drop("lstm.onnx", (EXPORTS / "lstm.onnx").read_bytes())
    live.until("s => s.model?.name.startsWith('lstm') && !s.busy", seconds=60)
    live.press("g")
    state = live.state()
    layer = next(one for one in state["layers"] if "LSTM" in str(one["op"]))
    pin(live, layer["tensor"], *(0 for _ in layer["shape"]))
    expect(live.part("in-said")).to_contain_text("遗忘门")
    know_names(live)
    assert not left_in_english(live)
    live.press("g")
    expect(live.part("in-said")).to_contain_text("forget gate")
