/* house.h -- a database that a test opens in a directory, speaks to in DynamoDB's JSON, and closes.
 *
 *     struct house house;
 *     house_init(&house);
 *     st = house_open(&house, folder);                 may fail, as everything here
 *     st = house_ask(&house, "PutItem", "{…}");        what was said is in house.reply
 *     house_close(&house);
 *     house_deinit(&house);
 *
 * It is the whole of what `stator serve` has behind its sockets. Its clock and its random bytes are
 * the test's, and can fail as its memory (support_mem) and its disk (support/disk.h) can.
 *
 * Threads: one; what the database does by itself happens on threads of its own.
 */
#ifndef STATOR_TESTS_FAULT_HOUSE_H
#define STATOR_TESTS_FAULT_HOUSE_H

#include <stdatomic.h>

#include "instance/instance.h"
#include "support/support.h"

enum { HOUSE_REPLY_BYTES = 1 << 16, HOUSE_PATH_BYTES = 512 };

struct house {
    struct instance *instance; /* NULL: it is not open */
    struct os os;
    _Atomic uint64_t clock_ms;
    _Atomic uint64_t looks,
        jumps_at;            /* at the so many-th look, from now, the clock jumps; 0: never */
    _Atomic int64_t jump_ms; /* so far, for ever */
    _Atomic uint64_t draws, dry_at; /* at the so many-th there are no random bytes; 0: always */
    struct arena arena;
    struct error err; /* of the last call that failed, in words */
    char reply[HOUSE_REPLY_BYTES];
};

void house_init(struct house *house);
void house_deinit(struct house *house);

MUST_USE status house_open(struct house *house, const char *folder);
void house_close(struct house *house); /* open or not */

/* Ask for an operation by its name. ST_OK: it is acknowledged. */
MUST_USE status house_ask(struct house *house, const char *operation, const char *body);

/* Delete what has expired and trim the change log, now. */
MUST_USE status house_sweep(struct house *house);

/* Fails the test when engine_check finds a problem. */
void house_check(struct house *house, struct engine_check *check);

/* How many records all streams have, from the oldest on; by `event` ("INSERT" …), or NULL: all. */
MUST_USE status house_read_records(struct house *house, const char *event, unsigned *records);

/* The same, which must succeed. */
unsigned house_records(struct house *house, const char *event);

/* Wait until DescribeTable of `table` says `text` (or not, or that there is no table), at most
 * `most_ms`. */
bool house_wait_until_said(struct house *house, const char *table, const char *text, bool said,
                           unsigned most_ms);

#endif
