/* logbook_watch.c -- telling of streams that there is more to read.
 *
 * A linked list under a lock of its own, which is held while a watch is called: so a watch that was
 * taken out is not running any more, and its owner may free it. That is why a watch must be short.
 * A commit to a stream that nobody watches, as in a database where nobody watches any, does not
 * take the lock: `watch_count` is looked at first. A watch that comes at that moment is told of
 * later commits; what it missed was readable before engine_stream_watch returned.
 */
#include "engine/logbook.h"

void engine_stream_watch(struct engine *engine, struct engine_watch *watch)
{
    mutex_lock(&engine->watch_lock);
    watch->before = NULL;
    watch->next = engine->watches;
    if (watch->next != NULL) watch->next->before = watch;
    engine->watches = watch;
    atomic_fetch_add(&engine->watch_count, 1);
    mutex_unlock(&engine->watch_lock);
}

void engine_stream_unwatch(struct engine *engine, struct engine_watch *watch)
{
    mutex_lock(&engine->watch_lock);
    if (watch->next != NULL) watch->next->before = watch->before;
    if (watch->before != NULL) watch->before->next = watch->next;
    if (watch->before == NULL) engine->watches = watch->next;
    atomic_fetch_sub(&engine->watch_count, 1);
    mutex_unlock(&engine->watch_lock);
}

void logbook_tell(struct engine *engine, uint32_t stream)
{
    if (atomic_load(&engine->watch_count) == 0) return;
    mutex_lock(&engine->watch_lock);
    for (struct engine_watch *watch = engine->watches; watch != NULL; watch = watch->next)
        if (watch->stream == stream) watch->fn(watch->ctx);
    mutex_unlock(&engine->watch_lock);
}

void logbook_tell_all(struct engine *engine)
{
    mutex_lock(&engine->watch_lock);
    for (struct engine_watch *watch = engine->watches; watch != NULL; watch = watch->next)
        watch->fn(watch->ctx);
    mutex_unlock(&engine->watch_lock);
}
