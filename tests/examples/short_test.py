#!/usr/bin/python3
"""examples/short.c stays short: the lines of its functions, against what each may have.

A line is one that holds code; a signature counts, a comment does not. A tenth more or less is
allowed. Lines end within 100 columns, which tools/tidy sees to.
"""
import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "short.c"

# what it is about: (lines, the functions that it takes)
EXPECTED = {
    "a job under six conditions": (30, ["is_returning_async_job", "insert_with_condition",
                                        "insert_job"]),
    "an event appended once": (8, ["append_event"]),
    "a status moved, or what it really is": (13, ["move_status"]),
    "a history, over all pages": (13, ["print_history"]),
    "a transfer, or why not": (20, ["transfer"]),
    "a save with its version, of a struct": (6, ["save_order"]),
    "a save with its version, by hand": (9, ["save_by_hand"]),
    "orders by date": (7, ["user_orders"]),
    "a page and its token": (15, ["one_page"]),
    "many items by key, in order, with the misses": (16, ["statuses"]),
    "many items written": (10, ["write_many"]),
    "two writes as one": (14, ["build_bookmark", "add_bookmark"]),
}


def functions():
    """{name: lines of code} of every function."""
    text = re.sub(r"/\*.*?\*/", "", SOURCE.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = {}
    for match in re.finditer(r"^static \w[^;{}=]*?\b(\w+)\([^;{}=]*\)\n\{\n.*?^\}$", text,
                             re.MULTILINE | re.DOTALL):
        found[match.group(1)] = sum(1 for line in match.group(0).split("\n") if line.strip())
    return found


class ShortTest(unittest.TestCase):
    def test_each_function_has_the_lines_it_may_have(self):
        lines = functions()
        for what, (expected, names) in EXPECTED.items():
            with self.subTest(what=what):
                self.assertAlmostEqual(sum(lines[name] for name in names), expected,
                                       delta=expected / 10)


if __name__ == "__main__":
    unittest.main()
