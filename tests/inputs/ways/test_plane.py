"""A place on a plane becomes two numbers; the map of all places is drawn by the network itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tensorama as tr
from tensorama.engine.contract import whole
from tensorama.inputs.ways import Plane, feeds_slices, ways_of
from tensorama.outputs.readings import mosaic, painted


@pytest.fixture(scope="module")
def decoder() -> tr.Model:
    return tr.load(Path(__file__).parents[3] / "models" / "autoencoder" / "decoder.onnx")


def test_a_place_is_two_numbers_within_the_plane(decoder: tr.Model) -> None:
    (way,) = ways_of(decoder)
    assert isinstance(way, Plane)
    assert (way.low, way.high) == (-3, 3)
    fed = whole(feeds_slices(decoder, {way.tensor: ("plane", 1.25, -7)}))
    assert fed[way.tensor].tolist() == [[1.25, -3]]
    for gift in ((), ("plane",), ("plane", "x", None), ("noise", 1.0, 2.0)):
        assert way.place(gift) == (0, 0)


def test_the_map_has_at_each_place_what_the_network_draws_there(decoder: tr.Model) -> None:
    (way,) = ways_of(decoder)
    assert isinstance(way, Plane)
    places = way.grid(3)
    assert places[0].tolist() == [-2, 2]
    assert places[5].tolist() == [2, 0]
    trace = decoder.run({way.tensor: places})
    whole_map, values = mosaic(trace, 3), trace["picture"]
    assert whole_map is not None
    assert whole_map.shape == (84, 84)
    low, span = values.min(), np.ptp(values)
    tile = np.round(255 * (values[5, 0].astype(float) - low) / span)
    assert np.abs(whole_map[28:56, 56:84] - tile).max() <= 1
    single = decoder.run({way.tensor: places[5:6]})
    assert single["picture"][0] == pytest.approx(values[5], abs=1e-5)
    picture = painted(single)
    assert picture is not None
    assert picture.pixels.shape == (28, 28, 3)
