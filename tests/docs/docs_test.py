#!/usr/bin/python3
"""What the documents say and the program shows must be the same: options, operations, paths.

usage: docs_test.py PROGRAM
"""
import pathlib
import re
import subprocess
import sys
import unittest

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else PROJECT / "build" / "stator"

HELP_LINE = re.compile(r"^  (--\S+)(?: (\S+))? {2,}(.*)$", re.MULTILINE)
PATH_IN_TEXT = re.compile(r"`((?:src|docs|tests|fuzz|bench|scripts|tools|cmake)/[\w./-]*\w)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def read(path):
    return (PROJECT / path).read_text(encoding="utf-8")


def documents():
    """Every page of Markdown that is ours, as paths from the project."""
    found = []
    for path in PROJECT.rglob("*.md"):
        path = path.relative_to(PROJECT)
        if not {"build", "node_modules"} & set(path.parts):
            found.append(path)
    return found


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=True).stdout


def help_options():
    """{name: (value, text)} of stator serve --help."""
    found = {name: (value, text) for name, value, text in HELP_LINE.findall(run("serve", "--help"))}
    assert "--port" in found, "serve --help is not as expected"
    return found


def manual_options():
    """{name: (value, text)} of the OPTIONS section of the manual page."""
    section = read("docs/stator.1").split(".SH OPTIONS\n")[1].split("\n.SH ")[0].replace("\\-", "-")
    found = {}
    for entry in section.split(".TP\n")[1:]:
        tag, text = entry.split("\n", 1)
        match = re.fullmatch(r"\.B (--\S+)|\.BI (--\S+) \" (\S+)\"", tag)
        assert match, f"a tag of another form: {tag}"
        found[match.group(1) or match.group(2)] = (match.group(3) or "", text.strip())
    return found


def readme_options():
    """{name: (value, text)} of the README's table: | `--port N` | text | default |"""
    found = {}
    for name, value, text, initial in re.findall(
            r"^\| `(--\S+)(?: ([^`]+))?` \| (.*?) \|(.*?)\|$", read("README.md"), re.MULTILINE):
        given = initial.strip("` ")
        found[name] = (value.replace("\\|", "|"), f"{text} ({given})" if given else text)
    return found


class OptionsTest(unittest.TestCase):
    maxDiff = None

    def test_the_manual_page_says_what_help_says(self):
        self.assertEqual(manual_options(), help_options())

    def test_the_readme_says_what_help_says(self):
        expected = help_options()
        del expected["--help"]
        self.assertEqual(readme_options(), expected)

    def test_the_manual_page_names_the_version(self):
        version = run("--version").strip()
        self.assertIn(f'"{version}"', read("docs/stator.1").split("\n")[0])


def headers():
    """{name: text} of what users of the library include."""
    return {path.stem: path.read_text(encoding="utf-8")
            for path in sorted(pathlib.Path(PROJECT, "include/stator").glob("*.h"))}


def manual_page(header):
    return "docs/stator.3" if header == "stator" else f"docs/stator_{header}.3"


# What a header offers: functions, and macros that are called like functions or make literals.
OFFERED = re.compile(r"^STATOR_API [^;{]*?\b(stator_\w+)\("
                     r"|^# *define (stator_\w+[a-z])\("
                     r"|^# *define (STATOR_\w+[A-Z0-9])\(", re.MULTILINE)
WORD = re.compile(r"\b(?:stator|STATOR)_\w+")
INNER = frozenset({"STATOR_PRINTF"})
STRUCT = re.compile(r"^typedef struct (stator_(?:\w+_opts|options|table_spec)) \{\n(.*?)^\}",
                    re.MULTILINE | re.DOTALL)
MEMBER = re.compile(r"(\w+)(?:\)\([^;]*\))?[,;]")


class LibraryTest(unittest.TestCase):
    """Every header has a manual page, which names what is there and nothing else."""

    def test_the_manual_page_names_what_the_header_offers(self):
        for header, text in headers().items():
            offered = {name for names in OFFERED.findall(text) for name in names if name}
            named = set(WORD.findall(read(manual_page(header))))
            with self.subTest(header=header):
                self.assertGreater(len(offered), 5)
                self.assertEqual(offered - named - INNER, set())

    def test_the_manual_page_names_nothing_else(self):
        known = {word for text in headers().values() for word in WORD.findall(text)}
        pages = {"stator_" + header for header in headers()}
        for header in headers():
            named = set(WORD.findall(read(manual_page(header))))
            with self.subTest(header=header):
                self.assertEqual(named - known - pages - {"STATOR_" + header.upper()}, set())

    def test_the_manual_page_names_the_options_of_the_header(self):
        for header, text in headers().items():
            words = set(re.findall(r"\w+", read(manual_page(header))))
            for struct, members in STRUCT.findall(text):
                bare = re.sub(r"/\*.*?\*/", "", members, flags=re.DOTALL)
                with self.subTest(struct=struct):
                    self.assertEqual(set(MEMBER.findall(bare)) - words, set())

    def test_the_manual_page_names_the_version(self):
        version = run("--version").strip()
        for header in headers():
            with self.subTest(header=header):
                self.assertIn(f'"{version}"', read(manual_page(header)).split("\n", maxsplit=1)[0])


class OutcomesTest(unittest.TestCase):
    def test_the_page_of_errors_has_a_row_for_every_outcome(self):
        header = read("include/stator/stator.h").split("typedef int stator_rc;")[1].split("};")[0]
        outcomes = re.findall(r"^    (STATOR_\w+) =", header, re.MULTILINE)
        page = read("docs/errors-and-retries.md")
        rows = re.findall(r"^\| `(STATOR_\w+)` \|", page, re.MULTILINE)
        self.assertGreater(len(outcomes), 25)
        self.assertEqual(rows, outcomes)


class OperationsTest(unittest.TestCase):
    def test_compatibility_lists_the_operations_that_are_there(self):
        built = set(re.findall(r"^OP(?:_STREAMS)?\((\w+),", read("src/api/ops.def"), re.MULTILINE))
        page = read("docs/compatibility.md").split("## Operations\n")[1].split("\n## ")[0]
        cells = re.findall(r"^\| (`\w+`.*?) \|", page, re.MULTILINE)
        listed = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
        self.assertEqual(listed, built)


LIMIT = re.compile(r"^(?:    |#define )(LIMIT_\w+)(?: =)? ([-\w* <+]+)", re.MULTILINE)
# Of the server, of signatures, of the client and the C library, not of items and tables.
OWN_LIMIT = re.compile(
    r"LIMIT_(HTTP|UNIX|REQUEST_ARENA|REGION|ACCOUNT|SPACE|INDEX_LAG"
    r"|CANONICAL|SECRET_KEY|PRESIGNED|PROFILE_FILE|HOST|CLIENT|LITERAL)_")


class LimitsTest(unittest.TestCase):
    """limits.md and limits.h name the same numbers, and the cases that the page names are there."""

    def setUp(self):
        rows = [[cell.strip() for cell in line.strip("|").split("|")]
                for line in read("docs/limits.md").split("\n") if line.startswith("| ")]
        self.rows = [row for row in rows if row[0] != "what"]
        self.assertTrue(all(len(row) == 4 for row in self.rows), "a row of another form")

    def test_every_limit_is_on_the_page_with_its_number(self):
        limits = {name: value.removesuffix("LL")
                  for name, value in LIMIT.findall(read("src/base/limits.h"))}
        limits = {name: str(eval(value))  # pylint: disable=eval-used
                  for name, value in limits.items() if not OWN_LIMIT.match(name)}
        shown = set()
        for _, number, constants, _ in self.rows:
            numbers = number.replace(",", "").split(" and ")
            names = re.findall(r"`(\w+)`", constants)
            shown |= set(names)
            for name in names:
                with self.subTest(name=name):
                    self.assertIn(limits[name], numbers)
        self.assertEqual(shown, set(limits))

    def test_the_cases_that_the_page_names_are_there(self):
        for what, _, _, case in self.rows:
            file, _, claim = case.partition("`: ")
            with self.subTest(what=what):
                if claim:
                    text = re.sub(r"\n +", " ", read("tests/spec/" + file.strip("`")))
                    self.assertIn(f"\n== {claim}\n", text)


class PromisesTest(unittest.TestCase):
    """Every promise of promises.md names tests, and each of them is there.

    `tests/store/crash_test.c` *s4: kill 9 keeps all* is test_s4__kill_9_keeps_all of that file; in
    a file of tests/spec the name is that of a case."""

    SHOWN = re.compile(r"`(tests/[^`]+)`((?:,? \*[^*]+\*)*)")

    def rows(self):
        for line in read("docs/promises.md").split("\n"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("| ") and len(cells) == 2 and cells[0] != "promise":
                yield cells

    def test_every_promise_has_tests(self):
        rows = list(self.rows())
        self.assertGreater(len(rows), 20)
        for promise, shown in rows:
            with self.subTest(promise=promise):
                self.assertTrue(self.SHOWN.search(shown))
                self.assertEqual(self.SHOWN.sub("", shown).replace("; ", ""), "")

    def test_the_tests_that_it_names_are_there(self):
        for promise, shown in self.rows():
            for path, names in self.SHOWN.findall(shown):
                text = re.sub(r"\n +", " ", read(path))
                known = set(re.findall(r"^== (.*)$", text, re.MULTILINE))
                known |= {name.replace("__", ": ").replace("_", " ")
                          for name in re.findall(r"\btest_(\w+)\(", text)}
                for name in re.findall(r"\*([^*]+)\*", names):
                    with self.subTest(promise=promise, path=path):
                        self.assertIn(name, known)


class PathsTest(unittest.TestCase):
    def test_paths_that_documents_name_exist(self):
        for page in documents():
            for path in PATH_IN_TEXT.findall(read(page)):
                with self.subTest(page=str(page), path=path):
                    self.assertTrue((PROJECT / path).exists())

    def test_functions_that_pages_name_exist(self):
        places = ("src/*/*.[ch]", "include/*/*.h", "bench/*.[ch]")
        paths = [path for place in places for path in PROJECT.glob(place)]
        code = "".join(path.read_text(encoding="utf-8") for path in paths)
        known = set(re.findall(r"\w+", code))
        for page in pathlib.Path(PROJECT, "docs").glob("*.md"):
            for name in re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", read(page)):
                with self.subTest(page=page.name, name=name):
                    self.assertTrue(name in known)

    def test_links_lead_somewhere(self):
        for page in documents():
            for target in LINK.findall(read(page)):
                with self.subTest(page=str(page), target=target):
                    self.assertTrue((PROJECT / page.parent / target).exists())


class SocketProtocolTest(unittest.TestCase):
    def test_protocol__its_table_is_that_of_the_code(self):
        code = re.sub(r'"\s*\\\n\s*"', "", read("src/lines/line_ops.h"))
        code = dict(re.findall(r'X\((\w+), "([^"]*)"\)', code))
        rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\|", read("docs/socket-protocol.md").split(
            "## Operations")[1].split("\n## ")[0], re.MULTILINE)
        told = {name: " ".join(re.findall(r"`(\w+)`", members)) for name, members in rows}
        self.assertEqual(told, code)
        self.assertEqual([name for name, _ in rows], sorted(told))


if __name__ == "__main__":
    unittest.main()
