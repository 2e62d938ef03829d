"""A small project that keeps every rule: what the bad files of cases.py are put into."""
import pathlib

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent

ROOMS = """# level room uses doors
0 base - *
1 food base menu.h
2 table base,food,public -
"""

GOOD = {
    ".clang-format": (PROJECT / ".clang-format").read_text(encoding="utf-8"),
    "src/rooms.txt": ROOMS,
    "src/base/README.md": "# base\n",
    "src/base/CMakeLists.txt": "room(base SOURCES count.c mem.c)\n",
    "src/base/count.h": """/* count.h -- counting. */
#ifndef STATOR_BASE_COUNT_H
#define STATOR_BASE_COUNT_H

#include <stddef.h>

size_t count_up(size_t from, size_t to);

static inline size_t count_next(size_t n)
{
    return n + 1;
}

#endif
""",
    "src/base/count.c": """/* count.c -- counting. */
#include "base/count.h"

static size_t walk(size_t at, size_t depth)
{
    if (depth == 0) return at;
    return walk(at + 1, depth - 1);
}

size_t count_up(size_t from, size_t to)
{
    return walk(from, to);
}
""",
    "src/base/mem.c": """/* mem.c -- the heap. */
#include <stdlib.h>

static void *take(size_t size)
{
    return malloc(size);
}

static void *(*const taker)(size_t size) = take;
""",
    "src/food/README.md": "# food\n",
    "src/food/CMakeLists.txt": "room(food SOURCES menu.c USES base)\n",
    "src/food/menu.h": """/* menu.h -- what there is. */
#ifndef STATOR_FOOD_MENU_H
#define STATOR_FOOD_MENU_H

typedef enum menu_dish { MENU_SOUP, MENU_BREAD } menu_dish;

const char *menu_name(menu_dish dish);

#endif
""",
    "src/food/menu.c": """/* menu.c -- "//" and /" are no comments here; default: and else are in words. */
#include "food/menu.h"

#include <stdint.h>

#include "base/count.h"
#include "food/kitchen.h"

const char *menu_name(menu_dish dish)
{
    switch (dish) {
    case MENU_SOUP:
        return "soup // default:";
    case MENU_BREAD:
        return "bread";
    }
    return kitchen_letter('x');
}
""",
    "src/food/kitchen.h": """/* kitchen.h -- private to this room. */
#ifndef STATOR_FOOD_KITCHEN_H
#define STATOR_FOOD_KITCHEN_H

/* A switch over characters may have a default:, and an else may follow what does not return. */
static inline const char *kitchen_letter(char letter)
{
    const char *name = "";
    switch (letter) {
    case 'x':
        name = "x";
        break;
    default:
        name = "none";
    }
    if (letter == 'x') {
        name = "x";
    } else {
        name = "y";
    }
    return name;
}

#endif
""",
    "src/table/README.md": "# table\n",
    "src/table/CMakeLists.txt": "room(table SOURCES table.c USES base food)\n",
    "include/stator/stator.h": """/* stator.h -- what a guest sees. */
#ifndef STATOR_STATOR_H
#define STATOR_STATOR_H

#ifdef __cplusplus
extern "C" {
#endif

int stator_taste(int dish);

#ifdef __cplusplus
}

static inline int stator_taste_again(int dish)
{
    return stator_taste(dish);
}
#endif

#endif
""",
    "src/table/table.c": """/* table.c -- where it is eaten. */
#include "food/menu.h"
#include "stator/stator.h"

int stator_taste(int dish)
{
    return dish;
}

static const char *first(void)
{
    return menu_name(MENU_SOUP);
}

static const char *(*const firsts[])(void) = {first};
""",
    "src/api/README.md": "# api\n",
    "tools/count.py": "#!/usr/bin/python3\nprint(1)\n",
}
GOOD["src/rooms.txt"] += "3 api base -\n"


def ops(*lines):
    """An ops.def of these lines, as a file to put into the tree."""
    return {"src/api/ops.def": "/* ops.def -- operations. */\n" + "".join(
        line + "\n" for line in lines)}
