/* replica.h -- a consumer that replays a table's stream onto an empty table elsewhere, and
 * compares.
 *
 *     replica_open -> { replica_catch_up | replica_compare … } -> replica_close
 *
 * Every record has to fit what was replayed before it: an INSERT where nothing is, a MODIFY and a
 * REMOVE of just the item that is there. So a record that is missing, twice or out of order is
 * found at the next one of its item, or when counts are compared. The stream shows
 * NEW_AND_OLD_IMAGES and stays on; the table has a partition key pk S and a sort key sk N.
 */
#ifndef STATOR_TESTS_ENGINE_REPLICA_H
#define STATOR_TESTS_ENGINE_REPLICA_H

#include "engine/engine_stream.h"
#include "engine/fixture.h"

enum { REPLICA_SHARDS_MAX = 4096 };

struct replica {
    const char *table;                             /* of the source */
    struct fixture f;                              /* where it is replayed: in memory */
    struct engine_position at[REPLICA_SHARDS_MAX]; /* read so far, by shard */
    uint64_t records, by_service;
};

/* Ready for the records of a table that was empty when its stream was switched on. */
void replica_open(struct replica *replica, const char *table);

/* Replay what is new. */
void replica_catch_up(struct replica *replica, struct fixture *source);

/* Catch up; both have as many items, of as many bytes. */
void replica_compare(struct replica *replica, struct fixture *source);

/* Catch up; the replica has the items that a scan of the source shows, and no others. */
void replica_compare_items(struct replica *replica, struct fixture *source);

/* Before the source is closed, which then finds no memory taken. */
void replica_close(struct replica *replica);

#endif
