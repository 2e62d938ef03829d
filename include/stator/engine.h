/* engine.h -- what only a database in this process can do: handles of mem: and file:.
 *
 *     #include <stator/engine.h>
 *
 *     stator *then;
 *     stator_snapshot(db, &then);                     all that is read through `then` is of one
 * moment stator_backup(db, "backup/monday");             while others read and write stator_serving
 * *server; stator_serve(db, &server, .port = 8000);        the same database for other programs
 *
 * With a handle of another kind these are STATOR_E_UNSUPPORTED.
 *
 * Versions. Every item has one, a number that grows with each write of it; 0 stands for no item.
 * stator_get_versioned tells it, and a put, update or delete with .if_version = &version happens
 * only if the item has that version still: else STATOR_E_VERSION, with `expected` and `actual` at
 * stator_error_get(). It is the engine's own and in no attribute; for one that every kind of
 * database can judge see version_attr in calls.h. */
#ifndef STATOR_ENGINE_H
#define STATOR_ENGINE_H

#include "stator/stator.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As stator_get_item, with the item's version; of an item that is not there 0. */
STATOR_API stator_rc stator_get_versioned(stator *db, const char *table, stator_val key,
                                          stator_result **out, int64_t *version);

/* A handle that reads the database as it is now, however it is changed later: get, query, scan,
 * pagers, counts and batches through it see this one moment, and so do two of them together. It
 * keeps nobody waiting, and keeps the disk from giving back what it sees: close it with
 * stator_close when it has served, at the latest before `db`. Writes through it are
 * STATOR_E_MISUSE. */
STATOR_API stator_rc stator_snapshot(stator *db, stator **out);

/* ---- which keys there are
 *
 * The partition keys of a table, each once, in no particular order; the beginnings of the sort keys
 * of one partition, up to the first `separator`, in their order: of "EVENT#1", "EVENT#2" and "META"
 * with '#' they are "EVENT" and "META". Values of the result are its items. At most `limit` (0:
 * 100); `after` is stator_result_token of the result before, or NULL. */
STATOR_API stator_rc stator_list_partition_keys(stator *db, const char *table, int limit,
                                                const char *after, stator_result **out);
STATOR_API stator_rc stator_list_sort_prefixes(stator *db, const char *table, stator_val partition,
                                               char separator, stator_result **out);

/* ---- time to live
 *
 * The table's attribute for it is set with stator_set_ttl; without one these are STATOR_E_INVALID,
 * and of an item that is not there STATOR_NOT_FOUND. These four work with every kind of handle. */
STATOR_API stator_rc stator_ttl_set(stator *db, const char *table, stator_val key, int64_t seconds);
STATOR_API stator_rc stator_ttl_clear(stator *db, const char *table, stator_val key);
/* Seconds that are left, 0 when they are over; -1: it does not expire. */
STATOR_API stator_rc stator_ttl_get(stator *db, const char *table, stator_val key,
                                    int64_t *seconds_left);

/* Delete what has expired, in all tables; *deleted may be NULL. It happens by itself every 15 s. */
STATOR_API stator_rc stator_ttl_sweep(stator *db, int64_t *deleted);

/* ---- upkeep */

/* Make a database in `dir`, which is empty or not there, of this one as it is at some moment of the
 * call, while others read and write. One that was not finished is never opened. */
STATOR_API stator_rc stator_backup(stator *db, const char *dir);

/* Rewrite what is stored without what was deleted or replaced. */
STATOR_API stator_rc stator_compact(stator *db);

/* Read everything and prove that items, indexes and expiry entries agree. No write may be under
 * way. *report is one line for each problem and a last one with counts, for stator_free.
 * STATOR_E_CORRUPT: there are problems. */
STATOR_API stator_rc stator_check(stator *db, char **report);

typedef struct stator_statistics {
    uint32_t size;          /* sizeof(stator_statistics): set it before */
    int64_t writes;         /* write functions run since the database was opened */
    int64_t batches, syncs; /* groups in which they were committed */
    int64_t pending;        /* writes queued and not answered yet */
    int64_t disk_bytes;     /* files */
    int64_t cache_bytes;    /* memory in use: values read lately, blocks, what is not written out */
    int64_t cache_bytes_max;
} stator_statistics;
STATOR_API stator_rc stator_stats(stator *db, stator_statistics *out);

/* ---- serving
 *
 * DynamoDB's protocol over HTTP for other programs, while this one goes on using the database; on
 * the unix socket the line protocol as well (docs/socket-protocol.md). Threads of the library's own
 * do it. A process that serves ignores SIGPIPE. */
typedef struct stator_serving stator_serving;

typedef struct stator_serve_opts {
    uint32_t size;
    const char *host;      /* NULL: "127.0.0.1"; "": no TCP */
    int port;              /* 0: any free one */
    const char *unix_path; /* NULL: none */
    int threads;           /* 0: 1 */
} stator_serve_opts;

STATOR_API stator_rc stator_serve_(stator *db, stator_serving **out, const stator_serve_opts *opts);
STATOR_API int stator_serving_port(const stator_serving *server);
/* Accept nothing more, finish what is under way, and end. Before stator_close. NULL is allowed. */
STATOR_API void stator_serving_stop(stator_serving *server);

#ifdef __cplusplus
}
#else
#    define stator_serve(db, out, ...)                                                             \
        stator_serve_((db), (out), STATOR_OPTS_(stator_serve_opts, .host = NULL, __VA_ARGS__))
#endif

#endif
