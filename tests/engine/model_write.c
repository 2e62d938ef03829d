/* model_write.c -- random writes: single ones, batches, transactions.
 *
 * A plan is one write as it will be asked, and what must come of it by the rules: whether it is
 * refused at once, whether its condition holds, whether its update can be applied, and the place
 * afterwards. The three kinds of request differ in how they put plans together.
 */
#include "engine/model.h"

enum { BATCH_MAX = 25, TRANSACTION_MAX = 12, REPLAY_IN = 3 };

struct plan {
    struct model_ref ref;
    struct fixture_write write;
    struct model_place before, after;
    unsigned touched;   /* attributes that the update writes */
    bool has_wrong_key; /* an index's key attribute of another type: refused at once */
    bool holds;         /* the condition, or there is none */
    bool applies;       /* the update to the item */
};

/* ---- conditions; :c is a number */

typedef bool(condition_fn)(const struct model_place *place, int c);

static bool is_absent(const struct model_place *place, int c)
{
    (void)c;
    return !place->there;
}

static bool is_there(const struct model_place *place, int c)
{
    (void)c;
    return place->there;
}

static bool n_is_below(const struct model_place *place, int c)
{
    return place->at[MODEL_N].there && place->at[MODEL_N].v < c;
}

static bool n_is_not_below(const struct model_place *place, int c)
{
    return !n_is_below(place, c);
}

static bool n_differs_or_g(const struct model_place *place, int c)
{
    return !place->at[MODEL_N].there || place->at[MODEL_N].v != c || place->at[MODEL_G].there;
}

static bool x_is_longer(const struct model_place *place, int c)
{
    return place->at[MODEL_X].there && place->at[MODEL_X].v > c;
}

static bool l_is_one_of(const struct model_place *place, int c)
{
    const struct model_value l = place->at[MODEL_L], n = place->at[MODEL_N];
    return l.there && (l.v == c || (n.there && l.v == n.v));
}

static bool n_is_between(const struct model_place *place, int c)
{
    const struct model_value l = place->at[MODEL_L], n = place->at[MODEL_N];
    return l.there && n.there && l.v <= n.v && n.v <= c;
}

static bool w_is_number_and_no_x(const struct model_place *place, int c)
{
    (void)c;
    return place->at[MODEL_W].there && place->at[MODEL_W].is_wrong && !place->at[MODEL_X].there;
}

static const struct {
    const char *text;
    condition_fn *holds;
} conditions[] = {
    {"attribute_not_exists(pk)",                          is_absent           },
    {"attribute_exists(pk)",                              is_there            },
    {"n < :c",                                            n_is_below          },
    {"NOT n < :c",                                        n_is_not_below      },
    {"n <> :c OR attribute_exists(g)",                    n_differs_or_g      },
    {"size(x) > :c",                                      x_is_longer         },
    {"l IN (:c, n)",                                      l_is_one_of         },
    {"n BETWEEN l AND :c",                                n_is_between        },
    {"attribute_type(w, :n) AND NOT attribute_exists(x)", w_is_number_and_no_x},
};

/* ---- updates; :v is a value of their part */

/* False: it cannot be applied. The item is there already, maybe empty but for its key. */
typedef bool(update_fn)(struct model_place *place, struct model_value v);

static bool add_n(struct model_place *place, struct model_value v)
{
    if (place->at[MODEL_N].there) v.v += place->at[MODEL_N].v;
    place->at[MODEL_N] = v;
    return true;
}

static bool increase_n(struct model_place *place, struct model_value v)
{
    return place->at[MODEL_N].there && add_n(place, v);
}

static bool set_n(struct model_place *place, struct model_value v)
{
    place->at[MODEL_N] = v;
    return true;
}

static bool set_n_once(struct model_place *place, struct model_value v)
{
    return place->at[MODEL_N].there || set_n(place, v);
}

static bool set_g(struct model_place *place, struct model_value v)
{
    place->at[MODEL_G] = v;
    return true;
}

static bool set_l(struct model_place *place, struct model_value v)
{
    place->at[MODEL_L] = v;
    return true;
}

static bool set_w(struct model_place *place, struct model_value v)
{
    place->at[MODEL_W] = v;
    return true;
}

static bool set_x(struct model_place *place, struct model_value v)
{
    place->at[MODEL_X] = v;
    return true;
}

static bool remove_g(struct model_place *place, struct model_value v)
{
    (void)v;
    place->at[MODEL_G].there = false;
    return true;
}

static bool remove_l_and_w(struct model_place *place, struct model_value v)
{
    (void)v;
    place->at[MODEL_L].there = place->at[MODEL_W].there = false;
    return true;
}

static bool set_g_remove_x(struct model_place *place, struct model_value v)
{
    place->at[MODEL_X].there = false;
    return set_g(place, v);
}

static bool copy_l_to_n(struct model_place *place, struct model_value v)
{
    const struct model_value l = place->at[MODEL_L];
    if (!l.there) return false;
    v.v += l.v;
    return set_n(place, v);
}

#define BIT MODEL_BIT
/* clang-format off */
static const struct {
    const char *text;
    model_part part; /* :v is one of its values; MODEL_PARTS: there is no :v */
    unsigned touched;
    update_fn *apply;
} updates[] = {
    {"ADD n :v", MODEL_N, BIT(MODEL_N), add_n},
    {"SET n = :v", MODEL_N, BIT(MODEL_N), set_n},
    {"SET n = n + :v", MODEL_N, BIT(MODEL_N), increase_n},
    {"SET n = if_not_exists(n, :v)", MODEL_N, BIT(MODEL_N), set_n_once},
    {"SET n = l + :v", MODEL_N, BIT(MODEL_N), copy_l_to_n},
    {"SET g = :v", MODEL_G, BIT(MODEL_G), set_g},
    {"SET l = :v", MODEL_L, BIT(MODEL_L), set_l},
    {"SET w = :v", MODEL_W, BIT(MODEL_W), set_w},
    {"SET x = :v", MODEL_X, BIT(MODEL_X), set_x},
    {"SET g = :v REMOVE x", MODEL_G, BIT(MODEL_G) | BIT(MODEL_X), set_g_remove_x},
    {"REMOVE g", MODEL_PARTS, BIT(MODEL_G), remove_g},
    {"REMOVE l, w", MODEL_PARTS, BIT(MODEL_L) | BIT(MODEL_W), remove_l_and_w},
};
/* clang-format on */

/* ---- plans */

static struct model_value pick_value(struct model *m, model_part part)
{
    return (struct model_value){.there = true,
                                .is_wrong = part == MODEL_W && model_pick(m, 4) == 0,
                                .v = model_pick_value(m, part)};
}

static struct model_place pick_place(struct model *m)
{
    struct model_place place = {.there = true};
    for (model_part part = 0; part < MODEL_ATTRIBUTES; part++)
        if (model_pick(m, 4) > 0) place.at[part] = pick_value(m, part);
    return place;
}

/* Give the plan one of the conditions; the JSON of its value, or NULL. */
static const char *plan_condition(struct model *m, struct plan *plan)
{
    const size_t which = (size_t)model_pick(m, ARRAY_COUNT(conditions));
    const int c = model_pick_value(m, MODEL_N);
    plan->write.condition = conditions[which].text;
    plan->holds = conditions[which].holds(&plan->before, c);
    if (strstr(plan->write.condition, ":n") != NULL) return "\":n\":{\"S\":\"N\"}";
    if (strstr(plan->write.condition, ":c") == NULL) return NULL;
    return model_print(m, "\":c\":{\"N\":\"%d\"}", c);
}

static bool breaks_late(const struct model *m, struct model_ref ref, struct model_value w)
{
    return m->has_late[ref.table] && w.there && w.is_wrong;
}

static void plan_put(struct model *m, struct plan *plan)
{
    plan->after = pick_place(m);
    plan->has_wrong_key = breaks_late(m, plan->ref, plan->after.at[MODEL_W]);
    plan->write.item = model_text(m, plan->ref, &plan->after, MODEL_ALL);
}

static const char *plan_update(struct model *m, struct plan *plan)
{
    const size_t which = (size_t)model_pick(m, ARRAY_COUNT(updates));
    const model_part part = updates[which].part;
    struct model_value v = {0};
    if (part != MODEL_PARTS) v = pick_value(m, part);
    plan->write.update = updates[which].text;
    plan->touched = updates[which].touched;
    plan->has_wrong_key = part == MODEL_W && breaks_late(m, plan->ref, v);
    plan->after = plan->before;
    if (!plan->before.there) plan->after = (struct model_place){.there = part != MODEL_PARTS};
    plan->applies = updates[which].apply(&plan->after, v);
    if (part == MODEL_PARTS) return NULL;
    return model_print(m, "\":v\":%s", model_json(m, part, v));
}

static const char *join_values(struct model *m, const char *a, const char *b)
{
    if (a == NULL && b == NULL) return NULL;
    const bool both = a != NULL && b != NULL;
    return model_print(m, "{%s%s%s}", a == NULL ? "" : a, both ? "," : "", b == NULL ? "" : b);
}

static struct plan make_plan(struct model *m, struct model_ref ref, engine_verb verb,
                             bool is_guarded)
{
    struct plan plan = {.ref = ref, .before = *model_at(m, ref), .holds = true, .applies = true};
    const char *c = NULL, *v = NULL;
    plan.write = (struct fixture_write){.verb = verb,
                                        .table = model_table_names[ref.table],
                                        .item = model_text(m, ref, &plan.before, MODEL_KEYS)};
    plan.after = plan.before;
    if (is_guarded) c = plan_condition(m, &plan);
    if (verb == ENGINE_PUT) plan_put(m, &plan);
    if (verb == ENGINE_UPDATE) v = plan_update(m, &plan);
    if (verb == ENGINE_DELETE) plan.after = (struct model_place){0};
    plan.write.values = join_values(m, c, v);
    plan.write.old_on_failure = is_guarded && model_pick(m, 2) == 0;
    return plan;
}

/* Places that are all different. */
static int pick_refs(struct model *m, struct model_ref *refs, int count)
{
    int held = 0;
    for (int tries = 0; tries < count; tries++) {
        const struct model_ref ref = model_pick_ref(m);
        bool is_new = true;
        for (int i = 0; i < held; i++) is_new = is_new && memcmp(&refs[i], &ref, sizeof ref) != 0;
        if (is_new) refs[held++] = ref;
    }
    return held;
}

/* ---- what it costs */

static uint32_t units(uint32_t bytes)
{
    return bytes == 0 ? 1 : (bytes + 1023) / 1024;
}

/* The larger of before and after; of a write that did nothing, what was looked at. */
static uint32_t wanted_units(const struct plan *plan, bool is_done)
{
    const uint32_t before = model_size(plan->ref, &plan->before, MODEL_ALL);
    const uint32_t after = model_size(plan->ref, &plan->after, MODEL_ALL);
    return units(is_done && after > before ? after : before);
}

/* What the change costs in one index, in half units. */
static uint32_t index_cost(struct model *m, const struct plan *plan, const struct model_home *home)
{
    const unsigned held = model_held(home), keys = model_keys(home);
    const bool was = model_stands(home, &plan->before), is = model_stands(home, &plan->after);
    const uint32_t before = units(model_size(plan->ref, &plan->before, held));
    const uint32_t after = units(model_size(plan->ref, &plan->after, held));
    if (!was || !is) return (was ? before : 0) * 2 + (is ? after : 0) * 2;
    if (strcmp(model_text(m, plan->ref, &plan->before, keys),
               model_text(m, plan->ref, &plan->after, keys)) != 0)
        return (before + after) * 2;
    if (strcmp(model_text(m, plan->ref, &plan->before, held),
               model_text(m, plan->ref, &plan->after, held)) == 0)
        return 0;
    return (before > after ? before : after) * 2;
}

static void check_index_costs(struct model *m, const struct plan *plan)
{
    uint32_t changed = 0, half_units = 0;
    for (int home = MODEL_LOCAL; home < MODEL_HOMES; home++) {
        if (!model_has_home(m, plan->ref.table, (model_home_number)home)) continue;
        const uint32_t cost = index_cost(m, plan, &model_homes[home]);
        changed += cost > 0 ? 1 : 0;
        half_units += cost;
    }
    assert_int_equal(plan->write.index_cost_count, changed);
    assert_int_equal(plan->write.index_half_units, half_units);
}

/* ---- what it answers */

/* A map with these parts of `place`, or NULL when there are none. */
static const char *wanted_map(struct model *m, const struct plan *plan,
                              const struct model_place *place, unsigned bits)
{
    if (!place->there) return NULL;
    const char *text = model_text(m, plan->ref, place, bits);
    return strcmp(text, "{}") == 0 ? NULL : text;
}

static const char *wanted_answer(struct model *m, const struct plan *plan)
{
    switch (plan->write.returns) {
    case ENGINE_RETURN_NONE:
        return NULL;
    case ENGINE_RETURN_ALL_OLD:
        return wanted_map(m, plan, &plan->before, MODEL_ALL);
    case ENGINE_RETURN_ALL_NEW:
        return wanted_map(m, plan, &plan->after, MODEL_ALL);
    case ENGINE_RETURN_UPDATED_OLD:
        return wanted_map(m, plan, &plan->before, plan->touched);
    case ENGINE_RETURN_UPDATED_NEW:
        return wanted_map(m, plan, &plan->after, plan->touched);
    }
    return NULL;
}

static void assert_text(const char *actual, const char *wanted)
{
    if (wanted == NULL)
        assert_null(actual);
    else
        assert_string_equal(actual == NULL ? "nothing" : actual, wanted);
}

/* ---- one write */

static status wanted_status(const struct plan *plan)
{
    if (plan->has_wrong_key) return ST_VALIDATION;
    if (!plan->holds) return ST_CONDITION_FAILED;
    return plan->applies ? ST_OK : ST_VALIDATION;
}

static const char *wanted_old(struct model *m, const struct plan *plan)
{
    if (plan->holds || !plan->write.old_on_failure) return NULL;
    return wanted_map(m, plan, &plan->before, MODEL_ALL);
}

static void write_one(struct model *m)
{
    static const engine_verb verbs[] = {ENGINE_PUT,    ENGINE_PUT,    ENGINE_UPDATE,
                                        ENGINE_UPDATE, ENGINE_UPDATE, ENGINE_DELETE};
    const engine_verb verb = verbs[model_pick(m, ARRAY_COUNT(verbs))];
    struct plan plan = make_plan(m, model_pick_ref(m), verb, model_pick(m, 2) == 0);
    const int choices = verb == ENGINE_UPDATE ? ENGINE_RETURN_UPDATED_NEW : ENGINE_RETURN_ALL_OLD;
    plan.write.returns = (engine_return)model_pick(m, choices + 1);
    const status wanted = wanted_status(&plan);
    assert_int_equal(fixture_write(&m->f, &plan.write), wanted);
    if (wanted == ST_CONDITION_FAILED) {
        assert_text(plan.write.returned, wanted_old(m, &plan));
        assert_int_equal(plan.write.write_units, wanted_units(&plan, false));
    }
    if (wanted != ST_OK) return;
    assert_text(plan.write.returned, wanted_answer(m, &plan));
    assert_int_equal(plan.write.write_units, wanted_units(&plan, true));
    check_index_costs(m, &plan);
    *model_at(m, plan.ref) = plan.after;
}

/* ---- a batch: puts and deletes, no conditions, all of them happen */

static void write_batch(struct model *m)
{
    struct model_ref refs[BATCH_MAX];
    struct fixture_write writes[BATCH_MAX];
    struct plan plans[BATCH_MAX];
    const int count = pick_refs(m, refs, 1 + model_pick(m, BATCH_MAX));
    struct fixture_many many = {.writes = writes, .count = (uint32_t)count};
    bool is_refused = false;
    for (int i = 0; i < count; i++) {
        plans[i] = make_plan(m, refs[i], model_pick(m, 3) > 0 ? ENGINE_PUT : ENGINE_DELETE, false);
        writes[i] = plans[i].write;
        is_refused = is_refused || plans[i].has_wrong_key;
    }
    assert_int_equal(fixture_many(&m->f, &many), is_refused ? ST_VALIDATION : ST_OK);
    for (int i = 0; i < count && !is_refused; i++) {
        assert_int_equal(writes[i].write_units, wanted_units(&plans[i], true));
        *model_at(m, refs[i]) = plans[i].after;
    }
}

/* ---- a transaction: all or none, with a reason for each */

/* What is wrong with each plan, by the order of DynamoDB's checks; is anything? */
static bool find_reasons(const struct plan *plans, int count, status *reasons)
{
    bool is_refused = false;
    for (int i = 0; i < count; i++) reasons[i] = ST_OK;
    for (int i = 0; i < count; i++) {
        if (!plans[i].has_wrong_key) continue;
        reasons[i] = ST_VALIDATION; /* and nothing is looked at after it */
        return true;
    }
    for (int i = 0; i < count; i++) {
        reasons[i] = plans[i].holds ? ST_OK : ST_CONDITION_FAILED;
        is_refused = is_refused || !plans[i].holds;
    }
    for (int i = 0; i < count && !is_refused; i++) {
        if (plans[i].applies) continue;
        reasons[i] = ST_VALIDATION;
        return true;
    }
    return is_refused;
}

static void check_refused(struct model *m, const struct plan *plans,
                          const struct fixture_many *many, const status *reasons)
{
    for (uint32_t i = 0; i < many->count; i++) {
        assert_int_equal(many->reasons[i], reasons[i]);
        if (reasons[i] == ST_CONDITION_FAILED)
            assert_text(many->writes[i].returned, wanted_old(m, &plans[i]));
    }
}

static void send_again(struct model *m, struct fixture_many *many)
{
    assert_int_equal(fixture_many(&m->f, many), ST_OK);
    assert_true(many->replayed);
}

static void settle_transaction(struct model *m, const struct plan *plans, struct fixture_many *many)
{
    assert_false(many->replayed);
    for (uint32_t i = 0; i < many->count; i++) {
        assert_int_equal(many->writes[i].write_units, wanted_units(&plans[i], true));
        *model_at(m, plans[i].ref) = plans[i].after;
    }
    if (many->token != NULL) send_again(m, many);
}

static void write_transaction(struct model *m)
{
    struct model_ref refs[TRANSACTION_MAX];
    struct fixture_write writes[TRANSACTION_MAX];
    struct plan plans[TRANSACTION_MAX];
    status reasons[TRANSACTION_MAX];
    const int count = pick_refs(m, refs, 1 + model_pick(m, TRANSACTION_MAX));
    struct fixture_many many = {.writes = writes, .count = (uint32_t)count, .transaction = true};
    if (model_pick(m, REPLAY_IN) == 0) many.token = model_print(m, "token %u", m->tokens++);
    for (int i = 0; i < count; i++) {
        const engine_verb verb = (engine_verb)model_pick(m, ENGINE_CHECK + 1);
        const bool is_guarded = verb == ENGINE_CHECK || model_pick(m, 4) == 0;
        plans[i] = make_plan(m, refs[i], verb, is_guarded);
        writes[i] = plans[i].write;
    }
    const bool is_refused = find_reasons(plans, count, reasons);
    assert_int_equal(fixture_many(&m->f, &many), is_refused ? ST_TX_CANCELED : ST_OK);
    if (is_refused)
        check_refused(m, plans, &many, reasons);
    else
        settle_transaction(m, plans, &many);
}

void model_write_step(struct model *m)
{
    const int kind = model_pick(m, 10);
    if (kind < 6)
        write_one(m);
    else if (kind < 8)
        write_transaction(m);
    else
        write_batch(m);
}
