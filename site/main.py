"""The page's program."""

from tensorama.app.page import open_page

await open_page()  # noqa: F704  (PyScript runs this as an async program)
