"""A server under a long load, seen from outside: its process, and its files.

What is counted on disk is what `du` counts, the blocks that files take, in three kinds: sst (tables
of RocksDB), log (its write-ahead log), other. A program that is run here is in a process group of
its own, so that Ctrl-C reaches the script alone and the script ends the rest in order.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SOAK_BUILD", os.path.join(ROOT, "build"))
KINDS = ("sst", "log", "other")
STOP_SECONDS = 120
MIB = 1 << 20


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {text}")


def program(name):
    path = os.path.join(BUILD, name)
    if not os.access(path, os.X_OK):
        fail(f"{path} is not built")
    return path


def kind_of(name):
    if name.endswith(".sst"):
        return "sst"
    return "log" if re.fullmatch(r"\d+\.log", name) else "other"


def disk_bytes(folder):
    """{kind: bytes on disk} of all that is below `folder`, which may change meanwhile."""
    total = dict.fromkeys(KINDS, 0)
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                blocks = os.stat(os.path.join(path, name)).st_blocks
            except FileNotFoundError:
                continue
            total[kind_of(name)] += blocks * 512
    return total


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Server:
    """`stator serve` on a folder; `with` ends it, however the block is left."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.options = options
        self.process = None
        self.port = None

    def start(self):
        self.port = free_port()
        command = [program("stator"), "serve", "--port", str(self.port), "--data", self.folder]
        self.process = subprocess.Popen(
            [*command, "--log-level", "error", *self.options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start_and_wait(self, seconds=60):
        self.start()
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                fail("the server did not start")
            time.sleep(0.005)

    def answers(self):
        try:
            self.ask("ListTables", {})
            return True
        except OSError:
            return False

    def ask(self, operation, request, seconds=60):
        """The reply to one request; OSError when there was none, ValueError when it was refused."""
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810." + operation,
            "X-Amz-Date": "20250101T000000Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=a/20250101/us-east-1/dynamodb/"
            "aws4_request, SignedHeaders=host, Signature=b",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("POST", "/", json.dumps(request), headers)
            reply = connection.getresponse()
            body = reply.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
        if reply.status != 200:
            raise ValueError(body.decode())
        return json.loads(body)

    def memory(self, name):
        """VmRSS, VmHWM … in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"^{name}:\s+(\d+)", status.read(), re.MULTILINE)[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def disk(self):
        return disk_bytes(self.folder)

    def stop(self):
        """Its exit status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def load_start(server, operation, stderr=None, **options):
    """bench_load under way; its lines are read from its stdout."""
    command = [program("bench/bench_load"), "--line", "--port", str(server.port)]
    options = {"op": operation, "pid": server.process.pid, **options}
    for name, value in options.items():
        name = "--" + name.replace("_", "-")
        command += [name] if value is True else [name, str(value)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True
    )


def figures(line):
    """What a line of bench_load says, by name."""
    pairs = (pair.split("=") for pair in line.split())
    return {name: value if name == "op" else float(value) for name, value in pairs}


def load(server, operation, **options):
    """One run of bench_load: the figures of its last line, or None for one that has none."""
    process = load_start(server, operation, **options)
    try:
        out, _ = process.communicate()
    finally:
        process.kill()
    if process.returncode != 0:
        fail(f"bench_load --op {operation} ended with {process.returncode}")
    return figures(out.splitlines()[-1]) if out else None


def check(folder):
    """What `stator check` says, in a line; fails when it found something."""
    done = subprocess.run(
        [program("stator"), "check", folder], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        fail(f"stator check found:\n{done.stdout}")
    return done.stdout.strip().splitlines()[-1]


def empty_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path
