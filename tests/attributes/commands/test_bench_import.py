import pytest
from django.core.management import call_command

from attributes.models import AuditEvent, Corpus, Item


@pytest.mark.django_db(transaction=True)
def test_it_prints_one_figure_and_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("bench_import", "--rows", "500")
    line = capsys.readouterr().out
    assert line.startswith('{"bench": "import", "value": ')
    assert '"unit": "items/s", "goal": 40000, "ok": ' in line
    assert line.count("\n") == 1
    assert (Corpus.objects.count(), Item.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)
