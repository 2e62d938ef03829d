"""Rules about the shape of a function."""
import re

from csource import closing
from rule import Rule

LINES_MAX = 70
PARAMETERS_MAX = 5
NESTING_MAX = 3

CONTROL = re.compile(r"^( +)(?:\} else )?(?:if|for|while|switch|do)\b")
# A block whose own last statement is a return, by its indentation; or a guard without braces.
BLOCK_RETURNS = re.compile(r"^( *)    return\b[^;{}]*;\n\1\} else\b", re.MULTILINE)
GUARD_RETURNS = re.compile(r"\breturn\b[^;{}]*;\s*else\b")
SWITCH = re.compile(r"\bswitch\s*\(")
CASE = re.compile(r"\bcase\s+([A-Z]\w*)\s*(?::|\.\.\.)")
DEPTH = re.compile(r"depth|\blevels\b")
DEFAULT = re.compile(r"\bdefault\s*:")


def all_functions(tree):
    for path, source in tree.c.items():
        for function in source.functions:
            yield path, source, function


def check_function_length(tree):
    for path, _, function in all_functions(tree):
        if function.body_lines > LINES_MAX:
            yield (path, function.line,
                   f"{function.name} has {function.body_lines} lines: split it at {LINES_MAX}")


def check_parameters(tree):
    for path, source in tree.c.items():
        for function in source.functions + source.prototypes:
            count = len(function.parameters)
            if count > PARAMETERS_MAX:
                yield (path, function.line, f"{function.name} has {count} parameters: "
                       f"at most {PARAMETERS_MAX}; pass a struct of options")


def check_nesting(tree):
    for path, _, function in all_functions(tree):
        for number, line in enumerate(function.body.split("\n"), function.body_start):
            match = CONTROL.match(line)
            if match and len(match.group(1)) // 4 > NESTING_MAX:
                yield (path, number, f"nested more than {NESTING_MAX} deep in {function.name}: "
                       "return early, or make a function of the inner part")


def check_else(tree):
    for path, source, function in all_functions(tree):
        for pattern in (BLOCK_RETURNS, GUARD_RETURNS):
            for match in pattern.finditer(function.body):
                line = function.body_start + function.body.count("\n", 0, match.end())
                yield path, line, "drop the else: what is before it returned"


def own_constants(tree):
    """Enum constants of src/, and the prefixes that X-macros paste names onto."""
    constants, prefixes = set(), set()
    for source in tree.c.values():
        text = re.sub(r"\\\n", " ", source.code_with_directives)
        for match in re.finditer(r"\benum\b[^;{()]*\{", text):
            inside = text[match.end():closing(text, match.end() - 1)]
            constants.update(re.findall(r"(?:^|,)\s*([A-Z]\w*)", inside))
        prefixes.update(re.findall(r"\b([A-Z][A-Z0-9]*_)##", text))
    return constants, tuple(prefixes)


def switches(function):
    """Each switch of a function: its offset in the body, and its own text, inner ones blanked."""
    for match in SWITCH.finditer(function.body):
        brace = function.body.find("{", closing(function.body, match.end() - 1))
        if brace < 0:
            continue
        inside = function.body[brace + 1:closing(function.body, brace)]
        inner = SWITCH.search(inside)
        while inner:
            end = closing(inside, inside.find("{", inner.end()))
            inside = inside[:inner.start()] + " " * (end - inner.start()) + inside[end:]
            inner = SWITCH.search(inside)
        yield match.start(), inside


def check_default(tree):
    constants, prefixes = own_constants(tree)
    for path, _, function in all_functions(tree):
        for offset, inside in switches(function):
            cases = CASE.findall(inside)
            ours = any(name in constants or name.startswith(prefixes) for name in cases)
            if ours and DEFAULT.search(inside):
                line = function.body_start + function.body.count("\n", 0, offset)
                yield (path, line, "drop the default: of this switch over our own enum, so that "
                       "the compiler finds a missing case")


def reachable(calls, start):
    """All functions that `start` may end up calling."""
    found, waiting = set(), [start]
    while waiting:
        for name in calls.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def check_recursion(tree):
    """A cycle of calls within a file needs one function that speaks of a depth."""
    for path, source in tree.c.items():
        if not tree.room_of(path):
            continue
        calls = {function.name: function.calls() for function in source.functions}
        calls = {name: called & calls.keys() for name, called in calls.items()}
        reach = {name: reachable(calls, name) for name in calls}
        counted = {function.name for function in source.functions
                   if DEPTH.search(function.body + " ".join(function.parameters))}
        for function in source.functions:
            cycle = {name for name in reach[function.name] if function.name in reach[name]}
            if cycle and not cycle & counted:
                yield (path, function.line, f"{function.name} calls itself: count `depth` or "
                       "`levels` and check it against limits.h, or write a loop")


RULES = [
    Rule("function-length", f"a function has at most {LINES_MAX} lines", check_function_length),
    Rule("parameters", f"a function has at most {PARAMETERS_MAX} parameters", check_parameters),
    Rule("nesting", f"statements nest at most {NESTING_MAX} deep", check_nesting),
    Rule("else", "no else after return", check_else),
    Rule("default", "no default: in a switch over our own enum", check_default),
    Rule("recursion", "no recursion without a depth counter", check_recursion),
]
