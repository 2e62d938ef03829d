#!/usr/bin/python3
"""Does tidy catch what it claims to? A good tree passes; each small fault is found at its line.

A checker that cannot fail is worthless, so there is a bad case for every rule that tidy lists.
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from cases import CASES, INNOCENT  # noqa: E402
from good_tree import GOOD, PROJECT  # noqa: E402

TIDY = PROJECT / "tools" / "tidy" / "tidy"


def write_tree(root, changes):
    for path, text in (GOOD | changes).items():
        if text is not None:
            file = pathlib.Path(root, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


def tidy(*arguments):
    return subprocess.run([TIDY, *arguments], capture_output=True, text=True, check=False)


def tidy_over(changes, *arguments):
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, changes)
        return tidy("--root", root, *arguments)


class TidyTest(unittest.TestCase):
    def test_a_good_tree_passes_every_rule(self):
        run = tidy_over({})
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)

    def test_each_fault_is_found_where_it_is(self):
        for rule, place, changes in CASES:
            with self.subTest(rule=rule, place=place):
                run = tidy_over(changes, "--rule", rule)
                starts = [line for line in run.stdout.split("\n")
                          if line.startswith(f"{place}: {rule}: ")]
                self.assertEqual((run.returncode, len(starts)), (1, 1), run.stdout + run.stderr)

    def test_innocent_trees_pass(self):
        for rule, changes in INNOCENT:
            with self.subTest(rule=rule, changes=changes):
                run = tidy_over(changes, "--rule", rule)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_every_rule_has_a_case(self):
        listed = {line.split()[0] for line in tidy("--list").stdout.strip().split("\n")}
        self.assertEqual(listed, {rule for rule, _, _ in CASES} | {"global"})

    def test_an_unknown_rule_is_refused(self):
        self.assertEqual(tidy("--rule", "kindness").returncode, 2)


class GlobalTest(unittest.TestCase):
    """The rule `global` looks at objects, so these cases are compiled."""

    def global_run(self, source, room="base", name="count.c"):
        with tempfile.TemporaryDirectory() as root:
            rooms = GOOD["src/rooms.txt"] + "1 os base -\n"
            write_tree(root, {f"src/{room}/{name}": source, "src/rooms.txt": rooms})
            build = pathlib.Path(root, "build")
            build.mkdir()
            subprocess.run(["gcc", "-fPIC", "-O1", "-w", "-c", "-o", build / f"{name}.o",
                            pathlib.Path(root, "src", room, name)], check=True)
            subprocess.run(["ar", "rc", build / f"libstator_{room}.a", build / f"{name}.o"],
                           check=True)
            return tidy("--root", root, "--objects", build, "--rule", "global")

    def test_writable_objects_are_found(self):
        for line in ("int tally = 1;", "static int tally; int *next(void) { return &tally; }",
                     "int *next(void) { static int tally; return &tally; }",
                     "_Thread_local int tally;"):
            with self.subTest(line=line):
                run = self.global_run("/* count.c -- a test. */\n" + line + "\n")
                self.assertTrue(run.stdout.startswith("src/base/count.c:2: global: tally "),
                                run.stdout + run.stderr)

    def test_what_threads_keep_has_a_home(self):
        self.assertEqual(self.global_run("int key;\n", "os", "slot.c").returncode, 0)
        self.assertEqual(self.global_run("int key;\n", "os", "os.c").returncode, 1)

    def test_tables_of_pointers_are_constants(self):
        run = self.global_run('const char *const names[] = {"a", "b"};\nconst int sizes[] = {1};\n')
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
