"""Get the file of a catalogue entry: included, local, cached or downloaded, always checked.

A file is taken from the first of these places:

1. the package itself, for the networks that come with it;
2. the folder that the environment variable HILLFLOW_DATA names, or a folder right inside it;
3. the cache (``pooch.os_cache("hillflow")``);
4. the entry's URL.

Where the checksum is known, a file that differs from it is refused. Where it is not, only the
user can vouch for a download: by a checksum of their own, or by ``allow_unverified``. What was
then downloaded is pinned: its checksum is kept beside it and enforced from there on.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hillflow.errors import ChecksumError, InputError, MissingFileError
from hillflow.files import check_output_folder
from hillflow.networks.catalogue import CatalogueEntry, catalogue_folder, find_entry

DATA_VARIABLE = "HILLFLOW_DATA"
_PATIENCE = 30  # seconds without an answer


def fetch(
    prior: str | CatalogueEntry,
    organism: str | None = None,
    *,
    sha256: str | None = None,
    allow_unverified: bool = False,
    cache: str | os.PathLike[str] | None = None,
) -> Path:
    """Return the path of a prior network's file, downloading it if it is nowhere yet.

    Parameters
    ----------
    prior, organism
        A catalogue name (and which organism, if the name leaves it open), or an entry.
    sha256
        A checksum to demand, for example where the catalogue has none.
    allow_unverified
        Accept a download whose checksum nobody has given.
    cache
        Folder for downloads.
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
    demanded = entry.sha256 or (sha256 or "").lower()
    local = _find_local(entry)
    if local is not None:
        return verified(local, demanded, "replace this file, or unset HILLFLOW_DATA")

    cached = Path(cache or pooch.os_cache("hillflow")) / entry.files[0]
    pin = cached.with_name(cached.name + ".sha256")
    if cached.is_file() and (demanded or pin.is_file()):
        expected = demanded or pin.read_text(encoding="ascii").strip()
        if file_sum(cached) == expected:
            return cached
        if not demanded:
            fix = f"delete {cached} and {pin.name}, then fetch it again"
            return verified(cached, expected, fix)
    if not demanded and not allow_unverified:
        raise ChecksumError(
            f"a checksum to hold {entry.url} against",
            "none in the catalogue: nobody has recorded one for this file",
            f"run `hillflow priors fetch {entry.name} --allow-unverified` once to trust the site "
            "(or --sha256 SUM, if you know it; in Python fetch(…, allow_unverified=True)); or put "
            f"{entry.files[0]} in a folder named by {DATA_VARIABLE}",
        )
    _download(entry, cached, demanded)
    if not demanded:
        pin.write_text(file_sum(cached) + "\n", encoding="ascii")
    return cached


def at_hand(prior: str | CatalogueEntry, organism: str | None = None) -> bool:
    """Whether `fetch` has the file without a download."""
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
            f"set it to a folder that is there, or: unset {DATA_VARIABLE}",
        )
    for name in entry.files:
        for path in (folder / name, *sorted(folder.glob(f"*/{name}"))):
            if path.is_file():
                return path
    return None


def file_sum(path: Path) -> str:
    """The sha256 of a file, as 64 hexadecimal digits."""
    import pooch

    return str(pooch.file_hash(str(path)))


def verified(path: Path, expected: str, fix: str) -> Path:
    """Return the path if its file has the checksum that is expected, or if none is."""
    if expected and (found := file_sum(path)) != expected:
        raise ChecksumError(f"{path} with the sha256 {expected}", found, fix)
    return path


def _download(entry: CatalogueEntry, destination: Path, expected: str) -> None:
    """Download beside the destination and move there only what passes the check."""
    import pooch

    check_output_folder(destination.parent).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as folder:
        partial = Path(folder) / destination.name
        try:
            pooch.HTTPDownloader(timeout=_PATIENCE)(entry.url, str(partial), None)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors or ValueErrors
            raise MissingFileError(
                f"the file of {entry.name} from {entry.url}",
                f"no download ({type(error).__name__})",
                f"download it by hand and put it as {entry.files[0]} in a folder named by "
                f"{DATA_VARIABLE}, or pass it to `hillflow priors align` or `hillflow fit` with "
                "--prior-file PATH",
            ) from error
        fix = "the site's file has changed or was damaged on the way: try again, or report it; "
        kept = "the file in the cache is untouched" if destination.exists() else "nothing was kept"
        _verified_download(partial, entry, expected, fix + kept)
        partial.replace(destination)


def _verified_download(partial: Path, entry: CatalogueEntry, expected: str, fix: str) -> None:
    found = file_sum(partial)
    if expected and found != expected:
        raise ChecksumError(f"{entry.url} with the sha256 {expected}", found, fix)
    if not partial.stat().st_size:
        raise InputError(f"a file at {entry.url}", "an empty one", "try again later")
