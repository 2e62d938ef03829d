"""The AWS CLI against Stator: the walk of a person at a terminal, from create-table to its end.

A call of the CLI takes about a second, nearly all of it Python's imports, so the walk is one
table's life in few calls. Each step is a test of its own name; they run in the order of the file
(step_01, step_02, …) because each builds on the ones before it.
"""

import json
import os
import subprocess
import unittest

import support

AWS = "/usr/bin/aws"
CLIENT_ERROR = 254  # the CLI's exit code for an error that the service answered
ITEM_COUNT = 12


class CliTest(support.ServerTest):
    @classmethod
    def setUpClass(cls):
        support.require(os.access(AWS, os.X_OK), f"{AWS} is missing: apt-get install awscli")
        super().setUpClass()
        cls.name = support.table_name("cli")

    def aws(self, *arguments):
        command = [AWS, "dynamodb", *arguments, "--endpoint-url", self.server.url]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def wait_for(self, state):
        done = self.aws("wait", state, "--table-name", self.name)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def ok(self, operation, *arguments):
        """What a call that has to succeed prints, parsed."""
        done = self.aws(operation, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def on_table(self, operation, *arguments):
        return self.ok(operation, "--table-name", self.name, *arguments)

    def refused(self, operation, *arguments):
        """What a call that has to be refused prints as its error."""
        done = self.aws(operation, "--table-name", self.name, *arguments)
        self.assertEqual(done.returncode, CLIENT_ERROR, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr.strip()

    def test_step_01__create_table_describes_it_and_wait_sees_it(self):
        made = self.on_table(
            "create-table",
            "--attribute-definitions",
            "AttributeName=artist,AttributeType=S",
            "AttributeName=song,AttributeType=S",
            "--key-schema",
            "AttributeName=artist,KeyType=HASH",
            "AttributeName=song,KeyType=RANGE",
            "--billing-mode",
            "PAY_PER_REQUEST",
        )["TableDescription"]
        self.assertEqual(made["TableName"], self.name)
        self.assertEqual(made["TableStatus"], "CREATING")
        self.wait_for("table-exists")
        table = self.on_table("describe-table")["Table"]
        self.assertEqual(table["TableStatus"], "ACTIVE")
        self.assertEqual([key["AttributeName"] for key in table["KeySchema"]], ["artist", "song"])

    def test_step_02__put_item_prints_nothing_and_get_item_prints_the_item(self):
        item = {
            "artist": {"S": "Nina"},
            "song": {"S": "000"},
            "year": {"N": "1965.50"},
            "tags": {"SS": ["soul", "jazz"]},
            "cover": {"B": "AAH/"},
            "more": {"M": {"live": {"BOOL": True}, "label": {"NULL": True}, "of": {"L": []}}},
        }
        self.assertIsNone(self.on_table("put-item", "--item", json.dumps(item)))
        key = json.dumps({"artist": item["artist"], "song": item["song"]})
        found = self.on_table("get-item", "--key", key, "--consistent-read")["Item"]
        found["tags"]["SS"].sort(reverse=True)
        self.assertEqual(found, {**item, "year": {"N": "1965.5"}})

    def test_step_03__a_condition_that_fails_is_told_by_text_and_exit_code(self):
        error = self.refused(
            "put-item",
            "--item",
            '{"artist": {"S": "Nina"}, "song": {"S": "000"}}',
            "--condition-expression",
            "attribute_not_exists(artist)",
        )
        self.assertEqual(
            error,
            "An error occurred (ConditionalCheckFailedException) when calling the PutItem "
            "operation: The conditional request failed",
        )

    def test_step_04__update_item_answers_the_new_values(self):
        updated = self.on_table(
            "update-item",
            "--key",
            '{"artist": {"S": "Nina"}, "song": {"S": "000"}}',
            "--update-expression",
            "SET #y = #y + :half, plays = if_not_exists(plays, :zero) + :one REMOVE cover",
            "--condition-expression",
            "contains(tags, :jazz) AND size(song) = :three",
            "--expression-attribute-names",
            '{"#y": "year"}',
            "--expression-attribute-values",
            '{":half": {"N": "0.5"}, ":zero": {"N": "0"}, ":one": {"N": "1"}, '
            '":jazz": {"S": "jazz"}, ":three": {"N": "3"}}',
            "--return-values",
            "UPDATED_NEW",
        )
        self.assertEqual(updated, {"Attributes": {"year": {"N": "1966"}, "plays": {"N": "1"}}})

    def test_step_05__more_items_with_capacity_told_when_asked(self):
        for n in range(1, ITEM_COUNT):
            item = {"artist": {"S": "Nina"}, "song": {"S": f"{n:03}"}, "n": {"N": str(n)}}
            told = self.on_table(
                "put-item", "--item", json.dumps(item), "--return-consumed-capacity", "TOTAL"
            )
        self.assertEqual(
            told, {"ConsumedCapacity": {"TableName": self.name, "CapacityUnits": 1.0}}
        )

    def query(self, *arguments):
        return self.on_table(
            "query",
            "--key-condition-expression",
            "artist = :a",
            "--expression-attribute-values",
            '{":a": {"S": "Nina"}}',
            *arguments,
        )

    def test_step_06__query_pages_by_itself(self):
        answer = self.query("--page-size", "5")
        songs = [item["song"]["S"] for item in answer["Items"]]
        self.assertEqual(songs, [f"{n:03}" for n in range(ITEM_COUNT)])
        self.assertNotIn("NextToken", answer)

    def test_step_07__query_goes_on_from_a_starting_token(self):
        first = self.query("--max-items", "7", "--no-scan-index-forward")
        rest = self.query("--starting-token", first["NextToken"], "--no-scan-index-forward")
        self.assertEqual(len(first["Items"]), 7)
        songs = [item["song"]["S"] for item in first["Items"] + rest["Items"]]
        self.assertEqual(songs, [f"{n:03}" for n in reversed(range(ITEM_COUNT))])

    def test_step_08__query_without_paging_names_the_last_key(self):
        answer = self.query("--limit", "4", "--no-paginate")
        self.assertEqual(answer["Count"], 4)
        self.assertEqual(
            answer["LastEvaluatedKey"], {"artist": {"S": "Nina"}, "song": {"S": "003"}}
        )

    def test_step_09__scan_filters_and_projects(self):
        answer = self.on_table(
            "scan",
            "--filter-expression",
            "n BETWEEN :low AND :high",
            "--expression-attribute-values",
            '{":low": {"N": "3"}, ":high": {"N": "5"}}',
            "--projection-expression",
            "n",
            "--page-size",
            "5",
        )
        numbers = sorted(item["n"]["N"] for item in answer["Items"])
        self.assertEqual(numbers, ["3", "4", "5"])
        self.assertEqual(answer["ScannedCount"], ITEM_COUNT)

    def test_step_10__delete_item_answers_the_old_item(self):
        gone = self.on_table(
            "delete-item",
            "--key",
            '{"artist": {"S": "Nina"}, "song": {"S": "003"}}',
            "--return-values",
            "ALL_OLD",
        )
        self.assertEqual(gone["Attributes"]["n"], {"N": "3"})

    def test_step_11__a_wrong_request_is_told_by_text_and_exit_code(self):
        error = self.refused("get-item", "--key", '{"artist": {"S": "Nina"}}')
        self.assertEqual(
            error,
            "An error occurred (ValidationException) when calling the GetItem operation: "
            "The provided key element does not match the schema",
        )

    def test_step_12__list_tables_names_it(self):
        self.assertIn(self.name, self.ok("list-tables")["TableNames"])

    def test_step_13__update_table_changes_the_throughput(self):
        described = self.on_table(
            "update-table",
            "--billing-mode",
            "PROVISIONED",
            "--provisioned-throughput",
            "ReadCapacityUnits=5,WriteCapacityUnits=6",
        )["TableDescription"]
        self.assertEqual(described["TableName"], self.name)
        self.wait_for("table-exists")
        throughput = self.on_table("describe-table")["Table"]["ProvisionedThroughput"]
        self.assertEqual(
            (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]), (5, 6)
        )

    def test_step_14__delete_table_ends_it(self):
        gone = self.on_table("delete-table")["TableDescription"]
        self.assertEqual(gone["TableStatus"], "DELETING")
        self.wait_for("table-not-exists")
        error = self.refused("describe-table")
        self.assertEqual(
            error,
            "An error occurred (ResourceNotFoundException) when calling the DescribeTable "
            f"operation: Requested resource not found: Table: {self.name} not found",
        )


if __name__ == "__main__":
    unittest.main(failfast=True)
