"""For every rule, the smallest changes to the good tree that it must catch, and where.

CASES   (rule, "path:line" that must be found, {path: text, or None to delete the file})
INNOCENT (rule, {path: text}) that the rule must let pass
"""
from good_tree import GOOD, ops


def c_file(name, *lines):
    return f"/* {name} -- a test. */\n" + "".join(line + "\n" for line in lines)


def count_c(*lines):
    """src/base/count.c with these lines after its first."""
    return {"src/base/count.c": c_file("count.c", *lines)}


def body(*lines):
    """src/base/count.c with one function of these lines, which begin at line 4."""
    return count_c("static int walk(int a)", "{", *lines, "}")


def replaced(path, old, new):
    assert old in GOOD[path], f"{old} is not in {path}"
    return {path: GOOD[path].replace(old, new)}


def says(*lines):
    """A room that speaks to clients, with these lines from its second on."""
    return {"src/table/table.c": c_file("table.c", *lines)}


def shown(*lines):
    """A file of cases with these lines."""
    return {"tests/spec/bread.test": "# bread.test -- a test.\n" + "".join(
        line + "\n" for line in lines)}


def unshown(*lines):
    return {"tests/spec/unshown.txt": "".join(line + "\n" for line in lines)}


MANY_LINES = ["    a++;"] * 71
DEEP = ["    if (a)", "        if (a)", "            if (a)", "                if (a) return 1;"]

CASES = [
    ("file-length", "src/base/count.c:801", count_c(*["int a;"] * 800)),
    ("file-length", "tools/count.py:801", {"tools/count.py": "a = 1\n" * 801}),
    ("line-length", "src/base/count.c:2", count_c("int a; /* " + "a" * 100 + " */")),
    ("line-length", "src/food/CMakeLists.txt:1", {"src/food/CMakeLists.txt": "#" * 101 + "\n"}),
    ("whitespace", "src/base/count.c:2", count_c("int a; ")),
    ("whitespace", "src/base/README.md:1", {"src/base/README.md": "# no line end"}),
    ("essay", "src/base/count.c:1", {"src/base/count.c": "int a;\n"}),
    ("essay", "src/base/count.c:1", {"src/base/count.c": "/* other.c -- a test. */\n"}),
    ("essay", "src/api/ops.def:1", {"src/api/ops.def": "OP(A, a)\n"}),
    ("comment", "src/base/count.c:2", count_c("int a; // a number")),
    ("comment", "src/base/count.c:3", count_c('const char *a = "/*";', "int b; // a number")),
    ("lists", "src/base/count.c:3", count_c("/* Rules.", " * K1  One holds. K2  Two as well.", " */")),
    ("lists", "src/base/count.c:4", count_c("/* Rules.", " * K1  One holds,", " * always.", " */")),
    ("promise", "src/base/count.c:2", count_c("/* TODO: later */")),
    ("promise", "src/base/README.md:1", {"src/base/README.md": "FIXME soon\n"}),
    ("place", "src/base/README.md:1", {"src/base/README.md": "see /home/me/notes\n"}),
    ("place", "src/base/README.md:1", {"src/base/README.md": "from registry.npm" + "js.org\n"}),
    ("shebang", "tools/count.py:1", {"tools/count.py": "#!/usr/bin/env python3\n"}),
    ("format", "src/base/count.c:2", count_c("int  a;")),
    ("function-length", "src/base/count.c:2", body(*MANY_LINES)),
    ("parameters", "src/base/count.c:2",
     count_c("static int six(int a, int b, int c, int d, int e, int f)", "{", "}")),
    ("parameters", "src/base/count.h:7", replaced(
        "src/base/count.h", "size_t from, size_t to",
        "int a, void (*b)(int c, int d), int e, int f, int g, int h")),
    ("nesting", "src/base/count.c:7", body(*DEEP)),
    ("else", "src/base/count.c:5",
     body("    if (a) return 1;", "    else return 2;")),
    ("else", "src/base/count.c:7",
     body("    if (a) {", "        a++;", "        return 1;", "    } else {", "    }")),
    ("default", "src/food/menu.c:11", replaced(
        "src/food/menu.c", "    case MENU_BREAD:\n", "    default:\n")),
    ("default", "src/base/count.c:7", count_c(
        "#define MAP(X) X(A) X(B)", "#define NAME(name) ST_##name,",
        "static int walk(int a)", "{", "    a++;",
        "    switch (a) {", "    case ST_A:", "        return 1;", "    default:",
        "        return 2;", "    }", "}")),
    ("recursion", "src/base/count.c:2", body("    return walk(a - 1);")),
    ("recursion", "src/base/count.c:4", count_c(
        "static int b(int n);", "", "static int a(int n)", "{", "    return b(n);", "}", "",
        "static int b(int n)", "{", "    return a(n);", "}")),
    ("banned", "src/base/count.c:4", body("    return atoi(text);")),
    ("banned", "src/base/count.c:2", count_c("#include <ctype.h>")),
    ("banned", "src/base/count.c:2", count_c("#define COPY(a, b) strcpy(a, b)")),
    ("banned", "tests/base/count_test.c:2",
     {"tests/base/count_test.c": c_file("count_test.c", "int a = rand();")}),
    ("heap", "src/base/count.c:4", body("    free(a);")),
    ("heap", "src/base/count.c:4", body("    a = (int)strdup(b);")),
    ("process", "src/base/count.c:4", body('    printf("%d", a);')),
    ("process", "src/base/count.c:4", body("    exit(1);")),
    ("process", "src/base/count.c:4", body('    return secure_getenv("A") != NULL;')),
    ("system", "src/base/count.c:2", count_c("#include <unistd.h>")),
    ("system", "src/food/menu.c:2",
     {"src/food/menu.c": c_file("menu.c", "#include <rocksdb/c.h>")}),
    ("rooms", "src/rooms.txt:3", replaced("src/rooms.txt", "food base menu.h", "food tea menu.h")),
    ("rooms", "src/rooms.txt:3", replaced(
        "src/rooms.txt", "food base menu.h", "food table menu.h")),
    ("rooms", "src/rooms.txt:3", replaced("src/rooms.txt", "food base menu.h", "food base x.h")),
    ("rooms", "src/rooms.txt:1", {"src/tea/tea.c": c_file("tea.c")}),
    ("layering", "src/base/count.c:2", count_c('#include "food/menu.h"')),
    ("layering", "src/base/count.c:2", count_c('#include "count.h"')),
    ("layering", "src/base/count.c:2", count_c('#include "stator/stator.h"')),
    ("doors", "src/table/table.c:2",
     {"src/table/table.c": c_file("table.c", '#include "food/kitchen.h"')}),
    ("header-name", "src/food/count.h:1", {"src/food/count.h": GOOD["src/base/count.h"]}),
    ("guard", "src/base/count.h:1", replaced(
        "src/base/count.h", "#ifndef STATOR_BASE_COUNT_H", "#ifndef COUNT_H")),
    ("guard", "src/base/count.h:1", replaced("src/base/count.h", "#endif", "")),
    ("guard", "include/stator/stator.h:1", replaced(
        "include/stator/stator.h", "#ifndef STATOR_STATOR_H", "#ifndef STATOR_H")),
    ("prefix", "src/base/count.h:7", replaced("src/base/count.h", "count_up", "up_count")),
    ("prefix", "src/base/count.h:9", replaced("src/base/count.h", "count_next", "next")),
    ("prefix", "include/stator/stator.h:9", replaced(
        "include/stator/stator.h", "int stator_taste(int dish);", "int taste(int dish);")),
    ("prefix", "include/stator/stator.h:14", replaced(
        "include/stator/stator.h", "stator_taste_again", "taste_again")),
    ("declared", "src/base/count.c:2", count_c("int count_other(void)", "{", "}")),
    ("declared", "src/base/count.c:2", count_c("int stator_taste(int dish)", "{", "}")),
    ("readme", "src/food/README.md:1", {"src/food/README.md": None}),
    ("dead-file", "src/base/old.c:1", {"src/base/old.c": c_file("old.c")}),
    ("dead-file", "tests/base/base_test.c:1",
     {"tests/base/base_test.c": c_file("base_test.c"),
      "tests/base/CMakeLists.txt": "room_test(base count_test.c)\n"}),
    ("dead-file", "src/base/old.h:1", {"src/base/old.h": c_file("old.h")}),
    ("operation", "src/api/ops.def:2",
     ops("OP(GetItem, get_item)") | {"src/api/get_item.c": c_file("get_item.c")}),
    ("operation", "src/api/ops.def:2",
     ops("OP(GetItem, get_item)") | {"tests/spec/get_item.test": "\n"}),
    ("operation", "src/api/ops.def:3", ops("OP_LATER(B)", "OP_LATER(A)")),
    ("operation", "src/api/put_item.c:1",
     ops("OP_LATER(A)") | {"src/api/put_item.c": c_file("put_item.c", "OP_DEFINE(put_item)")}),
    ("messages", "src/table/table.c:2", says('FAIL(err, ST, "No bread on %.*s");') |
     shown("-> 200 {}", "PutItem No bread on table")),
    ("messages", "src/table/table.c:2", says('FAIL(err, ST, "No bread " "on %.*s");') |
     shown("-> Exception: No bread", "-> Exception: on table")),
    ("messages", "src/table/table.c:4", says(
        '#define NO(what) "No " what " is here"', "", 'FAIL(err, ST, NO("bread"));') |
     shown("-> Exception: No soup is here")),
    ("messages", "src/table/table.c:4", says(
        '#define WE_HAVE "We have "', "", 'FAIL(err, ST, WE_HAVE "no bread");') |
     shown("-> Exception: no bread")),
    ("messages", "src/base/status.h:3", {"src/base/status.h": c_file(
        "status.h", "#define MAP(X) \\", '    X(LOST, "Nothing is there")', "")}),
    ("messages", "tests/spec/unshown.txt:1", says('FAIL(err, ST, "No bread is here");') |
     shown("-> Exception: No bread is here") | unshown("No bread is here", "    a reason")),
    ("messages", "tests/spec/unshown.txt:2", unshown("# a list", "No bread is here", "    gone")),
    ("messages", "tests/spec/unshown.txt:1", says('FAIL(err, ST, "No bread is here");') |
     unshown("No bread is here")),
]

INNOCENT = [
    ("promise", {"src/base/README.md": "TODO #12: measure\n"}),
    ("place", {"src/base/README.md": "http://127.0.0.1:8000/ and ./work/x and $HOME/work/y\n"}),
    ("parameters", count_c("static int five(void *a, int b, int c, int d, const char *e, ...)",
                           "{", "}")),
    ("parameters", count_c("static int calls(int (*a)(int, int, int), int b)", "{", "}")),
    ("nesting", body(*DEEP[:3], "                return 1;")),
    ("else", body("    if (a) {", "        a++;", "    } else {", "        return 1;", "    }")),
    ("else", body("    if (a) {", "        if (b) return 1;", "    } else {", "    }")),
    ("default", body("    switch (a) {", "    case MENU_SOUP:", "        switch (b) {",
                     "        case 'x':", "            break;", "        default:",
                     "            break;", "        }", "    case MENU_BREAD:", "        break;",
                     "    }")),
    ("banned", count_c("/* not strcpy( but memcpy */", 'static const char a[] = "atoi(x)";')),
    ("heap", body("    mem_free(a);", "    mem->free(a);")),
    ("operation", ops("OP(GetItem, get_item)", "OP_LATER(PutItem)") | {
        "src/api/get_item.c": c_file("get_item.c", "OP_DEFINE(get_item)"),
        "tests/spec/get_item.test": "\n"}),
    ("dead-file", {"tests/base/old_test.c": c_file("old_test.c"),
                   "tests/base/CMakeLists.txt": "foreach(noun new old)\nendforeach()\n"}),
    ("dead-file", {"src/base/old.c": c_file("old.c"),
                   "src/base/CMakeLists.txt": "room(base SOURCES count.c mem.c old.c)\n"}),
    ("messages", says('FAIL(err, ST, "No bread on \\"%.*s\\" "', '     "of %d");') |
     shown('-> Exception: No bread', '    on "table" of 4 + {"more": 1}')),
    ("messages", says('static_assert(A == B, "two are one");', '/* "No bread is here" */',
                      'const char *word = "bread";')),
    ("messages", says('FAIL(err, ST, "No bread is here");') |
     shown("let WHAT bread", "-> Exception: No $WHAT is here")),
    ("messages", says('FAIL(err, ST, "Invalid %s: bread is missing");') |
     shown("error a = b => bread is missing")),
    ("messages", says('FAIL(err, ST, "The baker is away");') |
     unshown("# a list", "", "The baker is away", "    nobody can", "    make him go")),
    ("messages", count_c('const char *text = "not for clients";')),
]
