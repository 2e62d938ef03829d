/* operation.c -- facts about operations, and a look into a request's first level. */
#include "client/operation.h"

#include "client/client.h"
#include "json/json_reader.h"

struct fact {
    const char *name;
    operation_service service;
};

/* Those that only read. PartiQL's are not among them: a statement may do anything. */
/* clang-format off */
static const struct fact readers[] = {
    {"BatchGetItem", OPERATION_DATA},
    {"DescribeBackup", OPERATION_DATA},
    {"DescribeContinuousBackups", OPERATION_DATA},
    {"DescribeContributorInsights", OPERATION_DATA},
    {"DescribeEndpoints", OPERATION_DATA},
    {"DescribeExport", OPERATION_DATA},
    {"DescribeGlobalTable", OPERATION_DATA},
    {"DescribeGlobalTableSettings", OPERATION_DATA},
    {"DescribeImport", OPERATION_DATA},
    {"DescribeKinesisStreamingDestination", OPERATION_DATA},
    {"DescribeLimits", OPERATION_DATA},
    {"DescribeStream", OPERATION_STREAMS},
    {"DescribeTable", OPERATION_DATA},
    {"DescribeTableReplicaAutoScaling", OPERATION_DATA},
    {"DescribeTimeToLive", OPERATION_DATA},
    {"GetItem", OPERATION_DATA},
    {"GetRecords", OPERATION_STREAMS},
    {"GetResourcePolicy", OPERATION_DATA},
    {"GetShardIterator", OPERATION_STREAMS},
    {"ListBackups", OPERATION_DATA},
    {"ListContributorInsights", OPERATION_DATA},
    {"ListExports", OPERATION_DATA},
    {"ListGlobalTables", OPERATION_DATA},
    {"ListImports", OPERATION_DATA},
    {"ListStreams", OPERATION_STREAMS},
    {"ListTables", OPERATION_DATA},
    {"ListTagsOfResource", OPERATION_DATA},
    {"Query", OPERATION_DATA},
    {"Scan", OPERATION_DATA},
    {"TransactGetItems", OPERATION_DATA},
};
/* clang-format on */

static const struct fact *find_reader(struct span name)
{
    for (size_t i = 0; i < ARRAY_COUNT(readers); i++)
        if (span_eq(name, span_of(readers[i].name))) return &readers[i];
    return NULL;
}

operation_service operation_service_of(struct span name)
{
    const struct fact *fact = find_reader(name);
    return fact == NULL ? OPERATION_DATA : fact->service;
}

const char *operation_target(operation_service service)
{
    static const char *const targets[OPERATION_SERVICES] = {
        [OPERATION_DATA] = "DynamoDB_20120810.",
        [OPERATION_STREAMS] = "DynamoDBStreams_20120810.",
    };
    return targets[service];
}

const char *operation_host(operation_service service)
{
    static const char *const hosts[OPERATION_SERVICES] = {
        [OPERATION_DATA] = "dynamodb.",
        [OPERATION_STREAMS] = "streams.dynamodb.",
    };
    return hosts[service];
}

static bool is_guard(struct span member)
{
    static const char *const guards[] = {
        "ClientRequestToken",
        "ClientToken",
        "ConditionExpression",
        "Expected",
    };
    for (size_t i = 0; i < ARRAY_COUNT(guards); i++)
        if (span_eq(member, span_of(guards[i]))) return true;
    return false;
}

/* Read a member's value. Null and an empty object guard nothing. */
static status read_guard(struct json_reader *json, bool *guards)
{
    json_token token = JSON_NULL;
    struct span text = {0};
    TRY(json_reader_next(json, &token, &text));
    if (token == JSON_OBJECT_BEGIN) TRY(json_reader_next(json, &token, &text));
    *guards = token != JSON_NULL && token != JSON_OBJECT_END;
    return ST_OK;
}

/* Look for a guard among the first level's members. */
static status find_guard(struct json_reader *json, bool *found)
{
    json_token token = JSON_NULL;
    struct span text = {0};
    TRY(json_reader_next(json, &token, &text));
    if (token != JSON_OBJECT_BEGIN) return ST_OK;
    while (!*found) {
        TRY(json_reader_next(json, &token, &text));
        if (token != JSON_KEY) return ST_OK;
        if (is_guard(text)) {
            TRY(read_guard(json, found));
            continue;
        }
        TRY(json_reader_next(json, &token, &text));
        TRY(json_reader_skip(json, token));
    }
    return ST_OK;
}

bool operation_may_repeat(struct span name, struct span body, struct arena *arena)
{
    if (find_reader(name) != NULL) return true;
    struct json_reader json;
    bool found = false;
    json_reader_init(&json, arena, body);
    return find_guard(&json, &found) == ST_OK && found;
}

bool client_may_repeat(struct span operation, struct span body, struct arena *arena)
{
    return operation_may_repeat(operation, body, arena);
}
