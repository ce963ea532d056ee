from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reportsnapshot",
            name="kind",
            field=models.CharField(
                choices=[
                    ("agreement", "Agreement of raters"),
                    ("prevalence", "Prevalence in the corpus"),
                    ("alt_test", "Alternative annotator test"),
                    ("attributes", "Machines against humans across attributes"),
                    ("calibration", "Calibration of probabilities"),
                ],
                max_length=12,
            ),
        ),
    ]
