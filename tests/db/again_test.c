/* again_test.c -- calls in this process that are refused for now, and made again (call.c).
 *
 * The carrier of a handle for mem: is replaced by one that refuses as often as the test says, and
 * then lets the call through. Pauses are the hook's: noted, and over at once.
 */
#include "db/call.h"
#include "db/handle.h"
#include "db/place.h"

enum { PAUSES_MAX = 600 };

struct refusing {
    struct carrier carrier; /* its first member */
    struct carrier *inner;
    int times; /* still to refuse */
    status refusal;
    int calls;
};

struct heard {
    int pauses, retries, warnings;
    int64_t last_us;
    int64_t all_us;
    stator_event last;
};

static struct refusing refusing;
static struct heard heard;
static stator *db;

/* ---- the carrier */

static void refuse(struct carry *carry)
{
    carry->report.status = refusing.refusal;
    carry->report.code = SPAN("SomeException");
    carry->report.message = SPAN("not now");
    carry->report.attempts = 1;
    carry->report.is_retryable = refusing.refusal != ST_VALIDATION;
    carry->report.is_conflict = refusing.refusal == ST_TX_CONFLICT;
}

static void refusing_call(struct carrier *carrier, struct carry *carry)
{
    struct refusing *r = (struct refusing *)carrier;
    r->calls++;
    if (r->times > 0) {
        r->times--;
        refuse(carry);
    } else {
        r->inner->kind->call(r->inner, carry);
    }
}

static void refusing_close(struct carrier *carrier)
{
    struct refusing *r = (struct refusing *)carrier;
    r->inner->kind->close(r->inner);
}

static const struct carrier_kind kind = {.call = refusing_call, .close = refusing_close};

/* ---- hooks */

static void note_pause(void *ud, int64_t us)
{
    struct heard *h = ud;
    h->pauses++;
    h->last_us = us;
    h->all_us += us;
}

static void note_retry(void *ud, const stator_event *event)
{
    struct heard *h = ud;
    h->retries++;
    h->last = *event;
}

static void note_log(void *ud, int level, const char *message, const stator_event *event)
{
    struct heard *h = ud;
    (void)event;
    if (level == STATOR_LOG_WARN) h->warnings++;
    assert_string_equal(message, "not now");
}

static uint64_t middle(void *ud)
{
    (void)ud;
    return UINT64_MAX / 2;
}

static void begin(int times, status refusal, stator_options options)
{
    static const stator_hooks hooks = {.ud = &heard,
                                       .on_retry = note_retry,
                                       .log = note_log,
                                       .sleep_us = note_pause,
                                       .random = middle};
    options.size = sizeof options;
    options.hooks = &hooks;
    db = place_open_with(&options);
    place_rc(stator_create_table(db, .name = "again", .key = "PK:S, SK:S"), STATOR_OK);
    heard = (struct heard){.pauses = 0};
    refusing = (struct refusing){
        .carrier.kind = &kind, .inner = db->carrier, .times = times, .refusal = refusal};
    db->carrier = &refusing.carrier;
}

static stator_rc put(const stator_retry *retry, int64_t timeout_us)
{
    return stator_put(db, "again", PLACE_KEY("a", "1"), .retry = retry, .timeout_us = timeout_us);
}

/* ---- tests */

static void test_again__what_passes_is_made_again(void **state)
{
    (void)state;
    static const status passing[] = {ST_THROTTLED, ST_TX_CONFLICT, ST_BUSY, ST_OVER_MAXIMUM};
    for (size_t i = 0; i < ARRAY_COUNT(passing); i++) {
        begin(3, passing[i], (stator_options){.size = 0});
        place_rc(put(NULL, 0), STATOR_OK);
        assert_int_equal(refusing.calls, 4);
        assert_int_equal(heard.pauses, 3);
        assert_in_range(heard.all_us, 699000, 701000); /* 100, 200, 400 ms */
        assert_int_equal(heard.retries, 3);
        assert_int_equal(heard.warnings, 3);
        assert_int_equal(heard.last.attempt, 3);
        assert_string_equal(heard.last.op, "PutItem");
        place_stored(db, "again", "a", "1", "{\"PK\":\"a\",\"SK\":\"1\"}");
        place_close(db);
    }
}

static void test_again__ends_with_the_policy(void **state)
{
    (void)state;
    static const stator_retry once = {1, 1000, 1000, 1.0, 0};
    begin(100, ST_THROTTLED, (stator_options){.size = 0});
    place_error(put(NULL, 0), STATOR_E_THROTTLED, "not now");
    assert_string_equal(stator_error_get()->code, "SomeException");
    assert_int_equal(stator_error_get()->attempts, 4);
    assert_true(stator_error_get()->retryable);
    assert_int_equal(refusing.calls, 4);
    place_rc(put(&once, 0), STATOR_E_THROTTLED);
    assert_int_equal(refusing.calls, 6);
    place_rc(put(&STATOR_RETRY_NONE, 0), STATOR_E_THROTTLED);
    assert_int_equal(refusing.calls, 7);
    place_close(db);
}

static void test_again__what_does_not_pass_is_told_at_once(void **state)
{
    (void)state;
    begin(1, ST_VALIDATION, (stator_options){.size = 0});
    place_rc(put(NULL, 0), STATOR_E_INVALID);
    assert_int_equal(refusing.calls, 1);
    assert_int_equal(heard.pauses, 0);
    place_close(db);
}

/* No pause begins that would end after the call's time. */
static void test_again__ends_with_the_time(void **state)
{
    (void)state;
    begin(100, ST_THROTTLED, (stator_options){.call_timeout_us = 350000});
    place_rc(put(NULL, 0), STATOR_E_THROTTLED);
    assert_int_equal(refusing.calls, 3);
    place_rc(put(NULL, 50000), STATOR_E_THROTTLED);
    assert_int_equal(refusing.calls, 4);
    place_close(db);
}

/* Without an option a call has 30 s: of pauses of 4 s each, seven. */
static void test_again__a_call_has_thirty_seconds(void **state)
{
    (void)state;
    static const stator_retry long_pauses = {50, 4000000, 4000000, 1.0, 0};
    begin(100, ST_THROTTLED, (stator_options){.size = 0});
    place_rc(put(&long_pauses, 0), STATOR_E_THROTTLED);
    assert_int_equal(refusing.calls, 8);
    place_close(db);
}

/* The bucket of 500 tokens: with every retry costing 5, a hundred retries are all there are. */
static void test_again__a_bucket_bounds_all_calls_together(void **state)
{
    (void)state;
    static const stator_retry often = {1000, 10, 10, 1.0, 0};
    begin(10000, ST_THROTTLED, (stator_options){.size = 0});
    place_rc(put(&often, 0), STATOR_E_THROTTLED);
    assert_int_equal(refusing.calls, 101);
    place_rc(put(&often, 0), STATOR_E_THROTTLED);
    assert_int_equal(refusing.calls, 102);
    refusing.times = 0;
    for (int i = 0; i < 5; i++) place_rc(put(&often, 0), STATOR_OK); /* each gives a token back */
    refusing.times = 1;
    refusing.calls = 0;
    place_rc(put(&often, 0), STATOR_OK);
    assert_int_equal(refusing.calls, 2);
    place_close(db);
}

/* Ten thousand clients at one item are no reason to ask a service less: only the call's own bounds
 * hold. */
static void test_again__a_conflict_takes_nothing_from_the_bucket(void **state)
{
    (void)state;
    static const stator_retry often = {1000, 10, 10, 1.0, 0};
    begin(1000, ST_TX_CONFLICT, (stator_options){.size = 0});
    place_rc(put(&often, 0), STATOR_OK);
    assert_int_equal(refusing.calls, 1001);
    refusing.times = 101;
    refusing.refusal = ST_THROTTLED; /* it is as full as ever */
    place_rc(put(&often, 0), STATOR_E_THROTTLED);
    assert_int_equal(refusing.calls, 1001 + 101);
    place_close(db);
}

static void test_again__a_retry_that_helped_is_paid_back(void **state)
{
    (void)state;
    begin(0, ST_THROTTLED, (stator_options){.size = 0});
    for (int i = 0; i < 300; i++) {
        refusing.times = 1;
        place_rc(put(NULL, 0), STATOR_OK);
    }
    assert_int_equal(refusing.calls, 600);
    place_close(db);
}

static void cancel_in_pause(void *ud, int64_t us)
{
    (void)us;
    stator_cancel(*(stator **)ud);
}

/* From the pause's own thread: the hook runs without the handle's lock. */
static void test_again__a_cancel_ends_the_pause(void **state)
{
    (void)state;
    begin(100, ST_THROTTLED, (stator_options){.size = 0});
    db->hooked.hooks.sleep_us = cancel_in_pause;
    db->hooked.hooks.ud = &db;
    db->hooked.hooks.on_retry = NULL;
    db->hooked.hooks.log = NULL;
    place_error(put(NULL, 0), STATOR_E_CANCELED, "the call was canceled");
    assert_false(stator_error_get()->retryable);
    assert_int_equal(refusing.calls, 1);
    place_close(db);
}

/* ---- hooks that use the library themselves (K3) */

static int hook_calls;

static void use_the_library(void *ud)
{
    stator_doc *doc = stator_doc_new();
    stator_result *r = NULL;
    (void)ud;
    hook_calls++;
    assert_int_equal(stator_doc_set(doc, "a.b", stator_s("hook")), STATOR_OK);
    stator_doc_free(doc);
    assert_int_equal(stator_doc_set(NULL, "a", stator_i(1)), STATOR_E_MISUSE);
    const int times = refusing.times;
    refusing.times = 0; /* the hook's own call is let through */
    assert_int_equal(stator_get(db, "again", &r, PLACE_KEY("none", "1")), STATOR_NOT_FOUND);
    refusing.times = times;
}

static void use_in_pause(void *ud, int64_t us)
{
    (void)us;
    use_the_library(ud);
}

static void use_in_retry(void *ud, const stator_event *event)
{
    stator_doc *doc = stator_doc_new();
    (void)ud;
    assert_int_equal(stator_doc_set(doc, "message", stator_s(event->error->message)), STATOR_OK);
    assert_string_equal(stator_str(stator_doc_node(doc), "message"), "not now");
    stator_doc_free(doc);
}

static void test_hooks__may_use_the_library(void **state)
{
    (void)state;
    begin(3, ST_THROTTLED, (stator_options){.size = 0});
    db->hooked.hooks = (stator_hooks){.sleep_us = use_in_pause, .on_retry = use_in_retry};
    hook_calls = 0;
    place_rc(stator_put(db, "again",
                        STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")},
                                 {"text", stator_s("what the call under way says")}),
                        .if_not_exists = true),
             STATOR_OK);
    assert_int_equal(hook_calls, 3);
    place_stored(db, "again", "a", "1",
                 "{\"PK\":\"a\",\"SK\":\"1\",\"text\":\"what the call under way says\"}");
    refusing.times = 100;
    place_error(put(NULL, 0), STATOR_E_THROTTLED, "not now");
    place_close(db);
}

/* ---- things in use (U1, X3): as if by another thread, in the pause of their own call */

static stator_tx *busy_tx;
static stator_batch *busy_batch;

static void use_busy_things(void *ud, int64_t us)
{
    (void)us;
    (void)ud;
    hook_calls++;
    if (busy_tx != NULL) {
        (void)stator_tx_put(busy_tx, "again", PLACE_KEY("b", "1"));
        assert_int_equal(stator_error_get()->rc, STATOR_E_MISUSE);
        assert_int_equal(stator_tx_commit(busy_tx, NULL), STATOR_E_MISUSE);
    }
    if (busy_batch != NULL)
        assert_int_equal(stator_batch_put(busy_batch, "again", PLACE_KEY("b", "1")),
                         STATOR_E_MISUSE);
}

static void begin_busy(void)
{
    begin(1, ST_THROTTLED, (stator_options){.size = 0});
    db->hooked.hooks = (stator_hooks){.sleep_us = use_busy_things};
    hook_calls = 0;
}

static void test_use__an_action_that_came_meanwhile_is_not_forgotten(void **state)
{
    (void)state;
    begin_busy();
    busy_tx = stator_tx_put(stator_tx_new(db), "again", PLACE_KEY("a", "1"));
    place_rc(stator_tx_commit(busy_tx, NULL), STATOR_OK);
    assert_int_equal(hook_calls, 1);
    stator_tx_put(busy_tx, "again", PLACE_KEY("c", "1"));
    place_error(stator_tx_commit(busy_tx, NULL), STATOR_E_MISUSE,
                "an action was not added: another thread was using this transaction");
    place_stored(db, "again", "c", "1", NULL);
    stator_tx_free(busy_tx);
    busy_tx = NULL;
    place_close(db);
}

static void test_use__of_a_batch_that_is_being_sent_is_told(void **state)
{
    (void)state;
    begin_busy();
    place_rc(stator_batch_new(db, NULL, &busy_batch), STATOR_OK);
    place_rc(stator_batch_delete(busy_batch, "again", PLACE_KEY("a", "1")), STATOR_OK);
    place_rc(stator_batch_flush(busy_batch), STATOR_OK);
    assert_int_equal(hook_calls, 1);
    assert_int_equal(stator_batch_left(busy_batch), 0);
    stator_batch_free(busy_batch);
    busy_batch = NULL;
    place_close(db);
}

/* Policies that make no sense pause somehow, or not at all, and do no harm. */
static void test_again__odd_policies_do_no_harm(void **state)
{
    (void)state;
    static const stator_retry odd[] = {
        {2,  INT64_MAX, INT64_MAX, 1e300,     1e300    },
        {2,  -1,        -1,        -1.0,      -1.0     },
        {2,  1,         1000,      0.0 / 0.0, 0.0 / 0.0},
        {2,  1,         INT64_MAX, 1.0 / 0.0, 1.0 / 0.0},
        {-5, 1,         1,         1,         1        },
        {2,  1000,      10,        2.0,       0.5      },
    };
    for (size_t i = 0; i < ARRAY_COUNT(odd); i++) {
        begin(100, ST_THROTTLED, (stator_options){.call_timeout_us = INT64_MAX});
        place_rc(put(&odd[i], 0), STATOR_E_THROTTLED);
        assert_in_range(refusing.calls, 1, 3);
        place_close(db);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again__what_passes_is_made_again),
        cmocka_unit_test(test_again__ends_with_the_policy),
        cmocka_unit_test(test_again__what_does_not_pass_is_told_at_once),
        cmocka_unit_test(test_again__ends_with_the_time),
        cmocka_unit_test(test_again__a_call_has_thirty_seconds),
        cmocka_unit_test(test_again__a_bucket_bounds_all_calls_together),
        cmocka_unit_test(test_again__a_conflict_takes_nothing_from_the_bucket),
        cmocka_unit_test(test_again__a_retry_that_helped_is_paid_back),
        cmocka_unit_test(test_again__a_cancel_ends_the_pause),
        cmocka_unit_test(test_hooks__may_use_the_library),
        cmocka_unit_test(test_use__an_action_that_came_meanwhile_is_not_forgotten),
        cmocka_unit_test(test_use__of_a_batch_that_is_being_sent_is_told),
        cmocka_unit_test(test_again__odd_policies_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
