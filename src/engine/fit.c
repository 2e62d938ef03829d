/* fit.c -- see fit.h. The sentence names every reason: it is all that most ways in can show. */
#include "engine/fit.h"

#include "table/table_schema.h"

static status fail_misfit(const struct engine_misfit *misfit, const struct engine_write *write)
{
    struct buf text;
    buf_init(&text, arena_mem(write->arena), LIMIT_REQUEST_ARENA_BYTES);
    for (uint32_t i = 0; i < misfit->reason_count; i++)
        buf_printf(&text, "%s%.*s", i > 0 ? "; " : "", SPAN_ARG(misfit->reasons[i]));
    TRY_PLAIN(write->err, buf_status(&text));
    return FAIL(write->err, ST_VALIDATION, "The item does not fit partition schema %.*s: %.*s",
                SPAN_ARG(misfit->prefix), SPAN_ARG(buf_view(&text)));
}

status fit_check(const struct table *table, struct value item, struct engine_write *write)
{
    struct table_schema_faults faults = {.count = 0};
    const struct table_schema *schema = table_schema_of(table, item);
    if (schema == NULL || !schema->validates) return ST_OK;
    TRY_PLAIN(write->err, table_schema_judge(schema, item, write->arena, &faults));
    if (faults.count == 0) return ST_OK;
    struct engine_misfit *misfit = arena_new(write->arena, struct engine_misfit);
    if (misfit == NULL) return FAIL_PLAIN(write->err, ST_NO_MEMORY);
    misfit->reasons = faults.texts;
    misfit->reason_count = faults.count;
    if (!arena_copy(write->arena, schema->prefix, &misfit->prefix))
        return FAIL_PLAIN(write->err, ST_NO_MEMORY);
    write->misfit = misfit;
    return fail_misfit(misfit, write);
}
