/* allocator_test.c -- the memory of the library from a function of the program's.
 *
 * One test, since a process has one heap and it can be set once.
 */
#include <stator/stator.h>

#include "support/support.h"

struct counted {
    size_t calls;
    size_t bytes; /* taken and not given back, by the sizes that were told */
};

static void *counted_resize(void *ud, void *old, size_t old_size, size_t size)
{
    struct counted *counted = ud;
    if (old == NULL) assert_int_equal(old_size, 0);
    if (size == 0) {
        free(old);
        counted->bytes -= old_size;
        return NULL;
    }
    void *taken = realloc(old, size);
    if (taken == NULL) return NULL;
    counted->calls++;
    counted->bytes += size - old_size;
    return taken;
}

static void *no_memory(void *ud, void *old, size_t old_size, size_t size)
{
    (void)ud;
    (void)old;
    (void)old_size;
    (void)size;
    return NULL;
}

static void test_allocator__all_comes_from_it_and_goes_back(void **state)
{
    (void)state;
    struct counted counted = {0};
    assert_int_equal(stator_set_allocator(counted_resize, &counted), STATOR_OK);
    stator_doc *doc = stator_doc_new();
    assert_true(counted.calls > 0);
    assert_int_equal(stator_doc_set(doc, "a.b", stator_i(1)), STATOR_OK);
    char *json = stator_json(stator_doc_node(doc), STATOR_JSON_PLAIN);
    assert_string_equal(json, "{\"a\":{\"b\":1}}");

    assert_int_equal(stator_set_allocator(no_memory, NULL), STATOR_E_MISUSE);
    assert_string_equal(stator_error_get()->message,
                        "stator_set_allocator: the library has taken memory already");
    assert_int_equal(stator_set_allocator(NULL, NULL), STATOR_E_MISUSE);
    stator_free(json);
    stator_doc_free(doc);
    stator_thread_end();
    assert_int_equal(counted.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocator__all_comes_from_it_and_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
