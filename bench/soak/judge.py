"""What is asked of a long load, and whether a run has it.

A run is a list of samples, each a dict of numbers, one every few seconds. `verdicts` gives rows of
(what is asked, what was measured, whether that is met); a row whose third is None was not judged,
and says why.

**Growth that does not level off.** A database fills its caches, its stream keeps records for a
while, items wait for their time to be up: all of that grows at first and then no more. So the first
half of a run is left out, and a straight line is laid through the second by least squares. What the
line gains from the beginning of that half to its end may be at most GROWTH of what it has in the
middle, or the slack of the quantity, if that is more (a megabyte in a small process is no leak, and
files come and go as they are merged). What grows as a root or as a logarithm of time is refused as
well: both gain more than that. Times are judged in the same way: a load that is only just too much
shows in them, since what is due waits for longer and longer. A run is judged only where half of it
is longer than STEADY times what items and records of the stream live.
"""

GROWTH = 0.05
STEADY = 2.0
SHORT_SECONDS = 1200
KEPT = 0.99  # of the rate that was asked for

MIB = 1 << 20
MS = 1000  # of the microseconds that times are in
UNITS = {MIB: " MiB", MS: " ms", 1: ""}

# What must level off: (name of the samples' number, title, slack, unit it is shown in)
GROWING = (
    ("rss", "resident memory", 8 * MIB, MIB),
    ("hwm", "most memory ever resident", 8 * MIB, MIB),
    ("disk", "files, all together", 32 * MIB, MIB),
    ("log", "the write-ahead log", 32 * MIB, MIB),
    ("other", "other files than tables and log", 2 * MIB, MIB),
    ("descriptors", "open descriptors", 8, 1),
    ("threads", "threads", 1, 1),
    ("p50_us", "half of all requests take at most", 1 * MS, MS),
    ("p99_us", "99 of 100 requests take at most", 20 * MS, MS),
)


def line_through(points):
    """(value in the middle, gain from the first point to the last) of the least squares line."""
    count = len(points)
    middle = sum(x for x, _ in points) / count
    mean = sum(y for _, y in points) / count
    spread = sum((x - middle) ** 2 for x, _ in points)
    if spread == 0:
        return mean, 0.0
    slope = sum((x - middle) * (y - mean) for x, y in points) / spread
    return mean, slope * (points[-1][0] - points[0][0])


def growth(samples, name):
    """(value in the middle, gain) of the second half of a run."""
    end = samples[-1]["seconds"]
    half = [(s["seconds"], s[name]) for s in samples if s["seconds"] >= end / 2]
    return line_through(half)


def levels_off(samples, name, slack):
    mean, gain = growth(samples, name)
    return gain <= max(GROWTH * mean, slack)


def growth_row(samples, quantity, why_not):
    name, title, slack, unit = quantity
    mean, gain = growth(samples, name)
    asked = f"{title}: levels off"
    measured = f"{mean / unit:,.0f}{UNITS[unit]}, {gain / unit:+,.1f} in the second half"
    if why_not:
        return asked, f"{measured} ({why_not})", None
    return asked, measured, levels_off(samples, name, slack)


def verdicts(samples, whole, seconds_kept):
    """`whole`: the figures of all of the run. `seconds_kept`: how long an item or a record lives at
    most."""
    length = samples[-1]["seconds"]
    why_not = None
    if length < SHORT_SECONDS or length / 2 < STEADY * seconds_kept:
        why_not = f"{length:.0f} s are too short to tell"
    return [
        ("no errors", f"{whole['errors']:.0f}", whole["errors"] == 0),
        (
            f"at least {KEPT:.0%} of the rate asked for",
            f"{whole['rps']:,.0f} of {whole['rate']:,.0f}/s",
            whole["rps"] >= KEPT * whole["rate"],
        ),
        *(growth_row(samples, quantity, why_not) for quantity in GROWING),
    ]


def table(rows):
    """The rows in Markdown."""
    words = {True: "met", False: "MISSED", None: "not judged"}
    lines = ["| what is asked | measured | |", "| --- | --- | --- |"]
    lines += [f"| {asked} | {measured} | {words[met]} |" for asked, measured, met in rows]
    return lines
