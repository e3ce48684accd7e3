"""Find layers, groups and tensors of a network by name, operator or shape. No page in it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from tensorama.app.expression import Unfit, fitting
from tensorama.phrases import phrase
from tensorama.scene import Scene
from tensorama.scene.words import shape_in_words

_SHAPE = re.compile(r"\d+(?:[x×*,]\d+)+")  # 256x14, 6×28×28, 1,28,28
_PARTS = re.compile(r"[/._:\s-]+")
_PATIENCE = 0.4  # seconds for a regular expression on all names together


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found, and the item of the scene that shows it.

    kind: "layer", "group" or "tensor". `also`: the operators and names of the nodes inside.
    `text`: all of it in small letters, to see quickly that a word is not there.
    """

    item: int
    kind: str
    name: str
    op: str
    shape: tuple[int, ...]
    also: str = ""
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        sizes = "x".join(map(str, self.shape))
        text = "\n".join((self.name, self.op, sizes, self.also)).casefold()
        object.__setattr__(self, "text", text)


@dataclass(frozen=True, slots=True)
class Found:
    """The entries that fit, the best first; `problem`: what is wrong with what was typed."""

    entries: tuple[Entry, ...] = ()
    problem: str = ""


def entries(
    scene: Scene, shapes: Mapping[str, tuple[int, ...]], say: Callable[[str], str] = str
) -> list[Entry]:
    """All that can be found in a scene: its groups and layers, and the tensors that nodes make.

    shapes: tensor name -> shape, of those that a run has computed. say: a name as it is shown; what
    it is in English is found as well.
    """
    found = []
    for group in scene.tree.groups:
        shape = scene.blocks[group.face].picture.shape
        name, op = say(group.layer.name), say(group.layer.op)
        also = _unless(name, group.layer.name)
        found.append(Entry(group.number, "group", name, op, shape, also))
    found += [layer_entry(scene, number, say) for number in range(len(scene.blocks))]
    for number, block in enumerate(scene.blocks):
        for node in block.layer.nodes:
            for tensor in node.outputs:
                if tensor in shapes and tensor != block.layer.name:
                    found.append(Entry(number, "tensor", tensor, node.op, shapes[tensor]))
    return found


def layer_entry(scene: Scene, number: int, say: Callable[[str], str] = str) -> Entry:
    """How a layer can be found."""
    block = scene.blocks[number]
    layer = block.layer
    also = " ".join(word for node in layer.nodes for word in (node.op, node.name))
    op, name = "" if layer.kind == "input" else layer.op, say(layer.name)
    also = f"{also} {_unless(name, layer.name)}".rstrip()
    return Entry(number, "layer", name, say(op), block.picture.shape, also)


def _unless(said: str, english: str) -> str:
    """The English, unless that is what is said."""
    return "" if said == english else str(english)


def search(among: list[Entry], typed: str, regular: bool = False) -> Found:
    """The entries that fit what was typed, all of its words; `regular`: a regular expression.

    Names that begin so stand before names that contain it, before operators, before shapes and
    before nodes inside; among equals, the order of the network. Case does not matter.
    """
    typed = typed.strip()
    if not typed:
        return Found()
    if regular:
        try:
            fits = fitting(typed)
        except Unfit as error:
            return Found(problem=error.args[0])
        return _found_in_time(among, fits)
    else:
        words = [_as_sizes(word) for word in typed.casefold().split()]
        ranks = (_rank(entry, words) for entry in among)
    return Found(tuple(_in_order(among, ranks)))


def _found_in_time(among: list[Entry], fits: Callable[[str], bool]) -> Found:
    """What an expression fits, as far as it comes without keeping the page waiting."""
    end = time.perf_counter() + _PATIENCE
    ranks: list[int | None] = []
    of_many = cache(fits)  # for what many entries share
    for entry in among:
        ranks.append(_rank_by(entry, fits, of_many))
        if time.perf_counter() > end and len(ranks) < len(among):
            problem = phrase(
                "This expression takes long: only the first {part:,} of {count:,} names were "
                "looked at.", part=len(ranks), count=len(among),
            )  # fmt: skip
            return Found(tuple(_in_order(among, iter(ranks))), problem)
    return Found(tuple(_in_order(among, iter(ranks))))


def _in_order(among: list[Entry], ranks: Iterator[int | None]) -> list[Entry]:
    fitting = [(rank, n) for n, rank in enumerate(ranks) if rank is not None]
    return [among[n] for _, n in sorted(fitting)]


def _rank(entry: Entry, words: list[str]) -> int | None:
    """How well all words fit, 0 is best; None if one does not."""
    if not all(word in entry.text for word in words):
        return None
    worst = 0
    name, op = entry.name.casefold(), entry.op.casefold()
    for word in words:
        if name == word:
            rank = 0
        elif name.startswith(word):
            rank = 1
        elif word in name:
            rank = 2 if word in _PARTS.split(name) else 3
        elif word in op:
            rank = 4
        elif has_shape(entry.shape, word):
            rank = 5
        elif word in entry.also.casefold():
            rank = 6
        else:
            return None  # a part of a number in the shape
        worst = max(worst, rank)
    return worst * 2 + (entry.kind == "tensor")


def _rank_by(
    entry: Entry, fits: Callable[[str], bool], of_many: Callable[[str], bool]
) -> int | None:
    if fits(entry.name):
        rank = 0
    elif of_many(entry.op):
        rank = 1
    elif of_many(shape_in_words(entry.shape).replace(" × ", "x")):
        rank = 2
    elif entry.also and fits(entry.also):
        rank = 3
    else:
        return None
    return rank * 2 + (entry.kind == "tensor")


def has_shape(shape: tuple[int, ...], word: str) -> bool:
    """Whether sizes typed as 256x14 stand beside each other in a shape, or 256 somewhere."""
    return f"x{_as_sizes(word)}x" in f"x{'x'.join(map(str, shape))}x"


def _as_sizes(word: str) -> str:
    """A shape as it is written here, however it was typed; any other word as it is."""
    return re.sub(r"\D", "x", word) if _SHAPE.fullmatch(word) else word
