"""Networks of the wiring of known ones are told as their authors would draw them."""

from __future__ import annotations

from onnx import NodeProto

from layers.graphs import model as model_of
from layers.graphs import node
from layers.test_tree import check_tree, of_kind
from tensorama.layers import Layer, layer_tree


class Drawing:
    """A network while it is drawn: each layer with the edge of its square maps (0: no maps)."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.shapes: dict[str, tuple[int, ...]] = {"x": (1, 3, 64, 64)}

    def add(self, op: str, reads: str, edge: int, scope: str = "") -> str:
        """Add a layer; its tensor comes back."""
        made = f"t{len(self.nodes)}"
        weights = " w" if op in ("Conv", "ConvTranspose", "MatMul", "Gemm", "Resize") else ""
        name = f"{scope}/{op}_{len(self.nodes)}" if scope else ""
        self.nodes.append(node(op, f"{reads}{weights} -> {made}", name))
        self.shapes[made] = (1, 8, edge, edge) if edge else (1, 40)
        return made

    def row(self, count: int, read: str, edge: int, scope: str = "") -> str:
        """Convolutions one after another."""
        for _ in range(count):
            read = self.add("Conv", read, edge, scope)
        return read

    def fused(self, read: str, edge: int, scope: str = "", shortcut: bool = True) -> str:
        """A block as YOLO has them: halves that come together again."""
        first = self.add("Conv", read, edge, scope)
        way = self.row(2, first, edge, scope)
        way = self.add("Add", f"{way} {first}", edge, scope) if shortcut else way
        other = self.add("Conv", read, edge, scope)
        return self.add("Conv", self.add("Concat", f"{way} {other}", edge, scope), edge, scope)

    def gated(self, read: str, edge: int) -> str:
        """Squeeze and excitation."""
        gate = self.add("GlobalAveragePool", read, 1)
        gate = self.add("Sigmoid", self.row(2, gate, 1), 1)
        return self.add("Mul", f"{read} {gate}", edge)

    def tree(self, last: str) -> Layer:
        """The tree of what was drawn."""
        model = model_of(*self.nodes, outputs=last)
        root = layer_tree(model, self.shapes)
        check_tree(model, root)
        return root


def names(root: Layer) -> list[str]:
    return [child.name for child in root.children]


def yolo(scopes: bool) -> Layer:
    """Five sizes down, up and down again in a neck, a detection for each of three sizes."""
    net, number = Drawing(), iter(range(99))

    def scope() -> str:
        return f"/model.{next(number)}" if scopes else ""

    x = net.add("Conv", "x", 32, scope())
    kept = []
    for edge in (16, 8, 4, 2):
        x = net.add("Conv", x, edge, scope())
        x = net.fused(x, edge, scope())
        kept.append(x)
    ups = []
    for edge, side in ((4, kept[2]), (8, kept[1])):
        ups.append(x)
        x = net.add("Resize", x, edge, scope())
        x = net.fused(net.add("Concat", f"{x} {side}", edge, scope()), edge, scope(), False)
    found = [x]
    for edge, side in ((4, ups[1]), (2, ups[0])):
        x = net.add("Conv", x, edge, scope())
        x = net.fused(net.add("Concat", f"{x} {side}", edge, scope()), edge, scope(), False)
        found.append(x)
    head, ends = scope(), []
    for edge, read in zip((8, 4, 2), found, strict=True):
        two = [net.row(3, read, edge, head) for _ in range(2)]
        ends.append(net.add("Concat", " ".join(two), edge, head))
    return net.tree(net.add("Concat", " ".join(ends), 0, head))


STAGES = ["stage 1 · 16×16", "stage 2 · 8×8", "stage 3 · 4×4", "stage 4 · 2×2"]
DETECTIONS = [f"detection · {edge}×{edge}" for edge in (8, 4, 2)]
NECK = ["up · 4×4", "up · 8×8", "down · 4×4", "down · 2×2"]


def test_a_detector_has_stages_a_neck_and_its_authors_modules() -> None:
    root = yolo(scopes=True)
    assert names(root) == ["x", "model.0", *STAGES, "neck", "model.21"]
    neck, head = root.children[-2:]
    assert names(root.children[2]) == ["model.1", "model.2"]
    assert names(neck) == NECK
    assert names(neck.children[0]) == ["model.9", "model.10", "model.11"]
    assert names(head)[:3] == DETECTIONS


def test_a_detector_without_names_is_told_by_its_sizes() -> None:
    root = yolo(scopes=False)
    assert names(root)[2:] == [*STAGES, "neck", "head"]
    neck, head = root.children[-2:]
    assert names(neck) == NECK
    assert sorted(names(head)[:3]) == sorted(DETECTIONS)


def test_a_text_finder_fuses_its_sizes_in_a_neck() -> None:
    net = Drawing()
    x, kept = "x", []
    for edge in (32, 16, 8, 4):
        x = net.row(4, x, edge)
        kept.append(x)
    x = net.add("Conv", x, 4)
    levels = [x]
    for edge, side in ((8, kept[2]), (16, kept[1])):
        above = net.add("Resize", x, edge)
        x = net.add("Add", f"{above} {net.add('Conv', side, edge)}", edge)
        levels.append(x)
    ends = [net.row(2, level, edge) for level, edge in zip(levels, (4, 8, 16), strict=True)]
    ends = [net.add("Resize", end, 16) for end in ends[:2]] + ends[2:]
    x = net.row(2, net.add("Concat", " ".join(ends), 16), 16)
    x = net.add("ConvTranspose", net.add("ConvTranspose", x, 32), 64)
    root = net.tree(x)
    assert [name.partition(" ·")[0] for name in names(root)] == [
        "x", "stage 1", "stage 2", "stage 3", "stage 4", "neck", "head",
    ]  # fmt: skip


def test_a_gate_is_a_squeeze_and_excitation() -> None:
    net = Drawing()
    x = net.row(2, "x", 32)
    for edge in (16, 8):
        for _ in range(2):
            x = net.row(1, net.gated(net.row(2, x, edge), edge), edge)
    root = net.tree(net.row(1, x, 8))
    gates = [group for group in of_kind(root, "block") if group.name.startswith("squeeze-excite")]
    assert len(gates) == 4
    assert not [name for name in names(root) if name.startswith(("part", "block"))]


def test_one_wide_scope_is_open_from_the_start() -> None:
    net = Drawing()
    x = "x"
    for number, edge in enumerate((32, 16, 8, 4)):
        x = net.row(4, x, edge, f"/features/features.{number}")
    x = net.add("Gemm", net.add("GlobalAveragePool", x, 1, "/avgpool"), 0, "/classifier")
    assert names(net.tree(x))[1:5] == [f"features.{number}" for number in range(4)]


def test_what_stands_beside_the_scope_that_is_opened_is_no_part_of_its_story() -> None:
    """As in DeepLab: several windows read the last maps of the backbone, at their size."""
    net = Drawing()
    x = "x"
    for number in range(16):
        edge = 32 >> number // 4
        x = net.fused(x, edge, f"/backbone/backbone.{number}")
    ways = [net.add("Conv", x, edge, "/classifier/classifier.0") for _ in range(4)]
    x = net.add("Concat", " ".join(ways), edge, "/classifier/classifier.0")
    x = net.row(2, x, edge, "/classifier/classifier.1")
    root = net.tree(net.add("Resize", x, 64))
    told = [name.partition(" ·")[0] for name in names(root)]
    assert told[:-1] == ["x", "down 1", "down 2", "down 3", "bottom", "classifier"]
    assert names(root.children[4]) == [f"backbone.{number}" for number in range(12, 16)]


def test_inputs_stand_outside_and_are_one_box_where_they_are_many() -> None:
    nodes, x = [], "x"
    for number in range(20):
        nodes.append(node("Add", f"{x} past.{number} -> t{number}"))
        x = f"t{number}"
    inputs = "x " + " ".join(f"past.{number}" for number in range(20))
    model = model_of(*nodes, node("Exp", f"{x} -> y"), inputs=inputs)
    root = layer_tree(model, {})
    check_tree(model, root)
    assert names(root)[:2] == ["x", "past ×20"]
    assert not [
        leaf for child in root.children[2:] for leaf in child.leaves if leaf.kind == "input"
    ]


def test_parts_are_named_by_what_they_do() -> None:
    nodes = [node("Exp", f"{i or 'x'} -> {i + 1}") for i in range(40)]
    root = layer_tree(model_of(*nodes, outputs="40"), {})
    assert not [name for name in names(root) if name.startswith("part")]
