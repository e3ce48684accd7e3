"""What a group is called, and what is said to be inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from tensorama.layers.kinds import CALLED, plain
from tensorama.layers.layer import Layer
from tensorama.layers.telling import described, part
from tensorama.layers.unit import Unit, Wires
from tensorama.phrases import Phrase, counted, joined, phrase

_MOST = 4  # kinds of things that are listed
_SPOKEN = {
    "stage": phrase("stage"),
    "block": phrase("block"),
    "residual": phrase("residual block"),
    "inception": phrase("inception block"),
    "attention": phrase("attention"),
    "mlp": phrase("MLP"),
    "recurrent": phrase("recurrent part"),
    "group": phrase("part"),
}
_CALLED = CALLED | {"group": phrase("part"), "mlp": phrase("MLP")}
_MANY: dict[str, Callable[[int], Phrase]] = {
    "stage": lambda n: counted("{count} stage", "{count} stages", n),
    "block": lambda n: counted("{count} block", "{count} blocks", n),
    "residual": lambda n: counted("{count} residual block", "{count} residual blocks", n),
    "inception": lambda n: counted("{count} inception block", "{count} inception blocks", n),
    "attention": lambda n: phrase("{count} attention", count=n),
    "mlp": lambda n: counted("{count} MLP", "{count} MLPs", n),
    "recurrent": lambda n: counted("{count} recurrent part", "{count} recurrent parts", n),
    "group": lambda n: counted("{count} part", "{count} parts", n),
}
_BLOCK = _SPOKEN["block"]


def numbered_name(name: str, number: int | str) -> str:
    """`block 3`; a name of ours can be said in other languages."""
    if isinstance(name, Phrase):
        return phrase("{name} {number}", name=name, number=number)
    return f"{name} {number}"


def times(what: str, count: int) -> Phrase:
    """`Conv ×3`."""
    return phrase("{what} ×{count}", what=what, count=count)


def named(units: Sequence[Unit], wires: Wires, offset: int = 0) -> list[str]:
    """Give siblings different names: their authors', or what they do, or "block 1" … "block N".

    Leaves keep the names that they have. offset: how many stand before the first one.
    """
    taken = {wires.layers[unit.first].name for unit in units if not unit.children}
    own = {unit.first: unit.name or unit.scope for unit in units if unit.children}
    bases = {
        first: own[first] or described(unit, wires) or _CALLED.get(unit.kind, unit.kind)
        for unit in units
        if (first := unit.first) in own
    }
    alone = [unit for unit in units if unit.children and bases[unit.first] == _BLOCK]
    if len(alone) == 1 and len({unit.size for unit in units}) > 1:
        bases[alone[0].first] = part(alone[0], wires) or _BLOCK
    free = Counter(bases[first] for first in bases if not own[first])
    counts = dict.fromkeys(free, offset)
    names = []
    for unit in units:
        if not unit.children:
            names.append(wires.layers[unit.first].name)
            continue
        base = bases[unit.first]
        numbered = not own[unit.first] and free[base] > 1
        counts[base] = counts.get(base, 0) + 1
        name = numbered_name(base, counts[base]) if numbered or counts[base] > 1 else base
        while name in taken:
            counts[base] += 1
            name = numbered_name(base, counts[base])
        taken.add(name)
        names.append(name)
    return names


def content(children: Sequence[Layer]) -> tuple[str, int]:
    """What is inside, in a few words, and how many children are one and the same structure."""
    groups = [child for child in children if child.children]
    leaves = [child for child in children if not child.children and child.kind != "input"]
    counts = Counter(_word(child) for child in groups + leaves or children)
    if len(counts) > _MOST:
        counts = Counter(_word(child) for child in groups) or counts
    rows = [child.name for child in groups if child.kind == "stage"]
    row = rows[0] if len(rows) == 1 and " ×" in rows[0] else ""  # a row of equals: "block ×12"
    words = [
        row if row and word == _SPOKEN["stage"] else _counted(word, count, bool(groups))
        for word, count in counts.most_common(_MOST)
    ]
    alike: Counter[int] = Counter()
    for child in groups:  # what a part repeats, its parent does
        alike.update([child.same_as] if child.kind != "group" else _repeated(child))
    op = joined(" + ", [*words, "…"] if len(counts) > _MOST else words)
    return op, max(alike.values(), default=1)


def _repeated(part: Layer) -> list[int]:
    return [child.same_as for child in part.children if child.children]


def _word(child: Layer) -> str:
    if child.children:
        return child.name if child.kind == "group" else _SPOKEN.get(child.kind, child.kind)
    return plain(child.work[0].op) if child.work else child.op


def _counted(word: str, count: int, groups: bool) -> str:
    if count == 1:
        return word
    kind = next((kind for kind, spoken in _SPOKEN.items() if spoken == word), "")
    return plural(kind, count) if groups and kind else times(word, count)


def plural(kind: str, count: int) -> Phrase:
    """`3 residual blocks`, for a kind of group."""
    return _MANY[kind](count)
