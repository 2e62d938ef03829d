/* thread_test.c -- threads, mutexes and conditions. */
#include "os/thread.h"

#include <signal.h>

#include "os/cond.h"
#include "os/os.h"
#include "support/support.h"

enum { THREADS = 8, TURNS = 10000 };

struct shared {
    struct mutex lock;
    struct cond changed;
    uint64_t count;
    bool go;
};

static void shared_init(struct shared *shared)
{
    *shared = (struct shared){0};
    mutex_init(&shared->lock);
    cond_init(&shared->changed);
}

static void shared_deinit(struct shared *shared)
{
    cond_deinit(&shared->changed);
    mutex_deinit(&shared->lock);
}

static void add(void *ctx)
{
    struct shared *shared = ctx;
    for (size_t i = 0; i < TURNS; i++) {
        mutex_lock(&shared->lock);
        shared->count++;
        mutex_unlock(&shared->lock);
    }
}

static void test_mutex__lets_one_in_at_a_time(void **state)
{
    (void)state;
    struct shared shared;
    shared_init(&shared);
    struct thread threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(thread_start(&threads[i], "adds", add, &shared), ST_OK);
    for (size_t i = 0; i < THREADS; i++) thread_join(&threads[i]);
    assert_int_equal(shared.count, THREADS * TURNS);
    shared_deinit(&shared);
}

static void wait_and_count(void *ctx)
{
    struct shared *shared = ctx;
    mutex_lock(&shared->lock);
    while (!shared->go) cond_wait(&shared->changed, &shared->lock);
    shared->count++;
    mutex_unlock(&shared->lock);
}

static void test_cond__wakes_all_that_wait(void **state)
{
    (void)state;
    struct shared shared;
    shared_init(&shared);
    struct thread threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(thread_start(&threads[i], "waits", wait_and_count, &shared), ST_OK);
    mutex_lock(&shared.lock);
    shared.go = true;
    cond_wake_all(&shared.changed);
    mutex_unlock(&shared.lock);
    for (size_t i = 0; i < THREADS; i++) thread_join(&threads[i]);
    assert_int_equal(shared.count, THREADS);
    shared_deinit(&shared);
}

static void look_about(void *ctx)
{
    bool *blocks_term = ctx;
    sigset_t blocked;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    *blocks_term = sigismember(&blocked, SIGTERM) == 1;
}

static void test_thread__leaves_signals_to_the_main_thread(void **state)
{
    (void)state;
    bool blocks_term = false;
    struct thread thread;
    assert_int_equal(thread_start(&thread, "looks-about-15c", look_about, &blocks_term), ST_OK);
    thread_join(&thread);
    assert_true(blocks_term);
    sigset_t blocked;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    assert_int_equal(sigismember(&blocked, SIGTERM), 0); /* and ours is as it was */
}

/* Nobody wakes it, so only time ends it; a wait may end early, but not by so much each time. */
static void test_cond__a_wait_ends_with_its_time(void **state)
{
    (void)state;
    enum { WAIT_NS = 20000000, TRIES = 10 };
    struct shared shared;
    shared_init(&shared);
    uint64_t longest = 0;
    for (unsigned i = 0; i < TRIES && longest < WAIT_NS; i++) {
        const uint64_t before = os_ticks_ns(os_system());
        mutex_lock(&shared.lock);
        cond_wait_for(&shared.changed, &shared.lock, os_system(), WAIT_NS);
        mutex_unlock(&shared.lock);
        const uint64_t passed = os_ticks_ns(os_system()) - before;
        if (passed > longest) longest = passed;
    }
    assert_true(longest >= WAIT_NS);
    shared_deinit(&shared);
}

static void wake(void *ctx)
{
    struct shared *shared = ctx;
    mutex_lock(&shared->lock);
    shared->go = true;
    cond_wake_all(&shared->changed);
    mutex_unlock(&shared->lock);
}

static void test_cond__a_wake_ends_a_wait_before_its_time(void **state)
{
    (void)state;
    const uint64_t hour_ns = UINT64_C(3600000000000);
    struct shared shared;
    struct thread thread;
    shared_init(&shared);
    assert_int_equal(thread_start(&thread, "wakes", wake, &shared), ST_OK);
    mutex_lock(&shared.lock);
    while (!shared.go) cond_wait_for(&shared.changed, &shared.lock, os_system(), hour_ns);
    mutex_unlock(&shared.lock);
    thread_join(&thread);
    shared_deinit(&shared);
}

static void test_rest__lasts_at_least_as_long_as_asked(void **state)
{
    (void)state;
    const uint64_t asked_ns = 20000000;
    const uint64_t begun_ns = os_ticks_ns(os_system());
    thread_rest(asked_ns);
    assert_true(os_ticks_ns(os_system()) - begun_ns >= asked_ns);
    thread_rest(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutex__lets_one_in_at_a_time),
        cmocka_unit_test(test_cond__wakes_all_that_wait),
        cmocka_unit_test(test_thread__leaves_signals_to_the_main_thread),
        cmocka_unit_test(test_cond__a_wait_ends_with_its_time),
        cmocka_unit_test(test_cond__a_wake_ends_a_wait_before_its_time),
        cmocka_unit_test(test_rest__lasts_at_least_as_long_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
