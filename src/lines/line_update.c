/* line_update.c -- see line_update.h. */
#include "lines/line_update.h"

#include <string.h>

#include "db/keep.h"

enum { ACTIONS_MAX = 512 };

static const struct verb {
    const char *name;
    line_verb verb;
    stator_uop op;
} verbs[] = {
    {"SET",    LINE_SET,    STATOR_U_SET    },
    {"REMOVE", LINE_REMOVE, STATOR_U_REMOVE },
    {"ADD",    LINE_ADD,    STATOR_U_ADD    },
    {"DELETE", LINE_DELETE, STATOR_U_DISCARD},
};

/* ---- reading */

static status find_verb(struct line_turn *t, struct span name, line_verb *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
        if (!span_eq_nocase(name, span_of(verbs[i].name))) continue;
        *out = verbs[i].verb;
        return ST_OK;
    }
    return LINE_FAIL(t, "InvalidUpdateAction",
                     "an action is SET, REMOVE, ADD or DELETE, not \"%.*s\"", SPAN_ARG(name));
}

static status read_path(struct line_turn *t, const struct line_fields *fields, const char **out)
{
    struct span path = {0};
    TRY(line_field_text(t, fields, "path", &path));
    TRY(line_terms_check_path(t, path, "InvalidUpdateAction"));
    *out = keep_text(t->arena, path);
    return *out != NULL ? ST_OK : FAIL_PLAIN(&t->err, ST_NO_MEMORY);
}

/* null is a value that can be set. */
static status read_value(struct line_turn *t, const struct line_fields *fields,
                         struct line_action *action)
{
    struct span text = {0};
    if (line_field_find(fields, "value", &text)) return line_field_plain(t, text, &action->value);
    if (action->verb != LINE_SET || !fields->has_null)
        return LINE_FAIL(t, "InvalidUpdateAction", "the action on \"%s\" has no value",
                         action->path);
    action->value = (struct value){.type = VALUE_NULL};
    return ST_OK;
}

static status check_value(struct line_turn *t, const struct line_action *action)
{
    const value_type type = action->value.type;
    if (action->verb == LINE_ADD && type != VALUE_N && type != VALUE_L)
        return LINE_FAIL(t, "UpdateTypeMismatch",
                         "\"%s\": ADD takes a number or an array as its operand", action->path);
    if (action->verb == LINE_DELETE && type != VALUE_L)
        return LINE_FAIL(t, "UpdateTypeMismatch", "\"%s\": DELETE takes an array as its operand",
                         action->path);
    return ST_OK;
}

static status read_action(struct line_turn *t, struct span text, struct line_action *out)
{
    struct line_fields fields;
    struct span name = {0};
    TRY(line_fields_read(t, text, &fields));
    TRY(line_fields_check(t, &fields, "action path value"));
    TRY(line_field_text(t, &fields, "action", &name));
    TRY(find_verb(t, name, &out->verb));
    TRY(read_path(t, &fields, &out->path));
    if (out->verb == LINE_REMOVE) return ST_OK;
    TRY(read_value(t, &fields, out));
    return check_value(t, out);
}

status line_update_read(struct line_turn *turn, const struct line_fields *fields,
                        struct line_actions *out)
{
    struct line_list list;
    struct span text = {0};
    *out = (struct line_actions){.list =
                                     arena_new_array(turn->arena, ACTIONS_MAX, struct line_action)};
    if (out->list == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    TRY(line_field_get(turn, fields, "updates", &text));
    TRY(line_field_list_begin(turn, text, &list));
    for (;;) {
        bool found = false;
        TRY(line_field_list_next(turn, &list, &text, &found));
        if (!found) return ST_OK;
        if (out->count == ACTIONS_MAX)
            return LINE_FAIL(turn, "InvalidUpdateAction", "there are more than %d actions",
                             ACTIONS_MAX);
        TRY(read_action(turn, text, &out->list[out->count++]));
    }
}

/* ---- as a text */

bool line_update_is_plain(const struct line_actions *actions)
{
    for (uint32_t i = 0; i < actions->count; i++)
        if (actions->list[i].verb >= LINE_ADD && actions->list[i].value.type == VALUE_L)
            return false;
    return true;
}

static status literal_action(struct line_turn *t, const struct line_action *action, stator_upd *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
        if (verbs[i].verb == action->verb) out->op = (uint8_t)verbs[i].op;
    out->text = action->path;
    if (action->verb == LINE_REMOVE) return ST_OK;
    return line_terms_literal(t, action->value, &out->value);
}

status line_update_express(struct line_turn *turn, struct line_write *write,
                           const struct line_actions *actions)
{
    struct span text = {0};
    stator_upd *kids = arena_new_array(turn->arena, actions->count + 1, stator_upd);
    if (kids == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < actions->count; i++)
        TRY(literal_action(turn, &actions->list[i], &kids[i]));
    const stator_upd all = {.op = STATOR_U_LIST, .kids = kids, .count = actions->count};
    TRY(render_update(&write->terms, &all, &text));
    if (text.len > 0) line_map_text(&write->map, "UpdateExpression", text);
    return ST_OK;
}
