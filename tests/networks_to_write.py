"""Networks to write: one small and known, and any that a fit could give; and files to read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from hillflow.networks import Network, read_network

GENES = ("A", "B", "NKX2-5", "a&b<c>", "lone gene", "7157")
TRICKY = (
    "NKX2-5", "HLA-DRA", "7157", "a&b<c>", "two words", "S", "N", "E", "I", "E2F1", "1e5", "NA",
    "nan", "true", "]]>", "it's", 'say "x"', "edge-0", "é", "日本", "#1", "a,b", "a;b", "__proto__",
)  # fmt: skip

_letters = st.characters(
    exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"
)
names = st.sampled_from(TRICKY) | st.text(_letters, min_size=1, max_size=6).filter(
    lambda name: name == name.strip()
)
_finite = st.floats(allow_nan=False, allow_infinity=False).filter(bool)


@st.composite
def _graphs(draw: st.DrawFn, least_edges: int = 0) -> Network:
    """Between 1 and 6 genes and any edges; each kind of column that a table may have."""
    genes = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    pair = st.tuples(*[st.sampled_from(genes)] * 2)
    pairs = draw(st.lists(pair, min_size=least_edges, max_size=8, unique=True))
    weights = draw(st.lists(_finite, min_size=len(pairs), max_size=len(pairs)))
    weight = np.array(weights, dtype=float)
    size = len(pairs)
    maybe = st.floats(0, 1) | st.just(np.nan)
    readout = st.floats(width=32)
    table = pd.DataFrame(
        {
            "source": pd.Series([pair[0] for pair in pairs], dtype=object),
            "target": pd.Series([pair[1] for pair in pairs], dtype=object),
            "weight": weight,
            "sign": np.sign(weight).astype(int),
            "confidence": draw(st.lists(maybe, min_size=size, max_size=size)),
            "jacobian": np.array(draw(st.lists(readout, min_size=size, max_size=size)), np.float32),
            "turns": np.arange(size) % 2 == 0,
            "members": np.arange(size),
            "mixed": pd.Series([[1, 2.5, None][k % 3] for k in range(size)], dtype=object),
        }
    )
    order = np.argsort(-np.abs(weight), kind="stable")
    return Network(tuple(genes), table.iloc[order].reset_index(drop=True))


@pytest.fixture(scope="session")
def graphs() -> st.SearchStrategy[Network]:
    return _graphs()


@pytest.fixture(scope="session")
def graphs_with_edges() -> st.SearchStrategy[Network]:
    return _graphs(least_edges=1)


@pytest.fixture
def graph() -> Network:
    """A cycle of A and B, an edge of NKX2-5 to itself, one to a&b<c>, and two genes alone."""
    weight = np.zeros((6, 6))
    weight[1, 0], weight[0, 1], weight[2, 2], weight[3, 0] = 2.0, -1.0, 0.5, 0.25
    confidence = np.full((6, 6), np.nan)
    confidence[1, 0], confidence[0, 1] = 0.9, 1.0
    return Network.from_matrix(GENES, weight, confidence=confidence, contrast=np.round(3 * weight))


@pytest.fixture
def prior() -> Network:
    """Agrees on A → B, disagrees on the sign of B → A, and has one edge more."""
    return Network.from_columns(
        ["A", "A", "B", "A"], ["B", "NKX2-5", "A", "elsewhere"], ["both", -1, 1, 1],
        evidence=["1;2", "3", "", "4"], name="known", licence="CC0", citation="Someone 2000",
    )  # fmt: skip


@pytest.fixture
def write(tmp_path: Path):
    """A function that writes text into a file and returns its path."""

    def write_file(text: str, name: str = "prior.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write_file


def signed_edges(path: Path, **options: object) -> list[tuple[str, str, int]]:
    """Source, target and sign of what is read."""
    network = read_network(path, **options)  # type: ignore[arg-type]
    return list(zip(network.source, network.target, network.sign.tolist(), strict=True))
