"""Bytes that no SDK would send: each gets DynamoDB's error and status, and the server lives.

Every test ends with a health check and a GetItem of an item that was there from the start, and
with a look at the server's process. What DynamoDB answers is known from dynalite's test suite,
which was recorded against the service (test/connection.js and the "SerializationException when …"
tests); where nobody recorded an answer, only status and error type are asked for.
"""

import base64
import contextlib
import gzip
import json
import re
import socket
import struct
import time
import unittest
import zlib

import support

CORAL = "com.amazon.coral.service#"
VALIDATION = "com.amazon.coral.validate#ValidationException"
JSON_1_0 = "application/x-amz-json-1.0"
MIB = 1 << 20
BODY_LIMIT = 16 * MIB


class Raw:
    """A socket to the server, and replies read from it one by one."""

    def __init__(self, port, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        """False when the server closed the connection before it took everything."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def reply(self):
        """The next reply, or None when the connection was closed instead."""
        try:
            line = self.file.readline()
            if not line:
                return None
            status = int(re.match(rb"HTTP/1\.1 (\d{3}) ", line).group(1))
            headers = []
            while (line := self.file.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode("latin-1").partition(":")
                headers.append((name, value.strip()))
            reply = support.Reply(status, headers, b"")
            reply.body = self.file.read(int(reply.headers.get("content-length", 0)))
            return reply
        except ConnectionResetError:
            return None

    def close(self):
        self.file.close()
        self.socket.close()


def head(method="POST", path="/", **headers):
    """The bytes of a request's head. Names are given as content_type; None leaves one out."""
    lines = {
        "Host": "127.0.0.1",
        "Content-Type": JSON_1_0,
        "X-Amz-Target": "DynamoDB_20120810.GetItem",
        "X-Amz-Date": "20250101T000000Z",
        "Authorization": support.SIGNATURE,
    }
    for name, value in headers.items():
        lines["-".join(word.capitalize() for word in name.split("_"))] = value
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode("latin-1")


def request(body=b"", **headers):
    """The bytes of a whole request with a true Content-Length."""
    return head(content_length=str(len(body)), **headers) + body


class HostileTest(support.ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.name = support.table_name("hostile")
        cls.item = {"id": {"S": "there from the start"}, "n": {"N": "1"}}
        cls.get = {"TableName": cls.name, "Key": {"id": cls.item["id"]}}
        with support.Client(cls.server.port) as client:
            client.must("CreateTable", {"TableName": cls.name, **support.key_schema(("id", "S"))})
            support.wait_active(client, cls.name)
            client.must("PutItem", {"TableName": cls.name, "Item": cls.item})

    def tearDown(self):
        self.assert_lives()

    def assert_lives(self):
        self.assertTrue(self.server.running(), "the server died")
        with support.Client(self.server.port) as client:
            health = client.send("GET", "/health")
            self.assertEqual(health.status, 200)
            self.assertEqual(client.must("GetItem", self.get), {"Item": self.item})

    @contextlib.contextmanager
    def raw(self, timeout=20):
        connection = Raw(self.server.port, timeout)
        try:
            yield connection
        finally:
            connection.close()

    def answer(self, data, timeout=20):
        """The server's reply to these bytes on a connection of their own."""
        with self.raw(timeout) as connection:
            connection.send(data)
            return connection.reply()

    def told(self, reply):
        """(status, error type, message) of a reply in DynamoDB's form."""
        self.assertIsNotNone(reply, "the connection was closed without a reply")
        self.assertRegex(reply.headers["x-amzn-requestid"], r"^[0-9A-Z]{52}$")
        self.assertTrue(reply.crc_is_right(), reply.headers)
        body = reply.json()
        return reply.status, body["__type"], body.get("message", body.get("Message"))


class HttpTest(HostileTest):
    def test_other_methods_paths_and_types__are_404(self):
        for title, data in (
            ("PUT", request(method="PUT")),
            ("DELETE", request(method="DELETE")),
            ("PATCH", request(b"{}", method="PATCH")),
            ("OPTIONS without Origin", request(method="OPTIONS")),
            ("another path", request(b"{}", path="/tables")),
            ("a body without a type", request(b"hi", content_type=None)),
            ("another type", request(b"hi", content_type="whatever")),
            ("a longer type", request(b"hi", content_type="application/jsonasdf")),
            ("another version", request(b"hi", content_type="application/x-amz-json-1.1")),
        ):
            with self.subTest(title):
                reply = self.answer(data)
                self.assertEqual(reply.status, 404)
                self.assertEqual(reply.body, b"<UnknownOperationException/>\n")
                self.assertEqual(reply.headers["x-amz-crc32"], "3552371480")
                self.assertRegex(reply.headers["x-amzn-requestid"], r"^[0-9A-Z]{52}$")

    def test_unknown_targets__are_unknown_operations(self):
        for target in (
            None,
            "",
            "whatever",
            "DynamoDB_20120810.ListTable",
            "DynamoDB_20120810.",
            "DynamoDB_20120810",
            "dynamodb_20120810.ListTables",
            "DynamoDB_20120810.GetItem.GetItem",
            "DynamoDB_20120810." + "x" * 10_000,
        ):
            with self.subTest(target):
                reply = self.answer(request(b"{}", x_amz_target=target))
                self.assertEqual(
                    self.told(reply), (400, CORAL + "UnknownOperationException", None)
                )
                self.assertEqual(reply.headers["content-type"], JSON_1_0)

    def test_unsigned_requests__are_told_what_is_missing(self):
        missing = "MissingAuthenticationTokenException"
        for authorization, kind, message in (
            (None, missing, "Request is missing Authentication Token"),
            ("AWS4", missing, "Request is missing Authentication Token"),
            (
                "AWS4- Signature=b, Credential=a",
                "IncompleteSignatureException",
                "Authorization header requires 'SignedHeaders' parameter. "
                "Authorization=AWS4- Signature=b, Credential=a",
            ),
        ):
            with self.subTest(authorization):
                reply = self.answer(request(b"{}", authorization=authorization))
                self.assertEqual(self.told(reply), (400, CORAL + kind, message))

    def test_browsers__are_let_in(self):
        plain = self.answer(request(b"{}", origin="http://localhost:3000"))
        self.assertEqual(plain.headers["access-control-allow-origin"], "*")
        asked = self.answer(
            request(
                method="OPTIONS",
                origin="http://localhost:3000",
                access_control_request_headers="a, b, c",
                access_control_request_method="POST",
            )
        )
        self.assertEqual((asked.status, asked.body), (200, b""))
        for name, value in (
            ("access-control-allow-origin", "*"),
            ("access-control-allow-headers", "a, b, c"),
            ("access-control-allow-methods", "POST"),
            ("access-control-max-age", "172800"),
            ("content-length", "0"),
        ):
            self.assertEqual(asked.headers.get(name), value)

    def test_bytes_that_are_not_http__are_refused_or_hung_up_on(self):
        chunked = head(transfer_encoding="chunked")
        for title, data in (
            ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)),
            ("noise", bytes(range(256)) * 4),
            ("nothing but newlines", b"\r\n" * 1000 + b"x\r\n\r\n"),
            ("another protocol", b"EHLO example.com\r\n"),
            ("a version of its own", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
            ("a header without a colon", b"POST / HTTP/1.1\r\nHost x\r\n\r\n"),
            ("a NUL in a header", b"POST / HTTP/1.1\r\nHost: a\0b\r\n\r\n"),
            ("a blank in a header's name", b"POST / HTTP/1.1\r\nHo st: x\r\n\r\n"),
            ("a folded header", head(x_folded="a\r\n b")),
            ("a length that is no number", head(content_length="ten")),
            ("a negative length", head(content_length="-1")),
            ("a length past 64 bits", head(content_length="9" * 30)),
            ("two lengths", head(content_length="2\r\nContent-Length: 3") + b"{}"),
            (
                "a length and chunks",
                head(content_length="2", transfer_encoding="chunked") + b"2\r\n{}\r\n0\r\n\r\n",
            ),
            ("a chunk size that is no number", chunked + b"zz\r\n{}\r\n"),
            ("a chunk size past 64 bits", chunked + b"f" * 20 + b"\r\n{}\r\n"),
            ("a chunk longer than told", chunked + b"1\r\n{}\r\n0\r\n\r\n"),
            ("an unknown transfer coding", head(transfer_encoding="rot13") + b"{}"),
        ):
            with self.subTest(title):
                reply = self.answer(data, timeout=5)
                if reply is not None:
                    self.assertEqual(reply.status, 400)

    def test_heads_without_end__are_431(self):
        many = "".join(f"X-{n}: {n}\r\n" for n in range(20_000))
        for title, data in (
            ("one long header", head(x_long="x" * MIB)),
            ("many headers", b"POST / HTTP/1.1\r\n" + many.encode() + b"\r\n"),
            ("a long path", head(path="/" + "x" * MIB)),
        ):
            with self.subTest(title):
                reply = self.answer(data)
                if reply is not None:
                    self.assertIn(reply.status, (414, 431))

    def test_bodies_over_16_mib__are_413(self):
        over = b"a" * (BODY_LIMIT + 1)
        chunks = b"".join(
            b"100000\r\n" + over[at : at + MIB].ljust(MIB, b"a") + b"\r\n"
            for at in range(0, len(over), MIB)
        )
        for title, data in (
            ("told and sent", request(over)),
            ("told only", head(content_length=str(BODY_LIMIT + 1))),
            ("told far too much", head(content_length=str(1 << 62))),
            ("in chunks", head(transfer_encoding="chunked") + chunks + b"0\r\n\r\n"),
        ):
            with self.subTest(title):
                reply = self.answer(data)
                if reply is not None:
                    self.assertEqual(reply.status, 413)

    def test_a_body_of_16_mib__is_read(self):
        body = json.dumps(self.get).encode()
        reply = self.answer(request(body + b" " * (BODY_LIMIT - len(body))))
        self.assertEqual((reply.status, reply.json()), (200, {"Item": self.item}))

    def test_lengths_that_lie__harm_nobody(self):
        body = json.dumps(self.get).encode()
        with self.raw() as connection:
            connection.send(head(content_length=str(len(body) + 100)) + body)
            connection.socket.shutdown(socket.SHUT_WR)
            reply = connection.reply()
            if reply is not None:
                self.assertEqual(reply.status, 400)
        with self.raw() as connection:
            connection.send(head(content_length=str(len(body) - 1)) + body + b"\r\n\r\n")
            status, kind, _ = self.told(connection.reply())
            self.assertEqual((status, kind), (400, CORAL + "SerializationException"))
            rest = connection.reply()
            if rest is not None:
                self.assertEqual(rest.status, 400)

    def test_pipelined_requests__are_answered_in_order(self):
        count = 50
        with support.Client(self.server.port) as client:
            for n in range(count):
                item = {"id": {"S": f"pipe {n}"}, "n": {"N": str(n)}}
                client.must("PutItem", {"TableName": self.name, "Item": item})
        bodies = (
            json.dumps({"TableName": self.name, "Key": {"id": {"S": f"pipe {n}"}}}).encode()
            for n in range(count)
        )
        with self.raw() as connection:
            connection.send(b"".join(request(body) for body in bodies))
            ids = set()
            for n in range(count):
                reply = connection.reply()
                self.assertEqual(reply.json()["Item"]["n"], {"N": str(n)})
                ids.add(reply.headers["x-amzn-requestid"])
            self.assertEqual(len(ids), count)

    def test_chunked_bodies_and_100_continue__are_understood(self):
        body = json.dumps(self.get).encode()
        chunks = b"".join(b"1;x=y\r\n%c\r\n" % byte for byte in body) + b"0\r\nTrailer: x\r\n\r\n"
        reply = self.answer(head(transfer_encoding="chunked") + chunks)
        self.assertEqual(reply.json(), {"Item": self.item})
        with self.raw() as connection:
            connection.send(head(content_length=str(len(body)), expect="100-continue"))
            self.assertEqual(connection.reply().status, 100)
            connection.send(body)
            self.assertEqual(connection.reply().json(), {"Item": self.item})

    def test_an_old_client__is_answered_and_hung_up_on(self):
        body = json.dumps(self.get).encode()
        data = request(body).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        with self.raw() as connection:
            connection.send(data)
            self.assertEqual(connection.reply().json(), {"Item": self.item})
            self.assertEqual(connection.file.read(), b"")

    def test_clients_that_hang_up__harm_nobody(self):
        body = json.dumps({"TableName": self.name}).encode()
        scan = request(body, x_amz_target="DynamoDB_20120810.Scan")
        for at in (0, 1, 20, len(scan) - 1, len(scan)):
            for reset in (False, True):
                connection = socket.create_connection(("127.0.0.1", self.server.port))
                if reset:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.sendall(scan[:at])
                connection.close()

    def test_a_client_that_reads_nothing__harms_nobody(self):
        with support.Client(self.server.port) as client:
            for n in range(3):
                item = {"id": {"S": f"big {n}"}, "fill": {"S": "x" * 390_000}}
                client.must("PutItem", {"TableName": self.name, "Item": item})
        body = json.dumps({"TableName": self.name, "Key": {"id": {"S": "big 0"}}}).encode()
        with self.raw(timeout=2) as connection:
            with contextlib.suppress(TimeoutError):
                connection.send(request(body) * 200)
            self.assert_lives()


class CodingTest(HostileTest):
    def get_with(self, body, coding):
        return self.answer(request(body, content_encoding=coding))

    def test_packed_bodies__are_read(self):
        body = json.dumps(self.get).encode()
        for coding, packed in (
            ("gzip", gzip.compress(body)),
            ("deflate", zlib.compress(body)),
            ("identity", body),
        ):
            with self.subTest(coding):
                reply = self.get_with(packed, coding)
                self.assertEqual((reply.status, reply.json()), (200, {"Item": self.item}))

    def test_replies__are_packed_when_asked(self):
        with support.Client(self.server.port) as client:
            item = {"id": {"S": "long"}, "fill": {"S": "x" * 50_000}}
            client.must("PutItem", {"TableName": self.name, "Item": item})
        body = json.dumps({"TableName": self.name, "Key": {"id": item["id"]}}).encode()
        packed = self.answer(request(body, accept_encoding="gzip"))
        self.assertEqual(packed.headers.get("content-encoding"), "gzip")
        self.assertTrue(packed.crc_is_right(), "the checksum is of the body as sent")
        self.assertEqual(json.loads(gzip.decompress(packed.body)), {"Item": item})
        plain = self.answer(request(body))
        self.assertNotIn("content-encoding", plain.headers)
        self.assertEqual(plain.json(), {"Item": item})
        self.assertTrue(plain.crc_is_right())

    def test_packed_bodies_that_are_broken__are_refused(self):
        packed = gzip.compress(json.dumps(self.get).encode())
        for title, body, coding in (
            ("noise", b"not gzip at all", "gzip"),
            ("cut short", packed[:-5], "gzip"),
            ("a wrong checksum", packed[:-8] + bytes(4) + packed[-4:], "gzip"),
            ("an unknown coding", packed, "br"),
        ):
            with self.subTest(title):
                reply = self.get_with(body, coding)
                self.assertGreaterEqual(reply.status, 400)
                self.assertLess(reply.status, 500)

    def test_a_gzip_bomb__is_413_and_takes_no_memory(self):
        pack = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(pack.compress(bytes(MIB)) for _ in range(512)) + pack.flush()
        self.assertLess(len(bomb), MIB)
        before = self.server.resident_bytes()
        for _ in range(4):
            reply = self.get_with(bomb, "gzip")
            self.assertEqual(reply.status, 413)
        grown = self.server.resident_bytes() - before
        self.assertLess(grown, 256 * MIB, "half a bomb, which leaves a sanitizer its room")


class JsonTest(HostileTest):
    def post(self, body, operation="GetItem"):
        return self.answer(request(body, x_amz_target=f"DynamoDB_20120810.{operation}"))

    def call(self, operation, value):
        return self.post(json.dumps(value).encode(), operation)

    def test_bodies_that_are_not_json__are_serialization_errors(self):
        for body in (
            b"hi",
            b"{",
            b"}",
            b'{"TableName"',
            b'{"TableName":',
            b'{"TableName":"x"',
            b'{"TableName":"x",}',
            b'{"TableName" "x"}',
            b"{'TableName':'x'}",
            b'{TableName:"x"}',
            b'{"TableName":NaN}',
            b'{"TableName":tru}',
            b'{"Limit":01}',
            b'{"Limit":+1}',
            b'{"Limit":1.}',
            b'{"Limit":.5}',
            b'{"TableName":"x"} x',
            b'{"TableName":"x"}{}',
            b'{"TableName":"a\nb"}',
            b'{"TableName":"a\x00b"}',
            b'{"TableName":"\\x41"}',
            b'{"TableName":"\\u12"}',
            b'{"TableName":"x\\',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"Key":{"id":' + b'{"L":[' * 50_000,
            b"\x00" * 1000,
        ):
            with self.subTest(body[:40]):
                status, kind, _ = self.told(self.post(body))
                self.assertEqual((status, kind), (400, CORAL + "SerializationException"))

    def test_invalid_utf_8__is_a_serialization_error(self):
        for text in (
            b"\xff",
            b"\xc3",
            b"\xc0\xaf",
            b"\xe0\x80\xaf",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\x80abc",
        ):
            with self.subTest(text):
                status, kind, _ = self.told(self.post(b'{"TableName":"' + text + b'"}'))
                self.assertEqual((status, kind), (400, CORAL + "SerializationException"))

    def test_bodies_that_are_no_object__are_serialization_errors(self):
        for body in (b"", b"null", b"[]", b"1", b'"text"', b"true", b"[{}]"):
            with self.subTest(body):
                status, kind, _ = self.told(self.post(body))
                self.assertEqual((status, kind), (400, CORAL + "SerializationException"))

    def test_json_types_that_do_not_fit__are_named(self):
        struct_message = "Start of structure or map found where not expected"
        key_class = "com.amazonaws.dynamodb.v20120810.AttributeValue"
        for operation, body, message in (
            ("GetItem", {"TableName": True}, "TRUE_VALUE cannot be converted to String"),
            ("GetItem", {"TableName": 23}, "NUMBER_VALUE cannot be converted to String"),
            ("GetItem", {"TableName": 34.56}, "DECIMAL_VALUE cannot be converted to String"),
            ("GetItem", {"TableName": []}, "Unrecognized collection type class java.lang.String"),
            ("GetItem", {"TableName": {}}, struct_message),
            ("GetItem", {"Key": "23"}, "Unexpected field type"),
            (
                "GetItem",
                {"Key": []},
                f"Unrecognized collection type java.util.Map<java.lang.String, {key_class}>",
            ),
            ("GetItem", {"Key": {"a": "23"}}, "Unexpected value type in payload"),
            ("GetItem", {"Key": {"a": []}}, f"Unrecognized collection type class {key_class}"),
            ("GetItem", {"Key": {"a": {"S": 1}}}, "NUMBER_VALUE cannot be converted to String"),
            ("GetItem", {"Key": {"a": {"N": 1}}}, "NUMBER_VALUE cannot be converted to String"),
            ("GetItem", {"ConsistentRead": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
            ("GetItem", {"ConsistentRead": {}}, struct_message),
            ("Query", {"Limit": "23"}, "STRING_VALUE cannot be converted to Integer"),
            ("Query", {"Limit": False}, "FALSE_VALUE cannot be converted to Integer"),
            ("PutItem", {"Item": {"a": {"L": {}}}}, struct_message),
            ("PutItem", {"Item": {"a": {"SS": "x"}}}, "Unexpected field type"),
            ("PutItem", {"ExpressionAttributeNames": {"#a": 1}}, None),
            ("CreateTable", {"KeySchema": {}}, struct_message),
            ("CreateTable", {"AttributeDefinitions": [1]}, "Unexpected value type in payload"),
        ):
            with self.subTest(f"{operation} {body}"):
                status, kind, told = self.told(self.call(operation, body))
                self.assertEqual((status, kind), (400, CORAL + "SerializationException"))
                if message is not None:
                    self.assertEqual(told, message)

    def test_bad_base64__is_a_serialization_error(self):
        length = "Base64 encoded length is expected a multiple of 4 bytes but found: 5"
        last = "Invalid last non-pad Base64 character dectected"
        for text, message in (
            ("23456", length),
            ("=+/=", last),
            ("+/+=", last),
            ("!!!!", None),
            ("AA A", None),
            ("AA==AA==", None),
            ("é===", None),
        ):
            with self.subTest(text):
                item = {"id": {"S": "x"}, "b": {"B": text}}
                reply = self.call("PutItem", {"TableName": self.name, "Item": item})
                status, kind, told = self.told(reply)
                self.assertEqual((status, kind), (400, CORAL + "SerializationException"))
                if message is not None:
                    self.assertEqual(told, message)

    def put(self, value):
        item = {"id": {"S": "x"}, "v": value}
        return self.call("PutItem", {"TableName": self.name, "Item": item})

    def test_numbers_that_are_too_much__are_validation_errors(self):
        large = (
            "Number overflow. Attempting to store a number with magnitude larger than "
            "supported range"
        )
        small = (
            "Number underflow. Attempting to store a number with magnitude smaller than "
            "supported range"
        )
        digits = "Attempting to store more than 38 significant digits in a Number"
        for text, message in (
            ("1E126", large),
            ("-1E126", large),
            ("1E999999999999999999999", large),
            ("1" + "0" * 126, large),
            ("1E-131", small),
            ("1E-999999999999999999999", small),
            ("1" * 39, digits),
            ("1" * 100_000, None),
            ("0x10", None),
            ("NaN", None),
            ("Infinity", None),
            ("1e", None),
            ("--1", None),
            ("1 ", None),
            ("", None),
            ("٣", None),
        ):
            with self.subTest(text[:30]):
                status, kind, told = self.told(self.put({"N": text}))
                self.assertEqual((status, kind), (400, VALIDATION))
                if message is not None:
                    self.assertEqual(told, message)

    def test_json_numbers_out_of_range__are_refused_or_the_largest(self):
        name = self.name.encode()
        for number in (b"1e999", b"99999999999999999999", b"-1e999", b"-" + b"9" * 100_000):
            with self.subTest(number[:30]):
                body = b'{"TableName":"' + name + b'","Limit":' + number + b"}"
                reply = self.post(body, "Scan")
                if number.startswith(b"-") or reply.status != 200:
                    kinds = (CORAL + "SerializationException", VALIDATION)
                    self.assertIn(self.told(reply)[1], kinds)

    def test_millions_of_elements__are_413(self):
        """They take far more than 96 MB when they are read. That is no fault of the server's, whose
        clients would send them again for a 500."""
        key = b'"TableName":"abc","Key":{"id":{"S":"x"}},'
        for operation, members, element in (
            ("TransactWriteItems", b'"TransactItems":[', b"{}"),
            ("BatchExecuteStatement", b'"Statements":[', b"{}"),
            ("GetItem", key + b'"AttributesToGet":[', b'""'),
        ):
            body = b"{" + members + (element + b",") * 4_600_000 + element + b"]}"
            with self.subTest(operation):
                status, kind, _ = self.told(self.post(body, operation))
                self.assertEqual((status, kind), (413, CORAL + "RequestEntityTooLargeException"))

    def test_values_that_are_nested_too_deep__are_validation_errors(self):
        def nested(levels):
            value = {"S": "leaf"}
            for level in range(levels):
                value = {"L": [value]} if level % 2 else {"M": {"m": value}}
            return value

        self.assertEqual(self.put(nested(31)).status, 200)
        status, kind, _ = self.told(self.put(nested(33)))
        self.assertEqual((status, kind), (400, VALIDATION))
        with self.raw() as connection:
            deep = b'{"L":[' * 5_000 + b'{"S":""}' + b"]}" * 5_000
            body = b'{"TableName":"x","Item":{"id":{"S":"x"},"v":' + deep + b"}}"
            connection.send(request(body, x_amz_target="DynamoDB_20120810.PutItem"))
            self.assertEqual(connection.reply().status, 400)

    def test_expressions_that_are_nested_deep__are_answered_at_once(self):
        for expression in (
            "(" * 4000,
            "(" * 2000 + "a = b" + ")" * 2000,
            "NOT " * 1000 + "a = b",
            "size(" * 800 + "a" + ")" * 800 + " > b",
            "a.b" * 1000 + " = c",
            "a" + "[0]" * 1300 + " = c",
        ):
            with self.subTest(expression[:20]):
                started = time.monotonic()
                request_body = {"TableName": self.name, "FilterExpression": expression}
                reply = self.call("Scan", request_body)
                self.assertLess(time.monotonic() - started, 2)
                self.assertEqual(self.told(reply)[:2], (400, VALIDATION))

    def test_expressions_that_mean_much_work__are_answered_soon(self):
        """They took a thread six and eleven seconds."""
        self.put({"S": "a" * 390_000})
        many = " OR ".join(f"v IN ({','.join([':a'] * 100)})" for _ in range(12))
        mentions = {"FilterExpression": many,
                    "ExpressionAttributeValues": {":a": {"L": [{"NULL": True}] * 100_000}}}
        part = {"FilterExpression": "contains(v, :p)" + " OR contains(v, :p)" * 2,
                "ExpressionAttributeValues": {":p": {"S": "a" * 195_000 + "b"}}}
        for condition, status in ((mentions, 400), (part, 200)):
            with self.subTest(condition["FilterExpression"][:20]):
                started = time.monotonic()
                reply = self.call("Scan", {"TableName": self.name, **condition})
                self.assertLess(time.monotonic() - started, 2)
                self.assertEqual(reply.status, status)

    def test_a_long_list_of_values__is_searched_soon(self):
        """60,000 values, 2,500 items: one after the other took 24 seconds."""
        with support.Client(self.server.port) as client:
            for i in range(100):
                puts = [{"PutRequest": {"Item": {"id": {"S": f"{i}.{j}"}, "n": {"N": "-1"}}}}
                        for j in range(25)]
                client.must("BatchWriteItem", {"RequestItems": {self.name: puts}})
        values = [{"N": str(i)} for i in range(59_998)]
        started = time.monotonic()
        reply = self.call("Scan", {"TableName": self.name, "ScanFilter": {
            "n": {"ComparisonOperator": "IN", "AttributeValueList": values}}})
        self.assertLess(time.monotonic() - started, 3)
        self.assertEqual((reply.status, reply.json()["Count"]), (200, 1))

    def test_attribute_values_that_are_none_or_several__are_validation_errors(self):
        for value in (
            {},
            {"S": "a", "N": "1"},
            {"X": "unknown"},
            {"SS": []},
            {"NS": ["1", "1.0"]},
            {"BS": ["AA==", "AA=="]},
            {"NULL": False},
        ):
            with self.subTest(value):
                status, kind, _ = self.told(self.put(value))
                self.assertEqual((status, kind), (400, VALIDATION))

    def test_items_of_400_kib__are_the_largest(self):
        overhead = len("id") + len("x") + len("v")
        largest = 400 * 1024 - overhead
        self.assertEqual(self.put({"S": "x" * largest}).status, 200)
        status, kind, told = self.told(self.put({"S": "x" * (largest + 1)}))
        self.assertEqual((status, kind), (400, VALIDATION))
        self.assertEqual(told, "Item size has exceeded the maximum allowed size")
        self.assertEqual(self.told(self.put({"S": "x" * (15 * MIB)}))[:2], (400, VALIDATION))
        packed = base64.b64encode(bytes(11 * MIB)).decode()
        self.assertEqual(self.told(self.put({"B": packed}))[:2], (400, VALIDATION))


class SlowTest(HostileTest):
    """Last, because it waits for the server's patience (30 seconds) to end."""

    PATIENCE_SECONDS = 45

    def test_senders_that_dawdle__are_timed_out_and_delay_nobody(self):
        body = json.dumps(self.get).encode()
        data = request(body)
        starts = {
            "half a head": data[:30],
            "a head without its body": data[: -len(body)],
            "half a body": data[:-5],
        }
        dawdlers = [
            (title, Raw(self.server.port, self.PATIENCE_SECONDS))
            for title in starts
            for _ in range(100)
        ]
        idle = [Raw(self.server.port) for _ in range(100)]
        for title, connection in dawdlers:
            connection.send(starts[title])
        started = time.monotonic()
        for _ in range(20):
            self.assert_lives()
        self.assertLess(time.monotonic() - started, 10, "others had to wait")
        for title, connection in dawdlers:
            with self.subTest(title):
                reply = connection.reply()
                if reply is not None:
                    self.assertEqual(reply.status, 408)
            connection.close()
        self.assertLess(time.monotonic() - started, self.PATIENCE_SECONDS)
        for connection in idle:
            connection.close()

    def test_a_sender_of_single_bytes__gets_its_answer(self):
        data = request(json.dumps(self.get).encode())
        with self.raw() as connection:
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in data:
                connection.send(bytes([byte]))
                time.sleep(0.001)
            self.assertEqual(connection.reply().json(), {"Item": self.item})


del HostileTest  # its own tests are those of the classes above

if __name__ == "__main__":
    unittest.main()
