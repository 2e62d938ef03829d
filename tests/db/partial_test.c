/* partial_test.c -- replies that are not whole, slow, or refuse for now: from a server that does
 * what the test tells it (client/script.h).
 *
 * Pauses are the hook's: they are noted, and take no time. Names that begin with Test… are those
 * that such tests have elsewhere.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "client/script.h"
#include "db/place.h"

enum { PAUSES_MAX = 40 };

struct heard {
    int64_t pauses[PAUSES_MAX];
    int pause_count;
    int retries, finishes;
    stator_event last_retry, last_finish;
    char ops[200]; /* of on_finish */
    int levels[4];
};

static struct script *script;
static stator *db;
static struct heard heard;

/* ---- hooks */

static void note_pause(void *ud, int64_t us)
{
    struct heard *h = ud;
    if (h->pause_count < PAUSES_MAX) h->pauses[h->pause_count++] = us;
}

static void note_retry(void *ud, const stator_event *event)
{
    struct heard *h = ud;
    h->retries++;
    h->last_retry = *event;
    assert_non_null(event->error);
}

static void note_finish(void *ud, const stator_event *event)
{
    struct heard *h = ud;
    h->finishes++;
    h->last_finish = *event;
    (void)strncat(h->ops, event->op, sizeof h->ops - strlen(h->ops) - 1);
    (void)strncat(h->ops, " ", sizeof h->ops - strlen(h->ops) - 1);
}

static void note_log(void *ud, int level, const char *message, const stator_event *event)
{
    struct heard *h = ud;
    assert_non_null(message);
    assert_non_null(event);
    h->levels[level]++;
}

static uint64_t middle(void *ud)
{
    (void)ud;
    return UINT64_MAX / 2; /* no jitter */
}

static const stator_hooks hooks = {
    .ud = &heard,
    .on_retry = note_retry,
    .on_finish = note_finish,
    .log = note_log,
    .sleep_us = note_pause,
    .random = middle,
};

static void begin(const struct script_step *steps, size_t count, stator_options options)
{
    heard = (struct heard){.pause_count = 0};
    script = script_start(&(struct script_options){.unix_path = NULL}, steps, count);
    options.size = sizeof options;
    if (options.hooks == NULL) options.hooks = &hooks;
    place_rc(stator_open(script_url(script), &options, &db), STATOR_OK);
}
#define BEGIN(...) begin(steps, ARRAY_COUNT(steps), (stator_options){__VA_ARGS__})

static void end(size_t requests)
{
    assert_int_equal(script_requests(script), requests);
    stator_close(db);
    script_stop(script);
    place_end();
}

static void check_body(size_t request, const char *expected)
{
    const struct script_request seen = script_request(script, request);
    support_assert_text(seen.body, expected);
}

/* Within 1 us: pauses are counted in nanoseconds. */
static void check_pauses(const int64_t *expected, int count)
{
    assert_int_equal(heard.pause_count, count);
    for (int i = 0; i < count; i++)
        assert_in_range(heard.pauses[i], expected[i] - 2000, expected[i] + 2000);
}

/* ---- batch get */

#define K(n) "{\"id\":{\"S\":\"" n "\"}}"
#define ITEM(n) "{\"id\":{\"S\":\"" n "\"},\"v\":{\"S\":\"" n "\"}}"
#define UNPROCESSED(keys) "\"UnprocessedKeys\":{\"t\":{\"Keys\":[" keys "]}}"
#define RESPONSES(items) "\"Responses\":{\"t\":[" items "]}"

static stator_attr attrs[10];
static stator_val keys[10];

static void make_keys(void)
{
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    for (size_t i = 0; i < 10; i++) {
        attrs[i] = (stator_attr){"id", stator_s(names[i])};
        keys[i] = stator_map(&attrs[i], 1);
    }
}

static void check_value(const stator_result *r, size_t i, const char *expected)
{
    const char *v = stator_str(stator_result_item(r, i), "v");
    assert_int_equal(stator_result_unread(r, i), expected == NULL);
    if (expected != NULL) assert_string_equal(v, expected);
}

static void TestExecuteBatchGetRetriesUnprocessedKeys(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES(ITEM("1")) "," UNPROCESSED(K("2") "," K("0")) "}"},
        {.body = "{" RESPONSES(ITEM("0")) "," UNPROCESSED(K("2")) "}"},
        {.body = "{" RESPONSES(ITEM("2")) "}"},
    };
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    place_rc(stator_batch_get(db, "t", &r, keys, 3), STATOR_OK);
    check_value(r, 0, "0");
    check_value(r, 1, "1");
    check_value(r, 2, "2");
    stator_result_free(r);
    check_pauses((const int64_t[]){100000, 200000}, 2);
    check_body(0, "{\"RequestItems\":{\"t\":{\"Keys\":[" K("0") "," K("1") "," K("2") "]}}}");
    check_body(1, "{\"RequestItems\":{\"t\":{\"Keys\":[" K("2") "," K("0") "]}}}");
    end(3);
}

static void TestExecuteBatchGetExhaustsRetries(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES(ITEM("1")) "," UNPROCESSED(K("2") "," K("0")) "}"},
        {.body = "{" RESPONSES(ITEM("0")) "," UNPROCESSED(K("2")) "}"},
        {.body = "{" RESPONSES("") "," UNPROCESSED(K("2")) "}"},
    };
    static const stator_retry twice = {2, 1000, 5000, 2.0, 0};
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    place_rc(stator_batch_get(db, "t", &r, keys, 3, .retry = &twice), STATOR_PARTIAL);
    check_value(r, 0, "0");
    check_value(r, 1, "1");
    check_value(r, 2, NULL);
    stator_result_free(r);
    end(3);
}

static void TestExecuteBatchGetHonorsNilRetryPolicy(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES(ITEM("1")) "," UNPROCESSED(K("0")) "}"},
    };
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    place_rc(stator_batch_get(db, "t", &r, keys, 2, .retry = &STATOR_RETRY_NONE), STATOR_PARTIAL);
    check_value(r, 0, NULL);
    check_value(r, 1, "1");
    stator_result_free(r);
    check_pauses(NULL, 0);
    end(1);
}

static void test_batch_get__a_position_of_a_repeated_key_is_unread_as_well(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES(ITEM("1")) "," UNPROCESSED(K("0")) "}"},
    };
    stator_result *r = NULL;
    make_keys();
    const stator_val four[] = {keys[0], keys[1], keys[0], keys[1]};
    BEGIN(.size = 0);
    place_rc(stator_batch_get(db, "t", &r, four, 4, .retry = &STATOR_RETRY_NONE), STATOR_PARTIAL);
    check_value(r, 0, NULL);
    check_value(r, 1, "1");
    check_value(r, 2, NULL);
    check_value(r, 3, "1");
    stator_result_free(r);
    end(1);
}

/* Consistency and projection stand in every request, with the key's names in the projection. */
static void TestQuery_BatchGetWithOptions_ChunksAndOrder(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES(ITEM("3") "," ITEM("1")) "}"},
        {.body = "{" RESPONSES(ITEM("0")) "}"},
    };
    stator_result *r = NULL;
    make_keys();
    const stator_val three[] = {keys[1], keys[3], keys[0]};
    BEGIN(.size = 0);
    place_rc(stator_batch_get(db, "t", &r, three, 3, .chunk = 2, .consistent = true, .select = "v"),
             STATOR_OK);
    check_value(r, 0, "1");
    check_value(r, 1, "3");
    check_value(r, 2, "0");
    stator_result_free(r);
    check_body(0, "{\"RequestItems\":{\"t\":{\"ConsistentRead\":true,\"Keys\":[" K("1") "," K(
                      "3") "],\"ProjectionExpression\":\"v, id\"}}}");
    check_body(1, "{\"RequestItems\":{\"t\":{\"ConsistentRead\":true,\"Keys\":[" K(
                      "0") "],\"ProjectionExpression\":\"v, id\"}}}");
    end(2);
}

struct chunk_errors {
    int count;
    size_t first[4];
    char codes[4][60];
};

static stator_rc go_on(void *ud, size_t first, size_t n, const stator_error *error)
{
    struct chunk_errors *errors = ud;
    assert_int_equal(n, 1);
    (void)snprintf(errors->codes[errors->count], 60, "%s", error->code);
    errors->first[errors->count++] = first;
    return STATOR_OK;
}

#define NOT_VALID "{\"__type\":\"x#ValidationException\",\"message\":\"no\"}"

static void TestQuery_BatchGetWithOptions_OnChunkError(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES(ITEM("0")) "}"},
        {.http_status = 400,                   .body = NOT_VALID},
        {.body = "{" RESPONSES(ITEM("2")) "}"                                   },
    };
    struct chunk_errors errors = {.count = 0};
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    place_rc(
        stator_batch_get(db, "t", &r, keys, 3, .chunk = 1, .ud = &errors, .on_chunk_error = go_on),
        STATOR_PARTIAL);
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.first[0], 1);
    assert_string_equal(errors.codes[0], "ValidationException");
    check_value(r, 0, "0");
    check_value(r, 1, NULL);
    check_value(r, 2, "2");
    stator_result_free(r);
    end(3);
}

/* Five requests with three at once: three connections. */
static void TestQuery_BatchGetWithOptions_ParallelRespectsConcurrency(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES("") "}", .delay_ms = 60},
        {.body = "{" RESPONSES("") "}", .delay_ms = 60},
        {.body = "{" RESPONSES("") "}", .delay_ms = 60},
        {.body = "{" RESPONSES("") "}", .delay_ms = 60},
        {.body = "{" RESPONSES("") "}", .delay_ms = 60},
        {.body = "{" RESPONSES("") "}", .delay_ms = 60},
        {.body = "{" RESPONSES("") "}", .delay_ms = 60},
    };
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    place_rc(stator_batch_get(db, "t", &r, keys, 7, .chunk = 1, .parallel = 3), STATOR_OK);
    for (size_t i = 0; i < 7; i++) assert_null(stator_result_item(r, i));
    stator_result_free(r);
    unsigned last = 0;
    for (size_t i = 0; i < 7; i++) {
        const struct script_request seen = script_request(script, i);
        if (seen.connection > last) last = seen.connection;
    }
    assert_int_equal(last, 2);
    end(7);
}

static void test_batch_get__replies_that_cannot_be_are_told(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES(ITEM("9")) "}"},
        {.body = "{" RESPONSES("{\"v\":{\"S\":\"x\"}}") "}"},
        {.body = "{" UNPROCESSED(K("9")) "}"},
        {.body = "[]"},
        {.body = "{" RESPONSES("7") "}"},
    };
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        place_rc(stator_batch_get(db, "t", &r, keys, 2, .retry = &STATOR_RETRY_NONE),
                 STATOR_E_PROTOCOL);
        assert_null(r);
    }
    end(ARRAY_COUNT(steps));
}

/* What a broken server says of a page is not believed where it could do harm. */
static void test_page__replies_that_cannot_be_are_told(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{\"Items\":[" ITEM("1") "],\"Count\":1000,\"ScannedCount\":-1}"},
        {.body = "{\"Items\":[7],\"Count\":1}"},
        {.body = "{\"Items\":{},\"Count\":\"x\",\"LastEvaluatedKey\":{}}"},
        {.body = "{\"Count\":-5}"},
        {.body = "7"},
        {.body = "{\"Items\":[{\"id\":{\"Z\":1}}]}"},
    };
    static const stator_rc outcomes[] = {STATOR_OK, STATOR_E_PROTOCOL, STATOR_OK,
                                         STATOR_OK, STATOR_E_PROTOCOL, STATOR_E_PROTOCOL};
    BEGIN(.retry = &STATOR_RETRY_NONE);
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        stator_result *r = NULL;
        place_rc(stator_query(db, "t", &r, stator_eq("id", stator_s("1"))), outcomes[i]);
        assert_int_equal(stator_result_count(r), i == 0 ? 1 : 0);
        assert_null(stator_result_item(r, 1));
        assert_null(stator_result_token(r));
        stator_result_free(r);
    }
    end(ARRAY_COUNT(steps));
}

/* ---- batch write */

#define TABLE "{\"Table\":{\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}]}}"
#define PUT(n) "{\"PutRequest\":{\"Item\":" ITEM(n) "}}"
#define DELETE(n) "{\"DeleteRequest\":{\"Key\":" K(n) "}}"
#define LEFT(writes) "{\"UnprocessedItems\":{\"t\":[" writes "]}}"

static void put(stator_batch *batch, const char *id)
{
    place_rc(stator_batch_put(batch, "t", STATOR_M({"id", stator_s(id)}, {"v", stator_s(id)})),
             STATOR_OK);
}

static void test_batch__what_comes_back_is_sent_again(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = TABLE},
        {.body = LEFT(PUT("0") "," DELETE("3"))},
        {.body = LEFT(DELETE("3"))},
        {.body = "{\"UnprocessedItems\":{}}"},
    };
    stator_batch *batch = NULL;
    make_keys();
    BEGIN(.size = 0);
    place_rc(stator_batch_new(db, NULL, &batch), STATOR_OK);
    put(batch, "0");
    put(batch, "1");
    place_rc(stator_batch_delete(batch, "t", keys[3]), STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(stator_batch_left(batch), 0);
    check_body(1, "{\"RequestItems\":{\"t\":[" PUT("0") "," PUT("1") "," DELETE("3") "]}}");
    check_body(2, "{\"RequestItems\":{\"t\":[" PUT("0") "," DELETE("3") "]}}");
    check_body(3, "{\"RequestItems\":{\"t\":[" DELETE("3") "]}}");
    check_pauses((const int64_t[]){100000, 200000}, 2);
    stator_batch_free(batch);
    end(4);
}

static void test_batch__what_is_left_stays_held(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = TABLE},
        {.body = LEFT(PUT("1"))},
        {.body = "{}"},
    };
    const stator_batch_opts opts = {.size = sizeof opts, .retry = &STATOR_RETRY_NONE};
    stator_batch *batch = NULL;
    BEGIN(.size = 0);
    place_rc(stator_batch_new(db, &opts, &batch), STATOR_OK);
    put(batch, "0");
    put(batch, "1");
    place_rc(stator_batch_flush(batch), STATOR_PARTIAL);
    assert_int_equal(stator_batch_left(batch), 1);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(stator_batch_left(batch), 0);
    check_body(2, "{\"RequestItems\":{\"t\":[" PUT("1") "]}}");
    stator_batch_free(batch);
    end(3);
}

/* A full batch of which nothing could be written takes no more, and says so; it loses nothing. */
static void test_batch__without_room_refuses_more(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = TABLE},
        {.body = LEFT(PUT("0") "," PUT("1"))},
        {.body = LEFT(PUT("0") "," PUT("1"))},
        {.body = "{}"},
    };
    const stator_batch_opts opts = {.size = sizeof opts, .retry = &STATOR_RETRY_NONE, .chunk = 2};
    stator_batch *batch = NULL;
    BEGIN(.size = 0);
    place_rc(stator_batch_new(db, &opts, &batch), STATOR_OK);
    put(batch, "0");
    put(batch, "1");
    assert_int_equal(stator_batch_left(batch), 2);
    place_error(stator_batch_put(batch, "t", STATOR_M({"id", stator_s("2")})), STATOR_E_UNAVAILABLE,
                "2 writes are left over, and there is no room for more");
    place_rc(stator_batch_flush(batch), STATOR_OK);
    stator_batch_free(batch);
    end(4);
}

/* ---- transactions */

#define REASONS(list)                                                                              \
    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#TransactionCanceledException\",\"message\":"   \
    "\"m\",\"CancellationReasons\":[" list "]}"
#define NONE "{\"Code\":\"None\"}"
#define CONFLICT "{\"Code\":\"TransactionConflict\",\"Message\":\"c\"}"
#define REFUSED "{\"Code\":\"ConditionalCheckFailed\",\"Message\":\"r\"}"

static stator_tx *two_deletes(void)
{
    stator_tx *tx = stator_tx_new(db);
    stator_tx_delete(tx, "t", keys[0]);
    stator_tx_delete(tx, "t", keys[1]);
    return tx;
}

static void TestTransactionBuilderRetriesOnConflict(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.http_status = 400,                  .body = REASONS(NONE "," CONFLICT)},
        {.http_status = 400,                                   .body = REASONS(CONFLICT "," NONE)},
        {.body = "{}"},
    };
    make_keys();
    BEGIN(.size = 0);
    stator_tx *tx = two_deletes();
    place_rc(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    const struct script_request first = script_request(script, 0);
    const struct script_request last = script_request(script, 2);
    assert_true(span_eq(first.body, last.body)); /* the token as well */
    assert_int_equal(heard.retries, 2);
    assert_int_equal(heard.last_retry.rc, STATOR_E_TX_CANCELED);
    check_pauses((const int64_t[]){100000, 200000}, 2);
    end(3);
}

static void test_tx__reasons_that_do_not_pass_are_not_tried_again(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.http_status = 400, .body = REASONS(CONFLICT "," REFUSED)},
        {.http_status = 400, .body = REASONS(NONE "," CONFLICT)   },
    };
    const stator_cancel_reason *reasons = NULL;
    make_keys();
    BEGIN(.size = 0);
    stator_tx *tx = two_deletes();
    place_rc(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 1);
    assert_int_equal(stator_tx_reasons(tx, &reasons), 2);
    assert_string_equal(reasons[0].code, "TransactionConflict");
    assert_string_equal(reasons[0].message, "c");
    place_rc(stator_tx_commit(tx, &STATOR_RETRY_NONE), STATOR_E_TX_CANCELED);
    assert_int_equal(stator_error_get()->op_index, 1);
    assert_true(stator_error_get()->retryable);
    stator_tx_free(tx);
    end(2);
}

/* ---- retries, hooks, time */

#define THROTTLED "{\"__type\":\"x#ProvisionedThroughputExceededException\",\"message\":\"slow\"}"

static void test_retry__is_told_to_hooks(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.http_status = 400, .body = THROTTLED},
        {.http_status = 400,                  .body = THROTTLED},
        {.body = "{\"ConsumedCapacity\":{\"TableName\":\"t\",\"CapacityUnits\":2.5}}"},
    };
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    place_rc(stator_get(db, "t", &r, keys[0]), STATOR_NOT_FOUND);
    assert_int_equal(heard.retries, 2);
    assert_int_equal(heard.last_retry.rc, STATOR_E_THROTTLED);
    assert_int_equal(heard.last_retry.attempt, 2);
    assert_int_equal(heard.last_retry.delay_us, 200000);
    assert_int_equal(heard.finishes, 1);
    assert_string_equal(heard.last_finish.op, "GetItem");
    assert_string_equal(heard.last_finish.table, "t");
    assert_int_equal(heard.last_finish.rc, STATOR_OK);
    assert_null(heard.last_finish.error);
    assert_int_equal(heard.last_finish.attempt, 3);
    assert_true(heard.last_finish.capacity > 2.4 && heard.last_finish.capacity < 2.6);
    assert_int_equal(heard.levels[STATOR_LOG_WARN], 2);
    assert_int_equal(heard.levels[STATOR_LOG_ERROR], 0);
    end(3);
}

static void test_log__levels_say_how_bad_it_is(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.http_status = 400,
         .body = "{\"__type\":\"x#ConditionalCheckFailedException\",\"message\":\"m\"}"        },
        {.http_status = 400, .body = THROTTLED                                                 },
        {.http_status = 400, .body = "{\"__type\":\"x#ValidationException\",\"message\":\"m\"}"},
    };
    make_keys();
    BEGIN(.retry = &STATOR_RETRY_NONE);
    place_rc(stator_delete(db, "t", keys[0], .if_exists = true), STATOR_CONDITION_FAILED);
    assert_int_equal(heard.levels[STATOR_LOG_DEBUG], 1);
    place_rc(stator_delete(db, "t", keys[0]), STATOR_E_THROTTLED);
    assert_int_equal(heard.levels[STATOR_LOG_WARN], 1);
    assert_true(stator_error_get()->retryable);
    place_rc(stator_delete(db, "t", keys[0]), STATOR_E_INVALID);
    assert_int_equal(heard.levels[STATOR_LOG_ERROR], 1);
    assert_string_equal(stator_error_get()->request_id, "REQUEST2");
    end(3);
}

static void test_timeout__of_the_handle_and_of_a_call(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.kind = SCRIPT_HANG},
        {                  .kind = SCRIPT_HANG                  },
        { .http_status = 400,                   .body = THROTTLED}
    };
    stator_result *r = NULL;
    make_keys();
    BEGIN(.call_timeout_us = 60000, .retry = &STATOR_RETRY_NONE);
    place_rc(stator_get(db, "t", &r, keys[0]), STATOR_E_TIMEOUT);
    place_rc(stator_get(db, "t", &r, keys[0], .timeout_us = 30000), STATOR_E_TIMEOUT);
    place_rc(stator_get(db, "t", &r, keys[0], .retry = &STATOR_RETRY_DEFAULT),
             STATOR_E_THROTTLED); /* a pause of 100 ms would be too long */
    end(3);
}

/* A write without a guard whose reply was lost may have happened: it is not sent again. */
static void test_uncertain__writes_are_told_of(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.kind = SCRIPT_CLOSE}};
    make_keys();
    BEGIN(.size = 0);
    place_rc(stator_update(db, "t", keys[0], stator_add("n", stator_i(1))), STATOR_E_NETWORK);
    assert_true(stator_error_get()->uncertain);
    end(1);
}

/* ---- canceling */

static void *cancel_soon(void *ud)
{
    script_await(ud, 1);
    stator_cancel(db);
    return NULL;
}

static void test_cancel__ends_a_call_that_waits_for_its_reply(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.kind = SCRIPT_HANG}, {.body = "{}"}};
    pthread_t thread;
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, script), 0);
    place_rc(stator_get(db, "t", &r, keys[0]), STATOR_E_CANCELED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    place_rc(stator_get(db, "t", &r, keys[0]), STATOR_NOT_FOUND); /* later ones are not touched */
    end(2);
}

static void cancel_in_pause(void *ud, int64_t us)
{
    (void)us;
    (void)ud;
    pthread_t thread;
    static struct script *passed;
    passed = script;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, passed), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Chunks after the first are not asked for. */
static void test_cancel__ends_a_batch_in_its_pause(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{" RESPONSES("") "," UNPROCESSED(K("0")) "}"}, {.body = "{}"}};
    static const stator_hooks canceling = {.sleep_us = cancel_in_pause};
    stator_result *r = NULL;
    make_keys();
    BEGIN(.hooks = &canceling);
    place_rc(stator_batch_get(db, "t", &r, keys, 3, .chunk = 1), STATOR_E_CANCELED);
    assert_null(r);
    end(1);
}

static void cancel_at_three(void *ud, size_t done, size_t total)
{
    (void)ud;
    (void)total;
    if (done == 3) stator_cancel(db);
}

static void test_cancel__ends_a_batch_between_two_requests(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{}"}, {.body = "{}"}, {.body = "{}"}, {.body = "{}"}};
    stator_result *r = NULL;
    make_keys();
    BEGIN(.size = 0);
    place_rc(stator_batch_get(db, "t", &r, keys, 10, .chunk = 1, .on_progress = cancel_at_three),
             STATOR_E_CANCELED);
    end(3);
}

/* ---- requests as they are sent */

static void test_requests__of_tables(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.body = "{}"},
        {.body = "{\"Table\":{\"TableStatus\":\"CREATING\"}}"},
        {.body = "{\"Table\":{\"TableStatus\":\"ACTIVE\",\"GlobalSecondaryIndexes\":[{\"IndexStatus"
                 "\":\"CREATING\"}]}}"},
        {.body = "{\"Table\":{\"TableStatus\":\"ACTIVE\",\"GlobalSecondaryIndexes\":[{\"IndexStatus"
                 "\":\"ACTIVE\"}]}}"},
    };
    BEGIN(.table_prefix = "dev-");
    place_rc(stator_create_table(db, .name = "jobs", .key = "PK:S", .stream = "KEYS_ONLY",
                                 .indexes = STATOR_INDEXES({.name = "by-n", .key = "n:N"})),
             STATOR_OK);
    check_body(0, "{\"AttributeDefinitions\":[{\"AttributeName\":\"PK\",\"AttributeType\":\"S\"},"
                  "{\"AttributeName\":\"n\",\"AttributeType\":\"N\"}],\"BillingMode\":"
                  "\"PAY_PER_REQUEST\",\"GlobalSecondaryIndexes\":[{\"IndexName\":\"by-n\","
                  "\"KeySchema\":[{\"AttributeName\":\"n\",\"KeyType\":\"HASH\"}],"
                  "\"Projection\":{\"ProjectionType\":\"ALL\"}}],\"KeySchema\":[{"
                  "\"AttributeName\":\"PK\",\"KeyType\":\"HASH\"}],\"StreamSpecification\":{"
                  "\"StreamEnabled\":true,\"StreamViewType\":\"KEYS_ONLY\"},"
                  "\"TableName\":\"dev-jobs\"}");
    check_body(3, "{\"TableName\":\"dev-jobs\"}");
    check_pauses((const int64_t[]){2000, 4000}, 2);
    assert_string_equal(heard.ops, "CreateTable DescribeTable DescribeTable DescribeTable ");
    end(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(TestExecuteBatchGetRetriesUnprocessedKeys),
        cmocka_unit_test(TestExecuteBatchGetExhaustsRetries),
        cmocka_unit_test(TestExecuteBatchGetHonorsNilRetryPolicy),
        cmocka_unit_test(test_batch_get__a_position_of_a_repeated_key_is_unread_as_well),
        cmocka_unit_test(TestQuery_BatchGetWithOptions_ChunksAndOrder),
        cmocka_unit_test(TestQuery_BatchGetWithOptions_OnChunkError),
        cmocka_unit_test(TestQuery_BatchGetWithOptions_ParallelRespectsConcurrency),
        cmocka_unit_test(test_batch_get__replies_that_cannot_be_are_told),
        cmocka_unit_test(test_page__replies_that_cannot_be_are_told),
        cmocka_unit_test(test_batch__what_comes_back_is_sent_again),
        cmocka_unit_test(test_batch__what_is_left_stays_held),
        cmocka_unit_test(test_batch__without_room_refuses_more),
        cmocka_unit_test(TestTransactionBuilderRetriesOnConflict),
        cmocka_unit_test(test_tx__reasons_that_do_not_pass_are_not_tried_again),
        cmocka_unit_test(test_retry__is_told_to_hooks),
        cmocka_unit_test(test_log__levels_say_how_bad_it_is),
        cmocka_unit_test(test_timeout__of_the_handle_and_of_a_call),
        cmocka_unit_test(test_uncertain__writes_are_told_of),
        cmocka_unit_test(test_cancel__ends_a_call_that_waits_for_its_reply),
        cmocka_unit_test(test_cancel__ends_a_batch_in_its_pause),
        cmocka_unit_test(test_cancel__ends_a_batch_between_two_requests),
        cmocka_unit_test(test_requests__of_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
