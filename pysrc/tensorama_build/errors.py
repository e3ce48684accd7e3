"""The one error that a person who builds Tensorama is meant to read."""


class BuildError(Exception):
    """Something outside this code is not as it must be; the message says what, and what to do.

    `build.py` prints the message alone. Any other exception is a fault of ours and shows its
    traceback.
    """
