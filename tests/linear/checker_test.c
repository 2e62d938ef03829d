/* checker_test.c -- the checker of histories: what it rejects, what it accepts, what it costs.
 *
 * A checker that accepts everything would make every server look right, so most of this is about
 * bad histories. They stand as text, each with one thing wrong that could happen in a database, in
 * bad.history, and their look-alikes in good.history. Longer ones are made by the model, and then
 * spoilt; short ones, right and wrong, are compared with what trying every order says.
 */
#include <stdio.h>
#include <time.h>

#include "linear/history_text.h"
#include "linear/linearize.h"
#include "support/support.h"

static const char *bad_file, *good_file;

/* ---- what must be rejected, and what accepted */

typedef void(judge_fn)(const struct history *history);

static void for_each(const char *path, judge_fn *judge)
{
    FILE *file = fopen(path, "r");
    size_t wrong = 0;
    size_t count = 0;
    assert_non_null(file);
    for (bool is_more = true; is_more;) {
        struct history history = {0};
        is_more = history_text_read(file, &history, &wrong);
        if (wrong != 0) fail_msg("%s: line %zu of \"%s\"", path, wrong, history.title);
        if (is_more) judge(&history);
        if (is_more) count++;
        history_deinit(&history);
    }
    (void)fclose(file);
    assert_true(count > 10);
}

static void must_be(const struct history *history, search_verdict expected)
{
    struct linearize_report report;
    if (linearize_check(history, 0, &report) == expected) return;
    history_text_write(history, stdout);
    fail_msg("%s", history->title);
}

static void must_be_rejected(const struct history *history)
{
    must_be(history, SEARCH_REJECTED);
}

static void must_be_accepted(const struct history *history)
{
    must_be(history, SEARCH_ACCEPTED);
}

static void test_checker__rejects_what_no_order_explains(void **state)
{
    (void)state;
    for_each(bad_file, must_be_rejected);
}

static void test_checker__accepts_what_some_order_explains(void **state)
{
    (void)state;
    for_each(good_file, must_be_accepted);
}

/* ---- windows */

static void read_text(struct history *out)
{
    static char text[] = "op 0 client 0 from 0 to 10 ok put k0 { version=1 }\n"
                         "op 1 client 1 from 0 to 10 ok put k5 { version=1 }\n"
                         "op 2 client 0 from 20 to 30 ok put k0 { version=2 }\n"
                         "op 3 client 1 from 22 to 45 ok read k0 -> old { version=2 }\n"
                         "op 4 client 2 from 35 to 50 ok update k0 add { count=1 }\n"
                         "op 5 client 3 from 40 to 60 ok read k0 -> old { version=1 }\n"
                         "op 6 client 0 from 70 to 80 ok put k0 { version=3 }\n"
                         "op 7 client 1 from 75 to 85 nothing delete k5\n";
    FILE *file = fmemopen(text, sizeof text - 1, "r");
    size_t wrong = 0;
    assert_non_null(file);
    assert_true(history_text_read(file, out, &wrong));
    (void)fclose(file);
    assert_int_equal(wrong, 0);
}

static void test_window__is_what_contradicts_itself_and_no_more(void **state)
{
    (void)state;
    struct history history = {0};
    struct history window = {0};
    struct linearize_report report;
    read_text(&history);
    assert_int_equal(linearize_check(&history, 0, &report), SEARCH_REJECTED);
    assert_int_equal(report.parts, 1);
    linearize_window(&history, &window);
    assert_int_equal(window.initial[0].number[CELL_VERSION], 2);
    assert_int_equal(window.initial[0].number[CELL_COUNT], 1);
    assert_int_equal(window.count, 1);
    assert_int_equal(window.ops[0].id, 5);
    history_deinit(&history);
    history_deinit(&window);
}

static void must_have_window(const struct history *history)
{
    struct history window = {0};
    struct linearize_report report;
    linearize_window(history, &window);
    assert_int_equal(linearize_check(&window, 0, &report), SEARCH_REJECTED);
    assert_true(window.count > 0 && window.count <= history->count);
    history_deinit(&window);
}

static void test_window__of_every_bad_history_is_bad(void **state)
{
    (void)state;
    for_each(bad_file, must_have_window);
}

/* ---- histories made of a database that is right */

static void forget_answer(struct history_op *op)
{
    op->outcome = OUTCOME_UNKNOWN;
    for (size_t i = 0; i < op->part_count; i++) {
        op->parts[i].sees = SIGHT_NONE;
        op->parts[i].seen = (struct cell){0};
    }
}

struct maker {
    struct support_random random;
    struct keyspace state;
    struct history history;
    unsigned clients, keys;
};

static struct history_part random_part(struct maker *m, int32_t id)
{
    struct history_part part = {.key = (uint8_t)support_random_below(&m->random, m->keys)};
    const struct cell *cell = &m->state.cells[part.key];
    part.action = (uint8_t)support_random_below(&m->random, ACTION_CHECK);
    part.condition = (uint8_t)support_random_below(&m->random, CONDITIONS);
    part.operand = cell->number[CELL_VERSION];
    if (part.action == ACTION_READ) part.condition = CONDITION_NONE;
    if (part.action == ACTION_PUT)
        part.set = (struct cell){
            .has = CELL_EXISTS | CELL_HAS | CELL_HAS << CELL_VALUE,
            .number = {cell->number[CELL_VERSION] + 1, id}
        };
    if (part.action == ACTION_UPDATE)
        part.added = (struct cell){
            .has = CELL_HAS | CELL_HAS << CELL_COUNT, .number = {1, 0, 1}
        };
    const bool is_shown = part.action == ACTION_READ || support_random_below(&m->random, 4) > 0;
    if (is_shown) part.sees = SIGHT_OLD;
    return part;
}

/* One operation, judged and carried out at `at`, in the middle of its time. */
static struct history_op make_op(struct maker *m, int64_t at, int32_t id)
{
    struct history_op op = {.client = (uint16_t)((unsigned)id % m->clients)};
    op.part_count = support_random_below(&m->random, 8) == 0 ? 2 : 1;
    for (size_t i = 0; i < op.part_count; i++) op.parts[i] = random_part(m, id);
    if (op.part_count == 2 && op.parts[0].key == op.parts[1].key) op.part_count = 1;
    for (size_t i = 0; i < op.part_count; i++) {
        struct history_part *part = &op.parts[i];
        const struct cell *cell = &m->state.cells[part->key];
        part->refuses = !keyspace_holds(part, cell);
        if (part->refuses) op.outcome = OUTCOME_REFUSED;
        if (part->sees != SIGHT_NONE) part->seen = keyspace_shown(part, cell);
    }
    assert_true(keyspace_takes(&m->state, &op));
    op.call = at - support_random_below(&m->random, 10 * m->clients);
    op.ret = at + support_random_below(&m->random, 10 * m->clients);
    return op;
}

/* `count` operations, some 20 a client's time of which up to `clients` overlap; of each
 * `unknown`-th the answer is lost, and half of these never happened. */
static void make_history(struct maker *m, int32_t count, uint32_t unknown)
{
    for (int32_t id = 0; id < count; id++) {
        const struct keyspace before = m->state;
        struct history_op op = make_op(m, 1000 + id * 20, id);
        if (op.outcome == OUTCOME_OK && !history_is_pure(&op) && unknown > 0 &&
            support_random_below(&m->random, unknown) == 0) {
            if (support_random_below(&m->random, 2) == 0) m->state = before;
            forget_answer(&op);
            op.ret = op.call + 2000;
        }
        history_add(&m->history, &op);
    }
    history_number(&m->history);
}

static void test_checker__accepts_long_histories_of_a_right_database(void **state)
{
    (void)state;
    static const struct {
        unsigned clients, keys;
        int32_t count;
        uint32_t unknown;
    } cases[] = {
        {2,  2,  2000,  0  },
        {8,  4,  4000,  50 },
        {16, 4,  4000,  0  },
        {32, 8,  4000,  50 },
        {64, 8,  4000,  100},
        {64, 16, 10000, 0  }
    };
    struct support_random random = support_random();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct maker m = {.random = random, .clients = cases[i].clients, .keys = cases[i].keys};
        struct linearize_report report;
        make_history(&m, cases[i].count, cases[i].unknown);
        assert_int_equal(linearize_check(&m.history, 0, &report), SEARCH_ACCEPTED);
        print_message(
            "%u clients, %u items: %zu operations, %llu configurations, %.3f s, %zu KiB\n",
            m.clients, m.keys, m.history.count, (unsigned long long)report.configurations,
            report.seconds, report.bytes >> 10);
        history_deinit(&m.history);
        random = m.random; /* the next history has numbers of its own */
    }
}

/* A read in the middle that shows an older state of its item. */
static bool spoil(struct maker *m)
{
    for (size_t i = m->history.count / 2; i < m->history.count; i++) {
        struct history_op *op = &m->history.ops[i];
        if (op->part_count > 1 || op->parts[0].action != ACTION_READ) continue;
        if (!(op->parts[0].seen.has & CELL_HAS) || op->parts[0].seen.number[0] < 2) continue;
        op->parts[0].seen.number[CELL_VERSION] -= 1;
        return true;
    }
    return false;
}

static void test_checker__rejects_long_histories_with_one_wrong_answer(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int i = 0; i < 20; i++) {
        struct maker m = {.random = random, .clients = 4, .keys = 4};
        struct history window = {0};
        struct linearize_report report;
        make_history(&m, 600, 0);
        const bool is_spoilt = spoil(&m);
        const search_verdict verdict = linearize_check(&m.history, 0, &report);
        assert_int_equal(verdict, is_spoilt ? SEARCH_REJECTED : SEARCH_ACCEPTED);
        if (is_spoilt) linearize_window(&m.history, &window);
        assert_true(window.count < 60);
        history_deinit(&window);
        history_deinit(&m.history);
        random = m.random; /* the next history has numbers of its own */
    }
}

/* ---- against trying everything */

enum { FEW = 7 };

/* Must `first` come before `second`? An unknown operation that happened did so before its end. */
static bool precedes(const struct history_op *first, const struct history_op *second)
{
    return first->ret < second->call;
}

/* Is there an order of those that `left` names as bits, from `state` on? */
static bool explains(const struct history *history, uint32_t left, const struct keyspace *state,
                     unsigned depth)
{
    bool all_unknown = true;
    assert_true(depth <= FEW);
    for (uint32_t i = 0; i < history->count; i++) {
        if (!(left >> i & 1)) continue;
        struct keyspace after = *state;
        bool is_next = true;
        all_unknown = all_unknown && history->ops[i].outcome == OUTCOME_UNKNOWN;
        for (uint32_t j = 0; j < history->count; j++)
            if ((left >> j & 1) && precedes(&history->ops[j], &history->ops[i])) is_next = false;
        if (!is_next || !keyspace_takes(&after, &history->ops[i])) continue;
        if (explains(history, left & ~(1U << i), &after, depth + 1)) return true;
    }
    return all_unknown;
}

/* All choices of which unknown ones never happen. */
static bool some_explain(const struct history *history)
{
    uint32_t unknown = 0;
    struct keyspace state = {0};
    const uint32_t all = (1U << history->count) - 1;
    for (uint32_t i = 0; i < history->count; i++)
        if (history->ops[i].outcome == OUTCOME_UNKNOWN) unknown |= 1U << i;
    for (uint32_t never = unknown;; never = (never - 1) & unknown) {
        if (explains(history, all & ~never, &state, 0)) return true;
        if (never == 0) return false;
    }
}

/* A few operations that overlap, right at first; then some answers are lost and some are spoilt. */
static void make_few(struct maker *m)
{
    for (int32_t id = 0; id < FEW; id++) {
        const struct keyspace before = m->state;
        struct history_op op = make_op(m, 1000 + id * 20, id % 3);
        const bool is_lost = support_random_below(&m->random, 3) == 0;
        if (is_lost && op.outcome == OUTCOME_OK && !history_is_pure(&op)) {
            if (support_random_below(&m->random, 2) == 0) m->state = before;
            forget_answer(&op);
            op.ret = op.call + 10 * (int64_t)support_random_below(&m->random, 20);
        }
        if (op.parts[0].sees == SIGHT_OLD && support_random_below(&m->random, 8) == 0)
            op.parts[0].seen = m->state.cells[support_random_below(&m->random, m->keys)];
        history_add(&m->history, &op);
    }
    history_number(&m->history);
}

static void test_checker__says_what_trying_everything_says(void **state)
{
    (void)state;
    enum { HISTORIES = 4000 };
    struct support_random random = support_random();
    int rejected = 0;
    for (int i = 0; i < HISTORIES; i++) {
        struct maker m = {.random = random, .clients = 6, .keys = 1 + (unsigned)i % 3};
        struct history window = {0};
        struct linearize_report report;
        make_few(&m);
        const bool is_right = some_explain(&m.history);
        const search_verdict verdict = linearize_check(&m.history, 0, &report);
        if (verdict != (is_right ? SEARCH_ACCEPTED : SEARCH_REJECTED)) {
            history_text_write(&m.history, stdout);
            fail_msg("history %d is %s", i, is_right ? "right" : "wrong");
        }
        if (!is_right) linearize_window(&m.history, &window);
        if (!is_right) assert_int_equal(linearize_check(&window, 0, &report), SEARCH_REJECTED);
        rejected += is_right ? 0 : 1;
        history_deinit(&window);
        history_deinit(&m.history);
        random = m.random; /* the next history has numbers of its own */
    }
    print_message("%d of %d histories are wrong\n", rejected, HISTORIES);
    assert_in_range(rejected, HISTORIES / 10, HISTORIES * 9 / 10);
}

/* ---- bounds */

/* Sixty unknown increments of different sizes, and a sum that none of their subsets is. */
static void test_checker__beyond_its_bound_is_undecided(void **state)
{
    (void)state;
    struct history history = {0};
    struct linearize_report report;
    struct history_op op = {.outcome = OUTCOME_UNKNOWN, .part_count = 1, .ret = HISTORY_NEVER};
    op.parts[0].action = ACTION_UPDATE;
    for (int32_t i = 0; i < 60; i++) {
        op.parts[0].added = (struct cell){.has = CELL_HAS, .number = {2 * (i + 1) * (i + 7)}};
        op.client = (uint16_t)i;
        history_add(&history, &op);
    }
    op = (struct history_op){.part_count = 1, .call = 10, .ret = 20};
    op.parts[0].sees = SIGHT_OLD;
    op.parts[0].seen = (struct cell){.has = CELL_EXISTS | CELL_HAS, .number = {100001}};
    history_add(&history, &op);
    assert_int_equal(linearize_check(&history, 100000, &report), SEARCH_UNDECIDED);
    assert_true(report.configurations < 101000);
    assert_true(report.bytes < 16 << 20);
    history_deinit(&history);
}

static void test_checker__of_too_many_open_operations_is_undecided(void **state)
{
    (void)state;
    struct history history = {0};
    struct linearize_report report;
    struct history_op op = {.outcome = OUTCOME_UNKNOWN, .part_count = 1, .ret = HISTORY_NEVER};
    op.parts[0].action = ACTION_DELETE;
    for (int i = 0; i <= SEARCH_SLOTS; i++) history_add(&history, &op);
    assert_int_equal(linearize_check(&history, 0, &report), SEARCH_UNDECIDED);
    history_deinit(&history);
}

/* The files of histories that are to be rejected, and accepted. */
int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    bad_file = argv[1];
    good_file = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checker__rejects_what_no_order_explains),
        cmocka_unit_test(test_checker__accepts_what_some_order_explains),
        cmocka_unit_test(test_window__is_what_contradicts_itself_and_no_more),
        cmocka_unit_test(test_window__of_every_bad_history_is_bad),
        cmocka_unit_test(test_checker__accepts_long_histories_of_a_right_database),
        cmocka_unit_test(test_checker__rejects_long_histories_with_one_wrong_answer),
        cmocka_unit_test(test_checker__says_what_trying_everything_says),
        cmocka_unit_test(test_checker__beyond_its_bound_is_undecided),
        cmocka_unit_test(test_checker__of_too_many_open_operations_is_undecided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
