/* shards.h -- the shards of a stream that is followed, and how far each was.
 *
 *     position := arn "|" shard { "," shard }
 *     shard    := id "=" ( number | "T" | "L" | "E" )
 *
 * number: of the last change given; T: nothing yet, from the oldest on; L: nothing yet, from LATEST
 * on; E: all was given, and it is closed.
 *
 * SH1  A shard is read when its parent has ended, so changes of one item come in their order.
 * SH2  A shard that was not there before is read from its beginning.
 *
 * Memory: a row of its own on the heap; texts have the lengths that the service bounds them by
 * (API_streams_Shard, API_streams_GetShardIterator).
 */
#ifndef STATOR_DB_SHARDS_H
#define STATOR_DB_SHARDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "item/value.h"

enum {
    SHARDS_ARN_BYTES = 1024,
    SHARDS_ID_BYTES = 65,
    SHARDS_NUMBER_BYTES = 40,
    SHARDS_ITERATOR_BYTES = 2048,
};

typedef enum shards_at {
    SHARDS_AT_HORIZON = 'T',
    SHARDS_AT_LATEST = 'L',
    SHARDS_AT_NUMBER = 'N',
    SHARDS_AT_END = 'E',
} shards_at;

struct shard {
    char id[SHARDS_ID_BYTES + 1];
    char parent[SHARDS_ID_BYTES + 1]; /* or "" */
    char number[SHARDS_NUMBER_BYTES + 1];
    char iterator[SHARDS_ITERATOR_BYTES + 1]; /* where to read on; "": it is to be asked for */
    shards_at at;
    bool is_told; /* the service still tells of it */
};

struct shards {
    char arn[SHARDS_ARN_BYTES + 1];
    struct shard *all;
    size_t count, room;
    size_t turn; /* which is read next */
};

void shards_deinit(struct shards *shards);

/* Copy `text` to where `size` bytes are, its end among them. False: it is too long. */
MUST_USE bool shards_copy(struct span text, char *out, size_t size);

/* What shard the service tells of: one that is new begins as `fresh` says, and with LATEST one that
 * is closed has ended. ST_PROTOCOL, ST_NO_MEMORY. */
MUST_USE status shards_learn(struct shards *shards, struct value told, shards_at fresh);

/* Before the service tells of all of them, and after: those that have ended and are not told of any
 * more are forgotten. False: one is not told of that has not ended. */
void shards_expect(struct shards *shards);
MUST_USE bool shards_forget(struct shards *shards);

/* The next in the row that may be read (SH1); NULL: none. */
MUST_USE struct shard *shards_next(struct shards *shards);
MUST_USE size_t shards_ready_count(const struct shards *shards);

/* Have all ended? */
MUST_USE bool shards_are_over(const struct shards *shards);

/* Write the position; read it. ST_VALIDATION: it is none. ST_NO_MEMORY. */
void shards_write(const struct shards *shards, struct buf *out);
MUST_USE status shards_read(struct shards *shards, struct span text);

#endif
