/* lines.c -- from a line to its operation, and the way through the api and back.
 *
 * drive runs until the line is answered or the api is at work on what was asked. The api may answer
 * before api_start returns; then the loop goes on here, and not on the stack of that call (N2). A
 * line that asks again and again, as count does, lets others on its thread have their turn between.
 */
#include "lines/lines.h"

#include "lines/line_ops.h"
#include "lines/line_reply.h"

enum { ASKED_AT_ONCE = 2 };

static const struct op {
    const char *name;
    const char *members;
    line_next_fn *begin;
} ops[] = {
#define OP(name, members) {#name, "op explain " members, line_ops_##name},
    LINE_OPS(OP)
#undef OP
};

/* ---- one line */

static const struct op *find_op(struct span name)
{
    for (size_t i = 0; i < ARRAY_COUNT(ops); i++)
        if (span_eq(name, span_of(ops[i].name))) return &ops[i];
    return NULL;
}

static status understand(struct line_turn *t)
{
    struct span name = {0};
    TRY(line_fields_read(t, t->outer->text, &t->fields));
    TRY(line_field_text(t, &t->fields, "op", &name));
    const struct op *op = find_op(name);
    if (op == NULL)
        return LINE_FAIL(t, "ParseError", "there is no operation \"%.*s\"", SPAN_ARG(name));
    TRY(line_fields_check(t, &t->fields, op->members));
    TRY(line_field_flag_if(t, &t->fields, "explain", &t->explains));
    return op->begin(t);
}

static void finish(struct line_turn *t, status st)
{
    struct lines_call *outer = t->outer;
    if (st == ST_OK) st = buf_status(outer->reply);
    if (st != ST_OK && t->err.status != st) (void)FAIL_PLAIN(&t->err, st);
    if (st != ST_OK) line_reply_error(t, st);
    if (t->explains) line_reply_explain(t);
    outer->outcome = st;
    outer->finished(outer);
}

/* What the api's answer leads to. */
static status go_on(struct line_turn *t)
{
    line_next_fn *failed = t->failed;
    t->answered = false;
    t->failed = NULL;
    if (t->ask.outcome == ST_OK) return t->next(t);
    line_reply_take_error(t);
    return failed != NULL ? failed(t) : t->ask.outcome;
}

static void drive(struct line_turn *t, status st)
{
    if (st == ST_OK && t->waits) return;
    unsigned asked = 0;
    while (st == ST_OK && t->asks) {
        if (asked++ == ASKED_AT_ONCE) {
            t->yields = true;
            t->outer->resume(t->outer);
            return;
        }
        t->asks = false;
        t->starting = true;
        api_start(t->lines->api, &t->ask);
        t->starting = false;
        if (!t->answered) return;
        st = go_on(t);
    }
    finish(t, st);
}

static void on_answered(struct api_call *ask)
{
    struct line_turn *t = ask->transport;
    t->answered = true;
    if (!t->starting) drive(t, go_on(t));
}

static void on_resume(struct api_call *ask)
{
    const struct line_turn *t = ask->transport;
    t->outer->resume(t->outer);
}

void lines_start(const struct lines *lines, struct lines_call *call)
{
    struct line_turn *t = arena_new(call->arena, struct line_turn);
    if (t == NULL) {
        lines_refuse(ST_NO_MEMORY, call->reply);
        call->outcome = ST_NO_MEMORY;
        call->finished(call);
        return;
    }
    t->lines = lines;
    t->outer = call;
    t->arena = call->arena;
    t->err = error_in(call->arena);
    call->turn = t;
    drive(t, understand(t));
}

void lines_continue(struct lines_call *call)
{
    struct line_turn *t = call->turn;
    if (t->yields) {
        t->yields = false;
        drive(t, ST_OK);
    } else if (t->waits) {
        t->waits = false;
        drive(t, t->next(t));
    } else {
        api_continue(&t->ask);
    }
}

void lines_refuse(status st, struct buf *reply)
{
    const char *message = status_info(ST_NO_MEMORY)->text;
    if (st == ST_TOO_LARGE) message = "a line has at most 16777216 bytes";
    if (st == ST_TIMEOUT) message = "the end of the line did not come in time";
    line_reply_plain_error(reply, st, message);
}

/* ---- line_turn.h */

status line_turn_ask(struct line_turn *turn, const char *operation, struct value request,
                     line_next_fn *next)
{
    turn->ask = (struct api_call){
        .thread = turn->outer->thread,
        .arena = turn->arena,
        .operation = span_of(operation),
        .request = request,
        .explain = turn->explains ? SPAN("all") : (struct span){0},
        .finished = on_answered,
        .resume = on_resume,
        .transport = turn,
    };
    turn->next = next;
    turn->asks = true;
    return ST_OK;
}

void line_turn_wait(struct line_turn *turn, line_next_fn *next)
{
    turn->next = next;
    turn->waits = true;
}

void line_turn_waited(void *turn, status st)
{
    struct line_turn *t = turn;
    t->waited = st;
    t->outer->resume(t->outer);
}

struct value line_turn_answer(const struct line_turn *turn, const char *name)
{
    struct value v = {0};
    if (turn->ask.answer.type != VALUE_M) return v;
    if (!value_find(turn->ask.answer, span_of(name), &v)) return (struct value){0};
    return v;
}

struct engine_space line_turn_space(const struct line_turn *turn)
{
    return (struct engine_space){.engine = turn->lines->engine};
}
