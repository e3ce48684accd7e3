"""Gates: what is kept, what is written, what is let through."""

from __future__ import annotations

from tensorama.app.inspect.products import multiplied
from tensorama.app.inspect.sheet import Sheet, going, section, signed, terms, tinge
from tensorama.app.inspect.wording import escape
from tensorama.explain import Explanation, Source, Term
from tensorama.explain.mathml import written
from tensorama.phrases import phrase


def body(sheet: Sheet, explained: Explanation) -> str:
    """For each part: how far the gate is open, times what passes it, and what that comes to."""
    sums = [group for group in explained.groups if group.share.ndim]
    if sums:  # of a gate itself
        parts = [multiplied(sheet, group, None) for group in sums if len(group.tensors) > 1]
        return section(phrase("Products, summed and bent"), *parts, kind="tr-in-products") + terms(
            explained
        )
    rows = [_row(group.name, group.term(0)) for group in explained.groups if not group.share.ndim]
    return section(phrase("Gates"), *rows, kind="tr-in-gates")


BODIES = {"gates": body}


def _row(name: str, term: Term) -> str:
    """One gate as a meter, and what passes it."""
    gate, *passing = term.sources
    factors = "".join(f"<i>×</i>{_factor(source)}" for source in passing)
    total = (
        f'<i>=</i><b class="{tinge(term.share)}">{escape(signed(term.share))}</b>'
        if passing
        else ""
    )
    own = escape(name) if name != gate.role else ""  # which the meter says
    return f'<div class="tr-in-row"><span>{own}</span>{_meter(gate)}{factors}{total}</div>'


def _meter(source: Source) -> str:
    value = source.value
    share = min(1.0, max(0.0, float(value))) if isinstance(value, float) else 0.0
    return (
        f'<button type="button" class="tr-in-meter" {going(source)}>'
        f"<small>{escape(source.role)}</small>{100 * share:.1f} %"
        f'<i class="tr-up" style="--share:{share:.3f}"></i></button>'
    )


def _factor(source: Source) -> str:
    text = f"<small>{escape(source.role)}</small>{escape(written(source.value))}"
    if not source.inside:
        return f"<span>{text}</span>"
    return f'<button type="button" {going(source)}>{text}</button>'
