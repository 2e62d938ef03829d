#!/usr/bin/python3
"""The tests of calls and of patterns, run against a server of somebody else's.

usage: peers_test.py dynalite|dynamodb-local FOLDER PROGRAM…

The peer is installed in FOLDER and started in memory. Tests that it cannot pass are left out, each
told with its reason (left_out.txt); every other one must pass.
"""

import pathlib
import subprocess
import sys

import peers

SECONDS = 120
SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "patterns/contract"


def arguments(program):
    """The runner of scenarios is told which."""
    if "contract" not in program.name:
        return []
    return sorted(str(path) for path in SCENARIOS.glob("*.json"))


def passes(kind, folder, program):
    """A server for each program: none meets what another one has left there."""
    print(f"== {program.name}", flush=True)
    with peers.running(kind, folder) as url:
        command = [program, *arguments(program)]
        environment = peers.environment(kind, url)
        try:
            done = subprocess.run(command, env=environment, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            print(f"still running after {SECONDS} s", flush=True)
            return False
    return done.returncode == 0


def main():
    kind, folder, programs = sys.argv[1], sys.argv[2], map(pathlib.Path, sys.argv[3:])
    failed = [program.name for program in programs if not passes(kind, folder, program)]
    if failed:
        print("not passed:", *failed)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
