"""Names that classes probably have, where a file has none, by how many there are."""

from __future__ import annotations

from typing import NamedTuple

CIFAR_10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
            "truck")  # fmt: skip
# https://cocodataset.org, the 80 that are marked
COCO = tuple(
    """
person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,
parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,
handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,
surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,
broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,dining table,toilet,tv,laptop,
mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,
teddy bear,hair drier,toothbrush
""".replace("\n", "").split(",")
)


class Listed(NamedTuple):
    """Whose names these are. `file`: where they lie, if not here; `first`: what stands before."""

    whose: str
    names: tuple[str, ...] = ()
    file: str = ""
    first: tuple[str, ...] = ()


def listed(count: int, channels: int, edge: int) -> Listed | None:
    """The list for so many classes of pictures with so many channels, of an edge of so many pixels
    (0: any); None where there is none that is likely. Ten digits have their numbers for names."""
    if channels != 3:
        return None
    if count == len(CIFAR_10):
        return Listed("CIFAR-10", CIFAR_10) if edge == 32 else None
    if count == len(COCO):
        return Listed("COCO", COCO)
    if count in (1000, 1001):
        first = ("background",) * (count - 1000)
        return Listed("ImageNet", file="gallery/imagenet.json", first=first)
    return None
