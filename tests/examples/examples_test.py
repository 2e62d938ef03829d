#!/usr/bin/python3
"""An example prints what the file beside it says, whatever kind of database it is given.

usage: examples_test.py EXPECTED COMMAND…      STATOR names the built program
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "clients"))
import support  # pylint: disable=wrong-import-position

EXPECTED = pathlib.Path(sys.argv[1])
COMMAND = sys.argv[2:]


class ExampleTest(unittest.TestCase):
    maxDiff = None

    def runs(self, *arguments):
        done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        self.assertEqual(done.stdout, EXPECTED.read_text(encoding="utf-8"))

    def test_it_runs_with_nothing_said(self):
        self.runs()

    def test_it_runs_in_a_directory_and_leaves_it_usable(self):
        with tempfile.TemporaryDirectory(prefix="stator-example-") as folder:
            for _ in range(2):
                self.runs("file:" + os.path.join(folder, "data"))

    def test_it_runs_against_a_server_by_address_and_by_socket(self):
        with tempfile.TemporaryDirectory(prefix="stator-example-") as folder:
            socket = os.path.join(folder, "socket")
            server = support.Server("--memory", "--unix", socket)
            try:
                self.runs(server.url)
                self.runs("unix:" + socket)
            finally:
                code = server.stop()
            self.assertEqual(code, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
