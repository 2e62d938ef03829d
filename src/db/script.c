/* script.c -- see script.h. Lists, walked under one lock: a test has a handful of each. */
#include "db/script.h"

#include "api/api_text.h"
#include "db/answer.h"
#include "db/keep.h"
#include "db/subset.h"

enum { SCRIPT_BYTES_MAX = 1 << 30, SHOWN_BYTES_MAX = 1000, CANDIDATES_SHOWN_MAX = 4 };

struct answering {
    struct script_answer answer;
    int used;
    struct answering *next;
};

/* An expectation. */
struct script_step {
    unsigned number; /* 1 is the first */
    const char *action;
    const char *json;   /* what the request must contain; NULL: anything */
    struct value wants; /* the same */
    struct answering *first, *last;
    uint64_t delay_us;
    unsigned taken; /* requests */
    struct script_step *next;
};

struct script_table {
    struct span name;
    struct span reply;
    struct script_table *next;
};

struct script_request {
    const char *action;
    const char *json;
    const char *why; /* nothing expected it; NULL: something did */
    struct script_request *next;
};

/* Without any answer: done, or nothing found. */
static const struct script_answer empty_reply = {
    .kind = SCRIPT_REPLY,
    .times = 1,
    .json = {(const uint8_t *)"{}", 2},
};

void script_init(struct script *script)
{
    *script = (struct script){0};
    mutex_init(&script->lock);
    arena_init(&script->arena, mem_heap(), SCRIPT_BYTES_MAX);
}

void script_deinit(struct script *script)
{
    arena_deinit(&script->arena);
    mutex_deinit(&script->lock);
}

/* ---- building */

static void note(struct script *script, const char *what)
{
    if (script->mistake != NULL) return;
    const char *kept = keep_text(&script->arena, span_of(what));
    script->mistake = kept != NULL ? kept : "out of memory";
}

void script_mistake(struct script *script, const char *what)
{
    mutex_lock(&script->lock);
    note(script, what);
    mutex_unlock(&script->lock);
}

void script_let_any_order(struct script *script)
{
    mutex_lock(&script->lock);
    script->any_order = true;
    mutex_unlock(&script->lock);
}

static void read_wants(struct script *script, struct script_step *step, const char *request)
{
    struct error err = error_in(&script->arena);
    if (request == NULL) return;
    step->json = keep_text(&script->arena, span_of(request));
    if (step->json == NULL) {
        note(script, "out of memory");
        return;
    }
    const status st = api_text_read_request(span_of(step->action), span_of(step->json),
                                            &script->arena, &step->wants, &err);
    if (st == ST_OK) return;
    const struct span text = error_text(&err);
    (void)FAIL(&err, ST_MISUSE, "what %s is expected with is no request: %s: %.*s", step->action,
               step->json, SPAN_ARG(text));
    note(script, (const char *)error_text(&err).ptr);
}

static void expect(struct script *script, const char *action, const char *request)
{
    struct script_step *step = arena_new(&script->arena, struct script_step);
    if (step != NULL) step->action = keep_text(&script->arena, span_of(action));
    if (step == NULL || step->action == NULL) {
        note(script, "out of memory");
        return;
    }
    step->number = script->last != NULL ? script->last->number + 1 : 1;
    read_wants(script, step, request);
    if (script->last != NULL) {
        script->last->next = step;
    } else {
        script->first = step;
    }
    script->last = step;
}

void script_expect(struct script *script, const char *action, const char *request)
{
    mutex_lock(&script->lock);
    if (action != NULL) {
        expect(script, action, request);
    } else {
        note(script, "an expectation without an operation");
    }
    mutex_unlock(&script->lock);
}

static bool copy_text(struct arena *arena, const char *text, const char **out)
{
    *out = text != NULL ? keep_text(arena, span_of(text)) : NULL;
    return text == NULL || *out != NULL;
}

static struct answering *answering_new(struct arena *arena, const struct script_answer *answer)
{
    struct answering *made = arena_new(arena, struct answering);
    if (made == NULL) return NULL;
    made->answer = *answer;
    const bool kept = arena_copy(arena, answer->json, &made->answer.json) &&
                      copy_text(arena, answer->code, &made->answer.code) &&
                      copy_text(arena, answer->message, &made->answer.message);
    return kept ? made : NULL;
}

/* What keeps an answer from being added (I2), or NULL. */
static const char *objection(const struct script_step *step, const struct script_answer *answer)
{
    if (step == NULL) return "an answer before anything is expected";
    if (answer->times == 0) return "an answer for no request: times is 0";
    if (step->last != NULL && step->last->answer.times < 0)
        return "an answer after one that is given always";
    return NULL;
}

static void add_answer(struct script *script, const struct script_answer *answer)
{
    struct script_step *step = script->last;
    const char *mistake = objection(step, answer);
    struct answering *made = mistake == NULL ? answering_new(&script->arena, answer) : NULL;
    if (made == NULL) {
        note(script, mistake != NULL ? mistake : "out of memory");
        return;
    }
    if (step->last != NULL) {
        step->last->next = made;
    } else {
        step->first = made;
    }
    step->last = made;
}

void script_answer(struct script *script, const struct script_answer *answer)
{
    mutex_lock(&script->lock);
    add_answer(script, answer);
    mutex_unlock(&script->lock);
}

void script_delay(struct script *script, int64_t us)
{
    mutex_lock(&script->lock);
    if (script->last == NULL || us < 0) {
        note(script, us < 0 ? "a delay that is negative" : "a delay before anything is expected");
    } else {
        script->last->delay_us = (uint64_t)us;
    }
    mutex_unlock(&script->lock);
}

void script_table(struct script *script, const char *name, struct span reply)
{
    mutex_lock(&script->lock);
    struct script_table *table = arena_new(&script->arena, struct script_table);
    const bool kept = table != NULL && arena_copy(&script->arena, span_of(name), &table->name) &&
                      arena_copy(&script->arena, reply, &table->reply);
    if (kept) {
        table->next = script->tables;
        script->tables = table;
    } else {
        note(script, "out of memory");
    }
    mutex_unlock(&script->lock);
}

/* ---- which expectation takes a request */

/* The answer that comes next; NULL: they are used up. */
static struct answering *next_of(const struct script_step *step)
{
    struct answering *a = step->first;
    while (a != NULL && a->answer.times >= 0 && a->used >= a->answer.times) a = a->next;
    return a;
}

static bool is_over(const struct script_step *step)
{
    return step->first == NULL ? step->taken > 0 : next_of(step) == NULL;
}

/* Did all come that must? */
static bool is_met(const struct script_step *step)
{
    if (step->first == NULL) return step->taken > 0;
    const struct answering *next = next_of(step);
    return next == NULL || (next->answer.times < 0 && next->used > 0);
}

/* Does `asked` fit? If not, the reason is appended to `why`. */
static bool fits(const struct script_step *step, const struct script_asked *asked, struct buf *why)
{
    if (!span_eq(span_of(step->action), asked->operation)) {
        buf_put_text(why, "another operation");
        return false;
    }
    return step->wants.type == VALUE_NONE || subset_holds(step->wants, asked->request, why);
}

static void describe(const struct script_step *step, struct buf *out)
{
    buf_printf(out, "%u. %s", step->number, step->action);
    if (step->json != NULL) buf_printf(out, " with %.*s", SHOWN_BYTES_MAX, step->json);
}

/* The expectation that takes `asked`, or NULL, and then `why` says of those that might have. */
static struct script_step *find(const struct script *script, const struct script_asked *asked,
                                struct buf *why)
{
    unsigned shown = 0;
    for (struct script_step *step = script->first; step != NULL; step = step->next) {
        if (is_over(step)) continue;
        const size_t begun = why->len;
        buf_put_text(why, "\n    expected was ");
        describe(step, why);
        buf_put_text(why, "\n      ");
        if (fits(step, asked, why)) return step;
        if (++shown > CANDIDATES_SHOWN_MAX) buf_truncate(why, begun);
        if (!script->any_order && !is_met(step)) return NULL;
    }
    if (shown == 0) buf_put_text(why, "\n    nothing more was expected");
    return NULL;
}

static const struct script_table *find_table(const struct script *script,
                                             const struct script_asked *asked)
{
    const struct span name = answer_member(asked->request, "TableName", VALUE_S).body;
    const struct script_table *table = script->tables;
    if (!span_eq(asked->operation, SPAN("DescribeTable"))) return NULL;
    while (table != NULL && !span_eq(table->name, name)) table = table->next;
    return table;
}

static void take(struct script_step *step, struct script_told *out)
{
    struct answering *next = next_of(step);
    step->taken++;
    out->delay_us = step->delay_us;
    out->answer = empty_reply;
    if (next == NULL) return;
    next->used++;
    out->answer = next->answer;
}

/* ---- what came */

static struct script_request *note_request(struct script *script, const struct script_asked *asked)
{
    struct script_request *request = arena_new(&script->arena, struct script_request);
    if (request == NULL) return NULL;
    request->action = keep_text(&script->arena, asked->operation);
    request->json = keep_text(&script->arena, asked->json);
    if (request->action == NULL || request->json == NULL) return NULL;
    if (script->came_last != NULL) {
        script->came_last->next = request;
    } else {
        script->came_first = request;
    }
    script->came_last = request;
    return request;
}

/* Nothing takes it. */
static status refuse(struct script *script, struct script_request *request, struct span why,
                     struct error *err)
{
    request->why = keep_text(&script->arena, why);
    if (request->why == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    return FAIL(err, ST_MISUSE, "mock: %s %.*s came%s", request->action, SHOWN_BYTES_MAX,
                request->json, request->why);
}

static status take_any(struct script *script, const struct script_asked *asked, struct buf *why,
                       struct script_told *out, struct error *err)
{
    struct script_step *step = find(script, asked, why);
    const struct script_table *table = step == NULL ? find_table(script, asked) : NULL;
    if (table != NULL) {
        *out = (struct script_told){
            .answer = {.kind = SCRIPT_REPLY, .json = table->reply}
        };
        return ST_OK;
    }
    struct script_request *request = note_request(script, asked);
    if (request == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    if (script->mistake != NULL) {
        request->why = "";
        return FAIL(err, ST_MISUSE, "mock: the script is wrong: %s", script->mistake);
    }
    if (step == NULL) return refuse(script, request, buf_view(why), err);
    take(step, out);
    return ST_OK;
}

status script_take(struct script *script, const struct script_asked *asked, struct script_told *out,
                   struct error *err)
{
    struct buf why;
    buf_init(&why, arena_mem(asked->arena), SCRIPT_BYTES_MAX);
    mutex_lock(&script->lock);
    const status st = take_any(script, asked, &why, out, err);
    mutex_unlock(&script->lock);
    return st;
}

size_t script_count(struct script *script, const char *action)
{
    size_t count = 0;
    mutex_lock(&script->lock);
    for (const struct script_request *r = script->came_first; r != NULL; r = r->next)
        if (action == NULL || span_eq(span_of(action), span_of(r->action))) count++;
    mutex_unlock(&script->lock);
    return count;
}

static const struct script_request *request_at(struct script *script, size_t i)
{
    mutex_lock(&script->lock);
    const struct script_request *request = script->came_first;
    while (request != NULL && i-- > 0) request = request->next;
    mutex_unlock(&script->lock);
    return request;
}

const char *script_action(struct script *script, size_t i)
{
    const struct script_request *request = request_at(script, i);
    return request != NULL ? request->action : NULL;
}

const char *script_json(struct script *script, size_t i)
{
    const struct script_request *request = request_at(script, i);
    return request != NULL ? request->json : NULL;
}

/* ---- at the end */

static void tell_step(const struct script_step *step, struct buf *out)
{
    if (is_met(step)) return;
    buf_put_text(out, "expected, and did not come: ");
    describe(step, out);
    if (step->taken > 0) buf_printf(out, " (%u came, and more must)", step->taken);
    buf_put_u8(out, '\n');
}

static void tell_request(const struct script_request *request, struct buf *out)
{
    if (request->why == NULL || request->why[0] == '\0') return;
    buf_printf(out, "came, and was not expected: %s %.*s%s\n", request->action, SHOWN_BYTES_MAX,
               request->json, request->why);
}

void script_tell(struct script *script, struct buf *out)
{
    mutex_lock(&script->lock);
    if (script->mistake != NULL) buf_printf(out, "the script is wrong: %s\n", script->mistake);
    for (const struct script_step *s = script->first; s != NULL; s = s->next) tell_step(s, out);
    for (const struct script_request *r = script->came_first; r != NULL; r = r->next)
        tell_request(r, out);
    mutex_unlock(&script->lock);
}
