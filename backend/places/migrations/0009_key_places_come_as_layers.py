from django.db import migrations, models
from django.db.models import Q

KINDS = ["village", "building", "barrier", "place", "key_place", "department"]


class Migration(migrations.Migration):
    dependencies = [
        ("places", "0008_grids_of_a_draft_are_split_and_merged"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="layerimport", name="layer_import_kind_is_known"),
        migrations.AlterField(
            model_name="layerimport",
            name="kind",
            field=models.CharField(
                choices=[
                    ("village", "村界"),
                    ("building", "房屋"),
                    ("barrier", "道路河流"),
                    ("place", "自然村"),
                    ("key_place", "重点部位"),
                    ("department", "部门网格"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="layerimport",
            constraint=models.CheckConstraint(condition=Q(kind__in=KINDS), name="layer_import_kind_is_known"),
        ),
    ]
