/* table.h -- what a table is: its name, keys, settings and state.
 *
 * A struct table is never written after it was made: a change makes a new one. Readers hold a
 * reference (catalog.h) for as long as a request needs it.
 *
 *     table_from_spec   a checked CreateTable -> table
 *     table_write       table -> catalog bytes
 *     table_read        catalog bytes -> table
 *
 * Memory: a table owns one arena, which holds all it points at; table_hold and table_drop count
 * its readers, the last drop frees it.
 * Threads: any number may read one table; hold and drop are atomic.
 */
#ifndef STATOR_TABLE_TABLE_H
#define STATOR_TABLE_TABLE_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "item/value.h"
#include "vector/vector.h"

enum { TABLE_ID_BYTES = 36 };

/* One key attribute and its type: VALUE_S, VALUE_N or VALUE_B. */
struct table_key_part {
    struct span name;
    value_type type;
};

/* A key schema: partition key parts, then sort key parts. A table and a local index have one and at
 * most one; a global index has up to LIMIT_INDEX_KEY_PARTS of each. */
struct table_key {
    struct table_key_part partition[LIMIT_INDEX_KEY_PARTS];
    struct table_key_part sort[LIMIT_INDEX_KEY_PARTS];
    uint8_t partition_count;
    uint8_t sort_count;
};

typedef enum table_status { /* on disk: never renumber */
                            TABLE_CREATING = 0,
                            TABLE_ACTIVE = 1,
                            TABLE_UPDATING = 2,
                            TABLE_DELETING = 3,
} table_status;

typedef enum table_billing { /* on disk: never renumber */
                             TABLE_PROVISIONED = 0,
                             TABLE_PAY_PER_REQUEST = 1,
} table_billing;

typedef enum table_class {                        /* on disk: never renumber */
                           TABLE_CLASS_UNSET = 0, /* STANDARD, and never mentioned in a request */
                           TABLE_CLASS_STANDARD = 1,
                           TABLE_CLASS_INFREQUENT_ACCESS = 2,
} table_class;

/* Does a table log its changes, and what does a record of one show? (StreamViewType) */
typedef enum table_stream_view { /* on disk: never renumber */
                                 TABLE_STREAM_OFF = 0,
                                 TABLE_STREAM_KEYS_ONLY = 1,
                                 TABLE_STREAM_NEW_IMAGE = 2,
                                 TABLE_STREAM_OLD_IMAGE = 3,
                                 TABLE_STREAM_NEW_AND_OLD_IMAGES = 4,
} table_stream_view;

/* Capacity units per second, and when they last changed. */
struct table_throughput {
    uint64_t read_units;
    uint64_t write_units;
    uint64_t increased_ms; /* 0: never */
    uint64_t decreased_ms;
    uint32_t decreases_today;
};

/* What a table or a global index can serve at once, in units per second. It never goes down: it is
 * the most that was ever provisioned or asked for, and at least what DynamoDB gives whatever was
 * ever billed per request (developer guide, "Warm throughput"). */
struct table_warm {
    uint64_t read_units;
    uint64_t write_units;
    bool asked;  /* by the request that made it; not stored */
    bool rising; /* in a reply: shown as it was, UPDATING; not stored */
};

enum { TABLE_WARM_READ_UNITS = 12000, TABLE_WARM_WRITE_UNITS = 4000 }; /* billed per request */

typedef enum table_projection { /* on disk: never renumber */
                                TABLE_PROJECT_ALL = 0,
                                TABLE_PROJECT_KEYS_ONLY = 1,
                                TABLE_PROJECT_INCLUDE = 2,
} table_projection;

/* A secondary index. The first part is what a request may set. */
struct table_index {
    struct span name;
    bool global;
    struct table_key key; /* of a local index: the table's partition key and another sort key */
    table_projection projection;
    const struct span *included; /* attributes of TABLE_PROJECT_INCLUDE beside the keys */
    uint8_t included_count;
    struct table_throughput throughput; /* of a global index of a provisioned table */
    int64_t on_demand_read_max;
    int64_t on_demand_write_max;
    struct table_warm warm; /* of a global index */
    struct span scope;      /* of a global index: it holds the items of the partition schema with
                             * this prefix; empty: of all (table_schema.h) */

    uint32_t number; /* names the index in store keys; never used again */
    table_status status;
    bool backfilling;        /* CREATING, and already taking the items that were there before */
    struct table_live *live; /* shared by all versions of this index */
};

/* A vector index: the items whose `attribute` is a list of kind.dimensions numbers, to be found by
 * how near these are to others. */
struct table_vectors {
    struct span name;
    struct span attribute;
    struct vector_kind kind; /* of at most LIMIT_VECTOR_DIMENSIONS */
    uint32_t number;         /* names the index in store keys; never used again */
    table_status status;     /* TABLE_CREATING: being filled; TABLE_ACTIVE */
};

/* A tag of a table. */
struct table_tag {
    struct span key;
    struct span value;
};

/* An attribute that items of a partition schema have. */
struct table_schema_attribute {
    struct span name;
    value_type type;
    bool required;
};

/* A partition schema: what those items are whose partition key, a string, begins with `prefix`
 * (table_schema.h). */
struct table_schema {
    struct span prefix;
    struct span description; /* may be empty */
    const struct table_schema_attribute *attributes;
    uint16_t attribute_count; /* LIMIT_SCHEMA_ATTRIBUTES in all schemas of a table */
    bool validates;           /* items that are otherwise are refused; else it only describes */
};

/* What a request may set; the spans belong to the caller. */
struct table_spec {
    struct span name;
    struct table_key key;
    table_billing billing;
    struct table_throughput throughput; /* zero when billed per request */
    table_class class;
    bool deletion_protection;
    int64_t on_demand_read_max; /* OnDemandThroughput; 0: not given, -1: no maximum */
    int64_t on_demand_write_max;
    struct table_warm warm;
    struct table_index *indexes;         /* in the order in which they were made */
    uint8_t index_count;                 /* at most LIMIT_GLOBAL_INDEXES + LIMIT_LOCAL_INDEXES */
    const struct table_tag *tags;        /* keys in ascending order */
    uint8_t tag_count;                   /* at most LIMIT_TAGS */
    struct span ttl_attribute;           /* empty: items do not expire */
    const struct table_schema *schemas;  /* prefixes in ascending order */
    uint8_t schema_count;                /* at most LIMIT_SCHEMAS */
    const struct table_vectors *vectors; /* vector indexes, in the order in which they were made */
    uint8_t vector_count;                /* at most LIMIT_VECTOR_INDEXES */
    table_stream_view stream;            /* TABLE_STREAM_OFF: it logs no changes */
};

struct table {
    struct table_spec spec;      /* spans live in the table's arena */
    struct span space;           /* whose table it is; in the arena; empty: everybody's */
    char id[TABLE_ID_BYTES + 1]; /* TableId, a UUID */
    uint32_t number;             /* names the table in store keys; never used again */
    uint32_t generation;         /* counts the changes of this description */
    table_status status;
    uint64_t created_ms;
    uint64_t billing_changed_ms; /* 0: never set to PAY_PER_REQUEST */
    uint64_t class_changed_ms;   /* 0: never */
    uint64_t ttl_changed_ms;     /* 0: never */
    uint32_t ttl_filling;        /* 0: every item has its expiry entry; else the number under which
                                  * giving them to the items of before goes on */
    uint32_t stream_number;      /* of its latest stream, which may be over; 0: it never had one */
    uint64_t stream_made_ms;     /* likewise: names that stream among those of all tables */
    struct table_live *live;     /* shared by all versions of this table */
    struct table_own *own;       /* private: arena and reader count */
};

/* What changes with every write, shared by all versions of one table, or of one index of it.
 * Written by the thread that runs the store's functions (gone, used, due_from) or reports their end
 * (the counts), or by any (what is spent); read by anyone. Relaxed order is enough: each is a fact
 * by itself, and what the functions write decides something only on their own thread. */
struct table_live {
    _Atomic uint64_t item_count;
    _Atomic uint64_t item_bytes;      /* DynamoDB's sizes */
    _Atomic uint64_t counts_saved_ms; /* when the counts were last written to the store */
    _Atomic uint32_t generation; /* of the newest description: a function that was queued with an
                                  * older one must read the description again */
    _Atomic uint64_t reads_spent_ns; /* until when the units are spent: engine/throttle.h */
    _Atomic uint64_t writes_spent_ns;
    atomic_bool gone;          /* the table was deleted; later functions must write nothing */
    atomic_bool used;          /* an item was put, or may have been before the start */
    _Atomic uint64_t due_from; /* no expiry entry stands under an earlier second, but for those too
                                * old to count (engine/expiry.h) */
    atomic_bool filled;        /* of an index: it was filled from items that were there before it,
                                * since the process began */
    _Atomic uint32_t versions; /* private: tables that share this */
};

struct table_identity {
    struct span space; /* the caller's */
    char id[TABLE_ID_BYTES + 1];
    uint32_t number; /* its indexes get the numbers after it */
    uint64_t created_ms;
};

/* A new table in state CREATING, without vector indexes. ST_NO_MEMORY. */
MUST_USE status table_from_spec(const struct mem *mem, const struct table_spec *spec,
                                const struct table_identity *identity, struct table **out);

/* A copy of `table`, for a change before it is published. ST_NO_MEMORY. */
MUST_USE status table_clone(const struct mem *mem, const struct table *table, struct table **out);

/* Let `table`, which nobody else has seen yet, take over the live parts of `older`, an earlier
 * version of it, for every index that both have. */
void table_adopt(struct table *table, const struct table *older);

/* One more reader of `table`, which is returned; one reader less (NULL is allowed). */
const struct table *table_hold(const struct table *table);
void table_drop(const struct table *table);

/* Let `warm` be at least so many units. */
void table_warm_raise(struct table_warm *warm, uint64_t read_units, uint64_t write_units);

/* Let the table and its global indexes be as warm as their throughput and billing make them. */
void table_warm_settle(struct table *table);

/* The index called `name`, or NULL. */
MUST_USE const struct table_index *table_find_index(const struct table *table, struct span name);

/* The index with this number, or NULL. */
MUST_USE const struct table_index *table_find_number(const struct table *table, uint32_t number);

/* The vector index called `name`, or with this number, or NULL. */
MUST_USE const struct table_vectors *table_find_vectors(const struct table *table,
                                                        struct span name);
MUST_USE const struct table_vectors *table_find_vectors_number(const struct table *table,
                                                               uint32_t number);

/* Is the attribute `name` a part of `key`? */
MUST_USE bool table_key_has(const struct table_key *key, struct span name);

/* Does `index` hold the attribute `name` of the items that stand in it? */
MUST_USE bool table_projects(const struct table *table, const struct table_index *index,
                             struct span name);

/* A copy of `table` with `index` at the end of its indexes, or without the index called `name`.
 * ST_NO_MEMORY. */
MUST_USE status table_with_index(const struct mem *mem, const struct table *table,
                                 const struct table_index *index, struct table **out);
MUST_USE status table_without_index(const struct mem *mem, const struct table *table,
                                    struct span name, struct table **out);

/* A copy of `table` with `vectors` at the end of its vector indexes, in place of one with its
 * number, or without the one called `name`. ST_NO_MEMORY. */
MUST_USE status table_with_vectors(const struct mem *mem, const struct table *table,
                                   const struct table_vectors *vectors, struct table **out);
MUST_USE status table_without_vectors(const struct mem *mem, const struct table *table,
                                      struct span name, struct table **out);

/* Append the catalog form; read it back. A table read as a version of `shown` shares the live parts
 * of it and of its indexes; with NULL it gets its own. ST_CORRUPT, ST_NO_MEMORY. */
void table_write(const struct table *table, struct buf *buf);
MUST_USE status table_read(const struct mem *mem, struct span bytes, const struct table *shown,
                           struct table **out);

#endif
