/* failure_test.c -- the last error: of one thread, for as long as it says, without memory too.
 *
 * The last test repeats a scenario of everything the library does with its n-th allocation failing,
 * for every n: each call that fails says so, and nothing is lost or half done.
 */
#include "support/support.h"

#include <pthread.h>

#include "db/failure.h"
#include "db/heap.h"
#include "stator/stator.h"

static void test_failure__every_outcome_has_a_name_and_a_sign(void **state)
{
    (void)state;
    assert_string_equal(stator_rc_name(STATOR_OK), "STATOR_OK");
    assert_string_equal(stator_rc_name(STATOR_CONDITION_FAILED), "STATOR_CONDITION_FAILED");
    assert_string_equal(stator_rc_name(STATOR_E_MISUSE), "STATOR_E_MISUSE");
    assert_string_equal(stator_rc_name(1000), "STATOR_E_UNKNOWN");
    for (stator_rc rc = STATOR_E_MISUSE; rc <= STATOR_PARTIAL; rc++)
        assert_string_not_equal(stator_rc_name(rc), "STATOR_E_UNKNOWN");
    for (unsigned st = 0; st < STATUS_COUNT; st++) {
        const stator_rc rc = failure_rc((status)st);
        if (st == ST_OK)
            assert_int_equal(rc, STATOR_OK);
        else if (st == ST_CONDITION_FAILED || st == ST_DUPLICATE_ITEM)
            assert_int_equal(rc, STATOR_CONDITION_FAILED);
        else
            assert_true(rc < 0);
    }
}

static void test_failure__nothing_failed_at_first(void **state)
{
    (void)state;
    const stator_error *error = stator_error_get();
    assert_int_equal(error->rc, STATOR_OK);
    assert_string_equal(error->message, "");
    assert_int_equal(error->op_index, -1);
    assert_null(error->item);
    heap_check();
}

static void test_failure__is_told_until_the_next_call(void **state)
{
    (void)state;
    bool holds = false;
    assert_int_equal(stator_cond_check(stator_eq("a", stator_n("x")), NULL, &holds),
                     STATOR_E_INVALID);
    const stator_error *error = stator_error_get();
    assert_int_equal(error->rc, STATOR_E_INVALID);
    assert_string_equal(error->code, "ValidationException");
    assert_string_equal(error->message, "The parameter cannot be converted to a numeric value: x");
    assert_true(error->client_fault);
    assert_false(error->retryable);
    assert_null(error->request_id);
    assert_int_equal(stator_cond_check(stator_always(), NULL, &holds), STATOR_OK);
    assert_int_equal(stator_error_get()->rc, STATOR_OK);
    assert_string_equal(stator_error_get()->message, "");
    heap_check();
}

static void test_failure__of_the_librarys_own_has_its_own_name(void **state)
{
    (void)state;
    stator_cond room[20] = {stator_exists("a")};
    bool holds = false;
    for (size_t i = 0; i < 19; i++) room[i + 1] = stator_not_of(&room[i]);
    assert_int_equal(stator_cond_check(room[17], NULL, &holds), STATOR_E_TOO_DEEP);
    assert_string_equal(stator_error_get()->code, "STATOR_E_TOO_DEEP");
    heap_check();
}

static void *fail_elsewhere(void *ctx)
{
    bool holds = false;
    bool *as_expected = ctx;
    const bool was_ok = stator_error_get()->rc == STATOR_OK;
    const stator_rc rc = stator_cond_check(stator_exists(""), NULL, &holds);
    *as_expected = was_ok && rc == STATOR_E_INVALID && stator_error_get()->rc == rc;
    return NULL;
}

static void test_failure__each_thread_has_its_own(void **state)
{
    (void)state;
    bool holds = false;
    assert_int_equal(stator_cond_check(stator_exists("a"), NULL, NULL), STATOR_E_MISUSE);
    bool as_expected[4] = {false};
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fail_elsewhere, &as_expected[i]), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(as_expected[i]);
    }
    assert_int_equal(stator_error_get()->rc, STATOR_E_MISUSE);
    assert_int_equal(stator_cond_check(stator_exists("a"), NULL, &holds), STATOR_OK);
    heap_check(); /* what the threads kept ended with them */
}

static void test_failure__without_memory_is_told(void **state)
{
    (void)state;
    bool holds = false;
    heap_check();
    heap_fail_at(1);
    assert_int_equal(stator_cond_check(stator_exists("a"), NULL, &holds), STATOR_E_NOMEM);
    heap_fail_at(1);
    assert_string_equal(stator_error_get()->message, "out of memory");
    heap_fail_at(1);
    assert_null(stator_doc_new());
    heap_fail_at(1);
    assert_null(stator_pool_new());
    heap_check();
}

/* ---- every allocation fails once */

/* What a scenario has in hand; whatever it could not get is NULL. */
struct hand {
    stator_pool *pool;
    stator_doc *doc, *copy, *parsed;
    char *json, *text;
};

static void expect(stator_rc rc, stator_rc wanted)
{
    if (rc == STATOR_E_NOMEM && heap_failed()) {
        assert_int_equal(stator_error_get()->rc, STATOR_E_NOMEM);
        return;
    }
    if (rc != wanted) fail_msg("%s: %s", stator_rc_name(rc), stator_error_get()->message);
}

static void judge(const struct hand *hand)
{
    stator_cond read = {0};
    bool holds = false;
    const stator_cond kept = stator_cond_keep(
        hand->pool, stator_and(stator_eq("m.status", stator_s("x")),
                               stator_expr("n > ? AND size(l) = ?", stator_i(1), stator_i(2))));
    const stator_rc rc = stator_cond_check(kept, stator_doc_node(hand->doc), &holds);
    expect(rc, STATOR_OK);
    if (rc == STATOR_OK) assert_true(holds);
    expect(stator_cond_parse(hand->pool, "{\"Eq\":[{\"Attr\":\"n\"},{\"Literal\":[2,\"\\n\"]}]}",
                             &read),
           STATOR_OK);
    expect(stator_cond_check(read, stator_doc_node(hand->doc), &holds), STATOR_OK);
    expect(stator_cond_check(stator_exists(""), NULL, &holds), STATOR_E_INVALID);
}

static void change(struct hand *hand)
{
    stator_upd read = {0};
    const stator_upd kept = stator_upd_keep(
        hand->pool, stator_updates(stator_add("n", stator_i(1)), stator_remove("gone")));
    char *before = stator_json(stator_doc_node(hand->doc), STATOR_JSON_PLAIN);
    const stator_rc rc = stator_doc_update(hand->doc, kept);
    expect(rc, STATOR_OK);
    if (rc != STATOR_OK && before != NULL) {
        char *after = stator_json(stator_doc_node(hand->doc), STATOR_JSON_PLAIN);
        if (after != NULL) assert_string_equal(after, before);
        stator_free(after);
    }
    stator_free(before);
    expect(stator_upd_parse(hand->pool,
                            "[{\"action\":\"ADD\",\"path\":\"t\",\"value\":[\"a\",\"b\"]}]", &read),
           STATOR_OK);
    expect(stator_doc_update(hand->doc, read), STATOR_OK);
    expect(stator_doc_unset(hand->doc, "t"), STATOR_OK);
}

static void look(struct hand *hand)
{
    const stator_node *item = stator_doc_node(hand->doc);
    const char *s = NULL, *name = NULL;
    const char *moved = stator_str(item, "m.status");
    if (moved != NULL) assert_string_equal(moved, "x");
    const stator_rc rc = stator_unpack(item, "m.status:s", &s);
    expect(rc, STATOR_OK);
    if (stator_nth(item, 0, &name) != NULL) assert_string_equal(name, "l");
    hand->copy = stator_doc_copy(stator_at(item, "m"));
    hand->json = stator_json(item, STATOR_JSON_PRETTY);
    hand->text = stator_cond_text(stator_eq("a", STATOR_L(stator_i(1))));
}

/* Whether all went well; what failed must have said so. */
static void scenario(void)
{
    struct hand hand = {.pool = stator_pool_new(), .doc = stator_doc_new()};
    if (hand.pool != NULL && hand.doc != NULL) {
        static const char json[] = "{\"a\":{\"S\":\"\\u0041\"}}";
        stator_rc rc = stator_doc_set(hand.doc, "m.status", stator_s("x"));
        if (rc == STATOR_OK) rc = stator_doc_set(hand.doc, "n", stator_d(2.5));
        if (rc == STATOR_OK)
            rc = stator_doc_set(hand.doc, "l", STATOR_L(STATOR_SS("b", "a"), stator_null()));
        expect(rc, STATOR_OK);
        if (rc == STATOR_OK) {
            judge(&hand);
            change(&hand);
            look(&hand);
        }
        expect(stator_doc_parse(json, sizeof json - 1, STATOR_JSON_DYNAMODB, &hand.parsed),
               STATOR_OK);
    }
    stator_free(hand.text);
    stator_free(hand.json);
    stator_doc_free(hand.parsed);
    stator_doc_free(hand.copy);
    stator_doc_free(hand.doc);
    stator_pool_free(hand.pool);
}

/* Without memory to look at a document, what is in it must not be taken for missing. */
static void test_failure__setting_without_memory_loses_nothing(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":{\"b\":{\"x\":1}}}";
    uint64_t n = 1;
    for (bool failed = true; failed; n++) {
        stator_doc *doc = NULL;
        assert_int_equal(stator_doc_parse(json, sizeof json - 1, STATOR_JSON_PLAIN, &doc),
                         STATOR_OK);
        heap_fail_at(n);
        const stator_rc rc = stator_doc_set(doc, "a.b.c", stator_i(2));
        failed = heap_failed();
        heap_fail_at(0);
        /* It may also do without what it found no memory for: a place in the cache. */
        assert_true(rc == STATOR_OK || (failed && rc == STATOR_E_NOMEM));
        assert_int_equal(stator_int(stator_doc_node(doc), "a.b.x", 0), 1);
        assert_int_equal(stator_int(stator_doc_node(doc), "a.b.c", 0), rc == STATOR_OK ? 2 : 0);
        stator_doc_free(doc);
        heap_check();
    }
    assert_true(n > 2);
}

static void test_failure__the_nth_allocation_fails(void **state)
{
    (void)state;
    uint64_t n = 1;
    for (bool failed = true; failed; n++) {
        heap_fail_at(n);
        scenario();
        failed = heap_failed();
        heap_check();
    }
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failure__every_outcome_has_a_name_and_a_sign),
        cmocka_unit_test(test_failure__nothing_failed_at_first),
        cmocka_unit_test(test_failure__is_told_until_the_next_call),
        cmocka_unit_test(test_failure__of_the_librarys_own_has_its_own_name),
        cmocka_unit_test(test_failure__each_thread_has_its_own),
        cmocka_unit_test(test_failure__without_memory_is_told),
        cmocka_unit_test(test_failure__setting_without_memory_loses_nothing),
        cmocka_unit_test(test_failure__the_nth_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
