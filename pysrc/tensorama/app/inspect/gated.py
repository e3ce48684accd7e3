"""Gates: what is kept, what is written, what is let through."""

from __future__ import annotations

from typing import Any

from tensorama.app.inspect.products import dotted
from tensorama.app.inspect.sheet import Sheet, going, section, signed, terms, tinge
from tensorama.app.inspect.wording import escape
from tensorama.explain import Explanation, Source, Term
from tensorama.explain.mathml import written
from tensorama.phrases import phrase


def body(sheet: Sheet, explained: Explanation) -> str:
    """For each part: how far the gate is open, times what passes it, and what that comes to."""
    sums = [group for group in explained.groups if group.share.ndim]
    if sums:  # of a gate itself
        parts = [dotted(sheet, group) for group in sums if len(group.tensors) > 1]
        return section(phrase("Products, summed and bent"), *parts, kind="tr-in-products") + terms(
            explained
        )
    rows = [_row(explained, group.name, group.term(0)) for group in explained.groups]
    return section(phrase("Gates"), *rows, kind="tr-in-gates")


BODIES = {"gates": body}


def _row(explained: Explanation, name: str, term: Term) -> str:
    """One gate as a meter, what passes it, and what that comes to."""
    gate, *passing = term.sources
    stages = {stage.name: stage.value for stage in explained.steps}
    factors, total = [_factor(source) for source in passing], term.share
    if not passing and {"bent", "shown"} <= stages.keys():  # the gate before a memory is shown
        name, total = phrase("shown"), stages["shown"]
        bent = f"<small>{escape(phrase('memory, bent'))}</small>{escape(written(stages['bent']))}"
        factors = [f"<span>{bent}</span>"]
    rest = len(passing) == 1 and _is_rest(float(gate.value), float(passing[0].value), total)
    meter = _meter(gate, rest)
    if not factors:  # it has a say in another of the rows
        words = escape(phrase("of the old state is seen by the candidate"))
        return f'<div class="tr-in-row"><span></span>{meter}<em>{words}</em></div>'
    own = escape(name) if name != gate.role else ""  # which the meter says
    return (
        f'<div class="tr-in-row"><span>{own}</span>{meter}<i>×</i>{"<i>×</i>".join(factors)}'
        f'<i>=</i><b class="{tinge(total)}">{escape(signed(total))}</b></div>'
    )


def _is_rest(gate: float, passing: float, share: Any) -> bool:
    """Whether what the gate does not take is what came of it."""
    taken, left = (abs(part * passing - float(share)) for part in (gate, 1 - gate))
    return left < taken


def _meter(source: Source, rest: bool = False) -> str:
    """A gate that is open so far; rest: what it leaves over."""
    value = float(source.value) if isinstance(source.value, float) else 0.0
    share = min(1.0, max(0.0, 1 - value if rest else value))
    role = phrase("1 − {gate}", gate=source.role) if rest else source.role
    return (
        f'<button type="button" class="tr-in-meter" {going(source)}>'
        f"<small>{escape(role)}</small>{100 * share:.1f} %"
        f'<i class="tr-up" style="--share:{share:.3f}"></i></button>'
    )


def _factor(source: Source) -> str:
    text = f"<small>{escape(source.role)}</small>{escape(written(source.value))}"
    if not source.inside:
        return f"<span>{text}</span>"
    return f'<button type="button" {going(source)}>{text}</button>'
