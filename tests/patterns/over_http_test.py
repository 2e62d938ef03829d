#!/usr/bin/python3
"""The programs of this folder, run against a server: what they say of mem: holds over HTTP.

usage: over_http_test.py PROGRAM…        $STATOR names the server's program

With $STATOR_TEST_ENDPOINT set ("http://127.0.0.1:4567") they run against that server instead.
"""
import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "clients"))
import support  # noqa: E402  (the folder of real clients has the server's helper)

PROGRAMS = [pathlib.Path(program) for program in sys.argv[1:]]
del sys.argv[1:]
SECONDS = 200


def arguments(program):
    """The runner of scenarios is told which."""
    if "contract" not in program.name:
        return []
    return sorted(str(path) for path in (FOLDER / "contract").glob("*.json"))


class OverHttpTest(support.ServerTest):
    server_options = ("--durability", "relaxed")

    def test_every_program_passes(self):
        self.assertGreater(len(PROGRAMS), 0)
        for program in PROGRAMS:
            with self.subTest(program=program.name):
                there = dict(os.environ, STATOR_TEST_URI=self.server.url)
                done = subprocess.run([program, *arguments(program)], env=there, check=False,
                                      capture_output=True, text=True, timeout=SECONDS)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
