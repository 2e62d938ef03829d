#!/usr/bin/python3
"""A long mixed load at 70 % of what the server can do: does anything grow, or slow down?

usage: bench/soak/load.py [--seconds N] [--docs]

A durable server with one table that has a global index, a stream and time to live. First the most
that it can do: the mixed load of bench_load in a closed loop over 64 connections, for --warm
seconds that do not count and then CAPACITY_RUNS times for --capacity seconds; the mean is its
capacity: what is written faster than it can be merged in one of them is paid for in another. It is
warmed up because the first minutes are easy: nothing has been merged, deleted or expired. Then
--share of that in an open loop for --seconds, where requests are due at fixed times. Items expire
--life seconds after they were put, stream records after --stream-minutes: behind that the load has
come to where it adds as much as it takes away.

Samples go to BUILD/soak-load/samples.csv, pictures beside it, and what was found to run.md there;
with --docs pictures are copied to docs/soak/ and docs/soak.md is given the run. Ctrl-C ends the
load early, and everything else is done with what there is.

Exit status 1: something that judge.py asks for was missed.
"""

import argparse
import csv
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

import judge
import plot
import server as soak

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from host import Host  # noqa: E402

CAPACITY_RUNS = 5
CONNECTIONS = 64
DOCS = os.path.join(soak.ROOT, "docs")
FROM_LOAD = ("rps", "requests", "errors", "unsent", "p50_us", "p99_us", "p999_us", "max_us")
FROM_HOST = ("stolen",)
FROM_SERVER = ("rss", "hwm", "sst", "log", "other", "disk", "descriptors", "threads")
MINUTE = 60


def sample(server, host, begun, line):
    """What is noted every few seconds."""
    disk = server.disk()
    return {
        "seconds": round(time.monotonic() - begun, 1),
        **{name: line[name] for name in FROM_LOAD},
        "rss": server.memory("VmRSS"),
        "hwm": server.memory("VmHWM"),
        **disk,
        "disk": sum(disk.values()),
        "descriptors": server.descriptors(),
        "threads": server.threads(),
        "stolen": host.stolen(),
    }


class Progress:
    """A line that is written over where somebody looks on; elsewhere one a minute."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.told = -MINUTE

    def tell(self, now):
        left = int(max(0, self.seconds - now["seconds"]))
        text = (
            f"soak: {left // 60:4}:{left % 60:02} left, {now['rps']:,.0f}/s, "
            f"p99 {now['p99_us'] / 1000:.2f} ms, {now['rss'] / soak.MIB:.0f} MiB resident, "
            f"{now['disk'] / soak.MIB:.0f} on disk, {now['errors']:.0f} errors"
        )
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif now["seconds"] - self.told >= MINUTE:
            soak.say(text)
            self.told = now["seconds"]

    def end(self):
        if sys.stderr.isatty():
            print(file=sys.stderr)


def capacity(server, options):
    """The mean rate of a few closed loops, on a server that was warmed up; and all of them."""
    same = {"items": options.items, "life": options.life, "random_data": True}
    soak.say(f"soak: warming up for {options.warm} s")
    soak.load(server, "mixed", seconds=options.warm, warmup=0, **same)
    rates = []
    for _ in range(CAPACITY_RUNS):
        rates.append(soak.load(server, "mixed", seconds=options.capacity, **same)["rps"])
        soak.say(f"soak: {rates[-1]:,.0f}/s as fast as it goes")
    return statistics.mean(rates), rates


def sampled_load(server, options, rate):
    """The load itself: samples, and the figures of the whole."""
    process = soak.load_start(
        server, "mixed", items=options.items, life=options.life, random_data=True, rate=rate,
        connections=CONNECTIONS, seconds=options.seconds, warmup=10, every=options.every,
    )  # fmt: skip
    begun, host, samples, whole = time.monotonic(), Host(), [], None
    progress = Progress(options.seconds)
    while whole is None:
        try:
            line = soak.figures(process.stdout.readline() or "every=0")
            if line["every"] == 0:
                whole = line
            elif line["seconds"] > line["every"] / 2:
                samples.append(sample(server, host, begun, line))
                progress.tell(samples[-1])
        except KeyboardInterrupt:
            soak.say("\nsoak: ending with what there is")
            process.terminate()
    progress.end()
    process.wait()
    if "rps" not in whole or not samples:
        soak.fail("the load ended before it was measured")
    return samples, whole


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        processor = re.search(r"^model name\s*: (.*)", info.read(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"{processor[1] if processor else os.uname().machine}, {os.cpu_count()} processors, "
        f"{memory:.0f} GiB, Linux {'.'.join(os.uname().release.split('.')[:2])}"
    )


def kinds_table(whole):
    lines = ["| kind | requests | p50 ms | p99 ms |", "| --- | --: | --: | --: |"]
    for name in (key[: -len("_p50_us")] for key in whole if key.endswith("_p50_us")):
        p50, p99 = whole[name + "_p50_us"] / 1000, whole[name + "_p99_us"] / 1000
        lines.append(f"| {name} | {whole[name]:,.0f} | {p50:.2f} | {p99:.2f} |")
    return lines


def report(options, samples, whole, rates, told):
    """What was found, in Markdown, and whether all of it is met."""
    kept = max(options.life, options.stream_minutes * MINUTE)
    rows = judge.verdicts(samples, whole, kept)
    label = "" if samples[-1]["seconds"] >= judge.SHORT_SECONDS else " **A short run.**"
    stolen = [sample["stolen"] for sample in samples]
    tails = sorted(sample["p99_us"] / 1000 for sample in samples)
    spent = [whole[name] / 1000 for name in ("p50_us", "p99_us", "p999_us", "max_us")]
    text = (
        f"{time.strftime('%Y-%m-%d')}, {machine()}.{label} {options.items:,} items of 1 KiB of "
        f"random characters; items with a time to live expire after {options.life} s, stream "
        f"records after {options.stream_minutes} min. In a closed loop {min(rates):,.0f} to "
        f"{max(rates):,.0f} requests a second; then {whole['rate']:,.0f}, {options.share:.0%} of "
        f"the mean, for {whole['seconds']:,.0f} s: {whole['requests']:,.0f} requests, p50 "
        f"{spent[0]:.2f} ms, p99 {spent[1]:.2f}, p99.9 {spent[2]:.2f}, at most {spent[3]:.0f} ms, "
        f"and p99 at most {tails[len(tails) // 2]:.0f} ms in half of the samples and "
        f"{tails[len(tails) * 9 // 10]:.0f} in nine of ten; "
        f"{whole['refused']:,.0f} conditions refused, {whole['conflicts']:,.0f} conflicts of "
        f"transactions, {whole['unsent']:,.0f} never sent. "
        f"The host gave {statistics.mean(stolen):.1%} of the processors' time to others, at most "
        f"{max(stolen):.0%} of a sample's. `stator check` afterwards: {told}."
    )
    lines = [text, "", *judge.table(rows), "", *kinds_table(whole)]
    return "\n".join(lines) + "\n", all(met is not False for _, _, met in rows)


def write_csv(samples, path):
    with open(path, "w", encoding="ascii", newline="") as file:
        names = ("seconds", *FROM_LOAD, *FROM_SERVER, *FROM_HOST)
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(samples)


def publish(out, text):
    """Let docs/soak.md quote the run."""
    os.makedirs(os.path.join(DOCS, "soak"), exist_ok=True)
    for name in plot.PICTURES:
        shutil.copy(os.path.join(out, name + ".svg"), os.path.join(DOCS, "soak"))
    page = os.path.join(DOCS, "soak.md")
    with open(page, encoding="utf-8") as file:
        parts = re.split(r"(<!-- run -->\n|<!-- end of run -->\n)", file.read())
    pictures = [f"![{title}](soak/{name}.svg)\n" for name, (title, *_) in plot.PICTURES.items()]
    parts[2] = "\n".join((text, *pictures))
    with open(page, "w", encoding="utf-8") as file:
        file.write("".join(parts))


def run(options, out):
    data = soak.empty_folder(os.path.join(out, "data"))
    stream = ("--stream-minutes", str(options.stream_minutes))
    with soak.Server(os.path.join(data, "db"), *stream) as server:
        server.start_and_wait()
        soak.load(server, "create-mixed")
        soak.load(server, "load-mixed", items=options.items, random_data=True)
        most, rates = capacity(server, options)
        samples, whole = sampled_load(server, options, int(most * options.share))
        server.stop()
    told = soak.check(os.path.join(data, "db"))
    shutil.rmtree(data)
    return samples, whole, rates, told


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--share", type=float, default=0.7)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--warm", type=int, default=None, help="--seconds / 20, 10 to 180")
    parser.add_argument("--capacity", type=int, default=None, help="--seconds / 150, 2 to 24")
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--life", type=int, default=60)
    parser.add_argument("--stream-minutes", type=int, default=2)
    options = parser.parse_args()
    if options.warm is None:
        options.warm = min(180, max(10, options.seconds // 20))
    if options.capacity is None:
        options.capacity = min(24, max(2, options.seconds // 150))
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    out = os.path.join(soak.BUILD, "soak-load")
    os.makedirs(out, exist_ok=True)
    samples, whole, rates, told = run(options, out)
    write_csv(samples, os.path.join(out, "samples.csv"))
    text, is_met = report(options, samples, whole, rates, told)
    with open(os.path.join(out, "run.md"), "w", encoding="utf-8") as file:
        file.write(text)
    print(text, flush=True)
    try:
        plot.draw(samples, out)
    except (OSError, subprocess.CalledProcessError) as error:
        soak.fail(f"no pictures were drawn: {error}")
    if options.docs:
        publish(out, text)
    if not is_met:
        soak.fail("something was missed")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
