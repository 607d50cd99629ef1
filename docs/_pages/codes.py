"""Every finding that hillflow can report, collected from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hillflow

GAP = "…"  # stands for what a message fills in


@dataclass(frozen=True, order=True)
class Code:
    """A finding as the source has it.

    Attributes
    ----------
    code, severity
        As in `hillflow.findings.Finding`.
    text
        Its sentence, with `GAP` for the parts that depend on the data.
    module
        The module that reports it.
    """

    code: str
    severity: str
    text: str
    module: str


def codes() -> list[Code]:
    """All of them, sorted by code; one that several places report appears once for each text."""
    source = Path(hillflow.__file__).parent
    listed = {
        code
        for path in sorted(source.rglob("*.py"))
        for code in _of_module(path, ".".join(path.relative_to(source.parent).with_suffix("").parts))
    }
    return sorted(listed)


def table() -> str:
    """A Markdown table of the codes."""
    lines = ["| code | severity | text |", "|---|---|---|"]
    lines += [
        f"| `{one.code}` | {one.severity} | {one.text.replace('|', chr(92) + '|')} |"
        for one in {(one.code, one.text): one for one in codes()}.values()
    ]
    return "\n".join(lines) + "\n"


def _of_module(path: Path, module: str) -> Iterator[Code]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        kind = node.func.id
        given = dict(zip(_PARAMETERS.get(kind, ()), node.args, strict=False))
        given |= {word.arg: word.value for word in node.keywords if word.arg}
        code = given.get("code")
        if kind not in _PARAMETERS or not isinstance(code, ast.Constant):
            continue
        severity = "note" if kind == "note" else "warning"
        if isinstance(given.get("severity"), ast.Constant):
            severity = given["severity"].value
        yield Code(code.value, severity, " ".join(_text(given["text"]).split()), module)


_PARAMETERS = {
    "Finding": ("code", "text", "severity"), "warn": ("text", "code"), "note": ("text", "code"),
}  # fmt: skip


def _text(node: ast.expr) -> str:
    """A string as it is written, with `GAP` for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values)).replace(GAP + GAP, GAP)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    return GAP
