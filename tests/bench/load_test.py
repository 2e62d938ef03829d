#!/usr/bin/python3
"""bench_load: what its figures mean.

A claim about speed is worth what its measure is worth. So the measure is held against a server that
is made here and known to the millisecond: it answers at once, and stands still when told. Against
Stator the mixed load is run for a second, to see that every kind is there and that refusals which
belong to it are no errors.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
import support  # noqa: E402

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class StillServer:
    """Answers every request at once, but for one stretch of time in which it stands still."""

    def __init__(self, still_from=None, still_seconds=0.0, reply=REPLY):
        self.reply = reply
        self.still_seconds = still_seconds
        self.still_from = None if still_from is None else time.monotonic() + still_from
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            while connection.recv(65536):
                self.stand_still()
                connection.sendall(self.reply)

    def stand_still(self):
        if self.still_from is None:
            return
        left = self.still_from + self.still_seconds - time.monotonic()
        if 0 < left <= self.still_seconds:
            time.sleep(left)

    def close(self):
        self.listener.close()


def start_load(port, **options):
    command = [os.environ["BENCH_LOAD"], "--line", "--port", str(port)]
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def figures(line):
    pairs = (pair.split("=") for pair in line.split())
    return {name: value if name == "op" else float(value) for name, value in pairs}


def load(port, **options):
    """(exit status, the lines of figures)"""
    process = start_load(port, **options)
    out, _ = process.communicate(timeout=100)
    return process.returncode, [figures(line) for line in out.splitlines()]


class StillTest(unittest.TestCase):
    def run_against_still(self, **options):
        server = StillServer(still_from=0.5, still_seconds=1.0)
        self.addCleanup(server.close)
        code, lines = load(server.port, op="get", connections=4, seconds=2, warmup=0, **options)
        self.assertEqual(code, 0)
        return lines[-1]

    def test_open_loop__a_server_that_stands_still_is_not_flattered(self):
        """200 are due in the second that it stands still: half of all that are sent."""
        line = self.run_against_still(rate=200)
        self.assertGreaterEqual(line["requests"] + line["unsent"], 395)
        self.assertGreater(line["p99_us"], 850_000)
        self.assertGreater(line["p999_us"], line["p99_us"] - 1)
        self.assertGreater(line["max_us"], 900_000)

    def test_closed_loop__has_one_slow_request_for_each_connection(self):
        """Which is why there is the other: the same second is four requests among thousands."""
        line = self.run_against_still()
        self.assertGreater(line["max_us"], 800_000)
        self.assertLess(line["p99_us"], 500_000)

    def test_open_loop__what_was_due_and_not_sent_counts_as_long_as_it_waited(self):
        server = StillServer(still_from=0.0, still_seconds=4.0)
        self.addCleanup(server.close)
        _, lines = load(
            server.port, op="get", connections=2, seconds=1, warmup=0, rate=100, every=10
        )
        line = lines[-1]
        self.assertEqual(line["requests"], 2)  # both connections were busy with the first two
        self.assertEqual(line["unsent"], 98)
        self.assertGreater(line["p50_us"], 400_000)


class RateTest(unittest.TestCase):
    def setUp(self):
        self.server = StillServer()
        self.addCleanup(self.server.close)

    def test_rate__is_kept(self):
        _, lines = load(self.server.port, op="get", connections=8, seconds=2, warmup=0, rate=300)
        self.assertAlmostEqual(lines[-1]["requests"] + lines[-1]["unsent"], 600, delta=2)

    def test_every__lines_add_up_to_the_whole(self):
        _, lines = load(
            self.server.port, op="get", connections=2, seconds=3, warmup=0, rate=100, every=1
        )
        *parts, whole = lines
        self.assertGreaterEqual(len(parts), 3)
        self.assertEqual({part["every"] for part in parts}, {1})
        self.assertEqual(whole["every"], 0)
        self.assertEqual(sum(part["requests"] for part in parts), whole["requests"])
        self.assertEqual(max(part["max_us"] for part in parts), whole["max_us"])

    def test_signal__ends_the_run_and_tells_what_it_measured(self):
        process = start_load(self.server.port, op="get", connections=2, seconds=600, rate=100)
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)
        line = figures(out.splitlines()[-1])
        self.assertGreater(line["requests"], 20)
        self.assertLess(line["seconds"], 100)

    def test_refusals__are_errors_where_nothing_else_is_sent(self):
        server = StillServer(
            reply=b"HTTP/1.1 400 Bad Request\r\nContent-Length: 53\r\n\r\n"
            b'{"__type":"x#ConditionalCheckFailedException","a":""}'
        )
        self.addCleanup(server.close)
        code, lines = load(server.port, op="update", connections=1, seconds=1, warmup=0, rate=50)
        self.assertEqual(code, 1)
        self.assertEqual(lines[-1]["errors"], lines[-1]["requests"])


class MixedTest(unittest.TestCase):
    """Against Stator, on a table with an index, a stream and time to live."""

    KINDS = "get query index put expiring update delete batch transact".split()

    def test_busy_us__is_processor_time_of_each_request(self):
        command = [os.environ["BENCH_FIXED"], "--busy-us", "2000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                port = int(server.stdout.readline().rpartition(":")[2])
                code, lines = load(port, op="fixed", requests=300, connections=1, pid=server.pid)
            finally:
                server.terminate()
        self.assertEqual(code, 0)
        self.assertGreater(lines[-1]["server_cpu_us"], 1900)
        self.assertGreater(lines[-1]["p50_us"], 1900)

    def test_mixed__every_kind_is_sent_and_nothing_fails(self):
        folder = tempfile.TemporaryDirectory(prefix="stator-bench-")
        self.addCleanup(folder.cleanup)
        server = support.Server("--data", folder.name, "--durability", "relaxed")
        self.addCleanup(lambda: server.running() and server.kill())
        options = {"items": 250, "item_bytes": 200}
        for op in ("create-mixed", "load-mixed"):
            code, _ = load(server.port, op=op, **options)
            self.assertEqual(code, 0, op)
        code, lines = load(
            server.port, op="mixed", connections=8, seconds=3, warmup=0, life=1, rate=400, **options
        )
        line = lines[-1]
        self.assertEqual((code, line["errors"]), (0, 0))
        for kind in self.KINDS:
            self.assertGreater(line[kind], 0, kind)
            self.assertGreaterEqual(line[kind + "_p99_us"], line[kind + "_p50_us"], kind)
        self.assertEqual(sum(line[kind] for kind in self.KINDS), line["requests"])
        self.assertGreater(line["refused"], 0)  # conditions on items that were deleted
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
