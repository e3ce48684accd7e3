"""Elementwise arithmetic: two numbers in, one out."""

from engine.cases import case, normal

BROADCASTS = [
    ((2, 3, 4), (2, 3, 4)),
    ((2, 3, 4), (4,)),
    ((3, 1), (2, 1, 4)),
    ((), (2,)),
    ((0, 3), (3,)),
]
CASES = [
    case(name, normal(*a), normal(*b, seed=1), opset=opset)
    for name in ("Add", "Sub", "Mul", "Div")
    for a, b in BROADCASTS
    for opset in (7, 14)
]
