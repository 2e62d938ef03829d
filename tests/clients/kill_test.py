"""kill -9 in the middle of concurrent writes, again and again on one data directory.

Each of WRITERS threads owns its items and moves them from version to version: by a put, a
conditional put, a conditional update of many attributes, or a delete. What an item of a version
holds follows from its name and version alone, so whole or torn is a comparison. A writer has one
request under way, so after a crash each of its items must stand at the version that was
acknowledged last, and only the item of the request under way may stand one further.

All writers also count on one hot item. A reader watches it: whatever a read showed before the
crash must be there after it, acknowledged or not.

What dies is the process, not the machine: the page cache survives, so --durability relaxed has to
keep the same promise here.
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

ROUNDS = int(os.environ.get("STATOR_KILL_ROUNDS", "20"))
WRITERS = 16
PARTS = 6  # attributes of an item besides its key and version
HOT = {"id": {"S": "hot"}}


def whole_item(name, version):
    """All that the item `name` holds at `version`; 100 bytes to 3 KiB."""
    item = {"id": {"S": name}, "version": {"N": str(version)}}
    for part in range(PARTS):
        text = f"{name}/{version}/{part} "
        item[f"part{part}"] = {"S": text * (1 + (version * 7 + part * 3) % 25)}
    return item


class Died(Exception):
    """The connection broke: the server is gone, the request's fate unknown."""


class Writer(threading.Thread):
    """One client with items of its own."""

    def __init__(self, table, number, seed):
        super().__init__()
        self.table = table
        self.number = number
        self.random = random.Random(seed)
        self.port = None
        self.versions = {}  # item name -> version acknowledged; None: deleted
        self.last = {}  # item name -> the highest version ever tried
        self.pending = None  # (item name, version or None) of the request under way
        self.counted = 0  # acknowledged increments of the hot item in this round
        self.counting = False  # is an increment under way?
        self.fault = None

    def again(self, port):
        """A new thread for the next round, with what this one knows."""
        other = Writer(self.table, self.number, self.random.random())
        other.port, other.versions, other.last = port, self.versions, self.last
        return other

    def run(self):
        client = support.Client(self.port)
        try:
            while True:
                self.step(client)
        except Died:
            pass
        except Exception as fault:  # noqa: the main thread reports it
            self.fault = fault
        finally:
            client.close()

    def send(self, client, operation, request):
        try:
            status, body = client.call(operation, {"TableName": self.table, **request})
        except (OSError, support.http.client.HTTPException, ValueError) as broken:
            raise Died from broken
        assert status == 200, f"{operation} {request}: {status} {body}"

    def step(self, client):
        if self.random.random() < 0.2:
            return self.count(client)
        names = list(self.versions)
        if not names or self.random.random() < 0.5:
            return self.move(client, f"w{self.number}-{len(names)}", "put")
        name = self.random.choice(names[-50:])
        how = "put" if self.versions[name] is None else self.random.choice(self.MOVES)
        return self.move(client, name, how)

    MOVES = ("put", "conditional put", "update", "update", "delete")

    def move(self, client, name, how):
        """Take an item to its next version."""
        now = self.versions.get(name)
        version = self.last.get(name, 0) + 1
        self.last[name] = version
        self.pending = (name, None if how == "delete" else version)
        item = whole_item(name, version)
        key = {"id": item["id"]}
        expected = {
            "ConditionExpression": "version = :now",
            "ExpressionAttributeValues": {":now": {"N": str(now)}},
        }
        if how == "put":
            self.send(client, "PutItem", {"Item": item})
        elif how == "conditional put":
            self.send(client, "PutItem", {"Item": item, **expected})
        elif how == "delete":
            self.send(client, "DeleteItem", {"Key": key, **expected})
        else:
            values = {f":{attribute}": value for attribute, value in item.items()}
            del values[":id"]
            sets = ", ".join(f"{value[1:]} = {value}" for value in values)
            update = {**expected, "UpdateExpression": "SET " + sets}
            update["ExpressionAttributeValues"] = {**values, ":now": {"N": str(now)}}
            self.send(client, "UpdateItem", {"Key": key, **update})
        self.versions[name] = self.pending[1]
        self.pending = None

    def count(self, client):
        self.counting = True
        request = {
            "Key": HOT,
            "UpdateExpression": "ADD hits :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        self.send(client, "UpdateItem", request)
        self.counted += 1
        self.counting = False


class Watcher(threading.Thread):
    """Reads the hot item and remembers the most it ever saw."""

    def __init__(self, table, port):
        super().__init__()
        self.table = table
        self.port = port
        self.seen = 0

    def run(self):
        with support.Client(self.port) as client:
            while True:
                request = {"TableName": self.table, "Key": HOT, "ConsistentRead": True}
                try:
                    _, body = client.call("GetItem", request)
                except (OSError, support.http.client.HTTPException, ValueError):
                    return
                self.seen = max(self.seen, hits(body))


def hits(body):
    return int(body["Item"]["hits"]["N"]) if "Item" in body else 0


class KillTest(unittest.TestCase):
    TABLE = "Kill"

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stator-kill-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.seed = int(os.environ.get("STATOR_TEST_SEED", random.randrange(1 << 32)))
        print(f"STATOR_TEST_SEED={self.seed}", flush=True)

    def test_kill_9__keeps_all_that_was_acknowledged_and_tears_nothing(self):
        self.rounds("sync", ROUNDS)

    def test_kill_9__of_a_relaxed_server_keeps_it_too(self):
        self.rounds("relaxed", max(ROUNDS // 3, 1))

    def rounds(self, durability, count):
        chance = random.Random(self.seed)
        data = os.path.join(self.folder, durability)
        server = support.Server("--data", data, "--durability", durability)
        with support.Client(server.port) as client:
            client.must("CreateTable", {"TableName": self.TABLE, **support.key_schema(("id", "S"))})
            support.wait_active(client, self.TABLE)
        writers = [Writer(self.TABLE, n, chance.random()) for n in range(WRITERS)]
        for n in range(count):
            writers = [writer.again(server.port) for writer in writers]
            with support.Client(server.port) as client:
                before = self.hot(client)
            watcher = Watcher(self.TABLE, server.port)
            self.run_and_kill(server, [*writers, watcher], chance.uniform(0.1, 0.6), n)
            self.assertEqual([w.fault for w in writers if w.fault], [])

            server = support.Server("--data", data, "--durability", durability)
            with support.Client(server.port) as client:
                self.check_items(client, writers, f"{durability}, round {n}")
                self.check_hot(client, writers, before, watcher.seen)
                self.check_tables(client, n)
        self.assertEqual(server.stop(), 0)
        self.check_folder(data)
        acknowledged = sum(len(writer.versions) for writer in writers)
        self.assertGreater(acknowledged, 20 * count, "too few writes to prove anything")

    def check_folder(self, data):
        result = subprocess.run(
            [support.program(), "check", data], capture_output=True, text=True, timeout=60
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertRegex(result.stdout, r"^\d+ tables, \d+ items, \d+ index entries: sound\n$")

    def run_and_kill(self, server, threads, seconds, n):
        for thread in threads:
            thread.start()
        time.sleep(seconds / 2)
        with support.Client(server.port) as client:
            client.must("CreateTable", {"TableName": f"T-{n}", **support.key_schema(("id", "S"))})
        time.sleep(seconds / 2)
        server.kill()
        for thread in threads:
            thread.join()

    def check_items(self, client, writers, title):
        stored = {item["id"]["S"]: item for item in self.scan(client)}
        stored.pop("hot", None)
        for writer in writers:
            if writer.pending:
                self.settle(writer, stored)
            for name, version in writer.versions.items():
                expected = None if version is None else whole_item(name, version)
                self.assertEqual(stored.pop(name, None), expected, f"{title}: {name}")
        self.assertEqual(stored, {}, f"{title}: items that nobody wrote")

    def settle(self, writer, stored):
        """The request under way may have happened: if so, its item is whole at its version."""
        name, version = writer.pending
        item = stored.get(name)
        happened = item == (None if version is None else whole_item(name, version))
        if happened or name not in writer.versions:
            writer.versions[name] = version if happened else None

    def check_hot(self, client, writers, before, seen):
        now = self.hot(client)
        counted = sum(writer.counted for writer in writers)
        under_way = sum(writer.counting for writer in writers)
        self.assertGreaterEqual(now - before, counted)
        self.assertLessEqual(now - before, counted + under_way)
        self.assertGreaterEqual(now, seen, "a read showed what the crash took back")

    def check_tables(self, client, n):
        names = client.must("ListTables", {})["TableNames"]
        self.assertEqual(sorted(names), sorted([self.TABLE, *(f"T-{k}" for k in range(n + 1))]))

    def hot(self, client):
        request = {"TableName": self.TABLE, "Key": HOT, "ConsistentRead": True}
        return hits(client.must("GetItem", request))

    def scan(self, client):
        request = {"TableName": self.TABLE, "ConsistentRead": True}
        while True:
            page = client.must("Scan", request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


if __name__ == "__main__":
    unittest.main()
