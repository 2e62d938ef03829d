"""Lines on the wire: pipelined, beside HTTP, bad, half, long, deep, given up in the middle."""

import http.client
import json
import os
import socket
import time
import unittest

import support
from lines import LineTest, Wire

LINE_BYTES_MAX = 16 << 20


class HttpOverUnix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class WireTest(LineTest):
    def test_line__pipelined_lines_are_answered_in_order(self):
        lines = []
        for i in range(300):
            lines.append({"op": "put_item", "table": self.table,
                          "item": {"pk": f"p{i}", "sk": "s", "n": i}})
            lines.append({"op": "get_item", "table": self.table, "partition_key": f"p{i}",
                          "sort_key": "s"})
        self.wire.send("".join(json.dumps(line) + "\n" for line in lines).encode())
        for i in range(300):
            self.assertEqual(self.wire.answer(), {"ok": True})
            self.assertEqual(self.wire.answer()["item"]["n"], i)

    def test_line__http_goes_on_beside_it(self):
        self.put("a", n=1)
        connection = HttpOverUnix(self.path)
        self.addCleanup(connection.close)
        connection.request("POST", "/", json.dumps({
            "TableName": self.table, "Key": {"pk": {"S": "a"}, "sk": {"S": "s"}}}),
            support.call_headers("GetItem"))
        reply = connection.getresponse()
        self.assertEqual(reply.status, 200)
        self.assertEqual(json.load(reply)["Item"]["n"], {"N": "1"})

    def test_line__values_come_back_as_they_went(self):
        item = {"pk": "é\u0000\"\n", "sk": "s", "t": True, "f": False, "none": None, "list": [],
                "map": {}, "deep": [[{"a": [1, "1", None]}]], "text": "\u2028 \U0001f600 \\ \t",
                "n": 12345678901234567890, "empty": ""}
        self.ok("put_item", item=item)
        self.assertEqual(self.get(item["pk"]), item)
        self.wire.send(b'{"op":"put_item","table":"%s","item":{"pk":"x","sk":"s",'
                       b'"n":1.2345678901234567890123456789012345678}}\n' % self.table.encode())
        self.assertEqual(self.wire.answer(), {"ok": True})
        self.wire.send(b'{"op":"get_item","table":"%s","partition_key":"x","sort_key":"s"}\n'
                       % self.table.encode())
        self.assertIn(b'"n":1.2345678901234567890123456789012345678', self.wire.line())

    def test_line__bad_lines_are_answered_and_the_connection_lives(self):
        table = self.table.encode()
        for line, error in (
                (b"{", "ParseError"), (b"{}", "ParseError"), (b"[]", "ParseError"),
                (b"null", "ParseError"), (b"GET / HTTP/1.1", "ParseError"),
                (b'{"op":1}', "ParseError"), (b'{"op":"fly"}', "ParseError"),
                (b'{"op":"list_tables"} x', "ParseError"),
                (b'{"op":"list_tables","op":"list_tables"}', "ParseError"),
                (b'{"op":"list_tables","more":1}', "ParseError"),
                (b'{"op":"scan"}', "ParseError"), (b'{"op":"scan","table":7}', "ParseError"),
                (b'{"op":"list_tables"\x00}', "ParseError"), (b"\x00\xff\xfe", "ParseError"),
                (b'{"op":"scan","table":"\xff"}', "ParseError"),
                (b'{"op":"scan","table":"%s","limit":-1}' % table, "ParseError"),
                (b'{"op":"scan","table":"%s","limit":0}' % table, "ValidationError"),
                (b'{"op":"scan","table":"%s","limit":1.5}' % table, "ParseError"),
                (b'{"op":"scan","table":"a\\u0000b"}', "TableNotFound"),
                (b'{"op":"put_item","table":"%s","item":[]}' % table, "ParseError"),
                (b'{"op":"put_item","table":"%s","item":{"pk":"a","sk":"s","n":1e999}}' % table,
                 "ValidationError"),
                (b'{"op":"put_item","table":"%s","item":{"pk":"","sk":"s"}}' % table,
                 "ValidationError"),
                (b'{"op":"put_item","table":"%s","item":{"pk":"a","sk":"s","x":%s1%s}}'
                 % (table, b"[" * 40, b"]" * 40), "ValidationError"),
                (b'{"op":"put_item","table":"%s","item":{"pk":"a","sk":"s","x":%s1%s}}'
                 % (table, b"[" * 100, b"]" * 100), "ParseError"),
                (b'{"op":"scan","table":"%s","filter":%s{}%s}'
                 % (table, b'{"Not":' * 100, b"}" * 100), "ParseError"),
                (b'{"op":"transact","operations":{}}', "ParseError"),
                (b'{"op":"batch_get_item","table":"%s","keys":[1]}' % table, "ParseError")):
            with self.subTest(line=line[:80]):
                self.wire.send(line + b"\n")
                answer = self.wire.answer()
                self.assertEqual(answer.get("error"), error, answer)
        self.ok("list_tables")

    def test_line__halves_and_blanks_are_put_together(self):
        self.wire.send(b'{"op":"list_')
        time.sleep(0.05)
        self.wire.send(b'tables"}\r\n\r\n\n  \t {"op" : "list_tables"}\n')
        self.assertIn("tables", self.wire.answer())
        self.assertIn("tables", self.wire.answer())

    def test_line__the_last_line_needs_no_end(self):
        self.wire.send(b'{"op":"list_tables"}')
        self.wire.socket.shutdown(socket.SHUT_WR)
        self.assertIn("tables", self.wire.answer())
        self.assertEqual(self.wire.line(), b"")

    def test_line__a_line_that_is_too_long_is_refused_and_the_server_lives(self):
        before = b'{"op":"put_item","table":"%s","item":{"pk":"a","sk":"s","x":"' % (
            self.table.encode())
        after = b'"}}'
        fits = before + b"x" * (LINE_BYTES_MAX - len(before) - len(after)) + after
        self.wire.send(fits + b"\n")
        self.assertEqual(self.wire.answer()["error"], "DocumentTooLarge")
        with Wire(self.path) as wire:
            try:
                wire.send(before + b"x" * (17 << 20))
            except (BrokenPipeError, ConnectionResetError):
                pass
            self.assertEqual(wire.answer()["error"], "LineTooLong")
            self.assertEqual(wire.line(), b"")
        self.ok("list_tables")

    def test_line__clients_that_go_in_the_middle_harm_nobody(self):
        put = json.dumps({"op": "put_item", "table": self.table,
                          "item": {"pk": "a", "sk": "s", "text": "x" * 1000}}).encode()
        for cut in (1, 10, len(put) - 1, len(put)):
            for count in (1, 50):
                with Wire(self.path) as wire:
                    wire.send((put + b"\n") * (count - 1) + put[:cut])
        with Wire(self.path) as wire:
            wire.send((put + b"\n") * 200)
        self.ok("list_tables")

    def test_line__there_are_no_lines_over_tcp(self):
        with socket.create_connection(("127.0.0.1", self.server.port), 10) as tcp:
            tcp.sendall(b'{"op":"list_tables"}\n')
            self.assertTrue(tcp.recv(100).startswith(b"HTTP/1.1 400"))

    def test_line__a_stop_answers_what_was_asked(self):
        path = os.path.join(self.folder, "other")
        server = support.Server("--memory", "--unix", path)
        with Wire(path) as wire:
            self.assertIn("ok", wire.ask("list_tables"))
            self.assertEqual(server.stop(), 0)
            self.assertEqual(wire.line(), b"")
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()
