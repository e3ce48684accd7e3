"""Attention by the kernel under wasmtime gives what numpy gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.kernel_host import Host
from tensorama.engine import kernel
from tensorama.engine.contract import slices
from tensorama.engine.ops import attend, attention, fused_attention

RNG = np.random.default_rng(10)
Array = np.ndarray


def floats(*shape: int) -> Array:
    return RNG.standard_normal(shape, np.float32)


def both(operator: Any, *arguments: Any, **how: Any) -> dict[str, Array]:
    """What the kernel gives and records, after it was compared with what numpy does."""
    came, wanted = (outcome(operator, arguments, how, plain) for plain in (False, True))
    assert list(came) == list(wanted)
    for name in wanted:
        assert came[name].dtype == wanted[name].dtype
        np.testing.assert_allclose(came[name], wanted[name], rtol=1e-4, atol=1e-5, err_msg=name)
    return came


def outcome(operator: Any, arguments: Any, how: Any, plain: bool) -> dict[str, Array]:
    inside: dict[str, Array] = {}
    with np.errstate(all="ignore"), kernel.using(None if plain else kernel.active()):
        given = operator(*arguments, **how, record=inside.__setitem__)
    return {**{f"output {place}": value for place, value in enumerate(given)}, **inside}


CASES: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "plain": ((floats(2, 3, 5, 8), floats(2, 3, 7, 8), floats(2, 3, 7, 4)), {}),
    "causal": ((floats(2, 3, 5, 8), floats(2, 3, 5, 8), floats(2, 3, 5, 8)), {"is_causal": 1}),
    "shared heads": ((floats(1, 6, 5, 8), floats(1, 2, 7, 8), floats(1, 2, 7, 4)), {"scale": 0.3}),
    "one query": ((floats(1, 4, 1, 8), floats(1, 4, 9, 8), floats(1, 4, 9, 8)), {"is_causal": 1}),
    "joined heads": (
        (floats(2, 5, 12), floats(2, 7, 6), floats(2, 7, 4)),
        {"q_num_heads": 4, "kv_num_heads": 2},
    ),
    "turned": (tuple(floats(2, 5, 3, 8).swapaxes(1, 2) for _ in range(3)), {}),
    "rows that see nothing": (
        (floats(1, 2, 6, 4), floats(1, 2, 3, 4), floats(1, 2, 3, 4)),
        {"right_window_size": -1, "left_window_size": 1},
    ),
    "a mask": (
        (*(floats(2, 2, 4, 4) for _ in range(3)), RNG.random((2, 1, 4, 4)) > 0.4),
        {"is_causal": 1},
    ),
    "a bias": ((*(floats(2, 2, 4, 4) for _ in range(3)), floats(2, 4, 4)[:, None]), {}),
    "a bias of −∞": ((*(floats(1, 2, 4, 4) for _ in range(3)), np.full((4, 4), -np.inf)), {}),
    "a past": (tuple(floats(1, 2, t, 4) for t in (3, 3, 3, 0, 5, 5)), {"is_causal": 1}),
    "keys that count": (
        (*(floats(2, 2, 4, 4) for _ in range(3)), None, None, None, np.array([2, 4])),
        {"is_causal": 1},
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("block", [attend._BLOCK, 64], ids=["whole", "parts"])
def test_the_kernel_and_numpy_agree(
    case: str, block: int, player: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, how = CASES[case]
    given = [None if a is None or not a.size else a for a in arguments]
    if len(given) > 3 and given[3] is not None and given[3].dtype == np.float64:
        given[3] = given[3].astype(np.float32)
    wanted = attention.attention(*given, **how, outputs=1, record=dict[str, Array]().__setitem__)
    player.calls.clear()
    monkeypatch.setattr(attend, "_BLOCK", block)
    came = both(attention.attention, *given, **how, outputs=1)
    np.testing.assert_array_equal(came["output 0"], wanted[0])  # in parts the same bits
    assert "softmax" in player.calls
    assert "mul" in player.calls


def test_many_heads_pause_between_them(player: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    q = floats(40, 3, 5, 4)
    how = {"outputs": 1, "record": dict[str, Array]().__setitem__}
    wanted = attention.attention(q, q, q, **how)[0]
    monkeypatch.setattr(slices, "SLICE_SECONDS", 1e-6)
    monkeypatch.setattr(attend, "_BLOCK", 4 * 5 * 5 * 6)
    work = attention.attention.slices(q, q, q, **how)  # type: ignore[attr-defined]
    pauses = 0
    while True:
        try:
            next(work)
        except StopIteration as stop:
            np.testing.assert_array_equal(stop.value[0], wanted)
            break
        pauses += 1
    assert pauses >= 20  # two of the forty rows at a time
    assert player.calls.count("softmax") >= 20


def test_what_the_kernel_does_not_know_goes_the_other_way(player: Host) -> None:
    q, k, v = (floats(1, 2, 4, 8) for _ in range(3))
    both(attention.attention, q, k, v, softcap=2.0, outputs=1)
    both(attention.attention, q, k, v, qk_matmul_output_mode=0, outputs=4)
    both(attention.attention, *(a.astype(np.float64) for a in (q, k, v)), outputs=1)
    assert "mul" not in player.calls


def test_hidden_keys_may_hold_anything(player: Host) -> None:
    q, k, v = (floats(1, 1, 3, 4) for _ in range(3))
    k[0, 0, 2] = np.nan
    mask = np.array([True, True, False])[None]
    came = both(attention.attention, q, k, v, mask, outputs=1)
    assert np.isneginf(came["scores"][..., 2]).all()
    assert not np.isnan(came["output 0"]).any()
    assert "shown" in player.calls


def test_the_operators_of_onnxruntime(player: Host) -> None:
    x, mask = floats(2, 5, 12), np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)
    k, v = floats(2, 5, 12), floats(2, 5, 12)
    many = fused_attention.multi_head_attention
    both(many, x, k, v, num_heads=3)
    both(many, x, k, v, floats(36), mask, num_heads=3, unidirectional=1)
    both(many, floats(2, 5, 3, 3, 4), num_heads=3)
    both(fused_attention.attention_with_weights, x, floats(12, 36), floats(36), mask, num_heads=3)
    ends, total = np.array([4, 4], np.int32), np.array(5, np.int32)
    both(fused_attention.group_query_attention, x, k[..., :4], v[..., :4], None, None, ends, total,
         num_heads=3, kv_num_heads=1)  # fmt: skip
    assert player.calls.count("softmax") == 5
