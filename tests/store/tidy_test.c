/* tidy_test.c -- what giving back the room of deleted ranges costs, and that it is given back. */
#include "store/tidy.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "os/os.h"
#include "os/thread.h"
#include "store/rocks.h"
#include "store/store_box.h"

enum {
    KIB = 1 << 10,
    MIB = 1 << 20,
    CACHE_BYTES = 4 * MIB, /* tables of half a MiB, merges of 8 MiB at most */
    VALUE_BYTES = 32 * KIB,
    KEPT = 8192, /* records of the log that are left: 256 MiB */
    TRIMMED = 16,
    TRIMS = 64,   /* so often 512 KiB go at one end and come at the other */
    COST_MAX = 9, /* it was 7, and 14 with marks alone, without fences */
    KEY_BYTES = 9,
    MS = 1000000,
    WAIT_MS = 60000,
};

/* ---- lists */

static struct tidy_range *range_new(const char *low, const char *high)
{
    struct tidy_range *range = tidy_range_new(support_mem(), span_of(low), span_of(high), NULL);
    assert_non_null(range);
    return range;
}

static void expect(const struct tidy_range *range, const char *low, const char *high)
{
    assert_non_null(range);
    assert_true(span_eq(tidy_range_low(range), span_of(low)));
    assert_true(span_eq(tidy_range_high(range), span_of(high)));
}

static void test_tidy_range__neighbours_are_one(void **state)
{
    (void)state;
    struct tidy_range *list = NULL;
    assert_true(tidy_range_add(&list, range_new("a", "b")));
    assert_true(tidy_range_add(&list, range_new("m", "n")));
    assert_false(tidy_range_add(&list, range_new("n", "p"))); /* behind one */
    assert_false(tidy_range_add(&list, range_new("b", "c")));
    assert_false(tidy_range_add(&list, range_new("k", "m"))); /* before one */
    assert_true(tidy_range_add(&list, range_new("x", "y")));
    expect(list, "a", "c");
    expect(list->next, "k", "p");
    expect(list->next->next, "x", "y");
    assert_null(list->next->next->next);
    tidy_range_free(list);
    support_mem_check();
}

/* ---- a log that is trimmed */

static struct span key_of(uint64_t n, uint8_t out[KEY_BYTES])
{
    out[0] = 'L';
    bytes_store_u64_be(out + 1, n);
    return (struct span){out, KEY_BYTES};
}

static void append(struct store *store, struct support_random *random, uint64_t n)
{
    static uint8_t value[VALUE_BYTES];
    uint8_t key[KEY_BYTES];
    for (size_t at = 0; at < sizeof value; at += sizeof(uint64_t))
        bytes_store_u64(value + at, support_random_next(random));
    assert_int_equal(store_box_put(store, key_of(n, key), (struct span){value, sizeof value}),
                     ST_OK);
}

static void trim(struct store *store, uint64_t from, uint64_t to)
{
    uint8_t low[KEY_BYTES], high[KEY_BYTES];
    assert_int_equal(store_box_delete_range(store, key_of(from, low), key_of(to, high)), ST_OK);
}

/* All that this process has given to the system to write. */
static uint64_t written_bytes(void)
{
    char line[64];
    uint64_t bytes = 0;
    FILE *file = fopen("/proc/self/io", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "wchar: ", 7) == 0) bytes = strtoull(line + 7, NULL, 10);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static void wait_for_room(struct store *store, uint64_t bytes)
{
    struct store_stats stats = {.disk_bytes = UINT64_MAX};
    for (unsigned ms = 0; stats.disk_bytes > bytes && ms < WAIT_MS; ms += 10) {
        thread_rest((uint64_t)10 * MS);
        store_stats(store, &stats);
    }
    assert_in_range(stats.disk_bytes, 0, bytes);
}

static void test_tidy__trimming_a_log_costs_what_goes_and_not_what_stays(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    const struct store_options options = {.mem = support_mem(),
                                          .dir = dir,
                                          .cache_bytes = CACHE_BYTES,
                                          .durability = STORE_RELAXED,
                                          .os = os_system()};
    struct support_random random = support_random();
    struct store *store = NULL;
    assert_int_equal(store_open(&options, &store, NULL), ST_OK);
    uint64_t next = 0;
    while (next < KEPT) append(store, &random, next++);
    const uint64_t before = written_bytes();
    for (uint64_t i = 0; i < TRIMS; i++) {
        for (unsigned j = 0; j < TRIMMED; j++) append(store, &random, next++);
        trim(store, i * TRIMMED, (i + 1) * TRIMMED);
        thread_rest((uint64_t)30 * MS); /* so that some are tidied while others come */
    }
    wait_for_room(store, (uint64_t)KEPT * VALUE_BYTES * 5 / 4);
    const uint64_t appended = (uint64_t)TRIMS * TRIMMED * VALUE_BYTES;
    const uint64_t cost = (written_bytes() - before) / appended;
    print_message("each byte that came and went was written %llu times\n",
                  (unsigned long long)cost);
    assert_in_range(cost, 1, COST_MAX);
    store_close(store);
    support_folder_free(dir);
    support_mem_check();
}

/* ---- many ranges at once */

enum { MANY = 400, RESTING = 256, SETTLE_MS = 100, HOUR_S = 3600 };
static atomic_bool hours_pass; /* from one look at the clock to the next */
static struct os hourly;

const struct os *__real_os_system(void);
const struct os *__wrap_os_system(void);

static uint64_t hourly_ticks_ns(void *ctx)
{
    static _Atomic uint64_t hours;
    (void)ctx;
    return hours++ * HOUR_S * 1000000000U;
}

const struct os *__wrap_os_system(void)
{
    return hours_pass ? &hourly : __real_os_system();
}

static struct tidy_range *many_ranges(void)
{
    struct tidy_range *ranges = NULL;
    for (unsigned i = 0; i < MANY; i++) {
        char low[] = "000a", high[] = "000b"; /* none touches the next */
        low[0] = high[0] = (char)('0' + i / 100);
        low[1] = high[1] = (char)('0' + i / 10 % 10);
        low[2] = high[2] = (char)('0' + i % 10);
        ranges = tidy_range_new(support_mem(), span_of(low), span_of(high), ranges);
    }
    return ranges;
}

static size_t waiting_of(struct tidy *tidy)
{
    mutex_lock(&tidy->lock);
    const size_t waiting = tidy->waiting;
    mutex_unlock(&tidy->lock);
    return waiting;
}

static void wait_until_waiting(struct tidy *tidy, size_t count)
{
    for (unsigned ms = 0; waiting_of(tidy) != count && ms < WAIT_MS; ms++) thread_rest(MS);
    thread_rest((uint64_t)SETTLE_MS * MS);
    assert_int_equal(waiting_of(tidy), count);
}

/* A compaction seems to take an hour here, so that the rest behind it would be nine. */
static void test_tidy__there_is_no_rest_while_too_many_ranges_wait(void **state)
{
    (void)state;
    const struct rocks_options options = {.budget = budget_split(CACHE_BYTES),
                                          .log = ROCKS_LOG_NONE};
    struct rocks rocks;
    struct tidy tidy;
    assert_int_equal(rocks_open(&rocks, &options, NULL), ST_OK);
    hourly = *os_system();
    hourly.ticks_ns = hourly_ticks_ns;
    hours_pass = true;
    assert_int_equal(tidy_init(&tidy, rocks.db), ST_OK);
    tidy_queue(&tidy, many_ranges());
    wait_until_waiting(&tidy, RESTING);
    tidy_queue(&tidy, range_new("x", "y")); /* ends the rest, for one of them */
    wait_until_waiting(&tidy, RESTING);
    tidy_deinit(&tidy); /* does not rest either */
    hours_pass = false;
    rocks_close(&rocks, false);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tidy_range__neighbours_are_one),
        cmocka_unit_test(test_tidy__trimming_a_log_costs_what_goes_and_not_what_stays),
        cmocka_unit_test(test_tidy__there_is_no_rest_while_too_many_ranges_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
