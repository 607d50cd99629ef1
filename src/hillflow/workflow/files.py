"""Paths that a verb is given: checked before anything heavy is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hillflow.errors import InputError, MissingFileError
from hillflow.files import absent, check_file, check_output_file, is_store, replacing
from hillflow.run_files import MANIFEST
from hillflow.run_folder import check_run

if TYPE_CHECKING:
    import anndata


Values = Mapping[str, Any]
_CELLS = (".h5ad", ".zarr")


def cells_at(path: str | PathLike[str]) -> Literal["file", "store", "run"]:
    """What of cells is at a path: an .h5ad file, a .zarr store or a run; else an error."""
    if "://" in str(path):
        raise InputError(
            "a file or a folder on this machine", f"the address {path}",
            "download it first, or open it with anndata and pass the object",
        )  # fmt: skip
    path = Path(path)
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise MissingFileError(
            "an .h5ad file or a .zarr store", f"{error} at {path}", "correct the path"
        ) from None
    if not is_folder:
        if path.is_symlink() and not path.exists():
            raise MissingFileError(
                "an .h5ad file or a .zarr store", f"{path}, a link to nothing or to itself",
                "name the file that it should lead to",
            )  # fmt: skip
        check_file(path, "an .h5ad file or a .zarr store", _CELLS)
        return "file"
    if (path / MANIFEST).is_file():
        return "run"
    if is_store(path):
        return "store"
    raise InputError(
        "an .h5ad file, a .zarr store or a run", f"the folder {path}, which is neither",
        "name the file or the store itself",
    )  # fmt: skip


def check_cells(given: Any) -> None:
    """Refuse a path at which there are no cells; anything but a path is checked when it is read."""
    if isinstance(given, str | PathLike):
        cells_at(given)


def check_runs(run: Any, also: Any = None) -> None:
    """Refuse paths that are no finished runs; anything but a path is checked when it is opened."""
    for one in (run, *several(also)):
        if isinstance(one, str | PathLike):
            check_run(Path(one))


def check_gene_file(given: Any) -> None:
    """Refuse the path of a list of genes that does not exist."""
    if isinstance(given, str | PathLike) and (Path(given).exists() or "," not in str(given)):
        check_file(Path(given), "a list of genes", (".txt", ".csv", ".tsv"))


def check_given(given: Any, what: str) -> None:
    """Refuse a path at which nothing is, or a folder that is no run; all but paths pass."""
    if not isinstance(given, str | PathLike):
        return
    if not Path(given).exists():
        raise absent(given, what)
    if Path(given).is_dir():
        check_run(Path(given))


def check_no_cells(given: Any, what: str) -> None:
    """Refuse a file of cells where `what` is asked for."""
    if isinstance(given, str | PathLike) and Path(given).suffix in _CELLS and Path(given).exists():
        raise InputError(
            what, f"cells in {given}", "fit them first: hillflow.fit(cells) (`hillflow fit`)"
        )


def check_new_file(
    path: str | PathLike[str] | None,
    ending: str,
    overwrite: bool,
    own: str = "",
    beside: Sequence[str] = (),
) -> None:
    """Refuse a path that no file of this ending can be put at, and a file that would be lost.

    Parameters
    ----------
    path
        The output; None passes.
    overwrite
        Whether files that are there may be replaced.
    own
        Name of this kind of result in a run's folder, where an earlier one is replaced.
    beside
        Names of the files that are written beside it.
    """
    if path is None:
        return
    path = check_output_file(path, ending, own)
    of_a_run = path.name == own and (path.parent / MANIFEST).is_file()
    for name in (path.name, *beside):
        place = path.with_name(name)
        if name != path.name:
            check_output_file(place, own=name if of_a_run else "")
        if place.exists() and not (overwrite or of_a_run):
            raise InputError(
                "the name of a new file", f"{place}, which is there",
                "name another file, or replace it with overwrite=True (--overwrite)",
            )  # fmt: skip


def check_result(
    given: Values, ending: str, own: str, beside: Callable[[Path], Sequence[str]] = lambda _: ()
) -> None:
    """Check where a result of a run goes: to ``out``, or into the run under the name `own`."""
    run, out = given["run"], given["out"]
    folder = run if isinstance(run, str | PathLike) else getattr(run, "path", None)
    path = Path(folder) / own if out is None and folder is not None else out
    if path is not None:
        check_new_file(path, ending, given["overwrite"], own, beside(Path(path)))


def path_or_none(given: str | PathLike[str] | None) -> Path | None:
    """A path as one."""
    return None if given is None else Path(given)


def several(given: Any) -> list[Any]:
    """Runs as a list, of one or of several; none of None."""
    if given is None:
        return []
    alone = isinstance(given, str) or not isinstance(given, Iterable)
    return [given] if alone else list(given)


def write_h5ad(adata: anndata.AnnData, path: Path | None) -> None:
    """Write it whole or not at all; nothing of no path."""
    if path is not None:
        with replacing(path) as draft:
            adata.write_h5ad(draft)
