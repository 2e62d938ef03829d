/* embedded_group.c -- RocksDB alone with a group commit around it, as Stator's store has one.
 *
 *     callers -> [queued] -> writer: a get and a put for each, one write -> [written] -> syncer ->
 * go on
 *
 * Many callers queue a conditional update each and wait. The writer takes all that is queued, and
 * the syncer all that was written meanwhile: while one group is synced the next one is written. It
 * knows the one operation that is measured so.
 *
 * The other way to share a sync is RocksDB's own, where every caller writes: embedded_raw.c.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "embedded_raw.h"

struct caller {
    struct caller *next;
    uint32_t item;
    sem_t over;
};

struct queue {
    struct caller *first;
    struct caller **end; /* where the next one is linked in */
};

struct group {
    struct embedded raw;
    pthread_t writer;
    pthread_t syncer;

    pthread_mutex_t lock;
    /* below: held under lock */
    pthread_cond_t changed[2]; /* of the queues */
    struct queue queues[2];    /* for the writer, for the syncer */
    bool is_ending;
};

enum { QUEUED, WRITTEN };

static void append(struct group *group, int which, struct caller *callers)
{
    struct queue *queue = &group->queues[which];
    (void)pthread_mutex_lock(&group->lock);
    *queue->end = callers;
    while (*queue->end != NULL) queue->end = &(*queue->end)->next;
    (void)pthread_cond_signal(&group->changed[which]);
    (void)pthread_mutex_unlock(&group->lock);
}

/* All that is there, or NULL at the end. */
static struct caller *take_all(struct group *group, int which)
{
    struct queue *queue = &group->queues[which];
    (void)pthread_mutex_lock(&group->lock);
    while (queue->first == NULL && !group->is_ending)
        (void)pthread_cond_wait(&group->changed[which], &group->lock);
    struct caller *callers = queue->first;
    *queue = (struct queue){.end = &queue->first};
    (void)pthread_mutex_unlock(&group->lock);
    return callers;
}

static void *write_groups(void *ctx)
{
    struct group *group = ctx;
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    struct caller *callers = NULL;
    while ((callers = take_all(group, QUEUED)) != NULL) {
        for (const struct caller *caller = callers; caller != NULL; caller = caller->next) {
            embedded_raw_get(&group->raw, caller->item);
            embedded_raw_add(&group->raw, batch, caller->item);
        }
        embedded_raw_write(&group->raw, batch);
        append(group, WRITTEN, callers);
    }
    rocksdb_writebatch_destroy(batch);
    return NULL;
}

static void *sync_groups(void *ctx)
{
    struct group *group = ctx;
    struct caller *callers = NULL;
    while ((callers = take_all(group, WRITTEN)) != NULL) {
        embedded_raw_sync(&group->raw);
        while (callers != NULL) {
            struct caller *caller = callers;
            callers = caller->next;
            (void)sem_post(&caller->over);
        }
    }
    return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *ctx), struct group *group)
{
    if (pthread_create(thread, NULL, run, group) != 0)
        embedded_fail("a thread", "there is none to be had");
}

static void group_open(struct embedded *e)
{
    struct group *group = calloc(1, sizeof *group);
    if (group == NULL) embedded_fail("opening", "out of memory");
    group->raw = *e;
    embedded_raw_open(&group->raw, EMBEDDED_RAW_LATER);
    (void)pthread_mutex_init(&group->lock, NULL);
    for (int i = 0; i < 2; i++) {
        (void)pthread_cond_init(&group->changed[i], NULL);
        group->queues[i].end = &group->queues[i].first;
    }
    start(&group->writer, write_groups, group);
    start(&group->syncer, sync_groups, group);
    e->state = group;
}

/* Nobody calls any more. */
static void group_close(struct embedded *e)
{
    struct group *group = e->state;
    (void)pthread_mutex_lock(&group->lock);
    group->is_ending = true;
    for (int i = 0; i < 2; i++) (void)pthread_cond_signal(&group->changed[i]);
    (void)pthread_mutex_unlock(&group->lock);
    (void)pthread_join(group->writer, NULL);
    (void)pthread_join(group->syncer, NULL);
    embedded_raw_close(&group->raw);
    for (int i = 0; i < 2; i++) (void)pthread_cond_destroy(&group->changed[i]);
    (void)pthread_mutex_destroy(&group->lock);
    free(group);
}

static void group_run(struct embedded *e, embedded_op op, uint32_t item)
{
    struct caller caller = {.item = item};
    if (op != EMBEDDED_UPDATE) embedded_fail("a group", "there are only updates in one");
    (void)sem_init(&caller.over, 0, 0);
    append(e->state, QUEUED, &caller);
    while (sem_wait(&caller.over) != 0) continue; /* a signal came */
    (void)sem_destroy(&caller.over);
}

const struct embedded_subject embedded_group = {
    .name = "RocksDB alone, one thread writes for all",
    .open = group_open,
    .run = group_run,
    .close = group_close,
};
