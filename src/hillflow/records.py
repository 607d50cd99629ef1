"""Records: the files of a run, written with a digest, and read within bounds and by a schema.

A JSON file is refused before it is used if it is too large, nested too deeply, not JSON (NaN and
infinity are not, nor are repeated names), not as its schema in `hillflow.schemas`, or changed: the
name ``sha256`` in it has the digest of its schema and all other values. Errors read "damaged run:
FILE: what".
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.errors import FileFormatError, HillflowError, MissingFileError
from hillflow.files import write_json
from hillflow.run_files import BUILDING, MANIFEST

if TYPE_CHECKING:
    from msgspec import Struct

MOST_BYTES, MOST_LEVELS = 256 * 2**20, 32  # of a JSON file
SEAL = "sha256"
AGAIN = "copy the run again, or fit again"
_MOST_INTEGER = 2**64
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)  # the last may lack its end
_ABOVE = 4  # folders between a file and its run
_SHOWN = 160  # characters of a reason


# Errors ------------------------------------------------------------------------------------------


def damaged(path: Path, what: str, fix: str = AGAIN) -> FileFormatError:
    """Return the error that a file is not as hillflow wrote it."""
    run = _run_of(path)
    kind, name = "file", path.name
    if run is not None:
        kind, name = "run", path.absolute().relative_to(run).as_posix()
    what = " ".join(what.split())
    what = what if len(what) <= _SHOWN else f"{what[:_SHOWN]}…"
    return FileFormatError(
        f"{path} as hillflow writes it", f"damaged {kind}: {name}: {what.rstrip('.')}", fix
    )


def missing(path: Path, fix: str = AGAIN) -> MissingFileError:
    """Return the error that a run lacks a file."""
    error = damaged(path, "missing", fix)
    return MissingFileError(error.expected, error.found, error.fix)


@contextmanager
def reading(path: Path, fix: str = AGAIN) -> Iterator[None]:
    """Turn every error while a file of a run is read into one that names the file.

    Readers of other packages raise many kinds of error for a damaged file. What hillflow itself
    says of the content is kept.
    """
    try:
        yield
    except MissingFileError:
        raise
    except HillflowError as error:
        if error.found.startswith("damaged "):
            raise
        raise damaged(path, f"{error.found}, not {error.expected}", fix) from error
    except Exception as error:
        text = str(error).strip() or type(error).__name__
        raise damaged(path, text.splitlines()[0], fix) from error


def _run_of(path: Path) -> Path | None:
    """The folder of the run that has this file; None for a file elsewhere."""
    for folder in list(path.absolute().parents)[:_ABOVE]:
        if folder.name == BUILDING:
            return folder.parent
        if (folder / MANIFEST).is_file():
            return folder
    return None


# JSON --------------------------------------------------------------------------------------------


def write_record(path: Path, value: dict[str, Any], schema: type[Struct]) -> None:
    """Write plain values as JSON, with their digest under `SEAL`; `schema` describes them."""
    value = {name: part for name, part in value.items() if name != SEAL}
    write_json(path, {**value, SEAL: seal(json.loads(json.dumps(value, allow_nan=False)), schema)})


def read_record(
    path: Path, schema: type[Struct], *, format: str | None = None, fix: str = AGAIN
) -> dict[str, Any]:
    """Read a JSON object that `write_record` wrote, without its digest.

    Parameters
    ----------
    path
        The file.
    schema
        The class of `hillflow.schemas` that describes it.
    format
        The value of its entry ``format``, if it has one; other versions are refused by name.
    fix
        What to do if the file is damaged.
    """
    if not path.is_file():
        raise missing(path, fix)
    if path.stat().st_size > MOST_BYTES:
        raise damaged(path, f"{path.stat().st_size:,} bytes, more than {MOST_BYTES:,}", fix)
    with reading(path, fix):
        value = parse(path.read_bytes())
    if format is not None and value.get("format") != format:
        raise _other_format(path, value, format, fix)
    with reading(path, fix):
        check(value, schema)
    sealed = value.pop(SEAL, None)
    if sealed is not None and sealed != seal(value, schema):
        raise damaged(path, "changed since it was written (another SHA-256)", fix)
    return value


def parse(content: bytes | str) -> dict[str, Any]:
    """Read one JSON object within bounds; ValueError says what is wrong."""
    content = content.encode() if isinstance(content, str) else content
    if _levels(content) > MOST_LEVELS:
        raise ValueError(f"nested more than {MOST_LEVELS} levels deep")
    try:
        value = json.loads(
            content.decode(), object_pairs_hook=_object, parse_constant=_refuse,
            parse_float=_float, parse_int=_integer,
        )  # fmt: skip
    except UnicodeDecodeError:
        raise ValueError("not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error})") from None
    except RecursionError:
        raise ValueError(f"nested more than {MOST_LEVELS} levels deep") from None
    if not isinstance(value, dict):
        raise ValueError(f"a {type(value).__name__} instead of a JSON object")
    return value


def check(value: dict[str, Any], schema: type[Struct]) -> None:
    """Compare a JSON object with its schema; ValueError says what differs and where."""
    import msgspec

    try:
        msgspec.convert(value, schema)
    except msgspec.ValidationError as error:
        text, _, place = str(error).replace("`", "").partition(" - at ")
        place = place.removeprefix("$.").removeprefix("$")
        raise ValueError(f"{place}: {text}" if place else text) from None


def seal(value: dict[str, Any], schema: type[Struct]) -> str:
    """Return the SHA-256 of a JSON object, whatever its spacing and the order of its names.

    The name of the schema is part of it, so that files of two kinds cannot be exchanged.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(f"{schema.__name__} {text}".encode()).hexdigest()


def special(value: float | None) -> float | str | None:
    """Return a float as JSON has it: NaN and infinity as text, which `float` reads."""
    return value if value is None or math.isfinite(value) else str(float(value))


def _levels(content: bytes) -> int:
    """How deeply objects and lists are nested, counted until it is too deep."""
    depth = deepest = 0
    for bracket in re.findall(rb"[\[{\]}]", _STRING.sub(b"", content)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
        if deepest > MOST_LEVELS:
            break
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the name {twice!r} twice")
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"the number {constant}, which JSON does not have")


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text[:20])


def _integer(text: str) -> int:
    if len(text) > 21 or abs(number := int(text)) >= _MOST_INTEGER:
        raise ValueError(f"the number {text[:20]}…, which is too large")
    return number


def _other_format(path: Path, value: dict[str, Any], format: str, fix: str) -> FileFormatError:
    found = value.get("format")
    stem = format.rpartition("-")[0]
    if not (isinstance(found, str) and found.startswith(stem)):
        return damaged(path, f"the format {found!r}, not {format!r}", fix)
    provenance = value.get("provenance")
    versions = (provenance if isinstance(provenance, dict) else value).get("versions")
    version = versions.get("hillflow") if isinstance(versions, dict) else None
    return FileFormatError(
        f"{path.name} of the format {format!r}", f"{found!r} in {path}",
        f"open it with the version of hillflow that wrote it ({version or 'unknown'}), or {fix}",
    )  # fmt: skip


# Other files -------------------------------------------------------------------------------------


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(run: Path, name: str, digests: dict[str, str], fix: str = AGAIN) -> Path:
    """Return the path of a run's file, if it has the SHA-256 in `digests`."""
    path = run / name
    if not path.is_file():
        raise missing(path, fix)
    if name not in digests:
        raise damaged(path, f"not among the files of {MANIFEST}", fix)
    if sha256_of(path) != digests[name]:
        raise damaged(path, f"changed since it was written (not the SHA-256 in {MANIFEST})", fix)
    return path


def difference(expected: Sequence[str], found: Sequence[str]) -> str:
    """Say how two lists of genes differ first; "" if they are equal."""
    if tuple(expected) == tuple(found):
        return ""
    there = set(found)
    absent = next((gene for gene in expected if gene not in there), None)
    if absent is not None:
        return f"without the gene {absent!r}"
    if len(expected) != len(found):
        return f"{len(found):,} genes, not {len(expected):,}"
    first = next(k for k, gene in enumerate(expected) if found[k] != gene)
    return f"genes in another order, first {found[first]!r} in place of {expected[first]!r}"
