from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_access_entries_go_when_their_time_is_over"),
    ]

    operations = [
        migrations.AddField(
            model_name="office",
            name="phone",
            field=models.CharField(blank=True, help_text="for the public, printed on cards of grids", max_length=40),
        ),
    ]
