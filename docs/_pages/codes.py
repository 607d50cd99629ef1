"""Every finding that hillflow can report, collected from the source."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import hillflow

GAP = "…"  # stands for what a message fills in
WITHOUT_CODE = "general"
# What is said in place of a message that is filled in altogether.
WORDS = {
    "plan.computed-again": "a saved coupling cannot be used (why is said); it is computed again",
    "prior.alignment": "how many edges of the prior have both genes in the panel, and how their "
    "names were matched",
    "prior.licence": "licence and citation of a known network",
    "prior.note": "what must be known of a network of the catalogue, such as renamed genes",
}
_PARAMETERS = {
    "Finding": ("code", "text", "severity"), "warn": ("text", "code"), "note": ("text", "code"),
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Code:
    """A finding as the source has it.

    Attributes
    ----------
    code, severity
        As in `hillflow.findings.Finding`.
    text
        Its sentence, with `GAP` for the parts that depend on the data.
    """

    code: str
    severity: str
    text: str


def codes() -> list[Code]:
    """All of them, sorted; a code with several texts appears once for each."""
    return list(_all())


def table() -> str:
    """A Markdown table of the codes."""
    lines = ["| code | severity | text |", "|---|---|---|"]
    lines += [
        f"| `{one.code}` | {one.severity} | {one.text.replace('|', chr(92) + '|')} |"
        for one in codes()
    ]
    return "\n".join(lines) + "\n"


@functools.cache
def _all() -> tuple[Code, ...]:
    source = Path(hillflow.__file__).parent
    return tuple(sorted({code for path in source.rglob("*.py") for code in _of_module(path)}))


def _of_module(path: Path) -> Iterator[Code]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    constants = _assigned(tree.body)
    met: set[ast.Call] = set()
    for place in (*reversed(functions), tree):  # inner functions first
        names = constants | _assigned(ast.walk(place))
        calls = [node for node in ast.walk(place) if isinstance(node, ast.Call)]
        for call in calls:
            if call not in met and isinstance(call.func, ast.Name):
                yield from _of_call(call.func.id, call, names)
        met.update(calls)


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    return {
        node.targets[0].id: node.value
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _of_call(kind: str, call: ast.Call, names: Mapping[str, ast.expr]) -> Iterator[Code]:
    if kind not in _PARAMETERS:
        return
    given = dict(zip(_PARAMETERS[kind], call.args, strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    code = given.get("code", ast.Constant(WITHOUT_CODE))
    if isinstance(code, ast.Name):
        code = names.get(code.id, code)
    if "text" not in given or not isinstance(code, ast.Constant):
        return
    severity = "note" if kind == "note" else "warning"
    if isinstance(given.get("severity"), ast.Constant):
        severity = given["severity"].value
    text = WORDS.get(code.value) or " ".join(_text(given["text"], names).split())
    yield Code(code.value, severity, text)


def _text(node: ast.expr, names: Mapping[str, ast.expr]) -> str:
    """A string as it is written, with `GAP` for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, {}) for part in node.values).replace(GAP + GAP, GAP)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, names) + _text(node.right, names)
    if isinstance(node, ast.IfExp):
        return _text(node.body, names)
    if isinstance(node, ast.Name) and node.id in names:
        return _text(names[node.id], {})
    return GAP
