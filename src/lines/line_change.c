/* line_change.c -- update_item, and changes worked out here.
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
#include "lines/line_change.h"

#include "lines/line_edit.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"

enum { TRIES_MAX = 200 };

/* ---- worked out here */

static status list_touched(struct line_turn *t, struct line_change *c)
{
    c->touched = arena_new_array(t->arena, c->actions.count + 1, struct span);
    if (c->touched == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < c->actions.count; i++) {
        uint32_t at = 0;
        struct span name = {0};
        TRY(line_edit_top(t, c->actions.list[i].path, &name));
        while (at < c->touched_count && !span_eq(c->touched[at], name)) at++;
        if (at == c->touched_count) c->touched[c->touched_count++] = name;
    }
    return ST_OK;
}

status line_change_begin(struct line_turn *turn, struct line_change *change)
{
    const struct line_key *key = &change->schema.key;
    TRY(list_touched(turn, change));
    for (uint32_t i = 0; i < change->touched_count; i++) {
        const struct span name = change->touched[i];
        if (span_eq(name, key->partition.name) || span_eq(name, key->sort.name))
            return LINE_FAIL(turn, "KeyAttributeUpdate", "\"%.*s\" is part of the key",
                             SPAN_ARG(name));
    }
    return ST_OK;
}

status line_change_read_condition(struct line_turn *turn, struct line_change *change,
                                  const struct line_fields *fields)
{
    struct span text = {0};
    if (!line_field_find(fields, "condition", &text)) return ST_OK;
    change->condition = arena_new(turn->arena, stator_cond);
    if (change->condition == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    return line_terms_read(turn, text, change->condition);
}

static struct value attribute(struct value item, struct span name)
{
    struct value v = {0};
    if (item.type != VALUE_M || !value_find(item, name, &v)) return (struct value){0};
    return v;
}

bool line_change_is_unchanged(const struct line_change *change, struct value now)
{
    for (uint32_t i = 0; i < change->touched_count; i++) {
        const struct value a = attribute(change->old, change->touched[i]);
        const struct value b = attribute(now, change->touched[i]);
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

static status put_guards(struct line_turn *t, const struct line_change *c, struct line_write *write)
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
static status put_changes(struct line_turn *t, const struct line_change *c, struct value item,
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

/* Of `old` only what is touched: each action writes anew the whole of what it is given. */
static status narrow(struct line_turn *t, const struct line_change *c, struct value *out)
{
    struct line_map map;
    line_map_begin(&map, t->arena);
    for (uint32_t i = 0; i < c->touched_count; i++) {
        const struct value v = attribute(c->old, c->touched[i]);
        if (v.type != VALUE_NONE) line_map_name(&map, c->touched[i], v);
    }
    return line_map_end(&map, out, &t->err);
}

status line_change_put(struct line_turn *turn, struct line_change *change, struct value old,
                       struct line_write *write)
{
    struct value item = {0};
    change->old = old;
    TRY(narrow(turn, change, &item));
    TRY(line_edit_apply(turn, &change->actions, item, &item));
    TRY(put_guards(turn, change, write));
    return put_changes(turn, change, item, write);
}

bool line_change_is_called_for(const struct line_turn *turn)
{
    const struct span text = error_text(&turn->err);
    return span_contains(text, SPAN("document path provided in the update")) ||
           span_contains(text, SPAN("Two document paths"));
}

void line_change_forget(struct line_turn *turn)
{
    turn->err = error_in(turn->arena);
    turn->failure = (struct line_failure){.name = NULL};
    turn->comparisons = 0;
}

/* ---- update_item */

struct update {
    struct line_change change;
    struct value key;
    uint32_t tries;
    bool wants_item; /* return_item_on_failure */
};

static status answer(struct line_turn *t)
{
    line_reply_item(t, line_turn_answer(t, "Attributes"));
    return ST_OK;
}

static status begin_write(struct line_turn *t, const struct update *u, struct line_write **out)
{
    TRY(line_write_begin(t, u->change.schema.table_name, out));
    line_map_value(&(*out)->map, "Key", u->key);
    return line_write_returns(t, *out, "ALL_OLD ALL_NEW");
}

static status change_failed(struct line_turn *t);

static status change_from(struct line_turn *t, struct value old)
{
    struct update *u = t->state;
    struct line_write *write = NULL;
    struct value request = {0};
    TRY(begin_write(t, u, &write));
    if (!u->wants_item)
        line_map_text(&write->map, "ReturnValuesOnConditionCheckFailure", SPAN("ALL_OLD"));
    TRY(line_change_put(t, &u->change, old, write));
    TRY(line_write_end(t, write, &request));
    TRY(line_turn_ask(t, "UpdateItem", request, answer));
    t->failed = change_failed;
    return ST_OK;
}

static status change_failed(struct line_turn *t)
{
    struct update *u = t->state;
    const struct value now = t->failure.item;
    if (t->ask.outcome != ST_CONDITION_FAILED) return t->ask.outcome;
    if (u->change.condition != NULL && line_change_is_unchanged(&u->change, now)) {
        t->failure.why = u->change.condition;
        if (!u->wants_item) t->failure.item = (struct value){0};
        return ST_CONDITION_FAILED;
    }
    line_change_forget(t);
    if (++u->tries < TRIES_MAX) return change_from(t, now);
    return LINE_FAIL(t, "Conflict", "others change the item too often; send the request again");
}

static status change_read(struct line_turn *t)
{
    return change_from(t, line_turn_answer(t, "Item"));
}

static status read_item(struct line_turn *t)
{
    struct update *u = t->state;
    struct line_map map;
    struct value request = {0};
    TRY(line_change_begin(t, &u->change));
    line_map_begin(&map, t->arena);
    line_map_text(&map, "TableName", u->change.schema.table_name);
    line_map_value(&map, "Key", u->key);
    line_map_flag(&map, "ConsistentRead", true);
    TRY(line_map_end(&map, &request, &t->err));
    return line_turn_ask(t, "GetItem", request, change_read);
}

static status express_failed(struct line_turn *t)
{
    if (t->ask.outcome != ST_VALIDATION || !line_change_is_called_for(t)) return t->ask.outcome;
    line_change_forget(t);
    return read_item(t);
}

static status express(struct line_turn *t, const struct update *u)
{
    struct line_write *write = NULL;
    struct value request = {0};
    TRY(begin_write(t, u, &write));
    TRY(line_write_condition(t, write, &t->fields));
    TRY(line_update_express(t, write, &u->change.actions));
    TRY(line_write_end(t, write, &request));
    TRY(line_turn_ask(t, "UpdateItem", request, answer));
    t->failed = express_failed;
    return ST_OK;
}

status line_ops_update_item(struct line_turn *turn)
{
    struct update *u = arena_new(turn->arena, struct update);
    if (u == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    turn->state = u;
    TRY(line_schema_find(turn, &turn->fields, &u->change.schema));
    TRY(line_schema_key(turn, &u->change.schema, &turn->fields, &u->key));
    TRY(line_update_read(turn, &turn->fields, &u->change.actions));
    TRY(line_change_read_condition(turn, &u->change, &turn->fields));
    TRY(line_field_flag_if(turn, &turn->fields, "return_item_on_failure", &u->wants_item));
    return line_update_is_plain(&u->change.actions) ? express(turn, u) : read_item(turn);
}
