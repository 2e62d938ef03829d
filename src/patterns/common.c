/* common.c -- see common.h; and the table that patterns share, and outcomes by their kind.
 */
#include "patterns/common.h"

stator_rc common_misuse(const char *function)
{
    return stator_fail(STATOR_E_MISUSE, "%s: an argument is NULL or is empty", function);
}

int64_t common_seconds(const stator *db, int64_t us)
{
    return (stator_now(db) + us) / STATOR_SECOND;
}

stator_rc common_take(stator_result *result, stator_doc **out)
{
    const stator_node *item = stator_result_item(result, 0);
    *out = item != NULL ? stator_doc_copy(item) : NULL;
    const stator_rc rc = item == NULL   ? STATOR_NOT_FOUND
                         : *out != NULL ? STATOR_OK
                                        : STATOR_E_NOMEM;
    stator_result_free(result);
    return rc;
}

stator_rc common_get(stator *db, const char *table, stator_val pk, const char *sk,
                     stator_result **out)
{
    const stator_read_opts opts = {
        .size = sizeof opts,
        .key = STATOR_KEY({"PK", pk}, {"SK", stator_s(sk)}),
        .consistent = true,
    };
    return stator_get_item(db, table, out, &opts);
}

stator_rc common_refusal(void)
{
    return stator_error_get()->item == NULL ? STATOR_NOT_FOUND : STATOR_CONDITION_FAILED;
}

stator_rc stator_ensure_single_table(stator *db, const char *table)
{
    static const stator_index_spec indexes[] = {
        {.name = STATOR_GSI1,          .key = "GSI1PK:S, GSI1SK:S"},
        {.name = STATOR_GSI2,                            .key = "GSI2PK:S, GSI2SK:S"},
        {.name = STATOR_EMAIL_INDEX,.key = "Email:S"},
        {.name = NULL  },
    };
    const stator_table_spec spec = {
        .size = sizeof spec,
        .name = table,
        .key = "PK:S, SK:S",
        .indexes = indexes,
        .ttl = "ttl",
    };
    if (db == NULL || table == NULL) return common_misuse("stator_ensure_single_table");
    return stator_ensure_table_(db, &spec);
}

/* clang-format off */
static const struct { stator_rc rc; stator_class kind; } classes[] = {
    {STATOR_CONDITION_FAILED, STATOR_CLASS_BUSINESS},
    {STATOR_E_THROTTLED,      STATOR_CLASS_RETRY},
    {STATOR_E_CONFLICT,       STATOR_CLASS_RETRY},
    {STATOR_E_UNAVAILABLE,    STATOR_CLASS_RETRY},
    {STATOR_E_INTERNAL,       STATOR_CLASS_RETRY},
    {STATOR_E_NETWORK,        STATOR_CLASS_RETRY},
    {STATOR_E_TIMEOUT,        STATOR_CLASS_RETRY},
    {STATOR_E_TABLE_BUSY,     STATOR_CLASS_RETRY},
    {STATOR_E_NOMEM,          STATOR_CLASS_SERVER},
    {STATOR_E_IO,             STATOR_CLASS_SERVER},
    {STATOR_E_CORRUPT,        STATOR_CLASS_SERVER},
    {STATOR_E_LOCKED,         STATOR_CLASS_SERVER},
    {STATOR_E_PROTOCOL,       STATOR_CLASS_SERVER},
};
/* clang-format on */

stator_class stator_rc_class(stator_rc rc)
{
    for (size_t i = 0; i < ARRAY_COUNT(classes); i++)
        if (classes[i].rc == rc) return classes[i].kind;
    return rc >= 0 ? STATOR_CLASS_DONE : STATOR_CLASS_CLIENT;
}
