"""boto3 with global indexes that lag (--gsi-lag): written at once, found there 300 ms later.

The one suite that waits for a clock. A machine too busy to ask within the lag makes a test try
again with another item, and never pass by luck.
"""

import time
import unittest

import support
from boto3_test import connect

LAG_SECONDS = 0.3
PATIENCE_SECONDS = 20


class LagTest(support.ServerTest):
    server_options = ("--gsi-lag", str(int(LAG_SECONDS * 1000)))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = connect(cls.server)
        cls.name = support.table_name("lag")
        keys = support.key_schema(("pk", "S"), ("sk", "S"))
        keys["AttributeDefinitions"] += [{"AttributeName": "state", "AttributeType": "S"}]
        cls.client.create_table(
            TableName=cls.name,
            **keys,
            LocalSecondaryIndexes=[support.index("local", "pk", "state", "KEYS_ONLY")],
            GlobalSecondaryIndexes=[support.index("global", "state", "sk", "KEYS_ONLY")],
        )
        cls.client.get_waiter("table_exists").wait(TableName=cls.name)

    @classmethod
    def tearDownClass(cls):
        cls.client.delete_table(TableName=cls.name)
        cls.client.close()
        super().tearDownClass()

    def found(self, index, attribute, value):
        """The sort keys in an index, page by page."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName=index,
            KeyConditionExpression="#a = :v",
            ExpressionAttributeNames={"#a": attribute},
            ExpressionAttributeValues={":v": {"S": value}},
            PaginationConfig={"PageSize": 2},
        )
        return [item["sk"]["S"] for page in pages for item in page["Items"]]

    def early(self, act, look):
        """What `look` found less than the lag after `act` began, and when that was."""
        for attempt in range(20):
            began = time.monotonic()
            act(attempt)
            seen = look(attempt)
            if time.monotonic() - began < LAG_SECONDS:
                return attempt, began, seen
        self.fail("this machine never asked within the lag")

    def await_found(self, state, expected, began):
        """Until the global index shows `expected`, nothing else before it, and not too early."""
        deadline = began + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            seen = self.found("global", "state", state)
            if seen == expected:
                self.assertGreaterEqual(time.monotonic() - began, LAG_SECONDS)
                return
            self.assertEqual(seen, [])
            time.sleep(0.01)
        self.fail(f"{expected} never came into the index")

    def test_start_line__says_that_indexes_lag(self):
        self.assertIn("global indexes lag 300 ms", self.server.line)

    def test_a_transaction__is_in_the_table_at_once_and_in_the_global_index_later(self):
        def put(attempt):
            self.client.transact_write_items(
                TransactItems=[
                    {
                        "Put": {
                            "TableName": self.name,
                            "Item": {
                                "pk": {"S": f"p{attempt}"},
                                "sk": {"S": str(n)},
                                "state": {"S": f"new{attempt}"},
                            },
                        }
                    }
                    for n in range(5)
                ]
            )

        attempt, began, seen = self.early(
            put, lambda attempt: self.found("global", "state", f"new{attempt}")
        )
        self.assertEqual(seen, [])
        whole = ["0", "1", "2", "3", "4"]
        self.assertEqual(self.found("local", "pk", f"p{attempt}"), whole)
        key = {"pk": {"S": f"p{attempt}"}, "sk": {"S": "0"}}
        self.assertIn("Item", self.client.get_item(TableName=self.name, Key=key))
        self.await_found(f"new{attempt}", whole, began)


if __name__ == "__main__":
    unittest.main()
