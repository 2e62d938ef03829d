"""All rules, in the order of README.md, and how they are run."""
import rules_build
import rules_calls
import rules_functions
import rules_messages
import rules_rooms
import rules_text

ALL = (rules_text.RULES + rules_functions.RULES + rules_calls.RULES + rules_rooms.RULES +
       rules_build.RULES + rules_messages.RULES)


def findings(tree, chosen):
    """Run `chosen` rules over `tree`; the lines to print, sorted by place, none twice."""
    found = set()
    for rule in chosen:
        for path, line, text in rule.check(tree):
            found.add((str(path), line, rule.name, text))
    return [f"{path}:{line}: {name}: {text}" for path, line, name, text in sorted(found)]
