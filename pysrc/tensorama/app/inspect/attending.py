"""Attention: query · keys → scores → weights → mixture of values."""

from __future__ import annotations

import numpy as np

from tensorama.app.inspect.competing import cells, percent
from tensorama.app.inspect.products import dotted
from tensorama.app.inspect.sheet import Sheet, going, operands, section, signed, tinge
from tensorama.app.inspect.wording import escape
from tensorama.explain import Explanation
from tensorama.explain.mathml import written
from tensorama.explain.mixing import Mixture
from tensorama.phrases import counted, phrase

_ROWS = 12  # keys that are listed


def body(sheet: Sheet, explained: Explanation) -> str:
    """The query against the key that weighs most, then for each key its part of the mixture."""
    mixture = sheet.mixture
    if mixture is None:
        return operands(sheet, explained)
    return _said(explained, mixture) + _fit(sheet, mixture) + _mixed(sheet, mixture)


BODIES = {"attention": body}


def _said(explained: Explanation, mixture: Mixture) -> str:
    """What it looks at, where no one operator could say so."""
    if explained.body == "attention":
        return ""
    weights, value = mixture.weights.values[0], mixture.value(mixture.best)
    words = phrase(
        "Position {query} looks at {seen:,} of {count:,} positions, most at {best} ({weight}), "
        "whose value is {value}.",
        query=mixture.query, seen=int(np.count_nonzero(weights)), count=len(weights),
        best=mixture.best, weight=percent(float(weights[mixture.best])),
        value=written(value.value) if value else "",
    )  # fmt: skip
    return f'<p class="tr-in-said">{escape(words)}</p>'


def _fit(sheet: Sheet, mixture: Mixture) -> str:
    """How one score came about."""
    if mixture.fit is None:
        return ""
    total = float(mixture.fit.share.sum())
    score = mixture.scores.term(mixture.best).sources[0]
    scaled = (
        f'<p class="tr-in-note">{escape(phrase("scaled and masked: score"))} '
        f"<button {going(score)}>{escape(written(score.value))}</button></p>"
        if not np.isclose(total, float(score.value), rtol=1e-5)
        else ""
    )
    title = phrase(
        "Query {query} · key {key}, which weighs most", query=mixture.query, key=mixture.best
    )
    words = phrase("Both were made inside of the operator: this is computed again.")
    note = "" if mixture.fit.tensors[0] else f'<p class="tr-in-note">{escape(words)}</p>'
    return section(title, dotted(sheet, mixture.fit), note, scaled, kind="tr-in-products")


def _mixed(sheet: Sheet, mixture: Mixture) -> str:
    """For each key its score, its weight, its value and what that adds; the rest told once."""
    weights, shares = mixture.weights.values[0], mixture.shares
    count = len(weights)
    order = list(range(count))
    if count > _ROWS:
        strongest = np.argsort(-weights, kind="stable")[:_ROWS]
        order = sorted(n for n in strongest.tolist() if weights[n] > 0 or n == mixture.best)
    rows = [_key(mixture, key, float(shares[key])) for key in order]
    if count > len(order):
        rows.append(_rest(mixture, order))
    strip = ""
    if count > _ROWS:
        grid = cells(
            sheet, weights, np.zeros(count, bool), mixture.weights.tensors[0],
            mixture.weights.indices[0], mixture.best,
        )  # fmt: skip
        strip = sheet.grid(grid, phrase("the weights of all {count:,} keys", count=count))
    heads = (phrase("key"), phrase("score"), phrase("weight"), phrase("value"), phrase("share"))
    head = "".join(f"<span>{escape(words)}</span>" for words in heads)
    return section(
        phrase("Scores → weights → mixture of values"), strip,
        f'<p class="tr-in-head">{head}</p>', *rows, kind="tr-in-attends",
    )  # fmt: skip


def _key(mixture: Mixture, key: int, share: float) -> str:
    weight, score = mixture.weights.term(key).sources[0], mixture.scores.term(key).sources[0]
    own = ' class="tr-in-own"' if key == mixture.best else ""
    value = mixture.value(key)
    held = (
        f'<button type="button" {going(value)}>{escape(written(value.value))}</button>'
        if value and value.inside
        else f"<span>{_value(share, float(weight.value))}</span>"
    )
    return (
        f"<p{own}><span>{key}</span>"
        f'<button type="button" {going(score)}>{escape(written(score.value))}</button>'
        f'<button type="button" {going(weight)}><i class="tr-up" '
        f'style="--share:{float(weight.value):.4f}"></i>{percent(float(weight.value))}</button>{held}'
        f'<b class="{tinge(share)}">{escape(signed(share))}</b></p>'
    )


def _value(share: float, weight: float) -> str:
    """A value that was made inside of the operator, from what it added."""
    return escape(written(share / weight)) if weight else ""


def _rest(mixture: Mixture, shown: list[int]) -> str:
    weights, shares = mixture.weights.values[0], mixture.shares
    more = len(weights) - len(shown)
    weight = float(np.delete(weights, shown).sum())
    share = float(np.delete(shares, shown).sum())
    words = counted(
        "{count:,} more key: {weight}", "{count:,} more keys: {weight}", more,
        weight=percent(weight),
    )  # fmt: skip
    return (
        f'<p class="tr-in-rest"><span>{escape(words)}</span>'
        f'<b class="{tinge(share)}">{escape(signed(share))}</b></p>'
    )
