from django.apps import AppConfig


class PhoneConfig(AppConfig):
    name = "backend.phone"
    label = "phone"
