/* instance_test.c -- a database opened whole: it answers, keeps, refuses what is not its own, and
 * an open that fails at any allocation leaves nothing behind. What the rooms do is their tests'.
 */
#include "instance/instance.h"

#include "api/fixture.h"

#define ONE_TABLE "{\"TableNames\":[\"music\"]}"
#define NO_TABLE "{\"TableNames\":[]}"

enum { CACHE_BYTES = 8 << 20 };

static struct arena arena;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, mem_heap(), 1 << 16);
    err = error_in(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    support_mem_check();
    return 0;
}

static struct instance_options options_for(const char *dir)
{
    return (struct instance_options){
        .mem = support_mem(),
        .os = os_system(),
        .dir = dir,
        .durability = STORE_RELAXED,
        .cache_bytes = CACHE_BYTES,
        .expr_cache_bytes = 1 << 16,
        .threads = 1,
    };
}

static struct instance *opened(const struct instance_options *options)
{
    struct instance *instance = NULL;
    assert_int_equal(instance_open(options, &instance, &err), ST_OK);
    return instance;
}

static struct fixture fixture_of(struct api *api)
{
    return (struct fixture){.api = api};
}

static void test_instance__in_memory_it_answers_and_forgets(void **state)
{
    (void)state;
    const struct instance_options options = options_for(NULL);
    for (int round = 0; round < 2; round++) {
        struct instance *instance = opened(&options);
        struct fixture f = fixture_of(instance_api(instance));
        assert_done(&f, TARGET("ListTables"), "{}", NO_TABLE);
        make_table(&f);
        assert_done(&f, TARGET("ListTables"), "{}", ONE_TABLE);
        instance_close(instance);
    }
}

static void test_instance__a_directory_keeps_what_was_written(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    struct instance_options options = options_for(dir);
    struct instance *instance = opened(&options);
    struct fixture f = fixture_of(instance_api(instance));
    make_table(&f);
    instance_close(instance);

    options.must_exist = true;
    instance = opened(&options);
    f = fixture_of(instance_api(instance));
    assert_done(&f, TARGET("ListTables"), "{}", ONE_TABLE);
    instance_close(instance);
    support_folder_free(dir);
}

static void test_instance__another_holder_of_the_directory_is_refused(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    const struct instance_options options = options_for(dir);
    struct instance *instance = opened(&options);
    struct instance *other = NULL;
    assert_int_equal(instance_open(&options, &other, &err), ST_LOCKED);
    assert_null(other);
    assert_true(span_contains(error_text(&err), span_of(dir)));
    instance_close(instance);
    support_folder_free(dir);
}

static void test_instance__what_must_exist_is_not_made(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    struct instance_options options = options_for(dir);
    struct instance *instance = NULL;
    options.must_exist = true;
    assert_int_equal(instance_open(&options, &instance, &err), ST_FOREIGN);
    assert_null(instance);
    support_folder_free(dir);
}

static void test_instance__without_callers_there_is_no_api(void **state)
{
    (void)state;
    struct instance_options options = options_for(NULL);
    options.threads = 0;
    struct instance *instance = opened(&options);
    assert_null(instance_api(instance));
    struct engine_check check = {.problem = NULL};
    assert_int_equal(engine_check(instance_engine(instance), &check, &err), ST_OK);
    assert_int_equal(check.tables, 0);
    assert_false(store_failure(instance_store(instance), NULL));
    instance_close(instance);
}

static void test_instance__a_second_api_sees_the_same_tables(void **state)
{
    (void)state;
    const struct instance_options options = options_for(NULL);
    struct instance *instance = opened(&options);
    struct api *other = NULL;
    assert_int_equal(instance_api_open(instance, 2, &other, &err), ST_OK);
    struct fixture own = fixture_of(instance_api(instance));
    struct fixture f = fixture_of(other);
    make_table(&own);
    assert_done(&f, TARGET("ListTables"), "{}", ONE_TABLE);
    api_close(other);
    assert_done(&own, TARGET("ListTables"), "{}", ONE_TABLE);
    instance_close(instance);
}

static void test_instance__zero_options_have_defaults(void **state)
{
    (void)state;
    const struct instance_options options = {.mem = support_mem(), .os = os_system(), .threads = 1};
    struct instance *instance = opened(&options);
    struct fixture f = fixture_of(instance_api(instance));
    struct exchange x;
    exchange_begin(&x, &(struct request){.target = TARGET("CreateTable"), .body = MAKE_TABLE});
    exchange_run(&x, &f);
    assert_true(span_contains(buf_view(&x.reply),
                              SPAN("arn:aws:dynamodb:us-east-1:000000000000:table/music")));
    exchange_end(&x);
    instance_close(instance);
}

static void test_instance__an_open_that_finds_no_memory_leaves_nothing(void **state)
{
    (void)state;
    const struct instance_options options = options_for(NULL);
    for (uint64_t nth = 1;; nth++) {
        struct instance *instance = NULL;
        support_mem_fail_at(nth);
        const status st = instance_open(&options, &instance, &err);
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        assert_int_equal(st == ST_OK, instance != NULL);
        instance_close(instance);
        support_mem_check();
        if (!failed) break;
        if (st == ST_OK) continue; /* a favour to later readers failed, and is not missed */
        assert_int_equal(st, ST_NO_MEMORY);
        assert_null(instance);
    }
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(test_instance__##name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CLAIM(in_memory_it_answers_and_forgets),
        CLAIM(a_directory_keeps_what_was_written),
        CLAIM(another_holder_of_the_directory_is_refused),
        CLAIM(what_must_exist_is_not_made),
        CLAIM(without_callers_there_is_no_api),
        CLAIM(a_second_api_sees_the_same_tables),
        CLAIM(zero_options_have_defaults),
        CLAIM(an_open_that_finds_no_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
