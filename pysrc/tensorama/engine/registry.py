"""Which function computes which operator, from which opset on.

    @op("LeakyRelu", since=6)
    def leaky_relu(x, *, alpha=0.01): ...

The signature is the schema: inputs are positional (optional ones default to None, or are annotated
`| None` where required ones follow; a variadic tail is `*rest`), attributes are keyword-only with
the specification's names, kinds and defaults; an attribute without a default must be present. What
a function needs beyond that it declares in `needs`:

    "outputs"  how many outputs the node names              (int)
    "record"   record(name, array): keep an inner tensor    (gates, scores, statistics)
    "scope"    run a graph that is an attribute of the node (see `engine.scope.Scope`)
    "opset"    the version of the operator's domain that the model uses  (int)
    "work"     the run's account, for what sizes of tensors do not bound  (see `engine.work.Work`)

`own_types` says that the function itself decides the element types of its outputs (Cast, the
quantized operators). Else, where an input is of a type that numpy lacks (bfloat16, float8 …, see
`onnxfile.types`), outputs of the same carrier are rounded to that type by the run.
"""

from __future__ import annotations

import inspect
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tensorama.engine.cuts import cut_up
from tensorama.errors import UnsupportedError
from tensorama.phrases import phrase

F = TypeVar("F", bound=Callable[..., Any])
NEWEST = {"": 28, "ai.onnx.ml": 5}  # the newest opset that the operators here are written for
NEEDS = frozenset({"outputs", "record", "scope", "opset", "work"})


@dataclass(frozen=True, slots=True)
class Operator:
    """One version of one operator: the function, and what its signature says."""

    name: str
    domain: str
    since: int
    function: Callable[..., Any]
    needs: frozenset[str]
    inputs: tuple[str, ...]
    required_inputs: int
    variadic: bool
    attributes: Mapping[str, str]  # name -> what its parameter is annotated as
    required_attributes: frozenset[str]
    needed: frozenset[str] = frozenset()  # inputs that may not be the empty name
    own_types: bool = False


class Registry:
    """Operators by domain and name, each with its versions in rising order.

    `seek(name)`, where it is given, is called when an operator of a name is first asked for, and
    may bring more of them; `seek(None)` brings all.
    """

    def __init__(self, seek: Callable[[str | None], None] | None = None) -> None:
        self._versions: dict[tuple[str, str], list[Operator]] = {}
        self._sought: set[str | None] = set()
        self.seek = seek

    def op(
        self,
        name: str,
        *,
        since: int,
        domain: str = "",
        needs: tuple[str, ...] = (),
        own_types: bool = False,
    ) -> Callable[[F], F]:
        """Register the function below as operator `name` from opset `since` on."""

        def register(function: F) -> F:
            described = _describe(name, domain, since, function, frozenset(needs))
            computed = cut_up(name, since, function)
            self.add(replace(described, own_types=own_types, function=computed))
            return function

        return register

    def add(self, operator: Operator) -> None:
        versions = self._versions.setdefault((operator.domain, operator.name), [])
        if any(known.since == operator.since for known in versions):
            raise ValueError(f"{operator.name} since {operator.since} is registered twice.")
        versions.append(operator)
        versions.sort(key=lambda known: known.since)

    def find(self, name: str, domain: str, opset: int) -> Operator:
        """Give the newest version that is not above the model's opset."""
        self._bring(name)
        versions = self._versions.get((domain, name))
        if not versions:
            raise UnsupportedError(
                phrase("Operator {name} is not known here", name=_full(name, domain))
            )
        place = bisect_right([known.since for known in versions], opset)
        if place == 0:
            raise UnsupportedError(
                phrase(
                    "Operator {name} is known here from opset {since} on",
                    name=_full(name, domain),
                    since=versions[0].since,
                )
            )
        return versions[place - 1]

    def names(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        """All (domain, name) with the opsets at which their meaning changes."""
        self._bring(None)
        return {key: tuple(v.since for v in known) for key, known in self._versions.items()}

    def _bring(self, name: str | None) -> None:
        if self.seek is not None and name not in self._sought:
            self._sought.add(name)
            self.seek(name)


def _full(name: str, domain: str) -> str:
    return f'"{name}" of domain "{domain or "ai.onnx"}"'


def _describe(
    name: str, domain: str, since: int, function: Callable[..., Any], needs: frozenset[str]
) -> Operator:
    if not needs <= NEEDS:
        raise ValueError(f"{name} needs {sorted(needs - NEEDS)}, which the run cannot give.")
    inputs: list[str] = []
    attributes: dict[str, str] = {}
    required, needed, variadic, required_inputs = set(), set(), False, 0
    for parameter in inspect.signature(function).parameters.values():
        annotation = str(parameter.annotation)
        if parameter.kind is parameter.VAR_POSITIONAL:
            variadic = True
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            inputs.append(parameter.name)
            required_inputs += parameter.default is parameter.empty
            if parameter.default is parameter.empty and not re.search("None|Any", annotation):
                needed.add(parameter.name)
        elif parameter.name not in needs:
            attributes[parameter.name] = annotation.removesuffix(" | None")
            if parameter.default is parameter.empty:
                required.add(parameter.name)
    return Operator(
        name,
        domain,
        since,
        function,
        needs,
        tuple(inputs),
        required_inputs,
        variadic,
        attributes,
        frozenset(required),
        frozenset(needed),
    )


REGISTRY = Registry()
op = REGISTRY.op
