"""Runs a job in a process of its own and cuts its power at a chosen statement: SIGKILL, nothing is tidied up.

Started by `test_power_cuts`. Each line of standard input is ``job id point``; the answer is ``cut`` or ``done``. An even point 2k
lies before the k-th statement the job sends to the database, 2k + 1 after it; -1 cuts nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django


class Fuse:
    def __init__(self, point: int) -> None:
        self.point, self.step = point, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.burn()
        result = execute(sql, params, many, context)
        self.burn()
        return result

    def burn(self) -> None:
        if self.step == self.point:
            os.kill(os.getpid(), signal.SIGKILL)
        self.step += 1


def run(job: str, key: int, point: int) -> None:
    from django.db import connection

    from notifications.delivering import deliver
    from notifications.jobs import climb, fan_out

    steps: dict[str, Callable[[], None]] = {
        "fan_out": lambda: fan_out(key),
        "climb": lambda: climb(key),
        "deliver": lambda: deliver([key]),
    }

    with connection.execute_wrapper(Fuse(point)):
        steps[job]()


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "backend.settings"
    django.setup()
    from django.conf import settings

    settings.NOTIFICATION_DIRECTORY = "notifications.testing.directory.Everybody"
    for line in sys.stdin:
        job, key, point = line.split()
        child = os.fork()
        if child == 0:
            run(job, int(key), int(point))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        cut = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("cut" if cut else "done" if status == 0 else f"failed {status}", flush=True)


if __name__ == "__main__":
    main()
