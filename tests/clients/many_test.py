"""boto3 with several items in one request: batches with what is left unprocessed, transactions with
their reasons, conflicts and tokens, what both do to indexes, and a hundred transfers at once.
"""

import threading
import unittest
import uuid
from decimal import Decimal

import support
from boto3_test import Boto3Test, ClientError, Key, connect

MIB = 1024 * 1024


class BatchTest(Boto3Test):
    def test_batch_writer__sends_everything(self):
        with self.table.batch_writer() as batch:
            for n in range(60):
                batch.put_item(Item={"pk": "writer", "sk": f"{n:03}", "n": n})
        with self.table.batch_writer() as batch:
            for n in range(0, 60, 2):
                batch.delete_item(Key={"pk": "writer", "sk": f"{n:03}"})
        left = self.table.query(KeyConditionExpression=Key("pk").eq("writer"))["Items"]
        self.assertEqual([item["n"] for item in left], list(range(1, 60, 2)))

    def test_batch_get_item__leaves_what_is_beyond_16_mib_for_the_next_request(self):
        keys = [{"pk": f"big {n:03}", "sk": "1"} for n in range(100)]
        found, sizes = self.write_and_read_big(keys)
        self.assertEqual(sorted(found), [f"{key['pk']} 1" for key in keys])
        self.assertEqual(len(sizes), 3)
        self.assertLessEqual(max(sizes), 16 * MIB)
        self.assertGreater(sizes[0], 15 * MIB)

    def test_batch_get_item__leaves_what_is_beyond_1_mib_of_a_partition(self):
        keys = [{"pk": "partition", "sk": f"{n}"} for n in range(8)]
        found, sizes = self.write_and_read_big(keys)
        self.assertEqual(sorted(found), [f"partition {key['sk']}" for key in keys])
        self.assertEqual(sizes, [3 * 350_000, 3 * 350_000, 2 * 350_000])  # the third crosses it

    def write_and_read_big(self, keys):
        """All that was found, and the bytes of each reply, until nothing is unprocessed."""
        with self.table.batch_writer() as batch:
            for key in keys:
                batch.put_item(Item={**key, "fill": "x" * 350_000})
        resource = connect(self.server, "resource")
        asked = {self.name: {"Keys": keys, "ConsistentRead": True}}
        found, sizes = [], []
        while asked:
            reply = resource.batch_get_item(RequestItems=asked)
            items = reply["Responses"].get(self.name, [])
            sizes.append(sum(len(item["fill"]) for item in items))
            found += [f"{item['pk']} {item['sk']}" for item in items]
            asked = reply["UnprocessedKeys"]
            if asked:
                self.assertTrue(asked[self.name]["ConsistentRead"])
        resource.meta.client.close()
        return found, sizes

    def test_batch_write_item__of_more_than_16_mib_is_refused(self):
        item = {"pk": {"S": "over"}, "fill": {"S": "\u0001" * 380_000}}  # six bytes each in JSON
        puts = [{"PutRequest": {"Item": {**item, "sk": {"S": str(n)}}}} for n in range(8)]
        with self.assertRaises(ClientError) as raised:
            self.client.batch_write_item(RequestItems={self.name: puts})
        error = raised.exception.response
        self.assertEqual(error["Error"]["Code"], "RequestEntityTooLargeException")
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 413)
        self.client.batch_write_item(RequestItems={self.name: puts[:7]})  # just below it

    def test_batch_write_item__of_26_is_refused(self):
        items = [{"pk": {"S": "26"}, "sk": {"S": str(n)}} for n in range(26)]
        put = [{"PutRequest": {"Item": item}} for item in items]
        message = self.refused(
            "ValidationException", self.client.batch_write_item, RequestItems={self.name: put}
        )
        self.assertIn("Member must have length less than or equal to 25", message)


class LargeTest(support.ServerTest):
    """Requests as large as they may be, on a table with as many indexes as there may be."""

    def setUp(self):
        self.client = connect(self.server)
        self.name = support.table_name("many-large")
        keys = support.key_schema(("pk", "S"), ("sk", "S"))
        indexes = [support.index(f"g{n:02}", "sk", "pk", "ALL") for n in range(20)]
        self.client.create_table(TableName=self.name, **keys, GlobalSecondaryIndexes=indexes)
        self.client.get_waiter("table_exists").wait(TableName=self.name)

    def tearDown(self):
        self.client.delete_table(TableName=self.name)
        self.client.close()

    def items(self, count, size):
        fill = {"S": "x" * size}
        return [{"pk": {"S": f"{n}"}, "sk": {"S": "s"}, "fill": fill} for n in range(count)]

    def count(self, index):
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName=index,
            KeyConditionExpression="sk = :s",
            ExpressionAttributeValues={":s": {"S": "s"}},
            Select="COUNT",
        )
        return sum(page["Count"] for page in pages)

    def test_batch_write_item__of_25_large_items_is_taken(self):
        puts = [{"PutRequest": {"Item": item}} for item in self.items(25, 390_000)]
        self.client.batch_write_item(RequestItems={self.name: puts})
        self.assertEqual(self.count("g00"), 25)
        self.assertEqual(self.count("g19"), 25)

    def test_transact_write_items__of_4_mb_is_taken(self):
        puts = [{"Put": {"TableName": self.name, "Item": item}} for item in self.items(10, 390_000)]
        self.client.transact_write_items(TransactItems=puts)
        self.assertEqual(self.count("g19"), 10)


class IndexedTest(support.ServerTest):
    """Requests of several items on a table with a local and a global index."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = connect(cls.server)
        cls.name = support.table_name("many-indexed")
        keys = support.key_schema(("pk", "S"), ("sk", "S"))
        keys["AttributeDefinitions"] += [
            {"AttributeName": "state", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ]
        cls.client.create_table(
            TableName=cls.name,
            **keys,
            LocalSecondaryIndexes=[support.index("local", "pk", "n", "ALL")],
            GlobalSecondaryIndexes=[support.index("by-state", "state", "n", "ALL")],
        )
        cls.client.get_waiter("table_exists").wait(TableName=cls.name)

    @classmethod
    def tearDownClass(cls):
        cls.client.delete_table(TableName=cls.name)
        cls.client.close()
        super().tearDownClass()

    @staticmethod
    def order(partition, n, **more):
        return {
            "pk": {"S": partition},
            "sk": {"S": f"{n:02}"},
            "state": {"S": partition},
            "n": {"N": str(n)},
            **more,
        }

    def pages(self, state):
        """The numbers on each page of three, in the order of the global index."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName="by-state",
            KeyConditionExpression="#s = :s",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":s": {"S": state}},
            PaginationConfig={"PageSize": 3},
        )
        return [[int(item["n"]["N"]) for item in page["Items"]] for page in pages]

    def transact(self, actions, **more):
        return self.client.transact_write_items(
            TransactItems=[
                {kind: {"TableName": self.name, **action}} for kind, action in actions
            ],
            **more,
        )

    def test_transaction__a_paged_index_query_and_a_batch_with_unprocessed_keys(self):
        fill = {"S": "x" * 190_000}  # twice, the local index included, and some to spare
        orders = [self.order("one", n, fill=fill) for n in range(8)]
        self.transact([("Put", {"Item": order}) for order in orders])
        self.assertEqual(self.pages("one"), [[0, 1, 2], [3, 4, 5], [6, 7]])
        keys = [{"pk": order["pk"], "sk": order["sk"]} for order in orders]
        asked, counts = {self.name: {"Keys": keys, "ProjectionExpression": "n"}}, []
        while asked:
            reply = self.client.batch_get_item(RequestItems=asked)
            counts.append(len(reply["Responses"][self.name]))
            asked = reply["UnprocessedKeys"]
        self.assertEqual(counts, [6, 2])
        self.transact(
            [("Delete", {"Key": key}) for key in keys[:4]]
            + [("Update", {"Key": keys[7], "UpdateExpression": "REMOVE #s",
                           "ExpressionAttributeNames": {"#s": "state"}})]
        )
        self.assertEqual(self.pages("one"), [[4, 5, 6], []])

    def test_batch__changes_the_indexes_of_all_its_items(self):
        puts = [{"PutRequest": {"Item": self.order("two", n)}} for n in range(5)]
        self.client.batch_write_item(RequestItems={self.name: puts})
        self.assertEqual(self.pages("two"), [[0, 1, 2], [3, 4]])
        keys = [{"pk": put["PutRequest"]["Item"]["pk"], "sk": put["PutRequest"]["Item"]["sk"]}
                for put in puts]
        reply = self.client.batch_write_item(
            RequestItems={self.name: [{"DeleteRequest": {"Key": key}} for key in keys[1:]]},
            ReturnConsumedCapacity="INDEXES",
        )
        self.assertEqual(self.pages("two"), [[0]])
        spent = reply["ConsumedCapacity"][0]
        self.assertEqual(spent["CapacityUnits"], 12.0)
        self.assertEqual(spent["LocalSecondaryIndexes"], {"local": {"CapacityUnits": 4.0}})

    def test_metrics__are_told_once_for_each_collection(self):
        size = {"SizeEstimateRangeGB": [0.0, 1.0]}
        expected = {
            self.name: [{"ItemCollectionKey": {"pk": {"S": name}}, **size} for name in "ab"]
        }
        orders = [self.order("a", 1), self.order("b", 1), self.order("a", 2)]
        reply = self.transact(
            [("Put", {"Item": order}) for order in orders], ReturnItemCollectionMetrics="SIZE"
        )
        self.assertEqual(reply["ItemCollectionMetrics"], expected)
        reply = self.client.batch_write_item(
            RequestItems={self.name: [{"PutRequest": {"Item": order}} for order in orders]},
            ReturnItemCollectionMetrics="SIZE",
        )
        self.assertEqual(reply["ItemCollectionMetrics"], expected)


class ManyTest(Boto3Test):
    """Actions on items that belong to the running test alone."""

    def key(self, name):
        return {"pk": {"S": self.id()}, "sk": {"S": name}}

    def item(self, name, n):
        return {**self.key(name), "n": {"N": str(n)}}

    def put(self, name, n, **more):
        return {"Put": {"TableName": self.name, "Item": self.item(name, n), **more}}

    def add(self, name, n, **more):
        update = {
            "TableName": self.name,
            "Key": self.key(name),
            "UpdateExpression": "SET n = n + :n",
            "ExpressionAttributeValues": {":n": {"N": str(n)}},
        }
        return {"Update": {**update, **more}}

    def transact(self, *actions, **more):
        return self.client.transact_write_items(TransactItems=list(actions), **more)

    def canceled(self, *actions, **more):
        """The reasons of a transaction that has to be canceled."""
        with self.assertRaises(ClientError) as raised:
            self.transact(*actions, **more)
        response = raised.exception.response
        self.assertEqual(response["Error"]["Code"], "TransactionCanceledException", response)
        codes = [reason["Code"] for reason in response["CancellationReasons"]]
        self.assertEqual(
            response["Error"]["Message"],
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            f"[{', '.join(codes)}]",
        )
        return response["CancellationReasons"]

    def number(self, name):
        item = self.client.get_item(
            TableName=self.name, Key=self.key(name), ConsistentRead=True
        ).get("Item")
        return None if item is None else Decimal(item["n"]["N"])


class TransactionTest(ManyTest):
    def test_transaction__writes_all(self):
        self.transact(self.put("a", 1), self.put("b", 2))
        check = {
            "TableName": self.name,
            "Key": self.key("b"),
            "ConditionExpression": "n = :n",
            "ExpressionAttributeValues": {":n": {"N": "2"}},
        }
        self.transact(self.add("a", 1), {"ConditionCheck": check}, self.put("c", 3))
        self.assertEqual([self.number(name) for name in "abc"], [2, 2, 3])
        got = self.client.transact_get_items(
            TransactItems=[
                {"Get": {"TableName": self.name, "Key": self.key(name)}} for name in "axc"
            ]
        )
        self.assertEqual([reply.get("Item") for reply in got["Responses"]],
                         [self.item("a", 2), None, self.item("c", 3)])

    def test_transaction__tells_why_it_was_canceled(self):
        self.transact(self.put("a", 1))
        reasons = self.canceled(
            self.put("b", 1),
            self.put(
                "a",
                5,
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ),
        )
        self.assertEqual(reasons[0], {"Code": "None"})
        self.assertEqual(
            reasons[1],
            {
                "Code": "ConditionalCheckFailed",
                "Message": "The conditional request failed",
                "Item": self.item("a", 1),
            },
        )
        self.assertIsNone(self.number("b"))

    def test_transaction__with_one_item_twice_is_refused(self):
        message = self.refused(
            "ValidationException",
            self.client.transact_write_items,
            TransactItems=[self.put("a", 1), self.add("a", 1)],
        )
        self.assertEqual(
            message, "Transaction request cannot include multiple operations on one item"
        )

    def test_token__makes_a_transaction_happen_once(self):
        self.transact(self.put("a", 0))
        token = str(uuid.uuid4())
        for _ in range(3):
            self.transact(self.add("a", 1), ClientRequestToken=token)
        self.assertEqual(self.number("a"), 1)
        self.refused(
            "IdempotentParameterMismatchException",
            self.client.transact_write_items,
            TransactItems=[self.add("a", 2)],
            ClientRequestToken=token,
        )

    def test_token__sent_by_many_at_once_happens_once(self):
        self.transact(self.put("a", 0))
        token = str(uuid.uuid4())
        failures = []

        def send():
            try:
                self.transact(self.add("a", 1), ClientRequestToken=token)
            except ClientError as error:
                failures.append(error)

        threads = [threading.Thread(target=send) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.number("a"), 1)


class TransferTest(ManyTest):
    """Balance - amount here, + amount there, and a record: a hundred at once."""

    ACCOUNTS = 6
    CLERKS = 10

    def transfer(self, source, target, amount, record):
        debit = {
            "UpdateExpression": "SET n = n - :n",
            "ConditionExpression": "n >= :n",
        }
        return [
            self.add(source, amount, **debit),
            self.add(target, amount),
            self.put(record, amount, ConditionExpression="attribute_not_exists(pk)"),
        ]

    def test_transfer__of_more_than_there_is_names_the_source(self):
        self.transact(self.put("a", "0.1"), self.put("b", "0.2"))
        reasons = self.canceled(*self.transfer("a", "b", 1, "r"))
        self.assertEqual(reasons[0]["Code"], "ConditionalCheckFailed")
        self.assertEqual([reason["Code"] for reason in reasons[1:]], ["None", "None"])
        self.transact(*self.transfer("a", "b", "0.1", "r"))
        self.assertEqual((self.number("a"), self.number("b")), (0, Decimal("0.3")))

    def test_transfer__to_an_account_that_is_not_there_debits_nothing(self):
        self.transact(self.put("a", 5))
        reasons = self.canceled(*self.transfer("a", "b", 1, "r"))
        self.assertEqual(
            [reason["Code"] for reason in reasons], ["None", "ValidationError", "None"]
        )
        self.assertEqual(self.number("a"), 5)

    def test_transfer__a_hundred_at_once_conserve_the_sum(self):
        accounts = [f"account {n}" for n in range(self.ACCOUNTS)]
        self.transact(*[self.put(account, 100) for account in accounts])
        conflicts, mistakes = [], []

        def clerk(number):
            for n in range(100 // self.CLERKS):
                source = accounts[(number + n) % self.ACCOUNTS]
                target = accounts[(number + 2 * n + 1) % self.ACCOUNTS]
                if source == target:
                    target = accounts[(number + n + 1) % self.ACCOUNTS]
                actions = self.transfer(source, target, 7, f"record {number} {n}")
                while True:
                    try:
                        self.transact(*actions)
                        break
                    except ClientError as error:
                        codes = [r["Code"] for r in error.response.get("CancellationReasons", [])]
                        if "TransactionConflict" not in codes:
                            mistakes.append(error.response)
                            break
                        conflicts.append(codes)

        clerks = [threading.Thread(target=clerk, args=(n,)) for n in range(self.CLERKS)]
        for thread in clerks:
            thread.start()
        for thread in clerks:
            thread.join()
        refused = [m for m in mistakes if m["CancellationReasons"][0]["Code"] != "None"]
        self.assertEqual(refused, mistakes)  # an empty account is the only other reason
        self.assertEqual(sum(self.number(account) for account in accounts), 100 * self.ACCOUNTS)
        self.assertTrue(all(self.number(account) >= 0 for account in accounts))
        records = self.client.query(
            TableName=self.name,
            KeyConditionExpression="pk = :p AND begins_with(sk, :r)",
            ExpressionAttributeValues={":p": {"S": self.id()}, ":r": {"S": "record"}},
        )
        self.assertEqual(records["Count"], 100 - len(mistakes))


if __name__ == "__main__":
    unittest.main()
