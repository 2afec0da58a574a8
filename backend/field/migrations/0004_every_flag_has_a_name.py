from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("field", "0003_key_places_reached_and_questions_answered")]

    operations = [
        migrations.AlterField(
            model_name="flag",
            name="uuid",
            field=models.UUIDField(help_text="follows from person, thing and rule: the same after a rebuild", unique=True),
        ),
    ]
