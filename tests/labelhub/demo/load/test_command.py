import pytest
from django.core.management import CommandError, call_command

from labelhub.demo.load import server
from labelhub.demo.load.matrix import crowd
from labelhub.stack import require_free_port
from raters.load.phase import Crowd


def test_a_crowd_is_a_number_and_how_long_it_thinks() -> None:
    assert [crowd("32"), crowd("200:2.5")] == [Crowd(32), Crowd(200, think_s=2.5)]


@pytest.mark.parametrize("text", ["many", "8:x", ""])
def test_what_is_no_crowd_is_said_before_anything_is_started(text: str) -> None:
    with pytest.raises(CommandError, match="raters: "):
        call_command("bench_raters", raters=[text])


def test_a_free_port_can_be_bound() -> None:
    require_free_port(server.free_port())
