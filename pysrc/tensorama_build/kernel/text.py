"""A small language that reads like arithmetic and writes WebAssembly text.

    f = module.function("double", "x n")
    with f.loop(f.n > 0):
        f.store(f.x, f.load(f.x) * 2.0)
        f.step(f.x, 16)
        f.step(f.n, -4)

A `Value` is an expression of one kind: "i32" (also an address in bytes), "f32", or "v128", which
is always read as four floats. Python's operators build larger expressions; numbers become
constants of the kind that they meet.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from tensorama.engine.kernel.door import parameters

_INT = {"+": "add", "-": "sub", "*": "mul", "/": "div_s", "%": "rem_s", "&": "and", "|": "or",
        "<<": "shl", ">>": "shr_s", "<": "lt_s", "<=": "le_s", ">": "gt_s", ">=": "ge_s",
        "==": "eq", "!=": "ne"}  # fmt: skip
_FLOAT = {"+": "add", "-": "sub", "*": "mul", "/": "div", "<": "lt", "<=": "le", ">": "gt",
          ">=": "ge", "==": "eq", "!=": "ne"}  # fmt: skip
_COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}


class Value:
    """An expression: its text and its kind."""

    __hash__ = None  # type: ignore[assignment]  # == builds an expression

    def __init__(self, text: str, kind: str) -> None:
        self.text, self.kind = text, kind

    def _with(self, sign: str, other: Value | int | float, swapped: bool = False) -> Value:
        other = constant(other, self.kind)
        left, right = (other, self) if swapped else (self, other)
        if self.kind == "i32":
            return Value(f"(i32.{_INT[sign]} {left.text} {right.text})", "i32")
        prefix = "f32" if self.kind == "f32" else "f32x4"
        kind = "i32" if self.kind == "f32" and sign in _COMPARISONS else self.kind
        return Value(f"({prefix}.{_FLOAT[sign]} {left.text} {right.text})", kind)

    def __add__(self, other: Value | int | float) -> Value:
        return self._with("+", other)

    def __radd__(self, other: Value | int | float) -> Value:
        return self._with("+", other, swapped=True)

    def __sub__(self, other: Value | int | float) -> Value:
        return self._with("-", other)

    def __rsub__(self, other: Value | int | float) -> Value:
        return self._with("-", other, swapped=True)

    def __mul__(self, other: Value | int | float) -> Value:
        return self._with("*", other)

    def __rmul__(self, other: Value | int | float) -> Value:
        return self._with("*", other, swapped=True)

    def __truediv__(self, other: Value | int | float) -> Value:
        return self._with("/", other)

    def __rtruediv__(self, other: Value | int | float) -> Value:
        return self._with("/", other, swapped=True)

    def __mod__(self, other: Value | int) -> Value:
        return self._with("%", other)

    def __and__(self, other: Value | int) -> Value:
        return self._with("&", other)

    def __or__(self, other: Value | int) -> Value:
        return self._with("|", other)

    def __lshift__(self, other: Value | int) -> Value:
        return self._with("<<", other)

    def __rshift__(self, other: Value | int) -> Value:
        return self._with(">>", other)

    def __lt__(self, other: Value | int | float) -> Value:
        return self._with("<", other)

    def __le__(self, other: Value | int | float) -> Value:
        return self._with("<=", other)

    def __gt__(self, other: Value | int | float) -> Value:
        return self._with(">", other)

    def __ge__(self, other: Value | int | float) -> Value:
        return self._with(">=", other)

    def __eq__(self, other: object) -> Value:  # type: ignore[override]
        assert isinstance(other, Value | int | float)
        return self._with("==", other)

    def __ne__(self, other: object) -> Value:  # type: ignore[override]
        assert isinstance(other, Value | int | float)
        return self._with("!=", other)

    def __neg__(self) -> Value:
        return raw(f"{_prefix(self.kind)}.neg", self) if self.kind != "i32" else 0 - self


def _prefix(kind: str) -> str:
    return "f32x4" if kind == "v128" else kind


def constant(value: Value | int | float, kind: str) -> Value:
    """A number as an expression of that kind; an expression stays what it is."""
    if isinstance(value, Value):
        assert value.kind == kind, f"{value.kind} meets {kind}: {value.text}"
        return value
    if kind == "i32":
        return Value(f"(i32.const {value})", "i32")
    if kind == "f32":
        return Value(f"(f32.const {float32(value)})", "f32")
    return Value("(v128.const f32x4" + f" {float32(value)}" * 4 + ")", "v128")


def whole(value: int) -> Value:
    """The same whole number four times, in the bits of four floats."""
    return Value(f"(v128.const i32x4{f' {value}' * 4})", "v128")


def float32(value: float) -> str:
    """A number, rounded to a float, exactly as hexadecimal text."""
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    (rounded,) = struct.unpack("f", struct.pack("f", value))
    return str(rounded.hex())


def raw(instruction: str, *operands: Value, kind: str = "") -> Value:
    """Any instruction by its name; of the kind of its first operand, unless told otherwise."""
    texts = " ".join(operand.text for operand in operands)
    return Value(f"({instruction} {texts})", kind or operands[0].kind)


def splat(value: Value | float) -> Value:
    """One float four times."""
    return raw("f32x4.splat", constant(value, "f32"), kind="v128")


def least(a: Value, b: Value | int | float) -> Value:
    """The smaller one. Of floats NaN wins."""
    b = constant(b, a.kind)
    return pick(a < b, a, b) if a.kind == "i32" else raw(f"{_prefix(a.kind)}.min", a, b)


def most(a: Value, b: Value | int | float) -> Value:
    """The larger one. Of floats NaN wins."""
    b = constant(b, a.kind)
    return pick(a > b, a, b) if a.kind == "i32" else raw(f"{_prefix(a.kind)}.max", a, b)


def pick(condition: Value, yes: Value, no: Value | int | float) -> Value:
    """yes or no: as a whole, or for four floats lane by lane."""
    no = constant(no, yes.kind)
    if condition.kind == "v128":
        return raw("v128.bitselect", yes, no, condition)
    return raw("select", yes, no, condition)


def evens(low: Value, high: Value) -> Value:
    """Every second float of eight."""
    bytes_ = [4 * k + b for k in (0, 2, 4, 6) for b in range(4)]
    return raw(f"i8x16.shuffle {' '.join(map(str, bytes_))}", low, high)


class Function:
    """One function while it is written. Its parameters and locals are attributes."""

    def __init__(self, name: str, parameters: str, relaxed: bool, export: bool) -> None:
        self.name, self.relaxed, self.export = name, relaxed, export
        self.parameters: dict[str, Value] = {}
        for word in parameters.split():
            name_, _, kind = word.partition(":")
            self.parameters[name_] = Value(f"(local.get ${name_})", kind or "i32")
        self._locals: list[tuple[str, str]] = []
        self._lines: list[str] = []
        self._loops = 0

    def __getattr__(self, name: str) -> Value:
        try:
            return self.__dict__["parameters"][name]
        except KeyError:
            raise AttributeError(name) from None

    def let(self, value: Value | int, kind: str = "") -> Value:
        """A new local with this value."""
        kind = kind or (value.kind if isinstance(value, Value) else "i32")
        name = f"t{len(self._locals)}"
        self._locals.append((name, kind))
        variable = Value(f"(local.get ${name})", kind)
        self.set(variable, value)
        return variable

    def set(self, variable: Value, value: Value | int | float) -> None:
        """Give a local or parameter another value."""
        name = variable.text.removeprefix("(local.get ").removesuffix(")")
        self._lines.append(f"(local.set {name} {constant(value, variable.kind).text})")

    def step(self, variable: Value, by: Value | int) -> None:
        """Move an address or a counter on."""
        self.set(variable, variable + by)

    def madd(self, a: Value, b: Value, total: Value) -> Value:
        """a · b + total; with relaxed SIMD perhaps rounded only once."""
        if self.relaxed:
            return raw("f32x4.relaxed_madd", a, b, total)
        return total + a * b

    def load(self, address: Value, offset: int = 0) -> Value:
        """Four floats from memory, wherever they lie."""
        return Value(f"(v128.load offset={offset} align=4 {address.text})", "v128")

    def load_one(self, address: Value, offset: int = 0) -> Value:
        """One float from memory."""
        return Value(f"(f32.load offset={offset} {address.text})", "f32")

    def load_splat(self, address: Value, offset: int = 0) -> Value:
        """One float from memory, four times."""
        return Value(f"(v128.load32_splat offset={offset} {address.text})", "v128")

    def store(self, address: Value, value: Value, offset: int = 0) -> None:
        """Four floats, or one, to memory."""
        how = f"{value.kind}.store offset={offset} align=4"
        self._lines.append(f"({how} {address.text} {value.text})")

    def store_first(self, address: Value, value: Value) -> None:
        """The first of four floats to memory."""
        self._lines.append(f"(v128.store32_lane 0 {address.text} {value.text})")

    def write(self, how: str, *operands: Value) -> None:
        """Any instruction that gives nothing back, by its name."""
        self._lines.append(f"({how} {' '.join(operand.text for operand in operands)})")

    def call(self, function: str, *arguments: Value | int | float) -> None:
        """Call a function that gives nothing back. Whole numbers are i32, others f32."""
        values = [
            constant(a, "f32" if isinstance(a, float) else "i32") if not isinstance(a, Value) else a
            for a in arguments
        ]
        self._lines.append(f"(call ${function} {' '.join(v.text for v in values)})")

    @contextmanager
    def loop(self, condition: Value) -> Iterator[None]:
        """As long as the condition holds."""
        self._loops += 1
        number = self._loops
        self._lines.append(f"(block $out{number} (loop $again{number}")
        self._lines.append(f"(br_if $out{number} (i32.eqz {condition.text}))")
        yield
        self._lines.append(f"(br $again{number})))")

    @contextmanager
    def each(self, start: Value | int, stop: Value | int, step: Value | int = 1) -> Iterator[Value]:
        """Count from start to before stop."""
        counter = self.let(constant(start, "i32"))
        with self.loop(counter < stop):
            yield counter
            self.step(counter, step)

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Only if the condition holds."""
        self._lines.append(f"(if {condition.text} (then")
        yield
        self._lines.append("))")

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """If the condition of the `when` just before did not hold."""
        assert self._lines[-1] == "))", "otherwise() belongs right behind when()"
        self._lines[-1] = ") (else"
        yield
        self._lines.append("))")

    @property
    def text(self) -> str:
        """The function as WebAssembly text."""
        export = f' (export "{self.name}")' if self.export else ""
        head = [f"(param ${name} {value.kind})" for name, value in self.parameters.items()]
        head += [f"(local ${name} {kind})" for name, kind in self._locals]
        body = "\n".join([*head, *self._lines])
        return f"(func ${self.name}{export}\n{body})"


class Module:
    """All functions of one WebAssembly module that works on its host's memory."""

    def __init__(self, relaxed: bool) -> None:
        self.relaxed = relaxed
        self._functions: list[Function] = []

    def function(self, name: str, parameters: str) -> Function:
        """Begin a function. parameters: names, each with ":f32" or ":v128" if it is no i32."""
        return self._begin(Function(name, parameters, self.relaxed, export=False))

    def exported(self, name: str) -> Function:
        """Begin a function that the host can call; its parameters are those that are declared."""
        words = [p.name + (p.number if p.number == ":f32" else "") for p in parameters(name)]
        return self._begin(Function(name, " ".join(words), self.relaxed, export=True))

    def replay(self, parameters: str) -> Function:
        """Begin the function that plays programs, which is no part of them."""
        return self._begin(Function("replay", parameters, self.relaxed, export=True))

    def _begin(self, function: Function) -> Function:
        self._functions.append(function)
        return function

    def written(self, name: str) -> Function:
        """A function that has been written."""
        (function,) = (f for f in self._functions if f.name == name)
        return function

    @property
    def exports(self) -> list[str]:
        """The names of the functions that the host can call."""
        return [function.name for function in self._functions if function.export]

    @property
    def text(self) -> str:
        """The module as WebAssembly text. Its host lends it memory and a clock of milliseconds."""
        functions = "\n".join(function.text for function in self._functions)
        return f"""(module
(import "env" "memory" (memory 0))
(import "env" "emscripten_get_now" (func $clock (result f64)))
{functions})
"""
