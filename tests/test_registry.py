from __future__ import annotations

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from hillflow import plugins
from hillflow.errors import InputError, MissingFileError
from hillflow.registry import Registry


@dataclass(frozen=True)
class Shape:
    name: str
    corners: int


def shapes(*modules: str) -> Registry[Shape]:
    return Registry("outline", "outlines", "What bounds it?", modules)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where modules are found; what a test imports from there is forgotten."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    monkeypatch.setattr(plugins, "_loaded", set())
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_entries_are_found_by_name_in_order_of_their_modules():
    table = shapes()
    table.add(Shape("square", 4), "b")
    table.add(Shape("triangle", 3), "a")
    assert list(table) == ["square", "triangle"]
    assert table["triangle"].corners == 3
    assert table.module_of("triangle") == "a"
    assert "circle" not in table
    assert table.get("circle") is None
    assert len(table) == 2
    assert repr(table) == "Registry(outlines: square, triangle)"


def test_modules_are_imported_when_first_read_and_set_the_order(folder):
    registry = "from tests_shapes import table, Shape"
    (folder / "tests_shapes.py").write_text(
        "from hillflow.registry import Registry\n"
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Shape:\n    name: str\n"
        "table = Registry('outline', 'outlines', '', ('shape_b', 'shape_a'))\n"
    )
    for name in "ab":
        (folder / f"shape_{name}.py").write_text(
            f"{registry}\ntable.add(Shape({name!r}), __name__)\n"
        )
    import shape_a  # imported first, listed second
    import tests_shapes

    assert "shape_b" not in sys.modules
    assert list(tests_shapes.table) == ["b", "a"]
    assert shape_a.__name__ == tests_shapes.table.module_of("a")


def test_a_name_twice_is_refused_unless_its_module_is_read_again():
    table = shapes()
    table.add(Shape("square", 4), "a")
    table.add(Shape("square", 5), "a")
    assert table["square"].corners == 5
    with pytest.raises(InputError, match="'square', which is defined in a"):
        table.add(Shape("square", 4), "b")


def test_an_unknown_name_says_what_is_near_and_where_all_are_listed():
    table = shapes()
    table.add(Shape("square", 4))
    with pytest.raises(InputError) as caught:
        table["sqare"]
    assert "the name of an outline" in str(caught.value)
    assert "'square'" in str(caught.value)
    assert "hillflow methods outlines" in str(caught.value)


def test_a_plugin_is_a_file_or_a_module_of_the_environment(folder, monkeypatch):
    file = folder / "my plugin.py"
    file.write_text("import tests_seen; tests_seen.names.append('file')\n")
    (folder / "tests_module.py").write_text("import tests_seen; tests_seen.names.append('module')")
    (folder / "tests_seen.py").write_text("names = []\n")
    monkeypatch.setenv(plugins.VARIABLE, f"{file}:tests_module")
    table = shapes()
    assert len(table) == 0
    import tests_seen

    assert tests_seen.names == ["file", "module"]
    assert list(shapes()) == []  # another registry does not import them again
    assert tests_seen.names == ["file", "module"]


def test_a_plugin_is_what_an_installed_package_names(folder, monkeypatch):
    monkeypatch.delenv(plugins.VARIABLE, raising=False)
    (folder / "tests_installed.py").write_text("loaded = True\n")
    about = folder / "tests_installed-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tests-installed\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[hillflow.plugins]\nshapes = tests_installed\n")
    assert len(shapes()) == 0
    assert "tests_installed" in sys.modules


def test_what_a_plugin_defines_reaches_other_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(plugins, "_loaded", set())
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "tests_sent.py").write_text("class Sent:\n    number = 3\n")
    monkeypatch.setenv(plugins.VARIABLE, str(tmp_path / "tests_sent.py"))
    assert len(shapes()) == 0
    sent = pickle.dumps(sys.modules["tests_sent"].Sent())
    del sys.modules["tests_sent"]
    assert pickle.loads(sent).number == 3  # imported anew, by its name
    del sys.modules["tests_sent"]


def test_a_file_named_without_its_ending_is_told(folder, monkeypatch):
    (folder / "tests_tanh.py").write_text("")
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(folder)])
    monkeypatch.chdir(folder)
    monkeypatch.setenv(plugins.VARIABLE, "tests_tanh")
    with pytest.raises(InputError, match=r"Fix: write tests_tanh\.py for a file in this folder"):
        list(shapes())
    monkeypatch.setenv(plugins.VARIABLE, "tests_other")
    with pytest.raises(InputError, match=r"Fix: correct it, or remove it"):
        list(shapes())


@pytest.mark.parametrize("name", ["random", "sys", "hillflow"])
def test_a_plugin_with_the_name_of_another_module_is_refused(folder, monkeypatch, name):
    (folder / f"{name}.py").write_text("")
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(folder)])
    monkeypatch.setenv(plugins.VARIABLE, str(folder / f"{name}.py"))
    with pytest.raises(InputError, match="rename the file"):
        list(shapes())


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [(None, MissingFileError, "no such file"),
     ("import sys; sys.exit()", InputError, "SystemExit"),
     ("class Odd(BaseException): pass\nraise Odd('x')", InputError, "Odd: x"),
     ("1/0", InputError, "ZeroDivisionError"),
     ("import no_such_package", InputError, "no_such_package")],
)  # fmt: skip
def test_a_plugin_that_fails_is_named(folder, monkeypatch, text, kind, said):
    file = folder / "failing.py"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv(plugins.VARIABLE, str(file))
    table = shapes()
    for _ in range(2):  # asked again, it does not pass for loaded
        with pytest.raises(kind) as caught:
            list(table)
    assert said in str(caught.value)
    assert "failing.py" in str(caught.value)


def test_a_plugin_can_be_interrupted(folder, monkeypatch):
    (folder / "stopping.py").write_text("raise KeyboardInterrupt")
    monkeypatch.setenv(plugins.VARIABLE, str(folder / "stopping.py"))
    with pytest.raises(KeyboardInterrupt):
        list(shapes())


def test_threads_wait_for_the_table_to_be_loaded(tmp_path, monkeypatch):
    (tmp_path / "slow_entries.py").write_text("import time\ntime.sleep(0.2)\n")
    monkeypatch.syspath_prepend(tmp_path)
    table = Registry("thing", "things", "Things", ["slow_entries"])
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: (len(table), table._loaded), range(4))) == [(0, True)] * 4
