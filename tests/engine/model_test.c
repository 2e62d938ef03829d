/* model_test.c -- random operations on an engine and on a model, every answer compared.
 *
 * Puts, updates and deletes with conditions, batches, transactions with tokens; gets, queries and
 * scans of tables and indexes; an index made and ended while all that goes on; on disk now and then
 * a restart. Callers help with their writes (engine_help) or leave them to the store, as it comes.
 * Some states are held in snapshots for a while and must not change. Answers, costs and counts are
 * those of the model (model.h). At the end everything is read once more, the directory is opened
 * again, and engine_check has nothing to report of it.
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
    SNAPSHOT_IN = 40,
    SNAPSHOTS = 4,
};

static struct model m;

/* States that are held, with what a scan of them told at first. */
static struct held {
    struct engine_snapshot *snapshot;
    int table;
    char *text;
} held[SNAPSHOTS];

static uint64_t seconds_wanted(void)
{
    const char *given = getenv("STATOR_MODEL_SECONDS");
    return given == NULL ? SECONDS : strtoull(given, NULL, 10);
}

/* ---- snapshots */

static const char *scan_then(const struct held *at)
{
    struct fixture_page page = {.table = model_table_names[at->table]};
    m.f.space.snapshot = at->snapshot;
    assert_int_equal(fixture_page(&m.f, &page), ST_OK);
    m.f.space.snapshot = NULL;
    return page.items;
}

static void begin_snapshot(struct held *at)
{
    assert_int_equal(engine_snapshot_begin(m.f.space.engine, &at->snapshot, &m.f.err), ST_OK);
    at->table = (int)model_pick(&m, MODEL_TABLES);
    const char *text = scan_then(at);
    const size_t size = strlen(text) + 1;
    at->text = mem_new(support_mem(), size);
    assert_non_null(at->text);
    memcpy(at->text, text, size);
}

static void end_snapshot(struct held *at)
{
    if (at->snapshot == NULL) return;
    assert_string_equal(scan_then(at), at->text);
    engine_snapshot_end(at->snapshot);
    mem_free(support_mem(), at->text, strlen(at->text) + 1);
    *at = (struct held){0};
}

static void end_snapshots(void)
{
    for (size_t i = 0; i < SNAPSHOTS; i++) end_snapshot(&held[i]);
}

static void snapshot_step(void)
{
    struct held *at = &held[model_pick(&m, SNAPSHOTS)];
    if (at->snapshot == NULL)
        begin_snapshot(at);
    else
        end_snapshot(at);
}

/* ---- steps */

static void one_step(void)
{
    m.step++;
    arena_reset(&m.f.arena);
    m.f.clock_ms += STEP_MS;
    m.f.leads = model_pick(&m, 2) == 0;
    if (model_pick(&m, REOPEN_IN) == 0) {
        end_snapshots();
        model_reopen(&m);
        return;
    }
    if (model_pick(&m, SNAPSHOT_IN) == 0) {
        snapshot_step();
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
    end_snapshots();
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
