/* fixture.h -- an api over an engine in memory, and one request after the other sent to it.
 *
 *     struct fixture f;
 *     fixture_open(&f);
 *     assert_done(&f, TARGET("ListTables"), "{}", "{\"TableNames\":[]}");
 *     fixture_close(&f);
 */
#ifndef STATOR_TESTS_API_FIXTURE_H
#define STATOR_TESTS_API_FIXTURE_H

#include "api/api.h"
#include "engine/engine.h"
#include "os/cond.h"
#include "store/store.h"
#include "support/support.h"

struct fixture {
    struct arena arena;
    struct error err;
    const struct os *os;
    struct store *store;
    struct engine *engine;
    struct api *api;
};

void fixture_open(struct fixture *f);
void fixture_open_limited(struct fixture *f, uint64_t collection_bytes_max);
/* By the clock of `os`; streams have so many shards. */
void fixture_open_on(struct fixture *f, const struct os *os, uint32_t stream_shards);
/* Close the engine and open it again over the same store, with so many shards. */
void fixture_reopen(struct fixture *f, uint32_t stream_shards);
void fixture_close(struct fixture *f);
void fixture_drop(struct fixture *f); /* as fixture_close, while another is still open */

/* ---- one request */

/* What a test says of it; the rest is as a good client sends it. */
struct request {
    const char *method, *path, *query, *target, *content_type, *authorization, *date, *origin;
    const char *cors_headers, *cors_method, *body;
};

#define SIGNED                                                                                     \
    "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/dynamodb/aws4_request, "                     \
    "SignedHeaders=host;x-amz-date, Signature=00"
#define NONE "\1" /* send no such header */

struct exchange {
    struct api_call call;
    struct arena arena;
    struct buf reply;
    struct mutex lock;
    struct cond woken;
    bool resumed;
    bool finished;
};

void exchange_begin(struct exchange *x, const struct request *r);
/* Send it and wait for the end. */
void exchange_run(struct exchange *x, struct fixture *f);
void exchange_end(struct exchange *x);

void assert_reply(struct fixture *f, const struct request *r, int http_status, const char *body);

/* An operation that answers 200. */
void assert_done(struct fixture *f, const char *target, const char *body, const char *reply);

#define TARGET(name) "DynamoDB_20120810." name
#define STREAMS_TARGET(name) "DynamoDBStreams_20120810." name
#define CORAL(type) "{\"__type\":\"com.amazon.coral.service#" type "\"}"
#define CORAL_SAYS(type, key, text)                                                                \
    "{\"__type\":\"com.amazon.coral.service#" type "\",\"" key "\":\"" text "\"}"
#define INVALID(text)                                                                              \
    "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"" text "\"}"

/* ---- tables */

#define MAKE_TABLE                                                                                 \
    "{\"TableName\":\"music\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\","                \
    "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"   \
    "\"BillingMode\":\"PAY_PER_REQUEST\"}"
#define ITEM "{\"n\":{\"N\":\"1\"},\"pk\":{\"S\":\"a\"}}"

/* The table music: pk. */
void make_table(struct fixture *f);

/* The table notes: pk, sk; with a local index, by-n, and a global one, by-g. */
void make_indexed_table(struct fixture *f);

#endif
