/* slot.c -- a key of pthreads, made when it is first needed.
 *
 * A thread-local variable would do without the key, but has no end: what it points at would be
 * lost with each thread. The process's first thread has no end either unless it calls pthread_exit;
 * who wants its memory back empties the slot.
 */
#include "os/slot.h"

#include <pthread.h>
#include <stdbool.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool is_made; /* written once, under `once` */

static void end_slot(void *kept)
{
    struct slot *slot = kept;
    slot->end(slot);
}

static void make_key(void)
{
    is_made = pthread_key_create(&key, end_slot) == 0;
}

static bool has_key(void)
{
    return pthread_once(&once, make_key) == 0 && is_made;
}

struct slot *slot_get(void)
{
    return has_key() ? pthread_getspecific(key) : NULL;
}

status slot_set(struct slot *slot)
{
    if (!has_key()) return ST_NO_MEMORY;
    return pthread_setspecific(key, slot) == 0 ? ST_OK : ST_NO_MEMORY;
}
