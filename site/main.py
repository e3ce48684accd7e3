"""The page's program."""

from tensorama.app.page import open_page

await open_page()  # noqa: F704, PLE1142  (PyScript runs this as an async program)
