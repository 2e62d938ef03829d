/* help_test.c -- store_help: callers that wait do the committer's and the syncer's work themselves.
 *
 * What a write function may rely on whoever runs it is in contract_test.c, which queues helped
 * writes as well; crash_test.c and durability_test.c have leading callers and the store's threads
 * side by side. Here is who does the work. A held function keeps its thread busy on purpose, so
 * that nothing depends on which thread is faster.
 */
#include <pthread.h>
#include <unistd.h>

#include "store/store_box.h"

enum { QUIET_US = 20000, MANY = 16 };

/* One write, on a thread of its own if `caller` is used, and what became of it. */
struct job {
    struct store *store;
    pthread_mutex_t *held; /* or NULL: the function waits for it */
    atomic_bool running;
    pthread_t run_by;
    pthread_t done_by;
    status told;
    atomic_bool over;
    atomic_bool returned; /* store_help has */
    struct store_write write;
    pthread_t caller;
};

static status job_run(struct store_txn *txn, void *ctx)
{
    struct job *job = ctx;
    uint64_t number = 0;
    job->run_by = pthread_self();
    atomic_store(&job->running, true);
    if (job->held != NULL) {
        pthread_mutex_lock(job->held);
        pthread_mutex_unlock(job->held);
    }
    TRY(store_box_txn_number(txn, SPAN("count"), &number));
    return store_box_txn_put_number(txn, SPAN("count"), number + 1);
}

static void job_done(void *ctx, status st)
{
    struct job *job = ctx;
    job->done_by = pthread_self();
    job->told = st;
    atomic_store(&job->over, true);
}

static void job_queue(struct job *job, struct store *store, bool helped)
{
    job->store = store;
    job->write =
        (struct store_write){.fn = job_run, .done = job_done, .ctx = job, .helped = helped};
    store_write(store, &job->write);
}

static void *job_main(void *ctx)
{
    struct job *job = ctx;
    job_queue(job, job->store, true);
    store_help(job->store, &job->over);
    atomic_store(&job->returned, true);
    return NULL;
}

static void job_start(struct job *job, struct store *store)
{
    job->store = store;
    assert_int_equal(pthread_create(&job->caller, NULL, job_main, job), 0);
}

static void wait_for(const atomic_bool *flag)
{
    while (!atomic_load(flag)) usleep(100);
}

/* The store's threads take what they meet while they are awake, as when they have just begun: let
 * them fall asleep. */
static void let_threads_rest(struct store_box *box)
{
    struct job job = {0};
    job_queue(&job, box->store, false);
    wait_for(&job.over);
    usleep(QUIET_US);
}

/* ---- alone */

static void test_help__a_caller_alone_does_all_the_work_itself(void **state)
{
    struct store_box *box = *state;
    let_threads_rest(box);
    for (uint64_t i = 1; i <= 50; i++) {
        struct job job = {0};
        job_queue(&job, box->store, true);
        store_help(box->store, &job.over);
        assert_int_equal(job.told, ST_OK);
        assert_true(pthread_equal(job.run_by, pthread_self()));
        assert_true(pthread_equal(job.done_by, pthread_self()));
        assert_int_equal(store_box_number(box->store, SPAN("count")), i + 1);
    }
}

static void test_help__no_thread_is_woken_for_a_helped_write(void **state)
{
    struct store_box *box = *state;
    struct job job = {0};
    let_threads_rest(box);
    job_queue(&job, box->store, true);
    usleep(QUIET_US);
    assert_false(atomic_load(&job.running));
    store_help(box->store, &job.over);
    assert_true(pthread_equal(job.run_by, pthread_self()));
}

static void test_help__what_is_over_needs_no_waiting(void **state)
{
    struct store_box *box = *state;
    struct job job = {0};
    job_queue(&job, box->store, false);
    wait_for(&job.over);
    store_help(box->store, &job.over);
    assert_false(pthread_equal(job.run_by, pthread_self()));
}

static void test_help__closing_runs_what_nobody_came_to_help_with(void **state)
{
    struct store_box *box = *state;
    struct job job = {0};
    job_queue(&job, box->store, true);
    store_close(box->store);
    assert_true(atomic_load(&job.over));
    assert_int_equal(job.told, ST_OK);
    box->store = store_box_open(box->mode, box->dir);
}

/* ---- with others */

static void test_help__those_who_come_meanwhile_are_carried_along(void **state)
{
    struct store_box *box = *state;
    static struct job jobs[MANY];
    pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    struct job first = {.held = &held};
    struct store_stats before, after;
    pthread_mutex_lock(&held);
    job_start(&first, box->store);
    wait_for(&first.running);
    store_stats(box->store, &before);
    for (size_t i = 0; i < MANY; i++) {
        jobs[i] = (struct job){0};
        job_start(&jobs[i], box->store);
    }
    usleep(QUIET_US); /* they are queued by then, most likely; if not, there are more batches */
    pthread_mutex_unlock(&held);
    pthread_join(first.caller, NULL);
    for (size_t i = 0; i < MANY; i++) pthread_join(jobs[i].caller, NULL);
    store_stats(box->store, &after);
    for (size_t i = 0; i < MANY; i++) assert_int_equal(jobs[i].told, ST_OK);
    assert_int_equal(store_box_number(box->store, SPAN("count")), MANY + 1);
    assert_true(after.batches - before.batches < MANY);
}

static void test_help__who_leads_goes_when_its_own_write_is_done(void **state)
{
    struct store_box *box = *state;
    pthread_mutex_t first_held = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t second_held = PTHREAD_MUTEX_INITIALIZER;
    struct job first = {.held = &first_held}, second = {.held = &second_held};
    pthread_mutex_lock(&first_held);
    pthread_mutex_lock(&second_held);
    job_start(&first, box->store);
    wait_for(&first.running);
    job_start(&second, box->store);
    usleep(QUIET_US);
    pthread_mutex_unlock(&first_held);
    wait_for(&first.returned);
    wait_for(&second.running);
    assert_false(pthread_equal(second.run_by, first.caller));
    pthread_mutex_unlock(&second_held);
    pthread_join(first.caller, NULL);
    pthread_join(second.caller, NULL);
    assert_int_equal(second.told, ST_OK);
}

static void test_help__writes_of_callers_that_went_away_are_not_left_behind(void **state)
{
    struct store_box *box = *state;
    static struct job jobs[MANY];
    pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    struct job first = {.held = &held};
    pthread_mutex_lock(&held);
    job_start(&first, box->store);
    wait_for(&first.running);
    for (size_t i = 0; i < MANY; i++) {
        jobs[i] = (struct job){0};
        job_queue(&jobs[i], box->store, false);
    }
    pthread_mutex_unlock(&held);
    for (size_t i = 0; i < MANY; i++) wait_for(&jobs[i].over);
    pthread_join(first.caller, NULL);
    for (size_t i = 0; i < MANY; i++) assert_int_equal(jobs[i].told, ST_OK);
    assert_int_equal(store_box_number(box->store, SPAN("count")), MANY + 1);
}

/* ---- the suite */

#define TESTS(X)                                                                                   \
    X(test_help__a_caller_alone_does_all_the_work_itself)                                          \
    X(test_help__no_thread_is_woken_for_a_helped_write)                                            \
    X(test_help__what_is_over_needs_no_waiting)                                                    \
    X(test_help__closing_runs_what_nobody_came_to_help_with)                                       \
    X(test_help__those_who_come_meanwhile_are_carried_along)                                       \
    X(test_help__who_leads_goes_when_its_own_write_is_done)                                        \
    X(test_help__writes_of_callers_that_went_away_are_not_left_behind)

int main(void)
{
    int failed = 0;
    STORE_BOX_RUN(TESTS, failed);
    return failed;
}
