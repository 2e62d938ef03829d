/* place.h -- the database that a test of calls runs against: in this process or a server.
 *
 * STATOR_TEST_URI names it: "mem:", "file:" (a fresh folder for each handle), or a server's
 * "http://…" or "unix:…"; unset it is mem:. everywhere.py runs each program once for each kind.
 * What a test asserts holds for all of them, unless it asks place_is_local.
 *
 *     stator *db = place_open();
 *     const char *table = place_table(db, "PK:S, SK:S");
 *     … place_rc(stator_put(db, table, …), STATOR_OK) …
 *     place_close(db);           nothing may be left of the heap
 */
#ifndef STATOR_TESTS_DB_PLACE_H
#define STATOR_TESTS_DB_PLACE_H

#include <pthread.h>
#include <stdatomic.h>

#include "stator/stator.h"
#include "support/support.h"

/* Is the database in this process? */
bool place_is_local(void);

/* Is it a server of somebody else's (tests/peers), whose sentences are its own? */
bool place_is_peer(void);

/* What to give stator_open: a folder of its own for each call with file:. */
const char *place_uri(void);

/* A handle, with `options` (NULL: none), and its end, which checks that all memory came back. A
 * test that has closed the handle itself calls place_end instead. */
stator *place_open(void);
stator *place_open_with(const stator_options *options);
void place_close(stator *db);
void place_end(void);

/* A table of a name that no other has, with the key "PK:S, SK:S", and its name, which stays. */
const char *place_table(stator *db, const char *key);

/* Such a name alone. */
const char *place_name(const char *stem);

/* Assert what a call returned; its error is shown when it is another. */
struct place_at {
    const char *call, *file;
    int line;
};
#define PLACE_AT(call) (&(struct place_at){#call, __FILE__, __LINE__})
#define place_rc(call, expected) place_rc_((call), (expected), PLACE_AT(call))
void place_rc_(stator_rc rc, stator_rc expected, const struct place_at *at);

/* Assert that a call failed as `expected`, and that the error's message is `message`; of a peer's
 * error, that there is one. */
#define place_error(call, expected, message)                                                       \
    place_error_((call), (expected), (message), PLACE_AT(call))
void place_error_(stator_rc rc, stator_rc expected, const char *message, const struct place_at *at);

/* Assert that `node` is this in plain JSON; NULL: it is not there. */
void place_json(const stator_node *node, const char *expected);

/* Put an item {"PK", "SK", "n"} that is sure to be written. */
void place_put(stator *db, const char *table, const char *pk, const char *sk, int64_t n);

/* Assert what is stored at PK, SK, in plain JSON; NULL: nothing. */
void place_stored(stator *db, const char *table, const char *pk, const char *sk,
                  const char *expected);

/* Cancel whatever `db` has under way, from another thread, every 20 ms until the end: the call that
 * is to be canceled may not have begun at the first time. */
struct place_canceler {
    stator *db;
    atomic_bool is_over;
    pthread_t thread;
};
void place_cancel_begin(struct place_canceler *canceler, stator *db);
void place_cancel_end(struct place_canceler *canceler);

/* The key {"PK", "SK"} as a literal. */
#define PLACE_KEY(pk, sk) STATOR_KEY({"PK", stator_s(pk)}, {"SK", stator_s(sk)})

#endif
