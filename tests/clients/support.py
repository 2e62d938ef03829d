"""What the tests of this folder share: a server of their own, a bare client, a few helpers.

    class WalkTest(support.ServerTest):      setUpClass starts `stator serve` on a free port,
        def test_x__y(self): ...             tearDownClass ends it and expects exit code 0

The program under test is $STATOR, the one that CMake built. With $STATOR_TEST_ENDPOINT set
("http://127.0.0.1:4567") the suites that need only an address run against that server instead.

Nothing here needs more than Python's standard library, so that a bug in an SDK cannot hide in the
tests that judge bytes (hostile_test, kill_test, serve_test).
"""

import http.client
import itertools
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import zlib

START_SECONDS = 20  # a sanitizer build on a busy machine
STOP_SECONDS = 20
REGION = "us-east-1"

# What the SDKs would otherwise take from the caller's environment.
for _name in [n for n in os.environ if n.startswith("AWS_")]:
    del os.environ[_name]
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION=REGION,
    AWS_REGION=REGION,
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_PAGER="",
    NO_PROXY="127.0.0.1,localhost",
)

_names = itertools.count(1)


def table_name(stem):
    """A name that no other test of this or of any other run has."""
    return f"{stem}.{os.getpid()}-{next(_names)}-{int(time.time())}"


def require(present, sentence):
    """A missing tool fails the test: a skipped test would look like a passed one."""
    if not present:
        sys.exit(sentence)


def program():
    path = os.environ.get("STATOR", "")
    require(os.access(path, os.X_OK), "STATOR must name the built program: STATOR=build/stator")
    return os.path.abspath(path)


def is_sanitized():
    """Was the program built with AddressSanitizer?"""
    with open(program(), "rb") as file:
        return b"__asan_init" in file.read()


class Server:
    """One `stator serve` on a free port of 127.0.0.1, from its start line to its exit code."""

    def __init__(self, *options, port=0, cwd=None):
        self.told = ""
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [program(), "serve", "--port", str(port), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            cwd=cwd,
        )
        self.line = self._first_line()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.line)
        if not found:
            self.kill()
            raise AssertionError(f"no address in the start line {self.line!r}: {self.complaints()}")
        self.port = int(found.group(1))
        self.url = f"http://127.0.0.1:{self.port}"

    def _first_line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        if not ready:
            self.kill()
            raise AssertionError(f"no start line within {START_SECONDS} s: {self.complaints()}")
        return self.process.stdout.readline()

    def complaints(self):
        """All that the server wrote to its standard error so far."""
        if not self.errors.closed:
            # Not seek and read: the place is one with that where the server writes.
            size = os.fstat(self.errors.fileno()).st_size
            self.told = os.pread(self.errors.fileno(), size, 0).decode()
        return self.told

    def _close(self):
        self.complaints()
        self.errors.close()
        self.process.stdout.close()

    def running(self):
        return self.process.poll() is None

    def stop(self, with_signal=signal.SIGTERM):
        """Ask the server to end. Answers its exit code."""
        if self.running():
            self.process.send_signal(with_signal)
        return self.wait()

    def wait(self):
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running {STOP_SECONDS} s after it was asked to end")
        self._close()
        return code

    def kill(self):
        """kill -9: no drain, no close, whatever was not on disk is gone with the process."""
        self.process.kill()
        self.process.wait()
        self._close()

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Elsewhere:
    """A server that somebody else started: $STATOR_TEST_ENDPOINT."""

    def __init__(self, url):
        self.url = url
        self.port = urllib.parse.urlsplit(url).port

    def running(self):
        return True

    def stop(self):
        return 0


def elsewhere():
    return os.environ.get("STATOR_TEST_ENDPOINT")


class ServerTest(unittest.TestCase):
    """Tests that share one server with a data directory of its own."""

    server_options = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="stator-clients-")
        if elsewhere():
            cls.server = Elsewhere(elsewhere())
        else:
            data = os.path.join(cls.folder, "data")
            cls.server = Server("--data", data, *cls.server_options)

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        shutil.rmtree(cls.folder)
        assert code == 0, f"the server ended with {code}: {cls.server.complaints()}"


class Reply:
    """An HTTP reply with its body as sent."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def crc_is_right(self):
        return self.headers.get("x-amz-crc32") == str(zlib.crc32(self.body))


SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64
)


def call_headers(operation):
    return {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "X-Amz-Date": "20250101T000000Z",
        "Authorization": SIGNATURE,
    }


class Client:
    """DynamoDB's protocol over one kept-alive connection, without an SDK."""

    def __init__(self, port, timeout=30):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def send(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        reply = self.connection.getresponse()
        return Reply(reply.status, reply.getheaders(), reply.read())

    def call(self, operation, request):
        """(status, parsed body) of one operation."""
        body = json.dumps(request).encode()
        reply = self.send("POST", "/", body, call_headers(operation))
        return reply.status, json.loads(reply.body) if reply.body else {}

    def must(self, operation, request):
        """The parsed body of an operation that has to succeed."""
        status, body = self.call(operation, request)
        assert status == 200, f"{operation}: {status} {body}"
        return body

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def key_schema(partition, sort=None):
    """CreateTable's members for a table keyed by ("name", "type") and perhaps another."""
    keys = [(partition, "HASH")] + ([(sort, "RANGE")] if sort else [])
    return {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for (name, kind), _ in keys
        ],
        "KeySchema": [{"AttributeName": name, "KeyType": role} for (name, _), role in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }


def index(name, partition, sort, projection):
    """CreateTable's member for an index keyed by two attributes."""
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": sort, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": projection},
    }


def wait_active(client, name):
    """Until the table can be used: at once here, after half a second elsewhere."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        table = client.must("DescribeTable", {"TableName": name})["Table"]
        if table["TableStatus"] == "ACTIVE":
            return
        time.sleep(0.05)
    raise AssertionError(f"table {name} never became ACTIVE")
