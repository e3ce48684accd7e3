"""What a measurement came to, as a table for people and as JSON for programs."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """The rows of one suite: each names its network; times in ms, ratio = ours / theirs.

    `extra` holds what is no comparison of times, such as bytes, under its own names.
    """

    rows: list[Row]
    extra: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def geomean(self) -> float | None:
        """The geometric mean of the ratios: below 1 we are faster. None if no row has a ratio."""
        ratios = [row["ratio"] for row in self.rows if row.get("ratio")]
        if not ratios:
            return None
        return math.exp(sum(map(math.log, ratios)) / len(ratios))


def compare(network: str, ours_ms: float, theirs_ms: float, **more: Any) -> Row:
    """One row: our time against another's for the same work."""
    ratio = round(ours_ms / theirs_ms, 3)
    times = {"ours_ms": milliseconds(ours_ms), "theirs_ms": milliseconds(theirs_ms)}
    return {"network": network, **times, "ratio": ratio, **more}


def milliseconds(time: float) -> float:
    """Rounded to what a reader can use: short ones more finely."""
    return round(time, 1 if time >= 10 else 3)


def table(measured: Measured) -> str:
    """All rows under their column names, numbers to the right."""
    blocks = [columns(measured.rows)]
    blocks += [f"{name}\n{columns(rows)}" for name, rows in measured.extra.items()]
    if measured.geomean is not None:
        blocks.append(f"geometric mean of the ratios: {measured.geomean:.3f}")
    return "\n\n".join(blocks)


def columns(rows: list[Row]) -> str:
    """Rows of equal keys as text columns."""
    if not rows:
        return "(no rows)"
    names = list(rows[0])
    cells = [names] + [[str(row.get(name, "")) for name in names] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join(lines)


def write_json(measured: Measured, path: Path) -> None:
    """Write `{"rows": […], "geomean": …}` and whatever else was measured."""
    document = {"rows": measured.rows, "geomean": measured.geomean, **measured.extra}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
