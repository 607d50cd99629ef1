"""The stable states of a law as text and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hillflow.show import Block, Facts, Table

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.causal.scm_result import ScmResult

MAX_GENES = 12  # whose levels are shown: those that differ most between states
MAX_EFFECTS = 8  # of one state
MAX_ROWS = 20  # of each other table


def scm_blocks(result: ScmResult) -> list[Block]:
    """The states, the genes that tell them apart, effects, outcomes and switches."""
    unit = f" {result.time_unit}".rstrip()
    facts = [
        ("Stable states", f"{len(result.states)}, which {_rest(result)} reach"),
        ("Members", f"{result.compared} compared"),
    ]
    states = result.table.rename(columns={"recovery_time": f"recovers in{unit}"})
    states = states.drop(columns="period" if states["period"].isna().all() else [])
    states = states.drop(columns="label" if states["label"].isna().all() else [])
    blocks: list[Block] = [Facts(facts), _table(states, "Stable states without perturbation")]
    blocks.append(_table(result.differing(MAX_GENES).reset_index(), "Levels in each state"))
    strongest = result.effects.dropna(subset="total").groupby("state").head(MAX_EFFECTS)
    parts = [
        (strongest, "Strongest total effects at each state",
         "in standard deviations of the target, for one of the source"),
        *((paths, f"Paths at state {number}", "effect: the product of the direct effects")
          for number, paths in result.asked_paths()),
        (result.interventions, "What interventions do to each state",
         "to: the state where the law goes once the intervention ends"),
        (result.switches, "Smallest sets that move the law between states",
         f"each held for {result.held:.3g}{unit}, then ended"),
    ]  # fmt: skip
    blocks += [_table(table, title, caption) for table, title, caption in parts if len(table)]
    return blocks


def _rest(result: ScmResult) -> str:
    settled = result.followed - result.unsettled
    return f"{settled:,} of {result.followed:,} control cells"


def _table(table: pd.DataFrame, title: str, caption: str = "") -> Table:
    shown = table.head(MAX_ROWS)
    more = f"and {len(table) - len(shown):,} more" if len(table) > len(shown) else ""
    values = shown.astype(object).where(shown.notna(), None).to_numpy(object).tolist()
    below = "; ".join(part for part in (caption, more) if part)
    return Table([str(name) for name in shown.columns], values, title, below)
