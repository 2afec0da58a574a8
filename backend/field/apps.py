from django.apps import AppConfig


class FieldConfig(AppConfig):
    name = "backend.field"
    label = "field"
