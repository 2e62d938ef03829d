/* jobs.c -- a job runner: a queue that takes no job twice, unless it should.
 *
 * usage: jobs [DATABASE]      "mem:" unless it is given
 *
 * A job is one item, and whether it may be queued again is one condition over what is stored: it is
 * new, it failed, it passed long ago, it may be repeated, or it is so old that it must be stuck.
 * The condition is judged and the job written as one step, so two programs that queue the same job
 * at the same time queue it once. A condition that does not hold is an answer (rc above 0), not an
 * error.
 *
 * Items: username (partition key), key (sort key), status "<code>#<time>", created, allowRepeat
 */
#include <stator/stator.h>
#include <stdio.h>
#include <string.h>

#define QUEUED "JQ"
#define RUNNING "JR"
#define PASSED "JP"
#define FAILED "JF"

static const char table[] = "jobs";
static const char tenant[] = "acme";

/* The clock of this program starts on a fixed day, and waits for nobody. */
static int64_t now_us = 1717243200 * STATOR_SECOND; /* 2024-06-01T12:00:00Z */

static int64_t clock_of(void *ud)
{
    return *(const int64_t *)ud;
}

static stator_rc queue(stator *db, const char *key, bool may_repeat)
{
    char now[STATOR_TS_LEN], rerun[STATOR_TS_LEN], stuck[STATOR_TS_LEN], status[64];
    stator_rfc3339(now, stator_now(db));
    stator_rfc3339(rerun, stator_now(db) - 12 * STATOR_HOUR);
    stator_rfc3339(stuck, stator_now(db) - 2 * STATOR_DAY);
    return stator_put(
        db, table,
        STATOR_M({"username", stator_s(tenant)}, {"key", stator_s(key)},
                 {"status", stator_sf(status, QUEUED "#%s", now)}, {"created", stator_s(now)},
                 {"allowRepeat", stator_bool(may_repeat)}),
        .condition = stator_or(stator_not_exists("key"),                       /* is new */
                               stator_begins_with("status", stator_s(FAILED)), /* failed */
                               stator_and(stator_begins_with("status", stator_s(PASSED)),
                                          stator_lt("created", stator_s(rerun))), /* long ago */
                               stator_eq("allowRepeat", stator_bool(true)),
                               stator_lt("created", stator_s(stuck))));
}

/* Move a job from the status that was seen to a new one, unless somebody else was faster. *moved
 * (or NULL) is the job as it is then. */
static stator_rc move(stator *db, const stator_node *job, const char *code, stator_result **moved)
{
    char now[STATOR_TS_LEN], status[64];
    stator_rfc3339(now, stator_now(db));
    return stator_update(db, table,
                         STATOR_KEY({"username", stator_s(stator_str(job, "username"))},
                                    {"key", stator_s(stator_str(job, "key"))}),
                         stator_set("status", stator_sf(status, "%s#%s", code, now)),
                         .condition = stator_eq("status", stator_s(stator_str(job, "status"))),
                         .returning = STATOR_ALL_NEW, .result = moved);
}

/* Work: what asks port 23 fails. */
static bool work(const stator_node *job)
{
    return strstr(stator_str(job, "key"), ":23") == NULL;
}

/* STATOR_CONDITION_FAILED: another runner has it. */
static stator_rc run_job(stator *db, const stator_node *job)
{
    stator_result *running = NULL;
    stator_rc rc = move(db, job, RUNNING, &running);
    if (rc == STATOR_OK) {
        const bool is_good = work(job);
        printf("  ran %s: %s\n", stator_str(job, "key"), is_good ? "passed" : "failed");
        rc = move(db, stator_result_item(running, 0), is_good ? PASSED : FAILED, NULL);
    }
    stator_result_free(running);
    return rc;
}

/* Run what is queued, in the order of keys. */
static stator_rc run_queued(stator *db)
{
    stator_pager *jobs;
    const stator_node *job;
    stator_rc rc = stator_each_query(db, table, &jobs, stator_eq("username", stator_s(tenant)),
                                     .filter = stator_begins_with("status", stator_s(QUEUED)),
                                     .consistent = true);
    while (rc >= 0 && (rc = stator_next(jobs, &job)) == STATOR_OK) rc = run_job(db, job);
    stator_pager_free(jobs);
    return rc == STATOR_DONE ? STATOR_OK : rc;
}

static stator_rc queue_all(stator *db)
{
    static const struct {
        const char *key;
        bool may_repeat;
    } jobs[] = {
        {"scan:22",  false},
        {"scan:23",  false},
        {"watch:80", true }
    };
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        const stator_rc rc = queue(db, jobs[i].key, jobs[i].may_repeat);
        if (rc < 0) return rc;
        printf("  %s: %s\n", jobs[i].key, rc == STATOR_OK ? "queued" : "not again");
    }
    return STATOR_OK;
}

static stator_rc run(stator *db)
{
    static const struct {
        const char *title;
        int64_t later_us;
        bool run_after;
    } rounds[] = {
        {"first",         0,           false},
        {"at once again", 0,           true },
        {"after an hour", STATOR_HOUR, true },
        {"after a day",   STATOR_DAY,  true }
    };
    stator_rc rc = STATOR_OK;
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0] && rc == STATOR_OK; i++) {
        now_us += rounds[i].later_us;
        puts(rounds[i].title);
        rc = queue_all(db);
        if (rc == STATOR_OK && rounds[i].run_after) rc = run_queued(db);
    }
    return rc;
}

int main(int argc, char **argv)
{
    const stator_hooks hooks = {.ud = &now_us, .now_us = clock_of};
    const stator_options options = {.size = sizeof options, .hooks = &hooks};
    stator *db;
    stator_rc rc = stator_open(argc > 1 ? argv[1] : "mem:", &options, &db);
    if (rc == STATOR_OK) rc = stator_create_table(db, .name = table, .key = "username:S, key:S");
    if (rc == STATOR_OK) rc = run(db);
    if (rc == STATOR_OK) rc = stator_delete_table(db, table);
    if (rc != STATOR_OK) fprintf(stderr, "%s\n", stator_error_get()->message);
    stator_close(db);
    return rc != STATOR_OK;
}
