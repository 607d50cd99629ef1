"""The registry of methods: each is a composition of a coupling, heads and stages.

The command line, the docs and the benchmarks read it. Methods that are not in it can be composed
from the same parts:

=================  ================================================================
``vgfm``           Match(WFRDirac()) or Match(Linear()) on an unbalanced coupling, then
                   Rollout(mass > 0); head growth
``unbalanced am``  Variational(lagrangian=Growth()) on an unbalanced coupling
``wlf, any field`` Variational(lagrangian=…, moves_paths=True); heads potential and path
``nlsb, density``  Rollout(lagrangian=Density(), …) in the stage of nlsb
``taught law``     action-matching on the 'potential' field, then Stage(Teach(that field))
=================  ================================================================
"""

from __future__ import annotations

from hillflow.objectives.method import Method
from hillflow.registry import Registry

__all__ = ["METHODS", "Method", "make_method", "register"]

METHODS: Registry[Method] = Registry(
    "method", "methods", "How the field is fitted (--method)",
    [f"hillflow.objectives.methods_{family}" for family in (
        "default", "law", "match", "likelihood", "rest", "rollout", "splicing", "variational",
        "velocity",
    )],
)  # fmt: skip


def register(*methods: Method, module: str) -> None:
    """Add methods to the registry.

    Parameters
    ----------
    *methods
        The methods.
    module
        ``__name__`` of the module that defines them.

    Examples
    --------
    >>> from hillflow.objectives import METHODS, make_method, register
    >>> method = make_method("ot-cfm")  # or a Method of your own
    >>> register(method, module="hillflow.objectives.methods_match")  # in a file: module=__name__
    >>> METHODS.module_of("ot-cfm")
    'hillflow.objectives.methods_match'
    """
    for method in methods:
        METHODS.add(method, module)


def make_method(name: str, *, effort: float = 1.0) -> Method:
    """Return a method by name.

    Parameters
    ----------
    name
        A name in `METHODS`.
    effort
        Factor on the number of steps of each stage.

    Returns
    -------
    Method
        The method, to pass as ``method=``.

    Examples
    --------
    >>> from hillflow.objectives import make_method
    >>> method = make_method("ot-cfm", effort=0.1)
    >>> method.stages[0].steps, method.heads
    (150, ())
    """
    method = METHODS[name]
    return method if effort == 1.0 else method.scaled(effort)
