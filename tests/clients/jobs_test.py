"""The job queue's six-way condition through boto3: who may overwrite a job, and who may not.

A job may be inserted when (1) there is none under its key, or the one that is there (2) failed,
(3) runs asynchronously and the new one is its return, (4) passed and was created more than 12
hours ago, (5) is marked repeatable, or (6) was created more than two days ago. One
ConditionExpression says all of it, so the server decides, once, also among racing writers.

Statuses are `<code>#<time>`, times RFC 3339 text in UTC: text order is time order.
"""

import datetime
import threading
import unittest

import support
from boto3_test import connect

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

NOW = datetime.datetime(2025, 6, 15, 12, 0, 0, tzinfo=datetime.timezone.utc)
TENANT = "acme@example.com"
KEY = "#job#example.com#10.0.0.1#portscan"


def ago(days=0, hours=0, minutes=0):
    """The text of a time before NOW."""
    span = datetime.timedelta(days=days, hours=hours, minutes=minutes)
    return (NOW - span).strftime("%Y-%m-%dT%H:%M:%SZ")


def job(status=None, created=None, **more):
    """A job as it is stored. `status` is its code alone."""
    item = {"username": TENANT, "key": KEY, "dns": "example.com", **more}
    if status is not None:
        item["status"] = f"{status}#{ago(minutes=1)}"
    if created is not None:
        item["created"] = created
    return item


def may_insert(inbound_code):
    """The six conditions, for a new job of this status code."""
    overwritable_async = "JRA" if inbound_code == "JQA" else "NOMATCH"
    return (
        Attr("key").not_exists()
        | Attr("status").begins_with("JF")
        | Attr("status").begins_with(overwritable_async)
        | (Attr("status").begins_with("JP") & Attr("created").lt(ago(hours=12)))
        | Attr("allowRepeat").eq(True)
        | Attr("created").lt(ago(days=2))
    )


RECENT = ago(minutes=1)
INSERTED, REFUSED = True, False

# (id, the stored job or None, inbound status code, what happens)
JOB_TABLE = (
    ("T0-1", None, "JQ", INSERTED),
    ("T0-2", job("JF", RECENT), "JQ", INSERTED),
    ("T0-3", job("JRA", RECENT), "JQA", INSERTED),
    ("T0-4", job("JRA", RECENT), "JQ", REFUSED),
    ("T0-5", job("JR", RECENT), "JQA", REFUSED),
    ("T0-6 JQ", job("JQ", RECENT), "JQA", REFUSED),
    ("T0-6 JQA", job("JQA", RECENT), "JQA", REFUSED),
    ("T0-7", job("JP", ago(hours=11, minutes=59)), "JQ", REFUSED),
    ("T0-8", job("JP", ago(hours=12, minutes=1)), "JQ", INSERTED),
    ("T0-9", job("JR", ago(hours=12, minutes=1)), "JQ", REFUSED),
    ("T0-10", job("JP", ago(hours=12)), "JQ", REFUSED),
    ("T0-11 JQ", job("JQ", RECENT, allowRepeat=True), "JQ", INSERTED),
    ("T0-11 JR", job("JR", RECENT, allowRepeat=True), "JQ", INSERTED),
    ("T0-11 JRA", job("JRA", RECENT, allowRepeat=True), "JQ", INSERTED),
    ("T0-11 JP", job("JP", RECENT, allowRepeat=True), "JQ", INSERTED),
    ("T0-12 text", job("JR", RECENT, allowRepeat="true"), "JQ", REFUSED),
    ("T0-12 number", job("JR", RECENT, allowRepeat=1), "JQ", REFUSED),
    ("T0-13 47 h 59", job("JR", ago(hours=47, minutes=59)), "JQ", REFUSED),
    ("T0-13 48 h 01", job("JR", ago(hours=48, minutes=1)), "JQ", INSERTED),
    ("T0-14", job(), "JQ", REFUSED),
    ("T0-15", job(created=ago(days=3)), "JQ", INSERTED),
    ("T0-16", job("JR", 1), "JQ", REFUSED),
)


class JobTest(support.ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = connect(cls.server)
        cls.name = support.table_name("jobs")
        cls.client.create_table(
            TableName=cls.name, **support.key_schema(("username", "S"), ("key", "S"))
        )
        cls.client.get_waiter("table_exists").wait(
            TableName=cls.name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
        cls.table = connect(cls.server, "resource").Table(cls.name)

    @classmethod
    def tearDownClass(cls):
        cls.client.delete_table(TableName=cls.name)
        cls.client.close()
        cls.table.meta.client.close()
        super().tearDownClass()

    def setUp(self):
        for item in self.table.scan(ConsistentRead=True)["Items"]:
            self.table.delete_item(Key={"username": item["username"], "key": item["key"]})

    def insert(self, item, code):
        """INSERTED or REFUSED; any other outcome is an error of the test."""
        try:
            self.table.put_item(Item=item, ConditionExpression=may_insert(code))
        except self.client.exceptions.ConditionalCheckFailedException:
            return REFUSED
        return INSERTED

    def stored(self, tenant=TENANT, key=KEY):
        found = self.table.get_item(Key={"username": tenant, "key": key}, ConsistentRead=True)
        return found.get("Item")

    def test_job_table__every_row_is_inserted_or_refused_as_written(self):
        for row, before, code, outcome in JOB_TABLE:
            with self.subTest(row):
                self.table.delete_item(Key={"username": TENANT, "key": KEY})
                if before is not None:
                    self.table.put_item(Item=before)
                inbound = job(code, ago(), origin=row)
                self.assertEqual(self.insert(inbound, code), outcome)
                self.assertEqual(self.stored(), inbound if outcome == INSERTED else before)

    def test_t0_17__of_16_racing_inserts_exactly_one_wins(self):
        """50 rounds; the writers of a round start together, each with a connection of its own."""
        writers, rounds = 16, 50
        start = threading.Barrier(writers)
        outcomes = [[] for _ in range(rounds)]

        def write(writer, table):
            table.get_item(Key={"username": TENANT, "key": "connect"})
            for n in range(rounds):
                item = {**job("JQ", ago()), "key": f"{KEY}#{n}", "writer": writer}
                start.wait()
                try:
                    table.put_item(Item=item, ConditionExpression=may_insert("JQ"))
                    outcomes[n].append((writer, None))
                except ClientError as error:
                    outcomes[n].append((writer, error.response["Error"]["Code"]))

        tables = [connect(self.server, "resource").Table(self.name) for _ in range(writers)]
        threads = [threading.Thread(target=write, args=pair) for pair in enumerate(tables)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for table in tables:
            table.meta.client.close()
        for n, outcome in enumerate(outcomes):
            winners = [writer for writer, code in outcome if code is None]
            losers = [code for _, code in outcome if code is not None]
            self.assertEqual(len(winners), 1, f"round {n}: {outcome}")
            self.assertEqual(losers, ["ConditionalCheckFailedException"] * (writers - 1))
            self.assertEqual(self.stored(key=f"{KEY}#{n}")["writer"], winners[0])
        self.assertEqual(self.table.scan(Select="COUNT", ConsistentRead=True)["Count"], rounds)

    def test_t0_18__a_refused_insert_changes_nothing_and_is_no_server_error(self):
        before = job("JR", RECENT)
        self.table.put_item(Item=before)
        complaints = getattr(self.server, "complaints", lambda: "")
        told = complaints()
        self.assertEqual(self.insert(job("JQ", ago()), "JQ"), REFUSED)
        self.assertEqual(self.stored(), before)
        self.assertEqual(self.table.scan(Select="COUNT", ConsistentRead=True)["Count"], 1)
        self.assertEqual(complaints(), told)

    def test_t0_19__the_same_key_of_another_tenant_is_another_job(self):
        self.table.put_item(Item={**job("JR", RECENT), "username": "other@example.com"})
        self.assertEqual(self.insert(job("JQ", ago()), "JQ"), INSERTED)
        self.assertEqual(self.stored("other@example.com")["status"][:3], "JR#")
        self.assertEqual(self.stored()["status"][:3], "JQ#")


if __name__ == "__main__":
    unittest.main()
