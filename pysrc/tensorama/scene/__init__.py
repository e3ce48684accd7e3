"""From layers and a trace to a scene: placed pictures, links and labels, as plain data.

Nothing here draws or knows who does. One unit of length is the edge of a cell of the network's
largest picture when its layer is closed. x runs with the network, y up, z towards the viewer.
"""

from tensorama.scene.build import Scene, build_scene
from tensorama.scene.camera import Camera
from tensorama.scene.layout import Layout, arrange
from tensorama.scene.picture import Picture, picture_of
from tensorama.scene.player import Player

__all__ = [
    "Camera",
    "Layout",
    "Picture",
    "Player",
    "Scene",
    "arrange",
    "build_scene",
    "picture_of",
]
