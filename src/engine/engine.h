/* engine.h -- the verbs: get, write, query, scan, and the tables they work on.
 *
 * Requests come in as structs with expressions already bound and values already stored bytes; the
 * engine finds the table, checks keys against it, judges, applies and answers. It never sees JSON.
 *
 * Reads (engine_get, engine_query, engine_scan) run on the calling thread and return their answer.
 * Writes (engine_write, engine_table_*) return at once: a failed status means refused, and done is
 * not called; ST_OK means queued, and done is called on a thread of the store's, or one that waits
 * in engine_help, when the answer is durable. Everything of the request (its struct, arena,
 * expressions) is the engine's between the two.
 *
 * E1  A condition is judged and its write applied at one point of the store's order.
 * E2  A refused condition or version changes nothing: no item, no version, no count.
 * E3  Reads see only what is durable: the newest such state, but for global indexes that lag.
 *
 * The change log that tables write with their stream on is read through engine_stream.h.
 *
 * Order of checks, as DynamoDB's: the caller has checked all that needs no table; then the table
 * exists; then keys match its schema; then the condition; then the update applies; then sizes.
 */
#ifndef STATOR_ENGINE_ENGINE_H
#define STATOR_ENGINE_ENGINE_H

#include "expr/expr.h"
#include "os/os.h"
#include "store/store.h"
#include "table/table.h"

struct engine;
struct engine_snapshot;

/* Something the people who run this should know: progress of long work. Any thread. */
typedef void(engine_note_fn)(void *ctx, const char *text);

/* What becomes of an item between its expiry and its deletion (expiry.h). */
typedef enum engine_ttl_visibility {
    ENGINE_TTL_INSTANT, /* it does not exist */
    ENGINE_TTL_LAZY,    /* it is as it was, as in DynamoDB */
} engine_ttl_visibility;

struct engine_options {
    const struct mem *mem;
    const struct os *os;
    struct store *store;  /* outlives the engine */
    engine_note_fn *note; /* or NULL */
    void *note_ctx;
    engine_ttl_visibility ttl_visibility;
    uint32_t sweep_every_ms; /* how often expired items are deleted; 0: when it is asked for */
    uint64_t collection_bytes_max; /* 0: LIMIT_COLLECTION_GB */
    bool global_indexes_lag;       /* they are read as they were past_ms of the store ago */
    bool enforce_throughput;       /* refuse what tables and indexes have no throughput for */
    uint32_t stream_shards; /* open shards of a stream, to LIMIT_STREAM_SHARDS; 0: one. Streams that
                             * have more keep them */
    uint64_t stream_age_ms; /* how long streams that are made from now on keep a record, unless told
                             * (engine_stream_retain); 0: 24 hours */
};

/* Load the catalog. ST_CORRUPT, ST_IO, ST_NO_MEMORY. */
MUST_USE status engine_open(const struct engine_options *options, struct engine **out,
                            struct error *err);

/* No call may be under way. Saves the item counts. */
void engine_close(struct engine *engine);

/* What one caller sees: the tables of one space. Spaces share nothing: a name may stand in each of
 * them, for another table. A space is there as soon as a table is made in it. Its name says nothing
 * to the engine; the empty one is a space as well. */
struct engine_space {
    struct engine *engine;
    struct span name; /* at most LIMIT_SPACE_BYTES; lives as long as the requests made in it */
    struct engine_snapshot *snapshot; /* reads see its state; NULL: the newest. None for writes */
    bool helps; /* whoever writes in it calls engine_help next: no thread is woken for that */
};

/* One state of everything, for as many reads as the caller likes: engine_get, engine_get_many,
 * engine_query and engine_scan in a space with this snapshot. Tables and indexes are there as they
 * were, and what had expired then has expired: two reads of one snapshot never disagree. Global
 * indexes do not lag in it. It keeps no writer and no reader waiting, and keeps the disk from
 * giving back what it sees, so it should not be held for ever. Any number of threads may read it.
 *
 * engine_close ends the state of every snapshot; engine_snapshot_end is due all the same, and may
 * come after it. ST_NO_MEMORY. */
MUST_USE status engine_snapshot_begin(struct engine *engine, struct engine_snapshot **out,
                                      struct error *err);
void engine_snapshot_end(struct engine_snapshot *snapshot); /* NULL is allowed */

/* Can it still be read, or has its engine been closed? */
MUST_USE bool engine_snapshot_is_open(const struct engine_snapshot *snapshot);

typedef void(engine_done_fn)(void *ctx, status st);

/* For callers that wait, once engine_write, engine_write_many or engine_table_write has returned
 * ST_OK: go on until *over, which `done` sets as the last thing that it does
 * (memory_order_release). The calling thread runs what is queued, its own writes and others', where
 * no other thread is doing so. So a caller alone never waits for another thread, and many share
 * batches and syncs. Not from within a done, and with no lock held that a done takes. */
void engine_help(struct engine *engine, const atomic_bool *over);

/* A table or a global index that has no units left: what refused a request with ST_THROTTLED
 * (provisioned) or ST_OVER_MAXIMUM (OnDemandThroughput). Only with enforce_throughput. */
struct engine_throttle {
    struct span index_name; /* in the request's arena; empty: the table itself */
    bool writes;
    bool on_demand;
};

MUST_USE static inline bool engine_is_throttled(status st)
{
    return st == ST_THROTTLED || st == ST_OVER_MAXIMUM;
}

/* What a request cost in one secondary index, in half units (a write unit is two). */
struct engine_index_cost {
    struct span name; /* in the request's arena */
    bool global;
    uint32_t half_units;
};

/* An item collection: all items of one partition key, with their entries in local indexes. */
struct engine_collection {
    bool counted;     /* the table has a local index: the rest is told */
    struct value key; /* VALUE_M: the partition key, in the request's arena */
    uint64_t bytes;   /* DynamoDB's sizes, when the request has happened */
};

/* Why an item does not fit the partition schema that its key is of, which validates. */
struct engine_misfit {
    struct span prefix; /* of the schema; in the request's arena, as the rest */
    const struct span
        *reasons; /* a sentence for each attribute that is missing or of another type */
    uint32_t reason_count;
};

/* ---- one item */

struct engine_get {
    struct span table_name;
    struct value key;              /* VALUE_M */
    bool consistent;               /* costs twice; every read is consistent */
    const struct expr *projection; /* or NULL */

    /* answer, in the arena */
    bool found;
    uint64_t version;    /* of the item: grows with every write of it; 0 when there is none */
    struct value item;   /* VALUE_M, projected */
    uint32_t half_units; /* read capacity consumed, in half units */
    bool unread; /* engine_get_many, in a batch: there was no room, or `throttled`. The first costs
                  * as a miss does */
    bool throttled; /* the table had no units left */
    struct engine_throttle throttle;
    struct error *err; /* engine_get_many, in a transaction */
};
MUST_USE status engine_get(const struct engine_space *space, struct engine_get *get,
                           struct arena *arena, struct error *err);

typedef enum engine_verb {
    ENGINE_PUT,
    ENGINE_UPDATE,
    ENGINE_DELETE,
    ENGINE_CHECK, /* ConditionCheck: judges and writes nothing; transactions only */
} engine_verb;

typedef enum engine_return { /* ReturnValues */
                             ENGINE_RETURN_NONE,
                             ENGINE_RETURN_ALL_OLD,
                             ENGINE_RETURN_UPDATED_OLD,
                             ENGINE_RETURN_ALL_NEW,
                             ENGINE_RETURN_UPDATED_NEW,
} engine_return;

struct engine_write {
    engine_verb verb;
    struct span table_name;
    struct value attributes;      /* VALUE_M: the item to put, or the key */
    const struct expr *condition; /* or NULL */
    const struct expr *update;    /* ENGINE_UPDATE; NULL updates nothing but creates the item */
    engine_return returns;
    bool old_on_failure; /* ReturnValuesOnConditionCheckFailure=ALL_OLD; for versions as well */
    bool explains;       /* `explanation` is wanted: the condition is judged once more for it */
    bool has_version;    /* the item's version must be if_version, judged before the condition */
    uint64_t if_version; /* 0: there must be no item */
    struct arena *arena;
    struct error *err; /* filled before done for a failure */
    engine_done_fn *done;
    void *done_ctx;

    /* answer, in the arena */
    bool has_attributes;
    struct value returned; /* VALUE_M as `returns` asks, or on a refusal the old item */
    uint64_t version;      /* that the item has now, ST_VERSION and ST_CONDITION_FAILED included; 0:
                            * there      is none */
    uint32_t write_units;  /* consumed by the table; set for those refusals as well */
    struct engine_index_cost *index_costs; /* of the indexes whose entries changed */
    uint32_t index_cost_count;
    struct engine_collection collection;        /* that the item is or was in */
    const struct expr_explanation *explanation; /* why the condition held or did not, for the item
                                                 * that it was judged on; NULL: it was not judged,
                                                 * not asked for, or there was no memory for it */
    const struct engine_misfit *misfit;         /* of ST_VALIDATION, where that is why; else NULL */
    bool unprocessed; /* engine_write_many, in a batch: `throttle` says what had no units left */
    struct engine_throttle throttle;

    struct engine_write_own *own; /* the engine's */
};

/* Start a write. done's status: ST_OK, ST_CONDITION_FAILED, ST_VERSION (`version` is the one there
 * is), ST_VALIDATION (an update that cannot be applied, an item too large or a `misfit`),
 * ST_COLLECTION_SIZE (its item collection would grow beyond its limit), ST_THROTTLED or
 * ST_OVER_MAXIMUM, or one of the world's. ST_TX_CONFLICT, at once: a transaction on the item is
 * under way. */
MUST_USE status engine_write(const struct engine_space *space, struct engine_write *write);

/* ---- several items at once */

/* Several reads, answered from one snapshot, each as engine_get would. */
struct engine_get_many {
    struct engine_get *gets; /* of a transaction: each with its own err */
    uint32_t count;          /* 1 to 100; a batch without partition_bytes_max: any number */
    uint64_t bytes_max;      /* of items read; a batch then leaves the rest `unread`, a transaction
                              * is refused */
    uint64_t partition_bytes_max; /* when so many were read of one partition key, the rest of it is
                                   * left unread; 0: no bound */
    bool transaction;
};

/* ST_NOT_FOUND, ST_VALIDATION, ST_THROTTLED or ST_OVER_MAXIMUM when a batch could read nothing, and
 * the world's. A transaction is refused with ST_TX_CANCELED where gets[i].err->status tells why for
 * each (ST_VALIDATION: a key that does not fit; ST_TX_CONFLICT: a transaction on the item is under
 * way; ST_THROTTLED, ST_OVER_MAXIMUM; else ST_OK), and with ST_VALIDATION when it reads an item
 * twice or more than bytes_max. */
MUST_USE status engine_get_many(const struct engine_space *space, struct engine_get_many *many,
                                struct arena *arena, struct error *err);

/* Several writes as one: a batch (each for itself, without conditions and versions) or a
 * transaction (all conditions are judged before anything is staged, and all or none happens). No
 * two may be of one item: ST_VALIDATION, told at once.
 *
 * A batch leaves out writes whose table or index has no units left, and marks them; when that is
 * all of them, done is called with ST_THROTTLED or ST_OVER_MAXIMUM.
 *
 * A transaction that fails has done called with ST_TX_CANCELED; writes[i].err->status tells why for
 * each: ST_OK for one that would have passed, ST_CONDITION_FAILED or ST_VERSION (with the old item
 * in `returned` where it was asked for), ST_VALIDATION (a key that does not fit, an update that
 * cannot be applied) or ST_COLLECTION_SIZE (later ones are then not looked at), ST_TX_CONFLICT
 * (another transaction on the item is under way), ST_THROTTLED or ST_OVER_MAXIMUM. What can be seen
 * before anything is queued, a wrong key or a conflict, is returned at once, in the same form. A
 * table that does not exist is ST_NOT_FOUND for the whole, a key attribute without a value
 * ST_VALIDATION for the whole, both at once. */
struct engine_many {
    struct engine_write *writes; /* each with its own err; their done is not used */
    uint32_t count;              /* 1 to 100 */
    bool transaction;
    struct span token; /* ClientRequestToken, or empty: the request happens once in 10 minutes */
    struct span fingerprint; /* with a token: bytes that are equal for equal requests */
    struct arena *arena;
    struct error *err;
    engine_done_fn *done;
    void *done_ctx;

    /* answer */
    bool replayed; /* the token was seen with the same request: nothing was done now, and
                    * write_units are those of then */

    struct engine_many_own *own; /* the engine's */
};

/* Start it. ST_TX_CANCELED, ST_TOKEN_MISMATCH, and what engine_write has. */
MUST_USE status engine_write_many(const struct engine_space *space, struct engine_many *many);

/* ---- pages of items */

typedef enum engine_select {
    ENGINE_SELECT_ITEMS, /* whole or projected */
    ENGINE_SELECT_COUNT,
} engine_select;

/* Why a page ended where it did. */
typedef enum engine_page_end {
    ENGINE_PAGE_ALL,   /* there was no more */
    ENGINE_PAGE_LIMIT, /* `limit` items were evaluated */
    ENGINE_PAGE_BYTES, /* LIMIT_PAGE_BYTES were read */
} engine_page_end;

/* How a page came about, for those who ask. */
struct engine_page_work {
    engine_page_end end;
    uint64_t bytes;         /* evaluated, of the table or index that was walked */
    uint32_t expired;       /* items walked over because they had expired */
    uint32_t fetched;       /* items read from the table for entries of a local index */
    uint64_t fetched_bytes; /* each rounded up to 4 KB, as they are charged */
};

/* Query and Scan. For Query `key_condition` is set; for Scan it is NULL. */
struct engine_page {
    struct span table_name;
    struct span index_name;           /* empty: the table itself */
    const struct expr *key_condition; /* or NULL */
    const struct expr *filter;        /* or NULL */
    const struct expr *projection;    /* or NULL */
    struct value start_key;           /* ExclusiveStartKey, VALUE_M, or VALUE_NONE */
    uint32_t limit;                   /* items to evaluate; 0: no limit */
    bool backward;
    bool consistent;
    engine_select select;
    bool whole_items; /* ALL_ATTRIBUTES was asked for: a local index fetches what it lacks */
    uint32_t segment; /* with total_segments > 0 */
    uint32_t total_segments;
    uint64_t bytes; /* of a page that several Queries make: what those before walked; 0 else.
                     * Answer: with what this one walked; over LIMIT_PAGE_BYTES a page is full */

    /* answer, in the arena */
    struct value *items; /* `count` maps, unless COUNT was asked */
    uint32_t count;      /* that passed the filter */
    uint32_t scanned;    /* evaluated */
    bool has_last_key;
    struct value last_key;     /* LastEvaluatedKey, VALUE_M */
    uint32_t half_units;       /* read from the table */
    uint32_t index_half_units; /* read from the index, where there is one */
    bool index_is_global;
    struct engine_page_work work;
    struct engine_throttle throttle;
};

/* ST_NOT_FOUND, ST_VALIDATION, ST_THROTTLED, ST_OVER_MAXIMUM, and the world's. A page begins when
 * there is something left to spend, and then ends where it would anyway. */
MUST_USE status engine_query(const struct engine_space *space, struct engine_page *page,
                             struct arena *arena, struct error *err);
MUST_USE status engine_scan(const struct engine_space *space, struct engine_page *page,
                            struct arena *arena, struct error *err);

/* ---- the nearest vectors */

/* The items of a vector index whose vectors are nearest to `values`: as an index on the way to them
 * finds them, nearly always the nearest there are (src/vector/vector.h), and in a snapshot always.
 * All are read from one state, and are in the order of their distances then. */
struct engine_nearest {
    struct span table_name;
    struct span index_name;
    const float *values;
    uint32_t dimensions;
    uint32_t limit;            /* 1 to LIMIT_VECTOR_TOP */
    double oversample;         /* candidates for each item wanted, 1 or more; 0: 3. Where the filter
                                * leaves too few, more are looked at, and at last all */
    const struct expr *filter; /* or NULL */
    const struct expr *projection; /* or NULL */

    /* answer, in the arena */
    struct value *items; /* maps */
    double *scores;      /* cosine: 1 - cosine, 0 to 2; Euclidean: the distance; dot product: that,
                          * and here more is nearer */
    uint32_t count;
    uint64_t compared; /* vectors in memory */
    uint64_t judged;   /* candidates looked at in the store */
};

/* ST_NOT_FOUND, ST_VALIDATION (there is no such vector index, it is still being filled, the values
 * are not as many as its dimensions or not finite, the limit), and the world's. */
MUST_USE status engine_nearest(const struct engine_space *space, struct engine_nearest *nearest,
                               struct arena *arena, struct error *err);

/* Let nearest->values and ->dimensions be the numbers of `list`, in the arena. ST_VALIDATION: it is
 * no list of numbers that floats can be; ST_NO_MEMORY. */
MUST_USE status engine_nearest_values(struct engine_nearest *nearest, struct value list,
                                      struct arena *arena, struct error *err);

/* ---- which keys there are */

/* The partition keys of a table, each once, in the order in which a Scan meets them; or the
 * beginnings of the sort keys of one partition, up to the first `separator` in each, in ascending
 * order of the first of them. A sort key without the separator stands for itself. Neither reads
 * more than it tells, but for items that have expired. */
struct engine_keys {
    struct span table_name;
    uint32_t limit;        /* at most so many; 1 or more */
    struct span resume;    /* of the answer before this; empty: from the first */
    struct value key;      /* engine_sort_prefixes: VALUE_M with the partition key */
    struct span separator; /* likewise; 1 byte or more */

    /* answer, in the arena */
    struct value *values; /* of the partition key's type; of the sort key's, S or B */
    uint32_t count;
    struct span next; /* empty: there are no more */
};

/* ST_NOT_FOUND, ST_VALIDATION (the key does not fit, `resume` is none, or the table has no sort key
 * of type S or B), and the world's. */
MUST_USE status engine_partition_keys(const struct engine_space *space, struct engine_keys *keys,
                                      struct arena *arena, struct error *err);
MUST_USE status engine_sort_prefixes(const struct engine_space *space, struct engine_keys *keys,
                                     struct arena *arena, struct error *err);

/* ---- tables */

/* A table held for reading, with its counts. Drop it with table_drop(table). */
struct engine_description {
    const struct table *table;
    uint64_t item_count;
    uint64_t item_bytes;
};

/* ST_NOT_FOUND: "Requested resource not found: Table: NAME not found". */
MUST_USE status engine_table_describe(const struct engine_space *space, struct span name,
                                      struct engine_description *out, struct error *err);

/* Names of the space's tables in ascending order. */
struct engine_names {
    struct span start; /* names after this one; empty: from the first */
    uint32_t limit;    /* at most so many; 1 or more */

    /* answer, in the arena */
    struct span *names;
    uint32_t count;
    bool more; /* others follow */
};
MUST_USE status engine_table_list(const struct engine_space *space, struct engine_names *list,
                                  struct arena *arena, struct error *err);

typedef enum engine_table_verb {
    ENGINE_TABLE_CREATE,
    ENGINE_TABLE_UPDATE,
    ENGINE_TABLE_DELETE,
} engine_table_verb;

/* WarmThroughput: units per second to be raised to; what is not given stays. */
struct engine_warm_change {
    bool has_read, has_write;
    int64_t read_units, write_units;
};

/* New throughput for a global index. */
struct engine_index_change {
    struct span name;
    bool has_throughput, has_on_demand;
    uint64_t read_units, write_units;
    int64_t on_demand_read_max, on_demand_write_max;
    struct engine_warm_change warm;
};

/* What UpdateTable, UpdateTimeToLive, TagResource, UntagResource and the calls about partition
 * schemas may change; has_* says which were given. */
struct engine_table_change {
    const struct table_index *new_index; /* a global index to make, or NULL; checked by the caller
                                          * against the attribute definitions of the request; its
                                          * scope is a schema that is there */
    struct span dropped_index;           /* a global index to end, or empty */
    const struct engine_index_change *index_changes;
    uint8_t index_change_count;
    bool has_billing, has_throughput, has_class, has_deletion_protection, has_on_demand;
    table_billing billing;
    uint64_t read_units, write_units;
    table_class class;
    bool deletion_protection;
    int64_t on_demand_read_max, on_demand_write_max;
    struct engine_warm_change warm;

    bool has_stream; /* the table stays what it is otherwise: a stream is switched on, or off */
    table_stream_view stream;

    /* Tags to set, their keys ascending, and keys of tags to take away: alone in their change, and
     * possible while the table is UPDATING, which they leave as it is. */
    const struct table_tag *set_tags;
    const struct span *removed_tags;
    uint8_t set_tag_count;
    uint8_t removed_tag_count;

    /* Time to live, likewise alone in its change and possible at any time. */
    bool has_ttl;
    bool ttl_enabled;
    struct span ttl_attribute; /* also to switch it off: the one that it is on with */

    /* A vector index to make (its number and status are the engine's), or the name of one to end;
     * alone in their change, likewise. It may be searched when its status is TABLE_ACTIVE. */
    const struct table_vectors *new_vectors; /* or NULL */
    struct span dropped_vectors;             /* or empty */

    /* A partition schema to make, or the prefix of one to end; alone in their change, likewise. */
    const struct table_schema *new_schema; /* or NULL */
    struct span dropped_schema;            /* or empty */
};

struct engine_table_write {
    engine_table_verb verb;
    struct span name;
    const struct table_spec *spec;            /* CREATE */
    const struct engine_table_change *change; /* UPDATE */
    struct arena *arena;
    struct error *err;
    engine_done_fn *done;
    void *done_ctx;

    /* answer: the table as the reply shows it (CREATING, UPDATING, DELETING); drop it after use */
    struct engine_description description;

    struct engine_table_own *own; /* the engine's */
};

/* Start a change of the catalog. ST_IN_USE: "Table already exists: NAME". ST_NOT_FOUND.
 * ST_VALIDATION: the table is protected, the change changes nothing, there are too many tags, time
 * to live is on with another attribute, a stream is on already or there is none to switch off, a
 * schema cannot be made or ended (table_schema.h), an index is of a schema that is not there, a
 * vector index cannot be made or is not there. */
MUST_USE status engine_table_write(const struct engine_space *space,
                                   struct engine_table_write *write);

/* ---- upkeep */

/* Delete what is expired now, in all tables; *deleted is their number. ST_IO, ST_CORRUPT,
 * ST_NO_MEMORY. May run beside everything else; waits for the store, so not from a loop. */
MUST_USE status engine_sweep(struct engine *engine, uint64_t *deleted, struct error *err);

/* The same of one table, up to a number of items. */
struct engine_table_sweep {
    struct span table_name;
    uint64_t limit;   /* 1 or more */
    uint64_t deleted; /* the answer, whatever the status: fewer than `limit` when no more were due,
                       * as without time to live */
};
MUST_USE status engine_sweep_table(const struct engine_space *space,
                                   struct engine_table_sweep *sweep, struct error *err);

/* Let a thread do engine_sweep every so often from now on, or never (0), whatever the options of
 * engine_open said. A round that it is at ends after the items in hand. Not by two callers at once.
 * ST_NO_MEMORY: the system gave no thread, and none runs. */
MUST_USE status engine_sweep_every(struct engine *engine, uint32_t every_ms, struct error *err);

/* Make a database in `dir`, which must be empty or not there, with everything as it is at some
 * moment of the call (store_backup). Writers and readers go on; so not from a loop. Item counts are
 * as after a crash, and exact when nobody writes. ST_FOREIGN, ST_LOCKED, ST_IO, ST_CORRUPT,
 * ST_NO_MEMORY. */
MUST_USE status engine_backup(struct engine *engine, const char *dir, struct error *err);

/* Give back the room of what was deleted and replaced. Everything goes on meanwhile. */
void engine_compact(struct engine *engine);

struct engine_table_stats {
    struct span name;
    uint64_t item_count, item_bytes;   /* exact, as ItemCount and TableSizeBytes */
    uint64_t entry_count, entry_bytes; /* of all its indexes */
    uint32_t index_count;
};

struct engine_stats {
    struct store_stats store; /* of all spaces, as `snapshots` */
    uint32_t snapshots;       /* that are open */
    uint64_t vectors;         /* of all spaces, in memory for searches */
    uint64_t vector_bytes;    /* of memory for that */

    /* of the space, in the arena */
    struct engine_table_stats *tables; /* by name */
    uint32_t table_count;
};
MUST_USE status engine_stats(const struct engine_space *space, struct engine_stats *out,
                             struct arena *arena, struct error *err);

enum { ENGINE_SEAL_BYTES = 16 };

/* The seal of `bytes`: always the same, and nobody can tell it who has not the secret that the
 * database was made with. Text that is given to clients and comes back is told by it from text that
 * they made up. Each kind of text begins in a way of its own. Any thread. */
void engine_seal(const struct engine *engine, struct span bytes, uint8_t out[ENGINE_SEAL_BYTES]);

/* Walk everything and prove what the engine promises of stored data: every item is whole and stands
 * at its place, every entry of an index has its item and every item its entries, with the
 * attributes of its projection, the same of expiry entries and their seconds, every record of the
 * change log is whole and where it belongs, as many as their shards count, and nothing belongs to a
 * table or a stream that is not there. */
struct engine_check {
    engine_note_fn *problem; /* called for each problem found, in one line */
    void *ctx;

    /* answer */
    uint64_t tables, items, entries /* of indexes */, problems;
    uint64_t streams, records; /* of the change log */
};

/* Everything else goes on meanwhile. ST_OK whatever was found; ST_IO, ST_CORRUPT, ST_NO_MEMORY when
 * the walk itself failed. */
MUST_USE status engine_check(struct engine *engine, struct engine_check *check, struct error *err);

#endif
