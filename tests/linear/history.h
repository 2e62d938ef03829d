/* history.h -- what clients asked of a few hot items at the same time, and what they were told.
 *
 * An operation was called at one time and answered at another; both are nanoseconds of one
 * monotonic clock, that of the process which recorded them. It has parts, one for each item that it
 * reads or writes: one for a GetItem or PutItem, several for a transaction or for a page. All parts
 * happen at one point in time, or none does.
 *
 *     outcome   what is known                                     `ret`
 *     ok        it happened as its parts say                      when the answer came
 *     refused   conditions did not hold; nothing changed          likewise
 *     unknown   it happened before `ret`, or never                until then; HISTORY_NEVER: no end
 *     nothing   it did not happen (conflict, no connection)       not looked at
 *
 * What an unknown operation saw is unknown as well; in a part of a history that was cut out
 * (linearize_window), where the answer came later, it is what it saw if it happened.
 *
 * Items are numbered 0 to HISTORY_KEYS_MAX - 1 and have three attributes, all numbers; an item that
 * holds anything else is `odd`, which no operation of the model leaves behind.
 *
 * Memory: a history owns its operations. Threads: one at a time.
 */
#ifndef STATOR_TESTS_LINEAR_HISTORY_H
#define STATOR_TESTS_LINEAR_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HISTORY_KEYS_MAX = 16, HISTORY_PARTS_MAX = 8, HISTORY_TITLE_BYTES = 200 };
#define HISTORY_NEVER INT64_MAX

enum { CELL_VERSION, CELL_VALUE, CELL_COUNT, CELL_NUMBERS };
enum {
    CELL_HAS = 1, /* << CELL_VERSION and so on */
    CELL_EXISTS = 1 << CELL_NUMBERS,
    CELL_ODD = 2 << CELL_NUMBERS,
};

/* An item, or some attributes of one. Numbers that it has not are 0. */
struct cell {
    uint8_t has;
    uint8_t reserved[3];
    int32_t number[CELL_NUMBERS];
};

/* X(constant, word) */
#define HISTORY_ACTIONS(X)                                                                         \
    X(ACTION_READ, "read")                                                                         \
    X(ACTION_PUT, "put")                                                                           \
    X(ACTION_UPDATE, "update")                                                                     \
    X(ACTION_DELETE, "delete")                                                                     \
    X(ACTION_CHECK, "check")

#define HISTORY_CONDITIONS(X)                                                                      \
    X(CONDITION_NONE, "")                                                                          \
    X(CONDITION_ABSENT, "absent")                                                                  \
    X(CONDITION_EXISTS, "exists")                                                                  \
    X(CONDITION_VERSION_IS, "version=")                                                            \
    X(CONDITION_VERSION_BELOW, "version<")                                                         \
    X(CONDITION_VALUE_NOT, "value!=")                                                              \
    X(CONDITION_COUNT_ABOVE, "count>")

/* What an answer showed of an item: nothing, the item before or after, or of these the attributes
 * that the update names. */
#define HISTORY_SIGHTS(X)                                                                          \
    X(SIGHT_NONE, "")                                                                              \
    X(SIGHT_OLD, "old")                                                                            \
    X(SIGHT_NEW, "new")                                                                            \
    X(SIGHT_UPDATED_OLD, "updated-old")                                                            \
    X(SIGHT_UPDATED_NEW, "updated-new")

#define HISTORY_OUTCOMES(X)                                                                        \
    X(OUTCOME_OK, "ok")                                                                            \
    X(OUTCOME_REFUSED, "refused")                                                                  \
    X(OUTCOME_UNKNOWN, "unknown")                                                                  \
    X(OUTCOME_NOTHING, "nothing")

#define HISTORY_CONSTANT(constant, word) constant,
typedef enum { HISTORY_ACTIONS(HISTORY_CONSTANT) ACTIONS } history_action;
typedef enum { HISTORY_CONDITIONS(HISTORY_CONSTANT) CONDITIONS } history_condition;
typedef enum { HISTORY_SIGHTS(HISTORY_CONSTANT) SIGHTS } history_sight;
typedef enum { HISTORY_OUTCOMES(HISTORY_CONSTANT) OUTCOMES } history_outcome;

struct history_part {
    uint8_t key;
    uint8_t action;    /* history_action */
    uint8_t condition; /* history_condition */
    uint8_t sees;      /* history_sight: what `seen` is */
    bool refuses;      /* of a refused operation: its condition did not hold */
    uint8_t removed;   /* update: CELL_HAS bits that REMOVE names */
    int32_t operand;   /* of the condition */
    struct cell set;   /* put: the item; update: what SET names */
    struct cell added; /* update: what ADD names */
    struct cell seen;
};

struct history_op {
    uint32_t id; /* in the order of calls, from 0 */
    uint16_t client;
    uint8_t outcome; /* history_outcome */
    uint8_t part_count;
    int64_t call, ret;
    struct history_part parts[HISTORY_PARTS_MAX];
};

struct history {
    char title[HISTORY_TITLE_BYTES]; /* one line, for people */
    struct cell initial[HISTORY_KEYS_MAX];
    struct history_op *ops;
    size_t count, cap;
};

/* Add a copy of `op`. */
void history_add(struct history *history, const struct history_op *op);

/* Sort by the time of the call, and number by that. */
void history_number(struct history *history);

/* Give back its memory; what is left is an empty history. */
void history_deinit(struct history *history);

/* The items of an operation, as bits. */
uint32_t history_keys(const struct history_op *op);

/* Does the operation leave everything as it is, whenever it happened as it was answered? */
bool history_is_pure(const struct history_op *op);

#endif
