"""`build.py fuzz`: change models at random, open them, and tell where that went wrong.

Every mutation has a number and depends on that and the seed alone, so each can be made again.
"""

from .hunt import run_fuzz

__all__ = ["run_fuzz"]
