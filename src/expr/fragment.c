/* fragment.c -- see fragment.h. */
#include "expr/fragment.h"

#include <assert.h>

static uint16_t *exit_at(struct code_test *tests, uint16_t exit)
{
    struct code_test *test = &tests[exit / 2];
    return exit % 2 == 1 ? &test->on_true : &test->on_false;
}

static void point(struct code_test *tests, struct fragment_exits exits, uint16_t target)
{
    for (uint16_t exit = exits.head; exit != CODE_NONE;) {
        uint16_t *jump = exit_at(tests, exit);
        exit = *jump;
        *jump = target;
    }
}

static struct fragment_exits chain(struct code_test *tests, struct fragment_exits a,
                                   struct fragment_exits b)
{
    assert(a.head != CODE_NONE);
    assert(b.head != CODE_NONE);
    *exit_at(tests, a.tail) = b.head;
    return (struct fragment_exits){a.head, b.tail};
}

struct fragment fragment_of(struct code_test *tests, uint16_t index)
{
    const uint16_t when_true = (uint16_t)(index * 2 + 1);
    const uint16_t when_false = (uint16_t)(index * 2);
    tests[index].on_true = CODE_NONE;
    tests[index].on_false = CODE_NONE;
    return (struct fragment){
        index, {when_true,  when_true },
         {when_false, when_false}
    };
}

struct fragment fragment_and(struct code_test *tests, struct fragment a, struct fragment b)
{
    point(tests, a.when_true, b.first);
    return (struct fragment){a.first, b.when_true, chain(tests, a.when_false, b.when_false)};
}

struct fragment fragment_or(struct code_test *tests, struct fragment a, struct fragment b)
{
    point(tests, a.when_false, b.first);
    return (struct fragment){a.first, chain(tests, a.when_true, b.when_true), b.when_false};
}

struct fragment fragment_not(struct fragment a)
{
    return (struct fragment){a.first, a.when_false, a.when_true};
}

void fragment_close(struct code_test *tests, struct fragment all)
{
    assert(all.first == 0);
    point(tests, all.when_true, CODE_YES);
    point(tests, all.when_false, CODE_NO);
}
