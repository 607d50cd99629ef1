from __future__ import annotations

import pytest
import torch

from hillflow.errors import GeneNameError, InputError
from hillflow.fields import FIELDS, CandidateEdges, make_field
from hillflow.networks import Network

GENES = ("A", "B", "C")


@pytest.mark.parametrize("name", [entry.name for entry in FIELDS.values()])
def test_every_field_is_built_by_its_name_and_rebuilt_from_its_options(name: str) -> None:
    field = make_field(name, GENES, seed=4, dtype=torch.float64)
    assert field.name == name
    assert field.genes == GENES
    assert field.dtype == torch.float64
    again = make_field(name, GENES, **field.options, dtype=torch.float64)
    for mine, theirs in zip(field.parameters(), again.parameters(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("hill", {"sede": 1}, r"option of the 'hill' field .*'per_edge'.*did you mean 'seed'"),
        ("mlp", {"l1": 0.1}, r"option of the 'mlp' field .*'hidden'.*found 'l1'"),
        ("mlp", {"edges": CandidateEdges.all_pairs(3)}, r"takes candidate edges.*'hill'"),
        ("hill", {"edges": [("A", "B")]}, r"candidate edges, found list.*align"),
        ("hil", {}, "did you mean 'hill'"),
    ],
)
def test_options_that_a_field_does_not_take_are_refused(name: str, options, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_field(name, GENES, **options)


@pytest.mark.parametrize("genes", [("A", "B", "A"), ("A", ""), ("A", 7), (), "GATA1"])
def test_genes_that_name_no_columns_are_refused(genes) -> None:
    with pytest.raises(GeneNameError):
        make_field("linear", genes)


@pytest.mark.parametrize("name", [e.name for e in FIELDS.values() if "mask" in e.prior])
def test_the_mask_of_a_prior_is_taken_as_it_is(name: str) -> None:

    prior = Network.from_columns("ABC", "BCC", sign=[1, -1, 0])
    mask = prior.align(GENES).mask(free=[("C", "A")])
    field = make_field(name, GENES, edges=mask)
    given = CandidateEdges(mask.source_index, mask.target_index, 3, mask.sign, mask.free)
    for part in ("source", "target", "sign", "free"):
        assert torch.equal(getattr(field.edges, part), getattr(given, part))
    assert "4 candidate edges" in repr(field)
    for genes in (("A", "C", "B"), ("A", "B", "C", "D")):
        with pytest.raises(GeneNameError, match=r"prior\.align\(genes\)\.mask"):
            make_field(name, genes, edges=mask)
