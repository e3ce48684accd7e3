"""How deep one looks into a network: stages first, then blocks, layers and their maps."""

from __future__ import annotations

from tensorama.scene.levels import Tree


def depths(tree: Tree) -> dict[int, int]:
    """For each item the level that is seen once it is closed and all around it is open, from 1.

    Groups count by how many are around them. All layers count as the deepest level, whatever is
    around them: opening them shows maps, which is the last that can be seen.
    """
    groups = {group.number: len(tree.around(group.number)) + 1 for group in tree.groups}
    last = max(groups.values(), default=0) + 1
    return groups | dict.fromkeys(range(len(tree.paths)), last)
