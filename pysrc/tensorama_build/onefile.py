"""The whole site in one HTML file, for a classroom without a network.

`onefile/page.html` is the site's page with its scripts in it and two gaps: what it should open,
and the archive of the files that it would fetch. `pack` fills them; on the page
site/onefile/pack.js does the same. site/onefile/unpack.js is the other end.
"""

import base64
import gzip
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import BuildError
from .output import Output

PAGE, LIST = "onefile/page.html", "onefile/files.json"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline';"
    " img-src data: blob:; connect-src https: http: data: blob:;"
    " base-uri 'none'; form-action 'none'"
)
# In the page already, or of other pages.
LEFT_OUT = ("index.html", "app.js", "early.js", "embed.js", "embed/", "icon.svg",
            "manifest.webmanifest", "pyscript/core.css", "wheels/onnx-", "wheels/protobuf-",
            "models/", "view.", "gallery", LIST, "onefile/unpack.js")  # fmt: skip
_GAPS = """<script type="application/json" id="tensorama-packed"><!--packed--></script>
<script type="text/plain" id="tensorama-archive"><!--archive--></script>
<script>tensoramaUnpack()</script>
</body>"""


def add_one_file(output: Output) -> None:
    """Write the page with its gaps, and the list of the files that go into it with their sizes."""
    output.write(PAGE, in_one(output).encode())
    listed = []
    for name in [*output.before, PAGE]:
        if not name.startswith(LEFT_OUT):
            data = output.read(name)
            listed.append([name, len(data), len(gzip.compress(data, 6, mtime=0))])
    output.write(LIST, json.dumps(listed).encode())


def in_one(output: Output) -> str:
    """The site's page with everything in it that it names."""

    def text(name: str) -> str:
        return output.read(name).decode("utf-8")

    page = text("index.html")
    page = _only(r'(?<=Content-Security-Policy" content=")[^"]*', lambda found: POLICY, page)
    page = re.sub(r'<link rel="(?:icon|manifest|modulepreload|preload)"[^>]*>\n', "", page)
    page = _only(
        r'<link rel="stylesheet" href="./([^"]*)">',
        lambda found: f"<style>{text(found[1])}</style>",
        page,
    )
    page = _only(r'<script type="module"[^>]*></script>\n', lambda found: "", page)
    page, count = re.subn(
        r'<script src="./([a-z]*\.js)"([^>]*)></script>',
        lambda found: _script(text(found[1]), found[2]),
        page,
    )
    if count != 2:
        raise BuildError(f"index.html names {count} scripts, not 2")
    first = _script(text("onefile/unpack.js"))
    page = _only(r"<script\b", lambda found: f"{first}\n{found[0]}", page, most=1)
    return _only(r"</body>", lambda found: _GAPS, page)


def _script(code: str, attributes: str = "") -> str:
    if "</script" in code or "<!--" in code:
        raise BuildError("A script that holds </script or <!-- cannot lie in a page")
    return f"<script{attributes}>{code}</script>"


def _only(pattern: str, by: Callable[[re.Match[str]], str], text: str, most: int = 0) -> str:
    changed, count = re.subn(pattern, by, text, count=most)
    if count != 1:
        raise BuildError(f"index.html has {count} of {pattern}, not one")
    return changed


def pack(dist: Path, models: Mapping[str, bytes], model: str, link: str) -> bytes:
    """The page with the site's files and these models, by their path in the site, in it.

    model: the address of the one that it opens. link: how it is shown, as the part of a link
    behind #; empty for the way in which any model is first shown.
    """
    names = [LIST, *(name for name, _, _ in json.loads((dist / LIST).read_bytes()))]
    files = dict(models) | {name: (dist / name).read_bytes() for name in names}
    listed = [[name, len(data)] for name, data in files.items()]
    about = json.dumps({"list": listed, "model": model, "link": link})
    archive = gzip.compress(b"".join(files.values()), 9, mtime=0)
    page = (dist / PAGE).read_bytes()
    page = page.replace(b"<!--packed-->", about.replace("<", "\\u003c").encode())
    return page.replace(b"<!--archive-->", base64.b64encode(archive))
