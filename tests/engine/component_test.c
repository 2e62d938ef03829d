/* component_test.c -- numbers of items as components of vectors: the nearest float, whatever their
 * length, and nothing beyond the largest.
 */
#include "engine/component.h"
#include "item/number.h"
#include "support/support.h"

static struct number number(const char *text)
{
    struct number n;
    struct error err = {0};
    assert_int_equal(number_parse(span_of(text), &n, &err), ST_OK);
    return n;
}

static void test_component__is_the_nearest_float(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        float component;
    } cases[] = {
        {"0",                                         0                  },
        {"1",                                         1                  },
        {"-1.5",                                      -1.5F              },
        {"0.1",                                       0.1F               },
        {"16777217",                                  16777216           },
        {"3.14159265358979323846264338327950288",     3.1415927F         },
        {"0.000000000000000000000000000000123456789", 1.23456789e-31F    },
        {"123456789012345678901234567890",            1.2345679e29F      },
        {"3.4028235E38",                              3.40282346638e+38F },
        {"-3.4028235E38",                             -3.40282346638e+38F},
        {"1E-60",                                     0                  },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct number n = number(cases[i].text);
        float component = 7;
        assert_true(component_read(number_view(&n), &component));
        assert_true(component >= cases[i].component && component <= cases[i].component);
    }
}

static void test_component__none_is_beyond_the_largest(void **state)
{
    (void)state;
    static const char *const texts[] = {"3.4028236E38", "-3.4028236E38", "1E39", "9E125"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        const struct number n = number(texts[i]);
        float component = 7;
        assert_false(component_read(number_view(&n), &component));
        assert_true(component >= 7);
    }
}

static void test_component__knows_what_is_no_number(void **state)
{
    (void)state;
    assert_true(component_is_finite(3.4e38F));
    assert_true(component_is_finite(0));
    assert_false(component_is_finite(__builtin_nanf("")));
    assert_false(component_is_finite(__builtin_inff()));
    assert_false(component_is_finite(-__builtin_inff()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_component__is_the_nearest_float),
        cmocka_unit_test(test_component__none_is_beyond_the_largest),
        cmocka_unit_test(test_component__knows_what_is_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
