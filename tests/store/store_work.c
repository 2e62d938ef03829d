/* store_work.c -- see store_work.h. */
#include "store/store_work.h"

#include <stdio.h>

#include "os/thread.h"

enum { LOG_BYTES = 300, KEY_BYTES = 64, REST_NS = 100000 };

static struct span make_key(char out[KEY_BYTES], const char *what, uint32_t writer, uint64_t number)
{
    const int len =
        snprintf(out, KEY_BYTES, "%s.%u.%llu", what, writer, (unsigned long long)number);
    return (struct span){(const uint8_t *)out, (size_t)len};
}

static uint64_t counter(struct store *store, const char *what, uint32_t writer)
{
    char key[KEY_BYTES];
    return store_box_number(store, make_key(key, what, writer, 0));
}

static status write_run(struct store_txn *txn, void *ctx)
{
    const struct store_worker *worker = ctx;
    char key[KEY_BYTES];
    uint8_t bytes[LOG_BYTES];
    memset(bytes, (int)(worker->number & 0xFF), sizeof bytes);
    TRY(store_box_txn_put_number(txn, make_key(key, "a", worker->index, 0), worker->number));
    TRY(store_txn_put(txn, make_key(key, "log", worker->index, worker->number),
                      (struct span){bytes, sizeof bytes}));
    return store_box_txn_put_number(txn, make_key(key, "b", worker->index, 0), worker->number);
}

/* Half of the writers lead, half leave it to the store's threads. */
typedef status(wait_fn)(struct store *store, store_write_fn *fn, void *ctx);
static wait_fn *const waits[] = {store_write_wait, store_box_write_away};

/* Is there more to do? Not while the work rests. */
static bool goes_on(struct store_work *work)
{
    while (atomic_load(&work->resting) && !atomic_load(&work->over)) thread_rest(REST_NS);
    return !atomic_load(&work->over);
}

static void *writer_main(void *ctx)
{
    struct store_worker *worker = ctx;
    struct store_work *work = worker->work;
    while (goes_on(work)) {
        worker->number++;
        const status st = waits[worker->index % ARRAY_COUNT(waits)](work->store, write_run, worker);
        if (st != ST_OK) abort();
        work->report(work->ctx, false, worker->index, worker->number);
    }
    return NULL;
}

static void *reader_main(void *ctx)
{
    struct store_worker *worker = ctx;
    struct store_work *work = worker->work;
    for (uint32_t turn = worker->index; goes_on(work); turn++) {
        const uint32_t writer = turn % WORK_WRITERS;
        work->report(work->ctx, true, writer, counter(work->store, "a", writer));
    }
    return NULL;
}

void store_work_start(struct store_work *work)
{
    for (uint32_t i = 0; i < ARRAY_COUNT(work->workers); i++) {
        struct store_worker *worker = &work->workers[i];
        worker->work = work;
        worker->index = i;
        worker->number = i < WORK_WRITERS ? counter(work->store, "a", i) : 0;
        void *(*run)(void *) = i < WORK_WRITERS ? writer_main : reader_main;
        assert_int_equal(pthread_create(&worker->thread, NULL, run, worker), 0);
    }
}

void store_work_stop(struct store_work *work)
{
    atomic_store(&work->over, true);
    for (size_t i = 0; i < ARRAY_COUNT(work->workers); i++)
        pthread_join(work->workers[i].thread, NULL);
}

struct log_check {
    uint32_t writer;
    uint64_t from;
    uint64_t to;
};

static status log_read(struct store_view *view, void *ctx)
{
    const struct log_check *check = ctx;
    for (uint64_t n = check->from; n <= check->to + 1; n++) {
        char key[KEY_BYTES];
        struct span value = {0};
        bool found = false;
        TRY(store_view_get(view, make_key(key, "log", check->writer, n), &value, &found));
        assert_int_equal(found, n <= check->to);
        if (!found) continue;
        assert_int_equal(value.len, LOG_BYTES);
        assert_int_equal(value.ptr[0], n & 0xFF);
        assert_int_equal(value.ptr[LOG_BYTES - 1], n & 0xFF);
    }
    return ST_OK;
}

uint64_t store_work_check(struct store *store, struct store_work_known known[WORK_WRITERS],
                          uint64_t ahead)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < WORK_WRITERS; i++) {
        const uint64_t a = counter(store, "a", i);
        assert_int_equal(a, counter(store, "b", i));
        assert_true(a >= known[i].acknowledged);
        assert_true(a >= known[i].seen);
        assert_true(a <= known[i].acknowledged + ahead);
        struct log_check check = {i, known[i].checked + 1, a};
        assert_int_equal(store_read(store, log_read, &check), ST_OK);
        known[i].checked = a;
        sum += a;
    }
    return sum;
}
