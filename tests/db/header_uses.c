/* header_uses.c -- every macro of the public header in one program, which is C and C++.
 *
 * library_test.py compiles it as both, with all warnings and with sanitizers, and compares what it
 * prints. Composed literals stand in the calls that take them, as C++ wants it.
 */
#include <stator/stator.h>
#include <stator/testkit.h>
#include <stdio.h>

static int failures = 0;

static void show_rc(const char *what, stator_rc rc)
{
    printf("%s: %s\n", what, stator_rc_name(rc));
    if (rc < 0) {
        printf("  %s\n", stator_error_get()->message);
        failures++;
    }
}

static void show(const char *what, char *text)
{
    printf("%s: %s\n", what, text != NULL ? text : stator_error_get()->message);
    stator_free(text);
}

/* Plain conditions may be returned. */
static stator_cond is_failed(void)
{
    return stator_begins_with("status", stator_s("JF"));
}

static void use_values(stator_doc *doc)
{
    char key[32];
    static const unsigned char bytes[] = {0, 1, 255};
    show_rc(
        "set",
        stator_doc_set(
            doc, "item",
            STATOR_M({"PK", stator_sf(key, "USER#%d", 42)},
                     {"list", STATOR_L(stator_i(1), stator_d(0.5), STATOR_M({"x", stator_null()}))},
                     {"tags", STATOR_SS("b", "a")}, {"numbers", STATOR_NS("10", "9.50")},
                     {"blobs", STATOR_BS(stator_b(bytes, 3))}, {"gone", stator_opt_s("")},
                     {"yes", stator_bool(true)})));
    show_rc("set empty", stator_doc_set(doc, "empty", stator_map(NULL, 0)));
    show("document", stator_json(stator_doc_node(doc), STATOR_JSON_DYNAMODB));
}

static void use_conditions(const stator_doc *doc)
{
    bool holds = false;
    show("condition",
         stator_cond_text(stator_or(
             stator_not_exists("key"), is_failed(),
             stator_and(stator_eq("a", STATOR_L(stator_i(1))), stator_not(stator_exists("b"))),
             stator_in("status", stator_s("x"), stator_s("y")),
             stator_expr("size(tags) > ? AND b < ?", stator_i(1), stator_path("c.d")))));
    show_rc("check", stator_cond_check(stator_and(stator_contains("item.tags", stator_s("a")),
                                                  stator_not(stator_exists("item.gone"))),
                                       stator_doc_node(doc), &holds));
    printf("holds: %d\n", holds);
}

static void use_updates(stator_doc *doc)
{
    show_rc("update",
            stator_doc_update(doc, stator_updates(stator_set("a", stator_i(1)),
                                                  stator_append("log", STATOR_L(stator_s("x"))),
                                                  stator_upd_expr("SET b = ? ADD n ?",
                                                                  stator_s("y"), stator_n("2")),
                                                  stator_remove("item"))));
    show("updated", stator_json(stator_doc_node(doc), STATOR_JSON_PLAIN));
}

static stator_cond keep(stator_pool *pool, const char *status)
{
    char copy[16];
    snprintf(copy, sizeof copy, "%s", status);
    return stator_cond_keep(pool, stator_or(stator_eq("status", stator_s(copy)),
                                            stator_in("status", stator_s("a"), stator_s(copy))));
}

static void use_pool(void)
{
    stator_pool *pool = stator_pool_new();
    const stator_cond kept = keep(pool, "kept");
    show("kept", stator_cond_text(kept));
    stator_pool_free(pool);
}

int main(void)
{
    stator_doc *doc = stator_doc_new();
    use_values(doc);
    use_conditions(doc);
    use_updates(doc);
    use_pool();
    stator_doc_free(doc);
    stator_thread_end();
    return failures;
}
