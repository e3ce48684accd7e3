"""The site as an app: a worker that keeps every file of this version, so that no network is needed.

The list of files with their hashes stands in the worker itself: another version of the site is
another worker, which the browser installs as a whole or not at all.
"""

import hashlib
import json
from pathlib import Path

from .output import Output
from .sizes import FIRST_MODEL

SOURCE = Path(__file__).with_name("worker.js")
WORKER = "worker.js"
# Kept only when somebody has asked for them: of articles, of other models, to be read.
WHEN_USED = (
    "licenses/",
    "embed/",
    "view.",
    "gallery/",
    "models/",
    "wheels/onnx-",
    "wheels/protobuf-",
)
ALWAYS = (FIRST_MODEL, "models/index.json")


def add_worker(output: Output) -> None:
    """Write the worker with the list of all files that other parts have written."""
    files = {
        name: [hashlib.sha256(output.read(name)).hexdigest()[:16], is_kept(name)]
        for name in output.before
    }
    listed = json.dumps(files, separators=(",", ":"))
    version = hashlib.sha256(listed.encode()).hexdigest()[:16]
    text = SOURCE.read_text("utf-8").replace("{{files}}", listed).replace("{{version}}", version)
    output.write(WORKER, text.encode())


def is_kept(name: str) -> bool:
    """Whether a file is kept before anybody asks for it."""
    return name.startswith(ALWAYS) or not name.startswith(WHEN_USED)
