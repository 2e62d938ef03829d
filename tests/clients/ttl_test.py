"""Time to live over the wire: boto3 with a table whose items expire, the server that waits until
they are deleted, and kill -9 while time to live is being switched on.
"""

import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import support
from boto3_test import Boto3Test, connect

from boto3.dynamodb.conditions import Attr, Key

TTL = "expires"


def switch(enabled, attribute=TTL):
    return {"Enabled": enabled, "AttributeName": attribute}


def seconds(from_now):
    return int(time.time()) + from_now


class TimeToLiveTest(Boto3Test):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reply = cls.client.update_time_to_live(
            TableName=cls.name, TimeToLiveSpecification=switch(True)
        )
        assert reply["TimeToLiveSpecification"] == switch(True), reply

    def describe(self):
        return self.client.describe_time_to_live(TableName=self.name)["TimeToLiveDescription"]

    def test_it_is_described_and_cannot_be_switched_on_twice(self):
        self.assertEqual(self.describe(), {"TimeToLiveStatus": "ENABLED", "AttributeName": TTL})
        call = self.client.update_time_to_live
        for attribute, message in (
            (TTL, "TimeToLive is already enabled"),
            ("other", "TimeToLive is active on a different AttributeName: current AttributeName "
             f"is {TTL}"),
        ):
            told = self.refused(
                "ValidationException", call, TableName=self.name,
                TimeToLiveSpecification=switch(True, attribute),
            )
            self.assertEqual(told, message)

    def test_an_expired_session_is_not_there_and_can_be_opened_again(self):
        session = {"pk": "user", "sk": "session", TTL: seconds(-1)}
        new = {**session, TTL: seconds(1000), "by": "new"}
        self.table.put_item(Item=session)
        self.assertNotIn("Item", self.table.get_item(Key={"pk": "user", "sk": "session"}))
        page = self.table.query(KeyConditionExpression=Key("pk").eq("user"))
        self.assertEqual((page["Count"], page["ScannedCount"]), (0, 0))
        reply = self.table.put_item(
            Item=new, ConditionExpression=Attr("pk").not_exists(), ReturnValues="ALL_OLD"
        )
        self.assertNotIn("Attributes", reply)
        self.assertEqual(
            self.table.get_item(Key={"pk": "user", "sk": "session"})["Item"]["by"], "new"
        )

    def test_it_goes_while_the_client_waits(self):
        self.table.put_item(Item={"pk": "wait", "sk": "a", TTL: seconds(1)})
        self.assertIn("Item", self.table.get_item(Key={"pk": "wait", "sk": "a"}))
        deadline = time.monotonic() + 20
        while "Item" in self.table.get_item(Key={"pk": "wait", "sk": "a"}):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)


class LazyTest(unittest.TestCase):
    """The sweeper comes every 15 seconds, so what a test does at the start is before it."""

    def test_lazy__an_expired_item_is_there_until_it_was_deleted(self):
        server = support.Server("--memory", "--ttl-visibility", "lazy")
        client = connect(server, "resource")
        table = client.create_table(TableName="lazy", **support.key_schema(("pk", "S")))
        client.meta.client.update_time_to_live(
            TableName="lazy", TimeToLiveSpecification=switch(True)
        )
        table.put_item(Item={"pk": "a", TTL: seconds(-60)})
        self.assertIn("Item", table.get_item(Key={"pk": "a"}))
        deadline = time.monotonic() + 60
        while "Item" in table.get_item(Key={"pk": "a"}):
            self.assertLess(time.monotonic(), deadline, "not deleted within a minute")
            time.sleep(0.5)
        client.meta.client.close()
        self.assertIn("time to live: 1 expired items deleted", server.complaints())
        self.assertEqual(server.stop(), 0)


class KillTest(unittest.TestCase):
    """Time to live is switched on for a table with items, and the server dies before it is ENABLED.

    A writer puts and deletes items meanwhile. After the restart it goes on by itself; every item
    that is there has its expiry entry and none is left over, which `stator check` proves.
    """

    TABLE, ITEMS, ROUNDS = "Sessions", 12000, 5

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stator-ttl-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")
        seed = int(os.environ.get("STATOR_TEST_SEED", random.randrange(1 << 32)))
        print(f"STATOR_TEST_SEED={seed}", flush=True)
        self.random = random.Random(seed)

    def switch(self, client, enabled):
        client.must("UpdateTimeToLive", {
            "TableName": self.TABLE, "TimeToLiveSpecification": switch(enabled)
        })

    def status(self, client):
        reply = client.must("DescribeTimeToLive", {"TableName": self.TABLE})
        return reply["TimeToLiveDescription"]["TimeToLiveStatus"]

    def item(self, n):
        """Every third has expired, every third will, every third never does."""
        times = {0: {TTL: {"N": str(seconds(-1000))}}, 1: {TTL: {"N": str(seconds(100000))}}, 2: {}}
        return {"pk": {"S": f"user {n}"}, **times[n % 3]}

    def fill(self, client):
        for start in range(0, self.ITEMS, 25):
            puts = [{"PutRequest": {"Item": self.item(start + i)}} for i in range(25)]
            client.must("BatchWriteItem", {"RequestItems": {self.TABLE: puts}})

    def write(self, port):
        """Change items until the server is gone."""
        with support.Client(port) as client:
            n = 0
            try:
                while True:
                    n += 7
                    key = {"pk": {"S": f"user {n % self.ITEMS}"}}
                    client.must("DeleteItem", {"TableName": self.TABLE, "Key": key})
                    client.must("PutItem", {"TableName": self.TABLE, "Item": self.item(n + 1)})
            except (OSError, support.http.client.HTTPException, ValueError):
                return

    def check(self):
        result = subprocess.run(
            [support.program(), "check", self.data], capture_output=True, text=True, timeout=60
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def test_kill_9__while_it_is_being_switched_on(self):
        cut = 0
        server = support.Server("--data", self.data)
        with support.Client(server.port) as client:
            client.must("CreateTable", {"TableName": self.TABLE, **support.key_schema(("pk", "S"))})
            support.wait_active(client, self.TABLE)
        for _ in range(self.ROUNDS):
            with support.Client(server.port) as client:
                self.fill(client)
                self.switch(client, True)
                writer = threading.Thread(target=self.write, args=(server.port,))
                writer.start()
                time.sleep(self.random.uniform(0, 0.03))
                cut += self.status(client) == "ENABLING"
            server.kill()
            writer.join()
            self.check()
            server = support.Server("--data", self.data)
            with support.Client(server.port) as client:
                self.wait_enabled(client)
                counted = client.must("Scan", {"TableName": self.TABLE, "Select": "COUNT"})["Count"]
                self.assertGreaterEqual(counted, self.ITEMS * 2 // 3 - self.ITEMS // 7)
            self.assertEqual(server.stop(), 0)
            self.check()
            server = support.Server("--data", self.data)
            with support.Client(server.port) as client:
                self.switch(client, False)
        self.assertEqual(server.stop(), 0)
        self.check()
        self.assertGreater(cut, 0, "it was ENABLED each time before the server died")

    def wait_enabled(self, client):
        deadline = time.monotonic() + 60
        while self.status(client) != "ENABLED":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)


if __name__ == "__main__":
    unittest.main()
