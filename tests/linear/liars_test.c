/* liars_test.c -- recorded clients whose database lies to them are found out.
 *
 * The database is the library in memory, which is right. Between it and the clients stands
 * something that is wrong in one of the ways in which databases are: it loses writes that it has
 * acknowledged, reads from a cache, judges a condition apart from the write, takes a transaction
 * apart, carries out what it refuses, and so on. The recorder and the checker must find each of
 * them, and what they write down must be judged the same when it is read again. Told nothing wrong,
 * they find nothing.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "linear/drive.h"
#include "linear/history_text.h"
#include "linear/keyspace.h"
#include "linear/linearize.h"
#include "linear/served.h"
#include "support/support.h"

/* ---- liars */

static bool is_plain_write(const struct send_request *request)
{
    const history_condition condition = (history_condition)request->parts[0].condition;
    return request->kind == SEND_WRITE && condition == CONDITION_NONE &&
           request->parts[0].action != ACTION_DELETE;
}

/* How often this liar was asked. */
static uint64_t *count_of(struct send_place *place)
{
    if (place->liar == NULL) place->liar = calloc(1, sizeof(uint64_t));
    assert(place->liar != NULL);
    return place->liar;
}

/* Every tenth plain write is dropped, and said to be done. */
static void send_dropping(struct send_place *place, const struct send_request *request,
                          struct history *log)
{
    if (!is_plain_write(request) || ++*count_of(place) % 10 != 0) {
        send_request(place, request, log);
        return;
    }
    struct history_op op = {.client = place->client, .part_count = 1, .call = served_clock_ns()};
    op.parts[0] = request->parts[0];
    op.parts[0].sees = SIGHT_NONE;
    op.ret = served_clock_ns();
    history_add(log, &op);
}

struct cache {
    uint64_t asked;
    struct history_op reads[HISTORY_KEYS_MAX];
};

/* Reads of one item come from what was read before, for a while. */
static void send_cached(struct send_place *place, const struct send_request *request,
                        struct history *log)
{
    if (place->liar == NULL) place->liar = calloc(1, sizeof(struct cache));
    struct cache *cache = place->liar;
    assert(cache != NULL);
    struct history_op *kept = &cache->reads[request->parts[0].key];
    if (request->kind == SEND_GET && kept->part_count > 0 && ++cache->asked % 4 != 0) {
        struct history_op op = *kept;
        op.call = served_clock_ns();
        op.ret = served_clock_ns();
        history_add(log, &op);
        return;
    }
    send_request(place, request, log);
    if (request->kind == SEND_GET && log->count > 0) *kept = log->ops[log->count - 1];
}

/* A condition is judged by a read, and the write made later without it. */
static void send_racing(struct send_place *place, const struct send_request *request,
                        struct history *log)
{
    struct send_request first = *request;
    struct history read = {0};
    if (request->kind != SEND_WRITE || request->parts[0].condition == CONDITION_NONE) {
        send_request(place, request, log);
        return;
    }
    const int64_t call = served_clock_ns();
    first.kind = SEND_GET;
    first.parts[0].action = ACTION_READ;
    first.parts[0].condition = CONDITION_NONE;
    send_request(place, &first, &read);
    sched_yield();
    const bool holds = keyspace_holds(&request->parts[0], &read.ops[0].parts[0].seen);
    struct send_request second = *request;
    if (holds) second.parts[0].condition = CONDITION_NONE;
    send_request(place, &second, log);
    struct history_op *op = &log->ops[log->count - 1];
    op->call = call;
    if (holds) op->parts[0].condition = request->parts[0].condition;
    history_deinit(&read);
}

/* A transaction is one write after the other. Its conditions are left out, and so is what they
 * would say. */
static void send_apart(struct send_place *place, const struct send_request *request,
                       struct history *log)
{
    struct history parts = {0};
    if (request->kind != SEND_TRANSACT) {
        send_request(place, request, log);
        return;
    }
    struct history_op op = {.client = place->client, .call = served_clock_ns()};
    for (size_t i = 0; i < request->part_count; i++) {
        struct send_request one = {.kind = SEND_WRITE, .family = request->family, .part_count = 1};
        one.parts[0] = request->parts[i];
        if (one.parts[0].action == ACTION_CHECK) continue;
        one.parts[0].condition = CONDITION_NONE;
        one.parts[0].sees = SIGHT_NONE;
        send_request(place, &one, &parts);
        if (parts.count == 0 || parts.ops[parts.count - 1].outcome != OUTCOME_OK) continue;
        op.parts[op.part_count++] = one.parts[0];
        sched_yield();
    }
    op.ret = served_clock_ns();
    if (op.part_count > 0) history_add(log, &op);
    history_deinit(&parts);
}

/* What a condition refuses is carried out all the same, one time in four. */
static void send_careless(struct send_place *place, const struct send_request *request,
                          struct history *log)
{
    struct history ignored = {0};
    send_request(place, request, log);
    if (request->kind != SEND_WRITE || log->count == 0) return;
    if (log->ops[log->count - 1].outcome != OUTCOME_REFUSED) return;
    if (++*count_of(place) % 4 != 0) return;
    struct send_request again = *request;
    again.parts[0].condition = CONDITION_NONE;
    send_request(place, &again, &ignored);
    log->ops[log->count - 1].ret = served_clock_ns();
    history_deinit(&ignored);
}

/* A write whose answer was lost is made again, and one of the two is never told of: counters count
 * twice. */
static void send_twice(struct send_place *place, const struct send_request *request,
                       struct history *log)
{
    struct history ignored = {0};
    send_request(place, request, log);
    if (!is_plain_write(request) || ++*count_of(place) % 10 != 0) return;
    send_request(place, request, &ignored);
    log->ops[log->count - 1].ret = served_clock_ns();
    history_deinit(&ignored);
}

/* Several items are read one after the other, and said to be of one moment. */
static void send_torn(struct send_place *place, const struct send_request *request,
                      struct history *log)
{
    struct history parts = {0};
    if (request->kind != SEND_TRANSACT_GET) {
        send_request(place, request, log);
        return;
    }
    struct history_op op = {.client = place->client, .call = served_clock_ns()};
    for (size_t i = 0; i < request->part_count; i++) {
        struct send_request one = {.kind = SEND_GET, .family = request->family, .part_count = 1};
        one.parts[0] = request->parts[i];
        send_request(place, &one, &parts);
        op.parts[op.part_count++] = parts.ops[i].parts[0];
        sched_yield();
    }
    op.ret = served_clock_ns();
    history_add(log, &op);
    history_deinit(&parts);
}

/* ---- found out */

static search_verdict read_again(const struct history *history,
                                 const struct linearize_report *report)
{
    struct history again = {0};
    struct linearize_report judged;
    size_t wrong = 0;
    FILE *file = tmpfile();
    assert_non_null(file);
    linearize_write(history, report, file);
    rewind(file);
    assert_true(history_text_read(file, &again, &wrong));
    (void)fclose(file);
    assert_int_equal(wrong, 0);
    assert_int_equal(again.count, history->count);
    const search_verdict verdict = linearize_check(&again, 0, &judged);
    history_deinit(&again);
    return verdict;
}

static search_verdict judge(send_fn *send, uint64_t seed)
{
    const struct drive_plan plan = {.place = DRIVE_MEM,
                                    .clients = 6,
                                    .requests = 150,
                                    .families = 1,
                                    .family_keys = 3,
                                    .seed = seed,
                                    .send = send};
    struct history history = {0};
    struct send_tally tally = {0};
    struct linearize_report report;
    drive_run(&plan, &history, &tally);
    assert_int_equal(tally.unexpected, 0);
    const search_verdict verdict = linearize_check(&history, 0, &report);
    if (verdict == SEARCH_REJECTED) assert_int_equal(read_again(&history, &report), verdict);
    history_deinit(&history);
    return verdict;
}

/* Some lies need luck: two clients must meet. */
static void test_liars__are_found_out(void **state)
{
    (void)state;
    enum { TRIES = 40 };
    static const struct {
        const char *what;
        send_fn *send;
    } liars[] = {
        {"drops acknowledged writes",         send_dropping},
        {"reads from a cache",                send_cached  },
        {"judges conditions before",          send_racing  },
        {"takes transactions apart",          send_apart   },
        {"carries out what it refuses",       send_careless},
        {"writes twice",                      send_twice   },
        {"reads a transaction's items apart", send_torn    },
    };
    const struct support_random random = support_random();
    for (size_t i = 0; i < ARRAY_COUNT(liars); i++) {
        uint64_t tries = 0;
        search_verdict verdict = SEARCH_ACCEPTED;
        while (verdict == SEARCH_ACCEPTED && tries < TRIES)
            verdict = judge(liars[i].send, random.state + tries++);
        print_message("%s: found out in history %llu\n", liars[i].what, (unsigned long long)tries);
        assert_int_equal(verdict, SEARCH_REJECTED);
    }
}

static void test_liars__that_tell_the_truth_are_believed(void **state)
{
    (void)state;
    const struct support_random random = support_random();
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(judge(send_request, random.state + i), SEARCH_ACCEPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_liars__are_found_out),
        cmocka_unit_test(test_liars__that_tell_the_truth_are_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
