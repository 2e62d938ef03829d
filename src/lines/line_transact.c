/* line_transact.c -- transact and batch_write: several writes that happen all or not at all.
 *
 *     {"op":"transact","operations":[
 *         {"op":"put","table":T,"item":{…},"condition":{…}},
 *         {"op":"update","table":T,"partition_key":…,"sort_key":…,"updates":[…],"condition":{…}},
 *         {"op":"delete","table":T,"partition_key":…,"sort_key":…,"condition":{…}},
 *         {"op":"check","table":T,"partition_key":…,"sort_key":…,"condition":{…}}]}
 *
 * An update that no UpdateExpression says is worked out beforehand (line_change.h), and the whole
 * is begun again when somebody else was faster.
 *
 * A batch has puts and deletes only, and no conditions; of two writes to one item the last one
 * counts, as if they had come one after the other. The api refuses such pairs, so the earlier one
 * is left out.
 */
#include "lines/line_change.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_write.h"

enum { BATCH_MAX = 25, TRANSACTION_MAX = 100, TRIES_MAX = 50 };

/* One operation, with what tells whether another one is of the same item. */
struct action {
    struct span table_name;
    struct value key;
    struct value item; /* {"Put": {…}}: as the api takes it */
    stator_cond *condition;
    uint32_t place;             /* in the line */
    struct line_change *change; /* of an update that was worked out here; or NULL */
};

struct actions {
    struct action list[TRANSACTION_MAX];
    uint32_t count, read; /* that are left; that were read */
    uint32_t max;
    bool in_batch;
    bool works_out; /* every update: the api has refused the paths of one */
    uint32_t tries;
};

/* ---- operations */

static status wrap(struct line_turn *t, const char *verb, struct line_write *write,
                   struct action *out)
{
    struct line_map map;
    struct value request = {0};
    TRY(line_terms_give(t, &write->terms, &write->map));
    TRY(line_map_end(&write->map, &request, &t->err));
    if (write->condition.op != STATOR_C_NONE) out->condition = &write->condition;
    line_map_begin(&map, t->arena);
    line_map_value(&map, verb, request);
    return line_map_end(&map, &out->item, &t->err);
}

static status read_put(struct line_turn *t, const struct line_fields *fields, struct action *out)
{
    struct line_schema schema;
    struct line_write *write = NULL;
    struct value item = {0};
    TRY(line_fields_check(t, fields, "op table item condition"));
    TRY(line_schema_find(t, fields, &schema));
    TRY(line_write_item(t, &schema, fields, &item, &out->key));
    TRY(line_write_begin(t, schema.table_name, &write));
    out->table_name = schema.table_name;
    line_map_value(&write->map, "Item", item);
    TRY(line_write_condition(t, write, fields));
    return wrap(t, "Put", write, out);
}

/* What the operations that name an item by its key have in common. */
static status read_keyed(struct line_turn *t, const struct line_fields *fields, struct action *out,
                         struct line_write **write)
{
    struct line_schema schema;
    TRY(line_schema_find(t, fields, &schema));
    TRY(line_schema_key(t, &schema, fields, &out->key));
    TRY(line_write_begin(t, schema.table_name, write));
    out->table_name = schema.table_name;
    line_map_value(&(*write)->map, "Key", out->key);
    return line_write_condition(t, *write, fields);
}

static status read_delete(struct line_turn *t, const struct line_fields *fields, struct action *out)
{
    struct line_write *write = NULL;
    TRY(line_fields_check(t, fields, "op table partition_key sort_key condition"));
    TRY(read_keyed(t, fields, out, &write));
    return wrap(t, "Delete", write, out);
}

static status read_check(struct line_turn *t, const struct line_fields *fields, struct action *out)
{
    struct line_write *write = NULL;
    struct span ignored = {0};
    TRY(line_fields_check(t, fields, "op table partition_key sort_key condition"));
    TRY(line_field_get(t, fields, "condition", &ignored));
    TRY(read_keyed(t, fields, out, &write));
    return wrap(t, "ConditionCheck", write, out);
}

/* Worked out on the item as it is now; the transaction makes sure that it still is. */
static status put_change(struct line_turn *t, const struct line_fields *fields,
                         struct line_change *change, struct line_write *write, struct action *out)
{
    const struct engine_space space = line_turn_space(t);
    struct engine_get get = {.table_name = out->table_name, .key = out->key, .err = &t->err};
    get.consistent = true;
    TRY(line_change_read_condition(t, change, fields));
    TRY(line_change_begin(t, change));
    TRY(engine_get(&space, &get, t->arena, &t->err));
    if (!get.found) get.item = (struct value){0};
    line_map_text(&write->map, "ReturnValuesOnConditionCheckFailure", SPAN("ALL_OLD"));
    out->change = change;
    out->condition = change->condition;
    return line_change_put(t, change, get.item, write);
}

static status read_update(struct line_turn *t, const struct line_fields *fields, struct action *out)
{
    const struct actions *all = t->state;
    struct line_write *write = NULL;
    struct line_change *change = arena_new(t->arena, struct line_change);
    if (change == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    TRY(line_fields_check(t, fields, "op table partition_key sort_key updates condition"));
    TRY(line_schema_find(t, fields, &change->schema));
    TRY(line_schema_key(t, &change->schema, fields, &out->key));
    TRY(line_update_read(t, fields, &change->actions));
    out->table_name = change->schema.table_name;
    TRY(line_write_begin(t, out->table_name, &write));
    line_map_value(&write->map, "Key", out->key);
    if (all->works_out || !line_update_is_plain(&change->actions)) {
        TRY(put_change(t, fields, change, write, out));
    } else {
        TRY(line_write_condition(t, write, fields));
        TRY(line_update_express(t, write, &change->actions));
    }
    return wrap(t, "Update", write, out);
}

static const struct verb {
    const char *name;
    status (*read)(struct line_turn *, const struct line_fields *, struct action *);
    bool in_batch;
} verbs[] = {
    {"put",    read_put,    true },
    {"delete", read_delete, true },
    {"update", read_update, false},
    {"check",  read_check,  false},
};

static status read_action(struct line_turn *t, const struct actions *all, struct span text,
                          struct action *out)
{
    struct line_fields fields;
    struct span name = {0};
    struct span ignored = {0};
    TRY(line_fields_read(t, text, &fields));
    TRY(line_field_text(t, &fields, "op", &name));
    if (all->in_batch && line_field_find(&fields, "condition", &ignored))
        return LINE_FAIL(t, "ParseError", "the operations of a batch have no conditions");
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
        if (span_eq(name, span_of(verbs[i].name)) && (verbs[i].in_batch || !all->in_batch))
            return verbs[i].read(t, &fields, out);
    return LINE_FAIL(t, "ParseError", "there is no operation \"%.*s\" here", SPAN_ARG(name));
}

/* ---- all of them */

/* In a batch the last write to an item is the one that counts. */
static void leave_out(struct actions *all, const struct action *later)
{
    if (!all->in_batch) return;
    for (uint32_t i = 0; i < all->count; i++) {
        const struct action *one = &all->list[i];
        if (!span_eq(one->table_name, later->table_name) || !value_eq(one->key, later->key))
            continue;
        all->list[i] = all->list[--all->count];
        return;
    }
}

static status add_action(struct line_turn *t, struct actions *all, struct span text)
{
    struct action action = {.place = all->read};
    if (all->read == all->max)
        return LINE_FAIL(t, "BatchSizeLimitExceeded", "there are more than %u operations",
                         all->max);
    const status st = read_action(t, all, text, &action);
    if (st != ST_OK) {
        t->failure.has_index = true;
        t->failure.index = all->read;
        return st;
    }
    leave_out(all, &action);
    all->list[all->count++] = action;
    all->read++;
    return ST_OK;
}

static status read_actions(struct line_turn *t, struct actions *all)
{
    struct line_list list;
    struct span text = {0};
    TRY(line_field_get(t, &t->fields, "operations", &text));
    TRY(line_field_list_begin(t, text, &list));
    for (;;) {
        bool found = false;
        TRY(line_field_list_next(t, &list, &text, &found));
        if (!found) return ST_OK;
        TRY(add_action(t, all, text));
    }
}

static status answer(struct line_turn *t)
{
    const struct actions *all = t->state;
    line_reply_begin(t);
    if (all->in_batch) json_writer_member_i64(&t->json, "succeeded", all->read);
    line_reply_end(t);
    return ST_OK;
}

static status run(struct line_turn *t, const struct actions *before);

/* Once more from the line, on items as they are now. */
static status run_again(struct line_turn *t, bool works_out)
{
    const struct actions *all = t->state;
    const struct actions again = {
        .max = all->max,
        .in_batch = all->in_batch,
        .works_out = all->works_out || works_out,
        .tries = all->tries + 1,
    };
    line_change_forget(t);
    if (again.tries < TRIES_MAX) return run(t, &again);
    return LINE_FAIL(t, "Conflict", "others change the items too often; send the request again");
}

/* Was a change refused because somebody else has changed the item? */
static bool is_outrun(const struct line_turn *t, const struct action *action)
{
    if (t->failure.name != NULL || action->change == NULL) return false;
    return action->condition == NULL || !line_change_is_unchanged(action->change, t->failure.item);
}

/* The api counts the actions that it was given; the line may have had more. */
static status tell_action(struct line_turn *t)
{
    const struct actions *all = t->state;
    if (!all->works_out && line_change_is_called_for(t)) return run_again(t, true);
    if (!t->failure.has_index || t->failure.index >= all->count) return t->ask.outcome;
    const struct action *action = &all->list[t->failure.index];
    if (is_outrun(t, action)) return run_again(t, false);
    if (t->failure.name == NULL) t->failure.why = action->condition;
    t->failure.index = action->place;
    t->failure.item = (struct value){0};
    return t->ask.outcome;
}

static status ask(struct line_turn *t, const struct actions *all)
{
    struct line_map list, map;
    struct value v = {0};
    line_map_begin_list(&list, t->arena);
    for (uint32_t i = 0; i < all->count; i++) line_map_add(&list, all->list[i].item);
    TRY(line_map_end(&list, &v, &t->err));
    line_map_begin(&map, t->arena);
    line_map_value(&map, "TransactItems", v);
    TRY(line_map_end(&map, &v, &t->err));
    TRY(line_turn_ask(t, "TransactWriteItems", v, answer));
    t->failed = tell_action;
    return ST_OK;
}

static status run(struct line_turn *t, const struct actions *before)
{
    struct actions *all = arena_new(t->arena, struct actions);
    if (all == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    *all = *before;
    t->state = all;
    TRY(read_actions(t, all));
    return all->count == 0 ? answer(t) : ask(t, all);
}

status line_ops_transact(struct line_turn *turn)
{
    return run(turn, &(struct actions){.max = TRANSACTION_MAX});
}

status line_ops_batch_write(struct line_turn *turn)
{
    return run(turn, &(struct actions){.max = BATCH_MAX, .in_batch = true});
}
