"""Vector indexes by the line protocol: made, queried, refused, dropped; and after a kill -9."""

import os
import shutil
import tempfile
import time
import unittest

import support
from lines import LineTest, Wire, eq

WAIT_SECONDS = 30


class VectorTest(LineTest):
    def create(self, name="near", **members):
        self.ok("create_vector_index", name=name, attribute="v", dimensions=2, **members)
        deadline = time.monotonic() + WAIT_SECONDS
        while self.indexes()[-1]["status"] != "ACTIVE":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def indexes(self):
        return self.ok("list_vector_indexes")["vector_indexes"]

    def query(self, vector, **members):
        return self.ok("query_vector", index_name="near", vector=vector, **members)

    def nearest(self, vector, **members):
        return [item["pk"] for item in self.query(vector, **members)["items"]]

    def test_vector_create_index_over_wire(self):
        self.put("old", v=[1, 1])
        self.put("odd", v="no vector")
        self.create(metric="euclidean")
        self.assertEqual(self.indexes(), [{"name": "near", "attribute": "v", "dimensions": 2,
                                           "metric": "euclidean", "status": "ACTIVE"}])
        self.assertEqual(self.nearest([0, 0]), ["old"])
        self.refused("IndexAlreadyExists", "create_vector_index", name="near", attribute="w",
                     dimensions=2)
        self.refused("ValidationError", "create_vector_index", name="far", attribute="w")
        self.refused("ParseError", "create_vector_index", name="far", attribute="w", dimensions=2,
                     metric="l2")
        self.refused("TableNotFound", "create_vector_index", table="nothing", name="far",
                     attribute="w", dimensions=2)

    def test_vector_query_over_wire(self):
        self.create(metric="euclidean")
        self.put("a", v=[0, 0])
        self.put("b", v=[3, 4.0])
        self.put("c", v=[1, 0], n=1)
        self.put("none")
        answer = self.query([0, 0], k=2)
        self.assertEqual(answer, {"items": [{"pk": "a", "sk": "s", "v": [0, 0]},
                                            {"pk": "c", "sk": "s", "v": [1, 0], "n": 1}],
                                  "scores": [0, 1]})
        self.assertEqual(self.query([0, 0])["scores"], [0, 1, 5])
        self.assertEqual(self.query([0, 0], k=1, projection=["n"])["items"],
                         [{"pk": "a", "sk": "s"}])
        self.ok("delete_item", partition_key="a", sort_key="s")
        self.assertEqual(self.nearest([0, 0]), ["c", "b"])

    def test_vector_query_with_filter_over_wire(self):
        self.create()
        for i in range(40):
            self.put(f"k{i:02}", v=[40 - i, i], n=i % 10)
        self.assertEqual(self.nearest([1, 0], k=3, filter=eq("n", 7)), ["k07", "k17", "k27"])
        self.assertEqual(self.nearest([1, 0], k=3, oversample=1, filter=eq("n", 7)),
                         ["k07", "k17", "k27"])
        self.assertEqual(self.nearest([1, 0], filter=eq("n", 99)), [])
        self.refused("InvalidExpression", "query_vector", index_name="near", vector=[1, 0],
                     filter={"Equals": [1, 2]})

    def test_vector_what_does_not_fit_is_refused(self):
        self.create()
        answer = self.refused("ValidationError", "put_item",
                              item={"pk": "a", "sk": "s", "v": [1, 2, 3]})
        self.assertIn("Expected: 2, Actual: 3. IndexName: near", answer["message"])
        answer = self.refused("ValidationError", "query_vector", index_name="near", vector=[1])
        self.assertEqual(answer["message"], "Input search vector dimension 1 does not match "
                                            "vector index dimension 2")
        self.refused("ValidationError", "query_vector", index_name="near", vector=[1, "x"])
        self.refused("ValidationError", "query_vector", index_name="near", vector=[1, 2], k=0)
        self.refused("IndexNotFound", "query_vector", index_name="far", vector=[1, 2])
        self.refused("ParseError", "query_vector", index_name="near")
        self.ok("drop_vector_index", name="near")
        self.assertEqual(self.indexes(), [])
        self.refused("IndexNotFound", "drop_vector_index", name="near")
        self.refused("IndexNotFound", "query_vector", index_name="near", vector=[1, 2])
        self.put("a", v=[1, 2, 3])


class KilledTest(unittest.TestCase):
    """What was acknowledged is found after kill -9 and a start on the same folder."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stator-vectors-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "socket")

    def start(self):
        return support.Server("--data", os.path.join(self.folder, "data"), "--unix", self.path)

    def ask(self, wire, op, **members):
        answer = wire.ask(op, table="vectors", **members)
        self.assertIs(answer.get("ok"), True, answer)
        return answer

    def test_vector_index_survives_kill(self):
        server = self.start()
        self.addCleanup(lambda: server.kill())
        with Wire(self.path) as wire:
            self.ask(wire, "create_table", partition_key={"name": "pk", "type": "String"})
            self.ask(wire, "create_vector_index", name="near", attribute="v", dimensions=2,
                     metric="euclidean")
            for i in range(100):
                self.ask(wire, "put_item", item={"pk": str(i), "v": [i, 0]})
            self.ask(wire, "query_vector", index_name="near", vector=[1, 0])
            self.ask(wire, "put_item", item={"pk": "3", "v": [300, 0]})
            self.ask(wire, "delete_item", partition_key="4")
        server.kill()
        server = self.start()
        with Wire(self.path) as wire:
            answer = self.ask(wire, "query_vector", index_name="near", vector=[3.9, 0], k=3)
            self.assertEqual([item["pk"] for item in answer["items"]], ["5", "2", "6"])
            answer = self.ask(wire, "query_vector", index_name="near", vector=[0, 0], k=1000)
            self.assertEqual(len(answer["items"]), 99)
            self.assertEqual(answer["items"][-1]["pk"], "3")
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
