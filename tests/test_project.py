"""What the repository says of itself agrees: versions, requirements, targets, rooms and links."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import hillflow as hf

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "docs"))

from _pages import gallery  # noqa: E402

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
CONDA = {"matplotlib": "matplotlib-base", "torch": "pytorch", "POT": "pot"}  # other names there
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def parsed(path: Path):
    return yaml.safe_load(path.read_text("utf-8"))


RECIPE = parsed(ROOT / "recipe" / "recipe.yaml")
CITATION = parsed(ROOT / "CITATION.cff")
ZENODO = json.loads((ROOT / ".zenodo.json").read_text("utf-8"))


def test_every_file_has_the_version_of_the_package():
    versions = {CITATION["version"], ZENODO["version"], RECIPE["context"]["version"]}
    assert versions == {hf.__version__}


def test_every_file_describes_the_same_software():
    for about in (CITATION["abstract"], ZENODO["description"], RECIPE["about"]["summary"]):
        assert about == PROJECT["description"]
    licences = {CITATION["license"], ZENODO["license"], RECIPE["about"]["license"]}
    assert licences == {PROJECT["license"]}
    assert CITATION["keywords"] == ZENODO["keywords"] == PROJECT["keywords"]
    authors = [author["name"] for author in PROJECT["authors"]]
    assert [author["name"] for author in CITATION["authors"]] == authors
    assert [author["name"] for author in ZENODO["creators"]] == authors


def test_the_recipe_needs_what_the_package_needs():
    split = [re.fullmatch(r"([\w-]+)(.*)", one).groups() for one in PROJECT["dependencies"]]
    wanted = [f"{CONDA.get(name, name)} {bound}" for name, bound in split]
    assert RECIPE["requirements"]["run"] == [f"python {PROJECT['requires-python']}", *wanted]
    (built,) = PYPROJECT["build-system"]["requires"]
    assert built.replace(">=", " >=") in RECIPE["requirements"]["host"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_targets_that_exist(workflow):
    jobs = parsed(workflow)["jobs"].values()
    steps = "\n".join(step.get("run", "") for job in jobs for step in job["steps"])
    called = set(re.findall(r"\bmake (?:--silent )?([a-z-]+)", steps))
    for job in jobs:
        if "make ${{ matrix.target }}" in str(job["steps"]):
            called |= {one["target"] for one in job["strategy"]["matrix"]["include"]}
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert called
    assert called <= rules
    assert all(job["timeout-minutes"] <= 120 for job in jobs)


def test_every_target_is_phony_and_listed():
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    listed = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert listed == phony


def test_the_tests_run_on_every_python_that_is_promised():
    prefix = "Programming Language :: Python :: "
    promised = [one.removeprefix(prefix) for one in PROJECT["classifiers"] if prefix in one]
    matrix = parsed(ROOT / ".github" / "workflows" / "test.yml")["jobs"]["test"]["strategy"][
        "matrix"
    ]
    assert matrix["python"] == [one for one in promised if "." in one]
    assert {"ubuntu-latest", "macos-latest"} <= set(matrix["os"])


@pytest.mark.parametrize(
    "form", [one for one in FORMS if one.stem != "config"], ids=lambda p: p.stem
)
def test_issue_forms_ask_something(form):
    asked = parsed(form)
    fields = [field for field in asked["body"] if field["type"] != "markdown"]
    assert asked["name"]
    assert asked["description"]
    assert len({field["id"] for field in fields}) == len(fields) > 0


def test_the_image_copies_files_that_it_is_given():
    copied = re.findall(r"^COPY (.*) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    given = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert names
    for name in names:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in given


def test_contributors_are_told_the_floors_of_the_contract():
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text("utf-8").split())
    assert " → ".join(layers) + "." in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    for link in _LINK.findall(page.read_text("utf-8")):
        made = link.startswith(("api/", "_build/"))  # when the documentation is built
        assert made or (page.parent / link).exists(), link


def test_the_pictures_are_of_the_run_that_the_readme_shows():
    story = (ROOT / "scripts" / "draw_story.py").read_text("utf-8")
    times, knockouts, kept_back = ast.literal_eval(
        re.search(r"^TIMES, KNOCKOUTS, KEPT_BACK = (.*)$", story, re.MULTILINE)[1]
    )
    readme = (ROOT / "README.md").read_text("utf-8")
    for argument in (
        f"times={list(times)}", f'knockouts="{knockouts}"', f'leave_out_perturbation="{kept_back}"'
    ):  # fmt: skip
        assert argument in readme
    for picture in re.findall(r"docs/story/(\w+)\.svg", readme):
        assert f'"{picture}": ' in story


def test_the_gallery_has_every_figure():
    assert sorted(gallery.FIGURES) == sorted(hf.pl.__all__)
    for name, code in gallery.FIGURES.items():
        compile(code, name, "exec")
        assert f"hf.pl.{name}(" in code
        assert f"]({name}.png)" in gallery.text()
