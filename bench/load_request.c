/* load_request.c -- see load_request.h. In the texts '@' stands for the digits of the partition,
 * '%' for that of the sort key, '#' for random digits, '$' for those of a group, '^' for the second
 * at which an item expires, '&' for the long string and '!' for the table's name or the iterator. A
 * body is `head`, `each` for every item with commas between, and `tail`.
 */
#include "load_request.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "load_random.h"

enum { DIGITS = 7, TIME_DIGITS = 10, REQUEST_BYTES_MAX = 1 << 20, ITEM_OVERHEAD_BYTES = 22 };

struct template
{
    const char *target; /* without the service where that is DynamoDB */
    const char *head, *each, *tail;
    unsigned items;
};

/* clang-format off */
#define KEY "{\"pk\":{\"S\":\"p@\"},\"sk\":{\"N\":\"%\"}}"
#define ATTRIBUTES \
    "\"pk\":{\"S\":\"p@\"},\"sk\":{\"N\":\"%\"},\"n\":{\"N\":\"0\"},\"data\":{\"S\":\"&\"}"
#define ITEM "{" ATTRIBUTES "}"
#define INDEXED_ITEM \
    "{" ATTRIBUTES ",\"a\":{\"S\":\"a#\"},\"b\":{\"S\":\"b#\"},\"c\":{\"S\":\"c#\"}}"
#define MIXED_ITEM "{" ATTRIBUTES ",\"a\":{\"S\":\"a$\"}}"
#define EXPIRING_ITEM \
    "{\"pk\":{\"S\":\"e@\"},\"sk\":{\"N\":\"%\"},\"n\":{\"N\":\"0\"},\"data\":{\"S\":\"&\"}," \
    "\"a\":{\"S\":\"a$\"},\"expires\":{\"N\":\"^\"}}"
#define PUT(item) {"PutItem", "{\"TableName\":\"!\",\"Item\":", item, "}", 1}
#define GET {"GetItem", "{\"TableName\":\"!\",\"Key\":", KEY, "}", 1}
#define TABLE \
    "{\"TableName\":\"!\",\"BillingMode\":\"PAY_PER_REQUEST\"," \
    "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}," \
    "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}]," \
    "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}," \
    "{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"}"
#define STRING(name) ",{\"AttributeName\":\"" name "\",\"AttributeType\":\"S\"}"
#define INDEX(name) \
    "{\"IndexName\":\"by-" name "\",\"Projection\":{\"ProjectionType\":\"ALL\"}," \
    "\"KeySchema\":[{\"AttributeName\":\"" name "\",\"KeyType\":\"HASH\"}]}"
#define STREAM \
    "\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"}"

static const struct template templates[] = {
    [LOAD_CREATE] = {"CreateTable", TABLE, "]}", "", 1},
    [LOAD_CREATE_INDEXED] = {
        "CreateTable", TABLE STRING("a") STRING("b") STRING("c") "]",
        ",\"GlobalSecondaryIndexes\":[" INDEX("a") "," INDEX("b") "," INDEX("c") "]", "}", 1},
    [LOAD_CREATE_STREAMED] = {
        "CreateTable", TABLE "]," STREAM, "}", "", 1},
    [LOAD_CREATE_MIXED] = {
        "CreateTable", TABLE STRING("a") "],\"GlobalSecondaryIndexes\":[" INDEX("a") "]," STREAM,
        "}", "", 1},
    [LOAD_DESCRIBE] = {"DescribeTable", "{\"TableName\":\"!\"}", "", "", 1},
    [LOAD_EXPIRE] = {
        "UpdateTimeToLive", "{\"TableName\":\"!\",\"TimeToLiveSpecification\":"
        "{\"Enabled\":true,\"AttributeName\":\"expires\"}", "}", "", 1},
    [LOAD_LOAD] = PUT(ITEM),
    [LOAD_LOAD_INDEXED] = PUT(INDEXED_ITEM),
    [LOAD_LOAD_MIXED] = PUT(MIXED_ITEM),
    [LOAD_PUT] = PUT(ITEM),
    [LOAD_PUT_INDEXED] = PUT(INDEXED_ITEM),
    [LOAD_MIXED_PUT] = PUT(MIXED_ITEM),
    [LOAD_MIXED_EXPIRING] = {
        "PutItem", "{\"TableName\":\"!\",\"Item\":", EXPIRING_ITEM, "}", 1},
    [LOAD_MIXED_DELETE] = {
        "DeleteItem", "{\"TableName\":\"!\",\"Key\":", KEY, "}", 1},
    [LOAD_GET] = GET,
    [LOAD_FIXED] = GET,
    [LOAD_RECORDS] = {
        "DynamoDBStreams_20120810.GetRecords",
        "{\"ShardIterator\":\"!\",\"Limit\":100", "", "}", 1},
    [LOAD_UPDATE] = {
        "UpdateItem",
        "{\"TableName\":\"!\",\"Key\":", KEY,
        ",\"UpdateExpression\":\"SET n = n + :one\","
        "\"ConditionExpression\":\"attribute_exists(pk) AND n >= :zero\","
        "\"ExpressionAttributeValues\":{\":one\":{\"N\":\"1\"},\":zero\":{\"N\":\"0\"}}}", 1},
    [LOAD_QUERY] = {
        "Query",
        "{\"TableName\":\"!\",\"KeyConditionExpression\":\"pk = :pk\","
        "\"ExpressionAttributeValues\":{\":pk\":{\"S\":\"", "p@", "\"}}}", 1},
    [LOAD_MIXED_QUERY] = {
        "Query",
        "{\"TableName\":\"!\",\"IndexName\":\"by-a\",\"Limit\":10,"
        "\"KeyConditionExpression\":\"a = :a\","
        "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"", "a$", "\"}}}", 1},
    [LOAD_SCAN] = {
        "Scan",
        "{\"TableName\":\"!\",\"FilterExpression\":\"pk = :pk\","
        "\"ExpressionAttributeValues\":{\":pk\":{\"S\":\"", "p@\"}},\"ExclusiveStartKey\":" KEY,
        "}", 1},
    [LOAD_BATCH] = {
        "BatchWriteItem", "{\"RequestItems\":{\"!\":[", "{\"PutRequest\":{\"Item\":" ITEM "}}",
        "]}}", LOAD_BATCH_ITEMS},
    [LOAD_TRANSACT] = {
        "TransactWriteItems", "{\"TransactItems\":[",
        "{\"Put\":{\"TableName\":\"!\",\"Item\":" ITEM "}}", "]}", LOAD_TRANSACT_ITEMS},
    [LOAD_MIXED_BATCH] = {
        "BatchWriteItem", "{\"RequestItems\":{\"!\":[",
        "{\"PutRequest\":{\"Item\":" MIXED_ITEM "}}", "]}}", LOAD_BATCH_ITEMS},
    [LOAD_MIXED_TRANSACT] = {
        "TransactWriteItems", "{\"TransactItems\":[",
        "{\"Put\":{\"TableName\":\"!\",\"Item\":" MIXED_ITEM "}}", "]}",
        LOAD_MIXED_TRANSACT_ITEMS},
};
/* clang-format on */

/* ---- making */

/* A body under way. */
struct body {
    struct buf bytes;
    struct load_request *request; /* its holes are noted there */
    const struct load_request_options *options;
    unsigned item;
};

static void put_hole(struct body *body, load_hole_kind kind, const char *text)
{
    struct load_request *request = body->request;
    assert(request->hole_count < LOAD_HOLES_MAX);
    request->holes[request->hole_count++] = (struct load_hole){body->bytes.len, kind, body->item};
    buf_put_text(&body->bytes, text);
}

static void put_data(struct body *body)
{
    if (body->options->is_random) put_hole(body, LOAD_HOLE_DATA, "");
    for (size_t i = 0; i < body->request->data_bytes; i++)
        buf_put_u8(&body->bytes, (uint8_t)('a' + i % 26));
}

/* What a character stands for, if it does. */
static const struct mark {
    char character;
    load_hole_kind kind;
    const char *text; /* as wide as what will be there */
} marks[] = {
    {'@', LOAD_HOLE_PARTITION, "0000000"   },
    {'%', LOAD_HOLE_SORT,      "0"         },
    {'#', LOAD_HOLE_RANDOM,    "0000000"   },
    {'$', LOAD_HOLE_GROUP,     "0000000"   },
    {'^', LOAD_HOLE_EXPIRES,   "0000000000"},
};

static const struct mark *find_mark(char character)
{
    for (size_t i = 0; i < ARRAY_COUNT(marks); i++)
        if (marks[i].character == character) return &marks[i];
    return NULL;
}

static void put_filled(struct body *body, const char *text)
{
    for (const char *at = text; *at != 0; at++) {
        const struct mark *mark = find_mark(*at);
        if (mark != NULL) {
            put_hole(body, mark->kind, mark->text);
        } else if (*at == '&') {
            put_data(body);
        } else if (*at == '!') {
            buf_put_text(&body->bytes, body->options->name);
        } else {
            buf_put_u8(&body->bytes, (uint8_t)*at);
        }
    }
}

static void put_body(struct body *body, const struct template *template)
{
    put_filled(body, template->head);
    for (; body->item < template->items; body->item++) {
        if (body->item > 0) buf_put_u8(&body->bytes, ',');
        put_filled(body, template->each);
    }
    put_filled(body, template->tail);
}

static void put_head(struct buf *bytes, const char *target, size_t body_bytes)
{
    buf_printf(bytes,
               "POST / HTTP/1.1\r\n"
               "Host: 127.0.0.1\r\n"
               "Content-Type: application/x-amz-json-1.0\r\n"
               "X-Amz-Target: %s%s\r\n"
               "X-Amz-Date: 20250101T000000Z\r\n"
               "Authorization: AWS4-HMAC-SHA256 Credential=bench/20250101/us-east-1/dynamodb/"
               "aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00\r\n"
               "Content-Length: %zu\r\n\r\n",
               strchr(target, '.') == NULL ? "DynamoDB_20120810." : "", target, body_bytes);
}

bool load_request_init(struct load_request *request, load_op op,
                       const struct load_request_options *options)
{
    const struct template *template = &templates[op];
    struct body body = {.request = request, .options = options};
    *request = (struct load_request){
        .items = template->items, .is_fresh = op == LOAD_MIXED_EXPIRING, .life_s = options->life_s};
    if (options->item_bytes > ITEM_OVERHEAD_BYTES)
        request->data_bytes = options->item_bytes - ITEM_OVERHEAD_BYTES;
    buf_init(&body.bytes, mem_heap(), REQUEST_BYTES_MAX);
    put_body(&body, template);

    buf_init(&request->bytes, mem_heap(), REQUEST_BYTES_MAX);
    put_head(&request->bytes, template->target, body.bytes.len);
    for (size_t i = 0; i < request->hole_count; i++) request->holes[i].at += request->bytes.len;
    buf_put(&request->bytes, buf_view(&body.bytes));
    const bool is_whole = buf_status(&body.bytes) == ST_OK && buf_status(&request->bytes) == ST_OK;
    buf_deinit(&body.bytes);
    if (!is_whole) load_request_deinit(request);
    return is_whole;
}

void load_request_deinit(struct load_request *request)
{
    buf_deinit(&request->bytes);
}

/* ---- aiming */

static void put_digits(uint8_t *bytes, size_t count, uint64_t number)
{
    for (size_t i = count; i > 0; i--) {
        bytes[i - 1] = (uint8_t)('0' + number % 10);
        number /= 10;
    }
}

/* Six bits of every byte of randomness choose one of 64 characters that JSON need not escape. */
static void put_noise(uint8_t *bytes, size_t count, uint64_t state)
{
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < count; i += sizeof state) {
        uint64_t word = load_random_next(&state);
        for (size_t k = i; k < count && k < i + sizeof state; k++, word >>= 8)
            bytes[k] = (uint8_t)characters[word & 63];
    }
}

static void fill(const struct load_request *request, const struct load_hole *hole, uint64_t item,
                 uint64_t random)
{
    uint8_t *bytes = request->bytes.ptr + hole->at;
    switch (hole->kind) {
    case LOAD_HOLE_PARTITION:
        put_digits(bytes, DIGITS, item / 10);
        return;
    case LOAD_HOLE_SORT:
        bytes[0] = (uint8_t)('0' + item % 10);
        return;
    case LOAD_HOLE_RANDOM:
        put_digits(bytes, DIGITS, random);
        return;
    case LOAD_HOLE_GROUP:
        put_digits(bytes, DIGITS, random % LOAD_GROUPS);
        return;
    case LOAD_HOLE_EXPIRES:
        put_digits(bytes, TIME_DIGITS, (uint64_t)time(NULL) + request->life_s);
        return;
    case LOAD_HOLE_DATA:
        put_noise(bytes, request->data_bytes, random);
        return;
    }
}

void load_request_aim(struct load_request *request, uint64_t n, uint64_t random)
{
    for (size_t i = 0; i < request->hole_count; i++) {
        const struct load_hole *hole = &request->holes[i];
        fill(request, hole, n + hole->item, load_random_next(&random));
    }
}
