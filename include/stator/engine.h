/* engine.h -- what only a database in this process can do: handles of mem: and file:.
 *
 *     #include <stdio.h>
 *     #include <stator/engine.h>
 *
 *     static void show(stator *db, const char *when)
 *     {
 *         stator_result *r;
 *         stator_get(db, "doors", &r, STATOR_KEY({"id", stator_s("7")}));
 *         printf("%s: %s\n", when, stator_str(stator_result_item(r, 0), "state"));
 *         stator_result_free(r);
 *     }
 *
 *     static stator_rc lock(stator *db, const int64_t *version)
 *     {
 *         return stator_update(db, "doors", STATOR_KEY({"id", stator_s("7")}),
 *                              stator_set("state", stator_s("locked")), .if_version = version);
 *     }
 *
 *     int main(void)
 *     {
 *         stator *db, *then;
 *         stator_result *r;
 *         stator_serving *server;
 *         int64_t version;
 *         if (stator_open("mem:", NULL, &db) < 0) return 1;
 *         stator_create_table(db, .name = "doors", .key = "id:S");
 *         stator_put(db, "doors", STATOR_M({"id", stator_s("7")}, {"state", stator_s("open")}));
 *
 *         stator_get_versioned(db, "doors", STATOR_KEY({"id", stator_s("7")}), &r, &version);
 *         stator_result_free(r);
 *         stator_snapshot(db, &then);
 *         printf("%s\n", stator_rc_name(lock(db, &version)));
 *         printf("%s\n", stator_rc_name(lock(db, &version)));
 *         show(then, "then");
 *         show(db, "now");
 *         stator_close(then);
 *
 *         stator_rc rc = stator_serve(db, &server, .port = 0);
 *         if (rc == STATOR_OK) puts("other programs reach it");
 *         stator_serving_stop(server);
 *         stator_close(db);
 *         return rc < 0;
 *     }
 *
 * prints
 *
 *     STATOR_OK
 *     STATOR_E_VERSION
 *     then: open
 *     now: locked
 *     other programs reach it
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
 * STATOR_E_MISUSE. A database whose disk failed ends its snapshots when it recovers: reads through
 * them are STATOR_E_IO from then on, and a new one can be taken. */
STATOR_API stator_rc stator_snapshot(stator *db, stator **out);

/* ---- which keys there are
 *
 * The partition keys of a table, each once, in no particular order; the beginnings of the sort keys
 * of one partition (STATOR_KEY({"PK", …})), up to the first separator, in their order: of
 * "EVENT#1", "EVENT#2" and "META" they are "EVENT" and "META". They are the result's items. Neither
 * reads more than it tells. */
typedef struct stator_list_opts {
    uint32_t size;
    int limit;         /* 0: 100 */
    const char *after; /* stator_result_token of the result before; NULL: from the first */
    char separator;    /* of sort keys; 0: '#' */
} stator_list_opts;

/* `opts` may be NULL. */
STATOR_API stator_rc stator_list_partition_keys(stator *db, const char *table, stator_result **out,
                                                const stator_list_opts *opts);
STATOR_API stator_rc stator_list_sort_prefixes(stator *db, const char *table, stator_val partition,
                                               stator_result **out, const stator_list_opts *opts);

/* ---- time to live
 *
 * The table's attribute for it is set with stator_set_ttl; without one these are STATOR_E_INVALID,
 * and of an item that is not there STATOR_NOT_FOUND. These three work with every kind of handle. */
STATOR_API stator_rc stator_ttl_set(stator *db, const char *table, stator_val key, int64_t seconds);
STATOR_API stator_rc stator_ttl_clear(stator *db, const char *table, stator_val key);
/* Seconds that are left, 0 when they are over; -1: it does not expire. */
STATOR_API stator_rc stator_ttl_get(stator *db, const char *table, stator_val key,
                                    int64_t *seconds_left);

/* Delete up to `limit` (0: all) expired items of one table; *deleted is their number, and may be
 * NULL. */
STATOR_API stator_rc stator_ttl_sweep(stator *db, const char *table, int64_t limit,
                                      int64_t *deleted);
/* Let a thread of the library's do so for all tables every `interval_us` from now on; 0: no more.
 * Unless told otherwise it does every 15 s. Expired items do not exist, deleted or not. */
STATOR_API stator_rc stator_reap_every(stator *db, int64_t interval_us);

/* ---- streams
 *
 * How much the stream of a table (calls.h) keeps from now on: changes of at most `max_age_us`, and
 * at most `max_records` of them in each of its parts; 0 is the usual: 24 hours, and any number.
 * More may stay: an eighth, or what was written within two seconds, and what was there before until
 * it is old enough. STATOR_E_INVALID: the table has no stream. */
STATOR_API stator_rc stator_stream_retain(stator *db, const char *table, int64_t max_age_us,
                                          int64_t max_records);

/* ---- partition schemas
 *
 * What the items are whose partition keys, which are strings, have the same prefix: what stands
 * before the first '#', or all of a key that has none. With `validate` a put, and an update by its
 * outcome, that does not fit is STATOR_E_MISFIT, and nothing is written: a required attribute is
 * missing, or one has another type. The message names all that is wrong, and stator_error_get()
 * has it as a list, `misfit`. So it goes for writes of
 * every kind and way, in batches and transactions too; items from before stay as they are, and
 * attributes that the schema does not name are free. Without `validate` it only describes.
 *
 *     stator_create_schema(db, "app", .prefix = "USER", .description = "people",
 *                          .attributes = STATOR_SCHEMA({"email", STATOR_S, true},
 *                                                      {"age", STATOR_N, false}),
 *                          .validate = true);
 */
typedef struct stator_schema_attr {
    const char *name; /* NULL ends a list */
    stator_kind type; /* STATOR_S to STATOR_BOOL */
    bool required;
} stator_schema_attr;

typedef struct stator_schema_spec {
    uint32_t size;
    const char *prefix;
    const char *description;              /* or NULL */
    const stator_schema_attr *attributes; /* or NULL */
    bool validate;
} stator_schema_spec;

/* STATOR_E_SCHEMA_EXISTS; STATOR_E_INVALID when the table's partition key is no string. */
STATOR_API stator_rc stator_create_schema_(stator *db, const char *table,
                                           const stator_schema_spec *spec);
/* STATOR_E_NO_SCHEMA; STATOR_E_INVALID while there are indexes of it. */
STATOR_API stator_rc stator_drop_schema(stator *db, const char *table, const char *prefix);

/* The schemas of a table as the result's items, by prefix; the one of `prefix`
 * (STATOR_E_NO_SCHEMA). Each is a map:
 *
 *     prefix, description, validate
 *     attributes[].name, .type ("S", "N", … "BOOL"), .required
 *     indexes[]                  names of the indexes that are of it
 */
STATOR_API stator_rc stator_list_schemas(stator *db, const char *table, stator_result **out);
STATOR_API stator_rc stator_describe_schema(stator *db, const char *table, const char *prefix,
                                            stator_result **out);

/* A global index that holds the items of the schema of `prefix` alone, and of these the ones with
 * its key: what does not fit it is not in it, and never refused for that. It is queried, shown and
 * dropped as any index. With NULL it is stator_create_index. Waits until it is filled.
 * STATOR_E_NO_SCHEMA. */
STATOR_API stator_rc stator_create_scoped_index(stator *db, const char *table, const char *prefix,
                                                const stator_index_spec *index);

/* ---- vectors
 *
 * A vector index holds the items whose attribute `attr` is a list of `dims` numbers, and finds
 * those whose list is nearest to another: embeddings of texts and pictures, places. The numbers
 * count as floats of 32 bits. An item without the attribute is not in it; a put or update that
 * gives it another type or count is STATOR_E_INVALID, in every kind of write.
 *
 *     stator_create_vector_index(db, "docs", .name = "byMeaning", .attr = "embedding", .dims = 3);
 *     stator_query_vector(db, "docs", &r, .index = "byMeaning", .vector = v, .dims = 3, .k = 5,
 *                         .filter = stator_eq("lang", stator_s("en")), .scores = scores);
 *
 * Of more than a thousand vectors a search looks at a part, along a graph that is kept in memory,
 * and finds nearly always the nearest; of fewer it looks at all. Every write is found by the next
 * search. The first search after opening reads all vectors of the index; the graph is then made
 * beside what goes on. Memory: 4 bytes a number and some 300 for each item, once it was searched.
 */
typedef struct stator_vector_spec {
    uint32_t size;
    const char *name;   /* as other indexes are called */
    const char *attr;   /* at the item's top level */
    int dims;           /* 1 to 4,096 */
    const char *metric; /* "cosine" (or NULL), "euclidean", "dot" */
} stator_vector_spec;

/* Waits until it is filled with the items that are there; one of them whose attribute does not fit
 * is left out. STATOR_E_INVALID: there is one of this name, or it cannot be made. */
STATOR_API stator_rc stator_create_vector_index_(stator *db, const char *table,
                                                 const stator_vector_spec *spec);
/* STATOR_E_NO_INDEX. */
STATOR_API stator_rc stator_drop_vector_index(stator *db, const char *table, const char *name);

/* Each a map: name, attr, dims, metric, ready (it is filled). */
STATOR_API stator_rc stator_list_vector_indexes(stator *db, const char *table, stator_result **out);

typedef struct stator_vector_query {
    uint32_t size;
    const char *index;
    const float *vector; /* `dims` numbers: neither NaN nor infinite */
    int dims;            /* the index's */
    int k;               /* how many items at most; 0: 10; up to 10,000 */
    stator_cond filter; /* on whole items. The nearest that pass it are answered: where few do, more
                         * and more are looked at, and at last all */
    double oversample;  /* candidates for each item wanted, to begin with; 0: 3 */
    double *scores; /* room for `k`, or NULL; in the order of the items. cosine: 1 - cosine, from
                     * 0 to 2, a zero vector is at 1 from all; euclidean: the distance; dot: the
                     * product, and more is nearer */
} stator_vector_query;

/* The items, the nearest first. STATOR_E_NO_INDEX; STATOR_E_INVALID: it is not filled yet, or
 * `dims` is not its. */
STATOR_API stator_rc stator_query_vector_(stator *db, const char *table, stator_result **out,
                                          const stator_vector_query *query);

/* ---- upkeep */

/* Make a database in `dir`, which is empty or not there, of this one as it is at some moment of the
 * call, while others read and write. One that was not finished is never opened. */
STATOR_API stator_rc stator_backup(stator *db, const char *dir);

/* Rewrite what is stored without what was deleted or replaced. */
STATOR_API stator_rc stator_compact(stator *db);

/* Read everything and prove that items, indexes, vectors and expiry entries agree. No write may be
 * under way. *report is one line for each problem and a last one with counts, for stator_free.
 * STATOR_E_CORRUPT: there are problems. */
STATOR_API stator_rc stator_check(stator *db, char **report);

/* How it is doing, as one map at stator_result_node(*out):
 *
 *     writes, batches, syncs     write functions run since it was opened, in so many groups
 *     pending                    writes queued and not answered yet
 *     snapshots                  that are open
 *     diskBytes                  of its files
 *     cacheBytesMax              memory it may use, and …
 *     unwrittenBytes, recentBytes, blockBytes       … does: not on disk yet, read lately, blocks
 *     vectors, vectorBytes       in memory, of vector indexes that were searched
 *     tables.NAME                items, bytes, indexes, entries, entryBytes
 */
STATOR_API stator_rc stator_stats(stator *db, stator_result **out);

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
#    define stator_create_schema(db, table, ...)                                                   \
        stator_create_schema_((db), (table), STATOR_OPTS_(stator_schema_spec, __VA_ARGS__))
#    define STATOR_SCHEMA(...) ((const stator_schema_attr[]){__VA_ARGS__, {.name = NULL}})
#    define stator_create_vector_index(db, table, ...)                                             \
        stator_create_vector_index_((db), (table), STATOR_OPTS_(stator_vector_spec, __VA_ARGS__))
#    define stator_query_vector(db, table, out, ...)                                               \
        stator_query_vector_((db), (table), (out), STATOR_OPTS_(stator_vector_query, __VA_ARGS__))
#    define stator_serve(db, out, ...)                                                             \
        stator_serve_((db), (out), STATOR_OPTS_(stator_serve_opts, __VA_ARGS__))
#endif

#endif
