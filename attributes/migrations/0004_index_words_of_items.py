"""Items that were there before the word index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("attributes", "0003_search_uploads_and_corpus_page")]

    operations = [
        migrations.RunSQL(
            "INSERT INTO attributes_itemsearch (item_id, words, content_hash) "
            "SELECT id, to_tsvector('simple', title || ' ' || text), content_hash FROM attributes_item",
            migrations.RunSQL.noop,
        ),
    ]
