"""What to call a layer: the name its author gave it, if there is one."""

from __future__ import annotations

import re
from functools import cache

from tensorama.onnxfile import Node


def layer_name(node: Node, taken: dict[str, int]) -> str:
    """Give a name that no other layer has, and add it to `taken` (name -> how often it was asked).

    PyTorch's `/features/conv1/Conv` becomes `features/conv1`; a node without a name is called by
    its first output or, where that is only a number, by its operator.
    """
    name = _authored(node) or node.op
    unique, count = name, taken.get(name, 1)
    while unique in taken:
        count += 1
        unique = f"{name} {count}"
    taken[name] = count
    taken.setdefault(unique, 1)
    return unique


def _authored(node: Node) -> str:
    parts = [part for part in (node.name or _output(node)).split("/") if part]
    while parts and _is_operator(parts[-1], node.op) and len(parts) > 1:
        parts.pop()
    name = "/".join(parts)
    return "" if re.fullmatch(r"\d*", name) else name


def _output(node: Node) -> str:
    return next((name for name in node.outputs if name), "")


def _is_operator(part: str, op: str) -> bool:
    """Is this part of a path only the operator's name again, with a counter perhaps?"""
    return _again(op).fullmatch(part) is not None


@cache
def _again(op: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(op)}(_output)?(_\d+)*", re.IGNORECASE)
