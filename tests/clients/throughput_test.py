"""boto3 against `stator serve --enforce-throughput`: refusals that an application gets over."""

import time
import unittest

import support
from boto3_test import boto3, connect, ClientError, Config

LARGE = "x" * 409500  # 400 write units: more than the 300 that one unit a second can save up


class ThroughputTest(support.ServerTest):
    server_options = ("--enforce-throughput",)

    def setUp(self):
        self.client = connect(self.server)
        self.addCleanup(self.client.close)

    def provisioned(self, read_units, write_units):
        name = support.table_name("held")
        units = {"ReadCapacityUnits": read_units, "WriteCapacityUnits": write_units}
        schema = {**support.key_schema(("id", "S")), "BillingMode": "PROVISIONED"}
        self.client.create_table(TableName=name, **schema, ProvisionedThroughput=units)
        return name

    def refused(self, call, **arguments):
        with self.assertRaises(ClientError) as raised:
            call(**arguments)
        return raised.exception

    def test_a_refusal__has_its_class_and_its_reasons(self):
        name = self.provisioned(5, 1)
        self.client.put_item(TableName=name, Item={"id": {"S": "a"}, "v": {"S": LARGE}})
        error = self.refused(self.client.put_item, TableName=name, Item={"id": {"S": "b"}})
        self.assertIsInstance(error, self.client.exceptions.ProvisionedThroughputExceededException)
        with support.Client(self.server.port) as bare:
            status, body = bare.call("PutItem", {"TableName": name, "Item": {"id": {"S": "b"}}})
        arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}"
        reason = {"reason": "TableWriteProvisionedThroughputExceeded", "resource": arn}
        self.assertEqual((status, body["ThrottlingReasons"]), (400, [reason]))

    def test_a_maximum__is_a_throttling_exception(self):
        name = support.table_name("held")
        with support.Client(self.server.port) as bare:  # boto3 of Debian knows no maxima yet
            bare.must("CreateTable", {"TableName": name, **support.key_schema(("id", "S")),
                                      "OnDemandThroughput": {"MaxWriteRequestUnits": 1}})
        self.client.put_item(TableName=name, Item={"id": {"S": "a"}, "v": {"S": LARGE}})
        error = self.refused(self.client.put_item, TableName=name, Item={"id": {"S": "b"}})
        self.assertEqual(error.response["Error"]["Code"], "ThrottlingException")

    def test_retries__get_over_a_short_debt(self):
        name = self.provisioned(5, 1)
        patient = boto3.client("dynamodb", endpoint_url=self.server.url,
                               config=Config(retries={"max_attempts": 9}, proxies={}))
        self.addCleanup(patient.close)
        patient.put_item(TableName=name, Item={"id": {"S": "a"}, "v": {"S": LARGE[:307200]}})
        begun = time.monotonic()
        answer = patient.put_item(TableName=name, Item={"id": {"S": "b"}})
        self.assertGreater(answer["ResponseMetadata"]["RetryAttempts"], 0)
        self.assertGreater(time.monotonic() - begun, 0.5)

    def test_batches__hand_back_what_there_are_no_units_for(self):
        name = self.provisioned(1, 1000)
        requests = [{"PutRequest": {"Item": {"id": {"S": f"{i}"}, "v": {"S": LARGE}}}}
                    for i in range(5)]
        self.assertEqual(
            self.client.batch_write_item(RequestItems={name: requests})["UnprocessedItems"], {})
        keys = {"Keys": [{"id": {"S": f"{i}"}} for i in range(5)], "ConsistentRead": True}
        answer = self.client.batch_get_item(RequestItems={name: keys})
        self.assertEqual(len(answer["Responses"][name]), 4)
        self.assertEqual(answer["UnprocessedKeys"],
                         {name: {"Keys": [{"id": {"S": "4"}}], "ConsistentRead": True}})
        error = self.refused(self.client.batch_get_item, RequestItems=answer["UnprocessedKeys"])
        self.assertIsInstance(error, self.client.exceptions.ProvisionedThroughputExceededException)

    def test_a_transaction__is_canceled_with_the_reason(self):
        name = self.provisioned(5, 1)
        self.client.put_item(TableName=name, Item={"id": {"S": "a"}, "v": {"S": LARGE}})
        put = {"Put": {"TableName": name, "Item": {"id": {"S": "b"}}}}
        error = self.refused(self.client.transact_write_items, TransactItems=[put])
        self.assertIsInstance(error, self.client.exceptions.TransactionCanceledException)
        codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        self.assertEqual(codes, ["ProvisionedThroughputExceeded"])

    def test_more_units__help_at_once(self):
        name = self.provisioned(5, 1)
        self.client.put_item(TableName=name, Item={"id": {"S": "a"}, "v": {"S": LARGE}})
        self.refused(self.client.put_item, TableName=name, Item={"id": {"S": "b"}})
        units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1000000}
        self.client.update_table(TableName=name, ProvisionedThroughput=units)
        self.client.put_item(TableName=name, Item={"id": {"S": "b"}})


if __name__ == "__main__":
    unittest.main()
