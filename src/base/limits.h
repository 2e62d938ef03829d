/* limits.h -- every limit of Stator, in one place.
 *
 * Names say what is counted and end in its unit. Numbers without another source are those of the
 * DynamoDB developer guide, "Service, account, and table quotas" and "Constraints". Sentences that
 * DynamoDB says when a limit is passed stand beside the check that says them.
 */
#ifndef STATOR_BASE_LIMITS_H
#define STATOR_BASE_LIMITS_H

enum {
    /* Items */
    LIMIT_ITEM_BYTES = 400 * 1024,
    LIMIT_NESTING = 32, /* levels of list and map within an attribute value */
    LIMIT_PARTITION_KEY_BYTES = 2048,
    LIMIT_SORT_KEY_BYTES = 1024,
    LIMIT_NAME_BYTES = 65535,   /* an attribute name */
    LIMIT_KEY_NAME_BYTES = 255, /* the name of a key attribute */
    LIMIT_NUMBER_DIGITS = 38,
    LIMIT_NUMBER_EXPONENT_MAX = 125,  /* 9.99…E+125 */
    LIMIT_NUMBER_EXPONENT_MIN = -130, /* 1E-130 */

    /* Expressions */
    LIMIT_EXPRESSION_BYTES = 4096,
    LIMIT_EXPRESSION_OPERATORS = 300,
    LIMIT_IN_OPERANDS = 100,
    LIMIT_PATH_DEPTH = 32,
    LIMIT_PLACEHOLDER_BYTES = 255, /* #name and :value, sign included */
    LIMIT_LEGACY_OPERANDS = 60000, /* names and values of Expected, AttributeUpdates, … together:
                                    * code counts them in 16 bits; DynamoDB states no limit */

    LIMIT_LITERAL_DEPTH = 256, /* and, or, not of a condition of C, however its own limit is set */

    /* Tables */
    LIMIT_TABLE_NAME_BYTES_MIN = 3,
    LIMIT_TABLE_NAME_BYTES = 255,
    LIMIT_TAGS = 50,
    LIMIT_TAG_KEY_CHARACTERS = 128,
    LIMIT_TAG_VALUE_CHARACTERS = 256,
    LIMIT_GLOBAL_INDEXES = 20,
    LIMIT_LOCAL_INDEXES = 5,
    LIMIT_INDEX_NAME_BYTES_MIN = 3,
    LIMIT_INDEX_NAME_BYTES = 255,
    LIMIT_INDEX_INCLUDED = 20,    /* NonKeyAttributes of one index */
    LIMIT_INDEXES_INCLUDED = 100, /* of all indexes of a table */
    LIMIT_TABLE_ARN_BYTES = 1024, /* what TableName may hold: a name or an ARN */

    /* Requests */
    LIMIT_BODY_BYTES = 16 * 1024 * 1024,
    LIMIT_PAGE_BYTES = 1024 * 1024, /* Query and Scan, measured before the filter */
    LIMIT_SEGMENTS = 1000000,
    LIMIT_BATCH_GETS = 100,
    LIMIT_BATCH_GET_BYTES = 16 * 1024 * 1024, /* items read; the rest is UnprocessedKeys */
    LIMIT_BATCH_WRITES = 25,
    LIMIT_TRANSACTION_ITEMS = 100,
    LIMIT_TRANSACTION_BYTES = 4 * 1024 * 1024, /* items and keys of the request, or items read */
    LIMIT_TOKEN_BYTES = 36,                    /* ClientRequestToken */
    LIMIT_JSON_DEPTH = 80, /* 32 nested values are two JSON levels each, and a request around */

    /* HTTP */
    LIMIT_HTTP_HEADERS = 100,           /* of one request */
    LIMIT_HTTP_HEAD_BYTES = 64 * 1024,  /* request line and headers, unless set otherwise */
    LIMIT_HTTP_REPLY_HEADERS = 16,      /* that a handler may add */
    LIMIT_HTTP_REPLY_BYTES = 112 << 20, /* 16 MiB of a batch, every byte escaped, and to spare */
    LIMIT_HTTP_LISTENERS = 8,           /* addresses of one host name, and a unix socket */
    LIMIT_HTTP_LOOPS = 256,
    LIMIT_UNIX_PATH_BYTES = 107, /* sun_path, without its NUL */

    /* Memory of one request: its body as items, an update's result, a page of reply. */
    LIMIT_REQUEST_ARENA_BYTES = 96 * 1024 * 1024,
};

#endif
