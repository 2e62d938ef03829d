/* stream_walk.h -- all shards of a stream as one row of records, in the order of their commits.
 *
 *     stream_walk_begin -> stream_walk_look -> records … stream_walk_pass(each) -> … look again
 *
 * A position says how far a walk has come, in all shards at once: what comes after it was not
 * passed, all else was. So one position is enough to go on from, and a parent's records come before
 * its children's without looking at either.
 *
 * SW1  Records are passed in ascending order of their positions, over any number of walks of which
 *      each goes on where the one before has come to: none twice, none left out.
 * SW2  What a walk keeps is its marks: one for each shard that has more to tell.
 *
 * Memory: a walk is in its arena; the records of a look are in the arena given to it.
 */
#ifndef STATOR_ENGINE_STREAM_WALK_H
#define STATOR_ENGINE_STREAM_WALK_H

#include "engine/engine_stream.h"

/* How far one shard was passed. */
struct stream_walk_mark {
    uint32_t shard;
    bool is_closed; /* when it was looked at last, as `last` */
    struct engine_position after, last;
};

struct stream_walk {
    struct engine_space space;
    uint32_t stream;
    struct engine_position position; /* what was passed last */
    struct arena *arena;
    struct stream_walk_mark *marks; /* by shard; of those that are not behind us for good */
    uint32_t mark_count, mark_room;
    uint32_t passed_shards; /* those up to this number are */
    bool has_begun;
};

/* Walk from `after` on; all zero: from the oldest record. The space's name lives as long. */
void stream_walk_begin(struct stream_walk *walk, const struct engine_space *space, uint32_t stream,
                       struct engine_position after, struct arena *arena);

/* Where a walk begins that wants nothing but what is committed from now on. ST_NOT_FOUND. */
MUST_USE status stream_walk_latest(const struct engine_space *space, uint32_t stream,
                                   struct arena *scratch, struct engine_position *out);

/* Some of what comes next, for about `bytes_max`. */
struct stream_walk_look {
    uint64_t bytes_max;

    /* answer */
    const struct engine_record **records;
    uint32_t *shards; /* of each */
    uint32_t count;   /* 0: nothing now; or */
    bool is_over;     /* never again: the stream is disabled, and all of it was passed */
};

/* ST_TRIMMED: what comes next is not kept any more, or may not be: the parent of a shard has gone,
 * and nobody knows whether all of it was passed. */
MUST_USE status stream_walk_look(struct stream_walk *walk, struct arena *scratch,
                                 struct stream_walk_look *look);

/* Record `i` of the look is done with; those before it too. */
void stream_walk_pass(struct stream_walk *walk, const struct stream_walk_look *look, uint32_t i);

#endif
