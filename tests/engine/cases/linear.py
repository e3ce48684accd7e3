"""Matrix products: ranks, transposes, scales, integers, equations."""

from engine.cases import case, f32, normal, scalar, uniform

BYTES = uniform(4, 6, low=0, high=255, dtype="uint8")
SIGNED = uniform(6, 5, low=-64, high=64, dtype="int8", seed=1)
CASES = [
    *(case("MatMul", normal(*a), normal(*b, seed=1), opset=o, atol=1e-5)
      for a, b in [((3, 4), (4, 5)), ((4,), (4,)), ((4,), (4, 5)), ((3, 4), (4,)),
                   ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((5, 1, 3, 4), (2, 4, 6)),
                   ((0, 4), (4, 3)), ((3, 4), (2, 4, 5))]
      for o in (7, 13)),
    case("MatMul", uniform(3, 4, low=-5, high=5, dtype="int32"),
         uniform(4, 2, low=-5, high=5, dtype="int32")),
    case("MatMul", normal(3, 40, dtype="float16"), normal(40, 2, dtype="float16", seed=1),
         rtol=1e-2, atol=1e-2),
    case("MatMul", normal(3, 4, dtype="float64"), normal(4, 2, dtype="float64", seed=1)),
    *(case("Gemm", normal(*((5, 3) if ta else (3, 5))), normal(*((4, 5) if tb else (5, 4)), seed=1),
           c, opset=o, transA=ta, transB=tb, atol=1e-5)
      for ta in (0, 1) for tb in (0, 1)
      for c in (normal(4, seed=2), normal(3, 1, seed=2)) for o in (7, 9, 13)),
    *(case("Gemm", normal(3, 5), normal(5, 4, seed=1), normal(3, 4, seed=2), alpha=a, beta=b,
           atol=1e-5)
      for a, b in ((0.5, 2.0), (1.0, 0.0), (0.25, 1.0))),
    case("Gemm", normal(3, 5), normal(5, 4, seed=1), scalar(2.0), atol=1e-5),
    case("Gemm", normal(3, 5), normal(5, 4, seed=1), opset=11, atol=1e-5),
    case("FusedMatMul", normal(2, 4, 3), normal(2, 4, 5, seed=1), opset=1, domain="com.microsoft",
         transA=1, alpha=0.5, atol=1e-5),
    case("FusedMatMul", normal(2, 3, 4), normal(2, 5, 4, seed=1), opset=1, domain="com.microsoft",
         transB=1, atol=1e-5),
    case("FusedMatMul", normal(3, 2, 4), normal(2, 4, 5, seed=1), opset=1, domain="com.microsoft",
         transBatchA=1, atol=1e-5),
    *(case("Einsum", *[normal(*s, seed=i) for i, s in enumerate(shapes)], equation=e, atol=1e-5)
      for e, shapes in [
          ("ij,jk->ik", ((2, 3), (3, 4))), ("bij,bjk->bik", ((2, 3, 4), (2, 4, 5))),
          ("ii->i", ((3, 3),)), ("ij->ji", ((2, 3),)), ("ij->", ((2, 3),)),
          ("i,i", ((4,), (4,))), ("i,j->ij", ((2,), (3,))),
          ("...ij,...jk->...ik", ((2, 3, 4), (2, 4, 5))),
          ("bhid,bhjd->bhij", ((1, 2, 3, 4), (1, 2, 5, 4))),
          ("ij, jk , kl -> il", ((2, 3), (3, 4), (4, 2))),
          ("ij,jk", ((2, 3), (3, 4))),
      ]),
    case("MatMulInteger", BYTES, SIGNED),
    case("MatMulInteger", BYTES, SIGNED, scalar(7, "uint8"), scalar(-3, "int8")),
    case("MatMulInteger", BYTES, SIGNED, scalar(7, "uint8"),
         uniform(5, low=-4, high=5, dtype="int8", seed=2), opset=10),
    *(case("Det", normal(*s), opset=11, atol=1e-5) for s in ((3, 3), (2, 4, 4))),
    case("Det", f32([[2, 0], [0, 3]])),
]  # fmt: skip
