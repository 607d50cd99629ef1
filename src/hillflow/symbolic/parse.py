"""Formulas from text, which is never executed as code.

The grammar is arithmetic: numbers, ``+ - * / **``, brackets, ``exp``, ``log`` and gene names.
Names that are identifiers are written as they are (``E2F1``, ``S``), all others in backquotes
(`` `NKX2-5` ``, `` `7157` ``), with backquotes in a name doubled.

The text is split into tokens, and names and numbers are replaced by placeholders. Python's ``ast``
parses brackets and precedence of the rest, and the permitted nodes become a sympy expression; any
other node raises an error. The expression keeps the structure of the text: only numbers are
evaluated (to floats, or to integers), because sympy can take minutes to find the sign of a sum.
Length, bracket depth, tokens and exponents are limited, and the cost is linear in the length.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from itertools import chain

from sympy import Add, Expr, Float, Integer, Mul, Pow, S, Symbol

from hillflow.errors import FileFormatError, did_you_mean
from hillflow.symbolic.expression import FUNCTIONS, LARGEST, ordered, symbol

MOST_CHARACTERS = 100_000
MOST_TOKENS = 4_000  # numbers, genes, operators and brackets
MOST_BRACKETS = 60  # nested
LARGEST_EXPONENT = 10**9
WHOLE = 10**15  # smaller integers stay integers

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<function>{'|'.join(FUNCTIONS)})(?=\s*\()"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|`(?P<quoted>(?:[^`]|``)+)`"
    r"|(?P<signs>[-+](?:\s*[-+])*)"
    r"|(?P<mark>\*\*|[*/()]))"
)


def parse(text: str, genes: Collection[str] | None = None) -> Expr:
    """Read a formula from text.

    Parameters
    ----------
    text
        A formula as `to_text` writes it.
    genes
        Gene names that are permitted; by default all.

    Returns
    -------
    sympy.Expr
        The formula, with the structure of the text.

    Raises
    ------
    FileFormatError
        If the text is not arithmetic, names other genes, or exceeds the limits of this module.

    Examples
    --------
    >>> from hillflow.symbolic import parse
    >>> formula = parse("0.1 + 1.5*GATA1**2.0/(0.5 + GATA1**2.0)", genes=["GATA1"])
    >>> [level.name for level in formula.free_symbols]
    ['GATA1']
    """
    return _Reader(text, genes).formula()


class _Reader:
    """Reads one text: its tokens, then its expression."""

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
        """The tokens, with placeholders for names and numbers, and their positions."""
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
                "a formula of known genes", f"{name!r} in {self.text[:80]!r}",
                did_you_mean(name, list(self.genes)),
            )  # fmt: skip
        return symbol(name)

    def expression(self, node: ast.AST) -> Expr:
        """The expression of a permitted node; any other node raises an error."""
        match node:
            case ast.Name(id=placeholder) if placeholder not in FUNCTIONS:
                return self.leaves[int(placeholder[1:])]
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.expression(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.combined(Mul, (S.NegativeOne, self.expression(operand)))
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                plus, minus = self.operands(node, ast.Add, ast.Sub)
                return self.combined(
                    Add, (*plus, *(self.combined(Mul, (S.NegativeOne, x)) for x in minus))
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
        """Operands of a + b − c … or a * b / c …: the plain ones, and those after − or /.

        A loop instead of recursion, because Python nests a sum as deep as it has terms.
        """
        operands: dict[bool, list[Expr]] = {True: [], False: []}
        while isinstance(node, ast.BinOp) and isinstance(node.op, plain | inverse):
            operands[isinstance(node.op, plain)].append(self.expression(node.right))
            node = node.left
        return [self.expression(node), *reversed(operands[True])], operands[False][::-1]

    def combined(self, kind: type[Add] | type[Mul], parts: Iterable[Expr]) -> Expr:
        """A sum or product with its numbers evaluated."""
        number, others = kind.identity, []
        for operand in chain.from_iterable(map(kind.make_args, parts)):
            if operand.is_Number:
                number = self.finite(number + operand if kind is Add else number * operand)
            else:
                others.append(operand)
        return S.Zero if kind is Mul and number.is_zero else ordered(kind, number, others)

    def quotient(self, above: Expr, below: Expr) -> Expr:
        over, upper = above.as_coeff_Mul()
        under, lower = (below, S.One) if below.is_Number else below.as_coeff_Mul()
        if under.is_zero:
            raise self.refusal("a division by 0")
        number = over * under if under in (1, -1) else self.finite(Float(over) / Float(under))
        inverses = () if lower == 1 else map(_inverse, Mul.make_args(lower))
        return self.combined(Mul, (number, upper, *inverses))

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """base ** exponent; a numeric factor of the base is raised separately."""
        if not exponent.is_Number:
            return Pow(Float(base) if base.is_Number else base, exponent, evaluate=False)
        self.bound("as an exponent", abs(exponent), LARGEST_EXPONENT)
        if exponent.is_negative:
            return self.quotient(S.One, self.power(base, -exponent))
        if base.is_Number:
            return self.finite(Float(base) ** exponent)
        number, rest = base.as_coeff_Mul()
        if exponent is S.One:
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
        """The number as an integer or a double-precision float."""
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
    """1 / factor; for a power, the sign of the exponent changes."""
    is_power = factor.is_Pow and factor.exp.is_Number
    base, exponent = factor.args if is_power else (factor, S.One)
    return base if exponent is S.NegativeOne else Pow(base, -exponent, evaluate=False)
