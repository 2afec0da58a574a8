from django.apps import AppConfig


class CommandConfig(AppConfig):
    name = "backend.command"
    label = "command"
