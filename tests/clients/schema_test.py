"""Partition schemas and scoped indexes on the line protocol, and what they refuse over HTTP.

A schema is made and dropped by lines; that it holds whatever way a write comes is shown with
DynamoDB's protocol on the same server. Which items are refused is tests/engine/schema_test.c's.
"""

import os
import time
import unittest

import support
from lines import LineTest, Wire, eq

MISSING = 'attribute "email" is missing'
WRONG = 'attribute "age" is of type S and should be of type N'
PREFIX = "The item does not fit partition schema USER: "

USERS = {
    "prefix": "USER", "description": "people", "validate": True,
    "attributes": [{"name": "email", "type": "String", "required": True},
                   {"name": "age", "type": "Number", "required": False}],
}


class SchemaTest(LineTest):
    def make_users(self, **more):
        self.ok("create_schema", **{**USERS, **more})

    def assert_misfit(self, answer, *errors):
        self.assertEqual(answer["prefix"], "USER")
        self.assertEqual(answer["errors"], list(errors))
        self.assertEqual(answer["message"], PREFIX + "; ".join(errors))

    def test_schema__is_made_listed_described_and_dropped(self):
        self.assertEqual(self.ok("list_schemas"), {"schemas": []})
        self.make_users()
        self.ok("create_schema", prefix="ORDER")
        order = {"prefix": "ORDER", "description": "", "attributes": [], "validate": False}
        self.assertEqual(self.ok("list_schemas"), {"schemas": [order, USERS]})
        self.assertEqual(self.ok("describe_schema", prefix="USER"), {"schema": USERS})
        self.refused("PartitionSchemaAlreadyExists", "create_schema", prefix="USER")
        self.ok("drop_schema", prefix="USER")
        for op in ("drop_schema", "describe_schema"):
            self.refused("PartitionSchemaNotFound", op, prefix="USER")
        self.assertEqual(self.ok("list_schemas"), {"schemas": [order]})

    def test_schema__types_have_names_and_letters(self):
        names = ["String", "Number", "Binary", "Boolean", "Null", "List", "Map", "StringSet",
                 "NumberSet", "BinarySet"]
        letters = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"]
        for prefix, types in (("names", names), ("letters", letters), ("loud", list(map(
                str.upper, names)))):
            attributes = [{"name": name, "type": kind} for name, kind in zip(names, types)]
            self.ok("create_schema", prefix=prefix, attributes=attributes)
            schema = self.ok("describe_schema", prefix=prefix)["schema"]
            self.assertEqual([a["type"] for a in schema["attributes"]], names)

    def test_schema__mistakes_are_told(self):
        self.refused("TableNotFound", "create_schema", table="none", prefix="USER")
        self.refused("ParseError", "create_schema")
        self.refused("ParseError", "create_schema", prefix="A", attributes={})
        self.refused("ParseError", "create_schema", prefix="A", attributes=[{"name": "x"}])
        self.refused("ParseError", "create_schema", prefix="A", valid=True)
        self.refused("ParseError", "create_schema", prefix="A",
                     attributes=[{"name": "x", "type": "Text"}])
        self.refused("LimitExceeded", "create_schema", prefix="A",
                     attributes=[{"name": f"a{i}", "type": "S"} for i in range(1001)])
        for prefix in ("", "A#", "#"):
            self.refused("ValidationError", "create_schema", prefix=prefix)
        self.refused("ValidationError", "create_schema", prefix="A",
                     attributes=[{"name": "x", "type": "S"}] * 2)
        self.refused("PartitionSchemaNotFound", "drop_schema", prefix="")
        numbers = support.table_name("numbers")
        self.ok("create_table", table=numbers, partition_key={"name": "n", "type": "Number"})
        self.refused("PartitionSchemaRequiresStringKey", "create_schema", table=numbers, prefix="A")

    def test_schema__a_put_that_does_not_fit_is_refused_with_all_that_is_wrong(self):
        self.make_users()
        item = {"pk": "USER#1", "sk": "s", "age": "old"}
        answer = self.refused("ValidationFailed", "put_item", item=item)
        self.assert_misfit(answer, MISSING, WRONG)
        answer = self.refused("ValidationFailed", "put_item", item=item, expected_version=0)
        self.assert_misfit(answer, MISSING, WRONG)
        self.assertIsNone(self.get("USER#1"))
        self.put("USER#1", email="a@b", age=7, more=True)
        self.put("ORDER#1", age="old")

    def test_schema__an_update_is_judged_by_its_outcome(self):
        self.make_users()
        self.put("USER#1", email="a@b")
        key = {"partition_key": "USER#1", "sort_key": "s"}
        for path, remove in (("email", True), ("m.made.on.the.way", False)):
            updates = [{"action": "REMOVE", "path": "email"},
                       {"action": "SET", "path": path, "value": 1}]
            answer = self.refused("ValidationFailed", "update_item", **key,
                                  updates=updates[:1] if remove else updates)
            self.assert_misfit(answer, MISSING)
        self.assertEqual(self.get("USER#1"), {"pk": "USER#1", "sk": "s", "email": "a@b"})
        self.refused("ConditionCheckFailed", "update_item", **key, condition=eq("email", "x"),
                     updates=[{"action": "REMOVE", "path": "email"}])
        self.assertEqual(self.update(("SET", "age", 7), pk="USER#1")["age"], 7)

    def test_schema__transactions_and_batches_write_nothing(self):
        self.make_users()
        puts = [{"op": "put", "table": self.table, "item": {"pk": pk, "sk": "s"}}
                for pk in ("ORDER#1", "USER#1")]
        answer = self.refused("ValidationFailed", "transact", operations=puts)
        self.assert_misfit(answer, MISSING)
        self.assertEqual(answer["operation_index"], 1)
        self.assert_misfit(self.refused("ValidationFailed", "batch_write", operations=puts),
                           MISSING)
        self.assertEqual(self.ok("scan")["items"], [])

    def test_schema__without_validation_it_only_describes(self):
        self.make_users(validate=False)
        self.put("USER#1", age="old")

    def test_schema__holds_for_other_protocols_too(self):
        self.make_users()
        item = {"pk": {"S": "USER#1"}, "sk": {"S": "s"}}
        error = {"__type": "com.amazon.coral.validate#ValidationException",
                 "message": PREFIX + MISSING, "PartitionSchema": "USER",
                 "SchemaErrors": [MISSING]}
        put = {"TableName": self.table, "Item": item}
        with support.Client(self.server.port) as client:
            self.assertEqual(client.call("PutItem", put), (400, error))
            update = {"TableName": self.table, "Key": item}
            self.assertEqual(client.call("UpdateItem", update), (400, error))
            batch = {"RequestItems": {self.table: [{"PutRequest": {"Item": item}}]}}
            self.assertEqual(client.call("BatchWriteItem", batch), (400, error))
            status, answer = client.call("TransactWriteItems", {"TransactItems": [{"Put": put}]})
            self.assertEqual(status, 400)
            self.assertEqual(answer["CancellationReasons"], [
                {"Code": "ValidationError", "Message": PREFIX + MISSING,
                 "PartitionSchema": "USER", "SchemaErrors": [MISSING]}])
            put["Item"]["email"] = {"S": "a@b"}
            client.must("PutItem", put)


class ScopedIndexTest(LineTest):
    def await_index(self, name):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            index = self.ok("describe_index", name=name)["index"]
            if index["status"] == "ACTIVE":
                return index
            time.sleep(0.01)
        raise AssertionError(f"{name} is still {index['status']}")

    def make_index(self, name, **members):
        self.ok("create_index", name=name, index_key={"name": "email", "type": "String"}, **members)
        return self.await_index(name)

    def found(self, name, email="a@b"):
        items = self.ok("query_index", index_name=name, key_value=email)["items"]
        return sorted(item["pk"] for item in items)

    def test_scoped_index_still_works(self):
        self.refused("PartitionSchemaNotFound", "create_index", name="by-email",
                     index_key={"name": "email", "type": "String"}, partition_schema="USER")
        self.refused("PartitionSchemaNotFound", "create_index", name="by-email",
                     index_key={"name": "email", "type": "String"}, partition_schema="")
        self.ok("create_schema", prefix="USER")
        self.put("USER#1", email="a@b")
        self.put("ORDER#1", email="a@b")
        self.assertEqual(self.make_index("by-email", partition_schema="USER"), {
            "name": "by-email", "index_key": {"name": "email", "type": "String"},
            "partition_schema": "USER", "status": "ACTIVE"})
        self.put("USER#2", email="a@b")
        self.put("ORDER#2", email="a@b")
        self.assertEqual(self.found("by-email"), ["USER#1", "USER#2"])
        self.refused("PartitionSchemaHasIndexes", "drop_schema", prefix="USER")
        with support.Client(self.server.port) as client:
            table = client.must("DescribeTable", {"TableName": self.table})["Table"]
            self.assertEqual(table["GlobalSecondaryIndexes"][0]["IndexName"], "by-email")
            self.assertEqual(table["GlobalSecondaryIndexes"][0]["ItemCount"], 2)
        self.ok("drop_index", name="by-email")
        self.ok("drop_schema", prefix="USER")

    def test_create_global_index(self):
        self.assertNotIn("partition_schema", self.make_index("by-email"))
        self.put("USER#1", email="a@b")
        self.put("ORDER#1", email="a@b")
        self.assertEqual(self.found("by-email"), ["ORDER#1", "USER#1"])

    def test_global_index_backfill(self):
        self.put("USER#1", email="a@b")
        self.put("ORDER#1", email="a@b")
        self.make_index("by-email")
        self.assertEqual(self.found("by-email"), ["ORDER#1", "USER#1"])

    def test_global_index_sparse(self):
        self.make_index("by-email")
        self.put("USER#1", email="a@b")
        self.put("USER#2")
        self.assertEqual(self.found("by-email"), ["USER#1"])

    def test_global_index_type_mismatch_skipped(self):
        """Of an index over all items DynamoDB's rule holds: what comes later is refused."""
        self.put("USER#1", email=1)
        self.make_index("by-email")
        self.refused("ValidationError", "put_item", item={"pk": "a", "sk": "s", "email": 1})
        self.ok("create_schema", prefix="ORDER")
        self.ok("drop_index", name="by-email")
        self.make_index("of-orders", partition_schema="ORDER")
        self.put("ORDER#1", email=1)
        self.put("ORDER#2", email="a@b")
        self.assertEqual(self.found("of-orders"), ["ORDER#2"])


class ReopenTest(support.ServerTest):
    """With a data directory: what was made is there after a restart."""

    def test_schema__survives_a_restart(self):
        self.server.stop()
        options = ("--data", os.path.join(self.folder, "data"),
                   "--unix", os.path.join(self.folder, "socket"))
        type(self).server = support.Server(*options)
        with Wire(options[3]) as wire:
            key = {"name": "pk", "type": "String"}
            self.assertEqual(wire.ask("create_table", table="users", partition_key=key),
                             {"ok": True})
            self.assertEqual(wire.ask("create_schema", table="users", **USERS), {"ok": True})
        self.server.stop()
        type(self).server = support.Server(*options)
        with Wire(options[3]) as wire:
            self.assertEqual(wire.ask("list_schemas", table="users"),
                             {"ok": True, "schemas": [USERS]})
            answer = wire.ask("put_item", table="users", item={"pk": "USER#1"})
            self.assertEqual(answer["error"], "ValidationFailed")


if __name__ == "__main__":
    unittest.main()
