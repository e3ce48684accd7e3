"""What the tests of the kernel stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.kernel_host import Host, host
from tensorama.engine import kernel


@pytest.fixture(params=[False, True], ids=["plain", "relaxed"])
def player(request: pytest.FixtureRequest) -> Iterator[Host]:
    """The kernel under wasmtime, its calls counted from here on."""
    with kernel.using(host(request.param)):
        host(request.param).calls.clear()
        yield host(request.param)
