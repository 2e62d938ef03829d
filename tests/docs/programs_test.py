#!/usr/bin/python3
"""The C programs in the documents are compiled and run, and print what the pages say.

usage: programs_test.py LIBSTATOR.SO CC

A block of C (```c, with or without a word behind it) that includes something is a whole program.
The ```text block that is the next block after it is what it prints; without one it prints nothing.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
LIBRARY = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 2 else PROJECT / "build/libstator.so"
COMPILER = sys.argv.pop(1) if len(sys.argv) > 1 else "cc"

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]


def must(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def programs_of(text):
    """[(line, program, what it is said to print)]"""
    blocks = [(text.count("\n", 0, match.start()) + 2, match.group(1).split(), match.group(2))
              for match in FENCE.finditer(text)]
    found = []
    for i, (line, words, code) in enumerate(blocks):
        if words[:1] != ["c"] or "#include" not in code:
            continue
        follows = i + 1 < len(blocks) and blocks[i + 1][1] == ["text"]
        found.append((line, code, blocks[i + 1][2] if follows else ""))
    return found


class ProgramsTest(unittest.TestCase):
    maxDiff = None

    def run_program(self, folder, page, line, code):
        source, program = folder / "program.c", folder / "program"
        source.write_text(f'#line {line} "{page}"\n{code}', encoding="utf-8")
        must(COMPILER, *WARNINGS, "-I", PROJECT / "include", source, "-o", program, LIBRARY,
             f"-Wl,-rpath,{LIBRARY.parent}")
        return must(program)

    def test_programs_print_what_the_pages_say(self):
        count = 0
        with tempfile.TemporaryDirectory(prefix="stator-programs-") as folder:
            for page in sorted(PROJECT.glob("docs/*.md")) + [PROJECT / "README.md"]:
                for line, code, shown in programs_of(page.read_text(encoding="utf-8")):
                    count += 1
                    with self.subTest(page=page.name, line=line):
                        printed = self.run_program(pathlib.Path(folder), page, line, code)
                        self.assertEqual(shown, printed)
        self.assertGreaterEqual(count, 6)


if __name__ == "__main__":
    unittest.main()
