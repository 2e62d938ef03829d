/* send.h -- one request of a recorded client, by libstator's public calls, and what it was told.
 *
 * A request is a few parts on the items of one family: the items k<first> and following, which are
 * one partition of a table of their own, so that a Query and a Scan of it each see all of them.
 * What comes back is added to a log as operations: one for a write, a read or a transaction, one
 * for each page, and one for each item of a batch, since a batch promises nothing as a whole.
 *
 * The library's own retries are off: a write that is made again is two writes. A transaction may be
 * told to repeat itself under its token until an answer comes; all attempts are one operation then,
 * from the first call to the last answer.
 *
 * Threads: a place belongs to one thread; its database may be that of many.
 */
#ifndef STATOR_TESTS_LINEAR_SEND_H
#define STATOR_TESTS_LINEAR_SEND_H

#include "linear/history.h"
#include "stator/stator.h"

enum { SEND_TOKEN_BYTES = 36, SEND_TABLE_BYTES = 32, SEND_WORDS_BYTES = 300 };

typedef enum {
    SEND_GET,
    SEND_WRITE,
    SEND_TRANSACT,
    SEND_TRANSACT_GET,
    SEND_QUERY,
    SEND_SCAN,
    SEND_SNAPSHOT, /* of a database in this process: pages of one held state */
    SEND_BATCH_WRITE,
    SEND_BATCH_GET,
    SEND_KINDS
} send_kind;

struct send_request {
    uint8_t kind; /* send_kind */
    uint8_t family;
    bool consistent;
    uint8_t part_count;
    int limit;                                    /* of pages; 0: none */
    char token[SEND_TOKEN_BYTES + 1];             /* of a transaction; "": none of ours */
    struct history_part parts[HISTORY_PARTS_MAX]; /* `sees` is what the answer is to show */
};

struct send_tally {
    uint64_t answered, refused, unknown, conflicts, nothing, repeated;
    uint64_t unexpected;
    char words[SEND_WORDS_BYTES]; /* of what was not expected */
};

struct send_place;
typedef void(send_fn)(struct send_place *place, const struct send_request *request,
                      struct history *log);

struct send_place {
    stator *db;
    const char *prefix; /* of the tables' names */
    unsigned family_keys;
    uint16_t client;
    send_fn *send; /* send_request, or something that lies about it */
    void *liar;    /* its */
    struct send_tally tally;
};

/* The name of a family's table. */
void send_table_name(const struct send_place *place, unsigned family, char out[SEND_TABLE_BYTES]);

/* Make the request and log what came of it. `ret` of an unknown operation is when it was given
 * up. */
void send_request(struct send_place *place, const struct send_request *request,
                  struct history *log);

#endif
