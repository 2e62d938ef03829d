/* database.c -- see database.h. A database that is still working when the process ends looks like a
 * leak, so it is closed before.
 */
#include "database.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHECK_EVERY = 256, RENEW_EVERY = 4096 }; /* inputs */

static struct instance *instance;

static void close_it(void)
{
    instance_close(instance);
    instance = NULL;
}

static void open_one(void)
{
    static bool is_told;
    const struct instance_options options = {
        .mem = mem_heap(), .os = os_system(), .durability = STORE_RELAXED, .threads = 1};
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 16);
    struct error err = error_in(&arena);
    const status st = instance_open(&options, &instance, &err);
    assert(st == ST_OK);
    arena_deinit(&arena);
    if (!is_told) (void)atexit(close_it);
    is_told = true;
}

struct instance *database(void)
{
    if (instance == NULL) open_one();
    return instance;
}

static void on_problem(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "not whole: %s\n", text);
    abort();
}

static void check_whole(void)
{
    struct arena arena;
    struct engine_check check = {.problem = on_problem};
    arena_init(&arena, mem_heap(), 1 << 20);
    struct error err = error_in(&arena);
    const status st = engine_check(instance_engine(database()), &check, &err);
    assert(st == ST_OK);
    arena_deinit(&arena);
}

bool database_tend(void)
{
    static unsigned inputs;
    const unsigned before = inputs++;
    if (before % CHECK_EVERY != 0) return false;
    if (before > 0) check_whole();
    if (before % RENEW_EVERY == 0) close_it();
    return true;
}
