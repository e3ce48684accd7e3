"""The scene's bench: what is made of its measurements."""

from tensorama_build import relock
from tensorama_build.bench.report import Measured
from tensorama_build.bench.scene import (
    NETWORKS,
    SIDES,
    STATES,
    Look,
    cost,
    markdown,
    report,
    said,
    typical,
)

HELD = {"drawCalls": 2, "geometries": 3, "textures": 4}


def seen(build: float, *wholes: float, calls: int = 2) -> Look:
    frames = [{"whole": whole, "script": whole / 10} for whole in wholes]
    return Look(build, frames, {**HELD, "drawCalls": calls})


def everything(ours: Look, theirs: Look) -> dict[tuple[str, str, str], list[Look]]:
    return {
        (network, state, side): [ours if side == "ours" else theirs]
        for network in NETWORKS
        for state in STATES
        for side in SIDES
    }


def test_the_median_is_over_all_frames_of_all_looks():
    looks = [seen(100, 1, 2), seen(300, 9), seen(200, 4, 5)]
    assert typical(looks, "build") == 200
    assert typical(looks, "frame") == 4
    assert typical(looks, "script") == 0.4


def test_what_a_look_took_counts_its_build_and_its_frames():
    assert seen(100, 20, 30).took_ms == 150


def test_costs_say_how_often_was_measured():
    row = cost("vgg19, open", [seen(1, 2, 3), seen(1, 4)], [seen(9, 9, calls=34666)])
    assert row == {
        "network": "vgg19, open",
        "ours_drawCalls": 2, "ours_geometries": 3, "ours_textures": 4,
        "ours_builds": 2, "ours_frames": 3,
        "theirs_drawCalls": 34666, "theirs_geometries": 3, "theirs_textures": 4,
        "theirs_builds": 1, "theirs_frames": 1,
    }  # fmt: skip


def test_every_network_and_state_has_its_build_frame_and_script_with_ratios():
    measured = report(everything(seen(50, 10), seen(200, 20)), [])
    assert len(measured.rows) == len(NETWORKS) * len(STATES) * 3
    assert measured.rows[0] == {
        "network": "lenet, closed", "ours_ms": 50, "theirs_ms": 200, "ratio": 0.25, "what": "build",
    }  # fmt: skip
    assert [row["ratio"] for row in measured.rows[1:3]] == [0.5, 0.5]
    assert measured.geomean == (0.25 * 0.5 * 0.5) ** (1 / 3)


def test_the_readme_has_a_line_for_each_network_and_for_what_stays():
    left = [{
        "what": "lenet, opened and closed",
        "ours_times": 10, "ours_geometries": "2 → 2", "ours_textures": "3 → 3",
        "theirs_times": 4, "theirs_geometries": "15 → 175", "theirs_textures": "5 → 119",
    }]  # fmt: skip
    full = report(everything(seen(50, 10), seen(14054, 2000, calls=255686)), left)
    lines = markdown(Measured(full.rows, full.extra)).splitlines()
    assert lines[3] == (
        "| lenet, open | 50 ms / 14.1 s | 10 ms / 2.0 s | 1.0 ms / 200 ms "
        "| 2 / 255,686 | 3, 4 / 3, 4 |"
    )
    assert lines[-1] == "| lenet, opened and closed | 2 → 2, 3 → 3 | 10 | 15 → 175, 5 → 119 | 4 |"
    assert len({line.count("|") for line in lines[:8]}) == 1


def test_times_are_said_as_a_person_reads_them():
    assert [said(ms) for ms in (4.24, 312.4, 14054)] == ["4.2 ms", "312 ms", "14.1 s"]


def test_tensorspace_is_fetched_with_what_it_was_made_for():
    names = {name for name in relock.wanted_by_bench() if name.startswith("tensorspace/")}
    assert names == {
        "tensorspace/three.min.js", "tensorspace/TrackballControls.js", "tensorspace/Tween.js",
        "tensorspace/tf.min.js", "tensorspace/tensorspace.min.js",
    }  # fmt: skip
