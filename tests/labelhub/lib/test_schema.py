"""A command on a folder that holds no database yet makes one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from labelhub.lib.schema import bring_up_to_date


def test_a_current_database_is_left_alone(db: None) -> None:
    assert bring_up_to_date() is False


def test_the_first_command_makes_the_tables(tmp_path: Path) -> None:
    environment = {**os.environ, "LABELHUB_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
    (tmp_path / "items.csv").write_text("id,title\na,Rain\n")
    command = [sys.executable, "manage.py", "import_corpus", "clips", str(tmp_path / "items.csv"), "--json"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["created"] == 1


def test_a_bare_file_needs_no_database(tmp_path: Path) -> None:
    environment = {**os.environ, "LABELHUB_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
    (tmp_path / "ratings.csv").write_text("item_id,rater_id,label\na,x,1\na,y,1\nb,x,0\nb,y,0\n")
    command = [sys.executable, "manage.py", "agreement", str(tmp_path / "ratings.csv"), "--level", "nominal", "--json"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["krippendorff_alpha"]["value"] == pytest.approx(1.0)
    assert not (tmp_path / "pg").exists()
