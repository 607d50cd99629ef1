"""A real run, damaged in several hundred ways: each is refused in one message, or changes nothing.

210 damages of whole files (cut short, bits flipped, emptied, removed, exchanged) must be
noticed, since files have digests. 367 damages of single values, with all digests computed
anew, must be noticed by their schema, or be harmless. 120 damages each are of a checkpoint and of a
plan. Nothing may raise another error, from Python or on the command line.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import load, save, save_file

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import FileFormatError, HillflowError
from hillflow.records import sha256_of, write_record
from hillflow.results import Run
from hillflow.run_files import MANIFEST
from hillflow.schemas import ManifestRecord, MemberRecord
from hillflow.symbolic import Laws, ParetoFront
from hillflow.symbolic.law import Law, Parameter
from hillflow.symbolic.parse import parse
from hillflow.train.checkpoint import load_checkpoint, save_checkpoint
from hillflow.train.state import SavedState
from hillflow.transport import Plan, fit_plan

SEED = 0
CASES, RESEALED = 210, 367  # at least
GENES = ("lacI", "tetR", "cI")
MEMBER = "model/member-0"
REFERENCE = "source,target,sign\nlacI,tetR,-1\ntetR,cI,-1\ncI,lacI,-1\n"
# The commands that read a file first; each has the options of a short calculation.
COMMANDS = {
    "info": (),
    "graph": ("--out", "{out}/edges.csv"),
    "knockout": ("--genes", "lacI", "--out", "{out}/knockouts.csv"),
    "predict": ("--perturb", "lacI", "--out", "{out}/cells.h5ad"),
    "velocity": ("--out", "{out}/velocity.h5ad"),
    "validate": ("--against", "{out}/../reference.csv", "--out", "{out}/validation.json"),
    "export": ("--to", "cx2", "--out", "{out}/network.cx2"),
    "laws": ("--genes", "cI"),
    "report": ("--out", "{out}/report.html"),
}
OF_FILE = {"edges.csv": ("export", "report"), "edges.about.json": ("validate", "report"),
           "laws.json": ("report", "laws"), "validation.json": ("report",),
           "ranking.csv": ("report",), "knockouts.csv": ("report",),
           "ranking.about.json": ("report",), "history.csv": ("report",),
           "metrics.json": ("info", "report")}  # fmt: skip
OF_FIT = ("info", "graph", "knockout", "predict", "velocity", "validate", "export", "laws")

pytestmark = [
    pytest.mark.usefixtures("unrendered"),
    pytest.mark.filterwarnings("ignore"),
]


class Damaged:
    """A copy of a run whose files are damaged and restored."""

    def __init__(self, run: Path, copy: Path) -> None:
        shutil.copytree(run, copy)
        self.run = copy
        self.whole = {
            path.relative_to(copy).as_posix(): path.read_bytes()
            for path in sorted(copy.rglob("*"))
            if path.is_file()
        }
        self.expected = contents(copy)

    @contextlib.contextmanager
    def with_files(self, **files: bytes | None) -> Iterator[Path]:
        """The run with other bytes in some files; None removes a file."""
        changed = {name.replace("__", "/"): content for name, content in files.items()}
        try:
            for name, content in changed.items():
                if content is None:
                    (self.run / name).unlink()
                else:
                    (self.run / name).write_bytes(content)
            yield self.run
        finally:
            for path in [path for path in self.run.rglob("*") if path.is_file()]:
                if path.relative_to(self.run).as_posix() not in self.whole:
                    path.unlink()
            for name, content in self.whole.items():
                if not (self.run / name).is_file() or (self.run / name).read_bytes() != content:
                    (self.run / name).write_bytes(content)

    @contextlib.contextmanager
    def resealed(self, name: str, content: bytes) -> Iterator[Path]:
        """The run with other bytes in a file, and digests that agree with them."""
        with self.with_files(**{name: content}) as run:
            if name.endswith(".safetensors"):
                path = (run / name).with_name("model.json")
                about = json.loads(path.read_text())
                write_record(path, about | {"tensors": sha256_of(run / name)}, MemberRecord)
            if name != MANIFEST:
                manifest = json.loads((run / MANIFEST).read_text())
                files = {known: sha256_of(run / known) for known in manifest["files"]}
                write_record(run / MANIFEST, manifest | {"files": files}, ManifestRecord)
            yield run


def contents(path: Path) -> dict[str, Any]:
    """Everything that a run holds, as values that can be compared."""
    run = Run.open(path)
    return {part: read(run, part) for part in READ}


def read(run: Run, part: str) -> Any:
    """One part of a run, as values that can be compared."""
    value = getattr(run, part)
    if value is None:
        return None
    return {
        "manifest": lambda: value,
        "fit": lambda: [
            (member.heads.state_dict().__repr__(), member.times, member.conditions, member.metrics,
             member.provenance, member.seed, member.scale, member.time_unit)
            for member in value
        ],
        "data": lambda: (value.x.tolist(), value.time.tolist(), value.genes, value.scale),
        "graph": lambda: (value.edges.to_csv(), value.about),
        "laws": lambda: value.to_json(),
        "knockouts": lambda: (value.ranking.to_csv(), value.effects.to_csv(), value.about),
        "validation": lambda: value,
        "history": lambda: value.to_csv(),
        "metrics": lambda: value,
    }[part]()  # fmt: skip


READ = (
    "manifest", "fit", "data", "history", "metrics", "graph", "laws", "knockouts", "validation",
)  # fmt: skip
PART_OF = {"data.h5ad": "data", "history.csv": "history", "metrics.json": "metrics",
           "edges.csv": "graph", "edges.about.json": "graph", "laws.json": "laws",
           "knockouts.csv": "knockouts", "ranking.csv": "knockouts",
           "ranking.about.json": "knockouts", "validation.json": "validation"}  # fmt: skip


@pytest.fixture(scope="module")
def damaged(tmp_path_factory) -> Damaged:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "reference.csv").write_text(REFERENCE)
    (folder / "out").mkdir()
    cells = hf.simulate("repressilator", cells=10, times=[0, 1, 2], knockouts="lacI")
    run = hf.fit(
        cells, field="linear", method="ot-cfm", effort=0.02, ensemble=2, out=folder / "run",
        time="time", perturbation="perturbation",
    )  # fmt: skip
    hf.graph(run)
    hf.knockout(run, "lacI,tetR+cI")
    hf.validate(run, against=folder / "reference.csv")
    laws = {
        gene: ParetoFront(gene, [law_of(gene, other)])
        for gene, other in zip(GENES, GENES[1:] + GENES[:1], strict=True)
    }
    run.keep("laws", Laws(laws, "h", about={"engine": "template", "findings": []}))
    return Damaged(run.path, folder / "copy")


def law_of(gene: str, other: str) -> Law:
    return Law(
        gene=gene, production=parse(f"0.1 + 1.5*{other}**2.0/(0.3 + {other}**2.0)"),
        parents=(other,), decay=1.0, parameters=(Parameter("K", 0.5, 0.4, 0.7),),
        family="single", engine="template", complexity=9, error=0.05, error_off=0.1,
        error_left_out=0.2, bic=-80.0, agreement=1.0, flags=("a flag",), signs=(1,),
    )  # fmt: skip


def outcome(action: Callable[[], Any]) -> tuple[Any, str]:
    """The result and "", or None and the message; any other error is a defect."""
    try:
        return action(), ""
    except HillflowError as error:
        message = str(error)
        assert message.startswith("Expected "), message
        assert "\n" not in message
        return None, message


def command(run: Path, name: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit status and messages of a command; 0 or 2, with one error at most."""
    out = run.parent / "out"
    capsys.readouterr()
    status = main([name, str(run), *(word.format(out=out) for word in COMMANDS[name])])
    said = capsys.readouterr().err
    assert status in (0, 2), said
    assert said.count("Error: ") == (status == 2)
    assert "Traceback" not in said
    return status, said


# Damages of whole files --------------------------------------------------------------------------


def whole_files(whole: dict[str, bytes]) -> Iterator[tuple[str, str, bytes | None]]:
    """Name of a damage, file, and its damaged bytes."""
    random = np.random.default_rng(SEED)
    names = list(whole)
    for number, (name, content) in enumerate(whole.items()):
        size = len(content)
        yield "removed", name, None
        yield "empty", name, b""
        yield "exchanged", name, whole[names[(number + 1) % len(names)]]
        yield "another kind", name, b"PK\x03\x04" + content
        yield "twice", name, content + content
        yield "nested", name, b'{"a":' + b"[" * 100_000
        for _ in range(3):
            yield "cut short", name, content[: random.integers(1, size - 2)]
        for _ in range(4):
            place, bit = random.integers(size), 1 << random.integers(7)
            yield (
                f"bit {bit} of byte {place}",
                name,
                (content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]),
            )
        start, length = random.integers(size), random.integers(1, 40)
        noise = random.integers(0, 256, length, dtype=np.uint8).tobytes()
        yield f"noise at {start}", name, content[:start] + noise + content[start + length :]


def test_damage_of_a_file_is_refused_or_changes_nothing(damaged, capsys) -> None:
    count = 0
    for kind, name, content in whole_files(damaged.whole):
        count += 1
        with damaged.with_files(**{name: content}) as run:
            case = f"{name}: {kind}"
            part = PART_OF.get(name, "manifest" if name == MANIFEST else "fit")
            result, message = outcome(lambda: read(Run.open(run), part))  # noqa: B023
            if message:
                known = (f"damaged run: {name}: ", "of the format", "a run directory")
                assert any(words in message for words in known), (case, message)
            elif kind == "removed" and part in ("graph", "laws", "knockouts", "validation"):
                assert result is None or name.endswith(".about.json"), case
            elif part in ("graph", "knockouts") and result != damaged.expected[part]:
                assert result[-1] == {"changed": True}, case
            else:
                assert result == damaged.expected[part], case
            if count % (7 if message else 23) == 0:
                commands = OF_FILE.get(name, OF_FIT)
                status, said = command(run, commands[count // 7 % len(commands)], capsys)
                assert status == 0 or "Expected" in said, case
    assert count >= CASES, count


# Damages of single values, with digests that agree -----------------------------------------------

VALUES = (
    None, True, -1, 0, 2**63, 10**300, 1e308, -1e-320, "", "x", "\ud800", "NaN", [], {}, [[]],
    {"a": {"b": []}}, [None, 1, "x"], "../../x",
)  # fmt: skip


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*above, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*above, key))


def changed(value: Any, place: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy of a JSON value in which `change` was called with a container and a key."""
    copy = json.loads(json.dumps(value))
    change(functools.reduce(lambda inner, key: inner[key], place[:-1], copy), place[-1])
    return copy


def json_damages(whole: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    random = np.random.default_rng(SEED + 1)
    for name, content in whole.items():
        if not name.endswith(".json") or "member-1" in name:
            continue
        value = {key: part for key, part in json.loads(content).items() if key != "sha256"}
        every = list(places(value))
        for _ in range(16):
            place = every[random.integers(len(every))]
            new = VALUES[random.integers(len(VALUES))]
            edited = changed(value, place, lambda part, key: part.__setitem__(key, new))  # noqa: B023
            yield f"{place} = {str(new)[:20]!r}", name, json.dumps(edited).encode()
        for _ in range(6):
            place = every[random.integers(len(every))]
            edited = changed(value, place, lambda part, key: part.pop(key))
            yield f"without {place}", name, json.dumps(edited).encode()
        place = every[random.integers(len(every))]
        for token in ("NaN", "-Infinity", "1e999", "9" * 5000, "[" * 100_000, '{"a":1,"a":2}'):
            edited = changed(value, place, lambda part, key: part.__setitem__(key, "@"))
            yield f"{place} = {token[:9]}", name, json.dumps(edited).replace('"@"', token).encode()


def table_damages(whole: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    random = np.random.default_rng(SEED + 2)
    for name in ("edges.csv", "knockouts.csv", "ranking.csv", "history.csv"):
        rows = [line.split(",") for line in whole[name].decode().splitlines()]
        yield "only a header", name, (",".join(rows[0]) + "\n").encode()
        for column, title in enumerate(rows[0][:6]):
            yield (
                f"without {title}",
                name,
                "\n".join(",".join([*row[:column], *row[column + 1 :]]) for row in rows).encode(),
            )
        for word in ("x", "inf", "-inf", "1e999", "nan", "", '"', "\0", "lacI", "lacI=ko:x"):
            row, column = random.integers(1, len(rows)), random.integers(len(rows[0]))
            edited = [list(line) for line in rows]
            edited[row][column] = word
            text = "\n".join(map(",".join, edited))
            yield f"{rows[0][column]} {word!r} in row {row}", name, text.encode()


def tensor_damages(whole: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    name = f"{MEMBER}/model.safetensors"
    tensors = load(whole[name])
    for key, tensor in tensors.items():
        others = {other: value for other, value in tensors.items() if other != key}
        yield f"without {key}", name, save(others)
        yield f"{key} flat", name, save({**others, key: tensor.reshape(-1, 1).clone()})
        yield f"{key} long", name, save({**others, key: torch.cat([tensor.reshape(-1)] * 2)})
        yield f"{key} of float16", name, save({**others, key: tensor.to(torch.float16)})
        if tensor.is_floating_point():
            for value in (np.nan, np.inf):
                wrong = tensor.clone()
                wrong.view(-1)[-1] = value
                yield f"{value} in {key}", name, save({**others, key: wrong})
    yield "another tensor", name, save({**tensors, "heads.more": torch.ones(2)})
    heads = {key: tensor for key, tensor in tensors.items() if key.startswith("heads.")}
    yield "a basis of one tensor", name, save({**heads, "basis.mean": torch.ones(3)})
    yield "a prior of one tensor", name, save({**tensors, "prior.source": torch.ones(3)})
    yield "none", name, save({})


def h5ad_damages(whole: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    def put(file: h5py.File, name: str, value: Any) -> None:
        about = dict(file[name].attrs)
        del file[name]
        file[name] = value
        file[name].attrs.update(about)

    def huge(file: h5py.File) -> None:
        about = dict(file["X"].attrs)
        del file["X"]
        file.create_dataset("X", (10**9, 3), "f4", chunks=(1000, 3))
        file["X"].attrs.update(about)

    def one(value: float) -> Callable[[h5py.File], None]:
        def change(file: h5py.File) -> None:
            file["X"][3, 1] = value

        return change

    index = "var/_index"
    changes: dict[str, Callable[[h5py.File], None]] = {
        "NaN": one(np.nan), "inf": one(np.inf), "huge X": huge,
        "no X": lambda file: file.__delitem__("X"),
        "X of text": lambda file: put(file, "X", np.full(file["X"].shape, b"x")),
        "fewer rows": lambda file: put(file, "X", file["X"][:-1]),
        "fewer genes": lambda file: put(file, "X", file["X"][:, :-1]),
        "flat X": lambda file: put(file, "X", file["X"][:].ravel()),
        "genes in another order": lambda file: put(file, index, file[index][:][::-1]),
        "one gene twice": lambda file: put(file, index, file[index][:][[0, 0, 1]]),
        "another gene": lambda file: put(file, index, [b"a", b"b", b"c"]),
        "no times": lambda file: file.__delitem__("obs/time"),
        "a time of NaN": lambda file: file["obs/time"].write_direct(
            np.full(len(file["obs/time"]), np.nan)),
        "other times": lambda file: put(file, "obs/time", file["obs/time"][:] * 2),
        "times of text": lambda file: put(file, "obs/time", [b"x"] * len(file["obs/time"])),
        "no table of cells": lambda file: file.__delitem__("obs"),
        "no table of genes": lambda file: file.__delitem__("var"),
    }  # fmt: skip
    for kind, change in changes.items():
        buffer = io.BytesIO(whole["data.h5ad"])
        with h5py.File(buffer, "r+") as file:
            change(file)
        yield kind, "data.h5ad", buffer.getvalue()


def test_damage_of_a_value_is_refused_by_its_schema(damaged, capsys) -> None:
    count, refused = 0, 0
    cases = (json_damages, table_damages, tensor_damages, h5ad_damages)
    for kind, name, content in (case for make in cases for case in make(damaged.whole)):
        count += 1
        case = f"{name}: {kind}"
        with damaged.resealed(name, content) as run:
            part = PART_OF.get(name, "manifest" if name == MANIFEST else "fit")
            whole, message = outcome(lambda: Run.open(run))
            if whole is not None:
                _, message = outcome(lambda: read(whole, part))  # noqa: B023
            refused += bool(message)
            if name.endswith((".safetensors", ".h5ad")):
                assert "damaged run: " in message, (case, message)
            if count % (9 if message else 31) == 0:
                commands = OF_FILE.get(name, OF_FIT)
                status, said = command(run, commands[count // 9 % len(commands)], capsys)
                assert status == 0 or "Expected" in said, case
    assert count >= RESEALED, count
    assert refused > count / 2, refused


def bits(content: bytes, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """A file cut short, or with one bit flipped."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        place, bit = random.integers(len(content)), 1 << random.integers(7)
        yield f"cut at {place}", content[:place]
        flipped = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
        yield f"bit {bit} of byte {place}", flipped


def test_damage_of_a_checkpoint_is_refused_or_changes_nothing(tmp_path) -> None:
    path, generator = tmp_path / "checkpoint.safetensors", torch.Generator().manual_seed(1)
    tensors = {"field.weight": torch.arange(6.0).reshape(2, 3)}
    row = {"stage": 0.0, "validation_loss": math.nan}
    state = SavedState(
        1, 25, 0.5, 1, math.inf, (row,), {}, tensors, {"w:step": torch.tensor(3.0)},
        generator.get_state(),
    )  # fmt: skip
    save_checkpoint(path, state, "request")
    whole = path.read_bytes()
    for kind, content in bits(whole, 60, SEED):
        path.write_bytes(content)
        found, message = outcome(lambda: load_checkpoint(path, "request"))
        assert message or repr(found) == repr(state), kind
    header = {"format": "hillflow-checkpoint-2", "request": "request", "stage": "x"}
    for value in (header, {}, [], {**header, "stage": 1, "best": {}, "history": [[[]]]}):
        save_file({"stream": generator.get_state()}, path, {"hillflow": json.dumps(value)})
        with pytest.raises(FileFormatError, match=r"damaged file: checkpoint\.safetensors"):
            load_checkpoint(path, "request")


def test_damage_of_a_plan_is_refused_or_changes_nothing(damaged, tmp_path) -> None:
    cells = Run.open(damaged.run).data.with_basis(2)
    plan = fit_plan(cells, "sinkhorn")
    path = plan.save(tmp_path / "plan.npz")
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(str(arrays["header"]))
    for kind, content in bits(path.read_bytes(), 60, SEED):
        path.write_bytes(content)
        found, message = outcome(lambda: Plan.load(path, cells))
        assert message or repr(list(found)) == repr(list(plan)), kind
    wrong = {
        "weight": np.nan, "i": 10**6, "j": -1, "chunk0/log_start": np.inf, "chunk0/i": 10**6,
    }  # fmt: skip
    changes = [{f"0/{name}": np.full_like(arrays[f"0/{name}"], value)}
               for name, value in wrong.items()]  # fmt: skip
    changes += [{f"0/{name}": arrays[f"0/{name}"][:-1]} for name in wrong]
    changes += [{f"0/{name}": arrays[f"0/{name}"].astype(str)} for name in wrong]
    heads = header["intervals"]
    for edited in (
        {**header, "intervals": [{**heads[0], "start": 99.0}, *heads[1:]]},
        {**header, "intervals": [{**heads[0], "start_condition": "?="}, *heads[1:]]},
        {**header, "intervals": [{**heads[0], "chunks": 10**9}, *heads[1:]]},
        {**header, "intervals": {}}, {**header, "options": []}, {},
    ):  # fmt: skip
        changes.append({"header": np.array(json.dumps(edited))})
    for change in changes:
        np.savez(path, **{**arrays, **change})
        with pytest.raises(FileFormatError, match=r"damaged file: plan\.npz"):
            Plan.load(path, cells)


def test_genes_in_another_order_are_named(damaged) -> None:
    (content,) = (new for kind, _, new in h5ad_damages(damaged.whole) if "order" in kind)
    words = "genes in another order, first 'cI' in place of 'lacI'"
    with (
        damaged.resealed("data.h5ad", content) as run,
        pytest.raises(FileFormatError, match=f"damaged run: data.h5ad: {words}"),
    ):
        _ = Run.open(run).data
    path = f"{MEMBER}/model.json"
    about = json.loads(damaged.whole[path])
    del about["sha256"]
    about["genes"] = about["genes"][::-1]
    with (
        damaged.resealed(path, json.dumps(about).encode()) as run,
        pytest.raises(FileFormatError, match=f"damaged run: {path}: {words}"),
    ):
        _ = Run.open(run).fit


def test_a_list_of_files_to_publish_stays_in_the_run(damaged) -> None:
    secret = damaged.run.parent / "reference.csv"
    (damaged.run / ".building").mkdir(exist_ok=True)
    for name in ("../../reference.csv", "/etc/passwd", "model/../../x", "notes.txt", "a/b.json", 3):
        content = json.dumps({"files": [name]}).encode()
        with damaged.with_files(**{".building/publish.json": content}) as run:
            _, message = outcome(lambda: Run.open(run))
            assert "damaged run: .building/publish.json: " in message
        assert secret.read_text() == REFERENCE
    shutil.rmtree(damaged.run / ".building")
    assert contents(damaged.run) == damaged.expected
