/* limits.h -- every limit of Stator, in one place. docs/limits.md shows them with their cases.
 *
 * Names say what is counted and end in its unit. Numbers without another source are those of the
 * DynamoDB developer guide, "Service, account, and table quotas" and "Constraints". Sentences that
 * DynamoDB says when a limit is passed stand beside the check that says them.
 */
#ifndef STATOR_BASE_LIMITS_H
#define STATOR_BASE_LIMITS_H

enum {
    /* Items */
    LIMIT_ITEM_BYTES = 400 * 1024, /* also of an item and its entries in local indexes together */
    LIMIT_NESTING = 32,            /* levels of list and map within an attribute value */
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
    LIMIT_PLACEHOLDER_BYTES = 255,              /* #name and :value, sign included */
    LIMIT_SUBSTITUTION_BYTES = 2 * 1024 * 1024, /* all names and values of a request, with theirs */
    LIMIT_EXPRESSION_TREE_BYTES = 1024 * 1024,  /* an expression with its names and values in place:
                                                 * not documented, but DynamoDB Local's as well */
    LIMIT_LEGACY_OPERANDS = 60000, /* of Expected, AttributeUpdates, …: every attribute counted
                                    * twice, and the values; code counts in 16 bits. DynamoDB states
                                    * no limit */

    /* Statements of PartiQL */
    LIMIT_STATEMENT_BYTES = 8192,
    LIMIT_STATEMENT_DEPTH = 128, /* open parentheses, calls and brackets: Stator's own */
    LIMIT_STATEMENT_READS = 50,  /* Queries that one SELECT may need: IN lists and OR */

    LIMIT_LITERAL_DEPTH = 256, /* and, or, not of a condition of C, however its own limit is set */

    /* Tables */
    LIMIT_TABLE_NAME_BYTES_MIN = 3,
    LIMIT_TABLE_NAME_BYTES = 255,
    LIMIT_TTL_NAME_CHARACTERS = 255, /* the attribute that time to live goes by */
    LIMIT_TAGS = 50,
    LIMIT_TAG_KEY_CHARACTERS = 128,
    LIMIT_TAG_VALUE_CHARACTERS = 256,
    LIMIT_GLOBAL_INDEXES = 20,
    LIMIT_LOCAL_INDEXES = 5,
    LIMIT_INDEX_NAME_BYTES_MIN = 3,
    LIMIT_INDEX_NAME_BYTES = 255,
    LIMIT_KEY_ATTRIBUTES = 2,     /* of a table or local index: HASH and RANGE */
    LIMIT_INDEX_KEY_PARTS = 4,    /* of a global index: HASH, and as many RANGE */
    LIMIT_INDEX_INCLUDED = 20,    /* NonKeyAttributes of one index */
    LIMIT_INDEXES_INCLUDED = 100, /* of all indexes of a table */
    LIMIT_COLLECTION_GB = 10,     /* items of one partition key and their entries in local indexes;
                                   * tables without a local index have no such limit */
    LIMIT_VECTOR_INDEXES = 20,    /* of a table: Stator's own */
    LIMIT_VECTOR_DIMENSIONS = 4096,
    LIMIT_VECTOR_TOP = 10000,       /* items that a search of one may ask for: Stator's own */
    LIMIT_SCHEMAS = 50,             /* partition schemas of a table: Stator's own, as these */
    LIMIT_SCHEMA_ATTRIBUTES = 1000, /* of all of them */
    LIMIT_SCHEMA_PREFIX_BYTES = 255,
    LIMIT_SCHEMA_DESCRIPTION_BYTES = 1024,
    LIMIT_TABLE_ARN_BYTES = 1024, /* what TableName may hold: a name or an ARN */
    LIMIT_REGION_BYTES = 63,      /* a label of a host name: regions are parts of those */
    LIMIT_ACCOUNT_BYTES = 12,     /* digits of an account's number */
    LIMIT_SPACE_BYTES = LIMIT_ACCOUNT_BYTES + 1 + LIMIT_REGION_BYTES,

    LIMIT_STREAM_SHARDS = 256,   /* of a stream, open at a time: Stator's own */
    LIMIT_STREAM_RECORDS = 1000, /* of one GetRecords */
    LIMIT_STREAM_ARN_BYTES = 1024,
    LIMIT_SHARD_ID_BYTES_MIN = 28,
    LIMIT_SHARD_ID_BYTES = 65,
    LIMIT_SEQUENCE_NUMBER_BYTES_MIN = 21,
    LIMIT_SEQUENCE_NUMBER_BYTES = 40,
    LIMIT_ITERATOR_BYTES = 2048,
    LIMIT_ITERATOR_MS = 15 * 60 * 1000,
    LIMIT_LISTED_STREAMS = 100,            /* or shards */
    LIMIT_STREAM_READ_BYTES = 1024 * 1024, /* of records in one GetRecords */

    LIMIT_INDEX_LAG_MS = 10 * 60 * 1000, /* of global indexes (--gsi-lag): Stator's own */

    /* Requests */
    LIMIT_BODY_BYTES = 16 * 1024 * 1024,
    LIMIT_PAGE_BYTES = 1024 * 1024, /* Query and Scan, measured before the filter */
    LIMIT_SEGMENTS = 1000000,
    LIMIT_LISTED_TABLES = 100,
    LIMIT_ATTRIBUTES_TO_GET = 255,
    LIMIT_BATCH_GETS = 100,
    LIMIT_BATCH_GET_BYTES = 16 * 1024 * 1024,      /* items read; the rest is UnprocessedKeys */
    LIMIT_BATCH_GET_PARTITION_BYTES = 1024 * 1024, /* likewise, of one partition key */
    LIMIT_BATCH_WRITES = 25,
    LIMIT_BATCH_STATEMENTS = 25,
    LIMIT_NEXT_TOKEN_BYTES = 32768,
    LIMIT_TRANSACTION_ITEMS = 100,
    LIMIT_TRANSACTION_BYTES = 4 * 1024 * 1024, /* items and keys of the request, or items read */
    LIMIT_TOKEN_BYTES = 36,                    /* ClientRequestToken */
    LIMIT_EXPLANATION_BYTES = 3072, /* x-stator-explanation, Stator's own: with all other headers
                                     * below 4 KB, the smallest that proxies give a head */
    LIMIT_JSON_DEPTH = 80, /* 32 nested values are two JSON levels each, and a request around */

    /* HTTP */
    LIMIT_HTTP_HEADERS = 100,           /* of one request */
    LIMIT_HTTP_HEAD_BYTES = 64 * 1024,  /* request line and headers, unless set otherwise */
    LIMIT_HTTP_REPLY_HEADERS = 16,      /* that a handler may add */
    LIMIT_HTTP_REPLY_BYTES = 112 << 20, /* 16 MiB of a batch, every byte escaped, and to spare */
    LIMIT_HTTP_LISTENERS = 8,           /* addresses of one host name, and a unix socket */
    LIMIT_HTTP_LOOPS = 256,
    LIMIT_UNIX_PATH_BYTES = 107, /* sun_path, without its NUL */

    /* Signatures */
    LIMIT_CANONICAL_BYTES = 512 * 1024, /* a head's query, each byte encoded, and its headers */
    LIMIT_SECRET_KEY_BYTES = 1024,      /* AWS's have 40 */
    LIMIT_PRESIGNED_SECONDS = 604800,   /* seven days: IAM User Guide, X-Amz-Expires */

    /* The client */
    LIMIT_PROFILE_FILE_BYTES = 1024 * 1024, /* AWS's shared files, each */
    LIMIT_HOST_BYTES = 253,                 /* RFC 1035 2.3.4, written out */
    LIMIT_CLIENT_CONNECTIONS = 1024,        /* kept open between calls */

    /* Memory of one request: its body as items, an update's result, a page of reply. */
    LIMIT_REQUEST_ARENA_BYTES = 96 * 1024 * 1024,
};

/* Units of a table or index; beyond an enum. */
#define LIMIT_CAPACITY_UNITS 1000000000000LL

#endif
