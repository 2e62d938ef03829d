/* slot_test.c -- each thread has a slot of its own, and its end is called once, on its own thread.
 */
#include "os/slot.h"

#include <pthread.h>
#include <stdatomic.h>

#include "os/thread.h"
#include "support/support.h"

enum { THREADS = 8 };

struct kept {
    struct slot slot;
    pthread_t thread;
    atomic_int ends;
};

static void end(struct slot *slot)
{
    struct kept *kept = (struct kept *)slot;
    if (pthread_equal(kept->thread, pthread_self())) atomic_fetch_add(&kept->ends, 1);
}

static void keep(void *ctx)
{
    struct kept *kept = ctx;
    kept->slot.end = end;
    kept->thread = pthread_self();
    if (slot_get() != NULL || slot_set(&kept->slot) != ST_OK) return;
    if (slot_get() != &kept->slot) atomic_fetch_add(&kept->ends, 100);
}

static void test_slot__each_thread_has_its_own_until_it_ends(void **state)
{
    (void)state;
    struct kept kept[THREADS] = {0};
    struct thread threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(thread_start(&threads[i], "slot", keep, &kept[i]), ST_OK);
    for (size_t i = 0; i < THREADS; i++) thread_join(&threads[i]);
    for (size_t i = 0; i < THREADS; i++) assert_int_equal(atomic_load(&kept[i].ends), 1);
    assert_null(slot_get());
}

static void keep_and_empty(void *ctx)
{
    keep(ctx);
    if (slot_set(NULL) != ST_OK || slot_get() != NULL)
        atomic_fetch_add(&((struct kept *)ctx)->ends, 100);
}

static void test_slot__what_was_taken_out_is_not_ended(void **state)
{
    (void)state;
    struct kept kept = {0};
    struct thread thread;
    assert_int_equal(thread_start(&thread, "slot", keep_and_empty, &kept), ST_OK);
    thread_join(&thread);
    assert_int_equal(atomic_load(&kept.ends), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slot__each_thread_has_its_own_until_it_ends),
        cmocka_unit_test(test_slot__what_was_taken_out_is_not_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
