/* tabling.h -- calls about tables: their frame, their description, and waiting for them.
 *
 * Making and changing return when the table is as it was asked for: DescribeTable is called until
 * then, after pauses that double. In this process the first call of it is enough, as a rule.
 */
#ifndef STATOR_DB_TABLING_H
#define STATOR_DB_TABLING_H

#include "db/call.h"
#include "db/request.h"

struct tabling {
    stator *db;
    struct turn *turn;
    struct request request;
    struct span index_scope; /* of an index that is made: engine.h's; empty: all items */
};

/* Run `fn` as one call of the application. */
typedef status(tabling_fn)(struct tabling *t, const char *table, const void *arg);
MUST_USE stator_rc tabling_run(stator *db, tabling_fn *fn, const char *table, const void *arg);

/* Begin a request about `table`; send it; both are of scratch. What call_make has. */
MUST_USE status tabling_begin(struct tabling *t, const char *table);
MUST_USE status tabling_send(struct tabling *t, const char *operation, const char *table,
                             struct value *answer);

/* The member Table of DescribeTable's answer. */
MUST_USE status tabling_describe(struct tabling *t, const char *table, struct value *out);

/* Is the table of this description as it is awaited? */
typedef bool(tabling_ready_fn)(struct value table, const void *ctx);

struct tabling_awaited {
    tabling_ready_fn *is_ready;
    const void *ctx;
    bool gone;           /* that there is no such table is what is awaited */
    uint64_t timeout_us; /* 0: ten minutes */
};

/* ST_TIMEOUT, ST_CANCELED, and what describing has. */
MUST_USE status tabling_wait(struct tabling *t, const char *table,
                             const struct tabling_awaited *awaited);

/* Until the table and all its global indexes are active. */
MUST_USE status tabling_wait_whole(struct tabling *t, const char *table);

/* Is member `name` of a description "ACTIVE"? */
MUST_USE bool tabling_is_active(struct value thing, const char *name);

/* The attribute that time to live goes by; empty: it is off. */
MUST_USE status tabling_ttl(struct tabling *t, const char *table, struct span *out);
/* "ProvisionedThroughput" of a table or index; nothing on demand, where both are 0. */
void tabling_write_units(int64_t read_units, int64_t write_units, struct request *r);

/* Make `index`, of t->index_scope, and wait until it is filled. */
MUST_USE status tabling_create_index(struct tabling *t, const char *table, const void *index);

/* Time to live goes by `attribute`, or with NULL by none. */
status tabling_set_ttl(struct tabling *t, const char *table, const void *attribute);

/* The description of an index in that of its table. False: there is none of this name. */
MUST_USE bool tabling_find_index(struct value table, const stator_index_spec *index,
                                 struct value *out);

#endif
