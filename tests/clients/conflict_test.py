"""Transactions that really overlap: many requests on many connections, sent before any is answered.

No threads: a request is written to each connection in turn, and only then are the replies read. So
the server has all of them at once, whatever the client's own speed. While a transaction is under
way, other requests for its items are refused at once, and do nothing:

    PutItem, UpdateItem, DeleteItem          TransactionConflictException
    TransactWriteItems, TransactGetItems     TransactionCanceledException, with TransactionConflict
                                             as the reason at that item's place

The transfers are those of a bank: an amount from one account to another and a record of it, under
the condition that there is so much. Whatever overlaps, no money is made or lost.
"""

import json
import time
import unittest
import uuid
from decimal import Decimal

import support

ONGOING = "Transaction is ongoing for the item"
NOT_THERE = "The provided expression refers to an attribute that does not exist in the item"
TWICE = "Transaction request cannot include multiple operations on one item"
SECONDS = 60  # to meet every kind of conflict; a second is plenty on an idle machine


class Line:
    """One connection, whose request is sent now and answered later."""

    def __init__(self, port):
        self.client = support.Client(port)

    def send(self, operation, request):
        headers = support.call_headers(operation)
        self.client.connection.request("POST", "/", json.dumps(request).encode(), headers)

    def answer(self):
        """(status, parsed body)"""
        reply = self.client.connection.getresponse()
        return reply.status, json.loads(reply.read())

    def close(self):
        self.client.close()


def error_of(body):
    return body.get("__type", "").split("#")[-1]


def reasons_of(body):
    return [reason["Code"] for reason in body.get("CancellationReasons", [])]


class ConflictTest(support.ServerTest):
    def setUp(self):
        self.table = support.table_name("Conflict")
        self.client = support.Client(self.server.port)
        self.addCleanup(self.client.close)
        schema = support.key_schema(("id", "S"))
        self.client.must("CreateTable", {"TableName": self.table, **schema})
        support.wait_active(self.client, self.table)
        self.lines = []
        self.addCleanup(lambda: [line.close() for line in self.lines])

    def open_lines(self, count):
        self.lines = [Line(self.server.port) for _ in range(count)]
        return self.lines

    def all_at_once(self, requests):
        """Send (operation, request) on a line each; the answers in the same order."""
        for line, (operation, request) in zip(self.lines, requests):
            line.send(operation, request)
        return [line.answer() for line, _ in zip(self.lines, requests)]

    def key(self, name):
        return {"TableName": self.table, "Key": {"id": {"S": name}}}

    def add(self, name, amount, sign="+", **more):
        return {
            **self.key(name),
            "UpdateExpression": f"SET n = n {sign} :n",
            "ExpressionAttributeValues": {":n": {"N": str(amount)}},
            **more,
        }

    def put(self, name, amount, **more):
        item = {"id": {"S": name}, "n": {"N": str(amount)}}
        return {"TableName": self.table, "Item": item, **more}

    def number(self, name):
        item = self.client.must("GetItem", {**self.key(name), "ConsistentRead": True}).get("Item")
        return None if item is None else Decimal(item["n"]["N"])


class OverlapTest(ConflictTest):
    """Transactions on "hot", which check "victim"; beside them, everything else on the two."""

    def transaction(self):
        check = {**self.key("victim"), "ConditionExpression": "attribute_not_exists(nothing)"}
        puts = [{"Put": self.put(f"own {uuid.uuid4()}", 1)} for _ in range(10)]
        actions = [*puts, {"Update": self.add("hot", 1)}, {"ConditionCheck": check}]
        return "TransactWriteItems", {"TransactItems": actions}

    def others(self):
        gets = [{"Get": self.key(name)} for name in ("beside", "hot")]
        return [
            ("UpdateItem", self.add("hot", 1)),
            ("PutItem", self.put("victim", 1)),
            ("DeleteItem", self.key("victim")),
            ("TransactGetItems", {"TransactItems": gets}),
        ]

    def judge(self, operation, status, body):
        """Was it refused for a conflict? Nothing else may be wrong with it."""
        if status == 200:
            return False
        self.assertEqual(status, 400, body)
        if operation in ("PutItem", "UpdateItem", "DeleteItem"):
            self.assertEqual((error_of(body), body["message"]),
                             ("TransactionConflictException", ONGOING))
            return True
        self.assertEqual(error_of(body), "TransactionCanceledException", body)
        places = {"TransactWriteItems": [10, 11], "TransactGetItems": [1]}[operation]
        codes = reasons_of(body)
        self.assertIn("TransactionConflict", codes)
        for place, code in enumerate(codes):
            self.assertIn(code, ("None", "TransactionConflict") if place in places else ("None",))
        self.assertIn(f"[{', '.join(codes)}]", body["Message"])
        messages = {reason.get("Message") for reason in body["CancellationReasons"]}
        self.assertEqual(messages - {None}, {ONGOING})
        return True

    def test_conflict__is_met_by_every_kind_of_request_and_stops_it(self):
        self.client.must("PutItem", self.put("hot", 0))
        self.client.must("PutItem", self.put("victim", 0))
        requests = [self.transaction() for _ in range(4)] + 2 * self.others()
        self.open_lines(len(requests))
        met, answered, added = set(), 0, 0
        deadline = time.monotonic() + SECONDS
        while len(met) < 5 and time.monotonic() < deadline:
            requests[:4] = [self.transaction() for _ in range(4)]
            for (operation, _), (status, body) in zip(requests, self.all_at_once(requests)):
                answered += 1
                if self.judge(operation, status, body):
                    met.add(operation)
                elif operation in ("TransactWriteItems", "UpdateItem"):
                    added += 1
        self.assertEqual(
            met,
            {"TransactWriteItems", "TransactGetItems", "PutItem", "UpdateItem", "DeleteItem"},
            f"not met in {answered} requests",
        )
        self.assertEqual(self.number("hot"), added, "what was refused was done, or the reverse")

    def test_conflict__is_over_when_the_transaction_is_answered(self):
        self.client.must("PutItem", self.put("hot", 0))
        self.client.must("PutItem", self.put("victim", 0))
        for n in range(50):
            self.client.must(*self.transaction())
            self.client.must("UpdateItem", self.add("hot", 1))
        self.assertEqual(self.number("hot"), 100)


class TransferTest(ConflictTest):
    ACCOUNTS = 8
    AMOUNT = Decimal("7.3")

    def transfer(self, source, target, record, amount=AMOUNT):
        guard = {"ConditionExpression": "n >= :n"}
        fresh = {"ConditionExpression": "attribute_not_exists(id)"}
        return "TransactWriteItems", {
            "TransactItems": [
                {"Update": self.add(source, amount, "-", **guard)},
                {"Update": self.add(target, amount)},
                {"Put": self.put(record, amount, **fresh)},
            ]
        }

    def refused(self, transfer):
        status, body = self.client.call(*transfer)
        self.assertEqual(status, 400, body)
        return body

    def test_transfer__moves_exact_decimals(self):
        self.client.must("PutItem", self.put("a", "0.3"))
        self.client.must("PutItem", self.put("b", "0.2"))
        self.client.must(*self.transfer("a", "b", "r", Decimal("0.1")))
        self.assertEqual((self.number("a"), self.number("b")), (Decimal("0.2"), Decimal("0.3")))
        self.assertEqual(self.number("r"), Decimal("0.1"))

    def test_transfer__of_more_than_there_is_names_the_source_and_moves_nothing(self):
        self.client.must("PutItem", self.put("a", 5))
        self.client.must("PutItem", self.put("b", 5))
        body = self.refused(self.transfer("a", "b", "r"))
        self.assertEqual(reasons_of(body), ["ConditionalCheckFailed", "None", "None"])
        self.assertEqual([self.number(name) for name in "abr"], [5, 5, None])

    def test_transfer__to_an_account_that_is_not_there_debits_nothing(self):
        self.client.must("PutItem", self.put("a", 50))
        body = self.refused(self.transfer("a", "b", "r"))
        self.assertEqual(reasons_of(body), ["None", "ValidationError", "None"])
        self.assertEqual(body["CancellationReasons"][1]["Message"], NOT_THERE)
        self.assertEqual([self.number(name) for name in "abr"], [50, None, None])

    def test_transfer__to_oneself_is_refused(self):
        self.client.must("PutItem", self.put("a", 50))
        body = self.refused(self.transfer("a", "a", "r"))
        self.assertEqual((error_of(body), body["message"]), ("ValidationException", TWICE))
        self.assertEqual([self.number(name) for name in "ar"], [50, None])

    def test_transfer__a_record_that_is_there_stops_it(self):
        for name in "abr":
            self.client.must("PutItem", self.put(name, 50))
        body = self.refused(self.transfer("a", "b", "r"))
        self.assertEqual(reasons_of(body), ["None", "None", "ConditionalCheckFailed"])
        self.assertEqual([self.number(name) for name in "abr"], [50, 50, 50])

    def test_transfer__a_hundred_at_once_conserve_the_sum(self):
        """Each is sent again until it happened or an empty account stopped it. Nobody pays into
        account 0, which has enough for two."""
        accounts = [f"account {n}" for n in range(self.ACCOUNTS)]
        balances = {account: Decimal(60) for account in accounts}
        balances[accounts[0]] = Decimal(20)
        total = sum(balances.values())
        for account, balance in balances.items():
            self.client.must("PutItem", self.put(account, balance))
        pending = [
            (source, target, record)
            for record, (source, target) in enumerate(
                (source, target)
                for _ in range(3)
                for source in accounts
                for target in accounts[1:]
                if source != target
            )
        ][:100]
        self.open_lines(len(pending))
        conflicts = stopped = 0
        deadline = time.monotonic() + SECONDS
        while pending:
            self.assertLess(time.monotonic(), deadline, "transfers never come through")
            sent, pending = pending, []
            requests = [self.transfer(a, b, f"record {n}") for a, b, n in sent]
            for order, (status, body) in zip(sent, self.all_at_once(requests)):
                codes = reasons_of(body)
                if status == 200:
                    balances[order[0]] -= self.AMOUNT
                    balances[order[1]] += self.AMOUNT
                elif "TransactionConflict" in codes:
                    conflicts += 1
                    pending.append(order)
                else:
                    self.assertEqual(codes, ["ConditionalCheckFailed", "None", "None"], body)
                    stopped += 1
        self.assertGreater(conflicts, 0, "nothing overlapped")
        self.assertGreater(stopped, 0, "account 0 was never empty")
        self.assertEqual({account: self.number(account) for account in accounts}, balances)
        self.assertEqual(sum(balances.values()), total)
        self.assertTrue(all(balance >= 0 for balance in balances.values()))
        records = [n for n in range(100) if self.number(f"record {n}") is not None]
        self.assertEqual(len(records), 100 - stopped)


if __name__ == "__main__":
    unittest.main()
