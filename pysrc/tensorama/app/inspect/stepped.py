"""What the inspector shows while one number is stepped through: what took part so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorama.app.inspect.course import Course, Leg, Run
from tensorama.app.inspect.grids import Drawing, Grid, laid, laid_index, scale_of
from tensorama.app.inspect.pinned import compared
from tensorama.app.inspect.sheet import Sheet, heading, section, signed, tinge
from tensorama.app.inspect.wording import escape
from tensorama.explain import Group
from tensorama.explain.mathml import written
from tensorama.phrases import joined, phrase
from tensorama.scene.pictures.colour import Theme, rgb
from tensorama.scene.pictures.picture import EMPTY

_BESIDE = 62.0  # CSS pixels of a row that are not its grids
_LARGEST, _SMALLEST = 22.0, 0.5  # of a cell
_TALLEST = 176.0  # of a grid
_ROWS = 9  # of a list that stand around the one that was last
_HIGH = 54.0


@dataclass(frozen=True, slots=True, eq=False)
class Climb(Drawing):
    """What there is after each step, as a line from left to right, as far as one is."""

    sofar: np.ndarray
    done: int
    wide: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels."""
        return self.wide, _HIGH

    def painted(self, theme: Theme, density: float) -> np.ndarray:
        """As an image of so many pixels a CSS pixel → uint8 (height, width, 4)."""
        high, wide = round(_HIGH * density), round(self.wide * density)
        real = np.where(np.isfinite(self.sofar), self.sofar, 0.0)
        low, most = min(0.0, float(real.min())), max(0.0, float(real.max()))
        levels = np.round((most - real) / ((most - low) or 1.0) * (high - 1)).astype(int)
        zero = round(most / ((most - low) or 1.0) * (high - 1))
        image = np.zeros((high, wide, 4))
        image[..., :3] = rgb(theme.zero)
        image[..., 3] = 1.0
        steps = np.minimum(np.arange(wide) * len(real) // wide, len(real) - 1)
        for x in np.flatnonzero(steps < self.done).tolist():
            level = int(levels[steps[x]])
            colours = theme.up if level <= zero else theme.down
            image[min(level, zero) : max(level, zero) + 1, x, :3] = rgb(colours[1])
        thick = max(1, round(density))
        image[zero : zero + thick, :, :3] = rgb(theme.quiet)
        return np.round(image * 255).astype(np.uint8)


def markup(sheet: Sheet, course: Course, done: int) -> str:
    """All that the inspector says after so many steps."""
    done = min(done, course.count)
    leg, here = course.at(done)
    return "".join([
        heading(sheet.pinned, _so_far(course, done)),
        f'<p class="tr-in-said">{escape(told(course, done))}</p>',
        _run(sheet, leg, here) if leg.run else _operands(sheet, leg),
        _chain(course, done),
        _check(course) if done == course.count else "",
    ])  # fmt: skip


def told(course: Course, done: int) -> str:
    """What the last step did, in words."""
    if not done:
        return phrase("Nothing is computed yet.")
    leg, here = course.at(done)
    said = _stage(leg, here) if leg.run is None or here > leg.terms else _term(leg.run, leg, here)
    if not leg.about or said.startswith(leg.about):
        return said
    return phrase("{gate}: {said}", gate=leg.about, said=said)


def _stage(leg: Leg, done: int) -> str:
    stage = leg.stages[leg.stages_done(done) - 1]
    value, part = written(stage.value), leg.part(stage)
    if part is None:
        return phrase("{name}: {value}", name=stage.name, value=value)
    made = joined(" × ", [
        joined(" ", (role, written(values[()])))
        for role, values in zip(part.roles, part.values, strict=True)
    ])  # fmt: skip
    return phrase("{name}: {made} = {value}", name=stage.name, made=made, value=value)


def _term(run: Run, leg: Leg, done: int) -> str:
    count, sofar = len(run.gained), written(run.sofar[done - 1])
    (group,) = leg.current(done)
    factors = " × ".join(written(values[0]) for values in group.values)
    gained = written(run.gained[done - 1])
    if run.kind == "product" and len(group.values) > 1:
        return phrase(
            "Product {number:,} of {count:,}: {made} = {gained}. So far {sofar}.",
            number=done, count=count, made=factors, gained=gained, sofar=sofar,
        )  # fmt: skip
    if run.kind == "power":
        return phrase(
            "Score {number:,} of {count:,}: {made}, e^(score − max) = {gained}. So far {sofar}.",
            number=done, count=count, made=factors, gained=gained, sofar=sofar,
        )  # fmt: skip
    if run.kind == "square":
        return phrase(
            "Cell {number:,} of {count:,}: {made}, its distance squared is {gained}. "
            "So far {sofar}.",
            number=done, count=count, made=factors, gained=gained, sofar=sofar,
        )  # fmt: skip
    if run.kind == "largest":
        return phrase(
            "Cell {number:,} of {count:,}: {gained}. The largest so far is {sofar}.",
            number=done, count=count, gained=gained, sofar=sofar,
        )  # fmt: skip
    if run.kind == "smallest":
        return phrase(
            "Cell {number:,} of {count:,}: {gained}. The smallest so far is {sofar}.",
            number=done, count=count, gained=gained, sofar=sofar,
        )  # fmt: skip
    return phrase(
        "Term {number:,} of {count:,}: {gained}. So far {sofar}.",
        number=done, count=count, gained=gained, sofar=sofar,
    )  # fmt: skip


_TITLES = {
    "product": phrase("The sum so far"),
    "sum": phrase("The sum so far"),
    "power": phrase("The sum of exponentials so far"),
    "square": phrase("The sum of squared distances so far"),
    "largest": phrase("The largest so far"),
    "smallest": phrase("The smallest so far"),
}


def _so_far(course: Course, done: int) -> str:
    value = course.value(done)
    if done == course.count:
        return ""  # the recorded value, as it always stands there
    return "…" if value is None else written(value)


def _run(sheet: Sheet, leg: Leg, done: int) -> str:
    run = leg.run
    assert run is not None
    climb = Climb(run.sofar, done, sheet.room)
    words = phrase("What there is after each of {count:,} terms", count=len(run.sofar))
    group, place = _group_at(run, min(max(done, 1), len(run.gained)) - 1)
    grids = (
        _rows(sheet, run, done)
        if run.kind == "power" or not group.share.ndim
        else _grids(sheet, group, place if done else -1)
    )
    title = _TITLES[run.kind]
    if leg.about:
        title = phrase("{gate}: the sum so far", gate=leg.about)
    return grids + section(title, sheet.grid(climb, words))


def _group_at(run: Run, place: int) -> tuple[Group, int]:
    """The group of a term, and which of its terms that is."""
    for group in run.groups[:-1]:
        if place < group.share.size:
            return group, place
        place -= group.share.size
    return run.groups[-1], place


def _grids(sheet: Sheet, group: Group, place: int, marked: bool = True) -> str:
    """The window, the kernel and their products up to a place, of the channel that is at work."""
    share = group.share
    at: Any = slice(None)
    inner, title = share.size, joined(" × ", [r for r in group.roles if r] or [phrase("cells")])
    if share.ndim > 2 or (share.ndim > 1 and len(group.tensors) > 1 and share.shape[0] > 1):
        inner = math.prod(share.shape[1:])
        at = max(place, 0) // inner
        title = phrase(
            "{operands}, channel {number:,} of {count:,}",
            operands=title, number=at + 1, count=len(share),
        )  # fmt: skip
    here = place - at * inner if isinstance(at, int) and place >= 0 else place
    shape = laid(share[at]).shape
    many = len(group.tensors) + (len(group.tensors) > 1)
    wide = min(_LARGEST, (sheet.room - 22 * (many - 1)) / many / shape[1], _TALLEST / shape[0])
    wide = float(math.floor(wide)) if wide >= 1 else max(wide, _SMALLEST)
    mark = _laid_place(share[at], here) if marked else None
    parts = []
    for k, (tensor, role) in enumerate(zip(group.tensors, group.roles, strict=True)):
        beyond = laid(~group.inside[k][at]) > 0
        grid = Grid(
            laid(group.values[k][at]), sheet.pinned.scale_of(tensor) or scale_of(group.values[k]),
            wide, beyond if beyond.any() else None, mark, tensor,
            laid_index([axis[at] for axis in group.indices[k]]),
        )  # fmt: skip
        parts.append(sheet.grid(grid, phrase("{role}: cells of {name}", role=role, name=tensor)))
    row = "<i>×</i>".join(parts)
    if len(group.tensors) > 1:
        order = laid(np.arange(share[at].size).reshape(share[at].shape))
        reached = np.where(order <= here, laid(share[at]), EMPTY)
        products = Grid(reached, scale_of(share), wide, None, mark)
        row += f"<i>=</i>{sheet.grid(products, phrase('their products so far'))}"
    return section(title, f'<div class="tr-in-row">{row}</div>', kind="tr-in-running")


def _laid_place(share: np.ndarray, place: int) -> tuple[int, int] | None:
    """Where `laid` puts a term."""
    if place < 0:
        return None
    if share.ndim < 2:
        rows = laid(share).shape[0]
        return place % rows, place // rows
    return divmod(place, share.shape[-1])


def _rows(sheet: Sheet, run: Run, done: int) -> str:
    """The terms around the last one as bars, those that are not reached without a number."""
    count = len(run.gained)
    first = max(0, min(done - 1 - _ROWS // 2, count - _ROWS))
    most = float(np.abs(run.gained[np.isfinite(run.gained)]).max(initial=0.0)) or 1.0
    labels = sheet.pinned.labels if len(sheet.pinned.labels) == count else ()
    rows = []
    for n in range(first, min(count, first + _ROWS)):
        group, place = _group_at(run, n)
        name = labels[n] if labels else str(n) if run.kind == "power" else group.roles[0]
        made = written(group.values[0].flat[place]) if run.kind == "power" else ""
        gained = run.gained[n]
        told = (
            f"<span>{escape(made)}</span>"
            f'<i class="{tinge(gained)}" style="--share:{abs(gained) / most:.3f}"></i>'
            f"<b>{escape(written(gained) if run.kind == 'power' else signed(gained))}</b>"
            if n < done
            else "<span></span><i></i><b></b>"
        )
        here = ' class="tr-in-own"' if n == done - 1 else ""
        rows.append(f"<p{here}><span>{escape(name)}</span>{told}</p>")
    title = phrase("Scores → exponentials") if run.kind == "power" else phrase("Terms")
    return section(title, *rows, kind="tr-in-stepped")


def _operands(sheet: Sheet, leg: Leg) -> str:
    """What a number is made of whose terms tell nothing one by one: all of it at once."""
    group = max(leg.explained.groups, key=lambda g: g.share.size, default=None)
    if group is None or not group.share.ndim or not group.tensors:
        return ""
    if leg.explained.body == "normalisation":  # what it was scaled by is one of the stages
        group = replace(
            group, tensors=group.tensors[:1], roles=group.roles[:1], indices=group.indices[:1],
            values=group.values[:1], inside=group.inside[:1],
        )  # fmt: skip
    return _grids(sheet, group, group.share.size - 1, marked=False)


def _chain(course: Course, done: int) -> str:
    """All stages, with a number as far as they are reached."""
    reached = course.stages_done(done)
    sizes = [_size(stage.value) for stage in course.stages]
    most = max(sizes, default=0.0) or 1.0
    rows = []
    for n, stage in enumerate(course.stages):
        told = (
            f'<i class="{tinge(stage.value)}" style="--share:{sizes[n] / most:.3f}"></i>'
            f"<b>{escape(written(stage.value))}</b>"
            if n < reached
            else "<i></i><b></b>"
        )
        here = ' class="tr-in-own"' if n == reached - 1 else ""
        rows.append(f"<p{here}><span>{escape(stage.name)}</span><span></span>{told}</p>")
    return section(phrase("Stages"), *rows, kind="tr-in-stepped")


def _size(value: Any) -> float:
    if np.asarray(value).dtype.kind not in "biuf" or not math.isfinite(value):
        return 0.0
    return abs(float(value))


def _check(course: Course) -> str:
    same, words = compared(course.explained.recorded, course.explained.value)
    mark = "✓" if same else "≠"
    return (
        f'<p class="tr-in-check{"" if same else " tr-in-off"}"><b aria-hidden="true">{mark}</b> '
        f"{escape(words)}</p>"
    )
