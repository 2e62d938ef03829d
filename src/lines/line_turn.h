/* line_turn.h -- a line on its way: what it says, what the api is asked for it, what is answered.
 *
 * An operation is a function. It reads the fields of the line and either answers at once, or asks
 * the api (line_turn_ask) and says which function goes on when the api has answered. That one
 * answers, or asks again.
 *
 *     {"op":"get_item", …} -> begin -> ask "GetItem" … -> next -> line_reply_…
 *
 * N1  An operation that returns ST_OK has answered, asked or begun to wait; one that fails has
 *     done what it did through the api only, and its failure is the answer.
 * N2  What is asked is started by the loop in lines.c, not by the function that asks: so a line
 *     that asks many times needs no stack for it.
 *
 * Memory: everything of a turn lives in the arena of its call.
 */
#ifndef STATOR_LINES_LINE_TURN_H
#define STATOR_LINES_LINE_TURN_H

#include "lines/line_field.h"
#include "lines/lines.h"
#include "stator/stator.h"
#include "json/json_writer.h"

typedef status(line_next_fn)(struct line_turn *turn);

/* What an error tells beside its name and message. */
struct line_failure {
    const char *name;       /* NULL: the one that belongs to the status */
    const stator_cond *why; /* the condition that did not hold; NULL: none, or not known */
    bool has_index, has_versions;
    uint32_t index;            /* of the operation in its transaction */
    uint64_t expected, actual; /* versions */
    struct value item;         /* what was there; VALUE_NONE: not asked for */
    struct value prefix;       /* VALUE_S, of the partition schema that an item does not fit; … */
    struct value errors;       /* … and VALUE_L of them: all that is wrong */
};

struct line_turn {
    const struct lines *lines;
    struct lines_call *outer;
    struct arena *arena;
    struct error err;
    struct line_failure failure;
    struct line_fields fields; /* of the line */
    struct json_writer json;   /* over the reply */
    void *state;               /* the operation's own */

    uint64_t comparisons; /* of elements of arrays, in this try (line_edit.c) */

    bool explains; /* the line asks for an explanation of what the api does for it last */

    struct api_call ask;
    line_next_fn *next;   /* when the api has done it */
    line_next_fn *failed; /* when it has refused it, which err says; NULL: that is the answer */
    bool asks;
    bool answered;
    bool starting; /* api_start is on the stack */
    bool waits;    /* for line_turn_waited */
    bool yields;   /* to others on its thread: it has something to ask */
    status waited; /* what that said */
};

/* Ask the api for `operation`, static, with `request`. ST_OK. */
MUST_USE status line_turn_ask(struct line_turn *turn, const char *operation, struct value request,
                              line_next_fn *next);

/* Let `next` go on on the turn's thread when line_turn_waited(turn, st) was called, from any thread
 * and once; st is then turn->waited. It may be called before the operation has returned. A failure
 * is `next`'s to return. */
void line_turn_wait(struct line_turn *turn, line_next_fn *next);
void line_turn_waited(void *turn, status st);

/* The member of the api's answer called `name`, or VALUE_NONE. */
MUST_USE struct value line_turn_answer(const struct line_turn *turn, const char *name);

/* The engine's tables as the api's calls from within see them. */
MUST_USE struct engine_space line_turn_space(const struct line_turn *turn);

/* Refuse the line under an error name of the protocol's. */
#define LINE_FAIL(turn, error_name, ...)                                                           \
    ((turn)->failure.name = (error_name), FAIL(&(turn)->err, ST_VALIDATION, __VA_ARGS__))

#endif
