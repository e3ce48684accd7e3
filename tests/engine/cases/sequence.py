"""Sequences of tensors."""

from engine.cases import case, i64, normal, scalar

_S = [normal(2, 3), normal(1, 3, seed=1), normal(4, 3, seed=2)]

CASES = [
    case("SequenceConstruct", *_S, opset=11),
    case("SequenceEmpty", opset=11),
    case("SequenceEmpty", opset=11, dtype=7),
    case("SequenceLength", _S, opset=11),
    *(case("SequenceAt", _S, scalar(i, "int64"), opset=11) for i in (0, 2, -1, -3)),
    *(case("SequenceErase", _S, scalar(i, "int64"), opset=11) for i in (0, -1)),
    case("SequenceErase", _S, opset=11),
    *(
        case("SequenceInsert", _S, normal(1), scalar(i, "int64"), opset=11)
        for i in (0, 1, 3, -1, -3)
    ),
    case("SequenceInsert", _S, normal(1), opset=11),
    case("ConcatFromSequence", _S, axis=0, opset=11),
    case("ConcatFromSequence", [normal(2, 3), normal(2, 4)], axis=-1, opset=11),
    *(
        case("ConcatFromSequence", [normal(2, 3), normal(2, 3)], axis=axis, new_axis=1, opset=11)
        for axis in (0, 1, 2, -1)
    ),
    *(
        case("SplitToSequence", normal(5, 4), split, opset=11, **attributes)
        for split, attributes in (
            (None, {}),
            (None, {"keepdims": 0, "axis": 1}),
            (scalar(2, "int64"), {}),
            (scalar(3, "int32"), {"axis": -1}),
            (i64(1, 3, 1), {}),
        )
    ),
]
