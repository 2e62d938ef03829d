"""Rules about what may be called, and where the machine may be touched."""
import re

from rule import Rule

BANNED_CALLS = {
    "strcpy": "buf_put_text", "strcat": "buf_put_text", "strncpy": "memcpy of a checked length",
    "sprintf": "buf_printf or snprintf", "vsprintf": "buf_printf or vsnprintf", "gets": "fgets",
    "strtok": "span functions", "atoi": "a parser that reports errors",
    "atol": "a parser that reports errors", "sscanf": "a parser that reports errors",
    "alloca": "an arena", "setjmp": "a status", "longjmp": "a status",
    "rand": "os_entropy, or support_random in tests", "srand": "os_entropy",
    "localtime": "gmtime_r in os/", "gmtime": "gmtime_r in os/",
}
BANNED_HEADERS = {"<ctype.h>": "comparisons of bytes: ctype depends on the locale",
                  "<setjmp.h>": "a status", "<alloca.h>": "an arena"}

HEAP_CALLS = frozenset("malloc calloc realloc free strdup strndup asprintf vasprintf aligned_alloc "
                       "posix_memalign".split())
HEAP_HOME = "src/base/mem.c"

# Printing and ending the process are the command's.
COMMAND_CALLS = frozenset("printf fprintf vprintf vfprintf puts fputs putchar fputc perror fopen "
                          "fwrite fread exit _exit quick_exit getenv secure_getenv setenv system "
                          "popen".split())
ENVIRONMENT_CALLS = frozenset("getenv secure_getenv".split())  # the seam os_variable has one

# Headers of the C library that touch nothing but memory: any room may include them.
PURE_HEADERS = frozenset("assert errno inttypes limits stdalign stdarg stdatomic stdbool stddef "
                         "stdint stdio string".split())
# What else a room may include: the libraries it exists for, and the system where it is the seam.
ROOM_HEADERS = {
    "base": ("libdeflate.h", "openssl/", "stdlib.h", "zlib.h"),
    "os": ("*",),
    "auth": ("openssl/",),
    "http": ("*",),
    "store": ("rocksdb/c.h",),
    "client": ("curl/curl.h",),
    "vector": ("math.h",),
    "db": ("stdlib.h",),
    "cmd": ("getopt.h", "signal.h", "stdlib.h", "unistd.h"),
}


def check_banned(tree):
    names = re.compile(r"\b(" + "|".join(BANNED_CALLS) + r")\s*\(")
    for path, source in tree.c.items():
        for match in names.finditer(source.code_with_directives):
            name = match.group(1)
            yield (path, source.line_at(match.start()),
                   f"{name} is banned: use {BANNED_CALLS[name]}")
        for line, header in source.includes:
            if header in BANNED_HEADERS and path.parts[0] == "src":
                yield path, line, f"{header} is banned: use {BANNED_HEADERS[header]}"
            elif header == "<ctype.h>":
                yield path, line, f"{header} is banned: use {BANNED_HEADERS[header]}"


def calls_of(tree, names):
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(sorted(names)) + r")\s*\(")
    for path, source in tree.c.items():
        if path.parts[0] == "src":
            for match in pattern.finditer(source.code_with_directives):
                yield path, source.line_at(match.start()), match.group(1)


def check_heap(tree):
    for path, line, name in calls_of(tree, HEAP_CALLS):
        if path.as_posix() != HEAP_HOME:
            yield path, line, f"{name} only in {HEAP_HOME}: allocate through a struct mem or arena"


def check_process(tree):
    for path, line, name in calls_of(tree, COMMAND_CALLS):
        is_seam = tree.room_of(path) == "os" and name in ENVIRONMENT_CALLS
        if tree.room_of(path) != "cmd" and not is_seam:
            yield path, line, f"{name} only in src/cmd: return a status and let the command speak"


def is_granted(room, header):
    if header.endswith(".h") and header[:-2] in PURE_HEADERS:
        return True
    grants = ROOM_HEADERS.get(room, ())
    return any(grant in ("*", header) or grant.endswith("/") and header.startswith(grant)
               for grant in grants)


def check_system(tree):
    for path, source in tree.c.items():
        room = tree.room_of(path)
        if not room:
            continue
        for line, header in source.includes:
            if header[0] == "<" and not is_granted(room, header[1:-1]):
                yield (path, line, f"{header} is not for src/{room}: the system is reached "
                       "through src/os and src/http, a library through its own room")


RULES = [
    Rule("banned", "functions and headers that nobody uses", check_banned),
    Rule("heap", "malloc and free only in base/mem.c", check_heap),
    Rule("process", "printing, files by name and exit only in cmd, getenv also in os",
         check_process),
    Rule("system", "system headers only in os and http, each library in its own room",
         check_system),
]
