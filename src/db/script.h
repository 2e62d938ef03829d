/* script.h -- what a test expects to be asked, what it answers, and what was asked.
 *
 *     script_init -> script_expect, script_answer … -> script_take … -> script_deinit
 *                                                      for each request
 *
 *     expectation  PutItem, {"TableName": "jobs"}
 *       answer       ThrottlingException, twice
 *       answer       {}, once                        then the expectation is over
 *     expectation  …
 *
 * I1  Nothing that was made is changed or given back before script_deinit, but for counts: what
 *     script_take hands out is read without the lock.
 * I2  Answers for always come last.
 */
#ifndef STATOR_DB_SCRIPT_H
#define STATOR_DB_SCRIPT_H

#include "base/arena.h"
#include "base/error.h"
#include "item/value.h"
#include "os/mutex.h"

typedef enum script_kind {
    SCRIPT_REPLY,       /* json */
    SCRIPT_REFUSAL,     /* json */
    SCRIPT_CODE,        /* code, message */
    SCRIPT_UNPROCESSED, /* part */
} script_kind;

struct script_answer {
    script_kind kind;
    int times; /* negative: always */
    struct span json;
    const char *code;
    const char *message; /* or NULL */
    double part;
};

struct script_step;
struct script_table;
struct script_request;

struct script {
    struct mutex lock;
    struct arena arena GUARDED_BY(lock);
    bool any_order GUARDED_BY(lock);
    struct script_step *first, *last GUARDED_BY(lock);
    struct script_table *tables GUARDED_BY(lock);
    struct script_request *came_first, *came_last GUARDED_BY(lock);
    const char *mistake GUARDED_BY(lock); /* of the script; NULL: none so far */
};

void script_init(struct script *script);
void script_deinit(struct script *script);

/* Building it. Texts are copied; mistakes stick, the first one only. */
void script_let_any_order(struct script *script);
void script_expect(struct script *script, const char *action, const char *request);
void script_answer(struct script *script, const struct script_answer *answer);
void script_delay(struct script *script, int64_t us);
/* DescribeTable of `name` has this reply. */
void script_table(struct script *script, const char *name, struct span reply);
void script_mistake(struct script *script, const char *what);

/* A request came. */
struct script_asked {
    struct span operation;
    struct span json;
    struct value request; /* VALUE_M, of the same */
    struct arena *arena;  /* for texts */
};
struct script_told {
    struct script_answer answer; /* I1 */
    uint64_t delay_us;
};
/* ST_MISUSE: nothing expects it, or the script is wrong; ST_NO_MEMORY. */
MUST_USE status script_take(struct script *script, const struct script_asked *asked,
                            struct script_told *out, struct error *err);

/* What came: how many of `action` (NULL: of all); number `i`, or NULL. */
MUST_USE size_t script_count(struct script *script, const char *action);
MUST_USE const char *script_action(struct script *script, size_t i);
MUST_USE const char *script_json(struct script *script, size_t i);

/* Append what did not come, and what came instead: lines for people. Nothing: all is well. */
void script_tell(struct script *script, struct buf *out);

#endif
