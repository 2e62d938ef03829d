/* schemas.c -- partition schemas, and the indexes of one.
 *
 * A schema is a change of the table's description that no operation of DynamoDB's makes, so it goes
 * straight to the engine. An index is made by UpdateTable as any other, with its scope beside the
 * request.
 */
#include "base/limits.h"
#include "db/action.h"
#include "db/embedded.h"
#include "db/options.h"
#include "db/result.h"
#include "db/tabling.h"

static const struct span element = {0};

/* ---- making and ending */

struct making {
    const char *table, *prefix;       /* the prefix of one to drop */
    const stator_schema_spec *schema; /* the one to make */
};

static status take_attribute(struct embedded *e, const stator_schema_attr *from,
                             struct table_schema_attribute *to)
{
    if (from->type < STATOR_S || from->type > STATOR_BOOL)
        return FAIL(&e->turn->err, ST_VALIDATION,
                    "The type of attribute \"%s\" is none of STATOR_S to STATOR_BOOL", from->name);
    *to = (struct table_schema_attribute){span_of(from->name), (value_type)from->type,
                                          from->required};
    return ST_OK;
}

static status take_attributes(struct embedded *e, const stator_schema_attr *attrs,
                              struct table_schema *schema)
{
    size_t count = 0;
    while (attrs != NULL && count <= LIMIT_SCHEMA_ATTRIBUTES && attrs[count].name != NULL) count++;
    struct table_schema_attribute *taken =
        arena_new_array(&e->turn->scratch, count, struct table_schema_attribute);
    if (taken == NULL) return FAIL_PLAIN(&e->turn->err, ST_NO_MEMORY);
    for (size_t i = 0; i < count; i++) TRY(take_attribute(e, &attrs[i], &taken[i]));
    schema->attributes = taken;
    schema->attribute_count = (uint16_t)count; /* one too many is the engine's to refuse */
    return ST_OK;
}

static status fail_no_prefix(struct embedded *e)
{
    return FAIL(&e->turn->err, ST_MISUSE, "the prefix of the partition schema is NULL");
}

static status create(struct embedded *e, const void *arg)
{
    const struct making *m = arg;
    struct table_schema schema = {.attribute_count = 0};
    stator_schema_spec spec = {0};
    TRY(options_take("stator_schema_spec", m->schema, &spec, sizeof spec, &e->turn->err));
    if (spec.prefix == NULL) return fail_no_prefix(e);
    schema.prefix = span_of(spec.prefix);
    schema.validates = spec.validate;
    if (spec.description != NULL) schema.description = span_of(spec.description);
    TRY(take_attributes(e, spec.attributes, &schema));
    return embedded_change_table(e, m->table, &(struct engine_table_change){.new_schema = &schema});
}

stator_rc stator_create_schema_(stator *db, const char *table, const stator_schema_spec *spec)
{
    const struct making m = {.table = table, .schema = spec};
    return embedded_run(db, create, &m);
}

static status drop(struct embedded *e, const void *arg)
{
    const struct making *m = arg;
    if (m->prefix == NULL) return fail_no_prefix(e);
    if (m->prefix[0] == '\0')
        return FAIL(&e->turn->err, ST_VALIDATION, "Partition schema not found: %s", m->prefix);
    const struct engine_table_change change = {.dropped_schema = span_of(m->prefix)};
    return embedded_change_table(e, m->table, &change);
}

stator_rc stator_drop_schema(stator *db, const char *table, const char *prefix)
{
    const struct making m = {.table = table, .prefix = prefix};
    return embedded_run(db, drop, &m);
}

/* ---- telling */

static void write_attributes(struct request *r, const struct table_schema *schema)
{
    request_list(r, SPAN("attributes"));
    for (uint16_t i = 0; i < schema->attribute_count; i++) {
        const struct table_schema_attribute *attribute = &schema->attributes[i];
        request_map(r, element);
        request_text(r, SPAN("name"), attribute->name);
        request_text(r, SPAN("type"), span_of(value_type_name(attribute->type)));
        request_flag(r, SPAN("required"), attribute->required);
        request_end(r);
    }
    request_end(r);
}

static void write_indexes(struct request *r, const struct table *table, struct span prefix)
{
    request_list(r, SPAN("indexes"));
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];
        if (span_eq(index->scope, prefix)) request_text(r, element, index->name);
    }
    request_end(r);
}

static void write_schema(struct request *r, const struct table *table,
                         const struct table_schema *schema)
{
    request_map(r, element);
    request_text(r, SPAN("prefix"), schema->prefix);
    request_text(r, SPAN("description"), schema->description);
    request_flag(r, SPAN("validate"), schema->validates);
    write_attributes(r, schema);
    write_indexes(r, table, schema->prefix);
    request_end(r);
}

struct telling {
    const char *table;
    bool all;
    const char *prefix; /* unless all */
    stator_result **out;
};

/* The schemas that are asked for, as the list "Schemas" of a map. */
static status write_schemas(struct embedded *e, const struct telling *t, struct arena *arena,
                            struct value *out)
{
    struct request r;
    struct engine_description found = {.table = NULL};
    struct span name = {0};
    bool any = t->all;
    TRY(action_table_name(e->db, t->table, &e->turn->scratch, &name, &e->turn->err));
    TRY(engine_table_describe(&e->space, name, &found, &e->turn->err));
    const struct table_spec *spec = &found.table->spec;
    request_begin(&r, arena);
    request_list(&r, SPAN("Schemas"));
    for (uint8_t i = 0; i < spec->schema_count; i++) {
        const struct table_schema *schema = &spec->schemas[i];
        if (!t->all && !span_eq(schema->prefix, span_of(t->prefix))) continue;
        write_schema(&r, found.table, schema);
        any = true;
    }
    request_end(&r);
    table_drop(found.table);
    if (any) return request_finish(&r, out, &e->turn->err);
    return FAIL(&e->turn->err, ST_VALIDATION, "Partition schema not found: %s", t->prefix);
}

static status tell_into(struct embedded *e, const struct telling *t, stator_result *result)
{
    struct value answer = {0};
    TRY(write_schemas(e, t, &result->arena, &answer));
    TRY_PLAIN(&e->turn->err, result_set_list(result, answer, "Schemas"));
    return ST_OK;
}

static status tell(struct embedded *e, const void *arg)
{
    const struct telling *t = arg;
    stator_result *result = NULL;
    if (t->out == NULL) return FAIL(&e->turn->err, ST_MISUSE, "there is no `out` for the schemas");
    if (!t->all && t->prefix == NULL) return fail_no_prefix(e);
    TRY(result_new(e->turn, e->db, &result));
    const status st = tell_into(e, t, result);
    if (st == ST_OK) {
        *t->out = result;
    } else {
        stator_result_free(result);
    }
    return st;
}

stator_rc stator_list_schemas(stator *db, const char *table, stator_result **out)
{
    const struct telling t = {.table = table, .all = true, .out = out};
    if (out != NULL) *out = NULL;
    return embedded_run(db, tell, &t);
}

stator_rc stator_describe_schema(stator *db, const char *table, const char *prefix,
                                 stator_result **out)
{
    const struct telling t = {.table = table, .prefix = prefix, .out = out};
    if (out != NULL) *out = NULL;
    return embedded_run(db, tell, &t);
}

/* ---- indexes */

struct scoped {
    const char *prefix;
    const stator_index_spec *index;
};

static status create_scoped(struct tabling *t, const char *table, const void *arg)
{
    const struct scoped *scoped = arg;
    if (scoped->prefix[0] == '\0')
        return FAIL(&t->turn->err, ST_VALIDATION, "Partition schema not found: %s", scoped->prefix);
    t->index_scope = span_of(scoped->prefix);
    return tabling_create_index(t, table, scoped->index);
}

stator_rc stator_create_scoped_index(stator *db, const char *table, const char *prefix,
                                     const stator_index_spec *index)
{
    const struct scoped scoped = {prefix, index};
    if (prefix == NULL) return stator_create_index(db, table, index);
    return tabling_run(db, create_scoped, table, &scoped);
}
