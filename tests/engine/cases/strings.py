"""Text: cleaned, joined, split, matched, counted, cut into words."""

from engine.cases import Case, case, i64, strings, uniform

_WORDS = strings("Monday", "tuesday", "WEDNESDAY", "thursday", "monday")
_LINES = strings("a.b.c", "", " hello  world ", "x", ".")


def _tf_idf(x, mode, **more):
    pool = {
        "pool_int64s": [2, 3, 5, 4, 5, 6, 7, 8, 6, 7],
        "ngram_counts": [0, 4],
        "ngram_indexes": [0, 1, 2, 3, 4, 5, 6],
    }
    lengths = {"min_gram_length": 1, "max_gram_length": 2, "max_skip_count": 0}
    return case("TfIdfVectorizer", x, opset=9, mode=mode, **{**pool, **lengths, **more})


_ITEMS = i64(1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8)

_TEXTS = strings("Hello World", "I love über science!", "", " a,b;;c  ", "aab abab")


def _cut(texts=_TEXTS, mincharnum: int = 1, mark: int = 0, **more) -> Case:
    return case(
        "Tokenizer",
        texts,
        domain="com.microsoft",
        opset=1,
        mark=mark,
        mincharnum=mincharnum,
        pad_value="#",
        **more,
    )


CASES = [
    *(
        case(
            "StringNormalizer",
            words,
            opset=10,
            case_change_action=action,
            is_case_sensitive=sensitive,
            stopwords=stop,
            locale="C",
            constants=(0,),  # onnxruntime wants to know that a first axis is 1
        )
        for words in (_WORDS, _WORDS.reshape(1, 5))
        for action in ("NONE", "LOWER", "UPPER")
        for sensitive in (0, 1)
        for stop in (["monday"], ["Monday", "tuesday", "WEDNESDAY", "thursday", "monday"])
    ),
    case("StringNormalizer", _WORDS, opset=10, case_change_action="UPPER", locale="C"),
    case("StringConcat", strings("a", "b").reshape(2, 1), strings("x", "", "ü"), opset=20),
    case("StringConcat", strings("a"), strings("b"), opset=20),
    *(
        case("StringSplit", _LINES.reshape(shape), outputs=2, opset=20, **attributes)
        for shape in ((5,), (5, 1))
        for attributes in (
            {},
            {"delimiter": "."},
            {"delimiter": ".", "maxsplit": 1},
            {"maxsplit": 1},
            {"delimiter": "lo"},
        )
    ),
    *(
        case("RegexFullMatch", strings("www.a.com", "a@b.org", "ab"), pattern=pattern, opset=20)
        for pattern in (r"www\.[\w.-]+\.\bcom\b", r"(\W|^)[\w.\-]{0,25}@(b)\.org(\W|$)", "a.?")
    ),
    *(  # letters are those of ASCII
        case("RegexFullMatch", strings("über", "wo"), pattern=pattern, opset=20)
        for pattern in (r"\w+", "[[:alpha:]]+")
    ),
    *(
        _tf_idf(x, mode, max_skip_count=skip)
        for mode in ("TF", "IDF", "TFIDF")
        for x in (_ITEMS, _ITEMS.reshape(2, 6))
        for skip in (0, 1, 5)
    ),
    _tf_idf(_ITEMS, "TF", min_gram_length=2),
    _tf_idf(_ITEMS, "TF", max_gram_length=1),
    _tf_idf(_ITEMS, "TFIDF", weights=[2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
    _tf_idf(_ITEMS, "IDF", weights=[2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
    _tf_idf(_ITEMS, "TF", ngram_indexes=[6, 5, 4, 3, 2, 1, 0]),
    _tf_idf(
        _ITEMS,
        "TFIDF",
        ngram_indexes=[6, 5, 4, 3, 2, 1, 0],
        weights=[2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
    ),
    _tf_idf(uniform(3, 9, low=2, high=9, dtype="int32"), "TF", max_skip_count=2),
    case(
        "TfIdfVectorizer",
        strings("a", "b", "a", "c", "b"),
        opset=9,
        mode="TF",
        pool_strings=["a", "b", "a", "c", "b", "a"],
        ngram_counts=[0, 2],
        ngram_indexes=[0, 1, 2, 3],
        min_gram_length=1,
        max_gram_length=2,
        max_skip_count=1,
    ),
    *(
        _cut(tokenexp=pattern, mincharnum=fewest, mark=mark)
        for pattern in (
            "[a-zA-Z0-9_]+",  # as skl2onnx writes it
            r"\b\w\w+\b",  # as scikit-learn does
            "a|ab|b+",  # the longest wins, not the first
            "(ab|a)(ba)?",
            r"\w+?",
            "a*",
            "a+b",
            "[[:alpha:]]+",
            "(?i)hello|W",
        )
        for fewest, mark in ((1, 0), (2, 0), (1, 1))
    ),
    *(
        _cut(separators=separators, mincharnum=fewest, mark=mark)
        for separators in (
            [" "],
            [" ", ","],
            ["[,; ]+"],
            ["a|ab"],
            ["x*"],
            ["l", "lo"],
            ["lo", "l"],
        )
        for fewest, mark in ((1, 0), (2, 0), (1, 1))
    ),
    _cut(tokenexp="."),
    _cut(separators=[""]),
    _cut(separators=[""], mark=1),
    _cut(_TEXTS[:4].reshape(2, 2), separators=[" "]),
    _cut(strings("", ""), tokenexp="a"),
    _cut(strings("", ""), tokenexp="a", mark=1),
    _cut(_TEXTS[:0], tokenexp="a"),
]
