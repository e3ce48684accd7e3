"""Features before a classical model: scaled, filled in, looked up, encoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.classes import ML
from tensorama.explain.declare import declares
from tensorama.explain.movement import copied, copied_from
from tensorama.explain.quantised import written
from tensorama.phrases import word


def of_column(values: Sequence[float] | None, otherwise: float, column: int) -> float:
    """The parameter of a column: one for all, or one for each."""
    given = list(values or [otherwise])
    return float(np.float32(given[0 if len(given) == 1 else column]))


@declares("Scaler", domain=ML)
def scaled(cell: Cell) -> Account:
    """(x − offset) · scale"""
    given, x = cell.attributes, Operand(0, cell.at, "x")

    def told(x: str) -> str:
        return m.row(m.op("("), x, m.op("−"), m.name("offset"), m.op(")"), m.op("·"),
                     m.name("scale"))  # fmt: skip

    def work(values: Values) -> Worked:
        column = int(cell.at[-1])
        offset = of_column(given["offset"], 0, column)
        scale = of_column(given["scale"], 1, column)
        apart = np.float64(values(x) - offset)
        value = np.float64(apart * scale)
        said = Said(
            "Feature {column} is {apart} from its offset {offset}; scaled by {scale}.",
            {"column": column, **written(apart=apart, offset=offset, scale=scale)},
        )
        stages = [Stage("− offset", apart), Stage("· scale", value)]
        return Worked(stages, [Terms((x,), np.asarray(value), "scaled")], said, told(m.name("x")))

    return Account((x,), work, "elements", x, told)


@declares("Normalizer", domain=ML)
def normalised(cell: Cell) -> Account:
    """A feature divided by the size of its row."""
    kind = cell.attributes["norm"]
    at, (along,) = cell.spread(cell.shape(0)[-1])
    own, row = Operand(0, cell.at, "own"), Operand(0, (*at[:-1], along), "row")
    names = {"MAX": "largest absolute value", "L1": "sum of absolute values", "L2": "length"}

    def work(values: Values) -> Worked:
        cells = np.asarray(values(row), float)
        sizes = np.abs(cells) if kind != "L2" else cells**2
        size = sizes.max() if kind == "MAX" else sizes.sum()
        size = np.sqrt(size) if kind == "L2" else size
        value = np.float64(values(own) / (size or 1))
        shares = np.zeros(cells.shape)
        shares[int(cell.at[-1])] = value
        said = Said(
            "{x}, divided by the {name} of its row, {size}.",
            {"name": word(names[kind]), **written(x=values(own), size=size)},
        )
        stages = [Stage("size of the row", size), Stage("share", value)]
        formula = m.fraction(m.name("x"), m.name(kind))
        return Worked(stages, [Terms((row,), shares, "row", sizes)], said, formula)

    return Account((own, row), work, "elements")


@declares("Binarizer", domain=ML)
def binary(cell: Cell) -> Account:
    """1 above a threshold."""
    x, threshold = Operand(0, cell.at, "x"), cell.attributes["threshold"]

    def work(values: Values) -> Worked:
        value = (values(x) > threshold) * 1
        said = Said(
            "{x} lies above the threshold {threshold}: 1." if value
            else "{x} does not lie above the threshold {threshold}: 0.",
            written(x=values(x), threshold=threshold),
        )  # fmt: skip
        terms = Terms((x,), np.asarray(value), "comparison", np.asarray(1.0))
        return Worked([Stage("above", value)], [terms], said,
                      m.row(m.name("x"), m.op(">"), m.number(threshold)))  # fmt: skip

    return Account((x,), work, "comparison")


@declares("Imputer", domain=ML)
def filled(cell: Cell) -> Account:
    """A missing value is replaced by what usually stands there."""
    given, x = cell.attributes, Operand(0, cell.at, "x")
    floats = cell.array(0).dtype.kind == "f"
    gap = given["replaced_value_float" if floats else "replaced_value_int64"]
    fills = given["imputed_value_floats" if floats else "imputed_value_int64s"]

    def work(values: Values) -> Worked:
        value = values(x)
        missing = np.isnan(value) if floats and np.isnan(gap) else value == gap
        column = int(cell.at[-1]) if cell.at else 0
        stand_in = fills[0 if len(fills) == 1 else column] if missing else value
        said = Said(
            "The value of feature {column} was missing: {fill} stands in for it." if missing
            else "The value of feature {column} is there and stays.",
            {"column": column, **written(fill=stand_in)},
        )  # fmt: skip
        terms = [Terms((x,), np.asarray(stand_in), "filled in" if missing else "given")]
        return Worked([Stage("filled in" if missing else "given", stand_in)], terms, said,
                      m.name("x"))  # fmt: skip

    return Account((x,), work, "look-up")


@declares("ArrayFeatureExtractor", domain=ML)
def extracted(cell: Cell) -> Account:
    """The feature whose number stands in y."""
    places = cell.shape(1)
    column = cell.at[-1]
    asked = Operand(1, tuple(np.unravel_index(column, places)) if places else (), "index")
    feature = cell.array(1)[asked.index]
    feature = np.where(feature < 0, feature + cell.shape(0)[-1], feature)
    at = (feature,) if len(cell.shape(0)) == 1 else (*cell.at[:-1], feature)
    said = Said("")  # nobody reads what is said of many
    if cell.one:
        said = Said(
            "Feature {number} is the one that number {place} of the indices asks for.",
            {"number": int(feature), "place": int(column) + 1},
        )
    return copied(Operand(0, at, "feature"), said, "look-up", [asked])


@declares("FeatureVectorizer", domain=ML)
def side_by_side(cell: Cell) -> Account:
    """Features of several inputs in one row."""
    widths = [int(np.prod(cell.shape(p)[1:])) for p in range(len(cell.inputs))]
    ends = np.cumsum(widths)
    n, column = cell.at
    which = np.searchsorted(ends, column, side="right")
    within = column - np.concatenate(([0], ends))[which]
    if cell.one:
        position = int(which)
        rest = np.unravel_index(within, cell.shape(position)[1:]) if widths[position] > 1 else (
            (np.asarray(0),) * (len(cell.shape(position)) - 1))  # fmt: skip
        said = Said("Feature {within} of input {number}.",
                    {"within": int(within), "number": position + 1})  # fmt: skip
        return copied(Operand(position, (n, *rest), "feature"), said)
    return copied_from(range(len(widths)), which, (n, within))


@declares("OneHotEncoder", domain=ML)
def one_hot(cell: Cell) -> Account:
    """1 where the category is the value's."""
    given, x = cell.attributes, Operand(0, cell.at[:-1], "x")
    categories = list(given["cats_strings"] or given["cats_int64s"] or ())

    def work(values: Values) -> Worked:
        value, category = values(x), categories[int(cell.at[-1])]
        same = value == category
        said = Said(
            "{x} is the category {category}: 1." if same
            else "{x} is not the category {category}: 0.",
            written(x=value, category=category),
        )  # fmt: skip
        share = np.float64(same)
        terms = Terms((x,), np.asarray(share), "comparison", np.asarray(1.0))
        return Worked([Stage("same", share)], [terms], said,
                      m.row(m.name("x"), m.op("="), m.number(category)))  # fmt: skip

    return Account((x,), work, "comparison")


@declares("LabelEncoder", "CategoryMapper", domain=ML)
def looked_up(cell: Cell) -> Account:
    """What stands beside the value in a table."""
    x = Operand(0, cell.at, "key")
    table, default = _table(cell)

    def work(values: Values) -> Worked:
        key = cell.array(0)[cell.at]
        known = next((value for k, value in table if _same(k, key)), None)
        value = default if known is None else known
        said = Said(
            "{key} is not in the table of {count}: {value} stands for what is not there."
            if known is None
            else "Looked up in a table of {count}: beside {key} stands {value}.",
            {"count": len(table), **written(key=key, value=value)},
        )  # fmt: skip
        share = np.asarray(value, object if isinstance(value, str) else None)
        terms = [Terms((x,), share, "look-up", np.asarray(1.0))]
        return Worked([Stage("look-up", value)], terms, said, m.call("table", m.name("x")))

    return Account((x,), work, "look-up")


def _same(key: Any, given: Any) -> bool:
    if isinstance(key, str) or isinstance(given, str):
        return bool(key == given)
    if np.isnan(key) or np.isnan(given):
        return bool(np.isnan(key) and np.isnan(given))
    return bool(np.float32(key) == np.float32(given)) if isinstance(key, float) else key == given


def _table(cell: Cell) -> tuple[list[tuple[Any, Any]], Any]:
    """The keys and their values, and what stands for keys that are not there."""
    given, words = cell.attributes, cell.array(0).dtype.kind == "O"
    if "classes_strings" in given or cell.op == "CategoryMapper":
        names: Sequence[str] = given.get("classes_strings") or given["cats_strings"]
        numbers: Sequence[int] = given.get("cats_int64s") or range(len(names))
        pairs = zip(names, numbers, strict=True) if words else zip(numbers, names, strict=True)
        return list(pairs), given["default_int64" if words else "default_string"]
    kinds = ("floats", "int64s", "strings")
    keys = next((given[f"keys_{k}"] for k in kinds if given[f"keys_{k}"]), given["keys_tensor"])
    default: Any = None
    if given["values_tensor"] is not None:
        values = given["values_tensor"]
        default = {"f": -0.0, "i": -1}.get(values.dtype.kind, "_Unused")
    elif given["values_strings"]:
        values, default = given["values_strings"], given["default_string"]
    elif given["values_int64s"]:
        values, default = given["values_int64s"], given["default_int64"]
    else:
        values, default = np.array(given["values_floats"], np.float32), given["default_float"]
    if given["default_tensor"] is not None:
        default = given["default_tensor"].reshape(-1)[0]
    return list(zip(list(keys), list(values), strict=True)), default


@declares("DictVectorizer", "CastMap", domain=ML)
def of_map(cell: Cell) -> Account:
    """A value of a map, whose entries have no place that an index could name."""
    given, entries = cell.attributes, cell.inputs[0]
    assert isinstance(entries, Mapping)
    column = int(np.ravel(cell.at[-1])[0])
    value: Any
    if cell.op == "DictVectorizer":
        key = list(given["string_vocabulary"] or given["int64_vocabulary"])[column]
    else:
        key = column if given["map_form"] == "SPARSE" else sorted(entries)[column]
    there = key in entries
    empty: Any = "" if cell.result.dtype.kind == "O" else 0
    value = entries.get(key, empty)
    if cell.op == "CastMap":
        text = given["cast_to"] == "TO_STRING"
        value = (str(value) if there else "0") if text else float(value if there else 0)
        value = int(value) if given["cast_to"] == "TO_INT64" else value
    said = Said(
        "The map has {value} at the key {key}." if there
        else "The map has nothing at the key {key}: {value} stands there.",
        written(value=value, key=key),
    )  # fmt: skip

    def work(values: Values) -> Worked:
        return Worked([Stage("look-up", value)], [], said, m.call("map", m.number(key)))

    return Account((), work, "look-up")


@declares("ZipMap", domain=ML)
def zipped(cell: Cell) -> Account:
    """Maps have no cells; each value is the score of its label, unchanged."""
    said = Said("Each label is put beside its score.")
    return copied(Operand(0, cell.at, "score"), said)
