"""boto3 against Stator in PartiQL: what an application does that speaks in statements.

Parameters go out as the resource's Python values, items come back as such; pages are fetched by
NextToken until there is none. A token counts after a restart as well, which needs a directory.
"""

import os
import shutil
import tempfile
import unittest
from decimal import Decimal

import support

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
except ImportError:
    support.require(False, "boto3 is missing: apt-get install python3-boto3")

COUNT = 60
CUSTOMERS = ("c0", "c1", "c2", "c3")


def connect(url):
    config = Config(retries={"max_attempts": 0}, proxies={})
    return boto3.client("dynamodb", endpoint_url=url, config=config)


def wire(values):
    return [TypeSerializer().serialize(value) for value in values]


def plain(items):
    return [{n: TypeDeserializer().deserialize(v) for n, v in item.items()} for item in items]


class StatementTest(support.ServerTest):
    """Orders of four customers: key `customer` S, `number` N. Tests add customers of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = connect(cls.server.url)
        cls.name = support.table_name("statements")
        cls.client.create_table(
            TableName=cls.name,
            **support.key_schema(("customer", "S"), ("number", "N")),
        )
        for i in range(COUNT):
            cls.run_one(
                f"INSERT INTO \"{cls.name}\" VALUE {{'customer': ?, 'number': ?, 'text': ?}}",
                CUSTOMERS[i % 4], i, "x" * 1000,
            )

    @classmethod
    def tearDownClass(cls):
        cls.client.delete_table(TableName=cls.name)
        cls.client.close()
        super().tearDownClass()

    @classmethod
    def run_one(cls, statement, *parameters, **more):
        if parameters:
            more["Parameters"] = wire(parameters)
        return cls.client.execute_statement(Statement=statement, **more)

    def items(self, statement, *parameters, **more):
        return plain(self.run_one(statement, *parameters, **more)["Items"])

    def pages(self, statement, *parameters, **more):
        """All items, and how many pages they came in."""
        items, pages, token = [], 0, {}
        while True:
            reply = self.run_one(statement, *parameters, **more, **token)
            items += plain(reply["Items"])
            pages += 1
            if "NextToken" not in reply:
                return items, pages
            token = {"NextToken": reply["NextToken"]}

    def test_select__in_python_values(self):
        found = self.items(
            f'SELECT "number" FROM "{self.name}" WHERE customer = ? AND "number" < ?', "c1", 10
        )
        self.assertEqual([item["number"] for item in found], [Decimal(1), Decimal(5), Decimal(9)])

    def test_pages__meet_every_item_once(self):
        select = f'SELECT customer, "number" FROM "{self.name}"'
        for where, count in (
            ("", COUNT),
            (" WHERE customer = 'c2'", COUNT // 4),
            (" WHERE customer IN ['c0', 'c1', 'c3', 'none']", COUNT // 4 * 3),
            (" WHERE customer = 'c2' ORDER BY \"number\" DESC", COUNT // 4),
        ):
            for limit in (1, 7, 15, 100):
                with self.subTest(where=where, limit=limit):
                    items, _ = self.pages(select + where, Limit=limit)
                    items = [item for item in items if item["customer"] in CUSTOMERS]
                    met = {(item["customer"], item["number"]) for item in items}
                    self.assertEqual((len(items), len(met)), (count, count))

    def test_pages__end_at_a_megabyte_over_all_partitions(self):
        name = support.table_name("large")
        self.client.create_table(TableName=name, **support.key_schema(("pk", "S"), ("sk", "N")))
        for pk in "ab":
            for sk in range(4):
                self.run_one(
                    f"INSERT INTO \"{name}\" VALUE {{'pk': ?, 'sk': ?, 'x': ?}}",
                    pk, sk, "x" * 200_000,
                )
        items, pages = self.pages(f"SELECT pk, sk FROM \"{name}\" WHERE pk IN ['a', 'b']")
        self.assertEqual((len(items), pages), (8, 2))
        self.client.delete_table(TableName=name)

    def test_writes__answer_what_returning_asks(self):
        key = ("writes", 1)
        insert = f"INSERT INTO \"{self.name}\" VALUE {{'customer': ?, 'number': ?}}"
        self.run_one(insert, *key)
        with self.assertRaises(self.client.exceptions.DuplicateItemException):
            self.run_one(insert, *key)
        update = f'UPDATE "{self.name}" SET paid = ? WHERE customer = ? AND "number" = ?'
        found = self.items(update + " RETURNING MODIFIED NEW *", Decimal("9.50"), *key)
        self.assertEqual(found, [{"paid": Decimal("9.5")}])
        condition = self.client.exceptions.ConditionalCheckFailedException
        with self.assertRaises(condition):
            self.run_one(update + " AND paid < 1", 0, *key)
        where = 'WHERE customer = ? AND "number" = ?'
        delete = f'DELETE FROM "{self.name}" {where} RETURNING ALL OLD *'
        self.assertEqual(len(self.items(delete, *key)), 1)
        self.assertEqual(self.items(delete, *key), [])

    def test_batch__each_for_itself(self):
        insert = f"INSERT INTO \"{self.name}\" VALUE {{'customer': 'batch', 'number': ?}}"
        statements = [{"Statement": insert, "Parameters": wire([i])} for i in range(25)]
        for expected in (None, "DuplicateItem"):
            reply = self.client.batch_execute_statement(Statements=statements)
            codes = {response.get("Error", {}).get("Code") for response in reply["Responses"]}
            self.assertEqual(codes, {expected})
        where = "customer = 'batch' AND \"number\" = ?"
        select = f'SELECT "number" FROM "{self.name}" WHERE {where}'
        statements = [{"Statement": select, "Parameters": wire([i])} for i in range(25)]
        reply = self.client.batch_execute_statement(Statements=statements)
        found = plain([response["Item"] for response in reply["Responses"]])
        self.assertEqual([item["number"] for item in found], list(range(25)))

    def test_transaction__all_or_none(self):
        insert = f"INSERT INTO \"{self.name}\" VALUE {{'customer': 'tx', 'number': ?}}"
        statements = [{"Statement": insert, "Parameters": wire([i])} for i in range(100)]
        self.client.execute_transaction(TransactStatements=statements, ClientRequestToken="tx-1")
        self.client.execute_transaction(TransactStatements=statements, ClientRequestToken="tx-1")
        with self.assertRaises(self.client.exceptions.TransactionCanceledException) as canceled:
            self.client.execute_transaction(TransactStatements=statements[:2])
        reasons = canceled.exception.response["CancellationReasons"]
        self.assertEqual([reason["Code"] for reason in reasons], ["DuplicateItem"] * 2)
        select = f"SELECT * FROM \"{self.name}\" WHERE customer = 'tx' AND \"number\" = ?"
        reads = [{"Statement": select, "Parameters": wire([i])} for i in (0, 99)]
        found = self.client.execute_transaction(TransactStatements=reads)["Responses"]
        self.assertEqual([item["Item"]["number"]["N"] for item in found], ["0", "99"])


class TokenTest(unittest.TestCase):
    SELECT = "SELECT pk FROM songs"

    def serve(self, folder):
        server = support.Server("--data", os.path.join(folder, "data"))
        return server, connect(server.url)

    def stop(self, server, client):
        client.close()
        self.assertEqual(server.stop(), 0)

    def test_next_token__counts_after_a_restart(self):
        folder = tempfile.mkdtemp(prefix="stator-partiql-")
        self.addCleanup(shutil.rmtree, folder)
        server, client = self.serve(folder)
        client.create_table(TableName="songs", **support.key_schema(("pk", "S")))
        for i in range(10):
            client.execute_statement(Statement=f"INSERT INTO songs VALUE {{'pk': 's{i}'}}")
        first = client.execute_statement(Statement=self.SELECT, Limit=4)
        token = first["NextToken"]
        self.stop(server, client)

        server, client = self.serve(folder)
        rest = client.execute_statement(Statement=self.SELECT, NextToken=token)
        met = {item["pk"]["S"] for item in first["Items"] + rest["Items"]}
        self.assertEqual(met, {f"s{i}" for i in range(10)})
        for at in range(0, len(token), 8):
            other = "A" if token[at] != "A" else "B"
            with self.assertRaisesRegex(ClientError, "Invalid NextToken"):
                client.execute_statement(
                    Statement=self.SELECT, NextToken=token[:at] + other + token[at + 1:]
                )
        self.stop(server, client)


if __name__ == "__main__":
    unittest.main()
