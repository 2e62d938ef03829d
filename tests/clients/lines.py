"""What the tests of the line protocol share: a connection, conditions, a table for each test."""

import json
import os
import socket
import tempfile
import threading

import support


class Wire:
    """One connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        """The next answer, as bytes; empty at the end."""
        return self.file.readline()

    def answer(self):
        line = self.line()
        if not line.endswith(b"\n"):
            raise AssertionError(f"no whole line: {line[:200]!r}")
        return json.loads(line)

    def ask(self, op, **members):
        self.send(json.dumps({"op": op, **members}).encode() + b"\n")
        return self.answer()


def attr(path):
    return {"Attr": path}


def literal(value):
    return {"Literal": value}


def eq(path, value):
    return {"Eq": [attr(path), literal(value)]}


class LineTest(support.ServerTest):
    """A server with a unix socket, a connection and a table for each test."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="stator-lines-")
        cls.path = os.path.join(cls.folder, "socket")
        cls.server = support.Server("--memory", "--unix", cls.path)

    def setUp(self):
        self.wire = Wire(self.path)
        self.addCleanup(self.wire.close)
        self.table = self.make_table()

    def make_table(self, sort="String", **more):
        table = support.table_name("lines")
        members = {"partition_key": {"name": "pk", "type": "String"}, **more}
        if sort:
            members["sort_key"] = {"name": "sk", "type": sort}
        self.ok("create_table", table=table, **members)
        return table

    def ask(self, op, **members):
        if op not in ("create_table", "batch_write", "transact", "list_tables", "sweep_ttl"):
            members.setdefault("table", self.table)
        return self.wire.ask(op, **members)

    def ok(self, op, **members):
        answer = self.ask(op, **members)
        self.assertIs(answer.pop("ok", None), True, answer)
        return answer

    def refused(self, error, op, **members):
        answer = self.ask(op, **members)
        self.assertEqual(answer.get("error"), error, answer)
        self.assertTrue(answer["message"])
        self.assertNotIn("ok", answer)
        return answer

    def put(self, pk, sk="s", **attributes):
        self.ok("put_item", item={"pk": pk, "sk": sk, **attributes})

    def get(self, pk, sk="s", **members):
        return self.ok("get_item", partition_key=pk, sort_key=sk, **members).get("item")

    def update(self, *updates, pk="a", **members):
        actions = [dict(zip(("action", "path", "value"), update)) for update in updates]
        return self.ok("update_item", partition_key=pk, sort_key="s", updates=actions,
                       return_values="ALL_NEW", **members)["item"]


def run_all(functions):
    """Each on a thread of its own, all at once."""
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
