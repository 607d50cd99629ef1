"""Formulas from text, without ever running text as code.

The language is arithmetic alone: numbers, ``+ - * / **``, brackets, ``exp``, ``log`` and gene
names. A name that is a plain identifier stands as it is (``E2F1``, ``S``); any other stands in
backquotes (`` `NKX2-5` ``, `` `7157` ``), a backquote within it doubled.

Text is cut into tokens, names and numbers are replaced by placeholders, Python's ``ast`` reads
the brackets and the precedence of what remains, and a whitelist of its nodes becomes a sympy
expression; everything else is refused. The expression has the structure of the text: numbers are
calculated, as floats but for whole numbers, and nothing else is evaluated, since sympy can take
minutes over the sign of a sum. Length, brackets, tokens and exponents are bounded, and the cost
is linear in the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from itertools import chain

from sympy import Add, Expr, Float, Integer, Mul, Pow, Symbol

from hillflow.errors import FileFormatError, did_you_mean
from hillflow.symbolic.expression import FUNCTIONS, LARGEST, ordered, symbol

MOST_CHARACTERS = 100_000
MOST_TOKENS = 4_000  # numbers, genes, operators and brackets
MOST_BRACKETS = 60  # within brackets
LARGEST_EXPONENT = 10**9
WHOLE = 10**15  # whole numbers below it stay what they are
_MINUS = Integer(-1)

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
        source = " ".join(words)
        try:
            return self.expression(ast.parse(source, mode="eval").body)
        except SyntaxError as error:
            token = source[: max((error.offset or 1) - 1, 0)].count(" ")
            place = [*places, len(self.text)][token]
            raise self.refusal(repr(self.text[place : place + 20]), place) from None
        except (RecursionError, MemoryError):
            raise self.refusal("too many terms") from None

    def tokens(self) -> tuple[list[str], list[int]]:
        """The text as Python reads it, placeholders for names and numbers; and their places."""
        words: list[str] = []
        places: list[int] = []
        place = depth = 0
        text = self.text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise self.refusal(repr(text[place:].strip()[:20]), place)
            kind = str(match.lastgroup)
            word = match[kind]
            if kind == "signs":
                word = "-" if word.count("-") % 2 else "+"
            elif kind in ("number", "name", "quoted"):
                self.leaves.append(self.number(word) if kind == "number" else self.gene(word, kind))
                word = f"x{len(self.leaves) - 1}"
            depth += {"(": 1, ")": -1}.get(word, 0)
            words.append(word)
            places.append(match.start(kind))
            place = match.end()
            self.bound("brackets within brackets", depth, MOST_BRACKETS)
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
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.expression(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.combined(Mul, (_MINUS, self.expression(operand)))
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                plus, minus = self.operands(node, ast.Add, ast.Sub)
                return self.combined(
                    Add, (*plus, *(self.combined(Mul, (_MINUS, x)) for x in minus))
                )
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                above, below = self.operands(node, ast.Mult, ast.Div)
                return self.quotient(self.combined(Mul, above), self.combined(Mul, below))
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                return self.power(self.expression(base), self.expression(exponent))
            case ast.Call(func=ast.Name() as function, args=[argument], keywords=[]):
                if function.id in FUNCTIONS:
                    return self.call(FUNCTIONS[function.id], self.expression(argument))
                raise self.refusal(f"the function {self.expression(function)}")
            case _:
                raise self.refusal("something other than arithmetic")

    def operands(
        self, node: ast.AST, plain: type[ast.operator], inverse: type[ast.operator]
    ) -> tuple[list[Expr], list[Expr]]:
        """Of a + b − c …, or a * b / c …: those that count plainly, and those after the inverse.

        A loop, since Python nests a sum as deep as it has terms.
        """
        plainly: list[Expr] = []
        inverted: list[Expr] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, plain | inverse):
            (plainly if isinstance(node.op, plain) else inverted).append(
                self.expression(node.right)
            )
            node = node.left
        return [*plainly, self.expression(node)], inverted

    def combined(self, kind: type[Add] | type[Mul], parts: Iterable[Expr]) -> Expr:
        """A sum or product with its numbers calculated."""
        number, others = kind.identity, []
        for operand in chain.from_iterable(map(kind.make_args, parts)):
            if operand.is_Number:
                number = self.finite(number + operand if kind is Add else number * operand)
            else:
                others.append(operand)
        return Integer(0) if kind is Mul and number.is_zero else ordered(kind, number, others)

    def quotient(self, above: Expr, below: Expr) -> Expr:
        over, upper = above.as_coeff_Mul()
        under, lower = (below, Integer(1)) if below.is_Number else below.as_coeff_Mul()
        if under.is_zero:
            raise self.refusal("a division by 0")
        number = over * under if under in (1, -1) else self.finite(Float(over) / Float(under))
        inverses = () if lower == 1 else map(_inverse, Mul.make_args(lower))
        return self.combined(Mul, (number, upper, *inverses))

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """base ** exponent; a number in the base is raised by itself."""
        if not exponent.is_Number:
            return Pow(Float(base) if base.is_Number else base, exponent, evaluate=False)
        self.bound("as an exponent", abs(exponent), LARGEST_EXPONENT)
        if exponent.is_negative:
            return self.quotient(Integer(1), self.power(base, -exponent))
        if base.is_Number:
            return self.finite(Float(base) ** exponent)
        number, rest = base.as_coeff_Mul()
        if exponent == 1:
            return base
        if number in (1, -1) or (number.is_negative and not exponent.is_Integer):
            return Pow(base, exponent, evaluate=False)
        raised = self.finite(Float(number) ** exponent)
        return self.combined(Mul, (raised, Pow(rest, exponent, evaluate=False)))

    def call(self, function: type[Expr], argument: Expr) -> Expr:
        if argument.is_Number:
            return self.finite(function(Float(argument)))
        return function(argument, evaluate=False)

    def finite(self, number: Expr) -> Expr:
        """A number as a computer holds it."""
        if not (number.is_extended_real and abs(number) < LARGEST):
            raise self.refusal("something that is not a finite real number")
        return number if number.is_Integer and abs(number) < WHOLE else Float(float(number))

    def bound(self, what: str, count: float, most: int) -> None:
        if count > most:
            raise FileFormatError(
                f"a formula of at most {most:,} {what}",
                f"{float(count):,.15g} in {self.text[:80]!r}",
                "check the file the formula came from, or write a shorter formula",
            )

    def refusal(self, part: str, place: int | None = None) -> FileFormatError:
        where = "in" if place is None else f"at character {place} of"
        return FileFormatError(
            "a formula of numbers, genes, + - * / ** ( ), exp and log",
            f"{part} {where} {self.text[:80]!r}",
            "put names that are not identifiers in backquotes, as in `NKX2-5`",
        )


def _inverse(factor: Expr) -> Expr:
    """1 / factor; of a power by the sign of its exponent."""
    base, exponent = (factor, 1)
    if factor.is_Pow and factor.exp.is_Number:
        base, exponent = factor.args
    return base if exponent == -1 else Pow(base, -exponent, evaluate=False)
