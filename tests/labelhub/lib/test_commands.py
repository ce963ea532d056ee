import json
import math
from typing import Any

import pytest

from labelhub.lib.commands import Command, strict, where_option
from labelhub.lib.errors import BadInput, Refused

pytestmark = pytest.mark.django_db  # a command makes sure of its tables first


class Answer(Command):
    """Returns or raises what it is given."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def work(self, **options: Any) -> dict[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"answer": self.answer}


def run(answer: Any, *args: str) -> None:
    Answer(answer).run_from_argv(["manage.py", "answer", *args])


def test_json_is_one_strict_object(capsys: pytest.CaptureFixture[str]) -> None:
    run([1.5, math.nan, {2: -math.inf}, ("x", None)], "--json")
    assert capsys.readouterr().out == '{"answer": [1.5, null, {"2": null}, ["x", null]]}\n'


def test_people_get_it_indented(capsys: pytest.CaptureFixture[str]) -> None:
    run(1)
    out = capsys.readouterr().out
    assert out == '{\n  "answer": 1\n}\n'
    assert json.loads(out) == {"answer": 1}


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [(BadInput("row 3: bad"), 2, "row 3: bad\n"), (Refused("it is frozen"), 3, "refused: it is frozen\n")],
)
def test_a_no_is_an_exit_code_and_words_on_stderr(
    capsys: pytest.CaptureFixture[str], error: Exception, code: int, said: str
) -> None:
    with pytest.raises(SystemExit) as end:
        run(error, "--json")
    captured = capsys.readouterr()
    assert (end.value.code, captured.out, captured.err) == (code, "", said)


def test_a_fault_of_ours_is_no_bad_input() -> None:
    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError())


def test_strict_keeps_what_json_has() -> None:
    assert strict({"a": True, "b": 3, "c": "x", "d": 0.0}) == {"a": True, "b": 3, "c": "x", "d": 0.0}


def test_where_options() -> None:
    assert where_option(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}
    for text in ("a", "=1"):
        with pytest.raises(BadInput, match="write COLUMN=VALUE"):
            where_option([text])
