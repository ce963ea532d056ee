"""The bench of the rating screen in Chromium; its figures come from `make bench`."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from labelhub.demo.load.screen import Traffic
from labelhub.demo.management.commands.bench_raters import INSIDE


def test_the_first_load_is_counted_without_its_media() -> None:
    traffic = Traffic()
    sent = {
        "1": "http://127.0.0.1/c/screen/rate/x/",
        "2": "http://127.0.0.1/static/js/label.js",
        "3": "http://127.0.0.1/c/screen/media/x/",
        "4": "data:image/svg+xml,",
    }
    for key, url in sent.items():
        traffic._sent({"requestId": key, "request": {"url": url}})
        traffic._finished({"requestId": key, "encodedDataLength": 1500})
    assert traffic.figures() == {"requests": 2, "kilobytes": 3.0}


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(INSIDE, "1")
    monkeypatch.setattr("labelhub.demo.load.screen.shutil.which", lambda name: None)
    call_command("bench_rating_screen")
    assert json.loads(capsys.readouterr().out) == {
        "bench": "rating_screen",
        "skipped": "needs Chromium, which `make chromium` installs",
    }
