/* result.h -- one reply, and what the application reads from it.
 *
 * A result owns an arena in which its answer lies (request.h tells of its shape), and nodes over
 * the items in it. NULL stands among them where a position has no item.
 */
#ifndef STATOR_DB_RESULT_H
#define STATOR_DB_RESULT_H

#include "db/node.h"
#include "db/turn.h"

struct stator_result {
    struct arena arena;
    struct value answer; /* VALUE_M */
    struct node_root root;
    const stator_node **items;
    bool *unread; /* of batches; or NULL */
    size_t count;
    size_t scanned;
    struct span prefix; /* of the names of tables */

    const char *token; /* of a page; NULL: there is no more */
};

/* An empty result, in which an answer can be made. ST_NO_MEMORY. */
MUST_USE status result_new(struct turn *turn, const stator *db, stator_result **out);

/* `answer`, made in result->arena, is its answer; its items are …_none: to be set; …_one: what is
 * at member `name`, if anything is; …_list: the elements there. ST_NO_MEMORY;
 * ST_PROTOCOL: one of them is no item. */
MUST_USE status result_set(stator_result *result, struct value answer);
MUST_USE status result_set_one(stator_result *result, struct value answer, const char *name);
MUST_USE status result_set_list(stator_result *result, struct value answer, const char *name);

/* Room for `count` items, all of them missing; and one of them, whose bytes live as long as the
 * result. ST_NO_MEMORY. */
MUST_USE status result_make_room(stator_result *result, size_t count);
MUST_USE status result_put(stator_result *result, size_t i, struct value item);
/* The same, of any value: keys. */
MUST_USE status result_put_value(stator_result *result, size_t i, struct value v);

#endif
