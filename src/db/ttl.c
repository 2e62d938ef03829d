/* ttl.c -- when one item expires: told, set, taken away, with any kind of database.
 *
 * The attribute is the table's, asked for each time: who changes it does so elsewhere.
 */
#include "db/action.h"
#include "db/answer.h"
#include "db/literal.h"
#include "db/path.h"
#include "db/tabling.h"
#include "item/number.h"
#include "stator/engine.h"

static const int64_t us_per_s = 1000000;

struct expiring {
    const stator_val *key;
    int64_t seconds;
    int64_t *left; /* to be told, else the attribute is changed */
    bool clears;
};

static status find_attribute(struct tabling *t, const char *table, struct span *out)
{
    TRY(tabling_ttl(t, table, out));
    if (out->len > 0) return ST_OK;
    return FAIL(&t->turn->err, ST_VALIDATION, "time to live is not on for table \"%s\"", table);
}

static status change(struct tabling *t, const char *table, const void *arg)
{
    const struct expiring *x = arg;
    struct span name = {0};
    struct value answer = {0};
    TRY(find_attribute(t, table, &name));
    const char *attribute = path_to(name, &t->turn->scratch);
    if (attribute == NULL) return FAIL_PLAIN(&t->turn->err, ST_NO_MEMORY);
    const int64_t at_s = stator_now(t->db) / us_per_s + x->seconds;
    const stator_write_opts opts = {
        .update = x->clears ? stator_remove(attribute) : stator_set(attribute, stator_i(at_s)),
        .if_exists = true,
    };
    const struct action action = {
        .verb = ACTION_UPDATE, .table = table, .key = *x->key, .opts = &opts};
    request_begin(&t->request, &t->turn->scratch);
    TRY(action_write(t->db, t->turn, &action, &t->request));
    return tabling_send(t, "UpdateItem", table, &answer);
}

static stator_rc changed(stator *db, const char *table, const struct expiring *x)
{
    const stator_rc rc = tabling_run(db, change, table, x);
    return rc == STATOR_CONDITION_FAILED ? STATOR_NOT_FOUND : rc;
}

stator_rc stator_ttl_set(stator *db, const char *table, stator_val key, int64_t seconds)
{
    const struct expiring x = {.key = &key, .seconds = seconds};
    return changed(db, table, &x);
}

stator_rc stator_ttl_clear(stator *db, const char *table, stator_val key)
{
    const struct expiring x = {.key = &key, .clears = true};
    return changed(db, table, &x);
}

/* ---- telling */

/* Another type than a number, and a number that is no time, let an item live. */
static int64_t left_of(const stator *db, struct value item, struct span attribute)
{
    struct value at = {0};
    int64_t at_s = 0;
    if (!value_find(item, attribute, &at) || at.type != VALUE_N) return -1;
    if (!number_to_i64(at.body, &at_s) || at_s <= 0) return -1;
    const int64_t left = at_s - stator_now(db) / us_per_s;
    return left > 0 ? left : 0;
}

static status tell(struct tabling *t, const char *table, const void *arg)
{
    const struct expiring *x = arg;
    struct span attribute = {0};
    struct value key = {0};
    struct value answer = {0};
    TRY(find_attribute(t, table, &attribute));
    TRY(tabling_begin(t, table));
    TRY(literal_item(x->key, &t->turn->scratch, &key, &t->turn->err));
    request_value(&t->request, SPAN("Key"), key);
    TRY(tabling_send(t, "GetItem", table, &answer));
    const struct value item = answer_member(answer, "Item", VALUE_M);
    if (item.type == VALUE_NONE) return FAIL_PLAIN(&t->turn->err, ST_CONDITION_FAILED);
    *x->left = left_of(t->db, item, attribute);
    return ST_OK;
}

stator_rc stator_ttl_get(stator *db, const char *table, stator_val key, int64_t *seconds_left)
{
    const struct expiring x = {.key = &key, .left = seconds_left};
    if (seconds_left == NULL)
        return turn_note(STATOR_E_MISUSE, "stator_ttl_get: `seconds_left` is NULL");
    *seconds_left = -1;
    const stator_rc rc = tabling_run(db, tell, table, &x);
    return rc == STATOR_CONDITION_FAILED ? STATOR_NOT_FOUND : rc;
}
