#!/usr/bin/python3
"""Signatures against an independent hand: what botocore signs is true here, what is signed here is
what botocore signs. Requests are made at random; STATOR_SEED repeats a run.

usage: botocore_test.py ORACLE      (the program of oracle.c)
"""
import datetime
import email.utils
import os
import random
import string
import subprocess
import sys
import time
import unittest
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ORACLE = sys.argv.pop(1)
SEED = int(os.environ.get("STATOR_SEED", time.time()))
ROUNDS = 300
SKEW_SECONDS = 300


class Clock:
    """Stands in for botocore.auth's datetime module: it is always `now`."""

    def __init__(self):
        self.now = datetime.datetime(2024, 2, 29, 23, 59, 58)
        self.datetime = self

    def utcnow(self):
        return self.now

    strptime = staticmethod(datetime.datetime.strptime)


class Oracle:
    """The auth room, one line a question."""

    def __init__(self):
        self.process = subprocess.Popen([ORACLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, *fields):
        line = "\t".join((f if isinstance(f, bytes) else f.encode()).hex() for f in fields)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(10)
        self.process.stdout.close()
        return code


def word(rng, alphabet=string.ascii_letters + string.digits, longest=12):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(1, longest)))


def value(rng):
    """A header's value: words between runs of spaces."""
    return "".join(word(rng, string.printable[:94]) + " " * rng.randint(0, 3) for _ in range(3))


def target(rng):
    """(path, query), encoded as clients encode them."""
    segments = [urllib.parse.quote(word(rng, string.ascii_letters + " é~+%"), safe="~")
                for _ in range(rng.randint(0, 3))]
    pairs = [(urllib.parse.quote(word(rng, "ab é=&+~-_."), safe="-_.~"),
              urllib.parse.quote(word(rng, "ab é=&/+~"), safe="-_.~"))
             for _ in range(rng.randint(0, 5))]
    return "/" + "/".join(segments), "&".join(f"{name}={text}" for name, text in pairs)


def request(rng):
    path, query = target(rng) if rng.random() < 0.5 else ("/", "")
    host = rng.choice(["localhost:8000", "dynamodb.us-east-1.amazonaws.com", "[::1]:80", "a.b"])
    headers = {"Host": host, "Content-Type": "application/x-amz-json-1.0",
               "X-Amz-Target": "DynamoDB_20120810." + word(rng)}
    for _ in range(rng.randint(0, 3)):
        headers[word(rng, string.ascii_letters + "-")] = value(rng)
    body = rng.randbytes(rng.randint(0, 300))
    url = f"http://{host}{path}" + (f"?{query}" if query else "")
    return AWSRequest(method="POST", url=url, headers=headers, data=body)


def parts(made):
    """(method, path, query, body) of a request as it would be sent."""
    split = urllib.parse.urlsplit(made.url)
    return made.method, split.path, split.query, made.data


def flat(headers):
    return [field for item in headers.items() for field in item]


class BotocoreTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"seed {SEED} (STATOR_SEED={SEED} replays this run)")
        cls.rng = random.Random(SEED)
        cls.clock = botocore.auth.datetime = Clock()
        botocore.auth.formatdate = lambda at: email.utils.formatdate(at, usegmt=True)
        cls.oracle = Oracle()

    @classmethod
    def tearDownClass(cls):
        assert cls.oracle.close() == 0

    def setUp(self):
        rng = self.rng
        self.clock.now = datetime.datetime(2024, 2, 29) + datetime.timedelta(
            seconds=rng.randint(0, 10**8))
        token = word(rng) if rng.random() < 0.5 else None
        self.credentials = Credentials(word(rng), word(rng, string.printable[:94], 40), token)
        self.region = rng.choice(["us-east-1", "eu-central-1", "cn-north-1"])

    def verify(self, made, later=0):
        now = self.clock.now + datetime.timedelta(seconds=later)
        return self.oracle.ask("verify", *parts(made), self.credentials.secret_key,
                               now.strftime("%Y%m%dT%H%M%SZ"), self.region, "dynamodb",
                               *flat(made.headers))

    def test_what_botocore_signs_in_headers_is_true(self):
        for _ in range(ROUNDS):
            self.setUp()
            made = request(self.rng)
            if self.rng.random() < 0.2:
                made.headers["Date"] = "now"  # botocore then signs a Date header
            botocore.auth.SigV4Auth(self.credentials, "dynamodb", self.region).add_auth(made)
            self.assertEqual(self.verify(made), "TRUE", made.headers)
            self.assertEqual(self.verify(made, SKEW_SECONDS), "TRUE")
            self.assertEqual(self.verify(made, SKEW_SECONDS + 1), "EXPIRED")
            made.data += b"."
            self.assertEqual(self.verify(made), "FALSE")

    def test_what_botocore_signs_in_queries_is_true(self):
        for _ in range(ROUNDS):
            self.setUp()
            made = request(self.rng)
            made.data = b""  # botocore would move it into the query
            lasts = self.rng.randint(1, 604800)
            botocore.auth.SigV4QueryAuth(self.credentials, "dynamodb", self.region,
                                         expires=lasts).add_auth(made)
            self.assertEqual(self.verify(made), "TRUE", made.url)
            self.assertEqual(self.verify(made, lasts), "TRUE")
            self.assertEqual(self.verify(made, lasts + 1), "EXPIRED")
            made.url = made.url.replace("X-Amz-Signature=", "a=b&X-Amz-Signature=")
            self.assertEqual(self.verify(made), "FALSE")

    def test_what_is_signed_here_is_what_botocore_signs(self):
        for _ in range(ROUNDS):
            self.setUp()
            made = request(self.rng)
            botocore.auth.SigV4Auth(self.credentials, "dynamodb", self.region).add_auth(made)
            expected = made.headers["Authorization"]
            del made.headers["Authorization"]
            given = self.oracle.ask(
                "sign", *parts(made), self.credentials.access_key, self.credentials.secret_key,
                self.clock.now.strftime("%Y%m%dT%H%M%SZ"), self.region, "dynamodb",
                *flat(made.headers))
            self.assertEqual(given, expected)


if __name__ == "__main__":
    unittest.main()
