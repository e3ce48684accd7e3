"""What a person sees, as plain data: the State, and what is derived from it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.box import Box
from tensorama.app.cells import chosen
from tensorama.app.desk import Desk
from tensorama.app.panels.asking import Asking
from tensorama.app.panels.numbers import Numbers
from tensorama.app.state import to_json
from tensorama.view.stage import Stage

_HEATS = {"": "off", "time": "measured", "memory": "recorded"}


def describe(box: Box) -> dict[str, Any]:
    """Everything that a host or a test can ask for."""
    desk = box.desk
    stage, session, state = desk.stage, desk.session, desk.state
    model, answer, at = session.model, session.answer, desk.at
    lit = stage.player.lit()
    tree = stage.scene.tree
    places, frames = _places(desk)
    boxes = stage.boxes().round(1).tolist()  # left, top, right, bottom on the canvas, in pixels
    path = () if at is None else (*tree.around(at), at)
    return {
        "shown": to_json(state),
        "model": {
            "name": session.name,
            "parameters": model.parameters,
            "nodes": len(model.graph.nodes),
            "inputs": [value.name for value in model.graph.inputs],
        } if model else None,
        "layers": [
            {
                "name": block.layer.name, "op": block.layer.op, "kind": block.layer.kind,
                "shape": list(block.picture.shape), "tensor": block.picture.tensor,
                "maps": block.picture.maps, "open": number in stage.opened,
                "shown": bool(stage.layout.shown[number]), "lit": bool(lit[number] > 0.5),
                "inside": [*tree.around(number)], "place": places.get(number),
                "box": boxes[number] if boxes and number in places else None,  # none without WebGL
            }
            for number, block in enumerate(stage.scene.blocks)
        ],
        "groups": [
            {
                "name": group.layer.name, "op": group.layer.op, "kind": group.layer.kind,
                "layers": len(group.members), "open": group.number in stage.opened,
                "number": group.number,
                "inside": [*tree.around(group.number)], "place": frames.get(group.number),
            }
            for group in tree.groups
        ],
        "links": stage.layout.links.tolist(),
        "selection": chosen(desk),
        "threads": _threads(desk),
        "at": [stage.scene.layer(item).name for item in path],
        "overview": not desk.frame.part("map").hidden,
        "shelf": _shelf(desk),
        "written": [figure.text for figure in box.part(Numbers).figures.written],
        "output": {
            "tensor": answer.tensor, "label": answer.best.label, "share": answer.best.share,
            "shares": [c.share for c in answer.candidates],
        } if answer else None,
        "busy": session.busy,
        "moving": stage.moving,
        "theme": stage.theme,
        "run": _run(desk),
        "heat": _HEATS.get(state.heat, state.heat),
        "question": box.part(Asking).open or None,
        "message": None if desk.frame.part("note").hidden
        else desk.frame.part("note").querySelector("p").textContent,
    }  # fmt: skip


def _places(desk: Desk) -> tuple[dict[int, list[float]], dict[int, list[float]]]:
    """Where the seen blocks and the open groups stand: left, bottom, right, top, in units."""
    layout = desk.stage.layout
    middle, half = layout.anchors[:, :2], layout.sizes[:, :2] / 2
    corners = np.column_stack([middle - half, middle + half]).round(3).tolist()
    frames = {f.group: [f.left, f.bottom, f.right, f.top] for f in layout.frames}
    return {int(n): corners[n] for n in np.flatnonzero(layout.shown)}, frames


def _threads(desk: Desk) -> list[dict[str, Any]]:
    """The lines from cells to the one that they made: which cells, how wide, where on the canvas.

    `sign`: 1 adds, -1 takes away, 0 only competed. The widest come last, and are drawn last.
    """
    stage = desk.stage
    threads = stage.marks.threads if isinstance(stage, Stage) else None
    if threads is None or not len(threads.widths) or not isinstance(stage, Stage):
        return []
    blocks = stage.scene.blocks
    ends = stage.on_screen(threads.segments.reshape(-1, 3)).reshape(-1, 2, 3)
    told = []
    for number, (block, chart, row, col) in enumerate(threads.sources.tolist()):
        index = blocks[block].picture.index(chart, row, col)
        start, end = ends[number, :, :2].round(1).tolist()
        told.append({
            "tensor": blocks[block].picture.tensor, "index": list(index or ()),
            "sign": int(threads.signs[number]), "width": round(float(threads.widths[number]), 3),
            "from": start, "to": end,
        })  # fmt: skip
    return told


def _shelf(desk: Desk) -> dict[str, Any] | None:
    """What stands on the shelf."""
    if desk.shelf is None or desk.at is None:
        return None
    shelf = desk.shelf.shelf
    return {
        "layer": desk.stage.scene.layer(desk.at).name,
        "what": desk.state.shelf,
        "tensors": [block.picture.tensor for block in shelf.scene.blocks],
        "titles": [*shelf.titles],
    }


def _run(desk: Desk) -> dict[str, Any]:
    """Where in the run one is: its position and length in shown seconds, and the current step.

    `timed`: what is told of its measured time will not be measured again.
    """
    player = desk.stage.player
    step = player.step
    return {
        "playing": player.playing,
        "position": round(min(player.position, player.length), 4),
        "length": round(player.length, 4),
        "speed": player.speed,
        "loop": player.loop,
        "whole": player.whole,
        "timed": bool(desk.session.shown and desk.session.shown.outcome.timed),
        "steps": len(player.items),
        "step": None if step is None
        else {"number": step, "name": desk.stage.scene.layer(int(player.items[step])).name},
    }  # fmt: skip
