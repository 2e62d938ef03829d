#!/usr/bin/python3
"""The C blocks of the documents are compiled and run, and print what the pages say.

usage: blocks_test.py LIBSTATOR.SO CC [--write]

A fence says what it holds:

    ```c           statements: they stand in a block of their own in a function with `stator *db`
    ```c beside    what stands outside of functions, for the statements that follow
    ```c whole     a program; what includes something is one without being called so
    ```cpp whole   a program in C++
    ```text        what the block before it prints

All statements of a page are one program and share its database, which is "mem:". --write puts what
is printed into the pages.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
WRITE = "--write" in sys.argv and not sys.argv.remove("--write")
LIBRARY, COMPILER = pathlib.Path(sys.argv[1]), sys.argv[2]


def sister(compiler):
    """The compiler of C++ that belongs to one of C."""
    path = pathlib.Path(compiler)
    for name, other in (("clang", "clang++"), ("gcc", "g++"), ("cc", "c++")):
        if path.name.startswith(name):
            return str(path.with_name(path.name.replace(name, other, 1)))
    raise ValueError(f"what compiles C++ beside {compiler}?")


COMPILERS = {"c": (COMPILER, "-std=c11"), "cpp": (sister(COMPILER), "-std=c++17")}

FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DECLARED = re.compile(r"^STATOR_API [^;{]*?\b(stator_\w+)\(", re.MULTILINE)
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
SEPARATOR = "\x1e"

# These pages call every function of these headers.
BY_EXAMPLE = {"c-api-by-example.md": ["stator.h", "calls.h"],
              "c-patterns-by-example.md": ["model.h", "patterns.h", "engine.h"],
              "testing-your-code.md": ["testkit.h"]}

BEGIN = """#include <stator/engine.h>
#include <stator/model.h>
#include <stator/patterns.h>
#include <stator/testkit.h>
#include <stdio.h>
#include <string.h>
"""
MAIN = """
int main(void)
{
    stator *db;
    if (stator_open("mem:", NULL, &db) != STATOR_OK) return 1;
    setvbuf(stdout, NULL, _IONBF, 0);
"""
END = """
    stator_close(db);
    return 0;
}
"""


class Block:
    """Some C, and the fence with what it prints, if there is one."""

    def __init__(self, language, kind, line, code):
        self.language, self.kind, self.line, self.code = language, kind, line, code
        self.shown = None  # the match of its ```text


def blocks_of(text):
    found = []
    for match in FENCE.finditer(text):
        language, kind, code = match.groups()
        kind = kind.strip()
        if language == "c" or (language == "cpp" and kind == "whole"):
            line = text.count("\n", 0, match.start()) + 2
            kind = "whole" if "#include" in code and kind != "beside" else kind
            found.append(Block(language, kind, line, code))
        elif language == "text" and found and found[-1].shown is None:
            found[-1].shown = match
    return found


def program_of(page, statements, beside):
    """One program of all statements; each prints a separator after what it prints."""
    parts = [BEGIN]
    parts += [f'#line {block.line} "{page}"\n{block.code}' for block in beside]
    parts.append(MAIN)
    parts += [f'    {{\n#line {block.line} "{page}"\n{block.code}    }}\n'
              f"    putchar({ord(SEPARATOR)});\n" for block in statements]
    return "".join(parts) + END


class Page:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder
        self.text = path.read_text(encoding="utf-8")
        self.blocks = blocks_of(self.text)
        self.objects = []

    def run(self, code, language="c"):
        """What it prints."""
        stem = self.folder / f"{self.path.stem}-{len(self.objects)}"
        source, binary = stem.with_suffix("." + language), stem.with_suffix(".o")
        source.write_text(code)
        compiler, standard = COMPILERS[language]
        must(compiler, standard, *WARNINGS, "-I", PROJECT / "include", "-c", source, "-o", binary)
        self.objects.append(binary)
        must(compiler, binary, "-o", stem, LIBRARY, f"-Wl,-rpath,{LIBRARY.parent}")
        return must(stem, env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
                    cwd=self.folder)

    def printed(self):
        """[(block, what it prints)] of all blocks that are run."""
        statements = [block for block in self.blocks if block.kind == ""]
        beside = [block for block in self.blocks if block.kind == "beside"]
        outputs = []
        if statements:
            whole = self.run(program_of(self.path, statements, beside))
            outputs = list(zip(statements, whole.split(SEPARATOR)))
        return outputs + [(block, self.run(f'#line {block.line} "{self.path}"\n{block.code}',
                                           block.language))
                          for block in self.blocks if block.kind == "whole"]

    def used(self):
        """Functions of the library that its programs call."""
        table = must("nm", "-u", *self.objects)
        return set(re.findall(r"\bstator_\w+", table))

    def write(self, printed):
        text = self.text
        for block, output in sorted(printed, key=lambda pair: -pair[0].line):
            if block.shown is not None:
                start, end = block.shown.span(3)
                text = text[:start] + output + text[end:]
        self.path.write_text(text, encoding="utf-8")


def must(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, timeout=60, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class BlocksTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="stator-blocks-")
        cls.pages = {path.name: Page(path, pathlib.Path(cls.folder.name))
                     for path in [PROJECT / "README.md", *sorted(PROJECT.glob("docs/*.md"))]}
        cls.printed = {}
        for name, page in cls.pages.items():
            cls.printed[name] = page.printed()
            if WRITE:
                page.write(cls.printed[name])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_blocks_print_what_the_pages_say(self):
        for name, printed in self.printed.items():
            for block, output in printed:
                shown = block.shown.group(3) if block.shown is not None else ""
                with self.subTest(page=name, line=block.line):
                    self.assertEqual(shown, output)

    def test_the_pages_by_example_call_every_function(self):
        for name, headers in BY_EXAMPLE.items():
            declared = set()
            for header in headers:
                text = (PROJECT / "include/stator" / header).read_text(encoding="utf-8")
                declared |= set(DECLARED.findall(text))
            with self.subTest(page=name):
                self.assertGreater(len(declared), 15)
                self.assertEqual(declared - self.pages[name].used(), set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
