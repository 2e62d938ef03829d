/* embedded.h -- handles of a database in this process, seen from within.
 *
 * Functions of engine.h that go past the operations, straight to the engine, run in one frame:
 *
 *     static status f(struct embedded *e, const void *arg)
 *     return embedded_run(db, f, arg);
 */
#ifndef STATOR_DB_EMBEDDED_H
#define STATOR_DB_EMBEDDED_H

#include "instance/instance.h"
#include "stator/engine.h"

struct turn;

struct embedded {
    stator *db;
    struct turn *turn;
    struct instance *instance;
    struct engine_space space; /* the tables of calls in this process */
};

/* Run `fn` as one call of the application, within handle_enter. ST_UNKNOWN_OPERATION, without
 * running it: the database is in no process of ours. */
typedef status(embedded_fn)(struct embedded *e, const void *arg);
MUST_USE stator_rc embedded_run(stator *db, embedded_fn *fn, const void *arg);

/* Make a change of a table's description that no operation makes, and wait for it. */
MUST_USE status embedded_change_table(struct embedded *e, const char *table,
                                      const struct engine_table_change *change);

/* For room server: hold the handle of a database in this process, so that it is served and not
 * closed; let go. ST_MISUSE, ST_UNKNOWN_OPERATION. */
MUST_USE status embedded_hold(stator *db, struct instance **out, struct error *err);
void embedded_let_go(stator *db);

#endif
