"""GET /streams/<table>: changes as Server-Sent Events, read with nothing but a socket.

A feed must tell every committed change of an item once and in order, also when the server is killed
and the reader comes back with the last id that it has seen; and it must cost nobody else much:
readers that do nothing, readers that never read, readers that are in the way of a stop.
"""

import json
import os
import shutil
import socket
import struct
import tempfile
import threading
import time
import unittest

import support

SIGNED = f"Authorization: {support.SIGNATURE}\r\nX-Amz-Date: 20250101T000000Z\r\n"
PRESIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20250101%2Fus-east-1%2Fdynamodb"
    "%2Faws4_request&X-Amz-Date=20250101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
)
KILL_ROUNDS = int(os.environ.get("STATOR_FEED_KILL_ROUNDS", "6"))
CHURN_ROUNDS = 6
PATIENCE = 20


class Ended(Exception):
    """The connection, or the reply, is over."""


class Event:
    def __init__(self):
        self.id = self.kind = self.data = None

    def record(self):
        return json.loads(self.data)


class Feed:
    """One request for a feed, and what comes of it."""

    def __init__(self, port, path, headers=SIGNED, method="GET", last_id=None, version="1.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        if last_id is not None:
            headers += f"Last-Event-ID: {last_id}\r\n"
        request = f"{method} {path} HTTP/{version}\r\nHost: a\r\n{headers}\r\n"
        self.socket.sendall(request.encode())
        self.bytes = b""
        self.text = b""  # of the body, not parsed yet
        self.last_id = last_id
        self.comments = 0
        head = self.take_to(b"\r\n\r\n").decode()
        first, *rest = head.split("\r\n")
        self.status = int(first.split()[1])
        self.headers = dict(line.lower().split(": ", 1) for line in rest)
        self.is_chunked = self.headers.get("transfer-encoding") == "chunked"

    def receive(self):
        more = self.socket.recv(65536)
        if not more:
            raise Ended()
        self.bytes += more

    def take_to(self, end):
        while end not in self.bytes:
            self.receive()
        taken, self.bytes = self.bytes.split(end, 1)
        return taken

    def take(self, count):
        while len(self.bytes) < count:
            self.receive()
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def read_piece(self):
        if not self.is_chunked:
            if not self.bytes:
                self.receive()
            self.text += self.take(len(self.bytes))
            return
        size = int(self.take_to(b"\r\n"), 16)
        self.text += self.take(size)
        assert self.take(2) == b"\r\n"
        if size == 0:
            raise Ended()

    def block(self):
        """What stands before the next empty line."""
        while b"\n\n" not in self.text:
            self.read_piece()
        block, self.text = self.text.split(b"\n\n", 1)
        return block.decode()

    def next(self):
        """The next event that has data. Its id, and that of blocks without, is remembered."""
        while True:
            event = Event()
            for line in self.block().split("\n"):
                name, _, value = line.partition(": ")
                if line.startswith(":"):
                    self.comments += 1
                elif name == "id":
                    event.id = self.last_id = value
                elif name == "event":
                    event.kind = value
                elif name == "data":
                    assert event.data is None
                    event.data = value
            if event.data is not None:
                return event

    def body(self):
        """All of a reply that is none of a feed."""
        return self.take(int(self.headers["content-length"]))

    def error(self):
        error = json.loads(self.body())
        return error["__type"].split("#")[1], error["message"]

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def make_table(client, stem, view="NEW_AND_OLD_IMAGES"):
    name = support.table_name(stem)
    request = {"TableName": name, **support.key_schema(("id", "S"))}
    if view is not None:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    client.must("CreateTable", request)
    support.wait_active(client, name)
    return name


def put(client, table, name, n):
    item = {"id": {"S": name}, "n": {"N": str(n)}}
    client.must("PutItem", {"TableName": table, "Item": item})


def delete(client, table, name):
    client.must("DeleteItem", {"TableName": table, "Key": {"id": {"S": name}}})


def switch(client, table, view):
    specification = {"StreamEnabled": view is not None}
    if view is not None:
        specification["StreamViewType"] = view
    client.must("UpdateTable", {"TableName": table, "StreamSpecification": specification})
    support.wait_active(client, table)


def shown(event):
    """(kind, item, n) of an event."""
    change = event.record()["dynamodb"]
    image = change.get("NewImage") or change.get("OldImage")
    return event.kind, change["Keys"]["id"]["S"], int(image["n"]["N"])


class FeedTest(support.ServerTest):
    def setUp(self):
        self.client = support.Client(self.server.port)
        self.addCleanup(self.client.close)

    def open(self, table, query="", **options):
        feed = Feed(self.server.port, f"/streams/{table}{query}", **options)
        self.addCleanup(feed.close)
        return feed

    def refused(self, path, **options):
        with Feed(self.server.port, path, **options) as feed:
            self.assertEqual(feed.headers["content-type"], "application/json")
            return feed.status, *feed.error()

    # ---- what is told

    def test_feed__tells_records_as_get_records_does(self):
        table = make_table(self.client, "feed")
        put(self.client, table, "a", 1)
        put(self.client, table, "a", 2)
        delete(self.client, table, "a")
        feed = self.open(table, "?from=TRIM_HORIZON")
        self.assertEqual(feed.status, 200)
        self.assertEqual(feed.headers["content-type"], "text/event-stream")
        self.assertEqual(feed.headers["cache-control"], "no-store")
        self.assertNotIn("content-encoding", feed.headers)
        events = [feed.next() for _ in range(3)]
        self.assertEqual(
            [shown(event) for event in events],
            [("INSERT", "a", 1), ("MODIFY", "a", 2), ("REMOVE", "a", 2)],
        )
        for event in events:
            record = event.record()
            self.assertEqual(record["eventName"], event.kind)
            self.assertEqual(record["eventSource"], "aws:dynamodb")
            self.assertEqual(record["awsRegion"], support.REGION)
            self.assertEqual(record["dynamodb"]["StreamViewType"], "NEW_AND_OLD_IMAGES")
            self.assertEqual(len(record["eventID"]), 32)

    def test_feed__a_change_comes_as_soon_as_it_is_committed(self):
        table = make_table(self.client, "feed")
        feed = self.open(table)
        waits = []
        for n in range(50):
            put(self.client, table, "a", n)
            begun = time.monotonic()
            self.assertEqual(shown(feed.next())[2], n)
            waits.append(time.monotonic() - begun)
        self.assertLess(sorted(waits)[25], 0.5)  # half of them, on a machine that others use too

    def test_feed__latest_tells_nothing_of_before(self):
        table = make_table(self.client, "feed")
        put(self.client, table, "a", 1)
        feeds = [self.open(table), self.open(table, "?from=LATEST")]
        put(self.client, table, "a", 2)
        for feed in feeds:
            self.assertEqual(shown(feed.next()), ("MODIFY", "a", 2))

    def test_feed__large_changes_come_whole(self):
        table = make_table(self.client, "feed")
        feed = self.open(table)
        text = "x\\\n\"é" * 50000
        for n in range(3):
            item = {"id": {"S": "a"}, "n": {"N": str(n)}, "text": {"S": text}}
            self.client.must("PutItem", {"TableName": table, "Item": item})
        for n in range(3):
            image = feed.next().record()["dynamodb"]["NewImage"]
            self.assertEqual((image["n"]["N"], image["text"]["S"]), (str(n), text))

    def test_feed__each_id_goes_on_from_its_event(self):
        table = make_table(self.client, "feed")
        for n in range(20):
            put(self.client, table, f"i{n % 3}", n)
        whole = self.open(table, "?from=TRIM_HORIZON")
        events = [whole.next() for _ in range(20)]
        self.assertEqual([shown(event)[2] for event in events], list(range(20)))
        for n, event in enumerate(events[:-1]):
            by_header = self.open(table, "?from=TRIM_HORIZON", last_id=event.id)
            by_query = self.open(table, f"?from={event.id}")
            for feed in (by_header, by_query):
                self.assertEqual(shown(feed.next())[2], n + 1)
                feed.close()

    def test_feed__the_first_id_comes_before_the_first_event(self):
        table = make_table(self.client, "feed")
        put(self.client, table, "a", 1)
        feed = self.open(table)
        name, _, first_id = feed.block().partition(": ")
        self.assertEqual(name, "id")
        feed.close()
        put(self.client, table, "a", 2)  # while nobody listens
        self.assertEqual(shown(self.open(table, last_id=first_id).next()), ("MODIFY", "a", 2))

    def test_feed__http_1_0_and_pipelining(self):
        table = make_table(self.client, "feed")
        put(self.client, table, "a", 1)
        feed = self.open(table, "?from=TRIM_HORIZON", version="1.0")
        self.assertFalse(feed.is_chunked)
        self.assertEqual(shown(feed.next()), ("INSERT", "a", 1))
        feed = self.open(table, "?from=TRIM_HORIZON")
        feed.socket.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(shown(feed.next()), ("INSERT", "a", 1))
        switch(self.client, table, None)
        self.assertEqual(feed.next().kind, "END")
        with self.assertRaises(Ended):
            feed.next()
        self.assertTrue(feed.take_to(b"\r\n").startswith(b"HTTP/1.1 200"))  # then /health's

    def test_feed__head_has_the_headers_alone(self):
        table = make_table(self.client, "feed")
        feed = self.open(table, method="HEAD")
        self.assertEqual(feed.status, 200)
        self.assertEqual(feed.headers["content-type"], "text/event-stream")
        feed.socket.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertTrue(feed.take_to(b"\r\n").startswith(b"HTTP/1.1 200"))

    # ---- the end of a stream

    def test_feed__ends_with_its_stream_and_is_not_asked_again(self):
        table = make_table(self.client, "feed")
        feed = self.open(table)
        put(self.client, table, "a", 1)
        switch(self.client, table, None)
        put(self.client, table, "a", 2)
        self.assertEqual(shown(feed.next()), ("INSERT", "a", 1))
        last_id = feed.last_id
        self.assertEqual(feed.next().kind, "END")
        with self.assertRaises(Ended):
            feed.next()
        # An EventSource that is answered 204 does not come back (HTML, 9.2.3).
        self.assertEqual(self.open(table, last_id=last_id).status, 204)
        again = self.open(table, "?from=TRIM_HORIZON")
        self.assertEqual(shown(again.next()), ("INSERT", "a", 1))
        self.assertEqual(again.next().kind, "END")

    def test_feed__of_a_table_that_is_deleted_ends(self):
        table = make_table(self.client, "feed")
        feed = self.open(table)
        put(self.client, table, "a", 1)
        self.client.must("DeleteTable", {"TableName": table})
        self.assertEqual(shown(feed.next()), ("INSERT", "a", 1))
        self.assertEqual(feed.next().kind, "END")

    def test_feed__a_stream_enabled_again_is_another(self):
        table = make_table(self.client, "feed")
        put(self.client, table, "a", 1)
        old = self.open(table, "?from=TRIM_HORIZON")
        old.next()
        switch(self.client, table, None)
        switch(self.client, table, "NEW_IMAGE")
        put(self.client, table, "a", 2)
        self.assertEqual(shown(self.open(table, "?from=TRIM_HORIZON").next())[2], 2)
        self.assertEqual(old.next().kind, "END")
        self.assertEqual(self.open(table, last_id=old.last_id).status, 204)

    # ---- who may not

    def test_feed__what_cannot_be_followed_is_refused(self):
        plain = make_table(self.client, "feed", view=None)
        table = make_table(self.client, "feed")
        cases = [
            ("/streams/missing", "ResourceNotFoundException", "Table: missing not found"),
            (f"/streams/{plain}", "ResourceNotFoundException", "has no stream"),
            (f"/streams/{table}?from=1-2-3", "ResourceNotFoundException", "no stream with this"),
            ("/streams/", "ValidationException", "the name of a table"),
            ("/streams/a%00b%FF", "ValidationException", "the name of a table"),
            ("/streams/" + "x" * 300, "ValidationException", "the name of a table"),
        ]
        bad = ["latest", "1", "1-2", "1-2-3-4", "-1-2-3", "01-2-3", "1-2-99999999999", "1-2-x"]
        bad += ["99999999999999999999-1-1", "%31-2-", "TRIM_HORIZON%20"]
        for position in bad:
            case = f"/streams/{table}?from={position}", "ValidationException", "A feed begins with"
            cases.append(case)
        for path, kind, message in cases:
            status, told, text = self.refused(path)
            self.assertEqual((status, told), (400, kind), path)
            self.assertIn(message, text)
        with Feed(self.server.port, f"/streams/{table}", last_id="nonsense") as feed:
            self.assertEqual(feed.error()[0], "ValidationException")

    def test_feed__must_be_signed_in_a_header_or_the_query(self):
        table = make_table(self.client, "feed")
        status, kind, _ = self.refused(f"/streams/{table}", headers="")
        self.assertEqual((status, kind), (400, "MissingAuthenticationTokenException"))
        put(self.client, table, "a", 1)
        query = f"?from=TRIM_HORIZON&{PRESIGNED}"
        feed = self.open(table, query, headers="Origin: http://page.example\r\n")
        self.assertEqual(feed.status, 200)
        self.assertEqual(feed.headers["access-control-allow-origin"], "*")
        self.assertEqual(shown(feed.next()), ("INSERT", "a", 1))

    def test_feed__other_methods_are_as_ever(self):
        self.assertEqual(self.client.send("GET", "/streams").status, 200)  # as GET / is
        self.assertEqual(self.client.send("POST", "/streams/x").status, 404)
        reply = self.client.send(
            "OPTIONS",
            "/streams/x",
            headers={"Origin": "a", "Access-Control-Request-Headers": "last-event-id"},
        )
        self.assertEqual(reply.headers["access-control-allow-headers"], "last-event-id")

    # ---- what others notice

    def test_feed__idle_ones_cost_little_and_slow_nobody(self):
        table = make_table(self.client, "feed")
        busy = make_table(self.client, "feed", view=None)
        alone = self.cost(busy)
        before = self.server.resident_bytes()
        feeds = [self.open(table) for _ in range(200)]
        for feed in feeds:
            feed.block()
        each = (self.server.resident_bytes() - before) / len(feeds)
        self.assertLess(each, 200 << 10)  # 42 KB, and three times that under a sanitizer
        self.assertLess(self.cost(busy), alone * 2 + 0.2)
        put(self.client, table, "a", 1)
        for feed in feeds:
            self.assertEqual(shown(feed.next()), ("INSERT", "a", 1))

    def cost(self, table):
        """Processor seconds that the server spends on 500 writes: others share the machine."""
        begun = self.server.processor_seconds()
        for n in range(500):
            put(self.client, table, "a", n)
        return self.server.processor_seconds() - begun

    def test_feed__a_reader_that_never_reads_does_not_grow_the_server(self):
        table = make_table(self.client, "feed")
        unread = [self.open(table) for _ in range(4)]
        text = "x" * 100000
        sizes = []
        for n in range(600):
            item = {"id": {"S": f"i{n % 10}"}, "n": {"N": str(n)}, "text": {"S": text}}
            self.client.must("PutItem", {"TableName": table, "Item": item})
            if n % 200 == 199:
                sizes.append(self.server.resident_bytes())
        # 40 MB of changes for each feed came after the first measurement; what RocksDB keeps of
        # the writes themselves is there without feeds as well.
        self.assertLess(sizes[-1] - sizes[0], 160 << 20)
        for n in range(600):
            self.assertEqual(shown(unread[0].next())[2], n)


class OwnServerTest(unittest.TestCase):
    """Tests that end their servers."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stator-feed-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = None
        self.addCleanup(self.stop)

    def start(self, *options):
        data = os.path.join(self.folder, "data")
        self.server = support.Server("--data", data, *options)
        return self.server

    def stop(self):
        if self.server is not None and self.server.running():
            self.server.kill()

    def test_feed__a_stop_ends_them_all_at_once(self):
        server = self.start()
        with support.Client(server.port) as client:
            table = make_table(client, "feed")
            feeds = [Feed(server.port, f"/streams/{table}") for _ in range(50)]
            unread = Feed(server.port, f"/streams/{table}?from=TRIM_HORIZON")
            for n in range(100):
                item = {"id": {"S": "a"}, "n": {"N": str(n)}, "text": {"S": "x" * 100000}}
                client.must("PutItem", {"TableName": table, "Item": item})
        reader = threading.Thread(target=self.drain, args=(feeds,))
        reader.start()
        begun = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - begun, 8)  # and not the ten seconds that a drain may
        reader.join()
        self.assertEqual(self.drained, len(feeds))
        unread.close()

    drained = 0

    def drain(self, feeds):
        """Read each to its end, which must be that of a whole reply or an honest cut."""
        for feed in feeds:
            try:
                while True:
                    feed.next()
            except (Ended, ConnectionError):
                self.drained += 1
            feed.close()

    def test_feed__readers_come_and_go_while_their_stream_does(self):
        """Each leaves in another way, most of them in the middle of a wake-up. Under a sanitizer
        the exit code tells what this page cannot see."""
        server = self.start("--stream-shards", "2")
        with support.Client(server.port) as client:
            table = make_table(client, "feed")
            self.visits = 0
            self.open_to_visitors = True
            visitors = [
                threading.Thread(target=self.visit, args=(server.port, table, leave))
                for leave in (self.leave_at_once, self.leave_by_reset, self.leave_half, self.linger)
            ]
            for visitor in visitors:
                visitor.start()
            for round_number in range(CHURN_ROUNDS):
                for n in range(20):
                    put(client, table, str(n), round_number)
                switch(client, table, None)
                switch(client, table, "NEW_AND_OLD_IMAGES")
            self.open_to_visitors = False
            switch(client, table, None)  # which ends those that linger
            for visitor in visitors:
                visitor.join()
            switch(client, table, "KEYS_ONLY")
            put(client, table, "last", 1)
            with Feed(server.port, f"/streams/{table}?from=TRIM_HORIZON") as feed:
                self.assertEqual(feed.next().kind, "INSERT")
        self.assertGreater(self.visits, CHURN_ROUNDS)
        self.assertEqual(server.stop(), 0)

    def visit(self, port, table, leave):
        while self.open_to_visitors:
            try:
                leave(Feed(port, f"/streams/{table}?from=TRIM_HORIZON"))
            except (Ended, ConnectionError):
                pass
            self.visits += 1

    def leave_at_once(self, feed):
        feed.close()

    def leave_by_reset(self, feed):
        reset = struct.pack("ii", 1, 0)
        feed.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        feed.close()

    def leave_half(self, feed):
        feed.socket.shutdown(socket.SHUT_WR)
        self.linger(feed)

    def linger(self, feed):
        """To its end, unless the stream is off at the moment and it is none."""
        with feed:
            while feed.is_chunked:
                feed.read_piece()

    def test_feed__heartbeats_break_the_silence(self):
        server = self.start()
        with support.Client(server.port) as client:
            table = make_table(client, "feed")
        with Feed(server.port, f"/streams/{table}") as feed:
            feed.block()
            self.assertEqual(feed.block(), ":")  # after 15 seconds
        self.assertEqual(server.stop(), 0)

    def test_feed__with_isolate_callers_follow_their_own_tables(self):
        server = self.start("--isolate")
        other = SIGNED.replace("Credential=test/", "Credential=other/")
        with support.Client(server.port) as client:
            table = make_table(client, "feed")
            put(client, table, "a", 1)
            with Feed(server.port, f"/streams/{table}?from=TRIM_HORIZON") as feed:
                self.assertEqual(shown(feed.next()), ("INSERT", "a", 1))
            with Feed(server.port, f"/streams/{table}", headers=other) as feed:
                self.assertEqual(feed.error()[0], "ResourceNotFoundException")
        self.assertEqual(server.stop(), 0)

    # ---- every committed change once, in order, whatever happens

    def test_feed__kill_9_and_resume_loses_and_repeats_nothing(self):
        self.follow_through_crashes(KILL_ROUNDS)

    def test_feed__several_shards_are_one_row(self):
        self.follow_through_crashes(2, "--stream-shards", "4")

    def follow_through_crashes(self, rounds, *options):
        writers = [Writer(number) for number in range(8)]
        follower = None
        for turn in range(rounds):
            server = self.start(*options)
            if turn == 0:
                with support.Client(server.port) as client:
                    table = make_table(client, "feed")
                follower = Follower(table)
            threads = [threading.Thread(target=w.run, args=(server.port, table)) for w in writers]
            threads.append(threading.Thread(target=follower.run, args=(server.port,)))
            for thread in threads:
                thread.start()
            time.sleep(1)
            server.kill()
            for thread in threads:
                thread.join()
            self.assertIsNone(follower.fault)
        server = self.start(*options)
        with support.Client(server.port) as client:
            put(client, table, "the last", 1)
            follower.run(server.port, until="the last")
            self.assertIsNone(follower.fault)
            for writer in writers:
                for name, acknowledged in writer.counts.items():
                    stored = self.stored(client, table, name)
                    self.assertGreaterEqual(stored, acknowledged)
                    told = follower.told.get(name, [])
                    self.assertEqual(told, list(range(1, stored + 1)), name)
        self.assertGreater(sum(len(told) for told in follower.told.values()), 100)
        self.assertEqual(server.stop(), 0)

    def stored(self, client, table, name):
        request = {"TableName": table, "Key": {"id": {"S": name}}, "ConsistentRead": True}
        return int(client.must("GetItem", request).get("Item", {"n": {"N": "0"}})["n"]["N"])


class Writer:
    """Counts a few items of its own up, one at a time."""

    def __init__(self, number):
        self.names = [f"w{number}-{i}" for i in range(3)]
        self.counts = {}  # acknowledged

    def run(self, port, table):
        client = support.Client(port)
        try:
            while True:
                for name in self.names:
                    reply = client.must(
                        "UpdateItem",
                        {
                            "TableName": table,
                            "Key": {"id": {"S": name}},
                            "UpdateExpression": "ADD n :one",
                            "ExpressionAttributeValues": {":one": {"N": "1"}},
                            "ReturnValues": "UPDATED_NEW",
                        },
                    )
                    self.counts[name] = int(reply["Attributes"]["n"]["N"])
        except (OSError, support.http.client.HTTPException):
            pass  # the server was killed
        finally:
            client.close()


class Follower:
    """Reads the feed of a table, from server to server."""

    def __init__(self, table):
        self.table = table
        self.last_id = None
        self.told = {}  # item -> the counts that were told, in their order
        self.fault = None

    def run(self, port, until=None):
        query = "" if self.last_id else "?from=TRIM_HORIZON"
        try:
            feed = Feed(port, f"/streams/{self.table}{query}", last_id=self.last_id)
            assert feed.status == 200, feed.error()
            with feed:
                while True:
                    event = feed.next()
                    _, name, n = shown(event)
                    self.told.setdefault(name, []).append(n)
                    self.last_id = event.id
                    if name == until:
                        return
        except (Ended, ConnectionError):
            if until is not None:
                self.fault = f"the feed ended before {until}"
        except Exception as fault:  # noqa: the main thread reports it
            self.fault = fault


if __name__ == "__main__":
    unittest.main()
