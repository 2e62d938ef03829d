"""Streams through boto3: a consumer that follows a table under load, through kill -9 of the server.

The consumer is as the developer guide has it: it lists shards, reads a shard from TRIM_HORIZON once
the parent is read to its end, and goes on with NextShardIterator until there is none. The server
dies and comes back under it; it asks again with the iterator that it holds.

Each of WRITERS threads owns items and changes them by puts, updates, deletions and transactions, no
two versions alike. What is pending when the server dies may have happened: the writer reads the
item and goes on from there. Each record's old image must be the new image of the one before it, and
the last one what the table shows: every committed change once, in the order of the commits.
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
from boto3_test import boto3, Config

from botocore.exceptions import ClientError, ConnectionError as Broken, HTTPClientError
from boto3.dynamodb.types import TypeDeserializer

ROUNDS = int(os.environ.get("STATOR_KILL_ROUNDS", "6"))
WRITERS = 8
ITEMS = 12  # of each writer
SHARDS = (1, 2, 4)  # open ones, from one start of the server to the next
PAUSE = 0.02  # of a consumer that found nothing
PATIENCE = 60


def follow(url):
    """A client of DynamoDB Streams: the endpoint is the tables'."""
    options = {"retries": {"max_attempts": 0}, "proxies": {}, "read_timeout": 20}
    return boto3.client("dynamodbstreams", endpoint_url=url, config=Config(**options))


def plain(image):
    """A map of attribute values as Python has them, or None."""
    if image is None:
        return None
    return {name: TypeDeserializer().deserialize(value) for name, value in image.items()}


class Consumer(threading.Thread):
    """Reads a stream from its beginning until all of its shards have ended."""

    def __init__(self, arn, where):
        super().__init__()
        self.arn = arn
        self.where = where  # () -> the server's url now
        self.url = None
        self.client = None
        self.records = []
        self.shards = {}  # ShardId -> its ParentShardId or None
        self.iterators = {}  # ShardId -> where it is read next
        self.ended = set()
        self.over = False  # there will be no more shards
        self.fault = None

    def run(self):
        try:
            deadline = time.monotonic() + PATIENCE * (ROUNDS + 1)
            while not self.is_done():
                assert time.monotonic() < deadline, "the stream never ended"
                if not self.turn():
                    time.sleep(PAUSE)
        except Exception as fault:  # noqa: the main thread reports it
            self.fault = fault
        finally:
            self.client.close()

    def call(self, operation, **arguments):
        """The reply, or None while there is no server."""
        if self.url != self.where():
            self.url = self.where()
            if self.client is not None:
                self.client.close()
            self.client = follow(self.url)
        try:
            return getattr(self.client, operation)(**arguments)
        except (Broken, HTTPClientError):
            time.sleep(PAUSE)
            return None

    def find_shards(self):
        """All that there are now, and whether there will be more."""
        more = {}
        while True:
            reply = self.call("describe_stream", StreamArn=self.arn, Limit=2, **more)
            if reply is None:
                return
            description = reply["StreamDescription"]
            for shard in description["Shards"]:
                self.shards.setdefault(shard["ShardId"], shard.get("ParentShardId"))
            if "LastEvaluatedShardId" not in description:
                self.over = description["StreamStatus"] == "DISABLED"
                return
            more = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    def is_done(self):
        return self.over and self.ended == set(self.shards)

    def begin(self, shard):
        reply = self.call("get_shard_iterator", StreamArn=self.arn, ShardId=shard,
                          ShardIteratorType="TRIM_HORIZON")
        if reply is not None:
            self.iterators[shard] = reply["ShardIterator"]

    def turn(self):
        """One page of each shard that can be read. True: there was something."""
        self.find_shards()
        found = 0
        for shard, parent in list(self.shards.items()):
            if shard in self.ended or (parent is not None and parent not in self.ended):
                continue
            if shard not in self.iterators:
                self.begin(shard)
            else:
                found += self.read(shard)
        return found > 0

    def read(self, shard):
        reply = self.call("get_records", ShardIterator=self.iterators[shard])
        if reply is None:
            return 0
        self.records += reply["Records"]
        if "NextShardIterator" in reply:
            self.iterators[shard] = reply["NextShardIterator"]
        else:
            self.ended.add(shard)
        return len(reply["Records"])


class Writer(threading.Thread):
    """One client with items of its own."""

    def __init__(self, table, number, seed):
        super().__init__()
        self.table, self.number = table, number
        self.random = random.Random(seed)
        self.versions = {}  # item name -> version that is there, as far as this one knows
        self.last = {}  # item name -> the highest version ever tried
        self.pending = None
        self.port = None
        self.stop = False
        self.fault = None
        self.count = 0

    def again(self, port):
        """A new thread for the next round, with what this one knows."""
        other = Writer(self.table, self.number, self.random.random())
        other.versions, other.last, other.count = self.versions, self.last, self.count
        other.pending, other.port = self.pending, port
        return other

    def run(self):
        client = support.Client(self.port)
        try:
            self.settle(client)
            while not self.stop:
                self.step(client)
        except (OSError, support.http.client.HTTPException, ValueError):
            pass  # the server died
        except Exception as fault:  # noqa: the main thread reports it
            self.fault = fault
        finally:
            client.close()

    def settle(self, client):
        """What became of the request under way when the server died?"""
        if self.pending is None:
            return
        request = {"TableName": self.table, "Key": {"id": {"S": self.pending}}}
        item = client.must("GetItem", request).get("Item")
        self.versions[self.pending] = int(item["version"]["N"]) if item else None
        self.pending = None

    def send(self, client, operation, request):
        client.must(operation, {"TableName": self.table, **request})
        self.count += 1

    def step(self, client):
        name = f"w{self.number}-{self.random.randrange(ITEMS)}"
        version = self.last.get(name, 0) + 1
        self.last[name] = version
        self.pending = name
        key, text = {"id": {"S": name}}, {"S": f"{name} " * (version % 40)}
        how = self.random.choice(("put", "update", "delete", "transact"))
        item = {**key, "version": {"N": str(version)}, "text": text}
        if how == "delete" and self.versions.get(name) is not None:
            self.send(client, "DeleteItem", {"Key": key})
        elif how == "update":
            self.send(client, "UpdateItem", {
                "Key": key, "UpdateExpression": "SET version = :v, #t = :t",
                "ExpressionAttributeNames": {"#t": "text"},
                "ExpressionAttributeValues": {":v": item["version"], ":t": text}})
        elif how == "transact":
            client.must("TransactWriteItems", {
                "TransactItems": [{"Put": {"TableName": self.table, "Item": item}}]})
        else:
            self.send(client, "PutItem", {"Item": item})
        if how == "delete" and self.versions.get(name) is not None:
            self.versions[name] = None
        else:
            self.versions[name] = version
        self.pending = None


class KillTest(unittest.TestCase):
    """The consumer of the top of this file."""

    TABLE = "Followed"

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stator-streams-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.seed = int(os.environ.get("STATOR_TEST_SEED", random.randrange(1 << 32)))
        print(f"STATOR_TEST_SEED={self.seed}", flush=True)
        self.server = None
        self.addCleanup(self.end_server)

    def end_server(self):
        """Where the test failed, it still runs."""
        if self.server.running():
            self.server.kill()

    def start(self, n):
        shards = SHARDS[min(n, len(SHARDS) - 1)]
        data = os.path.join(self.folder, "data")
        self.server = support.Server("--data", data, "--stream-shards", str(shards))

    def make_table(self):
        specification = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        with support.Client(self.server.port) as client:
            client.must("CreateTable", {
                "TableName": self.TABLE, "StreamSpecification": specification,
                **support.key_schema(("id", "S"))})
            support.wait_active(client, self.TABLE)
            table = client.must("DescribeTable", {"TableName": self.TABLE})["Table"]
        return table["LatestStreamArn"]

    def test_kill_9__a_consumer_sees_every_committed_change_once_in_order(self):
        chance = random.Random(self.seed)
        self.start(0)
        arn = self.make_table()
        consumer = Consumer(arn, lambda: self.server.url)
        consumer.start()
        writers = [Writer(self.TABLE, n, chance.random()) for n in range(WRITERS)]
        for n in range(ROUNDS):
            writers = [writer.again(self.server.port) for writer in writers]
            self.write_and_kill(writers, chance.uniform(0.2, 0.7))
            self.start(n + 1)
        writers = [writer.again(self.server.port) for writer in writers]
        self.write_and_stop(writers)
        items = self.end_stream()
        consumer.join()
        self.assertIsNone(consumer.fault)
        self.assertGreater(sum(writer.count for writer in writers), 20 * ROUNDS, "too few writes")
        print(f"{len(consumer.records)} records of {len(consumer.shards)} shards", flush=True)
        self.check(consumer, items)
        self.check_shards(consumer)
        self.check_again(arn, consumer.records)
        self.assertEqual(self.server.stop(), 0)
        self.check_folder()

    def check_folder(self):
        command = [support.program(), "check", os.path.join(self.folder, "data")]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def write_and_kill(self, writers, seconds):
        for writer in writers:
            writer.start()
        time.sleep(seconds)
        self.server.kill()
        self.join(writers)

    def write_and_stop(self, writers):
        for writer in writers:
            writer.start()
        time.sleep(0.3)
        for writer in writers:
            writer.stop = True
        self.join(writers)

    def join(self, writers):
        for writer in writers:
            writer.join()
        self.assertEqual([w.fault for w in writers if w.fault], [])

    def end_stream(self):
        """Switch it off, so that the consumer comes to an end; the items of the table."""
        with support.Client(self.server.port) as client:
            off = {"TableName": self.TABLE, "StreamSpecification": {"StreamEnabled": False}}
            client.must("UpdateTable", off)
            items, request = [], {"TableName": self.TABLE, "ConsistentRead": True}
            while True:
                page = client.must("Scan", request)
                items += page["Items"]
                if "LastEvaluatedKey" not in page:
                    return {item["id"]["S"]: plain(item) for item in items}
                request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def check(self, consumer, items):
        """Replay the records: each goes on where the one before it left its item."""
        now, order = {}, {}
        for record in consumer.records:
            change = record["dynamodb"]
            name = change["Keys"]["id"]["S"]
            old, new = plain(change.get("OldImage")), plain(change.get("NewImage"))
            self.assertEqual(old, now.get(name), f"{name}: a change is missing, or there twice")
            kind = {(True, False): "INSERT", (True, True): "MODIFY", (False, True): "REMOVE"}
            self.assertEqual(record["eventName"], kind[new is not None, old is not None])
            self.assertLess(order.get(name, 0), int(change["SequenceNumber"]))
            order[name] = int(change["SequenceNumber"])
            now[name] = new
        self.assertEqual({name: item for name, item in now.items() if item is not None}, items)
        ids = [record["eventID"] for record in consumer.records]
        self.assertEqual(len(set(ids)), len(ids))

    def check_shards(self, consumer):
        """There came to be more shards as the server was told to have more, with a parent each."""
        roots = [shard for shard, parent in consumer.shards.items() if parent is None]
        self.assertEqual(len(roots), 1)
        self.assertGreaterEqual(len(consumer.shards), 1 + SHARDS[-1])
        self.assertEqual(sorted(consumer.shards), list(consumer.shards), "ids do not ascend")

    def check_again(self, arn, records):
        """Another consumer that comes later is told the same."""
        late = Consumer(arn, lambda: self.server.url)
        late.start()
        late.join()
        self.assertIsNone(late.fault)

        def number(record):
            return int(record["dynamodb"]["SequenceNumber"])

        self.assertEqual(sorted(late.records, key=number), sorted(records, key=number))


class StreamsTest(support.ServerTest):
    """What boto3 makes of the replies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = boto3.client("dynamodb", endpoint_url=cls.server.url)
        cls.streams = follow(cls.server.url)
        cls.name = support.table_name("streams")
        cls.client.create_table(
            TableName=cls.name, **support.key_schema(("pk", "S")),
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        cls.client.get_waiter("table_exists").wait(TableName=cls.name)
        cls.arn = cls.client.describe_table(TableName=cls.name)["Table"]["LatestStreamArn"]

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.streams.close()
        super().tearDownClass()

    def shard(self):
        described = self.streams.describe_stream(StreamArn=self.arn)["StreamDescription"]
        return described["Shards"][0]["ShardId"]

    def test_a_record_is_read_as_it_was_written(self):
        shard = self.shard()
        latest = self.streams.get_shard_iterator(
            StreamArn=self.arn, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
        before = int(time.time())
        item = {"pk": {"S": "a"}, "b": {"B": b"\x00\xff"}, "n": {"N": "1.5"}, "s": {"SS": ["x"]}}
        self.client.put_item(TableName=self.name, Item=item)
        reply = self.streams.get_records(ShardIterator=latest)
        (record,) = reply["Records"]
        change = record.pop("dynamodb")
        self.assertRegex(record.pop("eventID"), "^[0-9a-f]{32}$")
        self.assertEqual(record, {
            "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
            "awsRegion": support.REGION})
        self.assertLessEqual(before, change.pop("ApproximateCreationDateTime").timestamp())
        self.assertRegex(change.pop("SequenceNumber"), "^[0-9]{21,40}$")
        # Of Keys 3 bytes, of NewImage 3, 3, 3 and 2, each with its name.
        self.assertEqual(change, {
            "Keys": {"pk": {"S": "a"}}, "NewImage": item, "SizeBytes": 3 + 3 + 3 + 4 + 2,
            "StreamViewType": "NEW_IMAGE"})
        self.assertTrue(reply["NextShardIterator"])

    def test_errors_are_boto3s_own(self):
        errors = self.streams.exceptions
        arn = self.arn[:-3] + "999"
        with self.assertRaises(errors.ResourceNotFoundException):
            self.streams.describe_stream(StreamArn=arn if arn != self.arn else arn[:-3] + "998")
        with self.assertRaises(ClientError) as raised:
            self.streams.get_records(ShardIterator="x" * 30)
        self.assertEqual(raised.exception.response["Error"],
                         {"Code": "ValidationException", "Message": "Invalid ShardIterator"})

    def test_the_streams_of_a_table_are_listed(self):
        (stream,) = self.streams.list_streams(TableName=self.name)["Streams"]
        self.assertEqual(stream["StreamArn"], self.arn)
        label = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"
        self.assertTrue(re.fullmatch(label, stream["StreamLabel"]), stream)


class IsolateTest(support.ServerTest):
    """With --isolate a stream is its caller's, and awsRegion the caller's region."""

    server_options = ("--isolate",)

    def test_streams_of_another_region_are_others(self):
        here = {"endpoint_url": self.server.url, "region_name": "eu-west-1"}
        client = boto3.client("dynamodb", **here)
        client.create_table(
            TableName="apart", **support.key_schema(("pk", "S")),
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
        client.put_item(TableName="apart", Item={"pk": {"S": "a"}})
        streams = boto3.client("dynamodbstreams", **here)
        self.addCleanup(client.close)
        self.addCleanup(streams.close)
        arn = streams.list_streams()["Streams"][0]["StreamArn"]
        self.assertIn(":eu-west-1:", arn)
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        first = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        (record,) = streams.get_records(ShardIterator=first)["Records"]
        self.assertEqual(record["awsRegion"], "eu-west-1")
        other = follow(self.server.url)
        self.addCleanup(other.close)
        self.assertEqual(other.list_streams()["Streams"], [])
        with self.assertRaises(ClientError) as raised:
            other.get_records(ShardIterator=first)
        self.assertEqual(raised.exception.response["Error"]["Code"], "ValidationException")


if __name__ == "__main__":
    unittest.main()
