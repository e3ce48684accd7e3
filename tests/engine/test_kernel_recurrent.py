"""Sequences through the kernel under wasmtime: what its smaller functions give step by step."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from engine.kernel_host import Host, host
from engine.test_kernel_products import dots_in_order, in_order
from tensorama.engine import kernel
from tensorama.engine.contract import slices
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel import cells, recurrent, spare
from tensorama.engine.ops.recurrent import gru, lstm, rnn
from tensorama_build.kernel.recurrent import MANY

RNG = np.random.default_rng(9)
Array = np.ndarray
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
OPERATORS = {"rnn": rnn, "gru": gru, "lstm": lstm}
SIZES = [(3, 1, 5, 7), (4, 3, 6, 4), (2, MANY, 3, 18), (1, 2, 1, 1), (5, MANY + 1, 20, 33)]
NAMES = pytest.mark.parametrize("name", GATES)
DIRECTIONS = pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])


def floats(*shape: int) -> Array:
    return RNG.standard_normal(shape, np.float32) * np.float32(0.4)


def inputs(
    name: str, sizes: tuple[int, int, int, int], direction: str, bias: bool = True
) -> list[Any]:
    """x, w, r, b, no lengths, the first states."""
    steps, batch, width, hidden = sizes
    ways, gates = 1 + (direction == "bidirectional"), GATES[name]
    states = [floats(ways, batch, hidden) for _ in range(1 + (name == "lstm"))]
    return [
        floats(steps, batch, width), floats(ways, gates * hidden, width),
        floats(ways, gates * hidden, hidden), floats(ways, 2 * gates * hidden) if bias else None,
        None, *states,
    ]  # fmt: skip


def run(name: str, arguments: list[Any], **how: Any) -> dict[str, Array]:
    """What an operator gives and what it records."""
    inside: dict[str, Array] = {}
    given = OPERATORS[name](*arguments, **how, record=inside.__setitem__)
    return {**dict(zip(("y", "y_h", "y_c"), given, strict=False)), **inside}


def bend(name: str, x: Array) -> Array:
    x = np.ascontiguousarray(x)
    y = np.empty_like(x)
    host(relaxed=False).call(name, x, y, x.size)
    return y


def state_product(state: Array, r: Array) -> Array:
    """state (N,H) times rows of R: few sequences one by one, many packed."""
    if len(state) >= MANY:
        return in_order(state, r.T)
    return np.stack([dots_in_order(r, row) for row in state])


def by_hand(name: str, arguments: list[Any], backward: bool, linear: int) -> dict[str, list[Array]]:
    """One direction in float32, in the kernel's order of summation."""
    x, (w,), (r,), (b,), _, *states = arguments
    h, c = states[0][0], states[-1][0]
    wb, rb, size = b[: len(w)], b[len(w) :], r.shape[1]
    made: dict[str, list[Array]] = {}
    for xt in x[::-1] if backward else x:
        wx = in_order(xt, w.T) + wb

        def gate(number: int, wx: Array = wx, h: Array = h) -> Array:
            part = slice(number * size, number * size + size)
            return wx[:, part] + (state_product(h, r[part]) + rb[part])

        if name == "rnn":
            h = bend("tanh", gate(0))
            kept = {}
        elif name == "lstm":
            i, o, k = (bend("sigmoid", gate(number)) for number in range(3))
            g = bend("tanh", gate(3))
            c = k * c + i * g
            h = o * bend("tanh", c)
            kept = {"input_gate": i, "output_gate": o, "forget_gate": k, "candidate": g, "cell": c}
        else:
            z, q = (bend("sigmoid", gate(number)) for number in range(2))
            part = slice(2 * size, None)
            added = state_product(h if linear else q * h, r[part]) + rb[part]
            g = bend("tanh", wx[:, part] + (q * added if linear else added))
            h = (1 - z) * g + z * h
            kept = {"update_gate": z, "reset_gate": q, "candidate": g}
        for key, value in {"y": h, **kept}.items():
            made.setdefault(key, []).append(value)
    return {key: values[::-1] if backward else values for key, values in made.items()}


@NAMES
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_step_in_the_same_order_of_summation(
    name: str, sizes: tuple[int, int, int, int]
) -> None:
    for backward, linear in product([False, True], [0, 1] if name == "gru" else [0]):
        direction = "reverse" if backward else "forward"
        arguments = inputs(name, sizes, direction)
        how = {"linear_before_reset": linear} if name == "gru" else {}
        with kernel.using(host(relaxed=False)):
            came = run(name, arguments, direction=direction, **how)
        wanted = by_hand(name, arguments, backward, linear)
        assert wanted.keys() <= came.keys()
        for key, values in wanted.items():
            np.testing.assert_array_equal(came[key][:, 0], np.stack(values), key)
        last = 0 if backward else -1
        np.testing.assert_array_equal(came["y_h"][0], wanted["y"][last])
        if name == "lstm":
            np.testing.assert_array_equal(came["y_c"][0], wanted["cell"][last])


@NAMES
@DIRECTIONS
@pytest.mark.parametrize("bias", [True, False])
def test_the_kernel_and_numpy_agree(name: str, direction: str, bias: bool, player: Host) -> None:
    hows: list[dict[str, Any]] = [{}, {"layout": 1}]
    if name == "gru":
        hows.append({"linear_before_reset": 1})
    for sizes, how in product(SIZES, hows):
        arguments = inputs(name, sizes, direction, bias)
        if how.get("layout"):
            arguments = [a if a is None else a.swapaxes(0, 1) for a in arguments]
            arguments[1:4] = [None if a is None else a.swapaxes(0, 1) for a in arguments[1:4]]
        for given in (arguments, arguments[:5]):  # with first states and without
            came = run(name, given, direction=direction, **how)
            with kernel.using(None):
                wanted = run(name, given, direction=direction, **how)
            assert list(came) == list(wanted)
            for key in wanted:
                assert came[key].dtype == wanted[key].dtype == np.float32
                np.testing.assert_allclose(came[key], wanted[key], rtol=2e-5, atol=1e-5)
    assert name in player.calls
    assert set(player.calls) <= {"gemm", "add", "copy", name}


@NAMES
def test_pieces_change_no_bit(name: str, player: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = inputs(name, (23, 2, 5, 6), "bidirectional")
    arguments[0] = arguments[0][:, ::-1]
    wanted = run(name, arguments, direction="bidirectional")
    player.calls.clear()
    monkeypatch.setattr(slices, "SLICE_SECONDS", 1e-5)
    monkeypatch.setattr(recurrent, "_products", Pace(1e8))
    work = OPERATORS[name].slices(  # type: ignore[attr-defined]
        *arguments, direction="bidirectional", record=(inside := {}).__setitem__
    )
    pauses = 0
    while True:
        try:
            next(work)
        except StopIteration as stop:
            came = stop.value
            break
        kernel.active().scratch.fill(np.nan)  # type: ignore[union-attr]  # others run meanwhile
        pauses += 1
    assert pauses > 4
    assert player.calls.count(name) > 4
    for one, other in zip((*came, *inside.values()), wanted.values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_the_kernel_does_not_know_goes_the_other_way(player: Host) -> None:
    arguments = inputs("lstm", (3, 2, 4, 16), "forward")
    peephole = floats(1, 48)
    hows: list[dict[str, Any]] = [
        {"activations": ["Relu", "Tanh", "Tanh"]}, {"clip": 0.5}, {"input_forget": 1}, {}
    ]  # fmt: skip
    lengths = [None, None, None, np.array([3, 2])]
    for how, length in zip(hows, lengths, strict=True):
        given = [*arguments]
        given[4] = length
        came = run("lstm", given, **how)
        with kernel.using(None):
            wanted = run("lstm", given, **how)
        for key in wanted:
            np.testing.assert_allclose(came[key], wanted[key], rtol=2e-5, atol=1e-5)
    run("lstm", [*arguments, peephole])
    assert "lstm" not in player.calls
    wide = [a if a is None else a.astype(np.float64) for a in arguments]
    assert run("lstm", wide)["y"].dtype == np.float64
    run("lstm", arguments, activations=["sigmoid", "tanh", "tanh"])
    assert player.calls.count("lstm") == 1


def test_room_that_is_too_small_is_made(player: Host) -> None:
    assert np.shares_memory(spare(player, 100), player.scratch)
    assert not np.shares_memory(spare(player, recurrent.ROOM + 1), player.scratch)
    arguments = inputs("rnn", (2, 700, 3, 90), "forward")
    came = run("rnn", arguments)
    with kernel.using(None):
        np.testing.assert_allclose(came["y"], run("rnn", arguments)["y"], rtol=2e-5, atol=1e-5)
    assert player.calls.count("rnn") == 2
    assert cells.straightened(floats(2, 3)) is not None
