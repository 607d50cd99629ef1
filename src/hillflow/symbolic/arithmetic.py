"""Formulas as text and back, without ever running text as code.

The language is arithmetic alone: numbers, ``+ - * / **``, brackets, ``exp``, ``log`` and gene
names. A name that is a plain identifier stands as it is (``E2F1``, ``S``); any other stands in
backquotes (`` `NKX2-5` ``, `` `7157` ``), a backquote within it doubled. What is not in this
language is refused, so a formula from a file can do nothing but calculate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

import sympy
from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from hillflow.errors import FileFormatError, UnsupportedError

FUNCTIONS = {"exp": sympy.exp, "log": sympy.log}
LARGEST = sympy.Float(1e300)  # beyond it a formula is not a number a computer can hold
DEEPEST = 60  # brackets within brackets
LONGEST = 100_000  # characters

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|`(?P<quoted>(?:[^`]|``)+)`"
    r"|(?P<mark>\*\*|[-+*/()]))"
)


def symbol(gene: str) -> Symbol:
    """The symbol of a gene's level, which is never negative; its name is the gene's own."""
    return Symbol(gene, nonnegative=True)


def parse(text: str) -> Expr:
    """Read a formula, or say where it leaves the language of this module."""
    return _Reader(text).formula()


def to_text(formula: Expr, digits: int | None = None) -> str:
    """Write a formula; ``parse(to_text(f)) == f``.

    Parameters
    ----------
    formula
        Sums, products, powers, exp and log of numbers and genes.
    digits
        Significant digits of the numbers, for people; all of them if None, for files.
    """
    return _Writer(digits).sum(formula)


def sum_terms(formula: Expr) -> Iterator[tuple[int, Expr]]:
    """The terms of a sum as it is written: sign, and the term without it."""
    for term in Add.make_args(formula):
        coefficient, rest = term.as_coeff_Mul()
        if coefficient.is_negative:
            yield -1, _times(-coefficient, rest)
        else:
            yield 1, term


def fraction(product: Expr) -> tuple[list[Expr], list[Expr]]:
    """Factors above and below the line of a product as it is written."""
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in Mul.make_args(product):
        if isinstance(factor, Rational) and factor.q != 1:
            above += [] if factor.p == 1 else [sympy.Integer(factor.p)]
            below.append(sympy.Integer(factor.q))
        elif isinstance(factor, Pow) and factor.exp.is_number and factor.exp.is_negative:
            below.append(Pow(factor.base, -factor.exp))
        else:
            above.append(factor)
    return above or [sympy.Integer(1)], below


def complexity(formula: Expr) -> int:
    """Nodes of the expression tree as it is written: leaves, functions and binary operators."""
    terms = list(sum_terms(formula))
    if len(terms) > 1 or terms[0][0] < 0:
        leading_minus = terms[0][0] < 0
        return sum(complexity(term) for _, term in terms) + len(terms) - 1 + leading_minus
    above, below = fraction(formula)
    if len(above) + len(below) > 1:
        return sum(map(complexity, above + below)) + len(above) + len(below) - 1
    if isinstance(formula, Pow):
        return complexity(formula.base) + complexity(formula.exp) + 1
    return 1 + sum(map(complexity, formula.args))


def unsupported(formula: Expr) -> UnsupportedError:
    """The error that a formula leaves the language of this module."""
    return UnsupportedError(
        "a formula of numbers, genes, + - * / **, exp and log", f"{formula}",
        "rewrite it in these, for example a square root as x**0.5",
    )  # fmt: skip


def _times(coefficient: Expr, rest: Expr) -> Expr:
    return Mul(*([] if coefficient == 1 else [coefficient]), *Mul.make_args(rest))


class _Writer:
    """Writes from the loosest to the tightest binding: sum, product, power, atom."""

    def __init__(self, digits: int | None) -> None:
        self.digits = digits

    def sum(self, formula: Expr) -> str:
        parts: list[str] = []
        for sign, term in sum_terms(formula):
            parts += ["-" if sign < 0 else "+" if parts else "", self.product(term)]
        lead = parts[0] + parts[1]
        return " ".join([lead, *parts[2:]])

    def product(self, term: Expr) -> str:
        above, below = fraction(term)
        text = "*".join(self.power(factor) for factor in above)
        return text + "".join(f"/{self.power(factor)}" for factor in below)

    def power(self, factor: Expr) -> str:
        if isinstance(factor, Pow):
            exponent = factor.exp
            plain = (exponent.is_Integer or exponent.is_Float) and not exponent.is_negative
            written = self.number(exponent) if plain else f"({self.sum(exponent)})"
            return f"{self.atom(factor.base)}**{written}"
        return self.atom(factor)

    def atom(self, formula: Expr) -> str:
        if isinstance(formula, Symbol):
            return quoted(formula.name)
        if (formula.is_Integer or formula.is_Float) and not formula.is_negative:
            return self.number(formula)
        if formula == sympy.E:
            return "exp(1)"
        for name, function in FUNCTIONS.items():
            if isinstance(formula, function):
                return f"{name}({self.sum(formula.args[0])})"
        if isinstance(formula, Add | Mul | Pow) or formula.is_Rational or formula.is_Float:
            return f"({self.sum(formula)})"
        raise unsupported(formula)

    def number(self, value: Expr) -> str:
        if not abs(value) < LARGEST:
            raise unsupported(value)
        if value.is_Integer:
            return str(int(value))
        return repr(float(value)) if self.digits is None else f"{float(value):.{self.digits}g}"


def quoted(name: str) -> str:
    """A gene's name as it stands in a formula."""
    if _NAME.fullmatch(name) and name not in FUNCTIONS:
        return name
    return "`" + name.replace("`", "``") + "`"


class _Reader:
    """Recursive descent: a method a level of binding, each taking what it can."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or len(text) > LONGEST:
            raise FileFormatError(
                f"a formula as text of at most {LONGEST:,} characters",
                f"{len(text):,} of them" if isinstance(text, str) else repr(text),
                "check the file the formula came from",
            )
        self.text, self.place, self.depth = text, 0, 0
        self.kind, self.token = "", ""
        self.next()

    def next(self) -> None:
        """Move to the next token."""
        match = _TOKEN.match(self.text, self.place)
        if match:
            self.kind = str(match.lastgroup)
            self.token = match[self.kind]
            self.place = match.end()
        elif self.text[self.place :].strip():
            self.refuse(repr(self.text[self.place :].strip()[:20]))
        else:
            self.kind = self.token = "end"

    def refuse(self, found: str) -> NoReturn:
        raise FileFormatError(
            "a formula of numbers, genes, + - * / ** ( ), exp and log",
            f"{found} at character {self.place} of {self.text[:80]!r}",
            "put names that are not identifiers in backquotes, as in `NKX2-5`",
        )

    def take(self, *marks: str) -> str:
        """Take one of these marks if it is next; "" if not."""
        if self.kind == "mark" and self.token in marks:
            found = self.token
            self.next()
            return found
        return ""

    def formula(self) -> Expr:
        result = self.sum()
        if self.kind != "end":
            self.refuse(repr(self.token))
        return result

    def sum(self) -> Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(f"more than {DEEPEST} brackets within brackets")
        terms = [self.term()]
        while sign := self.take("+", "-"):
            term = self.term()
            terms.append(term if sign == "+" else Mul(-1, term))
        self.depth -= 1
        return self.checked(Add(*terms))

    def term(self) -> Expr:
        factors = [self.signed()]
        while mark := self.take("*", "/"):
            factor = self.signed()
            factors.append(factor if mark == "*" else Pow(factor, -1))
        return self.checked(Mul(*factors))

    def signed(self) -> Expr:
        sign = 1
        while mark := self.take("+", "-"):
            sign *= -1 if mark == "-" else 1
        return self.power() if sign > 0 else Mul(-1, self.power())

    def power(self) -> Expr:
        base = self.atom()
        if not self.take("**"):
            return base
        negative = self.take("-")
        exponent = Mul(-1, self.atom()) if negative else self.atom()
        if self.kind == "mark" and self.token == "**":
            self.refuse("a power of a power; put brackets")
        coefficient = abs(base.as_coeff_Mul()[0])
        if exponent.is_number and coefficient not in (0, 1):
            size = abs(float(sympy.log(coefficient)) * float(exponent))
            if not size < 690.0:  # log of LARGEST
                self.refuse(f"the number {coefficient}**{exponent}")
        return self.checked(Pow(base, exponent))

    def atom(self) -> Expr:
        kind, token = self.kind, self.token
        if self.take("("):
            inner = self.sum()
            self.close()
            return inner
        if kind not in ("number", "name", "quoted"):
            self.refuse(repr(token))
        self.next()
        if kind == "number":
            whole = token.isdigit() and len(token) < 16
            return self.checked(sympy.Integer(token) if whole else sympy.Float(float(token)))
        if kind == "quoted":
            return symbol(token.replace("``", "`"))
        if self.kind == "mark" and self.token == "(":
            if token not in FUNCTIONS:
                self.refuse(f"the function {token!r}")
            self.next()
            inner = self.sum()
            self.close()
            return self.checked(FUNCTIONS[token](inner))
        return symbol(token)

    def close(self) -> None:
        if not self.take(")"):
            self.refuse(f"{self.token!r} instead of a closing bracket")

    def checked(self, value: Expr) -> Expr:
        """Stop at what is no real number of a size that a computer holds."""
        finite = value.is_finite is not False and not value.has(sympy.I, sympy.zoo, sympy.nan)
        if not finite or (value.is_number and not abs(value).evalf() < LARGEST):
            self.refuse("something that is not a finite real number")
        return value
