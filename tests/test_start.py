"""Until the first picture nothing is imported that takes long and is not needed.

Some functions of numpy import all of `numpy.ma` when they are first called (median, unique, isin),
which takes longer in a page than everything that they are called for.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = """
import sys
import tensorama as tr
from tensorama.inputs import input_kind, rasterize, sample_digit
from tensorama.layers import find_layers, layer_tree
from tensorama.scene import build_scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.crowding import beside_blocks, label_forms
from tensorama.scene.drawing.detail import sight_of
from tensorama.scene.camera.eye import Eye
from tensorama.scene.drawing.figures import Sight, figures
from tensorama.scene.layout.fitting import arrange_in
from tensorama.scene.layout.places import Places
from tensorama.scene.pictures.reading import readings
import numpy as np

model = tr.load("models/lenet/lenet.onnx")
drawing = input_kind(model)
trace = model.run({drawing.tensor: rasterize(sample_digit(7), drawing)})
shapes = {name: array.shape for name, array in trace.items()}
layers = find_layers(model)
root = layer_tree(model, shapes, layers)
read = readings(model.graph, trace, trace.inner)
scene = build_scene(layers, shapes, root, ["probabilities"], read)
room = Room(1280, 800)
layout = arrange_in(scene, (), room)
places, eye = Places(scene, layout), Eye()
eye.resize(room)
eye.fit(layout.points, home=True, at_once=True)
sight_of(places, eye)
points = eye.on_screen(places.spots().points)
widths = np.full((len(points), 3), 40.0)
forms = label_forms(points, widths, places.spots().line, room.width, kept=[0])
beside_blocks(points, widths, forms, np.arange(len(points)), np.zeros((len(points), 4)))
every = range(len(scene.blocks))
sight = Sight(scene, places.quads(), set(), every, eye.matrix, room, "dark", lambda *_: 1.0)
figures(sight, lambda number: trace[scene.blocks[number].picture.tensor])
assert len(layout.links) and (forms >= 0).any()
print(*sorted(sys.modules))
"""


def test_no_part_of_numpy_is_imported_that_takes_long() -> None:
    """Reads, runs, lays out and labels LeNet in a fresh Python."""
    paths = {"PYTHONPATH": str(ROOT / "pysrc")}
    run = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(run, cwd=ROOT, env=paths, capture_output=True, text=True, check=True)
    imported = {*done.stdout.split()}
    assert "tensorama.scene.layout.fitting" in imported
    assert not imported & {"numpy.ma", "numpy.random", "numpy.fft", "numpy.polynomial", "unittest"}
