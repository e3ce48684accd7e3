"""Rows of nodes that the kernel plays in one go give, to the last bit, what the nodes give."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx.parser
import pytest
from onnx import numpy_helper

import tensorama as tr
from engine.kernel_host import Host, host
from engine.test_architectures import LENET, LIGHT
from engine.test_exports import EXPORTS, NAMES, feeds_for
from tensorama import engine
from tensorama.engine import kernel, replay
from tensorama.engine.kernel import Play
from tensorama.engine.kernel.program import FUNCTIONS, Program, work
from tensorama.engine.kernel.recorder import Recorder
from tensorama_build.kernel import kernel as written_kernel

SMALL = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[N,40] x, float[40] t) => (float[N,4,10] z)
<int64[3] shape = {0, 4, 10}> {
    a = MatMul (x, w)
    b = Relu (a)
    c = Add (b, t)
    d = Softmax (c)
    z = Reshape (d, shape)
}
"""
WEIGHTS = np.random.default_rng(0).standard_normal((40, 40), np.float32)
PATHS = {
    "lenet": LENET,
    "squeezenet": LIGHT / "light_squeezenet.onnx",
    **{name: EXPORTS / f"{name}.onnx" for name in NAMES},
}


def small(text: str = SMALL) -> tr.Model:
    made = onnx.parser.parse_model(text)
    taken = {name for node in made.graph.node for name in node.input}
    if "w" in taken:
        made.graph.initializer.append(numpy_helper.from_array(WEIGHTS, "w"))
    return tr.load(made.SerializeToString())


def rows(count: int = 9, seed: int = 1) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "x": random.standard_normal((count, 40), np.float32),
        "t": random.standard_normal(40, np.float32),
    }


def same_bits(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return bool(a == b)


def check_same(came: tr.Trace, wanted: tr.Trace) -> None:
    """Two traces with the same tensors, steps and inner tensors."""
    assert list(came) == list(wanted)
    for name in wanted:
        assert same_bits(came[name], wanted[name]), name
    assert list(came.inner) == list(wanted.inner)
    for name in wanted.inner:
        assert same_bits(came.inner[name], wanted.inner[name]), name
    for one, other in zip(came.steps, wanted.steps, strict=True):
        assert one.node.label == other.node.label
        assert list(one.inputs) == list(other.inputs)
        assert list(one.outputs) == list(other.outputs)
        assert all(one.outputs[name] is came[name] for name in one.outputs)


@pytest.mark.parametrize("name", PATHS)
def test_a_replayed_network_gives_the_same_bits(name: str, player: Host) -> None:
    """The first run is computed node by node, the second played; each with feeds of its own."""
    warm = tr.load(PATHS[name])
    warm.run(feeds_for(warm, seed=0))
    player.calls.clear()
    for seed in (1, 2):
        played = warm.run(feeds_for(warm, seed))
        assert "replay" in player.calls
        fresh = tr.load(PATHS[name])
        check_same(played, fresh.run(feeds_for(fresh, seed)))


def test_lenet_is_one_call(player: Host) -> None:
    model = tr.load(LENET)
    for _ in range(2):
        player.calls.clear()
        trace = model.run(feeds_for(model))
    assert player.calls == ["replay"]
    assert len(trace.steps) == 13
    assert all(step.seconds > 0 for step in trace.steps)
    assert not any(trace[name].flags.writeable for name in trace)


@pytest.mark.parametrize(
    "name",
    [
        "bert",
        "depthwise",
        "gpt",
        "gpt_attention",
        "gpt_scripted",
        "gru",
        "lstm",
        "quantized",
        "unet",
    ],
)
def test_a_small_network_is_one_call(name: str, player: Host) -> None:
    """Of the LSTM both first states are views of the same zeros."""
    model = tr.load(PATHS[name])
    for _ in range(2):
        player.calls.clear()
        model.run(feeds_for(model))
    assert player.calls == ["replay"]


def test_steps_are_played_too(player: Host) -> None:
    model = small()
    wanted = model.run(rows())
    player.calls.clear()
    steps = list(engine.steps_with_pauses(model, rows()))
    assert player.calls == ["replay"]
    assert [step.node.op for step in steps if step] == [step.node.op for step in wanted.steps]
    assert all(same_bits(s.outputs[n], wanted[n]) for s in steps if s for n in s.outputs)


def test_a_run_that_was_left_is_listened_to_again(player: Host) -> None:
    model = small()
    next(iter(engine.steps_with_pauses(model, rows())))
    model.run(rows())
    player.calls.clear()
    model.run(rows())
    assert player.calls == ["replay"]


def test_an_older_trace_stays_what_it_was(player: Host) -> None:
    model = small()
    traces = [model.run(rows(seed=seed)) for seed in range(4)]
    for seed, trace in enumerate(traces):
        check_same(trace, small().run(rows(seed=seed)))
    assert not np.shares_memory(traces[2]["z"], traces[3]["z"])
    assert player.calls.count("replay") >= 3


def test_other_shapes_are_computed_and_then_played_as_well(player: Host) -> None:
    model = small()
    for count in (9, 5, 9, 5, 1, 9):
        check_same(model.run(rows(count)), small().run(rows(count)))
    assert len(replay._tapes[model.graph]) == 3


def test_only_a_few_shapes_are_kept(player: Host) -> None:
    model = small()
    for count in range(1, 9):
        model.run(rows(count))
    assert len(replay._tapes[model.graph]) == replay.KEPT
    player.calls.clear()
    check_same(model.run(rows(1)), small().run(rows(1)))


def test_a_fed_weight_takes_the_place_of_the_kept_one(player: Host) -> None:
    model = small()
    before = [model.run(rows()) for _ in range(2)][1]
    player.calls.clear()
    fed = model.run({**rows(), "w": WEIGHTS * 2})
    assert "replay" not in player.calls
    np.testing.assert_allclose(fed["a"], before["a"] * 2, rtol=1e-5)
    check_same(model.run(rows()), before)


def test_feeds_need_not_lie_in_order(player: Host) -> None:
    model = small()
    feeds = rows()
    wanted = [model.run(feeds) for _ in range(2)][1]
    turned = {**feeds, "x": np.asfortranarray(feeds["x"]), "t": feeds["t"].repeat(2)[::2]}
    for _ in range(2):
        trace = model.run(turned)
        for name in ("a", "b", "c", "d", "z"):
            np.testing.assert_allclose(trace[name], wanted[name], rtol=1e-5, atol=1e-6)
    check_same(model.run(feeds), wanted)


def test_one_array_fed_twice_is_not_taken_for_always_the_same(player: Host) -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[64] x, float[64] y) => (float[64] c) { a = Relu (x) b = Relu (a) c = Add (b, y) }
    """
    model, (x, y) = small(text), np.random.default_rng(3).standard_normal((2, 64), np.float32)
    for one, other in ((x, x), (x, y), (y, x), (x, x)):
        trace = model.run({"x": one, "y": other})
        np.testing.assert_array_equal(trace["c"], np.maximum(one, 0) + other)


def test_what_decides_by_value_is_not_played_with_another_value(player: Host) -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[64] x, float low, float high, int64[2] shape) => (float[A,B] d) {
        a = Relu (x) b = Relu (a) c = Clip (b, low, high) d = Reshape (c, shape)
    }
    """
    model, x = small(text), np.random.default_rng(4).standard_normal(64, np.float32)
    for high, wide in ((0.5, 8), (0.25, 16), (0.75, 4)):
        feeds = {"x": x, "low": np.float32(0), "high": np.float32(high)}
        trace = model.run({**feeds, "shape": np.array([-1, wide])})
        np.testing.assert_array_equal(trace["d"], np.clip(x, 0, high).reshape(-1, wide))


def test_what_comes_from_other_nodes_must_be_as_it_was(player: Host) -> None:
    """NonZero gives as many columns as there are cells: the shape follows from the numbers."""
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[64] x) => (float[N,M] d) {
        n = NonZero (x) a = Cast <to = 1> (n) b = Relu (a) c = Relu (b) d = Relu (c)
    }
    """
    model = small(text)
    for count in (40, 40, 50, 40):
        player.calls.clear()
        trace = model.run({"x": (np.arange(64) < count).astype(np.float32)})
        np.testing.assert_array_equal(trace["d"], np.arange(count)[None])
    assert player.calls == ["replay"]


def test_a_copy_that_an_operator_makes_is_not_taken_for_the_same_each_time(player: Host) -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[1,8,4] x) => (float[1,4,8] d)
    <float[4] s = {1, 2, 3, 4}, float[4] b = {0, 1, 0, 1}, float[4] v = {1, 1, 4, 9}> {
        a = Transpose <perm = [0, 2, 1]> (x) c = BatchNormalization (a, s, b, b, v) d = Relu (c)
    }
    """
    model = small(text)
    for seed in range(3):
        feeds = {"x": np.random.default_rng(seed).standard_normal((1, 8, 4), np.float32)}
        check_same(model.run(feeds), small(text).run(feeds))


def test_what_is_recorded_inside_is_played_as_well(player: Host) -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[2,40] x, float[40] s) => (float[2,40] d) {
        a = Relu (x) [norm] b = LayerNormalization (a, s, s) d = Relu (b)
    }
    """
    model = small(text)
    for seed in range(3):
        x, s = np.random.default_rng(seed).standard_normal((3, 40), np.float32)[:2]
        feeds = {"x": np.stack([x, -x]), "s": s}
        trace = model.run(feeds)
        check_same(trace, small(text).run(feeds))
        np.testing.assert_allclose(trace.inner["norm/mean"][:, 0], trace["a"].mean(1), rtol=1e-6)
    player.calls.clear()
    assert list(model.run(feeds).inner) == ["norm/mean", "norm/inverse_deviation"]
    assert player.calls == ["replay"]


def test_what_follows_from_shapes_is_known(player: Host) -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[N,40] x) => (float[A,B,C] z)
    <int64[1] zero = {0}, int64[1] ten = {10}, int64[1] rest = {-1}, int64[3] last = {-1, 8, 10}> {
        s = Shape (x) n = Gather (s, zero) wanted = Concat <axis = 0> (n, rest, ten)
        a = Relu (x) b = Reshape (a, wanted) t = Transpose <perm = [0, 2, 1]> (b)
        c = Reshape (t, s) d = Slice (c, zero, ten, zero) e = Concat <axis = 1> (d, d)
        u = Unsqueeze (e, zero) v = Squeeze (u, zero) z = Reshape (v, last)
    }
    """
    model = small(text)
    for count in (12, 12, 12, 14, 14, 12):
        player.calls.clear()
        x = {"x": rows(count, seed=count)["x"]}
        came = model.run(x)
        calls = list(player.calls)
        check_same(came, small(text).run(x))
    assert calls == ["replay"]
    assert [step.seconds for step in came.steps[:3]] == [0, 0, 0]
    assert came.steps[0].inputs["x"] is came["x"]


def test_a_row_that_relies_on_known_numbers_checks_them(player: Host) -> None:
    """The last row is reshaped by numbers that follow from how much NonZero has found."""
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[64] x) => (float[A,B] f) <int64[1] rest = {-1}> {
        n = NonZero (x) a = Cast <to = 1> (n) s = Shape (a) b = Relu (a)
        c = Cast <to = 11> (b) d = Cast <to = 1> (c) t = Transpose (d) f = Reshape (t, s)
    }
    """
    model = small(text)
    for count in (40, 40, 50, 40):
        trace = model.run({"x": (np.arange(64) < count).astype(np.float32)})
        np.testing.assert_array_equal(trace["f"], np.arange(count)[None])


def test_rows_are_picked_by_other_indices_and_wrong_ones_named(player: Host) -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (int64[3] i, int64 j) => (float[3,40] c, float[40] f) {
        a = Gather (w, i) b = Relu (a) c = Relu (b) e = Gather (w, j) f = Relu (e)
    }
    """
    model = small(text)
    for i, j in (([3, 0, 7], 1), ([39, -40, -1], 5), ([0, 0, 0], -1)):
        trace = model.run({"i": np.array(i), "j": np.array(j)})
        np.testing.assert_array_equal(trace["a"], WEIGHTS[i])
        np.testing.assert_array_equal(trace["f"], np.maximum(WEIGHTS[j], 0))
    assert "replay" in player.calls
    for wrong in (40, -41, 1 << 40):
        with pytest.raises(tr.OperatorError, match=r'Gather "a": indices from .* size 40; w'):
            model.run({"i": np.array([0, wrong, 1]), "j": np.array(0)})
    player.calls.clear()
    np.testing.assert_array_equal(
        model.run({"i": np.arange(3), "j": np.array(0)})["a"], WEIGHTS[:3]
    )
    assert player.calls[0] == "replay"


def test_constant_nodes_within_a_row_keep_their_step(player: Host) -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[40] x) => (float[40,40] d) {
        a = Relu (x) v = Neg (w) b = Add (a, v) c = Relu (b) d = Add (c, v)
    }
    """
    model, feeds = small(text), {"x": np.arange(40, dtype=np.float32)}
    first, second = model.run(feeds), model.run(feeds)
    assert player.calls[-1] == "replay"
    check_same(second, first)
    assert second["v"] is first["v"]
    assert second.steps[1].seconds == 0


def test_much_work_stays_out(player: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensorama.engine.draft.NODE_WORK", 9 * 40)
    model = small()
    for _ in range(2):
        player.calls.clear()
        model.run(rows())
    assert player.calls == ["gemm", "replay"]


def test_long_rows_are_cut(player: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensorama.engine.draft.STRETCH_WORK", 2 * 64)
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[64] x) => (float[64] e) {
        a = Relu (x) b = Relu (a) c = Relu (b) d = Relu (c) e = Relu (d)
    }
    """
    model, feeds = small(text), {"x": np.arange(64, dtype=np.float32)}
    check_same(*reversed([model.run(feeds) for _ in range(2)]))
    assert player.calls[-3:] == ["replay", "replay", "relu"]


def test_blocks_are_small(player: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensorama.engine.draft.BLOCK_BYTES", 2 * 64 * 4)
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[64] x) => (float[64] e) { a = Relu (x) b = Relu (a) c = Relu (b) e = Relu (c) }
    """
    model, feeds = small(text), {"x": np.arange(64, dtype=np.float32)}
    trace = [model.run(feeds) for _ in range(2)][1]
    assert player.calls[-2:] == ["replay", "replay"]
    assert trace["e"].base.nbytes == 2 * 64 * 4


def test_what_gives_other_bits_is_never_used(player: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is tried before it is trusted: here the kernel plays something else."""
    true_player = player.player

    def wrong_player(program: Program) -> Play:
        play = true_player(program)

        def wrong(block: np.ndarray, coming: Sequence[tuple[int, np.ndarray]]) -> list[float]:
            times = play(block, coming)
            block[17] ^= 1
            return times

        return wrong

    monkeypatch.setattr(player, "player", wrong_player)
    model = small()
    for _ in range(2):
        player.calls.clear()
        check_same(model.run(rows()), small().run(rows()))
    assert "gemm" in player.calls
    assert not next(iter(replay._tapes[model.graph].values())).stretches


def test_a_kernel_does_not_play_what_was_made_for_another() -> None:
    model, computed = small(), []
    for relaxed in (False, False, True, True):
        with kernel.using(host(relaxed)):
            host(relaxed).calls.clear()
            model.run(rows())
            computed.append("gemm" in host(relaxed).calls)
    assert computed == [True, False, True, False]


@pytest.mark.usefixtures("player")
def test_nothing_keeps_a_model_that_nobody_holds() -> None:
    model = small()
    for _ in range(2):
        model.run(rows())
    graph = weakref.ref(model.graph)
    del model
    gc.collect()
    assert graph() is None


def test_without_a_kernel_nothing_is_kept() -> None:
    model = small()
    model.run(rows())
    assert model.graph not in replay._tapes


def test_every_function_can_be_played_and_its_work_counted(player: Host) -> None:
    names = [name for name in written_kernel(relaxed=False).exports if name != "replay"]
    assert sorted(names) == sorted(FUNCTIONS)
    model = small()
    ear = Recorder(player)
    with kernel.using(ear):
        engine.compute(model, model.graph.nodes[0], {"x": rows(9)["x"]})
    assert [work(name, arguments) for name, arguments in ear.calls] == [9 * 40 * 40]


def test_a_run_that_does_not_listen_leaves_it_to_the_next(player: Host) -> None:
    model = small()
    first = [s for s in engine.steps_with_pauses(model, rows(), listen=False) if s]
    for calls in (False, True):
        player.calls.clear()
        steps = [s for s in engine.steps_with_pauses(model, rows()) if s]
        assert (player.calls == ["replay"]) is calls
    for one, other in zip(first, steps, strict=True):
        assert all(same_bits(y, other.outputs[name]) for name, y in one.outputs.items())
