"""Memories of fixed size: linear attention, which writes keys and values into a matrix and reads it
with queries; and convolutions that see only what came before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.attentions import wide
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.heads import split
from tensorama.explain.movement import copied, unworked
from tensorama.explain.quantised import MICROSOFT, all_of, written
from tensorama.explain.squashes import sigmoid, silu, softplus
from tensorama.phrases import phrase

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Memory:
    """One column of a matrix as it is written step by step: (T,E) keys, (T) values, and so on.

    kept: what remains of each row at a step, None for all. rate: how much of what is new is
    written, None where no step corrects what is known.
    """

    keys: Array
    values: Array
    kept: Array | None
    rate: Array | None
    start: Array

    def writes(self) -> Array:
        """What each step writes along its key."""
        state, made = self.start.copy(), np.zeros(len(self.values))
        for t, (key, value) in enumerate(zip(self.keys, self.values, strict=True)):
            if self.kept is not None:
                state = state * self.kept[t]
            made[t] = value if self.rate is None else self.rate[t] * (value - key @ state)
            state = state + key * made[t]
        return made

    def read(self, query: Array) -> tuple[Array, Array]:
        """What a query reads after the last step: of each step's writing, and of the start."""
        writes, shares, asked = self.writes(), np.zeros(len(self.values)), query.copy()
        for t in reversed(range(len(self.values))):
            shares[t] = asked @ self.keys[t] * writes[t]
            if self.kept is not None:
                asked = asked * self.kept[t]
        return shares, asked * self.start


def told(
    memory: Memory, query: Array, value: Operand, start: Operand | None, queries: Operand | None,
    others: Sequence[Operand], what: str,
) -> Account:  # fmt: skip
    """The account of what is read."""
    shares, begun = memory.read(query)
    result = np.float64(shares.sum() + begun.sum())
    terms = [Terms((value,), shares, "written")]
    if start is not None:
        terms.append(Terms((start,), begun, "state at the start"))
    if queries is not None:
        size = np.abs(query)
        terms.append(Terms((queries,), np.zeros(size.shape), "query", size))
    best = int(np.abs(shares).argmax()) if shares.size else 0
    numbers: dict[str, Any] = {"last": len(shares) - 1, "best": best}
    numbers |= written(share=shares[best] if shares.size else 0)
    said = Said(
        "{what} holds what the steps up to {last} wrote; step {best} added most, {share}.",
        {"what": phrase(what), **numbers},
    )
    formula = m.total("t", m.row(m.op("("), m.name("q"), m.op("·"), m.name("k", "t"), m.op(")"),
                      m.op("·"), m.name("v", "t")))  # fmt: skip
    operands = [o for term in terms for o in term.operands]
    return Account([*operands, *others], lambda values: Worked(
        [Stage("read", result)], terms, said, formula), "memory")  # fmt: skip


@declares("LinearAttention", parts=("state",))
@declares("LinearAttention", domain=MICROSOFT, parts=("state",))
def linear_attention(cell: Cell) -> Account:
    """What a query reads of the matrix, or a cell of the matrix after the last step."""
    names = ("queries", "keys", "values", "state at the start", "decay", "rate")
    every = [all_of(cell, p, name, [cell.at[0]]) for p, name in enumerate(names) if cell.has(p)]
    if not cell.one:
        return Account(every, unworked, "memory")
    given = cell.attributes
    heads, groups = int(given["q_num_heads"]), int(given["kv_num_heads"])
    rule = given["update_rule"]
    q = split(wide(cell.inputs[0]), heads)
    v = split(wide(cell.inputs[2]), groups)
    k = split(wide(cell.inputs[1]), cell.shape(1)[2] // q.shape[3])
    steps, e, width = q.shape[2], q.shape[3], v.shape[3]
    n = int(cell.at[0])
    state = cell.part == "state" or cell.output == 1
    if state:
        g, row, column = (int(i) for i in cell.at[1:])
        last, query, queries = steps, np.zeros(e), None
        query[row] = 1
        what = "The memory"
    else:
        t, joined = int(cell.at[1]), int(cell.at[2])
        h, column = divmod(joined, width)
        most = max(heads, groups)
        g, asking = h // (most // groups), h // (most // heads)
        last = t + 1
        query = q[n, asking, t] * (float(given["scale"]) or 1 / math.sqrt(e))
        queries = Operand(0, (np.full(e, n), np.full(e, t), asking * e + np.arange(e)), "query")
        what = "The memory that this query reads"
    along = np.arange(last)
    keys = k[n, g * k.shape[1] // groups, :last]
    kept = rate = None
    if rule in ("gated", "gated_delta"):
        decay = split(wide(cell.inputs[4]), groups)[n, g, :last]
        kept = np.exp(np.broadcast_to(decay, (last, e)))
    if rule in ("delta", "gated_delta"):
        beta = wide(cell.inputs[5])[n, :last]
        rate = beta[:, g if beta.shape[1] > 1 else 0]
    start = np.zeros(e)
    begun = None
    if cell.has(3):
        start = wide(cell.inputs[3])[n, g, :, column]
        rows = np.arange(e)
        begun = Operand(3, (np.full(e, n), np.full(e, g), rows, np.full(e, column)), "start")
    place = g * width + column
    value = Operand(2, (np.full(last, n), along, np.full(last, place)), "value")
    memory = Memory(keys, v[n, g, :last, column], kept, rate, start)
    return told(memory, query, value, begun, queries, every, what)


@declares("GatedDeltaNet", domain=MICROSOFT, parts=("state",))
def delta_net(cell: Cell) -> Account:
    """The same for texts that are joined token after token."""
    every = [all_of(cell, p, "input") for p in range(len(cell.inputs)) if cell.has(p)]
    if not cell.one:
        return Account(every, unworked, "memory")
    net = _Net(cell)
    if cell.part == "state" or cell.output == 1:
        text, g, column, row = (int(i) for i in cell.at)
        query, queries = np.zeros(net.width), None
        query[row] = 1
        last, what = net.bounds[text + 1], "The memory"
    else:
        *lead, g, column = (int(i) for i in cell.at)
        token = lead[0] if len(lead) == 1 else lead[0] * cell.shape(0)[1] + lead[1]
        text = int(np.searchsorted(net.bounds[1:], token, side="right"))
        last, what = token + 1, "The memory that this query reads"
        query = net.query(token, g) * net.scale
        queries = net.cells(0, np.full(net.width, token), net.head(g), np.arange(net.width))
    first = net.bounds[text]
    along = np.arange(first, last)
    value = net.cells(2, along, g, np.full(len(along), column))
    start, begun = np.zeros(net.width), None
    if cell.has(6):
        start = wide(cell.inputs[6])[text, g, column]
        rows = np.arange(net.width)
        fixed = (np.full(net.width, i) for i in (text, g, column))
        begun = Operand(6, (*fixed, rows), "start")
    return told(
        net.memory(g, column, first, last, start), query, value, begun, queries, every, what
    )


class _Net:
    """The inputs of a GatedDeltaNet, token by token."""

    def __init__(self, cell: Cell) -> None:
        self.cell, given = cell, cell.attributes
        self.packed = not cell.has(1)
        if self.packed:
            self.groups, self.out, self.width = cell.shape(6)[1:]
            x = wide(cell.inputs[0]).reshape(-1, cell.shape(0)[-1])
            rest = x.shape[1] - self.groups * self.out
            self.starts = (0, rest // 2, rest)
            self.q, self.k = (x[:, b : b + rest // 2].reshape(len(x), -1, self.width)
                              for b in (0, rest // 2))  # fmt: skip
            self.v = x[:, rest:].reshape(len(x), self.groups, self.out)
        else:
            self.q, self.k, self.v = (
                wide(cell.inputs[p]).reshape(-1, *cell.shape(p)[-2:]) for p in range(3)
            )
            self.groups, self.out, self.width = *self.v.shape[1:], self.q.shape[2]
        if given["qk_l2_norm"]:
            self.q, self.k = (
                x / np.sqrt(np.square(x).sum(axis=-1, keepdims=True) + 1e-6)
                for x in (self.q, self.k)
            )
        tokens = len(self.q)
        if cell.has(3):
            self.bounds = [int(place) for place in np.ravel(cell.array(3))]
        else:
            count = cell.shape(6)[0]
            self.bounds = [tokens // count * i for i in range(count + 1)]
        self.scale = float(given["scale"]) or 1 / math.sqrt(max(1, self.width))

    def head(self, g: int) -> int:
        """The head of queries and keys that belongs to one of the values."""
        return g // (self.groups // self.q.shape[1])

    def query(self, token: int, g: int) -> Array:
        return np.asarray(self.q[token, self.head(g)])

    def cells(self, position: int, tokens: Array, g: int, e: Array) -> Operand:
        """Cells of queries (0) or values (2)."""
        role = "query" if position == 0 else "value"
        shape = self.cell.shape(0 if self.packed else position)
        rank = len(shape) - (1 if self.packed else 2)
        lead = np.unravel_index(tokens, shape[:rank])
        if self.packed:
            width = self.width if position == 0 else self.out
            return Operand(0, (*lead, self.starts[position] + g * width + e), role)
        return Operand(position, (*lead, np.full(np.shape(e), g), e), role)

    def memory(self, g: int, column: int, first: int, last: int, start: Array) -> Memory:
        """The column that is read, of the text of these tokens."""
        rule, part = self.cell.attributes["update_rule"], slice(first, last)
        kept = rate = None
        if rule in ("gated", "gated_delta"):
            kept = self._kept(g)[part]
        if rule in ("delta", "gated_delta"):
            rate = wide(self.cell.inputs[5]).reshape(-1, self.groups)[part, g]
            if self.cell.attributes["beta_activation"] == "sigmoid":
                rate = sigmoid(rate)
        keys = self.k[part, self.head(g)]
        return Memory(keys, self.v[part, g, column], kept, rate, start)

    def _kept(self, g: int) -> Array:
        given, cell = self.cell.attributes, self.cell
        raw = wide(cell.inputs[4]).reshape(len(self.q), self.groups, -1)[:, g]
        kind = given["gate_activation"]
        if kind != "none":
            strength = math.exp(float(np.ravel(wide(cell.inputs[7]))[g]))
            if cell.has(8):
                raw = raw + wide(cell.inputs[8]).reshape(self.groups, -1)[g]
            if kind in ("sigmoid", "kda"):
                raw = float(given["gate_lower_bound"]) * sigmoid(strength * raw)
            else:
                raw = -strength * softplus(raw)
        return np.exp(np.broadcast_to(raw, (len(raw), self.width)))


@declares("CausalConvWithState")
@declares("CausalConvWithState", domain=MICROSOFT)
def causal(cell: Cell) -> Account:
    """The last values of a channel, each times its weight; or what is handed on of them."""
    given = cell.attributes
    last, gap = bool(given.get("channels_last", 0)), int(given.get("dilation", 1))
    kernel = cell.shape(1)[2]
    carried = (kernel - 1) * gap
    tail = cell.shape(0)[2:] if last else ()
    n, first, *rest = cell.at
    c, t = (_joined(rest, tail), first) if last else (first, rest[0])
    steps = cell.shape(0)[1 if last else 2]

    def of(position: int, n: Any, c: Any, t: Any, role: str, there: Any) -> Operand:
        length = steps if position == 0 else carried
        place = np.clip(t, 0, max(0, length - 1))
        index = (n, place, *np.unravel_index(c, tail)) if last else (n, c, place)
        inside = (there, *[np.asarray(True)] * (len(index) - 1))
        return Operand(position, tuple(map(np.asarray, index)), role, inside)

    if cell.output == 1:
        return _handed(cell, of, n, c, t + steps, carried)
    (wn, *more), (along,) = cell.spread(kernel)
    wc = _joined(more[1:], tail) if last else more[0]
    wt = more[0] if last else more[1]
    at = wt + along * gap - carried  # where it lies in x; before it, in the past
    weight = Operand(1, (wc, np.zeros_like(wc), along), "weights")
    x = of(0, wn, wc, at, "x", at >= 0)
    operands = [x, weight]
    past = None
    if cell.has(3) and carried:
        past = of(3, wn, wc, at + carried, "past", at < 0)
        operands.append(past)
    bias = [Operand(2, (c,), "bias")] if cell.has(2) else []

    def work(values: Values) -> Worked:
        weights = values(weight)
        terms = [Terms((x, weight), np.where(x.there, values(x), 0) * weights, "x")]
        if past is not None:
            share = np.where(past.there, values(past), 0) * weights
            terms.append(Terms((past, weight), share, "past"))
        terms += [Terms((o,), np.asarray(values(o)), "bias") for o in bias]
        sums = np.float64(sum(term.share.sum() for term in terms))
        stages = [Stage("sum", sums)]
        if given["activation"] != "none":
            stages.append(Stage("silu", np.float64(silu(sums))))
        said = Said(
            "Channel {channel} at step {step} mixes its own last {count} values to {sum}; what "
            "comes later is not seen.",
            {"channel": int(c), "step": int(t), "count": kernel, **written(sum=sums)},
        )  # fmt: skip
        formula = m.total("k", m.row(m.name("w", "k"), m.op("·"), m.name("x", "t−k")))
        return Worked(stages, terms, said, formula)

    return Account([*operands, *bias], work, "products")


def _joined(parts: Sequence[Any], tail: Sequence[int]) -> Any:
    """The number of a channel whose index has several axes."""
    number: Any = 0
    for part, size in zip(parts, tail, strict=True):
        number = number * size + part
    return number


def _handed(cell: Cell, of: Any, n: Any, c: Any, t: Any, carried: int) -> Account:
    """A cell of what is handed on: the last values of x, or of what came before it."""
    fresh = t >= carried
    x = of(0, n, c, t - carried, "x", np.asarray(True) if cell.one else fresh)
    if not cell.one:
        operands = [x] + ([of(3, n, c, t, "past", ~fresh)] if cell.has(3) else [])
        return Account(operands, unworked, "movement")
    if fresh:
        return copied(
            x,
            Said(
                "Channel {channel} at step {step}, kept because the kernel will look back to it.",
                {"channel": int(c), "step": int(t) - carried},
            ),
        )
    if cell.has(3):
        said = Said(
            "Channel {channel}, a value that an earlier call kept already.", {"channel": int(c)}
        )
        return copied(of(3, n, c, t, "past", np.asarray(True)), said)
    said = Said("Nothing came before: 0.")
    return Account((), lambda values: Worked([Stage("empty", np.float64(0))], [], said), "movement")
