/* tasks.c -- a task store: events that are never changed, a status beside them, and workers that
 * die.
 *
 * usage: tasks [DATABASE]      "mem:" unless it is given
 *
 * What happened to a task is a row of numbered events; a number is taken once, so two writers
 * cannot both write number 3. What the task is now is one more item, META, which is moved by
 * conditions: a worker claims the task for a time, and when that time is over another may claim it.
 * A request that is sent twice under one key makes one task.
 *
 * Items: PK TASK#<id>,  SK EVENT#<number>  type, worker, at
 *        PK TASK#<id>,  SK META            status, worker, claimed_until (seconds), events
 *        PK IDEM#<key>, SK IDEM            task_id, ttl
 */
#include <stator/stator.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char table[] = "tasks";
enum { LEASE_S = 30 };

/* The clock, and what this program has turned it on by: it waits for nobody. */
static int64_t turned_us = 0;

static int64_t clock_of(void *ud)
{
    return (int64_t)time(NULL) * STATOR_SECOND + *(const int64_t *)ud;
}

static int64_t now_s(stator *db)
{
    return stator_now(db) / STATOR_SECOND;
}

/* Event number `number` and the status after it are written together, or not at all: not when the
 * number is taken, and not when `if_meta` does not hold of the status before. */
struct event {
    const char *id, *type, *worker;
    int64_t number;
    stator_upd meta;
    stator_cond if_meta;
};

static stator_rc append(stator *db, const struct event *e)
{
    char pk[64], sk[32], at[STATOR_TS_LEN];
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, table,
                  STATOR_M({"PK", stator_sf(pk, "TASK#%s", e->id)},
                           {"SK", stator_sf(sk, "EVENT#%04d", (int)e->number)},
                           {"type", stator_s(e->type)}, {"worker", stator_opt_s(e->worker)},
                           {"at", stator_s(stator_rfc3339(at, stator_now(db)))}),
                  .if_not_exists = true);
    stator_tx_update(tx, table, STATOR_KEY({"PK", stator_s(pk)}, {"SK", stator_s("META")}),
                     stator_updates(e->meta, stator_set("events", stator_i(e->number))),
                     .condition = e->if_meta);
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

/* The status of a task. Yours. */
static stator_rc load(stator *db, const char *id, stator_result **out)
{
    char pk[64];
    return stator_get(db, table, out,
                      STATOR_KEY({"PK", stator_sf(pk, "TASK#%s", id)}, {"SK", stator_s("META")}),
                      .consistent = true);
}

/* Make a task for this request, or find the one that the request made before. */
static stator_rc submit(stator *db, const char *request, char id[STATOR_UUID_LEN])
{
    char idem[96], pk[64];
    stator_uuid4(db, id);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, table,
                  STATOR_M({"PK", stator_sf(idem, "IDEM#%s", request)}, {"SK", stator_s("IDEM")},
                           {"task_id", stator_s(id)}, {"ttl", stator_i(now_s(db) + 86400)}),
                  .if_not_exists = true, .on_failure = STATOR_ALL_OLD);
    stator_tx_put(tx, table,
                  STATOR_M({"PK", stator_sf(pk, "TASK#%s", id)}, {"SK", stator_s("META")},
                           {"status", stator_s("PENDING")}, {"events", stator_i(0)}));
    stator_rc rc = stator_tx_commit(tx, NULL);
    if (rc == STATOR_CONDITION_FAILED) { /* the request is known, and this is the task it made */
        snprintf(id, STATOR_UUID_LEN, "%s", stator_str(stator_error_get()->item, "task_id"));
        rc = STATOR_OK;
    }
    stator_tx_free(tx);
    return rc;
}

/* Take a task that waits, or that its worker has had for too long. */
static stator_rc claim(stator *db, const char *id, const char *worker)
{
    stator_result *meta;
    stator_rc rc = load(db, id, &meta);
    if (rc != STATOR_OK) return rc;
    const int64_t events = stator_int(stator_result_item(meta, 0), "events", 0);
    rc = append(
        db, &(struct event){
                .id = id,
                .type = "CLAIMED",
                .worker = worker,
                .number = events + 1,
                .meta = stator_updates(stator_set("status", stator_s("PROCESSING")),
                                       stator_set("worker", stator_s(worker)),
                                       stator_set("claimed_until", stator_i(now_s(db) + LEASE_S))),
                .if_meta = stator_or(stator_eq("status", stator_s("PENDING")),
                                     stator_and(stator_eq("status", stator_s("PROCESSING")),
                                                stator_le("claimed_until", stator_i(now_s(db)))))});
    stator_result_free(meta);
    return rc;
}

/* Done: for who has the task still. */
static stator_rc complete(stator *db, const char *id, const char *worker)
{
    stator_result *meta;
    stator_rc rc = load(db, id, &meta);
    if (rc != STATOR_OK) return rc;
    const int64_t events = stator_int(stator_result_item(meta, 0), "events", 0);
    rc = append(db, &(struct event){.id = id,
                                    .type = "COMPLETED",
                                    .worker = worker,
                                    .number = events + 1,
                                    .meta = stator_set("status", stator_s("COMPLETED")),
                                    .if_meta = stator_eq("worker", stator_s(worker))});
    stator_result_free(meta);
    return rc;
}

static stator_rc show_history(stator *db, const char *id)
{
    char pk[64];
    stator_pager *events;
    const stator_node *event;
    stator_rc rc = stator_each_query(db, table, &events,
                                     stator_and(stator_eq("PK", stator_sf(pk, "TASK#%s", id)),
                                                stator_begins_with("SK", stator_s("EVENT#"))));
    while (rc == STATOR_OK && (rc = stator_next(events, &event)) == STATOR_OK)
        printf("  %s %s by %s\n", stator_str(event, "SK"), stator_str(event, "type"),
               stator_str(event, "worker"));
    stator_pager_free(events);
    return rc == STATOR_DONE ? STATOR_OK : rc;
}

static void tell(const char *what, stator_rc rc)
{
    printf("%s: %s\n", what, rc < 0 ? stator_error_get()->message : rc == 0 ? "yes" : "no");
}

static stator_rc run(stator *db)
{
    char id[STATOR_UUID_LEN], same[STATOR_UUID_LEN];
    tell("a task is submitted", submit(db, "request-1", id));
    tell("the request is sent again", submit(db, "request-1", same));
    printf("it is the same task: %s\n", strcmp(id, same) == 0 ? "yes" : "no");
    tell("worker 1 claims it", claim(db, id, "worker-1"));
    tell("worker 2 claims it", claim(db, id, "worker-2"));
    puts("worker 1 is not heard of for a minute");
    turned_us += STATOR_MINUTE;
    tell("worker 2 claims it", claim(db, id, "worker-2"));
    tell("worker 1 says it is done", complete(db, id, "worker-1"));
    tell("worker 2 says it is done", complete(db, id, "worker-2"));
    tell("worker 3 claims it", claim(db, id, "worker-3"));
    return show_history(db, id);
}

int main(int argc, char **argv)
{
    const stator_hooks hooks = {.ud = &turned_us, .now_us = clock_of};
    const stator_options options = {.size = sizeof options, .hooks = &hooks};
    stator *db;
    stator_rc rc = stator_open(argc > 1 ? argv[1] : "mem:", &options, &db);
    if (rc == STATOR_OK)
        rc = stator_create_table(db, .name = table, .key = "PK:S, SK:S", .ttl = "ttl");
    if (rc == STATOR_OK) rc = run(db);
    if (rc == STATOR_OK) rc = stator_delete_table(db, table);
    if (rc != STATOR_OK) fprintf(stderr, "%s\n", stator_error_get()->message);
    stator_close(db);
    return rc != STATOR_OK;
}
