/* line_page.c -- query, query_index, scan and count: items in their order, a page at a time.
 *
 * count goes through the pages itself, and answers with their sum.
 */
#include "item/number.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_terms.h"

/* What a line asks for, kept for the next page of a count. */
struct page {
    struct line_schema schema;
    struct span index_name; /* empty: the table itself */
    struct line_key key;    /* that is queried: the table's or the index's */
    struct value start;     /* VALUE_NONE: from the beginning */
    bool counts;
    uint64_t counted;
};

/* ---- answers */

static status answer_items(struct line_turn *t)
{
    const struct value last = line_turn_answer(t, "LastEvaluatedKey");
    line_reply_begin(t);
    line_reply_member(t, "items", line_turn_answer(t, "Items"));
    line_reply_member(t, "last_evaluated_key", last);
    line_reply_end(t);
    return ST_OK;
}

static status answer_none(struct line_turn *t, const struct page *page)
{
    line_reply_begin(t);
    if (page->counts) {
        json_writer_member_i64(&t->json, "count", 0);
    } else {
        json_writer_key(&t->json, SPAN("items"));
        json_writer_array_begin(&t->json);
        json_writer_array_end(&t->json);
    }
    line_reply_end(t);
    return ST_OK;
}

/* ---- the condition on the key */

static const struct sort_form {
    const char *word;
    stator_cop op;
    const char *low, *high; /* the members that hold its operands */
} sort_forms[] = {
    {"eq",          STATOR_C_EQ,      "value",  NULL  },
    {"lt",          STATOR_C_LT,      "value",  NULL  },
    {"le",          STATOR_C_LE,      "value",  NULL  },
    {"gt",          STATOR_C_GT,      "value",  NULL  },
    {"ge",          STATOR_C_GE,      "value",  NULL  },
    {"between",     STATOR_C_BETWEEN, "low",    "high"},
    {"begins_with", STATOR_C_BEGINS,  "prefix", NULL  },
};

static status read_operand(struct line_turn *t, const struct line_key_part *part,
                           const struct line_fields *fields, const char *name, struct value *out)
{
    struct value v = {0};
    TRY(line_field_value(t, fields, name, &v));
    return line_schema_fit(t, part, v, out);
}

/* *empty: nothing can lie between the two. */
static status read_form(struct line_turn *t, const struct line_key_part *part,
                        const struct line_fields *fields, stator_cond *out, bool *empty)
{
    struct span word = {0};
    struct value low = {0};
    struct value high = {0};
    const struct sort_form *form = NULL;
    TRY(line_field_text(t, fields, "op", &word));
    for (size_t i = 0; i < ARRAY_COUNT(sort_forms); i++)
        if (span_eq(word, span_of(sort_forms[i].word))) form = &sort_forms[i];
    if (form == NULL)
        return LINE_FAIL(t, "InvalidCondition", "no condition on a sort key is called \"%.*s\"",
                         SPAN_ARG(word));
    *out = (stator_cond){.op = (uint8_t)form->op};
    TRY(line_terms_path(t, part->name, &out->left));
    TRY(read_operand(t, part, fields, form->low, &low));
    TRY(line_terms_literal(t, low, &out->low));
    if (form->high == NULL) return ST_OK;
    TRY(read_operand(t, part, fields, form->high, &high));
    *empty = value_compare(low, high) > 0;
    return line_terms_literal(t, high, &out->high);
}

static status read_sort(struct line_turn *t, const struct page *page, struct span text,
                        stator_cond *out, bool *empty)
{
    struct line_fields fields;
    if (page->key.sort.name.len == 0)
        return LINE_FAIL(t, "SortKeyNotSupported", "there is no sort key to be compared");
    TRY(line_fields_read(t, text, &fields));
    TRY(line_fields_check(t, &fields, "op value low high prefix"));
    return read_form(t, &page->key.sort, &fields, out, empty);
}

static status put_key_condition(struct line_turn *t, const struct page *page, struct render *terms,
                                struct line_map *map, bool *empty)
{
    const char *name = page->index_name.len > 0 ? "key_value" : "partition_key";
    struct value v = {0};
    struct span text = {0};
    stator_cond parts[2] = {{.op = STATOR_C_EQ}};
    stator_cond all = {.op = STATOR_C_AND, .kids = parts, .count = 1};
    if (!line_field_find(&t->fields, name, &text))
        return LINE_FAIL(t, "PartitionKeyRequired", "the member \"%s\" is missing", name);
    TRY(read_operand(t, &page->key.partition, &t->fields, name, &v));
    TRY(line_terms_path(t, page->key.partition.name, &parts[0].left));
    TRY(line_terms_literal(t, v, &parts[0].low));
    if (line_field_find(&t->fields, "sort_key_condition", &text)) {
        TRY(read_sort(t, page, text, &parts[1], empty));
        all.count = 2;
    }
    return line_terms_put(t, terms, map, "KeyConditionExpression", &all);
}

/* ---- requests */

static status put_limit(struct line_turn *t, struct line_map *map)
{
    uint64_t limit = 0;
    struct span text = {0};
    if (!line_field_find(&t->fields, "limit", &text)) return ST_OK;
    TRY(line_field_count_if(t, &t->fields, "limit", &limit));
    line_map_number(map, "Limit", limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
    return ST_OK;
}

static status put_selection(struct line_turn *t, const struct page *page, struct render *terms,
                            struct line_map *map)
{
    struct span text = {0};
    struct span projection = {0};
    stator_cond filter = {.op = STATOR_C_NONE};
    if (line_field_find(&t->fields, "filter", &text)) {
        TRY(line_terms_read(t, text, &filter));
        TRY(line_terms_put(t, terms, map, "FilterExpression", &filter));
    }
    if (!line_field_find(&t->fields, "projection", &text)) return ST_OK;
    TRY(line_terms_project(t, terms, &page->schema, text, &projection));
    if (projection.len > 0) line_map_text(map, "ProjectionExpression", projection);
    return ST_OK;
}

static status put_rest(struct line_turn *t, const struct page *page, struct render *terms,
                       struct line_map *map)
{
    line_map_text(map, "TableName", page->schema.table_name);
    if (page->index_name.len > 0)
        line_map_text(map, "IndexName", page->index_name);
    else
        line_map_flag(map, "ConsistentRead", true);
    if (page->start.type != VALUE_NONE) line_map_value(map, "ExclusiveStartKey", page->start);
    if (page->counts) line_map_text(map, "Select", SPAN("COUNT"));
    TRY(put_selection(t, page, terms, map));
    TRY(put_limit(t, map));
    return line_terms_give(t, terms, map);
}

static status ask_query(struct line_turn *t, const struct page *page, line_next_fn *next)
{
    struct line_map map;
    struct render terms;
    struct value request = {0};
    bool forward = true;
    bool empty = false;
    line_map_begin(&map, t->arena);
    line_terms_begin(&terms, t);
    TRY(put_key_condition(t, page, &terms, &map, &empty));
    TRY(line_field_flag_if(t, &t->fields, "scan_forward", &forward));
    if (!forward) line_map_flag(&map, "ScanIndexForward", false);
    TRY(put_rest(t, page, &terms, &map));
    TRY(line_map_end(&map, &request, &t->err));
    return empty ? answer_none(t, page) : line_turn_ask(t, "Query", request, next);
}

static status ask_scan(struct line_turn *t, const struct page *page)
{
    struct line_map map;
    struct render terms;
    struct value request = {0};
    line_map_begin(&map, t->arena);
    line_terms_begin(&terms, t);
    TRY(put_rest(t, page, &terms, &map));
    TRY(line_map_end(&map, &request, &t->err));
    return line_turn_ask(t, "Scan", request, answer_items);
}

/* ---- operations */

status line_ops_scan(struct line_turn *turn)
{
    struct page page = {.counts = false};
    TRY(line_schema_find(turn, &turn->fields, &page.schema));
    TRY(line_schema_cursor(turn, &page.schema, &turn->fields, &page.start));
    return ask_scan(turn, &page);
}

status line_ops_query(struct line_turn *turn)
{
    struct page page = {.counts = false};
    TRY(line_schema_find(turn, &turn->fields, &page.schema));
    TRY(line_schema_cursor(turn, &page.schema, &turn->fields, &page.start));
    page.key = page.schema.key;
    return ask_query(turn, &page, answer_items);
}

status line_ops_query_index(struct line_turn *turn)
{
    struct page page = {.counts = false};
    TRY(line_field_text(turn, &turn->fields, "index_name", &page.index_name));
    if (page.index_name.len == 0)
        return LINE_FAIL(turn, "IndexNotFound", "the name of an index is empty");
    TRY(line_schema_find_index(turn, &turn->fields, page.index_name, &page.schema));
    TRY(line_schema_cursor(turn, &page.schema, &turn->fields, &page.start));
    page.key = page.schema.index;
    return ask_query(turn, &page, answer_items);
}

static status add_page(struct line_turn *t)
{
    struct page *page = t->state;
    const struct value count = line_turn_answer(t, "Count");
    int64_t number = 0;
    if (count.type == VALUE_N && number_to_i64(count.body, &number))
        page->counted += (uint64_t)number;
    page->start = line_turn_answer(t, "LastEvaluatedKey");
    if (page->start.type != VALUE_NONE) return ask_query(t, page, add_page);
    line_reply_begin(t);
    json_writer_member_i64(&t->json, "count", (int64_t)page->counted);
    line_reply_end(t);
    return ST_OK;
}

status line_ops_count(struct line_turn *turn)
{
    struct page *page = arena_new(turn->arena, struct page);
    if (page == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    page->counts = true;
    turn->state = page;
    TRY(line_schema_find(turn, &turn->fields, &page->schema));
    page->key = page->schema.key;
    return ask_query(turn, page, add_page);
}
