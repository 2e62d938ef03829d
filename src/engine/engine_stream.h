/* engine_stream.h -- reading the change log: the streams of tables, their shards, their records.
 *
 * A table whose stream is on (table_spec.stream, engine_table_change.has_stream) appends one record
 * for each item that a write changes, in the commit of that write. A write that leaves an item as
 * it was appends none. A stream is a thing of its own: switched off, or with its table deleted, it
 * can be read for as long as it keeps records (24 hours), and then ends. A table that switches its
 * stream on again has another one.
 *
 * A stream is a row of shards. A shard is open, or closed for good; a closed one may have children,
 * which go on where it ends. An item's records stand in the shard whose range of the keyed hash its
 * partition key falls in, so they are in one shard or in a line of parents and children.
 *
 * R1  Every change that was committed while the stream was on has exactly one record, and nothing
 *     else has one.
 * R2  Records of a shard ascend by position, which is the order of commits. Those of a child come
 *     after all of its parent's.
 * R3  Only what is durable is read, as everywhere (E3 of engine.h): what was read is never taken
 *     back, and a shard that is told to have ended gets no more records.
 * R4  Records go from the oldest on, when they are older than the stream keeps them or there are
 *     more than it keeps. A reader that comes too late is told: ST_TRIMMED.
 *
 * All functions but engine_stream_retain run on the calling thread and never wait; answers are in
 * the arena given. None has words for the user: ST_NOT_FOUND (no such stream, or shard, in this
 * space) and ST_TRIMMED are for the caller to word. Beside these they fail with the world's.
 * In a space with a snapshot they tell of its state.
 */
#ifndef STATOR_ENGINE_ENGINE_STREAM_H
#define STATOR_ENGINE_ENGINE_STREAM_H

#include "engine/engine.h"

/* A place in a shard. All zero is before everything (TRIM_HORIZON). */
struct engine_position {
    uint64_t sequence; /* of the commit */
    uint32_t ordinal;  /* within it: every record of a commit has another, in any shard */
};

/* Negative, zero or positive as `a` comes before, with or after `b`. */
MUST_USE static inline int engine_stream_compare(struct engine_position a, struct engine_position b)
{
    if (a.sequence != b.sequence) return a.sequence < b.sequence ? -1 : 1;
    return a.ordinal == b.ordinal ? 0 : a.ordinal < b.ordinal ? -1 : 1;
}

/* The position right before `at`. */
MUST_USE static inline struct engine_position engine_stream_before(struct engine_position at)
{
    if (at.ordinal > 0) return (struct engine_position){at.sequence, at.ordinal - 1};
    if (at.sequence > 0) return (struct engine_position){at.sequence - 1, UINT32_MAX};
    return at;
}

typedef enum engine_stream_status { /* on disk: never renumber */
                                    ENGINE_STREAM_ENABLED = 1,
                                    ENGINE_STREAM_DISABLED = 2, /* all its shards are closed */
} engine_stream_status;

/* What a stream keeps; zero means the default that stands behind each. */
struct engine_retention {
    uint64_t age_ms_max;  /* (24 hours) */
    uint64_t records_max; /* in each shard (any number) */
    uint64_t bytes_max;   /* in each shard, as they are stored (any number) */
};

struct engine_stream {
    uint32_t number; /* never used again */
    struct span table_name;
    uint64_t made_ms;       /* its label: no other stream has this one */
    table_stream_view view; /* what its records show */
    engine_stream_status status;
    uint64_t ended_ms;                 /* when it was disabled; 0: it is enabled */
    struct table_key key;              /* of its table */
    struct engine_retention retention; /* with no zero for age_ms_max */
};

/* Streams of the space, or of its tables with one name, by number. (ListStreams) */
struct engine_streams {
    struct span table_name; /* empty: of all */
    uint32_t after;         /* those with greater numbers; 0: from the first */
    uint32_t limit;         /* at most so many; 1 or more */

    /* answer */
    struct engine_stream *streams;
    uint32_t count;
    bool more; /* others follow */
};
MUST_USE status engine_stream_list(const struct engine_space *space, struct engine_streams *list,
                                   struct arena *arena);

/* The stream of a table called `table_name` with this label. ST_NOT_FOUND. */
MUST_USE status engine_stream_find(const struct engine_space *space, struct span table_name,
                                   uint64_t made_ms, struct arena *arena,
                                   struct engine_stream *out);

struct engine_shard {
    uint32_t number; /* within its stream, from 1; never used again */
    uint32_t parent; /* 0: none. One that is not there any more is told all the same */
    uint64_t made_ms;
    struct engine_position first; /* no record of it comes before this */
    struct engine_position last;  /* of its last record so far, or `first` where it never had one */
    bool open;
};

/* Shards of a stream, by number: parents before their children. (DescribeStream) */
struct engine_shards {
    uint32_t stream;
    uint32_t after;       /* those with greater numbers; 0: from the first */
    uint32_t children_of; /* only those with this parent; 0: all */
    uint32_t limit;       /* at most so many; 1 or more */

    /* answer */
    struct engine_shard *shards;
    uint32_t count;
    bool more; /* others follow */
};
MUST_USE status engine_stream_shards(const struct engine_space *space, struct engine_shards *list,
                                     struct arena *arena); /* ST_NOT_FOUND */

typedef enum engine_record_kind { /* on disk: never renumber */
                                  ENGINE_RECORD_INSERT = 1,
                                  ENGINE_RECORD_MODIFY = 2,
                                  ENGINE_RECORD_REMOVE = 3,
} engine_record_kind;

/* One item's change. The values are in the arena. */
struct engine_record {
    struct engine_position at;
    uint64_t time_ms;
    engine_record_kind kind;
    bool by_service;        /* time to live did it, not a user */
    struct value keys;      /* VALUE_M, as the next two, which are VALUE_NONE where there is none */
    struct value old_image; /* or where the view does not show it */
    struct value new_image;
    uint32_t bytes; /* DynamoDB's size of these three */
};

/* Records of a shard that come after a position. (GetRecords) */
struct engine_records {
    uint32_t stream, shard;
    struct engine_position after; /* all zero: from the oldest there is */
    uint32_t limit;               /* 1 to LIMIT_STREAM_RECORDS */
    uint64_t bytes_max; /* of all their `bytes`; the first record is read whatever it has */

    /* answer */
    struct engine_record *records;
    uint32_t count;
    struct engine_position next; /* `after` of the next call: of the last record, or as asked */
    bool ended;                  /* the shard is closed, and nothing comes after `next` */
};
MUST_USE status engine_stream_read(const struct engine_space *space, struct engine_records *read,
                                   struct arena *arena); /* ST_NOT_FOUND, ST_TRIMMED */

/* The position of the newest record of a shard: what is committed from now on comes after it. All
 * zero while it never had one. (LATEST) ST_NOT_FOUND. */
MUST_USE status engine_stream_latest(const struct engine_space *space, uint32_t stream,
                                     uint32_t shard, struct engine_position *out);

/* Let a stream keep so much from now on; what is too much goes at once, as far as it was written in
 * stretches of its own: a shard may keep an eighth more than it should, or 64 records, or what was
 * written in two seconds. Waits for the store, so not from a loop. ST_NOT_FOUND. */
MUST_USE status engine_stream_retain(const struct engine_space *space, uint32_t stream,
                                     const struct engine_retention *retention);

/* ---- being told */

/* There may be more to read of a stream, or it has ended. Called on any thread after the commit
 * became readable, also where nothing new was appended after all. It runs with the lock of all
 * watches held, so it must be short: no waiting, no call of the engine, no watch or unwatch. */
typedef void(engine_watch_fn)(void *ctx);

/* The caller's, from engine_stream_watch to engine_stream_unwatch. */
struct engine_watch {
    uint32_t stream;
    engine_watch_fn *fn;
    void *ctx;

    struct engine_watch *next, *before; /* the engine's */
};

/* What is committed after this is told. No stream needs to be there. */
void engine_stream_watch(struct engine *engine, struct engine_watch *watch);

/* When this returns, watch->fn is not running and will not be called. Before engine_close, and with
 * no lock held that watch->fn takes. */
void engine_stream_unwatch(struct engine *engine, struct engine_watch *watch);

#endif
