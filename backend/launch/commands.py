"""The words after `./patrol`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from backend.launch import address, archive, environment, gate, system
from backend.launch.checkout import Checkout
from backend.launch.cluster import Cluster
from backend.launch.messages import Problem, say
from backend.launch.system import System

HELP = """巡格 · ./patrol <命令>

  run [--host 名称] [--port 号] [--demo] [--quiet-demo]
                                           安装所缺、准备数据库、启动系统并打印网址与登录 · set up and run
  test [pytest 参数]                       全部检查与测试；带参数时只跑 pytest · everything CI runs, or pytest alone
  tour                                     沿主要业务走一遍（系统未运行则先启动）· walk the journeys over HTTP
  prove                                    长时验证：崩溃矩阵、上千随机用例 · the long forms of the proofs
  bench [名称]                             基准：与同类、与极限同场比较 · benchmarks against peers and limits
  stop                                     停止本目录的系统及其数据库 · end this checkout's system and database
  backup 文件                              数据库、照片、密钥存为一个文件 · database, media and keys in one file
  restore 文件                             从备份恢复（系统须已停止）· put a backup back (the system must be stopped)
  manage 参数                              以本目录的数据库执行 manage.py · manage.py with this checkout's database
  help                                     本说明 · this

DATABASE_URL=postgresql://… 使用自己的 PostGIS 数据库 · uses a database of yours (docs/operations.md)
"""


def main(argv: Sequence[str]) -> int:
    name, *rest = argv or ["help"]
    action = COMMANDS.get(name)
    if action is None:
        print(HELP, file=sys.stderr)
        raise Problem(f"没有“{name}”这个命令。", f"There is no command {name!r}.")
    return action(Checkout.here(), rest)


def run(checkout: Checkout, argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./patrol run")
    parser.add_argument("--host", help="the name or address people use; not loopback needs TLS or a proxy")
    parser.add_argument(
        "--port", type=int, help=f"of the pages; the live feed takes the next one (default {address.DEFAULT_PORT})"
    )
    parser.add_argument("--demo", action="store_true", help="load the demo township into the database of DATABASE_URL too")
    parser.add_argument(
        "--quiet-demo", action="store_true", help="no simulated phones in the demo township (also PATROL_QUIET_DEMO=1)"
    )
    options = parser.parse_args(argv)
    is_quiet = options.quiet_demo or os.environ.get("PATROL_QUIET_DEMO", "") not in ("", "0")
    if (found := system.running(checkout)) is not None:
        where = found.get("url", "")
        say(f"系统已在运行 {where}", f"already running {where}" if where else "already starting")
        return 0
    system.settle(checkout)
    where_to = address.decide(os.environ, host=options.host, port=options.port)
    environment.prepare(checkout)
    with_demo = options.demo or not os.environ.get("DATABASE_URL")
    with System(checkout, where_to, with_demo=with_demo, with_shift=with_demo and not is_quiet) as ours:
        ours.serve()
    say("已停止", "ended")
    return 0


def tour(checkout: Checkout, argv: Sequence[str]) -> int:
    """Walk the journeys against the running system, or against one that is started for it and stopped afterwards."""
    environment.prepare(checkout)
    found = system.running(checkout)
    if found is not None:
        if not (url := found.get("url")):
            raise Problem("系统正在启动，请稍候再走。", "The system is still starting; try again in a moment.")
        database_url = os.environ.get("DATABASE_URL") or Cluster(checkout).url()
        return _walk(checkout, url, system.django_environment(checkout, database_url=database_url), argv)
    if os.environ.get("DATABASE_URL"):
        raise Problem(
            "走一遍会写入演示数据。要在 DATABASE_URL 的库里走，请先 ./patrol run --demo。",
            "A tour writes demo data. To walk it in the database of DATABASE_URL, start that with ./patrol run --demo first.",
        )
    where_to = address.decide({}, host=None, port=None)
    with System(checkout, where_to, with_demo=True) as ours:
        status = [1]

        def walk() -> None:
            status[0] = _walk(checkout, where_to.url, ours.env, argv)

        ours.serve_while(walk)
    return status[0]


def _walk(checkout: Checkout, url: str, env: dict[str, str], argv: Sequence[str]) -> int:
    walk = [str(checkout.python), "manage.py", "tour", "--url", url, "--sign-ins", str(checkout.sign_ins), *argv]
    return subprocess.run(walk, env=env, cwd=checkout.root).returncode


def stop(checkout: Checkout, argv: Sequence[str]) -> int:
    del argv
    if system.stop(checkout):
        say("已停止", "stopped")
    else:
        say("没有在运行", "was not running")
    return 0


def manage(checkout: Checkout, argv: Sequence[str]) -> int:
    """Django's command line on this checkout's database, started for it if need be."""
    environment.prepare(checkout)
    if url := os.environ.get("DATABASE_URL"):
        return _manage(checkout, url, argv)
    cluster = Cluster(checkout)
    started = cluster.ensure()
    try:
        return _manage(checkout, cluster.url(), argv)
    finally:
        if started:
            cluster.stop()


def _manage(checkout: Checkout, url: str, argv: Sequence[str]) -> int:
    env = system.django_environment(checkout, database_url=url)
    return subprocess.run([str(checkout.python), "manage.py", *argv], env=env, cwd=checkout.root).returncode


def test(checkout: Checkout, argv: Sequence[str]) -> int:
    return gate.test(checkout, argv)


def prove(checkout: Checkout, argv: Sequence[str]) -> int:
    return gate.prove(checkout, argv)


def bench(checkout: Checkout, argv: Sequence[str]) -> int:
    return gate.bench(checkout, argv)


def backup(checkout: Checkout, argv: Sequence[str]) -> int:
    archive.backup(checkout, _file(argv, "backup"))
    return 0


def restore(checkout: Checkout, argv: Sequence[str]) -> int:
    archive.restore(checkout, _file(argv, "restore"))
    return 0


def _file(argv: Sequence[str], name: str) -> Path:
    parser = argparse.ArgumentParser(prog=f"./patrol {name}")
    parser.add_argument("file", type=Path)
    # `patrol` changes into the checkout; a relative path is the caller's.
    return Path(os.environ.get("PATROL_FROM", "."), parser.parse_args(argv).file).resolve()


def help_(checkout: Checkout, argv: Sequence[str]) -> int:
    del checkout, argv
    print(HELP)
    return 0


COMMANDS: dict[str, Callable[[Checkout, Sequence[str]], int]] = {
    "run": run, "test": test, "tour": tour, "prove": prove, "stop": stop, "backup": backup, "restore": restore,
    "bench": bench, "manage": manage, "help": help_, "--help": help_, "-h": help_,
}  # fmt: skip
