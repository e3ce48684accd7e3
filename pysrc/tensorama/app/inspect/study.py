"""What has to be counted to tell of a layer: its values, its channels, its weights.

Each part is sliced work that gives markup and the drawings of its canvases.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence

import numpy as np

from tensorama.app.inspect.channels import Channels, channel_slices
from tensorama.app.inspect.grids import Canvases, Grid, scale_of
from tensorama.app.inspect.layered import Layered
from tensorama.app.inspect.measuring import (
    Figures,
    figure_slices,
    histogram_slices,
    measurable,
)
from tensorama.app.inspect.responding import (
    MOST,
    Patch,
    Tile,
    input_of,
    patch_slices,
    tiles,
)
from tensorama.app.inspect.sheet import more, section, signed, tinge
from tensorama.app.inspect.stored import as_meant
from tensorama.app.inspect.wording import escape
from tensorama.engine.contract.slices import Slices
from tensorama.explain.mathml import written
from tensorama.phrases import Phrase, counted, phrase
from tensorama.scene.pictures.picture import EMPTY, NAN, Picture
from tensorama.scene.pictures.weights import Kernels, Reduced
from tensorama.scene.shelf import weights_of
from tensorama.scene.words import field_in_words, shape_in_words

_ROOM = 328.0  # CSS pixels from edge to edge
_TALL = 220.0  # of a picture of weights
_LARGEST_CELL = 12.0
_BINS, _HIGH = 48, 64  # bars of a histogram, and how high it is
_UNEVEN = 30  # times as high as half of all bars: then logarithms show more
_LARGEST = 5
_NAMED = 18  # channels that never fire
_TENSORS = 3  # of weights, before the rest is folded away
_WHOLE = 1 << 17  # of so many weights each has a cell
_EDGE = 320  # rows or columns of a picture of more

Part = tuple[str, Canvases]


def parts(facts: Layered) -> Iterator[tuple[str, Slices[Part]]]:
    """The parts by their names, in the order in which they are found out."""
    if facts.is_group:
        return
    yield "values", _values(facts)
    yield "channels", _channels(facts)
    yield "weights", _weights(facts)


# its values -------------------------------------------------------------------------------------


def _values(facts: Layered) -> Slices[Part]:
    array = facts.array
    named = facts.picture.reading.sort in ("label", "text")
    if named or not measurable(array):
        return "", Canvases()
    figures = yield from figure_slices(array)
    bars = np.zeros(0, int)
    if figures.finite > 1 and figures.most > figures.least:
        bars = yield from histogram_slices(array, figures.least, figures.most, _BINS)
    channels = yield from channel_slices(array, facts.picture)
    title = phrase("Its {count:,} values", count=array.size)
    return (
        section(title, histogram(bars, figures), told(figures), odd(figures))
        + silent(channels, figures)
        + largest(channels, facts.labels),
        Canvases(),
    )


def told(figures: Figures) -> str:
    """Least, most, mean, deviation and the share of zeros."""
    if not figures.finite:
        return ""
    zeros = figures.zeros / figures.finite
    rows = (
        (phrase("least"), written(figures.least)),
        (phrase("largest"), written(figures.most)),
        (phrase("mean"), written(figures.mean)),
        (phrase("deviation"), written(figures.deviation)),
        (phrase("zeros"), f"{percent(zeros)} %"),
    )
    return (
        '<dl class="tr-about-row">'
        + "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(v)}</dd></div>" for n, v in rows)
        + "</dl>"
    )


def percent(share: float) -> str:
    """A share in percent; one that is not quite nothing or all is never told as that."""
    if 0 < share < 0.001:
        return "< 0.1"
    if 0.999 < share < 1:
        return "> 99.9"
    return f"{100 * share:.1f}".removesuffix(".0")


def odd(figures: Figures) -> str:
    """What is no number or infinite, if there is any."""
    parts = []
    if figures.nans:
        parts.append(
            counted(
                "{count:,} of them is not a number (NaN).",
                "{count:,} of them are not numbers (NaN).",
                figures.nans,
            )
        )
    if figures.infinite:
        parts.append(
            counted(
                "{count:,} of them is infinite.",
                "{count:,} of them are infinite.",
                figures.infinite,
            )
        )
    if parts and figures.finite:
        parts.append(phrase("The figures are of all others."))
    return "".join(f'<p class="tr-in-note tr-about-odd">{escape(part)}</p>' for part in parts)


def histogram(bars: np.ndarray, figures: Figures) -> str:
    """How many values there are of each size, as bars, and as their logarithms if that helps."""
    if not bars.size:
        return ""
    edges = np.linspace(figures.least, figures.most, len(bars) + 1)
    below = edges[1:] <= 0 if figures.least < 0 else np.zeros(len(bars), bool)
    full = bars[bars > 0]
    uneven = bool(full.size and full.max() > _UNEVEN * np.median(full))
    shapes = [_bars(bars / bars.max(), below, "tr-about-plain")]
    switch = ""
    if uneven:
        heights = np.where(bars > 0, np.log1p(bars) / math.log1p(int(bars.max())), 0)
        shapes.append(_bars(heights, below, "tr-about-logs"))
        switch = (
            f'<button type="button" data-log aria-pressed="true" '
            f'title="{escape(phrase("Show the logarithm of each count: small ones come out"))}">'
            f"{escape(phrase('logarithmic'))}</button>"
        )
    words = phrase(
        "How many values there are of each size, from {least} to {most}; most are about {mode}.",
        least=written(figures.least), most=written(figures.most),
        mode=written(float(edges[bars.argmax()] + edges[bars.argmax() + 1]) / 2),
    )  # fmt: skip
    kind = "tr-about-log" if uneven else ""
    return (
        f'<div class="tr-about-counts {kind}">'
        f'<svg class="tr-about-bars" viewBox="0 0 {_BINS} {_HIGH}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(words)}">{"".join(shapes)}</svg>'
        f'<p class="tr-in-ends"><span>{escape(written(figures.least))}</span>{switch}'
        f"<span>{escape(written(figures.most))}</span></p></div>"
    )


def _bars(heights: np.ndarray, below: np.ndarray, kind: str) -> str:
    """Bars of heights up to 1, those below zero in another colour."""
    paths = ["", ""]
    for place, height in enumerate(heights.tolist()):
        if height > 0:
            tall = max(1.0, height * _HIGH)
            paths[int(below[place])] += f"M{place + 0.06:g} {_HIGH}v-{tall:.4g}h.88v{tall:.4g}z"
    up, down = paths
    return f'<g class="{kind}"><path class="tr-up" d="{up}"/><path class="tr-down" d="{down}"/></g>'


def silent(channels: Channels, figures: Figures) -> str:
    """The channels of which nothing came on this input; each leads there."""
    count, every = int(channels.silent.sum()), len(channels)
    if every < 2 or not figures.zeros:
        return ""
    maps = channels.picture.kind == "maps"
    title = phrase("Which never fire") if maps else phrase("Which units never fire")
    if not count:
        words = (
            phrase("On this input each of the {all:,} channels fires somewhere.", all=every)
            if maps
            else phrase("On this input each of the {all:,} units fires.", all=every)
        )
        return section(title, f"<p>{escape(words)}</p>")
    words = counted(
        "On this input {count:,} of {all:,} stays silent: all of its values are 0.",
        "On this input {count:,} of {all:,} stay silent: all of their values are 0.",
        count, all=every,
    )  # fmt: skip
    names = [_chip(channels, channel) for channel in np.flatnonzero(channels.silent).tolist()]
    rest = names[_NAMED : 10 * _NAMED]
    chips = f'<div class="tr-about-chips">{"".join(names[:_NAMED])}</div>'
    folded = more([f'<div class="tr-about-chips">{"".join(rest)}</div>'] if rest else [])
    return section(title, f"<p>{escape(words)}</p>", chips, folded, kind="tr-about-silent")


def _chip(channels: Channels, channel: int) -> str:
    name = channels.called(channel)
    index = middle(channels.picture, channel)
    return f'<button type="button" {_going(channels.picture, index)}>{escape(name)}</button>'


def middle(picture: Picture, channel: int) -> tuple[int, ...]:
    """The cell in the middle of a channel."""
    if picture.kind == "maps":
        index = picture.index(channel, picture.rows // 2, picture.cols // 2)
    elif picture.kind == "sheet":
        index = picture.index(0, picture.rows // 2, channel)
    else:
        index = picture.index(0, channel % picture.rows, channel // picture.rows)
    assert index is not None
    return index


def largest(channels: Channels, labels: Sequence[str]) -> str:
    """The largest value of each of the strongest channels, and where; each leads there."""
    order = [c for c in channels.strongest[:_LARGEST].tolist() if channels.most[c] > -np.inf]
    if len(channels) < 2 or not order:
        return ""
    most = max(abs(float(channels.most[c])) for c in order)
    rows = []
    for channel in order:
        value, index = float(channels.most[channel]), channels.index(channel)
        where = labels[channel] if channel < len(labels) else _where(channels, channel, index)
        share = abs(value) / most if most else 0.0
        sort = tinge(value)
        rows.append(
            f'<button type="button" {_going(channels.picture, index)}>'
            f"<span>{escape(where)}</span><span></span>"
            f'<i class="{sort}" style="--share:{share:.3f}"></i>'
            f'<b class="{sort}">{escape(signed(value))}</b></button>'
        )
    title = {
        "vector": phrase("The largest"),
        "sheet": phrase("The largest, one of each unit"),
    }.get(channels.picture.kind, phrase("The largest, one of each channel"))
    return section(title, *rows, kind="tr-in-terms tr-about-largest")


def _where(channels: Channels, channel: int, index: tuple[int, ...]) -> str:
    if channels.picture.kind == "vector":
        return channels.called(channel)
    _, row, column = channels.picture.place(index)
    if channels.picture.kind == "sheet":
        return phrase("{channel}, row {row}", channel=channels.called(channel), row=row)
    return phrase(
        "{channel}, row {row}, column {column}",
        channel=channels.called(channel), row=row, column=column,
    )  # fmt: skip


def _going(picture: Picture, index: tuple[int, ...]) -> str:
    """The attribute of what leads to a cell."""
    data = json.dumps([picture.tensor, [*index]])
    words = phrase("Go to {cell}", cell=f"{picture.tensor}{[*index]}")
    return f'data-go="{escape(data)}" title="{escape(words)}"'


# what its channels look for ---------------------------------------------------------------------


def _channels(facts: Layered) -> Slices[Part]:
    canvases = Canvases()
    source = input_of(facts)
    if source is None or not measurable(facts.array):
        return "", canvases
    channels = yield from channel_slices(facts.array, facts.picture)
    shown = channels.strongest[:MOST]
    if len(channels) <= MOST:
        shown = np.sort(shown)
    kernels = tiles(facts, shown)
    yield
    boxes = yield from patch_slices(facts, channels, shown, source)
    cards = []
    for channel in shown.tolist():
        drawn = ""
        if channel in kernels:
            drawn += canvases.grid(kernels[channel].drawing, kernel_words(kernels[channel]))
        if channel in boxes and not channels.silent[channel]:
            words = phrase("the patch of the input that it responded to most")
            drawn += canvases.grid(Patch(source, boxes[channel]), words)
        elif channels.silent[channel]:
            drawn += f"<em>{escape(phrase('silent'))}</em>"
        value = escape(f"{channels.most[channel]:.3g}".replace("-", "−"))
        cards.append(
            f'<button type="button" {_going(facts.picture, channels.index(channel))}>'
            f"<span>{drawn}</span>"
            f"<small><i>{escape(channels.called(channel))}</i> <b>{value}</b></small></button>"
        )
    yield
    said = (
        phrase("The kernel, and the patch of the input where this channel found most of it.")
        if kernels
        else phrase("The patch of the input where this channel found most of what it looks for.")
    )
    if len(channels) > len(cards):
        rest = phrase(
            "Shown are the {count} that responded most, of {all:,}.",
            count=len(cards), all=len(channels),
        )  # fmt: skip
        said = phrase("{first} {then}", first=said, then=rest)
    slices = {tile.slices for tile in kernels.values() if tile.slice >= 0}
    if slices and max(slices) > 1:
        of = phrase(
            "Of each kernel's {count:,} slices the one with the largest weights is drawn.",
            count=max(slices),
        )
        said = phrase("{first} {then}", first=said, then=of)
    stored = next((tile.stored for tile in kernels.values()), None)
    if stored:
        said = phrase("{first} {then}", first=said, then=stored)
    return (
        section(
            phrase("What each channel looks for"),
            f"<p>{escape(said)}</p>",
            f'<div class="tr-about-cards">{"".join(cards)}</div>',
        ),
        canvases,
    )


def kernel_words(tile: Tile) -> Phrase:
    """What a kernel's little picture shows."""
    if tile.slice < 0:
        return phrase("its kernel over red, green and blue, as colours")
    if tile.slices == 1:
        return phrase("its kernel")
    return phrase("its kernel, the slice for channel {number}", number=tile.slice)


# its weights ------------------------------------------------------------------------------------


def _weights(facts: Layered) -> Slices[Part]:
    canvases, shown = Canvases(), []
    pictures = weights_of(facts.layer, facts.trace.model.graph, facts.arrays)
    for title, picture in pictures.items():
        array, stored = as_meant(facts, picture.tensor)
        if not measurable(array):
            continue
        figures = yield from figure_slices(array)
        reduced = overview(picture, array.shape)
        values = np.zeros((1, reduced.rows, reduced.cols), np.float32)
        if isinstance(reduced, Reduced):
            yield from reduced.reduce(array, values)
        else:
            values = reduced.values(array)
        yield
        lying = not isinstance(picture, Kernels)
        drawn = canvases.grid(sheet_of(values, lying), title) if array.size > 1 else ""
        shape = shape_in_words(array.shape)
        field = (
            f'<p class="tr-in-note">{escape(field_in_words(reduced.field))}</p>'
            if isinstance(reduced, Reduced) and reduced.field != (1, 1)
            else ""
        )
        note = f'<p class="tr-in-note">{escape(stored)}</p>' if stored else ""
        shown.append(
            f'<div class="tr-about-weights"><p><b>{escape(title)}</b> '
            f"<span>{escape(shape)}</span></p>{drawn}{field}{note}{told(figures)}{odd(figures)}"
            "</div>"
        )
    if not shown:
        return "", canvases
    return (
        section(phrase("Its weights"), *shown[:_TENSORS], more(shown[_TENSORS:])),
        canvases,
    )


def overview(picture: Picture, shape: tuple[int, ...]) -> Picture:
    """A picture of weights that is quickly drawn, however many there are."""
    if math.prod(shape) <= _WHOLE or len(shape) < 2:
        return picture
    splits = [(math.prod(shape[:at]), math.prod(shape[at:]), at) for at in range(1, len(shape))]
    rows, cols, split = min(splits, key=lambda one: max(one[:2]) / min(one[:2]))
    high, wide = math.ceil(rows / _EDGE), math.ceil(cols / _EDGE)
    rows, cols = math.ceil(rows / high), math.ceil(cols / wide)
    return Reduced(
        picture.tensor, shape, "sheet", 1, rows, cols, rows * cols, picture.reading, 1,
        (high, wide), split,
    )  # fmt: skip


def sheet_of(values: np.ndarray, lying: bool) -> Grid:
    """All maps of a picture one above the other, as large as there is room for.

    lying: what is high and slim is laid on its side.
    """
    sheet = values.reshape(-1, values.shape[-1])
    odd_ones = (sheet >= NAN) & (sheet < EMPTY)
    if odd_ones.any():
        sheet = np.where(odd_ones, np.float32(np.nan), sheet)
    if lying and sheet.shape[0] > 2 * sheet.shape[1]:
        sheet = sheet.T
    rows, cols = sheet.shape
    wide = min(_LARGEST_CELL, _ROOM / cols, _TALL / rows)
    return Grid(sheet, scale_of(sheet), wide)
