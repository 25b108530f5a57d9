"""The apps point one way: what import-linter sees of imports holds for names in strings too, and for every module."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS = [[name.strip() for name in layer.split("|")] for layer in CONTRACTS[0]["layers"]]
# Each of these, and what must not be named in it: whatever stands above.
LOWER = {
    "contests": ["purchases"],
    "apikeys": ["purchases", "contests"],
    **{
        f"blitzrocket/{name}": ["purchases", "contests", "apikeys"]
        for name in ("accounts", "adminsite", "api", "audit", "jobs", "middleware")
    },
    "blitzrocket/adminsite": ["purchases", "contests", "apikeys", "accounts"],
    "blitzrocket/jobs": ["purchases", "contests", "apikeys", "accounts"],
    "blitzrocket/audit": ["purchases", "contests", "apikeys", "accounts"],
}


def strings_in(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module, without its docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def names_in(path: Path) -> Iterator[str]:
    """The dotted names that a module imports or reads, such as ``django.db.models.CharField``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)


# The app of each folder of templates; those beside the folders are the frame's.
TEMPLATES = {
    "admin/accounts": "blitzrocket/accounts",
    "admin/contests": "contests",
    "admin/imports": "contests",
    "admin/purchases": "purchases",
}


def names_of(apps: list[str]) -> re.Pattern[str]:
    """An app's label before a dot, slash or underscore: a model, a module, a template, a table, an admin address."""
    return re.compile(rf"\b({'|'.join(apps)})([./][a-zA-Z_]+|_[a-z]+_[a-z]+|_(purchase|contest|entry|apikey)\b)")


@pytest.mark.parametrize("folder", LOWER)
def test_no_app_names_a_higher_one_in_a_string(folder: str) -> None:
    higher = names_of(LOWER[folder])
    named = [
        f"{path.relative_to(ROOT)}:{line}: {text.strip()[:80]}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for line, text in strings_in(path)
        if higher.search(text)
    ]
    assert named == []


def test_no_template_names_a_higher_app() -> None:
    named = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = path.relative_to(ROOT / "templates").as_posix()
        app = next((app for folder, app in TEMPLATES.items() if name.startswith(f"{folder}/")), "blitzrocket/adminsite")
        if app in LOWER:
            lines = enumerate(path.read_text().splitlines(), start=1)
            named += [f"{name}:{number}: {line.strip()}" for number, line in lines if names_of(LOWER[app]).search(line)]
    assert named == []


def test_every_module_has_its_layer() -> None:
    modules = {
        f"blitzrocket.{path.stem}"
        for path in (ROOT / "blitzrocket").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"blitzrocket.__init__"}
    assert modules | {"purchases", "contests", "apikeys"} == {name for layer in LAYERS for name in layer}


def test_migrations_import_nothing_of_ours_but_the_id_field() -> None:
    app_names = re.compile(r"(apikeys|blitzrocket|contests|purchases)\b")
    migrations = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("blitzrocket/*/migrations/*.py")]
    assert len(migrations) > 12
    names = {name for path in migrations for name in names_in(path) if app_names.match(name)}
    assert names <= {"blitzrocket.ids", "blitzrocket.ids.IdField"}


def test_the_contract_has_no_exceptions() -> None:
    assert len(LAYERS) <= 12
    assert not [contract for contract in CONTRACTS if "ignore_imports" in contract]
