/* load_request.c -- see load_request.h. In the bodies '@' stands for the digits of the partition,
 * '%' for that of the sort key, '&' for the long string and '!' for the table's name. */
#include "load_request.h"

#include <assert.h>
#include <string.h>

enum { PK_DIGITS = 7, REQUEST_BYTES_MAX = 1 << 20, ITEM_OVERHEAD_BYTES = 22 };

struct template
{
    const char *target;
    const char *body;
};

/* clang-format off */
#define KEY "{\"pk\":{\"S\":\"p@\"},\"sk\":{\"N\":\"%\"}}"
#define ITEM \
    "{\"pk\":{\"S\":\"p@\"},\"sk\":{\"N\":\"%\"},\"n\":{\"N\":\"0\"},\"data\":{\"S\":\"&\"}}"
#define PUT {"PutItem", "{\"TableName\":\"!\",\"Item\":" ITEM "}"}
#define GET {"GetItem", "{\"TableName\":\"!\",\"Key\":" KEY "}"}

static const struct template templates[] = {
    [LOAD_CREATE] = {
        "CreateTable",
        "{\"TableName\":\"!\",\"BillingMode\":\"PAY_PER_REQUEST\","
        "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
        "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],"
        "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"
        "{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"}]}"},
    [LOAD_DESCRIBE] = {"DescribeTable", "{\"TableName\":\"!\"}"},
    [LOAD_LOAD] = PUT,
    [LOAD_PUT] = PUT,
    [LOAD_GET] = GET,
    [LOAD_FIXED] = GET,
    [LOAD_UPDATE] = {
        "UpdateItem",
        "{\"TableName\":\"!\",\"Key\":" KEY ","
        "\"UpdateExpression\":\"SET n = n + :one\","
        "\"ConditionExpression\":\"attribute_exists(pk) AND n >= :zero\","
        "\"ExpressionAttributeValues\":{\":one\":{\"N\":\"1\"},\":zero\":{\"N\":\"0\"}}}"},
    [LOAD_QUERY] = {
        "Query",
        "{\"TableName\":\"!\",\"KeyConditionExpression\":\"pk = :pk\","
        "\"ExpressionAttributeValues\":{\":pk\":{\"S\":\"p@\"}}}"},
};
/* clang-format on */

struct holes {
    const char *table;
    size_t data_bytes;
    size_t pk_at;
    size_t sk_at;
};

static void put_filled(struct buf *body, const char *text, struct holes *holes)
{
    for (const char *at = text; *at != 0; at++) {
        switch (*at) {
        case '@':
            holes->pk_at = body->len;
            buf_put(body, SPAN("0000000"));
            break;
        case '%':
            holes->sk_at = body->len;
            buf_put_u8(body, '0');
            break;
        case '&':
            for (size_t i = 0; i < holes->data_bytes; i++)
                buf_put_u8(body, (uint8_t)('a' + i % 26));
            break;
        case '!':
            buf_put_text(body, holes->table);
            break;
        default:
            buf_put_u8(body, (uint8_t)*at);
            break;
        }
    }
}

static void put_head(struct buf *bytes, const char *target, size_t body_bytes)
{
    buf_printf(bytes,
               "POST / HTTP/1.1\r\n"
               "Host: 127.0.0.1\r\n"
               "Content-Type: application/x-amz-json-1.0\r\n"
               "X-Amz-Target: DynamoDB_20120810.%s\r\n"
               "X-Amz-Date: 20250101T000000Z\r\n"
               "Authorization: AWS4-HMAC-SHA256 Credential=bench/20250101/us-east-1/dynamodb/"
               "aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00\r\n"
               "Content-Length: %zu\r\n\r\n",
               target, body_bytes);
}

bool load_request_init(struct load_request *request, load_op op, const char *table,
                       size_t item_bytes)
{
    const size_t data_bytes =
        item_bytes > ITEM_OVERHEAD_BYTES ? item_bytes - ITEM_OVERHEAD_BYTES : 0;
    struct holes holes = {.table = table, .data_bytes = data_bytes};
    struct buf body;
    buf_init(&body, mem_heap(), REQUEST_BYTES_MAX);
    put_filled(&body, templates[op].body, &holes);

    *request = (struct load_request){0};
    buf_init(&request->bytes, mem_heap(), REQUEST_BYTES_MAX);
    put_head(&request->bytes, templates[op].target, body.len);
    if (holes.pk_at > 0) request->pk_at = request->bytes.len + holes.pk_at;
    if (holes.sk_at > 0) request->sk_at = request->bytes.len + holes.sk_at;
    buf_put(&request->bytes, buf_view(&body));
    const bool is_whole = buf_status(&body) == ST_OK && buf_status(&request->bytes) == ST_OK;
    buf_deinit(&body);
    if (!is_whole) load_request_deinit(request);
    return is_whole;
}

void load_request_deinit(struct load_request *request)
{
    buf_deinit(&request->bytes);
}

void load_request_aim(struct load_request *request, uint64_t n)
{
    uint8_t *bytes = request->bytes.ptr;
    if (request->sk_at > 0) bytes[request->sk_at] = (uint8_t)('0' + n % 10);
    if (request->pk_at == 0) return;
    uint64_t partition = n / 10;
    for (size_t i = PK_DIGITS; i > 0; i--) {
        bytes[request->pk_at + i - 1] = (uint8_t)('0' + partition % 10);
        partition /= 10;
    }
}
