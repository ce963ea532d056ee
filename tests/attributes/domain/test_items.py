import pytest

from attributes.domain import items
from attributes.models import AuditEvent, Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused
from tests import factories


def test_removing_hides_and_restoring_brings_back(corpus: Corpus, editor: User) -> None:
    item = factories.items(corpus, 1)[0]
    items.remove(item=item, actor=editor)
    item.refresh_from_db()
    assert item.removed_at is not None
    with pytest.raises(Refused, match="removed already"):
        items.remove(item=item, actor=editor)
    items.restore(item=item, actor=editor)
    item.refresh_from_db()
    assert item.removed_at is None
    with pytest.raises(Refused, match="not removed"):
        items.restore(item=item, actor=editor)
    events = AuditEvent.objects.filter(verb__startswith="item_").order_by("pk")
    assert [(event.verb, event.actor, event.data) for event in events] == [
        ("item_removed", editor, {"of": "Title 0", "item": "i000"}),
        ("item_restored", editor, {"of": "Title 0", "item": "i000"}),
    ]
