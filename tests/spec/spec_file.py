"""What a .test file says, and how what it expects is compared with what came (README.md)."""
import json
import re
import time


class Mistake(Exception):
    """A .test file that does not say what it means."""


class Failure(Exception):
    """A case that does not hold."""


class Gone(Exception):
    """No server any more."""


class Outside(Exception):
    """A case about what does not exist within a process."""


# ---- reading .test files


class Step:
    def __init__(self, number, word, rest):
        self.number, self.word, self.rest = number, word, rest


class Case:
    def __init__(self, path, number, claim, prelude):
        self.path, self.number, self.claim = path, number, claim
        self.steps = list(prelude)
        self.sources = []

    def __str__(self):
        return f"{self.path}:{self.number}: {self.claim}"


def expand(text, i=None):
    """{{now-60}} is the time a minute ago, in seconds since 1970; {{TEXT*COUNT}} is TEXT repeated,
    and <i> in it the number of the copy; {{i}} is the number of the item being made."""
    text = re.sub(r"\{\{now([+-]\d+)\}\}", lambda m: str(int(time.time()) + int(m.group(1))), text)
    if i is not None:
        text = text.replace("{{i}}", str(i)).replace("{{0i}}", f"{i:04}")
    return re.sub(r"\{\{(.*?)\*(\d+)\}\}", repeated, text)


def repeated(match):
    text, count = match.group(1), int(match.group(2))
    if "<i>" not in text:
        return text * count
    return "".join(text.replace("<i>", str(i)) for i in range(1, count + 1))


def logical_lines(path):
    """(number, line), where an indented line continues the one before it."""
    lines = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip()
            if line[:1].isspace() and lines:
                lines[-1][1] += " " + line.strip()
            elif line:
                lines.append([number, line])
    return lines


class Spec:
    """One file: its cases, and the options of the server that they are put to."""

    def __init__(self, name, options, cases):
        self.name, self.options, self.cases = name, options, cases


def parse_options(name, lines):
    """`server --option …`, which may stand before everything else; takes that line off."""
    told = [at for at, (_, line) in enumerate(lines) if line.split()[0] == "server"]
    if not told:
        return ()
    if any(not line.startswith("#") for _, line in lines[:told[0]]) or len(told) > 1:
        raise Mistake(f"{name}:{lines[told[-1]][0]}: 'server' stands once, before all other lines")
    return tuple(lines.pop(told[0])[1].split()[1:])


def parse_file(path, name):
    """One file. Steps before the first case are done at the start of each."""
    lines = logical_lines(path)
    options = parse_options(name, lines)
    cases, prelude, texts = [], [], {}
    for number, line in lines:
        line = re.sub(r"\$(\w+)", lambda m: texts.get(m.group(1), m.group(0)), line)
        if line.startswith("let "):
            _, placeholder, text = line.split(" ", 2)
            texts[placeholder] = expand(text)
        elif line.startswith("== "):
            cases.append(Case(name, number, line[3:], prelude))
        elif line.startswith("# SPEC "):
            if cases:
                cases[-1].sources.append(line[7:])
        elif not line.startswith("#"):
            word, _, rest = line.partition(" ")
            (cases[-1].steps if cases else prelude).append(Step(number, word, rest.strip()))
    for case in cases:
        if not case.sources:
            raise Mistake(f"{case}: no '# SPEC page#section' line says where this is from")
    return Spec(name, options, cases)


def parse_json(step, text):
    try:
        return json.loads(expand(text))
    except ValueError as e:
        raise Mistake(f"line {step.number}: {e}: {text}") from e


# ---- comparing


def in_order(items):
    return sorted(items, key=lambda item: json.dumps(normal(item), sort_keys=True))


def normal(value):
    """The value with the members of its sets in order."""
    if isinstance(value, list):
        return [normal(v) for v in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, members), = value.items()
        if name in ("SS", "NS", "BS") and isinstance(members, list):
            return {name: sorted(members, key=str)}
    return {name: normal(v) for name, v in value.items()}


def differences(expected, actual, where=""):
    """S2: what is wrong with `actual`, one text for each difference."""
    if expected == "*":
        return []
    if isinstance(expected, dict) and isinstance(actual, dict):
        return object_differences(normal(expected), normal(actual), where)
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        found = []
        for i, (e, a) in enumerate(zip(expected, actual)):
            found += differences(e, a, f"{where}[{i}]")
        return found
    same = expected == actual and isinstance(expected, bool) == isinstance(actual, bool)
    return [] if same else [f"{where or 'reply'}: expected {show(expected)}, got {show(actual)}"]


def object_differences(expected, actual, where):
    found, seen = [], set()
    for name, value in expected.items():
        plain = name.rstrip("~")
        seen.add(plain)
        if plain not in actual:
            found.append(f"{where}.{plain}: missing, expected {show(value)}")
        elif name != plain:
            found += differences(in_order(value), in_order(actual[plain]), f"{where}.{plain}")
        else:
            found += differences(value, actual[plain], f"{where}.{plain}")
    for name in actual:
        if name not in seen:
            found.append(f"{where}.{name}: not expected, got {show(actual[name])}")
    return found


def show(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 600 else text[:600] + "…"
