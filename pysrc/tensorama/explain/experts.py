"""Mixtures of experts: the few small networks that a router chose, and what each adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.attentions import wide
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.few_bits import bits_of
from tensorama.explain.movement import unworked
from tensorama.explain.quantised import MICROSOFT, all_of, written
from tensorama.explain.squashes import gelu, sigmoid, silu
from tensorama.phrases import phrase

Array = np.ndarray
_BENDS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "gelu": gelu,
    "silu": silu,
    "identity": lambda x: x,
}


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Where weights and biases of the layers stand; of stored ones scales and zero points."""

    weights: tuple[int, int, int]
    biases: tuple[int, int, int]
    scales: tuple[int, int, int] | None = None
    zeros: tuple[int, int, int] | None = None


_PLAIN = _Inputs((2, 4, 6), (3, 5, 7))
_ZEROS = 12  # of the second layer: packed along its rows
_STORED = _Inputs((2, 5, 8), (4, 7, 10), (3, 6, 9), (11, 12, 13))


@declares("MoE", "QMoE", domain=MICROSOFT, parts=("gates",))
def mixture(cell: Cell) -> Account:
    """Σ over the chosen experts of their answer times their gate; or one of the gates."""
    shape = cell.shape(0)
    if cell.part:
        token, expert = cell.at
    else:
        token = cell.at[0] if len(shape) == 2 else cell.at[0] * shape[1] + cell.at[1]
    router = all_of(cell, 1, "scores", [token])
    lead = cell.at[:-1] if not cell.part else tuple(np.unravel_index(token, shape[:-1]))
    x = all_of(cell, 0, "token", list(lead))
    routers = [router]
    if cell.op == "QMoE" and cell.has(14):
        routers.append(all_of(cell, 14, "router weights", [token]))
    if cell.part and cell.one:
        of = _gate(cell, router, *_gates(cell, int(token)), int(expert))
        return replace(of, operands=routers)
    learned = [] if cell.part else _learned(cell, token, cell.at[-1])
    if not cell.one:
        return Account(routers if cell.part else [x, *routers, *learned], unworked, "experts")
    gates, order = _gates(cell, int(token))
    of = _answer(cell, int(token), int(cell.at[-1]), x, router, gates, order)
    return replace(of, operands=[*of.operands, *routers[1:], *learned])


def _learned(cell: Cell, token: np.ndarray, place: np.ndarray) -> list[Operand]:
    """All that the chosen experts know and that has a say: weights, biases, scales."""
    where = _PLAIN if cell.op == "MoE" else _STORED
    tokens = np.asarray(token)
    chosen = [_gates(cell, int(t))[1] for t in tokens.reshape(-1)]
    experts = np.array(chosen).reshape((*tokens.shape, -1))
    made = []
    for layer, name in enumerate(("first layer", "second layer", "gating layer")):
        inputs = (where.weights, where.biases, where.scales, where.zeros)
        for position in (group[layer] for group in inputs if group):
            if cell.has(position):
                row = place if layer == 1 and position != _ZEROS else None
                made.append(_of_experts(cell, position, name, experts, row))
    return made


def _of_experts(
    cell: Cell, position: int, role: str, experts: np.ndarray, row: np.ndarray | None
) -> Operand:
    """What an input holds of some experts for each cell; of their second layer one row of it."""
    fixed = [experts]
    if row is not None:
        fixed.append(np.broadcast_to(np.asarray(row)[..., None], experts.shape))
    rest = cell.shape(position)[len(fixed) :]
    many, rank = len(rest), experts.ndim
    first = [part.reshape(part.shape + (1,) * many) for part in fixed]
    axes = [
        np.arange(size).reshape((1,) * (rank + n) + (-1,) + (1,) * (many - n - 1))
        for n, size in enumerate(rest)
    ]
    return Operand(position, (*first, *axes), role)


def _gates(cell: Cell, token: int) -> tuple[Array, list[int]]:
    """The shares of all experts for a token, and the chosen ones, the best first."""
    given, scores = cell.attributes, wide(cell.inputs[1])[token]
    order = np.argsort(-scores, kind="stable")[: int(given["k"])].tolist()
    own = cell.op == "QMoE" and cell.has(14)
    powers = np.exp(scores - scores.max())
    shares = wide(cell.inputs[14])[token] if own else powers / powers.sum()
    if given["normalize_routing_weights"] if cell.op == "MoE" or own else True:
        shares = shares / shares[order].sum()
    gates = np.zeros(len(scores))
    gates[order] = shares[order]
    return gates, order


def _gate(cell: Cell, router: Operand, gates: Array, order: list[int], expert: int) -> Account:
    def work(values: Values) -> Worked:
        chosen = expert in order
        said = Said(
            "The router ranks expert {expert} as number {rank}: it gets {percent} % of a say."
            if chosen else "The router prefers {count} others to expert {expert}: it is not asked.",
            {"expert": expert, "count": len(order), "percent": m.percent(gates[expert]),
             "rank": order.index(expert) + 1 if chosen else ""},
        )  # fmt: skip
        shares = np.zeros(len(gates))
        shares[expert] = gates[expert]
        scores = np.asarray(values(router), float)
        powers = np.exp(scores - scores.max())
        terms = [Terms((router,), shares, "scores", powers / powers.sum())]
        return Worked([Stage("gate", np.float64(gates[expert]))], terms, said,
                      m.call("softmax", m.name("x")))  # fmt: skip

    return Account([router], work, "softmax")


def _answer(
    cell: Cell, token: int, place: int, x: Operand, router: Operand, gates: Array, order: list[int]
) -> Account:
    where = _PLAIN if cell.op == "MoE" else _STORED
    row = wide(cell.inputs[0]).reshape(-1, cell.shape(0)[-1])[token]
    inner = np.stack([_inner(cell, where, expert, row) for expert in order])
    second = [_weights(cell, where, 1, expert)[place] for expert in order]
    experts = np.array(order)[:, None]
    units = np.arange(inner.shape[1])[None]
    gate = Operand(cell.inner("gates"), (np.full_like(experts, token), experts), "gate")
    each = 1
    if where.scales is not None:
        each = 8 // _bits(cell, 1)
    weight = Operand(where.weights[1], (experts, np.full_like(experts, place), units // each),
                     "weights")  # fmt: skip
    own = gates[order][:, None]
    shares = own * inner * np.stack(second)
    terms = [Terms((gate, weight), shares, "experts")]
    position = where.biases[1]
    answers = (inner * np.stack(second)).sum(axis=1)
    if cell.has(position):
        at = (np.array(order), np.full(len(order), place))
        bias = wide(cell.inputs[position])[at]
        answers = answers + bias
        terms.append(Terms((Operand(position, at, "bias"),), gates[order] * bias, "bias"))
    size = np.abs(row)
    terms.append(Terms((x,), np.zeros(size.shape), "token", size))
    value = np.float64((gates[order] * answers).sum())

    def work(values: Values) -> Worked:
        said = Said(
            "{count} of {all} experts were asked; number {best} says {answer} and has {percent} %.",
            {"count": len(order), "all": len(gates), "best": order[0],
             "percent": m.percent(gates[order[0]]), **written(answer=answers[0])},
        )  # fmt: skip
        stages = [
            Stage(phrase("expert {number}", number=e), np.float64(a))
            for e, a in zip(order, answers, strict=True)
        ]
        formula = m.total("e", m.row(m.name("g", "e"), m.op("·"), m.call("expert", m.name("x"))))
        return Worked([*stages[:4], Stage("mixed", value)], terms, said, formula)

    return Account([gate, weight, x, router], work, "experts")


def _bits(cell: Cell, layer: int) -> int:
    own = cell.attributes[f"fc{layer + 1}_expert_weight_bits"]
    return int(own or cell.attributes["expert_weight_bits"])


def _weights(cell: Cell, where: _Inputs, layer: int, expert: int) -> Array:
    """The weights of a layer of an expert: (N,K)."""
    stored = cell.array(where.weights[layer])[expert]
    if where.scales is None or where.zeros is None:
        return wide(stored)
    bits = _bits(cell, layer)
    each = 8 // bits
    rows, columns = len(stored), stored.shape[1] * each
    along = np.arange(columns)
    codes = bits_of(stored[:, along // each].astype(np.int64), along % each, bits).astype(float)
    block = int(cell.attributes["block_size"]) or max(1, columns)
    blocks = -(-columns // block)
    scales = wide(cell.inputs[where.scales[layer]]).reshape(-1, rows, blocks)[expert]
    zero: Any = float(1 << bits - 1)
    if cell.has(where.zeros[layer]):
        packed = cell.array(where.zeros[layer])[expert].astype(np.int64)
        if packed.ndim == 1:  # one for each row, packed along the rows
            place = np.arange(rows)
            zero = bits_of(packed[place // each], place % each, bits)[:, None].astype(float)
        else:
            place = along // block
            zero = bits_of(packed[:, place // each], place % each, bits).astype(float)
    return np.asarray((codes - zero) * scales[:, along // block])


def _inner(cell: Cell, where: _Inputs, expert: int, row: Array) -> Array:
    """What the units in the middle of an expert say."""
    given = cell.attributes

    def layer(number: int) -> Array:
        y = _weights(cell, where, number, expert) @ row
        position = where.biases[number]
        return y + wide(cell.inputs[position])[expert] if cell.has(position) else y

    first, third = layer(0), layer(2) if cell.has(where.weights[2]) else None
    if given["activation_type"] != "swiglu":
        bent = _BENDS[given["activation_type"]](first)
        return bent if third is None else bent * third
    if given["swiglu_fusion"] == 1:
        gate, straight = first[0::2], first[1::2]
    elif given["swiglu_fusion"] == 2:
        gate, straight = np.split(first, 2)
    else:
        assert third is not None
        gate, straight = first, third
    if given["swiglu_limit"] is not None:
        limit = float(given["swiglu_limit"])
        gate, straight = np.minimum(gate, limit), np.clip(straight, -limit, limit)
    alpha, beta = float(given["activation_alpha"]), float(given["activation_beta"])
    return np.asarray(gate * sigmoid(alpha * gate) * (straight + beta))


@declares("MoEGroupRouter", domain=MICROSOFT)
def routed(cell: Cell) -> Account:
    """The score of an expert, if its group and then it itself are among the best."""
    given, count = cell.attributes, cell.shape(0)[-1]
    token, expert = cell.at
    lead = np.unravel_index(token, cell.shape(0)[:-1]) if len(cell.shape(0)) > 1 else ()
    row = all_of(cell, 0, "scores", list(lead))
    own = Operand(0, (*lead, expert), "score")
    bias, biases = Operand(1, (expert,), "bias"), all_of(cell, 1, "biases")
    if not cell.one:
        return Account([own, row, bias, biases], unworked, "experts")

    def work(values: Values) -> Worked:
        share = np.float64(sigmoid(values(own)))
        numbers = {"expert": int(expert), **written(share=share)}
        formula = m.call("σ", m.name("x"))
        if cell.output:
            value = share + values(bias) if cell.output == 1 else share
            said = Said("Expert {expert} is wanted by {share}, before others are looked at.",
                        numbers)  # fmt: skip
            terms = [Terms((own,), np.asarray(share), "score")]
            if cell.output == 1:
                terms.append(Terms((bias,), np.asarray(values(bias)), "bias"))
            return Worked([Stage("share", share), Stage("score", value)], terms, said, formula)
        scores = sigmoid(np.asarray(values(row), float)) + np.asarray(values(biases), float)
        groups = scores.reshape(int(given["n_group"]), -1)
        strength = -np.sort(-groups, axis=1)[:, : int(given["group_topk"])].sum(axis=1)
        best = np.argsort(-strength, kind="stable")[: int(given["topk_group"])]
        group = int(expert) // groups.shape[1]
        within = np.where(np.isin(np.arange(count) // groups.shape[1], best), scores, -np.inf)
        chosen = np.argsort(-within, kind="stable")[: int(given["top_k"])].tolist()
        asked = int(expert) in chosen
        value = np.log(max(share, 1e-20)) if asked else float(given["router_sentinel"])
        text = "Expert {expert} is chosen: its share {share}, as a logarithm, is what it counts."
        if not asked:
            text = (
                "Expert {expert} is not chosen: others of its group are better."
                if group in best else "Expert {expert} is not chosen: its group is too weak."
            )  # fmt: skip
        terms = [Terms((own,), np.asarray(value), "score", np.asarray(share))]
        stages = [Stage("share", share), Stage("chosen" if asked else "left out", value)]
        return Worked(stages, terms, Said(text, numbers), m.call("log", formula))

    return Account([own, row, bias, biases], work, "experts")
