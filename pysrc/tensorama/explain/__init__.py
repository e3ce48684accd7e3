"""Where a number comes from: which cells of which tensors it was computed from."""

from tensorama.explain.reach import Region, sources

__all__ = ["Region", "sources"]
