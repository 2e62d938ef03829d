"""The rule that every sentence for clients is shown by a case of tests/spec.

A sentence is a literal of two words or more in the rooms that speak to clients. A case shows it
when one expected reply (`-> …`, `error … => …`) holds its fixed parts, in their order. The few that
no case can show stand in tests/spec/unshown.txt, each with its reason:

    the literal as the compiler sees it
        why no case shows it, or what shows it instead
"""
import pathlib
import re

from rule import Rule

ROOMS = ("api", "engine", "expr", "item", "json", "partiql", "table")
DEFAULTS = pathlib.Path("src/base/status.h")  # texts in the body of a macro
CASES = "tests/spec"
UNSHOWN = pathlib.Path("tests/spec/unshown.txt")

TOKEN = re.compile(
    r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[A-Za-z_]\w*|\d[\w.]*|\S', re.DOTALL)
MACRO = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)]*\))?((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
ASSERTION = re.compile(r"\b(?:static_)?assert\([^;]*\);")
REPEATED = re.compile(r"\{\{(.*?)\*\d+\}\}")  # of a case: {{TEXT*COUNT}}
CONVERSION = re.compile(r"%[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[diouxXcsp%]")
SENTENCE = re.compile(r"[A-Za-z'.,:;] +[A-Za-z%'{\[(]")
EXPANSION_DEPTH_MAX = 8


# ---- literals of C, macros expanded and neighbors joined


def tokens_of(text):
    """[(token, line)] without comments."""
    found, line, at = [], 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        if not match.group().startswith("/*"):
            found.append((match.group(), line))
    return found


def macros_of(text):
    """{name: (parameters or None, tokens)} of the macros that may come to hold a literal."""
    found = {}
    for name, parameters, body in MACRO.findall(text):
        names = [part.strip() for part in parameters[1:-1].split(",")] if parameters else None
        tokens = [token for token, _ in tokens_of(body) if token != "\\"]
        if any(token[0] == '"' or token in found for token in tokens):
            found[name] = names, tokens
    return found


def arguments_at(tokens, at):
    """The arguments of the call whose `(` is tokens[at], and the place after its `)`."""
    arguments, depth = [[]], 0
    while at < len(tokens):
        token = tokens[at][0]
        depth += (token in "([{") - (token in ")]}")
        at += 1
        if depth == 0:
            break
        if token == "," and depth == 1:
            arguments.append([])
        elif depth > 1 or token != "(":
            arguments[-1].append(tokens[at - 1])
    return arguments, at


def expand(tokens, macros, depth=0):
    """The tokens with macros replaced by their bodies; lines are those of the use."""
    done, at = [], 0
    while at < len(tokens):
        token, line = tokens[at]
        at += 1
        if token not in macros or depth == EXPANSION_DEPTH_MAX:
            done.append((token, line))
            continue
        names, body = macros[token]
        given = {}
        if names is not None:
            if at == len(tokens) or tokens[at][0] != "(":
                continue
            arguments, at = arguments_at(tokens, at)
            given = dict(zip(names, arguments))
        inside = [part for token in body for part in given.get(token, [(token, line)])]
        done += expand(inside, macros, depth + 1)
    return done


def joined(tokens):
    """(line, text) of literals, those that stand side by side as one."""
    text, begun = [], 0
    for token, line in tokens + [(";", 0)]:
        if token[0] == '"' or token.startswith("PRI"):
            begun = begun if text else line
            text.append(token[1:-1] if token[0] == '"' else "u")
        elif text:
            yield begun, "".join(text).replace('\\"', '"').replace("\\\\", "\\")
            text = []


def literals_of(text):
    macros = macros_of(text)
    code = ASSERTION.sub(lambda match: "\n" * match.group().count("\n"), text)
    code = DIRECTIVE.sub(lambda match: "\n" * match.group().count("\n"), code)
    return joined(expand(tokens_of(code), macros))


def sentences_of(tree):
    """(path, line, literal), each literal once for a file."""
    paths = [path for path in tree.under("src", ".c", ".h") if tree.room_of(path) in ROOMS]
    found = {path: literals_of(tree.files[path]) for path in paths}
    if DEFAULTS in tree.files:
        found[DEFAULTS] = joined(tokens_of(tree.files[DEFAULTS].replace("\\\n", "\n")))
    for path, literals in found.items():
        seen = set()
        for line, literal in literals:
            literal = literal.strip()
            if SENTENCE.search(literal) and literal not in seen:
                seen.add(literal)
                yield path, line, literal


# ---- what cases show


def logical_lines(text):
    """Lines, with the indented ones put behind those they continue."""
    return re.sub(r"\n[ \t]+", " ", text).split("\n")


def replies_of(tree):
    """Every reply that a case expects, as text."""
    for path in tree.under(CASES, ".test"):
        texts = {}
        for line in logical_lines(tree.files[path]):
            line = re.sub(r"\$(\w+)", lambda match: texts.get(match.group(1), ""), line)
            if line.startswith("let "):
                _, name, text = line.split(" ", 2)
                texts[name] = text
            elif line.startswith(("->", "explained ")):
                text = REPEATED.sub(r"\1", line)
                yield text.replace('\\"', '"').replace("\\\\", "\\")
            elif line.startswith("error "):
                yield "Invalid ConditionExpression: " + line.partition("=>")[2].strip()


def unshown_of(tree):
    """{literal: (line, reason)} of the list."""
    found, last = {}, None
    for number, line in enumerate(tree.files.get(UNSHOWN, "").split("\n"), 1):
        if line.startswith(" ") and last:
            found[last] = found[last][0], (found[last][1] + " " + line.strip()).strip()
        elif line and not line.startswith("#"):
            last = line
            found[last] = number, ""
    return found


def is_shown(literal, replies):
    parts = CONVERSION.split(literal)
    longest = max(parts, key=len)
    pattern = re.compile(".*?".join(re.escape(part) for part in parts if part))
    return any(longest in reply and pattern.search(reply) for reply in replies)


def check_messages(tree):
    replies, unshown, known = set(replies_of(tree)), unshown_of(tree), set()
    for path, line, literal in sentences_of(tree):
        known.add(literal)
        shown = is_shown(literal, replies)
        if not shown and literal not in unshown:
            yield path, line, f"no case of {CASES} shows it; write one: {literal}"
        if shown and literal in unshown:
            yield UNSHOWN, unshown[literal][0], "a case shows it: take it off the list"
    for literal, (line, reason) in unshown.items():
        if literal not in known:
            yield UNSHOWN, line, "no code says this: take it off the list"
        elif not reason:
            yield UNSHOWN, line, "say why no case shows it"


RULES = [
    Rule("messages", "a case of tests/spec shows every sentence for clients", check_messages),
]
