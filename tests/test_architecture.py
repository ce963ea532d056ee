"""Rules of the design that import-linter cannot see."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["accounts", "attributes", "raters", "llm_jobs", "reports", "workbench", "demo"]
PACKAGES = ("labelhub", "attributes", "raters", "llm_jobs")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CODE = [path for path in SOURCES if "migrations" not in path.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_no_foreign_key_points_to_a_later_app() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for label in ORDER
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model._meta.app_label in ORDER
        and ORDER.index(field.related_model._meta.app_label) > ORDER.index(label)
    ]
    assert wrong == []


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_foreign_keys_name_classes() -> None:
    strings = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in CODE
        for name, call in calls(path)
        if name in ("models.ForeignKey", "models.OneToOneField")
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value != "self"
    ]
    assert strings == []


FORBIDDEN_CALLS = {
    "mark_safe": set(),
    "torch.load": set(),
    "pickle.loads": set(),
    "pickle.load": set(),
    "joblib.load": set(),
    "yaml.load": set(),
    "eval": set(),
    "exec": set(),
}


def test_nothing_dangerous_is_called() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno} {name}"
        for path in CODE
        for name, call in calls(path)
        if name in FORBIDDEN_CALLS and str(path.relative_to(ROOT)) not in FORBIDDEN_CALLS[name]
    ]
    assert found == []


def test_filters_never_come_from_the_request() -> None:
    leak = re.compile(r"(filter|exclude|order_by|get)\(\*{0,2}request\.(GET|POST)|\.filter\(\*\*")
    assert [str(path.relative_to(ROOT)) for path in CODE if leak.search(path.read_text())] == []


def test_no_signals() -> None:
    assert [str(path) for path in CODE if "django.db.models.signals" in path.read_text()] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_no_inline_code(path: Path) -> None:
    text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", path.read_text(), flags=re.DOTALL)
    assert re.findall(r"\|\s*safe\b|autoescape\s+off", text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", text) == []


def test_modules_stay_small() -> None:
    long = {str(path.relative_to(ROOT)): n for path in CODE if (n := len(path.read_text().splitlines())) > 300}
    assert long == {}


def patterns(urls: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for entry in urls:
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern)


def test_every_page_stands_in_a_corpus_or_is_a_known_exception() -> None:
    known = ("c/<slug:corpus>/", "accounts/", "invite/<str:token>/")
    assert {url for url in patterns(get_resolver().url_patterns) if not url.startswith(known)} == {""}


def test_the_readme_knows_every_top_level_module() -> None:
    tree = (ROOT / "README.md").read_text()
    modules = {path.name for path in (ROOT / "labelhub").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert {name for name in modules | set(PACKAGES) if f"{name}/" not in tree} == set()


def test_the_web_starts_without_what_only_workers_need() -> None:
    code = "import django, sys; django.setup(); import labelhub.urls; print(*sorted(set(sys.modules) & set(sys.argv)))"
    heavy = ["anthropic", "torch", "sklearn", "onnxruntime"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True, cwd=ROOT,
                          env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"})  # fmt: skip
    assert done.stdout.split() == []
