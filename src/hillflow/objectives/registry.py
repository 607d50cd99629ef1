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

from hillflow.errors import InputError, did_you_mean
from hillflow.objectives.method import Method
from hillflow.objectives.methods_match import match_methods
from hillflow.objectives.methods_rollout import rollout_methods
from hillflow.objectives.methods_variational import variational_methods

__all__ = ["Method", "make_method", "method_entries"]


def method_entries() -> tuple[Method, ...]:
    """All methods, the default first."""
    default, *rollouts = rollout_methods()
    return (default, *match_methods(), *rollouts, *variational_methods())


def make_method(name: str, *, effort: float = 1.0) -> Method:
    """A method by name, with `effort` times its usual number of steps."""
    entries = {entry.name: entry for entry in method_entries()}
    if name not in entries:
        raise InputError("the name of a method", repr(name), did_you_mean(name, tuple(entries)))
    return entries[name] if effort == 1.0 else entries[name].scaled(effort)
