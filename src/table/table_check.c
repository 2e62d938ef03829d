/* table_check.c -- the key schema's rules, and what DynamoDB says when one is broken.
 *
 * The order in which mistakes are reported is DynamoDB's: the number of attributes first, then each
 * part of the key in schema order (missing, of the wrong type, empty), then the sizes. A number is
 * never too long: its bytes are few by nature.
 */
#include "table/table_check.h"

#include <assert.h>

#define INVALID_VALUES "One or more parameter values were invalid: "
#define INVALID_START "The provided starting key is invalid"
#define SCHEMA "The provided key element does not match the schema"

/* What DynamoDB says by where the key came from. */
struct words {
    const char *prefix; /* before every other sentence */
    const char *shape;  /* too few or too many attributes, or others; NULL: see fail_missing */
    const char *type;   /* a part of another type; NULL: see fail_type */
    bool key_alone;     /* other attributes are a mistake too */
};

/* clang-format off */
static const struct words words[] = {
    [TABLE_CHECK_KEY] = {"", SCHEMA, SCHEMA, true},
    [TABLE_CHECK_ITEM] = {"", NULL, NULL, false},
    [TABLE_CHECK_BATCH_ITEM] = {"", SCHEMA, SCHEMA, false},
    [TABLE_CHECK_QUERY] = {INVALID_START ": ", INVALID_START, SCHEMA, true},
    [TABLE_CHECK_SCAN] = {INVALID_START ": ", INVALID_START ": " SCHEMA, INVALID_START ": " SCHEMA,
                          true},
    [TABLE_CHECK_INDEX] = {INVALID_START ": ", INVALID_START, SCHEMA, true},
};
/* clang-format on */

static status fail_missing(const struct table_key_part *part, const struct words *say,
                           struct error *err)
{
    if (say->shape != NULL) return FAIL(err, ST_VALIDATION, "%s", say->shape);
    return FAIL(err, ST_VALIDATION, INVALID_VALUES "Missing the key %.*s in the item",
                SPAN_ARG(part->name));
}

static status fail_type(const struct table_key_part *part, struct value v, const struct words *say,
                        struct error *err)
{
    if (say->type != NULL) return FAIL(err, ST_VALIDATION, "%s", say->type);
    return FAIL(err, ST_VALIDATION,
                INVALID_VALUES "Type mismatch for key %.*s expected: %s actual: %s",
                SPAN_ARG(part->name), value_type_name(part->type), value_type_name(v.type));
}

static status fail_empty(const struct table_key_part *part, const char *prefix, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "%sOne or more parameter values are not valid. The AttributeValue for a key "
                "attribute cannot contain an empty %s value. Key: %.*s",
                prefix, part->type == VALUE_B ? "binary" : "string", SPAN_ARG(part->name));
}

static status check_part(const struct table_key_part *part, struct value map,
                         const struct words *say, struct error *err)
{
    struct value v = {0};
    if (!value_find(map, part->name, &v)) return fail_missing(part, say, err);
    if (v.type != part->type) return fail_type(part, v, say, err);
    if (v.body.len == 0) return fail_empty(part, say->prefix, err);
    return ST_OK;
}

static status check_partition_size(const struct table_key_part *part, struct value map,
                                   const struct words *say, struct error *err)
{
    struct value v = {0};
    if (!value_find(map, part->name, &v) || v.body.len <= LIMIT_PARTITION_KEY_BYTES) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "%s" INVALID_VALUES
                "Size of hashkey has exceeded the maximum size limit of%d bytes",
                say->prefix, LIMIT_PARTITION_KEY_BYTES);
}

static status check_sort_size(const struct table_key_part *part, struct value map,
                              const struct words *say, struct error *err)
{
    struct value v = {0};
    if (!value_find(map, part->name, &v) || v.body.len <= LIMIT_SORT_KEY_BYTES) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "%s" INVALID_VALUES
                "Aggregated size of all range keys has exceeded the size limit of %d bytes",
                say->prefix, LIMIT_SORT_KEY_BYTES);
}

static_assert((int)LIMIT_SORT_KEY_BYTES <= (int)LIMIT_PARTITION_KEY_BYTES, "the lower limit");

/* Is `map` as large as `source` has it? */
static bool has_shape(const struct table_key *key, struct value map, const struct words *say)
{
    const uint32_t parts = (uint32_t)key->partition_count + key->sort_count;
    return !say->key_alone || value_count(map) == parts;
}

status table_check_key(const struct table *table, struct value map, table_check_source source,
                       struct error *err)
{
    assert(map.type == VALUE_M);
    assert(source < ARRAY_COUNT(words));
    const struct words *say = &words[source];
    const struct table_key *key = &table->spec.key;
    if (!has_shape(key, map, say)) return FAIL(err, ST_VALIDATION, "%s", say->shape);
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(check_part(&key->partition[i], map, say, err));
    for (uint8_t i = 0; i < key->sort_count; i++) TRY(check_part(&key->sort[i], map, say, err));
    if (map.body.len <= LIMIT_SORT_KEY_BYTES) return ST_OK; /* nothing in it is too long */
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(check_partition_size(&key->partition[i], map, say, err));
    for (uint8_t i = 0; i < key->sort_count; i++)
        TRY(check_sort_size(&key->sort[i], map, say, err));
    return ST_OK;
}

/* ---- indexes */

static status check_parts(const struct table_key *key, struct value map, const struct words *say,
                          struct error *err)
{
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(check_part(&key->partition[i], map, say, err));
    for (uint8_t i = 0; i < key->sort_count; i++) TRY(check_part(&key->sort[i], map, say, err));
    return ST_OK;
}

static uint32_t count_new_parts(const struct table_key_part *parts, uint8_t count,
                                const struct table_key *known)
{
    uint32_t fresh = 0;
    for (uint8_t i = 0; i < count; i++) fresh += table_key_has(known, parts[i].name) ? 0 : 1;
    return fresh;
}

status table_check_start(const struct table *table, const struct table_index *index,
                         struct value map, struct error *err)
{
    const struct table_key *key = &table->spec.key;
    uint32_t wanted = (uint32_t)key->partition_count + key->sort_count;
    wanted += count_new_parts(index->key.partition, index->key.partition_count, key);
    wanted += count_new_parts(index->key.sort, index->key.sort_count, key);
    if (value_count(map) != wanted) return FAIL(err, ST_VALIDATION, INVALID_START);
    return check_parts(&index->key, map, &words[TABLE_CHECK_INDEX], err);
}

status table_check_start_item(const struct table *table, struct value map, struct error *err)
{
    return check_parts(&table->spec.key, map, &words[TABLE_CHECK_SCAN], err);
}

static status check_index_filled(const struct table_index *index, const struct table_key_part *part,
                                 struct value map, struct error *err)
{
    struct value v = {0};
    if (!value_find(map, part->name, &v) || v.type != part->type || v.body.len > 0) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "One or more parameter values are not valid. A value specified for a secondary "
                "index key is not supported. The AttributeValue for a key attribute cannot contain "
                "an empty %s value. IndexName: %.*s, IndexKey: %.*s",
                part->type == VALUE_B ? "binary" : "string", SPAN_ARG(index->name),
                SPAN_ARG(part->name));
}

status table_check_index_type(const struct table_index *index, const struct table_key_part *part,
                              value_type type, struct error *err)
{
    if (type == part->type) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID_VALUES "Type mismatch for Index Key %.*s Expected: %s Actual: %s "
                               "IndexName: %.*s",
                SPAN_ARG(part->name), value_type_name(part->type), value_type_name(type),
                SPAN_ARG(index->name));
}

/* A part of the index's key, of at most `bytes_max`. */
static status check_index_part(const struct table_index *index, const struct table_key_part *part,
                               uint32_t bytes_max, struct value map, struct error *err)
{
    struct value v = {0};
    if (!value_find(map, part->name, &v)) return ST_OK;
    TRY(table_check_index_type(index, part, v.type, err));
    TRY(check_index_filled(index, part, map, err));
    if (v.body.len <= bytes_max) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID_VALUES "Size limit exceeded for Index Key %.*s Actual Size: %zu bytes Max "
                               "Size: %u bytes IndexName: %.*s",
                SPAN_ARG(part->name), v.body.len, bytes_max, SPAN_ARG(index->name));
}

static status check_index(const struct table_index *index, struct value map, struct error *err)
{
    const struct table_key *key = &index->key;
    if (index->scope.len > 0) return ST_OK; /* what does not fit it is not in it */
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(check_index_part(index, &key->partition[i], LIMIT_PARTITION_KEY_BYTES, map, err));
    for (uint8_t i = 0; i < key->sort_count; i++)
        TRY(check_index_part(index, &key->sort[i], LIMIT_SORT_KEY_BYTES, map, err));
    return ST_OK;
}

status table_check_index_keys(const struct table *table, struct value map, struct error *err)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        TRY(check_index(&table->spec.indexes[i], map, err));
    return ST_OK;
}

status table_check_updated_part(const struct table_key_part *part, uint32_t bytes_max,
                                struct value map, struct error *err)
{
    struct value v = {0};
    if (!value_find(map, part->name, &v)) return ST_OK;
    if (v.type != part->type)
        return FAIL(err, ST_VALIDATION,
                    "The update expression attempted to update the secondary index key to "
                    "unsupported type");
    if (v.body.len == 0)
        return FAIL(err, ST_VALIDATION,
                    "One or more parameter values are not valid. The update expression attempted "
                    "to update a secondary index key to a value that is not supported. The "
                    "AttributeValue for a key attribute cannot contain an empty %s value.",
                    part->type == VALUE_B ? "binary" : "string");
    if (v.body.len <= bytes_max) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "The update expression attempted to update the secondary index key beyond allowed "
                "size limits");
}

/* ---- empty keys alone */

static status check_filled(const struct table_key_part *part, struct value map, const char *prefix,
                           struct error *err)
{
    struct value v = {0};
    if (!value_find(map, part->name, &v) || v.type != part->type || v.body.len > 0) return ST_OK;
    return fail_empty(part, prefix, err);
}

static status check_indexes_filled(const struct table_index *index, struct value map,
                                   struct error *err)
{
    const struct table_key *key = &index->key;
    if (index->scope.len > 0) return ST_OK;
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(check_index_filled(index, &key->partition[i], map, err));
    for (uint8_t i = 0; i < key->sort_count; i++)
        TRY(check_index_filled(index, &key->sort[i], map, err));
    return ST_OK;
}

status table_check_filled(const struct table *table, struct value map, table_check_source source,
                          struct error *err)
{
    assert(map.type == VALUE_M);
    const struct words *say = &words[source];
    const struct table_key *key = &table->spec.key;
    if (!has_shape(key, map, say)) return ST_OK;
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(check_filled(&key->partition[i], map, say->prefix, err));
    for (uint8_t i = 0; i < key->sort_count; i++)
        TRY(check_filled(&key->sort[i], map, say->prefix, err));
    for (uint8_t i = 0; !say->key_alone && i < table->spec.index_count; i++)
        TRY(check_indexes_filled(&table->spec.indexes[i], map, err));
    return ST_OK;
}

status table_check_operand(const struct table_key_part *part, struct value operand,
                           struct error *err)
{
    if (operand.type != part->type)
        return FAIL(err, ST_VALIDATION,
                    INVALID_VALUES "Condition parameter type does not match schema type");
    if (operand.body.len == 0) return fail_empty(part, "", err);
    return ST_OK;
}
