/* line_change.c -- update_item.
 *
 * Actions that an UpdateExpression can say are said so and happen in the store. When they cannot,
 * or when the api refuses the paths (a map on the way is missing, two paths overlap), the item is
 * read, changed here (line_edit.h), and what was touched is set under the condition that it is
 * still as it was read:
 *
 *     GetItem -> UpdateItem SET touched IF touched is unchanged AND the line's condition
 *                   refused, and it was touched meanwhile: again, from the item as it is now
 *                   refused, and it was not:               the line's own condition does not hold
 *
 * G1  Each refusal for a change by others means that such a change happened: somebody gets on.
 */
#include "lines/line_edit.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"

enum { TRIES_MAX = 200 };

struct change {
    struct line_schema schema;
    struct value key;
    struct line_actions actions;
    struct value old; /* the item as it was read; VALUE_NONE: there was none */
    uint32_t tries;
    bool wants_item;        /* return_item_on_failure */
    stator_cond *condition; /* the line's own; NULL: it has none */
    struct span *touched;   /* names of attributes, each once */
    uint32_t touched_count;
};

static status answer(struct line_turn *t)
{
    line_reply_item(t, line_turn_answer(t, "Attributes"));
    return ST_OK;
}

static status begin_write(struct line_turn *t, const struct change *c, struct line_write **out)
{
    TRY(line_write_begin(t, c->schema.table_name, out));
    line_map_value(&(*out)->map, "Key", c->key);
    return ST_OK;
}

/* ---- worked out here */

static status list_touched(struct line_turn *t, struct change *c)
{
    c->touched = arena_new_array(t->arena, c->actions.count + 1, struct span);
    if (c->touched == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < c->actions.count; i++) {
        uint32_t at = 0;
        struct span name = {0};
        TRY(line_edit_top(t, c->actions.list[i].path, &name));
        while (at < c->touched_count && !span_eq(c->touched[at], name)) at++;
        if (at == c->touched_count) c->touched[c->touched_count++] = name;
        if (span_eq(name, c->schema.key.partition.name) || span_eq(name, c->schema.key.sort.name))
            return LINE_FAIL(t, "KeyAttributeUpdate", "\"%.*s\" is part of the key",
                             SPAN_ARG(name));
    }
    return ST_OK;
}

static struct value attribute(struct value item, struct span name)
{
    struct value v = {0};
    if (item.type != VALUE_M || !value_find(item, name, &v)) return (struct value){0};
    return v;
}

/* Is every touched attribute in `now` as it was when it was read? */
static bool is_unchanged(const struct change *c, struct value now)
{
    for (uint32_t i = 0; i < c->touched_count; i++) {
        const struct value a = attribute(c->old, c->touched[i]);
        const struct value b = attribute(now, c->touched[i]);
        if (a.type != b.type || (a.type != VALUE_NONE && !value_eq(a, b))) return false;
    }
    return true;
}

/* "name = :old", or that there is none. */
static status guard(struct line_turn *t, struct span name, struct value old, stator_cond *out)
{
    *out = (stator_cond){.op = STATOR_C_NOT_EXISTS};
    TRY(line_terms_path(t, name, &out->left));
    if (old.type == VALUE_NONE) return ST_OK;
    out->op = STATOR_C_EQ;
    return line_terms_literal(t, old, &out->low);
}

static status put_guards(struct line_turn *t, const struct change *c, struct line_write *write)
{
    const uint32_t count = c->touched_count + (c->condition != NULL ? 1 : 0);
    stator_cond *kids = arena_new_array(t->arena, count + 1, stator_cond);
    if (kids == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < c->touched_count; i++)
        TRY(guard(t, c->touched[i], attribute(c->old, c->touched[i]), &kids[i]));
    if (c->condition != NULL) kids[c->touched_count] = *c->condition;
    write->terms.depth_max = STATOR_DEPTH + 1; /* the and around the line's own condition */
    const stator_cond all = {.op = STATOR_C_AND, .kids = kids, .count = count};
    return line_terms_put(t, &write->terms, &write->map, "ConditionExpression", &all);
}

/* Set what was touched to what it is in `item`. */
static status put_changes(struct line_turn *t, const struct change *c, struct value item,
                          struct line_write *write)
{
    struct line_actions actions = {.count = 0};
    actions.list = arena_new_array(t->arena, c->touched_count + 1, struct line_action);
    if (actions.list == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < c->touched_count; i++) {
        struct line_action *action = &actions.list[actions.count];
        stator_val path = {0};
        TRY(line_terms_path(t, c->touched[i], &path));
        action->path = path.u.s;
        action->value = attribute(item, c->touched[i]);
        action->verb = action->value.type == VALUE_NONE ? LINE_REMOVE : LINE_SET;
        const bool is_gone =
            action->verb == LINE_REMOVE && attribute(c->old, c->touched[i]).type == VALUE_NONE;
        if (!is_gone) actions.count++;
    }
    return line_update_express(t, write, &actions);
}

static status change_failed(struct line_turn *t);

static status change_from(struct line_turn *t, struct value old)
{
    struct change *c = t->state;
    struct line_write *write = NULL;
    struct value item = {0};
    struct value request = {0};
    c->old = old;
    TRY(line_edit_apply(t, &c->actions, old, &item));
    TRY(begin_write(t, c, &write));
    TRY(line_write_returns(t, write, "ALL_OLD ALL_NEW"));
    if (!c->wants_item)
        line_map_text(&write->map, "ReturnValuesOnConditionCheckFailure", SPAN("ALL_OLD"));
    TRY(put_guards(t, c, write));
    TRY(put_changes(t, c, item, write));
    TRY(line_write_end(t, write, &request));
    TRY(line_turn_ask(t, "UpdateItem", request, answer));
    t->failed = change_failed;
    return ST_OK;
}

static void forget_failure(struct line_turn *t)
{
    t->err = error_in(t->arena);
    t->failure = (struct line_failure){.name = NULL};
}

static status change_failed(struct line_turn *t)
{
    struct change *c = t->state;
    const struct value now = t->failure.item;
    if (t->ask.outcome != ST_CONDITION_FAILED) return t->ask.outcome;
    if (c->condition != NULL && is_unchanged(c, now)) {
        t->failure.why = c->condition;
        if (!c->wants_item) t->failure.item = (struct value){0};
        return ST_CONDITION_FAILED;
    }
    forget_failure(t);
    if (++c->tries < TRIES_MAX) return change_from(t, now);
    return LINE_FAIL(t, "Conflict", "others change the item too often; send the request again");
}

static status change_read(struct line_turn *t)
{
    return change_from(t, line_turn_answer(t, "Item"));
}

static status read_item(struct line_turn *t)
{
    struct change *c = t->state;
    struct line_map map;
    struct value request = {0};
    TRY(list_touched(t, c));
    line_map_begin(&map, t->arena);
    line_map_text(&map, "TableName", c->schema.table_name);
    line_map_value(&map, "Key", c->key);
    line_map_flag(&map, "ConsistentRead", true);
    TRY(line_map_end(&map, &request, &t->err));
    return line_turn_ask(t, "GetItem", request, change_read);
}

/* ---- said as an expression */

static status express_failed(struct line_turn *t)
{
    const struct span text = error_text(&t->err);
    const bool is_path = span_contains(text, SPAN("document path provided in the update")) ||
                         span_contains(text, SPAN("Two document paths"));
    if (t->ask.outcome != ST_VALIDATION || !is_path) return t->ask.outcome;
    forget_failure(t);
    return read_item(t);
}

static status express(struct line_turn *t, const struct change *c)
{
    struct line_write *write = NULL;
    struct value request = {0};
    TRY(begin_write(t, c, &write));
    TRY(line_write_returns(t, write, "ALL_OLD ALL_NEW"));
    TRY(line_write_condition(t, write, &t->fields));
    TRY(line_update_express(t, write, &c->actions));
    TRY(line_write_end(t, write, &request));
    TRY(line_turn_ask(t, "UpdateItem", request, answer));
    t->failed = express_failed;
    return ST_OK;
}

static status read_condition(struct line_turn *t, struct change *c)
{
    struct span text = {0};
    if (!line_field_find(&t->fields, "condition", &text)) return ST_OK;
    c->condition = arena_new(t->arena, stator_cond);
    if (c->condition == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    return line_terms_read(t, text, c->condition);
}

status line_ops_update_item(struct line_turn *turn)
{
    struct change *c = arena_new(turn->arena, struct change);
    if (c == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    turn->state = c;
    TRY(line_schema_find(turn, &turn->fields, &c->schema));
    TRY(line_schema_key(turn, &c->schema, &turn->fields, &c->key));
    TRY(line_update_read(turn, &turn->fields, &c->actions));
    TRY(read_condition(turn, c));
    TRY(line_field_flag_if(turn, &turn->fields, "return_item_on_failure", &c->wants_item));
    return line_update_is_plain(&c->actions) ? express(turn, c) : read_item(turn);
}
