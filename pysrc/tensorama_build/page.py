"""The page itself: what lies in site/, with the names that only a build knows filled in."""

import json
from pathlib import Path

from .catalogue import as_json
from .output import Output, source_files

POSTER = "poster.html"
DEMO = "lenet/lenet.onnx"  # what the page opens at first
TEXT = {".html", ".css", ".js", ".mjs", ".json", ".py", ".md", ".txt", ".svg", ".webmanifest"}


def render_page(output: Output, site: Path, values: dict[str, str]) -> None:
    """Copy site/ into dist/, with `{{name}}` in its text files replaced by the value of that name.

    The names are those of `build.page_values`. Double braces around anything else stay as they are.
    What the package draws at build time (the poster) is one more value. Catalogues of texts become
    JSON, which Python and the scripts of the page read alike.
    """
    values = values | shell_values(site.parent / "models" / DEMO)
    for path in source_files(site):
        data, name = path.read_bytes(), path.relative_to(site)
        if path.suffix == ".po":
            data, name = as_json(data.decode("utf-8")), name.with_suffix(".json")
        elif path.suffix in TEXT:
            data = fill_in(data.decode("utf-8"), values).encode()
        output.write(name.as_posix(), data)
    if "poster" in values:  # of the demo, for articles
        output.write(f"models/{Path(DEMO).parent}/{POSTER}", values["poster"].encode())


def shell_values(demo: Path) -> dict[str, str]:
    """What the package itself gives for the page: the HTML and CSS of its box, the poster in it."""
    from tensorama import load  # numpy costs time: only when the page is made
    from tensorama.app.poster import posters
    from tensorama.app.shell import style, template
    from tensorama.scene.drawing.poster import poster_style

    model = load(demo)
    title = model.metadata.get("title", demo.stem)
    drawn = posters(model)
    return {
        "style": style(),
        "shell": template(title, f"<style>{poster_style()}</style>{drawn}", "h1"),
        "poster": drawn,
        "poster_style": poster_style(),
        "postered": json.dumps([demo.stem]),
    }


def fill_in(text: str, values: dict[str, str]) -> str:
    """Replace `{{name}}` by its value, for every name that has one."""
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text
