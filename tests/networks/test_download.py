"""Getting files: order of places, checksums, pins, and what is left after a failure."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hillflow.errors import ChecksumError, MissingFileError
from hillflow.networks import CatalogueEntry, fetch

CONTENT = b"source,target,sign\nA,B,1\n"
SUM = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Site:
    """A web site of one file that counts its visitors."""

    url: str = ""
    content: bytes = CONTENT
    visits: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    state = Site()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.visits.append(self.path)
            self.send_response(200 if self.path == "/net.csv" else 404)
            self.send_header("Content-Length", str(len(state.content)))
            self.end_headers()
            self.wfile.write(state.content)

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/net.csv"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def entry(site: Site, monkeypatch: pytest.MonkeyPatch) -> CatalogueEntry:
    monkeypatch.delenv("HILLFLOW_DATA", raising=False)
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return CatalogueEntry(
        name="net-human", organism="human", format="table", licence="CC0", citation="Nobody 2000",
        url=site.url, sha256=SUM, files=("net.csv", "other.csv"),
    )  # fmt: skip


def test_downloads_once(entry: CatalogueEntry, site: Site, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = fetch(entry, cache=cache)
    assert path.read_bytes() == CONTENT
    assert fetch(entry, cache=cache) == path
    assert len(site.visits) == 1
    assert [file.name for file in cache.iterdir()] == ["net.csv"]


def test_a_wrong_checksum_says_both_and_keeps_the_cached_file(
    entry: CatalogueEntry, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "net.csv").write_bytes(b"what was there before")
    site.content = b"something else"
    with pytest.raises(ChecksumError, match="cache was kept") as error:
        fetch(entry, cache=tmp_path)
    assert SUM in error.value.expected
    assert hashlib.sha256(site.content).hexdigest() in error.value.found
    assert [file.name for file in tmp_path.iterdir()] == ["net.csv"]
    assert (tmp_path / "net.csv").read_bytes() == b"what was there before"


def test_a_damaged_cached_file_is_replaced(entry: CatalogueEntry, tmp_path: Path) -> None:
    (tmp_path / "net.csv").write_bytes(b"damaged")
    assert fetch(entry, cache=tmp_path).read_bytes() == CONTENT


def test_without_a_checksum_the_user_must_vouch(
    entry: CatalogueEntry, site: Site, tmp_path: Path
) -> None:
    unknown = replace(entry, sha256="")
    with pytest.raises(ChecksumError, match="--allow-unverified"):
        fetch(unknown, cache=tmp_path)
    assert not site.visits
    assert fetch(unknown, cache=tmp_path, sha256=SUM.upper()).read_bytes() == CONTENT
    with pytest.raises(ChecksumError):
        fetch(unknown, cache=tmp_path, sha256="0" * 64)


def test_an_unverified_download_is_pinned(
    entry: CatalogueEntry, site: Site, tmp_path: Path
) -> None:
    unknown = replace(entry, sha256="")
    path = fetch(unknown, cache=tmp_path, allow_unverified=True)
    assert fetch(unknown, cache=tmp_path) == path
    assert len(site.visits) == 1
    path.write_bytes(b"changed since")
    with pytest.raises(ChecksumError, match=SUM):
        fetch(unknown, cache=tmp_path)


def test_another_checksum_than_the_catalogues_is_refused(
    entry: CatalogueEntry, site: Site, tmp_path: Path
) -> None:
    with pytest.raises(ChecksumError, match=SUM):
        fetch(entry, cache=tmp_path, sha256="0" * 64)
    assert not site.visits


@pytest.mark.parametrize("where", ["net.csv", "net/net.csv", "any folder/other.csv"])
def test_a_local_file_goes_before_a_download(
    entry: CatalogueEntry, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    local = tmp_path / where
    local.parent.mkdir(exist_ok=True)
    local.write_bytes(CONTENT)
    monkeypatch.setenv("HILLFLOW_DATA", str(tmp_path))
    assert fetch(entry, cache=tmp_path / "cache") == local
    assert not site.visits


def test_a_local_file_must_be_the_right_one(
    entry: CatalogueEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net.csv").write_bytes(b"another release")
    monkeypatch.setenv("HILLFLOW_DATA", str(tmp_path))
    with pytest.raises(ChecksumError, match=SUM):
        fetch(entry, cache=tmp_path / "cache")
    unknown = replace(entry, sha256="")  # nothing to hold it against: the user put it there
    assert fetch(unknown, cache=tmp_path / "cache") == tmp_path / "net.csv"


def test_a_copy_in_another_form_has_no_checksum_and_comes_last(
    entry: CatalogueEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = replace(entry, copies=("short.csv",))
    monkeypatch.setenv("HILLFLOW_DATA", str(tmp_path))
    (tmp_path / "short.csv").write_bytes(b"source,target\nA,B\n")
    assert fetch(entry, cache=tmp_path / "cache") == tmp_path / "short.csv"
    with pytest.raises(ChecksumError, match="0000"):
        fetch(entry, cache=tmp_path / "cache", sha256="0" * 64)
    (tmp_path / "net.csv").write_bytes(CONTENT)
    assert fetch(entry, cache=tmp_path / "cache") == tmp_path / "net.csv"


def test_a_data_folder_that_is_not_there(
    entry: CatalogueEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HILLFLOW_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(MissingFileError, match="HILLFLOW_DATA"):
        fetch(entry, cache=tmp_path)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/net.csv", "not an address", "404"])
def test_no_download_says_what_to_do_by_hand(
    entry: CatalogueEntry, site: Site, tmp_path: Path, url: str
) -> None:
    away = replace(entry, url=site.url + "x" if url == "404" else url)
    with pytest.raises(MissingFileError, match="--prior-file") as error:
        fetch(away, cache=tmp_path)
    assert away.url in error.value.expected
    assert "net.csv in the folder given by HILLFLOW_DATA" in error.value.fix
    assert list(tmp_path.iterdir()) == []
