"""The files of the project, read once, and the table of rooms.

    Tree(root, objects)
        .files      {path from root: text} of every text file that is ours
        .c          {path: CSource} of all .c and .h files
        .rooms      {name: Room} from src/rooms.txt
"""
import collections
import os
import pathlib
import re

from csource import CSource

SKIPPED_FOLDERS = frozenset({".git", "build", "node_modules", "stator-data", "__pycache__"})
# Inputs of tidy's own tests are wrong on purpose.
SKIPPED_PATHS = frozenset({"tests/tidy"})
TEXT_SUFFIXES = frozenset({".c", ".h", ".def", ".py", ".sh", ".js", ".mjs", ".cmake", ".txt",
                           ".md", ".test", ".json", ".dict", ".1", ".yml"})

Room = collections.namedtuple("Room", "name level uses doors line")


def is_skipped(folder):
    return (folder.name in SKIPPED_FOLDERS or folder.name.startswith("build-") or
            folder.as_posix() in SKIPPED_PATHS)


def is_text(path):
    """Is it by its name, or by a first line that names an interpreter, text of ours?"""
    if path.suffix in TEXT_SUFFIXES or path.name == "Makefile":
        return True
    if path.suffix:
        return False
    with path.open("rb") as file:
        return file.read(2) == b"#!"


class Tree:
    def __init__(self, root, objects=None):
        self.root = pathlib.Path(root).resolve()
        self.objects = objects
        self.files = dict(sorted(self._read()))
        self.c = {path: CSource(text) for path, text in self.files.items()
                  if path.suffix in (".c", ".h")}
        self.rooms = self._rooms()

    def _paths(self):
        for folder, subfolders, names in os.walk(self.root):
            here = pathlib.Path(folder).relative_to(self.root)
            subfolders[:] = [name for name in subfolders if not is_skipped(here / name)]
            for name in names:
                yield here / name

    def _read(self):
        for path in self._paths():
            full = self.root / path
            if full.is_file() and not full.is_symlink() and is_text(full):
                yield path, full.read_text(encoding="utf-8", errors="replace")

    def _rooms(self):
        rooms = {}
        text = self.files.get(pathlib.Path("src/rooms.txt"), "")
        for number, line in enumerate(text.split("\n"), 1):
            words = line.split()
            if len(words) < 4 or not re.fullmatch(r"\d+", words[0]):
                continue
            uses = frozenset() if words[2] == "-" else frozenset(words[2].split(","))
            rooms[words[1]] = Room(words[1], int(words[0]), uses, frozenset(words[3:]), number)
        return rooms

    def room_of(self, path):
        """The name of the room that `path` lies in, or None outside src/<room>/."""
        parts = path.parts
        return parts[1] if len(parts) > 2 and parts[0] == "src" else None

    def under(self, folder, *suffixes):
        """Paths below `folder` that end in one of `suffixes` (any, when none is given)."""
        top = pathlib.PurePath(folder).parts
        return [path for path in self.files
                if path.parts[:len(top)] == top and (not suffixes or path.suffix in suffixes)]

    def room_sources(self, room):
        return {path: source for path, source in self.c.items() if self.room_of(path) == room}
