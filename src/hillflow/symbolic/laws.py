"""The laws of all genes, and the file format in which they are saved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.errors import GeneNameError, InputError, UnsupportedError, did_you_mean, listing
from hillflow.files import absent, check_output_file
from hillflow.findings import Finding
from hillflow.records import read_record, reading, write_record
from hillflow.run_files import LAWS
from hillflow.schemas import LawsRecord
from hillflow.show import Block, Shown
from hillflow.symbolic.agreement import Agreement
from hillflow.symbolic.boolean import BooleanNetwork
from hillflow.symbolic.constants import law_constants
from hillflow.symbolic.field import SymbolicField
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.law import Law
from hillflow.symbolic.show_laws import laws_blocks

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "hillflow-laws-1"
_NO_SETTINGS = ("candidates", "conditions", "joined", "findings", "asked")


@dataclass(frozen=True, eq=False)
class Laws(Shown, Mapping[str, ParetoFront]):
    """A Pareto front of laws for each gene; a mapping from genes to fronts.

    Attributes
    ----------
    fronts
        The fronts by gene, in the order of the genes of the fit.
    time_unit
        Time unit of all rates.
    agreement
        Comparison of the best laws, simulated together, with the fit; None if some genes have no
        law, or if there is no fit.
    initial
        Mean level of each gene at the first time, as the start of simulations; may be empty.
    about
        Settings with which the laws were found, as plain JSON values.
    floor
        Level of each gene to which its targets' curves raise lower levels; empty for none.
    proteins
        Rate γ_p of each gene's protein, ṗ = γ_p (x − p), if regulators act through proteins: the
        levels in productions are then p, in units of its mRNA. Empty if they act directly.
    noise
        Noise ν of each gene, dx = (production − decay) dt + √(ν (production + decay)) dW, if the
        fit learned it; the formulas are the path without it.
    show_constants
        Whether display lists the constants with their intervals; None: of up to 12 genes.
    """

    fronts: dict[str, ParetoFront]
    time_unit: str = ""
    agreement: Agreement | None = None
    initial: dict[str, float] = field(default_factory=dict, repr=False)
    about: dict[str, Any] = field(default_factory=dict, repr=False)
    floor: dict[str, float] = field(default_factory=dict, repr=False)
    proteins: dict[str, float] = field(default_factory=dict, repr=False)
    noise: dict[str, float] = field(default_factory=dict, repr=False)
    show_constants: bool | None = field(default=None, repr=False)

    def __getitem__(self, gene: str) -> ParetoFront:
        if gene not in self.fronts:
            raise GeneNameError(
                "a gene with a law", repr(gene), did_you_mean(gene, list(self.fronts))
            )
        return self.fronts[gene]

    def __contains__(self, gene: object) -> bool:
        return gene in self.fronts

    def __iter__(self) -> Iterator[str]:
        return iter(self.fronts)

    def __len__(self) -> int:
        return len(self.fronts)

    @property
    def best(self) -> dict[str, Law]:
        """The best law of each gene."""
        return {gene: front.best for gene, front in self.fronts.items()}

    def field(self) -> SymbolicField:
        """The best laws as a vector field of the levels, to simulate and to perturb.

        Regulators act directly. If they act through proteins (`proteins`), wrap it in
        `hillflow.fields.with_protein.WithProtein`.
        """
        return SymbolicField(self.best, floor=self.floor)

    def boolean(self) -> BooleanNetwork:
        """The Boolean reading of the best laws; only logic laws have one."""
        rules = {gene: law.rule for gene, law in self.best.items()}
        missing = [gene for gene, rule in rules.items() if rule is None]
        if missing:
            raise UnsupportedError(
                "logic laws, which have a Boolean reading", f"other laws of {listing(missing)}",
                "fit the field 'logic' (hillflow fit DATA --field logic)",
            )  # fmt: skip
        return BooleanNetwork({gene: rule for gene, rule in rules.items() if rule is not None})

    def merge(self, other: Laws) -> Laws:
        """Merge the fronts of each gene; the agreement no longer holds and is dropped."""
        self._check_unit(other)
        both = dict(self.fronts)
        for gene, front in other.fronts.items():
            both[gene] = both[gene].merge(front) if gene in both else front
        return replace(
            self, fronts=both, agreement=None, floor={**other.floor, **self.floor},
            proteins={**other.proteins, **self.proteins}, noise={**other.noise, **self.noise},
        )  # fmt: skip

    def updated(self, newer: Laws) -> Laws:
        """Replace the fronts of some genes by newer ones.

        The agreement no longer holds and is dropped. ``about`` keeps the settings of these laws;
        settings that differ for a newer law are kept by gene in ``about["joined"]``, and the
        options of every call in ``about["asked"]``.
        """
        self._check_unit(newer)
        mine, joined = self._common_settings(), dict(self.about.get("joined", {}))
        for gene in newer:
            set_for = newer.settings(gene).items()
            joined[gene] = {key: value for key, value in set_for if mine.get(key) != value}
        conditions = {
            gene: worst for gene, worst in self.about.get("conditions", {}).items()
            if gene not in newer
        } | newer.about.get("conditions", {})  # fmt: skip
        about = {
            **self.about,
            "conditions": conditions,
            "candidates": {
                **self.about.get("candidates", {}), **newer.about.get("candidates", {}),
            },
            "joined": {gene: unlike for gene, unlike in joined.items() if unlike},
        }  # fmt: skip
        if not conditions:
            del about["conditions"]
        calls = [*self.about.get("asked", ()), *newer.about.get("asked", ())]
        if "asked" in self.about and "asked" in newer.about:
            last = {json.dumps(call, sort_keys=True): call for call in calls}  # each once
            about["asked"] = list(last.values())
        else:
            about.pop("asked", None)
        return replace(
            self, fronts={**self.fronts, **newer.fronts},
            initial={**self.initial, **newer.initial}, floor={**self.floor, **newer.floor},
            proteins={**self.proteins, **newer.proteins}, noise={**self.noise, **newer.noise},
            agreement=None, about=about,
        )  # fmt: skip

    def settings(self, gene: str) -> dict[str, Any]:
        """The settings with which the law of a gene was found, without its candidates."""
        return {**self._common_settings(), **self.about.get("joined", {}).get(gene, {})}

    def _common_settings(self) -> dict[str, Any]:
        return {key: value for key, value in self.about.items() if key not in _NO_SETTINGS}

    def _check_unit(self, other: Laws) -> None:
        if other.time_unit != self.time_unit:
            raise InputError(
                f"laws in the same unit of time, {self.time_unit!r}", repr(other.time_unit),
                "merge laws of the same data",
            )  # fmt: skip

    def table(self) -> pd.DataFrame:
        """A row for the best law of each gene: formula, errors, agreement, flags."""
        import pandas as pd

        rows = [
            {
                "gene": gene, "law": law.text(), "family": law.family, "engine": law.engine,
                "parents": ", ".join(law.parents), "complexity": law.complexity,
                "error": law.error, "error_off": law.error_off,
                "error_left_out": law.error_left_out,
                "bic": law.bic, "agreement": law.agreement,
                "rule": None if law.rule is None else law.rule.text(),
                "flags": "; ".join(law.flags),
            }
            for gene, law in self.best.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def constants(self) -> pd.DataFrame:
        """A row for each constant of the best laws: gene, name, value, interval, unit."""
        import pandas as pd

        rows = [
            (gene, each.name, each.value, each.low, each.high, each.unit)
            for gene, law in self.best.items()
            for each in law_constants(self, law)
        ]
        return pd.DataFrame(rows, columns=["gene", "name", "value", "low", "high", "unit"])

    def edges(self) -> pd.DataFrame:
        """Regulations in the best laws: source, target, sign (0 if unknown)."""
        import pandas as pd

        rows = [
            (source, law.gene, sign)
            for law in self.best.values()
            for source, sign in zip(law.parents, law.signs or (0,) * len(law.parents), strict=True)
        ]
        return pd.DataFrame(rows, columns=["source", "target", "sign"])

    def text(self) -> str:
        """One formula per line; `print(laws)` also shows errors and flags."""
        return "\n".join(law.text() for law in self.best.values())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings from when the laws were found, and the number of laws with a flag."""
        noted = tuple(Finding(**finding) for finding in self.about.get("findings", ()))
        flagged = sum(bool(law.flags) for law in self.best.values())
        if not flagged:
            return noted
        text = (
            f"{flagged:,} of {len(self):,} law{'s' * (len(self) != 1)} "
            f"{'has' if flagged == 1 else 'have'} a warning (flag): read it before you interpret "
            "the law"
        )
        return (*noted, Finding("laws.flagged", text))

    def blocks(self) -> Iterable[Block]:
        """Each law with its errors and flags, the constants, and the agreement with the fit."""
        return laws_blocks(self)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "format": FORMAT,
            "time_unit": self.time_unit,
            "initial": self.initial,
            "floor": self.floor,
            "proteins": self.proteins,
            "noise": self.noise,
            "about": self.about,
            "agreement": None if self.agreement is None else self.agreement.to_json(),
            "laws": [front.to_json() for front in self.fronts.values()],
        }

    def save(self, path: str | Path) -> Path:
        """Write a JSON file; an interrupted write leaves no partial file."""
        path = check_output_file(path, ".json", own=LAWS)
        write_record(path, self.to_json(), LawsRecord)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Laws:
        """Read a file that `save` wrote. Formulas are parsed, never executed."""
        path = Path(path)
        if not path.is_file():
            raise absent(path, "a file of laws, as `hillflow laws` writes it")
        again = "write them again with `hillflow laws`"
        read = read_record(path, LawsRecord, format=FORMAT, fix=again)
        with reading(path, again):
            fronts = [ParetoFront.from_json(front) for front in read["laws"]]
            agreement = read["agreement"]
            return cls(
                {front.gene: front for front in fronts}, read["time_unit"],
                None if agreement is None else Agreement.from_json(agreement), read["initial"],
                read["about"], read.get("floor", {}), read.get("proteins", {}),
                read.get("noise", {}),
            )  # fmt: skip

    def __repr__(self) -> str:
        return f"Laws({len(self)} genes, {len(self.edges())} regulations)"
