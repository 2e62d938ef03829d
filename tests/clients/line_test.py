"""The line protocol on the unix socket, spoken by a bare client.

Many tests have the names that the protocol's own documents give them; what those leave open is told
in docs/socket-protocol.md. How lines come and go is line_wire_test.py's.
"""

import base64
import pathlib
import time
import unittest

import support
from lines import LineTest, Wire, attr, eq, literal, run_all

DEPTH_MAX = 16


class StreamTest(LineTest):
    def records(self, **members):
        return self.ok("stream_records", **members)["records"]

    def test_stream_records_over_wire(self):
        self.ok("set_stream", view="NewAndOldImages")
        self.put("a", n=1)
        self.put("a", n=2)
        self.ok("delete_item", partition_key="a", sort_key="s")
        records = self.records()
        key = {"pk": "a", "sk": "s"}
        self.assertEqual([record["type"] for record in records], ["Insert", "Modify", "Remove"])
        for record in records:
            self.assertEqual(record["keys"], key)
            self.assertAlmostEqual(record["time_ms"] / 1000, time.time(), delta=60)
            self.assertNotIn("by_ttl", record)
        images = [(record.get("old_image"), record.get("new_image")) for record in records]
        one, two = {**key, "n": 1}, {**key, "n": 2}
        self.assertEqual(images, [(None, one), (one, two), (two, None)])
        numbers = [record["sequence"] for record in records]
        self.assertEqual(numbers, sorted(set(numbers)))
        for i, number in enumerate(numbers):
            self.assertEqual(self.records(after_sequence=number), records[i + 1:])
            self.assertEqual(self.records(limit=i + 1), records[:i + 1])
        self.refused("ParseError", "stream_records", limit=0)
        self.refused("ParseError", "stream_records", after_sequence="x")
        self.refused("TableNotFound", "stream_records", table="none")

    def test_stream_info_over_wire(self):
        self.assertEqual(self.ok("stream_info"), {"enabled": False})
        self.assertEqual(self.records(), [])
        self.ok("set_stream", view="KEYS_ONLY")
        self.assertEqual(self.ok("stream_info"), {"enabled": True, "view": "KeysOnly"})
        self.put("a", n=1)
        self.put("b", n=1)
        first, last = [record["sequence"] for record in self.records()]
        told = {"enabled": True, "view": "KeysOnly", "oldest": first, "latest": last}
        self.assertEqual(self.ok("stream_info"), told)
        self.ok("set_stream")
        self.assertEqual(self.ok("stream_info"), {**told, "enabled": False})
        self.put("c", n=1)
        self.assertEqual(len(self.records()), 2)
        self.ok("set_stream", view="OldImage")
        self.assertEqual(self.ok("stream_info"), {"enabled": True, "view": "OldImage"})
        self.refused("ParseError", "set_stream", view="Everything")
        self.refused("TableNotFound", "stream_info", table="none")

    def test_line__an_answer_ends_with_a_commit(self):
        self.ok("set_stream", view="KeysOnly")
        for turn in range(4):
            self.ok("transact", operations=[
                {"op": "put", "table": self.table, "item": {"pk": f"{turn}-{i}", "sk": "s"}}
                for i in range(5)])
        told, after = [], 0
        while records := self.records(after_sequence=after, limit=7):
            self.assertEqual(len(records), 10)
            after = records[-1]["sequence"]
            told += [record["keys"]["pk"] for record in records]
        self.assertEqual(sorted(told), sorted(f"{t}-{i}" for t in range(4) for i in range(5)))

    def test_line__what_time_to_live_removes_is_marked(self):
        table = self.make_table(ttl_attribute="until")
        self.ok("set_stream", table=table, view="OldImage")
        self.ok("put_item", table=table, item={"pk": "a", "sk": "s", "until": int(time.time()) + 1})
        time.sleep(2.1)
        self.ok("sweep_ttl", table=table)
        last = self.ok("stream_records", table=table)["records"][-1]
        self.assertEqual((last["type"], last["by_ttl"]), ("Remove", True))


class ConditionTest(LineTest):
    def test_server_put_with_condition(self):
        item = {"pk": "a", "sk": "s", "n": 1}
        absent = {"AttributeNotExists": "pk"}
        self.assertEqual(self.ok("put_item", item=item, condition=absent), {})
        self.refused("ConditionCheckFailed", "put_item", item={**item, "n": 2}, condition=absent)
        self.assertEqual(self.get("a"), item)

    def test_server_delete_with_condition(self):
        self.put("a", status="busy")
        key = {"partition_key": "a", "sort_key": "s"}
        self.refused("ConditionCheckFailed", "delete_item", **key, condition=eq("status", "idle"))
        self.assertIsNotNone(self.get("a"))
        self.ok("delete_item", **key, condition=eq("status", "busy"))
        self.assertIsNone(self.get("a"))

    def test_server_update_with_condition(self):
        self.put("a", n=1)
        self.assertEqual(self.update(("set", "n", 2), condition=eq("n", 1))["n"], 2)
        self.refused("ConditionCheckFailed", "update_item", partition_key="a", sort_key="s",
                     updates=[{"action": "set", "path": "n", "value": 3}], condition=eq("n", 1))
        self.assertEqual(self.get("a")["n"], 2)

    def test_server_condition_check_failed_response(self):
        self.put("a", n=1)
        answer = self.refused("ConditionCheckFailed", "put_item", item={"pk": "a", "sk": "s"},
                              condition={"And": [eq("n", 2), {"AttributeExists": "pk"}]})
        self.assertEqual(set(answer), {"error", "message"})
        self.assertIn("n = 2 AND attribute_exists(pk)", answer["message"])
        answer = self.refused("ConditionCheckFailed", "put_item", item={"pk": "a", "sk": "s"},
                              condition=eq("n", 2), return_item_on_failure=True)
        self.assertEqual(answer["item"], {"pk": "a", "sk": "s", "n": 1})

    def test_line__every_kind_of_condition_is_judged(self):
        self.put("a", n=5, s="hello", tags=["x", "y"], m={"k": 1}, none=None)
        cases = [
            (eq("n", 5), True), (eq("n", 5.0), True), (eq("n", "5"), False),
            ({"Ne": [attr("n"), literal(5)]}, False), ({"Ne": [attr("gone"), literal(5)]}, True),
            ({"Lt": [attr("n"), literal(6)]}, True), ({"Le": [attr("n"), literal(4)]}, False),
            ({"Gt": [attr("n"), literal(4)]}, True), ({"Ge": [attr("n"), literal(6)]}, False),
            ({"Between": [attr("n"), literal(5), literal(7)]}, True),
            ({"BeginsWith": [attr("s"), "hel"]}, True),
            ({"Contains": [attr("tags"), "y"]}, True), ({"Contains": [attr("s"), "xx"]}, False),
            ({"AttributeExists": "none"}, True), ({"AttributeNotExists": "m.k"}, False),
            ({"AttributeType": [attr("m"), "M"]}, True),
            ({"In": [attr("n"), [1, 5]]}, True), ({"In": [attr("n"), [1, 2]]}, False),
            ({"Eq": [{"Size": "tags"}, literal(2)]}, True), (eq("m.k", 1), True),
            ({"Not": eq("n", 5)}, False), ({"And": []}, True), ({"Or": []}, False),
            ({"Or": [eq("n", 1), {"And": [eq("n", 5), {"Not": eq("s", "x")}]}]}, True),
            ({"Eq": [attr("gone"), attr("gone2")]}, False),
        ]
        for condition, holds in cases:
            with self.subTest(condition=condition):
                answer = self.ask("update_item", partition_key="a", sort_key="s",
                                  updates=[{"action": "SET", "path": "z", "value": 1}],
                                  condition=condition)
                self.assertEqual(answer.get("error"), None if holds else "ConditionCheckFailed")

    def test_condition_depth_limit(self):
        for verb in ("And", "Or", "Not"):
            for depth, error in ((DEPTH_MAX, "ConditionCheckFailed"),
                                 (DEPTH_MAX + 1, "InvalidExpression"), (20, "InvalidExpression")):
                condition = eq("n", 1) if verb != "Not" or depth % 2 == 0 else {
                    "Ne": [attr("n"), literal(1)]}
                for _ in range(depth):
                    condition = {verb: condition if verb == "Not" else [condition]}
                answer = self.refused(error, "put_item", item={"pk": "a", "sk": "s"},
                                      condition=condition)
                if error == "InvalidExpression":
                    self.assertEqual(answer["message"], "expression depth exceeds maximum of 16")

    def test_line__what_is_no_condition_is_refused(self):
        for condition in ({"Literal": True}, {"Attr": "a"}, {"Eqq": []}, {"Eq": [1]}, [], 7, "x",
                          {"Eq": [attr("a"), literal(1), literal(2)]}, {"And": eq("a", 1)}, {},
                          {"AttributeType": [attr("a"), "QQ"]}, {"Not": [eq("a", 1)]},
                          {"BeginsWith": [attr("a"), 5]}, {"Eq": [attr("a..b"), literal(1)]}):
            with self.subTest(condition=condition):
                self.refused("InvalidExpression", "put_item", item={"pk": "a", "sk": "s"},
                             condition=condition)
        self.assertIsNone(self.get("a"))

    def test_condition_on_expired_item(self):
        table = self.make_table(sort=None, ttl_attribute="ttl")
        self.ok("put_item", table=table, item={"pk": "a", "ttl": int(time.time()) - 100})
        self.ok("put_item", table=table, item={"pk": "a"}, condition={"AttributeNotExists": "pk"})

    def test_versioned_get_and_conditional_put(self):
        key = {"partition_key": "a", "sort_key": "s"}
        item = {"pk": "a", "sk": "s"}
        self.assertEqual(self.ok("get_item_versioned", **key), {})
        first = self.ok("put_item", item=item, expected_version=0)["version"]
        self.assertEqual(self.ok("get_item_versioned", **key), {"item": item, "version": first})
        answer = self.refused("VersionMismatch", "put_item", item=item, expected_version=0)
        self.assertEqual((answer["expected"], answer["actual"]), (0, first))
        second = self.ok("put_item", item={**item, "n": 2}, expected_version=first)["version"]
        self.assertGreater(second, first)
        answer = self.refused("VersionMismatch", "put_item", item=item, expected_version=first)
        self.assertEqual((answer["expected"], answer["actual"]), (first, second))
        self.refused("ConditionCheckFailed", "put_item", item=item, expected_version=second,
                     condition=eq("n", 1))
        answer = self.ok("put_item", item=item, expected_version=second, condition=eq("n", 2),
                         return_values="ALL_OLD")
        self.assertEqual(answer["item"], {**item, "n": 2})

    def test_concurrent_version_conflict(self):
        version = self.ok("put_item", item={"pk": "a", "sk": "s"}, expected_version=0)["version"]
        won = []

        def race(number):
            with Wire(self.path) as wire:
                answer = wire.ask("put_item", table=self.table, expected_version=version,
                                  item={"pk": "a", "sk": "s", "n": number})
                if "ok" in answer:
                    won.append(number)

        run_all([lambda n=n: race(n) for n in range(8)])
        self.assertEqual(len(won), 1)
        self.assertEqual(self.get("a")["n"], won[0])


class ReturnTest(LineTest):
    def test_server_put_return_values(self):
        item = {"pk": "a", "sk": "s", "n": 1}
        self.assertEqual(self.ok("put_item", item=item, return_values="ALL_OLD"), {})
        for word in ("ALL_OLD", "all_old", "ALLOLD"):
            self.assertEqual(self.ok("put_item", item=item, return_values=word), {"item": item})
        self.assertEqual(self.ok("put_item", item=item), {})
        self.refused("ParseError", "put_item", item=item, return_values="ALL_NEW")

    def test_server_delete_return_values(self):
        self.put("a", n=1)
        key = {"partition_key": "a", "sort_key": "s"}
        answer = self.ok("delete_item", **key, return_values="ALL_OLD")
        self.assertEqual(answer, {"item": {"pk": "a", "sk": "s", "n": 1}})
        self.assertEqual(self.ok("delete_item", **key, return_values="ALL_OLD"), {})

    def test_server_update_return_values(self):
        self.put("a", n=1)
        update = {"partition_key": "a", "sort_key": "s",
                  "updates": [{"action": "ADD", "path": "n", "value": 1}]}
        self.assertEqual(self.ok("update_item", **update, return_values="ALL_OLD")["item"]["n"], 1)
        self.assertEqual(self.ok("update_item", **update, return_values="ALL_NEW")["item"]["n"], 3)
        self.assertEqual(self.ok("update_item", **update), {})


class UpdateTest(LineTest):
    def test_line__numbers_are_added_and_begun(self):
        self.assertEqual(self.update(("ADD", "n", 2.5)), {"pk": "a", "sk": "s", "n": 2.5})
        self.assertEqual(self.update(("add", "n", -1))["n"], 1.5)

    def test_line__set_makes_the_maps_on_its_way(self):
        self.assertEqual(self.update(("SET", "a.b.c", 1))["a"], {"b": {"c": 1}})
        self.assertEqual(self.update(("SET", "a.b.d", [None]))["a"], {"b": {"c": 1, "d": [None]}})
        self.assertEqual(self.update(("SET", "a.b.c", 2))["a"], {"b": {"c": 2, "d": [None]}})

    def test_line__remove_of_what_is_not_there_does_nothing(self):
        self.put("a", n=1, m={"x": 1})
        item = self.update(("REMOVE", "gone"), ("REMOVE", "m.no.way"), ("REMOVE", "m.x"))
        self.assertEqual(item, {"pk": "a", "sk": "s", "n": 1, "m": {}})

    def test_line__arrays_are_sets_to_add_and_delete(self):
        self.assertEqual(self.update(("ADD", "tags", ["x", 1]))["tags"], ["x", 1])
        self.assertEqual(self.update(("ADD", "tags", [1, "y", "y"]))["tags"][:3], ["x", 1, "y"])
        self.assertEqual(self.update(("DELETE", "tags", ["x", 7]))["tags"][0], 1)
        self.assertNotIn("tags", self.update(("DELETE", "tags", [1, "y"])))
        self.assertNotIn("tags", self.update(("DELETE", "tags", [1, "y"])))

    def test_line__actions_happen_in_their_order(self):
        item = self.update(("SET", "m", {}), ("SET", "m.n", 1), ("ADD", "m.n", 2),
                           ("ADD", "list", [1]), ("ADD", "list", [2]), ("REMOVE", "m.none"))
        self.assertEqual((item["m"], item["list"]), ({"n": 3}, [1, 2]))

    def test_line__updates_that_do_not_fit_change_nothing(self):
        self.put("a", s="text", n=1, tags=["x"])
        for name, action in (("UpdateTypeMismatch", ("ADD", "s", 1)),
                             ("UpdateTypeMismatch", ("ADD", "s", ["x"])),
                             ("UpdateTypeMismatch", ("ADD", "n", "1")),
                             ("UpdateTypeMismatch", ("DELETE", "n", ["x"])),
                             ("UpdateTypeMismatch", ("DELETE", "n", 1)),
                             ("UpdateTypeMismatch", ("SET", "n.x.y", 1)),
                             ("KeyAttributeUpdate", ("SET", "pk", "b")),
                             ("KeyAttributeUpdate", ("ADD", "sk", ["b"])),
                             ("InvalidUpdateAction", ("SET", "n")),
                             ("InvalidUpdateAction", ("TURN", "n", 1)),
                             ("InvalidUpdateAction", ("SET", "a..b", 1)),
                             ("InvalidUpdateAction", ("ADD", "x" * 65536, ["x"]))):
            with self.subTest(action=action):
                self.refused(name, "update_item", partition_key="a", sort_key="s",
                             updates=[dict(zip(("action", "path", "value"), action))])
        self.assertEqual(self.get("a"),
                         {"pk": "a", "sk": "s", "s": "text", "n": 1, "tags": ["x"]})

    def test_line__an_update_compares_no_more_than_it_may(self):
        self.put("a", list=list(range(1990)))
        take = {"action": "DELETE", "path": "list", "value": list(range(5000, 6990))}
        self.ok("update_item", partition_key="a", sort_key="s", updates=[take])
        self.refused("InvalidUpdateAction", "update_item", partition_key="a", sort_key="s",
                     updates=[take] * 40)
        self.put("b", list=list(range(1990)))
        both = [{"op": "update", "table": self.table, "partition_key": key, "sort_key": "s",
                 "updates": [take]} for key in "ab"]
        self.ok("transact", operations=both[:1])
        self.refused("InvalidUpdateAction", "transact", operations=both)

    def test_line__many_additions_to_a_large_item_need_no_more_memory(self):
        self.put("a", text="x" * 190_000, m={"text": "x" * 190_000})
        item = self.update(*[("ADD", path, [i]) for i in range(150) for path in ("tags", "m.tags")],
                           ("SET", "m.n", 1))
        self.assertEqual((item["tags"], item["m"]["tags"]), (list(range(150)),) * 2)

    def test_line__names_that_hold_a_nul_are_refused_where_a_path_is_meant(self):
        self.table = support.table_name("lines")
        self.ok("create_table", table=self.table, ttl_attribute="until\0x",
                partition_key={"name": "pk\0x", "type": "String"})
        self.ok("put_item", item={"pk\0x": "a"})
        for op, more in (("query", {}), ("set_ttl", {"ttl_seconds": 50})):
            answer = self.refused("InvalidExpression", op, partition_key="a", **more)
            self.assertIn("NUL", answer["message"])
        self.assertEqual(self.ok("scan")["items"], [{"pk\0x": "a"}])

    def test_line__a_page_shows_items_that_nest_as_deep_as_one_may(self):
        deep = [1]
        for _ in range(30):
            deep = {"m": deep}
        self.put("a", deep=deep)
        self.assertEqual(self.get("a")["deep"], deep)
        self.assertEqual(self.ok("scan")["items"][0]["deep"], deep)
        self.assertEqual(self.ok("query", partition_key="a")["items"][0]["deep"], deep)

    def test_line__a_condition_holds_for_arrays_as_well(self):
        self.put("a", n=1, tags=["x"])
        add = {"partition_key": "a", "sort_key": "s",
               "updates": [{"action": "ADD", "path": "tags", "value": ["y"]}]}
        answer = self.refused("ConditionCheckFailed", "update_item", **add, condition=eq("n", 2))
        self.assertEqual(set(answer), {"error", "message"})
        self.assertIn("n = 2", answer["message"])
        answer = self.refused("ConditionCheckFailed", "update_item", **add, condition=eq("n", 2),
                              return_item_on_failure=True)
        self.assertEqual(answer["item"]["tags"], ["x"])
        self.ok("update_item", **add, condition=eq("n", 1))
        self.assertEqual(self.get("a")["tags"], ["x", "y"])

    def test_line__sixteen_levels_hold_for_arrays_as_well(self):
        condition = {"AttributeExists": "pk"}
        for _ in range(DEPTH_MAX):
            condition = {"And": [condition]}
        self.put("a")
        self.assertEqual(self.update(("ADD", "tags", [1]), condition=condition)["tags"], [1])

    def test_line__no_addition_to_an_array_is_lost(self):
        each = 25

        def add(worker):
            with Wire(self.path) as wire:
                for i in range(each):
                    answer = wire.ask("update_item", table=self.table, partition_key="a",
                                      sort_key="s", updates=[{"action": "ADD", "path": "tags",
                                                              "value": [f"{worker}.{i}"]}])
                    self.assertIn("ok", answer)

        run_all([lambda n=n: add(n) for n in range(4)])
        wanted = {f"{worker}.{i}" for worker in range(4) for i in range(each)}
        self.assertEqual(set(self.get("a")["tags"]), wanted)


class ReadTest(LineTest):
    def setUp(self):
        super().setUp()
        for i in range(10):
            self.put("a", f"{i:02}", n=i, even=i % 2 == 0, m={"x": i, "y": -i})

    def keys(self, **members):
        return [int(item["sk"]) for item in
                self.ok("query", partition_key="a", **members)["items"]]

    def test_query_with_filter_over_wire(self):
        self.assertEqual(self.keys(filter=eq("even", True)), [0, 2, 4, 6, 8])
        answer = self.ok("query", partition_key="a", filter=eq("n", 99), limit=3)
        self.assertEqual(answer, {"items": [], "last_evaluated_key": {"pk": "a", "sk": "02"}})

    def test_scan_with_filter_over_wire(self):
        items = self.ok("scan", filter={"Ge": [attr("n"), literal(8)]})["items"]
        self.assertEqual([item["n"] for item in items], [8, 9])

    def test_scan_pagination_over_wire(self):
        start, seen = {}, []
        while True:
            answer = self.ok("scan", limit=3, **start)
            seen += [item["n"] for item in answer["items"]]
            if "last_evaluated_key" not in answer:
                break
            start = {"exclusive_start_key": answer["last_evaluated_key"]}
        self.assertEqual(seen, list(range(10)))

    def test_sort_key_range_over_wire(self):
        for condition, wanted in (
                ({"op": "lt", "value": "02"}, [0, 1]), ({"op": "le", "value": "02"}, [0, 1, 2]),
                ({"op": "gt", "value": "07"}, [8, 9]), ({"op": "ge", "value": "07"}, [7, 8, 9]),
                ({"op": "between", "low": "03", "high": "05"}, [3, 4, 5]),
                ({"op": "between", "low": "05", "high": "03"}, []),
                ({"op": "begins_with", "prefix": "0"}, list(range(10))),
                ({"op": "begins_with", "prefix": "1"}, [])):
            with self.subTest(condition=condition):
                self.assertEqual(self.keys(sort_key_condition=condition), wanted)

    def test_sort_key_eq_over_wire(self):
        self.assertEqual(self.keys(sort_key_condition={"op": "eq", "value": "04"}), [4])

    def test_line__queries_go_both_ways_and_by_pages(self):
        for forward in (True, False):
            start, seen = {}, []
            while True:
                answer = self.ok("query", partition_key="a", limit=4, scan_forward=forward, **start)
                seen += [item["n"] for item in answer["items"]]
                if "last_evaluated_key" not in answer:
                    break
                start = {"exclusive_start_key": answer["last_evaluated_key"]}
            self.assertEqual(seen, sorted(range(10), reverse=not forward))

    def test_count_over_wire(self):
        self.assertEqual(self.ok("count", partition_key="a"), {"count": 10})
        self.assertEqual(self.ok("count", partition_key="b"), {"count": 0})
        low = {"op": "lt", "value": "04"}
        self.assertEqual(self.ok("count", partition_key="a", sort_key_condition=low), {"count": 4})
        none = {"op": "between", "low": "5", "high": "4"}
        self.assertEqual(self.ok("count", partition_key="a", sort_key_condition=none), {"count": 0})

    def test_count_with_filter_over_wire(self):
        answer = self.ok("count", partition_key="a", filter={"Gt": [attr("n"), literal(6)]})
        self.assertEqual(answer, {"count": 3})

    def test_count_goes_through_all_pages(self):
        for i in range(8):
            self.put("big", f"{i}", text="x" * 300_000)
        self.assertEqual(self.ok("count", partition_key="big"), {"count": 8})
        self.assertLess(len(self.ok("query", partition_key="big")["items"]), 8)

    def test_projection_over_wire(self):
        item = self.get("a", "03", projection=["m.x", "gone"])
        self.assertEqual(item, {"pk": "a", "sk": "03", "m": {"x": 3}})
        self.assertEqual(set(self.get("a", "03", projection=[])), {"pk", "sk", "n", "even", "m"})
        self.assertEqual(self.get("a", "03", projection=["m", "m.x", "n", "n", "pk"]),
                         {"pk": "a", "sk": "03", "m": {"x": 3, "y": -3}, "n": 3})
        self.refused("InvalidExpression", "get_item", partition_key="a", sort_key="03",
                     projection=["n\0.x"])
        for most, paths in ((512, [f"n{i}" for i in range(513)]), (4096, ["n"] * 4097)):
            self.assertEqual(self.get("a", "03", projection=["n", *paths[:most - 1]])["n"], 3)
            self.refused("InvalidExpression", "get_item", partition_key="a", sort_key="03",
                         projection=paths)
        answer = self.ok("query", partition_key="a", projection=["n"], filter=eq("m.x", 5))
        self.assertEqual(answer["items"], [{"pk": "a", "sk": "05", "n": 5}])
        answer = self.ok("scan", projection=["n"], limit=1)
        self.assertEqual(answer["items"], [{"pk": "a", "sk": "00", "n": 0}])
        answer = self.ok("batch_get_item", keys=[{"partition_key": "a", "sort_key": "01"}],
                         projection=["n"])
        self.assertEqual(answer["items"], [{"pk": "a", "sk": "01", "n": 1}])

    def test_batch_get_over_wire(self):
        keys = [{"partition_key": "a", "sort_key": sk} for sk in ("07", "nope", "01", "07")]
        items = self.ok("batch_get_item", keys=keys)["items"]
        self.assertEqual([item and item["n"] for item in items], [7, None, 1, 7])
        self.assertEqual(self.ok("batch_get_item", keys=[]), {"items": []})

    def test_batch_get_exceeds_limit(self):
        keys = [{"partition_key": "a", "sort_key": f"{i % 10:02}"} for i in range(1000)]
        items = self.ok("batch_get_item", keys=keys)["items"]
        self.assertEqual([item["n"] for item in items], [i % 10 for i in range(1000)])
        self.refused("BatchSizeLimitExceeded", "batch_get_item", keys=keys + keys[:1])

    def test_line__keys_are_told(self):
        for sk in ("EVENT#1", "EVENT#2", "META", "NOTE#1"):
            self.put("b", sk)
        self.assertEqual(sorted(self.ok("list_partition_keys")["keys"]), ["a", "b"])
        prefixes = {"partition_key": "b"}
        self.assertEqual(self.ok("list_sort_key_prefixes", **prefixes)["keys"],
                         ["EVENT", "META", "NOTE"])
        answer = self.ok("list_sort_key_prefixes", **prefixes, limit=2)
        self.assertEqual(answer["keys"], ["EVENT", "META"])
        answer = self.ok("list_sort_key_prefixes", **prefixes, resume=answer["resume"])
        self.assertEqual(answer, {"keys": ["NOTE"]})
        self.refused("InvalidCursor", "list_partition_keys", resume="!")

    def test_line__cursors_that_fit_no_key_are_refused(self):
        for cursor in ({"pk": "a"}, {"pk": "a", "sk": 1}, {}):
            self.refused("InvalidCursor", "query", partition_key="a", exclusive_start_key=cursor)
        self.refused("ParseError", "query", partition_key="a", exclusive_start_key=[])


class ManyTest(LineTest):
    def write(self, *operations, op="batch_write"):
        for operation in operations:
            operation.setdefault("table", self.table)
        return self.ask(op, operations=list(operations))

    @staticmethod
    def put_of(pk, **more):
        return {"op": "put", "item": {"pk": pk, "sk": "s", **more}}

    @staticmethod
    def delete_of(pk):
        return {"op": "delete", "partition_key": pk, "sort_key": "s"}

    def test_batch_write_put_over_wire(self):
        answer = self.write(*[self.put_of(f"p{i}", n=i) for i in range(25)])
        self.assertEqual(answer, {"ok": True, "succeeded": 25})
        self.assertEqual(len(self.ok("scan")["items"]), 25)

    def test_batch_write_delete_over_wire(self):
        self.put("a")
        self.assertEqual(self.write(self.delete_of("a"), self.delete_of("gone"))["succeeded"], 2)
        self.assertIsNone(self.get("a"))

    def test_batch_write_mixed_over_wire(self):
        self.put("a")
        self.assertEqual(self.write(self.delete_of("a"), self.put_of("b"))["succeeded"], 2)
        self.assertEqual((self.get("a"), self.get("b")), (None, {"pk": "b", "sk": "s"}))

    def test_batch_write_cross_table(self):
        other = self.make_table()
        self.write(self.put_of("a"), {**self.put_of("a"), "table": other})
        self.assertIsNotNone(self.get("a"))
        self.assertIsNotNone(self.get("a", table=other))

    def test_batch_write_exceeds_limit(self):
        answer = self.write(*[self.put_of(f"p{i}") for i in range(26)])
        self.assertEqual(answer["error"], "BatchSizeLimitExceeded")
        self.assertEqual(self.ok("scan")["items"], [])

    def test_batch_write_error_rolls_back(self):
        for bad, error in (({"op": "put", "item": {"pk": "b"}}, "MissingKeyAttribute"),
                           ({"op": "put", "item": {"pk": 1, "sk": "s"}}, "KeyTypeMismatch"),
                           ({"op": "put", "item": {"pk": "b", "sk": "s", "x": "x" * 410_000}},
                            "DocumentTooLarge"),
                           ({**self.delete_of("b"), "table": "none.such"}, "TableNotFound"),
                           ({"op": "check", "partition_key": "b", "sort_key": "s"}, "ParseError"),
                           ({**self.delete_of("b"), "condition": eq("a", 1)}, "ParseError")):
            answer = self.write(self.put_of("a"), bad)
            self.assertEqual(answer["error"], error, answer)
            self.assertIsNone(self.get("a"))

    def test_batch_write_empty(self):
        self.assertEqual(self.write(), {"ok": True, "succeeded": 0})

    def test_line__the_last_write_of_a_batch_to_an_item_counts(self):
        answer = self.write(self.put_of("a", n=1), self.put_of("b", n=1), self.put_of("a", n=2),
                            self.delete_of("b"))
        self.assertEqual(answer, {"ok": True, "succeeded": 4})
        self.assertEqual((self.get("a")["n"], self.get("b")), (2, None))

    def test_txn_all_conditions_pass(self):
        self.put("a", n=1)
        self.put("b")
        key = {"partition_key": "a", "sort_key": "s"}
        answer = self.write(
            {**self.put_of("c"), "condition": {"AttributeNotExists": "pk"}},
            {"op": "update", **key, "updates": [{"action": "ADD", "path": "n", "value": 1}],
             "condition": eq("n", 1)},
            {"op": "check", "partition_key": "z", "sort_key": "s",
             "condition": {"AttributeNotExists": "pk"}},
            {**self.delete_of("b"), "condition": {"AttributeExists": "pk"}}, op="transact")
        self.assertEqual(answer, {"ok": True})
        self.assertEqual((self.get("a")["n"], self.get("b"), self.get("c")),
                         (2, None, {"pk": "c", "sk": "s"}))

    def test_txn_one_condition_fails_aborts_all(self):
        self.put("b", n=1)
        answer = self.write(self.put_of("a"), {**self.delete_of("b"), "condition": eq("n", 2)},
                            {**self.put_of("c"), "condition": eq("n", 3)}, op="transact")
        self.assertEqual(answer["error"], "TransactionConditionFailed")
        self.assertEqual(answer["operation_index"], 1)
        self.assertIn("n = 2", answer["message"])
        self.assertIsNone(self.get("a"))

    def test_txn_no_partial_writes_on_condition_failure(self):
        before = self.ok("scan")["items"]
        answer = self.write(*[self.put_of(f"p{i}") for i in range(99)],
                            {"op": "check", "partition_key": "z", "sort_key": "s",
                             "condition": {"AttributeExists": "pk"}}, op="transact")
        self.assertEqual((answer["error"], answer["operation_index"]),
                         ("TransactionConditionFailed", 99))
        self.assertEqual(self.ok("scan")["items"], before)

    @staticmethod
    def update_of(pk, *updates, **more):
        actions = [dict(zip(("action", "path", "value"), update)) for update in updates]
        return {"op": "update", "partition_key": pk, "sort_key": "s", "updates": actions, **more}

    def test_line__updates_of_every_kind_stand_in_transactions(self):
        self.put("a", n=1, tags=["x"])
        add = self.update_of("a", ("ADD", "tags", ["y", "x"]), condition=eq("n", 1))
        make = self.update_of("b", ("SET", "m.k", 1), ("ADD", "n", 2))
        turn = self.update_of("c", ("SET", "m", {}), ("SET", "m.n", 1), ("ADD", "m.n", 1))
        answer = self.write(self.put_of("d"), add, make, turn, op="transact")
        self.assertEqual(answer, {"ok": True})
        self.assertEqual(self.get("a")["tags"], ["x", "y"])
        self.assertEqual(self.get("b"), {"pk": "b", "sk": "s", "m": {"k": 1}, "n": 2})
        self.assertEqual(self.get("c")["m"], {"n": 2})

        fails = self.update_of("a", ("ADD", "tags", ["z"]), condition=eq("n", 2))
        answer = self.write(self.put_of("e"), fails, op="transact")
        self.assertEqual(set(answer), {"error", "message", "operation_index"})
        self.assertEqual((answer["error"], answer["operation_index"]),
                         ("TransactionConditionFailed", 1))
        self.assertIn("n = 2", answer["message"])
        answer = self.write(self.put_of("e"), self.update_of("a", ("ADD", "n", ["z"])),
                            op="transact")
        self.assertEqual((answer["error"], answer["operation_index"]), ("UpdateTypeMismatch", 1))
        self.assertEqual((self.get("a")["tags"], self.get("e")), (["x", "y"], None))

    def test_line__no_addition_of_a_transaction_to_an_array_is_lost(self):
        each = 10

        def add(worker):
            with Wire(self.path) as wire:
                for i in range(each):
                    tag = f"{worker}.{i}"
                    operations = [{"table": self.table, **self.update_of(pk, ("ADD", "t", [tag]))}
                                  for pk in "ab"]
                    answer = {"error": "Conflict"}
                    while answer.get("error") == "Conflict":
                        answer = wire.ask("transact", operations=operations)
                    self.assertEqual(answer, {"ok": True})

        run_all([lambda n=n: add(n) for n in range(3)])
        wanted = {f"{worker}.{i}" for worker in range(3) for i in range(each)}
        for pk in "ab":
            self.assertEqual(set(self.get(pk)["t"]), wanted)

    def test_line__transactions_that_are_none_are_refused(self):
        self.assertEqual(self.write(*[self.put_of(f"p{i}") for i in range(101)],
                                    op="transact")["error"], "BatchSizeLimitExceeded")
        twice = self.write(self.put_of("a"), self.delete_of("a"), op="transact")
        self.assertEqual(twice["error"], "ValidationError")
        self.assertEqual(self.ok("scan")["items"], [])


class TableTest(LineTest):
    def test_line__tables_are_made_described_listed_and_dropped(self):
        table = self.make_table(sort="Number", ttl_attribute="until")
        self.assertEqual(self.ok("describe_table", table=table)["schema"], {
            "name": table, "partition_key": {"name": "pk", "type": "String"},
            "sort_key": {"name": "sk", "type": "Number"}, "ttl_attribute": "until"})
        self.assertIn(table, self.ok("list_tables")["tables"])
        self.refused("TableAlreadyExists", "create_table", table=table,
                     partition_key={"name": "pk", "type": "S"})
        self.ok("drop_table", table=table)
        self.assertNotIn(table, self.ok("list_tables")["tables"])
        for op in ("drop_table", "describe_table", "scan", "list_indexes", "list_partition_keys"):
            self.refused("TableNotFound", op, table=table)
        self.refused("InvalidKeyType", "create_table", table="x.x.x",
                     partition_key={"name": "pk", "type": "Float"})

    def test_line__keys_must_fit_their_table(self):
        single = self.make_table(sort=None)
        self.refused("MissingKeyAttribute", "get_item", partition_key="a")
        self.refused("KeyTypeMismatch", "get_item", partition_key=1, sort_key="s")
        self.refused("SortKeyNotSupported", "get_item", table=single, partition_key="a",
                     sort_key="s")
        self.refused("SortKeyNotSupported", "query", table=single, partition_key="a",
                     sort_key_condition={"op": "eq", "value": "s"})
        self.refused("PartitionKeyRequired", "query")
        self.refused("InvalidCondition", "query", partition_key="a",
                     sort_key_condition={"op": "like", "value": "s"})
        self.refused("MissingKeyAttribute", "put_item", item={"pk": "a"})

    def test_line__binary_keys_are_base64(self):
        table = support.table_name("lines")
        self.ok("create_table", table=table, partition_key={"name": "pk", "type": "BINARY"})
        key = base64.b64encode(b"\x00\xff\x01").decode()
        self.ok("put_item", table=table, item={"pk": key, "n": 1})
        answer = self.ok("get_item", table=table, partition_key=key)
        self.assertEqual(answer["item"], {"pk": key, "n": 1})
        self.assertEqual(len(self.ok("query", table=table, partition_key=key)["items"]), 1)
        self.refused("KeyTypeMismatch", "get_item", table=table, partition_key="%%%")

    def test_line__attributes_may_be_called_anything(self):
        self.table = support.table_name("lines")
        self.ok("create_table", table=self.table, partition_key={"name": "a.b", "type": "S"},
                sort_key={"name": "status", "type": "B"}, ttl_attribute="x[0]:y\\z")
        key = {"partition_key": "k", "sort_key": "AQI="}
        item = {"a.b": "k", "status": "AQI=", "name": {"key": 1}}
        self.ok("put_item", item=item)
        prefix = {"op": "begins_with", "prefix": "AQ=="}
        answer = self.ok("query", partition_key="k", sort_key_condition=prefix,
                         projection=["name.key", "status", "size"])
        self.assertEqual(answer["items"], [item])
        self.ok("set_ttl", **key, ttl_seconds=50)
        self.ok("remove_ttl", **key)
        answer = self.ok("update_item", **key, return_values="ALL_NEW",
                         condition=eq("a\\.b", "k"),
                         updates=[{"action": "ADD", "path": "name.list", "value": [1]},
                                  {"action": "SET", "path": "a\\.c", "value": 2}])
        self.assertEqual(answer["item"], {**item, "name": {"key": 1, "list": [1]}, "a.c": 2})

    def await_index(self, name):
        for _ in range(200):
            index = self.ok("describe_index", name=name)["index"]
            if index["status"] == "ACTIVE":
                return index
            time.sleep(0.02)
        raise AssertionError(f"{name} is still {index['status']}")

    def test_index_pagination_over_wire(self):
        for i in range(7):
            self.put(f"p{i}", city="Rome" if i < 5 else "Oslo", n=i)
        self.ok("create_index", name="by-city", index_key={"name": "city", "type": "String"})
        self.assertEqual(self.await_index("by-city"), {
            "name": "by-city", "index_key": {"name": "city", "type": "String"},
            "status": "ACTIVE"})
        for forward in (True, False):
            start, seen, pages = {}, [], 0
            while True:
                answer = self.ok("query_index", index_name="by-city", key_value="Rome", limit=2,
                                 scan_forward=forward, **start)
                seen += [item["n"] for item in answer["items"]]
                pages += 1
                if "last_evaluated_key" not in answer:
                    break
                self.assertEqual(set(answer["last_evaluated_key"]), {"city", "pk", "sk"})
                start = {"exclusive_start_key": answer["last_evaluated_key"]}
            self.assertEqual((sorted(seen), pages), ([0, 1, 2, 3, 4], 3))
        for cursor in ({"pk": "p0", "sk": "s"}, {"city": "Rome", "pk": "p0"},
                       {"city": 1, "pk": "p0", "sk": "s"}):
            self.refused("InvalidIndexCursor", "query_index", index_name="by-city",
                         key_value="Rome", exclusive_start_key=cursor)
        answer = self.ok("query_index", index_name="by-city", key_value="Oslo",
                         filter=eq("n", 6), projection=["n"])
        self.assertEqual(answer["items"], [{"pk": "p6", "sk": "s", "n": 6}])

    def test_line__indexes_are_listed_and_dropped(self):
        self.assertEqual(self.ok("list_indexes"), {"indexes": []})
        self.refused("IndexNotFound", "query_index", index_name="none", key_value=1)
        self.refused("IndexNotFound", "drop_index", name="none")
        self.refused("IndexNotFound", "describe_index", name="none")
        self.ok("create_index", name="idx", index_key={"name": "g", "type": "Number"},
                sort_key={"name": "h", "type": "String"})
        self.await_index("idx")
        self.assertEqual(self.ok("list_indexes")["indexes"][0]["sort_key"],
                         {"name": "h", "type": "String"})
        for h in "abc":
            self.put(h, g=1, h=h)
        answer = self.ok("query_index", index_name="idx", key_value=1,
                         sort_key_condition={"op": "ge", "value": "b"})
        self.assertEqual([item["h"] for item in answer["items"]], ["b", "c"])
        self.ok("drop_index", name="idx")


class TtlTest(LineTest):
    def setUp(self):
        super().setUp()
        self.table = self.make_table(sort=None, ttl_attribute="until")
        self.ok("put_item", item={"pk": "a"})

    def test_set_ttl_over_wire(self):
        self.ok("set_ttl", partition_key="a", ttl_seconds=1000)
        until = self.ok("get_item", partition_key="a")["item"]["until"]
        self.assertLess(abs(until - time.time() - 1000), 10)
        self.refused("ItemNotFound", "set_ttl", partition_key="gone", ttl_seconds=5)
        self.assertEqual(self.ok("get_item", partition_key="gone"), {})
        plain = self.make_table(sort=None)
        self.refused("TtlNotConfigured", "set_ttl", table=plain, partition_key="a", ttl_seconds=5)
        self.refused("ParseError", "set_ttl", partition_key="a")

    def test_remove_ttl_over_wire(self):
        self.ok("set_ttl", partition_key="a", ttl_seconds=1000)
        self.ok("remove_ttl", partition_key="a")
        self.assertEqual(self.ok("get_item", partition_key="a"), {"item": {"pk": "a"}})
        self.assertEqual(self.ok("get_ttl", partition_key="a"), {})

    def test_get_ttl_over_wire(self):
        self.assertEqual(self.ok("get_ttl", partition_key="a"), {})
        self.ok("set_ttl", partition_key="a", ttl_seconds=1000)
        left = self.ok("get_ttl", partition_key="a")["ttl_seconds"]
        self.assertTrue(980 <= left <= 1000, left)
        self.ok("put_item", item={"pk": "old", "until": int(time.time()) - 5})
        self.assertEqual(self.ok("get_ttl", partition_key="old"), {})
        for forever in (0, "soon", -2**63):
            self.ok("put_item", item={"pk": "b", "until": forever})
            self.assertEqual(self.ok("get_ttl", partition_key="b"), {})

    def test_sweep_ttl_over_wire(self):
        for i in range(5):
            self.ok("put_item", item={"pk": f"p{i}", "until": int(time.time()) - 5})
        # The server sweeps now and then by itself, so what is left for these may be less.
        self.assertLessEqual(self.ok("sweep_ttl", table=self.table, limit=2)["deleted"], 2)
        self.assertLessEqual(self.ok("sweep_ttl", table=self.table)["deleted"], 5)
        self.assertEqual(self.ok("sweep_ttl", table=self.table), {"deleted": 0})
        self.ok("sweep_ttl")
        self.assertEqual(self.ok("sweep_ttl"), {"deleted": 0})
        self.assertEqual([item["pk"] for item in self.ok("scan")["items"]], ["a"])


class DocumentTest(LineTest):
    def test_line__the_session_of_the_document_is_as_it_says(self):
        document = pathlib.Path(__file__).resolve().parents[2] / "docs" / "socket-protocol.md"
        session = document.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
        lines = session.splitlines()
        self.assertGreater(len(lines), 10)
        for sent, expected in zip(lines[::2], lines[1::2]):
            self.assertEqual((sent[:2], expected[:2]), ("> ", "< "))
            self.wire.send(sent[2:].encode() + b"\n")
            self.assertEqual(self.wire.line().decode(), expected[2:] + "\n")


if __name__ == "__main__":
    unittest.main()
