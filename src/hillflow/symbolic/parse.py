"""Formulas from text, without ever running text as code.

The language is arithmetic alone: numbers, ``+ - * / **``, brackets, ``exp``, ``log`` and gene
names. A name that is a plain identifier stands as it is (``E2F1``, ``S``); any other stands in
backquotes (`` `NKX2-5` ``, `` `7157` ``), a backquote within it doubled.

Text is cut into tokens, names and numbers are replaced by placeholders, Python's ``ast`` reads
the brackets and the precedence of what remains, and a whitelist of its nodes becomes a sympy
expression. Everything else is refused. An expression has the structure of its text: numbers are
calculated, sums and products put into sympy's order, and nothing else is evaluated, since what
sympy asks itself about signs can take minutes. Numbers are floats, but for whole numbers of up
to 15 digits, so that no exact fraction or power can grow. Length, brackets, tokens and exponents
are bounded, and the cost is linear in the text.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Iterable
from typing import NoReturn

from sympy import Add, Expr, Float, Integer, Mul, Pow, Symbol, exp

from hillflow.errors import FileFormatError, did_you_mean
from hillflow.symbolic.expression import FUNCTIONS, LARGEST, ordered, symbol

MOST_CHARACTERS = 100_000
MOST_TOKENS = 4_000  # numbers, genes, operators and brackets
MOST_BRACKETS = 60  # within brackets
LARGEST_EXPONENT = 10**9
WHOLE = 10**15  # whole numbers below it stay what they are
MINUS = Integer(-1)
NO_NUMBER = "something that is not a finite real number"

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<function>{'|'.join(FUNCTIONS)})(?=\s*\()"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|`(?P<quoted>(?:[^`]|``)+)`"
    r"|(?P<signs>[-+](?:\s*[-+])*)"
    r"|(?P<mark>\*\*|[*/()]))"
)


def parse(text: str, genes: Collection[str] | None = None) -> Expr:
    """Read a formula.

    Parameters
    ----------
    text
        As `to_text` writes it.
    genes
        The names that it may hold; any unless given.

    Raises
    ------
    FileFormatError
        Where the text leaves the language of this module, or its bounds.
    """
    return _Reader(text, genes).formula()


class _Reader:
    """One text: its tokens, then its tree."""

    def __init__(self, text: str, genes: Collection[str] | None) -> None:
        if not isinstance(text, str):
            raise FileFormatError(
                "a formula as text", repr(text), "check the file the formula came from"
            )
        self.text, self.genes = text, genes
        self.leaves: list[Expr] = []
        self.bound("characters", len(text), MOST_CHARACTERS)

    def formula(self) -> Expr:
        words, places = self.tokens()
        self.source = " ".join(words)
        try:
            tree = ast.parse(self.source, mode="eval")
        except SyntaxError as error:
            length = 0
            for word, place in zip(words, places, strict=True):
                length += len(word) + 1
                if length > (error.offset or 1) - 1:
                    self.refuse(repr(self.text[place : place + 20]), place)
            self.refuse("its end", len(self.text))
        except (RecursionError, MemoryError):
            self.refuse("too many terms for this place of a program")
        return self.expression(tree.body)

    def tokens(self) -> tuple[list[str], list[int]]:
        """The text as Python reads it, placeholders for all names and numbers; and their places."""
        words, places, place, depth = [], [], 0, 0
        text = self.text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                self.refuse(repr(text[place:].strip()[:20]), place)
            kind = str(match.lastgroup)
            word = match[kind]
            places.append(match.start(kind))
            place = match.end()
            if kind == "signs":
                word = "-" if word.count("-") % 2 else "+"
            elif kind in ("number", "name", "quoted"):
                self.leaves.append(self.number(word) if kind == "number" else self.gene(word, kind))
                word = f"x{len(self.leaves) - 1}"
            depth += {"(": 1, ")": -1}.get(word, 0)
            self.bound("brackets within brackets", depth, MOST_BRACKETS)
            words.append(word)
            self.bound("numbers, genes, operators and brackets", len(words), MOST_TOKENS)
        return words, places

    def number(self, word: str) -> Expr:
        whole = word.isdigit() and len(word) < len(str(WHOLE))
        return self.finite(Integer(word) if whole else Float(float(word)))

    def gene(self, word: str, kind: str) -> Symbol:
        name = word.replace("``", "`") if kind == "quoted" else word
        if self.genes is not None and name not in self.genes:
            raise FileFormatError(
                "a formula of the genes that it is about", f"{name!r} in {self.text[:80]!r}",
                did_you_mean(name, list(self.genes)),
            )  # fmt: skip
        return symbol(name)

    def expression(self, node: ast.AST) -> Expr:
        """The value of a node of the whitelist; every other node is refused."""
        match node:
            case ast.Name(id=placeholder) if placeholder not in FUNCTIONS:
                return self.leaves[int(placeholder[1:])]
            case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign, operand=operand):
                value = self.expression(operand)
                return self.times(MINUS, value) if isinstance(sign, ast.USub) else value
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                terms = [
                    self.times(MINUS, value) if inverted else value
                    for value, inverted in self.chain(node, ast.Add, ast.Sub)
                ]
                return self.assembled(Add, terms)
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return self.product(self.chain(node, ast.Mult, ast.Div))
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                return self.power(self.expression(base), self.exponent(exponent))
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                if name not in FUNCTIONS:
                    self.refuse(f"the function {self.expression(node.func)}")
                return self.call(name, self.expression(argument))
        self.refuse("something other than arithmetic")

    def exponent(self, node: ast.expr) -> Expr:
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        bare = not self.source[: inner.col_offset].endswith("( ")
        if bare and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
            self.refuse("a power of a power without brackets")
        return self.expression(node)

    def chain(
        self, node: ast.AST, plain: type[ast.operator], inverse: type[ast.operator]
    ) -> list[tuple[Expr, bool]]:
        """The operands of a + b − c …, or a * b / c …, and whether each stands after the latter.

        A loop, since Python nests a sum as deep as it has terms.
        """
        operands: list[tuple[Expr, bool]] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, plain | inverse):
            operands.append((self.expression(node.right), isinstance(node.op, inverse)))
            node = node.left
        if plain is ast.Mult and isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            operands.append((MINUS, False))  # -a*b is -(a*b), though Python reads (-a)*b
            node = node.operand
        return [(self.expression(node), False), *reversed(operands)]

    def assembled(self, kind: type[Add] | type[Mul], parts: Iterable[Expr]) -> Expr:
        """A sum or product with its numbers calculated."""
        number, others = kind.identity, []
        for part in (inner for part in parts for inner in kind.make_args(part)):
            if part.is_Number:
                number = self.finite(number + part if kind is Add else number * part)
            else:
                others.append(part)
        return Integer(0) if kind is Mul and number.is_zero else ordered(kind, number, others)

    def times(self, number: Expr, value: Expr) -> Expr:
        if number == -1 and value.is_Add:
            return self.assembled(Add, (self.times(number, term) for term in value.args))
        return self.assembled(Mul, (number, value))

    def product(self, factors: list[tuple[Expr, bool]]) -> Expr:
        above = self.assembled(Mul, (factor for factor, inverted in factors if not inverted))
        below = self.assembled(Mul, (factor for factor, inverted in factors if inverted))
        over, upper = above.as_coeff_Mul()
        under, lower = below.as_coeff_Mul()
        if below == 0:
            self.refuse("a division by 0")
        exact = over.is_Integer and under.is_Integer and over % under == 0
        number = self.finite(over / under if exact else Float(over) / under)
        return self.assembled(Mul, (number, upper, self.power(lower, MINUS)))

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """base ** exponent, a number in it by itself; a product by a whole number as its factors."""
        number, rest = base.as_coeff_Mul()
        if not exponent.is_Number:
            base = base if number == 1 else self.times(Float(number), rest)
            return base if base == 1 else Pow(base, exponent, evaluate=False)
        self.bound("as an exponent", abs(exponent), LARGEST_EXPONENT)
        if base.is_Number:
            return self.number_power(base, exponent)
        if number.is_negative and not exponent.is_Integer:
            number, rest = -number, self.times(MINUS, rest)
        factor = self.number_power(number, exponent)
        parts = Mul.make_args(rest)
        if exponent.is_Integer or all(map(_is_positive, parts)):
            parts = tuple(self.raised(part, exponent) for part in parts)
        else:
            parts = (Pow(rest, exponent, evaluate=False),)
        return self.assembled(Mul, (factor, *parts))

    def raised(self, factor: Expr, exponent: Expr) -> Expr:
        """(base**inner)**exponent as base**(inner·exponent)."""
        if isinstance(factor, exp):
            return self.call("exp", self.times(exponent, factor.args[0]))
        base, inner = factor.args if factor.is_Pow else (factor, Integer(1))
        total = self.times(exponent, inner)
        if total.is_Number:
            self.bound("as an exponent", abs(total), LARGEST_EXPONENT)
        return base**total if total in (0, 1) else Pow(base, total, evaluate=False)

    def number_power(self, number: Expr, exponent: Expr) -> Expr:
        if number.is_zero and exponent.is_negative:
            self.refuse("a division by 0")
        if number in (0, 1) or exponent.is_zero:
            return Pow(number, exponent)
        exact = number.is_Integer and exponent.is_Integer and exponent.is_positive
        if exact and math.log10(abs(number)) * exponent < math.log10(WHOLE):
            return Pow(number, exponent)
        return self.finite(Pow(Float(number), exponent))

    def call(self, name: str, argument: Expr) -> Expr:
        """A function; of a number, its value."""
        if not argument.is_Number:
            return FUNCTIONS[name](argument, evaluate=False)
        try:
            return self.finite(Float(getattr(math, name)(float(argument))))
        except (ValueError, OverflowError):
            self.refuse(f"{name}({argument}), which is not a finite real number")

    def finite(self, value: Expr) -> Expr:
        """A number as a computer holds it."""
        if not (value.is_extended_real and abs(value) < LARGEST):
            self.refuse(NO_NUMBER)
        return value if value.is_Integer and abs(value) < WHOLE else Float(float(value))

    def bound(self, what: str, count: float, most: float) -> None:
        if count > most:
            raise FileFormatError(
                f"a formula of at most {most:,} {what}", f"{float(count):,.10g} in {self.text[:80]!r}",
                "check the file the formula came from, or write a shorter formula",
            )  # fmt: skip

    def refuse(self, part: str, place: int | None = None) -> NoReturn:
        where = "" if place is None else f" at character {place} of"
        raise FileFormatError(
            "a formula of numbers, genes, + - * / ** ( ), exp and log",
            f"{part}{where or ' in'} {self.text[:80]!r}",
            "put names that are not identifiers in backquotes, as in `NKX2-5`",
        )


def _is_positive(factor: Expr) -> bool:
    """Whether this is a power of a gene, or an exp, of which any power is one of the same kind."""
    return factor.is_Symbol or (factor.is_Pow and factor.base.is_Symbol) or isinstance(factor, exp)
