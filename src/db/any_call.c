/* any_call.c -- stator_call: any operation, as its JSON. */
#include "base/limits.h"
#include "db/call.h"
#include "db/handout.h"
#include "db/table_keys.h"

/* What an application may have changed behind the back of a handle. */
static void forget_tables(stator *db, struct span operation)
{
    const bool changes =
        span_eq(operation, SPAN("CreateTable")) || span_eq(operation, SPAN("DeleteTable"));
    if (changes) table_keys_forget(db);
}

static bool is_word(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i] | 0x20;
        if (c < 'a' || c > 'z') return false;
    }
    return text.len > 0;
}

static status make(stator *db, struct turn *turn, const char *operation, const char *json,
                   struct buf *reply)
{
    struct call_spec spec = {
        .operation = operation,
        .body = span_of(json),
        .reply = reply,
        .arena = &turn->scratch,
    };
    if (!is_word(span_of(operation)))
        return FAIL(&turn->err, ST_VALIDATION, "an operation's name is made of letters");
    TRY(handle_enter(db, &turn->err));
    const status st = call_make(db, turn, &spec);
    forget_tables(db, span_of(operation));
    handle_leave(db);
    return st;
}

/* The reply's JSON is the application's also when it is an error's. */
static status give(struct turn *turn, struct span json, status st, char **reply)
{
    if (json.len == 0 && st != ST_OK) return st;
    *reply = handout_of(json);
    return *reply != NULL || st != ST_OK ? st : FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
}

static status call(stator *db, struct turn *turn, const char *operation, const char *json,
                   char **reply)
{
    struct buf text;
    if (db == NULL || operation == NULL || json == NULL || reply == NULL)
        return FAIL(&turn->err, ST_MISUSE,
                    "stator_call: the handle, `operation`, `json` or `reply` is NULL");
    buf_init(&text, mem_heap(), LIMIT_HTTP_REPLY_BYTES);
    status st = make(db, turn, operation, json, &text);
    st = give(turn, buf_view(&text), st, reply);
    buf_deinit(&text);
    return st;
}

stator_rc stator_call(stator *db, const char *operation, const char *json, char **reply)
{
    struct turn *turn = turn_begin();
    if (reply != NULL) *reply = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, call(db, turn, operation, json, reply));
}
