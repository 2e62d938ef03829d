#!/usr/bin/python3
"""The C library as a program meets it: installed, compiled against in C and C++, linked three ways.

usage: library_test.py BUILD CMAKE USES      USES: header_uses.c
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
HEADERS = PROJECT / "include" / "stator"
USES = sys.argv.pop(3) if len(sys.argv) > 3 else PROJECT / "tests" / "db" / "header_uses.c"
CMAKE = sys.argv.pop(2) if len(sys.argv) > 2 else "cmake"
BUILD = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else PROJECT / "build" / "dev"

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wsign-conversion",
            "-Werror"]
LANGUAGES = [("gcc", "c", "c11"), ("gcc", "c", "c17"), ("clang", "c", "c11"),
             ("clang", "c", "c17"), ("g++", "c++", "c++17"), ("clang++", "c++", "c++17")]
# Composed values that are returned from the functions that they were composed in; at last two that
# may be.
ENDED = """#include <stator/stator.h>
#include <stdio.h>
static stator_cond any(void) { return stator_or(stator_exists("a"), stator_exists("b")); }
static stator_cond negated(void) { return stator_not(stator_exists("a")); }
static stator_cond text(void) { return stator_expr("a = ?", stator_i(1)); }
static stator_cond one_of(void) { return stator_in("a", stator_i(1), stator_i(2)); }
static stator_val map(void) { return STATOR_M({"k", stator_s("a")}); }
static stator_val list(void) { return STATOR_L(stator_i(1)); }
static stator_val set(void) { return STATOR_SS("a", "b"); }
static stator_val array(void) { char t[8]; return stator_sf(t, "%d", 1); }
static stator_upd updates(void) { return stator_updates(stator_set("a", stator_i(1))); }
static stator_upd update(void) { return stator_upd_expr("SET a = ?", stator_i(1)); }
static stator_cond leaf(void) { return stator_eq("a", stator_i(1)); }

static void show(stator_rc rc) { puts(stator_rc_name(rc)); }
static void check(stator_cond c) { bool holds; show(stator_cond_check(c, NULL, &holds)); }

int main(void)
{
    stator_doc *doc = stator_doc_new();
    stator_pool *pool = stator_pool_new();
    check(any()), check(negated()), check(text()), check(one_of());
    check(stator_cond_keep(pool, any())), check(stator_cond_keep(pool, text()));
    show(stator_doc_set(doc, "a", map())), show(stator_doc_set(doc, "a", list()));
    show(stator_doc_set(doc, "a", set())), show(stator_doc_set(doc, "a", array()));
    show(stator_doc_update(doc, updates())), show(stator_doc_update(doc, update()));
    check(leaf()), show(stator_doc_set(doc, "a", stator_s("b")));
    stator_pool_free(pool);
    stator_doc_free(doc);
    return 0;
}
"""
DECLARED = re.compile(r"^STATOR_API [^;{]*?\b(stator_\w+)\(", re.MULTILINE)


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def declared():
    """Every function that the public headers declare."""
    texts = [header.read_text(encoding="utf-8") for header in sorted(HEADERS.glob("*.h"))]
    return set(DECLARED.findall("\n".join(texts)))


def comment_blocks(header):
    """The indented blocks of the header's first comment."""
    comment = header.read_text(encoding="utf-8").split("*/")[0]
    lines = [line[3:] if line.startswith(" * ") else "" for line in comment.split("\n")]
    blocks, block = [], []
    for line in lines + ["end"]:
        if line.startswith("    ") or (block and not line):
            block.append(line[4:])
        elif block:
            blocks.append("\n".join(block).strip("\n") + "\n")
            block = []
    return blocks


def programs():
    """The programs in the headers' first comments: name, text, and what it prints."""
    for header in sorted(HEADERS.glob("*.h")):
        blocks = comment_blocks(header)
        if len(blocks) > 1 and blocks[0].startswith("#include <stdio.h>"):
            yield header.stem, blocks[0], blocks[1]


class LibraryTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.tmp = pathlib.Path(cls.folder.name)
        cls.prefix = cls.tmp / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)
        cls.lib = next(cls.prefix.rglob("libstator.so")).parent

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def pkg_config(self, *arguments):
        env = dict(os.environ, PKG_CONFIG_PATH=str(self.lib / "pkgconfig"))
        return run("pkg-config", *arguments, "stator", env=env).split()

    def compile(self, compiler, source, output, *flags):
        run(compiler, *WARNINGS, source, "-o", self.tmp / output, *flags)
        return self.tmp / output

    def run_linked(self, program, **env):
        return run(program, env=dict(os.environ, LD_LIBRARY_PATH=str(self.lib), **env))

    # ---- what is visible

    def test_the_shared_library_shows_what_the_header_declares(self):
        table = run("nm", "-D", "--defined-only", self.lib / "libstator.so")
        shown = {line.split()[-1] for line in table.strip().split("\n")}
        self.assertGreater(len(declared()), 140)
        self.assertEqual(shown, {f"{name}@@STATOR_1" for name in declared()} | {"STATOR_1"})

    def test_the_static_library_shows_the_same(self):
        table = run("nm", "-g", "--defined-only", self.lib / "libstator.a")
        shown = {line.split()[-1] for line in table.split("\n") if len(line.split()) == 3}
        self.assertEqual(shown, declared())

    def test_the_shared_library_needs_these_alone(self):
        needed = re.findall(r"NEEDED.*\[(.*)\.so", run("readelf", "-d", self.lib / "libstator.so"))
        self.assertLessEqual(set(needed), {"librocksdb", "libuv", "libcrypto", "libz", "libdeflate",
                                           "libcurl", "libc", "libm"})

    def test_a_static_program_may_have_names_of_ours(self):
        source = self.tmp / "own.c"
        source.write_text("#include <stator/stator.h>\n"
                          "int arena_alloc(void);\nint arena_alloc(void) { return 7; }\n"
                          "int main(void) { stator_doc_free(stator_doc_new()); "
                          "return arena_alloc() - 7; }\n")
        program = self.compile("gcc", source, "own", *self.pkg_config("--cflags"),
                               self.lib / "libstator.a",
                               *(flag for flag in self.pkg_config("--static", "--libs")
                                 if flag != "-lstator"))
        run(program)

    # ---- the header

    def test_the_header_is_clean_in_every_language(self):
        for compiler, language, standard in LANGUAGES:
            with self.subTest(compiler=compiler, standard=standard):
                run(compiler, "-x", language, f"-std={standard}", "-fsyntax-only", *WARNINGS,
                    *self.pkg_config("--cflags"), USES)

    def test_each_header_stands_alone_in_every_language(self):
        for header in sorted(HEADERS.glob("*.h")):
            for compiler, language, standard in LANGUAGES:
                with self.subTest(header=header.name, compiler=compiler, standard=standard):
                    source = self.tmp / "alone.c"
                    source.write_text(f"#include <stator/{header.name}>\n")
                    run(compiler, "-x", language, f"-std={standard}", "-fsyntax-only", *WARNINGS,
                        *self.pkg_config("--cflags"), source)

    def test_the_programs_in_the_headers_print_what_they_say(self):
        flags = self.pkg_config("--cflags", "--libs")
        names = [name for name, _, _ in programs()]
        self.assertLessEqual({"stator", "model", "patterns", "testkit"}, set(names))
        for name, program, printed in programs():
            source = self.tmp / f"{name}.c"
            source.write_text(program)
            for compiler in ("gcc", "clang"):
                with self.subTest(header=name, compiler=compiler):
                    built = self.compile(compiler, source, name, "-std=c11", *flags)
                    self.assertEqual(self.run_linked(built), printed)

    # ---- linking

    def test_literals_mean_the_same_in_c_and_cpp(self):
        expected = self.uses("gcc", "c", "c17", "-O0")
        self.assertIn("STATOR_OK", expected)
        for compiler, language, standard in LANGUAGES:
            for flags in (["-O0"], ["-O2"], ["-O1", "-fsanitize=address,undefined",
                                             "-fno-sanitize-recover=all"]):
                with self.subTest(compiler=compiler, standard=standard, flags=flags):
                    self.assertEqual(self.uses(compiler, language, standard, *flags), expected)

    def uses(self, compiler, language, standard, *flags):
        program = self.tmp / "uses"
        run(compiler, "-x", language, f"-std={standard}", *WARNINGS, *flags,
            USES, "-o", program, *self.pkg_config("--cflags", "--libs"))
        return self.run_linked(program, ASAN_OPTIONS="detect_stack_use_after_return=1")

    def test_what_has_ended_is_refused_in_programs_with_address_sanitizer(self):
        source = self.tmp / "ended.c"
        source.write_text(ENDED)
        for compiler in ("gcc", "clang"):
            for level in ("-O0", "-O2"):
                with self.subTest(compiler=compiler, level=level):
                    program = self.tmp / "ended"
                    run(compiler, "-std=c11", level, "-fsanitize=address", source, "-o", program,
                        *self.pkg_config("--cflags", "--libs"))
                    printed = self.run_linked(
                        program, ASAN_OPTIONS="detect_stack_use_after_return=1")
                    self.assertEqual(printed, "STATOR_E_MISUSE\n" * 12 + "STATOR_OK\n" * 2)

    def test_a_cmake_project_finds_both_libraries(self):
        project = self.tmp / "project"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(user LANGUAGES C)\n"
            "find_package(stator 0.1 REQUIRED)\n"
            f"add_executable(shared {USES})\n"
            "target_link_libraries(shared PRIVATE stator::stator)\n"
            f"add_executable(static {USES})\n"
            "target_link_libraries(static PRIVATE stator::static)\n")
        run(CMAKE, "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run(CMAKE, "--build", project / "build")
        outputs = {run(project / "build" / name) for name in ("shared", "static")}
        self.assertEqual(len(outputs), 1)

    def test_every_header_has_its_manual_page(self):
        pages = {page.stem for page in self.prefix.rglob("man3/*.3")}
        headers = {header.stem for header in self.prefix.rglob("include/stator/*.h")}
        self.assertIn("calls", headers)
        self.assertEqual(pages, {"stator" if name == "stator" else f"stator_{name}"
                                 for name in headers})

    def test_pkg_config_follows_a_moved_installation(self):
        moved = self.tmp / "moved"
        run("cp", "-a", self.prefix, moved)
        env = dict(os.environ, PKG_CONFIG_PATH=str(moved / self.lib.relative_to(self.prefix) /
                                                   "pkgconfig"))
        flags = run("pkg-config", "--cflags", "stator", env=env)
        self.assertEqual(pathlib.Path(flags.strip()[2:]).resolve(), (moved / "include").resolve())


if __name__ == "__main__":
    unittest.main()
