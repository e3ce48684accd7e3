"""The operators, family by family. Importing this package registers them all."""

from tensorama.engine.ops import (  # noqa: F401
    recurrent,
)
