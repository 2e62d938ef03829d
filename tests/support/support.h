/* support.h -- what every test needs: leak-failing memory, guard pages, seeded randomness, folders.
 *
 *     static const struct mem *m = support_mem();   counts what is taken
 *     support_mem_check();                          fails the test if anything was not given back
 *
 * cmocka is included here, with the headers it wants before it.
 */
#ifndef STATOR_TESTS_SUPPORT_H
#define STATOR_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/span.h"

/* A heap that counts. After support_mem_fail_at(n) its n-th allocation from now (1 is the next)
 * fails, and only that one; 0 turns that off. support_mem_failed tells whether it happened. Safe
 * from any thread. */
const struct mem *support_mem(void);
void support_mem_fail_at(uint64_t nth);
bool support_mem_failed(void);

/* Fails the test when memory of support_mem is still taken. */
void support_mem_check(void);

/* A copy of `bytes` that ends exactly at an unreadable page: one byte too far is a crash. Freed by
 * support_guard_free. */
struct span support_guard(struct span bytes);
void support_guard_free(struct span guarded);

/* Randomness that can be replayed: the seed is STATOR_SEED of the environment, else the time, and
 * is printed. */
struct support_random {
    uint64_t state;
};
struct support_random support_random(void);
uint64_t support_random_next(struct support_random *random);
/* From 0 to bound - 1. */
uint32_t support_random_below(struct support_random *random, uint32_t bound);

/* A fresh empty folder under TMPDIR, and its end with all that is in it. */
char *support_folder_new(void);
void support_folder_free(char *folder);

/* Assert that `actual` is the text `expected`, showing both if not. */
void support_assert_text(struct span actual, const char *expected);

#endif
