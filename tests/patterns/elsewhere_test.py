#!/usr/bin/python3
"""The programs of this folder run elsewhere: what they say of mem: holds of every kind of database.

usage: elsewhere_test.py PROGRAM…        $STATOR names the server's program

A directory, and a server by HTTP and by its socket. With $STATOR_TEST_ENDPOINT set
("http://127.0.0.1:4567") they run against that server alone.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
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


class ElsewhereTest(unittest.TestCase):
    def run_all(self, uri):
        self.assertGreater(len(PROGRAMS), 0)
        for program in PROGRAMS:
            with self.subTest(program=program.name):
                there = dict(os.environ, STATOR_TEST_URI=uri)
                done = subprocess.run([program, *arguments(program)], env=there, check=False,
                                      capture_output=True, text=True, timeout=SECONDS)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipIf(support.elsewhere(), "a server was named")
    def test_in_a_directory(self):
        self.run_all("file:")

    @unittest.skipIf(support.elsewhere(), "a server was named")
    def test_on_a_server(self):
        with tempfile.TemporaryDirectory(prefix="stator-patterns-") as folder:
            path = os.path.join(folder, "socket")
            server = support.Server("--memory", "--unix", path)
            try:
                self.run_all(server.url)
                self.run_all(f"unix:{path}")
            finally:
                self.assertEqual(server.stop(), 0, server.complaints())

    @unittest.skipUnless(support.elsewhere(), "no server was named")
    def test_on_the_server_that_was_named(self):
        self.run_all(support.elsewhere())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
