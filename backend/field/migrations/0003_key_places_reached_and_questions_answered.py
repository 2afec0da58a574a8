import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def name_flags(apps, _schema_editor):
    """The same thing asked again has the same name, so that a phone's answer finds it after a rebuild."""
    flags = apps.get_model("field", "Flag").objects
    for flag in flags.select_related("person"):
        flag.uuid = uuid.uuid5(uuid.NAMESPACE_URL, f"flag/{flag.person.uuid}/{flag.about_id}/{flag.rule}")
        flag.save(update_fields=["uuid"])
    flags.filter(about="track").update(about="patrol")


APPEND_ONLY = """
create trigger flag_decisions_are_append_only before update or delete on field_flagdecision
    for each row execute function refuse_change();
"""
NOT_ANY_MORE = "drop trigger flag_decisions_are_append_only on field_flagdecision"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_access_entries_are_append_only"),
        ("field", "0002_files_go_when_their_time_is_over"),
        ("patrols", "0002_a_withdrawn_task_says_why"),
        ("places", "0002_rule_sets_are_county_data"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FlagAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(help_text="made by the phone")),
                (
                    "flag_uuid",
                    models.UUIDField(db_index=True, help_text="kept even if the question comes later, as in a replay"),
                ),
                ("text", models.TextField()),
                ("at", models.DateTimeField(help_text="the phone's clock, corrected")),
                ("received_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FlagDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("counts", "说得通，照算"),
                            ("does_not_count", "说得通，但位置不算"),
                            ("ask_more", "还想再了解"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PlaceVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("patrol_uuid", models.UUIDField(blank=True, db_index=True, null=True)),
                (
                    "item",
                    models.UUIDField(
                        db_index=True, help_text="the phone's id of what shows it; of a stay, of its first piece of track"
                    ),
                ),
                (
                    "grade",
                    models.CharField(
                        choices=[("A", "扫码或刷标签"), ("B", "路线里停留"), ("C", "在地点拍的照片"), ("D", "本人说明")],
                        max_length=1,
                    ),
                ),
                ("t0", models.DateTimeField(help_text="entry; of a stay, interpolated")),
                ("t1", models.DateTimeField(help_text="exit")),
                ("dwell_s", models.PositiveIntegerField(default=0)),
                ("rule_version", models.PositiveSmallIntegerField()),
                ("evidence", models.JSONField(default=dict)),
                (
                    "grid_code",
                    models.CharField(
                        blank=True, db_index=True, help_text="the grid the place lay in on that day", max_length=15
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="flag",
            name="shown_at",
            field=models.DateTimeField(blank=True, help_text="first served to the person's phone", null=True),
        ),
        migrations.AddField(
            model_name="flag",
            name="uuid",
            field=models.UUIDField(
                help_text="follows from person, thing and rule: the same after a rebuild", null=True, unique=True
            ),
        ),
        migrations.AlterField(
            model_name="flag",
            name="about",
            field=models.CharField(
                help_text="the kind of thing asked about: patrol, report, answer, task, item …", max_length=20
            ),
        ),
        migrations.AlterField(
            model_name="flag",
            name="answer",
            field=models.TextField(blank=True, help_text="the newest of the worker's answers"),
        ),
        migrations.AlterField(
            model_name="flag",
            name="decision",
            field=models.CharField(
                blank=True,
                choices=[("counts", "说得通，照算"), ("does_not_count", "说得通，但位置不算"), ("ask_more", "还想再了解")],
                help_text="the newest decision",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="flag",
            name="evidence",
            field=models.JSONField(default=dict, help_text="facts, by the item they came from under `items`"),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(fields=["about_id"], name="flag_about"),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["", "counts", "does_not_count", "ask_more"])),
                name="flag_decision_is_a_known_decision",
            ),
        ),
        migrations.AddField(
            model_name="flaganswer",
            name="person",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="flagdecision",
            name="by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="flagdecision",
            name="flag",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="field.flag"),
        ),
        migrations.AddField(
            model_name="placevisit",
            name="key_place",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="visits", to="places.keyplace"),
        ),
        migrations.AddField(
            model_name="placevisit",
            name="person",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="placevisit",
            name="task",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="patrols.task"
            ),
        ),
        migrations.AddConstraint(
            model_name="flaganswer",
            constraint=models.UniqueConstraint(fields=("person", "uuid"), name="one_flag_answer_per_person_and_id"),
        ),
        migrations.AddConstraint(
            model_name="flagdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["counts", "does_not_count", "ask_more"])),
                name="a_flag_decision_is_a_known_one",
            ),
        ),
        migrations.AddIndex(
            model_name="placevisit",
            index=models.Index(fields=["key_place", "t0"], name="place_visit_place_t0"),
        ),
        migrations.AddConstraint(
            model_name="placevisit",
            constraint=models.UniqueConstraint(
                fields=("person", "item", "key_place", "grade", "t0"), name="a_place_visit_is_derived_once_from_an_item"
            ),
        ),
        migrations.AddConstraint(
            model_name="placevisit",
            constraint=models.CheckConstraint(
                condition=models.Q(("grade__in", ["A", "B", "C", "D"])), name="place_visit_grade_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="placevisit",
            constraint=models.CheckConstraint(
                condition=models.Q(("t1__gte", models.F("t0"))), name="a_place_visit_ends_after_it_begins"
            ),
        ),
        migrations.RunPython(name_flags, migrations.RunPython.noop, elidable=True),
        migrations.RunSQL(APPEND_ONLY, NOT_ANY_MORE),
    ]
