"""A disk that is full for a while, under a server that goes on.

A limit on the size of the server's files, set from outside while it runs, stands for the full disk:
the log soon cannot grow any more, and neither can the file by which the server learns whether there
is room again. Lifting the limit is the room.
"""

import os
import resource
import shutil
import tempfile
import threading
import time
import unittest

import boto3
import support
from botocore.config import Config

LIMIT_BYTES = 200_000
ITEM_BYTES = 2000
RECOVERY_SECONDS = 30  # one or two on an idle machine
ROUNDS = 2


class Reader(threading.Thread):
    """Reads one item all the time; each read must be answered, and with the item."""

    def __init__(self, port, table):
        super().__init__()
        self.port, self.table = port, table
        self.over = False
        self.count = 0
        self.fault = None

    def run(self):
        request = {"TableName": self.table, "Key": {"id": {"S": "first"}}, "ConsistentRead": True}
        with support.Client(self.port) as client:
            while not self.over and self.fault is None:
                status, body = client.call("GetItem", request)
                if status != 200 or "Item" not in body:
                    self.fault = f"{status} {body}"
                self.count += 1
                time.sleep(0.002)


class FullDiskTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stator-disk-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = os.path.join(self.folder, "data")
        self.server = support.Server("--data", self.data)
        self.addCleanup(lambda: self.server.running() and self.server.kill())
        self.client = support.Client(self.server.port)
        self.addCleanup(self.client.close)
        self.table = support.table_name("Disk")
        self.client.must(
            "CreateTable", {"TableName": self.table, **support.key_schema(("id", "S"))}
        )
        support.wait_active(self.client, self.table)
        self.kept = []

    def limit(self, size):
        unlimited = resource.RLIM_INFINITY
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (size, unlimited))

    def put(self, name):
        item = {"id": {"S": name}, "text": {"S": "x" * ITEM_BYTES}}
        status, body = self.client.call("PutItem", {"TableName": self.table, "Item": item})
        if status == 200:
            self.kept.append(name)
        return status, body

    def has(self, name):
        key = {"TableName": self.table, "Key": {"id": {"S": name}}, "ConsistentRead": True}
        return "Item" in self.client.must("GetItem", key)

    def put_until_refused(self, stem):
        for number in range(1000):
            status, body = self.put(f"{stem}-{number}")
            if status != 200:
                return status, body
        self.fail("the disk never filled")

    def put_until_taken(self, name):
        begun = time.monotonic()
        while self.put(name)[0] != 200:
            self.assertLess(time.monotonic() - begun, RECOVERY_SECONDS)
            time.sleep(0.02)
        return time.monotonic() - begun

    def test_full_disk__refuses_writes_answers_reads_and_ends_without_a_restart(self):
        self.assertEqual(self.put("first")[0], 200)
        reader = Reader(self.server.port, self.table)
        reader.start()
        try:
            for turn in range(ROUNDS):
                self.limit(LIMIT_BYTES)
                status, body = self.put_until_refused(str(turn))
                self.assertEqual(status, 500)
                self.assertIn("InternalServerError", body["__type"])
                count = reader.count
                time.sleep(1.5)  # a try to recover, which fails
                self.assertEqual(self.put("refused")[0], 500)
                self.assertGreater(reader.count, count)
                self.limit(resource.RLIM_INFINITY)
                print(f"writes are taken after {self.put_until_taken(f'again-{turn}'):.2f} s")
        finally:
            reader.over = True
            reader.join()
        self.assertIsNone(reader.fault)
        for name in self.kept:
            self.assertTrue(self.has(name), name)
        told = self.server.complaints()
        self.assertEqual(told.count("until there is room to write again"), ROUNDS, told)
        self.assertEqual(told.count("writes are taken again"), ROUNDS, told)
        self.assertIn("File too large", told)
        self.assertEqual(self.server.stop(), 0)
        self.check_restarted()

    def check_restarted(self):
        self.server = support.Server("--data", self.data)
        self.client.close()
        self.client = support.Client(self.server.port)
        for name in self.kept:
            self.assertTrue(self.has(name), name)
        self.assertEqual(self.server.stop(), 0)

    def test_sdk__gets_over_it_by_its_own_retries(self):
        retries = {"total_max_attempts": 12, "mode": "standard"}
        table = boto3.resource(
            "dynamodb", endpoint_url=self.server.url, config=Config(retries=retries)
        ).Table(self.table)
        self.limit(LIMIT_BYTES)
        self.put_until_refused("sdk")
        threading.Timer(1.0, lambda: self.limit(resource.RLIM_INFINITY)).start()
        table.put_item(Item={"id": "late", "n": 1})
        self.assertEqual(table.get_item(Key={"id": "late"})["Item"], {"id": "late", "n": 1})
        self.assertEqual(self.server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
