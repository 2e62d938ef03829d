/* stream_model_test.c -- the log of random writes, replayed onto an empty table, gives the table.
 *
 * The writes are the model's (model.h): puts, updates and deletes with conditions, batches,
 * transactions with tokens, an index that comes and goes, restarts; and the clock goes on by
 * minutes, so that shards close and go on, the number of shards is changed, and records are trimmed
 * behind the consumer. Every record must fit what was replayed before it (replica.h), and now and
 * then all items are compared. engine_check counts the records at every end.
 *
 *     STATOR_MODEL_SECONDS=10   how long
 *     STATOR_SEED               repeats a run's operations
 */
#include <inttypes.h>
#include <stdio.h>

#include "engine/model.h"
#include "engine/replica.h"
#include "os/os.h"

enum {
    SECONDS = 10,
    NS_PER_S = 1000000000,
    MINUTE_MS = 60 * 1000,
    REOPEN_IN = 400,
    INDEX_IN = 60,
    CATCH_UP_IN = 20,
    COMPARE_IN = 300,
    SWEEP_IN = 50,
    SHARDS_MAX = 6,
};

static struct model m;
static struct replica replicas[MODEL_TABLES];

static uint64_t seconds_wanted(void)
{
    const char *given = getenv("STATOR_MODEL_SECONDS");
    return given == NULL ? SECONDS : strtoull(given, NULL, 10) / 3;
}

static void open_replicas(void)
{
    for (int i = 0; i < MODEL_TABLES; i++) {
        const char *table = model_table_names[i];
        assert_int_equal(fixture_stream(&m.f, table, TABLE_STREAM_NEW_AND_OLD_IMAGES), ST_OK);
        replica_open(&replicas[i], table);
    }
}

static void compare_all(void)
{
    for (int i = 0; i < MODEL_TABLES; i++) {
        replica_compare(&replicas[i], &m.f);
        replica_compare_items(&replicas[i], &m.f);
    }
}

/* Now and then. */
static bool is_time(int once_in)
{
    return model_pick(&m, once_in) == 0;
}

static void one_step(void)
{
    m.step++;
    arena_reset(&m.f.arena);
    m.f.leads = is_time(2);
    if (is_time(2)) m.f.clock_ms += (uint64_t)model_pick(&m, 3 * MINUTE_MS);
    if (is_time(REOPEN_IN)) {
        m.f.stream_shards = (uint32_t)model_pick(&m, SHARDS_MAX) + 1;
        model_reopen(&m);
    }
    if (is_time(INDEX_IN)) model_index_step(&m);
    if (is_time(SWEEP_IN)) assert_int_equal(fixture_sweep(&m.f), 0);
    if (is_time(CATCH_UP_IN)) replica_catch_up(&replicas[model_pick(&m, MODEL_TABLES)], &m.f);
    if (is_time(COMPARE_IN)) compare_all();
    model_write_step(&m);
}

static void test_the_log_replayed_gives_the_table(void **state)
{
    (void)state;
    const uint64_t begun_ns = os_ticks_ns(os_system());
    model_open(&m, true);
    open_replicas();
    while (os_ticks_ns(os_system()) - begun_ns < seconds_wanted() * NS_PER_S) one_step();
    compare_all();
    (void)fprintf(stderr, "%" PRIu64 " operations, %" PRIu64 " records\n", m.step,
                  replicas[0].records + replicas[1].records);
    assert_true(replicas[0].records > 0);
    for (int i = 0; i < MODEL_TABLES; i++) replica_close(&replicas[i]);
    model_close(&m);
}

static int tell_step(void **state)
{
    (void)state;
    if (m.step > 0) (void)fprintf(stderr, "failed in step %" PRIu64 "\n", m.step);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_log_replayed_gives_the_table, tell_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
