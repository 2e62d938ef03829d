/* tree_update.c -- reading updates from JSON: a list of actions, each an object.
 *
 * JSON has no sets: an array that ADD and DELETE are given is one, of strings or of numbers.
 */
#include <string.h>

#include "db/keep.h"
#include "db/literal.h"
#include "db/tree.h"
#include "db/turn.h"
#include "item/value_build.h"

static const struct verb {
    const char *name;
    stator_uop op;
    bool has_value;
    bool takes_sets;
} verbs[] = {
    {"SET",    STATOR_U_SET,     true,  false},
    {"REMOVE", STATOR_U_REMOVE,  false, false},
    {"ADD",    STATOR_U_ADD,     true,  true },
    {"DELETE", STATOR_U_DISCARD, true,  true },
};

/* What one object says; a member that is not there stays NULL or VALUE_NONE. */
struct asked {
    const char *action;
    const char *path;
    struct value value;
};

static status read_member(struct tree *t, struct span name, struct asked *out)
{
    struct plain_start start = {0};
    TRY(tree_next(t, &start));
    if (span_eq(name, SPAN("action"))) return tree_text(t, start, "an action", &out->action);
    if (span_eq(name, SPAN("path"))) return tree_text(t, start, "a path", &out->path);
    if (span_eq(name, SPAN("value"))) return tree_plain(t, start, &out->value);
    return FAIL(t->err, ST_VALIDATION, "an action has no member \"%.*s\"", SPAN_ARG(name));
}

static status read_members(struct tree *t, struct asked *out)
{
    for (;;) {
        struct plain_start name = {0};
        TRY(tree_next(t, &name));
        if (name.token == JSON_OBJECT_END) return ST_OK;
        TRY(read_member(t, name.text, out));
    }
}

/* ---- sets */

static status fail_members(const struct tree *t)
{
    return FAIL(t->err, ST_VALIDATION,
                "ADD and DELETE take a number, or an array of strings or of numbers");
}

/* The set of a list's elements, made in scratch. */
static status set_of(const struct tree *t, struct value list, struct value *out)
{
    struct value_build build;
    struct error late = error_in(t->json.arena);
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    value_type type = VALUE_SS;
    value_build_init(&build, t->json.arena, &late);
    const size_t begun = value_write_begin(&build.body);
    for (bool first = true; value_next_element(&cursor, &element); first = false) {
        if (first && element.type == VALUE_N) type = VALUE_NS;
        if (element.type != value_element_type(type)) return fail_members(t);
        value_write_member(&build.body, element.body);
    }
    value_build_set_end(&build, type, begun, value_count(list));
    TRY_PLAIN(t->err, buf_status(&build.body));
    if (late.status != ST_OK) *t->err = late;
    *out = value_build_view(&build, begun, type);
    return late.status;
}

/* ---- actions */

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
        if (span_eq_nocase(span_of(name), span_of(verbs[i].name))) return &verbs[i];
    return NULL;
}

static status check_asked(const struct tree *t, const struct asked *asked, const struct verb *verb)
{
    if (verb == NULL) return FAIL(t->err, ST_VALIDATION, "an action is SET, REMOVE, ADD or DELETE");
    if (asked->path == NULL) return FAIL(t->err, ST_VALIDATION, "%s without a path", verb->name);
    if (verb->has_value == (asked->value.type != VALUE_NONE)) return ST_OK;
    return FAIL(t->err, ST_VALIDATION, "%s %s value", verb->name,
                verb->has_value ? "needs a" : "takes no");
}

static status make_action(const struct tree *t, struct asked *asked, stator_upd *out)
{
    const struct verb *verb = asked->action != NULL ? find_verb(asked->action) : NULL;
    TRY(check_asked(t, asked, verb));
    *out = (stator_upd){.op = (uint8_t)verb->op, .text = asked->path, .value = stator_skip()};
    if (!verb->has_value) return ST_OK;
    if (verb->takes_sets && asked->value.type == VALUE_L)
        TRY(set_of(t, asked->value, &asked->value));
    TRY_PLAIN(t->err, literal_of(asked->value, t->to, &out->value));
    return ST_OK;
}

struct gathered {
    struct gathered *before;
    stator_upd action;
};

static status take_actions(const struct tree *t, const struct gathered *last, size_t count,
                           stator_upd *out)
{
    stator_upd *actions = arena_new_array(t->to, count + 1, stator_upd);
    if (actions == NULL) return FAIL_PLAIN(t->err, ST_NO_MEMORY);
    for (size_t i = count; i > 0; i--, last = last->before) actions[i - 1] = last->action;
    *out = stator_upd_all(actions, count);
    return ST_OK;
}

static status read_actions(struct tree *t, stator_upd *out)
{
    struct gathered *last = NULL;
    for (size_t count = 0;; count++) {
        struct plain_start start = {0};
        struct asked asked = {0};
        TRY(tree_next(t, &start));
        if (start.token == JSON_ARRAY_END) return take_actions(t, last, count, out);
        if (start.token != JSON_OBJECT_BEGIN)
            return FAIL(t->err, ST_VALIDATION, "an update is a list of objects");
        struct gathered *one = arena_new(t->json.arena, struct gathered);
        if (one == NULL) return FAIL_PLAIN(t->err, ST_NO_MEMORY);
        TRY(read_members(t, &asked));
        TRY(make_action(t, &asked, &one->action));
        one->before = last;
        last = one;
    }
}

status tree_update(struct tree *tree, stator_upd *out)
{
    stator_upd read = {0};
    TRY(tree_expect(tree, JSON_ARRAY_BEGIN, "a list of actions"));
    TRY(read_actions(tree, &read));
    TRY(tree_expect(tree, JSON_END, "the end of the text"));
    *out = read;
    return ST_OK;
}

/* ---- the door */

static status parse(struct turn *turn, stator_pool *pool, const char *json, stator_upd *out)
{
    struct tree tree;
    if (pool == NULL || json == NULL)
        return FAIL(&turn->err, ST_MISUSE, "stator_upd_parse: `keep` or `json` is NULL");
    tree_begin(&tree, &pool->arena, &turn->scratch, span_of(json), &turn->err);
    const status st = tree_update(&tree, out);
    if (st != ST_OK) *out = keep_bad_upd(&pool->arena, &turn->err);
    return st;
}

stator_rc stator_upd_parse(stator_pool *pool, const char *json, stator_upd *out)
{
    struct turn *turn = turn_begin();
    stator_upd read = {.op = STATOR_U_BAD_, .failed = ST_MISUSE, .text = "there was no update"};
    if (turn == NULL) return STATOR_E_NOMEM;
    const stator_rc rc = turn_end(turn, parse(turn, pool, json, &read));
    if (out != NULL) *out = read;
    return rc;
}
