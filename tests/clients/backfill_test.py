"""A global index is filled beside everything else: many items, writes, a kill -9 half-way.

A table of ITEMS items of about a kilobyte gets a global index while writers go on. A tenth of the
items and more do not fit the index: its attributes are missing, of another type, empty or too
long. Half-way the server is killed and started again. A second index is then filled undisturbed.

    writes go on     every one is answered; half of them in HALF_SECONDS, nearly all in MOST_SECONDS
    memory           the server grows by less than GROWTH_BYTES, a fraction of the data
    it goes on       the log says where it takes up the work, and how many items it walked in all
    it is right      the index has an entry for each item that fits it, and no other
    it is counted    ItemCount and IndexSizeBytes; after the kill but for the last second's writes
    it is sound      stator check

STATOR_BACKFILL_ITEMS sets the size; a million proves what 40,000 only suggest.
"""

import os
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import support

ITEMS = int(os.environ.get("STATOR_BACKFILL_ITEMS", "40000"))
PAD = "x" * 900
TABLE = "Filled"
CACHE_MB = 16
LOADERS = 4
BATCH = 25
WRITERS = 4
PAUSE_SECONDS = 0.005  # of a writer between two writes
OWN_EVERY = 101  # writer w owns the loaded items whose number leaves w
GROUPS = 50
GROWTH_BYTES = 24 << 20
HALF_SECONDS = 0.1  # a sanitizer build on two busy processors stays far below
MOST_SECONDS = 1.5  # a disk that others use may take a while
SAVED_SECONDS = 2  # how old saved counts may be at a crash (docs: one second), and some room
FILL_SECONDS = 60 + ITEMS / 1000

# A sanitizer's own hoards, of freed memory and of the stacks that allocated, would drown what is
# measured here. What it puts around each block it takes all the same: a program with it may grow by
# twice as much.
HOARDS = ":quarantine_size_mb=1:malloc_context_size=2"
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + HOARDS


def group(number):
    return f"g{number % GROUPS}"


def order(number):
    return f"{number:09d}"


# What the attributes of the index's key are in item `number`, by number % 20.
FITTING = 13
UNFIT = (
    lambda n: {"h": {"S": order(n)}},
    lambda n: {"g": {"S": group(n)}},
    lambda n: {"g": {"N": str(n)}, "h": {"S": order(n)}},
    lambda n: {"g": {"S": group(n)}, "h": {"N": str(n)}},
    lambda n: {"g": {"S": ""}, "h": {"S": order(n)}},
    lambda n: {"g": {"S": "g" * (2049 if n % 400 == 18 else 9)}, "h": {"BOOL": True}},
    lambda n: {"g": {"S": group(n)}, "h": {"S": "h" * 1025 if n % 400 == 19 else ""}},
)


def whole_item(name, number):
    """The item `name` as it is loaded or put: all that follows from its number."""
    kind = number % (FITTING + len(UNFIT))
    keys = {"g": {"S": group(number)}, "h": {"S": order(number)}}
    if kind >= FITTING:
        keys = UNFIT[kind - FITTING](number)
    return {"id": {"S": name}, **keys, "filler": {"S": PAD}}


def loaded_name(number):
    return f"i{number:09d}"


def entry_of(item):
    """(g, h) as the index has it for `item`, or None when it does not stand there."""
    if item is None:
        return None
    g, h = item.get("g", {}).get("S", ""), item.get("h", {}).get("S", "")
    return (g, h) if 0 < len(g) <= 2048 and 0 < len(h) <= 1024 else None


def size_of(item, projected):
    """DynamoDB's size of an entry: names and values, here of strings alone."""
    return sum(len(name) + len(item[name]["S"]) for name in projected)


def percentile(values, share):
    return sorted(values)[int(len(values) * share)] if values else 0.0


class Loader(threading.Thread):
    """Puts the items `numbers`, BATCH at a time."""

    def __init__(self, port, numbers):
        super().__init__()
        self.port = port
        self.numbers = numbers
        self.fault = None

    def run(self):
        try:
            with support.Client(self.port) as client:
                for at in range(0, len(self.numbers), BATCH):
                    self.put(client, self.numbers[at : at + BATCH])
        except Exception as fault:  # noqa: the main thread reports it
            self.fault = fault

    def put(self, client, numbers):
        puts = [{"PutRequest": {"Item": whole_item(loaded_name(n), n)}} for n in numbers]
        reply = client.must("BatchWriteItem", {"RequestItems": {TABLE: puts}})
        assert reply["UnprocessedItems"] == {}, reply


class Writer(threading.Thread):
    """Writes to items of its own and knows what each of them is, whatever a crash left."""

    def __init__(self, port, number, before=None):
        super().__init__()
        self.port = port
        self.number = number
        self.random = random.Random(number)
        self.items = before.items if before else {}  # name -> item, None: deleted
        self.pending = None  # (name, item) of the write under way
        self.taken = []  # seconds of each write
        self.answered = []  # when
        self.ending = False
        self.fault = None

    def run(self):
        try:
            with support.Client(self.port) as client:
                while not self.ending:
                    self.step(client)
                    time.sleep(PAUSE_SECONDS)
        except (OSError, support.http.client.HTTPException, ValueError) as broken:
            if not self.ending:
                self.fault = broken  # the server is gone, and nobody said it would be
        except Exception as fault:  # noqa: the main thread reports it
            self.fault = fault

    def step(self, client):
        choice = self.random.randrange(4)
        if choice == 0:
            name = f"w{self.number}-{len(self.items)}"
            item = whole_item(name, self.random.randrange(FITTING))
            return self.write(client, name, item, "PutItem", {"Item": item})
        number = self.random.randrange(ITEMS // OWN_EVERY) * OWN_EVERY + self.number
        name = loaded_name(number)
        key = {"Key": {"id": {"S": name}}}
        if choice == 1:
            return self.write(client, name, None, "DeleteItem", key)
        item = self.items.get(name, whole_item(name, number)) or {"id": {"S": name}}
        return self.update(client, name, item, key)

    def update(self, client, name, item, key):
        """Out of the index, or into a group of it."""
        if self.random.random() < 0.3:
            request = {**key, "UpdateExpression": "REMOVE g"}
            after = {name: value for name, value in item.items() if name != "g"}
            if "filler" not in item:  # a REMOVE alone makes no item
                after = None
            return self.write(client, name, after, "UpdateItem", request)
        keys = {"g": {"S": group(self.random.randrange(GROUPS))}, "h": {"S": f"w{self.number}"}}
        after = {**item, **keys, "filler": {"S": PAD}}
        values = {f":{attribute}": value for attribute, value in after.items()}
        del values[":id"]
        request = {
            **key,
            "UpdateExpression": "SET g = :g, h = :h, filler = :filler",
            "ExpressionAttributeValues": values,
        }
        return self.write(client, name, after, "UpdateItem", request)

    def write(self, client, name, after, operation, request):
        self.pending = (name, after)
        began = time.monotonic()
        client.must(operation, {"TableName": TABLE, **request})
        self.answered.append(time.monotonic())
        self.taken.append(self.answered[-1] - began)
        self.items[name] = after
        self.pending = None

    def settle(self, client):
        """Ask whether the write that the crash met happened."""
        if self.pending is None:
            return
        name, _ = self.pending
        request = {"TableName": TABLE, "Key": {"id": {"S": name}}, "ConsistentRead": True}
        self.items[name] = client.must("GetItem", request).get("Item")
        self.pending = None


class Watch(threading.Thread):
    """The most memory that the server had in use at any time."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.most = 0
        self.ending = False

    def run(self):
        while not self.ending and self.server.running():
            self.most = max(self.most, self.server.resident_bytes())
            time.sleep(0.01)

    def end(self):
        self.ending = True
        self.join()
        return self.most


class BackfillTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stator-backfill-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")
        self.server = None
        self.start()
        self.addCleanup(lambda: self.server.running() and self.server.kill())
        print(f"STATOR_BACKFILL_ITEMS={ITEMS}: {ITEMS * (len(PAD) + 40) >> 20} MiB", flush=True)

    def start(self):
        self.server = support.Server("--data", self.data, "--cache-mb", str(CACHE_MB))

    def test_backfill__goes_on_after_kill_9_and_is_right_beside_writes(self):
        writers = self.load_and_begin_writes()
        self.report("before", writers)
        self.fill_until_killed(writers)
        late = self.written_late(writers)
        writers = self.restart(writers)
        self.wait_until_filled("by-group", writers)
        self.end(writers)
        self.check_entries("by-group", writers)
        self.check_counts("by-group", writers, ("id", "g", "h", "filler"), late)

        writers = self.begin_writes(writers)
        watch = self.begin_index("again", "KEYS_ONLY")
        self.wait_until_filled("again", writers, watch)
        self.end(writers)
        self.check_entries("again", writers)
        self.check_counts("again", writers, ("id", "g", "h"), 0)
        self.check_folder(writers)

    # ---- the story

    def load_and_begin_writes(self):
        with support.Client(self.server.port) as client:
            client.must("CreateTable", {"TableName": TABLE, **support.key_schema(("id", "S"))})
            support.wait_active(client, TABLE)
        began = time.monotonic()
        loaders = [Loader(self.server.port, range(n, ITEMS, LOADERS)) for n in range(LOADERS)]
        self.run_all(loaders)
        self.assertEqual([loader.fault for loader in loaders if loader.fault], [])
        print(f"loaded in {time.monotonic() - began:.1f} s", flush=True)
        writers = self.begin_writes([None] * WRITERS)
        time.sleep(1)
        self.loaded_bytes = self.server.resident_bytes()
        return writers

    def run_all(self, threads):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def begin_writes(self, before):
        writers = [Writer(self.server.port, n, known) for n, known in enumerate(before)]
        for writer in writers:
            writer.start()
        return writers

    def end(self, writers):
        for writer in writers:
            writer.ending = True
        for writer in writers:
            writer.join()
        self.assertEqual([writer.fault for writer in writers if writer.fault], [])

    def begin_index(self, name, projection):
        """Make an index that is filled while the caller goes on; answers a Watch."""
        watch = Watch(self.server)
        watch.start()
        create = {
            "IndexName": name,
            "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"},
                {"AttributeName": "h", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": projection},
        }
        with support.Client(self.server.port) as client:
            client.must(
                "UpdateTable",
                {
                    "TableName": TABLE,
                    "AttributeDefinitions": [
                        {"AttributeName": name, "AttributeType": "S"} for name in "gh"
                    ],
                    "GlobalSecondaryIndexUpdates": [{"Create": create}],
                },
            )
        return watch

    def fill_until_killed(self, writers):
        watch = self.begin_index("by-group", "ALL")
        self.wait_for_half()
        self.report("while it was filled", writers)
        most = watch.end()
        for writer in writers:
            writer.ending = True
        self.server.kill()
        for writer in writers:
            writer.join()
        self.assertEqual([writer.fault for writer in writers if writer.fault], [])
        self.check_memory(most)
        self.assertIn(f"index by-group of table {TABLE}: being filled", self.server.told)
        self.assertNotIn("complete", self.server.told)

    def wait_for_half(self):
        """Until the index has an entry for half of the items that fit it."""
        half = ITEMS * FITTING // (FITTING + len(UNFIT)) // 2
        deadline = time.monotonic() + FILL_SECONDS
        with support.Client(self.server.port) as client:
            query = {
                "TableName": TABLE,
                "IndexName": "by-group",
                "KeyConditionExpression": "g = :g",
                "ExpressionAttributeValues": {":g": {"S": "g1"}},
            }
            status, reply = client.call("Query", query)
            self.assertEqual(status, 400)
            self.assertIn("Cannot read from backfilling global secondary index", reply["message"])
            while True:
                index = self.describe(client, "by-group")
                self.assertEqual(index["IndexStatus"], "CREATING", "too few items to be half-way")
                self.assertTrue(index["Backfilling"])
                if index["ItemCount"] >= half:
                    return
                self.assertLess(time.monotonic(), deadline, "the index does not fill")
                time.sleep(0.003)

    def written_late(self, writers):
        """How many writes the saved counts may lack."""
        killed = time.monotonic()
        times = [when for writer in writers for when in writer.answered]
        return sum(when > killed - SAVED_SECONDS for when in times) + len(writers)

    def restart(self, writers):
        self.start()
        with support.Client(self.server.port) as client:
            for writer in writers:
                writer.settle(client)
        return self.begin_writes(writers)

    def wait_until_filled(self, name, writers, watch=None):
        began = time.monotonic()
        watch = watch or Watch(self.server)
        if not watch.is_alive():
            watch.start()
        with support.Client(self.server.port) as client:
            while self.describe(client, name)["IndexStatus"] != "ACTIVE":
                self.assertLess(time.monotonic() - began, FILL_SECONDS, "the index does not fill")
                time.sleep(0.02)
        print(f"{name}: filled in {time.monotonic() - began:.1f} s", flush=True)
        self.report("while it was filled", writers)
        self.check_memory(watch.end())
        self.check_log(name)

    # ---- what is judged

    def report(self, title, writers):
        """Say how long the writes so far took, judge it, and begin anew."""
        self.assertEqual([writer.fault for writer in writers if writer.fault], [])
        taken = [seconds for writer in writers for seconds in writer.taken]
        for writer in writers:
            writer.taken = []
        half, most = percentile(taken, 0.5), percentile(taken, 0.99)
        print(
            f"{len(taken)} writes {title}: p50 {half * 1000:.1f} ms, "
            f"p99 {most * 1000:.1f} ms, max {max(taken) * 1000:.1f} ms",
            flush=True,
        )
        self.assertLess(half, HALF_SECONDS, f"writes wait {title}")
        self.assertLess(most, MOST_SECONDS, f"writes wait {title}")

    def check_memory(self, most):
        """Beside the server that had just loaded the table; a new one has not filled its cache."""
        grown = most - self.loaded_bytes
        bound = GROWTH_BYTES * (2 if support.is_sanitized() else 1)
        print(f"the server grew by {grown / (1 << 20):.1f} MiB", flush=True)
        self.assertLess(grown, bound)

    def check_log(self, name):
        """It is told how far the work is; a killed fill goes on and never walks an item twice."""
        told = re.findall(
            rf"index {name} of table {TABLE}: ([a-z ]+), (\d+) of about (\d+) items walked\n",
            self.server.complaints(),
        )
        words = [what for what, _, _ in told]
        walked = [int(number) for _, number, _ in told]
        self.assertEqual(walked, sorted(walked))
        self.assertEqual(words[-1], "complete")
        self.assertGreater(len(words), 3, f"progress is not shown: {words}")
        if name == "by-group":
            self.assertEqual(words[0], "goes on being filled")
            self.assertGreater(walked[0], ITEMS // 3)
        else:
            self.assertEqual((words[0], walked[0]), ("being filled", 0))
        self.assertAlmostEqual(walked[-1], ITEMS, delta=ITEMS * 0.1)

    def describe(self, client, name):
        table = client.must("DescribeTable", {"TableName": TABLE})["Table"]
        return next(i for i in table["GlobalSecondaryIndexes"] if i["IndexName"] == name)

    def expected(self, writers):
        """(name, item or None) of every item that ever was."""
        written = {name: item for writer in writers for name, item in writer.items.items()}
        for number in range(ITEMS):
            name = loaded_name(number)
            yield name, written.pop(name) if name in written else whole_item(name, number)
        yield from written.items()

    def check_entries(self, index, writers):
        """The index has the entry of each item that fits it, once, and nothing else."""
        stored = {}
        request = {
            "TableName": TABLE,
            "IndexName": index,
            "ProjectionExpression": "id, g, h",
        }
        with support.Client(self.server.port, timeout=120) as client:
            while True:
                page = client.must("Scan", request)
                for item in page["Items"]:
                    name = item["id"]["S"]
                    self.assertNotIn(name, stored, "two entries of one item")
                    stored[name] = entry_of(item)
                if "LastEvaluatedKey" not in page:
                    break
                request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        for name, item in self.expected(writers):
            self.assertEqual(stored.pop(name, None), entry_of(item), name)
        self.assertEqual(stored, {}, "entries of items that are not there")

    def check_counts(self, index, writers, projected, late):
        """ItemCount and IndexSizeBytes, which may lack the last `late` writes before a crash."""
        entries = [item for _, item in self.expected(writers) if entry_of(item)]
        size = sum(size_of(item, projected) for item in entries)
        with support.Client(self.server.port) as client:
            told = self.describe(client, index)
        print(
            f"{index}: {told['ItemCount']} of {len(entries)} entries counted, "
            f"{told['IndexSizeBytes']} of {size} bytes; {late} writes may be missing",
            flush=True,
        )
        self.assertAlmostEqual(told["ItemCount"], len(entries), delta=late)
        self.assertAlmostEqual(told["IndexSizeBytes"], size, delta=late * (len(PAD) + 100))

    def check_folder(self, writers):
        items = [item for _, item in self.expected(writers) if item]
        entries = sum(entry_of(item) is not None for item in items)
        self.assertEqual(self.server.stop(), 0)
        result = subprocess.run(
            [support.program(), "check", self.data], capture_output=True, text=True, timeout=600
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        told = f"1 tables, {len(items)} items, {2 * entries} index entries: sound\n"
        self.assertEqual(result.stdout, told)


if __name__ == "__main__":
    unittest.main()
