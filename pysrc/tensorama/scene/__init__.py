"""From layers and a trace to a scene: placed pictures, links and labels, as plain data.

`build` makes the blocks, everything that does not depend on what is open; then come, each room
standing on those before it: `pictures` (how a tensor lies on maps), `camera` (from where it is
seen, what is hit), `layout` (where things stand), `drawing` (what of it is drawn from there, how
fine and with which words), `run` (the clock of a run, the costs).

Nothing here draws or knows who does. One unit of length is the edge of a cell of the network's
largest picture when its layer is closed. x runs with the network, y up, z towards the viewer.
"""

from tensorama.scene.build import Scene, build_scene, scene_slices
from tensorama.scene.camera.camera import Camera
from tensorama.scene.layout.arrange import Layout, arrange
from tensorama.scene.pictures.picture import Picture, picture_of
from tensorama.scene.run.player import Player

MOST_NODES = 30_000  # more take a page minutes to read, run and arrange

__all__ = [
    "MOST_NODES",
    "Camera",
    "Layout",
    "Picture",
    "Player",
    "Scene",
    "arrange",
    "build_scene",
    "picture_of",
    "scene_slices",
]
