"""What a number depends on: reverse mode over a recorded run, and attribution on top of it."""

from tensorama.explain.gradients.reverse import Dark, Influence, influence

__all__ = ["Dark", "Influence", "influence"]
