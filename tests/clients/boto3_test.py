"""boto3 against Stator: what a Python application does with a table, and what it is told.

One class per part of the API; each makes its own table. The low-level client is used where types
and bytes matter, the resource (Table) where Python values do. Retries are switched off, so an
error that the server would only answer once is seen.
"""

import json
import threading
import time
import unittest
from decimal import Decimal

import support

try:
    import boto3
    from boto3.dynamodb.conditions import Attr, Key
    from boto3.dynamodb.types import Binary
    from botocore.config import Config
    from botocore.exceptions import ClientError, WaiterError
except ImportError:
    support.require(False, "boto3 is missing: apt-get install python3-boto3")

# Digits of a number that no binary floating point keeps.
DIGITS_38 = "12345678901234567890123456789012345678"


def connect(server, service="client", **config):
    make = boto3.client if service == "client" else boto3.resource
    options = {"retries": {"max_attempts": 0}, "proxies": {}, "max_pool_connections": 32}
    return make("dynamodb", endpoint_url=server.url, config=Config(**{**options, **config}))


class Boto3Test(support.ServerTest):
    """A table of its own for each class: partition key `pk`, sort key `sk`, both strings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = connect(cls.server)
        cls.name = support.table_name("boto3")
        cls.client.create_table(TableName=cls.name, **support.key_schema(("pk", "S"), ("sk", "S")))
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

    def refused(self, code, call, **arguments):
        """The error of a call that has to fail with `code`."""
        with self.assertRaises(ClientError) as raised:
            call(**arguments)
        error = raised.exception.response
        self.assertEqual(error["Error"]["Code"], code, error)
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 400)
        return error["Error"]["Message"]


class TableTest(Boto3Test):
    def new_table(self, **more):
        name = support.table_name("made")
        arguments = {**support.key_schema(("id", "N")), **more}
        made = self.client.create_table(TableName=name, **arguments)["TableDescription"]
        self.client.get_waiter("table_exists").wait(
            TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
        return name, made

    def drop(self, name):
        self.client.delete_table(TableName=name)
        self.client.get_waiter("table_not_exists").wait(
            TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )

    def test_create_table__describes_what_was_made(self):
        name, made = self.new_table()
        self.assertEqual(made["TableName"], name)
        self.assertEqual(made["TableStatus"], "CREATING")
        self.assertEqual(made["KeySchema"], [{"AttributeName": "id", "KeyType": "HASH"}])
        self.assertTrue(made["TableArn"].startswith("arn:aws:dynamodb:"), made["TableArn"])
        self.assertTrue(made["TableArn"].endswith(f":table/{name}"), made["TableArn"])
        table = self.client.describe_table(TableName=name)["Table"]
        self.assertEqual(table["TableStatus"], "ACTIVE")
        self.assertEqual(table["TableId"], made["TableId"])
        self.assertEqual(table["CreationDateTime"], made["CreationDateTime"])
        self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")
        self.drop(name)

    def test_create_table__the_same_name_twice_is_in_use(self):
        message = self.refused(
            "ResourceInUseException",
            self.client.create_table,
            TableName=self.name,
            **support.key_schema(("pk", "S")),
        )
        self.assertEqual(message, f"Table already exists: {self.name}")

    def test_describe_table__names_a_table_that_does_not_exist(self):
        message = self.refused(
            "ResourceNotFoundException", self.client.describe_table, TableName="nowhere"
        )
        self.assertEqual(message, "Requested resource not found: Table: nowhere not found")

    def test_list_tables__pages_through_all_names_in_order(self):
        names = {self.new_table()[0] for _ in range(3)}
        pages = self.client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2})
        listed = [name for page in pages for name in page["TableNames"]]
        self.assertEqual(listed, sorted(listed))
        self.assertLessEqual(names | {self.name}, set(listed))
        for name in names:
            self.drop(name)

    def test_update_table__changes_the_billing_mode_and_the_throughput(self):
        name, _ = self.new_table()
        throughput = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
        self.client.update_table(
            TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput=throughput
        )
        self.client.get_waiter("table_exists").wait(
            TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
        table = self.client.describe_table(TableName=name)["Table"]
        self.assertEqual(table["ProvisionedThroughput"]["ReadCapacityUnits"], 7)
        self.assertEqual(table["ProvisionedThroughput"]["WriteCapacityUnits"], 3)
        self.drop(name)

    def test_delete_table__takes_the_items_along(self):
        name, _ = self.new_table()
        self.client.put_item(TableName=name, Item={"id": {"N": "1"}})
        self.drop(name)
        message = self.refused(
            "ResourceNotFoundException",
            self.client.get_item,
            TableName=name,
            Key={"id": {"N": "1"}},
        )
        self.assertEqual(message, "Requested resource not found")
        self.client.create_table(TableName=name, **support.key_schema(("id", "N")))
        self.client.get_waiter("table_exists").wait(TableName=name)
        self.assertEqual(self.client.scan(TableName=name)["Items"], [])
        self.drop(name)

    def test_waiter__gives_up_on_a_table_that_never_comes(self):
        waiter = self.client.get_waiter("table_exists")
        with self.assertRaises(WaiterError):
            waiter.wait(TableName="nowhere", WaiterConfig={"Delay": 0, "MaxAttempts": 2})


class ValueTest(Boto3Test):
    def kept(self, value):
        """What comes back for `value`: written as a Python value, read by a consistent get."""
        key = {"pk": "value", "sk": self.id()}
        self.table.put_item(Item={**key, "value": value})
        return self.table.get_item(Key=key, ConsistentRead=True)["Item"]["value"]

    def test_decimals__keep_38_digits(self):
        for text in (
            DIGITS_38,
            f"-{DIGITS_38}",
            f"0.{DIGITS_38}",
            "1E-130",
            "0",
        ):
            with self.subTest(text):
                self.assertEqual(self.kept(Decimal(text)), Decimal(text))

    def test_numbers__are_answered_in_canonical_form(self):
        for sent, answered in (
            ("1.500", "1.5"),
            ("007", "7"),
            ("-0", "0"),
            ("1E2", "100"),
            ("0.00001", "0.00001"),
            ("1E-130", "0." + "0" * 129 + "1"),
            ("9." + "9" * 37 + "E+125", "9" * 38 + "0" * 88),
        ):
            with self.subTest(sent):
                item = {"pk": {"S": "number"}, "sk": {"S": sent}, "n": {"N": sent}}
                self.client.put_item(TableName=self.name, Item=item)
                key = {"pk": item["pk"], "sk": item["sk"]}
                got = self.client.get_item(TableName=self.name, Key=key)["Item"]
                self.assertEqual(got["n"], {"N": answered})

    def test_numbers__with_39_digits_are_refused(self):
        item = {"pk": {"S": "number"}, "sk": {"S": "39"}, "n": {"N": DIGITS_38 + "9"}}
        message = self.refused(
            "ValidationException", self.client.put_item, TableName=self.name, Item=item
        )
        self.assertEqual(
            message, "Attempting to store more than 38 significant digits in a Number"
        )

    def test_binaries__keep_every_byte(self):
        everything = bytes(range(256)) * 3
        self.assertEqual(self.kept(Binary(everything)), Binary(everything))
        self.assertEqual(self.kept(b""), Binary(b""))

    def test_sets__keep_their_members(self):
        for members in (
            {"a", "b", "é\U0001f600"},
            {Decimal("1"), Decimal("2.5"), Decimal("-1E-100")},
            {Binary(b"\x00"), Binary(b"\xff\x00")},
        ):
            with self.subTest(members):
                self.assertEqual(self.kept(members), members)

    def test_documents__keep_nesting_nulls_and_empty_values(self):
        document = {
            "list": [1, "two", [Decimal("3.0"), {"deep": None}], []],
            "map": {"none": "", "true": True, "false": False, "empty": {}},
            "text": "\u0000\u001f\"\\/\u2028é\U0001f600",
        }
        self.assertEqual(self.kept(document), document)

    def test_sets__with_a_member_twice_are_refused(self):
        item = {"pk": {"S": "set"}, "sk": {"S": "x"}, "s": {"SS": ["a", "b", "a"]}}
        message = self.refused(
            "ValidationException", self.client.put_item, TableName=self.name, Item=item
        )
        self.assertEqual(
            message,
            "One or more parameter values were invalid: "
            "Input collection [a, b, a] contains duplicates.",
        )


class WriteTest(Boto3Test):
    def setUp(self):
        self.key = {"pk": "write", "sk": self.id()}
        self.before = {**self.key, "n": 1, "text": "old", "map": {"a": 1, "b": 2}, "list": [1, 2]}
        self.table.put_item(Item=self.before)

    def stored(self):
        return self.table.get_item(Key=self.key, ConsistentRead=True).get("Item")

    def update(self, expression, returned="NONE", values=None, **more):
        reply = self.table.update_item(
            Key=self.key,
            UpdateExpression=expression,
            ReturnValues=returned,
            **({"ExpressionAttributeValues": values} if values else {}),
            **more,
        )
        return reply.get("Attributes")

    def test_put_item__replaces_the_whole_item(self):
        self.table.put_item(Item={**self.key, "only": "this"})
        self.assertEqual(self.stored(), {**self.key, "only": "this"})

    def test_put_item__returns_the_old_item_when_asked(self):
        after = {**self.key, "n": 2}
        self.assertNotIn("Attributes", self.table.put_item(Item=after))
        self.table.put_item(Item=self.before)
        reply = self.table.put_item(Item=after, ReturnValues="ALL_OLD")
        self.assertEqual(reply["Attributes"], self.before)

    def test_delete_item__removes_it_and_returns_the_old_item_when_asked(self):
        reply = self.table.delete_item(Key=self.key, ReturnValues="ALL_OLD")
        self.assertEqual(reply["Attributes"], self.before)
        self.assertIsNone(self.stored())
        self.assertNotIn("Attributes", self.table.delete_item(Key=self.key, ReturnValues="ALL_OLD"))

    def test_update_item__returns_each_of_the_five_return_values(self):
        change = "SET n = n + :one, #map.a = :nine"
        names = {"ExpressionAttributeNames": {"#map": "map"}}
        after = {**self.before, "n": 2, "map": {"a": 9, "b": 2}}
        for returned, expected in (
            ("NONE", None),
            ("ALL_OLD", self.before),
            ("UPDATED_OLD", {"n": 1, "map": {"a": 1}}),
            ("ALL_NEW", after),
            ("UPDATED_NEW", {"n": 2, "map": {"a": 9}}),
        ):
            with self.subTest(returned):
                self.table.put_item(Item=self.before)
                values = {":one": 1, ":nine": 9}
                self.assertEqual(self.update(change, returned, values, **names), expected)
                self.assertEqual(self.stored(), after)

    def test_update_item__sets_removes_adds_and_deletes(self):
        self.table.put_item(Item={**self.before, "tags": {"a", "b"}})
        after = self.update(
            "SET fresh = if_not_exists(fresh, :five), #l = list_append(#l, :more), n = :five - n "
            "REMOVE #map.b ADD hits :five DELETE tags :gone",
            "ALL_NEW",
            {":five": 5, ":more": [3], ":gone": {"a"}},
            ExpressionAttributeNames={"#l": "list", "#map": "map"},
        )
        self.assertEqual(
            after,
            {
                **self.key,
                "n": 4,
                "text": "old",
                "map": {"a": 1},
                "list": [1, 2, 3],
                "fresh": 5,
                "hits": 5,
                "tags": {"b"},
            },
        )

    def test_update_item__creates_an_item_that_was_missing(self):
        self.table.delete_item(Key=self.key)
        self.assertEqual(self.update("SET n = :n", "ALL_NEW", {":n": 1}), {**self.key, "n": 1})

    def test_update_item__that_only_removes_creates_nothing(self):
        self.table.delete_item(Key=self.key)
        self.assertIsNone(self.update("REMOVE n", "ALL_NEW"))
        self.assertIsNone(self.stored())

    def test_condition__that_fails_changes_nothing(self):
        absent = Attr("pk").not_exists()
        for call, arguments in (
            (self.table.put_item, {"Item": {**self.key, "n": 7}}),
            (self.table.delete_item, {"Key": self.key}),
        ):
            message = self.refused(
                "ConditionalCheckFailedException", call, ConditionExpression=absent, **arguments
            )
            self.assertEqual(message, "The conditional request failed")
        self.refused(
            "ConditionalCheckFailedException",
            self.table.update_item,
            Key=self.key,
            UpdateExpression="SET n = :n",
            ConditionExpression="n = :other",
            ExpressionAttributeValues={":n": 7, ":other": 5},
        )
        self.assertEqual(self.stored(), self.before)

    def test_condition__built_by_boto3_is_judged(self):
        condition = (
            (Attr("n").between(1, 3) & Attr("text").begins_with("ol"))
            | Attr("list").contains(9)
            | Attr("gone").exists()
        ) & ~Attr("text").is_in(["new", "newer"])
        self.table.put_item(Item={**self.key, "n": 4}, ConditionExpression=condition)
        self.assertEqual(self.stored()["n"], 4)
        self.refused(
            "ConditionalCheckFailedException",
            self.table.put_item,
            Item=self.before,
            ConditionExpression=condition,
        )

    def test_condition__raises_the_modelled_exception_class(self):
        with self.assertRaises(self.client.exceptions.ConditionalCheckFailedException):
            self.client.delete_item(
                TableName=self.name,
                Key={"pk": {"S": "write"}, "sk": {"S": self.id()}},
                ConditionExpression="attribute_not_exists(pk)",
            )

    def test_condition__that_fails_carries_the_old_item_when_asked(self):
        """Sent past botocore's model, which in Debian 12 does not know the parameter yet."""
        bodies = []
        events = self.client.meta.events

        def ask(params, **_):
            body = json.loads(params["body"])
            params["body"] = json.dumps({**body, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})

        def hear(response_dict, **_):
            bodies.append(json.loads(response_dict["body"]))

        events.register("before-call.dynamodb.PutItem", ask, "ask")
        events.register("response-received.dynamodb.PutItem", hear, "hear")
        item = {"pk": {"S": "write"}, "sk": {"S": self.id()}}
        try:
            self.refused(
                "ConditionalCheckFailedException",
                self.client.put_item,
                TableName=self.name,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
            )
        finally:
            events.unregister("before-call.dynamodb.PutItem", ask, "ask")
            events.unregister("response-received.dynamodb.PutItem", hear, "hear")
        self.assertEqual(len(bodies), 1)
        self.assertEqual(
            bodies[0].get("Item"),
            {
                **item,
                "n": {"N": "1"},
                "text": {"S": "old"},
                "map": {"M": {"a": {"N": "1"}, "b": {"N": "2"}}},
                "list": {"L": [{"N": "1"}, {"N": "2"}]},
            },
        )

    def test_expressions__that_are_wrong_are_refused_with_a_reason(self):
        for expression, message in (
            (
                "n = :none",
                "Invalid ConditionExpression: An expression attribute value used in expression "
                "is not defined; attribute value: :none",
            ),
            (
                "#none = pk",
                "Invalid ConditionExpression: An expression attribute name used in the document "
                "path is not defined; attribute name: #none",
            ),
            (
                "status = pk",
                "Invalid ConditionExpression: Attribute name is a reserved keyword; "
                "reserved keyword: status",
            ),
            ("", "Invalid ConditionExpression: The expression can not be empty;"),
        ):
            with self.subTest(expression):
                got = self.refused(
                    "ValidationException",
                    self.table.delete_item,
                    Key=self.key,
                    ConditionExpression=expression,
                )
                self.assertEqual(got, message)

    def test_racing_increments__are_all_counted(self):
        def add():
            for _ in range(25):
                self.table.update_item(
                    Key=self.key,
                    UpdateExpression="ADD n :one",
                    ExpressionAttributeValues={":one": 1},
                )

        threads = [threading.Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.stored()["n"], 1 + 8 * 25)


class ReadTest(Boto3Test):
    """100 small items in `small`, sort keys 000…099; 50 of 50,000 bytes in `large`."""

    LARGE_BYTES = 50_000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for n in range(100):
            item = {"pk": "small", "sk": f"{n:03}", "n": n, "even": n % 2 == 0}
            cls.table.put_item(Item=item)
        for n in range(50):
            item = {"pk": "large", "sk": f"{n:03}", "fill": "x" * cls.LARGE_BYTES}
            cls.table.put_item(Item=item)

    def pages(self, operation, page_size=None, **arguments):
        paging = {"PageSize": page_size} if page_size else {}
        pages = self.client.get_paginator(operation).paginate(
            TableName=self.name, PaginationConfig=paging, **arguments
        )
        return list(pages)

    @staticmethod
    def sort_keys(pages):
        return [item["sk"]["S"] for page in pages for item in page["Items"]]

    def partition(self, name, more="", **values):
        """The arguments that query one partition."""
        return {
            "KeyConditionExpression": "pk = :pk" + more,
            "ExpressionAttributeValues": {
                ":pk": {"S": name},
                **{f":{key}": value for key, value in values.items()},
            },
        }

    def test_query__answers_a_partition_in_order(self):
        reply = self.table.query(KeyConditionExpression=Key("pk").eq("small"))
        self.assertEqual([item["n"] for item in reply["Items"]], list(range(100)))
        self.assertEqual((reply["Count"], reply["ScannedCount"]), (100, 100))
        self.assertNotIn("LastEvaluatedKey", reply)

    def test_query__answers_backwards(self):
        reply = self.table.query(
            KeyConditionExpression=Key("pk").eq("small"), ScanIndexForward=False, Limit=3
        )
        self.assertEqual([item["n"] for item in reply["Items"]], [99, 98, 97])

    def test_query__takes_every_condition_on_the_sort_key(self):
        sort = Key("sk")
        for condition, expected in (
            (sort.eq("042"), [42]),
            (sort.lt("002"), [0, 1]),
            (sort.lte("002"), [0, 1, 2]),
            (sort.gt("097"), [98, 99]),
            (sort.gte("097"), [97, 98, 99]),
            (sort.between("010", "012"), [10, 11, 12]),
            (sort.begins_with("05"), list(range(50, 60))),
            (sort.eq("nothing"), []),
        ):
            with self.subTest(condition.get_expression()["operator"]):
                reply = self.table.query(KeyConditionExpression=Key("pk").eq("small") & condition)
                self.assertEqual([item["n"] for item in reply["Items"]], expected)

    def test_query__pages_by_limit_and_names_the_last_key(self):
        pages = self.pages("query", 30, **self.partition("small"))
        self.assertEqual([page["Count"] for page in pages], [30, 30, 30, 10])
        self.assertEqual(self.sort_keys(pages), [f"{n:03}" for n in range(100)])
        self.assertEqual(
            pages[0]["LastEvaluatedKey"], {"pk": {"S": "small"}, "sk": {"S": "029"}}
        )
        self.assertNotIn("LastEvaluatedKey", pages[3])

    def test_query__pages_backwards(self):
        pages = self.pages("query", 30, ScanIndexForward=False, **self.partition("small"))
        self.assertEqual(self.sort_keys(pages), [f"{n:03}" for n in reversed(range(100))])

    def test_query__counts_the_limit_before_the_filter(self):
        reply = self.table.query(
            KeyConditionExpression=Key("pk").eq("small"),
            FilterExpression=Attr("n").gt(89),
            Limit=90,
        )
        self.assertEqual((reply["Count"], reply["ScannedCount"]), (0, 90))
        self.assertEqual(reply["LastEvaluatedKey"], {"pk": "small", "sk": "089"})

    def test_query__ends_a_page_at_one_megabyte(self):
        pages = self.pages("query", **self.partition("large"))
        self.assertEqual(self.sort_keys(pages), [f"{n:03}" for n in range(50)])
        for page in pages[:-1]:
            item_bytes = page["Count"] * self.LARGE_BYTES
            self.assertGreater(item_bytes + self.LARGE_BYTES, 1 << 20)
            self.assertLess(item_bytes, (1 << 20) + self.LARGE_BYTES)

    def test_query__measures_the_megabyte_before_the_filter(self):
        reply = self.table.query(
            KeyConditionExpression=Key("pk").eq("large"), FilterExpression=Attr("none").exists()
        )
        self.assertEqual(reply["Items"], [])
        self.assertGreaterEqual(reply["ScannedCount"], 20)
        self.assertLessEqual(reply["ScannedCount"], 21)
        self.assertIn("LastEvaluatedKey", reply)

    def test_query__projects_the_attributes_that_were_asked_for(self):
        reply = self.table.query(
            KeyConditionExpression=Key("pk").eq("small") & Key("sk").eq("007"),
            ProjectionExpression="n, absent",
        )
        self.assertEqual(reply["Items"], [{"n": 7}])

    def test_query__select_count_answers_no_items(self):
        reply = self.table.query(
            KeyConditionExpression=Key("pk").eq("small"),
            FilterExpression=Attr("even").eq(True),
            Select="COUNT",
        )
        self.assertNotIn("Items", reply)
        self.assertEqual((reply["Count"], reply["ScannedCount"]), (50, 100))

    def test_scan__pages_through_everything_once(self):
        pages = self.pages("scan", 17, ProjectionExpression="pk, sk")
        found = [(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"]]
        self.assertEqual(len(found), 150)
        self.assertEqual(len(set(found)), 150)

    def test_scan__filters(self):
        pages = self.pages(
            "scan",
            FilterExpression="n BETWEEN :low AND :high AND even = :true",
            ExpressionAttributeValues={
                ":low": {"N": "10"},
                ":high": {"N": "20"},
                ":true": {"BOOL": True},
            },
        )
        self.assertEqual(sorted(self.sort_keys(pages)), ["010", "012", "014", "016", "018", "020"])
        self.assertEqual(sum(page["ScannedCount"] for page in pages), 150)

    def test_get_item__of_a_missing_key_answers_no_item(self):
        self.assertNotIn("Item", self.table.get_item(Key={"pk": "small", "sk": "nothing"}))

    def test_get_item__with_half_a_key_is_refused(self):
        message = self.refused("ValidationException", self.table.get_item, Key={"pk": "small"})
        self.assertEqual(message, "The provided key element does not match the schema")


class ParallelScanTest(Boto3Test):
    def test_segments__share_the_items_without_overlap(self):
        for n in range(200):
            self.table.put_item(Item={"pk": f"p{n}", "sk": "x"})
        found = {}

        def scan(segment):
            pages = self.client.get_paginator("scan").paginate(
                TableName=self.name,
                Segment=segment,
                TotalSegments=4,
                PaginationConfig={"PageSize": 9},
            )
            found[segment] = [item["pk"]["S"] for page in pages for item in page["Items"]]

        threads = [threading.Thread(target=scan, args=(segment,)) for segment in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(
            sorted(name for names in found.values() for name in names),
            sorted(f"p{n}" for n in range(200)),
        )
        self.assertTrue(all(found.values()), "200 partitions leave no segment of 4 empty")


class CapacityTest(Boto3Test):
    """An item of n bytes: 1 write unit per KiB begun, 1 consistent read unit per 4 KiB begun."""

    def item(self, item_bytes):
        overhead = len("pk") + len("capacity") + len("sk") + len(self.id()) + len("fill")
        fill = "x" * (item_bytes - overhead)
        return {"pk": "capacity", "sk": self.id(), "fill": fill}

    def units(self, call, **arguments):
        reply = call(ReturnConsumedCapacity="TOTAL", **arguments)
        self.assertEqual(reply["ConsumedCapacity"]["TableName"], self.name)
        return reply["ConsumedCapacity"]["CapacityUnits"]

    def test_writes__count_kibibytes_begun(self):
        key = {"pk": "capacity", "sk": self.id()}
        for item_bytes, units in ((1024, 1), (1025, 2), (4096, 4), (4097, 5)):
            with self.subTest(item_bytes):
                self.table.delete_item(Key=key)
                item = self.item(item_bytes)
                self.assertEqual(self.units(self.table.put_item, Item=item), units)
                self.assertEqual(self.units(self.table.delete_item, Key=key), units)

    def test_update_item__counts_the_larger_of_old_and_new(self):
        self.table.put_item(Item=self.item(3000))
        units = self.units(
            self.table.update_item,
            Key={"pk": "capacity", "sk": self.id()},
            UpdateExpression="REMOVE fill",
        )
        self.assertEqual(units, 3)

    def test_get_item__counts_four_kibibytes_begun_and_half_when_eventual(self):
        key = {"pk": "capacity", "sk": self.id()}
        for item_bytes, units in ((4096, 1), (4097, 2), (9000, 3)):
            with self.subTest(item_bytes):
                self.table.put_item(Item=self.item(item_bytes))
                get = self.table.get_item
                self.assertEqual(self.units(get, Key=key, ConsistentRead=True), units)
                self.assertEqual(self.units(get, Key=key), units / 2)

    def test_get_item__of_a_missing_item_counts_the_least(self):
        key = {"pk": "capacity", "sk": "missing"}
        self.assertEqual(self.units(self.table.get_item, Key=key), 0.5)
        self.assertEqual(self.units(self.table.get_item, Key=key, ConsistentRead=True), 1)

    def test_query__counts_the_sum_of_its_items(self):
        for n in range(10):
            item = {"pk": self.id(), "sk": str(n), "fill": "x" * 1000}
            self.table.put_item(Item=item)
        page = 10 * (len("pk") + len(self.id()) + len("sk") + 1 + len("fill") + 1000)
        units = -(-page // 4096)
        query = {"KeyConditionExpression": Key("pk").eq(self.id())}
        self.assertEqual(self.units(self.table.query, **query), units / 2)
        self.assertEqual(self.units(self.table.query, ConsistentRead=True, **query), units)

    def test_replies__are_silent_about_capacity_unless_asked(self):
        self.assertNotIn("ConsumedCapacity", self.table.put_item(Item=self.item(1000)))


class IndexTest(support.ServerTest):
    """Orders of customers, found by day through a local index and by state through global ones."""

    COUNT = 60

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = connect(cls.server)
        cls.name = support.table_name("boto3-index")
        keys = support.key_schema(("customer", "S"), ("order", "S"))
        keys["AttributeDefinitions"] += [
            {"AttributeName": "day", "AttributeType": "N"},
            {"AttributeName": "state", "AttributeType": "S"},
        ]
        cls.client.create_table(
            TableName=cls.name,
            **keys,
            LocalSecondaryIndexes=[support.index("by-day", "customer", "day", "ALL")],
            GlobalSecondaryIndexes=[support.index("by-state", "state", "day", "KEYS_ONLY")],
        )
        cls.table = connect(cls.server, "resource").Table(cls.name)
        cls.table.wait_until_exists()
        for n in range(cls.COUNT):
            cls.table.put_item(Item=cls.order(n))

    @classmethod
    def tearDownClass(cls):
        cls.client.delete_table(TableName=cls.name)
        cls.client.close()
        cls.table.meta.client.close()
        super().tearDownClass()

    @staticmethod
    def order(n):
        """Every third order is not paid yet; days run against the numbers of orders."""
        item = {"customer": f"c{n % 4}", "order": f"{n:03}", "day": 1000 - n, "text": "x" * 50}
        return item if n % 3 == 0 else {**item, "state": "paid"}

    def days(self, **arguments):
        """All days of a query in pages of seven, and how many pages there were."""
        pages = list(
            self.client.get_paginator("query").paginate(
                TableName=self.name, PaginationConfig={"PageSize": 7}, **arguments
            )
        )
        return [int(item["day"]["N"]) for page in pages for item in page["Items"]], len(pages)

    def test_query__pages_through_a_global_index_in_both_directions(self):
        paid = [1000 - n for n in range(self.COUNT) if n % 3 != 0]
        arguments = {
            "IndexName": "by-state",
            "KeyConditionExpression": "#s = :paid",
            "ExpressionAttributeNames": {"#s": "state"},
            "ExpressionAttributeValues": {":paid": {"S": "paid"}},
        }
        self.assertEqual(self.days(**arguments), (sorted(paid), 6))
        self.assertEqual(self.days(ScanIndexForward=False, **arguments), (paid, 6))

    def test_query__pages_through_a_local_index(self):
        reply = self.table.query(
            IndexName="by-day",
            KeyConditionExpression=Key("customer").eq("c1") & Key("day").gt(950),
            Limit=5,
            ConsistentRead=True,
        )
        orders = [item["order"] for item in reply["Items"]]
        self.assertEqual(orders, ["049", "045", "041", "037", "033"])
        self.assertEqual(
            reply["LastEvaluatedKey"], {"customer": "c1", "order": "033", "day": Decimal(967)}
        )

    def test_scan__a_global_index_has_its_keys_only(self):
        reply = self.table.scan(IndexName="by-state", ReturnConsumedCapacity="INDEXES")
        self.assertEqual(reply["Count"], self.COUNT - self.COUNT // 3)
        self.assertEqual(set(reply["Items"][0]), {"customer", "order", "day", "state"})
        spent = reply["ConsumedCapacity"]["GlobalSecondaryIndexes"]
        self.assertEqual(spent, {"by-state": {"CapacityUnits": 0.5}})

    def test_update_table__makes_and_ends_an_index(self):
        self.client.update_table(
            TableName=self.name,
            AttributeDefinitions=[
                {"AttributeName": "text", "AttributeType": "S"},
                {"AttributeName": "day", "AttributeType": "N"},
            ],
            GlobalSecondaryIndexUpdates=[
                {"Create": support.index("by-text", "text", "day", "ALL")},
            ],
        )
        self.await_indexes({"by-state", "by-text"})
        reply = self.table.query(
            IndexName="by-text", KeyConditionExpression=Key("text").eq("x" * 50), Select="COUNT"
        )
        self.assertEqual(reply["Count"], self.COUNT)
        self.client.update_table(
            TableName=self.name,
            GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-text"}}],
        )
        self.await_indexes({"by-state"})

    def await_indexes(self, names):
        """Until the table has these global indexes, all ACTIVE."""
        for _ in range(100):
            table = self.client.describe_table(TableName=self.name)["Table"]
            found = table["GlobalSecondaryIndexes"]
            active = {index["IndexName"] for index in found if index["IndexStatus"] == "ACTIVE"}
            if active == names and len(found) == len(names) and table["TableStatus"] == "ACTIVE":
                return
            time.sleep(0.05)
        self.fail(f"the indexes are {found}")


if __name__ == "__main__":
    unittest.main()
