/* calls.h -- the database: opened by a word, called with literals. Included by stator.h.
 *
 *     stator *db;
 *     stator_result *r;
 *     if (stator_open("mem:", NULL, &db) < 0) return 1;
 *     stator_create_table(db, .name = "jobs", .key = "key:S");
 *     stator_put(db, "jobs", STATOR_M({ "key", stator_s("a") }, { "n", stator_i(1) }),
 *                .condition = stator_not_exists("key"));
 *     if (stator_get(db, "jobs", &r, STATOR_KEY({ "key", stator_s("a") })) == STATOR_OK)
 *         printf("%s\n", stator_num(stator_result_item(r, 0), "n"));
 *     stator_result_free(r);
 *     stator_close(db);
 *
 * A handle speaks to one of these; what is said to it and what it answers is the same:
 *
 *     mem:                 a database in this process, in memory, which ends with the handle
 *     file:DIR             a database in this process, in a directory that no other has open
 *     unix:PATH            a Stator server on this machine, by its socket
 *     http://HOST[:PORT]   a server that speaks DynamoDB's protocol; https:// likewise
 *     aws:REGION           Amazon DynamoDB; "aws:" in the region that is configured
 *     mock:                a scripted double (stator/testkit.h)
 *
 * Every call is a function that takes a struct of options, and in C a macro over it in which
 * options are named where they are used. A member that is not named is zero, and zero is always the
 * usual thing. `size` says which members the program knew when it was compiled: the macros set it.
 *
 * Threads: a handle may be used by any number at once. Results, pagers, batches, transactions and
 * streams belong to one thread at a time; two that use one but a result at the same time get
 * STATOR_E_MISUSE (a transaction at its commit). stator_close ends a handle for all: what is still
 * open of it answers STATOR_E_MISUSE from then on, and is freed as ever. */
#ifndef STATOR_CALLS_H
#define STATOR_CALLS_H

#include "stator/stator.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stator stator;               /* an open database */
typedef struct stator_result stator_result; /* one reply, and all that is read from it */
typedef struct stator_pager stator_pager;   /* a query or scan, page by page */
typedef struct stator_batch stator_batch;   /* writes on their way, in batches of 25 */
typedef struct stator_tx stator_tx;         /* a transaction being put together */
typedef struct stator_stream stator_stream; /* the changes of a table, one after the other */

/* ---- opening */

/* When a call fails for now (throttled, in conflict, no connection, …) it is made again after a
 * pause: initial_us, times `factor` for each further one, at most max_us, all of it more or less by
 * the part `jitter`. Calls in process are tried again only when they are refused for now. */
typedef struct stator_retry {
    int max_retries; /* 0: none */
    int64_t initial_us, max_us;
    double factor, jitter;
} stator_retry;
#define STATOR_RETRY_DEFAULT ((stator_retry){3, 100000, 5000000, 2.0, 0.25})
#define STATOR_RETRY_NONE ((stator_retry){0, 0, 0, 1.0, 0.0})

/* What a hook is told of a call. Valid during the hook. */
typedef struct stator_event {
    const char *op;            /* "PutItem" */
    const char *table;         /* or NULL: several, or none */
    stator_rc rc;              /* on_retry: of the attempt */
    const stator_error *error; /* NULL unless rc < 0 or the condition failed */
    int attempt;               /* 1 is the first */
    int64_t delay_us;          /* on_retry: the pause that comes now */
    int64_t elapsed_us;        /* since the call began */
    double capacity;           /* consumed units, where they were asked for */
} stator_event;

enum { STATOR_LOG_DEBUG, STATOR_LOG_INFO, STATOR_LOG_WARN, STATOR_LOG_ERROR };

/* All may be NULL. on_retry, on_finish and log run on the calling thread; they may not call the
 * handle. They are told of every request: a call that waits, a pager, a batch make several. Clock,
 * pauses and randomness: what tests replace (see testkit.h); what has expired is judged by the
 * clock of whoever has the data, which is this one for mem: and file: alone. A refused condition
 * and what the library asks for itself are logged as DEBUG, throttling as WARN, other errors as
 * ERROR; no log holds attributes of items. */
typedef struct stator_hooks {
    void *ud;
    void (*on_retry)(void *ud, const stator_event *event);
    void (*on_finish)(void *ud, const stator_event *event);
    void (*log)(void *ud, int level, const char *message, const stator_event *event);
    int64_t (*now_us)(void *ud); /* since 1970 */
    void (*sleep_us)(void *ud, int64_t us);
    uint64_t (*random)(void *ud);
} stator_hooks;

enum {
    STATOR_SYNC = 0,
    STATOR_RELAXED = 1
}; /* what an acknowledged write survives: a power cut;
      the end of the process */

typedef struct stator_options {
    uint32_t size;             /* sizeof(stator_options) */
    int max_expr_depth;        /* 0: STATOR_DEPTH; how deep and, or, not may nest in conditions */
    const stator_retry *retry; /* NULL: STATOR_RETRY_DEFAULT */
    const stator_hooks *hooks; /* copied */
    int64_t call_timeout_us;   /* 0: 30 s; a whole call, pauses included */
    const char *table_prefix;  /* put before every table's name that is sent; NULL: none */

    /* of mem: and file: */
    int durability;      /* STATOR_SYNC or STATOR_RELAXED */
    int cache_mb;        /* 0: 64 */
    const char *wording; /* "classic" or "current"; NULL: classic */

    /* of all others */
    const char *region, *access_key, *secret_key, *session_token, *profile, *ca_file;
    int64_t connect_timeout_us; /* 0: 3 s */
    int pool_size;              /* connections kept between calls; 0: 16 */
} stator_options;

/* Open what `uri` says. `options` may be NULL. STATOR_E_INVALID: no such kind of database, options
 * that cannot be; STATOR_E_LOCKED: another process has it open; STATOR_E_AUTH: no credentials for
 * AWS; STATOR_E_IO, STATOR_E_CORRUPT, STATOR_E_NOMEM. Nothing is sent to a server yet. */
STATOR_API stator_rc stator_open(const char *uri, const stator_options *options, stator **out);

/* Finish what is under way, and end the handle. NULL is allowed. */
STATOR_API void stator_close(stator *db);

/* Calls that are under way on other threads return STATOR_E_CANCELED at once; later ones are not
 * touched. What was sent may still happen; what is being written in this process is waited for. */
STATOR_API void stator_cancel(stator *db);

/* Microseconds since 1970, and a random UUID, by the hooks; without a handle by the machine. */
STATOR_API int64_t stator_now(const stator *db);
STATOR_API char *stator_uuid4(const stator *db, char out[STATOR_UUID_LEN]);
STATOR_API uint64_t stator_random(const stator *db); /* by the hook */

/* Attempt number `attempt` (1 is the first) of something that is more than one call has failed with
 * the last error: tell on_retry and the log, and pause as `retry` says (NULL: the handle's). False:
 * that was the last one, or stator_cancel was called meanwhile. */
STATOR_API bool stator_retry_pause(stator *db, const stator_retry *retry, int attempt);

/* Any operation of DynamoDB, as its JSON, which no table_prefix is put into. *reply is the reply's,
 * for stator_free; after an error of the service it is the error's JSON. */
STATOR_API stator_rc stator_call(stator *db, const char *operation, const char *json, char **reply);

/* ---- explanations
 *
 * From stator_explain(true) on the database is asked to explain what this thread does: which tests
 * of a condition decided and what they saw, also of those of a transaction; of a query or scan the
 * index, the key, how many items were read, filtered out and returned, and what that cost. Answers
 * and costs are the same; a condition is judged once more. The line is JSON (docs/explain.md), of
 * the last request that the thread's last call made, and ends with the thread's next call. NULL:
 * that call made no request, it was not asked for, or the database is none of Stator's. */
STATOR_API void stator_explain(bool on); /* off at first */
STATOR_API const char *stator_explanation(void);

/* ---- one item */

enum { /* which attributes a write gives back */
       STATOR_RET_NONE = 0,
       STATOR_ALL_OLD,
       STATOR_UPDATED_OLD,
       STATOR_ALL_NEW,
       STATOR_UPDATED_NEW,
};
enum { STATOR_CAP_NONE = 0, STATOR_CAP_TOTAL, STATOR_CAP_INDEXES };

typedef struct stator_write_opts {
    uint32_t size;
    stator_val value;          /* put: the item; delete, check: the key */
    void *object;              /* of models (model.h): the struct */
    stator_cond condition;     /* it must hold, or nothing happens */
    stator_upd update;         /* of stator_update */
    bool if_not_exists;        /* there must be no item of this key: and-ed to the condition. A
                                  put asks the table for its key first, once for a handle */
    bool if_exists;            /* there must be one */
    const int64_t *if_version; /* with version_attr: it must have this value; the write makes it one
                                  more. Alone: the engine's own version (engine.h) */
    const char *version_attr;
    uint8_t returning;  /* STATOR_ALL_OLD, … */
    uint8_t on_failure; /* STATOR_ALL_OLD: the item that refused, at stator_error_get()->item */
    uint8_t capacity;   /* STATOR_CAP_… */
    uint8_t metrics;    /* 1: the size of the item collection */
    const stator_retry *retry; /* NULL: the handle's */
    int64_t timeout_us;        /* 0: the handle's */
    stator_result **result;    /* where what is returned goes; NULL: nowhere */
} stator_write_opts;

typedef struct stator_read_opts {
    uint32_t size;
    stator_val key;
    const char *select; /* a projection: "id, name, address.city"; NULL: the whole item */
    bool consistent;
    uint8_t capacity;
    const stator_retry *retry;
    int64_t timeout_us;
} stator_read_opts;

/* STATOR_OK, STATOR_CONDITION_FAILED, or an error. */
STATOR_API stator_rc stator_put_item(stator *db, const char *table, const stator_write_opts *opts);
STATOR_API stator_rc stator_update_item(stator *db, const char *table, stator_val key,
                                        const stator_write_opts *opts);
STATOR_API stator_rc stator_delete_item(stator *db, const char *table,
                                        const stator_write_opts *opts);
/* STATOR_OK and the item, STATOR_NOT_FOUND (*out NULL), or an error. */
STATOR_API stator_rc stator_get_item(stator *db, const char *table, stator_result **out,
                                     const stator_read_opts *opts);

/* ---- query, scan, pages */

typedef struct stator_query_opts {
    uint32_t size;
    const char *table;  /* of scans */
    stator_cond key;    /* of queries: the partition key, and what is asked of the sort key */
    const char *index;  /* NULL: the table itself */
    const char *select; /* a projection */
    stator_cond filter;
    bool consistent, descending, count_only;
    uint8_t capacity;
    int limit;            /* items evaluated for one page, as in DynamoDB; 0: no limit but 1 MB */
    int max_items;        /* of pagers: end after so many; 0: at the end */
    stator_val start_key; /* where the page before ended; or … */
    const char *start_token; /* … its token; "": from the beginning */
    int segment, segments;   /* of a scan in parts: part 0 of 4 */
    int64_t page_delay_us;   /* of pagers: pause between two pages */
    const stator_retry *retry;
    int64_t timeout_us; /* of each page */
} stator_query_opts;

/* One page. STATOR_OK also when it holds nothing. */
STATOR_API stator_rc stator_query_page(stator *db, const char *table, stator_result **out,
                                       const stator_query_opts *opts);
STATOR_API stator_rc stator_scan_page(stator *db, stator_result **out,
                                      const stator_query_opts *opts);

/* All pages, one item after the other. The options are copied. */
STATOR_API stator_rc stator_pager_query(stator *db, const char *table, stator_pager **out,
                                        const stator_query_opts *opts);
STATOR_API stator_rc stator_pager_scan(stator *db, stator_pager **out,
                                       const stator_query_opts *opts);
/* STATOR_OK and an item, which ends with the next call; STATOR_DONE; or an error, after which the
 * same call may be made again. */
STATOR_API stator_rc stator_next(stator_pager *pager, const stator_node **item);
/* STATOR_OK and the next page, which is yours; STATOR_DONE; an error. */
STATOR_API stator_rc stator_next_page(stator_pager *pager, stator_result **page);
/* Where the page after the current one begins, for start_token; NULL: there is none. What
 * stator_next has not given yet of the current page is not in the pages that follow; with max_items
 * and without a filter, pages end where the items wanted do. */
STATOR_API const char *stator_pager_token(const stator_pager *pager);
STATOR_API void stator_pager_free(stator_pager *pager);

/* How many items a query (or with no `key` a scan) finds, over all pages. */
STATOR_API stator_rc stator_count_items(stator *db, const char *table, int64_t *count,
                                        const stator_query_opts *opts);

/* Scan opts->table in opts->segments parts at once, each on a thread of its own, and give every
 * item to `each`, whose calls for one part come one after the other; an rc other than STATOR_OK
 * ends the scan with it. */
typedef stator_rc(stator_each_fn)(void *ud, int segment, const stator_node *item);
STATOR_API stator_rc stator_scan_all(stator *db, const stator_query_opts *opts,
                                     stator_each_fn *each, void *ud);

/* ---- statements: PartiQL, a SQL for items */

typedef struct stator_execute_opts {
    uint32_t size;
    stator_val parameters; /* a list: what the statement's ? stand for, in their order; {0}: none */
    bool consistent;
    uint8_t on_failure; /* STATOR_ALL_OLD: the item that refused, at stator_error_get()->item */
    uint8_t capacity;
    int limit;               /* items looked at for one page; 0: no limit but 1 MB */
    const char *start_token; /* of the page before, of the same statement and parameters */
    const stator_retry *retry;
    int64_t timeout_us;
} stator_execute_opts;

/* Run one statement, in which no table_prefix is put before a table's name. *out (or NULL) is one
 * page of what a SELECT reads, or what RETURNING asks for; where stator_result_token is NULL there
 * are no more. STATOR_CONDITION_FAILED: INSERT of an item that is there, UPDATE of none, UPDATE or
 * DELETE whose WHERE does not hold for it. STATOR_E_INVALID: it is no statement. */
STATOR_API stator_rc stator_execute_page(stator *db, const char *statement, stator_result **out,
                                         const stator_execute_opts *opts);

/* ---- batches */

typedef struct stator_batch_opts {
    uint32_t size;
    size_t n;     /* of stator_batch_get: keys */
    int chunk;    /* keys (at most 100) or writes (25) of one request; 0: as many as may be */
    int parallel; /* requests under way at once; 0: 1 */
    bool consistent;
    const char *select;
    const stator_retry *retry; /* of what came back undone: NULL: the handle's */
    /* Both are called for one request at a time, by the thread that made it, and may not call the
     * handle, but for stator_cancel. */
    void *ud;
    void (*on_progress)(void *ud, size_t done, size_t total);
    /* A request failed for good: STATOR_OK goes on with the others, which makes the whole
     * STATOR_PARTIAL. NULL: its error is the whole's. */
    stator_rc (*on_chunk_error)(void *ud, size_t first, size_t n, const stator_error *error);
    int64_t timeout_us; /* of each request */
} stator_batch_opts;

/* Any number of keys, in any order, also twice: stator_result_item(r, i) is what keys[i] has, or
 * NULL; what is selected comes with its key. STATOR_PARTIAL: some could not be read in time:
 * stator_result_unread(r, i). */
STATOR_API stator_rc stator_batch_get_items(stator *db, const char *table, stator_result **out,
                                            const stator_val *keys, const stator_batch_opts *opts);
STATOR_API bool stator_result_unread(const stator_result *result, size_t i);

/* Writes to any tables, sent when 25 are there. Each is for itself. A second write of one key goes
 * into a later request. */
STATOR_API stator_rc stator_batch_new(stator *db, const stator_batch_opts *opts,
                                      stator_batch **out);
STATOR_API stator_rc stator_batch_put(stator_batch *batch, const char *table, stator_val item);
STATOR_API stator_rc stator_batch_delete(stator_batch *batch, const char *table, stator_val key);
/* Send what is held. STATOR_PARTIAL: some is left, and stays held. */
STATOR_API stator_rc stator_batch_flush(stator_batch *batch);
STATOR_API size_t stator_batch_left(const stator_batch *batch); /* held */
STATOR_API void stator_batch_free(stator_batch *batch);         /* what is held is dropped */

/* ---- transactions: up to 100 actions, all or none
 *
 * What is wrong with an action is told by stator_tx_commit, with its index. All conditions are
 * judged before anything is written. */
typedef struct stator_cancel_reason {
    int index;
    const char *op; /* "Put" */
    const char *table;
    const char *code;        /* "None": this one would have passed */
    const char *message;     /* or NULL */
    const stator_node *item; /* where on_failure asked for it; or NULL */
} stator_cancel_reason;

STATOR_API stator_tx *stator_tx_new(stator *db); /* NULL: no memory */
STATOR_API stator_tx *stator_tx_put_(stator_tx *tx, const char *table,
                                     const stator_write_opts *opts);
STATOR_API stator_tx *stator_tx_update_(stator_tx *tx, const char *table, stator_val key,
                                        const stator_write_opts *opts);
STATOR_API stator_tx *stator_tx_delete_(stator_tx *tx, const char *table,
                                        const stator_write_opts *opts);
STATOR_API stator_tx *stator_tx_check_(stator_tx *tx, const char *table,
                                       const stator_write_opts *opts);
/* The request of this token happens once; without one, each commit has its own. */
STATOR_API stator_tx *stator_tx_token(stator_tx *tx, const char *client_request_token);
/* How long each commit may take, pauses included; 0, as at first: as long as the handle's calls. */
STATOR_API stator_tx *stator_tx_timeout(stator_tx *tx, int64_t timeout_us);
/* STATOR_OK: it happened, and tx is empty again. STATOR_CONDITION_FAILED, STATOR_E_TX_CANCELED, …:
 * nothing happened; stator_error_get()->op_index is the action that failed. */
STATOR_API stator_rc stator_tx_commit(stator_tx *tx, const stator_retry *retry);
/* Why, after a commit that failed: one for each action; 0: it was not about single actions. */
STATOR_API size_t stator_tx_reasons(const stator_tx *tx, const stator_cancel_reason **out);
STATOR_API size_t stator_tx_len(const stator_tx *tx);
STATOR_API stator *stator_tx_db(const stator_tx *tx); /* whose transaction it is */
STATOR_API void stator_tx_free(stator_tx *tx);
/* new, build, commit, free. What `build` returns below 0 is returned, and nothing is sent. */
STATOR_API stator_rc stator_transact(stator *db, stator_rc (*build)(void *ud, stator_tx *tx),
                                     void *ud);
/* Up to 100 items as of one moment: stator_result_item(r, i) or NULL. */
STATOR_API stator_rc stator_tx_get_items(stator *db, const char *const *tables,
                                         const stator_val *keys, size_t n, stator_result **out);

/* ---- results
 *
 * NULL is a result of nothing. */
STATOR_API size_t stator_result_count(const stator_result *result);   /* items */
STATOR_API size_t stator_result_scanned(const stator_result *result); /* items evaluated */
STATOR_API const stator_node *stator_result_item(const stator_result *result, size_t i);
STATOR_API const stator_node *stator_result_last_key(const stator_result *result);
STATOR_API const char *stator_result_token(const stator_result *result); /* for start_token; NULL:
                                                                            there is no more */
/* Consumed units: of a table and its indexes, of one of these ("table/index"), or with NULL of
 * all. 0: not asked for. */
STATOR_API double stator_result_capacity(const stator_result *result, const char *name);
/* The whole reply, with the names that DynamoDB gives its parts: "Table.TableStatus". */
STATOR_API const stator_node *stator_result_node(const stator_result *result);
STATOR_API void stator_result_free(stator_result *result);

/* ---- tables */

typedef struct stator_index_spec {
    const char *name;       /* NULL ends a list */
    const char *key;        /* "email:S" or "PK:S, SK:N"; several of one part "(a:S b:S), c:N" */
    const char *projection; /* NULL or "ALL", "KEYS", or names: "a, b" */
    bool local;
} stator_index_spec;

typedef struct stator_table_spec {
    uint32_t size;
    const char *name;
    const char *key; /* "PK:S, SK:S" */
    const stator_index_spec *indexes;
    const char *ttl;                 /* the attribute that makes items expire; NULL: none */
    const char *stream;              /* "NEW_AND_OLD_IMAGES", … ; NULL: none */
    int64_t read_units, write_units; /* 0: on demand */
    bool deletion_protection;
} stator_table_spec;

/* Both wait until the table can be used. stator_ensure_table makes it unless it is there, and is
 * STATOR_E_INVALID when the one that is there has another key or lacks an index. */
STATOR_API stator_rc stator_create_table_(stator *db, const stator_table_spec *spec);
STATOR_API stator_rc stator_ensure_table_(stator *db, const stator_table_spec *spec);
STATOR_API stator_rc stator_delete_table(stator *db, const char *name); /* waits until it is gone */
STATOR_API stator_rc stator_describe_table(stator *db, const char *name, stator_result **out);
/* Names after `after` (NULL: all), at most `limit` (0: 100): "TableNames[0]" of the result's node.
 * These are the database's names: table_prefix is part of them. */
STATOR_API stator_rc stator_list_tables(stator *db, const char *after, int limit,
                                        stator_result **out);
STATOR_API stator_rc stator_wait_table(stator *db, const char *name, const char *table_status,
                                       int64_t timeout_us);
STATOR_API stator_rc stator_create_index(stator *db, const char *table,
                                         const stator_index_spec *index); /* waits until filled */
STATOR_API stator_rc stator_drop_index(stator *db, const char *table, const char *index);
STATOR_API stator_rc stator_set_ttl(stator *db, const char *table, const char *attribute);
/* Let the table have a stream that shows "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE" or
 * "NEW_AND_OLD_IMAGES", or NULL: none any more. Waits until it is so. A stream that was on before
 * is another one, which can be read for 24 hours still. */
STATOR_API stator_rc stator_set_stream(stator *db, const char *table, const char *view);

/* ---- streams: what changes in a table
 *
 * A table with a stream (stator_table_spec.stream, stator_set_stream) keeps a record of each change
 * of an item for 24 hours. Those of one item come in the order of their commits, each once.
 *
 *     stator_stream *stream;
 *     stator_change change;
 *     if (stator_stream_open(db, "jobs", "TRIM_HORIZON", &stream) < 0) return 1;
 *     while (stator_stream_next(stream, 1000000, &change) == STATOR_OK)
 *         follow(&change, stator_stream_position(stream));
 *     stator_stream_close(stream);
 */
enum { STATOR_CHANGE_INSERT = 1, STATOR_CHANGE_MODIFY, STATOR_CHANGE_REMOVE };

/* One change. It ends with the next call for its stream. */
typedef struct stator_change {
    const char *seq; /* its number in the stream, in decimal digits; grows from change to change of
                        an item */
    int64_t when_us; /* since 1970, as exactly as the database tells: whole seconds */
    int kind;        /* STATOR_CHANGE_… */
    bool by_ttl;     /* time to live removed it */
    const stator_node *keys, *old_image, *new_image; /* NULL: there is none, or the view hides it */
} stator_change;

/* Follow the changes of `table` from `from` on: "TRIM_HORIZON", the oldest that there is; "LATEST"
 * or NULL, those that come now; or a position that stator_stream_position told, also of another
 * process. STATOR_E_INVALID: the table has no stream, `from` is no position in one of its streams,
 * or what comes after it is not kept any more. */
STATOR_API stator_rc stator_stream_open(stator *db, const char *table, const char *from,
                                        stator_stream **out);
/* STATOR_OK and the next change; STATOR_DONE: none has come within `wait_us` (0: there is none
 * now); STATOR_NOT_FOUND: none will, for the stream was switched off and all of it was given; or an
 * error, after which the same call may be made again. With mem: and file: it returns as soon as the
 * commit is durable; elsewhere it asks, at most four times a second once nothing comes. */
STATOR_API stator_rc stator_stream_next(stator_stream *stream, int64_t wait_us,
                                        stator_change *change);
/* Where the change after the one given last comes from: text to keep beside what was made of the
 * changes. It ends with the next call for the stream. Parts of a stream that was opened LATEST and
 * have given nothing yet begin anew at LATEST. NULL: no memory. */
STATOR_API const char *stator_stream_position(stator_stream *stream);
STATOR_API void stator_stream_close(stator_stream *stream);

#ifdef __cplusplus
}
#endif

/* ---- options by name, in C
 *
 * What follows the fixed arguments is required, and options may follow it. */
#ifndef __cplusplus
/* clang-format off */
#    define STATOR_OPTS_(type, ...)  (&(type){.size = sizeof(type), __VA_ARGS__})
#    define STATOR_W_(...)           STATOR_OPTS_(stator_write_opts, __VA_ARGS__)
#    define STATOR_Q_(...)           STATOR_OPTS_(stator_query_opts, __VA_ARGS__)

#    define stator_put(db, table, ...) \
         stator_put_item((db), (table), STATOR_W_(.value = __VA_ARGS__))
#    define stator_update(db, table, key, ...) \
         stator_update_item((db), (table), (key), STATOR_W_(.update = __VA_ARGS__))
#    define stator_delete(db, table, ...) \
         stator_delete_item((db), (table), STATOR_W_(.value = __VA_ARGS__))
#    define stator_get(db, table, out, ...) \
         stator_get_item((db), (table), (out), STATOR_OPTS_(stator_read_opts, .key = __VA_ARGS__))

#    define stator_query(db, table, out, ...) \
         stator_query_page((db), (table), (out), STATOR_Q_(.key = __VA_ARGS__))
#    define stator_scan(db, out, ...) \
         stator_scan_page((db), (out), STATOR_Q_(.table = __VA_ARGS__))
#    define stator_each_query(db, table, out, ...) \
         stator_pager_query((db), (table), (out), STATOR_Q_(.key = __VA_ARGS__))
#    define stator_each_scan(db, out, ...) \
         stator_pager_scan((db), (out), STATOR_Q_(.table = __VA_ARGS__))
#    define stator_count(db, table, n, ...) \
         stator_count_items((db), (table), (n), STATOR_Q_(.key = __VA_ARGS__))

#    define stator_execute(db, statement, out, ...) \
         stator_execute_page((db), (statement), (out), \
                             STATOR_OPTS_(stator_execute_opts, .parameters = __VA_ARGS__))

#    define stator_batch_get(db, table, out, keys, ...) \
         stator_batch_get_items((db), (table), (out), (keys), \
                                STATOR_OPTS_(stator_batch_opts, .n = __VA_ARGS__))

#    define stator_tx_put(tx, table, ...) \
         stator_tx_put_((tx), (table), STATOR_W_(.value = __VA_ARGS__))
#    define stator_tx_update(tx, table, key, ...) \
         stator_tx_update_((tx), (table), (key), STATOR_W_(.update = __VA_ARGS__))
#    define stator_tx_delete(tx, table, ...) \
         stator_tx_delete_((tx), (table), STATOR_W_(.value = __VA_ARGS__))
#    define stator_tx_check(tx, table, ...) \
         stator_tx_check_((tx), (table), STATOR_W_(.value = __VA_ARGS__))

#    define stator_create_table(db, ...) \
         stator_create_table_((db), STATOR_OPTS_(stator_table_spec, __VA_ARGS__))
#    define stator_ensure_table(db, ...) \
         stator_ensure_table_((db), STATOR_OPTS_(stator_table_spec, __VA_ARGS__))
#    define STATOR_INDEXES(...) ((const stator_index_spec[]){__VA_ARGS__, {.name = NULL}})
/* clang-format on */
#endif

#endif
