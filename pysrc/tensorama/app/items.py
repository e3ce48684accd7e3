"""The layers and groups of a network by names that a State can keep."""

from __future__ import annotations

from collections.abc import Iterable

from tensorama.scene import Scene


class Items:
    """Names for all blocks and groups of a scene, each its own.

    A layer has its own name. A group, whose name others may have too, has the way to it and ends
    with a slash: `stage 1/block 2/`.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene, self.tree = scene, scene.tree
        self.names = [block.layer.name for block in scene.blocks]
        for group in self.tree.groups:  # those around a group have lower numbers
            around = self.tree.around(group.number)
            self.names.append(f"{self.names[around[-1]] if around else ''}{group.layer.name}/")
        self._numbers: dict[str, int] = {}
        for number, name in enumerate(self.names):
            self._numbers.setdefault(name, number)

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def number(self, name: str) -> int | None:
        """The number of a layer or group in the scene; None if there is none of that name."""
        return self._numbers.get(name)

    def called(self, name: str) -> str:
        """What a person calls a layer or group of this name: without the way to it."""
        number = self.number(name)
        return name.rstrip("/") if number is None else self.scene.layer(number).name

    def numbers(self, names: Iterable[str]) -> set[int]:
        """The numbers of those of these names that there are."""
        return {self._numbers[name] for name in names if name in self._numbers}

    def named(self, numbers: Iterable[int]) -> frozenset[str]:
        """The names of these layers and groups."""
        return frozenset(self.names[number] for number in numbers)

    def opens(self, number: int) -> bool:
        """Whether there is anything to open: a group, or a layer of more than one map."""
        return self.tree.group(number) is not None or self.scene.blocks[number].opens
