/* lines_test.c -- lines given to the room itself: what is answered at once and what later, exact
 * answers, the clock, and every allocation failing once.
 */
#include "lines/lines.h"

#include <stdio.h>

#include "instance/instance.h"
#include "os/cond.h"
#include "support/fake_os.h"
#include "support/support.h"

enum { REPLY_BYTES_MAX = 1 << 20 };

struct place {
    struct arena arena;
    struct error err;
    struct instance *instance;
    atomic_bool sweeping;
    struct lines lines;
};

static void place_open(struct place *p)
{
    *p = (struct place){.instance = NULL};
    arena_init(&p->arena, mem_heap(), 1 << 16);
    p->err = error_in(&p->arena);
    const struct instance_options options = {
        .mem = support_mem(),
        .os = os_system(),
        .durability = STORE_RELAXED,
        .cache_bytes = 8 << 20,
        .expr_cache_bytes = 1 << 16,
        .threads = 1,
    };
    assert_int_equal(instance_open(&options, &p->instance, &p->err), ST_OK);
    p->lines = (struct lines){
        .engine = instance_engine(p->instance),
        .api = instance_api(p->instance),
        .os = os_system(),
        .sweeping = &p->sweeping,
    };
}

static void place_close(struct place *p)
{
    instance_close(p->instance);
    arena_deinit(&p->arena);
    support_mem_check();
}

/* ---- one line */

struct asking {
    struct lines_call call;
    struct arena arena;
    struct buf reply;
    struct mutex lock;
    struct cond woken;
    bool resumed;
    bool finished;
    unsigned waits; /* how often it had to be resumed */
};

static void on_finished(struct lines_call *call)
{
    struct asking *asking = call->transport;
    assert_false(asking->finished);
    asking->finished = true;
}

static void on_resume(struct lines_call *call)
{
    struct asking *asking = call->transport;
    mutex_lock(&asking->lock);
    asking->resumed = true;
    cond_wake_one(&asking->woken);
    mutex_unlock(&asking->lock);
}

static void await_resume(struct asking *asking)
{
    mutex_lock(&asking->lock);
    while (!asking->resumed) cond_wait(&asking->woken, &asking->lock);
    asking->resumed = false;
    mutex_unlock(&asking->lock);
    asking->waits++;
    lines_continue(&asking->call);
}

static void ask_begin(struct asking *asking, const char *text)
{
    *asking = (struct asking){.waits = 0};
    mutex_init(&asking->lock);
    cond_init(&asking->woken);
    arena_init(&asking->arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&asking->reply, support_mem(), REPLY_BYTES_MAX);
    asking->call = (struct lines_call){
        .arena = &asking->arena,
        .text = span_of(text),
        .reply = &asking->reply,
        .finished = on_finished,
        .resume = on_resume,
        .transport = asking,
    };
}

static void ask_run(struct asking *asking, struct place *p)
{
    lines_start(&p->lines, &asking->call);
    while (!asking->finished) await_resume(asking);
}

static void ask_end(struct asking *asking)
{
    buf_deinit(&asking->reply);
    arena_deinit(&asking->arena);
    cond_deinit(&asking->woken);
    mutex_deinit(&asking->lock);
}

static void assert_answer(struct place *p, const char *text, const char *expected)
{
    struct asking asking;
    ask_begin(&asking, text);
    ask_run(&asking, p);
    support_assert_text(buf_view(&asking.reply), expected);
    ask_end(&asking);
}

#define OK "{\"ok\":true}"
#define MAKE                                                                                       \
    "{\"op\":\"create_table\",\"table\":\"tab\",\"partition_key\":{\"name\":\"pk\",\"type\":"      \
    "\"String\"},\"ttl_attribute\":\"until\"}"
#define PUT "{\"op\":\"put_item\",\"table\":\"tab\",\"item\":{\"pk\":\"a\",\"n\":1}}"
#define GET "{\"op\":\"get_item\",\"table\":\"tab\",\"partition_key\":\"a\"}"

static void test_lines__a_line_is_answered_by_one_line(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    assert_answer(&p, MAKE, OK);
    assert_answer(&p, PUT, OK);
    assert_answer(&p, GET, "{\"ok\":true,\"item\":{\"n\":1,\"pk\":\"a\"}}");
    assert_answer(&p, "{\"op\":\"list_tables\"}", "{\"ok\":true,\"tables\":[\"tab\"]}");
    assert_answer(&p, " { } ",
                  "{\"error\":\"ParseError\",\"message\":\"the member \\\"op\\\" is missing\"}");
    assert_answer(&p, "{\"op\" \"x\"}",
                  "{\"error\":\"ParseError\",\"message\":\"the line is not JSON at byte 6\"}");
    assert_answer(&p, "",
                  "{\"error\":\"ParseError\",\"message\":\"the line is not JSON at byte 0\"}");
    place_close(&p);
}

#define EXPLAIN ",\"explain\":true}"
#define BELOW                                                                                      \
    "{\"op\":\"put_item\",\"table\":\"tab\",\"item\":{\"pk\":\"a\"},\"condition\":{\"Lt\":"        \
    "[{\"Attr\":\"n\"},{\"Literal\":1}]}"

static void test_lines__an_explanation_stands_behind_the_answer(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    assert_answer(&p, MAKE, OK);
    assert_answer(&p, PUT, OK);
    assert_answer(&p, BELOW "}",
                  "{\"error\":\"ConditionCheckFailed\",\"message\":\"the condition does not hold: "
                  "n < 1\"}");
    assert_answer(&p, BELOW EXPLAIN,
                  "{\"error\":\"ConditionCheckFailed\",\"message\":\"the condition does not hold: "
                  "n < 1\",\"explanation\":{\"operation\":\"PutItem\",\"condition\":\"failed\","
                  "\"item_found\":true,\"because\":[{\"part\":\"n < :v0\",\"held\":false,"
                  "\"operator\":\"<\",\"operands\":[{\"text\":\"n\",\"path\":\"n\",\"value\":"
                  "{\"N\":\"1\"}},{\"text\":\":v0\",\"value\":{\"N\":\"1\"}}]}]}}");
    assert_answer(
        &p, "{\"op\":\"scan\",\"table\":\"tab\"" EXPLAIN,
        "{\"ok\":true,\"items\":[{\"n\":1,\"pk\":\"a\"}],\"explanation\":{\"operation\":"
        "\"Scan\",\"table\":\"tab\",\"consistent\":true,\"resumed\":false,\"items_read\":1,"
        "\"items_filtered_out\":0,\"items_returned\":1,\"bytes_read\":6,"
        "\"ended_at\":\"end\",\"capacity_units\":{\"total\":1.0,\"table\":1.0}}}");
    assert_answer(&p, "{\"op\":\"scan\",\"table\":\"tab\",\"explain\":1}",
                  "{\"error\":\"ParseError\",\"message\":\"\\\"explain\\\" is true or false\"}");
    place_close(&p);
}

static unsigned waits_of(struct place *p, const char *text, status outcome)
{
    struct asking asking;
    ask_begin(&asking, text);
    ask_run(&asking, p);
    const unsigned waits = asking.waits;
    assert_int_equal(asking.call.outcome, outcome);
    ask_end(&asking);
    return waits;
}

static void test_lines__reads_are_answered_at_once_and_writes_later(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    assert_int_equal(waits_of(&p, MAKE, ST_OK), 2); /* the table, and its time to live */
    assert_int_equal(waits_of(&p, PUT, ST_OK), 1);
    assert_int_equal(waits_of(&p, GET, ST_OK), 0);
    assert_int_equal(waits_of(&p, "{\"op\":\"scan\",\"table\":\"tab\"}", ST_OK), 0);
    assert_int_equal(waits_of(&p, "{\"op\":\"scan\",\"table\":\"gone\"}", ST_VALIDATION), 0);
    assert_int_equal(waits_of(&p, "{\"op\":\"sweep_ttl\"}", ST_OK), 1);
    place_close(&p);
}

/* Items of 300,000 bytes: a page holds four of them. */
static void put_large(struct place *p, int count)
{
    enum { TEXT_BYTES = 300000, LINE_BYTES = TEXT_BYTES + 200 };
    char *line = malloc(LINE_BYTES);
    assert_non_null(line);
    for (int i = 0; i < count; i++) {
        const int n = snprintf(line, LINE_BYTES,
                               "{\"op\":\"put_item\",\"table\":\"wide\",\"item\":{\"pk\":\"a\","
                               "\"sk\":%d,\"text\":\"",
                               i);
        memset(line + n, 'x', TEXT_BYTES);
        memcpy(line + n + TEXT_BYTES, "\"}}", 4);
        assert_answer(p, line, OK);
    }
    free(line);
}

static void test_lines__a_long_count_lets_others_go_on_between_its_pages(void **state)
{
    (void)state;
    struct place p;
    struct asking asking;
    place_open(&p);
    assert_answer(&p,
                  "{\"op\":\"create_table\",\"table\":\"wide\",\"partition_key\":{\"name\":\"pk\","
                  "\"type\":\"S\"},\"sort_key\":{\"name\":\"sk\",\"type\":\"N\"}}",
                  OK);
    put_large(&p, 33); /* nine pages: two at once, four times waited for */
    ask_begin(&asking, "{\"op\":\"count\",\"table\":\"wide\",\"partition_key\":\"a\"}");
    ask_run(&asking, &p);
    support_assert_text(buf_view(&asking.reply), "{\"ok\":true,\"count\":33}");
    assert_int_equal(asking.waits, 4);
    ask_end(&asking);
    place_close(&p);
}

static void test_lines__ttl_goes_by_the_clock_that_was_given(void **state)
{
    (void)state;
    struct fake_os fake;
    struct place p;
    place_open(&p);
    assert_answer(&p, MAKE, OK);
    assert_answer(&p, PUT, OK);
    fake_os_init(&fake);
    fake.now_ms = UINT64_C(9000000000000);
    p.lines.os = &fake.os;
    assert_answer(&p,
                  "{\"op\":\"set_ttl\",\"table\":\"tab\",\"partition_key\":\"a\","
                  "\"ttl_seconds\":60}",
                  OK);
    assert_answer(&p, GET, "{\"ok\":true,\"item\":{\"n\":1,\"pk\":\"a\",\"until\":9000000060}}");
    fake.now_ms += 15500;
    assert_answer(&p, "{\"op\":\"get_ttl\",\"table\":\"tab\",\"partition_key\":\"a\"}",
                  "{\"ok\":true,\"ttl_seconds\":45}");
    place_close(&p);
}

static void test_lines__a_sweep_deletes_what_has_expired(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    assert_answer(&p, MAKE, OK);
    for (char name = 'a'; name < 'f'; name++) {
        char line[200];
        (void)snprintf(line, sizeof line,
                       "{\"op\":\"put_item\",\"table\":\"tab\",\"item\":{\"pk\":\"%c\","
                       "\"until\":%llu}}",
                       name, (unsigned long long)(os_now_ms(os_system()) / 1000 - 100));
        assert_answer(&p, line, OK);
    }
    assert_answer(&p, "{\"op\":\"sweep_ttl\",\"table\":\"tab\",\"limit\":2}",
                  "{\"ok\":true,\"deleted\":2}");
    assert_answer(&p, "{\"op\":\"sweep_ttl\"}", "{\"ok\":true,\"deleted\":3}");
    assert_answer(&p, "{\"op\":\"sweep_ttl\",\"table\":\"tab\"}", "{\"ok\":true,\"deleted\":0}");
    place_close(&p);
}

static void test_lines__one_sweep_is_under_way_at_a_time(void **state)
{
    (void)state;
    struct place p;
    struct asking first;
    place_open(&p);
    ask_begin(&first, "{\"op\":\"sweep_ttl\"}");
    lines_start(&p.lines, &first.call); /* it has not been continued: it is under way */
    assert_false(first.finished);
    assert_answer(&p, "{\"op\":\"sweep_ttl\"}",
                  "{\"error\":\"Conflict\",\"message\":\"a sweep is under way\"}");
    while (!first.finished) await_resume(&first);
    support_assert_text(buf_view(&first.reply), "{\"ok\":true,\"deleted\":0}");
    ask_end(&first);
    assert_answer(&p, "{\"op\":\"sweep_ttl\"}", "{\"ok\":true,\"deleted\":0}");
    place_close(&p);
}

static void test_lines__a_line_that_cannot_be_begun_has_an_answer(void **state)
{
    (void)state;
    static const struct {
        status st;
        const char *expected;
    } cases[] = {
        {ST_TOO_LARGE, "{\"error\":\"LineTooLong\",\"message\":\"a line has at most 16777216 "
                       "bytes\"}"       },
        {ST_TIMEOUT,   "{\"error\":\"LineTooSlow\",\"message\":\"the end of the line did not come "
                     "in time\"}"         },
        {ST_NO_MEMORY, "{\"error\":\"OutOfMemory\",\"message\":\"The server ran out of memory for "
                       "this request\"}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct buf reply;
        buf_init(&reply, support_mem(), REPLY_BYTES_MAX);
        lines_refuse(cases[i].st, &reply);
        support_assert_text(buf_view(&reply), cases[i].expected);
        buf_deinit(&reply);
    }
}

static void test_lines__an_answer_that_finds_no_room_is_an_error(void **state)
{
    (void)state;
    struct place p;
    struct asking asking;
    place_open(&p);
    assert_answer(&p, MAKE, OK);
    assert_answer(&p, PUT, OK);
    ask_begin(&asking, GET);
    buf_deinit(&asking.reply);
    buf_init(&asking.reply, support_mem(), 20);
    ask_run(&asking, &p);
    assert_int_not_equal(asking.call.outcome, ST_OK);
    ask_end(&asking);
    place_close(&p);
}

/* ---- memory */

static const char *const memory_lines[] = {
    GET,
    PUT,
    "{\"op\":\"put_item\",\"table\":\"tab\",\"item\":{\"pk\":\"a\",\"n\":2},\"condition\":{\"And\":"
    "[{\"Eq\":[{\"Attr\":\"n\"},{\"Literal\":9}]},{\"AttributeExists\":\"pk\"}]}}",
    "{\"op\":\"put_item\",\"table\":\"tab\",\"item\":{\"pk\":\"b\"},\"expected_version\":7,"
    "\"condition\":{\"AttributeExists\":\"n\"}}",
    "{\"op\":\"update_item\",\"table\":\"tab\",\"partition_key\":\"a\",\"return_values\":"
    "\"ALL_NEW\",\"updates\":[{\"action\":\"ADD\",\"path\":\"tags\",\"value\":[1,\"x\"]},"
    "{\"action\":\"SET\",\"path\":\"m.k\",\"value\":null}]}",
    "{\"op\":\"update_item\",\"table\":\"tab\",\"partition_key\":\"a\",\"updates\":[{\"action\":"
    "\"SET\",\"path\":\"q.r.s\",\"value\":1}]}",
    "{\"op\":\"query\",\"table\":\"tab\",\"partition_key\":\"a\",\"filter\":{\"Gt\":[{\"Attr\":"
    "\"n\"},{\"Literal\":0}]},\"projection\":[\"n\",\"m.k\"]}",
    "{\"op\":\"count\",\"table\":\"tab\",\"partition_key\":\"a\"}",
    "{\"op\":\"batch_get_item\",\"table\":\"tab\",\"keys\":[{\"partition_key\":\"a\"},"
    "{\"partition_key\":\"b\"}],\"projection\":[\"n\"]}",
    "{\"op\":\"transact\",\"operations\":[{\"op\":\"put\",\"table\":\"tab\",\"item\":{\"pk\":"
    "\"c\"}},{\"op\":\"check\",\"table\":\"tab\",\"partition_key\":\"a\",\"condition\":"
    "{\"AttributeNotExists\":\"pk\"}}]}",
    "{\"op\":\"set_ttl\",\"table\":\"tab\",\"partition_key\":\"a\",\"ttl_seconds\":100000}",
    "{\"op\":\"list_partition_keys\",\"table\":\"tab\"}",
    "{\"op\":\"describe_table\",\"table\":\"tab\"}",
    BELOW EXPLAIN,
    "{\"op\":\"sweep_ttl\"}",
    "{\"op\":\"create_schema\",\"table\":\"tab\",\"prefix\":\"U\",\"validate\":true,"
    "\"attributes\":[{\"name\":\"e\",\"type\":\"String\",\"required\":true}]}",
    "{\"op\":\"describe_schema\",\"table\":\"tab\",\"prefix\":\"U\"}",
    "{\"op\":\"put_item\",\"table\":\"tab\",\"item\":{\"pk\":\"U#1\",\"e\":1}}",
    "{\"op\":\"put_item\",\"table\":\"tab\",\"item\":{\"pk\":\"U#1\"},\"expected_version\":0}",
    "{\"op\":\"transact\",\"operations\":[{\"op\":\"put\",\"table\":\"tab\",\"item\":{\"pk\":"
    "\"U#1\"}}]}",
    "{\"op\":\"drop_schema\",\"table\":\"tab\",\"prefix\":\"U\"}",
};

/* One allocation fails: the answer is an answer all the same, and nothing is left behind. False:
 * there were fewer. */
static bool fails_well(struct place *p, const char *text, uint64_t nth)
{
    struct asking asking;
    ask_begin(&asking, text);
    support_mem_fail_at(nth);
    ask_run(&asking, p);
    const bool failed = support_mem_failed();
    support_mem_fail_at(0);
    const struct span reply = buf_view(&asking.reply);
    if (buf_status(&asking.reply) == ST_OK) {
        assert_true(reply.len > 2);
        assert_true(reply.ptr[0] == '{');
        assert_true(reply.ptr[reply.len - 1] == '}');
        assert_false(span_contains(reply, SPAN("\n")));
    }
    ask_end(&asking);
    return failed;
}

static void test_lines__a_failing_allocation_is_an_answer(void **state)
{
    (void)state;
    struct place p;
    place_open(&p);
    assert_answer(&p, MAKE, OK);
    assert_answer(&p, PUT, OK);
    for (size_t i = 0; i < ARRAY_COUNT(memory_lines); i++)
        for (uint64_t nth = 1; fails_well(&p, memory_lines[i], nth); nth++) continue;
    assert_answer(&p, PUT, OK);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines__a_line_is_answered_by_one_line),
        cmocka_unit_test(test_lines__an_explanation_stands_behind_the_answer),
        cmocka_unit_test(test_lines__reads_are_answered_at_once_and_writes_later),
        cmocka_unit_test(test_lines__a_long_count_lets_others_go_on_between_its_pages),
        cmocka_unit_test(test_lines__ttl_goes_by_the_clock_that_was_given),
        cmocka_unit_test(test_lines__a_sweep_deletes_what_has_expired),
        cmocka_unit_test(test_lines__one_sweep_is_under_way_at_a_time),
        cmocka_unit_test(test_lines__a_line_that_cannot_be_begun_has_an_answer),
        cmocka_unit_test(test_lines__an_answer_that_finds_no_room_is_an_error),
        cmocka_unit_test(test_lines__a_failing_allocation_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
