#!/usr/bin/python3
"""Run one test program of calls against one kind of database.

usage: everywhere.py mem|file|http|unix|shards PROGRAM [ARGUMENT…]      STATOR: the built program

Servers of others have a runner of their own (tests/peers).

shards is http with streams of several shards. For http, shards and unix a `stator serve --memory`
of its own is started, and must end well after the test.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "clients"))
import support  # noqa: E402


def run(uri, command):
    environment = dict(os.environ, STATOR_TEST_URI=uri)
    return subprocess.run(command, env=environment, check=False).returncode


def run_with_server(kind, command):
    with tempfile.TemporaryDirectory(prefix="stator-db-") as folder:
        path = os.path.join(folder, "socket")
        shards = ("--stream-shards", "4") if kind == "shards" else ()
        server = support.Server("--memory", "--unix", path, *shards)
        try:
            code = run(f"unix:{path}" if kind == "unix" else server.url, command)
        finally:
            ended = server.stop()
        if ended != 0:
            print(f"the server ended with {ended}: {server.complaints()}")
        return code or ended


def main():
    kind, command = sys.argv[1], sys.argv[2:]
    if kind in ("mem", "file"):
        return run(f"{kind}:", command)
    return run_with_server(kind, command)


if __name__ == "__main__":
    sys.exit(main())
