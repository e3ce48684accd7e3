"""`build.py zip`: the whole site in one archive, for somebody else's server."""

import zipfile
from pathlib import Path

from .errors import BuildError
from .squeeze import archive

FOLDER = "tensorama"
README = """\
1. Unpack this archive; it makes one folder, tensorama, which needs no installation.
2. Copy that folder into the web folder of your school's server (Apache, nginx, IIS, any web space).
3. Open https://YOUR-SERVER/tensorama/ in Chromium, Edge, Firefox or Safari: it runs without the internet.
4. No server? On one computer with Python, in that folder: python -m http.server 8000 --bind 0.0.0.0, then http://THAT-COMPUTER:8000/ on the others.
5. If a page asks that .wasm files be sent as application/wasm, tell that to whoever runs the server; nothing else has to be set up.
"""  # noqa: E501


def write_zip(dist: Path, out: Path) -> int:
    """Write the site as one archive, with a few lines for whoever unpacks it."""
    if not out.parent.is_dir():
        raise BuildError(f"There is no folder {out.parent} to write {out.name} in")
    files = {
        f"{FOLDER}/{path.relative_to(dist).as_posix()}": path.read_bytes()
        for path in dist.rglob("*")
        if path.is_file()
    }
    data = archive(files | {f"{FOLDER}/README.txt": README.encode()}, zipfile.ZIP_DEFLATED)
    out.write_bytes(data)
    print(f"{out}: {len(data) / 1e6:.1f} MB. Its README.txt says what to do with it.")
    return 0
