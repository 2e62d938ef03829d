"""boto3 against `stator serve --isolate`: access keys and regions, each with tables of its own."""

import os
import unittest

import support
from boto3_test import boto3, Config, ClientError

NAME = "Shared"


class IsolateTest(support.ServerTest):
    server_options = ("--isolate",)

    def caller(self, key, region):
        client = boto3.client(
            "dynamodb",
            endpoint_url=self.server.url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key="any",
            config=Config(retries={"max_attempts": 0}, proxies={}),
        )
        self.addCleanup(client.close)
        return client

    def callers(self):
        return {
            (key, region): self.caller(key, region)
            for key in ("111122223333", "AKIDEXAMPLE")
            for region in ("us-east-1", "eu-west-1")
        }

    def restart(self):
        self.assertEqual(self.server.stop(), 0)
        type(self).server = support.Server(
            "--data", os.path.join(self.folder, "data"), *self.server_options)

    def assert_all_have_their_own(self):
        for (key, region), client in self.callers().items():
            with self.subTest(key=key, region=region):
                self.assertEqual(client.list_tables()["TableNames"], [NAME])
                items = client.scan(TableName=NAME)["Items"]
                self.assertEqual(items, [{"id": {"S": f"{key} in {region}"}}])

    def test_two_keys_and_two_regions__have_four_tables_of_one_name(self):
        arns = set()
        for (key, region), client in self.callers().items():
            made = client.create_table(TableName=NAME, **support.key_schema(("id", "S")))
            arns.add(made["TableDescription"]["TableArn"])
            client.put_item(TableName=NAME, Item={"id": {"S": f"{key} in {region}"}})
        self.assertEqual(
            arns,
            {
                f"arn:aws:dynamodb:{region}:{account}:table/{NAME}"
                for account in ("111122223333", "008211173411")
                for region in ("us-east-1", "eu-west-1")
            },
        )
        self.assert_all_have_their_own()
        self.restart()
        self.assert_all_have_their_own()
        self.restart()
        callers = self.callers()
        callers["AKIDEXAMPLE", "eu-west-1"].delete_table(TableName=NAME)
        self.assertEqual(callers["AKIDEXAMPLE", "eu-west-1"].list_tables()["TableNames"], [])
        self.assertEqual(callers["AKIDEXAMPLE", "us-east-1"].list_tables()["TableNames"], [NAME])

    def test_a_presigned_request__is_its_signers(self):
        client = self.caller("777788889999", "ap-south-1")
        client.create_table(TableName="Presigned", **support.key_schema(("id", "S")))
        url = client.generate_presigned_url("list_tables")
        path = url[len(self.server.url):]
        with support.Client(self.server.port) as bare:
            headers = {"Content-Type": "application/x-amz-json-1.0",
                       "X-Amz-Target": "DynamoDB_20120810.ListTables"}
            reply = bare.send("POST", path, b"{}", headers)
        self.assertEqual(reply.json(), {"TableNames": ["Presigned"]})

    def test_the_arn_of_another_account__is_denied(self):
        ours, theirs = self.caller("1" * 12, "us-east-1"), self.caller("2" * 12, "us-east-1")
        made = ours.create_table(TableName="Ours", **support.key_schema(("id", "S")))
        arn = made["TableDescription"]["TableArn"]
        self.assertEqual(ours.describe_table(TableName=arn)["Table"]["TableName"], "Ours")
        with self.assertRaises(ClientError) as raised:
            theirs.get_item(TableName=arn, Key={"id": {"S": "a"}})
        self.assertEqual(raised.exception.response["Error"]["Code"], "AccessDeniedException")


class TogetherTest(support.ServerTest):
    def test_without_isolate__all_keys_and_regions_share(self):
        with support.Client(self.server.port) as client:
            client.must("CreateTable", {"TableName": NAME, **support.key_schema(("id", "S"))})
        other = boto3.client("dynamodb", endpoint_url=self.server.url, region_name="eu-west-1",
                             aws_access_key_id="other", aws_secret_access_key="any")
        self.addCleanup(other.close)
        arn = other.describe_table(TableName=NAME)["Table"]["TableArn"]
        self.assertEqual(arn, f"arn:aws:dynamodb:us-east-1:000000000000:table/{NAME}")


if __name__ == "__main__":
    unittest.main()
