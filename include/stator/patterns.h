/* patterns.h -- what applications of DynamoDB build again and again, built once.
 *
 *     #include <stdio.h>
 *     #include <stator/patterns.h>
 *
 *     int main(void)
 *     {
 *         stator *db;
 *         if (stator_open("mem:", NULL, &db) < 0) return 1;
 *         const stator_events tasks = {.db = db, .table = "tasks"};
 *         char id[STATOR_UUID_LEN], same[STATOR_UUID_LEN];
 *         stator_claim claim;
 *         stator_rc rc = stator_ensure_single_table(db, "tasks");
 *         if (rc == STATOR_OK)
 *             rc = stator_task_submit(&tasks, "request-1", stator_s("resize"), id, NULL);
 *         if (rc == STATOR_OK)
 *             rc = stator_task_submit(&tasks, "request-1", stator_s("resize"), same, NULL);
 *         if (rc == STATOR_OK)
 *             rc = stator_task_claim(&tasks, id, "worker-1", 30 * STATOR_SECOND, &claim);
 *         if (rc == STATOR_OK)
 *             rc = stator_task_finish(&tasks, &claim, STATOR_TASK_COMPLETED);
 *         if (rc < 0) fprintf(stderr, "%s\n", stator_error_get()->message);
 *         stator_close(db);
 *         if (rc == STATOR_OK) puts("once");
 *         return rc != STATOR_OK;
 *     }
 *
 * prints
 *
 *     once
 *
 * Everything here is written over calls.h, so it runs against every database that a handle can
 * speak to. A pattern is a struct of plain members: the handle, the table, and numbers whose 0 is
 * the usual one. It holds nothing open, may be copied, and serves any number of threads.
 *
 * STATOR_OK, and the outcomes that business logic expects, are said at each function; every one may
 * also return the errors of calls.h. STATOR_E_INVALID and STATOR_E_MISUSE say what is wrong with
 * the arguments. Times come from the handle's clock.
 *
 * A write whose reply was lost and that is sent again must not be refused because of itself: the
 * patterns put a mark of their own into what they write, and when they are refused look whose mark
 * is there. Only stator_entity_save has no room for one: load the document, and look.
 */
#ifndef STATOR_PATTERNS_H
#define STATOR_PATTERNS_H

#include "stator/calls.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one table for all
 *
 * Keys PK and SK, time to live in `ttl`, and the indexes below. All patterns but jobs can live in
 * it side by side. */
#define STATOR_GSI1 "GSI1-PK-SK-Index"   /* by GSI1PK and GSI1SK */
#define STATOR_GSI2 "GSI2-PK-SK-Index"   /* by GSI2PK and GSI2SK */
#define STATOR_EMAIL_INDEX "Email-Index" /* by Email */
STATOR_API stator_rc stator_ensure_single_table(stator *db, const char *table);

/* ---- outcomes by kind: what to do about one */

typedef enum stator_class {
    STATOR_CLASS_DONE,     /* 0 and what is above it but the next */
    STATOR_CLASS_BUSINESS, /* a condition did not hold: an answer, not an error; log it as detail */
    STATOR_CLASS_RETRY,    /* the service refused it for now: warn, and try again */
    STATOR_CLASS_CLIENT,   /* the request is wrong, and will be next time */
    STATOR_CLASS_SERVER,   /* everything else */
} stator_class;
STATOR_API stator_class stator_rc_class(stator_rc rc);

/* Run op(ud) until it is done, an outcome, or an error that stays one; pause in between as `retry`
 * (NULL: 3 times, after 2, 4 and 8 s) says. Handles retry by themselves: this is for what is more
 * than one call. */
STATOR_API stator_rc stator_with_retry(stator *db, const stator_retry *retry,
                                       stator_rc (*op)(void *ud), void *ud);

/* ---- jobs: run once, again when it makes sense
 *
 * Items: username (partition key: the tenant), key (sort key), status "<code>#<time>", created,
 * updated, started, finished, source "<capability>#<time>", allowRepeat, ttl, and what the program
 * puts there. Times are RFC 3339 in whole seconds. */
#define STATOR_JOB_QUEUED "JQ"
#define STATOR_JOB_RUNNING "JR"
#define STATOR_JOB_ASYNC_RUNNING "JRA"
#define STATOR_JOB_ASYNC_RETURNING "JQA"
#define STATOR_JOB_FAIL "JF"
#define STATOR_JOB_PASS "JP"

typedef struct stator_jobs {
    stator *db;
    const char *table, *tenant;
    int64_t rerun_after_us; /* a job that passed may run again; 0: 12 h */
    int64_t force_after_us; /* any job may; 0: 2 days */
    int64_t ttl_us;         /* from the last change; 0: 7 days */
} stator_jobs;

STATOR_API stator_rc stator_ensure_jobs_table(stator *db, const char *table);

/* "#job#<dns>#<target>#<capability>", of at most 1,024 bytes: dns is cut short, between characters,
 * to fit. NULL: it cannot be made to. */
enum { STATOR_JOB_KEY_LEN = 1025 };
STATOR_API char *stator_job_key(char out[STATOR_JOB_KEY_LEN], const char *dns, const char *target,
                                const char *capability);

/* Insert a job, which has at least a `key`; status is a code, else JQ. It replaces what is stored
 * under the key when that is not there or expired, failed, runs elsewhere and now returns (JRA, by
 * JQA), passed long ago, may be repeated, or is very old. STATOR_CONDITION_FAILED: the stored one
 * is current, and stator_error_get()->item. `job` itself stays as it is. */
STATOR_API stator_rc stator_jobs_insert(const stator_jobs *jobs, const stator_doc *job);

/* Move to another status code, with what goes with it: JQ forgets started and finished, JR and JRA
 * set started, JF and JP finished, each unless it is set. `fence` (0: none) is the claim's: when
 * another worker has the job since, STATOR_CONDITION_FAILED. STATOR_NOT_FOUND. *out (NULL:
 * unwanted) is the job as it is then. */
STATOR_API stator_rc stator_jobs_set_status(const stator_jobs *jobs, const char *key,
                                            const char *code, int64_t fence, stator_doc **out);

/* Take a job that is queued, or one that runs and whose worker's lease is over: it runs now, for
 * lease_us. *job is yours; "fence" of it is for stator_jobs_set_status. STATOR_NOT_FOUND: there is
 * none. It looks through the tenant's jobs until one is its own: keep those that are over few. */
STATOR_API stator_rc stator_jobs_claim(const stator_jobs *jobs, const char *worker,
                                       int64_t lease_us, stator_doc **job);

/* *out is `jobs` for another tenant, if that is the own one or among the `count` of `allowed`; else
 * STATOR_E_AUTH. */
STATOR_API stator_rc stator_jobs_assume(const stator_jobs *jobs, const char *tenant,
                                        const char *const *allowed, size_t count, stator_jobs *out);

/* Note that something happened, for 90 days: key "#event#<trace>#<id>", created "#trace#<time>",
 * and `what`, a map. */
STATOR_API stator_rc stator_jobs_note(const stator_jobs *jobs, const char *trace, stator_val what);

/* ---- events and tasks
 *
 * An entity is what its events made of it. Items:
 *
 *     PK          SK           event, event_id
 *     TASK#<id>   EVENT#0001   what happened, in order
 *     TASK#<id>   META         the projection: status, …
 *     IDEM#<key>  TASK         task_id: which task the request of this key made
 *
 * A projection is found by GSI1PK STATUS#<status>, GSI1SK CREATED#<time>, and while a worker has
 * the task by GSI2PK WORKER#<worker>, GSI2SK TASK#<id>.
 */
typedef struct stator_events {
    stator *db;
    const char *table;
    const char *kind;    /* NULL: "TASK" */
    int seq_digits;      /* of sort keys; 0: 4. All writers of a table must have the same */
    bool strict;         /* an event needs the one before it */
    int max_attempts;    /* of tasks; 0: 5 */
    int64_t idem_ttl_us; /* how long a request is remembered; 0: 1 day */
} stator_events;

/* Append event number `seq`, from 1 on. STATOR_CONDITION_FAILED: this number is taken, or with
 * `strict` the one before is missing (op_index 0). event_id (NULL: made up) tells a call that is
 * made again from another one: an event that is there under the same id is STATOR_OK.
 * STATOR_E_INVALID: the number has more digits than keys have. */
STATOR_API stator_rc stator_events_append(const stator_events *events, const char *id, uint32_t seq,
                                          stator_val event, const char *event_id);

/* Events from number from_seq on, in order, over all pages: stator_events_next, then
 * stator_pager_free. An entity without events is an empty list. */
STATOR_API stator_rc stator_events_read(const stator_events *events, const char *id,
                                        uint32_t from_seq, stator_pager **out);
typedef struct stator_logged { /* valid until the next one */
    uint32_t seq;
    const char *event_id;
    const stator_node *event;
} stator_logged;
/* STATOR_OK, STATOR_DONE. */
STATOR_API stator_rc stator_events_next(stator_pager *pager, stator_logged *out);

/* The number that the next event has; 1: there is none yet. */
STATOR_API stator_rc stator_events_next_seq(const stator_events *events, const char *id,
                                            uint32_t *seq);

#define STATOR_TASK_PENDING "PENDING"
#define STATOR_TASK_PROCESSING "PROCESSING"
#define STATOR_TASK_COMPLETED "COMPLETED"
#define STATOR_TASK_FAILED "FAILED" /* until it is tried again */
#define STATOR_TASK_DEAD "DEAD"
#define STATOR_TASK_CANCELLED "CANCELLED"

typedef struct stator_conflict { /* why a status was not moved */
    char expected[64], actual[64];
    bool missing; /* there is no such entity */
} stator_conflict;

/* Move the projection from one status to another. STATOR_CONDITION_FAILED, STATOR_NOT_FOUND: *why
 * (or NULL) says what it is. */
STATOR_API stator_rc stator_status_move(const stator_events *events, const char *id,
                                        const char *expected, const char *next,
                                        stator_conflict *why);

/* Make a task, once for each idem_key: its first event, its projection and the memory of the
 * request, all or none. Later calls, and one that loses the race, give the first one's id, and
 * *existed (or NULL). STATOR_E_IDEMPOTENCY: the key was used with another payload. */
STATOR_API stator_rc stator_task_submit(const stator_events *events, const char *idem_key,
                                        stator_val payload, char id[STATOR_UUID_LEN],
                                        bool *existed);

/* Right to work on a task. */
typedef struct stator_claim {
    char id[64], worker[64];
    int64_t fence;      /* higher with each claim of the task: give it to what the work writes to */
    int64_t expires_us; /* then another worker may take it */
    int attempt;        /* 1 is the first */
} stator_claim;

/* Take a task that is pending, has failed and waited, or is left by a worker whose time is over.
 * STATOR_CONDITION_FAILED: another one has it, or it is finished. STATOR_NOT_FOUND. */
STATOR_API stator_rc stator_task_claim(const stator_events *events, const char *id,
                                       const char *worker, int64_t lease_us, stator_claim *out);

/* The rest for who has the claim; STATOR_CONDITION_FAILED: one has it no more. Made again after a
 * reply that was lost, they are STATOR_OK. fail: tried again after 2, 4, 8, … s, or after
 * max_attempts DEAD (*dead, or NULL). */
STATOR_API stator_rc stator_task_extend(const stator_events *events, stator_claim *claim,
                                        int64_t lease_us);
STATOR_API stator_rc stator_task_finish(const stator_events *events, const stator_claim *claim,
                                        const char *status);
STATOR_API stator_rc stator_task_fail(const stator_events *events, const stator_claim *claim,
                                      const char *error, bool *dead);

/* ---- requests that are done once
 *
 *     PK IDEM#<key>, SK IDEM: status IN_PROGRESS or COMPLETED, request_hash, response, ttl
 */
typedef struct stator_idem {
    stator *db;
    const char *table;
    int64_t ttl_us;  /* how long a response is kept; 0: 1 day */
    int64_t work_us; /* after which unfinished work may be begun again; 0: 5 min */
} stator_idem;

/* STATOR_OK: do it, then finish, or abandon, with `token`. STATOR_DONE: it was done before, and
 * *response is what was given to finish, at "response"; yours. STATOR_CONDITION_FAILED: it is being
 * done. STATOR_E_IDEMPOTENCY: the key belongs to another request. */
STATOR_API stator_rc stator_idem_begin(const stator_idem *idem, const char *key,
                                       const char *request_hash, char token[STATOR_UUID_LEN],
                                       stator_doc **response);
/* STATOR_CONDITION_FAILED: it took too long, and another has begun. */
STATOR_API stator_rc stator_idem_finish(const stator_idem *idem, const char *key, const char *token,
                                        stator_val response);
STATOR_API stator_rc stator_idem_abandon(const stator_idem *idem, const char *key,
                                         const char *token);

/* ---- leases: one holder at a time
 *
 *     PK as given, SK LOCK: lease_token, lease_expires_at (seconds), fence, ttl an hour later
 */
typedef struct stator_lease {
    char pk[512], token[STATOR_UUID_LEN];
    int64_t expires_s; /* the last second of it is the one before */
    int64_t fence;     /* higher than that of every holder before */
} stator_lease;
/* STATOR_CONDITION_FAILED: it is held, until out->expires_s. */
STATOR_API stator_rc stator_lease_acquire(stator *db, const char *table, const char *pk,
                                          int64_t seconds, stator_lease *out);
/* STATOR_CONDITION_FAILED: it is not, or no more, yours; giving it back twice is done. */
STATOR_API stator_rc stator_lease_refresh(stator *db, const char *table, stator_lease *lease,
                                          int64_t seconds);
STATOR_API stator_rc stator_lease_release(stator *db, const char *table, const stator_lease *lease);

/* ---- entities of one table
 *
 * Documents with PK, SK, CreatedAt, UpdatedAt and Version. */

/* A Version of 0 or none: it must be new, and becomes version 1. Else the stored version must be
 * this one, and becomes one more. STATOR_CONDITION_FAILED: it was not. `entity` changes when it was
 * saved, and only then. */
STATOR_API stator_rc stator_entity_save(stator *db, const char *table, stator_doc *entity);

typedef struct stator_span_us { /* from … to, both included */
    int64_t from_us, to_us;
} stator_span_us;

/* The orders (SK ORDER#…) of USER#<user>, of all times or created in `when`. */
STATOR_API stator_rc stator_user_orders(stator *db, const char *table, const char *user,
                                        const stator_span_us *when, stator_pager **out);
/* By Email-Index. STATOR_NOT_FOUND. */
STATOR_API stator_rc stator_user_by_email(stator *db, const char *table, const char *email,
                                          stator_doc **out);

/* Numbered pages, for those who must show them. page from 1; size 0: 10, at most 100; total below
 * 0: unknown, and then pages is 0 and has_next false. */
typedef struct stator_page {
    int64_t page, size, total, pages;
    bool has_previous, has_next;
} stator_page;
STATOR_API stator_page stator_page_of(int64_t page, int64_t size, int64_t total);
/* "<base>?pageNumber=2&pageSize=10" for "first", "previous", "next" or "last"; NULL: there is no
 * such page, or `size` bytes are too few. */
STATOR_API char *stator_page_link(const stator_page *page, const char *base, const char *which,
                                  char *out, size_t size);

/* ---- time series
 *
 *     PK DEVICE#<device>#<day>  SK METRIC#<time>#<metric>   one sample
 *     PK the same               SK HOUR#<hour>#<metric>     Count, Sum, Min, Max of the hour, exact
 */
typedef struct stator_series {
    stator *db;
    const char *table;
    int64_t ttl_us; /* of samples; 0: they stay */
} stator_series;

typedef struct stator_sample {
    const char *device, *metric;
    stator_val value; /* stator_n("21.50"), stator_i(3), stator_d(0.1) */
    int64_t at_us;
    const stator_attr *dimensions; /* or NULL */
    size_t dimension_count;
} stator_sample;

/* Store the sample and count it in its hour: both or neither. STATOR_CONDITION_FAILED: the metric
 * has a sample at this time. */
STATOR_API stator_rc stator_series_record(const stator_series *series, const stator_sample *sample);

typedef struct stator_series_range {
    const char *device;
    const char *metric; /* NULL: all */
    int64_t from_us, to_us;
} stator_series_range;

/* Every sample from the one time to the other, both included, in order: one query a day. What
 * `each` returns other than STATOR_OK ends it, and is returned. */
STATOR_API stator_rc stator_series_read(const stator_series *series,
                                        const stator_series_range *range,
                                        stator_rc (*each)(void *ud, const stator_node *sample),
                                        void *ud);

/* The aggregate of the hour that holds at_us: Count, Sum, Min, Max. Yours. STATOR_NOT_FOUND. */
STATOR_API stator_rc stator_series_hour(const stator_series *series, const char *device,
                                        const char *metric, int64_t at_us, stator_doc **out);

/* ---- shards: one busy key as several
 *
 *     PK <base>#<shard>  SK DATA#<time>
 */
enum { STATOR_SHARDS_MAX = 100 };
typedef struct stator_shards {
    stator *db;
    const char *table, *base;
    int count; /* 0: 10 */
} stator_shards;

/* "<base>#<shard>": with `id` always the same one for it, else any. NULL: `size` is too little. */
STATOR_API char *stator_shards_key(const stator_shards *shards, const char *id, char *out,
                                   size_t size);
/* Put an item of these attributes under a shard and a time of its own. */
STATOR_API stator_rc stator_shards_write(const stator_shards *shards, const char *id,
                                         const stator_attr *attributes, size_t count);
/* All shards as one list in the order of SK, or with opts->descending against it. opts->key is
 * asked of SK (none: all); max_items is of the whole. NULL: no options. */
STATOR_API stator_rc stator_shards_read(const stator_shards *shards, const stator_query_opts *opts,
                                        stator_rc (*each)(void *ud, int shard,
                                                          const stator_node *item),
                                        void *ud);

/* ---- a cache in front of a table
 *
 * Items that are there are kept for a time; of several threads that miss the same one, one reads.
 */
typedef struct stator_cache stator_cache;
typedef struct stator_cache_opts {
    uint32_t size;
    const char *table;
    size_t max_items; /* the least used ones go; 0: 1000 */
    int64_t ttl_us;   /* 0: 5 min */
    bool consistent;  /* how it reads */
} stator_cache_opts;
STATOR_API stator_rc stator_cache_new(stator *db, const stator_cache_opts *opts,
                                      stator_cache **out);
/* *out is your copy. STATOR_NOT_FOUND is not kept. */
STATOR_API stator_rc stator_cache_get(stator_cache *cache, stator_val key, stator_doc **out);
/* Who asks from now on does not get what was read before. */
STATOR_API void stator_cache_invalidate(stator_cache *cache, stator_val key);
STATOR_API void stator_cache_clear(stator_cache *cache);
/* Run write(ud), which changes the item of `key`, and invalidate it before and after. */
STATOR_API stator_rc stator_cache_write(stator_cache *cache, stator_val key,
                                        stator_rc (*write)(void *ud), void *ud);
/* No other thread may be in a call of it. NULL is allowed. */
STATOR_API void stator_cache_free(stator_cache *cache);

#ifdef __cplusplus
}
#endif

#ifndef __cplusplus
#    define stator_cache_open(db, out, ...)                                                        \
        stator_cache_new((db), STATOR_OPTS_(stator_cache_opts, .table = __VA_ARGS__), (out))
#endif

#endif
