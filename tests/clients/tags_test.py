"""boto3 against Stator: tags, and what clients ask before they begin."""

import unittest

from boto3_test import Boto3Test


class TagTest(Boto3Test):
    def test_tags_are_set_listed_by_the_paginator_and_taken_away(self):
        arn = self.client.describe_table(TableName=self.name)["Table"]["TableArn"]
        tags = [{"Key": f"k{i:02}", "Value": "v"} for i in range(15)]
        self.client.tag_resource(ResourceArn=arn, Tags=tags)
        pages = self.client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        self.assertEqual([tag for page in pages for tag in page["Tags"]], tags)
        self.client.untag_resource(ResourceArn=arn, TagKeys=[tag["Key"] for tag in tags])
        self.assertEqual(self.client.list_tags_of_resource(ResourceArn=arn)["Tags"], [])

    def test_a_client_that_discovers_endpoints_goes_on_where_it_is(self):
        found = self.client.describe_endpoints()["Endpoints"]
        self.assertEqual([f"http://{e['Address']}" for e in found], [self.server.url])
        self.assertEqual(self.client.describe_limits()["TableMaxReadCapacityUnits"], 40000)


if __name__ == "__main__":
    unittest.main()
