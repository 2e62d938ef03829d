"""C read by its layout: enough structure for the rules, and no compiler.

The tree is formatted by clang-format (the rule `format` sees to it), so a function is what stands
between a `{` and a `}` in the first column, and a control statement's nesting is its indentation.

    CSource(text)
        .lines         as written
        .code          the same text with comments, literals and directives blanked, line for line
        .includes      (line, "x/y.h" or "<z.h>")
        .functions     Function: definitions
        .prototypes    Function without a body: declarations
"""
import re

LITERALS_AND_COMMENTS = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*("[^"]+"|<[^>]+>)')
EXTERN_C = re.compile(r'extern " *" \{')
CALL = re.compile(r"\b([a-z_]\w*)\s*\(")
NOT_CALLS = frozenset("if for while switch return sizeof alignof defined do else typeof "
                      "static_assert __attribute__ case".split())


def blank(text):
    """`text` as spaces, with its line ends kept."""
    return re.sub(r"[^\n]", " ", text)


def blank_match(match):
    text = match.group()
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[-1]
    return blank(text)


def split_top(text, separator=","):
    """Split at separators outside all parentheses."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == separator and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return parts + [text[start:]]


def closing(text, at):
    """The place of the parenthesis or brace that closes the one at `at`."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if depth == 0:
            return place
    return len(text)


class Function:
    """A definition (body_start > 0) or a declaration. Lines count from 1."""

    def __init__(self, signature, line, body="", body_start=0):
        match = next((m for m in CALL.finditer(signature) if m.group(1) not in NOT_CALLS), None)
        self.name = match.group(1) if match else ""
        self.line = line
        self.is_static = bool(re.match(r"\s*(?:[A-Z_]+\s+)*static\b", signature))
        self.body = body
        self.body_start = body_start
        self.parameters = self._parameters(signature, match) if match else []

    @staticmethod
    def _parameters(signature, match):
        opening = match.end() - 1
        inside = signature[opening + 1:closing(signature, opening)]
        parts = [part.strip() for part in split_top(inside)]
        return [part for part in parts if part not in ("", "void", "...")]

    @property
    def body_lines(self):
        return self.body.count("\n")

    def calls(self):
        return {name for name in CALL.findall(self.body) if name not in NOT_CALLS}


class CSource:
    def __init__(self, text):
        self.text = text
        self.lines = text.split("\n")
        self.uncommented = re.sub(
            LITERALS_AND_COMMENTS, lambda m: m.group() if m.group()[0] in "\"'" else
            blank(m.group()), text)
        self.code_with_directives = LITERALS_AND_COMMENTS.sub(blank_match, text)
        self.code = DIRECTIVE.sub(lambda m: blank(m.group()), self.code_with_directives)
        self.code_lines = self.code.split("\n")
        self.includes = self._includes()
        self.functions = list(self._functions())
        self.prototypes = list(self._prototypes())

    def line_at(self, offset):
        return self.code.count("\n", 0, offset) + 1

    def _includes(self):
        found = []
        for number, line in enumerate(self.uncommented.split("\n"), 1):
            match = INCLUDE.match(line)
            if match:
                found.append((number, match.group(1)))
        return found

    def _signature_start(self, opening):
        """The first line (from 0) of what stands before the `{` of line `opening`."""
        start = opening
        while start > 0:
            above = self.code_lines[start - 1].strip()
            if not above or above[-1] in ";}":
                break
            start -= 1
        return start

    def _functions(self):
        for opening, line in enumerate(self.code_lines):
            if line != "{":
                continue
            start = self._signature_start(opening)
            signature = "\n".join(self.code_lines[start:opening])
            end = next((at for at in range(opening, len(self.code_lines))
                        if self.code_lines[at].startswith("}")), len(self.code_lines) - 1)
            body = "\n".join(self.code_lines[opening + 1:end]) + "\n"
            function = Function(signature, start + 1, body, opening + 2)
            if function.name:
                yield function

    def _prototypes(self):
        """Statements outside all braces, but for those of extern "C", that declare a function."""
        flat, at = list(EXTERN_C.sub(lambda match: blank(match.group()), self.code)), 0
        while at < len(flat):
            if flat[at] == "{":
                end = closing(flat, at)
                flat[at:end] = blank("".join(flat[at:end]))
                flat[end:end + 1] = ";"
                at = end
            at += 1
        offset = 0
        for statement in "".join(flat).split(";"):
            lead = len(statement) - len(statement.lstrip())
            text = statement.strip()
            if "(" in text and "=" not in text and not text.startswith(("typedef", "extern \"")):
                function = Function(text, self.line_at(offset + lead))
                if function.name and re.match(r".*\)\s*(?:[A-Z_]+(?:\([^()]*\))?\s*)*$", text,
                                              re.DOTALL):
                    yield function
            offset += len(statement) + 1
