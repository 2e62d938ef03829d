"""x-stator-explain, as applications ask for it: the page about it, run; answers compared.

usage: explain_test.py docs/explain.md [--write]

Blocks of Python on the page are run in their order, as one program, against a server of its own;
a block of text behind one is what it prints, all of it and exactly. --write puts that in.
"""

import contextlib
import io
import json
import re
import sys
import unittest

import support

try:
    import boto3  # which the page uses
except ImportError:
    support.require(False, "boto3 is missing: apt-get install python3-boto3")

support.require(len(sys.argv) > 1, "usage: explain_test.py docs/explain.md [--write]")
WRITE = "--write" in sys.argv and not sys.argv.remove("--write")
PAGE = sys.argv.pop(1)
PAGE_ENDPOINT = "http://127.0.0.1:8000"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE_BYTES = 3072


class PageTest(support.ServerTest):
    """What the page shows is what happens."""

    maxDiff = None

    def test_page__its_blocks_print_what_stands_behind_them(self):
        with open(PAGE, encoding="utf-8") as file:
            text = file.read()
        space, printed, written = {}, None, text
        count = 0
        for match in FENCE.finditer(text):
            language, block = match.groups()
            if language == "python":
                self.assertIn(printed, ("", None), "a block prints what the page does not show")
                out = io.StringIO()
                with contextlib.redirect_stdout(out):
                    exec(block.replace(PAGE_ENDPOINT, self.server.url), space)
                printed = out.getvalue()
                count += 1
            elif language == "text" and printed is not None:
                if WRITE:
                    written = written.replace(match.group(), f"```text\n{printed}```", 1)
                else:
                    self.assertEqual(block, printed)
                printed = None
            else:
                printed = None
        space["client"].close()
        self.assertGreater(count, 2)
        if WRITE:
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(written)


@unittest.skipIf(WRITE, "the page is being written")
class AnswerTest(support.ServerTest):
    """The same requests, asked plainly and to be explained: two tables, one answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = support.Client(cls.server.port)
        cls.tables = [support.table_name("plain"), support.table_name("asked")]
        for table in cls.tables:
            schema = support.key_schema(("pk", "S"), ("sk", "N"))
            schema["AttributeDefinitions"].append({"AttributeName": "n", "AttributeType": "N"})
            cls.client.must("CreateTable", {
                "TableName": table, **schema,
                "GlobalSecondaryIndexes": [support.index("by-n", "n", "sk", "KEYS_ONLY")],
                "LocalSecondaryIndexes": [support.index("local", "pk", "n", "KEYS_ONLY")],
            })
            support.wait_active(cls.client, table)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        super().tearDownClass()

    def send(self, operation, table, request, headers=None):
        body = json.dumps(request).replace("$TABLE", table).encode()
        return self.client.send("POST", "/", body,
                                {**support.call_headers(operation), **(headers or {})})

    def asked(self, operation, request, word="all"):
        """The explanation; the answer is as it is without one."""
        plain = self.send(operation, self.tables[0], request)
        asked = self.send(operation, self.tables[1], request, {"X-Stator-Explain": word})
        self.assertEqual(plain.status, asked.status)
        self.assertEqual(plain.body.replace(self.tables[0].encode(), b"$TABLE"),
                         asked.body.replace(self.tables[1].encode(), b"$TABLE"))
        self.assertTrue(asked.crc_is_right())
        self.assertNotIn("x-stator-explanation", plain.headers)
        own = {"x-stator-explanation", "x-amzn-requestid", "x-amz-crc32", "date"}
        self.assertEqual({n: v for n, v in plain.headers.items() if n not in own},
                         {n: v for n, v in asked.headers.items() if n not in own
                          } | self.length_of(plain, asked))
        line = asked.headers["x-stator-explanation"]
        self.assertTrue(line.isascii())
        self.assertLessEqual(len(line), LINE_BYTES)
        return json.loads(line)

    def length_of(self, plain, asked):
        """The names of the tables are not equally long."""
        shift = len(self.tables[1]) - len(self.tables[0])
        times = asked.body.count(self.tables[1].encode())
        self.assertEqual(int(asked.headers["content-length"]) - shift * times,
                         int(plain.headers["content-length"]))
        return {"content-length": plain.headers["content-length"]}

    def test_answer__is_the_same_for_every_kind_of_request(self):
        item = {"pk": {"S": "a"}, "sk": {"N": "1"}, "n": {"N": "5"}, "text": {"S": "é" * 3000}}
        key = {"pk": {"S": "a"}, "sk": {"N": "1"}}
        new = {"ConditionExpression": "attribute_not_exists(pk)"}
        all_old = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        units = {"ReturnConsumedCapacity": "INDEXES"}
        steps = [
            ("PutItem", {"Item": item, **new, **units}, "held"),
            ("PutItem", {"Item": item, **new, **units}, "failed"),
            ("PutItem", {"Item": item, **new, **all_old}, "failed"),
            ("PutItem", {"Item": item, "Expected": {"n": {"Exists": False}}}, "failed"),
            ("PutItem", {"Item": {"pk": {"S": "a"}}, **new}, None),
            ("UpdateItem", {"Key": key, "UpdateExpression": "SET m = n", "ReturnValues": "ALL_NEW",
                            "ConditionExpression": "n IN (:a, :b)",
                            "ExpressionAttributeValues": {":a": {"N": "4"}, ":b": {"N": "5"}}},
             "held"),
            ("DeleteItem", {"Key": key, "ConditionExpression": "size(#t) BETWEEN :a AND :b",
                            "ExpressionAttributeNames": {"#t": "text"},
                            "ExpressionAttributeValues": {":a": {"N": "4"}, ":b": {"N": "5"}}},
             "failed"),
            ("GetItem", {"Key": key}, None),
            ("Query", {"KeyConditionExpression": "pk = :p", **units,
                       "ExpressionAttributeValues": {":p": {"S": "a"}}}, None),
            ("Query", {"IndexName": "by-n", "KeyConditionExpression": "n = :p", **units,
                       "ExpressionAttributeValues": {":p": {"N": "5"}}}, None),
            ("Scan", {"FilterExpression": "attribute_exists(m)", **units}, None),
        ]
        for operation, request, condition in steps:
            with self.subTest(operation=operation, request=str(request)[:120]):
                told = self.asked(operation, {"TableName": "$TABLE", **request})
                self.assertEqual(told["operation"], operation)
                self.assertEqual(told.get("condition"), condition)
        actions = [{"Put": {"TableName": "$TABLE", "Item": item, **new, **all_old}},
                   {"ConditionCheck": {"TableName": "$TABLE", "Key": key, **new}},
                   {"Delete": {"TableName": "$TABLE", "Key": {**key, "sk": {"N": "9"}}, **new}}]
        actions[1]["ConditionCheck"]["Key"] = {**key, "sk": {"N": "1.5"}}
        told = self.asked("TransactWriteItems", {"TransactItems": actions})
        self.assertEqual([action["index"] for action in told["actions"]], [0])
        self.assertEqual(told["actions"][0]["because"][0]["operands"][0]["value"], {"S": "a"})

    def test_answer__an_unknown_word_is_told_and_changes_nothing(self):
        told = self.asked("Scan", {"TableName": "$TABLE"}, "everything, please")
        self.assertEqual(told["note"], 'x-stator-explain is "condition" or "query"')
        self.assertNotIn("items_read", told)

    def test_answer__a_browser_is_let_see_it(self):
        origin = {"Origin": "http://page.example"}
        reply = self.send("Scan", self.tables[0], {"TableName": "$TABLE"},
                          {"x-stator-explain": "query", **origin})
        self.assertEqual(reply.headers["access-control-expose-headers"], "x-stator-explanation")
        reply = self.send("Scan", self.tables[0], {"TableName": "$TABLE"}, origin)
        self.assertNotIn("access-control-expose-headers", reply.headers)
        asked = self.client.send("OPTIONS", "/", None, {
            **origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-amz-target,x-stator-explain"})
        self.assertIn("x-stator-explain", asked.headers["access-control-allow-headers"])

    def test_answer__pages_add_up_to_the_whole(self):
        for number in range(40):
            self.client.must("PutItem", {"TableName": self.tables[0], "Item": {
                "pk": {"S": "pages"}, "sk": {"N": str(number)}, "n": {"N": str(number % 3)}}})
        request = {"TableName": "$TABLE", "Limit": 7, "IndexName": "local",
                   "KeyConditionExpression": "pk = :p", "FilterExpression": "#s < :x",
                   "ExpressionAttributeNames": {"#s": "odd"},
                   "ExpressionAttributeValues": {":p": {"S": "pages"}, ":x": {"N": "20"}},
                   "ReturnConsumedCapacity": "INDEXES"}
        read, units, ends = 0, 0, []
        while True:
            reply = self.send("Query", self.tables[0], request, {"x-stator-explain": "query"})
            told, page = json.loads(reply.headers["x-stator-explanation"]), reply.json()
            self.assertEqual(told["items_read"], page["ScannedCount"])
            self.assertEqual(told["items_returned"], page["Count"])
            self.assertEqual(told["items_filtered_out"], page["ScannedCount"] - page["Count"])
            self.assertEqual(told["items_fetched"], page["ScannedCount"])  # `odd` is in no index
            self.assertEqual(told["capacity_units"]["total"],
                             page["ConsumedCapacity"]["CapacityUnits"])
            self.assertEqual(told["capacity_units"]["table"],
                             page["ConsumedCapacity"]["Table"]["CapacityUnits"])
            self.assertEqual(told["resumed"], "ExclusiveStartKey" in request)
            read += told["items_read"]
            units += told["capacity_units"]["total"]
            ends.append(told["ended_at"])
            if "LastEvaluatedKey" not in page:
                break
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        self.assertEqual(read, 40)
        self.assertEqual(ends, ["limit"] * 5 + ["end"])
        self.assertGreater(units, 20)


if __name__ == "__main__":
    unittest.main()
