"""From layers and shapes to a drawing: what is seen at a level, in a style, with its legend."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tensorama.boundary import told
from tensorama.engine.contract.slices import Parts, part, whole
from tensorama.errors import TensoramaError
from tensorama.figure.boxes import Boxes
from tensorama.figure.drawing import Drawing, Path, Point, Text, arrow, rounded
from tensorama.figure.letters import cut, width, wrapped
from tensorama.figure.looks import COLUMN, DARK, EDGE, LIGHT, LINE, SMALL, Looks
from tensorama.figure.projected import Projected
from tensorama.figure.standing import Standing, seen_at, stand
from tensorama.figure.volumes import SAID, Volumes
from tensorama.figure.words import Weights, kinds_in, name_of
from tensorama.layers import find_layers, layer_tree
from tensorama.layers.kinds import CALLED
from tensorama.onnxfile import Model
from tensorama.phrases import counted
from tensorama.scene.build import Scene, build_scene
from tensorama.scene.zoom import depths

Painter = Boxes | Volumes | Projected
_STYLES: dict[str, Callable[..., Painter]] = {
    "volumes": Volumes, "boxes": Boxes, "scene": Projected,
}  # fmt: skip
STYLES = tuple(_STYLES)
LEVEL_OF_FIRST = 1  # what a network shows before anything is opened
_SWATCH = 6.0
_PLACED = 0.8  # of the work, what it takes to find out where everything stands

Say = Callable[[str], str]


@told("Drawing the figure of this model")
def figure(
    model: Model,
    shapes: Mapping[str, tuple[int, ...]],
    *,
    style: str = "volumes",
    level: int = LEVEL_OF_FIRST,
    dark: bool = False,
    say: Say = str,
) -> Drawing:
    """Draw a network.

    shapes: tensor name → shape. style: one of `STYLES`. level: 1 shows the outermost groups, each
    further one opens those that are closed, the last shows all layers. say: gives a text of ours in
    another language. Raises TensoramaError for a level that the network does not have.
    """
    layers = find_layers(model)
    root = layer_tree(model, shapes, layers)
    scene = build_scene(layers, shapes, root, [value.name for value in model.graph.outputs])
    return whole(figure_slices(scene, model.graph.weights, root.name, style, level, dark, say))


@told("Drawing the figure of this model")
def figure_slices(
    scene: Scene, weights: Weights, title: str, style: str, level: int, dark: bool, say: Say = str
) -> Parts[Drawing]:
    """The same of a scene that is there already, with pauses; weights: name → array."""
    opened = _opened(scene, level)
    looks = DARK if dark else LIGHT
    painter = _STYLES[style](scene, weights, looks)
    seen = seen_at(scene, opened, say)
    sizes = {}
    for one in seen:
        sizes[one.block] = painter.size(one)
        yield None
    standing = yield from part(
        stand(scene, opened, seen, sizes, painter.lines, COLUMN, painter.gap, say), 0, _PLACED
    )
    drawing = Drawing(standing.width, standing.height, str(title), looks.ground)
    yield from _paint(drawing, standing, painter, looks)
    _legend(drawing, standing, SAID if style == "volumes" else "", looks, say)
    return drawing


def levels(scene: Scene) -> int:
    """How many levels a network has."""
    return max((depths(scene.tree)[group.number] for group in scene.tree.groups), default=0) + 1


def _opened(scene: Scene, level: int) -> frozenset[int]:
    """The groups that are open at a level."""
    count = levels(scene)
    if not 1 <= level <= count:
        raise TensoramaError(counted(
            "This network has one level only; {level} is none of it.",
            "This network has {count} levels; {level} is none of them.", count=count, level=level,
        ))  # fmt: skip
    deep = depths(scene.tree)
    return frozenset(group.number for group in scene.tree.groups if deep[group.number] < level)


def _paint(drawing: Drawing, standing: Standing, painter: Painter, looks: Looks) -> Parts[None]:
    """Frames below, then what leads from one to the other, then the things themselves."""
    marks = drawing.marks
    for frame in standing.frames:
        wide, high = frame.right - frame.left, frame.bottom - frame.top
        marks.append(rounded(frame.left, frame.top, wide, high, 3, looks.tint, looks.frame))
        title = cut(name_of(frame.layer, frame.around, wide - 8), SMALL, wide - 8, bold=True)
        marks.append(Text(frame.left + 4, frame.top + 8, title, SMALL, looks.ink, True, "start"))
        yield None
    spots = {spot.block: spot for spot in standing.spots}
    windows: list[Path] = []
    for source, target, way in standing.links:
        a, b = spots[source], spots[target]
        slid = painter.slides(a, b) if isinstance(painter, Volumes) and _straight(way) else []
        windows += slid
        if not slid:
            points = [(a.x + painter.reach(a), a.y), *way, (b.x - painter.reach(b), b.y)]
            marks += arrow(points, looks.line)
        yield None
    for number, spot in enumerate(standing.spots, 1):
        marks += painter.paint(spot)
        yield _PLACED + (1 - _PLACED) * number / len(standing.spots)
    marks += windows


def _straight(way: tuple[Point, ...]) -> bool:
    """Whether a link goes on to its neighbour, over and under nothing."""
    return max(y for _, y in way) - min(y for _, y in way) < 1 and way[0][0] < way[-1][0]


def _legend(drawing: Drawing, standing: Standing, remark: str, looks: Looks, say: Say) -> None:
    """Below the drawing: a swatch for each kind of layer, and how sizes are to be read."""
    layers = [spot.layer for spot in standing.spots]
    x, y = 2 * EDGE, drawing.height + 5.0
    right = drawing.width - 2 * EDGE
    for kind in kinds_in(layers, CALLED):
        words = say(CALLED[kind])
        wide = _SWATCH + 3 + width(words, SMALL)
        if x + wide > right and x > 2 * EDGE:
            x, y = 2 * EDGE, y + LINE + 1.5
        swatch = rounded(x, y, _SWATCH, _SWATCH, 1, looks.fill(kind), looks.edge(kind))
        drawing.marks.append(swatch)
        drawing.marks.append(
            Text(x + _SWATCH + 3, y + 5.2, words, SMALL, looks.ink, anchor="start")
        )
        x += wide + 9
    y += LINE + 1.5
    for row in wrapped(say(remark), SMALL, right - 2 * EDGE, 3) if remark else ():
        y += LINE
        drawing.marks.append(Text(2 * EDGE, y - 1.5, row, SMALL, looks.quiet, anchor="start"))
    drawing.height = y + EDGE
