"""Pictures of a long load: SVG files drawn by gnuplot, a few kilobytes each.

What gnuplot says of itself is taken out: a picture says when it was measured and where only if the
page around it does, and drawing the same samples again gives the same file.
"""

import os
import re
import subprocess

POINTS_MAX = 360  # more cannot be seen

# file: (title, unit, logarithmic?, ((number of a sample, its name, factor), …))
MIB = 1 / (1 << 20)
PICTURES = {
    "latency": (
        "time from when a request was due to its answer",
        "ms",
        True,
        (("p999_us", "p99.9", 1e-3), ("p99_us", "p99", 1e-3), ("p50_us", "p50", 1e-3)),
    ),
    "rate": ("requests answered", "per second", False, (("rps", "answered", 1),)),
    "memory": (
        "memory of the server",
        "MiB",
        False,
        (("hwm", "most so far", MIB), ("rss", "resident", MIB)),
    ),
    "disk": (
        "files in the data directory",
        "MiB",
        False,
        (
            ("disk", "all", MIB),
            ("sst", "tables", MIB),
            ("log", "write-ahead log", MIB),
            ("other", "other", MIB),
        ),
    ),
    "host": (
        "processor time that the host gave to others",
        "percent",
        False,
        (("stolen", "stolen", 100),),
    ),
    "handles": (
        "descriptors and threads of the server",
        "",
        False,
        (("descriptors", "open descriptors", 1), ("threads", "threads", 1)),
    ),
}
COLOURS = ("#c0392b", "#2471a3", "#1e8449", "#7d6608")


def thinned(samples):
    """At most POINTS_MAX of them: of each bundle the one with the longest p99.9."""
    step = -(-len(samples) // POINTS_MAX)
    bundles = [samples[i : i + step] for i in range(0, len(samples), step)]
    return [max(bundle, key=lambda sample: sample["p999_us"]) for bundle in bundles]


def script(title, unit, is_log, lines, samples):
    commands = [
        "set terminal svg size 720,260 font 'sans-serif,11' noenhanced background '#ffffff'",
        f"set title '{title}'",
        "set xlabel 'minutes'",
        f"set ylabel '{unit}'",
        "set grid ytics lc rgb '#dddddd'",
        "set key outside right top",
        "set logscale y" if is_log else "set yrange [0:*]",
        "plot "
        + ", ".join(
            f"'-' with lines lw 1.3 lc rgb '{COLOURS[i]}' title '{name}'"
            for i, (_, name, _) in enumerate(lines)
        ),
    ]
    for number, _, factor in lines:
        commands += [
            f"{sample['seconds'] / 60:.2f} {max(sample[number] * factor, 1e-3):.3f}"
            for sample in samples
        ]
        commands.append("e")
    return "\n".join(commands) + "\n"


def anonymous(svg):
    """Without gnuplot's name, version and comments, and without its symbols, which no line has."""
    svg = re.sub(r"<defs>.*?</defs>\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("gnuplot_canvas", "canvas")
    svg = re.sub(r"<title>Gnuplot</title>\s*", "", svg)
    svg = re.sub(r"<desc>Produced by .*?</desc>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<title>gnuplot_plot_\d+</title>\s*", "", svg)
    svg = re.sub(r"gnuplot_plot_(\d+)", r"line_\1", svg)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"[ \t]+$", "", re.sub(r"\n\s*\n+", "\n", svg), flags=re.MULTILINE)


def draw(samples, folder):
    """Write PICTURES into `folder`. OSError: there is no gnuplot."""
    samples = thinned(samples)
    for name, picture in PICTURES.items():
        done = subprocess.run(
            ["gnuplot"],
            input=script(*picture, samples),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        with open(os.path.join(folder, name + ".svg"), "w", encoding="utf-8") as file:
            file.write(anonymous(done.stdout).strip() + "\n")
