#!/usr/bin/python3
"""How long does a server take to answer again after an unclean stop?

usage: bench/soak/restart.py [--gib N] [--item-bytes N] [--times N] [--folder PATH] [--cache-mb N]

Loads so many GiB of items of random characters, which no compression makes smaller, then, --times
over: writes to random ones as fast as the server takes them, kills it with SIGKILL in the midst of
that, starts it again, and measures from exec to the first GetItem and the first PutItem that are
answered. What has to be replayed is the log: of each unwritten table, at most three of an eighth of
the cache, 32 MiB each at most (src/store/budget.h), and not the data.

Exit status 1: an answer took longer than --seconds, or a check afterwards found something.
"""

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import time

import server as soak

WRITE_SECONDS = (8, 12)  # somewhere between these the server is killed


def key(n):
    return {"pk": {"S": f"p{n // 10:07}"}, "sk": {"N": str(n % 10)}}


def answer_seconds(server, begun):
    """Seconds since `begun` to the first answered GetItem, and to the first PutItem."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
            break
        except OSError:
            if server.process.poll() is not None:
                soak.fail("the server did not start")
            time.sleep(0.001)
    found = server.ask("GetItem", {"TableName": "Bench", "Key": key(1)}, seconds=600)
    got = time.monotonic() - begun
    if "Item" not in found:
        soak.fail("an item is gone")
    item = {**key(1), "n": {"N": "0"}, "data": {"S": "x"}}
    server.ask("PutItem", {"TableName": "Bench", "Item": item}, seconds=600)
    return got, time.monotonic() - begun


def kill_while_writing(server, options):
    process = soak.load_start(
        server, "batch", items=options.items, item_bytes=options.item_bytes, random_data=True,
        seconds=600, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(random.uniform(*WRITE_SECONDS))
    busy = process.poll() is None
    server.kill()
    process.communicate()
    if not busy:
        soak.fail("nothing was being written when the server was killed")


def one_round(server, options):
    """Kill it and start it again: a line about that, and the seconds to GetItem."""
    kill_while_writing(server, options)
    disk = server.disk()
    begun = time.monotonic()
    server.start()
    got, put = answer_seconds(server, begun)
    print(
        f"  {sum(disk.values()) / soak.MIB:.0f} MiB on disk, {disk['log'] / soak.MIB:.0f} of them "
        f"log: GetItem answered after {got * 1000:.0f} ms, PutItem after {put * 1000:.0f} ms; "
        f"resident then {server.memory('VmRSS') / soak.MIB:.0f} MiB, "
        f"at most {server.memory('VmHWM') / soak.MIB:.0f}",
        flush=True,
    )
    return put


def measure(options):
    folder = soak.empty_folder(options.folder)
    data = os.path.join(folder, "data")
    with soak.Server(data, "--cache-mb", str(options.cache_mb)) as server:
        server.start_and_wait()
        same = {"items": options.items, "item_bytes": options.item_bytes}
        soak.load(server, "create", **same)
        begun = time.monotonic()
        soak.load(server, "load-batched", random_data=True, **same)
        print(f"{options.items:,} items of {options.item_bytes} bytes loaded in "
              f"{time.monotonic() - begun:.0f} s", flush=True)  # fmt: skip
        longest = max(one_round(server, options) for _ in range(options.times))
        server.stop()
    print("  " + soak.check(data))
    shutil.rmtree(folder)
    return longest


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--gib", type=float, default=5)
    parser.add_argument("--item-bytes", type=int, default=1024)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--cache-mb", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--folder", default=os.path.join(soak.BUILD, "soak-restart"))
    options = parser.parse_args()
    options.items = int(options.gib * (1 << 30) / options.item_bytes) // 25 * 25
    longest = measure(options)
    if longest > options.seconds:
        soak.fail(f"a write was answered after {longest:.1f} s, later than {options.seconds:g} s")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
