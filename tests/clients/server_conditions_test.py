"""Conditions on writes as the server's own protocol carries them, without an SDK.

The names are those under which the behaviour was first asked for: a condition on a put and on a
delete, judged against the stored item, and the reply that tells of a failed one.
"""

import unittest

import support


class ServerConditionTest(support.ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = support.Client(cls.server.port)
        cls.name = support.table_name("conditions")
        cls.client.must("CreateTable", {"TableName": cls.name, **support.key_schema(("id", "S"))})
        support.wait_active(cls.client, cls.name)

    @classmethod
    def tearDownClass(cls):
        cls.client.must("DeleteTable", {"TableName": cls.name})
        cls.client.close()
        super().tearDownClass()

    def setUp(self):
        self.key = {"id": {"S": self.id()}}

    def put(self, item, **condition):
        return self.client.call("PutItem", {"TableName": self.name, "Item": item, **condition})

    def delete(self, **condition):
        request = {"TableName": self.name, "Key": self.key, **condition}
        return self.client.call("DeleteItem", request)

    def stored(self):
        request = {"TableName": self.name, "Key": self.key, "ConsistentRead": True}
        return self.client.must("GetItem", request).get("Item")

    def test_server_put_with_condition(self):
        only_new = {"ConditionExpression": "attribute_not_exists(id)"}
        first = {**self.key, "v": {"N": "1"}}
        self.assertEqual(self.put(first, **only_new), (200, {}))
        self.assertEqual(self.stored(), first)

        status, _ = self.put({**self.key, "v": {"N": "2"}}, **only_new)
        self.assertEqual(status, 400)
        self.assertEqual(self.stored(), first)

        second = {**self.key, "v": {"N": "2"}}
        follows = {
            "ConditionExpression": "#v = :one",
            "ExpressionAttributeNames": {"#v": "v"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        self.assertEqual(self.put(second, **follows), (200, {}))
        self.assertEqual(self.stored(), second)

    def test_server_delete_with_condition(self):
        item = {**self.key, "status": {"S": "done"}}
        self.assertEqual(self.put(item)[0], 200)

        def when(status):
            return {
                "ConditionExpression": "#s = :s",
                "ExpressionAttributeNames": {"#s": "status"},
                "ExpressionAttributeValues": {":s": {"S": status}},
            }

        status, _ = self.delete(**when("open"))
        self.assertEqual(status, 400)
        self.assertEqual(self.stored(), item)

        self.assertEqual(self.delete(**when("done")), (200, {}))
        self.assertIsNone(self.stored())

        status, _ = self.delete(**when("done"))
        self.assertEqual(status, 400)

    def test_server_condition_check_failed_response(self):
        item = {**self.key, "v": {"N": "1"}, "tags": {"SS": ["a", "b"]}}
        self.put(item)
        told = {
            "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            "message": "The conditional request failed",
        }
        never = {"ConditionExpression": "attribute_not_exists(id)"}
        self.assertEqual(self.put(item, **never), (400, told))
        self.assertEqual(self.delete(**never), (400, told))

        asked = {**never, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        status, body = self.put(item, **asked)
        self.assertEqual(status, 400)
        self.assertEqual(body, {**told, "Item": item})

        headers = support.call_headers("DeleteItem")
        missing = {"id": {"S": "no such item"}}
        exists = {"ConditionExpression": "attribute_exists(id)"}
        request = {"TableName": self.name, "Key": missing, **exists}
        body = support.json.dumps(
            {**request, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        ).encode()
        reply = self.client.send("POST", "/", body, headers)
        self.assertEqual((reply.status, reply.json()), (400, told))
        self.assertTrue(reply.crc_is_right(), reply.headers)
        self.assertEqual(reply.headers["content-type"], "application/x-amz-json-1.0")


if __name__ == "__main__":
    unittest.main()
