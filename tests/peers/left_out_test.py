#!/usr/bin/python3
"""left_out.txt names tests that exist, each once for a peer, under peers that exist."""

import pathlib
import re
import unittest

import peers

TESTS = pathlib.Path(__file__).resolve().parent.parent


def tests_that_exist():
    """All that a program which runs on peers gives to cmocka."""
    found = {path.stem for path in (TESTS / "patterns/contract").glob("*.json")}
    for folder in ("db", "patterns"):
        for path in (TESTS / folder).glob("*_test.c"):
            text = path.read_text(encoding="utf-8")
            found.update(re.findall(r"^static void (\w+)\(void \*\*", text, re.MULTILINE))
    return found


class LeftOutTest(unittest.TestCase):
    def test_every_name_is_a_tests(self):
        there = tests_that_exist()
        for kind in peers.PEERS:
            for name in peers.left_out(kind):
                self.assertIn(name, there, kind)

    def test_every_head_names_a_peer_and_every_name_stands_once(self):
        text = (TESTS / "peers/left_out.txt").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.strip() and line[0] != "#"]
        self.assertLessEqual({line.split(":")[0] for line in lines if line[0] != " "},
                             set(peers.PEERS))
        self.assertEqual(len([line for line in lines if line[0] == " "]),
                         sum(len(peers.left_out(kind)) for kind in peers.PEERS))


if __name__ == "__main__":
    unittest.main()
