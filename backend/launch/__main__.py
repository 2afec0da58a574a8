"""`python -m backend.launch`: what `./patrol` calls."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from backend.launch import commands
from backend.launch.messages import Problem


def end(number: int, frame: FrameType | None) -> None:
    """SIGTERM and a closed terminal end us as Ctrl-C does: through every `finally`."""
    del frame
    raise SystemExit(128 + number)


def main() -> int:
    os.umask(0o022)  # the database's user must be able to walk to its folder; what is private is closed one by one
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)
    try:
        return commands.main(sys.argv[1:])
    except Problem as problem:
        print(f"巡格: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("巡格: 已中断 · interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
