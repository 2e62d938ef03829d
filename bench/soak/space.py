#!/usr/bin/python3
"""Does a table that is overwritten all the time keep its size?

usage: bench/soak/space.py [--items N] [--item-bytes N] [--times N] [--folder PATH] [--cache-mb N]

Loads N items of random characters, which no compression makes smaller, then overwrites random ones
as fast as the server takes them, --times as many as there are. Meanwhile the bytes on disk of the
whole data directory, logs and all, are looked at ten times a second. The data are what the table
says of itself, TableSizeBytes: names and values of items, nothing that a database adds to them.

Exit status 1: at some moment the directory was larger than twice the data, or a check afterwards
found something.
"""

import argparse
import os
import shutil
import sys
import time

import server as soak

SAMPLE_SECONDS = 0.1
SETTLE_SECONDS = 30
BOUND = 2.0


def overwrite(server, options):
    """Samples [(seconds, {kind: bytes})] over all of the overwriting, and what it was."""
    count = options.items * options.times
    process = soak.load_start(
        server,
        "batch",
        items=options.items,
        item_bytes=options.item_bytes,
        requests=count // 25,
        random_data=True,
    )
    begun, samples = time.monotonic(), []
    try:
        while process.poll() is None:
            samples.append((time.monotonic() - begun, server.disk()))
            time.sleep(SAMPLE_SECONDS)
        out, _ = process.communicate()
    finally:
        process.kill()
    if process.returncode != 0:
        soak.fail(f"bench_load ended with {process.returncode}")
    return samples, soak.figures(out.splitlines()[-1])


def total(sample):
    return sum(sample[1].values())


def settled(server):
    """The size when it has not changed for three seconds, or after SETTLE_SECONDS."""
    sizes = []
    for _ in range(SETTLE_SECONDS * 2):
        sizes.append(sum(server.disk().values()))
        if len(sizes) > 6 and len(set(sizes[-6:])) == 1:
            break
        time.sleep(0.5)
    return sizes[-1]


def measure(options):
    folder = soak.empty_folder(options.folder)
    data = os.path.join(folder, "data")
    with soak.Server(data, "--cache-mb", str(options.cache_mb)) as server:
        server.start_and_wait()
        same = {"items": options.items, "item_bytes": options.item_bytes}
        soak.load(server, "create", **same)
        soak.load(server, "load-batched", random_data=True, **same)
        table = server.ask("DescribeTable", {"TableName": "Bench"})["Table"]
        live, loaded = table["TableSizeBytes"], total((0, server.disk()))
        samples, run = overwrite(server, options)
        after = settled(server)
        memory = server.memory("VmHWM")
        server.stop()
    told = soak.check(data)
    shutil.rmtree(folder)
    return live, loaded, samples, run, after, memory, told


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--item-bytes", type=int, default=1024)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--cache-mb", type=int, default=256)
    parser.add_argument("--folder", default=os.path.join(soak.BUILD, "soak-space"))
    options = parser.parse_args()
    live, loaded, samples, run, after, memory, told = measure(options)
    highest = max(samples, key=total)
    ratio = total(highest) / live
    kinds = ", ".join(f"{kind} {size / soak.MIB:.0f}" for kind, size in highest[1].items())
    print(
        f"{options.items:,} items of {options.item_bytes} bytes, {live / soak.MIB:.0f} MiB; "
        f"{loaded / soak.MIB:.0f} on disk when loaded. Overwritten {options.times} times, "
        f"{run['rps'] * 25:,.0f} items/s, p99 {run['p99_us'] / 1000:.1f} ms: at most "
        f"{total(highest) / soak.MIB:.0f} MiB on disk ({kinds}), {ratio:.2f} times the data; "
        f"{after / soak.MIB:.0f} MiB afterwards, {after / live:.2f} times. "
        f"Resident at most {memory / soak.MIB:.0f} MiB. {told}"
    )
    if ratio > BOUND or after / live > BOUND:
        soak.fail(f"that is more than {BOUND:g} times the data")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
