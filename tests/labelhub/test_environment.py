"""The readers of the environment, and the settings made from them."""

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from labelhub.environment import (
    Environment,
    checked_secret_key,
    database,
    filesystem_transport,
    stored_secret_key,
)

ROOT = Path(__file__).resolve().parents[2]
KEY = "k" * 25 + "0123456789abcdefghijklmnopqrstuv"


def test_values() -> None:
    env = Environment({"NAME": " x ", "ON": "Yes", "OFF": "0", "N": "12", "LIST": "a, b,,c", "PLACE": "~/d", "E": ""})
    assert (env.text("NAME"), env.text("E", "d"), env.text("MISSING")) == ("x", "d", "")
    assert (env.boolean("ON"), env.boolean("OFF"), env.boolean("E", True)) == (True, False, True)
    assert (env.integer("N", 5), env.integer("E", 5)) == (12, 5)
    assert (env.words("LIST"), env.words("E", ("d",))) == (["a", "b", "c"], ["d"])
    assert env.folder("PLACE", Path("/default")) == Path.home() / "d"
    assert env.folder("E", Path("/default")) == Path("/default")
    assert env.choice("NAME", "y", ("x", "y")) == "x"
    assert env.required("NAME", "why") == "x"


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda env: env.boolean("V"), "V='many' is none of 1, true, yes, on, 0, false, no, off."),
        (lambda env: env.integer("V", 1), "V='many' is not a whole number from 0 to 2147483647."),
        (lambda env: env.integer("W", 1, high=10), "W='11' is not a whole number from 0 to 10."),
        (lambda env: env.choice("V", "a", ("a", "b")), "V='many' is none of a, b."),
        (lambda env: env.required("X", "it opens the door"), "X is not set: it opens the door."),
    ],
)
def test_a_bad_value_names_its_variable(read: object, message: str) -> None:
    assert callable(read)
    with pytest.raises(ImproperlyConfigured) as error:
        read(Environment({"V": "many", "W": "11"}))
    assert str(error.value) == message


def test_a_database_url() -> None:
    url = "postgresql://me:p%40ss@db.example:5433/hub?sslmode=require"
    assert database(url, statement_timeout_ms=15000, pool_size=4) == {
        "ENGINE": "labelhub.postgres",
        "NAME": "hub",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {
            "sslmode": "require",
            "options": "-c plan_cache_mode=force_generic_plan -c enable_mergejoin=off -c statement_timeout=15000",
            "prepare_threshold": 0,
            "pool": {"min_size": 1, "max_size": 4, "timeout": 10},
        },
    }


def test_the_timeout_is_added_to_other_options() -> None:
    url = "postgresql:///hub?options=-c%20work_mem%3D64MB"
    options = database(url, statement_timeout_ms=1000, pool_size=1)["OPTIONS"]["options"]
    assert (
        options
        == "-c work_mem=64MB -c plan_cache_mode=force_generic_plan -c enable_mergejoin=off -c statement_timeout=1000"
    )


@pytest.mark.parametrize("url", ["mysql://me:pass@host/hub", "nonsense", "postgresql://host"])
def test_a_bad_database_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL ") as error:
        database(url, statement_timeout_ms=0, pool_size=1)
    assert url not in str(error.value)


def test_a_stored_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: stored_secret_key(file), range(8)))
    assert keys == {file.read_text()}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert checked_secret_key(file.read_text()) != stored_secret_key(tmp_path / "another")


def test_a_short_secret_key_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY has 5 characters; it needs at least 50"):
        checked_secret_key("short")


def test_the_folders_of_the_transport_exist(tmp_path: Path) -> None:
    options = filesystem_transport(tmp_path / "broker")
    folders = {Path(value) for name, value in options.items() if "folder" in name}
    assert {folder.name for folder in folders} == {"queue", "control", "processed"}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def manage(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "LABELHUB_DATA": str(tmp_path), **variables}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


PRODUCTION = {
    "DATABASE_URL": "postgresql://me:pass@db.example/hub",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "hub.example",
}


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr
    assert not (tmp_path / "secret_key").exists()


def test_the_embedded_check_is_clean_and_starts_nothing(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--fail-level", "WARNING")
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr
    assert not (tmp_path / "pg").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set: with DATABASE_URL there is no generated one."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY has 5 characters; it needs at least 50."),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set: the host names of this site, parted by commas."),
        ({"DEBUG": "1"}, "DEBUG=true with DATABASE_URL set: error pages would show the settings to strangers."),
        ({"LABELHUB_POOL_SIZE": "0"}, "LABELHUB_POOL_SIZE='0' is not a whole number from 1 to 2147483647."),
    ],
)
def test_production_refuses_what_is_missing(tmp_path: Path, change: dict[str, str], message: str) -> None:
    done = manage(tmp_path, "check", **PRODUCTION | change)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"django.core.exceptions.ImproperlyConfigured: {message}"


def test_only_production_demands_https(tmp_path: Path) -> None:
    names = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
    program = f"import json; from django.conf import settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"
    assert json.loads(manage(tmp_path, "shell", "--no-imports", "-c", program, **PRODUCTION).stdout) == [True] * 3
    assert json.loads(manage(tmp_path, "shell", "--no-imports", "-c", program).stdout) == [False] * 3
