/* database.c -- see database.h. A database that is still working when the process ends looks like a
 * leak, so it is closed before.
 */
#include "database.h"

#include <assert.h>
#include <stdlib.h>

static struct instance *instance;

void database_close(void)
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
    if (!is_told) (void)atexit(database_close);
    is_told = true;
}

struct instance *database(void)
{
    if (instance == NULL) open_one();
    return instance;
}
