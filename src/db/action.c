/* action.c -- see action.h. */
#include "db/action.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "db/handle.h"
#include "db/literal.h"
#include "db/path.h"
#include "db/render.h"
#include "db/select.h"
#include "db/table_keys.h"

struct acting {
    stator *db;
    struct turn *turn;
    const struct action *action;
    const stator_write_opts *opts;
    struct request *request;
    struct value attributes;  /* the item or key */
    const char *version_path; /* to version_attr, if it is given */
    struct render render;
};

/* ---- the table */

status action_table_name(const stator *db, const char *table, struct arena *arena, struct span *out,
                         struct error *err)
{
    struct buf name;
    if (table == NULL) return FAIL(err, ST_MISUSE, "the name of the table is NULL");
    if (!utf8_is_valid(span_of(table)))
        return FAIL(err, ST_VALIDATION, "the name of the table is not valid UTF-8");
    buf_init(&name, arena_mem(arena), LIMIT_REQUEST_ARENA_BYTES);
    buf_put(&name, db->prefix);
    buf_put_text(&name, table);
    TRY_PLAIN(err, buf_status(&name));
    *out = buf_view(&name);
    return ST_OK;
}

status action_table(stator *db, struct turn *turn, const char *table, struct request *r)
{
    struct span name = {0};
    TRY(action_table_name(db, table, &turn->scratch, &name, &turn->err));
    request_text(r, SPAN("TableName"), name);
    return ST_OK;
}

/* ---- the item or key */

static bool has_version(const struct acting *a)
{
    return a->opts->version_attr != NULL && a->opts->if_version != NULL;
}

/* The item with attribute `name` set to `number`. */
static status with_number(struct acting *a, const char *name, int64_t number)
{
    struct request item;
    struct value_cursor cursor = value_walk(a->attributes);
    struct span attribute = {0};
    struct value v = {0};
    request_begin(&item, &a->turn->scratch);
    while (value_next_attribute(&cursor, &attribute, &v))
        if (!span_eq(attribute, span_of(name))) request_value(&item, attribute, v);
    request_number(&item, span_of(name), number);
    return request_finish(&item, &a->attributes, &a->turn->err);
}

static status add_attributes(struct acting *a)
{
    const bool puts = a->action->verb == ACTION_PUT;
    const stator_val *given = a->action->verb == ACTION_UPDATE ? &a->action->key : &a->opts->value;
    TRY(literal_item(given, &a->turn->scratch, &a->attributes, &a->turn->err));
    if (puts && has_version(a))
        TRY(with_number(a, a->opts->version_attr, *a->opts->if_version + 1));
    request_value(a->request, puts ? SPAN("Item") : SPAN("Key"), a->attributes);
    return ST_OK;
}

/* ---- the condition */

/* Any attribute of a key that was given is there exactly when the item is. */
static status key_path(struct acting *a, const char **out)
{
    struct value_cursor cursor = value_walk(a->attributes);
    struct span name = {0};
    struct value v = {0};
    struct table_keys keys = {0};
    if (a->action->verb == ACTION_PUT) {
        TRY(table_keys_find(a->db, a->turn, a->action->table, &keys));
        name = keys.partition;
    } else if (!value_next_attribute(&cursor, &name, &v)) {
        return FAIL(&a->turn->err, ST_VALIDATION, "the key has no attributes");
    }
    *out = path_to(name, &a->turn->scratch);
    return *out != NULL ? ST_OK : FAIL_PLAIN(&a->turn->err, ST_NO_MEMORY);
}

static stator_cond version_condition(const struct acting *a)
{
    const int64_t version = *a->opts->if_version;
    if (version == 0) return stator_not_exists(a->version_path);
    return stator_eq(a->version_path, stator_i(version));
}

enum { PARTS_MAX = 3 };

static status add_condition(struct acting *a)
{
    const stator_write_opts *opts = a->opts;
    stator_cond parts[PARTS_MAX];
    const char *key = NULL;
    size_t count = 0;
    if (opts->condition.op != STATOR_C_NONE) parts[count++] = opts->condition;
    if (opts->if_not_exists || opts->if_exists) {
        TRY(key_path(a, &key));
        parts[count++] = opts->if_exists ? stator_exists(key) : stator_not_exists(key);
    }
    if (has_version(a)) parts[count++] = version_condition(a);
    if (count == 0) return ST_OK;

    const stator_cond all = count == 1 ? parts[0] : stator_all(parts, count);
    struct span text = {0};
    if (count > 1) a->render.depth_max++;
    TRY(render_condition(&a->render, &all, &text));
    if (count > 1) a->render.depth_max--;
    if (text.ptr != NULL) request_text(a->request, SPAN("ConditionExpression"), text);
    return ST_OK;
}

/* ---- the update */

static status add_update(struct acting *a)
{
    const stator_write_opts *opts = a->opts;
    stator_upd parts[2] = {opts->update};
    size_t count = opts->update.op != STATOR_U_NONE ? 1 : 0;
    struct span text = {0};
    if (has_version(a))
        parts[count++] = stator_set(a->version_path, stator_i(*opts->if_version + 1));
    if (count == 0) return ST_OK;
    const stator_upd all = count == 1 ? parts[0] : stator_upd_all(parts, count);
    TRY(render_update(&a->render, &all, &text));
    if (text.ptr != NULL) request_text(a->request, SPAN("UpdateExpression"), text);
    return ST_OK;
}

/* ---- words */

struct word {
    const char *parameter;
    const char *const *words;
    size_t count;
};

static status add_word(struct acting *a, const struct word *word, unsigned value)
{
    if (value == 0) return ST_OK;
    if (value >= word->count)
        return FAIL(&a->turn->err, ST_VALIDATION, "%u is no %s", value, word->parameter);
    request_text(a->request, span_of(word->parameter), span_of(word->words[value]));
    return ST_OK;
}

static const char *const returns[] = {"NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"};
static const char *const metrics[] = {"NONE", "SIZE"};
#define WORD(name, array)                                                                          \
    {                                                                                              \
        name, array, ARRAY_COUNT(array)                                                            \
    }
static const struct word word_returns = WORD("ReturnValues", returns);
static const struct word word_on_failure = WORD("ReturnValuesOnConditionCheckFailure", returns);
static const struct word word_metrics = WORD("ReturnItemCollectionMetrics", metrics);

static status add_words(struct acting *a)
{
    const stator_write_opts *opts = a->opts;
    TRY(add_word(a, &word_on_failure, opts->on_failure));
    if (a->action->in_transaction) return ST_OK;
    TRY(add_word(a, &word_returns, opts->returning));
    TRY(select_capacity(a->turn, opts->capacity, a->request));
    return add_word(a, &word_metrics, opts->metrics);
}

/* ---- the whole */

static status check(const struct acting *a)
{
    const stator_write_opts *opts = a->opts;
    struct error *err = &a->turn->err;
    if (opts->if_exists && opts->if_not_exists)
        return FAIL(err, ST_VALIDATION, "if_exists and if_not_exists cannot both hold");
    if (opts->version_attr != NULL && opts->if_version == NULL)
        return FAIL(err, ST_VALIDATION, "version_attr needs if_version");
    if (a->action->in_transaction && opts->if_version != NULL && opts->version_attr == NULL)
        return FAIL(err, ST_VALIDATION, "in a transaction if_version needs version_attr");
    if (opts->if_version != NULL && *opts->if_version < 0)
        return FAIL(err, ST_VALIDATION, "if_version is 0 or more");
    if (opts->if_version != NULL && *opts->if_version == INT64_MAX)
        return FAIL(err, ST_VALIDATION, "if_version has no next version");
    if (a->action->in_transaction && opts->returning != 0)
        return FAIL(err, ST_VALIDATION, "an action of a transaction returns nothing");
    return ST_OK;
}

static status find_version(struct acting *a)
{
    if (!has_version(a)) return ST_OK;
    const struct span name = span_of(a->opts->version_attr);
    if (!utf8_is_valid(name))
        return FAIL(&a->turn->err, ST_VALIDATION, "version_attr is not valid UTF-8");
    a->version_path = path_to(name, &a->turn->scratch);
    return a->version_path != NULL ? ST_OK : FAIL_PLAIN(&a->turn->err, ST_NO_MEMORY);
}

static status add_all(struct acting *a)
{
    TRY(action_table(a->db, a->turn, a->action->table, a->request));
    TRY(find_version(a));
    TRY(add_attributes(a));
    if (a->action->verb == ACTION_UPDATE) TRY(add_update(a));
    TRY(add_condition(a));
    TRY(add_words(a));
    return render_give(&a->render, a->request);
}

status action_write(stator *db, struct turn *turn, const struct action *action, struct request *r)
{
    struct acting a = {
        .db = db,
        .turn = turn,
        .action = action,
        .opts = action->opts,
        .request = r,
    };
    TRY(check(&a));
    render_begin(&a.render, &turn->scratch, db->depth_max, &turn->err);
    return add_all(&a);
}
