from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "backend.audits"
    label = "audits"
