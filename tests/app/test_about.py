"""What is told of a layer: its words are the dictionary's, its figures numpy's."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections import ChainMap
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.test_exports import feeds_for
from tensorama import Trace, load
from tensorama.app.actions import looks, selecting, travelling
from tensorama.app.inspect import layer_sheet, study, training
from tensorama.app.inspect.channels import channel_slices
from tensorama.app.inspect.dictionary import Dictionary, name_of
from tensorama.app.inspect.layered import Layered
from tensorama.app.inspect.measuring import Figures, figure_slices, histogram_slices
from tensorama.app.inspect.responding import input_of, patch_slices, tiles
from tensorama.app.state import State
from tensorama.engine.contract.slices import whole
from tensorama.explain import regions
from tensorama.layers import find_layers
from tensorama.scene import build_scene
from tensorama.scene.pictures.colour import DARK
from tensorama.scene.pictures.picture import picture_of
from tensorama.scene.pictures.reading import Reading, readings
from tensorama.scene.pictures.weights import Reduced, weight_picture
from tensorama_build.output import Output
from tensorama_build.wordings import add_wordings

from .networks import ITEMS

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "engine" / "exports"


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    """The dictionary, read from the files that the build writes."""
    folder = tmp_path_factory.mktemp("dist")
    add_wordings(Output(folder), ROOT / "pysrc" / "tensorama" / "wordings")

    async def read(name: str) -> bytes:
        return (folder / "wordings" / name).read_bytes()

    return Dictionary(read)


def told_of(trace: Trace, name: str) -> Layered:
    """A layer of a run, as the page gathers it."""
    graph = trace.model.graph
    arrays = ChainMap(dict(trace), dict(trace.inner), graph.weights)  # type: ignore[arg-type]
    shapes = {tensor: np.shape(array) for tensor, array in trace.items()}
    scene = build_scene(find_layers(trace.model), shapes, readings=readings(graph, trace))
    block = next(block for block in scene.blocks if block.layer.name == name)
    inputs = tuple(block for block in scene.blocks if block.layer.kind == "input")
    costs = np.array([0.001, 400.0, 0.0, 50.0])
    work = block.layer.work or block.layer.nodes
    aside = len(block.layer.nodes) - len(work)
    return Layered(
        block.layer, block, work, aside, (), (), costs, costs * 4, trace, arrays, inputs
    )  # fmt: skip


def part(facts: Layered, name: str) -> str:
    return whole(dict(study.parts(facts))[name])[0]


def cells(markup: str) -> list[tuple[str, list[int]]]:
    """Where the buttons lead."""
    return [
        tuple(json.loads(found.replace("&quot;", '"')))
        for found in re.findall(r'data-go="([^"]+)"', markup)
    ]


# figures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["plain", "turned", "long"])
def test_figures_are_those_of_numpy(way: str) -> None:
    random = np.random.default_rng(3)
    array = random.normal(5, 2, (3, 40, 50)).astype(np.float32)
    if way == "long":
        array = random.normal(-1, 1e-3, (700_000,)).astype(np.float32)
    array.reshape(-1)[::7] = 0
    if way == "turned":
        array = array.transpose(2, 0, 1)
    found = whole(figure_slices(array))
    exact = array.astype(np.float64)
    assert (found.count, found.zeros) == (array.size, np.count_nonzero(array == 0))
    assert (found.least, found.most) == (exact.min(), exact.max())
    np.testing.assert_allclose([found.mean, found.deviation], [exact.mean(), exact.std()], 1e-9)
    bars = whole(histogram_slices(array, found.least, found.most, 20))
    assert bars.tolist() == np.histogram(exact, 20, (found.least, found.most))[0].tolist()


def test_what_is_no_number_is_counted_apart() -> None:
    array = np.array([1, np.nan, -3, np.inf, -np.inf, 0], np.float32)
    found = whole(figure_slices(array))
    assert (found.nans, found.infinite, found.finite) == (1, 2, 3)
    assert (found.least, found.most, found.zeros) == (-3, 1, 1)
    assert found.mean == pytest.approx(-2 / 3)
    words = re.sub("<[^>]+>", " ", study.odd(found))
    assert "1 of them is not a number (NaN)." in words
    assert "2 of them are infinite." in words
    nothing = whole(figure_slices(np.full(4, np.nan, np.float32)))
    assert (nothing.nans, nothing.finite) == (4, 0)
    assert study.told(nothing) == ""


def test_a_share_is_never_told_as_nothing_or_all_if_it_is_not() -> None:
    shares = (0, 1e-5, 0.3333, 0.99999, 1)
    assert [*map(study.percent, shares)] == ["0", "< 0.1", "33.3", "> 99.9", "100"]


def test_a_histogram_offers_logarithms_where_one_bar_hides_the_others() -> None:
    even = study.histogram(np.array([4, 6, 5]), Figures(15, -1, 2))
    uneven = study.histogram(np.array([9000, 6, 5, 0]), Figures(9011, 0, 2))
    assert "data-log" not in even
    assert "data-log" in uneven
    plain, logs = re.findall(r'<g class="(?:tr-about-plain|tr-about-logs)">(.*?)</g>', uneven)
    heights = [[float(h) for h in re.findall(r"v-([\d.]+)h", one)] for one in (plain, logs)]
    assert heights[0] == [64, 1, 1], "what there is is seen, what there is none of is not drawn"
    assert heights[1] == pytest.approx(
        [64 * math.log1p(n) / math.log1p(9000) for n in (9000, 6, 5)], rel=1e-3
    )
    assert 'class="tr-down" d="M' in even, "below zero in the other colour"


# channels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "reading", "axis"),
    [
        ((1, 5, 4, 3), Reading(), 1),
        ((1, 4, 3, 5), Reading(axes=(0, 3, 1, 2)), 3),
        ((7, 5), Reading(), 1),
        ((1, 5), Reading(), 1),
    ],
)
def test_channels_are_told_by_their_largest_value(
    shape: tuple[int, ...], reading: Reading, axis: int
) -> None:
    array = np.random.default_rng(4).normal(0, 1, shape).astype(np.float32)
    silent = [slice(None)] * len(shape)
    silent[axis] = 2  # type: ignore[call-overload]
    array[tuple(silent)] = 0
    array[(0,) * len(shape)] = np.nan
    found = whole(channel_slices(array, picture_of("t", shape, reading)))
    assert len(found) == shape[axis]
    assert np.flatnonzero(found.silent).tolist() == [2]
    for channel in range(shape[axis]):
        own = np.take(array, channel, axis)
        if np.isnan(own).all():
            assert found.most[channel] == -np.inf
            continue
        assert found.most[channel] == np.nanmax(own)
        index = found.index(channel)
        assert index[axis] == channel
        assert array[index] == found.most[channel]


def test_who_never_fires_is_named_and_leads_there(threes: Trace) -> None:
    facts = told_of(threes, "fc1")
    silent = np.flatnonzero(threes[facts.picture.tensor].reshape(-1) == 0)
    markup = part(facts, "values")
    chips = markup[markup.index("tr-about-silent") : markup.index("tr-about-largest")]
    assert f"{len(silent)} of 120 stay silent" in chips
    ways = cells(chips)
    assert [index[-1] for _, index in ways] == silent[: len(ways)].tolist()
    assert re.findall(r">unit (\d+)<", chips) == [*map(str, silent[: len(ways)])]


def test_the_largest_are_the_largest(threes: Trace) -> None:
    markup = part(told_of(threes, "conv2"), "values")
    ways = cells(markup[markup.index("tr-about-largest") :])
    values = [threes[tensor][tuple(index)] for tensor, index in ways]
    best = np.sort(threes["relu2"].max(axis=(0, 2, 3)))[::-1][:5]
    assert values == best.tolist()


def test_a_patch_is_what_the_largest_value_can_see(threes: Trace) -> None:
    facts = told_of(threes, "conv2")
    channels = whole(channel_slices(facts.array, facts.picture))
    source = input_of(facts)
    assert source
    boxes = whole(patch_slices(facts, channels, np.arange(16), source))
    assert boxes.keys() == {*range(16)}
    for channel, (top, bottom, left, right) in boxes.items():
        region = regions(threes, "relu2", channels.index(channel), {"input"})["input"]
        assert ((top, bottom), (left, right)) == region[2:]
    images = [study.Patch(source, box).painted(DARK, 2) for box in boxes.values()]
    assert all(60 < max(image.shape[:2]) <= 120 for image in images)


def test_a_kernel_is_drawn_by_its_strongest_slice(threes: Trace) -> None:
    facts = told_of(threes, "conv2")
    weights = threes.model.graph.weights["conv2.weight"]
    for channel, tile in tiles(facts, np.arange(16)).items():
        slices = np.abs(weights[channel]).sum(axis=(1, 2))
        assert (tile.slice, tile.slices) == (slices.argmax(), 6)
        np.testing.assert_array_equal(tile.drawing.values, weights[channel, tile.slice])  # type: ignore[attr-defined]


def test_a_kernel_over_a_picture_is_in_colours() -> None:
    path = EXPORTS / "residual.onnx"
    model = load(path)
    facts = told_of(model.run(feeds_for(model)), "stem.0")
    found = tiles(facts, np.arange(2))
    assert {tile.slice for tile in found.values()} == {-1}
    assert found[0].drawing.painted(DARK, 1).shape[2] == 4


@pytest.mark.parametrize("op", ["QLinearConv", "ConvInteger"])
def test_stored_kernels_are_drawn_as_what_they_stand_for(op: str) -> None:
    """Bytes with a zero point and a scale for each kernel: tiles and figures are of real numbers,
    and it is said that they are stored otherwise."""
    random = np.random.default_rng(0)
    stored = random.integers(0, 256, (2, 3, 3, 3)).astype(np.uint8)
    zero, scale = np.array([120, 130], np.uint8), np.array([0.5, 0.25], np.float32)
    one, none = np.float32(0.01), np.uint8(0)
    if op == "QLinearConv":
        feeds = {"x_scale": one, "x_zero": none, "w": stored, "w_scale": scale, "w_zero": zero,
                 "y_scale": np.float32(9), "y_zero": np.uint8(128)}  # fmt: skip
    else:
        feeds = {"w": stored, "x_zero": none, "w_zero": zero}
    shape = [1, 3, 6, 6]
    node = helper.make_node(op, ["x", *feeds], ["y"], name="conv")
    whole_number = TensorProto.UINT8 if op == "QLinearConv" else TensorProto.INT32
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info("x", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("y", whole_number, [1, 2, 4, 4])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in feeds.items()],
    )  # fmt: skip
    model = load(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString()
    )
    x = random.integers(0, 256, shape).astype(np.uint8)
    facts = told_of(model.run({"x": x}), "conv")
    real = stored - zero.reshape(2, 1, 1, 1).astype(np.float32)
    if op == "QLinearConv":
        real *= scale.reshape(2, 1, 1, 1)
    for channel, tile in tiles(facts, np.arange(2)).items():
        values = tile.drawing.values if tile.slice < 0 else real[channel]  # type: ignore[attr-defined]
        np.testing.assert_allclose(values, real[channel])
        assert tile.stored
        assert tile.stored.startswith("The weights are stored in 8 bits")
    assert "The weights are stored in 8 bits" in part(facts, "channels")
    assert f"{real.max():.4g}"[:4] in part(facts, "weights")


# weights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1280, 320), (512, 300, 3, 3), (4000, 50), (1_000_000, 2)])
def test_many_weights_become_a_small_picture_of_the_strongest(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(5).normal(0, 1, shape).astype(np.float32)
    picture = study.overview(weight_picture("w", shape, len(shape) == 4), shape)
    assert isinstance(picture, Reduced)
    assert max(picture.rows, picture.cols) <= 320
    values = picture.values(array)[0]
    assert float(np.abs(values).max()) == float(np.abs(array).max())
    assert abs(values[1, 1]) == abs(array[picture.strongest(array, 1, 1)])


# words -----------------------------------------------------------------------------------------


def test_a_layer_is_told_in_the_words_of_its_operators(words: Dictionary, threes: Trace) -> None:
    facts = told_of(threes, "conv1")
    asyncio.run(words.bring(map(name_of, facts.nodes)))
    english, chinese = (layer_sheet.words(facts, words, code) for code in ("en", "zh"))
    assert english.index("Slides small patterns") < english.index("then Relu")
    assert "Lets positive numbers through" in english
    assert "卷积核" in chinese
    assert "Σ window · kernel + bias" in english
    assert "each window sees 5×5 cells" in layer_sheet.attributes(facts, words, "en")
    assert "每个窗口看 5×5 格" in layer_sheet.attributes(facts, words, "zh")


def test_an_operator_that_nobody_knows_is_told_as_such(words: Dictionary, threes: Trace) -> None:
    facts = told_of(threes, "conv1")
    other = facts.nodes[0].__class__(0, "n", "Twist", "my.own", (), ())
    strange = Layered(
        facts.layer, facts.block, (other,), 0, (), (), facts.costs, facts.whole,
        facts.trace, facts.arrays,
    )  # fmt: skip
    asyncio.run(words.bring([name_of(other)]))
    assert "operator of this model" in layer_sheet.words(strange, words, "en")


@pytest.mark.parametrize("path", sorted(EXPORTS.glob("*.onnx")), ids=lambda path: path.stem)
def test_every_attribute_of_a_real_file_is_said_in_words(words: Dictionary, path: Path) -> None:
    model = load(path)
    nodes = model.graph.nodes
    known = {f"{domain}.{name}" if domain else name for domain, name in _registered()}
    nodes = tuple(node for node in nodes if name_of(node) in known)
    asyncio.run(words.bring(map(name_of, nodes)))
    for node in nodes:
        assert len(words.sentences(name_of(node), "zh")) == 2, node.op
        for attribute, value in node.attributes.items():
            for language in ("en", "zh"):
                assert words.attribute(name_of(node), attribute, value, language), (
                    node.op, attribute, value,
                )  # fmt: skip


def _registered() -> set[tuple[str, str]]:
    from tensorama.engine.registry import REGISTRY

    return {*REGISTRY.names()}


# the State -------------------------------------------------------------------------------------


def test_asking_about_a_layer_comes_close_to_it_and_unpins_what_was_pinned() -> None:
    number = 3
    tensor = ITEMS.scene.blocks[0].picture.tensor
    pinned = selecting.selected(State(), tensor, (0, 0, 0, 0))
    state = travelling.asking_about(pinned, ITEMS, number)
    assert (state.about, state.at, state.near) == (True, ITEMS.names[3], ITEMS.names[3])
    assert state.selected is None
    assert travelling.being_at(state, ITEMS, 1).about, "it goes on where one goes"
    assert not travelling.gone_out(state).about
    assert not looks.hiding(state, ["layer"]).about


def test_over_a_training_each_moment_is_a_ridge() -> None:
    """Counts are numpy's, over one range for all moments; the open one is coloured."""
    folder = ROOT / "models" / "lenet-training"

    async def read(address: str) -> bytes:
        return (ROOT / address).read_bytes()

    over, told = training.Training("models/lenet-training", read), []
    asyncio.run(over.bring(told.append))
    assert len(told) == len(over.moments) == 11
    model = load(folder / "step-00400.onnx")
    trace = model.run({"input": np.random.default_rng(1).random((1, 1, 28, 28), np.float32)})
    facts = told_of(trace, "conv1")
    markup = asyncio.run(over.part(facts, "models/lenet-training/step-00400.onnx"))
    weights, values = markup.split("<svg")[1:]
    for part in (weights, values):
        assert part.count("<path") == 11
        assert re.search(r'class="tr-about-now"[^>]*><title>step 400<', part)
    models = [load(folder / moment["file"]) for moment in over.moments]
    name = next(n for n, w in models[0].graph.weights.items() if w.shape == (6, 1, 5, 5))
    least = min(model.graph.weights[name].min() for model in models)
    most = max(model.graph.weights[name].max() for model in models)
    told_ends = re.findall(r"tr-in-ends\"><span>(.*?)</span>.*?<span>([^<]*)</span></p>", weights)
    shown = [float(end.replace("−", "-")) for end in told_ends[0]]
    np.testing.assert_allclose(shown, (least, most), rtol=1e-3)
    peak = [float(y) for y in re.findall(r"L[\d.]+ ([\d.]+)", weights)]
    assert min(peak) < 46, "the narrowest moment stands highest"


def test_a_ridge_stands_as_high_as_its_counts() -> None:
    markup = training.ridges("w", np.array([[0, 2, 4] + 41 * [3]]), (-1.0, 1.0), [7], 0)
    heights = [46 - float(y) for y in re.findall(r"L[\d.]+ ([\d.]+)", markup)][:3]
    np.testing.assert_allclose(heights, [0, 0.48 * 46, 0.96 * 46], atol=0.06)
    assert "logarithms" not in markup
    uneven = training.ridges("w", np.array([[900, 2, 4] + 41 * [3]]), (-1.0, 1.0), [7], 0)
    assert "heights are logarithms" in uneven
