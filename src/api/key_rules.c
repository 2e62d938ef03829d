/* key_rules.c -- attribute definitions and the key schemas that use them.
 *
 * Definitions are sorted once, so that a request of any length is judged in n log n. Sources of the
 * sentences: dynalite's tests, which were run against DynamoDB, and what the service answers; those
 * about several HASH or RANGE attributes are newer than both.
 */
#include "api/key_rules.h"

#include <assert.h>

#include "base/limits.h"

#define INVALID "One or more parameter values were invalid: "

struct key_rules_definition {
    struct span name;
    value_type type;
    bool used;
};

/* ---- definitions */

/* Let the element at `root` sink until both below it come before it, in a heap of `count`. */
static void sift(struct key_rules_definition *heap, uint32_t root, uint32_t count)
{
    const struct key_rules_definition sunk = heap[root];
    for (uint32_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        const bool has_right = child + 1 < count;
        if (has_right && span_compare(heap[child].name, heap[child + 1].name) < 0) child++;
        if (span_compare(heap[child].name, sunk.name) <= 0) break;
        heap[root] = heap[child];
        root = child;
    }
    heap[root] = sunk;
}

/* Sort by name, in place: a heap whose greatest goes to the end, again and again. */
static void sort_by_name(struct key_rules_definition *definitions, uint32_t count)
{
    for (uint32_t i = count / 2; i > 0; i--) sift(definitions, i - 1, count);
    for (uint32_t left = count; left > 1; left--) {
        const struct key_rules_definition greatest = definitions[0];
        definitions[0] = definitions[left - 1];
        definitions[left - 1] = greatest;
        sift(definitions, 0, left - 1);
    }
}

/* The constraint of the field counts characters, the limit is of bytes. What DynamoDB says is not
 * known: this is its sentence for attributes that are in no key. */
static status check_name_bytes(struct span name, struct error *err)
{
    if (name.len <= LIMIT_KEY_NAME_BYTES) return ST_OK;
    return FAIL(err, ST_VALIDATION, "Attribute name is too large, must be less than %d bytes",
                LIMIT_KEY_NAME_BYTES + 1);
}

status key_rules_begin(struct key_rules *rules, struct arena *arena,
                       const struct field_list *definitions, struct error *err)
{
    const uint32_t count = definitions->count;
    struct key_rules_definition *sorted =
        arena_new_array(arena, (size_t)count + 1, struct key_rules_definition);
    if (sorted == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        const struct table_fields_definition *definition =
            FIELD_AT(*definitions, struct table_fields_definition, i);
        TRY(check_name_bytes(definition->name, err));
        sorted[i] = (struct key_rules_definition){.name = definition->name,
                                                  .type = (value_type)definition->type.value};
    }
    sort_by_name(sorted, count);
    for (uint32_t i = 1; i < count; i++) {
        if (!span_eq(sorted[i].name, sorted[i - 1].name)) continue;
        return FAIL(err, ST_VALIDATION, "Attribute Name is duplicated: %.*s",
                    SPAN_ARG(sorted[i].name));
    }
    *rules = (struct key_rules){.listed = *definitions, .sorted = sorted};
    return ST_OK;
}

static struct key_rules_definition *find(const struct key_rules *rules, struct span name)
{
    uint32_t low = 0;
    uint32_t high = rules->listed.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = span_compare(name, rules->sorted[middle].name);
        if (order == 0) return &rules->sorted[middle];
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static const struct table_fields_key *element(const struct field_list *key, uint32_t index)
{
    return FIELD_AT(*key, struct table_fields_key, index);
}

static void put_name(struct buf *text, struct span name, bool first)
{
    if (!first) buf_put_text(text, ", ");
    buf_put(text, name);
}

static void put_definitions(struct buf *text, const struct field_list *definitions)
{
    buf_put_text(text, "AttributeDefinitions: [");
    for (uint32_t i = 0; i < definitions->count; i++) {
        put_name(text, FIELD_AT(*definitions, struct table_fields_definition, i)->name, i == 0);
    }
}

static status fail_undefined(const struct key_rules *rules, const struct field_list *key,
                             struct error *err)
{
    struct buf text;
    buf_init(&text, arena_mem(err->arena), LIMIT_BODY_BYTES);
    buf_put_text(&text, "Keys: [");
    for (uint32_t i = 0; i < key->count; i++) put_name(&text, element(key, i)->name, i == 0);
    buf_put_text(&text, "], ");
    put_definitions(&text, &rules->listed);
    TRY_PLAIN(err, buf_status(&text));
    return FAIL(err, ST_VALIDATION,
                INVALID "Some index key attributes are not defined in AttributeDefinitions. %.*s]",
                SPAN_ARG(buf_view(&text)));
}

status key_rules_use(struct key_rules *rules, const struct field_list *key, struct error *err)
{
    for (uint32_t i = 0; i < key->count; i++) {
        struct key_rules_definition *definition = find(rules, element(key, i)->name);
        if (definition == NULL) return fail_undefined(rules, key, err);
        definition->used = true;
    }
    return ST_OK;
}

static status fail_unused(const struct key_rules *rules, struct error *err)
{
    struct buf text;
    bool first = true;
    buf_init(&text, arena_mem(err->arena), LIMIT_BODY_BYTES);
    put_definitions(&text, &rules->listed);
    buf_put_text(&text, "], keys used: [");
    for (uint32_t i = 0; i < rules->listed.count; i++) {
        if (!rules->sorted[i].used) continue;
        put_name(&text, rules->sorted[i].name, first);
        first = false;
    }
    TRY_PLAIN(err, buf_status(&text));
    return FAIL(err, ST_VALIDATION, INVALID "Some AttributeDefinitions are not used. %.*s]",
                SPAN_ARG(buf_view(&text)));
}

status key_rules_all_used(const struct key_rules *rules, bool has_indexes, struct error *err)
{
    bool all = true;
    for (uint32_t i = 0; i < rules->listed.count; i++) all = all && rules->sorted[i].used;
    if (all) return ST_OK;
    if (has_indexes) return fail_unused(rules, err);
    return FAIL(err, ST_VALIDATION,
                INVALID "Number of attributes in KeySchema does not exactly match number of "
                        "attributes defined in AttributeDefinitions");
}

/* ---- schemas */

static status check_first(const struct field_list *key, struct error *err)
{
    if (element(key, 0)->role.value == TABLE_FIELDS_HASH) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
}

status key_rules_pair(const struct field_list *key, struct error *err)
{
    assert(key->count >= 1);
    assert(key->count <= 2);
    const bool pair = key->count == 2;
    if (pair && span_eq(element(key, 0)->name, element(key, 1)->name)) {
        return FAIL(err, ST_VALIDATION,
                    "Both the Hash Key and the Range Key element in the KeySchema have the same "
                    "name");
    }
    TRY(check_first(key, err));
    if (pair && element(key, 1)->role.value != TABLE_FIELDS_RANGE) {
        return FAIL(err, ST_VALIDATION,
                    "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    }
    return ST_OK;
}

static uint32_t count_role(const struct field_list *key, table_fields_role role)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < key->count; i++) count += element(key, i)->role.value == (int)role;
    return count;
}

static status fail_many(const char *role, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                INVALID "The KeySchema exceeds the maximum allowed number of %s key attributes",
                role);
}

static status check_names_differ(const struct field_list *key, struct error *err)
{
    for (uint32_t i = 1; i < key->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (!span_eq(element(key, i)->name, element(key, j)->name)) continue;
            return FAIL(err, ST_VALIDATION,
                        "The KeySchema contains multiple key attributes with the same name");
        }
    }
    return ST_OK;
}

/* The counts come before the names, so that comparing all pairs stays cheap. */
status key_rules_parts(const struct field_list *key, struct error *err)
{
    assert(key->count >= 1);
    const uint32_t partition_count = count_role(key, TABLE_FIELDS_HASH);
    if (partition_count > LIMIT_INDEX_KEY_PARTS) return fail_many("HASH", err);
    if (key->count - partition_count > LIMIT_INDEX_KEY_PARTS) return fail_many("RANGE", err);
    TRY(check_names_differ(key, err));
    TRY(check_first(key, err));
    for (uint32_t i = 0; i < partition_count; i++) {
        if (element(key, i)->role.value == TABLE_FIELDS_HASH) continue;
        return FAIL(err, ST_VALIDATION,
                    INVALID "All HASH key attributes must precede RANGE key attributes in the "
                            "KeySchema");
    }
    return ST_OK;
}

void key_rules_fill(const struct key_rules *rules, const struct field_list *key,
                    struct table_key *out)
{
    *out = (struct table_key){.partition_count = 0};
    for (uint32_t i = 0; i < key->count; i++) {
        const struct key_rules_definition *definition = find(rules, element(key, i)->name);
        assert(definition != NULL);
        const struct table_key_part part = {definition->name, definition->type};
        if (element(key, i)->role.value == TABLE_FIELDS_HASH) {
            out->partition[out->partition_count++] = part;
        } else {
            out->sort[out->sort_count++] = part;
        }
    }
}
