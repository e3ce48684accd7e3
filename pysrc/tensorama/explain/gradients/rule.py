"""Which rule takes a gradient back through which operator.

    @differentiates("Relu")
    def relu(at: Backward) -> Gradients:
        return (at.dy * (at.x > 0),)

A rule is given a node with its values and how much the number asked for changes with each cell of
its outputs (`at.dy`); it gives the same for each input, None where there is nothing to give. That
is a vector times the Jacobian of the operator, which itself is never made. Long work is written in
slices (see `engine.contract.slices`). UNKNOWN for an input says that it has a gradient of which the
rule knows nothing: that input is dark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tensorama.explain.families import Families
from tensorama.explain.gradients.backward import Backward
from tensorama.onnxfile import Node

Array = np.ndarray
Gradients = Sequence[Array | None]
Function = Callable[[Backward], Gradients]
F = TypeVar("F", bound=Function)
UNKNOWN = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and through how many of the outputs it knows the way; the rest must play no part."""

    function: Function
    outputs: int = 1


_RULES = Families[Rule]("tensorama.explain.gradients", __file__, "@differentiates(")


def differentiates(*operators: str, domain: str = "", outputs: int = 1) -> Callable[[F], F]:
    """Make the function below the rule of these operators."""

    def register(function: F) -> F:
        for name in operators:
            _RULES.add(domain, name, Rule(function, outputs))
        return function

    return register


def rule_of(node: Node) -> Rule | None:
    """The rule for the operator of a node; None if there is none."""
    return _RULES.find(node.domain, node.op)


def rules() -> Mapping[tuple[str, str], Rule]:
    """All rules, by domain and operator."""
    return _RULES.all()
