from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrols", "0007_a_task_is_about_an_object"),
    ]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="value",
            field=models.CharField(
                blank=True, help_text="what the item asks besides: a number, a choice, words", max_length=200
            ),
        ),
    ]
