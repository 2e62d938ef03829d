/* place.h -- a database and a table for each test, wherever the tests are to run.
 *
 * STATOR_TEST_URI says where ("mem:" unless it is set): the same programs run against a server, or
 * with "file:" in a fresh directory. Each test has a handle and tables of its own, with names that
 * no other test uses.
 *
 * The handle's clock is the real one and what the test has turned it on by; a pause takes
 * little time and turns it on by what was asked for. Randomness can be replayed but for the names.
 */
#ifndef STATOR_TESTS_PATTERNS_PLACE_H
#define STATOR_TESTS_PATTERNS_PLACE_H

#include <stdatomic.h>

#include "stator/model.h"
#include "stator/patterns.h"
#include "support/support.h"

enum { PLACE_NAME_LEN = 64, PLACE_TABLES_MAX = 4, PLACE_THREADS_MAX = 32 };

struct place {
    stator *db;
    char table[PLACE_NAME_LEN]; /* the first one, made by the set-up where it makes one */
    char tables[PLACE_TABLES_MAX][PLACE_NAME_LEN];
    size_t table_count;
    char *folder; /* of file:; or NULL */
    _Atomic int64_t turned_us;
    _Atomic int64_t frozen_us; /* 0: the clock goes */
    _Atomic uint64_t random;
    _Atomic int retries;  /* pauses before another attempt */
    _Atomic int finished; /* calls */
};

/* Set-ups and the tear-down of cmocka: *state is a struct place. */
int place_setup(void **state);        /* a handle, no table */
int place_setup_single(void **state); /* and one table for all (stator_ensure_single_table) */
int place_setup_jobs(void **state);   /* and a table of jobs */
int place_teardown(void **state);

/* Is it a server of others', that answers two things in a way of its own (tests/peers)? */
bool place_is_peer(void);

/* A name for a table that the tear-down deletes. */
const char *place_name(struct place *place, const char *stem);

/* Turn the clock on; let it stand at `us` until it is turned. */
void place_turn(struct place *place, int64_t us);
void place_freeze(struct place *place, int64_t us);

/* Fails the test, with the last error's message, unless `rc` is `expected`. */
#define place_check(rc, expected) place_check_((rc), (expected), #rc, __FILE__, __LINE__)
void place_check_(stator_rc rc, stator_rc expected, const char *what, const char *file, int line);

/* Run work(ud, i) on `count` threads that begin at once. */
void place_race(int count, void (*work)(void *ud, int i), void *ud);

/* The item of this PK and SK as a document, or NULL. */
stator_doc *place_item(struct place *place, const char *pk, const char *sk);

/* How many items does the first table hold? */
int64_t place_count(struct place *place);

#endif
