"""Find or download the file of a catalogue entry, and verify its checksum.

A file is taken from the first of these places:

1. the package itself, for included networks;
2. the folder given by the environment variable HILLFLOW_DATA, or one of its subfolders;
3. the cache (``pooch.os_cache("hillflow")``);
4. the entry's URL.

If the catalogue has a checksum, a file that differs from it is refused, except a copy in another
form that the user has put into HILLFLOW_DATA (``copies`` of the entry). Otherwise the user must
confirm a download, by giving a checksum or ``allow_unverified``. The checksum of the downloaded
file is then stored beside it and required from then on.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hillflow.errors import ChecksumError, InputError, MissingFileError
from hillflow.files import check_output_folder
from hillflow.networks.catalogue import CatalogueEntry, catalogue_folder, find_entry

DATA_VARIABLE = "HILLFLOW_DATA"
_TIMEOUT = 30  # seconds without an answer


def fetch(
    prior: str | CatalogueEntry,
    organism: str | None = None,
    *,
    sha256: str | None = None,
    allow_unverified: bool = False,
    cache: str | os.PathLike[str] | None = None,
) -> Path:
    """Return the path of a prior network's file, downloading it if necessary.

    Parameters
    ----------
    prior
        A name of the catalogue, or an entry.
    organism
        ``"human"`` or ``"mouse"``, if the name is that of a family.
    sha256
        A checksum to require, for example if the catalogue has none.
    allow_unverified
        Accept a download without a known checksum.
    cache
        Folder for downloads.

    Returns
    -------
    pathlib.Path

    Examples
    --------
    >>> from hillflow.networks import fetch
    >>> fetch("hematopoiesis").name
    'hematopoiesis.csv'
    """
    import pooch

    entry = prior if isinstance(prior, CatalogueEntry) else find_entry(prior, organism)
    if entry.included:
        included = catalogue_folder() / entry.included
        return verified(included, (sha256 or "").lower(), "leave the checksum out")
    if sha256 and entry.sha256 and sha256.lower() != entry.sha256:
        raise ChecksumError(
            f"the catalogue's checksum of {entry.name}, {entry.sha256}",
            sha256,
            "leave the checksum out, or read your own file by its path",
        )
    required = entry.sha256 or (sha256 or "").lower()
    local = _find_local(entry)
    if local is not None:
        if local.name in entry.copies:
            required = (sha256 or "").lower()
        return verified(local, required, "replace this file, or unset HILLFLOW_DATA")

    cached = Path(cache or pooch.os_cache("hillflow")) / entry.files[0]
    pin = cached.with_name(cached.name + ".sha256")
    if cached.is_file() and (required or pin.is_file()):
        expected = required or pin.read_text(encoding="ascii").strip()
        if file_sum(cached) == expected:
            return cached
        if not required:
            fix = f"delete {cached} and {pin.name}, then fetch it again"
            return verified(cached, expected, fix)
    if not required and not allow_unverified:
        raise ChecksumError(
            f"a checksum to verify {entry.url}",
            "none in the catalogue",
            f"run `hillflow priors fetch {entry.name} --allow-unverified` once to trust the site "
            "(or --sha256 SUM, if you know it; in Python fetch(…, allow_unverified=True)); or put "
            f"{entry.files[0]} in the folder given by {DATA_VARIABLE}",
        )
    _download(entry, cached, required)
    if not required:
        pin.write_text(file_sum(cached) + "\n", encoding="ascii")
    return cached


def available_offline(prior: str | CatalogueEntry, organism: str | None = None) -> bool:
    """Return whether `fetch` finds the file without a download."""
    import pooch

    entry = prior if isinstance(prior, CatalogueEntry) else find_entry(prior, organism)
    if entry.included or _find_local(entry) is not None:
        return True
    cached = Path(pooch.os_cache("hillflow")) / entry.files[0]
    return bool(entry.sha256) and cached.is_file() and file_sum(cached) == entry.sha256


def _find_local(entry: CatalogueEntry) -> Path | None:
    given = os.environ.get(DATA_VARIABLE)
    if not given:
        return None
    folder = Path(given)
    if not folder.is_dir():
        raise MissingFileError(
            f"a folder in {DATA_VARIABLE}",
            f"no folder {folder}",
            f"set it to an existing folder, or: unset {DATA_VARIABLE}",
        )
    for name in (*entry.files, *entry.copies):
        for path in (folder / name, *sorted(folder.glob(f"*/{name}"))):
            if path.is_file():
                return path
    return None


def file_sum(path: Path) -> str:
    """Return the sha256 of a file as 64 hexadecimal digits."""
    import pooch

    return str(pooch.file_hash(str(path)))


def verified(path: Path, expected: str, fix: str) -> Path:
    """Return the path if its file has the expected checksum, or if none is expected."""
    if expected and (found := file_sum(path)) != expected:
        raise ChecksumError(f"{path} with the sha256 {expected}", found, fix)
    return path


def _download(entry: CatalogueEntry, destination: Path, expected: str) -> None:
    """Download to a temporary folder; move the file to its destination once it is verified."""
    import pooch

    check_output_folder(destination.parent).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as folder:
        partial = Path(folder) / destination.name
        try:
            pooch.HTTPDownloader(timeout=_TIMEOUT)(entry.url, str(partial), None)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors or ValueErrors
            raise MissingFileError(
                f"the file of {entry.name} from {entry.url}",
                f"no download ({type(error).__name__})",
                f"download it by hand and save it as {entry.files[0]} in the folder given by "
                f"{DATA_VARIABLE}, or pass it to `hillflow priors align` or `hillflow fit` with "
                "--prior-file PATH",
            ) from error
        fix = "the file on the site has changed, or the download is damaged: try again, or report "
        cached = "the file in the cache was kept" if destination.exists() else "nothing was saved"
        _verified_download(partial, entry, expected, f"{fix}it ({cached})")
        partial.replace(destination)


def _verified_download(partial: Path, entry: CatalogueEntry, expected: str, fix: str) -> None:
    found = file_sum(partial)
    if expected and found != expected:
        raise ChecksumError(f"{entry.url} with the sha256 {expected}", found, fix)
    if not partial.stat().st_size:
        raise InputError(f"a file at {entry.url}", "an empty one", "try again later")
