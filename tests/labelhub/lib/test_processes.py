import subprocess
import sys

import pytest

from labelhub.lib.processes import SECRETS, child_environment


def test_a_program_of_ours_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "hush-hush")
    monkeypatch.setenv("LABELHUB_MARK", "kept")
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(dict(os.environ))"],
        env=child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "hush-hush" not in done.stdout
    assert "'LABELHUB_MARK': 'kept'" in done.stdout
