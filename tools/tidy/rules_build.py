"""Rules about what belongs together: files and CMake, operations and tests, objects and globals."""
import pathlib
import re
import subprocess

from rule import Rule

OPS = pathlib.Path("src/api/ops.def")
OP_LINE = re.compile(r"^(OP|OP_STREAMS|OP_LATER)\((\w+)(?:, (\w+))?\)$")
OP_DEFINED = re.compile(r"^OP_DEFINE(?:_\w+)?\((\w+)\)", re.MULTILINE)
# What the library keeps for each thread has to hang somewhere, and the process has one heap.
GLOBAL_HOMES = ("src/os/slot.c", "src/base/mem.c")
MEMBER = re.compile(r"^(\S+)\.o:\s+file format")
WRITABLE = re.compile(r"^\S+ .{7} (\.data|\.bss|\.tdata|\.tbss|\*COM\*)\t\S+\s+(?:\.hidden )?(\S+)")


def check_readme(tree):
    for room in tree.rooms:
        readme = pathlib.Path("src", room, "README.md")
        if readme not in tree.files:
            yield readme, 1, "write it: promises, invariants, a map of the files, refusals"


def lists_for(tree, path):
    """The CMakeLists.txt files that may name `path`: its folder's and those above."""
    return [folder / "CMakeLists.txt" for folder in path.parents
            if folder / "CMakeLists.txt" in tree.files]


def is_listed(path, text):
    """Does this CMakeLists.txt name `path`, or its noun in a foreach over <noun>_test.c?"""
    noun = re.escape(path.stem.removesuffix("_test"))
    loops = " ".join(re.findall(r"foreach\(([^)]*)\)", text))
    return bool(re.search(rf"(?<![\w.-]){re.escape(path.name)}(?![\w.-])", text) or
                re.search(rf"(?<![\w.-]){noun}(?![\w.-])", loops))


def check_dead_file(tree):
    """A .c that no CMakeLists.txt names, and a .h that nothing includes."""
    included = {pathlib.PurePosixPath(header.strip('"')).name for source in tree.c.values()
                for _, header in source.includes if header[0] == '"'}
    for path in tree.c:
        if path.suffix == ".h" and path.name not in included:
            yield path, 1, "nothing includes it: delete it"
        if path.suffix == ".c":
            if not any(is_listed(path, tree.files[name]) for name in lists_for(tree, path)):
                yield path, 1, "no CMakeLists.txt names it: list it or delete it"


def op_lines(tree):
    for number, line in enumerate(tree.files.get(OPS, "").split("\n"), 1):
        match = OP_LINE.match(line)
        if match:
            yield number, match.group(1), match.group(2), match.group(3)


def check_operation(tree):
    stems, last = set(), ""
    for number, kind, name, stem in op_lines(tree):
        if name <= last:
            yield OPS, number, f"{name} stands after {last}: keep the alphabetical order"
        last = name
        if kind == "OP_LATER":
            continue
        stems.add(stem)
        for path in (f"src/api/{stem}.c", f"tests/spec/{stem}.test"):
            if pathlib.Path(path) not in tree.files:
                yield OPS, number, f"{name} needs {path}"
    for path in tree.under("src/api", ".c"):
        for stem in OP_DEFINED.findall(tree.files[path]):
            if stem not in stems or stem != path.stem:
                yield path, 1, f"op_{stem} needs its line in {OPS} and its own file {stem}.c"


def definition_line(tree, room, name):
    for path, source in tree.room_sources(room).items():
        match = re.search(rf"\b{re.escape(name)}\b", source.code)
        if match and path.suffix == ".c":
            return path, source.line_at(match.start())
    return pathlib.Path("src", room), 1


def writable(room, table):
    """Names in `objdump -t` of a room's library that can be written, but for GLOBAL_HOMES'."""
    member = ""
    for line in table.split("\n"):
        start = MEMBER.match(line)
        if start:
            member = start.group(1)
        match = WRITABLE.match(line)
        is_home = f"src/{room}/{member}" in GLOBAL_HOMES
        if match and not match.group(2).startswith(".") and not is_home:
            yield match.group(2).split(".")[0]


def check_global(tree):
    """Nothing in the objects of src/ can be written: .data and .bss are empty."""
    if not tree.objects:
        return
    for room in tree.rooms:
        for library in pathlib.Path(tree.objects).rglob(f"libstator_{room}.a"):
            table = subprocess.run(["objdump", "-t", str(library)], capture_output=True,
                                   text=True, check=True).stdout
            for name in writable(room, table):
                yield (*definition_line(tree, room, name),
                       f"{name} can be written: make it const, or pass it in a struct")


RULES = [
    Rule("readme", "every room has a README.md", check_readme),
    Rule("dead-file", "every file is built, every header included", check_dead_file),
    Rule("operation", "ops.def, src/api and tests/spec agree", check_operation),
    Rule("global", "objects of src/ hold nothing that can be written, but for those of "
         + " and ".join(GLOBAL_HOMES),
         check_global),
]
