/* params.c -- rules and words that item operations share.
 *
 * Sources of the sentences: dynalite's tests, which were run against DynamoDB, and the public
 * conformance suite.
 */
#include "api/params.h"

#include <string.h>

#include "api/reply.h"

/* ---- words */

static const struct field_choice returns_choices[] = {
    {"ALL_NEW",     1 + ENGINE_RETURN_ALL_NEW    },
    {"UPDATED_OLD", 1 + ENGINE_RETURN_UPDATED_OLD},
    {"ALL_OLD",     1 + ENGINE_RETURN_ALL_OLD    },
    {"NONE",        1 + ENGINE_RETURN_NONE       },
    {"UPDATED_NEW", 1 + ENGINE_RETURN_UPDATED_NEW},
};
/* "UPDATE_NEW" is the service's. */
#define RETURNS_CURRENT                                                                            \
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, "    \
    "ALL_NEW, UPDATE_NEW, NONE]"
const struct field_choices params_returns_words =
    FIELD_CHOICES_RENEWED(returns_choices, RETURNS_CURRENT, false);
const struct field_choices params_returns_alone_words =
    FIELD_CHOICES_RENEWED(returns_choices, RETURNS_CURRENT, true);

static const struct field_choice old_choices[] = {
    {"ALL_OLD", PARAMS_OLD_ALL },
    {"NONE",    PARAMS_OLD_NONE},
};
const struct field_choices params_old_words = FIELD_CHOICES(old_choices);

static const struct field_choice capacity_choices[] = {
    {"INDEXES", PARAMS_CAPACITY_INDEXES},
    {"TOTAL",   PARAMS_CAPACITY_TOTAL  },
    {"NONE",    PARAMS_CAPACITY_NONE   },
};
const struct field_choices params_capacity_words = FIELD_CHOICES(capacity_choices);

static const struct field_choice metrics_choices[] = {
    {"SIZE", PARAMS_METRICS_SIZE},
    {"NONE", PARAMS_METRICS_NONE},
};
const struct field_choices params_metrics_words = FIELD_CHOICES(metrics_choices);

engine_return params_returns(const struct field_enum *word)
{
    return word->value == 0 ? ENGINE_RETURN_NONE : (engine_return)(word->value - 1);
}

/* ---- rules */

static bool any_expr(const struct params *params)
{
    for (size_t i = 0; i < params->expr_count; i++) {
        if (params->exprs[i].text.ptr != NULL) return true;
    }
    return false;
}

static bool any_legacy(const struct params *params)
{
    for (size_t i = 0; i < params->legacy_count; i++) {
        if (params->legacy[i].given) return true;
    }
    return false;
}

static void put_listed(struct buf *text, size_t *count, const char *name, const char *between)
{
    if ((*count)++ > 0) buf_put_text(text, between);
    buf_put_text(text, name);
}

static status fail_mixed(struct call *call, const struct params *params)
{
    struct buf text;
    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    size_t count = 0;
    for (size_t i = 0; i < params->legacy_count; i++) {
        const struct params_legacy *legacy = &params->legacy[i];
        if (legacy->given) put_listed(&text, &count, legacy->name, ", ");
    }
    buf_put_text(&text, "} Expression parameters: {");
    count = 0;
    for (size_t i = 0; i < params->expr_count; i++) {
        const struct params_expr *expr = &params->exprs[i];
        if (expr->text.ptr != NULL) put_listed(&text, &count, expr->name, ", ");
    }
    TRY_PLAIN(call->err, buf_status(&text));
    return FAIL(call->err, ST_VALIDATION,
                "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {%.*s}",
                SPAN_ARG(buf_view(&text)));
}

/* Values may be given only with an expression that can use them: not a projection. */
static status check_values_used(struct call *call, const struct params *params)
{
    struct buf text;
    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    size_t count = 0;
    for (size_t i = 0; i < params->expr_count; i++) {
        const struct params_expr *expr = &params->exprs[i];
        if (expr->kind == EXPR_PROJECTION) continue;
        if (expr->text.ptr != NULL) return ST_OK;
        put_listed(&text, &count, expr->name, " and ");
    }
    TRY_PLAIN(call->err, buf_status(&text));
    return FAIL(call->err, ST_VALIDATION,
                "ExpressionAttributeValues can only be specified when using expressions: %.*s %s "
                "null",
                SPAN_ARG(buf_view(&text)), count > 1 ? "are" : "is");
}

static bool has_values(const struct params *params)
{
    const struct field_item *values = params->values;
    return values != NULL && (values->value.type != VALUE_NONE || values->late.status != ST_OK);
}

/* ConditionalOperator joins conditions, so there must be some. */
static status check_joined(struct call *call, const struct params *params)
{
    if (params->joined == NULL || params->joined->value == 0) return ST_OK;
    if (params->conditions->count == 0)
        return FAIL(call->err, ST_VALIDATION,
                    "ConditionalOperator cannot be used without Filter or Expected");
    if (params->conditions->count > 1) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                "ConditionalOperator can only be used when Filter or Expected has two or more "
                "elements");
}

status params_check(struct call *call, const struct params *params)
{
    const bool has_expr = any_expr(params);
    if (has_expr && any_legacy(params)) return fail_mixed(call, params);
    if (params->names->given && !has_expr) {
        return FAIL(call->err, ST_VALIDATION,
                    "ExpressionAttributeNames can only be specified when using expressions");
    }
    if (has_values(params)) TRY(check_values_used(call, params));
    return check_joined(call, params);
}

static struct span name_at(const struct field_list *tables, uint32_t index, size_t size)
{
    struct span name = {0};
    memcpy(&name, (const uint8_t *)tables->elements + index * size, sizeof name);
    return name;
}

status params_check_table_once(struct call *call, const struct field_list *tables, uint32_t index,
                               size_t size)
{
    const struct span name = name_at(tables, index, size);
    for (uint32_t i = 0; i < index; i++) {
        if (!span_eq(name_at(tables, i, size), name)) continue;
        return FAIL(call->err, ST_VALIDATION, "Provided list of table names contains duplicates");
    }
    return ST_OK;
}

status params_late(struct call *call, const struct field_item *item)
{
    if (item->late.status == ST_OK) return ST_OK;
    *call->err = item->late;
    return item->late.status;
}

/* DynamoDB leaves the prefix out before what its number and set readers say. */
static bool says_no_prefix(struct span text)
{
    static const char *const marks[] = {"contains duplicates", "number set", "numeric value",
                                        "significant digits", "number with magnitude"};
    for (size_t i = 0; i < ARRAY_COUNT(marks); i++) {
        if (span_contains(text, span_of(marks[i]))) return true;
    }
    return false;
}

status params_late_start(struct call *call, const struct field_item *item)
{
    if (item->late.status == ST_OK) return ST_OK;
    const struct span text = error_text(&item->late);
    if (says_no_prefix(text)) return params_late(call, item);
    return FAIL(call->err, ST_VALIDATION, "The provided starting key is invalid: %.*s",
                SPAN_ARG(text));
}

/* ---- binding */

static status bind_one(struct call *call, struct expr_scope *scope, const struct params_expr *expr)
{
    const struct expr_code *code = NULL;
    struct expr *bound = NULL;
    TRY(expr_compile(call->cache, call->arena, (struct expr_source){expr->kind, expr->text}, &code,
                     call->err));
    TRY(expr_bind(scope, code, &bound, call->err));
    *expr->bound = bound;
    return ST_OK;
}

static status bind_all(struct call *call, struct expr_scope *scope, const struct params *params)
{
    static const expr_kind order[] = {EXPR_UPDATE, EXPR_CONDITION, EXPR_KEY_CONDITION, EXPR_FILTER,
                                      EXPR_PROJECTION};
    for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
        for (size_t j = 0; j < params->expr_count; j++) {
            const struct params_expr *expr = &params->exprs[j];
            if (expr->kind != order[i] || expr->text.ptr == NULL) continue;
            TRY(bind_one(call, scope, expr));
        }
    }
    return expr_scope_finish(scope, call->err);
}

status params_bind(struct call *call, const struct params *params)
{
    if (!any_expr(params)) return ST_OK;
    struct call_scope *part = arena_new(call->arena, struct call_scope);
    if (part == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    struct expr_scope *scope = &part->scope;
    *scope = (struct expr_scope){
        .arena = call->arena,
        .names = params->names->elements,
        .name_count = params->names->count,
        .has_names = params->names->given,
        .values = params->values != NULL ? params->values->value : (struct value){0},
        .late = params->values != NULL ? &params->values->late : NULL,
    };
    TRY(expr_scope_begin(scope, call->err));
    part->next = call->scopes;
    call->scopes = part;
    return bind_all(call, scope, params);
}

/* ---- replies */

void params_reply_capacity(struct call *call, const struct params_consumed *consumed)
{
    if (consumed->asked == PARAMS_CAPACITY_UNSET || consumed->asked == PARAMS_CAPACITY_NONE) return;
    const struct reply_capacity capacity = {
        .table_name = consumed->table_name,
        .half_units = consumed->half_units,
        .indexes = consumed->indexes,
        .index_count = consumed->index_count,
        .by_index = consumed->asked == PARAMS_CAPACITY_INDEXES,
    };
    reply_capacity(call->reply, &capacity);
}
