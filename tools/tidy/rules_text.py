"""Rules about text: lengths, first lines, formatting, words."""
import re
import subprocess

from rule import Rule

LINES_MAX = 800
COLUMNS_MAX = 100
CODE_SUFFIXES = frozenset({".c", ".h", ".def", ".py", ".sh", ".js", ".mjs", ".cmake", ""})
CLANG_FORMAT = "clang-format-14"

LIST_ITEM = re.compile(r" \* [A-Z]{1,3}\d{1,2}  \S")
LIST_WITHIN = re.compile(r" \* .*[\w.,;:)`'] [A-Z]{1,3}\d{1,2}  \S")
COMMENT_TEXT = re.compile(r" \* \S")
PROMISE = re.compile(r"\b(TODO|FIXME|XXX)\b(?!.*(?:#|issue )\d+)")
PRIVATE_PATH = re.compile(r"(?<![\w.$}])/(?:work|farm|root|home)/|/tmp/build|\.\./shared/")
REGISTRY = re.compile(r"\b(?:deb|security|snapshot)\.debian\.org|\bregistry\.npmjs|\bpypi\.org"
                      r"|files\.pythonhosted")


def is_code(path):
    return path.suffix in CODE_SUFFIXES or path.name == "CMakeLists.txt"


def numbered(text):
    return enumerate(text.split("\n"), 1)


def check_file_length(tree):
    for path, text in tree.files.items():
        count = text.count("\n")
        if is_code(path) and count > LINES_MAX:
            yield path, LINES_MAX + 1, f"{count} lines: split the file at {LINES_MAX}"


def check_line_length(tree):
    for path, text in tree.files.items():
        if not is_code(path):
            continue
        for number, line in numbered(text):
            if len(line) > COLUMNS_MAX:
                yield path, number, f"{len(line)} columns: break the line at {COLUMNS_MAX}"


def check_whitespace(tree):
    for path, text in tree.files.items():
        if text and not text.endswith("\n"):
            yield path, text.count("\n") + 1, "end the file with a newline"
        for number, line in numbered(text):
            if line != line.rstrip() and path.suffix != ".test":
                yield path, number, "delete the white space at the end of the line"


def check_essay(tree):
    for path, text in tree.files.items():
        if path.suffix not in (".c", ".h", ".def"):
            continue
        if not text.startswith(f"/* {path.name} -- "):
            yield path, 1, f"begin the file with `/* {path.name} -- what it is for`"


def check_comment(tree):
    for path, source in tree.c.items():
        text = source.text
        for match in re.finditer(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//', text, re.DOTALL):
            if match.group() == "//":
                line = text.count("\n", 0, match.start()) + 1
                yield path, line, "write the comment as /* … */"


def check_lists(tree):
    for path, source in tree.c.items():
        in_item = False
        for number, line in numbered(source.text):
            begins_item = LIST_ITEM.match(line) is not None
            if LIST_WITHIN.match(line):
                yield path, number, "begin each numbered sentence of a comment on a line of its own"
            elif in_item and COMMENT_TEXT.match(line) and not begins_item:
                yield path, number, "indent what goes on with a numbered sentence"
            in_item = begins_item


def check_promise(tree):
    for path, text in tree.files.items():
        if path.parts[:2] == ("tools", "tidy"):
            continue
        for number, line in numbered(text):
            if PROMISE.search(line):
                yield path, number, "do it, or name the issue: `TODO #12: …`"


def check_place(tree):
    for path, text in tree.files.items():
        if path.parts[:2] == ("tools", "tidy"):
            continue
        for number, line in numbered(text):
            if PRIVATE_PATH.search(line):
                yield path, number, "name no path of one machine; use one relative to the project"
            if REGISTRY.search(line):
                yield path, number, "name no package registry; let apt and npm find theirs"


def check_shebang(tree):
    for path, text in tree.files.items():
        first = text.split("\n", 1)[0]
        if first.startswith("#!") and "python" in first and first != "#!/usr/bin/python3":
            yield path, 1, "begin with #!/usr/bin/python3: the python3 of the packages we install"


def check_format(tree):
    paths = sorted(str(path) for path in tree.c)
    if not paths:
        return
    run = subprocess.run([CLANG_FORMAT, "--dry-run", "--style=file", *paths], cwd=tree.root,
                         capture_output=True, text=True, check=False)
    seen = set()
    for match in re.finditer(r"^(\S+?):(\d+):\d+: warning: ", run.stderr, re.MULTILINE):
        if match.group(1) not in seen:
            seen.add(match.group(1))
            yield match.group(1), int(match.group(2)), f"run {CLANG_FORMAT} -i on the file"
    if run.returncode != 0 and not seen:
        yield ".clang-format", 1, f"{CLANG_FORMAT} failed: {run.stderr.strip()[:200]}"


RULES = [
    Rule("file-length", f"a file of code has at most {LINES_MAX} lines", check_file_length),
    Rule("line-length", f"a line of code has at most {COLUMNS_MAX} columns", check_line_length),
    Rule("whitespace", "no white space at line ends; a newline at the file's end",
         check_whitespace),
    Rule("essay", "a C file says on its first line what it is for", check_essay),
    Rule("comment", "comments in C are /* … */", check_comment),
    Rule("lists", "numbered sentences of a comment are a list, as the formatter may not leave them",
         check_lists),
    Rule("promise", "no TODO without an issue", check_promise),
    Rule("place", "no path of one machine, no package registry", check_place),
    Rule("shebang", "Python programs run under Debian's python3", check_shebang),
    Rule("format", f"every C file is as {CLANG_FORMAT} leaves it", check_format),
]
