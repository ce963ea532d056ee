"""Real servers in folders of their own: every user of a server is a process, as in life."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from labelhub.embedded_postgres import EmbeddedPostgres, main
from labelhub.postgres.wheel import EmbeddedPostgresError

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, "-m", "labelhub.embedded_postgres"]
Hold = Callable[..., subprocess.Popen[str]]


def identities() -> list[Any]:
    if os.geteuid() != 0:
        return [pytest.param(None, id="user")]
    return [pytest.param(None, id="root"), pytest.param("nobody", id="nobody")]


@pytest.fixture(scope="module", params=identities())
def user(request: pytest.FixtureRequest) -> str | None:
    """Who runs it: ourselves; where we are root, somebody else as well."""
    name: str | None = request.param
    try:
        subprocess.run([sys.executable, "-c", "import labelhub"], user=name, cwd=ROOT, check=True, capture_output=True)
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip(f"{sys.executable} may not be run by {name}")
    return name


@pytest.fixture
def folder(user: str | None) -> Iterator[Path]:
    """A short path outside pytest's folders, which only their owner may enter."""
    with tempfile.TemporaryDirectory(prefix="lh-") as name:
        if user:
            shutil.chown(name, user)
        yield Path(name)


@pytest.fixture
def hold(user: str | None, folder: Path) -> Iterator[Hold]:
    """Starts a process that uses the server; after the test nothing of it runs any more."""
    holders: list[subprocess.Popen[str]] = []

    def start(data: Path = folder) -> subprocess.Popen[str]:
        holder = subprocess.Popen(
            [*RUN, str(data), "--", "sh", "-c", "echo ready; read _"],
            cwd=ROOT,
            user=user,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        holders.append(holder)
        return holder

    yield start
    for holder in holders:
        if holder.poll() is None:
            os.killpg(holder.pid, signal.SIGKILL)
        holder.communicate()
    if answers(folder):  # whoever comes next is the last
        subprocess.run([*RUN, str(folder), "--", "true"], cwd=ROOT, user=user, check=True)


def ready(*holders: subprocess.Popen[str]) -> None:
    assert [holder.stdout.readline() for holder in holders if holder.stdout] == ["ready\n"] * len(holders)


def release(holder: subprocess.Popen[str]) -> None:
    holder.communicate("\n", timeout=30)
    assert holder.returncode == 0


def answers(folder: Path) -> bool:
    return EmbeddedPostgres(folder)._listens()


def postmaster(folder: Path) -> int:
    return int((folder / "pg" / "postmaster.pid").read_text().split("\n")[0])


def test_the_last_user_stops_it(folder: Path, hold: Hold) -> None:
    first, second = hold(), hold()
    ready(first, second)
    release(first)
    assert answers(folder)
    release(second)
    assert not answers(folder)


def test_six_start_it_at_once(folder: Path, hold: Hold) -> None:
    holders = [hold() for _ in range(6)]
    ready(*holders)
    for holder in holders:
        assert answers(folder)
        release(holder)
    assert not answers(folder)
    assert list(folder.glob("pg-new-*")) == []


def test_a_killed_owner_leaves_nothing_stale(folder: Path, hold: Hold) -> None:
    owner = hold()
    ready(owner)
    os.killpg(owner.pid, signal.SIGKILL)
    owner.wait()
    assert answers(folder)
    successor = hold()
    ready(successor)
    release(successor)
    assert not answers(folder)


def test_a_killed_server_is_started_again(folder: Path, hold: Hold) -> None:
    owner = hold()
    ready(owner)
    os.kill(postmaster(folder), signal.SIGKILL)
    successor = hold()
    ready(successor)
    assert answers(folder)


def test_a_server_killed_under_its_users_is_revived_by_one_of_them(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    url = server.attach()
    try:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        with psycopg.connect(url) as busy:
            os.kill(postmaster(folder), signal.SIGKILL)
            while answers(folder):  # its socket closes a moment after
                time.sleep(0.005)
            assert (server.revive(), server.revive()) == (True, False)
            with pytest.raises(psycopg.OperationalError):
                busy.execute("SELECT 1")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
    finally:
        server.detach()
    assert not answers(folder)


def test_a_stale_pid_of_another_living_program_harms_neither(folder: Path, hold: Hold) -> None:
    owner = hold()
    ready(owner)
    os.kill(postmaster(folder), signal.SIGKILL)
    os.killpg(owner.pid, signal.SIGKILL)
    lock = folder / "pg" / "postmaster.pid"
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as bystander:
        lock.write_text("\n".join([str(bystander.pid), *lock.read_text().split("\n")[1:]]))
        successor = hold()
        ready(successor)
        release(successor)
        assert bystander.poll() is None
        bystander.terminate()


def test_an_interrupted_initdb_is_begun_anew(folder: Path, hold: Hold) -> None:
    interrupted = hold()
    while not list(folder.glob("pg-new-*/*")):
        assert interrupted.poll() is None
        time.sleep(0.005)
    os.kill(interrupted.pid, signal.SIGKILL)  # initdb itself lives on for a moment
    successor = hold()
    ready(successor)
    assert list(folder.glob("pg-new-*")) == []


def test_a_path_too_long_for_a_socket(folder: Path, hold: Hold) -> None:
    deep = folder / ("d" * 75) / ("e" * 75)
    holder = hold(deep)
    ready(holder)
    directories = (deep / "pg" / "postmaster.pid").read_text().split("\n")[4]
    assert stat.S_IMODE(Path(directories).stat().st_mode) == 0o700
    release(holder)
    Path(directories).rmdir()


def test_vectors_are_available(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, throwaway=True)
    with psycopg.connect(server.attach(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")
        assert connection.execute("SELECT '[1,2]'::halfvec <-> '[4,6]'").fetchone() == (5.0,)
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    server.detach()
    assert not answers(tmp_path)


def test_a_forked_child_does_not_stop_it(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, throwaway=True)
    server.attach()
    if (child := os.fork()) == 0:
        server.detach()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert answers(tmp_path)
    server.detach()
    assert not answers(tmp_path)


def test_a_socket_folder_of_someone_else_is_not_trusted(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("d" * 90))
    server.socket_folder.mkdir(mode=0o755)
    with pytest.raises(EmbeddedPostgresError, match="was made by someone else"):
        server.attach()
    assert not server.data.exists()
    server.socket_folder.rmdir()


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    server.data.mkdir()
    give = server.data / "photograph"
    give.write_text("mine")
    if os.geteuid() == 0:
        with pytest.raises(EmbeddedPostgresError, match="belongs to user 0"):
            server.attach()
    else:
        with pytest.raises(EmbeddedPostgresError, match="holds something, but no database"):
            server.attach()
    assert give.read_text() == "mine"


def test_the_command_gets_the_url_and_gives_its_status(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--", "sh", "-c", "echo $DATABASE_URL; exit 7"]) == 7
    assert capfd.readouterr().out == EmbeddedPostgres(tmp_path).url() + "\n"
    assert not answers(tmp_path)


@pytest.mark.parametrize("arguments", [[], ["folder"], ["folder", "--"], ["folder", "true"]])
def test_a_wrong_command_line(arguments: list[str]) -> None:
    assert main(arguments) == 2
