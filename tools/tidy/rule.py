"""What a rule is: a name, what it says in one line, and a check over the tree."""
import collections

# check(tree) yields (path, line, what to do instead).
Rule = collections.namedtuple("Rule", "name says check")
