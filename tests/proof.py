"""How hard hypothesis looks: a short form in the gate, the long one with XUNGE_PROOF=1."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

IS_LONG = os.environ.get("XUNGE_PROOF") == "1"


def proof(short: int, long: int) -> settings:
    """Decorator for a property: so many examples in the short and in the long form."""
    return settings(
        max_examples=long if IS_LONG else short,
        derandomize=not IS_LONG,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )
