/* answer.c -- see answer.h. */
#include "db/answer.h"

#include "client/client.h"
#include "db/real.h"
#include "item/number.h"

bool answer_find(struct value answer, const char *name, struct value *out)
{
    return answer.type == VALUE_M && value_find(answer, span_of(name), out);
}

struct value answer_member(struct value answer, const char *name, value_type type)
{
    struct value found = {0};
    if (!answer_find(answer, name, &found) || found.type != type) return (struct value){0};
    return found;
}

int64_t answer_number(struct value answer, const char *name)
{
    int64_t number = 0;
    const struct value found = answer_member(answer, name, VALUE_N);
    if (found.type == VALUE_NONE || !number_to_i64(found.body, &number)) return 0;
    return number;
}

struct span answer_message(struct value answer)
{
    const struct value text = answer_member(answer, "message", VALUE_S);
    return text.type == VALUE_S ? text.body : answer_member(answer, "Message", VALUE_S).body;
}

/* ---- capacity */

static double units_of(struct value capacity)
{
    const struct value units = answer_member(capacity, "CapacityUnits", VALUE_N);
    return units.type == VALUE_N ? real_of(units.body) : 0;
}

static double units_of_index(struct value capacity, struct span index)
{
    static const char *const kinds[] = {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"};
    struct value found = {0};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        const struct value indexes = answer_member(capacity, kinds[i], VALUE_M);
        if (indexes.type == VALUE_M && value_find(indexes, index, &found)) return units_of(found);
    }
    return 0;
}

/* What one entry, which is a table's, says of `name`. */
static double units_for(struct value capacity, struct span name)
{
    const struct span table = answer_member(capacity, "TableName", VALUE_S).body;
    if (name.len == 0 || span_eq(name, table)) return units_of(capacity);
    if (!span_starts_with(name, table) || name.ptr[table.len] != '/') return 0;
    return units_of_index(capacity, span_drop(name, table.len + 1));
}

double answer_capacity(struct value answer, struct span name)
{
    struct value capacity = {0};
    double sum = 0;
    if (!answer_find(answer, "ConsumedCapacity", &capacity)) return 0;
    if (capacity.type == VALUE_M) return units_for(capacity, name);
    if (capacity.type != VALUE_L) return 0;
    struct value_cursor cursor = value_walk(capacity);
    struct value entry = {0};
    while (value_next_element(&cursor, &entry)) sum += units_for(entry, name);
    return sum;
}

/* ---- canceled transactions */

struct span answer_reason_code(struct value reason)
{
    return answer_member(reason, "Code", VALUE_S).body;
}

static bool is_failed(struct value reason)
{
    return !span_eq(answer_reason_code(reason), SPAN("None"));
}

static struct value_cursor reasons_of(struct value answer)
{
    const struct value reasons = answer_member(answer, "CancellationReasons", VALUE_L);
    return reasons.type == VALUE_L ? value_walk(reasons) : (struct value_cursor){0};
}

bool answer_reasons_are(struct value answer, answer_reason *one)
{
    struct value_cursor cursor = reasons_of(answer);
    struct value reason = {0};
    bool any = false;
    while (value_next_element(&cursor, &reason)) {
        if (!is_failed(reason)) continue;
        if (!one(answer_reason_code(reason))) return false;
        any = true;
    }
    return any;
}

static bool is_refused(struct value reason)
{
    return client_reason_refuses(answer_reason_code(reason));
}

bool answer_has_refused_condition(struct value answer)
{
    struct value_cursor cursor = reasons_of(answer);
    struct value reason = {0};
    while (value_next_element(&cursor, &reason))
        if (is_refused(reason)) return true;
    return false;
}

int answer_failed_action(struct value answer)
{
    struct value_cursor cursor = reasons_of(answer);
    struct value reason = {0};
    int first = -1;
    for (int i = 0; value_next_element(&cursor, &reason); i++) {
        if (is_refused(reason)) return i;
        if (first < 0 && is_failed(reason)) first = i;
    }
    return first;
}
