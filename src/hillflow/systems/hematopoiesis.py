"""Myeloid differentiation: the eleven transcription factors of Krumsiek et al."""

from __future__ import annotations

import numpy as np

from hillflow.systems.boolean import BooleanSystem
from hillflow.systems.hill import Array
from hillflow.systems.noise import Noise

RULES = {
    "GATA2": "GATA2 and not (GATA1 and ZFPM1) and not SPI1",
    "GATA1": "(GATA1 or GATA2 or FLI1) and not SPI1",
    "ZFPM1": "GATA1",
    "KLF1": "GATA1 and not FLI1",
    "FLI1": "GATA1 and not KLF1",
    "TAL1": "GATA1 and not SPI1",
    "CEBPA": "CEBPA and not (GATA1 and ZFPM1 and TAL1)",
    "SPI1": "(CEBPA or SPI1) and not (GATA1 or GATA2)",
    "JUN": "SPI1 and not GFI1",
    "EGR1": "SPI1 and JUN and not GFI1",
    "GFI1": "CEBPA and not EGR1",
}
PROGENITOR = {"GATA2": 0.62, "CEBPA": 0.95, "SPI1": 0.42}  # mean expression at time 0; others 0
FATES = {  # the pairs of markers that distinguish the four attractors of the Boolean model
    "erythrocyte": ("GATA1", "KLF1"),
    "megakaryocyte": ("GATA1", "FLI1"),
    "monocyte": ("SPI1", "EGR1"),
    "granulocyte": ("SPI1", "GFI1"),
}
MARKER_LEVEL = 0.6  # markers of an attractor are above 0.8, start levels below 0.6
SILENT_LEVEL = 0.1  # no factor above it: a state that is reached only under knockouts
IMMEDIATE_EARLY = ("JUN", "EGR1")  # genes with four times faster turnover of mRNA and protein
THRESHOLDS = {"EGR1": 0.3, "GFI1": 0.7}  # a strong and a weak repressor; the others 0.5
MRNA_DECAY, PROTEIN_DECAY = 0.35, 0.2  # per hour


class Hematopoiesis(BooleanSystem):
    """From a multipotent progenitor to four fates, mRNA and protein, 30 signed edges.

    The Boolean rules are those of Krumsiek, Marr, Schroeder and Theis (2011), *PLoS ONE*
    6:e22649, table 1, under human symbols (Eklf = KLF1, Fog1 = ZFPM1, Scl = TAL1, Pu.1 =
    SPI1, cJun = JUN, EgrNab = EGR1). Cells start with GATA2, CEBPA and little SPI1. Noise and
    the GATA–SPI1, KLF1–FLI1 and EGR1–GFI1 antagonisms separate them within about two days into
    erythrocytes, megakaryocytes, monocytes and granulocytes. Levels range from 0 to 1; half-lives
    are two hours (mRNA) and three and a half (protein), and a quarter of that for the
    immediate-early genes JUN and EGR1. EGR1 and GFI1 have thresholds of their own to balance the
    fates: with equal thresholds GFI1 rises faster than EGR1 and monocytes are rare.

    Parameters
    ----------
    noise
        Intrinsic noise; by default σ √x with σ = 0.07.
    """

    name = "hematopoiesis"

    def __init__(self, noise: Noise | None = None) -> None:
        genes = tuple(RULES)
        start = np.array([PROGENITOR.get(gene, 0.0) for gene in genes])
        speed = np.array([4.0 if gene in IMMEDIATE_EARLY else 1.0 for gene in genes])
        super().__init__(
            RULES,
            threshold=np.array([THRESHOLDS.get(gene, 0.5) for gene in genes]),
            exponent=4.0,
            leak=0.02,
            decay=MRNA_DECAY * speed,
            protein_rate=PROTEIN_DECAY * speed,
            start=start,
            spread=np.where(start > 0.0, 0.1, 0.03),
            noise=noise or Noise("sqrt", 0.07),
            step=0.1,
        )
        self.parameters = {
            "threshold": self.threshold, "exponent": self.exponent, "leak": self.leak,
        }  # fmt: skip

    def labels(self, state: Array) -> np.ndarray:
        """Return the fate whose two markers are both high; ``progenitor`` if there is none.

        A cell that expresses none of the factors, as after many knockouts, is ``all low``.
        """
        x = self.expression(state)
        scores = np.stack(
            [
                np.minimum(*(x[:, self.genes.index(gene)] for gene in markers))
                for markers in FATES.values()
            ]
        )
        fates = np.array(list(FATES), dtype=object)[scores.argmax(axis=0)]
        undecided = np.where(x.max(axis=1) > SILENT_LEVEL, "progenitor", "all low")
        return np.where(scores.max(axis=0) > MARKER_LEVEL, fates, undecided).astype(str)
