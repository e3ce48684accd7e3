"""How many bytes dist/ is, and how many of them a first visit costs beyond Python itself."""

import gzip
from pathlib import Path

BUDGET = 720_000
# What every Pyodide page with numpy and PyScript loads; the budget counts what comes on top.
PLATFORM = ("pyodide", "pyscript")
NOT_LOADED = (  # but when they are asked for
    "licenses", "languages", "onefile", "wordings", "gallery", "gallery.json",
)  # fmt: skip
# for articles; what explains numbers; what other networks than the first take
ON_DEMAND = ("onnx-", "protobuf-", "later.", "ways.", "view.", "poster.")
FIRST_MODEL = "models/lenet/"


def gzipped(path: Path) -> int:
    """A file's size over the wire from a server that compresses."""
    return len(gzip.compress(path.read_bytes(), 6, mtime=0))


def report(dist: Path) -> str:
    """A small table: folder, files, raw and gzipped kilobytes; then the first visit."""
    rows: dict[str, list[int]] = {}
    for path in sorted(path for path in dist.rglob("*") if path.is_file()):
        folder = path.relative_to(dist).parts[0] if path.parent != dist else "page"
        row = rows.setdefault(folder, [0, 0, 0])
        row[0] += 1
        row[1] += path.stat().st_size
        row[2] += gzipped(path)
    lines = [f"{'':12}{'files':>7}{'kB':>9}{'kB gzip':>9}"]
    lines += [f"{k:12}{n:7}{raw / 1e3:9.0f}{gz / 1e3:9.0f}" for k, (n, raw, gz) in rows.items()]
    first = first_visit(dist)
    lines.append(
        f"A first visit beyond Pyodide, numpy and PyScript: {first / 1e3:.0f} kB gzip"
        f" of {BUDGET / 1e3:.0f}{'' if first <= BUDGET else ' - OVER BUDGET'}."
    )
    return "\n".join(lines)


def first_visit(dist: Path) -> int:
    """Bytes over the wire, gzipped, that a first visit costs beyond the platform itself."""
    return sum(gzipped(path) for path in dist.rglob("*") if is_first(path.relative_to(dist)))


def is_first(path: Path) -> bool:
    """Whether a first visit loads this file and it is not the platform's."""
    if path.suffix in ("", ".md") or path.parts[0] in (*PLATFORM, *NOT_LOADED):
        return False
    if path.name.startswith(ON_DEMAND):
        return False
    return path.parts[0] != "models" or path.as_posix().startswith(FIRST_MODEL)
