"""Methods by name: each paper's method is a composition of a coupling, heads and stages.

One table feeds the command line, the docs and the benchmarks. What is not in it is composed
from the same parts, without a change of contract:

=================  ================================================================
``vgfm``           Match(WFRDirac()) or Match(Linear()) on an unbalanced coupling, then
                   Rollout(mass > 0); head growth
``trajectorynet``  Rollout(energy > 0), its divergence a likelihood:
                   `solve.flow_with_log_density`
``nlsb``           Rollout("sinkhorn", energy > 0, solver="euler-maruyama"); head diffusion
``wlf``            Variational with another `hamiltonian` in place of ½‖∇s‖²
``unbalanced am``  Variational(growth_cost > 0) on an unbalanced coupling
``taught law``     action-matching on the 'potential' field, then Stage(Teach(that field))
=================  ================================================================
"""

from __future__ import annotations

from hillflow.objectives.method import Method
from hillflow.registry import Registry

__all__ = ["METHODS", "Method", "make_method", "register"]

METHODS: Registry[Method] = Registry(
    "method", "methods", "How the law is learnt (--method)",
    [f"hillflow.objectives.methods_{family}" for family in (
        "default", "match", "rollout", "variational",
    )],
)  # fmt: skip


def register(*methods: Method, module: str) -> None:
    """Enter methods; `module` is the ``__name__`` of the file that composes them."""
    for method in methods:
        METHODS.add(method, module)


def make_method(name: str, *, effort: float = 1.0) -> Method:
    """A method by name, with `effort` times its usual number of steps."""
    method = METHODS[name]
    return method if effort == 1.0 else method.scaled(effort)
