/* place.c -- see place.h. */
#include "patterns/place.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { REST_US_MAX = 5000 };

static int64_t now_us(void *ud)
{
    struct place *place = ud;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const int64_t frozen = atomic_load(&place->frozen_us);
    if (frozen != 0) return frozen + atomic_load(&place->turned_us);
    return (int64_t)now.tv_sec * STATOR_SECOND + now.tv_nsec / 1000 +
           atomic_load(&place->turned_us);
}

/* Threads that wait for one another need some real time. */
static void sleep_us(void *ud, int64_t us)
{
    const struct timespec rest = {0, 1000 * (us < REST_US_MAX ? us : REST_US_MAX)};
    (void)nanosleep(&rest, NULL);
    place_turn(ud, us);
}

static uint64_t random_of(void *ud)
{
    struct place *place = ud;
    uint64_t z = atomic_fetch_add(&place->random, 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static void on_retry(void *ud, const stator_event *event)
{
    struct place *place = ud;
    (void)event;
    atomic_fetch_add(&place->retries, 1);
}

static void on_finish(void *ud, const stator_event *event)
{
    struct place *place = ud;
    (void)event;
    atomic_fetch_add(&place->finished, 1);
}

void place_turn(struct place *place, int64_t us)
{
    atomic_fetch_add(&place->turned_us, us);
}

void place_freeze(struct place *place, int64_t us)
{
    atomic_store(&place->frozen_us, us - atomic_load(&place->turned_us));
}

void place_check_(stator_rc rc, stator_rc expected, const char *what, const char *file, int line)
{
    if (rc == expected) return;
    print_error("%s:%d: %s is %s, not %s: %s\n", file, line, what, stator_rc_name(rc),
                stator_rc_name(expected), stator_error_get()->message);
    _fail(file, line);
}

bool place_is_peer(void)
{
    return getenv("STATOR_TEST_PEER") != NULL;
}

const char *place_name(struct place *place, const char *stem)
{
    static atomic_int names;
    assert_in_range(place->table_count, 0, PLACE_TABLES_MAX - 1);
    char *name = place->tables[place->table_count++];
    (void)snprintf(name, PLACE_NAME_LEN, "%s-%llx-%d", stem,
                   (unsigned long long)(now_us(place) - atomic_load(&place->turned_us)),
                   atomic_fetch_add(&names, 1));
    return name;
}

/* Where STATOR_TEST_URI says, into `uri`. */
static void choose(struct place *place, char *uri, size_t size)
{
    const char *given = getenv("STATOR_TEST_URI");
    const bool is_file = given != NULL && strcmp(given, "file:") == 0;
    if (is_file) place->folder = support_folder_new();
    (void)snprintf(uri, size, "%s%s", given != NULL ? given : "mem:", is_file ? place->folder : "");
}

int place_setup(void **state)
{
    char uri[512];
    struct place *place = calloc(1, sizeof *place);
    if (place == NULL) return -1;
    choose(place, uri, sizeof uri);
    atomic_store(&place->random, (uint64_t)now_us(place));
    const stator_hooks hooks = {
        .ud = place,
        .now_us = now_us,
        .sleep_us = sleep_us,
        .random = random_of,
        .on_retry = on_retry,
        .on_finish = on_finish,
    };
    const stator_retry patient = {10, 1000, 50000, 2.0, 0.5};
    const stator_options options = {
        .size = sizeof options,
        .hooks = &hooks,
        .retry = &patient,
        .durability = STATOR_RELAXED,
    };
    place_check(stator_open(uri, &options, &place->db), STATOR_OK);
    *state = place;
    return 0;
}

/* A server that has no time to live has made the table all the same. */
static void check_made(stator_rc rc)
{
    if (rc != STATOR_E_UNSUPPORTED) place_check(rc, STATOR_OK);
}

int place_setup_single(void **state)
{
    if (place_setup(state) != 0) return -1;
    struct place *place = *state;
    (void)snprintf(place->table, sizeof place->table, "%s", place_name(place, "single"));
    check_made(stator_ensure_single_table(place->db, place->table));
    return 0;
}

int place_setup_jobs(void **state)
{
    if (place_setup(state) != 0) return -1;
    struct place *place = *state;
    (void)snprintf(place->table, sizeof place->table, "%s", place_name(place, "jobs"));
    check_made(stator_ensure_jobs_table(place->db, place->table));
    return 0;
}

int place_teardown(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < place->table_count; i++)
        (void)stator_delete_table(place->db, place->tables[i]);
    stator_close(place->db);
    if (place->folder != NULL) support_folder_free(place->folder);
    stator_thread_end();
    free(place);
    return 0;
}

stator_doc *place_item(struct place *place, const char *pk, const char *sk)
{
    stator_result *result = NULL;
    stator_doc *doc = NULL;
    const stator_rc rc =
        stator_get(place->db, place->table, &result,
                   STATOR_KEY({"PK", stator_s(pk)}, {"SK", stator_s(sk)}), .consistent = true);
    if (rc == STATOR_OK) {
        doc = stator_doc_copy(stator_result_item(result, 0));
    } else {
        place_check(rc, STATOR_NOT_FOUND);
    }
    stator_result_free(result);
    return doc;
}

int64_t place_count(struct place *place)
{
    int64_t count = 0;
    const stator_query_opts opts = {
        .size = sizeof opts,
        .table = place->table,
        .consistent = true,
    };
    place_check(stator_count_items(place->db, place->table, &count, &opts), STATOR_OK);
    return count;
}

/* ---- races */

struct runner {
    pthread_barrier_t *begin;
    void (*work)(void *ud, int i);
    void *ud;
    int i;
};

static void *run(void *ctx)
{
    const struct runner *runner = ctx;
    (void)pthread_barrier_wait(runner->begin);
    runner->work(runner->ud, runner->i);
    return NULL;
}

void place_race(int count, void (*work)(void *ud, int i), void *ud)
{
    pthread_t threads[PLACE_THREADS_MAX];
    struct runner runners[PLACE_THREADS_MAX];
    pthread_barrier_t begin;
    assert_in_range(count, 1, PLACE_THREADS_MAX);
    assert_int_equal(pthread_barrier_init(&begin, NULL, (unsigned)count), 0);
    for (int i = 0; i < count; i++) {
        runners[i] = (struct runner){&begin, work, ud, i};
        assert_int_equal(pthread_create(&threads[i], NULL, run, &runners[i]), 0);
    }
    for (int i = 0; i < count; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(pthread_barrier_destroy(&begin), 0);
}
