/* api_text_test.c -- requests and replies as values, to JSON and back.
 *
 * Requests and replies are made up at random from the very tables that say what an operation takes
 * and answers, so every operation, every field and every kind is met; maps have names that are also
 * those of members ("Item", "Keys", "S"), and now and then a member is of another type than its
 * field. The seed is printed.
 */
#include "api/api_text.h"

#include "api/dispatch.h"
#include "api/field_text.h"
#include "api/reply_shape.h"
#include "api/reply_tree.h"
#include "item/number.h"
#include "support/support.h"

enum { ROUNDS = 200, TEXT_BYTES_MAX = 16 << 20 };

static const char *const operations[] = {
#define OP(name, stem) #name,
#define OP_STREAMS(name, stem) #name,
#define OP_LATER(name)
#include "api/ops.def"
#undef OP
#undef OP_STREAMS
#undef OP_LATER
};

/* ---- made up at random */

struct maker {
    struct support_random random;
    struct reply_tree *tree;
};

static uint32_t below(struct maker *m, uint32_t bound)
{
    return support_random_below(&m->random, bound);
}

static struct span any_text(struct maker *m)
{
    static const char *const texts[] = {
        "",     "a",    "Item", "Items",  "Key", "Keys",  "S",          "M",
        "NULL", "true", "no",   "\"\\\n", "é\t", "1.5",   "ALL_OLD",    "Responses",
        "L",    "null", "HASH", "music",  ":v",  "#name", "PutRequest", "CancellationReasons",
    };
    return span_of(texts[below(m, ARRAY_COUNT(texts))]);
}

static struct span any_number(struct maker *m)
{
    static const char *const numbers[] = {
        "0",          "1",         "-1",          "1.5", "-2.5",  "100000000000000000000",
        "2147483648", "0.0000001", "-2147483649", "25",  "1E125", "9223372036854775807",
    };
    return span_of(numbers[below(m, ARRAY_COUNT(numbers))]);
}

/* Open a map or list of a few children; `each` makes one. */
typedef void(child_fn)(struct maker *m, const struct field *field, uint32_t levels);

static void make_map(struct maker *m, child_fn *each, const struct field *field, uint32_t levels)
{
    const uint32_t count = below(m, 4);
    reply_tree_begin(m->tree, VALUE_M);
    for (uint32_t i = 0; i < count; i++) {
        reply_tree_key(m->tree, any_text(m));
        each(m, field, levels);
    }
    reply_tree_end(m->tree);
}

static void make_list(struct maker *m, child_fn *each, const struct field *field, uint32_t levels)
{
    const uint32_t count = below(m, 4);
    reply_tree_begin(m->tree, VALUE_L);
    for (uint32_t i = 0; i < count; i++) each(m, field, levels);
    reply_tree_end(m->tree);
}

static void make_bool(struct maker *m)
{
    const uint8_t body = (uint8_t)below(m, 2);
    const struct value v = {
        VALUE_BOOL, {&body, 1}
    };
    reply_tree_scalar(m->tree, v);
}

static void make_string(struct maker *m, const struct field *field, uint32_t levels)
{
    (void)field;
    (void)levels;
    reply_tree_scalar(m->tree, (struct value){VALUE_S, any_text(m)});
}

/* Anything that plain JSON can say. */
static void make_plain(struct maker *m, const struct field *field, uint32_t levels)
{
    const uint32_t kind = below(m, levels == 0 ? 4 : 6);
    if (kind == 0) make_string(m, field, levels);
    if (kind == 1) reply_tree_number(m->tree, any_number(m));
    if (kind == 2) make_bool(m);
    if (kind == 3) reply_tree_scalar(m->tree, (struct value){VALUE_NULL, {0}});
    if (kind == 4) make_map(m, make_plain, field, levels - 1);
    if (kind == 5) make_list(m, make_plain, field, levels - 1);
}

/* A set of one member, or of two. */
static void make_set(struct maker *m, value_type type)
{
    struct buf body;
    buf_init(&body, support_mem(), 256);
    const size_t begun = value_write_begin(&body);
    const struct number one = number_from_i64(1);
    const struct number two = number_from_i64(2);
    const uint32_t count = 1 + below(m, 2);
    value_write_member(&body, type == VALUE_NS ? number_view(&one) : SPAN("a"));
    if (count == 2) value_write_member(&body, type == VALUE_NS ? number_view(&two) : SPAN("b"));
    value_write_end(&body, begun, count);
    reply_tree_scalar(m->tree, (struct value){type, buf_view(&body)});
    buf_deinit(&body);
}

static void make_attribute_map(struct maker *m, uint32_t levels);

/* An attribute's value. Names of attributes are never empty. */
static void make_attribute(struct maker *m, const struct field *field, uint32_t levels)
{
    const uint32_t kind = below(m, levels == 0 ? 8 : 10);
    if (kind == 4) reply_tree_scalar(m->tree, (struct value){VALUE_B, any_text(m)});
    if (kind >= 5 && kind <= 7) make_set(m, (value_type)(VALUE_SS + kind - 5));
    if (kind == 8) make_attribute_map(m, levels - 1);
    if (kind == 9) make_list(m, make_attribute, field, levels - 1);
    if (kind < 4) make_plain(m, field, 0);
}

static void make_attribute_map(struct maker *m, uint32_t levels)
{
    static const char *const names[] = {"pk", "S", "Item", "M", "Keys", "é", "a\"b"};
    const uint32_t count = below(m, 4);
    reply_tree_begin(m->tree, VALUE_M);
    for (uint32_t i = 0; i < count; i++) {
        reply_tree_key(m->tree, span_of(names[below(m, ARRAY_COUNT(names))]));
        make_attribute(m, NULL, levels);
    }
    reply_tree_end(m->tree);
}

static void make_item(struct maker *m, const struct field *field, uint32_t levels)
{
    (void)field;
    make_attribute_map(m, levels);
}

static void make_struct(struct maker *m, const struct field *field, uint32_t levels);

static void make_struct_list(struct maker *m, const struct field *field, uint32_t levels)
{
    make_list(m, make_struct, field, levels);
}

static void make_of_kind(struct maker *m, const struct field *field, uint32_t levels)
{
    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_TABLE:
    case FIELD_ARN:
    case FIELD_ENUM:
        make_string(m, field, levels);
        return;
    case FIELD_BOOL:
        make_bool(m);
        return;
    case FIELD_INTEGER:
    case FIELD_LONG:
        reply_tree_number(m->tree, any_number(m));
        return;
    case FIELD_STRUCT:
        make_struct(m, field, levels);
        return;
    case FIELD_LIST:
        make_struct_list(m, field, levels);
        return;
    case FIELD_MAP:
        make_map(m, make_struct, field, levels);
        return;
    case FIELD_MAP_OF_LISTS:
        make_map(m, make_struct_list, field, levels);
        return;
    case FIELD_STRINGS:
        make_list(m, make_string, field, levels);
        return;
    case FIELD_NAMES:
        make_map(m, make_string, field, levels);
        return;
    case FIELD_ITEM:
    case FIELD_VALUES:
        make_item(m, field, levels);
        return;
    case FIELD_VALUE:
        make_attribute(m, field, levels);
        return;
    case FIELD_OPERANDS:
        make_list(m, make_attribute, field, levels);
        return;
    case FIELD_KEYS:
        make_list(m, make_item, field, levels);
        return;
    }
}

/* One time in forty something else than the field asks for. */
static void make_member(struct maker *m, const struct field *field, uint32_t levels)
{
    reply_tree_key(m->tree, field->name == NULL ? any_text(m) : span_of(field->name));
    if (below(m, 40) == 0 && field->kind != FIELD_VALUE)
        make_plain(m, field, 0);
    else
        make_of_kind(m, field, levels);
}

static void make_members(struct maker *m, const struct field_shape *shape, uint32_t levels)
{
    const bool any_name = shape->count > 0 && shape->fields[0].name == NULL;
    reply_tree_begin(m->tree, VALUE_M);
    for (size_t i = 0; i < shape->count; i++)
        if (below(m, 3) > 0) make_member(m, &shape->fields[i], levels);
    if (!any_name && below(m, 3) == 0) {
        reply_tree_key(m->tree, SPAN("Unheard-of"));
        make_plain(m, NULL, levels);
    }
    reply_tree_end(m->tree);
}

static void make_struct(struct maker *m, const struct field *field, uint32_t levels)
{
    make_members(m, field->of, levels);
}

static struct value make(struct maker *m, const struct field_shape *shape, struct arena *arena)
{
    enum { LEVELS = 3 };
    m->tree = arena_alloc(arena, sizeof *m->tree);
    assert_non_null(m->tree);
    reply_tree_init(m->tree, arena);
    make_members(m, shape, LEVELS);
    assert_int_equal(reply_tree_status(m->tree), ST_OK);
    return reply_tree_view(m->tree);
}

/* ---- two structs that were read from one request */

static void assert_same(const struct field *field, const void *a, const void *b);

static void assert_same_text(struct span a, struct span b)
{
    assert_int_equal(a.ptr == NULL, b.ptr == NULL);
    assert_true(span_eq(a, b));
}

static void assert_same_members(const struct field_shape *shape, const void *a, const void *b)
{
    for (size_t i = 0; i < shape->count; i++)
        assert_same(&shape->fields[i], (const uint8_t *)a + shape->fields[i].offset,
                    (const uint8_t *)b + shape->fields[i].offset);
}

static void assert_same_item(const struct field_item *a, const struct field_item *b)
{
    assert_true(value_eq(a->value, b->value));
    assert_int_equal(a->late.status, b->late.status);
}

static void assert_same_structs(const struct field *field, const struct field_list *a,
                                const struct field_list *b)
{
    const size_t size = field->of->size;
    assert_int_equal(a->given, b->given);
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++)
        assert_same_members(field->of, (const uint8_t *)a->elements + i * size,
                            (const uint8_t *)b->elements + i * size);
}

static void assert_same_element(const struct field *field, const struct field_list *a,
                                const struct field_list *b, uint32_t i)
{
    if (field->kind == FIELD_STRINGS) {
        assert_same_text(*FIELD_AT(*a, struct span, i), *FIELD_AT(*b, struct span, i));
    } else if (field->kind == FIELD_NAMES) {
        const struct expr_name *x = FIELD_AT(*a, struct expr_name, i);
        const struct expr_name *y = FIELD_AT(*b, struct expr_name, i);
        assert_same_text(x->placeholder, y->placeholder);
        assert_same_text(x->name, y->name);
    } else if (field->kind == FIELD_MAP_OF_LISTS) {
        const struct field_named_list *x = FIELD_AT(*a, struct field_named_list, i);
        const struct field_named_list *y = FIELD_AT(*b, struct field_named_list, i);
        assert_same_text(x->name, y->name);
        assert_same_structs(field, &x->list, &y->list);
    } else {
        assert_same_item(FIELD_AT(*a, struct field_item, i), FIELD_AT(*b, struct field_item, i));
    }
}

static void assert_same_list(const struct field *field, const struct field_list *a,
                             const struct field_list *b)
{
    assert_int_equal(a->given, b->given);
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++) assert_same_element(field, a, b, i);
}

static void assert_same_map(const struct field *field, const struct field_list *a,
                            const struct field_list *b)
{
    assert_same_structs(field, a, b);
    for (uint32_t i = 0; i < a->count; i++) {
        const void *x = (const uint8_t *)a->elements + i * field->of->size;
        const void *y = (const uint8_t *)b->elements + i * field->of->size;
        assert_same_text(*(const struct span *)x, *(const struct span *)y);
    }
}

static void assert_same_pointed(const struct field *field, const void *a, const void *b)
{
    const void *x = NULL;
    const void *y = NULL;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    assert_int_equal(x == NULL, y == NULL);
    if (x != NULL) assert_same_members(field->of, x, y);
}

static void assert_same(const struct field *field, const void *a, const void *b)
{
    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_TABLE:
    case FIELD_ARN:
        assert_same_text(*(const struct span *)a, *(const struct span *)b);
        return;
    case FIELD_ENUM:
        assert_same_text(((const struct field_enum *)a)->text,
                         ((const struct field_enum *)b)->text);
        return;
    case FIELD_BOOL:
        assert_memory_equal(a, b, sizeof(struct field_bool));
        return;
    case FIELD_INTEGER:
    case FIELD_LONG:
        assert_int_equal(((const struct field_number *)a)->given,
                         ((const struct field_number *)b)->given);
        assert_int_equal(((const struct field_number *)a)->value,
                         ((const struct field_number *)b)->value);
        return;
    case FIELD_STRUCT:
        assert_same_pointed(field, a, b);
        return;
    case FIELD_LIST:
        assert_same_structs(field, a, b);
        return;
    case FIELD_MAP:
        assert_same_map(field, a, b);
        return;
    case FIELD_MAP_OF_LISTS:
    case FIELD_STRINGS:
    case FIELD_NAMES:
    case FIELD_OPERANDS:
    case FIELD_KEYS:
        assert_same_list(field, a, b);
        return;
    case FIELD_ITEM:
    case FIELD_VALUES:
    case FIELD_VALUE:
        assert_same_item(a, b);
        return;
    }
}

/* ---- requests */

static struct span text_of(const char *operation, struct value request, struct arena *arena)
{
    struct buf json;
    buf_init(&json, arena_mem(arena), TEXT_BYTES_MAX);
    api_text_request(span_of(operation), request, &json);
    assert_int_equal(buf_status(&json), ST_OK);
    return buf_view(&json);
}

/* Both ways fill the struct of `operation` alike (true), or refuse in the same words. */
static bool check_request(const struct dispatch_entry *entry, struct value request,
                          struct arena *arena)
{
    const struct field_shape *shape = &entry->op->shape;
    void *filled = arena_alloc(arena, shape->size);
    void *read = arena_alloc(arena, shape->size);
    struct error fill_err = error_in(arena);
    struct error read_err = error_in(arena);
    const struct span json = text_of(entry->name, request, arena);
    const status st = field_fill(shape, request, arena, filled, &fill_err);
    assert_int_equal(field_read(shape, json, arena, read, &read_err), st);
    if (st == ST_OK)
        assert_same_members(shape, filled, read);
    else
        assert_true(span_eq(error_text(&fill_err), error_text(&read_err)));
    return st == ST_OK;
}

static void test_request__as_json_is_read_as_the_value_is_filled(void **state)
{
    (void)state;
    struct maker m = {.random = support_random()};
    struct arena arena;
    size_t filled = 0;
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(operations) * ROUNDS; i++) {
        const struct span operation = span_of(operations[i % ARRAY_COUNT(operations)]);
        const struct dispatch_entry *entry = dispatch_find_name(operation);
        const struct value request = make(&m, &entry->op->shape, &arena);
        if (check_request(entry, request, &arena)) filled++;
        arena_reset(&arena);
    }
    assert_true(filled > ARRAY_COUNT(operations) * ROUNDS / 2);
    arena_deinit(&arena);
    support_mem_check();
}

static void test_request__as_json_and_back_is_the_same_value(void **state)
{
    (void)state;
    struct maker m = {.random = support_random()};
    struct arena arena;
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(operations) * ROUNDS; i++) {
        const char *operation = operations[i % ARRAY_COUNT(operations)];
        const struct field_shape *shape = &dispatch_find_name(span_of(operation))->op->shape;
        struct value back = {0};
        struct error err = error_in(&arena);
        const struct value request = make(&m, shape, &arena);
        const struct span json = text_of(operation, request, &arena);
        assert_int_equal(api_text_read_request(span_of(operation), json, &arena, &back, &err),
                         ST_OK);
        assert_true(value_eq(back, request));
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void assert_request(const char *operation, const char *json)
{
    struct arena arena;
    struct value v = {0};
    static const struct field_shape plain = {0};
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    const struct dispatch_entry *entry = dispatch_find_name(span_of(operation));
    const bool is_known = entry != NULL && entry->op != NULL;
    assert_int_equal(
        field_text_read(is_known ? &entry->op->shape : &plain, span_of(json), &arena, &v, &err),
        ST_OK);
    support_assert_text(text_of(operation, v, &arena), json);
    arena_deinit(&arena);
}

/* Members stand in ascending order here, as they come out. */
static void test_request__holds_types_only_where_attribute_values_stand(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const requests[][2] = {
        {"PutItem", "{\"Item\":{\"Item\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}},"
            "\"TableName\":\"Item\"}"},
        {"Query", "{\"ConsistentRead\":true,\"ExpressionAttributeNames\":{\"#S\":\"S\"},"
            "\"ExpressionAttributeValues\":{\":v\":{\"NULL\":true}},\"Limit\":5}"},
        {"UpdateItem", "{\"AttributeUpdates\":{\"Value\":{\"Action\":\"PUT\","
            "\"Value\":{\"L\":[]}}}}"},
        {"BatchGetItem", "{\"RequestItems\":{\"Keys\":{\"Keys\":[{\"Keys\":{\"B\":\"AA==\"}}]}}}"},
        {"BatchWriteItem", "{\"RequestItems\":{\"Item\":[{\"PutRequest\":{\"Item\":{}}},"
            "{\"DeleteRequest\":{\"Key\":{\"Key\":{\"S\":\"\"}}}}]}}"},
        {"Scan", "{\"ScanFilter\":{\"S\":{\"AttributeValueList\":[{\"NS\":[\"1\",\"2\"]}],"
            "\"ComparisonOperator\":\"IN\"}}}"},
        {"ListBackups", "{\"Item\":{\"Item\":{\"S\":[null,1.5,{}]}}}"},
        {"Unheard-of", "{\"Key\":{\"S\":\"a\"}}"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++)
        assert_request(requests[i][0], requests[i][1]);
    support_mem_check();
}

/* What is wrong there is for the endpoint to refuse. */
static void test_request__writes_a_set_where_none_belongs_with_its_type(void **state)
{
    (void)state;
    static const uint8_t one[] = {1, 0, 0, 0, 1, 0, 0, 0, 'a'};
    struct arena arena;
    struct buf body;
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&body, arena_mem(&arena), TEXT_BYTES_MAX);
    const size_t begun = value_write_begin(&body);
    value_write_attribute(&body, SPAN("TableName"),
                          (struct value){
                              VALUE_SS, {one, sizeof one}
    });
    value_write_end(&body, begun, 1);
    const struct value request = {VALUE_M, buf_view(&body)};
    support_assert_text(text_of("GetItem", request, &arena), "{\"TableName\":{\"SS\":[\"a\"]}}");
    arena_deinit(&arena);
    support_mem_check();
}

/* ---- replies */

static void test_reply__as_json_and_back_is_the_same_value(void **state)
{
    (void)state;
    struct maker m = {.random = support_random()};
    struct arena arena;
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(operations) * ROUNDS; i++) {
        const struct span operation = span_of(operations[i % ARRAY_COUNT(operations)]);
        const struct field_shape *shape = reply_shape_find(operation);
        struct value back = {0};
        struct error err = error_in(&arena);
        struct buf text;
        struct json_writer json;
        const struct value reply = make(&m, shape, &arena);
        buf_init(&text, arena_mem(&arena), TEXT_BYTES_MAX);
        json_writer_init(&json, &text);
        field_text_write(shape, reply, &json);
        assert_int_equal(api_text_reply(operation, buf_view(&text), &arena, &back, &err), ST_OK);
        assert_true(value_eq(back, reply));
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    support_mem_check();
}

/* The reply `json`, read and written as plain JSON, where types are gone, is `plain`. */
static void assert_reply_plain(const char *operation, const char *json, const char *plain)
{
    struct arena arena;
    struct value v = {0};
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    assert_int_equal(api_text_reply(span_of(operation), span_of(json), &arena, &v, &err), ST_OK);
    support_assert_text(text_of("Unheard-of", v, &arena), plain);
    arena_deinit(&arena);
}

static void test_reply__has_attribute_values_where_its_operation_has_them(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *operation, *json, *plain;
    } replies[] = {
        {"GetItem", "{\"Item\":{\"a\":{\"S\":\"x\"},\"n\":{\"N\":\"1.50\"}}}",
            "{\"Item\":{\"a\":\"x\",\"n\":1.5}}"},
        {"PutItem", "{\"__type\":\"x#ConditionalCheckFailedException\",\"message\":\"m\",\"Item\":"
            "{\"S\":{\"M\":{\"S\":{\"S\":\"a\"}}}}}",
            "{\"Item\":{\"S\":{\"S\":\"a\"}},\"__type\":\"x#ConditionalCheckFailedException\","
            "\"message\":\"m\"}"},
        {"UpdateItem", "{\"Attributes\":{\"a\":{\"L\":[{\"NULL\":true}]}},"
            "\"ItemCollectionMetrics\":{\"ItemCollectionKey\":{\"pk\":{\"S\":\"p\"}},"
            "\"SizeEstimateRangeGB\":[0.0,1.0]}}",
            "{\"Attributes\":{\"a\":[null]},\"ItemCollectionMetrics\":{\"ItemCollectionKey\":{"
            "\"pk\":\"p\"},\"SizeEstimateRangeGB\":[0,1]}}"},
        {"Query", "{\"Items\":[{\"Items\":{\"BOOL\":true}},{}],\"LastEvaluatedKey\":{\"k\":{\"N\":"
            "\"1\"}},\"Count\":2}",
            "{\"Count\":2,\"Items\":[{\"Items\":true},{}],\"LastEvaluatedKey\":{\"k\":1}}"},
        {"BatchGetItem", "{\"Responses\":{\"Responses\":[{\"a\":{\"S\":\"x\"}}],\"Item\":[]},"
            "\"UnprocessedKeys\":{\"Keys\":{\"Keys\":[{\"k\":{\"S\":\"y\"}}],\"ConsistentRead\":"
            "true}}}",
            "{\"Responses\":{\"Item\":[],\"Responses\":[{\"a\":\"x\"}]},\"UnprocessedKeys\":{"
            "\"Keys\":{\"ConsistentRead\":true,\"Keys\":[{\"k\":\"y\"}]}}}"},
        {"BatchWriteItem", "{\"UnprocessedItems\":{\"Item\":[{\"PutRequest\":{\"Item\":{\"Item\":{"
            "\"S\":\"x\"}}}},{\"DeleteRequest\":{\"Key\":{\"k\":{\"S\":\"y\"}}}}]},"
            "\"ItemCollectionMetrics\":{\"t\":[{\"ItemCollectionKey\":{\"k\":{\"S\":\"z\"}}}]}}",
            "{\"ItemCollectionMetrics\":{\"t\":[{\"ItemCollectionKey\":{\"k\":\"z\"}}]},"
            "\"UnprocessedItems\":{\"Item\":[{\"PutRequest\":{\"Item\":{\"Item\":\"x\"}}},"
            "{\"DeleteRequest\":{\"Key\":{\"k\":\"y\"}}}]}}"},
        {"TransactGetItems", "{\"Responses\":[{},{\"Item\":{\"a\":{\"S\":\"x\"}}}]}",
            "{\"Responses\":[{},{\"Item\":{\"a\":\"x\"}}]}"},
        {"TransactWriteItems", "{\"CancellationReasons\":[{\"Code\":\"None\"},{\"Code\":"
            "\"ConditionalCheckFailed\",\"Item\":{\"Code\":{\"S\":\"x\"}}}]}",
            "{\"CancellationReasons\":[{\"Code\":\"None\"},{\"Code\":\"ConditionalCheckFailed\","
            "\"Item\":{\"Code\":\"x\"}}]}"},
        {"DescribeTable", "{\"Table\":{\"Item\":{\"S\":\"x\"},\"CreationDateTime\":1.7E9}}",
            "{\"Table\":{\"CreationDateTime\":1700000000,\"Item\":{\"S\":\"x\"}}}"},
        {"Unheard-of", "{\"Item\":{\"a\":{\"S\":\"x\"}}}", "{\"Item\":{\"a\":{\"S\":\"x\"}}}"},
        {"TagResource", "", "{}"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(replies); i++)
        assert_reply_plain(replies[i].operation, replies[i].json, replies[i].plain);
    support_mem_check();
}

static void assert_no_reply(struct span json)
{
    struct arena arena;
    struct value v = {0};
    const struct span guarded = support_guard(json);
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    assert_int_equal(api_text_reply(SPAN("GetItem"), guarded, &arena, &v, &err), ST_PROTOCOL);
    assert_int_equal(err.status, ST_PROTOCOL);
    assert_int_equal(v.type, VALUE_NONE);
    arena_deinit(&arena);
    support_guard_free(guarded);
}

static void test_reply__what_is_none_is_said_to_be_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<html></html>",
        "null",
        "[]",
        "\"Item\"",
        "{} {}",
        "{\"Item\":{\"a\":1}}",
        "{\"Item\":{\"a\":{\"S\":1}}}",
        "{\"Item\":{\"a\":{}}}",
        "{\"Item\":{\"a\":{\"SS\":[]}}}",
        "{\"Item\":{\"a\":{\"N\":\"x\"}}}",
        "{\"Count\":1E400}",
        "{\"a\":\"\xff\"}",
    };
    const struct span whole =
        SPAN("{\"Item\":{\"a\":{\"L\":[{\"N\":\"1\"},{\"B\":\"AA==\"}]}},\"Count\":[1,true,{}]}");
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) assert_no_reply(span_of(texts[i]));
    for (size_t len = 1; len < whole.len; len++) assert_no_reply(span_take(whole, len));
    support_mem_check();
}

static void test_reply__names_are_as_long_as_a_map_can_hold(void **state)
{
    (void)state;
    static char text[LIMIT_NAME_BYTES + 8];
    for (size_t len = LIMIT_NAME_BYTES; len <= LIMIT_NAME_BYTES + 1; len++) {
        struct arena arena;
        struct value v = {0};
        arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
        struct error err = error_in(&arena);
        memset(text, 'x', sizeof text);
        memcpy(text, "{\"", 2);
        memcpy(text + 2 + len, "\":1}", 4);
        const struct span json = {(const uint8_t *)text, len + 6};
        const status st = api_text_reply(SPAN("DescribeTable"), json, &arena, &v, &err);
        assert_int_equal(st, len == LIMIT_NAME_BYTES ? ST_OK : ST_PROTOCOL);
        if (st == ST_OK) assert_true(span_eq(text_of("DescribeTable", v, &arena), json));
        arena_deinit(&arena);
    }
    support_mem_check();
}

/* 79 lists in an object are what the JSON reader allows; one more is no reply. */
static void test_reply__nests_as_deep_as_json_may(void **state)
{
    (void)state;
    char text[512];
    for (int lists = LIMIT_JSON_DEPTH - 1; lists <= LIMIT_JSON_DEPTH; lists++) {
        struct arena arena;
        struct value v = {0};
        arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
        struct error err = error_in(&arena);
        size_t len = 0;
        memcpy(text, "{\"a\":", 5);
        len = 5;
        memset(text + len, '[', (size_t)lists);
        len += (size_t)lists;
        memset(text + len, ']', (size_t)lists);
        len += (size_t)lists;
        text[len++] = '}';
        const struct span json = {(const uint8_t *)text, len};
        const status st = api_text_reply(SPAN("DescribeTable"), json, &arena, &v, &err);
        assert_int_equal(st, lists < LIMIT_JSON_DEPTH ? ST_OK : ST_PROTOCOL);
        if (st == ST_OK) assert_true(span_eq(text_of("DescribeTable", v, &arena), json));
        arena_deinit(&arena);
    }
    support_mem_check();
}

/* False: the n-th allocation did not come. */
static bool read_without(uint64_t nth)
{
    struct arena arena;
    struct value v = {0};
    arena_init(&arena, support_mem(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    support_mem_fail_at(nth);
    const status st =
        api_text_reply(SPAN("GetItem"), SPAN("{\"Item\":{\"a\":{\"S\":\"x\"}}}"), &arena, &v, &err);
    const bool failed = support_mem_failed();
    support_mem_fail_at(0);
    assert_int_equal(st, failed ? ST_NO_MEMORY : ST_OK);
    arena_deinit(&arena);
    return failed;
}

static void test_reply__without_memory_says_so(void **state)
{
    (void)state;
    uint64_t nth = 1;
    while (read_without(nth)) nth++;
    assert_true(nth > 1);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request__as_json_is_read_as_the_value_is_filled),
        cmocka_unit_test(test_request__as_json_and_back_is_the_same_value),
        cmocka_unit_test(test_request__holds_types_only_where_attribute_values_stand),
        cmocka_unit_test(test_request__writes_a_set_where_none_belongs_with_its_type),
        cmocka_unit_test(test_reply__as_json_and_back_is_the_same_value),
        cmocka_unit_test(test_reply__has_attribute_values_where_its_operation_has_them),
        cmocka_unit_test(test_reply__what_is_none_is_said_to_be_none),
        cmocka_unit_test(test_reply__names_are_as_long_as_a_map_can_hold),
        cmocka_unit_test(test_reply__nests_as_deep_as_json_may),
        cmocka_unit_test(test_reply__without_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
