/* power_test.c -- every scenario, with the power cut at every sync.
 *
 * Each scenario of scenario.c is played once. Before each sync that it makes, and once more when it
 * is through, what a power cut would leave at that moment is put aside three times: with all that
 * was not synced dropped, with all of it kept, and with parts of it (DISK_CUT_TORN, from the seed).
 * Then each of these is opened and judged (F1 to F5) by what had been acknowledged at the moment.
 *
 * The cut before a sync is the cut after the one before it as well: what is on disk changes at
 * syncs alone, and later there is more that may not be missing.
 *
 * Beyond ALL_UP_TO syncs it is every STRIDE-th; STATOR_FAULTS=all cuts at every one, and again with
 * other parts torn.
 */
#include <stdio.h>

#include "fault/stage.h"
#include "support/disk.h"

enum { ALL_UP_TO = 10, STRIDE = 5, CUTS_MAX = 2000 };

struct cut {
    bool acked[SCENARIO_STEPS_MAX];
    disk_cut kind;
    uint64_t sync; /* before the so many-th */
};

static struct power {
    const char *work;
    bool all;
    uint64_t seed;
    uint64_t syncs;
    bool acked[SCENARIO_STEPS_MAX];
    struct cut cuts[CUTS_MAX];
    unsigned cut_count;
} power;

static const char *left_path(unsigned cut)
{
    char below[40];
    (void)snprintf(below, sizeof below, "left-%u", cut);
    return stage_path(power.work, below);
}

static void cut_now(disk_cut kind)
{
    if (power.cut_count == CUTS_MAX) return;
    struct cut *cut = &power.cuts[power.cut_count];
    *cut = (struct cut){.kind = kind, .sync = power.syncs};
    memcpy(cut->acked, power.acked, sizeof cut->acked);
    disk_power_cut(left_path(power.cut_count++), kind, power.seed++);
}

static void cut_in_every_way(void)
{
    cut_now(DISK_CUT_DROPPED);
    cut_now(DISK_CUT_KEPT);
    cut_now(DISK_CUT_TORN);
    if (power.all) cut_now(DISK_CUT_TORN);
}

static void before_sync(void *ctx)
{
    (void)ctx;
    power.syncs++;
    if (power.all || power.syncs <= ALL_UP_TO || power.syncs % STRIDE == power.seed % STRIDE)
        cut_in_every_way();
}

static uint64_t play(const struct scenario *scenario, uint64_t ready_ms)
{
    static struct house house;
    char data[HOUSE_PATH_BYTES]; /* stage_path's own is used for the cuts meanwhile */
    (void)snprintf(data, sizeof data, "%s", stage_path(power.work, "play/data"));
    house_init(&house);
    house.clock_ms = ready_ms;
    stage_set(power.work);
    stage_enter(power.work, scenario, &house);
    disk_before_sync(before_sync, NULL);
    if (house.instance == NULL) assert_int_equal(house_open(&house, data), ST_OK);
    scenario_run(scenario, &house, power.acked);
    disk_before_sync(NULL, NULL); /* other threads may sync: one at a time */
    cut_in_every_way();
    disk_before_sync(before_sync, NULL);
    house_close(&house);
    cut_in_every_way();
    disk_forget();
    const uint64_t end_ms = house.clock_ms;
    house_deinit(&house);
    return end_ms;
}

static void judge(const struct scenario *scenario, unsigned at, uint64_t now_ms)
{
    static struct house house;
    const struct cut *cut = &power.cuts[at];
    char data[HOUSE_PATH_BYTES];
    (void)snprintf(data, sizeof data, "%s/data", left_path(at));
    (void)snprintf(scenario_copy_folder, sizeof scenario_copy_folder, "%s/copy", left_path(at));
    printf("%s: %s before sync %llu\n", scenario->name,
           (const char *const[]){"dropped", "kept", "torn"}[cut->kind],
           (unsigned long long)cut->sync);
    house_init(&house);
    house.clock_ms = now_ms;
    if (house_open(&house, data) != ST_OK)
        fail_msg("it does not open: %.*s", SPAN_ARG(error_text(&house.err)));
    scenario_judge(scenario, &house, cut->acked);
    house_close(&house);
    house_deinit(&house);
    support_mem_check();
    stage_clear(left_path(at));
}

static void test_every_power_cut(void **state)
{
    const struct scenario *scenario = *state;
    const char *asked = getenv("STATOR_FAULTS");
    power = (struct power){.seed = support_random().state, .all = asked != NULL};
    char *work = support_folder_new();
    power.work = work;
    const uint64_t ready_ms = stage_make(work, scenario);
    const uint64_t end_ms = play(scenario, ready_ms);
    for (unsigned i = 0; i < power.cut_count; i++) judge(scenario, i, end_ms);
    printf("%-24s %llu syncs, %u power cuts\n", scenario->name, (unsigned long long)power.syncs,
           power.cut_count);
    support_folder_free(work);
}

int main(void)
{
    static struct CMUnitTest tests[64];
    for (unsigned i = 0; i < scenario_count; i++) {
        void *scenario = NULL;
        memcpy(&scenario, &(const void *){&scenario_all[i]}, sizeof scenario);
        tests[i] = (struct CMUnitTest){.name = scenario_all[i].name,
                                       .test_func = test_every_power_cut,
                                       .initial_state = scenario};
    }
    return _cmocka_run_group_tests("power", tests, scenario_count, NULL, NULL);
}
