"""Rules about the house: who may include whom, and what a name must tell."""
import collections
import pathlib
import re

from rule import Rule

ROOMS_TABLE = pathlib.Path("src/rooms.txt")
# The word in rooms.txt for include/: the headers that users of the library see.
PUBLIC = "public"
PUBLIC_FOLDER = "include"
PUBLIC_PREFIX = "stator"


def check_rooms(tree):
    for room in tree.rooms.values():
        for used in sorted(room.uses - {PUBLIC}):
            if used not in tree.rooms:
                yield ROOMS_TABLE, room.line, f"{room.name} uses {used}, which has no line here"
            elif tree.rooms[used].level >= room.level:
                yield ROOMS_TABLE, room.line, f"{room.name} may only use rooms of a lower level"
        for door in sorted(room.doors - {"*", "-"}):
            if pathlib.Path("src", room.name, door) not in tree.files:
                yield ROOMS_TABLE, room.line, f"the door {door} of {room.name} is missing"
    folders = {path.parts[1] for path in tree.under("src") if len(path.parts) > 2}
    for name in sorted(folders - tree.rooms.keys()):
        yield ROOMS_TABLE, 1, f"give src/{name} a line here"


def project_includes(tree, path, source):
    for line, header in source.includes:
        if header[0] == '"':
            yield line, pathlib.PurePosixPath(header.strip('"'))


def check_layering(tree):
    for path, source in tree.c.items():
        room = tree.rooms.get(tree.room_of(path))
        if not room:
            continue
        for line, header in project_includes(tree, path, source):
            if pathlib.Path(PUBLIC_FOLDER, header) in tree.files:
                if PUBLIC not in room.uses:
                    yield (path, line, f"{room.name} may not include what users include "
                           "(src/rooms.txt)")
            elif pathlib.Path("src", header) not in tree.files:
                yield path, line, f'no such header: write "room/{header.name}"'
            elif header.parts[0] != room.name and header.parts[0] not in room.uses:
                yield (path, line, f"{room.name} may not include from {header.parts[0]} "
                       "(src/rooms.txt): be handed a function instead")


def check_doors(tree):
    for path, source in tree.c.items():
        own = tree.room_of(path)
        if not own:
            continue
        for line, header in project_includes(tree, path, source):
            other = tree.rooms.get(header.parts[0])
            if not other or other.name == own or other.doors & {"*", header.name}:
                continue
            doors = " ".join(sorted(other.doors))
            yield path, line, f"{header} is private to {other.name}: its doors are {doors}"


def check_header_name(tree):
    homes = collections.defaultdict(list)
    for path in tree.under("src", ".h"):
        homes[path.name].append(path)
    for paths in homes.values():
        for path in paths[1:]:
            yield path, 1, f"rename it: {paths[0]} has this name"


def guard_of(path):
    words = re.sub(r"\W", "_", "_".join(path.parts[1:])).upper()
    return words if path.parts[0] == PUBLIC_FOLDER else "STATOR_" + words


def check_guard(tree):
    for path in tree.under("src", ".h") + tree.under(PUBLIC_FOLDER, ".h"):
        guard = guard_of(path)
        text = tree.files[path]
        lines = re.findall(r"^#(?:ifndef|define) +(\w+)", text, re.MULTILINE)
        if lines[:2] != [guard, guard] or not text.rstrip().endswith("#endif"):
            yield path, 1, f"guard the header with {guard}"


def check_prefix(tree):
    for path in tree.under("src", ".h") + tree.under(PUBLIC_FOLDER, ".h"):
        source = tree.c[path]
        stem = PUBLIC_PREFIX if path.parts[0] == PUBLIC_FOLDER else path.stem
        for function in source.functions + source.prototypes:
            name = function.name
            if not re.match(rf"{stem}(s?_|$)", name):
                yield (path, function.line,
                       f"{name} is declared in {path.name}: call it {stem}_…, or declare it "
                       "where its name says")


def declared_in(sources):
    return {function.name for path, source in sources.items() if path.suffix == ".h"
            for function in source.prototypes + source.functions}


def check_declared(tree):
    public = declared_in({path: tree.c[path] for path in tree.under(PUBLIC_FOLDER, ".h")})
    for name, room in tree.rooms.items():
        sources = tree.room_sources(name)
        declared = declared_in(sources) | (public if PUBLIC in room.uses else set()) | {"main"}
        for path, source in sources.items():
            for function in source.functions if path.suffix == ".c" else ():
                if not function.is_static and function.name not in declared:
                    yield (path, function.line,
                           f"{function.name} is in no header of {name}: make it static")


RULES = [
    Rule("rooms", "src/rooms.txt is right about levels, doors and folders", check_rooms),
    Rule("layering", "a room includes only rooms that rooms.txt lets it", check_layering),
    Rule("doors", "other rooms' headers are included only where they are doors", check_doors),
    Rule("header-name", "header names are unique", check_header_name),
    Rule("guard", "a header's guard is STATOR_ROOM_NAME_H, a public one's STATOR_NAME_H",
         check_guard),
    Rule("prefix", "a function's prefix is the name of its header, or stator_ in public ones",
         check_prefix),
    Rule("declared", "what is not static is declared in a header of its room", check_declared),
]
