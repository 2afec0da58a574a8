from django.apps import AppConfig


class CommandConfig(AppConfig):
    name = "backend.command"
    label = "command"

    def ready(self) -> None:
        from backend import checks

        checks.install()
