/* model_test.c -- random operations on an engine and on a model, every answer compared.
 *
 * Puts, updates and deletes with conditions, batches, transactions with tokens; gets, queries and
 * scans of tables and indexes; an index made and ended while all that goes on; on disk now and then
 * a restart. Answers, costs and counts are those of the model (model.h). At the end everything is
 * read once more, the directory is opened again, and engine_check has nothing to report of it.
 *
 *     STATOR_MODEL_SECONDS=30   how long; two thirds on disk, one in memory
 *     STATOR_SEED               repeats a run's operations
 */
#include "engine/model.h"

#include <inttypes.h>
#include <stdio.h>

#include "os/os.h"

enum {
    SECONDS = 30,
    NS_PER_S = 1000000000,
    STEP_MS = 7, /* of the engine's clock: tokens age, counts are saved */
    REOPEN_IN = 1500,
    INDEX_IN = 60,
};

static struct model m;

static uint64_t seconds_wanted(void)
{
    const char *given = getenv("STATOR_MODEL_SECONDS");
    return given == NULL ? SECONDS : strtoull(given, NULL, 10);
}

static void one_step(void)
{
    m.step++;
    arena_reset(&m.f.arena);
    m.f.clock_ms += STEP_MS;
    if (model_pick(&m, REOPEN_IN) == 0) {
        model_reopen(&m);
        return;
    }
    if (model_pick(&m, INDEX_IN) == 0) {
        model_index_step(&m);
        return;
    }
    if (model_pick(&m, 5) < 3)
        model_write_step(&m);
    else
        model_read_step(&m);
}

static void run_for(uint64_t thirds, const char *where)
{
    const uint64_t begun_ns = os_ticks_ns(os_system());
    const uint64_t asked_ns = seconds_wanted() * NS_PER_S / 3 * thirds;
    while (os_ticks_ns(os_system()) - begun_ns < asked_ns) one_step();
    (void)fprintf(stderr, "%" PRIu64 " operations %s in %" PRIu64 " s\n", m.step, where,
                  asked_ns / NS_PER_S);
}

static void test_model__on_disk_with_restarts(void **state)
{
    (void)state;
    model_open(&m, true);
    run_for(2, "on disk");
    model_close(&m);
}

static void test_model__in_memory(void **state)
{
    (void)state;
    model_open(&m, false);
    run_for(1, "in memory");
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
        cmocka_unit_test_teardown(test_model__on_disk_with_restarts, tell_step),
        cmocka_unit_test_teardown(test_model__in_memory, tell_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
