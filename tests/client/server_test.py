#!/usr/bin/python3
"""The client room against other hands: a real `stator serve`, and botocore as judge of signatures.

usage: server_test.py TOOL      (the program of tool.c); STATOR names the server
"""
import datetime
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
import zlib

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "clients"))
import support  # noqa: E402  the server and a bare HTTP client

TOOL = sys.argv.pop(1)
TABLE = {"TableName": "jobs", **support.key_schema(("pk", "S"), ("sk", "N"))}


class Tool:
    """The client room, one line a call. `variables` are set, or unset where they are None."""

    def __init__(self, endpoint, **variables):
        environment = dict(os.environ, **{k: v for k, v in variables.items() if v is not None})
        for name in [n for n, value in variables.items() if value is None]:
            environment.pop(name, None)
        self.process = subprocess.Popen([TOOL, endpoint], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def call(self, operation, request=None):
        body = "" if request is None else " " + json.dumps(request)
        self.process.stdin.write(operation + body + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def must(self, operation, request):
        answer = self.call(operation, request)
        assert answer["status"] == "OK", answer
        return json.loads(answer["body"] or "{}")

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        self.process.stdout.close()
        return code


class StatorTest(unittest.TestCase):
    """A server of our own, over TCP and over its unix socket."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="stator-client-")
        self.socket = os.path.join(self.folder.name, "s")
        self.server = support.Server("--memory", "--unix", self.socket)

    def tearDown(self):
        if self.server.running():
            self.assertEqual(self.server.stop(), 0, self.server.complaints())
        self.folder.cleanup()

    def test_a_life_over_tcp_and_over_the_socket(self):
        for n, endpoint in enumerate([self.server.url, f"unix:{self.socket}"]):
            with self.subTest(endpoint=endpoint):
                self.live(Tool(endpoint), f"life{n}")

    def live(self, tool, table):
        tool.must("CreateTable", {**TABLE, "TableName": table})
        item = {"pk": {"S": "é\n\"x\""}, "sk": {"N": "1"}, "b": {"B": "AAEC"}}
        tool.must("PutItem", {"TableName": table, "Item": item})
        key = {"pk": item["pk"], "sk": item["sk"]}
        self.assertEqual(tool.must("GetItem", {"TableName": table, "Key": key})["Item"], item)

        refused = tool.call("PutItem", {"TableName": table, "Item": item,
                                        "ConditionExpression": "attribute_not_exists(pk)",
                                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
        self.assertEqual(refused["status"], "CONDITION_FAILED")
        self.assertEqual(refused["code"], "ConditionalCheckFailedException")
        self.assertEqual(refused["message"], "The conditional request failed")
        self.assertEqual(refused["http_status"], 400)
        self.assertEqual(len(refused["request_id"]), 52)
        self.assertEqual(json.loads(refused["body"])["Item"], item)

        missing = tool.call("GetItem", {"TableName": "nowhere", "Key": key})
        self.assertEqual(missing["status"], "NOT_FOUND")
        self.assertEqual(missing["message"], "Requested resource not found")
        unknown = tool.call("Frobnicate", {})
        self.assertEqual(unknown["status"], "UNKNOWN_OPERATION")
        self.assertEqual(tool.call("PutItem")["status"], "SERIALIZATION")
        self.assertEqual(tool.close(), 0)

    def test_a_canceled_transaction_and_its_reasons(self):
        tool = Tool(self.server.url)
        tool.must("CreateTable", TABLE)
        check = {"TableName": "jobs", "Key": {"pk": {"S": "a"}, "sk": {"N": "1"}},
                 "ConditionExpression": "attribute_exists(pk)"}
        put = {"TableName": "jobs", "Item": {"pk": {"S": "b"}, "sk": {"N": "1"}}}
        answer = tool.call("TransactWriteItems",
                           {"TransactItems": [{"Put": put}, {"ConditionCheck": check}]})
        self.assertEqual(answer["status"], "CONDITION_FAILED")
        self.assertEqual(answer["code"], "TransactionCanceledException")
        reasons = json.loads(answer["body"])["CancellationReasons"]
        self.assertEqual([r["Code"] for r in reasons], ["None", "ConditionalCheckFailed"])
        self.assertEqual(tool.close(), 0)

    def test_pages_of_a_megabyte_come_packed_and_whole(self):
        tool = Tool(self.server.url)
        tool.must("CreateTable", TABLE)
        for n in range(12):
            tool.must("PutItem", {"TableName": "jobs", "Item": {
                "pk": {"S": "p"}, "sk": {"N": str(n)}, "text": {"S": str(n) * 100000}}})
        page = tool.must("Query", {"TableName": "jobs", "KeyConditionExpression": "pk = :p",
                                   "ExpressionAttributeValues": {":p": {"S": "p"}}})
        self.assertIn("LastEvaluatedKey", page)
        for item in page["Items"]:
            self.assertEqual(item["text"]["S"], item["sk"]["N"] * 100000)
        self.assertEqual(tool.close(), 0)

    def test_a_server_that_comes_back_is_found_again(self):
        tool = Tool(self.server.url)
        self.assertEqual(tool.must("ListTables", {}), {"TableNames": []})
        port = self.server.port
        self.server.kill()
        gone = tool.call("ListTables", {})
        self.assertEqual(gone["status"], "NETWORK")
        self.assertEqual(gone["attempts"], 4)
        self.server = support.Server("--memory", port=port)
        self.assertEqual(tool.must("ListTables", {}), {"TableNames": []})
        self.assertEqual(tool.close(), 0)


class Judge(http.server.ThreadingHTTPServer):
    """Signs every request once more with botocore, and answers with what differs."""

    def __init__(self, credentials, region):
        super().__init__(("127.0.0.1", 0), JudgeHandler)
        self.credentials = credentials
        self.region = region
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class JudgeHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802  the name is http.server's
        body = self.rfile.read(int(self.headers["Content-Length"]))
        given = self.headers["Authorization"]
        signed = given.split("SignedHeaders=")[1].split(",")[0].split(";")
        stamp = datetime.datetime.strptime(self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        again = AWSRequest(method="POST", url=f"http://{self.headers['Host']}{self.path}",
                           headers={name: self.headers[name] for name in signed}, data=body)
        signer = botocore.auth.SigV4Auth(self.server.credentials, "dynamodb", self.server.region)
        again.context["timestamp"] = stamp.strftime("%Y%m%dT%H%M%SZ")
        text = signer.string_to_sign(again, signer.canonical_request(again))
        signer._inject_signature_to_request(again, signer.signature(text, again))
        self.answer({"given": given, "expected": again.headers["Authorization"],
                     "token": self.headers["X-Amz-Security-Token"],
                     "seconds_off": abs((datetime.datetime.utcnow() - stamp).total_seconds())})

    def answer(self, found):
        reply = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.send_header("x-amz-crc32", str(zlib.crc32(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_):
        pass


class BotocoreTest(unittest.TestCase):
    def judged(self, credentials, region, **variables):
        judge = Judge(credentials, region)
        tool = Tool(judge.url, **variables)
        try:
            for operation in ["GetItem", "PutItem", "TransactWriteItems"]:
                found = tool.must(operation, {"é": "ü" * 5000})
                self.assertEqual(found["given"], found["expected"])
                self.assertEqual(found["token"], credentials.token)
                self.assertLess(found["seconds_off"], 60)
        finally:
            self.assertEqual(tool.close(), 0)
            judge.stop()

    def test_signatures_with_keys_of_the_environment(self):
        self.judged(Credentials("AKIDEXAMPLE", "wJalr/XUt+nFEMI"), "eu-west-1",
                    AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="wJalr/XUt+nFEMI",
                    AWS_REGION="eu-west-1")

    def test_signatures_with_a_session_token_past_a_proxy_that_is_not_for_this_machine(self):
        self.judged(Credentials("ASIA", "secret", "to/k+en=="), "us-east-1",
                    AWS_ACCESS_KEY_ID="ASIA", AWS_SECRET_ACCESS_KEY="secret",
                    AWS_SESSION_TOKEN="to/k+en==", http_proxy="http://127.0.0.1:1",
                    NO_PROXY=None, no_proxy=None)

    def test_signatures_with_a_profile_of_the_shared_files(self):
        with tempfile.TemporaryDirectory() as folder:
            files = {"credentials": "[work]\naws_access_key_id = AK\naws_secret_access_key = SK\n",
                     "config": "[profile work]\nregion = ap-south-1\n"}
            paths = {}
            for name, text in files.items():
                paths[name] = os.path.join(folder, name)
                pathlib.Path(paths[name]).write_text(text, encoding="utf-8")
            self.judged(Credentials("AK", "SK"), "ap-south-1", AWS_PROFILE="work",
                        AWS_SHARED_CREDENTIALS_FILE=paths["credentials"],
                        AWS_CONFIG_FILE=paths["config"], AWS_ACCESS_KEY_ID=None,
                        AWS_SECRET_ACCESS_KEY=None, AWS_REGION=None, AWS_DEFAULT_REGION=None)


if __name__ == "__main__":
    unittest.main()
