"""Serve a static site on this machine, the way GitHub Pages would."""

import errno
import io
import os
import webbrowser
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from .build import build_site
from .errors import BuildError
from .places import Places

LOCALHOST = "127.0.0.1"


class SiteHandler(SimpleHTTPRequestHandler):
    """Serves files with the types that a browser insists on, and never lets it skip asking."""

    protocol_version = "HTTP/1.1"
    # The platform's own table may lack these or, on Windows, be wrong about them.
    extensions_map = {  # noqa: RUF012 - typed as the base class types it
        **SimpleHTTPRequestHandler.extensions_map,
        ".css": "text/css",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript",
        ".json": "application/json",
        ".md": "text/markdown; charset=utf-8",
        ".mjs": "text/javascript",
        ".onnx": "application/octet-stream",
        ".py": "text/x-python; charset=utf-8",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
        ".whl": "application/octet-stream",
        ".zip": "application/zip",
    }

    def __init__(self, *args: object, mount: str = "/", **kwargs: object) -> None:
        self._mount = mount
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Open what is asked for: a page that the server itself has, else a file."""
        assert isinstance(self.server, SiteServer)
        page = self.server.pages.get(urlsplit(self.path).path)
        if page is None:
            return super().send_head()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        return io.BytesIO(page)

    def translate_path(self, path: str) -> str:
        """The file behind a path; nothing lies outside the mount point."""
        if not path.startswith(self._mount):
            return str(Path(self.directory) / "outside-the-mount-point")
        return super().translate_path("/" + path[len(self._mount) :])

    def end_headers(self) -> None:
        """Let the browser keep its copies but ask each time whether they are still good."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the page says what goes wrong."""


class SiteServer(ThreadingHTTPServer):
    """Serves one folder on 127.0.0.1, at the root or below `mount` ("/repo-name/").

    `pages` are HTML texts by path that it serves as if they lay in the folder: for measurements and
    tests that need a page of their own beside the site.
    """

    daemon_threads = True
    # On Windows this option would let two servers share one port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, folder: Path, port: int = 0, mount: str = "/") -> None:
        self.mount = mount
        self.pages: dict[str, bytes] = {}
        handler = partial(SiteHandler, directory=str(folder), mount=mount)
        try:
            super().__init__((LOCALHOST, port), handler)
        except OSError as error:
            raise BuildError(port_problem(port, error)) from error

    @property
    def address(self) -> str:
        """Where the site is, for a browser."""
        return f"http://{LOCALHOST}:{self.server_port}{self.mount}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up in the middle of a file is nothing to report."""


def port_problem(port: int, error: OSError) -> str:
    """Why a port cannot be served on, in one sentence."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use by another program; choose another with --port,"
            " or leave it out to get a free one."
        )
    return f"Port {port} cannot be used ({error.strerror}); choose another with --port."


def build_and_serve(places: Places, port: int, open_browser: bool) -> int:
    """Build, serve dist/ until Ctrl-C, and open the browser on it."""
    with SiteServer(build_site(places), port) as server:
        print(f"Tensorama is at {server.address}  (Ctrl-C ends it)", flush=True)
        if open_browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0
