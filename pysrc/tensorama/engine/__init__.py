"""Run a model and keep every tensor on the way.

`steps` computes node by node and hands each out as it is done; `run` goes through to the end and
gives the `Trace`, a mapping from tensor name to array in the order of execution. `compute` runs a
single node on values of one's choice.
"""

from tensorama.engine.feeds import check_feeds
from tensorama.engine.registry import REGISTRY, Operator, op
from tensorama.engine.run import check, check_with_pauses, compute, run, steps, steps_with_pauses
from tensorama.engine.trace import Step, Trace
from tensorama.engine.work import Work

__all__ = [
    "REGISTRY",
    "Operator",
    "Step",
    "Trace",
    "Work",
    "check",
    "check_feeds",
    "check_with_pauses",
    "compute",
    "op",
    "run",
    "steps",
    "steps_with_pauses",
]
