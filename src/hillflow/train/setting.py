"""`Setting`: how data become a training problem, and how training runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from numbers import Real
from typing import Any

from hillflow.data import Cells
from hillflow.devices import CPU, check_device
from hillflow.errors import InputError, UnsupportedError
from hillflow.model.efficacy import check_efficacy
from hillflow.objectives.method import Method
from hillflow.transport import Coupling

NUMBERS = (
    "basis", "components", "validation_share", "check_every", "sigma", "effort", "memory_mb",
    "threads", "checkpoint_seconds",
)  # fmt: skip


# Settings that change how long a training takes or how often it is saved, but not its result; a
# device changes its rounding.
WITHOUT_EFFECT = ("threads", "device", "checkpoint_seconds")
OPTIONAL = ("components", "sigma")
_MOST_THREADS = 1024  # beyond it, some systems end the process
_LARGEST = 1e6  # of an effort, or of a noise


@dataclass(frozen=True)
class Setting:
    """Options of a training beside its field and method. The defaults suit most data.

    Attributes
    ----------
    basis
        Number of principal components in which cells are coupled; all, if there are fewer genes.
    validation_share
        Share of the training cells that is set apart to choose the best step; 0: the last step.
    bootstrap
        Draw the training cells of each population anew, with replacement. None: if there is more
        than one member.
    check_every
        Steps between two validation losses.
    components
        Number of principal components that are the state of a field that can have such a state
        (its attribute ``takes_components``), and in which its cells are coupled. None: `basis`,
        in panels of more than 100 genes, else all genes.
    regulators
        Genes that may act, for fields with candidate edges; None: all.
    efficacy
        Effect of a knockout on the cells. None: the gene has no production. A number: targets do
        not see this share of the gene, and the gene's own level is not changed (CRISPR cuts).
        "learn": the same, with a share that is learned for each condition and gene.
    noise, protein
        Whether to learn noise, which grows with what a gene makes and loses, and proteins, by
        which regulators act with a delay (see `hillflow.objectives.heads`). None: as the method
        says.
    sigma
        σ of dx = … dt + σ dW, in expression per √time, of methods with a diffusion or the coupling
        of a Schrödinger bridge. None: chosen by that coupling, see
        `hillflow.transport.Schrodinger`; 0.1 with other couplings.
    effort
        Factor on the number of steps of every stage.
    memory_mb
        Memory limit of the coupling.
    threads
        PyTorch threads during training. 1 is fastest for batches of this size.
    device
        PyTorch device on which training computes, such as "cuda"; the fit is returned on the CPU.
        All random numbers are drawn on the CPU, so that results agree to rounding.
    checkpoint_seconds
        Seconds between two checkpoints, if a folder is given.

    Examples
    --------
    >>> Setting(effort=0.1, bootstrap=True).effort
    0.1
    """

    basis: int = 30
    validation_share: float = 0.1
    bootstrap: bool | None = None
    check_every: int = 50
    components: int | None = None
    regulators: tuple[str, ...] | None = None
    efficacy: float | str | None = None
    noise: bool | None = None
    protein: bool | None = None
    sigma: float | None = None
    effort: float = 1.0
    memory_mb: int = 1024
    threads: int = 1
    device: str = CPU
    checkpoint_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in NUMBERS:
            value = getattr(self, name)
            if not isinstance(value, Real) and not (name in OPTIONAL and value is None):
                default = getattr(type(self), name)
                raise InputError(f"a number as {name}", repr(value), f"write {name}={default}")
        if not 0 <= self.validation_share < 1:
            raise InputError(
                "validation_share of at least 0 and below 1", f"{self.validation_share}",
                "write validation_share=0.1",
            )  # fmt: skip
        for name in ("basis", "components", "check_every", "memory_mb", "threads"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise InputError(f"{name} of at least 1", f"{getattr(self, name)}", f"raise {name}")
        if self.threads > _MOST_THREADS:
            raise InputError(
                f"threads of at most {_MOST_THREADS:,}", f"{self.threads:,}", "write threads=1"
            )
        for name in ("sigma", "effort"):
            if getattr(self, name) is not None and not 0 < getattr(self, name) < _LARGEST:
                raise InputError(
                    f"{name} above 0 and below {_LARGEST:g}",
                    f"{getattr(self, name)}",
                    f"choose another {name}",
                )
        for name in ("noise", "protein"):
            if getattr(self, name) not in (None, True, False):
                raise InputError(
                    f"{name} as True, False or None", repr(getattr(self, name)),
                    f"write {name}=True",
                )  # fmt: skip
        check_efficacy(self.efficacy)
        check_device(self.device)
        if self.regulators is not None:
            if not isinstance(self.regulators, tuple | list) or not self.regulators:
                raise InputError(
                    "regulators as names of genes, at least one", repr(self.regulators),
                    "leave it out to let every gene act",
                )  # fmt: skip
            object.__setattr__(self, "regulators", tuple(self.regulators))

    def description(self) -> dict[str, Any]:
        """Return the options that decide a result, as plain JSON values."""
        options = {k: v for k, v in asdict(self).items() if k not in WITHOUT_EFFECT}
        if self.regulators is not None:
            options["regulators"] = list(self.regulators)
        return options

    def coupling(self, method: Method) -> Coupling:
        """Return the coupling of the method, with the σ of this setting if it is given."""
        given = method.coupling
        return given if self.sigma is None else given.of_sigma(self.sigma)

    def heads(self, method: Method, data: Cells | None = None) -> tuple[str, ...]:
        """Return the heads of the method, with noise and protein as this setting wants them.

        For `data` of spliced and unspliced mRNA, splicing takes the place of proteins.
        """
        if getattr(data, "unspliced", None) is not None:
            return self._splicing(method)
        if "splicing" in method.heads:
            raise InputError(
                f"unspliced mRNA for the method {method.name!r}", "none",
                "name its layer with unspliced_layer=… (--unspliced-layer), in Snapshots "
                "unspliced=…, or use 'default'",
            )  # fmt: skip
        wanted = {"noise": self.noise, "protein": self.protein}
        kept = tuple(name for name in method.heads if wanted.get(name) is not False)
        return kept + tuple(n for n, yes in wanted.items() if yes and n not in kept)

    def _splicing(self, method: Method) -> tuple[str, ...]:
        if self.protein:
            raise UnsupportedError(
                "no protein beside unspliced mRNA, whose splicing is the delay", "protein=True",
                "leave protein=… (--protein) or unspliced_layer=… (--unspliced-layer) out",
            )  # fmt: skip
        method.check_unspliced()
        noisy = "noise" in method.heads if self.noise is None else self.noise
        return ("splicing", *["noise"] * noisy)
