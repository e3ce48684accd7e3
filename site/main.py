"""The page's program."""

import asyncio

import tensorama_start

await tensorama_start.recall()  # noqa: F704  (PyScript runs this as an async program)

from tensorama.app.page import open_page  # noqa: E402

await open_page()  # noqa: F704
keeping = asyncio.ensure_future(tensorama_start.keep())  # noqa: RUF006
