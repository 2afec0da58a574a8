from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("places", "0007_visited_households_and_routes"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="planedit", name="plan_edit_kind_is_known"),
        migrations.AlterField(
            model_name="planedit",
            name="kind",
            field=models.CharField(
                choices=[
                    ("move_border", "移边界"),
                    ("move_building", "移房屋"),
                    ("split_grid", "拆开网格"),
                    ("merge_grids", "合并网格"),
                    ("undo", "撤销"),
                ],
                max_length=13,
            ),
        ),
        migrations.AlterField(
            model_name="planedit",
            name="was",
            field=models.JSONField(help_text="grids that changed, as they were before, by code; null for one the step made"),
        ),
        migrations.AddConstraint(
            model_name="planedit",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=["move_border", "move_building", "split_grid", "merge_grids", "undo"]),
                name="plan_edit_kind_is_known",
            ),
        ),
    ]
