/* contract_test.c -- runs the scenarios of contract/, which are named on the command line.
 *
 * contract/README.md says what steps mean. Each scenario is a test; a step that goes wrong is told
 * with its number. */
#include <stdio.h>

#include "patterns/place.h"

enum { SCENARIOS_MAX = 32, KEPT_MAX = 8, BYTES_MAX = 64 * 1024 };

typedef struct user {
    char pk[64], sk[64], email_hash[64], nickname[64];
    stator_strings tags;
    int64_t created, updated, version, ttl;
} user;

static const stator_field user_fields[] = {
    STATOR_F_CHARS(user, pk, "PK", STATOR_F_PK),
    STATOR_F_CHARS(user, sk, "SK", STATOR_F_SK),
    STATOR_F_CHARS(user, email_hash, "emailHash", STATOR_F_OMIT),
    STATOR_F_CHARS(user, nickname, "nickname", STATOR_F_OMIT),
    STATOR_F_STRINGS(user, tags, "tags", 0),
    STATOR_F_TIME(user, created, "createdAt", STATOR_F_CREATED),
    STATOR_F_TIME(user, updated, "updatedAt", STATOR_F_UPDATED),
    STATOR_F_INT(user, version, "version", STATOR_F_VERSION | STATOR_F_FROM_0),
    STATOR_F_TIME(user, ttl, "ttl", STATOR_F_TTL),
};

struct scenario {
    const char *path;
    struct place *place;
    stator_model model;
    size_t step; /* from 1 */
    struct {
        char name[32];
        char *json;
    } kept[KEPT_MAX];
    size_t kept_count;
};

/* ---- from steps to objects */

/* JSON has no sets: its list of tags becomes one. */
static void make_set(stator_doc *item)
{
    const char *members[16];
    const stator_node *tags = stator_at(stator_doc_node(item), "tags");
    const size_t count = stator_len(tags);
    if (tags == NULL) return;
    assert_in_range(count, 0, ARRAY_COUNT(members));
    for (size_t i = 0; i < count; i++) members[i] = stator_str(stator_nth(tags, i, NULL), NULL);
    const stator_rc rc = count > 0 ? stator_doc_set(item, "tags", stator_ss(members, count))
                                   : stator_doc_unset(item, "tags");
    place_check(rc, STATOR_OK);
}

static user user_of(const struct scenario *s, const stator_node *item)
{
    user one = {.pk = ""};
    stator_doc *doc = stator_doc_copy(item);
    make_set(doc);
    place_check(stator_from_node(&s->model, stator_doc_node(doc), &one), STATOR_OK);
    stator_doc_free(doc);
    return one;
}

static stator_rc update(struct scenario *s, const stator_node *step, user *one)
{
    char names[256] = "";
    const stator_node *fields = stator_at(step, "fields");
    for (size_t i = 0; i < stator_len(fields); i++) {
        const size_t len = strlen(names);
        (void)snprintf(names + len, sizeof names - len, "%s ",
                       stator_str(stator_nth(fields, i, NULL), NULL));
    }
    return stator_update_fields(s->place->db, &s->model, names, one);
}

static stator_rc remove_user(struct scenario *s, user *one)
{
    return stator_remove_obj(s->place->db, &s->model, one);
}

/* ---- what is expected */

static stator_rc expected_rc(const stator_node *step)
{
    static const struct {
        const char *name;
        stator_rc rc;
    } errors[] = {
        {"condition_failed", STATOR_CONDITION_FAILED},
        {"not_found",        STATOR_NOT_FOUND       },
    };
    const char *name = stator_str(step, "expect.error");
    if (name == NULL) return STATOR_OK;
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++)
        if (strcmp(errors[i].name, name) == 0) return errors[i].rc;
    fail_msg("unknown error: %s", name);
    return STATOR_OK;
}

static void check_text(const struct scenario *s, const char *what, const char *name,
                       const char *text)
{
    if (text != NULL && strcmp(what, text) == 0) return;
    fail_msg("%s, step %zu: %s is %s, not %s", s->path, s->step, name,
             text != NULL ? text : "missing", what);
}

static void check_contains(const struct scenario *s, const stator_node *expected,
                           const stator_node *item)
{
    for (size_t i = 0; i < stator_len(expected); i++) {
        const char *name = NULL;
        const stator_node *node = stator_nth(expected, i, &name);
        char *wanted = stator_json(node, STATOR_JSON_PLAIN);
        char *found = stator_json(stator_at(item, name), STATOR_JSON_PLAIN);
        check_text(s, wanted, name, found);
        stator_free(wanted);
        stator_free(found);
    }
}

static void check_there(const struct scenario *s, const stator_node *names, const stator_node *item,
                        bool there)
{
    for (size_t i = 0; i < stator_len(names); i++) {
        const char *name = stator_str(stator_nth(names, i, NULL), NULL);
        if ((stator_at(item, name) != NULL) != there)
            fail_msg("%s, step %zu: %s is %s", s->path, s->step, name, there ? "missing" : "there");
    }
}

static void check_types(const struct scenario *s, const stator_node *types, const stator_node *item)
{
    for (size_t i = 0; i < stator_len(types); i++) {
        const char *name = NULL;
        bool is_so = false;
        const char *type = stator_str(stator_nth(types, i, &name), NULL);
        place_check(stator_cond_check(stator_is_type(name, type), item, &is_so), STATOR_OK);
        if (!is_so) fail_msg("%s, step %zu: %s is no %s", s->path, s->step, name, type);
    }
}

static const char *kept_of(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->kept_count; i++)
        if (strcmp(s->kept[i].name, name) == 0) return s->kept[i].json;
    fail_msg("%s, step %zu: %s was not kept", s->path, s->step, name);
    return NULL;
}

static void check_kept(const struct scenario *s, const stator_node *names, const stator_node *item,
                       bool same)
{
    for (size_t i = 0; i < stator_len(names); i++) {
        const char *name = stator_str(stator_nth(names, i, NULL), NULL);
        char *now = stator_json(stator_at(item, name), STATOR_JSON_PLAIN);
        assert_non_null(now);
        if ((strcmp(kept_of(s, name), now) == 0) != same)
            fail_msg("%s, step %zu: %s is %s", s->path, s->step, name, now);
        stator_free(now);
    }
}

static void keep(struct scenario *s, const stator_node *names, const stator_node *item)
{
    for (size_t i = 0; i < stator_len(names); i++) {
        const char *name = stator_str(stator_nth(names, i, NULL), NULL);
        assert_in_range(s->kept_count, 0, KEPT_MAX - 1);
        (void)snprintf(s->kept[s->kept_count].name, sizeof s->kept[0].name, "%s", name);
        s->kept[s->kept_count++].json = stator_json(stator_at(item, name), STATOR_JSON_PLAIN);
    }
}

/* ---- steps */

static stator_rc get(struct scenario *s, const stator_node *step)
{
    stator_result *result = NULL;
    const stator_rc rc = stator_get(s->place->db, s->place->table, &result,
                                    stator_node_val(stator_at(step, "key")), .consistent = true);
    const stator_node *item = stator_result_item(result, 0);
    if (rc == STATOR_OK) {
        const user same = user_of(s, item);
        assert_string_equal(same.pk, stator_str(item, "PK"));
        stator_object_clear(&s->model, &(user){.tags = same.tags});
        check_contains(s, stator_at(step, "expect.contains"), item);
        check_there(s, stator_at(step, "expect.has"), item, true);
        check_there(s, stator_at(step, "expect.lacks"), item, false);
        check_types(s, stator_at(step, "expect.types"), item);
        check_kept(s, stator_at(step, "expect.same_as"), item, true);
        check_kept(s, stator_at(step, "expect.other_than"), item, false);
        keep(s, stator_at(step, "keep"), item);
    }
    stator_result_free(result);
    return rc;
}

static stator_rc run_on_user(struct scenario *s, const stator_node *step, const char *op)
{
    const stator_node *item = stator_at(step, "item");
    user one = user_of(s, item != NULL ? item : stator_at(step, "key"));
    stator_rc rc = STATOR_E_UNSUPPORTED;
    if (strcmp(op, "create") == 0) rc = stator_create(s->place->db, &s->model, &one);
    if (strcmp(op, "update") == 0) rc = update(s, step, &one);
    if (strcmp(op, "delete") == 0) rc = remove_user(s, &one);
    stator_object_clear(&s->model, &one);
    return rc;
}

static void run_step(struct scenario *s, const stator_node *step)
{
    const char *op = stator_str(step, "op");
    assert_non_null(op);
    if (strcmp(op, "sleep") == 0) {
        place_turn(s->place, stator_int(step, "ms", 0) * 1000);
        return;
    }
    const stator_rc rc = strcmp(op, "get") == 0 ? get(s, step) : run_on_user(s, step, op);
    if (rc != expected_rc(step))
        fail_msg("%s, step %zu (%s): %s: %s", s->path, s->step, op, stator_rc_name(rc),
                 stator_error_get()->message);
}

static stator_doc *read_scenario(const char *path)
{
    static char text[BYTES_MAX];
    stator_doc *doc = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail_msg("%s cannot be read", path);
    const size_t len = fread(text, 1, sizeof text, file);
    assert_int_equal(fclose(file), 0);
    place_check(stator_doc_parse(text, len, STATOR_JSON_PLAIN, &doc), STATOR_OK);
    return doc;
}

static void run_scenario(struct scenario *s)
{
    stator_doc *doc = read_scenario(s->path);
    const stator_node *steps = stator_at(stator_doc_node(doc), "steps");
    assert_true(stator_len(steps) > 0);
    for (s->step = 1; s->step <= stator_len(steps); s->step++)
        run_step(s, stator_nth(steps, s->step - 1, NULL));
    for (size_t i = 0; i < s->kept_count; i++) stator_free(s->kept[i].json);
    stator_doc_free(doc);
}

static void test_contract(void **state)
{
    struct scenario s = {.path = *state};
    void *place = NULL;
    assert_int_equal(place_setup(&place), 0);
    s.place = place;
    s.model = (stator_model)STATOR_MODEL(place_name(place, "users"), user, user_fields, NULL);
    (void)snprintf(s.place->table, sizeof s.place->table, "%s", s.model.table);
    place_check(stator_create_table(s.place->db, .name = s.model.table, .key = "PK:S, SK:S"),
                STATOR_OK);
    run_scenario(&s);
    assert_int_equal(place_teardown(&place), 0);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[SCENARIOS_MAX];
    if (argc < 2 || argc > SCENARIOS_MAX) return 2;
    for (int i = 1; i < argc; i++) {
        const char *name = strrchr(argv[i], '/');
        tests[i - 1] = (struct CMUnitTest){
            .name = name != NULL ? name + 1 : argv[i],
            .test_func = test_contract,
            .initial_state = argv[i],
        };
    }
    return _cmocka_run_group_tests("contract", tests, (size_t)argc - 1, NULL, NULL);
}
