"""Wheels hold what the page needs, no more, and the same contents give the same bytes."""

import base64
import hashlib
import io
import lzma
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tensorama_build import wheels

SITE_PACKAGES = Path(sysconfig.get_path("platlib"))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package with a data file and with what Python leaves behind."""
    folder = tmp_path / "tensorama"
    (folder / "view").mkdir(parents=True)
    (folder / "__pycache__").mkdir()
    (folder / "__init__.py").write_text('"""Tiny."""\n')
    (folder / "view" / "cell.glsl").write_text("void main() {}\n")
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    (tmp_path / "tensorama_start.py").write_text('"""Runs first."""\n')
    return folder


def test_the_same_sources_give_the_same_bytes(package):
    first = wheels.tensorama_wheel(package, "0.1.0")
    for path in package.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    assert wheels.tensorama_wheel(package, "0.1.0") == first


def test_a_wheel_holds_data_files_and_no_caches(package):
    with zipfile.ZipFile(io.BytesIO(wheels.tensorama_wheel(package, "0.1.0"))) as archive:
        assert archive.namelist() == [
            "tensorama-0.1.0.dist-info/METADATA",
            "tensorama-0.1.0.dist-info/RECORD",
            "tensorama-0.1.0.dist-info/WHEEL",
            "tensorama/__init__.py",
            "tensorama/rest.xz",
            "tensorama_start.py",
        ]
        rest = lzma.decompress(archive.read("tensorama/rest.xz"))
        assert rest == b'[["view/cell.glsl",15]]\nvoid main() {}\n'


def test_the_record_has_the_hash_of_every_file(package):
    with zipfile.ZipFile(io.BytesIO(wheels.tensorama_wheel(package, "0.1.0"))) as archive:
        rows = archive.read("tensorama-0.1.0.dist-info/RECORD").decode().splitlines()
        for row in rows[:-1]:
            name, digest, size = row.split(",")
            data = archive.read(name)
            assert len(data) == int(size)
            padded = digest.removeprefix("sha256=") + "="
            assert base64.urlsafe_b64decode(padded) == hashlib.sha256(data).digest()
    assert rows[-1] == "tensorama-0.1.0.dist-info/RECORD,,"


def test_the_pruned_protobuf_reads_onnx_by_itself(tmp_path):
    """A Python that sees only the two wheels can write and read a model."""
    complete = tmp_path / "protobuf.whl"
    with zipfile.ZipFile(complete, "w") as archive:
        for path in sorted((SITE_PACKAGES / "google" / "protobuf").rglob("*.py")):
            archive.write(path, path.relative_to(SITE_PACKAGES))
    schema = SITE_PACKAGES / "onnx" / "onnx_ml_pb2.py"
    for data in (
        wheels.protobuf_wheel(complete, "6.33.6"),
        wheels.onnx_wheel(schema, "1.23.2"),
    ):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(tmp_path / "unpacked")
    script = """
import sys
import google.protobuf
from onnx import onnx_ml_pb2 as schema
model = schema.ModelProto(producer_name="tensorama")
model.graph.node.add(op_type="Conv", attribute=[schema.AttributeProto(name="pads", ints=[1, 2])])
again = schema.ModelProto.FromString(model.SerializeToString())
assert again == model, again
assert list(again.graph.node[0].attribute[0].ints) == [1, 2]
assert not [m for m in sys.modules if "_upb" in m]
kind = type(google.protobuf.text_format)
assert kind is not type(sys), "the text format was imported"
assert "Conv" in str(again), "and works when it is asked for"
assert type(google.protobuf.text_format) is type(sys)
print(again.producer_name)
"""
    done = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", script],
        env={
            "PYTHONPATH": str(tmp_path / "unpacked"),
            "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python",
            "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("tensorama", "")
