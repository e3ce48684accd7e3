"""The bench of explanations: its network, and what it tells of one."""

import numpy as np

import tensorama as tr
from tensorama_build.bench.explain import gpt, packed
from tensorama_build.bench.explained import measured


def test_the_made_decoder_looks_back_only():
    model = tr.load(gpt(layers=2, width=24, heads=3, tokens=5))
    ids = np.array([[3, 1, 4, 1, 5]])
    logits = model.run({"ids": ids})["logits"]
    ids[0, 4] = 9
    later = model.run({"ids": ids})["logits"]
    np.testing.assert_allclose(logits[0, :4], later[0, :4], 1e-5)
    assert (logits[0, 4] != later[0, 4]).any()


def test_a_row_has_median_and_nearly_longest_time_of_each_work():
    data = gpt(layers=1, width=12, heads=2, tokens=4)
    row = measured(data, packed({"ids": np.array([[1, 2, 3, 4]])}))
    assert row["cells"] == 80
    for work in ("operands", "explanation", "input"):
        assert 0 < row[f"{work}_ms"] <= row[f"{work}_95_ms"]
    assert 0 < row["influence_piece_ms"] <= row["influence_ms"]
